// Signed records: COSE_Sign1 in the one shape of SPEC 5.4.

import { ascii, concat, equal } from "./bytes.js";
import { CborError, decode } from "./cbor.js";

const EDDSA = -8;
const KINDS = ["contract", "approval", "assignment", "attestation", "witness", "seal", "signoff", "delegation"];
const TYPES = new Map(KINDS.map((kind) => [`application/vnd.opsproof.${kind}+cose`, kind]));

/** Bytes that are not the signed record expected; `code` is one of 9.5-3 to 9.5-5. */
export class CoseError extends Error {
  /** @param {string} code */
  constructor(code) {
    super(code);
    this.code = code;
  }
}

/**
 * @typedef {object} Signed
 * @property {Uint8Array} kid
 * @property {Uint8Array} payload
 * @property {Uint8Array} signature
 * @property {Uint8Array} message the bytes that the signature covers (5.4-2)
 */

/**
 * Take a signed record apart.
 * @param {Uint8Array} body
 * @param {string} kind "contract", "approval", "assignment", "attestation", "witness", "seal", "signoff", "delegation"
 * @returns {Signed}
 */
export function readSigned(body, kind) {
  const reader = new Reader(body);
  reader.expect(0xd2, 0x84);
  const header = reader.byteString();
  reader.expect(0xa0);
  const payload = reader.byteString();
  const signature = reader.byteString();
  if (signature.length !== 64 || !reader.isAtEnd()) throw new CoseError("cose.malformed");
  const { alg, kid, typ } = readHeader(header);
  const foreign = TYPES.get(typ) !== kind;
  if (!TYPES.has(typ) || (foreign && alg !== EDDSA)) throw new CoseError("cose.malformed");
  if (alg !== EDDSA) throw new CoseError("cose.wrong-algorithm");
  if (foreign) throw new CoseError("cose.wrong-type");
  return { kid, payload, signature, message: signingInput(header, payload) };
}

/** Read the protected header, `{1: alg, 4: kid, 16: typ}` in this order (5.4-2). */
function readHeader(header) {
  const reader = new Reader(header);
  reader.expect(0xa3, 0x01);
  const alg = reader.item();
  reader.expect(0x04);
  const kid = reader.item();
  reader.expect(0x10);
  const typ = reader.item();
  const whole = typeof alg === "number" && kid instanceof Uint8Array && kid.length === 32 && typeof typ === "string";
  if (!whole || !reader.isAtEnd()) throw new CoseError("cose.malformed");
  return { alg, kid, typ };
}

/** The bytes of `["Signature1", protected, h'', payload]` (RFC 9052 section 4.4). */
function signingInput(header, payload) {
  const context = ascii("\x84\x6aSignature1");
  return concat([context, bytesHead(header.length), header, Uint8Array.of(0x40), bytesHead(payload.length), payload]);
}

/** The shortest head of a byte string. */
function bytesHead(length) {
  if (length < 24) return Uint8Array.of(0x40 | length);
  if (length < 0x100) return Uint8Array.of(0x58, length);
  if (length < 0x10000) return Uint8Array.of(0x59, length >> 8, length & 255);
  return Uint8Array.of(0x5a, length >>> 24, (length >> 16) & 255, (length >> 8) & 255, length & 255);
}

/** Reads what has a fixed shape. */
class Reader {
  constructor(data) {
    this.data = data;
    this.at = 0;
  }

  isAtEnd() {
    return this.at === this.data.length;
  }

  /** Pass over bytes that must be these. */
  expect(...bytes) {
    const found = this.data.subarray(this.at, this.at + bytes.length);
    if (!equal(found, Uint8Array.from(bytes))) throw new CoseError("cose.malformed");
    this.at += bytes.length;
  }

  /** The end of the next item, which is an integer or a string with a head of at most five bytes. */
  end() {
    const initial = this.data[this.at] ?? 0xff;
    const info = initial & 31;
    if (initial >> 5 > 3 || info > 27) throw new CoseError("cose.malformed");
    const size = info < 24 ? 0 : 2 ** (info - 24);
    let argument = info < 24 ? info : 0;
    for (const byte of this.data.subarray(this.at + 1, this.at + 1 + size)) argument = argument * 256 + byte;
    return this.at + 1 + size + (initial >> 5 > 1 ? argument : 0);
  }

  /** Read the next integer, text or byte string by the strict decoder. */
  item() {
    const end = this.end();
    if (end > this.data.length) throw new CoseError("cose.malformed");
    try {
      const value = decode(this.data.subarray(this.at, end));
      this.at = end;
      return value;
    } catch (error) {
      if (error instanceof CborError) throw new CoseError("cose.malformed");
      throw error;
    }
  }

  byteString() {
    const value = this.item();
    if (!(value instanceof Uint8Array)) throw new CoseError("cose.malformed");
    return value;
  }
}
