// The lock screen. Data messages are posted by the app, this page, under their tag, and acknowledged: arrived, and opened
// when somebody taps. What the system posts by itself the app hears of only when it is opened.
import { API } from "../api.js";
import { h, icon, show } from "../dom.js";

const anybody = new API(); // a locked phone has no token: the secret in the push is what it acknowledges with

export class LockScreen {
  constructor(app) {
    this.app = app;
    this.posted = new Map(); // by tag
    this.isCaughtUp = false;
  }

  listen() {
    this.source = new EventSource("/demo/phones/" + this.app.person.installation);
    this.source.onmessage = (event) => this.post(JSON.parse(event.data));
    this.clock = setInterval(() => this.tick(), 1000);
  }

  stop() {
    this.source.close();
    clearInterval(this.clock);
  }

  post(push) {
    if (localStorage.getItem("opened " + push.ack_secret)) return; // the stand-in for FCM does not know what was tapped away
    const before = this.posted.get(push.tag);
    if (before?.text === push.text && before.ack_secret === push.ack_secret) return; // told again after a break
    this.posted.delete(push.tag);
    this.posted.set(push.tag, { ...push, at: Date.now(), replaces: Boolean(before) });
    if (!push.is_by_system) this.acknowledge(push, "arrived");
    document.getElementById("live").textContent = this.app.t.arrived(push.text);
    if (this.app.locked) this.redraw();
    else this.banner(push);
    this.app.look();
  }

  acknowledge(push, event) {
    const ack = { push_id: push.push_id, ack_secret: push.ack_secret, event, occurred_at: new Date().toISOString() };
    anybody.call("POST", "/v1/acks", { acks: [ack] }).catch(() => {}); // the record then says no more than it knows
    if (!push.is_proof) return;
    const { api, person } = this.app;
    const proof = { push_id: push.push_id, ack_secret: push.ack_secret };
    api.call("PUT", `/v1/me/devices/${person.installation}/proof`, proof).catch(() => {}); // it is of somebody else's claim
  }

  // open is a tap: the app says so and goes where the push leads.
  async open(push) {
    this.acknowledge(push, "opened");
    localStorage.setItem("opened " + push.ack_secret, "1");
    this.posted.delete(push.tag);
    let view = "today", about = null;
    try {
      const reminders = await this.app.api.all("/v1/me/reminders?push_id=" + push.push_id);
      if (reminders.length === 1 && reminders[0].subject.kind !== "session") [view, about] = ["work", reminders[0].subject.id];
    } catch {
      // what is next is the best that is known
    }
    this.app.go(view, about);
  }

  card(push) {
    const { app } = this;
    return h("li", {},
      h("button", { type: "button", class: "note", id: "note-" + push.tag, "aria-label": app.t.open(push.text), onclick: () => this.open(push) },
        h("span", { class: "mark" }, icon("mark")),
        h("span", { class: "words" },
          h("span", { class: "from" }, h("b", {}, app.me.clinic.display_name), " · ", this.age(push), push.replaces ? h("span", { class: "again" }, app.t.updated) : null),
          h("span", { class: "text" }, push.text))));
  }

  age(push) {
    return Date.now() - push.at < 60000 ? this.app.t.now : this.app.format.time(push.at);
  }

  cards() {
    if (!this.posted.size) return [h("li", { class: "none" }, this.app.t.none)];
    return [...this.posted.values()].reverse().map((push) => this.card(push));
  }

  redraw() {
    const list = document.getElementById("notes");
    if (list) show(list, ...this.cards());
  }

  banner(push) {
    const place = document.getElementById("banner");
    show(place, h("ul", { class: "notes" }, this.card(push)));
    clearTimeout(this.fading);
    this.fading = setTimeout(() => place.replaceChildren(), 8000);
  }

  tick() {
    const time = document.getElementById("time");
    if (time) [time.firstChild.textContent, time.lastChild.textContent] = this.time();
  }

  time() {
    const { format } = this.app;
    return [format.time(Date.now()).replace(/\s*[ap]\.?\s?m\.?$/i, ""), format.day(Date.now())];
  }

  screen() {
    const { t } = this.app;
    const [time, day] = this.time();
    return h("div", { class: "locked" },
      h("h1", { class: "sr" }, t.lockScreen),
      h("div", { class: "time", id: "time" }, h("span", { class: "hours" }, time), h("span", { class: "day" }, day)),
      h("section", { class: "area", "aria-label": t.notifications }, h("ul", { class: "notes", id: "notes" }, this.cards())),
      h("button", { type: "button", class: "unlock", id: "unlock", onclick: () => this.app.setLocked(false) }, icon("lock"), t.unlock));
  }
}
