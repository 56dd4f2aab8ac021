"""The sentences of a report that are about no finding code: what is owed, phases, limits of the verdict."""

from __future__ import annotations

#: The closing set (SPEC 9.12-2); facts fill the places as in the sentences about findings.
OWED = {
    "accept": "Whoever keeps the trust file reads and accepts[ the policy {policy}][ the key {kid}].",
    "disclose": "The full copy is obtained, with[ the withheld entry {seq}][ evidence {digest}].",
    "attest": "Actor {actor} signs their own entries late, with a sign-off `attest`.",
    "supply": "Evidence is supplied for {slot} of step {step}[, pass {pass}]: {missing|item|items}.",
    "remediate": "The deviation {seq} is remediated, with evidence, by a sign-off `remediate`.",
    "witness": "A witness of the trust file signs the seal[, by {by}].",
    "withdraw": "{person} withdraws the sign-off {signoff}.",
    "approve": 'Approval "{id}": {count|further person|further people} in the role {role}'
    "[, with the meaning {meaning}][, by {by}][; one of them covers {covers}].",
    "time": "A verification time is given with --at.",
}

#: What `why` and `what` of a finding say, where the bare word would not do.
PHRASES = {
    "aborted": "the run was aborted",
    "additional-information": "a length in no known form",
    "after": "a step that must come first has not ended",
    "after-run-ended": "after the end of the run",
    "after-seal": "after the seal",
    "again": "it starts or ends a second time",
    "agent.undescribed config": "the digest of its configuration",
    "agent.undescribed principal": "the person accountable for it",
    "agent.undescribed software": "the name and version of its software",
    "array": "no list",
    "array-of-two": "no array of two",
    "attestation.late at-once": "an entry that is to be signed at once was followed by another",
    "before-start": "before the start",
    "boolean": "neither true nor false",
    "break": "an end of nothing",
    "bytes": "no bytes of the right length",
    "check-failed": "a check did not pass",
    "check-not-critical": "a check on a step that is not critical",
    "choices": "choices belong to a choice",
    "custody.broken not-the-holder": "who handed it over did not hold it",
    "custody.broken to-nobody": "it was handed to nobody of this run",
    "cycle": "steps wait for one another",
    "decimal": "no decimal number",
    "digest": "no digest",
    "digest-size": "no digest of 32 bytes",
    "duplicate": "something stands there twice",
    "duplicate-actor": "an actor stands there twice",
    "duplicate-id": "an identifier stands there twice",
    "duplicate-key": "a key stands there twice",
    "evidence.undescribed captured": "when it was captured",
    "evidence.undescribed copy": "whether it is the original or a true copy",
    "evidence.undescribed source": "what it was captured with",
    "flag": "anything but true, where false is left out",
    "float": "a floating-point number",
    "hash": "no hash of 32 bytes",
    "id": "no identifier",
    "indefinite": "a length that is not given at the beginning",
    "instrument.out-of-calibration not-stated": "no date is stated until which its calibration holds",
    "instrument.out-of-calibration overdue": "its calibration had run out by the date that is stated",
    "integer": "no whole number in the allowed range",
    "key": "no key",
    "key-not-valid": "the key was not valid then",
    "key-order": "keys in another order",
    "kind": "no kind of entry",
    "leave-by-wrong-role": "who gave the leave may not give it",
    "leave-elsewhere": "the leave is for another step or pass",
    "leave-expired": "the leave had expired",
    "leave-for-another": "the leave is for another actor",
    "leave-other-action": "the leave is for another action",
    "leave-other-arguments": "the leave is for other arguments",
    "leave-used": "the leave was used before",
    "length": "too few or too many",
    "limits": "limits belong to numbers",
    "line": "no line of text",
    "major-type": "another type",
    "map": "no table",
    "map-key": "a key that is no text, or stands there twice",
    "media": "no such media type",
    "missing": "it is missing",
    "mixed-order": "a key of mixed order",
    "no-leave": "no leave is named",
    "no-run-ended": "the run has no end",
    "not-acted": "no action is recorded in the pass",
    "not-canonical": "it is not in its one canonical form",
    "not-for-decision": "it does not belong to this decision",
    "not-for-target": "it does not belong to this target",
    "not-on-curve": "no point of the curve",
    "not-open": "outside of its start and end",
    "not-shortest": "not in the shortest form",
    "order": "not in ascending order",
    "out-of-limits": "a value is out of its limits",
    "overtime": "it took longer than allowed",
    "params": "not the parameters that the contract declares",
    "pass-before": "the pass before has not ended",
    "pattern": "no pattern of contract names",
    "prose": "no text of the allowed length and characters",
    "ref": "no reference to an entry",
    "reserved": "a head that has no meaning",
    "rule.not-evaluated time": "no verification time was given",
    "rule.not-evaluated withheld": "entries are withheld",
    "run-ended": "the end of the run stands elsewhere",
    "run-started": "the start of the run is first, and only there",
    "seal-before-run-ended": "the seal comes before the end of the run",
    "shape": "another form",
    "signoff.delegation-invalid contract": "it is not for this contract",
    "signoff.delegation-invalid giver": "who signed it is not the approver that it names, or does not hold the role",
    "signoff.delegation-invalid key": "the key that signed it was not valid then",
    "signoff.delegation-invalid role": "it is for another role",
    "signoff.delegation-invalid time": "it was not in force at the time of the approval",
    "signoff.delegation-invalid to": "it is for somebody else, or for no human",
    "signoff.not-authenticated age": "it is not shortly before the signature",
    "signoff.not-authenticated factors": "too few kinds of factors are claimed",
    "simple": "a simple value that the format does not know",
    "skipped": "a step that is not optional was skipped",
    "slot": "the step has no such slot",
    "slot-without-step": "a slot without a step",
    "small-order": "a key of small order",
    "step-and-pass": "a step without its pass, or a pass without its step",
    "step-or-deviation": "not either a step with its pass or a deviation",
    "tag": "a tag",
    "text": "text that is not UTF-8",
    "time": "no time",
    "too-deep": "nested too deep",
    "too-large": "too large",
    "too-many": "there are too many",
    "too-many-items": "too many items",
    "trailing": "more follows",
    "truncated": "it ends too early",
    "unknown-member": "a member that does not belong there",
    "unknown-step": "no such step",
    "unknown-tag": "no such tag",
    "value": "no value",
    "window": "the end comes before the beginning",
    "word": "no word that is allowed there",
}

