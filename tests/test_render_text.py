"""The text report: what an auditor reads, in the order of the questions."""

from __future__ import annotations

import re
from textwrap import wrap

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_render import APPROVAL, BARE, FINAL, HASH, RICH, sample

from opsproof_verify.findings import Fact, Time, finding
from opsproof_verify.register import Severity
from opsproof_verify.render.layout import Page
from opsproof_verify.render.text import hides, reason, render_text, under, where
from opsproof_verify.report import BundleFacts, CheckOutcome, Outcome, Owed, Report, RuleOutcome
from opsproof_verify.slotted import replace

ORDER = [
    "STILL OWED",
    "FINDINGS",
    "DEVIATIONS",
    "SIGN-OFFS",
    "TIMES",
    "RULES",
    "NOT JUDGED",
    "WHAT THIS RESTS ON",
    "WHAT THIS DOES NOT PROVE",
]


def section(text: str, heading: str) -> str:
    """Give what stands under a heading."""
    return text.partition(f"\n{heading}\n")[2].partition("\n\n")[0]


def test_the_verdict_comes_first_and_says_who_chose_the_policy() -> None:
    assert render_text(FINAL).startswith("FINAL under baseline 1 (chosen by the caller)\n")
    assert render_text(BARE).startswith("FAIL because no policy could be used\n")
    assert FINAL.policy is not None
    pinned = sample(policy=replace(FINAL.policy, chosen_by="issuer"))
    assert under(pinned) == "under baseline 1 (chosen by the contract's issuer)"


def test_the_head_names_subject_contract_and_expectation() -> None:
    head = render_text(FINAL, width=120).partition("\n\n")[2].partition("\n\n")[0]
    assert "Subject     batch B-1042, line L7\n" in head
    assert 'acme.fill-line version 4, "Fill the line", issued by process-owner (Acme)\n' in head
    assert "Expected    contract is acme.fill-line\n" in head
    assert FINAL.contract is not None
    alone = sample(contract=replace(FINAL.contract, organisation=None))
    assert "issued by process-owner\n" in render_text(alone, width=120)


def test_the_sections_come_in_the_order_of_the_questions() -> None:
    text = render_text(RICH)
    found = [line for line in text.splitlines() if line in ORDER]
    assert found == ORDER


def test_sections_without_content_are_left_out_or_say_so() -> None:
    text = render_text(FINAL)
    assert "STILL OWED" not in text
    assert "NOT JUDGED" not in text
    assert "DEVIATIONS" not in text
    assert section(text, "FINDINGS").strip() == "None."
    assert section(text, "SIGN-OFFS").strip() == "None."
    assert section(render_text(BARE), "SIGN-OFFS").strip() == "Not judged."
    assert section(render_text(BARE), "RULES").strip() == "No policy, so no rules."
    assert "All times are claimed by their writers; no witness signed them." in text


@pytest.mark.parametrize("width", [40, 80, 100])
@pytest.mark.parametrize("report", [FINAL, RICH, BARE], ids=["final", "rich", "bare"])
def test_no_line_is_wider_than_the_terminal(report: Report, width: int) -> None:
    widest = max(render_text(report, width=width).splitlines(), key=len)
    assert len(widest) <= width, widest


def test_reasons() -> None:
    gap = finding("gap.unexplained", {"seq": 17, "frame": 18}, None, Severity.PROVISIONAL)
    one = Owed("approve", (("count", 1), ("covers", (17,)), ("id", "closure"), ("role", "quality")))
    link = finding("chain.broken-link", {"seq": 3, "frame": 5}, {"expected": HASH})
    assert reason(FINAL) == "Everything recorded holds, and everything that the policy demands is there."
    owed = sample(findings=(gap,), owed=(one,))
    assert reason(owed) == "Everything recorded holds; one thing is still owed before it is FINAL."
    assert "2 things are still owed" in reason(sample(owed, owed=(one, one)))
    assert "cannot become FINAL" in reason(sample(owed, owed=()))
    assert reason(sample(findings=(gap, link))) == (
        "e3, frame 5: The record is altered: this entry is not linked to the one that stands before it."
    )
    assert reason(sample(findings=(link, link))).endswith(" And 1 more that fails.")
    assert reason(sample(findings=(link, link, link))).endswith(" And 2 more that fail.")
    assert reason(BARE).startswith("This is not a Proof Bundle")


