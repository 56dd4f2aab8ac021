// Single keys: j and k to the next and previous row, n and p to what is out of the ordinary, / to the search, ? to the
// help. They can be switched off (WCAG 2.1.4), and are not taken while somebody types.

import { bringIntoView } from "./list.js";
import { byId, memory } from "./page.js";

/**
 * Listen to keys.
 * @param {import("./page.js").Page} page
 * @param {import("./filter.js").RecordFilter|null} filter the record, where it works
 */
export function startKeyboard(page, filter) {
  const help = /** @type {HTMLDialogElement} */ (byId("keys"));
  const on = /** @type {HTMLInputElement} */ (byId("keys-on"));
  const open = byId("keys-open");
  on.checked = memory.get("keys") !== "off";
  on.addEventListener("change", () => memory.set("keys", on.checked ? "on" : "off"));
  open.hidden = false;
  open.addEventListener("click", () => help.showModal());
  help.addEventListener("click", (event) => {
    if (event.target.closest("button")) help.close();
  });
  const press = page.guarded("keyboard", (action) => action());
  const actions = actionsOf(filter, help);
  addEventListener("keydown", (event) => {
    const action = on.checked && !help.open && isFree(event) ? actions[event.key] : undefined;
    if (action === undefined) return;
    event.preventDefault();
    press(action);
  });
}

/** What each key does. */
function actionsOf(filter, help) {
  const always = { "?": () => help.showModal() };
  if (filter === null) return always;
  return {
    ...always,
    j: () => filter.step(1, false),
    k: () => filter.step(-1, false),
    n: () => filter.step(1, true),
    p: () => filter.step(-1, true),
    "/": () => toSearch(filter.form.elements.namedItem("q")),
  };
}

/** Go to the search; `select` alone need neither focus nor show it. */
function toSearch(search) {
  bringIntoView(search);
  search.select();
}

/** Tell whether a key is pressed alone, and nobody types. */
function isFree(event) {
  if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || event.defaultPrevented) return false;
  return event.target.closest?.("input, select, textarea, [contenteditable]") === null;
}
