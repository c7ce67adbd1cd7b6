// The places as a list: the same as on the map, for keys and for readers.

import { byId, h } from "./dom.js";
import { heldBy, day } from "./format.js";
import { markElement } from "./marks.js";
import { holderOf, shownPlaces, world } from "./places.js";
import { clearFilters, show, state } from "./state.js";

const PAGE = 100;
let shownRows = PAGE;

/** Draw the list anew, from its beginning. */
export function drawPlaces() {
  shownRows = PAGE;
  const places = shownPlaces();
  byId("count-places").textContent = places.length.toLocaleString("en");
  if (state.tab === "places") draw(places);
}

function draw(places) {
  const panel = byId("panel-places");
  if (!places.length) {
    panel.replaceChildren(world.places.length ? noMatch() : noPlaces());
    return;
  }
  const more = places.length > shownRows &&
    h("button", { type: "button", class: "more", onclick: () => { shownRows += 5 * PAGE; draw(places); } },
      `Show more of ${places.length.toLocaleString("en")}`);
  panel.replaceChildren(...[h("ol", { class: "cards" }, places.slice(0, shownRows).map(row)), more].filter(Boolean));
}

function row(place) {
  const words = [place.certainty, place.since && `since ${day(place.since)} ${place.since.slice(0, 4)}`,
    place.stale && "stale", place.quiet && "no news"].filter(Boolean).join(" · ");
  return h("li", { class: "card" },
    h("button", { type: "button", class: "open", "aria-current": place.id === state.place ? "true" : null,
      onclick: () => show({ place: place.id }) },
      markElement(place),
      h("span", { class: "headline" }, h("strong", {}, place.label), h("span", {}, heldBy(place.control, holderOf(place))),
        h("small", {}, words || "no news yet")),
    ));
}

function noMatch() {
  return h("div", { class: "empty" }, h("h2", {}, "No place matches"),
    h("button", { type: "button", class: "button", onclick: clearFilters }, "Clear the filters"));
}

function noPlaces() {
  return h("div", { class: "empty" }, h("h2", {}, "No places yet"),
    h("p", {}, "Say which places to watch, then let the services run:"),
    h("pre", {}, 'placewatch watch add "Homs, Syria"\nplacewatch up'));
}
