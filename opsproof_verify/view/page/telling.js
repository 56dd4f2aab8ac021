// Short words on what a key or button did, for eyes and for those who hear the page (WCAG 4.1.3).

import { make } from "./page.js";

const SEEN = 4_000; // milliseconds,
const EACH = 150; // and for each character

/**
 * Make the place where they stand; it must be there before anything is said in it.
 */
export function startTelling() {
  const place = make("p", "toast");
  place.id = "toast";
  place.setAttribute("role", "status");
  (document.querySelector("main") ?? document.body).append(place);
}

/**
 * Say something.
 * @param {import("./page.js").Page} page
 * @param {string} key
 * @param {Object<string, string|number>} [facts]
 */
export function tell(page, key, facts) {
  const place = document.getElementById("toast");
  const said = make("span", "", page.say(key, facts));
  place.replaceChildren(said);
  setTimeout(() => said.remove(), SEEN + EACH * said.textContent.length);
}
