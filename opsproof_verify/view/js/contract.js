// The contract (SPEC 6.1): its table, and what makes it consistent (6.1-2).

import { CborError, decode } from "./cbor.js";
import { MAX_CONTRACT_ITEMS, MAX_ROSTER, MAX_STEPS } from "./names.js";
import { isPinnable } from "./policy.js";
import { member, severity } from "./records.js";
import {
  array,
  bytes,
  decimal,
  distinct,
  flag,
  hash,
  id,
  ids,
  instant,
  line,
  mapOf,
  media,
  n,
  n1,
  nonce,
  prose,
  record,
  someIds,
  unit,
  word,
} from "./schema.js";

const param = record({ id, "?title": line, "?optional": flag });
const valueSpec = record({
  id,
  "?title": line,
  type: word("decimal", "integer", "text", "boolean", "choice"),
  "?unit": unit,
  "?min": decimal,
  "?max": decimal,
  "?choices": distinct(line, 1),
  "?optional": flag,
});
const slot = record({ id, "?title": line, media: distinct(media, 1), min: n, max: n1 });
const step = record({
  id,
  title: line,
  "?instruction": prose,
  roles: someIds,
  "?after": someIds,
  "?optional": flag,
  "?repeat": record({ min: n1, max: n1 }),
  "?values": array(valueSpec, 1),
  "?evidence": array(slot, 1),
  "?critical": flag,
  "?check": someIds,
  "?hold": someIds,
  "?authorise": someIds,
  "?max-ms": n1,
  "?qualifications": someIds,
  "?instruments": someIds,
  "?tags": someIds,
});
const contract = record({
  id,
  version: n1,
  title: line,
  issuer: id,
  nonce,
  issued: instant,
  "?not-before": instant,
  "?not-after": instant,
  "?source": record({ digest: hash, size: n, media, "?name": line }),
  "?introduction": prose,
  params: array(param),
  steps: array(step, 1, MAX_STEPS),
  roster: array(member, 1, MAX_ROSTER),
  authority: record({ assign: ids, release: ids, rule: ids, seal: someIds, "?void": someIds }),
  "?retention": record({ class: id, "?years": n1 }),
  "?pack": bytes,
  policy: bytes,
});
const DEMANDS = ["steps", "values", "evidence", "action", "occurred"];
const reason = record({
  code: id,
  title: line,
  severity,
  "?demands": distinct(word(...DEMANDS), 1),
  "?remediation": flag,
});
const pack = record({ id, version: n1, title: line, terms: mapOf(id, line), tags: ids, reasons: array(reason, 1) });

/** A contract that cannot be used; `code` is one of phases 2 or 3. */
export class ContractError extends Error {
  /** @param {string} code */
  constructor(code) {
    super(code);
    this.code = code;
  }
}

/**
 * Read a contract whose signature was verified.
 * @param {Uint8Array} payload
 * @returns {Map<string, *>} throws ContractError or CborError
 */
export function readContract(payload) {
  const found = decode(payload, MAX_CONTRACT_ITEMS);
  if (!contract(found)) throw new ContractError("record.malformed");
  const terms = found.has("pack") ? decode(found.get("pack"), MAX_CONTRACT_ITEMS) : null;
  if (terms !== null && !pack(terms)) throw new ContractError("record.malformed");
  if (!isConsistent(found, terms)) throw new ContractError("contract.inconsistent");
  if (!isPolicy(found.get("policy"))) throw new ContractError("policy.pinned-malformed");
  return found;
}

/** Tell whether the pinned policy is one (8.2-2); whatever its bytes are, there is one code for it. */
function isPolicy(data) {
  try {
    return isPinnable(data);
  } catch (error) {
    if (error instanceof CborError) return false;
    throw error;
  }
}

const list = (map, name) => map.get(name) ?? [];
const unique = (items) => new Set(items).size === items.length;
const named = (maps, name) => maps.map((map) => map.get(name));
const isOpen = (map) => !map.has("not-before") || !map.has("not-after");
const inOrder = (map) => isOpen(map) || map.get("not-before")[0] <= map.get("not-after")[0];

function isConsistent(found, terms) {
  const roster = found.get("roster");
  const steps = found.get("steps");
  const tags = terms === null ? null : new Set(terms.get("tags"));
  return (
    inOrder(found) &&
    unique(named(found.get("params"), "id")) &&
    unique(named(steps, "id")) &&
    unique(named(roster, "id")) &&
    unique(named(roster, "key").map(String)) &&
    roster.every((one) => inOrder(one) && list(one, "qualifications").every(inOrder)) &&
    (terms === null || unique(named(terms.get("reasons"), "code"))) &&
    steps.every((one) => isStepConsistent(one, tags)) &&
    hasOrder(steps)
  );
}

function isStepConsistent(one, tags) {
  const values = list(one, "values");
  const slots = list(one, "evidence");
  const repeat = one.get("repeat");
  return (
    unique(named(values, "id")) &&
    unique(named(slots, "id")) &&
    (repeat === undefined || repeat.get("min") <= repeat.get("max")) &&
    (one.has("critical") || !one.has("check")) &&
    (tags === null || list(one, "tags").every((tag) => tags.has(tag))) &&
    values.every(isSpecConsistent) &&
    slots.every((slot) => slot.get("min") <= slot.get("max"))
  );
}

function isSpecConsistent(spec) {
  const type = spec.get("type");
  const limited = spec.has("min") || spec.has("max") || spec.has("unit");
  if (limited && type !== "decimal" && type !== "integer") return false;
  if (spec.has("min") && spec.has("max") && scaled(spec.get("min")) > scaled(spec.get("max"))) return false;
  return spec.has("choices") === (type === "choice");
}

/** A decimal as a whole number of 10^-18. */
function scaled(text) {
  const [whole, part = ""] = text.split(".");
  return BigInt(whole + part.padEnd(18, "0"));
}

/** Tell whether `after` names steps of the contract, and has no cycle. */
function hasOrder(steps) {
  const waits = new Map(steps.map((one) => [one.get("id"), list(one, "after")]));
  const followers = new Map(steps.map((one) => [one.get("id"), []]));
  for (const [name, before] of waits) {
    if (!before.every((one) => followers.has(one))) return false;
    before.forEach((one) => followers.get(one).push(name));
  }
  const left = new Map([...waits].map(([name, before]) => [name, before.length]));
  const ready = [...left.keys()].filter((name) => left.get(name) === 0);
  for (const name of ready) {
    for (const follower of followers.get(name)) {
      left.set(follower, left.get(follower) - 1);
      if (left.get(follower) === 0) ready.push(follower);
    }
  }
  return ready.length === left.size;
}
