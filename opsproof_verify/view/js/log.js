// What entries mean, as far as bytes and keys tell it: enrolment, windows, signed records in entries (SPEC 9.8).

import { equal, Hashes, hex } from "./bytes.js";
import { sha256 } from "./merkle.js";
import { MAX_ASSIGNMENTS, MAX_DEVIATIONS } from "./names.js";
import { readSignedRecord } from "./reading.js";
import { References } from "./references.js";

/** An enrolled actor, and the leaves that no attestation covers so far (6.6-1). */
class Actor {
  constructor(member) {
    this.member = member;
    this.window = new Hashes();
  }
}

/** Takes entries into chain and windows. */
export class Log {
  /** @param {import("./verify.js").Verification} verification */
  constructor(verification) {
    this.verification = verification;
    this.findings = verification.findings;
    this.chain = verification.chain;
    this.references = new References(this.chain);
    this.contract = null;
    this.issuerKid = "";
    this.actors = new Map();
    this.assignments = 0;
    this.deviations = 0;
  }

  /**
   * Use a contract, which enrols its roster.
   * @param {Map<string, *>} contract
   * @param {string} issuerKid
   */
  async begin(contract, issuerKid) {
    for (const member of contract.get("roster")) {
      if (!(await this.verification.keys.enrol(member))) this.findings.add("identity.shared-key", 1);
      this.actors.set(member.get("id"), new Actor(member));
    }
    this.contract = contract;
    this.issuerKid = issuerKid;
  }

  /**
   * Take an entry.
   * @param {Map<string, *>} entry
   * @param {Uint8Array} leaf
   * @param {number} frame
   */
  async take(entry, leaf, frame) {
    this.chain.take(entry, leaf, frame);
    if (this.contract === null) return;
    const actor = this.actors.get(entry.get("actor"));
    if (actor === undefined) {
      this.chain.unused = true;
      this.findings.add("actor.unknown", frame);
      return;
    }
    if (!this.references.areGood(entry)) this.findings.add("reference.broken", frame);
    this.references.take(entry);
    if (entry.get("kind") !== "attestation") actor.window.push(leaf);
    await this.takeKind(entry, actor, frame);
  }

  /** Take what an entry is by its kind. */
  async takeKind(entry, actor, frame) {
    const kind = entry.get("kind");
    if (kind === "run-started" && !this.hasParams(entry)) this.findings.add("record.malformed", frame);
    if (kind === "deviation-raised" && (this.deviations += 1) > MAX_DEVIATIONS) this.verification.stop(frame);
    if (kind === "assigned" && (this.assignments += 1) > MAX_ASSIGNMENTS) this.verification.stop(frame);
    const handler = { attestation: "takeAttestation", assigned: "takeAssignment", witnessed: "takeWitness" }[kind];
    if (handler === undefined) return;
    try {
      await this[handler](entry, actor, frame);
    } catch (refusal) {
      this.chain.unused = true;
      this.verification.refuse(refusal, frame);
    }
  }

  /** The subject gives the contract's params (6.3-3). */
  hasParams(entry) {
    const params = this.contract.get("params");
    const known = new Set(params.map((param) => param.get("id")));
    const given = entry.get("subject");
    const needed = params.filter((param) => !param.has("optional"));
    return [...given.keys()].every((name) => known.has(name)) && needed.every((param) => given.has(param.get("id")));
  }

  /** The leaf of a withheld entry joins the window of the actor that its frame names (6.3-8). */
  takeWithheld(withheld) {
    this.chain.takeWithheld(withheld.get("leaf"));
    this.actors.get(withheld.get("actor"))?.window.push(withheld.get("leaf"));
  }

  /** Tell whether count and digest are those of an actor's window (6.6-1). */
  async hasWindow(actor, stated) {
    if (stated.get("count") !== actor.window.count) return false;
    return equal(stated.get("digest"), await sha256(actor.window.joined()));
  }

  /** An actor signs its window (6.6). */
  async takeAttestation(entry, actor, frame) {
    const { signed, record } = readSignedRecord(entry.get("attestation"), "attestation");
    const kid = await this.verification.keys.kid(actor.member.get("key"));
    if (record.get("actor") !== entry.get("actor") || hex(signed.kid) !== kid) {
      this.findings.add("signature.wrong-key", frame);
    } else if (await this.verification.verifies(signed, actor.member.get("key"), frame)) {
      const ofThis = equal(record.get("run"), this.chain.runId);
      const here = ofThis && this.chain.isRecent(record.get("seq"), record.get("head"));
      const agrees = here && (this.chain.unused || (await this.hasWindow(actor, record)));
      if (!agrees) this.findings.add("attestation.mismatch", frame);
    }
    actor.window.clear();
  }

  /** A further actor joins (6.5), whoever signed that (9.8-5). */
  async takeAssignment(entry, _, frame) {
    const { signed, record } = readSignedRecord(entry.get("assignment"), "assignment");
    const member = record.get("member");
    const keys = this.verification.keys;
    const signer = this.mayHaveAssigned(hex(signed.kid)) ? keys.find(signed.kid) : null;
    if (!(await keys.enrol(member))) {
      this.findings.add("identity.shared-key", frame);
      return;
    }
    this.actors.set(member.get("id"), new Actor(member));
    if (signer === null) this.findings.add("signature.wrong-key", frame);
    else await this.verification.verifies(signed, signer.key, frame);
  }

  /** Tell whether a kid is the contract's issuer's, or of an actor who is enrolled by now (9.8-2). */
  mayHaveAssigned(kid) {
    return kid === this.issuerKid || this.verification.keys.enrolled.has(kid);
  }

  /** A witness signs an earlier entry (6.10-1). */
  async takeWitness(entry, _, frame) {
    const record = await this.verification.witnesses.read(entry.get("witness"), frame);
    if (record === null) return;
    const here = record.get("target") === "entry" && equal(record.get("run"), this.chain.runId);
    const named = here && this.chain.isRecent(record.get("seq"), record.get("hash"));
    if (!named) this.findings.add("witness.mismatch", frame);
  }

  /**
   * The seal is signed by the actor that it names, and attests its window (6.8-2, 6.8-3).
   * @param {import("./cose.js").Signed} signed
   * @param {Map<string, *>} seal
   * @param {number} frame
   */
  async checkSealer(signed, seal, frame) {
    const actor = this.actors.get(seal.get("actor"));
    if (actor === undefined) {
      this.findings.add("actor.unknown", frame);
      return;
    }
    const key = actor.member.get("key");
    if (hex(signed.kid) !== (await this.verification.keys.kid(key))) {
      this.findings.add("signature.wrong-key", frame);
    } else if (await this.verification.verifies(signed, key, frame)) {
      const agrees = this.chain.unused || (await this.hasWindow(actor, seal.get("attests")));
      if (!agrees) this.findings.add("attestation.mismatch", frame);
      actor.window.clear();
    }
  }
}
