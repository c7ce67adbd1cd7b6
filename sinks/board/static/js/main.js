// The page's story: load what there is, follow what comes, draw what the address asks for.

import { alertWords, loadAlerts, takeInAlerts } from "./alerts.js";
import { ask, isOvertaken, place as askPlace } from "./api.js";
import { byId, h, say } from "./dom.js";
import { loadFeeds } from "./feeds.js";
import { drawFilters } from "./filters.js";
import { startKeys } from "./keys.js";
import { follow } from "./live.js";
import { goToSelected, loadWorld, pulse, showPlaces, startMap } from "./map.js";
import { drawMissing, drawPlace } from "./place.js";
import { drawPlaces } from "./place-list.js";
import { loadPlaces, shownPlaces, takeIn } from "./places.js";
import { onShow, show, state } from "./state.js";
import { drawTime, startTimebar } from "./timebar.js";

const AGAIN_MS = 3000;
// Statuses change all the time without an alert (last told, stale): the map asks again, but not at each.
const REFRESH_MS = 20000;
let summary = null;
let stopFollowing = () => {};
let refreshing = null;

async function start() {
  try {
    const [lastSeq, known] = await Promise.all([loadAlerts(), ask("summary"), loadPlaces(state.at), startTimebar()]);
    summary = known;
    trouble(null);
    drawAll();
    showSelected();
    stopFollowing();
    stopFollowing = follow(lastSeq, { alerts: arrived, map: refreshSoon, reset: start, state: liveState });
    loadFeeds().catch(trouble);
    document.body.dataset.ready = "true";
    loadWorld().then(() => (document.body.dataset.world = "true"));
    if (summary.is_demo) trouble({ message: "This is the demo's ledger: there is none of your own yet.", isHint: true });
  } catch (error) {
    // Whoever is quick has filtered before everything was there: begin again with that.
    if (isOvertaken(error)) return setTimeout(start, 0);
    trouble(error);
    liveState("waiting");
    setTimeout(start, AGAIN_MS);
  }
}

function drawAll() {
  drawTabs();
  drawFilters();
  drawPlaces();
  drawTime();
  showPlaces();
}

function arrived(alerts) {
  if (state.at) {
    byId("live").textContent = "new alerts have come: see now";
    return;
  }
  const fresh = takeInAlerts(alerts);
  if (!fresh.length) return;
  const isKnown = fresh.map(takeIn).every(Boolean);
  if (!isKnown) refreshSoon();
  showPlaces();
  drawPlaces();
  drawFilters();
  for (const alert of fresh.slice(-20)) pulse(alert.place_id);
  say(fresh.length === 1 ? alertWords(fresh[0]) : `${fresh.length} new alerts; the last: ${alertWords(fresh.at(-1))}`);
  if (fresh.some((alert) => alert.place_id === state.place)) showSelected();
}

function refreshSoon() {
  refreshing ??= setTimeout(async () => {
    refreshing = null;
    if (state.at) return;
    try {
      await Promise.all([loadPlaces(""), loadFeeds(), startTimebar()]);
      drawAll();
    } catch (error) {
      trouble(error);
    }
  }, REFRESH_MS);
}

async function showSelected() {
  const panel = byId("place");
  panel.hidden = !state.place;
  document.body.classList.toggle("has-place", Boolean(state.place));
  goToSelected();
  if (!state.place) {
    panel.replaceChildren();
    return;
  }
  const { place, at } = state;
  try {
    const [detail, silences] = await Promise.all([askPlace(place, at), ask("silences")]);
    const own = silences.items.filter((each) => each.matchers.length === 1 && each.matchers[0] === ownSilence(place));
    if (state.place === place && state.at === at) drawPlace(detail, own, summary, showSelected);
  } catch (error) {
    drawMissing(error, showSelected);
  }
}

/** The matcher of a silence that is about one place only, as the API gives it. */
const ownSilence = (place) => `place_id="${place}"`;

function drawTabs() {
  for (const name of ["alerts", "places", "feeds"]) {
    const isShown = state.tab === name;
    byId(`tab-${name}`).setAttribute("aria-selected", String(isShown));
    byId(`tab-${name}`).tabIndex = isShown ? 0 : -1;
    byId(`panel-${name}`).hidden = !isShown;
  }
}

function liveState(word) {
  const live = byId("live");
  live.dataset.state = state.at ? "past" : word;
  live.textContent = state.at ? "the past" : word === "live" ? "live" : "waiting for the board";
}

function trouble(error) {
  if (error && isOvertaken(error)) return;
  const banner = byId("banner");
  banner.hidden = !error;
  banner.classList.toggle("is-hint", Boolean(error?.isHint));
  banner.replaceChildren(
    ...(error ? [h("span", {}, error.message),
      h("button", { type: "button", class: "icon close", "aria-label": "Hide this", onclick: () => trouble(null) }, "×")] : []));
}

async function changed(names) {
  const is = (...wanted) => names.some((name) => wanted.includes(name));
  const isList = is("q", "control", "certainty", "msg_type", "holder", "country");
  drawTabs();
  drawFilters();
  if (is("q") && byId("q").value !== state.q) byId("q").value = state.q;
  try {
    if (is("at")) {
      drawTime();
      liveState("live");
      await loadPlaces(state.at);
    }
    if (is("at", "tab") || isList) drawPlaces();
    if (is("at") || isList) showPlaces();
    if (is("place", "at")) showSelected();
    if (is("at") || isList) await loadAlerts();
    if (is("place")) byId(state.place ? "place" : "side").focus({ preventScroll: true });
  } catch (error) {
    trouble(error);
  }
}

function startSearch() {
  const input = byId("q");
  let waiting = null;
  input.value = state.q;
  input.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => show({ q: input.value.trim() }), 150);
  });
  byId("search").addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(waiting);
    show({ q: input.value.trim() });
    const [first] = shownPlaces();
    if (first) show({ place: first.id });
  });
}

onShow(changed);
startSearch();
startKeys();
startMap();
start();
