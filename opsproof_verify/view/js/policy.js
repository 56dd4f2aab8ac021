// Whether a pinned policy is one (SPEC 8.2-2): in canonical form (8.2-1), and as 8.1 demands. Nothing is judged by it.

import { compare } from "./bytes.js";
import { decode } from "./cbor.js";
import { CLAUSES, MAX_CONTRACT_ITEMS, MAX_POLICY, NOT_CLAIMED } from "./names.js";
import { KIND_NAMES, rulingWord, severity } from "./records.js";
import { OF_CLOSURE, RULES } from "./rules.js";
import { array, bool, id, integer, line, mapOf, matching, n1, record, word } from "./schema.js";

const UTF8 = new TextEncoder();
const byText = (one, other) => compare(UTF8.encode(one), UTF8.encode(other));

/** A set of texts: in ascending bytewise order, without duplicates (8.2-1). */
function sorted(type, least = 0) {
  const fits = array(type, least);
  return (list) => fits(list) && list.every((one, at) => at === 0 || byText(list[at - 1], one) < 0);
}

// --- selectors (8.6)

const pattern = matching("[a-z0-9][a-z0-9._-]{0,63}[*]?");
// By what a condition looks at: a step, an actor, a deviation (8.6-1).
const CONDITIONS = {
  s: { "?steps": sorted(pattern, 1), "?tags": sorted(id, 1), "?critical": bool },
  a: { "?roles": sorted(id, 1), "?kinds": sorted(word("agent", "device", "human"), 1) },
  d: { "?severity": sorted(severity, 1), "?reasons": sorted(pattern, 1) },
};
const NAMES = Object.values(CONDITIONS).flatMap((conditions) => Object.keys(conditions).map((name) => name.slice(1)));

/** The conditions on what a matter has: "s", "a", "d". */
function conditions(matter) {
  return Object.assign({}, ...[...matter].map((letter) => CONDITIONS[letter]));
}

const used = (row) => NAMES.filter((name) => row.has(name));

/** Tell whether all that a text stands for, another does: `a*` covers `ab` and `ab*` (8.6-2). */
function covers(one, other) {
  if (one === other) return true;
  return one.endsWith("*") && other.replace(/\*$/, "").startsWith(one.slice(0, -1));
}

/** Tell whether a row leaves nothing to another: each condition contains one of its own (8.1-4). */
function shadows(earlier, later) {
  return used(earlier).every((name) => {
    if (!later.has(name)) return false;
    if (name === "critical") return earlier.get(name) === later.get(name);
    return later.get(name).every((other) => earlier.get(name).some((one) => covers(one, other)));
  });
}

const isReachable = (rows) => rows.every((row, at) => !rows.slice(0, at).some((earlier) => shadows(earlier, row)));

// --- rules

const LEVEL = { level: word("fail", "provisional", "note", "off"), "?reason": line };
const kind = word(...KIND_NAMES);

/** The parameters of rules (8.2-1). */
export const PARAMETERS = {
  "attestation.late": { "max-waiting": n1, "at-once": sorted(kind) },
  "time.repeated": { "max-same": n1 },
  "entry.late-unexplained": { "max-lag": n1 },
  "evidence.undescribed": { members: sorted(word("captured", "copy", "source"), 1) },
  "evidence.late": { "max-lag": n1 },
  "deviation.late": { "max-delay": n1 },
  "seal.witnessed-late": { within: n1 },
  "signoff.not-authenticated": { "min-factors": integer(1, 3), "max-age": n1 },
};

/** Hold a level to 8.1-2 and 8.1-3. */
function fitsLevel(row, marks) {
  const level = row.get("level");
  const hopeless = level === "provisional" && !marks.includes("+");
  const hidden = marks.includes("h") && (level === "note" || level === "off");
  return !hopeless && !hidden && (level === "off") === row.has("reason");
}

/** The type of what a policy says of one rule. */
function rule(name, marks) {
  const members = { ...conditions(marks.replace(/[+h]/g, "")), ...LEVEL };
  const row = record(members, (one) => used(one).length > 0 && fitsLevel(one, marks));
  return record({ ...LEVEL, ...PARAMETERS[name], "?when": array(row, 1) }, (one) => {
    const rows = one.get("when") ?? [];
    const last = rows[rows.length - 1];
    const idle = last && last.get("level") === one.get("level") && last.get("reason") === one.get("reason");
    return fitsLevel(one, marks) && isReachable(rows) && !idle;
  });
}

const rules = record(Object.fromEntries(Object.entries(RULES).map(([name, marks]) => [name, rule(name, marks)])));

// --- approvals and rulings

const count = integer(1, 64);
const EXCLUDED = ["author", "checker", "performer", "recorder", "sealer"];
const approval = record({
  id,
  role: id,
  count,
  "?meaning": id,
  "independent-of": sorted(word(...EXCLUDED)),
  after: sorted(id),
  "?when-deviation": record({ ...conditions("sad"), count: n1 }),
  "?when-work": record(conditions("sa")),
  "?covers": record(conditions("sad")),
  "?deadline": n1,
  "last-word": bool,
  blind: bool,
  redacted: bool,
  serves: sorted(line),
});

/** Each stands behind its `after`, and of those that could stand next the smallest id does (8.1-5, 8.2-1). */
function isInOrder(needs) {
  const waiting = new Map(needs.map((need) => [need.get("id"), need.get("after")]));
  if (waiting.size !== needs.length) return false;
  if (![...waiting].every(([name, after]) => after.every((one) => one !== name && waiting.has(one)))) return false;
  for (const need of needs) {
    const ready = [...waiting].filter(([, after]) => !after.some((one) => waiting.has(one))).map(([name]) => name);
    if (ready.sort(byText)[0] !== need.get("id")) return false;
    waiting.delete(need.get("id"));
  }
  return true;
}

/** If some needs always exist, one of them has no `covers` (8.1-7). */
function coversAll(needs) {
  const always = needs.filter((need) => !need.has("when-deviation") && !need.has("when-work"));
  return always.length === 0 || always.some((need) => !need.has("covers"));
}

const approvals = (list) => array(approval)(list) && isInOrder(list) && coversAll(list);

const ruling = record({ ...conditions("sad"), ruling: rulingWord });

/** The last ruling, and only the last, has no condition (8.1-4). */
const isLastOpen = (list) => list.every((row, at) => (used(row).length === 0) === (at === list.length - 1));
const rulings = (list) => array(ruling, 1)(list) && isReachable(list) && isLastOpen(list);

const code = word(...Object.keys(CLAUSES), ...Object.keys(NOT_CLAIMED), ...Object.keys(RULES), ...OF_CLOSURE);

const policy = record({
  vocabulary: (number) => number === 1,
  id,
  version: n1,
  title: line,
  "default-level": word("fail", "provisional"),
  unevaluable: word("own", "provisional"),
  approvers: word("trust", "roster"),
  "retired-keys": word("claimed", "witnessed"),
  "contract-approval": record({ count, "?roles": sorted(id, 1) }),
  rules,
  approvals,
  rulings,
  "?sealing-roles": sorted(id, 1),
  serves: mapOf(code, sorted(line, 1)),
});

/**
 * Tell whether bytes are a policy that a contract can pin.
 * @param {Uint8Array} data
 * @returns {boolean} throws CborError
 */
export function isPinnable(data) {
  return data.length <= MAX_POLICY && policy(decode(data, MAX_CONTRACT_ITEMS));
}
