// Elements, made in one line each: h("button", { class: "main", onclick }, "Save"). Text is text, never markup.
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name in element && typeof value === "boolean") element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(3).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

const shapes = {
  today: "M4 11 12 4l8 7v9h-5v-6H9v6H4z",
  week: "M4 6h16v14H4zM4 10h16M8 3v4M16 3v4",
  homework: "M6 3h9l4 4v14H6zM14 3v5h5M9 12h7M9 16h7",
  people: "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM3 20c0-4 2.5-6 6-6s6 2 6 6M16 4.5a3.5 3.5 0 0 1 0 6.5M18 14.5c2 .8 3 2.7 3 5.5",
  plan: "M6 21V4M6 5h11l-2 4 2 4H6",
  lock: "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3",
  call: "M6 3h3l2 5-2.5 1.5a11 11 0 0 0 6 6L16 13l5 2v3a3 3 0 0 1-3 3A15 15 0 0 1 3 6a3 3 0 0 1 3-3z",
  text: "M4 5h16v11H9l-5 4z",
  check: "M5 12.5 10 17l9-10",
  previous: "M15 5l-7 7 7 7", following: "M9 5l7 7-7 7",
  mark: "M12 21V9M12 13c-4 0-6-2-6-6M12 11c4 0 6-2 6-6M12 9V5",
  sun: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.4 1.4M17.6 17.6 19 19M19 5l-1.4 1.4M6.4 17.6 5 19",
};

// icon is decoration: what it stands beside says it in words.
export function icon(name) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  for (const [key, value] of Object.entries({ viewBox: "0 0 24 24", class: "icon", "aria-hidden": "true", focusable: "false" })) svg.setAttribute(key, value);
  const path = document.createElementNS(space, "path");
  path.setAttribute("d", shapes[name]);
  svg.append(path);
  return svg;
}

// show puts a node in a place and keeps the keyboard's focus on the same control, if it is still there.
export function show(place, ...nodes) {
  const focused = place.contains(document.activeElement) ? document.activeElement.id : "";
  place.replaceChildren(...nodes);
  const same = focused && document.getElementById(focused);
  if (same) (same.closest("details:not([open])")?.firstElementChild || same).focus({ preventScroll: true });
}

// tell says something to everybody: on the screen for a while, and through screen readers.
let fading;
export function tell(text, tone = "good") {
  const place = document.getElementById("status");
  place.replaceChildren(h("p", { class: `toast ${tone}` }, text));
  clearTimeout(fading);
  fading = setTimeout(() => place.replaceChildren(), 6000);
}

export function pill(text, tone = "") {
  return h("span", { class: `pill ${tone}` }, text);
}
