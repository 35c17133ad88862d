// Homework that waits for an answer, the longest first.
import { h, pill } from "../dom.js";
import { answersOf } from "../phone/work.js";

export const waiting = {
  async load(desk) {
    const list = await desk.api.all("/v1/assignments?status=submitted&limit=200");
    const read = list.find((task) => task.id === desk.wanted);
    return { list, read: read ? await desk.api.get("/v1/assignments/" + read.id) : null };
  },

  draw(desk, { list, read }) {
    const { t } = desk;
    return [h("h2", { id: "title-waiting" }, t.waiting, h("span", { class: "aside" }, String(list.length))),
      list.length ? h("ul", { class: "cards" }, list.map((task) => h("li", {}, card(desk, task, read)))) : h("p", { class: "empty" }, t.nothingWaiting)];
  },
};

function card(desk, task, read) {
  const { t, words } = desk;
  const isOpen = read?.id === task.id;
  return h("article", { class: "card", "aria-label": `${task.title}, ${task.client.name}` },
    h("div", { class: "top" },
      h("div", {}, h("h3", {}, task.client.name), h("p", { class: "about" }, `${task.title} `, pill(words.days(task.waiting_days), task.waiting_days > 2 ? "late" : ""))),
      isOpen ? null : h("button", { type: "button", id: "read-" + task.id, "aria-label": t.readOf(task.client.name, task.title), onclick: () => desk.begin("waiting", task.id) }, t.read)),
    isOpen ? review(desk, read) : null);
}

function review(desk, task) {
  const { t, words } = desk;
  const last = task.submissions.at(-1);
  const comment = h("textarea", { id: "comment", rows: "2", maxlength: "10000" });
  const decide = async (decision) => {
    const body = { decision };
    if (comment.value.trim()) body.comment = comment.value.trim();
    if (await desk.try(() => desk.api.call("POST", `/v1/assignments/${task.id}/review`, body), t.answered)) await desk.end();
  };
  return h("div", { class: "review" },
    last.on_paper ? h("p", {}, t.onPaper) : answersOf(task, last),
    h("div", { class: "field" }, h("label", { for: "comment" }, t.comment), comment),
    h("div", { class: "actions" },
      h("button", { type: "button", class: "main", id: "accept", onclick: () => decide("accepted") }, t.accept),
      h("button", { type: "button", id: "give-back", onclick: () => decide("returned") }, t.giveBack),
      h("button", { type: "button", class: "quiet", id: "close-review", onclick: () => desk.end() }, words.close)));
}
