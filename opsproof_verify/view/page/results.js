// How an outcome is shown: in one word, a shape and a class, so that nobody depends on a colour (WCAG 1.4.1).

import { make } from "./page.js";

const SHAPES = Object.freeze({ good: "\u2713", bad: "\u2715", open: "\u25c6" }); // as in `scene.py`

/**
 * Make the line that says what came out.
 * @param {import("./page.js").Page} page
 * @param {"good"|"bad"|"open"} kind
 * @param {string} key of the sentence
 * @param {Object<string, string|number>} [facts]
 * @returns {HTMLElement}
 */
export function outcome(page, kind, key, facts) {
  const shape = make("span", "shape", SHAPES[kind]);
  shape.setAttribute("aria-hidden", "true");
  const word = make("strong", `badge is-${kind}`, shape, " ", page.say(`js.${kind}`));
  return make("p", `outcome is-${kind}`, word, " ", page.say(key, facts));
}

/**
 * Make a definition list.
 * @param {import("./page.js").Page} page
 * @param {[string, string|number|Node][]} rows keys of terms, and what they are
 * @returns {HTMLElement}
 */
export function definitions(page, rows) {
  const made = make("dl", "facts");
  for (const [key, value] of rows) {
    const shown = value instanceof Node ? value : page.say("js.value", { value });
    made.append(make("div", "", make("dt", "", page.say(key)), make("dd", "", shown)));
  }
  return made;
}

/**
 * Make a list of texts, each with its facts; null if there are none.
 * @param {import("./page.js").Page} page
 * @param {{what: string, facts: Object<string, string|number>}[]} rows
 * @returns {HTMLElement|null}
 */
export function sentences(page, rows) {
  const items = rows.map(({ what, facts }) => make("li", "", page.say(what, facts)));
  return items.length > 0 ? make("ul", "", ...items) : null;
}

/**
 * Say how far work is, in steps of ten per cent, so that those who hear the page are not told without end.
 * @param {import("./page.js").Page} page
 * @param {HTMLElement} place
 * @param {string} key
 * @returns {(done: {bytes: number, of: number}) => void}
 */
export function progressIn(page, place, key) {
  let told = -1;
  return ({ bytes, of }) => {
    const tenths = of > 0 ? Math.floor((10 * bytes) / of) : 10;
    if (tenths === told) return;
    told = tenths;
    place.textContent = page.say(key, { percent: 10 * tenths });
  };
}

/**
 * Show that a place is being worked in, until its result is there.
 * @param {HTMLElement} place
 * @param {() => Promise<Node[]>} work gives what to show
 */
export async function fillBy(place, work) {
  place.setAttribute("aria-busy", "true");
  try {
    place.replaceChildren(...(await work()));
  } finally {
    place.removeAttribute("aria-busy");
  }
}

/**
 * Tell whether this browser lets a page hash and verify.
 * @returns {boolean}
 */
export function canVerify() {
  return globalThis.crypto?.subtle !== undefined;
}
