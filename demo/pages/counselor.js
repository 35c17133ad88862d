// A counselor's day, from the public API: who comes, what waits, which reminders reached whom.
import { API } from "./api.js";
import { h, show, tell } from "./dom.js";
import { formats } from "./format.js";
import { cast, choose, toolbar, wordsIn } from "./settings.js";
import { day } from "./counselor/day.js";
import { waiting } from "./counselor/waiting.js";
import { reminders } from "./counselor/reminders.js";
import { assign } from "./counselor/assign.js";

const parts = { day, reminders, waiting, assign };
const every = 3000; // how often the desk looks for what is new
const desk = document.getElementById("desk");
let all, app;

class Desk {
  constructor(person) {
    this.person = person;
    this.api = new API(person.token);
    this.drawn = {};
    this.open = null; // the one thing that is being worked on: its form is not drawn anew
  }

  async start() {
    await this.profile();
    this.timer = setInterval(() => this.look(), every);
  }

  stop() {
    clearInterval(this.timer);
  }

  async profile() {
    this.me = await this.api.get("/v1/me");
    this.clients = await this.api.all("/v1/clients?limit=200");
    this.words = wordsIn(this.me.locale);
    this.t = this.words.counselor;
    this.format = formats(this.me.locale, this.me.time_zone);
    document.documentElement.lang = this.me.locale;
    document.title = `${this.t.title} · Handrail`;
    show(document.getElementById("toolbar"), ...toolbar({ people: all.counselors, chosen: this.person, label: this.t.whose, t: this.words, onChoose: be,
      onLanguage: (locale) => this.try(async () => {
        await this.api.call("PATCH", "/v1/me", { locale });
        await this.profile();
      }) }));
    this.drawn = {};
    show(desk, h("h1", {}, this.me.name, h("span", { class: "eyebrow" }, this.format.day(Date.now()))),
      ...Object.keys(parts).map((name) => h("section", { class: name, id: name, "aria-labelledby": "title-" + name })));
    await this.look();
  }

  // look asks for what each part shows, and draws those that have changed.
  async look() {
    if (document.hidden) return;
    await Promise.all(Object.entries(parts).map(([name, part]) => this.lookAt(name, part)));
  }

  async lookAt(name, part) {
    if (this.open?.part === name) return;
    try {
      const data = await part.load(this);
      const now = JSON.stringify(data);
      if (this.drawn[name] === now || this.open?.part === name) return;
      this.drawn[name] = now;
      show(document.getElementById(name), ...part.draw(this, data));
    } catch (problem) {
      if (!this.drawn[name]) show(document.getElementById(name), h("p", { class: "empty" }, this.words.unreachable));
    }
  }

  // begin opens the form of one thing; end closes it. Both draw their part anew.
  begin(part, id) {
    this.open = null;
    this.drawn[part] = "";
    this.wanted = id;
    this.lookAt(part, parts[part]).then(() => (this.open = { part, id }));
  }

  async end() {
    const part = this.open?.part;
    this.open = null;
    this.wanted = null;
    if (part) this.drawn[part] = "";
    await this.look();
  }

  // try does something and says so; a no of the API is said in its own words.
  async try(does, done) {
    try {
      const said = await does();
      const text = typeof done === "function" ? done(said) : done;
      if (text) tell(text);
      return true;
    } catch (problem) {
      tell(problem.fields?.[0]?.detail || problem.message || this.words.wrong, "bad");
      return false;
    }
  }
}

function be(installation) {
  sessionStorage.setItem("counselor", installation);
  app?.stop();
  app = new Desk(all.counselors.find((person) => person.installation === installation));
  app.start();
}

all = await cast();
be(choose(all.counselors, "counselor").installation);
