// Whether the news come in: feeds that cannot be had, and feeds and places that have gone quiet.

import { ask } from "./api.js";
import { byId, h, safeLink } from "./dom.js";
import { ago, moment, plural, span } from "./format.js";
import { show } from "./state.js";

/** Load and show it. Throws a Problem. */
export async function loadFeeds() {
  const [feeds, beats, quiet] = await Promise.all([
    ask("feeds", "limit=500"),
    ask("heartbeats", "kind=feed&limit=500"),
    ask("heartbeats", "kind=place&state=quiet&limit=500"),
  ]);
  const silences = (await ask("silences")).items;
  const stream = (await ask("heartbeats", "kind=stream")).items[0];
  const silent = beats.items.filter((beat) => beat.state === "quiet");
  byId("count-feeds").textContent = feeds.in_trouble + silent.length || "";
  byId("panel-feeds").replaceChildren(
    ...[
      stream && pulseOf(stream),
      feeds.items.length > 0 && section(`${plural(feeds.in_trouble, "feed")} of ${feeds.total} in trouble`, feeds.items.map(feed)),
      beats.items.length > 0 && section("When each source was last heard", beats.items.map(beat)),
      quiet.items.length > 0 && section("Places with no news for unusually long", quiet.items.map(silentPlace)),
      silences.length > 0 && section("Silences in force", silences.map(silence)),
      !feeds.items.length && !beats.items.length && nothing(),
    ].filter(Boolean),
  );
}

function section(title, rows) {
  return h("section", {}, h("h2", { class: "heading" }, title), h("ul", { class: "cards" }, rows));
}

function pulseOf(stream) {
  const isQuiet = stream.state === "quiet";
  const last = `The last news came ${moment(stream.last_heard_at)} UTC, ${ago(stream.last_heard_at)} ago.`;
  return h("p", { class: `pulse ${isQuiet ? "is-bad" : ""}` },
    isQuiet ? `Nothing arrives any more. Do producer and broker run? ${last}` : last);
}

function feed(each) {
  return h("li", { class: `card ${each.is_in_trouble ? "is-bad" : ""}` },
    h("p", { class: "headline" }, h("strong", {}, safeLink(each.url, each.title || each.feed_id)),
      h("span", { class: `health health-${each.is_in_trouble ? "bad" : "good"}` }, each.state)),
    h("p", { class: "because" }, `${each.reason.replaceAll("_", " ")} since ${moment(each.since)} UTC`),
    each.advice && h("p", { class: "advice" }, each.advice),
    each.last_error && h("p", { class: "because" }, each.last_error));
}

function beat(each) {
  const usual = each.usual_gap_s === null ? "its pace is not known yet" : `usually every ${span(each.usual_gap_s)}`;
  return h("li", { class: `card ${each.state === "quiet" ? "is-bad" : ""}` },
    h("p", { class: "headline" }, h("strong", {}, each.label),
      h("span", { class: `health health-${each.state === "quiet" ? "bad" : "good"}` }, each.state === "unknown" ? "heard" : each.state)),
    h("p", { class: "because" }, `last heard ${moment(each.last_heard_at)} UTC, ${usual}`));
}

function silentPlace(each) {
  return h("li", { class: "card" },
    h("button", { type: "button", class: "open", onclick: () => show({ place: each.subject_id }) },
      h("span", { class: "headline" }, each.label)),
    h("p", { class: "because" }, `no news since ${moment(each.last_heard_at)} UTC`));
}

function silence(each) {
  return h("li", { class: "card" },
    h("p", { class: "headline" }, h("strong", {}, each.matchers.join(", "))),
    h("p", { class: "because" }, `until ${moment(each.ends_at)} UTC, by ${each.author}${each.comment && `: ${each.comment}`}`));
}

function nothing() {
  return h("div", { class: "empty" }, h("h2", {}, "Nothing is known of feeds yet"),
    h("p", {}, "The producer tells how each feed does once it polls them:"),
    h("pre", {}, "placewatch feeds import shipped\nplacewatch up"));
}
