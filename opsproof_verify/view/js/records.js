// The records of SPEC 6.2 to 6.11 as tables; the contract's stand in contract.js.

import {
  array,
  bool,
  bytes,
  distinct,
  either,
  flag,
  hash,
  id,
  ids,
  instant,
  int53,
  line,
  matching,
  media,
  n,
  n1,
  nonce,
  prose,
  record,
  ref,
  someIds,
  mapOf,
  token_,
  unit,
  value,
  word,
} from "./schema.js";
import { compare } from "./bytes.js";

export const severity = word("minor", "major", "critical");
export const rulingWord = word("allow", "review", "block");
const meaning = record({ id, text: line });

/** An enrolled actor, by roster or assignment (6.1). */
export const member = record({
  id,
  person: id,
  name: line,
  kind: word("human", "agent", "device"),
  roles: someIds,
  key: hash,
  "?not-before": instant,
  "?not-after": instant,
  "?principal": id,
  "?software": line,
  "?config": hash,
  "?qualifications": array(record({ id, "?number": line, "?not-before": instant, "?not-after": instant }), 1),
});

// --- entries (6.3)

const together = (one, other) => (entry) => entry.has(one) === entry.has(other);
const stepWithPass = together("step", "pass");
const slotInPass = (entry) => stepWithPass(entry) && (!entry.has("slot") || entry.has("step")); // 6.3-4
const oneTarget = (entry) => stepWithPass(entry) && entry.has("step") !== entry.has("deviation");

const at = { step: id, pass: n1 };
const mayAt = { "?step": id, "?pass": n1 };
const item = { digest: hash, size: n, media, "?name": line };
const text = { deviation: ref, text: prose };

// By kind: the members that it adds to the head, and what the table cannot say.
const KINDS = {
  "run-started": [
    {
      subject: mapOf(id, token_),
      approvals: array(hash),
      recorder: line,
      "?clock": line,
      "?related": array(record({ relation: word("rework", "continuation"), run: hash, seal: hash }), 1),
    },
  ],
  assigned: [{ assignment: bytes }],
  "step-started": [at],
  "value-recorded": [{ ...at, name: id, value, "?unit": unit, "?observed": instant, "?late": prose }],
  "instrument-used": [{ ...at, instrument: token_, "?as": id, "?due": instant }],
  "evidence-added": [
    {
      ...mayAt,
      "?slot": id,
      ...item,
      "?captured": instant,
      "?source": line,
      "?copy": word("original", "true-copy"),
      "?late": prose,
    },
    slotInPass,
  ],
  transferred: [{ digest: hash, to: id, reason: prose }],
  received: [{ transfer: ref }],
  voided: [{ voids: ref, why: prose }],
  checked: [{ ...at, passed: bool, "?text": prose }],
  authorised: [{ ...at, for: id, action: line, arguments: hash, expires: instant }],
  acted: [{ ...at, action: line, arguments: hash, "?authorised": ref }],
  released: [{ ...mayAt, "?deviation": ref, "?text": prose }, oneTarget],
  "step-completed": [at],
  "step-skipped": [{ ...at, "?reason": prose }],
  correction: [{ corrects: ref, old: value, new: value, why: prose }],
  "deviation-raised": [
    {
      reason: id,
      severity,
      steps: ids,
      values: distinct(ref),
      evidence: distinct(hash),
      description: prose,
      "?action": prose,
      "?occurred": instant,
    },
  ],
  "deviation-ruled": [{ deviation: ref, ruling: rulingWord, policy: hash }],
  "deviation-remediated": [{ ...text, evidence: distinct(hash) }],
  "deviation-closed": [text],
  note: [{ ...mayAt, text: prose }, stepWithPass],
  gap: [{ "?reason": prose, "?since": instant, "?cut": record({ digest: hash, size: n }) }],
  "clock-changed": [{ clock: line, "?by": int53, "?text": prose }],
  attestation: [{ attestation: bytes }],
  witnessed: [{ witness: bytes }],
  "run-ended": [{ outcome: word("completed", "aborted"), "?reason": prose }],
};

