// A row of the record as text: one line of markup, which the verifier made. What is read here is its first tag, and its
// words; nothing here touches the page, so large lists are searched without being shown.

const TAG = /<(?:"[^"]*"|[^">])*>/g;
const HEAD = /<li\b((?:"[^"]*"|[^">])*)>/;
const ATTRIBUTE = /([a-z][a-z-]*)(?:="([^"]*)")?/g;
const SHAPE = /<span class="shape"(?:"[^"]*"|[^">])*>[^<]*<\/span>/g; // says what the word beside it says
const HIDDEN_CHARACTER = /<span class="hidden-char"(?:"[^"]*"|[^">])*>([^<]*)<\/span>/g;
const WITHIN_A_WORD = /^<\/?(?:a|b|bdi|code|wbr)\b/;
const ENTITY = /&(?:#(\d+)|#x([0-9a-fA-F]+)|([a-z]+));/g;
const NAMED = Object.freeze({ amp: "&", lt: "<", gt: ">", quot: '"', nbsp: "\u00a0" });

/**
 * @typedef {object} Facts what a row is filtered by; "" stands for none
 * @property {string} id
 * @property {string} kind
 * @property {string} actor
 * @property {string} step
 * @property {string} severity
 * @property {boolean} open out of the ordinary
 */

/**
 * Give the text that escaped text stands for.
 * @param {string} text
 * @returns {string}
 */
export function unescape(text) {
  if (!text.includes("&")) return text;
  return text.replace(ENTITY, (whole, decimal, hexadecimal, name) => {
    if (name !== undefined) return NAMED[name] ?? whole;
    return String.fromCodePoint(decimal === undefined ? parseInt(hexadecimal, 16) : Number(decimal));
  });
}

/**
 * Read the first tag of a row.
 * @param {string} line
 * @param {(text: string) => string} [same] gives for equal texts the same one, which then stands in memory once
 * @returns {Facts}
 */
export function factsOf(line, same = (text) => text) {
  const facts = { id: "", kind: "", actor: "", step: "", severity: "", open: false };
  const head = HEAD.exec(line);
  if (head === null) return facts;
  for (const [, name, value] of head[1].matchAll(ATTRIBUTE)) {
    if (name === "data-open") facts.open = true;
    else if (name === "id") facts.id = value;
    else if (name.startsWith("data-") && name.slice(5) in facts) facts[name.slice(5)] = same(unescape(value ?? ""));
  }
  return facts;
}

/**
 * Give the text of a row as it is read: without tags and shapes, one space between its parts.
 * @param {string} line
 * @returns {string}
 */
export function textOf(line) {
  const bare = line
    .replace(SHAPE, " ")
    .replace(HIDDEN_CHARACTER, "$1")
    .replace(TAG, (tag) => (WITHIN_A_WORD.test(tag) ? "" : " "));
  return unescape(bare).replace(/\s+/g, " ").trim();
}

/**
 * Give the markup within the first element of a class.
 * @param {string} line
 * @param {string} name of the class
 * @returns {string|null} null if there is no such element
 */
export function partOf(line, name) {
  const head = new RegExp(`<([a-z]+)\\b[^>]*\\bclass="(?:[^"]* )?${name}(?: [^"]*)?"(?:"[^"]*"|[^">])*>`).exec(line);
  if (head === null) return null;
  const start = head.index + head[0].length;
  const tags = new RegExp(`<(/?)${head[1]}\\b(?:"[^"]*"|[^">])*>`, "g");
  tags.lastIndex = start;
  let depth = 1;
  for (let tag = tags.exec(line); tag !== null; tag = tags.exec(line)) {
    depth += tag[1] ? -1 : 1;
    if (depth === 0) return line.slice(start, tag.index);
  }
  return line.slice(start);
}
