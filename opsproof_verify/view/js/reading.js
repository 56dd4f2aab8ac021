// Bodies and signed records from bytes (SPEC 9.5-1 to 9.5-6); what is refused is thrown.

import { CborError, decode } from "./cbor.js";
import { ContractError } from "./contract.js";
import { CoseError, readSigned } from "./cose.js";
import * as records from "./records.js";

/** A decoded map that is not the record of its place (9.5-6). */
export class RecordError extends Error {
  code = "record.malformed";
}

/**
 * Tell whether something thrown says that bytes were refused; it then has a `code`.
 * @param {*} error
 * @returns {boolean}
 */
export function isRefusal(error) {
  return [CborError, CoseError, RecordError, ContractError].some((kind) => error instanceof kind);
}

/**
 * Decode a body and hold it to a table.
 * @param {Uint8Array} body
 * @param {import("./schema.js").Type} type
 * @returns {Map<string, *>}
 */
export function readRecord(body, type) {
  const record = decode(body);
  if (!type(record)) throw new RecordError();
  return record;
}

/**
 * Read a signed record of one kind, and its payload.
 * @param {Uint8Array} body
 * @param {string} kind as in cose.js
 * @returns {{signed: import("./cose.js").Signed, record: Map<string, *>}}
 */
export function readSignedRecord(body, kind) {
  const signed = readSigned(body, kind);
  return { signed, record: readRecord(signed.payload, records[kind]) };
}

/**
 * Read a sign-off and the delegation that it may carry (6.11-1).
 * @param {Uint8Array} body
 * @returns {{signed: import("./cose.js").Signed, record: Map<string, *>, delegation: import("./cose.js").Signed|null}}
 */
export function readSignoff(body) {
  const { signed, record } = readSignedRecord(body, "signoff");
  const carried = record.get("delegation");
  return { signed, record, delegation: carried ? readSignedRecord(carried, "delegation").signed : null };
}