WEIGHTS = {
    "fail": "These make it FAIL:",
    "provisional": "These keep it from FINAL:",
    "note": "Noted, without weight:",
}

PHASES = {
    1: "the file",
    2: "decoding",
    3: "contract and trust",
    4: "chain and seal",
    5: "signatures",
    6: "evidence",
    7: "rules",
    8: "sign-offs and closure",
}

#: What no verdict proves, by the stable words of SPEC 12.
NOT_PROVEN = {
    "truth-of-capture": "that what was recorded is true. A value may have been misread, a photograph may "
    "show something else.",
    "no-fork": "that there is no second run with another outcome. Compare with copies that others hold.",
    "last-signoff": "that no later sign-off was cut from the end, perhaps a rejection. Ask the signers.",
    "claimed-times": "that times are right which no witness signed. Their writers claim them, nobody else.",
    "keys-held-by-persons": "that each key was used by its person alone.",
}

DECISIONS = {
    "approve": "approved",
    "reject": "rejected",
    "acknowledge": "took note",
    "withdraw": "withdrew a sign-off",
    "remediate": "remediated a deviation",
    "supply": "supplied evidence",
    "attest": "attested entries late",
    "redact": "signed for what is withheld",
}

#: Kinds of factors (SPEC 6.9-9), as everyday words beside the standard's.
FACTORS = {
    "inherence": "inherence (a trait)",
    "knowledge": "knowledge (a secret)",
    "possession": "possession (a thing)",
}

COPIES = {"original": "the original", "true-copy": "a true copy"}

CHOSEN_BY = {"caller": "chosen by the caller", "issuer": "chosen by the contract's issuer"}

RULINGS = {"block": "blocked", "review": "under review", "allow": "allowed"}

NO_TIME = "none given: nothing was judged against a clock"
