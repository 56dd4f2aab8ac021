// What can be judged only when all sign-offs are read (SPEC 6.9-5, 6.9-6, 9.5-8, 9.8-2, 9.8-4).

import { equal, hex } from "./bytes.js";

/**
 * @typedef {object} SignedOff a sign-off that was read, and whose signature verified if its signer is known
 * @property {Map<string, *>} record
 * @property {string} hash
 * @property {number} frame
 * @property {import("./keyring.js").Signer|null} signer
 */

/** The sign-offs of a bundle. */
export class SignOffs {
  /** @param {import("./verify.js").Verification} verification */
  constructor(verification) {
    this.verification = verification;
    this.all = [];
    this.ancestors = new Map(); // by hash: a set of bits
  }

  /** @param {SignedOff} one */
  push(one) {
    this.all.push(one);
  }

  /** Judge references and late attestations. */
  async judge() {
    const { findings, log } = this.verification;
    for (const { record, frame } of this.all) {
      if (!log.references.areGoodOf(record)) findings.add("reference.broken", frame);
    }
    for (const one of this.standing("attest")) await this.judgeLate(one);
  }

  /** A late attestation is its actor's, and of all that no attestation covers (6.9-5). */
  async judgeLate({ record, frame, signer }) {
    const { findings, log, chain } = this.verification;
    const late = record.get("attests");
    const actor = log.actors.get(late.get("actor"));
    if (actor === undefined || !equal(actor.member.get("key"), signer.key)) {
      findings.add("signature.wrong-key", frame);
    } else if (!chain.unused && !(await log.hasWindow(actor, late))) {
      findings.add("attestation.mismatch", frame);
    }
  }

  /**
   * Give the sign-offs of this seal and run, of known signers, that are not withdrawn.
   * @param {string} decision
   * @returns {SignedOff[]}
   */
  standing(decision) {
    const { sealHash, chain } = this.verification;
    const once = new Map();
    for (const one of this.all) if (!once.has(one.hash)) once.set(one.hash, one);
    const isOfThis = ({ record }) => equal(record.get("seal"), sealHash) && equal(record.get("run"), chain.runId);
    const usable = new Map([...once].filter(([, one]) => one.signer !== null && isOfThis(one)));
    this.findAncestors(once);
    const withdrawn = new Set();
    for (const one of usable.values()) {
      const target = usable.get(one.record.has("withdraws") ? hex(one.record.get("withdraws")) : "");
      if (target !== undefined && this.mayWithdraw(one, target)) withdrawn.add(target.hash);
    }
    return [...usable.values()].filter((one) => one.record.get("decision") === decision && !withdrawn.has(one.hash));
  }

  /** Tell whether a withdrawal is allowed (6.9-6). */
  mayWithdraw(one, target) {
    const same = one.record.get("person") === target.record.get("person");
    const [, seen] = this.ancestors.get(one.hash);
    return same && target.record.get("decision") !== "withdraw" && (seen & this.ancestors.get(target.hash)[0]) !== 0n;
  }

  /** Find for each sign-off its own bit, and those of its ancestors (6.9-2); hashes keep this free of cycles. */
  findAncestors(once) {
    const parentsOf = ({ record }) => record.get("seen").map(hex).filter((seen) => once.has(seen));
    const parents = new Map([...once].map(([hash, one]) => [hash, parentsOf(one)]));
    const known = this.ancestors;
    const open = [...once.keys()];
    while (open.length > 0) {
      const hash = open[open.length - 1];
      const unknown = known.has(hash) ? undefined : parents.get(hash).find((seen) => !known.has(seen));
      if (unknown !== undefined) {
        open.push(unknown);
        continue;
      }
      open.pop();
      if (known.has(hash)) continue;
      const bits = parents.get(hash).reduce((all, seen) => all | known.get(seen)[0] | known.get(seen)[1], 0n);
      known.set(hash, [1n << BigInt(known.size), bits]);
    }
  }
}
