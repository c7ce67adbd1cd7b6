// The filters: what is chosen stands as chips above the lists, and in the address.

import { byId, h } from "./dom.js";
import { world } from "./places.js";
import { clearFilters, isFiltered, show, state } from "./state.js";

const CHOICES = {
  control: ["held", "contested", "besieged", "threatened", "vacated", "unknown", "normal", "evacuated", "open", "closed", "outage"],
  certainty: ["claimed", "confirmed", "settled", "disputed"],
  msg_type: ["Alert", "Update", "Cancel"],
};
const TITLES = { control: "Status", certainty: "Certainty", msg_type: "Message", holder: "Holder", country: "Country" };
let isOpen = false;
let drawn = "";

/** Draw the filters when there is something new to choose or to show. */
export function drawFilters() {
  const controls = [...new Set([...CHOICES.control.slice(0, 5), ...world.places.map((place) => place.control), ...state.control])];
  const wanted = JSON.stringify([controls, world.holders, world.countries, state.control, state.certainty, state.msg_type,
    state.holder, state.country, isOpen, state.tab]);
  if (wanted === drawn) return;
  drawn = wanted;
  const box = byId("filters");
  const focused = box.contains(document.activeElement) ? document.activeElement.id : null;
  box.hidden = state.tab === "feeds";
  box.replaceChildren(...[bar(), isOpen && form(controls)].filter(Boolean));
  if (focused) byId(focused)?.focus();
}

function bar() {
  const chips = Object.keys(TITLES).flatMap((name) => state[name].map((value) => chip(name, value)));
  return h("div", { class: "bar" },
    h("button", { type: "button", id: "filters-open", class: "chip open-filters", "aria-expanded": String(isOpen), onclick: toggle },
      "Filters"),
    chips,
    isFiltered() && h("button", { type: "button", class: "chip clear", onclick: clearFilters }, "Clear"));
}

function toggle() {
  isOpen = !isOpen;
  drawFilters();
}

function chip(name, value) {
  return h("button", { type: "button", class: "chip is-on", "aria-label": `Remove filter ${TITLES[name]}: ${value}`,
    onclick: () => change(name, value, false) }, value, h("span", { "aria-hidden": "true" }, " ×"));
}

function form(controls) {
  return h("div", { class: "choices" },
    boxes("control", controls), boxes("certainty", CHOICES.certainty),
    state.tab === "alerts" && boxes("msg_type", CHOICES.msg_type),
    h("div", { class: "selects" }, select("holder", [...world.holders].sort()), select("country", world.countries)));
}

function boxes(name, values) {
  return h("fieldset", {}, h("legend", {}, TITLES[name]),
    values.map((value) => h("label", {},
      h("input", { type: "checkbox", id: `${name}-${value}`, checked: state[name].includes(value),
        onchange: (event) => change(name, value, event.target.checked) }), value)));
}

function select(name, values) {
  const free = values.filter((value) => !state[name].includes(value));
  return h("label", {}, TITLES[name],
    h("select", { id: `choose-${name}`, onchange: (event) => event.target.value && change(name, event.target.value, true) },
      h("option", { value: "" }, "any"), free.map((value) => h("option", { value }, value))));
}

function change(name, value, isWanted) {
  const others = state[name].filter((each) => each !== value);
  show({ [name]: isWanted ? [...others, value] : others });
}
