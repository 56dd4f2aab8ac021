// A list that is too long to stand in the page: a part of its rows does, and moves with what is looked at. The list
// scrolls within itself. Rows differ in height; above and below the part stand spacers as high as their rows would be
// on average, and when the part moves, the row at the upper edge stays where it is.

import { bringIntoView, prepare, rebuilt } from "./list.js";

const AROUND = 60; // rows on either side of the one that is looked at
const MOST = 8_000_000; // pixels of all spacers; browsers draw nothing at twice this height
const AT_ONCE = 5_000; // rows that are made at the same time

/** Shows rows of the list. */
export class Window {
  /**
   * @param {HTMLElement} list empty
   * @param {import("./rows.js").Rows} rows
   * @param {string} name of the list, for those who hear it
   */
  constructor(list, rows, name) {
    Object.assign(this, { list, rows, shown: [], target: -1, first: 0, last: 0, unit: 40, asked: false, paper: false });
    this.items = new Map(); // by index: rows that stand in the page
    this.kept = new Map(); // by index: rows that do not, and hold something that was opened
    this.policy = globalThis.trustedTypes?.createPolicy("opsproof-rows", { createHTML: (made) => made });
    [this.above, this.below] = [spacer(), spacer()];
    list.classList.add("is-window");
    list.tabIndex = 0;
    list.setAttribute("aria-label", name);
    list.addEventListener("scroll", () => this.ask());
    addEventListener("resize", () => this.ask());
    list.addEventListener("toggle", () => this.ask(), true);
  }

  /**
   * Show these rows alone, the first of them first.
   * @param {number[]} shown ascending
   */
  show(shown) {
    this.shown = shown;
    this.clear();
    this.list.replaceChildren(this.above, this.below);
    this.render(0, 2 * AROUND);
    const high = this.list.lastElementChild.getBoundingClientRect().top - this.top(this.above);
    this.unit = Math.min(high / Math.max(1, this.last) || 40, MOST / Math.max(1, shown.length));
    this.space();
    this.list.scrollTop = 0;
  }

  /**
   * Bring a shown row before the eyes, and the focus to it.
   * @param {number} index
   */
  reveal(index) {
    const place = this.placeOf(index);
    const item = this.items.get(index);
    if (item === undefined || place < this.first + 10 || place > this.last - 10) this.render(...around(place));
    const row = this.items.get(index);
    const middle = Math.max(0, (this.list.clientHeight - row.offsetHeight) / 2);
    const edge = this.top(this.list);
    const isInView = this.top(row) >= edge && row.getBoundingClientRect().bottom <= edge + this.list.clientHeight;
    if (!isInView) this.list.scrollTop += this.top(row) - edge - middle;
    bringIntoView(row);
  }

  /**
   * Mark the row that an address means; -1 for none.
   * @param {number} index
   */
  mark(index) {
    for (const store of [this.items, this.kept]) store.get(this.target)?.classList.remove("is-target");
    this.items.get(index)?.classList.add("is-target");
    this.target = index;
  }

  /**
   * Give the row that an element stands in.
   * @param {Element|null} element
   * @returns {number} -1 if it stands in none
   */
  holding(element) {
    return this.rows.indexOf(element?.closest("#record > li")?.id ?? "");
  }

  /** Show all rows, for paper. */
  showAll() {
    this.paper = true;
    this.scrolled = this.list.scrollTop;
    this.clear();
    this.list.classList.remove("is-window");
    this.list.replaceChildren();
    const all = this.rows.facts.map((_, index) => index);
    rebuilt(this.list, all.length, () => {
      for (let at = 0; at < all.length; at += AT_ONCE) this.list.append(this.made(all.slice(at, at + AT_ONCE)));
    });
  }

  /** Show again what was shown before. */
  restore() {
    this.paper = false;
    this.list.classList.add("is-window");
    this.list.replaceChildren(this.above, this.below);
    this.render(this.first, this.last);
    this.list.scrollTop = this.scrolled;
  }

  /** Look again, once, when the page is drawn next. */
  ask() {
    if (this.asked) return;
    this.asked = true;
    requestAnimationFrame(() => {
      this.asked = false;
      if (!this.paper) this.follow();
    });
  }

