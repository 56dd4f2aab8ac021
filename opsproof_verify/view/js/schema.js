// What tables of SPEC 6 are made of. A type is a function that tells whether a decoded value is of it.

import { hex } from "./bytes.js";
import { MAX_INTEGER } from "./names.js";

/** @typedef {(value: *) => boolean} Type */

/**
 * A text that matches a pattern whole; in patterns `^` and `$` are added here.
 * @param {string} pattern
 * @returns {Type}
 */
export function matching(pattern) {
  const whole = new RegExp(`^(?:${pattern})$`);
  return (value) => typeof value === "string" && whole.test(value);
}

/**
 * A text for display (4.2-3, 4.2-4), at most so many bytes of UTF-8.
 * @param {number} most
 * @param {RegExp} refused
 * @returns {Type}
 */
export function display(most, refused) {
  return (value) => typeof value === "string" && value !== "" && !refused.test(value) && utf8Length(value) <= most;
}

const UTF8 = new TextEncoder();

function utf8Length(text) {
  return UTF8.encode(text).length;
}

/**
 * An integer of a range.
 * @param {number} least
 * @param {number} most
 * @returns {Type}
 */
export function integer(least, most = MAX_INTEGER) {
  return (value) => Number.isInteger(value) && value >= least && value <= most;
}

/**
 * A byte string, of one size if that is given.
 * @param {number} [size]
 * @returns {Type}
 */
export function octets(size) {
  return (value) => value instanceof Uint8Array && (size === undefined || value.length === size);
}

/**
 * One of some words.
 * @param {...string} words
 * @returns {Type}
 */
export function word(...words) {
  return (value) => words.includes(value);
}

/**
 * An array of one type.
 * @param {Type} type
 * @param {number} [least]
 * @param {number} [most]
 * @returns {Type}
 */
export function array(type, least = 0, most = MAX_INTEGER) {
  return (value) => Array.isArray(value) && value.length >= least && value.length <= most && value.every(type);
}

/**
 * An array without duplicates (4.2-10).
 * @param {Type} type
 * @param {number} [least]
 * @returns {Type}
 */
export function distinct(type, least = 0) {
  const fits = array(type, least);
  return (value) => fits(value) && new Set(value.map(token)).size === value.length;
}

/** A text that two values share only if they are the same. */
function token(value) {
  if (value instanceof Uint8Array) return `h${hex(value)}`;
  if (Array.isArray(value)) return value.map(token).join(",");
  return `${typeof value} ${value}`;
}

/**
 * An array of a fixed form, such as an instant.
 * @param {...Type} types
 * @returns {Type}
 */
export function tuple(...types) {
  return (value) => Array.isArray(value) && value.length === types.length && types.every((type, at) => type(value[at]));
}

/**
 * A map with free keys.
 * @param {Type} keys
 * @param {Type} values
 * @returns {Type}
 */
export function mapOf(keys, values) {
  return (value) => value instanceof Map && [...value].every(([name, item]) => keys(name) && values(item));
}

/**
 * A record: a map with these members and no other. A name that begins with "?" may be absent (4.1-7).
 * @param {Object<string, Type>} members
 * @param {(value: Map<string, *>) => boolean} [rule] what the table cannot say
 * @returns {Type}
 */
export function record(members, rule = () => true) {
  const types = new Map(Object.entries(members).map(([name, type]) => [name.replace(/^\?/, ""), type]));
  const required = Object.keys(members).filter((name) => !name.startsWith("?"));
  return (value) =>
    value instanceof Map &&
    required.every((name) => value.has(name)) &&
    [...value].every(([name, item]) => types.get(name)?.(item) ?? false) &&
    rule(value);
}

/**
 * What several types share.
 * @param {...Type} types
 * @returns {Type}
 */
export function either(...types) {
  return (value) => types.some((type) => type(value));
}

const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;
const UNPRINTABLE_IN_PROSE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029]/;
const MEDIA_PART = "[a-z0-9][a-z0-9!#$&^_.+-]{0,62}";
const fitsDecimal = matching("-?(0|[1-9][0-9]{0,17})(\\.[0-9]{1,18})?");
const isNegativeZero = matching("-0(\\.0+)?");

// The scalar types of SPEC 4.2 and the head of the CDDL.
export const id = matching("[a-z0-9][a-z0-9._-]{0,63}");
export const token_ = matching("[!-~]([ -~]{0,126}[!-~])?");
export const line = display(256, UNPRINTABLE);
export const prose = display(16_384, UNPRINTABLE_IN_PROSE);
export const unit = display(32, UNPRINTABLE);
export const decimal = (value) => fitsDecimal(value) && !isNegativeZero(value);
export const media = matching(`${MEDIA_PART}/${MEDIA_PART}`);
export const n = integer(0);
export const n1 = integer(1);
export const int53 = integer(-MAX_INTEGER);
export const bytes = octets();
export const hash = octets(32);
export const nonce = octets(16);
export const bool = (value) => typeof value === "boolean";
export const flag = (value) => value === true;
export const instant = tuple(n, integer(-1439, 1439));
export const ref = tuple(n, hash);
export const value = either(display(1_024, UNPRINTABLE), int53, bool);
export const ids = distinct(id);
export const someIds = distinct(id, 1);
