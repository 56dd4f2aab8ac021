// The fold: one pass over the frames of a bundle (SPEC 9.3 to 9.9), then what needs all of them.

import { equal, hex } from "./bytes.js";
import { Chain } from "./chain.js";
import { ContainerError, Frames } from "./container.js";
import { readContract } from "./contract.js";
import { readSigned } from "./cose.js";
import { verify as verifySignature } from "./ed25519.js";
import { Evidence } from "./evidence.js";
import { Findings } from "./findings.js";
import { Keyring } from "./keyring.js";
import { Log } from "./log.js";
import { leafHash, root, sha256 } from "./merkle.js";
import * as names from "./names.js";
import { isRefusal, readRecord, readSignedRecord, readSignoff } from "./reading.js";
import { entry as entryTable, withheld as withheldTable } from "./records.js";
import { SignOffs } from "./signoffs.js";
import { Witnesses } from "./witnesses.js";

const { FRAME } = names;
const FRAMES_AT_ONCE = 256; // whose hashes are asked for at the same time
const BYTES_AT_ONCE = 1_048_576;

/**
 * @typedef {object} Options
 * @property {(digest: string) => Promise<Uint8Array|null>} [evidence] gives evidence that is kept beside the bundle
 * @property {(done: {bytes: number, of: number}) => void} [progress] is told how much was read
 */

/**
 * @typedef {object} Answer
 * @property {readonly string[]} codes what is claimed: of these codes, `findings` has all that there are
 * @property {import("./findings.js").Finding[]} findings of one code at most a hundred
 * @property {Object<string, number>} counts by code, where there are more
 * @property {object} checked what was read and checked
 */

/**
 * Verify a bundle as far as bytes and keys go. Any bytes give an answer; keys that are not of their form throw.
 * @param {Uint8Array} data the bundle
 * @param {import("./keyring.js").Keys|null} keys those of the trust store; without them, no signature is checked
 * @param {Options} [options]
 * @returns {Promise<Answer>}
 */
export async function verify(data, keys, options = {}) {
  const ring = keys === null ? null : await Keyring.of(keys);
  const verification = new Verification(data, ring, options);
  await verification.run();
  return verification.answer();
}

/** One verification, and what it knows so far. */
export class Verification {
  /**
   * @param {Uint8Array} data
   * @param {Keyring|null} keys
   * @param {Options} options
   */
  constructor(data, keys, options) {
    this.data = data;
    this.keys = keys;
    this.progress = options.progress ?? (() => {});
    this.findings = new Findings();
    this.frames = new Frames(data);
    this.chain = new Chain(this.findings);
    this.evidence = new Evidence(this.findings, options.evidence ?? null);
    this.log = new Log(this);
    this.signoffs = new SignOffs(this);
    this.witnesses = new Witnesses(this);
    this.contract = null;
    this.approvals = []; // hashes
    this.sealHash = null; // also that of a seal that could not be used
    this.counts = { [FRAME.APPROVAL]: 0, [FRAME.SIGNOFF]: 0, [FRAME.WITNESS]: 0 };
    this.refused = 0;
    this.signatures = 0;
  }

  /** Read all, then judge what needs all. */
  async run() {
    try {
      this.frames.readLabel();
      while (await this.takeSome());
      this.evidence.match([], null);
      if (this.sealHash === null) this.findings.add("seal.missing", null);
    } catch (failure) {
      if (!(failure instanceof ContainerError)) throw failure;
      this.findings.add(failure.code, failure.frame);
    }
    if (this.contract === null) return;
    await this.witnesses.judge();
    await this.signoffs.judge();
  }

  /** Take some frames, whose hashes are made at the same time; false at the end of the file. */
  async takeSome() {
    const some = [];
    let failure = null;
    try {
      for (let bytes = 0; some.length < FRAMES_AT_ONCE && bytes < BYTES_AT_ONCE; ) {
        const frame = this.frames.next();
        if (frame === null) break;
        some.push(frame);
        bytes += frame.body.length;
      }
    } catch (refusal) {
      failure = refusal;
    }
    const hashes = await Promise.all(some.map(hashOf));
    for (const [index, frame] of some.entries()) await this.take(frame, hashes[index]);
    this.progress({ bytes: this.frames.at, of: this.data.length });
    if (failure !== null) throw failure;
    return some.length > 0;
  }

