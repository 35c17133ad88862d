// One piece of homework: read, written, kept for later, handed in.
import { h, tell } from "../dom.js";
import { Form } from "./form.js";
import { isOpen, taskCard } from "./homework.js";

export const work = {
  isForm: true,

  load(app, id) {
    return app.api.get("/v1/me/assignments/" + id);
  },

  draw(app, task) {
    const { t, words } = app;
    return h("div", { class: "stack" },
      h("header", { class: "bar" }, h("button", { type: "button", class: "quiet", id: "back", onclick: () => app.go("homework") }, `‹ ${words.back}`)),
      h("h1", {}, task.title),
      h("p", { class: "about" }, isOpen(task) ? t.due(app.format.when(task.due_at)) : words.statusOf[task.status]),
      task.instructions ? h("p", { class: "lead" }, task.instructions) : null,
      task.reviews.map((review) => review.comment ? h("blockquote", {}, h("p", {}, review.comment), h("footer", {}, t.answer(review.reviewed_by.name))) : null),
      isOpen(task) ? form(app, task) : handedIn(app, task));
  },
};

function form(app, task) {
  const { t } = app;
  const before = task.draft || task.submissions.at(-1) || {};
  const fields = new Form(t, task.fields, before.answers || {});
  const text = h("textarea", { id: "f-text", rows: "4", maxlength: "10000", required: !task.fields.length });
  text.value = before.text || "";
  const errors = h("div", { id: "errors", class: "errors", role: "alert", tabindex: "-1" });
  const content = () => {
    const body = {};
    if (text.value.trim()) body.text = text.value.trim();
    if (task.fields.length) body.answers = fields.answers();
    return body;
  };
  const refused = (problem) => {
    const said = (problem.fields || []).map((field) => h("li", {}, h("a", { href: "#" + fields.idOf(field.field), onclick: (event) => {
      event.preventDefault();
      document.getElementById(fields.idOf(field.field))?.focus();
    } }, fields.labelOf(field.field, t.yourWords), ": ", field.detail)));
    fields.mark((problem.fields || []).map((field) => field.field));
    errors.replaceChildren(h("p", {}, said.length ? t.check : problem.message), h("ul", {}, said));
    errors.focus();
  };
  const send = async (method, path, done, after) => {
    try {
      await app.api.call(method, `/v1/me/assignments/${task.id}/${path}`, content());
      tell(done);
      after();
    } catch (problem) {
      refused(problem);
    }
  };
  return h("form", { class: "work", novalidate: true, onsubmit: (event) => {
    event.preventDefault();
    send("POST", "submit", t.handedIn, () => app.go("homework"));
  } },
  errors,
  fields.element,
  h("div", { class: "field" },
    h("label", { for: "f-text" }, t.yourWords, task.fields.length ? h("span", { class: "hint" }, ` (${t.optional})`) : null), text),
  h("div", { class: "actions" },
    h("button", { type: "submit", class: "main", id: "hand-in" }, t.hand),
    h("button", { type: "button", id: "keep", onclick: () => send("PUT", "draft", t.draftSaved, () => {}) }, t.saveDraft)));
}

function handedIn(app, task) {
  const last = task.submissions.at(-1);
  if (!last) return taskCard(app, task);
  return h("section", { "aria-label": app.t.yours }, h("h2", {}, app.t.yours), answersOf(task, last));
}

// answersOf shows a submission as questions and answers.
export function answersOf(task, submission) {
  const said = (field, value) => {
    if (field.type === "choice") return field.options.find((option) => option.key === value)?.label || value;
    if (field.type === "choices") return value.map((key) => field.options.find((option) => option.key === key)?.label || key).join(", ");
    return String(value);
  };
  const answers = submission.answers || {};
  return h("dl", { class: "answered" },
    task.fields.filter((field) => answers[field.key] !== undefined && answers[field.key] !== null).map((field) => [
      h("dt", {}, field.label),
      field.type === "rows" ? answers[field.key].map((row) => h("dd", {}, field.columns.filter((column) => row[column.key] !== undefined && row[column.key] !== null)
        .map((column) => said(column, row[column.key])).join(" · "))) : h("dd", {}, said(field, answers[field.key]))]),
    submission.text ? h("dd", { class: "lead" }, submission.text) : null);
}
