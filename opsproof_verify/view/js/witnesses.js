// Witnesses, within the run and after the seal (SPEC 6.10, 9.8-9 to 9.8-11).

import { equal, hex } from "./bytes.js";
import { readSignedRecord } from "./reading.js";

/** The witnesses of a bundle. */
export class Witnesses {
  /** @param {import("./verify.js").Verification} verification */
  constructor(verification) {
    this.verification = verification;
    this.used = []; // who, and in which frame
    this.afterSeal = [];
  }

  /**
   * Read a witness; null unless it is known and its signature verifies (9.8-9). What is refused is thrown.
   * @param {Uint8Array} body
   * @param {number} frame
   * @returns {Promise<Map<string, *>|null>}
   */
  async read(body, frame) {
    const { contract, findings, keys } = this.verification;
    const { signed, record } = readSignedRecord(body, "witness");
    if (contract === null) return null;
    const known = keys.witness(signed.kid, record.get("witness"), record.get("time")[0]);
    if (known === null) {
      findings.add("witness.unknown", frame);
      return null;
    }
    this.used.push({ known, frame });
    return (await this.verification.verifies(signed, known.key, frame)) ? record : null;
  }

  /**
   * Take a witness of the seal or of a sign-off.
   * @param {import("./container.js").Frame} frame
   */
  async take({ body, number }) {
    try {
      const record = await this.read(body, number);
      if (record !== null) this.afterSeal.push({ record, frame: number });
    } catch (refusal) {
      this.verification.refuse(refusal, number);
    }
  }

  /** Witnesses belong to nobody else (9.8-10), and name what there is (9.8-11). */
  async judge() {
    const { chain, findings, keys, sealHash, signoffs } = this.verification;
    const taken = new Map();
    for (const { known, frame } of this.used) {
      if (!taken.has(known)) taken.set(known, await keys.isTaken(known));
      if (taken.get(known)) findings.add("witness.not-independent", frame);
    }
    const hashes = new Set(signoffs.all.map((one) => one.hash));
    for (const { record, frame } of this.afterSeal) {
      const hash = record.get("hash");
      const exists = { seal: equal(hash, sealHash), signoff: hashes.has(hex(hash)), entry: false };
      const named = exists[record.get("target")] && equal(record.get("run"), chain.runId);
      if (!named) findings.add("witness.mismatch", frame);
    }
  }
}
