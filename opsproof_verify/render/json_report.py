"""The report as JSON (SPEC 11-1).

The schema is `report-1.schema.json` beside this file. What is not known is ``null``; `contract` and `policy`
are left out as SPEC 11 says. The SHA-256 of these bytes is the `report` that a sign-off names (SPEC 6.9-4).
"""

from __future__ import annotations

from opsproof_verify import __version__
from opsproof_verify.findings import Counts, Fact, Finding, Time
from opsproof_verify.render.json_form import Json, encode
from opsproof_verify.render.messages import sentence
from opsproof_verify.render.times import rfc3339
from opsproof_verify.report import (
    NOT_PROVEN,
    BundleFacts,
    CheckOutcome,
    DeviationFacts,
    Outcome,
    PolicyFacts,
    Report,
    RuleOutcome,
    SignOffFacts,
    WitnessFacts,
)

FORMAT = "opsproof-report/1"


def render_json(report: Report) -> bytes:
    """Give the report in its one JSON form."""
    return encode(as_json(report))


def as_json(report: Report) -> dict[str, Json]:
    """Give the report as the object of SPEC 11."""
    document: dict[str, Json] = {
        "format": FORMAT,
        "verdict": str(report.verdict),
        "verifier": {"name": "opsproof-verify", "version": __version__, "spec": 1, "vocabulary": 1},
        "bundle": _bundle(report.bundle),
        "trust": {"id": report.trust.id, "serial": report.trust.serial, "digest": report.trust.digest},
        "at": None if report.at is None else rfc3339(report.at),
        "expect": dict(report.expect),
        "findings": [_finding(found) for found in report.findings],
        "counts": as_counts(report.counts),
        "not-run": [{"phase": phase, "codes": list(codes)} for phase, codes in report.not_run],
        "rules": [_rule(rule) for rule in report.rules],
        "checks": [_check(check) for check in report.checks],
        "owed": [{"need": owed.need, "facts": _facts(owed.facts)} for owed in report.owed],
        "deviations": [_deviation(deviation) for deviation in report.deviations],
        "signoffs": [_signoff(signoff) for signoff in report.signoffs],
        "witnessed": [_witnessed(witness) for witness in report.witnessed],
        "not-proven": list(NOT_PROVEN),
    }
    if report.contract is not None:
        contract = report.contract
        document["contract"] = {
            "id": contract.id,
            "version": contract.version,
            "title": contract.title,
            "hash": contract.hash,
            "issuer": contract.issuer,
            "organisation": contract.organisation,
        }
    if report.policy is not None:
        document["policy"] = _policy(report.policy, report.rules)
    return document


def as_counts(counts: Counts) -> dict[str, Json]:
    """Give how often each code was found at each severity, where not all are listed (SPEC 9.2-4)."""
    rows: dict[str, dict[str, Json]] = {}
    for code, severity, count in counts:
        rows.setdefault(code, {})[severity] = count
    return {**rows}


def _bundle(bundle: BundleFacts) -> Json:
    return {
        "run": bundle.run,
        "seal": bundle.seal,
        "appended": bundle.appended,
        "entries": bundle.entries,
        "evidence": {"count": bundle.evidence_count, "bytes": bundle.evidence_bytes},
        "withheld": [[first, last] for first, last in bundle.withheld],
        "absent": list(bundle.absent),
        "subject": dict(bundle.subject),
    }


def _policy(policy: PolicyFacts, rules: tuple[RuleOutcome, ...]) -> Json:
    return {
        "id": policy.id,
        "version": policy.version,
        "title": policy.title,
        "digest": policy.digest,
        "chosen-by": policy.chosen_by,
        "off": [{"rule": r.rule, "reason": r.reason or ""} for r in rules if r.outcome is Outcome.OFF],
    }


def _rule(rule: RuleOutcome) -> Json:
    return {"rule": rule.rule, "level": rule.level, "outcome": str(rule.outcome), "serves": list(rule.serves)}


def _check(check: CheckOutcome) -> Json:
    return {"code": check.code, "outcome": str(check.outcome), "serves": list(check.serves)}


def _finding(found: Finding) -> Json:
    return {
        "code": found.code.name,
        "severity": str(found.severity),
        "clause": found.code.clause,
        "speaks": str(found.code.speaks),
        "subject": _facts(found.subject),
        "facts": _facts(found.facts),
        "message": sentence(found),
    }


def _facts(facts: tuple[tuple[str, Fact], ...]) -> Json:
    return {name: _fact(value) for name, value in facts}


def _fact(value: Fact) -> Json:
    return [_fact(part) for part in value] if isinstance(value, tuple) else value


def _deviation(deviation: DeviationFacts) -> Json:
    return {
        "seq": deviation.seq,
        "leaf": deviation.leaf,
        "reason": deviation.reason,
        "severity": deviation.severity,
        "recorded": deviation.recorded,
        "ruling": deviation.ruling,
        "remediated": deviation.remediated,
        "closed": deviation.closed,
    }


def _signoff(signoff: SignOffFacts) -> Json:
    return {
        "hash": signoff.hash,
        "person": signoff.person,
        "name": signoff.name,
        "role": signoff.role,
        "decision": signoff.decision,
        "meaning": {"id": signoff.meaning, "text": signoff.meaning_text},
        "time": _time(signoff.time),
        "standing": signoff.standing,
        "counts-for": list(signoff.counts_for),
        "covers": list(signoff.covers),
        "authentication": _authentication(signoff.authentication),
        "delegated-by": signoff.delegated_by,
    }


def _authentication(claim: tuple[tuple[str, ...], Time] | None) -> Json:
    return None if claim is None else {"factors": list(claim[0]), "time": _time(claim[1])}


def _witnessed(witness: WitnessFacts) -> Json:
    return {
        "witness": witness.witness,
        "target": witness.target,
        "hash": witness.hash,
        "time": _time(witness.time),
    }


def _time(time: Time) -> str:
    return rfc3339(time.ms, time.offset)
