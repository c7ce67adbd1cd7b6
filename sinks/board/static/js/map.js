// The map: the world's shapes from our own server, the places on top, nothing from anybody else.

import { byId, h } from "./dom.js";
import { heldBy } from "./format.js";
import { forgetSprites, markElement } from "./marks.js";
import { isDark, mapColours } from "./palette.js";
import { PlaceLayer } from "./place-layer.js";
import { holderOf, shownPlaces, world } from "./places.js";
import { show, state } from "./state.js";

const { L, topojson } = window;
const CALM = matchMedia("(prefers-reduced-motion: reduce)").matches;
const ROOM_FOR_LEGEND = 700;
let map;
let layer;
let shapes;
let isPlaced = false;

export function startMap() {
  map = L.map("map", {
    attributionControl: false,
    zoomControl: false,
    minZoom: 2,
    maxZoom: 12,
    zoomSnap: 0.5,
    worldCopyJump: true,
    zoomAnimation: !CALM,
    inertia: !CALM,
    maxBounds: [[-85, -400], [85, 400]],
  }).setView([25, 25], 2);
  L.control.zoom({ position: "topright" }).addTo(map);
  map.createPane("places").style.zIndex = 450;
  layer = new PlaceLayer().addTo(map);
  map.on("click", (event) => {
    const place = layer.placeAt(event.containerPoint);
    if (place) show({ place: place.id });
  });
  map.on("mousemove", (event) => point(layer.placeAt(event.containerPoint), event.containerPoint));
  map.on("mouseout movestart", () => point(null));
  addEventListener("themechange", paint);
  new ResizeObserver(() => map.invalidateSize({ animate: false })).observe(byId("map"));
}

/** Show the places that the filters leave; the first time, go where they are. */
export function showPlaces() {
  layer.selected = state.place;
  layer.show(shownPlaces());
  if (!isPlaced && layer.places.length) {
    isPlaced = true;
    goToAll();
  }
  legend();
}

/** Go where the places are, as near as shows them all. */
export function goToAll() {
  const points = layer.places.map((place) => [place.latitude, place.longitude]);
  const beside = byId("map").clientWidth > ROOM_FOR_LEGEND ? 270 : 50;
  const room = { paddingTopLeft: [beside, 50], paddingBottomRight: [110, 50] };
  if (points.length) map.fitBounds(points, { ...room, maxZoom: 8, animate: false });
}

/** Bring the selected place into view. */
export function goToSelected() {
  const place = world.byId.get(state.place);
  layer.selected = state.place;
  if (place && place.latitude !== null) {
    const at = [place.latitude, place.longitude];
    if (!map.getBounds().pad(-0.1).contains(at)) map.setView(at, Math.max(map.getZoom(), 6), { animate: !CALM });
  }
  layer.redraw();
}

export const pulse = (id) => !CALM && layer.pulse(id);

/** Draw the world's shapes under the places, once. */
export async function loadWorld() {
  if (shapes) return;
  const answer = await fetch("/static/vendor/countries-50m.json");
  if (!answer.ok) return; // The places stand on an empty sea; everything else works.
  const topology = await answer.json();
  const countries = topojson.feature(topology, topology.objects.countries);
  shapes = L.geoJSON(countries, {
    interactive: false,
    renderer: L.canvas({ padding: 0.3 }),
    style: shapeStyle,
  }).addTo(map);
  layer.countries = countries.features.map(labelOf).filter(Boolean);
  layer.redraw();
}

function shapeStyle() {
  const { land, border } = mapColours();
  return { fillColor: land, fillOpacity: 1, color: border, weight: 1 };
}

/** Return where a country's name goes: the middle of its largest part, and how wide that is at zoom 0. */
function labelOf({ properties, geometry }) {
  if (!properties.name || !geometry) return null;
  const parts = geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates;
  let largest = null;
  for (const [outline] of parts) {
    const box = L.latLngBounds(outline.map(([x, y]) => [y, x]));
    const width = box.getEast() - box.getWest();
    if (!largest || width > largest.width) largest = { box, width };
  }
  const { lat, lng } = largest.box.getCenter();
  return { name: properties.name.toUpperCase(), latitude: lat, longitude: lng, width: (largest.width * 256) / 360 };
}

function paint() {
  forgetSprites();
  shapes?.setStyle(shapeStyle);
  layer.redraw();
  legend();
}

function point(place, at) {
  const tip = byId("tip");
  byId("map").classList.toggle("is-over", Boolean(place));
  tip.hidden = !place;
  if (!place) return;
  tip.replaceChildren(
    h("strong", {}, place.label),
    h("span", {}, heldBy(place.control, holderOf(place))),
    h("small", {}, [place.certainty, place.stale && "stale", place.quiet && "no news"].filter(Boolean).join(" · ")),
  );
  tip.style.setProperty("translate", `${at.x + 14}px ${at.y + 14}px`);
  tip.classList.toggle("is-left", at.x > byId("map").clientWidth - 240);
}

/** What colours and marks mean, for what is on the map. */
function legend() {
  const counts = new Map();
  for (const place of layer.places) if (place.holder !== null) counts.set(place.holder, (counts.get(place.holder) || 0) + 1);
  const holders = [...counts].sort((a, b) => b[1] - a[1]).slice(0, 8);
  const sample = { control: "held", holder: holders[0]?.[0] ?? null, opponent: null, certainty: "settled", stale: false };
  const exampleOf = (control) => layer.places.find((place) => place.control === control);
  const marks = [
    ["contested", "contested"], ["besieged", "besieged"], ["threatened", "threatened"], ["vacated", "left by its holder"],
    ["unknown", "not known"],
  ].filter(([control]) => exampleOf(control));
  const rows = [
    ...holders.map(([holder]) => [{ ...sample, holder }, world.holders[holder]]),
    ...marks.map(([control, words]) => [{ ...exampleOf(control), certainty: "settled", stale: false }, words]),
    layer.places.some((p) => p.certainty === "claimed" || p.certainty === "disputed") &&
      [{ ...sample, certainty: "claimed" }, "dashed: claimed or disputed"],
    layer.places.some((p) => p.stale) && [{ ...sample, stale: true }, "faded: stale"],
  ].filter(Boolean);
  const isOpen = byId("legend").querySelector("details")?.open ?? byId("map").clientWidth > ROOM_FOR_LEGEND;
  byId("legend").replaceChildren(
    h("details", { open: isOpen }, h("summary", {}, "Legend"),
      h("ul", {}, rows.map(([place, words]) => h("li", {}, markElement(place), h("span", { title: words }, words)))),
      h("p", {}, "Borders: Natural Earth, after the United Nations")),
  );
  byId("legend").hidden = !rows.length;
  byId("map").dataset.theme = isDark() ? "dark" : "light";
}
