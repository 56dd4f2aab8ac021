// Place, chain, tree and seal (SPEC 9.5-7, 9.7): all that needs leaves alone, whatever an entry says.

import { equal, Hashes } from "./bytes.js";
import { root } from "./merkle.js";
import { MAX_HEAD_DISTANCE } from "./names.js";

const NOTHING = new Uint8Array(0);

/** The entries as a chain. */
export class Chain {
  /** @param {import("./findings.js").Findings} findings */
  constructor(findings) {
    this.findings = findings;
    this.contractHash = NOTHING;
    this.head = NOTHING; // the contract hash before entry 0 (6.3-1)
    this.runId = NOTHING;
    this.leaves = new Hashes();
    this.root = null; // once the seal was compared
    this.withheld = new Map(); // leaf by number
    this.evidenceCount = 0;
    this.evidenceBytes = 0;
    this.broken = false; // references are judged no more (9.5-8)
    this.unused = false; // an entry was opaque or its actor unknown (9.3-2)
    this.ended = null; // frame of a run-ended entry that nothing has followed yet
    this.misplacedEnd = false;
  }

  /** @returns {number} how many entries there are, withheld and opaque ones included */
  get count() {
    return this.leaves.count;
  }

  /** @param {Uint8Array} hash the contract hash */
  begin(hash) {
    this.contractHash = hash;
    this.head = hash;
  }

  /**
   * Take an entry that could be read.
   * @param {Map<string, *>} entry
   * @param {Uint8Array} leaf
   * @param {number} frame
   */
  take(entry, leaf, frame) {
    const kind = entry.get("kind");
    this.checkEnd();
    if ((this.count === 0) !== (kind === "run-started")) this.findings.add("entry.misplaced", frame);
    this.checkLinks(entry, leaf, frame);
    this.advance(leaf);
    if (kind === "run-ended") this.ended = frame;
    if (kind === "evidence-added") {
      this.evidenceCount += 1;
      this.evidenceBytes += entry.get("size");
    }
  }

  /**
   * Take an entry that could not be read: its leaf counts (9.3-2).
   * @param {Uint8Array} leaf
   */
  takeOpaque(leaf) {
    this.unused = true;
    this.checkEnd();
    if (this.count === 0) this.runId = leaf;
    this.advance(leaf);
  }

  /**
   * Take the leaf of a withheld entry (5.1-2).
   * @param {Uint8Array} leaf
   */
  takeWithheld(leaf) {
    this.checkEnd();
    this.withheld.set(this.count, leaf);
    this.advance(leaf);
  }

  advance(leaf) {
    this.leaves.push(leaf);
    this.head = leaf;
  }

  /** Nothing follows a run-ended entry. */
  checkEnd() {
    if (this.ended === null) return;
    this.findings.add("entry.misplaced", this.ended);
    this.ended = null;
    this.misplacedEnd = true;
  }

  /** 9.7-1 to 9.7-3. */
  checkLinks(entry, leaf, frame) {
    if (this.count === 0) this.runId = leaf;
    else if (entry.has("run") && !equal(entry.get("run"), this.runId)) this.findings.add("chain.wrong-run", frame);
    const ordered = entry.get("seq") === this.count;
    const linked = equal(entry.get("prev"), this.head);
    if (!ordered) this.findings.add("chain.wrong-seq", frame);
    if (!linked) this.findings.add("chain.broken-link", frame);
    this.broken = this.broken || !ordered || !linked;
  }

  /**
   * Tell whether number and leaf are those of an entry before the last one, and not too far before it (6.6-2).
   * @param {number} seq
   * @param {Uint8Array} leaf
   * @returns {boolean}
   */
  isRecent(seq, leaf) {
    const distance = this.count - 1 - seq;
    return distance >= 1 && distance <= MAX_HEAD_DISTANCE && equal(this.leaves.at(seq), leaf);
  }

  /**
   * Before the seal stands a run-ended entry (9.5-7).
   * @param {number} frame
   */
  checkComplete(frame) {
    if (this.ended === null && !this.misplacedEnd && !this.unused) this.findings.add("entry.misplaced", frame);
  }

  /**
   * Hold the seal to the entries (9.7-5 to 9.7-10).
   * @param {Map<string, *>} seal
   * @param {number} frame
   */
  async checkSeal(seal, frame) {
    this.root = await root(this.leaves.joined());
    const agrees = {
      "seal.wrong-run": equal(seal.get("run"), this.runId),
      "seal.wrong-contract": equal(seal.get("contract"), this.contractHash),
      "seal.wrong-count": seal.get("count") === this.count,
      "seal.wrong-head": equal(seal.get("head"), this.head),
      "seal.wrong-root": equal(seal.get("root"), this.root),
      "seal.wrong-evidence": this.hasTotals(seal.get("evidence-count"), seal.get("evidence-bytes")),
    };
    for (const [code, holds] of Object.entries(agrees)) {
      if (!holds) this.findings.add(code, frame);
    }
  }

  /** Tell whether totals are those of the evidence-added entries; what was not seen may have more of it. */
  hasTotals(count, bytes) {
    if (count === this.evidenceCount && bytes === this.evidenceBytes) return true;
    const partial = this.unused || this.withheld.size > 0;
    return partial && count >= this.evidenceCount && bytes >= this.evidenceBytes;
  }
}
