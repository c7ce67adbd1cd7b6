// One place: what holds, how sure, who says so and who denies it, down to the sentence; its past.

import { card } from "./alerts.js";
import { analystForms, silenceLines } from "./analyst.js";
import { byId, h, safeLink } from "./dom.js";
import { ago, clock, day, heldBy, moment } from "./format.js";
import { markElement } from "./marks.js";
import { positionOf } from "./places.js";
import { past } from "./past.js";
import { show, state } from "./state.js";

/** Show a place's page with its silences; `summary` says whether words of analysts are taken. */
export function drawPlace(detail, silences, summary, again) {
  const { place, why } = detail;
  const panel = byId("place");
  const scrolled = panel.dataset.place === place.place_id ? panel.scrollTop : 0;
  panel.replaceChildren(
    ...[
      head(detail),
      ...silenceLines(silences),
      detail.timeline && past(detail.timeline, detail.alerts, state.at),
      h("div", { class: "facts-of" }, facts(detail)),
      why && evidence(why),
      detail.alerts.length > 0 && alertsOf(detail.alerts),
      why && asides(why),
      !why && !detail.alerts.length && nothing(detail),
      !summary.is_read_only && !detail.at && analystForms(place, silences, again),
    ].filter(Boolean),
  );
  panel.dataset.place = place.place_id;
  panel.scrollTop = scrolled;
}

export function drawMissing(problem, retry) {
  byId("place").replaceChildren(
    h("div", { class: "place-head" }, h("h2", {}, state.place), close()),
    h("div", { class: "empty" }, h("h3", {}, problem.status === 404 ? "No such place" : "Cannot show this place"),
      h("p", {}, problem.message), h("button", { type: "button", class: "button", onclick: retry }, "Try again")));
}

const close = () =>
  h("button", { type: "button", class: "icon close", "aria-label": "Close the place", onclick: () => show({ place: "" }) }, "×");

function head({ place, at }) {
  const mark = markElement({ ...place, stale: place.is_stale, holder: positionOf(place.holder), opponent: positionOf(place.opponent) });
  return h("div", { class: "place-head" },
    h("div", {}, h("h2", {}, place.place),
      h("p", { class: "state" }, mark, h("strong", {}, heldBy(place.control, place.holder))),
      at && h("p", { class: "as-of" }, `as of ${moment(at)} UTC`)),
    close());
}

function facts({ place, why, heartbeat }) {
  const summary = why?.summary;
  const rows = [
    place.opponent && [place.control === "held" ? "from" : "against", place.opponent],
    ["since", place.since ? `${moment(place.since)} UTC` : "not known"],
    place.last_confirmed_at && ["last told", `${moment(place.last_confirmed_at)} UTC`],
    place.certainty && ["how sure", [h("span", { class: `sure sure-${place.certainty}` }, place.certainty),
      summary?.grounds_plain && ` ${summary.grounds_plain}`]],
    summary?.admiralty && ["grade", `${summary.admiralty}: ${summary.admiralty_plain}`],
    summary?.says_so.length > 0 && ["says so", summary.says_so.map(originChip)],
    summary?.denies.length > 0 && ["denies it", summary.denies.map(originChip)],
    summary?.reason_plain && ["because", summary.reason_plain],
    place.is_stale && ["stale", "nobody has confirmed it for a long time"],
    heartbeat?.state === "quiet" && ["news", `none for ${ago(heartbeat.last_heard_at)}, longer than its own pace explains`],
  ].filter(Boolean);
  return h("dl", {}, rows.map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]).flat());
}

const side = (origin) => (origin.side ? `side: ${origin.side}` : "neutral");
const originChip = (origin) =>
  h("span", { class: "origin-chip" }, origin.name, h("small", {}, ` ${side(origin)}, ${origin.reliability}`));

function evidence(why) {
  const chains = [...why.events, ...why.later];
  if (!chains.length) return null;
  return h("section", {}, h("h3", {}, "What it rests on"), chains.map((chain) => eventOf(chain)));
}

function eventOf(chain) {
  const event = chain.event;
  const title = event
    ? h("header", {}, h("h4", {}, event.state.replaceAll("_", " "), event.actor && ` by ${event.actor}`),
        h("p", { class: "because" }, `${day(event.event_date)} ${event.event_date.slice(0, 4)} · `,
          h("span", { class: `sure sure-${event.certainty}` }, event.certainty),
          chain.grounds_plain && ` ${chain.grounds_plain}`),
        chain.move_plain && h("p", { class: "because" }, chain.move_plain))
    : h("header", {}, h("h4", {}, "told outside any event"));
  return h("article", { class: "event" }, title, chain.origins.map(origin));
}

function origin(each) {
  return h("section", { class: `origin ${each.has_counted ? "" : "is-idle"}` },
    h("h5", {}, each.name, h("small", {}, ` ${side(each)}, reliability ${each.reliability}`)),
    each.reports.map(report));
}

function report(each) {
  const counted = each.counted.startsWith("counted");
  return h("div", { class: `report ${counted ? "has-counted" : ""}` },
    h("blockquote", {}, each.sentence),
    h("p", { class: "verdict" },
      h("span", { class: "tick", "aria-hidden": "true" }, counted ? (each.factuality === "denied" ? "−" : "✓") : "✗"),
      h("span", { class: `said said-${each.factuality}` }, each.factuality), ` ${each.counted_plain}`),
    h("p", { class: "where" }, safeLink(each.url, each.title || each.url || each.article_id), " ",
      h("time", { datetime: each.published_at }, `${day(each.published_at)} ${clock(each.published_at)}`)));
}

function alertsOf(alerts) {
  return h("section", { class: "past" }, h("h3", {}, "Alerts"),
    h("ol", { class: "cards" }, [...alerts].reverse().map((alert) => {
      const entry = card(alert);
      const time = entry.querySelector("time");
      time.replaceWith(h("button", { type: "button", class: "to-moment", title: "Show the map as of then",
        onclick: () => show({ at: alert.at }) }, `${day(alert.at)} ${clock(alert.at)}`));
      return entry;
    })));
}

function asides(why) {
  return h("div", {},
    why.others.length > 0 && h("details", {}, h("summary", {}, `Other events that were weighed (${why.others.length})`),
      why.others.map(eventOf)),
    why.set_aside.length > 0 && h("details", {}, h("summary", {}, `Reports that belong to no event (${why.set_aside.length})`),
      why.set_aside.map(origin)));
}

function nothing({ at }) {
  return h("div", { class: "empty" }, h("h3", {}, at ? "Nothing was told until then" : "No alert, no evidence yet"),
    h("p", {}, "What holds was given by the watchlist, or is not known. The first article that says more changes that."));
}
