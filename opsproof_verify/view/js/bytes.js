// Small helpers for byte strings. A byte string is a Uint8Array; as a key of a Map or Set it is its hexadecimal text.

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/**
 * Write bytes in lower-case hexadecimal.
 * @param {Uint8Array} bytes
 * @returns {string}
 */
export function hex(bytes) {
  let text = "";
  for (const byte of bytes) text += HEX[byte];
  return text;
}

/**
 * Read hexadecimal; throws where the text is none.
 * @param {string} text
 * @returns {Uint8Array}
 */
export function unhex(text) {
  if (text.length % 2 || /[^0-9a-f]/.test(text)) throw new TypeError("not lower-case hexadecimal");
  return Uint8Array.from({ length: text.length / 2 }, (_, at) => parseInt(text.slice(2 * at, 2 * at + 2), 16));
}

/**
 * Tell whether two byte strings are equal.
 * @param {Uint8Array} one
 * @param {Uint8Array} other
 * @returns {boolean}
 */
export function equal(one, other) {
  return one.length === other.length && compare(one, other) === 0;
}

/**
 * Compare bytewise (SPEC 2): negative, zero or positive; a prefix comes first.
 * @param {Uint8Array} one
 * @param {Uint8Array} other
 * @returns {number}
 */
export function compare(one, other) {
  const length = Math.min(one.length, other.length);
  for (let at = 0; at < length; at += 1) {
    if (one[at] !== other[at]) return one[at] - other[at];
  }
  return one.length - other.length;
}

/**
 * Join byte strings.
 * @param {Uint8Array[]} parts
 * @returns {Uint8Array}
 */
export function concat(parts) {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/**
 * Give the bytes of an ASCII text.
 * @param {string} text
 * @returns {Uint8Array}
 */
export function ascii(text) {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** Hashes, one behind the other, in one buffer that grows. */
export class Hashes {
  constructor() {
    this.count = 0;
    this.buffer = new Uint8Array(1024);
  }

  /** @param {Uint8Array} hash 32 bytes */
  push(hash) {
    const at = 32 * this.count;
    if (at === this.buffer.length) {
      const larger = new Uint8Array(2 * at);
      larger.set(this.buffer);
      this.buffer = larger;
    }
    this.buffer.set(hash, at);
    this.count += 1;
  }

  /**
   * Give one of the hashes.
   * @param {number} index
   * @returns {Uint8Array}
   */
  at(index) {
    return this.buffer.subarray(32 * index, 32 * index + 32);
  }

  /** @returns {Uint8Array} all hashes, one behind the other */
  joined() {
    return this.buffer.subarray(0, 32 * this.count);
  }

  /** Forget all hashes. */
  clear() {
    this.count = 0;
    this.buffer = new Uint8Array(1024);
  }
}
