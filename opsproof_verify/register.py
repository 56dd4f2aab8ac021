"""The register of finding codes (SPEC 10) and of the rules of vocabulary 1 (SPEC 8, 9.10, 9.11).

One row a code, nothing else. A code never changes its meaning; a new meaning is a new code. A row says at what
severity the code is found (``None``: it is a rule and the policy sets the level), which clause it enforces, what it
speaks of, how it can be mended after the seal, and what no longer runs once it was found.
"""

from __future__ import annotations

import enum

from opsproof_verify.slotted import slotted


class Severity(enum.StrEnum):
    """How much a finding weighs (SPEC 9.2-2), least first."""

    NOTE = "note"
    PROVISIONAL = "provisional"
    FAIL = "fail"


class Speaks(enum.StrEnum):
    """What a code speaks of: six different things that a report never mixes up."""

    ALTERED = "altered"  # bytes are not those that were hashed or signed
    MALFORMED = "malformed"  # not what any recorder writes
    UNREADABLE = "unreadable"  # not of this format or version
    UNTRUSTED = "untrusted"  # a key, person or contract that the trust store does not vouch for
    INCOMPLETE = "incomplete"  # something is not there
    UNMET = "unmet"  # a rule of the contract or policy does not hold


class Remedy(enum.StrEnum):
    """What can mend a finding after the seal (SPEC 9.12-2)."""

    NONE = "none"
    ACCEPT = "accept"
    DISCLOSE = "disclose"
    ATTEST = "attest"
    SUPPLY = "supply"
    REMEDIATE = "remediate"
    WITNESS = "witness"
    WITHDRAW = "withdraw"
    APPROVE = "approve"


class Stops(enum.IntEnum):
    """What does not run once a code was found (SPEC 9.3)."""

    NOTHING = 0
    CLOSURE = 1  # phase 8
    RULES = 2  # phases 7 and 8
    ALL = 3  # phases 5, 7 and 8: the contract cannot be used


@slotted(frozen=True)
class Code:
    """One row of the register; ``severity`` is ``None`` for a rule."""

    name: str
    clause: str
    severity: Severity | None
    speaks: Speaks
    remedy: Remedy
    stops: Stops
    entries: bool = False  # a rule that a withheld entry keeps from being evaluated, marks (w) and (m)
    missing: bool = False  # of these, one whose violation a withheld entry could undo, mark (m)
    time: bool = False  # a rule that a missing verification time keeps from being evaluated, mark (t)
    hides: bool = False  # a rule that no policy sets below provisional, mark (h)
    selects: str = ""  # of s, a, d: what selectors may look at, a step, an actor, a deviation (SPEC 8.6-1)

    @property
    def phase(self) -> int:
        """Phase 1 to 8; phase n is section 9.(n + 3) of SPEC."""
        return int(self.clause.split("-")[0].split(".")[1]) - 3

    @property
    def order(self) -> tuple[int, int]:
        """Phase and clause number: the first keys of the order of findings (SPEC 9.2-3)."""
        return self.phase, int(self.clause.split("-")[1])


