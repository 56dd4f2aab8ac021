"""Findings, their order, their number, and the verdict that they leave (SPEC 9.2)."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.bundles import base, check

from opsproof_verify import Report, Severity, Verdict, VerdictError
from opsproof_verify.findings import (
    MAX_LISTED,
    MAX_OWED,
    Collector,
    Fact,
    Finding,
    decide,
    finding,
    order,
    pack,
    unpack,
)
from opsproof_verify.register import Stops


def note(frame: int, **facts: int) -> Finding:
    return finding("gap.unexplained", {"frame": frame}, dict(facts), Severity.NOTE)


@pytest.mark.parametrize(
    "name, level",
    [("gap.unexplained", None), ("label.missing", Severity.NOTE), ("rule.not-evaluated", None)],
)
def test_a_level_is_given_exactly_for_rules(name: str, level: Severity | None) -> None:
    with pytest.raises(ValueError, match=f"{name}: a level is given exactly for rules"):
        finding(name, {}, level=level)


@pytest.mark.parametrize(
    "levels, verdict",
    [
        ([], Verdict.FINAL),
        ([Severity.NOTE], Verdict.FINAL),
        ([Severity.NOTE, Severity.PROVISIONAL], Verdict.PROVISIONAL),
        ([Severity.PROVISIONAL, Severity.FAIL, Severity.NOTE], Verdict.FAIL),
    ],
)
def test_the_verdict_is_that_of_the_worst_finding(levels: list[Severity], verdict: Verdict) -> None:
    assert decide(tuple(finding("gap.unexplained", {}, level=level) for level in levels)) == verdict


def test_findings_are_in_the_order_of_phase_clause_frame_code_and_what_they_say() -> None:
    expected = [
        finding("label.missing", {}),
        finding("frame.malformed", {"frame": 9}),
        finding("signature.invalid", {}),
        finding("signature.invalid", {"frame": 2}),
        finding("signature.invalid", {"frame": 10}),
        note(3, a=1),
        note(3, a=2),
        note(3, a=24),
        finding("approval.missing", {"need": "a"}, level=Severity.FAIL),
        finding("approval.missing", {"need": "b"}, level=Severity.FAIL),
    ]
    shuffled = expected.copy()
    random.Random(1).shuffle(shuffled)
    collector = Collector()
    for found in shuffled:
        collector.add(found)
    assert list(collector.findings()) == expected
    assert sorted(shuffled, key=order) == expected


def test_a_subject_without_a_number_has_no_frame() -> None:
    subjects: tuple[dict[str, Fact], ...] = ({}, {"frame": "1"}, {"frame": 1})
    assert [finding("seal.missing", subject).frame for subject in subjects] == [None, None, 1]


@pytest.mark.parametrize("seed", range(4))
def test_the_first_100_of_a_code_are_kept_whatever_the_order_they_come_in(seed: int) -> None:
    found = [note(1 + number // 3, n=number) for number in range(1_000)]
    first = tuple(sorted(found, key=order)[:MAX_LISTED])
    if seed:
        random.Random(seed).shuffle(found)
    collector = Collector()
    for one in found:
        collector.add(one)
    assert collector.findings() == first
    assert collector.counts() == (("gap.unexplained", Severity.NOTE, 1_000),)


@pytest.mark.parametrize("severity", [Severity.PROVISIONAL, Severity.FAIL])
@pytest.mark.parametrize("most", [MAX_LISTED, 2 * MAX_OWED])
def test_however_many_weigh_less_what_weighs_more_is_listed(severity: Severity, most: int) -> None:
    """A rule may have several levels (SPEC 8.3-4), and the verdict is computed from all findings."""
    collector, less = Collector(), [one for one in Severity if one is not severity]
    for number in range(most):
        for level in less:
            assert not collector.skip("gap.unexplained", severity, most + 1)
            collector.add(finding("gap.unexplained", {"frame": number}, level=level))
    collector.add(finding("gap.unexplained", {"frame": most + 1}, level=severity))
    assert [found.frame for found in collector.findings() if found.severity is severity] == [most + 1]
    assert len(collector.findings()) == 2 * MAX_LISTED + 1
    assert {severity for _, severity, _ in collector.counts()} == (set(less) if most > MAX_LISTED else set())


def test_what_is_dropped_is_forgotten_wholly() -> None:
    collector = Collector()
    for number in range(300):
        collector.add(note(number))
    collector.drop("gap.unexplained")
    assert (collector.findings(), collector.counts(), collector.names()) == ((), (), frozenset())
    assert not collector.skip("gap.unexplained", Severity.NOTE, 1_000)
    collector.add(note(1_000))
    assert [found.frame for found in collector.findings()] == [1_000]


def test_a_hundred_are_listed_and_need_no_number() -> None:
    collector = Collector()
    for number in range(MAX_LISTED):
        collector.add(note(number))
    assert (len(collector.findings()), collector.counts()) == (100, ())


def test_what_another_has_gathered_counts_in_full() -> None:
    first, second = Collector(), Collector()
    for number in range(300):
        first.add(note(number))
        second.add(note(number + 150))
    first.take(second)
    assert first.counts() == (("gap.unexplained", Severity.NOTE, 600),)
    assert (
        [found.frame for found in first.findings()] == sorted([*range(300), *range(150, 450)])[:100] == [*range(100)]
    )  # frame 0 sorts as none


leaves = st.integers(1 - 2**53, 2**53 - 1) | st.text() | st.booleans()
facts = st.recursive(leaves, lambda inner: st.lists(inner).map(tuple), max_leaves=8)


@pytest.mark.untraced
@given(st.dictionaries(st.text(), facts), st.dictionaries(st.text(), facts))
def test_a_finding_that_was_packed_is_the_same(subject: dict[str, Fact], said: dict[str, Fact]) -> None:
    found = finding("step.unknown", subject, said, Severity.FAIL)
    again = unpack(found.code, found.severity, pack(found))
    assert (again, repr(again)) == (found, repr(found))  # 1 == True


def test_what_is_owed_is_made_of_more_than_is_listed() -> None:
    collector = Collector()
    for number in range(150):
        collector.add(finding("evidence.absent", {"frame": number}, level=Severity.PROVISIONAL))
        collector.add(finding("step.unknown", {"frame": number}, level=Severity.FAIL))
    for number in range(1_000):  # what approvals may cover is kept elsewhere
        collector.add(finding("gap.unexplained", {"frame": number}, level=Severity.PROVISIONAL))
    assert len([found for found in collector.owing() if found.code.name == "evidence.absent"]) == 150
    assert len(collector.owing()) <= 150 + MAX_LISTED * 5 // 4
    assert len(collector.findings()) == 300
    for number in range(2 * MAX_OWED + 1):
        collector.add(finding("evidence.missing", {"frame": number}, level=Severity.PROVISIONAL))
    assert len([found for found in collector.owing() if found.code.name == "evidence.missing"]) == MAX_OWED


def test_codes_say_what_they_stop() -> None:
    collector = Collector()
    for name in ("seal.missing", "trust.issuer-unknown", "chain.broken-link", "expect.mismatch"):
        collector.add(finding(name, {}))
    assert collector.stopped_by(Stops.CLOSURE) == ("chain.broken-link", "seal.missing", "trust.issuer-unknown")
    assert collector.stopped_by(Stops.RULES) == ("chain.broken-link", "trust.issuer-unknown")
    assert collector.stopped_by(Stops.ALL) == ("trust.issuer-unknown",)
    assert collector.names() == {"seal.missing", "trust.issuer-unknown", "chain.broken-link", "expect.mismatch"}


@pytest.fixture(scope="module")
def final() -> Report:
    return check(base.minimal())


@pytest.fixture(scope="module")
def provisional() -> Report:
    subject = base.minimal()
    subject.items.pop()
    return check(subject)


def test_a_report_is_neither_true_nor_false(final: Report) -> None:
    with pytest.raises(TypeError, match="three outcomes"):
        bool(final)


def test_a_verdict_that_is_not_good_enough_raises(final: Report, provisional: Report) -> None:
    for least in Verdict:
        final.require(least)
    provisional.require(Verdict.FAIL)
    provisional.require(Verdict.PROVISIONAL)
    with pytest.raises(VerdictError, match="the verdict is PROVISIONAL, not FINAL") as caught:
        provisional.require(Verdict.FINAL)
    assert (caught.value.report, caught.value.least) == (provisional, Verdict.FINAL)


def test_the_primary_finding_is_the_first_of_the_worst(final: Report, provisional: Report) -> None:
    assert final.primary is None
    assert provisional.primary is not None
    assert provisional.primary.code.name == "approval.missing"
