// Homework to give: from the library, to one client.
import { h } from "../dom.js";
import { addDays, instantOf, localDay } from "../format.js";

export const assign = {
  async load(desk) {
    return { clients: desk.clients.map(({ id, name }) => ({ id, name })), library: (await desk.api.all("/v1/templates?limit=200")).map(({ key, title }) => ({ key, title })) };
  },

  draw(desk, { clients, library }) {
    const { t } = desk;
    const zone = desk.me.clinic.time_zone;
    const select = (id, options) => h("select", { id }, options.map(([value, label]) => h("option", { value }, label)));
    const to = select("assign-to", clients.map((client) => [client.id, client.name]));
    const what = select("assign-what", library.map((template) => [template.key, template.title]));
    const title = h("input", { id: "assign-title", type: "text", maxlength: "200" });
    const due = h("input", { id: "assign-due", type: "datetime-local", value: addDays(localDay(Date.now(), zone), 2) + "T20:00", required: true });
    const field = (input, label) => h("div", { class: "field" }, h("label", { for: input.id }, label), input);
    return [h("h2", { id: "title-assign" }, t.assign),
      h("form", { class: "card give", onsubmit: (event) => {
        event.preventDefault();
        const body = { template: what.value, due: instantOf(due.value.slice(0, 10), due.value.slice(11, 16), zone) };
        if (title.value.trim()) body.title = title.value.trim();
        desk.try(() => desk.api.call("POST", `/v1/clients/${to.value}/assignments`, body), t.given(to.selectedOptions[0].textContent)).then(() => {
          title.value = "";
          desk.look();
        });
      } }, field(to, t.to), field(what, t.what), field(title, t.title2), field(due, t.due),
      h("button", { type: "submit", class: "main", id: "give" }, t.give))];
  },
};