/** The kinds of entry. */
export const KIND_NAMES = Object.keys(KINDS);

const isZero = (number) => number === 0;
const HEAD = { prev: hash, time: instant, nonce, actor: id };
const ENTRIES = new Map(
  Object.entries(KINDS).map(([kind, [members, rule]]) => {
    const start = kind === "run-started" ? { seq: isZero } : { run: hash, seq: n1 }; // 6.3-1
    return [kind, record({ ...start, ...HEAD, kind: word(kind), ...members }, rule)];
  }),
);

/** An entry of any kind. */
export const entry = (map) => map instanceof Map && (ENTRIES.get(map.get("kind"))?.(map) ?? false);

/** What stands for a withheld entry. */
export const withheld = record({ leaf: hash, actor: id });

// --- signed records

export const approval = record({ contract: hash, person: id, name: line, role: id, meaning, time: instant });
export const assignment = record({ contract: hash, run: hash, member, by: id, time: instant });
export const attestation = record({ run: hash, actor: id, seq: n, head: hash, count: n1, digest: hash });
export const seal = record({
  run: hash,
  contract: hash,
  count: n1,
  head: hash,
  root: hash,
  "evidence-count": n,
  "evidence-bytes": n,
  attests: record({ count: n, digest: hash }),
  actor: id,
  time: instant,
});
export const witness = record(
  { run: hash, witness: id, target: word("entry", "seal", "signoff"), hash, "?seq": n, time: instant },
  (map) => map.has("seq") === (map.get("target") === "entry"), // 6.10-1
);
const contractPattern = either(matching("[a-z0-9][a-z0-9._-]{0,63}(\\.\\*)?"), word("*")); // 6.11-1
export const delegation = record({
  from: id,
  to: id,
  role: id,
  contracts: distinct(contractPattern, 1),
  reason: line,
  "not-before": instant,
  "not-after": instant,
});

// --- sign-offs (6.9)

const ascends = (type, order, least = 0) => {
  const fits = array(type, least);
  return (list) => fits(list) && list.every((one, index) => index === 0 || order(list[index - 1], one) < 0);
};
const VIEWED = ["policy", "report", "withheld", "absent"];
// By decision: of the members that belong to some decisions alone, those it may carry; and all that it must (6.9-1).
const DECISIONS = {
  approve: [["covers", "delegation"], []],
  reject: [[], []],
  acknowledge: [[], []],
  withdraw: [["withdraws"], ["withdraws"]],
  remediate: [["deviation", "evidence"], ["deviation"]],
  supply: [["evidence"], ["evidence"]],
  attest: [["attests"], ["attests"]],
  redact: [["withholds"], ["withholds", "text"]],
};
const OF_SOME = ["covers", "delegation", "withdraws", "deviation", "evidence", "attests", "withholds"];

function fitsDecision(map) {
  const [allowed, required] = DECISIONS[map.get("decision")];
  const viewed = map.has("blind") ? VIEWED.every((name) => !map.has(name)) : VIEWED.every((name) => map.has(name));
  const own = OF_SOME.every((name) => allowed.includes(name) || !map.has(name));
  return viewed && own && required.every((name) => map.has(name));
}

const factor = word("inherence", "knowledge", "possession");
export const signoff = record(
  {
    seal: hash,
    run: hash,
    person: id,
    name: line,
    role: id,
    decision: word(...Object.keys(DECISIONS)),
    meaning,
    time: instant,
    seen: ascends(hash, compare),
    "?policy": hash,
    "?report": hash,
    "?withheld": n,
    "?absent": n,
    "?blind": flag,
    "?authentication": record({ factors: distinct(factor, 1), time: instant }),
    "?covers": ascends(n, (one, other) => one - other, 1),
    "?delegation": bytes,
    "?withdraws": hash,
    "?deviation": ref,
    "?evidence": array(record({ ...item, ...mayAt, "?slot": id }, slotInPass), 1),
    "?attests": record({ actor: id, count: n1, digest: hash }),
    "?withholds": distinct(hash, 1),
    "?text": prose,
  },
  fitsDecision,
);
