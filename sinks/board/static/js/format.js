// Times and words as the page shows them. All times are UTC: a war has one clock.

const DAY = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });
const LONG_DAY = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
const CLOCK = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: "UTC" });

export const day = (iso) => DAY.format(new Date(iso));
export const clock = (iso) => CLOCK.format(new Date(iso));
export const moment = (iso) => (iso ? `${LONG_DAY.format(new Date(iso))}, ${clock(iso)}` : "not known");

/** Return how long ago something was: "3 min", "5 h", "9 days". */
export function ago(iso, now = Date.now()) {
  return span(Math.max(0, now - new Date(iso).getTime()) / 1000);
}

/** Return a number of seconds in words. */
export function span(seconds) {
  if (seconds < 5400) return `${Math.max(1, Math.round(seconds / 60))} min`;
  if (seconds < 2 * 86400) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86400)} days`;
}

/** Return what holds in words: "held by X"; "contested, held by X". */
export function heldBy(control, holder) {
  if (!holder) return control;
  return control === "held" ? `held by ${holder}` : `${control}, held by ${holder}`;
}

/** Return the country of a label "Name, Country". */
export function countryOf(label) {
  const at = label.lastIndexOf(", ");
  return at < 0 ? "" : label.slice(at + 2);
}

/** Return the name of a label "Name, Country". */
export function nameOf(label) {
  const at = label.lastIndexOf(", ");
  return at < 0 ? label : label.slice(0, at);
}

export const plural = (count, word) => `${count.toLocaleString("en")} ${word}${count === 1 ? "" : "s"}`;
