// Rows as CSV, in the form of `opsproof_verify/render/csv_form.py`: RFC 4180, CRLF, and an apostrophe before what a
// spreadsheet would take for a formula. What cannot be seen was made visible when the page was made.

import { partOf, textOf, unescape } from "./lines.js";

const COLUMNS = Object.freeze(["id", "time", "kind", "actor", "step", "text", "findings"]);
const LONGEST = 32_000; // units of UTF-16 in a cell; Excel holds 32,767
const FORMULA = /(?:^|(?<=;))(?=[ "]*['=+\-@\uff1d\uff0b\uff0d\uff20])/g;
const QUOTED = /^ |[",;]| $/;
const TIME = /<time\b[^>]*>([^<]*)</;
const FINDING = /<a\b[^>]*href="#finding-\d+"[^>]*>.*?<\/a>/gs;

/**
 * Write rows.
 * @param {import("./rows.js").Rows} rows
 * @param {number[]} shown which of them
 * @returns {string}
 */
export function sheetOf(rows, shown) {
  return [COLUMNS, ...shown.map((index) => cellsOf(rows.facts[index], rows.line(index)))].map(written).join("");
}

/** The cells of a row; its text is what has the class `says`, or all of it. */
function cellsOf({ id, kind, actor, step }, line) {
  const time = unescape(TIME.exec(line)?.[1] ?? "");
  const findings = (line.match(FINDING) ?? []).map(textOf).join(" ");
  return [id, time, kind, actor, step, textOf(partOf(line, "says") ?? line), findings];
}

function written(cells) {
  return `${cells.map(cellOf).join(",")}\r\n`;
}

/**
 * Give a text as a cell that is safe to look at.
 * @param {string} text
 * @returns {string}
 */
export function cellOf(text) {
  const safe = cut(text.replace(FORMULA, "'"));
  return QUOTED.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Cut a text where a cell ends, between characters. */
function cut(text) {
  if (text.length <= LONGEST) return text;
  const isPair = /[\ud800-\udbff]/.test(text[LONGEST - 1]);
  return `${text.slice(0, LONGEST - (isPair ? 1 : 0))}...`;
}
