// The places as the map and the list know them: columns of the API as objects, changed by alerts as they arrive.

import { latest } from "./api.js";
import { countryOf, nameOf } from "./format.js";
import { state } from "./state.js";
import { urgency } from "./marks.js";

const ask = latest();

export const world = { places: [], byId: new Map(), holders: [], countries: [] };

/** Load what holds everywhere, now or at a moment. Throws a Problem. */
export async function loadPlaces(at) {
  const columns = await ask("map", at ? new URLSearchParams({ at }) : "");
  world.holders = columns.holders;
  world.places = columns.place_id.map((id, row) => ({
    id,
    label: columns.place[row],
    name: nameOf(columns.place[row]),
    country: countryOf(columns.place[row]),
    folded: columns.place[row].toLowerCase(),
    latitude: columns.latitude[row],
    longitude: columns.longitude[row],
    control: columns.control[row],
    holder: columns.holder[row],
    opponent: columns.opponent[row],
    certainty: columns.certainty[row],
    since: columns.since[row],
    stale: columns.is_stale[row],
    quiet: columns.is_quiet[row],
  }));
  world.byId = new Map(world.places.map((place) => [place.id, place]));
  world.countries = [...new Set(world.places.map((place) => place.country))].filter(Boolean).sort();
}

/** Take in an alert that has just arrived; return whether its place is known. */
export function takeIn(alert) {
  const place = world.byId.get(alert.place_id);
  if (!place) return false;
  Object.assign(place, {
    control: alert.control,
    holder: positionOf(alert.holder),
    opponent: positionOf(alert.opponent),
    certainty: alert.certainty,
    since: alert.since,
    stale: false,
    quiet: false,
  });
  return true;
}

/** Return the position of a holder, null for none; a new one comes last, as in the API. */
export function positionOf(name) {
  if (!name) return null;
  const known = world.holders.indexOf(name);
  return known >= 0 ? known : world.holders.push(name) - 1;
}

export const holderOf = (place) => (place.holder === null ? null : world.holders[place.holder]);

/** Return the places that the filters leave, what is fought over first. */
export function shownPlaces() {
  const wanted = state.q.toLowerCase();
  const holders = new Set(state.holder.map((name) => world.holders.indexOf(name)));
  return world.places
    .filter(
      (place) =>
        (!wanted || place.folded.includes(wanted)) &&
        (!state.control.length || state.control.includes(place.control)) &&
        (!state.certainty.length || state.certainty.includes(place.certainty)) &&
        (!state.country.length || state.country.includes(place.country)) &&
        (!holders.size || holders.has(place.holder)),
    )
    // The API gives them by name, and sorting keeps that among equals.
    .sort((a, b) => urgency(b) - urgency(a));
}
