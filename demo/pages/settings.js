// What a reader chooses: whom to be, the language, light or dark.
import en from "./words/en.js";
import es from "./words/es.js";
import { h } from "./dom.js";

const words = { en, es };
export const wordsIn = (locale) => words[locale] || en;

const dark = matchMedia("(prefers-color-scheme: dark)");
export const theme = () => localStorage.getItem("theme") || (dark.matches ? "dark" : "light");
const paint = () => (document.documentElement.dataset.theme = theme());
paint();
dark.addEventListener("change", paint);

// toolbar is above both pages: the people, the language, the colors.
export function toolbar({ people, chosen, label, t, onChoose, onLanguage }) {
  const next = () => (theme() === "dark" ? "light" : "dark");
  const colors = h("button", { id: "theme", type: "button", class: "quiet", onclick: () => {
    localStorage.setItem("theme", next());
    name();
  } });
  const name = () => {
    paint();
    colors.textContent = t[next()];
    colors.setAttribute("aria-label", t.theme(next()));
  };
  name();
  window.onstorage = name; // the other page has changed it
  return [
    h("label", { class: "who" }, h("span", {}, label),
      h("select", { id: "person", onchange: (event) => onChoose(event.target.value) },
        people.map((person) => h("option", { value: person.installation, selected: person === chosen }, person.name)))),
    h("div", { class: "choices" },
      h("button", { id: "language", type: "button", class: "quiet", lang: t.otherLocale, "aria-label": t.switchLanguage, onclick: () => onLanguage(t.otherLocale) }, t.other),
      colors),
  ];
}

// choose finds who is meant by the address, or who was chosen last in this window.
export function choose(people, key) {
  const asked = new URLSearchParams(location.search).get("who") || sessionStorage.getItem(key);
  return people.find((person) => person.installation === asked) || people[0];
}

export async function cast() {
  const reply = await fetch("/demo/people");
  return reply.json();
}
