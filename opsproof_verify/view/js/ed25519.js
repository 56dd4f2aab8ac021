// Ed25519 as SPEC 5.2 and 5.3 have it. Keys are admitted by our own arithmetic, since engines take keys that 5.3
// refuses; the equation is checked by WebCrypto where it can be, else by the same arithmetic. Nothing here is secret.

import { concat, equal, hex, unhex } from "./bytes.js";
import { sha256 } from "./merkle.js";

const P = 2n ** 255n - 19n;
const L = 2n ** 252n + 27742317777372353535851937790883648493n;
const D = 37095705934669439343138083508754565189542113879843219016388785533085940283555n;
const ROOT_OF_MINUS_ONE = 19681161376707505956807079304988542015446066515923890162744021073123829784752n;
const IDENTITY = [0n, 1n, 1n, 0n];
const THUMBPRINT = unhex("a301012006215820"); // RFC 9679: {1: 1, -1: 6, -2: A}, up to A (5.3-2)
const Y_BITS = 2n ** 255n - 1n;

const mod = (value) => ((value % P) + P) % P;

/** Read a number that is written least byte first. */
function littleEndian(bytes) {
  return BigInt(`0x${hex(Uint8Array.from(bytes).reverse()) || "0"}`);
}

function power(base, exponent) {
  let result = 1n;
  for (let square = base; exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) result = (result * square) % P;
    square = (square * square) % P;
  }
  return result;
}

/** Add points in extended coordinates (RFC 8032 section 5.1.4); right for doubling too. */
function add([x1, y1, z1, t1], [x2, y2, z2, t2]) {
  const a = (y1 - x1) * (y2 - x2);
  const b = (y1 + x1) * (y2 + x2);
  const c = 2n * D * ((t1 * t2) % P);
  const d = 2n * z1 * z2;
  const [e, f, g, h] = [mod(b - a), mod(d - c), mod(d + c), mod(b + a)];
  return [(e * f) % P, (g * h) % P, (f * g) % P, (e * h) % P];
}

function multiply(scalar, point) {
  let result = IDENTITY;
  for (let double = point; scalar > 0n; scalar >>= 1n) {
    if (scalar & 1n) result = add(result, double);
    double = add(double, double);
  }
  return result;
}

const isIdentity = ([x, y, z]) => x === 0n && y === z;

/** Write a point (RFC 8032 section 5.1.2). */
function encode([x, y, z]) {
  const inverse = power(z, P - 2n);
  const number = mod(y * inverse) | ((mod(x * inverse) & 1n) << 255n);
  return unhex(number.toString(16).padStart(64, "0")).reverse();
}

/**
 * Read a point; null unless its encoding is canonical (5.2-3) and it lies on the curve.
 * @param {Uint8Array} bytes 32
 * @returns {bigint[]|null}
 */
function decode(bytes) {
  const number = littleEndian(bytes);
  const y = number & Y_BITS;
  if (y >= P) return null;
  const u = mod(y * y - 1n);
  const v = mod(D * y * y + 1n);
  let x = mod(u * power(v, 3n) * power(mod(u * power(v, 7n)), (P - 5n) / 8n));
  if (mod(v * x * x) !== u) x = mod(x * ROOT_OF_MINUS_ONE);
  if (mod(v * x * x) !== u) return null;
  const sign = number >> 255n;
  if (x === 0n && sign) return null;
  if ((x & 1n) !== sign) x = P - x;
  return [x, y, 1n, mod(x * y)];
}

const isOfSmallOrder = (point) => isIdentity(multiply(8n, point));

const BASE = decode(unhex(`58${"66".repeat(31)}`));

/**
 * Tell whether a key is admitted (5.3-1).
 * @param {Uint8Array} key
 * @returns {boolean}
 */
export function isAdmitted(key) {
  const point = key.length === 32 ? decode(key) : null;
  return point !== null && !isOfSmallOrder(point) && isIdentity(multiply(L, point));
}

/**
 * Give the kid of a key (5.3-2).
 * @param {Uint8Array} key
 * @returns {Promise<Uint8Array>}
 */
export function thumbprint(key) {
  return sha256(concat([THUMBPRINT, key]));
}

/**
 * Tell whether a signature verifies (5.2) under a key that was admitted. R and S are checked here, so that all engines
 * agree.
 * @param {Uint8Array} key
 * @param {Uint8Array} signature
 * @param {Uint8Array} message
 * @param {boolean|null} [engine] whether WebCrypto is asked; null: if it is fit
 * @returns {Promise<boolean>}
 */
export async function verify(key, signature, message, engine = null) {
  if (key.length !== 32 || signature.length !== 64) return false;
  const s = littleEndian(signature.subarray(32));
  const r = s < L ? decode(signature.subarray(0, 32)) : null;
  if (r === null || isOfSmallOrder(r)) return false;
  return (engine ?? (await isEngineFit())) ? engineVerify(key, signature, message) : equation(key, signature, message);
}

/** The equation without the cofactor (5.2-5), by the arithmetic above. */
async function equation(key, signature, message) {
  const hash = await crypto.subtle.digest("SHA-512", concat([signature.subarray(0, 32), key, message]));
  const k = littleEndian(new Uint8Array(hash)) % L;
  const [x, y, z, t] = decode(key);
  const minusKey = [mod(-x), y, z, mod(-t)];
  const sum = add(multiply(littleEndian(signature.subarray(32)), BASE), multiply(k, minusKey));
  return equal(encode(sum), signature.subarray(0, 32));
}

async function engineVerify(key, signature, message) {
  const imported = await crypto.subtle.importKey("raw", key, "Ed25519", false, ["verify"]);
  return crypto.subtle.verify("Ed25519", imported, signature, message);
}

// Signatures under the key of secret scalar 1, whose public key is B: with S = r + k the equation holds; where R has a
// part of small order added, only the cofactored one does. An engine that does not tell them apart is not used.
let fit = null;

function isEngineFit() {
  fit ??= tryEngine().catch(() => false);
  return fit;
}

/** Ask the engine about one good signature, and one that only the cofactored equation accepts (5.2-5). */
async function tryEngine() {
  const message = Uint8Array.of(1, 2, 3);
  const key = encode(BASE);
  const good = await probe(key, multiply(2n, BASE), message);
  const odd = await probe(key, add(multiply(2n, BASE), [0n, P - 1n, 1n, 0n]), message);
  return (await engineVerify(key, good, message)) && !(await engineVerify(key, odd, message));
}

/** Make a signature whose R is the one given, as if its scalar were 2. */
async function probe(key, point, message) {
  const r = encode(point);
  const hash = await crypto.subtle.digest("SHA-512", concat([r, key, message]));
  const s = (2n + (littleEndian(new Uint8Array(hash)) % L)) % L;
  return concat([r, unhex(s.toString(16).padStart(64, "0")).reverse()]);
}
