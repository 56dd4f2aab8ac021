"""Sample reports for the tests of rendering, and what every rendering has in common."""

from __future__ import annotations

from typing import Any

import pytest

from opsproof_verify.findings import Fact, Finding, Time, finding
from opsproof_verify.register import CODES, RULES, Severity
from opsproof_verify.render.escape import printable
from opsproof_verify.render.json_report import render_json
from opsproof_verify.render.text import render_text
from opsproof_verify.render.times import duration, rfc3339
from opsproof_verify.report import (
    BundleFacts,
    ContractFacts,
    DeviationFacts,
    Outcome,
    Owed,
    PolicyFacts,
    Report,
    RuleOutcome,
    SignOffFacts,
    TrustFacts,
    WitnessFacts,
)
from opsproof_verify.slotted import replace

HASH = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

FINAL = Report(
    bundle=BundleFacts(HASH, HASH, HASH, 7, 1, 48_211, (), (), (("batch", "B-1042"), ("line", "L7"))),
    trust=TrustFacts("acme-audit", 7, HASH),
    contract=ContractFacts("acme.fill-line", 4, "Fill the line", HASH, "process-owner", "Acme"),
    policy=PolicyFacts("baseline", 1, "Baseline", HASH, "caller"),
    at=1_793_900_000_000,
    expect=(("contract", "acme.fill-line"),),
    findings=(),
    counts=(),
    rules=tuple(RuleOutcome(rule, "fail", Outcome.PASSED) for rule in RULES),
    checks=(),
    not_run=(),
    owed=(),
    deviations=(),
    signoffs=(),
    witnessed=(),
)

APPROVAL = SignOffFacts(
    hash=HASH,
    frame=20,
    person="a-weiss",
    name="Anna Weiss",
    role="quality",
    decision="approve",
    meaning="released",
    meaning_text="I have reviewed the record.",
    time=Time(1_793_700_000_000, 60),
    standing=True,
    counts_for=("closure",),
    covers=(12,),
)


def sample(base: Report = FINAL, **changes: Any) -> Report:
    """Give a report that differs from another in some members."""
    return replace(base, **changes)


def level(code: str) -> Severity | None:
    """Give a level where the code needs one."""
    return Severity.PROVISIONAL if CODES[code].severity is None else None


def every_finding(text: str = "x") -> tuple[Finding, ...]:
    """Give one finding of each code, with hostile text wherever text may stand."""
    facts: dict[str, Fact] = {"path": text, "why": text, "expected": text, "actor": text, "anything": text}
    subject: dict[str, Fact] = {"frame": 7, "seq": 3, "step": text, "person": text, "digest": HASH}
    return tuple(finding(code, subject, facts, level(code)) for code in CODES)


RICH = sample(
    findings=every_finding(),
    counts=(("chain.broken-link", Severity.FAIL, 250),),
    owed=(
        Owed("approve", (("count", 1), ("covers", (17, 23)), ("id", "closure"), ("role", "quality"))),
        Owed("supply", (("missing", 2), ("pass", 1), ("slot", "photo"), ("step", "fill"))),
    ),
    deviations=(
        DeviationFacts(12, HASH, "mix-up", "major", "review", "block", remediated=False, closed=False),
        DeviationFacts(14, HASH, "late", "minor", "allow", "allow", remediated=None, closed=None),
        DeviationFacts(15, HASH, "late", "minor", None, "review", remediated=True, closed=True),
    ),
    signoffs=(
        APPROVAL,
        replace(APPROVAL, standing=False, counts_for=(), covers=()),
        replace(
            APPROVAL,
            authentication=(("knowledge", "possession"), Time(1_793_699_940_000, 60)),
            delegated_by="head-of-quality",
        ),
        replace(APPROVAL, name="Lead", decision="acknowledge", counts_for=(), covers=()),
    ),
    witnessed=(WitnessFacts("plant-clock", "seal", HASH, Time(1_793_600_000_000)),),
    rules=(
        RuleOutcome("time.not-monotonic", "off", Outcome.OFF, "clocks differ"),
        RuleOutcome("trust.stale", "fail", Outcome.NOT_EVALUATED),
        RuleOutcome("step.unknown", "fail", Outcome.VIOLATED),
    ),
    not_run=((8, ("seal.missing",)),),
    bundle=BundleFacts(HASH, None, None, 1, 2, 3, ((2, 2), (4, 6)), (HASH,), ()),
    at=None,
)

