// A place's past as a strip: who held it, when alerts came, who said something. Click, or use the slider, to go there.

import { h, svg } from "./dom.js";
import { day, heldBy, moment } from "./format.js";
import { colourOf } from "./palette.js";
import { positionOf } from "./places.js";
import { show } from "./state.js";

const WIDTH = 600;
const HEIGHT = 62;

/** Return the strip. */
export function past(timeline, alerts, at) {
  const start = Date.parse(timeline.start);
  const whole = Date.parse(timeline.end) - start;
  const x = (time) => ((Date.parse(time) - start) / whole) * WIDTH;
  const picture = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", class: "strip", "aria-hidden": "true" },
    pattern(), ...timeline.segments.flatMap((segment) => band(segment, x)),
    ...timeline.ticks.map((tick) => reportTick(tick, x)),
    ...alerts.map((alert) => alertTick(alert, x)),
    ...(at ? [svg("line", { x1: x(at), x2: x(at), y1: 0, y2: HEIGHT, class: "now" })] : []));
  picture.addEventListener("click", (event) => {
    const box = picture.getBoundingClientRect();
    const time = start + ((event.clientX - box.left) / box.width) * whole;
    show({ at: new Date(Math.round(time / 60000) * 60000).toISOString().replace(".000", "") });
  });
  const words = timeline.segments.map((s) => `${moment(s.start)}: ${heldBy(s.control, s.holder)}`).join("; ");
  return h("figure", { class: "past-strip" }, picture,
    h("figcaption", {}, h("span", {}, day(timeline.start)), h("span", {}, day(timeline.end)),
      h("span", { class: "unseen" }, `Its past: ${words}`)));
}

function pattern() {
  return svg("defs", {}, svg("pattern", { id: "stripes", width: 8, height: 8, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
    svg("rect", { width: 3.5, height: 8, class: "stripe" })));
}

function band(segment, x) {
  const box = { x: x(segment.start), width: Math.max(1, x(segment.end) - x(segment.start)), y: 14, height: 26 };
  const title = svg("title", {}, `${heldBy(segment.control, segment.holder)}, from ${moment(segment.start)} UTC`);
  const isOpen = segment.control === "unknown" || segment.control === "vacated";
  const colour = isOpen ? "transparent" : colourOf(positionOf(segment.holder));
  const parts = [svg("rect", { ...box, class: "band", style: { fill: colour } }, title)];
  if (["contested", "besieged", "threatened"].includes(segment.control)) {
    parts.push(svg("rect", { ...box, fill: "url(#stripes)", opacity: segment.control === "contested" ? 1 : 0.45, "pointer-events": "none" }));
  }
  return parts;
}

const reportTick = (tick, x) =>
  svg("line", { x1: x(tick.at), x2: x(tick.at), y1: tick.is_denial ? 52 : 44, y2: tick.is_denial ? 58 : 50,
    class: tick.has_counted ? "said" : "said idle" });

function alertTick(alert, x) {
  const at = x(alert.at);
  return svg("path", { d: `M${at} 12 l-4.500 -8 h9 z`, class: `told told-${alert.msg_type.toLowerCase()}` },
    svg("title", {}, `${alert.msg_type}: ${alert.headline}`));
}
