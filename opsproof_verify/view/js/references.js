// References of entries and sign-offs (SPEC 6.3-5, 6.3-6, 9.5-8): what they name stands before.

import { equal, hex } from "./bytes.js";

const VALUES = ["value-recorded", "correction"];
const DEVIATION = ["deviation-raised"];

// By kind of entry: its refs, and what kinds they may name.
const REFS = {
  acted: { authorised: ["authorised"] },
  correction: { corrects: VALUES },
  "deviation-raised": { values: VALUES },
  "deviation-ruled": { deviation: DEVIATION },
  "deviation-remediated": { deviation: DEVIATION },
  "deviation-closed": { deviation: DEVIATION },
  received: { transfer: ["transferred"] },
  released: { deviation: DEVIATION },
  voided: { voids: [...VALUES, "evidence-added"] },
};
const NAMED = new Set(Object.values(REFS).flatMap((refs) => Object.values(refs).flat()));
// By kind of entry: the member that holds digests of evidence.
const DIGESTS = { "deviation-raised": "evidence", "deviation-remediated": "evidence", transferred: "digest" };

/** Remembers which entries may be named. */
export class References {
  /** @param {import("./chain.js").Chain} chain */
  constructor(chain) {
    this.chain = chain;
    this.kinds = new Map(); // by number
    this.added = new Set(); // digests of evidence-added entries
  }

  /**
   * Remember the last entry of the chain.
   * @param {Map<string, *>} entry
   */
  take(entry) {
    const kind = entry.get("kind");
    if (NAMED.has(kind)) this.kinds.set(this.chain.count - 1, kind);
    if (kind === "evidence-added") this.added.add(hex(entry.get("digest")));
  }

  /**
   * Tell whether all that an entry refers to is there; not judged once the chain is broken.
   * @param {Map<string, *>} entry
   * @returns {boolean}
   */
  areGood(entry) {
    if (this.chain.broken) return true;
    const kind = entry.get("kind");
    for (const [name, kinds] of Object.entries(REFS[kind] ?? {})) {
      const found = entry.get(name) ?? [];
      const refs = name === "values" || found.length === 0 ? found : [found];
      if (!refs.every((ref) => this.names(ref, kinds))) return false;
    }
    const digests = kind in DIGESTS ? [entry.get(DIGESTS[kind])].flat() : [];
    return this.chain.withheld.size > 0 || digests.every((digest) => this.added.has(hex(digest)));
  }

  /**
   * Tell whether a ref names an earlier entry of one of some kinds; a withheld one is compared by leaf alone.
   * @param {[number, Uint8Array]} ref
   * @param {string[]} kinds
   * @returns {boolean}
   */
  names([seq, leaf], kinds) {
    const known = kinds.includes(this.kinds.get(seq)) || this.chain.withheld.has(seq);
    return known && equal(this.chain.leaves.at(seq), leaf);
  }

  /**
   * Tell whether what a sign-off refers to is there (6.9-1).
   * @param {Map<string, *>} signoff
   * @returns {boolean}
   */
  areGoodOf(signoff) {
    const covers = signoff.get("covers") ?? [];
    const deviation = signoff.get("deviation");
    return covers.every((seq) => seq < this.chain.count) && (!deviation || this.names(deviation, DEVIATION));
  }
}
