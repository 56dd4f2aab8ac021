// A list whose rows all stand in the page: what a filter leaves out is hidden.

const FEW = 200; // rows that may change before the eyes

/** Shows rows of the list; `window.js` does the same for lists of which only a part can stand in the page. */
export class List {
  /** @param {HTMLElement} list */
  constructor(list) {
    this.list = list;
    this.items = [...list.children];
    this.shown = this.items.map((_, index) => index);
    this.target = -1;
    for (const item of this.items) prepare(item);
  }

  /**
   * Show these rows alone.
   * @param {number[]} shown ascending
   */
  show(shown) {
    this.shown = shown;
    const kept = new Set(shown);
    const toggled = this.items.filter((item, index) => item.hidden === kept.has(index));
    rebuilt(this.list, toggled.length, () => toggled.forEach((item) => (item.hidden = !item.hidden)));
  }

  /**
   * Bring a shown row before the eyes, and the focus to it.
   * @param {number} index
   */
  reveal(index) {
    bringIntoView(this.items[index]);
  }

  /**
   * Mark the row that an address means; -1 for none.
   * @param {number} index
   */
  mark(index) {
    this.items[this.target]?.classList.remove("is-target");
    this.items[index]?.classList.add("is-target");
    this.target = index;
  }

  /**
   * Give the row that an element stands in.
   * @param {Element|null} element
   * @returns {number} -1 if it stands in none
   */
  holding(element) {
    return this.items.indexOf(element?.closest("#record > li"));
  }

  /** Show all rows, for paper. */
  showAll() {
    rebuilt(this.list, this.items.length, () => this.items.forEach((item) => (item.hidden = false)));
  }

  /** Show again what was shown before. */
  restore() {
    this.show(this.shown);
  }
}

/**
 * Change many rows of a list while it is out of sight: shown rows that are taken in one by one cost Firefox time that
 * grows with the square of their number (20,000: half a minute, instead of two seconds).
 * @param {HTMLElement} list
 * @param {number} count of rows that change
 * @param {() => void} change
 */
export function rebuilt(list, count, change) {
  list.hidden = count > FEW;
  list.getBoundingClientRect(); // now it is out of sight
  change();
  list.hidden = false;
}

/**
 * Let a row take the focus.
 * @param {HTMLElement} item
 */
export function prepare(item) {
  item.tabIndex = -1;
}

/**
 * Give an element the focus, away from the edges, where something that stays in place might cover it (WCAG 2.4.11).
 * @param {HTMLElement} element
 */
export function bringIntoView(element) {
  const { top, bottom, height } = element.getBoundingClientRect();
  const room = document.documentElement.clientHeight;
  if (height > 0.7 * room) element.scrollIntoView({ block: "start" });
  else if (top < 0.15 * room || bottom > 0.85 * room) element.scrollIntoView({ block: "center" });
  element.focus({ preventScroll: true });
}
