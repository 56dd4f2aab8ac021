// Limits (SPEC 3.4), types of frame (3.2-2), and what this verifier claims: the codes of SPEC 10 that it gives, each
// with its clause, and of phases 1 to 6 those that it does not give, each with the reason.

export const MAX_INTEGER = 2 ** 53 - 1;
export const MAX_DEPTH = 16;
export const MAX_CONTRACT_ITEMS = 200_000;
export const MAX_POLICY = 65_536;
export const MAX_ROSTER = 1_000;
export const MAX_ASSIGNMENTS = 1_000;
export const MAX_STEPS = 2_000;
export const MAX_APPROVALS = 64;
export const MAX_SIGNOFFS = 1_024;
export const MAX_DEVIATIONS = 10_000;
export const MAX_REFUSED = 100;
export const MAX_HEAD_DISTANCE = 1_024;
export const MAX_BODIES = 2_048;
export const MAX_LISTED = 100; // findings of one code (9.2-4)

/** The types of frame. */
export const FRAME = Object.freeze({
  CONTRACT: 1,
  ENTRY: 2,
  WITHHELD: 3,
  EVIDENCE: 4,
  ABSENT: 5,
  SEAL: 6,
  SIGNOFF: 7,
  WITNESS: 8,
  APPROVAL: 9,
});

const MAX_RECORD = 65_536;

/** The largest body of each type. */
export const BODY_LIMITS = Object.freeze({
  [FRAME.CONTRACT]: 4_194_304,
  [FRAME.ENTRY]: MAX_RECORD,
  [FRAME.WITHHELD]: 256,
  [FRAME.EVIDENCE]: MAX_INTEGER,
  [FRAME.ABSENT]: 32,
  [FRAME.SEAL]: MAX_RECORD,
  [FRAME.SIGNOFF]: MAX_RECORD,
  [FRAME.WITNESS]: MAX_RECORD,
  [FRAME.APPROVAL]: MAX_RECORD,
});

// The clause of each code: those of phase p stand in section 9.(p + 3).
const FROM_BYTES = {
  "label.missing": "9.4-1",
  "label.unsupported": "9.4-2",
  "frame.malformed": "9.4-3",
  "frame.truncated": "9.4-4",
  "frame.unknown-type": "9.4-5",
  "frame.too-large": "9.4-6",
  "frame.out-of-order": "9.4-7",
  "limit.exceeded": "9.4-8",
  "evidence.unlisted": "9.4-9",
  "evidence.frame-missing": "9.4-10",
  "seal.missing": "9.4-11",
  "cbor.malformed": "9.5-1",
  "cbor.not-canonical": "9.5-2",
  "cose.malformed": "9.5-3",
  "cose.wrong-algorithm": "9.5-4",
  "cose.wrong-type": "9.5-5",
  "record.malformed": "9.5-6",
  "entry.misplaced": "9.5-7",
  "reference.broken": "9.5-8",
  "chain.wrong-run": "9.7-1",
  "chain.wrong-seq": "9.7-2",
  "chain.broken-link": "9.7-3",
  "contract.approvals-mismatch": "9.7-4",
  "seal.wrong-run": "9.7-5",
  "seal.wrong-contract": "9.7-6",
  "seal.wrong-count": "9.7-7",
  "seal.wrong-head": "9.7-8",
  "seal.wrong-root": "9.7-9",
  "seal.wrong-evidence": "9.7-10",
  "evidence.wrong-digest": "9.9-1",
  "evidence.wrong-size": "9.9-2",
};
const FROM_KEYS = {
  "trust.issuer-unknown": "9.6-1",
  "contract.signature-invalid": "9.6-2",
  "contract.inconsistent": "9.6-3",
  "policy.pinned-malformed": "9.6-4",
  "trust.issuer-mismatch": "9.6-5",
  "identity.shared-key": "9.6-10",
  "key.inadmissible": "9.6-11",
  "actor.unknown": "9.8-1",
  "signature.wrong-key": "9.8-2",
  "signature.invalid": "9.8-3",
  "attestation.mismatch": "9.8-4",
  "signer.unknown": "9.8-7",
  "signer.mismatch": "9.8-8",
  "witness.unknown": "9.8-9",
  "witness.not-independent": "9.8-10",
  "witness.mismatch": "9.8-11",
};

const BY_MEANING = "reference.broken"; // needs the meaning of entries

/** What is claimed when the keys of a trust store are given: the clause of each code. */
export const CLAUSES = Object.freeze({ ...FROM_BYTES, ...FROM_KEYS });

/** @type {readonly string[]} what is claimed with keys */
export const CLAIMED = Object.freeze(Object.keys(CLAUSES));

/**
 * What is claimed without keys: what is found where no issuer is known. The contract is not read, nobody is enrolled,
 * and what hangs on the meaning of entries is not judged (9.3-3).
 * @type {readonly string[]}
 */
export const CLAIMED_WITHOUT_KEYS = Object.freeze(CLAIMED.filter((code) => code in FROM_BYTES && code !== BY_MEANING));

const VALIDITY = "when keys are valid hangs on windows, revocations and what witnesses cover (SPEC 7-4)";
const SCOPE = "what an issuer may sign stands in the trust store, of which only keys are given";
const POLICY = "a verifying policy is not given";

/** Codes of phases 1 to 6 that are not claimed, and why. */
export const NOT_CLAIMED = Object.freeze({
  "trust.issuer-not-for-contract": SCOPE,
  "trust.issuer-not-valid": VALIDITY,
  "contract.withdrawn": SCOPE,
  "contract.version-too-low": SCOPE,
  "expect.mismatch": "expectations are the caller's, and not given",
  "policy.not-accepted": POLICY,
  "policy.never-final": POLICY,
  "assignment.unauthorised": VALIDITY,
  "seal.unauthorised": `${VALIDITY}; and ${POLICY}`,
});
