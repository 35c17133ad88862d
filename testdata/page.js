// What the browser test asks of a page, as a person would: what is seen, where a control of that name is, what is hard to
// use. The expression is a function of one argument.
({
  // visible text of the whole page, on one line
  text: () => document.body.innerText.replace(/\s+/g, " "),

  // the middle of the control with this accessible name, scrolled into view; within: of the article or region so named
  where: ({ name, within }) => {
    const label = (e) => (e.getAttribute("aria-label") || e.labels?.[0]?.innerText || e.innerText || "").replace(/\s+/g, " ").trim();
    const scopes = within ? [...document.querySelectorAll("article, section, fieldset, li")].filter((e) => label(e) === within || e.getAttribute("aria-label")?.startsWith(within)) : [document];
    for (const scope of scopes) {
      for (const e of scope.querySelectorAll("button, a, summary, select, input, textarea")) {
        if (label(e) !== name || !e.checkVisibility() || e.disabled) continue;
        e.scrollIntoView({ block: "center" });
        const box = e.getBoundingClientRect();
        return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
      }
    }
    return null;
  },

  // chooses in a select, or writes into a field, as the browser does for a person
  put: ({ id, value, label }) => {
    const e = document.getElementById(id);
    if (!e) return false;
    const option = label && [...e.options].find((o) => o.text === label);
    if (label && !option) return false;
    e.value = label ? option.value : value;
    e.dispatchEvent(new Event("input", { bubbles: true }));
    e.dispatchEvent(new Event("change", { bubbles: true }));
    return true;
  },

  value: (id) => document.getElementById(id).value,
  count: (selector) => document.querySelectorAll(selector).length,
  name: (selector) => document.querySelector(selector).getAttribute("aria-label"),
  requests: (path) => performance.getEntriesByName(location.origin + path).length,
  theme: () => document.documentElement.dataset.theme,
  forget: () => {
    localStorage.clear();
    return true;
  },
  paint: (theme) => {
    document.documentElement.dataset.theme = theme;
    return true;
  },
  // frames that have come to show what they are for
  framed: () => [...document.querySelectorAll("iframe")].filter((f) => f.contentDocument.querySelector(".note, .session") && (f.contentDocument.querySelector("table") || f.contentDocument.querySelector(".note"))).length,
  // as somebody sees the page who has just come
  calm: () => {
    scrollTo(0, 0);
    document.querySelector(".view")?.scrollTo(0, 0);
    document.getElementById("status")?.replaceChildren();
    document.activeElement.blur();
    return true;
  },

  focused: () => {
    const e = document.activeElement;
    return (e.getAttribute("aria-label") || e.innerText || e.id || e.tagName).replace(/\s+/g, " ").trim();
  },

  // what makes the page hard to use: contrast under 4.5:1, targets under 44 px, a page wider than the screen
  faults: () => {
    const found = [];
    const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    const rgba = (color) => {
      canvas.clearRect(0, 0, 1, 1);
      canvas.fillStyle = color;
      canvas.fillRect(0, 0, 1, 1);
      const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
      return { r, g, b, a: a / 255 };
    };
    const light = ({ r, g, b }) => [r, g, b].map((v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4).reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
    const behind = (e) => {
      for (let at = e; at; at = at.parentElement) {
        const style = getComputedStyle(at);
        if (style.backgroundImage !== "none") return null; // a picture: to be looked at by eye
        const color = rgba(style.backgroundColor);
        if (color.a > 0.99) return color;
        if (color.a > 0) return null;
      }
      return { r: 255, g: 255, b: 255 };
    };
    for (const e of document.querySelectorAll("body *")) {
      if (!e.checkVisibility({ visibilityProperty: true }) || getComputedStyle(e).clipPath !== "none") continue; // said, not shown
      const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
      const back = own && behind(e);
      if (back) {
        const [a, b] = [light(rgba(getComputedStyle(e).color)), light(back)].sort((x, y) => y - x);
        const ratio = (a + 0.05) / (b + 0.05);
        if (ratio < 4.5) found.push(`contrast ${ratio.toFixed(2)}: ${e.textContent.trim().slice(0, 40)}`);
      }
      if (e.matches("button, a, summary, select, input, textarea")) {
        const box = (e.closest("label.option") || e).getBoundingClientRect();
        if (box.height < 43.5 || box.width < 43.5) found.push(`target ${Math.round(box.width)}×${Math.round(box.height)}: ${e.innerText || e.id}`);
      }
      if (e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0 && !["INPUT", "SELECT", "TEXTAREA"].includes(e.tagName) && getComputedStyle(e).overflowX !== "visible" && !e.closest(".scroll"))
        found.push(`cut off: ${e.className || e.tagName} ${e.scrollWidth} > ${e.clientWidth}`);
    }
    const root = document.scrollingElement;
    if (root.scrollWidth > innerWidth) found.push(`wider than the screen: ${root.scrollWidth} > ${innerWidth}`);
    return [...new Set(found)];
  },
})
