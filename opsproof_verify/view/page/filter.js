// Which rows are shown: search and facets, what is out of the ordinary first ("review by exception"). What is chosen
// stands in the address, so that it can be sent; the address also says which row is meant.

import { FIELDS, format, parse } from "./address.js";
import { bringIntoView, List } from "./list.js";
import { breathe, byId, memory } from "./page.js";
import { Rows } from "./rows.js";
import { Window } from "./window.js";

const MANY = 2_000; // rows, from which on a search waits until nothing more is typed
const PAUSE = 150; // milliseconds

/** The record: its rows, and which of them are shown. */
export class RecordFilter {
  /**
   * @param {import("./page.js").Page} page
   * @param {Rows} rows
   * @param {List|Window} view
   */
  constructor(page, rows, view) {
    Object.assign(this, { page, rows, view, shown: [], target: "" });
    this.form = /** @type {HTMLFormElement} */ (byId("filter"));
    this.count = byId("filter-count");
    this.hasOpen = rows.facts.some((facts) => facts.open);
  }

  /**
   * Find the record in the page, and show what address and habit say.
   * @param {import("./page.js").Page} page
   * @returns {RecordFilter}
   */
  static start(page) {
    const list = byId("record");
    const source = document.getElementById("record-source");
    const rows = source === null ? Rows.ofList(list) : Rows.ofSource(source.textContent);
    const name = page.say("js.record.name");
    const filter = new RecordFilter(page, rows, source === null ? new List(list) : new Window(list, rows, name));
    filter.listen();
    filter.fill(filter.usual());
    filter.follow();
    filter.form.hidden = false;
    return filter;
  }

  /** Listen to form and address. */
  listen() {
    const { form, page } = this;
    const on = (target, event, action) => target.addEventListener(event, page.guarded("filter", action));
    on(form, "input", ({ target }) => {
      if (target.name === "show") memory.set("show", target.value);
      this.change(target.name === "q" && this.rows.count > MANY ? PAUSE : 0);
    });
    on(form, "submit", (event) => {
      event.preventDefault();
      this.change(0);
      if (this.shown.length > 0) this.view.reveal(this.shown[0]);
    });
    on(form, "reset", async () => {
      await breathe(); // the form resets itself after this event
      this.fill(this.usual());
      this.change(0);
    });
    on(window, "hashchange", () => this.follow());
    on(document, "click", (event) => {
      const link = event.target.closest?.('a[href^="#"]');
      if (link && link.getAttribute("href") === location.hash) this.follow(); // else the address changes, and tells
    });
  }

  /** What is shown if nobody says what. */
  usual() {
    const chosen = memory.get("show");
    return { show: this.hasOpen && chosen !== "all" ? "open" : "all" };
  }

  /** What the form says. */
  state() {
    const given = new FormData(this.form);
    return Object.fromEntries(FIELDS.map((field) => [field, String(given.get(field) ?? "")]));
  }

  /** Write a state into the form; what is not given is empty. */
  fill(state) {
    for (const field of FIELDS) {
      const value = field === "show" ? state.show || this.usual().show : (state[field] ?? "");
      const control = this.form.elements.namedItem(field);
      if (control !== null) control.value = value;
      if (control instanceof HTMLSelectElement && control.value !== value) control.value = "";
    }
  }

  /** Take what the form says now, or after a pause; what comes meanwhile comes before. */
  change(pause) {
    clearTimeout(this.waiting);
    const take = () => {
      this.apply();
      const state = this.state();
      if (!this.shown.includes(this.rows.indexOf(this.target))) this.target = "";
      history.replaceState(null, "", format(this.target, state));
    };
    if (pause === 0) take();
    else this.waiting = setTimeout(this.page.guarded("filter", take), pause);
  }

  /** Show what the form says. */
  apply() {
    this.shown = this.rows.matching(this.state());
    this.view.show(this.shown);
    const facts = { shown: this.shown.length, total: this.rows.count };
    this.count.textContent = this.page.say(this.shown.length > 0 ? "js.filter.count" : "js.filter.none", facts);
  }

  /** Show what the address says. */
  follow() {
    const { target, state } = parse(location.hash);
    if (state !== null) this.fill(state);
    this.target = target;
    const index = this.rows.indexOf(target);
    if (index >= 0) this.clearWhatHides(index);
    if (index >= 0 || state !== null || this.shown.length === 0) this.apply(); // else the place in a list would be lost
    this.view.mark(index);
    if (index >= 0) this.view.reveal(index);
    else if (state !== null || isFolded(target)) revealPlace(target);
  }

  /** Take back those choices that would hide a row. */
  clearWhatHides(index) {
    const state = this.state();
    for (const field of FIELDS) {
      if (!this.rows.fits(index, { [field]: state[field] })) state[field] = field === "show" ? "all" : "";
    }
    this.fill(state);
  }

  /**
   * Go to another row of those that are shown.
   * @param {1|-1} direction
   * @param {boolean} open whether it must be out of the ordinary
   */
  step(direction, open) {
    const { shown, rows, view } = this;
    const here = view.holding(document.activeElement);
    let place = shown.indexOf(here >= 0 ? here : rows.indexOf(this.target));
    if (place < 0) place = direction > 0 ? -1 : shown.length;
    do place += direction;
    while (open && place >= 0 && place < shown.length && !rows.facts[shown[place]].open);
    if (place >= 0 && place < shown.length) view.reveal(shown[place]);
  }
}

/** Tell whether a place stands in something closed; not all browsers open it for an address. */
function isFolded(id) {
  return document.getElementById(id)?.closest("details:not([open])") != null;
}

/** Go to a place that is no row, where the browser does not: the address has a filter too, or the place is closed. */
function revealPlace(id) {
  const place = document.getElementById(id);
  if (place === null) return;
  for (let one = place.closest("details"); one !== null; one = one.parentElement.closest("details")) one.open = true;
  if (place.tabIndex < 0) place.tabIndex = -1;
  bringIntoView(place);
}
