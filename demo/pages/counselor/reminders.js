// What became of today's reminders. The API says what is known of each, and no more.
import { h, pill } from "../dom.js";

const around = 26 * 3600000;
const most = 9;

export const reminders = {
  async load(desk) {
    const at = (shift) => new Date(Math.floor(Date.now() / 60000) * 60000 + shift).toISOString().replace(/\.\d+Z/, "Z");
    const window = `limit=200&from=${at(-around / 2)}&to=${at(around)}`;
    const lists = await Promise.all(desk.clients.map(async (client) => (await desk.api.all(`/v1/clients/${client.id}/reminders?${window}`)).map((reminder) => ({ client: client.name, reminder }))));
    const now = Date.now(), order = { opened: 0, reached_phone: 1, unknown: 2, not_sent: 3 };
    return lists.flat().filter(({ reminder }) => new Date(reminder.about_at) > now - around / 2)
      .sort((a, b) => order[a.reminder.arrival] - order[b.reminder.arrival] || a.reminder.remind_at.localeCompare(b.reminder.remind_at) || a.client.localeCompare(b.client)).slice(0, most);
  },

  draw(desk, list) {
    const { t, format } = desk;
    return [h("h2", { id: "title-reminders" }, t.reminders), h("p", { class: "hint" }, t.remindersHint),
      list.length ? h("div", { class: "scroll", tabindex: "0", role: "group", "aria-labelledby": "title-reminders" }, h("table", {},
        h("thead", {}, h("tr", {}, h("th", { scope: "col" }, t.who), h("th", { scope: "col" }, t.when), h("th", { scope: "col" }, t.known))),
        h("tbody", {}, list.map(({ client, reminder }) => h("tr", {},
          h("th", { scope: "row" }, client, h("span", { class: "about" }, t.about[reminder.subject.kind] || "")),
          h("td", {}, format.brief(reminder.remind_at)),
          h("td", {}, pill(known(t, reminder), tone(reminder)))))))) : h("p", { class: "empty" }, t.noReminders),
      meanings(t, list)];
  },
};

// meanings are the API's own words for what is known, each once.
function meanings(t, list) {
  const each = new Map(list.map(({ reminder }) => [known(t, reminder), reminder]));
  return h("dl", { class: "meanings" }, [...each].map(([word, reminder]) => [h("dt", {}, word), h("dd", {}, reminder.meaning)]));
}

function known(t, { state, arrival }) {
  if (state === "waiting" && arrival === "not_sent") return t.planned;
  return t.ended[state] && arrival === "not_sent" ? t.ended[state] : t.arrival[arrival];
}

function tone({ arrival, state }) {
  if (arrival === "opened" || arrival === "reached_phone") return "yes";
  return arrival === "unknown" ? "late" : ["unreachable", "expired", "rejected"].includes(state) ? "no" : "";
}
