// The bundle that the page carries: base64 in lines, decoded when it is first asked for, and verified once.

import { concat, hex, unhex } from "../js/bytes.js";
import { ContainerError, Frames } from "../js/container.js";
import { Keyring } from "../js/keyring.js";
import { leafHash, sha256 } from "../js/merkle.js";
import { FRAME } from "../js/names.js";
import { Verification } from "../js/verify.js";
import { breathe, byId } from "./page.js";

const PIECE = 1_048_576; // characters that are decoded at the same time
const APPENDED = Object.freeze({ [FRAME.SIGNOFF]: "signoff", [FRAME.WITNESS]: "witness" });

/**
 * @typedef {object} Contents what a bundle holds, as far as its container can be read
 * @property {import("../js/container.js").Frame[]} frames
 * @property {{hash: string, kind: "signoff"|"witness"}[]} appended all that stands behind the seal
 * @property {string} digest of all that is appended (SPEC 11-3)
 */

/**
 * @typedef {object} Checked a bundle that was verified
 * @property {import("../js/verify.js").Answer} answer
 * @property {Contents} contents
 * @property {Uint8Array} leaves of all entries, one behind the other
 */

/**
 * @callback Progress
 * @param {{bytes: number, of: number}} done
 */

/** The bundle of the page. */
export class Carried {
  /** @param {import("./page.js").Page} page */
  constructor(page) {
    this.page = page;
    this.data = null;
    this.verified = null;
    this.digests = null;
  }

  /** @returns {boolean} whether the page carries a bundle; a very large one it does not */
  get isThere() {
    return !this.page.data.embedded["too-large"];
  }

  /**
   * Give its bytes.
   * @returns {Promise<Uint8Array>}
   */
  bytes() {
    this.data ??= decodeLines(byId("opv-bundle").textContent);
    return this.data;
  }

  /**
   * Verify it, once.
   * @param {Progress} [progress]
   * @returns {Promise<Checked>}
   */
  check(progress = () => {}) {
    this.verified ??= this.bytes().then((data) => checkBytes(data, this.page.data.keys, progress));
    return this.verified;
  }

  /**
   * Give an evidence item whose digest is found right.
   * @param {string} digest
   * @returns {Promise<Uint8Array|null>} null if the page does not carry it
   */
  async evidence(digest) {
    this.digests ??= this.bytes().then(evidenceOf);
    return (await this.digests).get(digest) ?? null;
  }
}

/** Hash the evidence of a bundle: bodies by their digests. */
async function evidenceOf(data) {
  const bodies = framesOf(data).filter(({ type }) => type === FRAME.EVIDENCE);
  const digests = new Map();
  for (const { body } of bodies) digests.set(hex(await sha256(body)), body);
  return digests;
}

/**
 * Verify a bundle, and say what it holds.
 * @param {Uint8Array} data
 * @param {import("../js/keyring.js").Keys} keys
 * @param {Progress} progress
 * @returns {Promise<Checked>}
 */
export async function checkBytes(data, keys, progress) {
  const verification = new Verification(data, await Keyring.of(keys), { progress });
  await verification.run();
  const leaves = verification.chain.leaves.joined();
  return { answer: await verification.answer(), contents: await contentsOf(data), leaves };
}

/**
 * Decode base64 in lines of a multiple of four characters, in pieces between which the page can be used.
 * @param {string} text
 * @returns {Promise<Uint8Array>}
 */
export async function decodeLines(text) {
  const made = new Uint8Array(Math.ceil((text.length * 3) / 4));
  let size = 0;
  for (let at = 0; at < text.length; ) {
    const end = text.indexOf("\n", at + PIECE);
    const next = end < 0 ? text.length : end + 1;
    const piece = atob(text.slice(at, next));
    for (let index = 0; index < piece.length; index += 1) made[size + index] = piece.charCodeAt(index);
    size += piece.length;
    at = next;
    if (at < text.length) await breathe();
  }
  return made.subarray(0, size);
}

/** The frames of a bundle up to the first that cannot be read. */
function framesOf(data) {
  const frames = [];
  const reader = new Frames(data);
  try {
    reader.readLabel();
    for (let frame = reader.next(); frame !== null; frame = reader.next()) frames.push(frame);
  } catch (refusal) {
    if (!(refusal instanceof ContainerError)) throw refusal;
  }
  return frames;
}

/**
 * Say what a bundle holds.
 * @param {Uint8Array} data
 * @returns {Promise<Contents>}
 */
async function contentsOf(data) {
  const frames = framesOf(data);
  const appended = [];
  for (const { type, body } of frames) {
    if (type in APPENDED) appended.push({ hash: hex(await leafHash(body)), kind: APPENDED[type] });
  }
  const sorted = appended.map(({ hash }) => hash).sort();
  return { frames, appended, digest: hex(await sha256(concat(sorted.map(unhex)))) };
}