def test_what_is_hidden_is_not_called_whole() -> None:
    withheld = finding("entry.withheld", {"seq": 2, "frame": 5})
    assert hides(sample(findings=(withheld,)))
    assert hides(sample(bundle=BundleFacts(absent=(HASH,))))
    assert not hides(FINAL)
    assert reason(sample(findings=(withheld,))).startswith("What can be seen holds")


def test_what_is_owed_is_a_numbered_list() -> None:
    assert section(render_text(RICH), "STILL OWED") == (
        '  1. Approval "closure": 1 further person in the role quality; one of them\n'
        "     covers e17, e23.\n"
        "  2. Evidence is supplied for photo of step fill, pass 1: 2 items."
    )


def test_findings_are_grouped_by_weight_and_folded() -> None:
    found = (
        *(finding("chain.broken-link", {"seq": seq, "frame": seq + 3}) for seq in range(1, 8)),
        *(finding("actor.unknown", {"seq": seq}, {"actor": f"a{seq}"}) for seq in range(1, 8)),
        finding("gap.unexplained", {"seq": 17}, None, Severity.NOTE),
        finding("contract.unapproved", {}, None, Severity.PROVISIONAL),
    )
    text = section(render_text(sample(findings=found, counts=(("chain.broken-link", Severity.FAIL, 250),))), "FINDINGS")
    assert re.findall(r"^  (\w.*)$", text, re.MULTILINE) == [
        "These make it FAIL:",
        "These keep it from FINAL:",
        "Noted, without weight:",
    ]
    assert "chain.broken-link: altered, 250 times [OPV-9.7-3]" in text
    assert "e5, frame 8; and 2\n" in text
    assert "and 2 more; the JSON report lists up to 100." in text
    assert text.count("The record is altered") == 1


def test_subjects_read_as_a_person_looks_them_up() -> None:
    subject: dict[str, Fact] = {"frame": 7, "seq": 4, "pass": 2, "step": "mix", "signoff": HASH, "zebra": "z"}
    assert where(finding("chain.broken-link", subject)) == (
        "e4, step mix, pass 2, sign-off 9f86d081884c..., zebra z, frame 7"
    )


def test_deviations_say_how_they_stand() -> None:
    assert section(render_text(RICH), "DEVIATIONS") == (
        "  e12         major, mix-up: blocked, recorded as under review, not remediated,\n"
        "              not closed\n"
        "  e14         minor, late: allowed\n"
        "  e15         minor, late: under review, nothing ruled at the time, remediated,\n"
        "              closed"
    )


def test_signature_blocks_are_complete_and_awareness_stands_apart() -> None:
    text = render_text(sample(signoffs=(APPROVAL,)))
    assert section(text, "SIGN-OFFS") == (
        "  Anna Weiss approved\n"
        "    person      a-weiss, in the role quality\n"
        "    time        2026-11-03T11:00:00.000+01:00 (claimed)\n"
        '    meaning     "I have reviewed the record." (released)\n'
        "    covers      e12\n"
        "    counts for  closure\n"
        f"    sign-off    {HASH}"
    )
    claimed = replace(
        APPROVAL,
        authentication=(("knowledge", "possession"), Time(1_793_699_940_000, 60)),
        delegated_by="head-of-quality",
    )
    assert section(render_text(sample(signoffs=(claimed,))), "SIGN-OFFS") == (
        "  Anna Weiss approved\n"
        "    person      a-weiss, in the role quality\n"
        "    time        2026-11-03T11:00:00.000+01:00 (claimed)\n"
        '    meaning     "I have reviewed the record." (released)\n'
        "    on behalf   of head-of-quality, by the delegation that it carries\n"
        "    claims      authentication by knowledge (a secret) and possession (a thing)\n"
        "                at 2026-11-03T10:59:00.000+01:00\n"
        "    covers      e12\n"
        "    counts for  closure\n"
        f"    sign-off    {HASH}"
    )
    aware = replace(APPROVAL, decision="acknowledge", name="Lead", counts_for=(), covers=())
    text = render_text(sample(signoffs=(aware, APPROVAL)))
    assert text.index("Anna Weiss approved") < text.index("Awareness only, which closes nothing:")
    assert text.index("Awareness only") < text.index("Lead took note")


