// A week of sessions and meetings.
import { h, icon } from "../dom.js";
import { addDays, localDay, weekOf } from "../format.js";
import { sessionCard } from "./session.js";

const dayOf = (app, about) => about || localDay(Date.now(), app.me.time_zone);

export const week = {
  load(app, about) {
    return app.api.all(`/v1/me/sessions?limit=200&week=${weekOf(dayOf(app, about)).week}`);
  },

  draw(app, sessions, about) {
    const { t, format } = app;
    const { monday } = weekOf(dayOf(app, about));
    const now = localDay(Date.now(), app.me.time_zone);
    const step = (id, days, label) => h("button", { type: "button", class: "round", id, "aria-label": label, onclick: () => app.go("week", addDays(monday, days)) }, icon(id));
    const days = [0, 1, 2, 3, 4, 5, 6].map((n) => addDays(monday, n));
    const on = (day) => sessions.filter((session) => localDay(session.starts_at, app.me.time_zone) === day);
    return h("div", { class: "stack" },
      h("header", { class: "weeks" },
        step("previous", -7, t.previous),
        h("h1", {}, days.includes(now) ? t.thisWeek : t.week, h("span", { class: "eyebrow" }, format.range(monday, days[6]))),
        step("following", 7, t.following)),
      sessions.length ? null : h("p", { class: "empty" }, t.free),
      days.filter((day) => on(day).length).map((day) => h("section", { class: "day", "aria-label": format.day(day + "T12:00:00Z", "UTC") },
        h("h2", { class: day === now ? "now" : "" }, h("span", { class: "number" }, format.number(day + "T12:00:00Z", "UTC")), format.weekday(day + "T12:00:00Z", "UTC")),
        on(day).map((session) => sessionCard(app, session)))));
  },
};
