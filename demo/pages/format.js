// Times and days in a language and a zone.
export function formats(locale, zone) {
  const tag = locale === "es" ? "es-US" : "en-US";
  const of = (options, timeZone = zone) => new Intl.DateTimeFormat(tag, { timeZone, ...options });
  const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);
  const on = (day) => new Date(day + "T12:00:00Z");
  return {
    time: (at, where) => of({ hour: "numeric", minute: "2-digit" }, where).format(new Date(at)),
    day: (at, where) => capital(of({ weekday: "long", month: "long", day: "numeric" }, where).format(new Date(at))),
    short: (at, where) => of({ weekday: "short", month: "short", day: "numeric" }, where).format(new Date(at)),
    when: (at, where) => of({ weekday: "short", month: "short", day: "numeric", hour: "numeric", minute: "2-digit" }, where).format(new Date(at)),
    brief: (at, where) => of({ weekday: "short", hour: "numeric", minute: "2-digit" }, where).format(new Date(at)),
    date: (day) => of({ month: "long", day: "numeric" }, "UTC").format(on(day)),
    range: (from, to) => of({ month: "long", day: "numeric" }, "UTC").formatRange(on(from), on(to)),
    weekday: (at, where) => capital(of({ weekday: "long" }, where).format(new Date(at))),
    number: (at, where) => of({ day: "numeric" }, where).format(new Date(at)),
  };
}

// localDay is the calendar day of an instant in a zone, as 2026-11-03.
export function localDay(at, zone) {
  return new Intl.DateTimeFormat("en-CA", { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit" }).format(new Date(at));
}

// localTime is its time of day, as 18:00.
export function localTime(at, zone) {
  return new Intl.DateTimeFormat("en-GB", { timeZone: zone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(new Date(at));
}

// instantOf is the instant at which the clocks of a zone show this day and time.
export function instantOf(day, time, zone) {
  const wall = Date.parse(`${day}T${time}:00Z`);
  let at = wall;
  for (let i = 0; i < 2; i++) at = wall - (Date.parse(`${localDay(at, zone)}T${localTime(at, zone)}:00Z`) - at);
  return new Date(at).toISOString().replace(/\.\d+Z/, "Z");
}

export function addDays(day, days) {
  return new Date(Date.parse(day + "T12:00:00Z") + days * 86400000).toISOString().slice(0, 10);
}

// weekOf is the ISO week of a day, as 2026-W47, with its Monday.
export function weekOf(day) {
  const at = new Date(day + "T12:00:00Z");
  const monday = addDays(day, -((at.getUTCDay() + 6) % 7));
  const thursday = new Date(addDays(monday, 3) + "T12:00:00Z");
  const first = new Date(Date.UTC(thursday.getUTCFullYear(), 0, 1));
  const number = 1 + Math.floor((thursday - first) / 86400000 / 7);
  return { week: `${thursday.getUTCFullYear()}-W${String(number).padStart(2, "0")}`, monday };
}