  /** Take one frame. */
  async take(frame, hash) {
    if (frame.type in this.counts) this.count(frame);
    switch (frame.type) {
      case FRAME.CONTRACT:
        return this.takeContract(frame, hash);
      case FRAME.APPROVAL:
        return this.takeApproval(frame, hash);
      case FRAME.ENTRY:
        return this.takeEntry(frame, hash);
      case FRAME.WITHHELD:
        return this.takeWithheld(frame);
      case FRAME.EVIDENCE:
        return this.evidence.take(frame.number, hash, frame.body.length);
      case FRAME.ABSENT:
        return this.evidence.takeAbsent(frame.number, frame.body);
      case FRAME.SEAL:
        return this.takeSeal(frame, hash);
      case FRAME.SIGNOFF:
        return this.takeSignoff(frame, hash);
      default:
        return this.witnesses.take(frame);
    }
  }

  /** Count what is limited in number (9.4-8). */
  count(frame) {
    const most = frame.type === FRAME.APPROVAL ? names.MAX_APPROVALS : names.MAX_SIGNOFFS;
    if (this.counts[frame.type] === most) this.stop(frame.number);
    this.counts[frame.type] += 1;
  }

  /** End reading at a frame that is one too many. */
  stop(frame) {
    throw new ContainerError("limit.exceeded", frame);
  }

  /** Note what was refused; too many frames that are end reading (9.4-8). */
  refuse(refusal, frame) {
    if (!isRefusal(refusal)) throw refusal;
    this.findings.add(refusal.code, frame);
    if (!names.CLAUSES[refusal.code].startsWith("9.5")) return;
    this.refused += 1;
    if (this.refused > names.MAX_REFUSED) this.stop(frame);
  }

  /** Read what a frame holds; null, with its finding, if it is refused. */
  tryRead(frame, read) {
    try {
      return read();
    } catch (refusal) {
      this.refuse(refusal, frame);
      return null;
    }
  }

  /** Admit a key and verify a signature under it (9.6-11, 9.8-3). */
  async verifies(signed, key, frame, failure = "signature.invalid") {
    if (!this.keys.isAdmitted(key)) {
      this.findings.add("key.inadmissible", frame);
      return false;
    }
    this.signatures += 1;
    if (await verifySignature(key, signed.signature, signed.message)) return true;
    this.findings.add(failure, frame);
    return false;
  }

  /** The contract: trust first, then its content (9.6-1 to 9.6-5). */
  async takeContract({ body, number }, hash) {
    this.chain.begin(hash);
    const signed = this.tryRead(number, () => readSigned(body, "contract"));
    if (signed === null || this.keys === null) return;
    const kid = hex(signed.kid);
    const issuer = this.keys.issuers.get(kid);
    if (issuer === undefined) {
      this.findings.add("trust.issuer-unknown", number);
      return;
    }
    if (!(await this.verifies(signed, issuer.key, number, "contract.signature-invalid"))) return;
    this.contract = this.tryRead(number, () => readContract(signed.payload));
    if (this.contract === null) return;
    if (this.contract.get("issuer") !== issuer.person) this.findings.add("trust.issuer-mismatch", number);
    await this.log.begin(this.contract, kid);
  }

  /** A contract approval (6.2). */
  async takeApproval({ body, number }, hash) {
    this.approvals.push(hash);
    const read = this.tryRead(number, () => readSignedRecord(body, "approval"));
    if (read === null || this.contract === null) return;
    const signer = this.keys.trusted.get(hex(read.signed.kid));
    if (signer === undefined) {
      this.findings.add("signer.unknown", number);
    } else if (await this.verifies(read.signed, signer.key, number)) {
      const ofThis = equal(read.record.get("contract"), this.chain.contractHash);
      if (!ofThis || read.record.get("person") !== signer.person) this.findings.add("signer.mismatch", number);
    }
  }