BARE = sample(
    bundle=BundleFacts(),
    contract=None,
    policy=None,
    rules=(),
    expect=(),
    not_run=tuple((phase, ("label.missing",)) for phase in (5, 7, 8)),
    findings=(finding("label.missing", {}, {"found": ""}),),
)

HOSTILE = "\x1b[31m\x00\x9b\u202e\u2066\u200b\ufeff\U000e0041\n\r\\"


@pytest.mark.parametrize("report", [FINAL, RICH, BARE], ids=["final", "rich", "bare"])
def test_same_report_gives_same_text_and_bytes(report: Report) -> None:
    assert render_json(report) == render_json(sample(report))
    assert render_text(report) == render_text(sample(report))


def test_hostile_text_never_reaches_the_terminal_or_a_message() -> None:
    assert FINAL.contract is not None
    hostile = sample(
        RICH,
        findings=every_finding(HOSTILE),
        contract=replace(FINAL.contract, title=HOSTILE, issuer=HOSTILE, organisation=HOSTILE),
        signoffs=(replace(APPROVAL, name=HOSTILE, meaning_text=HOSTILE),),
        rules=(RuleOutcome("time.not-monotonic", "off", Outcome.OFF, HOSTILE),),
        expect=(("subject.batch", HOSTILE),),
    )
    for character in render_text(hostile):
        assert character == "\n" or " " <= character <= "~"
    assert "\\x1b[31m\\x00\\x9b\\u202e\\u2066\\u200b\\ufeff\\U000e0041\\x0a\\x0d\\\\" in render_text(hostile, width=400)


def test_printable_leaves_what_can_be_seen() -> None:
    assert printable("Müller, 温度 42,5 °C — 100 %") == "Müller, 温度 42,5 °C — 100 %"


def test_printable_shows_a_lone_surrogate() -> None:
    assert printable("\udc80") == "\\udc80"


@pytest.mark.parametrize(
    "ms,offset,expected",
    [
        (0, 0, "1970-01-01T00:00:00.000Z"),
        (0, -1439, "1969-12-31T00:01:00.000-23:59"),
        (951_782_400_000, 0, "2000-02-29T00:00:00.000Z"),
        (951_868_799_999, 60, "2000-03-01T00:59:59.999+01:00"),
        (253_402_300_799_999, 0, "9999-12-31T23:59:59.999Z"),
        (253_402_300_800_000, 0, "+010000-01-01T00:00:00.000Z"),
        (2**53 - 1, 330, "+287396-10-12T14:29:00.991+05:30"),
    ],
)
def test_times_are_rfc_3339_with_the_recorded_offset(ms: int, offset: int, expected: str) -> None:
    assert rfc3339(ms, offset) == expected


@pytest.mark.parametrize(
    "ms,expected",
    [
        (0, "0 s"),
        (1, "1 ms"),
        (1_000, "1 s"),
        (362_000, "6 min 2 s"),
        (86_400_000, "1 d"),
        (90_061_001, "1 d 1 h 1 min 1 s 1 ms"),
        (-90_000, "-1 min 30 s"),
        (2**53 - 1, "104249991 d 8 h 59 min 991 ms"),
    ],
)
def test_durations_are_exact_and_in_the_units_of_a_policy(ms: int, expected: str) -> None:
    assert duration(ms) == expected