  /** Move the part to what is looked at. */
  follow() {
    const { list, shown } = this;
    const [edge, room] = [this.top(list), list.clientHeight];
    const [start, end] = [this.above.getBoundingClientRect().bottom - edge, this.top(this.below) - edge];
    if (start > room || end < 0) {
      const atEnd = list.scrollTop + room >= list.scrollHeight - 1;
      const place = atEnd ? shown.length - 1 : Math.floor(list.scrollTop / this.unit);
      this.moveTo(Math.min(place, shown.length - 1), 0, atEnd);
    } else if ((start > -room && this.first > 0) || (end < 2 * room && this.last < shown.length)) {
      const place = this.placeAt(edge);
      this.moveTo(place, this.top(this.items.get(shown[place])) - edge, false);
    }
  }

  /** Show the rows around one, which then stands at a distance from the upper edge. */
  moveTo(place, distance, atEnd) {
    this.render(...around(place));
    if (atEnd) this.list.scrollTop = this.list.scrollHeight;
    else this.list.scrollTop += this.top(this.items.get(this.shown[place])) - this.top(this.list) - distance;
  }

  /** Let the rows from one place to another stand in the page. */
  render(from, to) {
    this.first = Math.max(0, Math.min(from, this.shown.length - 2 * AROUND));
    this.last = Math.min(this.shown.length, Math.max(to, 2 * AROUND));
    const wanted = this.shown.slice(this.first, this.last);
    const kept = new Set(wanted);
    for (const [index, item] of this.items) if (!kept.has(index)) this.take(index, item);
    this.made(wanted.filter((index) => !this.items.has(index)));
    let place = this.above.nextSibling;
    for (const index of wanted) {
      const item = this.items.get(index);
      if (item === place) place = place.nextSibling;
      else this.list.insertBefore(item, place);
    }
    for (let at = this.first; at < this.last; at += 1) this.number(at);
    this.space();
  }

  /** Take a row out of the page; what was opened in it stays open, and the focus goes to the list. */
  take(index, item) {
    if (item.contains(document.activeElement)) this.list.focus({ preventScroll: true });
    if (item.querySelector("details[open]") === null) this.kept.delete(index);
    else this.kept.set(index, item);
    this.items.delete(index);
    item.remove();
  }

  /** Forget the rows that stand in the page. */
  clear() {
    for (const [index, item] of [...this.items]) this.take(index, item);
  }

  /** Make rows of their lines, and keep them as those that stand in the page. */
  made(wanted) {
    const some = wanted.filter((index) => !this.kept.has(index));
    const template = document.createElement("template");
    const markup = some.map((index) => this.rows.line(index)).join("");
    template.innerHTML = this.policy ? this.policy.createHTML(markup) : markup;
    [...template.content.children].forEach((item, at) => this.items.set(some[at], item));
    for (const index of wanted) {
      if (this.kept.has(index)) this.items.set(index, this.kept.get(index));
      prepare(this.items.get(index));
      this.items.get(index).classList.toggle("is-target", index === this.target);
    }
    const fragment = document.createDocumentFragment();
    fragment.append(...wanted.map((index) => this.items.get(index)));
    return fragment;
  }

  /** Say which of how many rows this is. */
  number(place) {
    const item = this.items.get(this.shown[place]);
    item.setAttribute("aria-posinset", place + 1);
    item.setAttribute("aria-setsize", this.shown.length);
  }

  /** Give the spacers their heights. */
  space() {
    this.above.style.setProperty("height", `${this.first * this.unit}px`);
    this.below.style.setProperty("height", `${(this.shown.length - this.last) * this.unit}px`);
  }

  /** The place of the first row that ends below an edge. */
  placeAt(edge) {
    for (let place = this.first; place < this.last; place += 1) {
      if (this.items.get(this.shown[place]).getBoundingClientRect().bottom > edge) return place;
    }
    return this.last - 1;
  }

  /** The place of a row among those that are shown. */
  placeOf(index) {
    let [low, high] = [0, this.shown.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.shown[middle] < index) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  top(element) {
    return element.getBoundingClientRect().top;
  }
}

const around = (place) => [place - AROUND, place + AROUND];

/** What stands in the place of rows. */
function spacer() {
  const made = document.createElement("li");
  made.className = "spacer";
  made.setAttribute("aria-hidden", "true");
  return made;
}