def test_an_approval_that_counts_for_nothing_says_so_only_where_that_was_judged() -> None:
    idle = replace(APPROVAL, counts_for=(), standing=False)
    text = render_text(sample(signoffs=(idle,)))
    assert "Anna Weiss approved (withdrawn since)" in text
    assert "counts for  nothing that the policy asks for" in text
    assert "counts for" not in render_text(sample(signoffs=(idle,), not_run=((8, ("seal.missing",)),)))


def test_witnessed_and_claimed_times_are_told_apart() -> None:
    assert section(render_text(RICH), "TIMES") == (
        "  - 2026-11-02T06:13:20.000Z: witness plant-clock saw the seal\n"
        f"    {HASH}\n"
        "  All other times are claimed by their writers; no witness signed them."
    )


def test_rules_that_are_off_or_not_evaluated_are_named() -> None:
    assert section(render_text(RICH), "RULES") == (
        "  1 violated, 1 not evaluated, 1 off.\n"
        "  - time.not-monotonic is off: clocks differ\n"
        "  - not evaluated: trust.stale"
    )
    silent = RuleOutcome("time.not-monotonic", "off", Outcome.OFF)
    assert "is off: no reason given" in render_text(sample(rules=(silent,)))


def test_what_the_policy_says_is_served_stands_beside_what_became_of_it() -> None:
    clauses = ("21 CFR 211.188", "house rule 4")
    rules = (RuleOutcome("step.unknown", "fail", Outcome.PASSED, None, clauses),)
    served = sample(rules=rules, checks=(CheckOutcome("chain.broken-link", Outcome.VIOLATED, ("a\x1b",)),))
    assert render_text(served).partition("Serving, by what the policy says:\n")[2].partition("\n\n")[0] == (
        "    step.unknown       fail   passed    serves 21 CFR 211.188; house rule 4\n"
        "    chain.broken-link  fixed  violated  serves a\\x1b"
    )
    narrow = render_text(served, width=60).partition("Serving, by what the policy says:\n")[2].partition("\n\n")[0]
    assert narrow == (
        "    step.unknown       fail   passed\n"
        "        serves 21 CFR 211.188; house rule 4\n"
        "    chain.broken-link  fixed  violated\n"
        "        serves a\\x1b"
    )
    assert "Serving" not in render_text(FINAL)


def test_phases_that_did_not_run_say_why() -> None:
    assert "  - Phase 8, sign-offs and closure: because of seal.missing." in render_text(RICH)


def test_everything_that_the_verdict_depends_on_is_named() -> None:
    text = section(render_text(RICH), "WHAT THIS RESTS ON")
    assert "Content     1 entry, 2 evidence items of 3 bytes" in text
    assert "Withheld    e2, e4 to e6" in text
    assert f"Absent      {HASH}" in text
    assert "Seal        not sealed" in text
    assert "Time        none given: nothing was judged against a clock" in text
    assert "Time        2026-11-05T17:33:20.000Z" in render_text(FINAL)
    assert "Seal        none that can be read" in render_text(BARE)
    assert "7 entries, 1 evidence item of 48211 bytes" in render_text(FINAL)


def test_colour_only_if_asked_for() -> None:
    assert "\x1b" not in render_text(RICH)
    coloured = render_text(RICH, colour=True)
    assert coloured.startswith("\x1b[1;31mFAIL\x1b[0m under")
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == render_text(RICH)


@given(
    st.text(st.characters(codec=None) | st.sampled_from("ab- \t\n\u00a0"), max_size=60),
    st.integers(0, 8),
    st.none() | st.sampled_from(["", "  - ", "  term      "]),
)
def test_a_paragraph_is_as_the_library_would_wrap_it(text: str, indent: int, first: str | None) -> None:
    """What fits on a line is put there without asking the library."""
    page, lead = Page(40, colour=False), " " * indent
    page.text(text, indent, first)
    start = lead if first is None else first
    wrapped = wrap(text, 40, initial_indent=start, subsequent_indent=lead, break_on_hyphens=False)
    assert str(page) == "\n".join([*wrapped, ""])