  /** An entry (6.3). */
  async takeEntry({ body, number }, leaf) {
    const entry = this.tryRead(number, () => readRecord(body, entryTable));
    if (entry === null) {
      this.evidence.forget();
      this.chain.takeOpaque(leaf);
      return;
    }
    this.evidence.match(entry.get("kind") === "evidence-added" ? [entry] : [], number);
    if (entry.get("kind") === "run-started") this.checkApprovals(entry.get("approvals"), number);
    await this.log.take(entry, leaf, number);
  }

  /** Entry 0 lists the approvals in the order of the file (9.7-4). */
  checkApprovals(listed, frame) {
    const same = listed.length === this.approvals.length && listed.every((hash, at) => equal(hash, this.approvals[at]));
    if (!same) this.findings.add("contract.approvals-mismatch", frame);
  }

  /** A withheld entry; one that cannot be read has no leaf, and zeros stand for it. */
  takeWithheld({ body, number }) {
    const withheld = this.tryRead(number, () => readRecord(body, withheldTable));
    if (withheld === null) this.chain.takeOpaque(new Uint8Array(32));
    else this.log.takeWithheld(withheld);
  }

  /** The seal (6.8). */
  async takeSeal({ body, number }, hash) {
    this.sealHash = hash;
    this.chain.checkComplete(number);
    const read = this.tryRead(number, () => readSignedRecord(body, "seal"));
    if (read === null) return;
    await this.chain.checkSeal(read.record, number);
    if (this.contract !== null) await this.log.checkSealer(read.signed, read.record, number);
  }

  /** A sign-off (6.9). */
  async takeSignoff({ body, number }, hash) {
    const read = this.tryRead(number, () => readSignoff(body));
    if (read === null) {
      this.evidence.forget();
      return;
    }
    const { signed, record, delegation } = read;
    this.evidence.match(record.get("evidence") ?? [], number);
    if (this.contract === null) return;
    const signer = this.keys.find(signed.kid);
    if (signer === null) this.findings.add("signer.unknown", number);
    else if (!(await this.verifies(signed, signer.key, number))) return;
    else if (record.get("person") !== signer.person) this.findings.add("signer.mismatch", number);
    const giver = delegation === null ? undefined : this.keys.trusted.get(hex(delegation.kid));
    if (giver !== undefined && !(await this.verifies(delegation, giver.key, number))) return;
    this.signoffs.push({ record, hash: hex(hash), frame: number, signer });
  }

  /** @returns {Promise<Answer>} */
  async answer() {
    const codes = this.keys === null ? names.CLAIMED_WITHOUT_KEYS : names.CLAIMED;
    const { chain, evidence, counts } = this;
    const treeRoot = chain.root ?? (chain.count > 0 ? await root(chain.leaves.joined()) : null);
    const checked = {
      bytes: this.frames.at,
      frames: this.frames.number,
      entries: chain.count,
      withheld: chain.withheld.size,
      signatures: this.signatures,
      approvals: counts[FRAME.APPROVAL],
      signoffs: counts[FRAME.SIGNOFF],
      witnesses: counts[FRAME.WITNESS],
      evidence: { items: evidence.items, bytes: evidence.bytes, absent: evidence.absent },
      contract: hex(chain.contractHash) || null,
      run: hex(chain.runId) || null,
      seal: this.sealHash && hex(this.sealHash),
      root: treeRoot && hex(treeRoot),
    };
    return { codes, ...this.findings.list(codes), checked };
  }
}

/** Give the hash that a frame is known by. */
function hashOf({ type, body }) {
  if (type === FRAME.EVIDENCE) return sha256(body);
  return type === FRAME.ABSENT || type === FRAME.WITHHELD ? null : leafHash(body);
}
