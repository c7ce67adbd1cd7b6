// The keyboard: everything the mouse does.

import { byId, h } from "./dom.js";
import { goToAll } from "./map.js";
import { toggleTheme } from "./palette.js";
import { show, state } from "./state.js";
import { goLive, play, step } from "./timebar.js";

const TABS = ["alerts", "places", "feeds"];
const KEYS = [
  ["/", "search", () => byId("q").focus()],
  ["j", "next in the list", () => move(1)],
  ["k", "the one before", () => move(-1)],
  ["Enter", "open it", null],
  ["Esc", "close the place, leave the search", leave],
  ["1", "alerts", () => tab(0)],
  ["2", "places", () => tab(1)],
  ["3", "feeds", () => tab(2)],
  ["[", "a step back in time", () => step(-5)],
  ["]", "a step forth", () => step(5)],
  ["Space", "play the past, or stop", play],
  ["n", "now", goLive],
  ["m", "all places on the map", goToAll],
  ["t", "dark or light", toggleTheme],
  ["?", "these keys", () => byId("keys").showModal()],
];
const BY_KEY = new Map(KEYS.map(([key, , act]) => [key === "Space" ? " " : key === "Esc" ? "Escape" : key, act]));

export function startKeys() {
  const dialog = byId("keys");
  dialog.append(
    h("form", { method: "dialog" }, h("h2", { id: "keys-title" }, "Keys"),
      h("button", { class: "icon close", "aria-label": "Close" }, "×"),
      h("dl", {}, KEYS.flatMap(([key, words]) => [h("dt", {}, h("kbd", {}, key)), h("dd", {}, words)])),
      h("p", {}, "Everything shown is in the ", h("a", { href: "/api/v1/openapi.json" }, "API"), " too.")));
  byId("help").addEventListener("click", () => dialog.showModal());
  byId("theme").addEventListener("click", toggleTheme);
  for (const name of TABS) byId(`tab-${name}`).addEventListener("click", () => show({ tab: name }));
  document.querySelector("[role=tablist]").addEventListener("keydown", turnTabs);
  document.addEventListener("keydown", pressed);
}

function pressed(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || byId("keys").open) return;
  const isTyping = event.target.closest("input:not([type=range]):not([type=checkbox]), select, textarea");
  if (isTyping && event.key !== "Escape") return;
  if (event.key === " " && event.target.closest("button, summary, input, a")) return;
  const act = BY_KEY.get(event.key);
  if (!act) return;
  event.preventDefault();
  act();
}

function leave() {
  if (document.activeElement === byId("q")) byId("q").blur();
  else if (state.place) show({ place: "" });
}

function tab(number) {
  show({ tab: TABS[number] });
  byId(`tab-${TABS[number]}`).focus();
}

function turnTabs(event) {
  const turn = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!turn) return;
  event.preventDefault();
  tab((TABS.indexOf(state.tab) + turn + TABS.length) % TABS.length);
}

function move(by) {
  const rows = [...byId(`panel-${state.tab}`).querySelectorAll("button.open")];
  const at = rows.indexOf(document.activeElement);
  const next = rows[at < 0 ? 0 : Math.max(0, Math.min(rows.length - 1, at + by))];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
}
