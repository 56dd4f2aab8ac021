// Whose key is it? The trust store's keys, as the caller gives them, and those that contract and assignments enrol.

import { hex, unhex } from "./bytes.js";
import { isAdmitted, thumbprint } from "./ed25519.js";

/**
 * @typedef {object} Keys what is needed of a trust store (SPEC 7); keys are 64 hexadecimal digits
 * @property {{person: string, key: string}[]} issuers
 * @property {{person: string, key: string}[]} approvers
 * @property {{id: string, key: string}[]} witnesses
 * @property {{key: string, at: number, reason: "compromised"|"retired"}[]} [revoked]
 */

/**
 * @typedef {object} Signer
 * @property {Uint8Array} key
 * @property {string} person
 */

/** Read a key of 64 hexadecimal digits; throws a TypeError. */
function readKey(text) {
  if (typeof text !== "string" || text.length !== 64) throw new TypeError("a key is 64 hexadecimal digits");
  return unhex(text);
}

/** Finds keys by their thumbprint. */
export class Keyring {
  constructor() {
    this.issuers = new Map(); // by kid: Signer
    this.trusted = new Map(); // issuers and approvers, by kid
    this.witnesses = new Map(); // by kid: {key, id}
    this.revoked = new Map(); // by key
    this.enrolled = new Map(); // by kid: the member
    this.ids = new Set(); // of enrolled actors
    this.kids = new Map(); // by key: its thumbprint, in hexadecimal
    this.admitted = new Map(); // by key
  }

  /**
   * Take the keys of a trust store.
   * @param {Keys} keys
   * @returns {Promise<Keyring>}
   */
  static async of(keys) {
    const ring = new Keyring();
    for (const { person, key } of keys.issuers) {
      const signer = { person, key: readKey(key) };
      ring.issuers.set(await ring.kid(signer.key), signer);
    }
    for (const { person, key } of keys.approvers) {
      const signer = { person, key: readKey(key) };
      ring.trusted.set(await ring.kid(signer.key), signer);
    }
    for (const [kid, signer] of ring.issuers) ring.trusted.set(kid, signer);
    for (const { id, key } of keys.witnesses) {
      const witness = { id, key: readKey(key) };
      ring.witnesses.set(await ring.kid(witness.key), witness);
    }
    for (const row of keys.revoked ?? []) ring.revoked.set(row.key, row);
    return ring;
  }

  /**
   * Give the thumbprint of a key in hexadecimal (5.3-2).
   * @param {Uint8Array} key
   * @returns {Promise<string>}
   */
  async kid(key) {
    const text = hex(key);
    if (!this.kids.has(text)) this.kids.set(text, hex(await thumbprint(key)));
    return this.kids.get(text);
  }

  /**
   * Tell whether a key is admitted (5.3-1); asked once for each.
   * @param {Uint8Array} key
   * @returns {boolean}
   */
  isAdmitted(key) {
    const text = hex(key);
    if (!this.admitted.has(text)) this.admitted.set(text, isAdmitted(key));
    return this.admitted.get(text);
  }

  /**
   * Enrol an actor; false if its id or key is enrolled already, or the key is another person's (9.6-10).
   * @param {Map<string, *>} member
   * @returns {Promise<boolean>}
   */
  async enrol(member) {
    const kid = await this.kid(member.get("key"));
    const owner = this.trusted.get(kid);
    const taken = this.enrolled.has(kid) || this.ids.has(member.get("id"));
    if (taken || (owner && owner.person !== member.get("person"))) return false;
    this.enrolled.set(kid, member);
    this.ids.add(member.get("id"));
    return true;
  }

  /**
   * Find the signer of a sign-off (6.9-3).
   * @param {Uint8Array} kid
   * @returns {Signer|null}
   */
  find(kid) {
    const member = this.enrolled.get(hex(kid));
    return this.trusted.get(hex(kid)) ?? (member ? { key: member.get("key"), person: member.get("person") } : null);
  }

  /**
   * Find a witness that may be used at a time (9.8-9).
   * @param {Uint8Array} kid
   * @param {string} id
   * @param {number} ms
   * @returns {{id: string, key: Uint8Array}|null}
   */
  witness(kid, id, ms) {
    const known = this.witnesses.get(hex(kid));
    if (!known || known.id !== id) return null;
    const revoked = this.revoked.get(hex(known.key));
    return revoked && (revoked.reason === "compromised" || revoked.at <= ms) ? null : known;
  }

  /**
   * Tell whether a witness's key or id belongs to somebody else (6.10-2).
   * @param {{id: string, key: Uint8Array}} witness
   * @returns {Promise<boolean>}
   */
  async isTaken({ id, key }) {
    const kid = await this.kid(key);
    const persons = [...this.trusted.values()].map((signer) => signer.person);
    const members = [...this.enrolled.values()].map((member) => member.get("person"));
    return this.trusted.has(kid) || this.enrolled.has(kid) || this.ids.has(id) || persons.concat(members).includes(id);
  }
}
