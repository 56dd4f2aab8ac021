// Strict CBOR to the profile of SPEC 4.1: one walk over the heads, no recursion, no trust in a length.
//
// The walk follows RFC 8949 Appendix C. It goes on behind the first departure from the profile, since bytes that are
// not well-formed further on are `cbor.malformed` (9.5-1) and not `cbor.not-canonical` (9.5-2). Maps become Maps, so
// that no key has a meaning of its own.

import { compare } from "./bytes.js";
import { MAX_DEPTH, MAX_INTEGER } from "./names.js";

const UINT = 0;
const NINT = 1;
const BYTES = 2;
const TEXT = 3;
const ARRAY = 4;
const MAP = 5;
const TAG = 6;
const SIMPLE = 7;
const INDEFINITE = 31;
const LEAST = { 24: 24, 25: 2 ** 8, 26: 2 ** 16, 27: 2 ** 32 }; // the least argument of a head of this length (4.1-1)

/** Bytes that are refused; `code` is `cbor.malformed` or `cbor.not-canonical`. */
export class CborError extends Error {
  /** @param {string} code */
  constructor(code) {
    super(code);
    this.code = code;
  }
}

/**
 * Decode one item of the profile, with nothing behind it.
 * @param {Uint8Array} data
 * @param {number} [maxItems] how many items may be read (SPEC 3.4, 9.5-2)
 * @returns {*} Map, array, string, Uint8Array (a view of `data`), number or boolean
 */
export function decode(data, maxItems = Infinity) {
  const walk = new Walk(data, maxItems);
  const value = walk.run();
  if (walk.at !== data.length) throw new CborError("cbor.malformed");
  if (walk.flaw) throw new CborError("cbor.not-canonical");
  return value;
}

/**
 * Read a head (RFC 8949 section 3). The argument is exact up to 2^53.
 * @param {Uint8Array} data
 * @param {number} at
 * @returns {{major: number, info: number, argument: number, next: number}}
 */
function readHead(data, at) {
  if (at >= data.length) throw new CborError("cbor.malformed");
  const major = data[at] >> 5;
  const info = data[at] & 31;
  if (info < 24) return { major, info, argument: info, next: at + 1 };
  if (info === INDEFINITE && major !== UINT && major !== NINT && major !== TAG) {
    return { major, info, argument: 0, next: at + 1 };
  }
  if (info > 27) throw new CborError("cbor.malformed");
  const next = at + 1 + 2 ** (info - 24);
  if (next > data.length) throw new CborError("cbor.malformed");
  let argument = 0;
  for (let byte = at + 1; byte < next; byte += 1) argument = argument * 256 + data[byte];
  if (major === SIMPLE && info === 24 && argument < 32) throw new CborError("cbor.malformed");
  return { major, info, argument, next };
}

/**
 * Tell whether a well-formed head leaves the profile (4.1-1, 4.1-2, 4.1-5).
 * @param {number} major
 * @param {number} info
 * @param {number} argument
 * @returns {boolean}
 */
function isFlawed(major, info, argument) {
  if (major === SIMPLE) return info !== 20 && info !== 21;
  if (major === TAG || info === INDEFINITE) return true;
  if (argument < (LEAST[info] ?? 0)) return true;
  return (major === UINT && argument > MAX_INTEGER) || (major === NINT && argument >= MAX_INTEGER);
}

/** An open container: what it is, how many items it waits for (-1: until a break), and what it holds so far. */
class Open {
  constructor(major, due, value) {
    this.major = major;
    this.due = due;
    this.value = value;
    this.items = 0;
    this.key = undefined; // of a map: the key that waits for its value
    this.lastKey = null; // of a map: the encoding of the last key
  }
}

/** One walk over the heads of an item. */
class Walk {
  constructor(data, maxItems) {
    this.data = data;
    this.left = maxItems;
    this.at = 0;
    this.flaw = false;
    this.stack = [];
    this.nested = 0; // open arrays, maps and tags
    this.root = undefined;
  }

