// The container: label and frames (SPEC 3, 9.4-1 to 9.4-7). Nothing here looks inside a body.

import { equal, unhex } from "./bytes.js";
import { BODY_LIMITS, FRAME, MAX_INTEGER } from "./names.js";

const LABEL = unhex("d9d9f8da4f50423143424f52");

// What may come after what (3.3-1); "0" is the label. Before the seal, and from the seal on.
const BEFORE_SEAL = {
  0: [FRAME.CONTRACT],
  [FRAME.CONTRACT]: [FRAME.APPROVAL, FRAME.ENTRY],
  [FRAME.APPROVAL]: [FRAME.APPROVAL, FRAME.ENTRY],
  [FRAME.ENTRY]: [FRAME.ENTRY, FRAME.WITHHELD, FRAME.EVIDENCE, FRAME.ABSENT, FRAME.SEAL],
  [FRAME.WITHHELD]: [FRAME.ENTRY, FRAME.WITHHELD, FRAME.EVIDENCE, FRAME.ABSENT],
  [FRAME.EVIDENCE]: [FRAME.ENTRY],
  [FRAME.ABSENT]: [FRAME.ENTRY],
};
const APPENDED = [FRAME.EVIDENCE, FRAME.ABSENT, FRAME.SIGNOFF, FRAME.WITNESS];
const TO_SIGNOFF = [FRAME.EVIDENCE, FRAME.ABSENT, FRAME.SIGNOFF];
const FROM_SEAL = {
  [FRAME.SEAL]: APPENDED,
  [FRAME.SIGNOFF]: APPENDED,
  [FRAME.WITNESS]: APPENDED,
  [FRAME.EVIDENCE]: TO_SIGNOFF,
  [FRAME.ABSENT]: TO_SIGNOFF,
};

/**
 * @typedef {object} Frame
 * @property {number} number the contract being 1
 * @property {number} type
 * @property {number} offset of its first byte in the file
 * @property {Uint8Array} body a view of the file
 */

/** A failure of phase 1, after which nothing more is read (9.3-1). */
export class ContainerError extends Error {
  /**
   * @param {string} code
   * @param {number|null} frame
   */
  constructor(code, frame) {
    super(code);
    this.code = code;
    this.frame = frame;
  }
}

/** Gives the frames of a file one after the other. */
export class Frames {
  /** @param {Uint8Array} data the whole file */
  constructor(data) {
    this.data = data;
    this.at = 0;
    this.number = 0;
    this.before = 0;
    this.sealed = false;
  }

  /** Read the label (9.4-1, 9.4-2); throws ContainerError. */
  readLabel() {
    const found = this.data.subarray(0, LABEL.length);
    const ofItsForm = equal(found.subarray(0, 4), LABEL.subarray(0, 4)) && equal(found.subarray(8), LABEL.subarray(8));
    if (!ofItsForm) throw new ContainerError("label.missing", null);
    if (!equal(found, LABEL)) throw new ContainerError("label.unsupported", null);
    this.at = LABEL.length;
  }

  /**
   * Give the next frame, null at the end of the file; throws ContainerError.
   * @returns {Frame|null}
   */
  next() {
    if (this.at === this.data.length) return null;
    const offset = this.at;
    this.number += 1;
    if (this.data[this.at] !== 0x82) this.refuse("frame.malformed");
    this.at += 1;
    const type = this.readArgument(0);
    const size = this.readArgument(2);
    this.check(type, size);
    if (size > this.data.length - this.at) this.refuse("frame.truncated");
    const body = this.data.subarray(this.at, this.at + size);
    this.at += size;
    this.before = type;
    this.sealed = this.sealed || type === FRAME.SEAL;
    return { number: this.number, type, offset, body };
  }

  /** Hold type and size to 9.4-5 to 9.4-7, in the order that the end of 9.4 gives. */
  check(type, size) {
    if (!(type in BODY_LIMITS)) this.refuse("frame.unknown-type");
    if (type === FRAME.ABSENT && size !== 32) this.refuse("frame.malformed");
    if (size > BODY_LIMITS[type]) this.refuse("frame.too-large");
    const allowed = (this.sealed ? FROM_SEAL : BEFORE_SEAL)[this.before];
    if (!allowed.includes(type)) this.refuse("frame.out-of-order");
  }

  /** Read a head of one major type, in its shortest form (3.2-1); beyond 2^53 the argument is not exact. */
  readArgument(major) {
    if (this.at === this.data.length) this.refuse("frame.truncated");
    const initial = this.data[this.at];
    const info = initial & 31;
    if (initial >> 5 !== major || info > 27) this.refuse("frame.malformed");
    this.at += 1;
    if (info < 24) return info;
    const length = 2 ** (info - 24);
    if (this.data.length - this.at < length) this.refuse("frame.truncated");
    let argument = 0;
    for (const byte of this.data.subarray(this.at, this.at + length)) argument = argument * 256 + byte;
    if (argument < (length === 1 ? 24 : 2 ** (4 * length))) this.refuse("frame.malformed");
    this.at += length;
    return Math.min(argument, MAX_INTEGER + 1);
  }

  /** Say what is wrong with this frame. */
  refuse(code) {
    throw new ContainerError(code, this.number);
  }
}
