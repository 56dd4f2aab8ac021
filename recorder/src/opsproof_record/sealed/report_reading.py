"""A report out of its JSON form (SPEC 11-1): what somebody says that a verification found.

Only what a signer is shown is read. Sentences are not taken over but made again from codes and facts, and the verdict
is computed from the findings, so that a report cannot say in words what its findings do not.
"""

from __future__ import annotations

from opsproof_verify import fields
from opsproof_verify.fields import Fields, malformed
from opsproof_verify.findings import Fact, Finding
from opsproof_verify.owed import WORDS
from opsproof_verify.records import DECISIONS, RULINGS
from opsproof_verify.register import CODES, Severity
from opsproof_verify.render.json_report import FORMAT
from opsproof_verify.report import (
    BundleFacts,
    ContractFacts,
    DeviationFacts,
    Owed,
    PolicyFacts,
    Report,
    SignOffFacts,
    TrustFacts,
)

from opsproof_record.sealed.strict_json import hex_digest, moment, or_null, parse, some_text

_MAX_TUPLE = 10_000
_MAX_NESTING = 4
Pairs = tuple[tuple[str, Fact], ...]


def read_report(data: bytes) -> Report:
    """Read a report; raises ``Rejected`` for what is none, or none that this version can show."""
    top = Fields(parse(data))
    top.get("format", fields.word(FORMAT))
    report = Report(
        bundle=top.get("bundle", _bundle),
        trust=top.get("trust", _trust),
        contract=top.opt("contract", _contract),
        policy=top.opt("policy", _policy),
        at=top.get("at", or_null(lambda value: moment(value).ms)),
        expect=(),
        findings=top.get("findings", fields.array(_finding)),
        counts=(),
        rules=(),
        checks=(),
        not_run=top.get("not-run", fields.array(_not_run)),
        owed=top.get("owed", fields.array(_owed)),
        deviations=top.get("deviations", fields.array(_deviation)),
        signoffs=top.get("signoffs", fields.array(_signoff)),
        witnessed=(),
    )
    if top.get("verdict", some_text) != report.verdict:
        raise fields.at("verdict", malformed("not-of-findings"))
    return report


def _bundle(value: object) -> BundleFacts:
    members = Fields(value)
    evidence = Fields(members.get("evidence", _any))
    return BundleFacts(
        run=members.get("run", or_null(_hex)),
        seal=members.get("seal", or_null(_hex)),
        appended=members.get("appended", or_null(_hex)),
        entries=members.get("entries", fields.uint),
        evidence_count=evidence.get("count", fields.uint),
        evidence_bytes=evidence.get("bytes", fields.uint),
        withheld=members.get("withheld", fields.array(_range)),
        absent=members.get("absent", fields.array(_hex, distinct=True)),
    )


def _range(value: object) -> tuple[int, int]:
    first, last = fields.array(fields.uint, 2, 2)(value)
    if last < first:
        raise malformed("order")
    return first, last


def _trust(value: object) -> TrustFacts:
    members = Fields(value)
    return TrustFacts(members.get("id", fields.ident), members.get("serial", fields.uint), members.get("digest", _hex))


def _contract(value: object) -> ContractFacts:
    members = Fields(value)
    return ContractFacts(
        id=members.get("id", fields.ident),
        version=members.get("version", fields.positive),
        title=members.get("title", fields.line),
        hash=members.get("hash", _hex),
        issuer=members.get("issuer", fields.ident),
        organisation=members.get("organisation", or_null(fields.line)),
    )


def _policy(value: object) -> PolicyFacts:
    members = Fields(value)
    return PolicyFacts(
        id=members.get("id", fields.ident),
        version=members.get("version", fields.positive),
        title=members.get("title", fields.line),
        digest=members.get("digest", _hex),
        chosen_by=members.get("chosen-by", fields.word("caller", "issuer")),
    )


def _finding(value: object) -> Finding:
    members = Fields(value)
    code = CODES[members.get("code", fields.word(*CODES))]
    severity = Severity(members.get("severity", fields.word(*Severity)))
    if code.severity not in (None, severity):
        raise fields.at("severity", malformed("word"))
    return Finding(code, severity, members.get("subject", _facts), members.get("facts", _facts))


def _facts(value: object) -> Pairs:
    return tuple(sorted(fields.mapping(some_text, _fact)(value).items()))


def _fact(value: object, nesting: int = 0) -> Fact:
    if type(value) is list and len(value) <= _MAX_TUPLE and nesting < _MAX_NESTING:
        return tuple(_fact(item, nesting + 1) for item in value)
    if type(value) is str or type(value) is bool or type(value) is int:
        return value
    raise malformed("fact")


def _not_run(value: object) -> tuple[int, tuple[str, ...]]:
    members = Fields(value)
    return members.get("phase", fields.integer(1, 8)), members.get("codes", fields.array(fields.word(*CODES)))


def _owed(value: object) -> Owed:
    members = Fields(value)
    return Owed(members.get("need", fields.word(*WORDS)), members.get("facts", _facts))


def _deviation(value: object) -> DeviationFacts:
    members = Fields(value)
    return DeviationFacts(
        seq=members.get("seq", fields.uint),
        leaf=members.get("leaf", _hex),
        reason=members.get("reason", fields.ident),
        severity=members.get("severity", fields.ident),
        recorded=members.get("recorded", or_null(fields.word(*RULINGS))),
        ruling=members.get("ruling", fields.word(*RULINGS)),
        remediated=members.get("remediated", or_null(fields.boolean)),
        closed=members.get("closed", or_null(fields.boolean)),
    )


def _signoff(value: object) -> SignOffFacts:
    members = Fields(value)
    meaning = Fields(members.get("meaning", _any))
    return SignOffFacts(
        hash=members.get("hash", _hex),
        frame=0,
        person=members.get("person", fields.ident),
        name=members.get("name", fields.line),
        role=members.get("role", fields.ident),
        decision=members.get("decision", fields.word(*DECISIONS)),
        meaning=meaning.get("id", fields.ident),
        meaning_text=meaning.get("text", fields.line),
        time=members.get("time", moment),
        standing=members.get("standing", fields.boolean),
        counts_for=members.get("counts-for", fields.array(fields.ident)),
        covers=members.get("covers", fields.array(fields.uint)),
    )


def _any(value: object) -> object:
    return value


def _hex(value: object) -> str:
    return hex_digest(value).hex()