_FIXED: tuple[tuple[str, str, str, str, str, str], ...] = (
    # code, clause, severity, speaks of, remedy, stops
    ("label.missing", "9.4-1", "fail", "unreadable", "none", "RULES"),
    ("label.unsupported", "9.4-2", "fail", "unreadable", "none", "RULES"),
    ("frame.malformed", "9.4-3", "fail", "malformed", "none", "RULES"),
    ("frame.truncated", "9.4-4", "fail", "incomplete", "none", "RULES"),
    ("frame.unknown-type", "9.4-5", "fail", "unreadable", "none", "RULES"),
    ("frame.too-large", "9.4-6", "fail", "malformed", "none", "RULES"),
    ("frame.out-of-order", "9.4-7", "fail", "malformed", "none", "RULES"),
    ("limit.exceeded", "9.4-8", "fail", "malformed", "none", "RULES"),
    ("evidence.unlisted", "9.4-9", "fail", "malformed", "none", "RULES"),
    ("evidence.frame-missing", "9.4-10", "fail", "incomplete", "none", "RULES"),
    ("seal.missing", "9.4-11", "fail", "incomplete", "none", "CLOSURE"),
    ("cbor.malformed", "9.5-1", "fail", "malformed", "none", "RULES"),
    ("cbor.not-canonical", "9.5-2", "fail", "malformed", "none", "RULES"),
    ("cose.malformed", "9.5-3", "fail", "malformed", "none", "RULES"),
    ("cose.wrong-algorithm", "9.5-4", "fail", "unreadable", "none", "RULES"),
    ("cose.wrong-type", "9.5-5", "fail", "malformed", "none", "RULES"),
    ("record.malformed", "9.5-6", "fail", "malformed", "none", "RULES"),
    ("entry.misplaced", "9.5-7", "fail", "malformed", "none", "RULES"),
    ("reference.broken", "9.5-8", "fail", "malformed", "none", "RULES"),
    ("trust.issuer-unknown", "9.6-1", "fail", "untrusted", "none", "ALL"),
    ("contract.signature-invalid", "9.6-2", "fail", "altered", "none", "ALL"),
    ("contract.inconsistent", "9.6-3", "fail", "malformed", "none", "ALL"),
    ("policy.pinned-malformed", "9.6-4", "fail", "malformed", "none", "ALL"),
    ("trust.issuer-mismatch", "9.6-5", "fail", "untrusted", "none", "NOTHING"),
    ("trust.issuer-not-for-contract", "9.6-6", "fail", "untrusted", "none", "NOTHING"),
    ("trust.issuer-not-valid", "9.6-7", "fail", "untrusted", "none", "NOTHING"),
    ("contract.withdrawn", "9.6-8", "fail", "untrusted", "none", "NOTHING"),
    ("contract.version-too-low", "9.6-9", "fail", "untrusted", "none", "NOTHING"),
    ("identity.shared-key", "9.6-10", "fail", "untrusted", "none", "NOTHING"),
    ("key.inadmissible", "9.6-11", "fail", "untrusted", "none", "RULES"),
    ("expect.mismatch", "9.6-12", "fail", "unmet", "none", "NOTHING"),
    ("policy.not-accepted", "9.6-13", "provisional", "untrusted", "accept", "NOTHING"),
    ("policy.never-final", "9.6-14", "provisional", "unmet", "none", "NOTHING"),
    ("chain.wrong-run", "9.7-1", "fail", "altered", "none", "RULES"),
    ("chain.wrong-seq", "9.7-2", "fail", "altered", "none", "RULES"),
    ("chain.broken-link", "9.7-3", "fail", "altered", "none", "RULES"),
    ("contract.approvals-mismatch", "9.7-4", "fail", "altered", "none", "RULES"),
    ("seal.wrong-run", "9.7-5", "fail", "altered", "none", "RULES"),
    ("seal.wrong-contract", "9.7-6", "fail", "altered", "none", "RULES"),
    ("seal.wrong-count", "9.7-7", "fail", "altered", "none", "RULES"),
    ("seal.wrong-head", "9.7-8", "fail", "altered", "none", "RULES"),
    ("seal.wrong-root", "9.7-9", "fail", "altered", "none", "RULES"),
    ("seal.wrong-evidence", "9.7-10", "fail", "altered", "none", "RULES"),
    ("actor.unknown", "9.8-1", "fail", "untrusted", "none", "RULES"),
    ("signature.wrong-key", "9.8-2", "fail", "untrusted", "none", "RULES"),
    ("signature.invalid", "9.8-3", "fail", "altered", "none", "RULES"),
    ("attestation.mismatch", "9.8-4", "fail", "altered", "none", "RULES"),
    ("assignment.unauthorised", "9.8-5", "fail", "untrusted", "none", "RULES"),
    ("seal.unauthorised", "9.8-6", "fail", "untrusted", "none", "NOTHING"),
    ("signer.unknown", "9.8-7", "provisional", "untrusted", "accept", "NOTHING"),
    ("signer.mismatch", "9.8-8", "fail", "untrusted", "none", "RULES"),
    ("witness.unknown", "9.8-9", "note", "untrusted", "none", "NOTHING"),
    ("witness.not-independent", "9.8-10", "fail", "untrusted", "none", "NOTHING"),
    ("witness.mismatch", "9.8-11", "fail", "altered", "none", "RULES"),
    ("evidence.wrong-digest", "9.9-1", "fail", "altered", "none", "NOTHING"),
    ("evidence.wrong-size", "9.9-2", "fail", "altered", "none", "NOTHING"),
    ("signoff.duplicate", "9.11-1", "fail", "malformed", "none", "NOTHING"),
    ("signoff.wrong-seal", "9.11-2", "fail", "altered", "none", "NOTHING"),
    ("signoff.seen-missing", "9.11-3", "fail", "incomplete", "none", "NOTHING"),
    ("signoff.invalid-withdrawal", "9.11-4", "fail", "malformed", "none", "NOTHING"),
    ("approval.rejected", "9.11-5", "fail", "unmet", "withdraw", "NOTHING"),
    ("attestation.owed", "9.11-6", "provisional", "incomplete", "attest", "NOTHING"),
    ("entry.withheld", "9.11-7", "provisional", "incomplete", "disclose", "NOTHING"),
)

