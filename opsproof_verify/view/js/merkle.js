// Hashes of SPEC 5.1: leaf, node and root, by the SHA-256 of WebCrypto.

import { concat } from "./bytes.js";

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);
const AT_ONCE = 512; // hashes that are asked for at the same time

/**
 * Give the SHA-256 of bytes.
 * @param {Uint8Array} bytes
 * @returns {Promise<Uint8Array>}
 */
export async function sha256(bytes) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

/**
 * Give the leaf hash of a body, which is its record hash (5.1-1).
 * @param {Uint8Array} body
 * @returns {Promise<Uint8Array>}
 */
export function leafHash(body) {
  return sha256(concat([LEAF, body]));
}

/**
 * Give the root over leaves: the Merkle Tree Hash of RFC 9162 section 2.1.1.
 *
 * Hashing pairs level by level, the last node of an odd level going up as it is, splits each range where the RFC does:
 * at the largest power of two below its length.
 * @param {Uint8Array} leaves one behind the other, 32 bytes each
 * @returns {Promise<Uint8Array>}
 */
export async function root(leaves) {
  if (leaves.length === 0) return sha256(leaves);
  let level = leaves;
  while (level.length > 32) level = await nextLevel(level);
  return level.slice();
}

/** Hash the nodes of one level in pairs. */
async function nextLevel(level) {
  const pairs = Math.floor(level.length / 64);
  const next = new Uint8Array(32 * Math.ceil(level.length / 64));
  for (let first = 0; first < pairs; first += AT_ONCE) {
    const some = [];
    for (let pair = first; pair < Math.min(first + AT_ONCE, pairs); pair += 1) {
      some.push(sha256(concat([NODE, level.subarray(64 * pair, 64 * pair + 64)])));
    }
    (await Promise.all(some)).forEach((hash, index) => next.set(hash, 32 * (first + index)));
  }
  if (level.length % 64) next.set(level.subarray(64 * pairs), 32 * pairs);
  return next;
}
