// The rows of the record: what they say, whether they stand in the page or, where they are many, in its source alone.

import { factsOf, textOf } from "./lines.js";

/** All rows, in the order of the record. */
export class Rows {
  /**
   * @param {string[]|HTMLElement[]} sources lines of markup, or elements
   */
  constructor(sources) {
    const known = new Map();
    const same = (text) => known.get(text) ?? known.set(text, text).get(text);
    this.sources = sources;
    /** @type {import("./lines.js").Facts[]} */
    this.facts = sources.map((source) => factsOf(markup(source, false), same));
    this.places = new Map(this.facts.map((facts, index) => [facts.id, index]));
    this.places.delete(""); // the row that says that the file is not read further has no id
    this.words = new Array(sources.length).fill(null);
  }

  /**
   * Take the rows of a list in the page.
   * @param {HTMLElement} list
   * @returns {Rows}
   */
  static ofList(list) {
    return new Rows([...list.children]);
  }

  /**
   * Take the rows that stand in the source of a page that shows none of them.
   * @param {string} source lines: the list's tag, the rows, its end
   * @returns {Rows}
   */
  static ofSource(source) {
    return new Rows(source.split("\n").filter((line) => line.startsWith("<li")));
  }

  /** @returns {number} */
  get count() {
    return this.sources.length;
  }

  /**
   * Find a row by its id.
   * @param {string} id
   * @returns {number} -1 if there is none
   */
  indexOf(id) {
    return this.places.get(id) ?? -1;
  }

  /**
   * Give a row as a line of markup.
   * @param {number} index
   * @returns {string}
   */
  line(index) {
    return markup(this.sources[index], true);
  }

  /**
   * Give the words of a row for the search: its text, in small letters; made when it is first asked for.
   * @param {number} index
   * @returns {string}
   */
  searched(index) {
    this.words[index] ??= textOf(this.line(index)).toLowerCase();
    return this.words[index];
  }

  /**
   * Give the rows that a filter shows.
   * @param {import("./address.js").State} state
   * @returns {number[]}
   */
  matching(state) {
    const shown = [];
    const words = wordsOf(state.q);
    for (let index = 0; index < this.count; index += 1) {
      if (this.fits(index, state, words)) shown.push(index);
    }
    return shown;
  }

  /**
   * Tell whether a filter shows a row.
   * @param {number} index
   * @param {import("./address.js").State} state
   * @param {string[]} [words] of the search
   * @returns {boolean}
   */
  fits(index, state, words = wordsOf(state.q)) {
    const facts = this.facts[index];
    if (state.show === "open" && !facts.open) return false;
    for (const facet of FACETS) {
      if (state[facet] && !facts[facet].split(" ").includes(state[facet])) return false; // steps may be several
    }
    return words.every((word) => this.searched(index).includes(word));
  }
}

/** What rows are chosen by, besides words. */
const FACETS = Object.freeze(["kind", "actor", "step", "severity"]);

/** The words of a search, each of which a row must have. */
function wordsOf(query) {
  return (query ?? "").toLowerCase().split(/\s+/).filter(Boolean);
}

/** The markup of a row, or of its first tag alone, which is less to write. */
function markup(source, whole) {
  return typeof source === "string" ? source : (whole ? source : source.cloneNode(false)).outerHTML;
}
