// The slider: the map, the lists and the place as of a moment. Its right end is now.

import { ask } from "./api.js";
import { byId, h, svg } from "./dom.js";
import { moment } from "./format.js";
import { show, state } from "./state.js";

const STEPS = 500;
const PLAY_MS = 450;
let span = null;
let playing = null;
let waiting = null;
let parts = {};

/** Draw the slider for the time in which alerts came. */
export async function startTimebar() {
  const activity = await ask("activity", "bins=100");
  const bar = byId("timebar");
  bar.hidden = !activity.start;
  if (!activity.start) return;
  span = { start: Date.parse(activity.start), end: Date.parse(activity.end) };
  if (!parts.slider) build(bar);
  drawBars(activity.counts);
  drawTime();
}

function build(bar) {
  bar.addEventListener("submit", (event) => event.preventDefault());
  parts.play = h("button", { type: "button", class: "icon", "aria-label": "Play", title: "Play (space)", onclick: play }, "▶");
  parts.slider = h("input", { type: "range", id: "slider", min: 0, max: STEPS, value: STEPS, "aria-label": "Moment shown",
    oninput: () => moved(Number(parts.slider.value)) });
  parts.live = h("button", { type: "button", class: "button now", title: "Back to now (n)", onclick: goLive }, "Back to now");
  parts.label = h("output", { for: "slider" });
  parts.bars = svg("svg", { class: "bars", viewBox: "0 0 100 20", preserveAspectRatio: "none", "aria-hidden": "true" });
  bar.replaceChildren(parts.play, h("div", { class: "track" }, parts.bars, parts.slider), parts.label, parts.live);
}

function drawBars(counts) {
  const most = Math.max(1, ...counts);
  parts.bars.replaceChildren(
    ...counts.flatMap((count, at) => {
      const height = count ? 2 + (18 * Math.log1p(count)) / Math.log1p(most) : 0;
      return count ? [svg("rect", { x: at * (100 / counts.length) + 0.1, width: 100 / counts.length - 0.2, y: 20 - height, height })] : [];
    }));
}

/** Show the moment that the page is at. */
export function drawTime() {
  if (!parts.slider) return;
  const at = state.at ? Date.parse(state.at) : span.end;
  const value = state.at ? Math.round(((at - span.start) / (span.end - span.start)) * STEPS) : STEPS;
  if (Number(parts.slider.value) !== value) parts.slider.value = value;
  parts.label.textContent = state.at ? `${moment(state.at)} UTC` : "now";
  parts.slider.setAttribute("aria-valuetext", parts.label.textContent);
  parts.live.hidden = !state.at;
  document.body.classList.toggle("is-past", Boolean(state.at));
}

function moved(value) {
  parts.label.textContent = value >= STEPS ? "now" : `${moment(momentOf(value))} UTC`;
  clearTimeout(waiting);
  waiting = setTimeout(() => show({ at: value >= STEPS ? "" : momentOf(value) }), 80);
}

const momentOf = (value) =>
  new Date(Math.round((span.start + ((span.end - span.start) * value) / STEPS) / 60000) * 60000).toISOString().replace(".000", "");

/** Go some steps back or forth. */
export function step(count) {
  if (!parts.slider) return;
  const value = Math.max(0, Math.min(STEPS, Number(parts.slider.value) + count));
  parts.slider.value = value;
  moved(value);
}

export function goLive() {
  stop();
  show({ at: "" });
}

/** Play the past from the moment shown, from the beginning when that is now; or stop. */
export function play() {
  if (playing) return stop();
  if (!parts.slider) return;
  if (Number(parts.slider.value) >= STEPS) parts.slider.value = 0;
  parts.play.textContent = "❚❚";
  parts.play.setAttribute("aria-label", "Stop");
  playing = setInterval(() => {
    step(5);
    if (Number(parts.slider.value) >= STEPS) stop();
  }, PLAY_MS);
}

function stop() {
  clearInterval(playing);
  playing = null;
  parts.play.textContent = "▶";
  parts.play.setAttribute("aria-label", "Play");
}
