// The support list, with who can be called now, and the lines for when nobody answers.
import { h, icon, pill } from "../dom.js";

export const people = {
  load(app) {
    return app.api.get("/v1/me/contacts?limit=200");
  },

  draw(app, list) {
    const { t } = app;
    return h("div", { class: "stack" },
      h("h1", {}, t.supports),
      list.items.length ? h("ul", { class: "cards" }, list.items.map((contact) => h("li", {}, contactCard(app, contact)))) : h("p", { class: "empty" }, t.noPeople),
      list.clinic_contacts.length ? h("section", { "aria-label": t.clinic },
        h("h2", {}, t.clinic),
        h("ul", { class: "cards lines" }, list.clinic_contacts.map((line) => h("li", {}, lineCall(app, line))))) : null,
      helpCard(app, list.crisis_lines));
  },
};

function contactCard(app, contact) {
  const { t } = app;
  return h("article", { class: "card contact", "aria-label": contact.name },
    h("div", { class: "face", "aria-hidden": "true" }, contact.name.charAt(0)),
    h("div", { class: "who" },
      h("h3", {}, contact.name),
      h("p", { class: "about" }, t.relation[contact.relation]),
      contact.note ? h("p", { class: "quote" }, contact.note) : null,
      contact.reachable_now === null ? null : pill(contact.reachable_now ? t.fine : t.notNow, contact.reachable_now ? "yes" : "")),
    h("div", { class: "actions" },
      contact.prefers === "text" ? null : h("a", { class: "button main", href: "tel:" + contact.phone, "aria-label": t.callName(contact.name) }, icon("call"), t.call),
      contact.prefers === "call" ? null : h("a", { class: "button", href: "sms:" + contact.phone, "aria-label": t.textName(contact.name) }, icon("text"), t.text)));
}

// readable is a number of this country as people write it.
const readable = (phone) => phone.replace(/^\+1(\d{3})(\d{3})(\d{4})$/, "$1 $2 $3");

function lineCall(app, line) {
  return h("a", { class: "line", href: line.tel, "aria-label": `${app.t.callName(line.label)}, ${line.phone}` }, icon("call"), h("span", {}, line.label), h("b", {}, readable(line.phone)));
}

// helpCard is on every page where somebody may be in need.
export function helpCard(app, lines) {
  return h("section", { class: "help", "aria-label": app.t.help },
    h("h2", {}, app.t.help),
    h("ul", { class: "lines" }, lines.map((line) => h("li", {}, lineCall(app, line)))));
}