  /** Walk to the end of the item; gives its value, which means something only if there is no flaw. */
  run() {
    const top = new Open(ARRAY, 1, []);
    this.stack.push(top);
    while (true) {
      let open = this.stack[this.stack.length - 1];
      while (open.due === 0) {
        this.stack.pop();
        if (open === top) return top.value[0];
        if (open.major >= ARRAY) this.nested -= 1;
        open = this.stack[this.stack.length - 1];
      }
      this.step(open);
    }
  }

  /** Read one item's head, and its content if it is no container. */
  step(open) {
    const begin = this.at;
    const { major, info, argument, next } = readHead(this.data, begin);
    if (major === SIMPLE && info === INDEFINITE) {
      this.break(open, next);
      return;
    }
    const inString = open.major === BYTES || open.major === TEXT;
    if (inString && (major !== open.major || info === INDEFINITE)) throw new CborError("cbor.malformed");
    if (this.left-- === 0) throw new CborError("cbor.not-canonical");
    const container = major >= ARRAY && major <= TAG;
    if (container && this.nested === MAX_DEPTH) throw new CborError("cbor.not-canonical");
    this.flaw = this.flaw || isFlawed(major, info, argument);
    this.at = next;
    if (open.due > 0) open.due -= 1;
    open.items += 1;
    if (container || info === INDEFINITE) this.open(open, begin, major, info, argument);
    else this.put(open, begin, this.scalar(major, info, argument));
  }

  /** End a container of indefinite length. */
  break(open, next) {
    const odd = open.major === MAP && open.items % 2 === 1;
    if (open.due !== -1 || odd) throw new CborError("cbor.malformed");
    this.at = next;
    open.due = 0;
  }

  /** Open an array, map or tag, or a string of indefinite length. */
  open(parent, begin, major, info, argument) {
    const value = major === MAP ? new Map() : [];
    this.put(parent, begin, value);
    const due = info === INDEFINITE ? -1 : major === TAG ? 1 : major === MAP ? 2 * argument : argument;
    if (major >= ARRAY) this.nested += 1;
    this.stack.push(new Open(major, due, value));
  }

  /** Give the value of an item that is no container. */
  scalar(major, info, argument) {
    if (major === UINT) return argument;
    if (major === NINT) return -1 - argument;
    if (major === SIMPLE) return info === 21;
    const end = this.at + argument;
    if (end > this.data.length) throw new CborError("cbor.malformed");
    const bytes = this.data.subarray(this.at, end);
    this.at = end;
    if (major === BYTES || this.flaw) return bytes;
    const text = readText(bytes);
    if (text === null) this.flaw = true;
    return text;
  }

  /** Put an item into its container, if everything so far is of the profile. */
  put(open, begin, value) {
    if (this.flaw) return;
    if (open.major !== MAP) {
      open.value.push(value);
    } else if (open.key === undefined) {
      this.putKey(open, begin, value);
    } else {
      open.value.set(open.key, value);
      open.key = undefined;
    }
  }

  /** Keys are texts, in bytewise order of their encodings, none twice (4.1-1, 4.1-3). */
  putKey(open, begin, value) {
    const encoded = this.data.subarray(begin, this.at);
    const ordered = open.lastKey === null || compare(open.lastKey, encoded) < 0;
    if (typeof value !== "string" || !ordered) {
      this.flaw = true;
      return;
    }
    open.key = value;
    open.lastKey = encoded;
  }
}

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const SHORT = 32; // bytes of ASCII that are read faster without it

/**
 * Read UTF-8 (4.1-4); null if it is none.
 * @param {Uint8Array} bytes
 * @returns {string|null}
 */
function readText(bytes) {
  if (bytes.length <= SHORT) {
    let text = "";
    for (let at = 0; at < bytes.length && bytes[at] < 128; at += 1) text += String.fromCharCode(bytes[at]);
    if (text.length === bytes.length) return text;
  }
  try {
    return UTF8.decode(bytes);
  } catch {
    return null;
  }
}
