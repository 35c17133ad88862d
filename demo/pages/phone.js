// A client's phone: locked, with what FCM's wire handed to it; unlocked, what an app shows from the public API.
import { API } from "./api.js";
import { h, icon, show, tell } from "./dom.js";
import { formats } from "./format.js";
import { cast, choose, toolbar, wordsIn } from "./settings.js";
import { LockScreen } from "./phone/lock.js";
import { today } from "./phone/today.js";
import { week } from "./phone/week.js";
import { homework } from "./phone/homework.js";
import { work } from "./phone/work.js";
import { people } from "./phone/people.js";
import { plan } from "./phone/plan.js";

const views = { today, week, homework, people, plan, work };
const tabs = ["today", "week", "homework", "people", "plan"];
const every = 2500; // how often an open app looks for what is new

const device = document.getElementById("device");
let all, app;

class App {
  constructor(person) {
    this.person = person;
    this.api = new API(person.token);
    this.view = "today";
    this.about = null;
    this.locked = true;
    this.lock = new LockScreen(this);
  }

  async start() {
    await this.profile();
    this.lock.listen();
    this.draw();
    this.timer = setInterval(() => this.look(), every);
  }

  stop() {
    clearInterval(this.timer);
    this.lock.stop();
  }

  async profile() {
    this.me = await this.api.get("/v1/me");
    this.locale = this.me.locale;
    this.words = wordsIn(this.locale);
    this.t = this.words.phone;
    this.format = formats(this.locale, this.me.time_zone);
    document.documentElement.lang = this.locale;
    document.title = `${this.t.title} · Handrail`;
    const bar = toolbar({ people: all.clients, chosen: this.person, label: this.t.whose, t: this.words, onChoose: be,
      onLanguage: (locale) => this.try(async () => {
        await this.api.call("PATCH", "/v1/me", { locale });
        await this.profile();
        this.draw();
      }) });
    show(document.getElementById("toolbar"), ...bar);
  }

  // draw shows the whole screen anew.
  draw() {
    this.drawn = "";
    if (this.locked) {
      show(device, this.lock.screen());
      return;
    }
    this.place = h("section", { class: "view", id: "view", tabindex: "-1", "aria-label": this.t[this.tab()] });
    show(device,
      h("div", { class: "app" },
        h("div", { class: "banner", id: "banner" }),
        this.place,
        h("nav", { class: "tabs", "aria-label": this.t.views },
          tabs.map((name) => h("button", { id: "tab-" + name, type: "button", "aria-current": this.tab() === name ? "page" : null, onclick: () => this.go(name) },
            icon(name), h("span", {}, this.t[name])))),
        h("button", { id: "lock", type: "button", class: "round lock", "aria-label": this.t.lock, onclick: () => this.setLocked(true) }, icon("lock"))));
    this.look();
  }

  tab() {
    return this.view === "work" ? "homework" : this.view;
  }

  setLocked(locked) {
    this.locked = locked;
    this.draw();
    (locked ? document.getElementById("unlock") : this.place).focus();
  }

  go(view, about = null) {
    this.view = view;
    this.about = about;
    this.locked = false;
    this.draw();
    this.place.focus({ preventScroll: true });
    this.place.scrollTop = 0;
  }

  // look asks the API for what the view shows, and draws it if that has changed.
  async look() {
    if (this.locked || document.hidden) return;
    const view = views[this.view], key = this.view + this.about;
    if (view.isForm && this.drawn.startsWith(key)) return; // nobody's writing is taken away
    try {
      const data = await view.load(this, this.about);
      const now = key + this.locale + JSON.stringify(data);
      if (this.locked || key !== this.view + this.about || now === this.drawn) return;
      this.drawn = now;
      show(this.place, view.draw(this, data, this.about));
    } catch (problem) {
      if (!this.drawn) show(this.place, h("p", { class: "empty" }, this.words.unreachable));
    }
  }

  // try does something for the reader and says so; a no of the API is said in its own words.
  async try(does, done) {
    try {
      await does();
      if (done) tell(done);
      await this.look();
      return true;
    } catch (problem) {
      tell(problem.fields?.[0]?.detail || problem.message || this.words.wrong, "bad");
      return false;
    }
  }
}

function be(installation) {
  sessionStorage.setItem("client", installation);
  app?.stop();
  app = new App(all.clients.find((person) => person.installation === installation));
  app.start();
}

all = await cast();
be(choose(all.clients, "client").installation);
