// What the page shows, as its address says it: every view can be bookmarked and sent to somebody.

const LISTS = ["control", "certainty", "msg_type", "holder", "country"];
const WORDS = ["q", "at", "place", "tab"];
const listeners = [];

export const state = read();

function read() {
  const given = new URLSearchParams(location.search);
  const found = {};
  for (const name of LISTS) found[name] = given.getAll(name);
  for (const name of WORDS) found[name] = given.get(name) || "";
  if (found.at && Number.isNaN(Date.parse(found.at))) found.at = "";
  if (!["alerts", "places", "feeds"].includes(found.tab)) found.tab = "alerts";
  return found;
}

/** Change some of what is shown; a new place or tab is a step that Back undoes. */
export function show(changes) {
  const changed = Object.keys(changes).filter((name) => String(changes[name]) !== String(state[name]));
  if (!changed.length) return;
  Object.assign(state, changes);
  const address = `${location.pathname}${query()}`;
  if (changed.includes("place") || changed.includes("tab")) history.pushState(null, "", address);
  else history.replaceState(null, "", address);
  tell(changed);
}

/** Call `listener(changed names)` whenever what is shown changes. */
export function onShow(listener) {
  listeners.push(listener);
}

/** Return the filters as they go into a request of the API. */
export function filters() {
  const given = new URLSearchParams();
  for (const name of LISTS) for (const value of state[name]) given.append(name, value);
  if (state.q) given.set("q", state.q);
  return given;
}

export const isFiltered = () => Boolean(state.q) || LISTS.some((name) => state[name].length > 0);

export function clearFilters() {
  show({ q: "", ...Object.fromEntries(LISTS.map((name) => [name, []])) });
}

function query() {
  const given = filters();
  for (const name of ["at", "place"]) if (state[name]) given.set(name, state[name]);
  if (state.tab !== "alerts") given.set("tab", state.tab);
  const text = given.toString();
  return text && `?${text}`;
}

function tell(changed) {
  for (const listener of listeners) listener(changed);
}

addEventListener("popstate", () => {
  const found = read();
  const changed = Object.keys(found).filter((name) => String(found[name]) !== String(state[name]));
  Object.assign(state, found);
  tell(changed);
});
