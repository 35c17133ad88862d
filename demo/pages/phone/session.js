// One session as a client sees it, with their answer.
import { h, icon, pill } from "../dom.js";

export function sessionCard(app, session, { isNext = false } = {}) {
  const { t, words, format } = app;
  const where = session.place ? session.time_zone : app.me.time_zone;
  const isOff = session.status === "cancelled";
  const isPast = new Date(session.ends_at) < new Date();
  const moved = session.local_start !== session.original_local_start && !isOff;
  return h("article", { class: `card session ${isNext ? "next" : ""} ${isOff ? "off" : ""}`, "aria-label": `${session.title}, ${format.when(session.starts_at, where)}` },
    h("p", { class: "clock" }, h("b", {}, format.time(session.starts_at, where)), h("span", {}, ` – ${format.time(session.ends_at, where)}`)),
    h(isNext ? "h3" : "h4", {}, session.title),
    h("p", { class: "about" }, [words.kindOf[session.kind], session.place].filter(Boolean).join(" · ")),
    isOff ? pill(t.off, "no") : null,
    moved ? pill(t.moved(format.time(session.original_local_start.slice(0, 16) + "Z", "UTC")), "late") : null,
    session.link && !isPast && !isOff ? h("a", { class: "button", href: session.link, rel: "noreferrer" }, t.join) : null,
    session.attendance ? pill(t.attended[session.attendance.status], session.attendance.status === "no_show" ? "no" : "yes") : null,
    isPast || isOff || session.own ? null : isNext ? rsvp(app, session) : folded(app, session));
}

// folded shows an answer, and the choices behind it: a week has many.
function folded(app, session) {
  const { t } = app;
  const { answer, minutes_late: minutes } = session.rsvp?.stands ? session.rsvp : {};
  const said = answer === "late" ? t.answered.late(minutes) : t.answered[answer];
  return h("details", { class: "folded", "aria-label": t.rsvp }, h("summary", { id: "rsvp-" + session.id, class: answer || "" }, said || t.rsvp), rsvp(app, session, said ? t.rsvp : ""));
}

function rsvp(app, session, legend) {
  const { t } = app;
  const said = session.rsvp?.stands ? session.rsvp.answer : null;
  const minutes = session.rsvp?.minutes_late || 10;
  const send = (body) => app.try(() => app.api.call("PUT", `/v1/me/sessions/${session.id}/rsvp`, body));
  const answer = (value, label, body) => h("button", { type: "button", id: `rsvp-${session.id}-${value}`, "aria-pressed": String(said === value), onclick: () => send(body) },
    said === value ? icon("check") : null, label);
  return h("fieldset", { class: "rsvp" },
    h("legend", { class: legend === "" ? "sr" : "" }, session.rsvp && !session.rsvp.stands ? t.askAgain : t.rsvp),
    h("div", { class: "answers" },
      answer("coming", t.coming, { answer: "coming" }),
      answer("late", said === "late" ? `${t.late} (${minutes} min)` : t.late, { answer: "late", minutes_late: minutes }),
      answer("cannot_come", t.cannot, { answer: "cannot_come" })),
    said === "late" ? h("label", { class: "minutes" }, h("span", {}, t.minutesLate),
      h("input", { type: "number", id: "minutes-" + session.id, min: "1", max: "180", value: String(minutes), onchange: (event) => {
        const asked = Math.min(180, Math.max(1, Math.round(Number(event.target.value)) || 10));
        send({ answer: "late", minutes_late: asked });
      } })) : null);
}