_RULES: tuple[tuple[str, str, str, str, str], ...] = (
    # rule, clause, speaks of, remedy, marks
    ("contract.unapproved", "9.10-1", "unmet", "none", ""),
    ("contract.not-in-force", "9.10-2", "unmet", "none", ""),
    ("step.unknown", "9.10-3", "unmet", "none", "wsa"),
    ("step.unfinished", "9.10-4", "unmet", "none", "ms"),
    ("step.out-of-order", "9.10-5", "unmet", "none", "msa"),
    ("step.not-released", "9.10-6", "unmet", "none", "ms"),
    ("step.skip-unexplained", "9.10-7", "unmet", "approve", "wsa"),
    ("value.missing", "9.10-8", "incomplete", "none", "ms"),
    ("value.invalid", "9.10-9", "unmet", "none", "wsa"),
    ("value.overwritten", "9.10-10", "unmet", "none", "msa"),
    ("correction.mismatch", "9.10-11", "unmet", "none", "msa"),
    ("time.not-monotonic", "9.10-12", "unmet", "none", "wsa"),
    ("time.outside-run", "9.10-13", "unmet", "none", "wsa"),
    ("time.after-verification", "9.10-14", "unmet", "none", "wtsa"),
    ("gap.unexplained", "9.10-15", "unmet", "approve", "wa"),
    ("actor.wrong-role", "9.10-16", "unmet", "none", "wsa"),
    ("actor.not-valid", "9.10-17", "untrusted", "none", "wsa"),
    ("agent.approval", "9.10-18", "unmet", "none", "wsa"),
    ("check.missing", "9.10-19", "unmet", "none", "ms"),
    ("check.not-independent", "9.10-20", "unmet", "none", "ms"),
    ("evidence.absent", "9.10-21", "incomplete", "disclose", "h"),
    ("evidence.missing", "9.10-22", "incomplete", "supply", "ms"),
    ("evidence.unfit", "9.10-23", "unmet", "none", "msa"),
    ("deviation.missing", "9.10-24", "unmet", "none", "msa"),
    ("deviation.unknown-reason", "9.10-25", "unmet", "none", "wsad"),
    ("deviation.understated", "9.10-26", "unmet", "none", "wsad"),
    ("deviation.unruled", "9.10-27", "unmet", "none", "msad"),
    ("deviation.wrong-ruling", "9.10-28", "unmet", "none", "msad"),
    ("deviation.continued", "9.10-29", "unmet", "none", "msa"),
    ("attestation.late", "9.10-30", "unmet", "none", "msa"),
    ("trust.stale", "9.10-31", "untrusted", "none", "t"),
    ("action.unauthorised", "9.10-32", "unmet", "none", "msa"),
    ("contract.no-retention", "9.10-33", "incomplete", "none", ""),
    ("time.repeated", "9.10-34", "unmet", "none", "msa"),
    ("time.clock-unstated", "9.10-35", "incomplete", "none", ""),
    ("time.clock-changed-silently", "9.10-36", "unmet", "none", "msa"),
    ("entry.late-unexplained", "9.10-37", "unmet", "approve", "wsa"),
    ("void.unauthorised", "9.10-38", "unmet", "none", "wsa"),
    ("actor.unqualified", "9.10-39", "unmet", "approve", "wsa"),
    ("check.late", "9.10-40", "unmet", "none", "msa"),
    ("check.outdated", "9.10-41", "unmet", "approve", "msa"),
    ("instrument.missing", "9.10-42", "incomplete", "approve", "msa"),
    ("instrument.out-of-calibration", "9.10-43", "unmet", "approve", "wsa"),
    ("evidence.undescribed", "9.10-44", "incomplete", "approve", "wsa"),
    ("evidence.reused", "9.10-45", "unmet", "approve", "wsa"),
    ("evidence.late", "9.10-46", "unmet", "approve", "wsa"),
    ("custody.broken", "9.10-47", "unmet", "approve", "ma"),
    ("custody.not-received", "9.10-48", "incomplete", "approve", "ma"),
    ("deviation.late", "9.10-49", "unmet", "approve", "wsad"),
    ("deviation.premature", "9.10-50", "unmet", "approve", "msa"),
    ("agent.undescribed", "9.10-51", "incomplete", "none", "wa"),
    ("action.by-principal", "9.10-52", "unmet", "none", "wsa"),
    ("attestation.missing", "9.11-8", "incomplete", "attest", "a"),
    ("signoff.before-seal", "9.11-9", "unmet", "withdraw", ""),
    ("signoff.key-not-valid", "9.11-10", "untrusted", "withdraw", ""),
    ("approval.self", "9.11-11", "unmet", "withdraw", "w"),
    ("approval.missing", "9.11-12", "incomplete", "approve", "wh"),
    ("deviation.not-remediated", "9.11-13", "incomplete", "remediate", "msad"),
    ("deviation.not-closed", "9.11-14", "incomplete", "approve", "msad"),
    ("seal.key-not-trusted", "9.11-16", "untrusted", "accept", ""),
    ("seal.not-witnessed", "9.11-17", "incomplete", "witness", ""),
    ("seal.witnessed-late", "9.11-18", "unmet", "none", ""),
    ("redaction.unexplained", "9.11-19", "incomplete", "disclose", ""),
    ("signoff.not-authenticated", "9.11-20", "incomplete", "withdraw", ""),
    ("signoff.delegation-invalid", "9.11-21", "untrusted", "withdraw", ""),
    ("signoff.other-policy", "9.11-22", "unmet", "withdraw", ""),
    ("approval.late", "9.11-23", "unmet", "none", "w"),
)

#: The one code that is found at the level of another: a rule that could not be evaluated (SPEC 8.3-2).
NOT_EVALUATED = Code("rule.not-evaluated", "9.11-15", None, Speaks.INCOMPLETE, Remedy.DISCLOSE, Stops.NOTHING)

RULES: dict[str, Code] = {
    name: Code(
        name,
        clause,
        None,
        Speaks(speaks),
        Remedy(remedy),
        Stops.NOTHING,
        entries=not {"w", "m"}.isdisjoint(marks),
        missing="m" in marks,
        time="t" in marks,
        hides="h" in marks,
        selects="".join(mark for mark in "sad" if mark in marks),
    )
    for name, clause, speaks, remedy, marks in _RULES
}

CODES: dict[str, Code] = {
    **{
        name: Code(name, clause, Severity(severity), Speaks(speaks), Remedy(remedy), Stops[stops])
        for name, clause, severity, speaks, remedy, stops in _FIXED
    },
    **RULES,
    NOT_EVALUATED.name: NOT_EVALUATED,
}
