// What is next.
import { h } from "../dom.js";
import { localTime } from "../format.js";
import { sessionCard } from "./session.js";
import { taskCard, isOpen } from "./homework.js";
import { helpCard } from "./people.js";

export const today = {
  async load(app) {
    const [sessions, tasks] = await Promise.all([app.api.get("/v1/me/sessions?limit=12"), app.api.all("/v1/me/assignments?limit=200")]);
    return { sessions: sessions.items.filter((session) => new Date(session.ends_at) > new Date()), tasks: tasks.filter(isOpen) };
  },

  draw(app, { sessions, tasks }) {
    const { t, me, format } = app;
    const [next, ...later] = sessions;
    return h("div", { class: "stack" },
      h("header", { class: "hello" },
        h("p", { class: "eyebrow" }, format.day(Date.now())),
        h("h1", {}, `${t.hello(Number(localTime(Date.now(), me.time_zone).slice(0, 2)))}, ${me.name.split(" ")[0]}`)),
      h("section", { "aria-label": t.next },
        h("h2", {}, t.next, next ? h("span", { class: "aside" }, format.weekday(next.starts_at)) : null),
        next ? sessionCard(app, next, { isNext: true }) : h("p", { class: "empty" }, t.nothingNext)),
      h("section", { "aria-label": t.dueSoon },
        h("h2", {}, t.dueSoon),
        tasks.length ? tasks.slice(0, 3).map((task) => taskCard(app, task)) : h("p", { class: "empty" }, t.allDone)),
      later.length ? h("section", { "aria-label": t.later },
        h("h2", {}, t.later),
        h("ul", { class: "plain" }, later.slice(0, 3).map((session) => h("li", { class: session.status === "cancelled" ? "off" : "" },
          h("b", {}, format.when(session.starts_at, session.time_zone)), h("span", {}, session.title, session.status === "cancelled" ? ` (${t.off})` : ""))))) : null,
      helpCard(app, me.crisis_lines));
  },
};
