// The client's own plan: their goals, and the meetings that outlast treatment.
import { h, icon, pill } from "../dom.js";

const days = 86400000;

export const plan = {
  async load(app) {
    const from = new Date(Math.floor(Date.now() / days) * days - 14 * days).toISOString().replace(/\.\d+Z/, "Z");
    const [meetings, sessions, goals] = await Promise.all([app.api.all("/v1/me/meetings?limit=200"),
      app.api.all(`/v1/me/sessions?limit=200&from=${from}`), app.api.all("/v1/me/goals?limit=200")]);
    return { meetings, goals, dates: sessions.filter((session) => session.kind === "aftercare") };
  },

  draw(app, { meetings, goals, dates }) {
    const { t } = app;
    return h("div", { class: "stack" },
      h("h1", {}, t.plan),
      h("section", { "aria-label": t.goals }, h("h2", {}, t.goals), goals.length ? goals.map((goal) => goalCard(app, goal)) : h("p", { class: "empty" }, t.noGoals)),
      h("section", { "aria-label": t.meetings }, h("h2", {}, t.meetings),
        meetings.length ? meetings.map((meeting) => meetingCard(app, meeting, dates.filter((date) => date.series_id === meeting.id))) : h("p", { class: "empty" }, t.noMeetings)));
  },
};

function goalCard(app, goal) {
  const { t, format } = app;
  const set = (status) => app.try(() => app.api.call("PATCH", "/v1/me/goals/" + goal.id, { status }));
  const isReached = goal.status === "reached";
  return h("article", { class: "card goal", "aria-label": goal.text },
    h("h3", {}, goal.text),
    h("p", { class: "about" }, pill(t.goalState[goal.status], isReached ? "yes" : ""), goal.target_on ? ` ${t.by(format.date(goal.target_on))}` : ""),
    goal.comments.map((comment) => h("blockquote", {}, h("p", {}, comment.text), h("footer", {}, comment.author_name))),
    h("div", { class: "actions" }, h("button", { type: "button", id: "goal-" + goal.id, "aria-pressed": String(isReached), onclick: () => set(isReached ? "open" : "reached") },
      isReached ? icon("check") : null, isReached ? t.reopen : t.reached)));
}

function meetingCard(app, meeting, dates) {
  const { t, format } = app;
  const past = dates.filter((date) => new Date(date.ends_at) < new Date() && date.status !== "cancelled").slice(-2).reverse();
  const next = dates.find((date) => new Date(date.ends_at) >= new Date() && date.status !== "cancelled");
  return h("article", { class: "card meeting", "aria-label": meeting.title },
    h("h3", {}, meeting.title, " ", meeting.own ? pill(t.own) : null),
    h("p", { class: "about" }, [next ? t.nextOn(format.when(next.starts_at, next.time_zone)) : "", meeting.place].filter(Boolean).join(" · ")),
    past.map((date) => went(app, date)));
}

function went(app, date) {
  const { t, format } = app;
  const day = format.short(date.starts_at, date.time_zone);
  const say = (value, label) => h("button", { type: "button", id: `went-${date.id}-${value}`, "aria-pressed": String(date.went === value), "aria-label": `${label}, ${day}`,
    onclick: () => app.try(() => app.api.call("PUT", `/v1/me/sessions/${date.id}/went`, { went: value })) }, date.went === value ? icon("check") : null, label);
  return h("fieldset", { class: "rsvp went" }, h("legend", {}, `${t.did} ${day}`), h("div", { class: "answers" }, say(true, t.went), say(false, t.missed)));
}
