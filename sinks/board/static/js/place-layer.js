// All places on one canvas: ten thousand marks are drawn in a few milliseconds, and found again under the pointer.

import { drawMark, urgency } from "./marks.js";
import { mapColours } from "./palette.js";

const { L } = window;
const MOST_LABELS = 150;

/** A Leaflet renderer whose only layer is the list of places. */
export const PlaceLayer = L.Renderer.extend({
  options: { padding: 0.3, pane: "places" },

  initialize(options) {
    L.Renderer.prototype.initialize.call(this, options);
    this.places = [];
    this._shifts = new Map();
    this.selected = null;
    this.countries = [];
    this._pulses = new Map();
  },

  /** Show these places, the last on top. */
  show(places) {
    this.places = places.filter((place) => place.latitude !== null && place.longitude !== null).reverse();
    this._shifts = shiftsOf(this.places);
    this.redraw();
  },

  /** Draw attention to a place for a moment. */
  pulse(id) {
    this._pulses.set(id, performance.now() + 4000);
    if (this._pulses.size === 1) requestAnimationFrame(() => this._beat());
  },

  redraw() {
    if (this._ctx) this._draw();
  },

  /** Return the place under a point of the map's container, or null. */
  placeAt(point) {
    const reach = this._radius() + 6;
    let nearest = null;
    let least = reach * reach;
    for (const place of this.places) {
      const at = this._map.latLngToContainerPoint([place.latitude, place.longitude]);
      at.x += this._shift(place);
      const distance = (at.x - point.x) ** 2 + (at.y - point.y) ** 2;
      if (distance <= least) [nearest, least] = [place, distance];
    }
    return nearest;
  },

  _initContainer() {
    this._container = L.DomUtil.create("canvas", "places-canvas");
    this._ctx = this._container.getContext("2d");
  },

  _destroyContainer() {
    this._container.remove();
    this._ctx = null;
  },

  _updatePaths() {},

  _update() {
    if (this._map._animatingZoom && this._bounds) return;
    L.Renderer.prototype._update.call(this);
    const size = this._bounds.getSize();
    this._scale = Math.max(1, Math.min(2, devicePixelRatio));
    L.DomUtil.setPosition(this._container, this._bounds.min);
    this._container.width = size.x * this._scale;
    this._container.height = size.y * this._scale;
    this._container.style.width = `${size.x}px`;
    this._container.style.height = `${size.y}px`;
    this._draw();
  },

  _radius() {
    const zoom = this._map.getZoom();
    const most = this.places.length > 2000 ? 7 : 9;
    return Math.max(this.places.length > 2000 ? 3 : 5, Math.min(most, Math.round(zoom * 1.15)));
  },

  _shift(place) {
    return (this._shifts.get(place.id) || 0) * this._radius() * 1.6;
  },

  _draw() {
    const context = this._ctx;
    const origin = this._bounds.min;
    const size = this._bounds.getSize();
    context.setTransform(this._scale, 0, 0, this._scale, 0, 0);
    context.clearRect(0, 0, size.x, size.y);
    const radius = this._radius();
    const taken = [];
    const visible = [];
    for (const place of this.places) {
      const at = this._map.latLngToLayerPoint([place.latitude, place.longitude]).subtract(origin);
      at.x += this._shift(place);
      if (at.x < -20 || at.y < -20 || at.x > size.x + 20 || at.y > size.y + 20) continue;
      visible.push({ place, x: at.x, y: at.y });
      drawMark(context, place, at.x, at.y, radius, this._scale);
    }
    for (const each of visible) {
      if (each.place.id === this.selected) this._ring(each, radius + 7, mapColours().ink, 1);
      const ends = this._pulses.get(each.place.id);
      if (ends) {
        const left = (ends - performance.now()) / 4000;
        this._ring(each, radius + 6 + 14 * (1 - ((left * 4) % 1)), mapColours().ink, Math.max(0, left));
      }
    }
    this._label(visible, radius, taken);
    this._labelCountries(taken, origin);
  },

  _ring({ x, y }, radius, colour, alpha) {
    const context = this._ctx;
    context.save();
    context.globalAlpha = alpha;
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.lineWidth = 2.5;
    context.strokeStyle = colour;
    context.stroke();
    context.restore();
  },

  /** Names beside the marks, as many as have room; the selected and the fought over first. */
  _label(visible, radius, taken) {
    const context = this._ctx;
    const { ink, halo } = mapColours();
    if (visible.length > 4 * MOST_LABELS) visible = visible.filter((each) => each.place.id === this.selected);
    for (const { x, y } of visible) taken.push([x - radius, y - radius, x + radius, y + radius]);
    const first = (each) => (each.place.id === this.selected ? 9 : urgency(each.place));
    context.lineWidth = 3.5;
    context.lineJoin = "round";
    context.strokeStyle = halo;
    context.fillStyle = ink;
    for (const each of visible.sort((a, b) => first(b) - first(a)).slice(0, MOST_LABELS)) {
      context.font = `${first(each) > 1 ? 650 : 500} 12.5px system-ui, sans-serif`;
      const width = context.measureText(each.place.name).width;
      const beside = radius + 8;
      const right = [each.x + beside, each.y - 8, each.x + beside + width, each.y + 8];
      const left = [each.x - beside - width, each.y - 8, each.x - beside, each.y + 8];
      const box = [right, left].find((candidate) => isFree(candidate, taken, each));
      if (!box) continue;
      taken.push(box);
      context.strokeText(each.place.name, box[0], each.y + 4.5);
      context.fillText(each.place.name, box[0], each.y + 4.5);
    }
  },

  _labelCountries(taken, origin) {
    const zoom = this._map.getZoom();
    if (zoom < 4) return;
    const context = this._ctx;
    context.font = "600 11px system-ui, sans-serif";
    context.fillStyle = mapColours().faint;
    context.textAlign = "center";
    context.letterSpacing = "1.5px";
    for (const { name, latitude, longitude, width } of this.countries) {
      const at = this._map.latLngToLayerPoint([latitude, longitude]).subtract(origin);
      const half = context.measureText(name).width / 2;
      const box = [at.x - half, at.y - 8, at.x + half, at.y + 8];
      if (width * 2 ** zoom < half * 3 || !isFree(box, taken)) continue;
      taken.push(box);
      context.fillText(name, at.x, at.y + 4);
    }
    context.textAlign = "start";
    context.letterSpacing = "0px";
  },

  _beat() {
    const now = performance.now();
    for (const [id, ends] of this._pulses) if (ends < now) this._pulses.delete(id);
    this.redraw();
    if (this._pulses.size) setTimeout(() => requestAnimationFrame(() => this._beat()), 60);
  },
});

/** A province often has the coordinates of its capital: such places stand side by side. */
function shiftsOf(places) {
  const at = new Map();
  const shifts = new Map();
  for (const place of places) {
    const spot = `${place.latitude},${place.longitude}`;
    const before = at.get(spot) || 0;
    if (before) shifts.set(place.id, before);
    at.set(spot, before + 1);
  }
  return shifts;
}

function isFree(box, taken, own) {
  return taken.every(
    (other) =>
      box[0] > other[2] || box[2] < other[0] || box[1] > other[3] || box[3] < other[1] ||
      (own && other[0] <= own.x && other[2] >= own.x && other[1] <= own.y && other[3] >= own.y),
  );
}
