// What an analyst may do with the token: say what holds, take that back, silence. The token stays in this page's memory.

import { ask } from "./api.js";
import { h } from "./dom.js";
import { moment } from "./format.js";

const CONTROLS = ["held", "contested", "besieged", "threatened", "vacated", "unknown"];
const HOURS = [1, 4, 12, 24, 72, 168];
const remembered = { token: "", by: "" };

/** Return the forms for a place; `done` is called when something was changed. */
export function analystForms(place, silences, done) {
  return h("section", { class: "analyst" },
    folded("Say what holds here", [
      field("Status", h("select", { name: "control" }, CONTROLS.map((control) => h("option", { value: control }, control)))),
      field("Holder", h("input", { name: "holder", maxlength: 200, autocomplete: "off" })),
      field("Why you say so", h("input", { name: "note", maxlength: 2000, autocomplete: "off" }), "wide"),
    ], [["say", "Say so"], ["back", "Take back what was said"]], (given, act) => word(place, given, act)),
    folded("Silence this place", [
      field("For", h("select", { name: "hours" }, HOURS.map((hours) => h("option", { value: hours }, inWords(hours))))),
      field("Why", h("input", { name: "comment", maxlength: 2000, autocomplete: "off" })),
    ], [["silence", "Silence"], ...silences.map((each) => [each.silence_id, `End the one until ${moment(each.ends_at)}`])],
    async (given, act) => {
      const said = await silence(place, given, act);
      done();
      return said;
    }));
}

/** Return a line for each silence that concerns a place. */
export const silenceLines = (silences) =>
  silences.map((each) => h("p", { class: "silenced" },
    `Silenced until ${moment(each.ends_at)} UTC by ${each.author}${each.comment && `: ${each.comment}`}. `,
    "Alerts are recorded, and told to nobody."));

const inWords = (hours) => (hours < 48 ? `${hours} h` : `${hours / 24} days`);
const field = (name, input, kind) => h("label", { class: kind }, name, input);

/** Fill in what was given before, as a property: an attribute would be part of the page's text. */
function filled(name, input) {
  input.value = remembered[name];
  return input;
}

function folded(title, fields, buttons, send) {
  const answer = h("p", { class: "answer", role: "status" });
  const form = h("form", { class: "word" }, fields,
    field("Your name", filled("by", h("input", { name: "by", maxlength: 200, required: true }))),
    field("Token", filled("token", h("input", { name: "token", type: "password", required: true, autocomplete: "off" }))),
    h("div", { class: "wide" }, buttons.map(([value, words], at) =>
      h("button", { class: at ? "button" : "button is-main", value }, words))),
    answer);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const given = Object.fromEntries(new FormData(form));
    Object.assign(remembered, { token: given.token, by: given.by });
    answer.textContent = "sending";
    try {
      answer.textContent = await send(given, event.submitter?.value);
    } catch (error) {
      answer.textContent = error.message;
    }
  });
  return h("details", {}, h("summary", {}, title), form);
}

const signed = (given) => ({ authorization: `Bearer ${given.token}`, "content-type": "application/json" });

async function word(place, given, act) {
  const path = `places/${encodeURIComponent(place.place_id)}/word`;
  if (act === "back") {
    await ask(path, new URLSearchParams({ by: given.by }), { method: "DELETE", headers: signed(given) });
    return "Taken back.";
  }
  const body = JSON.stringify({ control: given.control, holder: given.holder || null, note: given.note, by: given.by });
  await ask(path, "", { method: "POST", headers: signed(given), body });
  return "Said. An alert follows when it changes anything.";
}

async function silence(place, given, act) {
  if (act !== "silence") {
    await ask(`silences/${encodeURIComponent(act)}`, "", { method: "DELETE", headers: signed(given) });
    return "Ended.";
  }
  const body = JSON.stringify({ matchers: [`place_id = ${place.place_id}`], minutes: 60 * Number(given.hours), by: given.by,
    comment: given.comment });
  const made = await ask("silences", "", { method: "POST", headers: signed(given), body });
  return `Silenced until ${moment(made.ends_at)} UTC.`;
}
