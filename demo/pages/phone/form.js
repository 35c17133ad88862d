// The fields of a template as a form: the API describes them, and this draws whatever it describes.
import { h } from "../dom.js";

export class Form {
  constructor(t, fields, before) {
    this.t = t;
    this.labels = new Map(); // by path, as the API's errors name them: answers.entries[0].urge
    this.readers = fields.map((field) => [field.key, this.field(field, "answers." + field.key, before[field.key])]);
    this.element = h("div", { class: "fields" }, this.readers.map(([, reader]) => reader.element));
  }

  answers() {
    const answers = {};
    for (const [key, reader] of this.readers) {
      const value = reader.read();
      if (value !== undefined) answers[key] = value;
    }
    return answers;
  }

  idOf(path) {
    for (let at = path; at; at = at.replace(/[.[][^.[]*$/, "")) {
      if (this.labels.has(at)) return "f-" + at;
      if (!/[.[]/.test(at)) break;
    }
    return "f-text";
  }

  labelOf(path, otherwise) {
    return this.labels.get(this.idOf(path).slice(2)) || otherwise;
  }

  mark(paths) {
    const wrong = new Set(paths.map((path) => this.idOf(path)));
    for (const input of this.element.querySelectorAll("[id]")) input.toggleAttribute("aria-invalid", wrong.has(input.id));
    for (const input of this.element.querySelectorAll("[aria-invalid]")) input.setAttribute("aria-invalid", "true");
  }

  // field is an element with how to read it; undefined is no answer.
  field(field, path, before) {
    this.labels.set(path, field.label);
    switch (field.type) {
      case "choice": case "choices": return this.choices(field, path, before);
      case "rows": return this.rows(field, path, before);
      case "scale": return this.scale(field, path, before);
      default: return this.input(field, path, before);
    }
  }

  label(field, path, input) {
    return h("div", { class: "field" }, h("label", { for: input.id }, this.name(field)), this.hint(field, path, input), input);
  }

  group(field, path, kind, ...parts) {
    const element = h("fieldset", { class: "field " + kind }, h("legend", {}, this.name(field)));
    element.append(...[this.hint(field, path, element), ...parts.flat()].filter(Boolean));
    return element;
  }

  // hint is read out with what it is about.
  hint(field, path, about) {
    if (!field.hint) return null;
    about.setAttribute("aria-describedby", "h-" + path);
    return h("p", { class: "hint", id: "h-" + path }, field.hint);
  }

  name(field) {
    return [field.label, field.required ? null : h("span", { class: "hint" }, ` (${this.t.optional})`)];
  }

  input(field, path, before) {
    const isLong = field.type === "long_text";
    const type = { date: "date", number: "number" }[field.type] || "text";
    const input = h(isLong ? "textarea" : "input", { id: "f-" + path, type: isLong ? null : type, rows: isLong ? "3" : null, step: type === "number" ? "any" : null,
      inputmode: type === "number" ? "decimal" : null, maxlength: type === "text" && field.max ? String(field.max) : null, "aria-required": String(field.required) });
    input.value = before ?? "";
    return { element: this.label(field, path, input), read: () => {
      const text = input.value.trim();
      return text === "" ? undefined : type === "number" ? Number(text) : text;
    } };
  }

  scale(field, path, before) {
    const options = [];
    for (let n = field.min ?? 0; n <= (field.max ?? 10); n++) options.push(h("option", { value: String(n), selected: before === n }, String(n)));
    const select = h("select", { id: "f-" + path, "aria-required": String(field.required) }, h("option", { value: "" }, this.t.choose), options);
    return { element: this.label(field, path, select), read: () => (select.value === "" ? undefined : Number(select.value)) };
  }

  choices(field, path, before) {
    const isOne = field.type === "choice";
    const chosen = isOne ? [before] : before || [];
    const boxes = field.options.map((option, i) => h("input", { type: isOne ? "radio" : "checkbox", id: i ? `f-${path}-${option.key}` : "f-" + path, name: path, value: option.key,
      checked: chosen.includes(option.key) }));
    const element = this.group(field, path, "options",
      boxes.map((box, i) => h("label", { class: "option" }, box, h("span", {}, field.options[i].label))));
    return { element, read: () => {
      const values = boxes.filter((box) => box.checked).map((box) => box.value);
      return values.length ? (isOne ? values[0] : values) : undefined;
    } };
  }

  rows(field, path, before) {
    const list = h("div", { class: "rows" });
    let rows = [];
    const draw = () => list.replaceChildren(...rows.map((row) => row.element));
    const add = (values = {}) => {
      const n = rows.length, at = `${path}[${n}]`;
      const readers = field.columns.map((column) => [column.key, this.field(column, `${at}.${column.key}`, values[column.key])]);
      const element = h("fieldset", { class: "row" }, h("legend", {}, this.t.row(n + 1)), readers.map(([, reader]) => reader.element),
        n ? h("button", { type: "button", class: "quiet", "aria-label": this.t.removeRow(n + 1), onclick: () => {
          const kept = rows.filter((_, i) => i !== n).map((row) => row.read() || {});
          rows = [];
          kept.forEach(add);
          draw();
          more.focus(); // the button that had the focus is gone
        } }, "×") : null);
      rows.push({ element, read: () => {
        const pairs = readers.map(([key, reader]) => [key, reader.read()]).filter(([, value]) => value !== undefined);
        return pairs.length ? Object.fromEntries(pairs) : undefined;
      } });
    };
    (before?.length ? before : [{}]).forEach((values) => add(values));
    draw();
    const more = h("button", { type: "button", id: "f-" + path, onclick: () => {
      add();
      draw();
      list.lastElementChild.querySelector("input, select, textarea")?.focus();
    } }, this.t.addRow);
    return { element: this.group(field, path, "table", list, more),
      read: () => {
        const values = rows.map((row) => row.read()).filter(Boolean);
        return values.length ? values : undefined;
      } };
  }
}
