// Findings: pairs of a code and a frame, each pair once, in the order of SPEC 9.2-3 as far as codes and frames give it.

import { CLAUSES, MAX_LISTED } from "./names.js";

/** @typedef {{code: string, frame: number|null}} Finding */

/** Takes findings in whatever order they are found. */
export class Findings {
  constructor() {
    this.frames = new Map(); // by code
  }

  /**
   * Take a finding.
   * @param {string} code
   * @param {number|null} frame
   */
  add(code, frame) {
    if (!this.frames.has(code)) this.frames.set(code, new Set());
    this.frames.get(code).add(frame);
  }

  /**
   * List the findings, of one code the first hundred (9.2-4); `counts` gives the number of all where there are more.
   * @param {readonly string[]} codes those to list
   * @returns {{findings: Finding[], counts: Object<string, number>}}
   */
  list(codes) {
    const counts = {};
    const rows = [];
    for (const [code, frames] of this.frames) {
      if (!codes.includes(code)) continue;
      if (frames.size > MAX_LISTED) counts[code] = frames.size;
      const first = [...frames].sort((one, other) => (one ?? 0) - (other ?? 0)).slice(0, MAX_LISTED);
      rows.push(...first.map((frame) => ({ code, frame })));
    }
    return { findings: rows.sort(order), counts };
  }
}

const place = (code) => CLAUSES[code].split(/[.-]/).map(Number);

/** By phase, clause and frame, none first. */
function order(one, other) {
  const [, phase, clause] = place(one.code);
  const [, otherPhase, otherClause] = place(other.code);
  return phase - otherPhase || clause - otherClause || (one.frame ?? 0) - (other.frame ?? 0);
}
