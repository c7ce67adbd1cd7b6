// A place as a mark: colour says who holds it, shape and hatching how. Drawn once a kind, then copied.

import { h } from "./dom.js";
import { colourOf, isSecond, mapColours } from "./palette.js";

export const CIVIL = ["evacuated", "closed", "outage"];
const FOUGHT_OVER = new Set(["contested", "besieged", "threatened"]);
const sprites = new Map();

export const forgetSprites = () => sprites.clear();

/** Return how much a place wants to be seen: what is fought over is drawn last and labelled first. */
export const urgency = (place) => (FOUGHT_OVER.has(place.control) ? 2 : place.control === "unknown" ? 0 : 1);

/** Draw a place's mark. */
export function drawMark(context, place, x, y, radius, scale) {
  const key = [place.control, place.holder, place.opponent, place.certainty === "claimed" || place.certainty === "disputed",
    place.stale, radius, scale].join();
  let sprite = sprites.get(key);
  if (!sprite) {
    sprite = makeSprite(place, radius, scale);
    sprites.set(key, sprite);
  }
  const size = sprite.width / scale;
  context.drawImage(sprite, x - size / 2, y - size / 2, size, size);
}

function makeSprite(place, radius, scale) {
  const half = Math.ceil(radius * 1.9 + 6);
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = half * 2 * scale;
  const context = canvas.getContext("2d");
  context.scale(scale, scale);
  context.translate(half, half);
  if (place.stale) context.globalAlpha = 0.5;
  paint(context, place, radius);
  return canvas;
}

function paint(context, place, radius) {
  const { halo, ink, land } = mapColours();
  const colour = colourOf(place.holder);
  const isSure = place.certainty === "confirmed" || place.certainty === "settled";
  context.lineWidth = 1.5;
  outline(context, place, radius + 1.2);
  context.fillStyle = halo;
  context.fill();
  outline(context, place, radius);
  if (place.control === "vacated" || place.control === "unknown") {
    context.fillStyle = land;
    context.fill();
    context.strokeStyle = colour;
    context.lineWidth = 2;
    context.stroke();
  } else {
    context.fillStyle = colour;
    context.fill();
    if (place.control === "contested") hatch(context, place, radius);
    if (isSecond(place.holder)) dot(context, halo, radius * 0.38);
  }
  outline(context, place, radius);
  context.strokeStyle = ink;
  context.lineWidth = isSure ? 1.3 : 1;
  context.setLineDash(place.stale ? [1.5, 2] : isSure ? [] : [2.5, 2]);
  context.stroke();
  context.setLineDash([]);
  if (place.control === "besieged") ring(context, ink, radius + 3.5, []);
  if (place.control === "threatened") wedge(context, ink, halo, radius);
}

function outline(context, place, radius) {
  context.beginPath();
  if (CIVIL.includes(place.control)) context.rect(-radius * 0.9, -radius * 0.9, radius * 1.8, radius * 1.8);
  else context.arc(0, 0, radius, 0, 2 * Math.PI);
}

/** Stripes in the colour of whoever fights for it. */
function hatch(context, place, radius) {
  context.save();
  context.clip();
  const isOpen = place.opponent === null || place.opponent === place.holder;
  context.strokeStyle = isOpen ? mapColours().halo : colourOf(place.opponent);
  context.lineWidth = Math.max(2.2, radius * 0.42);
  const step = context.lineWidth * 2;
  context.beginPath();
  for (let at = -radius * 2; at <= radius * 2; at += step) {
    context.moveTo(at - radius, radius);
    context.lineTo(at + radius, -radius);
  }
  context.stroke();
  context.restore();
}

function ring(context, colour, radius, dash) {
  context.beginPath();
  context.arc(0, 0, radius, 0, 2 * Math.PI);
  context.setLineDash(dash);
  context.strokeStyle = colour;
  context.lineWidth = 2.2;
  context.stroke();
}

/** An arrowhead that points at the place from the upper right. */
function wedge(context, ink, halo, radius) {
  const near = radius * 0.72;
  const far = radius * 0.72 + Math.max(6, radius * 0.95);
  context.beginPath();
  context.moveTo(near, -near);
  context.lineTo(far + 1, -near - 0.5);
  context.lineTo(near + 0.5, -far - 1);
  context.closePath();
  context.fillStyle = ink;
  context.strokeStyle = halo;
  context.lineWidth = 1;
  context.fill();
  context.stroke();
}

function dot(context, colour, radius) {
  context.beginPath();
  context.arc(0, 0, radius, 0, 2 * Math.PI);
  context.fillStyle = colour;
  context.fill();
}

/** Return the same mark as an element of a list: decoration, the words stand beside it. */
export function markElement(place) {
  const size = 24;
  const scale = Math.max(1, Math.ceil(devicePixelRatio));
  const canvas = h("canvas", { class: "mark", width: size * scale, height: size * scale, "aria-hidden": "true" });
  const context = canvas.getContext("2d");
  context.scale(scale, scale);
  drawMark(context, place, size / 2, size / 2, 6, scale);
  return canvas;
}
