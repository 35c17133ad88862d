// The sessions of today and of the two days after it, with who comes.
import { h, pill } from "../dom.js";
import { addDays, instantOf, localDay } from "../format.js";

export const day = {
  async load(desk) {
    const zone = desk.me.clinic.time_zone;
    const from = localDay(Date.now(), zone);
    const list = await desk.api.all(`/v1/sessions?limit=200&from=${instantOf(from, "00:00", zone)}&to=${instantOf(addDays(from, 3), "00:00", zone)}`);
    return Promise.all(list.map(async (session) => ({ session, sheet: await desk.api.get(`/v1/sessions/${session.id}/attendance`) })));
  },

  draw(desk, sessions) {
    const { t, format } = desk;
    const days = Map.groupBy(sessions, ({ session }) => format.day(session.starts_at, session.time_zone));
    return [h("h2", { id: "title-day" }, t.day),
      sessions.length ? null : h("p", { class: "empty" }, t.noSessions),
      ...[...days].map(([name, list]) => h("div", { class: "stretch" }, h("h3", { class: "date" }, name), list.map((one) => card(desk, one))))].filter(Boolean);
  },
};

function card(desk, { session, sheet }) {
  const { t, words, format } = desk;
  const isOff = session.status === "cancelled";
  const isOver = new Date(session.ends_at) < new Date();
  const said = (entry) => (entry.rsvp?.stands ? entry.rsvp.answer : "silent");
  const count = (answers) => sheet.entries.filter((entry) => answers.includes(said(entry))).length;
  return h("article", { class: "card session", "aria-label": session.title },
    h("div", { class: "top" },
      h("p", { class: "clock" }, h("b", {}, format.time(session.starts_at, session.time_zone)), h("span", {}, ` – ${format.time(session.ends_at, session.time_zone)}`)),
      isOff || isOver || desk.wanted === session.id ? null : h("button", { type: "button", id: "move-" + session.id, "aria-label": t.moveTitle(session.title),
        onclick: () => desk.begin("day", session.id) }, t.move)),
    h("h4", {}, session.title, " ", isOff ? pill(words.phone.off, "no") : null),
    h("p", { class: "about" }, [words.kindOf[session.kind], session.place, t.summary(count(["coming", "late"]), count(["cannot_come"]), count(["silent"]))].filter(Boolean).join(" · ")),
    desk.wanted === session.id ? moveForm(desk, session) : null,
    h("ul", { class: "roster" }, sheet.entries.map((entry) => h("li", {}, h("b", {}, entry.name), answer(t, entry),
      entry.rsvp?.note ? h("span", { class: "quote" }, entry.rsvp.note) : null))));
}

function answer(t, { rsvp }) {
  if (!rsvp) return pill(t.silent);
  if (!rsvp.stands) return pill(t.again);
  if (rsvp.answer === "late") return pill(t.late(rsvp.minutes_late), "late");
  return pill(t[rsvp.answer], rsvp.answer === "coming" ? "yes" : "no");
}

function moveForm(desk, session) {
  const { t, words } = desk;
  const start = h("input", { type: "datetime-local", id: "new-start", value: session.local_start.slice(0, 16), required: true });
  return h("form", { class: "move", onsubmit: async (event) => {
    event.preventDefault();
    const moved = await desk.try(() => desk.api.call("PATCH", "/v1/sessions/" + session.id, { local_start: start.value }),
      (now) => (now.conflicts?.length ? `${t.moved} ${t.clash(now.conflicts.length)}` : t.moved));
    if (moved) await desk.end();
  } },
  h("div", { class: "field" }, h("label", { for: "new-start" }, t.newStart), start, h("p", { class: "hint" }, t.moving)),
  h("div", { class: "actions" }, h("button", { class: "main", type: "submit", id: "save-move" }, t.move),
    h("button", { class: "quiet", type: "button", id: "cancel-move", onclick: () => desk.end() }, words.cancel)));
}
