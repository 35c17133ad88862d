// Homework: what is to be done, what waits for an answer, what is finished.
import { h, icon, pill } from "../dom.js";
import { localDay } from "../format.js";

export const isOpen = (task) => ["assigned", "started", "returned"].includes(task.status);

export const homework = {
  load(app) {
    return app.api.all("/v1/me/assignments?limit=200");
  },

  draw(app, tasks) {
    const { t } = app;
    const groups = [[t.toDo, tasks.filter(isOpen)], [t.waiting, tasks.filter((task) => task.status === "submitted")],
      [t.finished, tasks.filter((task) => task.status === "accepted").reverse()]];
    return h("div", { class: "stack" },
      h("h1", {}, t.homework),
      groups.filter(([, list]) => list.length).map(([title, list]) => h("section", { "aria-label": title },
        h("h2", {}, title, h("span", { class: "aside" }, String(list.length))),
        list.slice(0, 8).map((task) => taskCard(app, task)))),
      tasks.some(isOpen) ? null : h("p", { class: "empty" }, t.allDone));
  },
};

export function taskCard(app, task) {
  const { t, words, format } = app;
  const open = isOpen(task);
  return h("article", { class: "card task", "aria-label": task.title },
    h("h3", {}, task.title),
    h("p", { class: "about" }, open ? t.due(format.when(task.due_at)) : words.statusOf[task.status]),
    task.status === "returned" ? pill(words.statusOf.returned, "late") : null,
    task.practice ? practice(app, task) : null,
    task.review?.comment ? h("blockquote", {}, h("p", {}, task.review.comment), h("footer", {}, t.answer(task.review.reviewed_by.name))) : null,
    h("div", { class: "actions" },
      task.practice && open ? practise(app, task) : null,
      h("button", { type: "button", class: open && !task.practice ? "main" : "", id: "task-" + task.id, "aria-label": `${t.begin}: ${task.title}`, onclick: () => app.go("work", task.id) }, t.begin)));
}

function practice(app, task) {
  const { practised_days: done, expected_days: of } = task.practice;
  const label = app.t.practised(done, of);
  return h("div", { class: "practice" }, h("progress", { max: String(of), value: String(Math.min(done, of)), "aria-label": label }), h("span", {}, label));
}

function practise(app, task) {
  const { t, me } = app;
  const last = task.practice.last_practised_at;
  const today = last && localDay(last, me.time_zone) === localDay(Date.now(), me.time_zone);
  return h("button", { type: "button", class: "main", id: "practise-" + task.id, "aria-label": `${today ? t.practisedToday : t.practise}: ${task.title}`, "aria-pressed": String(Boolean(today)),
    onclick: () => app.try(() => app.api.call("POST", `/v1/me/assignments/${task.id}/practice`, {}), t.practiceNoted) },
  today ? icon("check") : null, today ? t.practisedToday : t.practise);
}
