// What an analyst may do with the token: say what holds, or take that back. The token stays in this page's memory.

import { ask } from "./api.js";
import { h } from "./dom.js";

const CONTROLS = ["held", "contested", "besieged", "threatened", "vacated", "unknown"];
const remembered = { token: "", by: "" };

/** Return the form for a place. */
export function wordForm(place) {
  const answer = h("p", { class: "answer", role: "status" });
  const form = h("form", { class: "word" },
    h("label", {}, "Status", h("select", { name: "control" }, CONTROLS.map((control) => h("option", { value: control }, control)))),
    h("label", {}, "Holder", h("input", { name: "holder", maxlength: 200, autocomplete: "off" })),
    h("label", { class: "wide" }, "Why you say so", h("input", { name: "note", maxlength: 2000, autocomplete: "off" })),
    h("label", {}, "Your name", h("input", { name: "by", maxlength: 200, required: true, value: remembered.by })),
    h("label", {}, "Token", h("input", { name: "token", type: "password", required: true, autocomplete: "off", value: remembered.token })),
    h("div", { class: "wide" },
      h("button", { class: "button is-main", value: "say" }, "Say so"),
      h("button", { class: "button", value: "back" }, "Take back what was said")),
    answer);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(form, place, event.submitter?.value === "back", answer);
  });
  return h("details", { class: "analyst" }, h("summary", {}, "Say what holds here"), form);
}

async function send(form, place, isBack, answer) {
  const given = Object.fromEntries(new FormData(form));
  Object.assign(remembered, { token: given.token, by: given.by });
  const path = `places/${encodeURIComponent(place.place_id)}/word`;
  const headers = { authorization: `Bearer ${given.token}`, "content-type": "application/json" };
  const word = { control: given.control, holder: given.holder || null, note: given.note, by: given.by };
  answer.textContent = "sending";
  try {
    if (isBack) await ask(path, new URLSearchParams({ by: given.by }), { method: "DELETE", headers });
    else await ask(path, "", { method: "POST", headers, body: JSON.stringify(word) });
    answer.textContent = isBack ? "Taken back." : "Said. An alert follows when it changes anything.";
  } catch (error) {
    answer.textContent = error.message;
  }
}
