// The list of alerts, newest first, and how each is tied to what it corrects.

import { isOvertaken, latest } from "./api.js";
import { byId, h } from "./dom.js";
import { clock, day, heldBy } from "./format.js";
import { markElement } from "./marks.js";
import { positionOf } from "./places.js";
import { clearFilters, filters, isFiltered, show, state } from "./state.js";

const PAGE = 60;
const MOST = 240;
const ask = latest();
const list = { alerts: [], nextBefore: null };

/** Load the newest alerts; return the number after which the stream goes on. Throws a Problem. */
export async function loadAlerts() {
  const page = await ask("alerts", wanted());
  list.alerts = page.items;
  list.nextBefore = page.next_before;
  draw();
  return page.last_seq;
}

function wanted(before) {
  const params = filters();
  params.set("limit", PAGE);
  if (state.at) params.set("until", state.at);
  if (before) params.set("before", before);
  return params;
}

async function loadOlder(button) {
  button.disabled = true;
  try {
    const page = await ask("alerts", wanted(list.nextBefore));
    list.alerts.push(...page.items);
    list.nextBefore = page.next_before;
    draw();
  } catch (error) {
    button.disabled = false;
    if (!isOvertaken(error)) button.textContent = `${error.message} Try again`;
  }
}

/** Take in alerts that have just arrived; those that the filters leave come on top. */
export function takeInAlerts(arrived) {
  const known = new Set(list.alerts.map((alert) => alert.alert_id));
  const fresh = arrived.filter((alert) => !known.has(alert.alert_id));
  for (const alert of fresh) tie(alert);
  const shown = fresh.filter(isShown);
  for (const alert of shown) alert.isNew = true;
  list.alerts = [...shown.reverse(), ...list.alerts].slice(0, MOST);
  if (list.alerts.length === MOST) list.nextBefore = list.alerts.at(-1).seq;
  draw();
  return fresh;
}

/** Tie a fresh Update or Cancel to the alerts it corrects, as far as they are in the list. */
function tie(fresh) {
  const said = { alert_id: fresh.alert_id, msg_type: fresh.msg_type, at: fresh.at, headline: fresh.headline };
  for (const alert of list.alerts) {
    if (!fresh.references.includes(alert.alert_id)) continue;
    alert.corrected_by = said;
    if (!fresh.corrects.some((known) => known.alert_id === alert.alert_id)) {
      fresh.corrects.push({ alert_id: alert.alert_id, msg_type: alert.msg_type, at: alert.at, headline: alert.headline });
    }
  }
}

function isShown(alert) {
  const text = `${alert.place}\n${alert.headline}`.toLowerCase();
  const fits = (name, value) => !state[name].length || state[name].includes(value);
  return (
    (!state.q || text.includes(state.q.toLowerCase())) &&
    fits("control", alert.control) && fits("certainty", alert.certainty) && fits("msg_type", alert.msg_type) &&
    fits("holder", alert.holder) &&
    (!state.country.length || state.country.some((country) => alert.place.endsWith(`, ${country}`)))
  );
}

function draw() {
  const panel = byId("panel-alerts");
  if (!list.alerts.length) {
    panel.replaceChildren(nothing());
    return;
  }
  const rows = [];
  let date = "";
  for (const alert of list.alerts) {
    const its = day(alert.at) + alert.at.slice(0, 4);
    if (its !== date) rows.push(h("li", { class: "date" }, h("h2", {}, `${day(alert.at)} ${alert.at.slice(0, 4)}`)));
    date = its;
    rows.push(card(alert));
  }
  const older = list.nextBefore &&
    h("button", { type: "button", class: "more", onclick: (event) => loadOlder(event.currentTarget) }, "Older alerts");
  panel.replaceChildren(...[h("ol", { class: "cards" }, rows), older].filter(Boolean));
}

function nothing() {
  if (!isFiltered()) {
    return h("div", { class: "empty" }, h("h2", {}, state.at ? "No alert until then" : "No alert yet"),
      h("p", {}, "An alert comes when the news change what holds at a place you watch. ",
        "What holds now is under Places."));
  }
  return h("div", { class: "empty" }, h("h2", {}, "No alert matches"),
    h("button", { type: "button", class: "button", onclick: clearFilters }, "Clear the filters"));
}

/** Return one alert as an entry of a list. */
export function card(alert) {
  const isTakenBack = alert.corrected_by?.msg_type === "Cancel";
  const place = {
    control: alert.control,
    holder: positionOf(alert.holder),
    opponent: positionOf(alert.opponent),
    certainty: alert.certainty,
    stale: false,
  };
  const classes = ["card", `is-${alert.msg_type.toLowerCase()}`, isTakenBack && "is-taken-back", alert.isNew && "is-new"];
  return h("li", { class: classes.filter(Boolean).join(" "), data: { alert: alert.alert_id } },
    h("button", { type: "button", class: "open", onclick: () => show({ place: alert.place_id }) },
      markElement(place),
      h("span", { class: "headline" }, alert.headline),
    ),
    h("p", { class: "facts" },
      h("time", { datetime: alert.at, title: `${alert.at} (UTC)` }, clock(alert.at)),
      h("span", { class: `type type-${alert.msg_type.toLowerCase()}` }, alert.msg_type),
      h("span", { class: `sure sure-${alert.certainty}` }, alert.certainty),
      h("span", { class: "grade", title: "Admiralty grade" }, alert.admiralty),
    ),
    h("p", { class: "because" }, alert.reason_plain, alert.grounds_plain && `; ${alert.grounds_plain}`),
    alert.corrects.map((other) => tieTo(other, alert.msg_type === "Cancel" ? "takes back" : "updates")),
    alert.corrected_by &&
      tieTo(alert.corrected_by, alert.corrected_by.msg_type === "Cancel" ? "taken back by" : "updated by"),
  );
}

/** Return a line that leads to the other alert of a correction. */
function tieTo(other, words) {
  const go = (event) => {
    const around = event.currentTarget.closest(".cards, .past");
    const found = around?.querySelector(`[data-alert="${CSS.escape(other.alert_id)}"]`);
    found?.scrollIntoView({ block: "nearest" });
    found?.querySelector("button")?.focus();
    found?.classList.add("is-meant");
    setTimeout(() => found?.classList.remove("is-meant"), 2000);
  };
  return h("p", { class: "tie" },
    h("button", { type: "button", onclick: go }, `${words}: `, h("q", {}, other.headline),
      ` ${day(other.at)} ${clock(other.at)}`));
}

export const alertWords = (alert) => `${alert.msg_type}: ${alert.headline} ${heldBy(alert.control, alert.holder)}`;
