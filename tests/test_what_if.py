"""Several results on one page: what differs between policies, what each leaves to do, and that it stays legible."""

from __future__ import annotations

import re

import pytest
from test_cli import AT, ROOT, TRUST, VECTORS, bundle
from test_render import BARE, FINAL, HASH, HOSTILE, sample

from opsproof_verify.cli import main
from opsproof_verify.findings import finding
from opsproof_verify.register import Severity
from opsproof_verify.render.results import Checked
from opsproof_verify.render.text import render_text
from opsproof_verify.render.what_if import render_table
from opsproof_verify.report import CheckOutcome, Outcome, Owed, Report, RuleOutcome
from opsproof_verify.slotted import replace

GAP = finding("gap.unexplained", {"seq": 17, "frame": 18}, None, Severity.PROVISIONAL)
APPROVE = Owed("approve", (("count", 1), ("covers", (17,)), ("id", "closure"), ("role", "quality")))


def under(id_: str, base: Report = FINAL, **levels: tuple[str, Outcome]) -> Checked:
    """Give a result under a policy of its own id, in which some rules have another level and outcome."""
    assert FINAL.policy is not None
    changed = {name.replace("__", ".").replace("_", "-"): row for name, row in levels.items()}
    rules = tuple(RuleOutcome(rule.rule, *changed[rule.rule]) if rule.rule in changed else rule for rule in base.rules)
    policy = replace(FINAL.policy, id=id_)
    return Checked("run.opb", id_, replace(base, policy=policy, rules=rules))


HELD = sample(findings=(GAP,), owed=(APPROVE,))
FIRST = under("baseline")
SECOND = under(
    "aviation-maintenance",
    HELD,
    gap__unexplained=("provisional", Outcome.VIOLATED),
    time__not_monotonic=("note", Outcome.PASSED),
)
THIRD = under("it-change", gap__unexplained=("off", Outcome.OFF))


def part(text: str, heading: str) -> str:
    """Give what stands under a heading."""
    return text.partition(f"\n{heading}\n")[2].partition("\n\n")[0]


def test_one_bundle_under_several_policies_is_a_table_of_what_differs() -> None:
    text = render_table([FIRST, SECOND, THIRD], 3, width=80)
    assert text.startswith("run.opb under 3 policies\n\nFINAL        baseline 1\n             chosen by the caller: ")
    assert part(text, "WHAT DIFFERS").splitlines() == [
        "                   baseline 1           aviation-            it-change 1",
        "                                        maintenance 1",
        "  verdict          FINAL                PROVISIONAL          FINAL",
        "  gap.unexplained  fail: passed         provisional:         off",
        "                                        violated",
    ]
    assert part(text, "WHAT IS JUDGED OTHERWISE, AND HAS FOUND NOTHING").splitlines() == [
        "                      baseline 1          aviation-           it-change 1",
        "                                          maintenance 1",
        "  time.not-monotonic  fail: passed        note: passed        fail: passed",
    ]
    assert f"\n  {len(FINAL.rules) - 2} rules are the same under all of them.\n" in text


def test_what_each_policy_would_still_have_somebody_do() -> None:
    never = under("never", sample(findings=(GAP,)))
    failing = under("strict", sample(findings=(replace(GAP, severity=Severity.FAIL),)))
    gone = Checked("run.opb", "odd", None, "internal error: KeyError")
    text = render_table([FIRST, SECOND, never, failing, gone], 5, width=100)
    assert part(text, "STILL OWED UNDER EACH").splitlines() == [
        "  baseline 1: FINAL",
        "      Nothing.",
        "  aviation-maintenance 1: PROVISIONAL",
        '      1. Approval "closure": 1 further person in the role quality; one of them covers e17.',
        "  never 1: PROVISIONAL",
        "      Nothing would make it FINAL under this policy.",
        "  strict 1: FAIL",
        "      No list is made for FAIL: what is wrong comes first, see the findings.",
        "  odd: no verdict",
        "      internal error: KeyError",
    ]
    assert "\nno verdict   odd\n             internal error: KeyError\n" in text


def test_policies_that_judge_alike_say_so() -> None:
    text = render_table([FIRST, under("other")], 2)
    assert part(text, "WHAT DIFFERS") == "  No rule that has found anything."
    assert "WHAT IS JUDGED OTHERWISE" not in text
    one_rule = sample(rules=FINAL.rules[:1])
    assert "  1 rule is the same under all" in render_table([under("a", one_rule), under("b", one_rule)], 2)


def test_what_is_found_whatever_the_policy_is_named() -> None:
    link = finding("chain.broken-link", {"seq": 3, "frame": 5})
    broken = sample(findings=(GAP, link))
    text = render_table([under(name, broken, gap__unexplained=("fail", Outcome.VIOLATED)) for name in "ab"], 2)
    assert part(text, "WHAT DIFFERS").startswith("  No rule that has found anything.")
    assert "\n  Found under each of them: chain.broken-link, gap.unexplained.\n" in text
    assert "Found under each" not in render_table([FIRST, THIRD], 2)


def test_codes_that_no_policy_sets_differ_too() -> None:
    never = finding("policy.never-final", {})
    text = render_table([FIRST, under("open", sample(findings=(never,)))], 2)
    assert re.search(r"\n  policy.never-final +not found +provisional: found\n", text)


def test_a_rule_that_could_not_be_evaluated_tells_something() -> None:
    text = render_table([FIRST, under("b", trust__stale=("fail", Outcome.NOT_EVALUATED))], 2)
    assert re.search(r"  trust.stale +fail: passed +fail: not evaluated$", part(text, "WHAT DIFFERS"), re.MULTILINE)


def test_a_policy_without_a_report_or_without_rules_has_a_column() -> None:
    gone = Checked("run.opb", "odd", None, "internal error: KeyError")
    text = render_table([SECOND, gone, Checked("run.opb", "bare", BARE)], 3, width=100)
    rows = part(text, "WHAT DIFFERS")
    assert re.search(r"  verdict +PROVISIONAL +no verdict +FAIL$", rows, re.MULTILINE)
    assert re.search(r"  gap.unexplained +provisional: violated +no verdict +no such rule$", rows, re.MULTILINE)
    assert re.search(r"  label.missing +not found +no verdict +fail: found$", rows, re.MULTILINE)


def test_policies_of_one_name_are_told_apart_by_what_the_caller_called_them() -> None:
    text = render_table([FIRST._replace(policy="old/a.toml"), under("baseline", HELD)._replace(policy="new/a.toml")], 2)
    assert "FINAL        old/a.toml\n" in text
    assert "PROVISIONAL  new/a.toml\n" in text


LONG = [under(f"a-policy-with-quite-a-long-name-for-column-{n}", HELD if n % 2 else FINAL) for n in range(5)]


@pytest.mark.parametrize("width", [80, 100, 120])
def test_no_line_is_wider_than_the_page(width: int) -> None:
    others = [one._replace(bundle="a/rather/long/path/to/the/other-run.opb") for one in LONG]
    for text in (
        render_table([FIRST, SECOND, THIRD], 3, width=width),
        render_table(LONG, 5, width=width),
        render_table([*LONG, *others], 5, width=width),
    ):
        assert max(map(len, text.splitlines())) <= width


def test_columns_that_do_not_fit_become_one_block_for_each_policy() -> None:
    five = [FIRST, SECOND, THIRD, under("gxp-batch"), under("custody", gap__unexplained=("note", Outcome.PASSED))]
    text = render_table(five, 5, width=80)
    assert part(text, "WHAT DIFFERS").splitlines()[:6] == [
        "  baseline 1",
        "    verdict          FINAL",
        "    gap.unexplained  fail: passed",
        "  aviation-maintenance 1",
        "    verdict          PROVISIONAL",
        "    gap.unexplained  provisional: violated",
    ]
    others = part(text, "WHAT IS JUDGED OTHERWISE, AND HAS FOUND NOTHING").splitlines()
    assert others[2:4] == ["  aviation-maintenance 1", "    time.not-monotonic  note: passed"]
    assert "  gap.unexplained  fail: passed  " in render_table(five, 5, width=120)


def test_several_bundles_under_several_policies_begin_with_their_verdicts() -> None:
    second = [one._replace(bundle="other.opb") for one in (SECOND, FIRST)]
    text = render_table([FIRST, SECOND, *second], 2)
    assert text.splitlines()[:5] == [
        "             baseline 1              aviation-maintenance 1",
        "  run.opb    FINAL                   PROVISIONAL",
        "  other.opb  PROVISIONAL             FINAL",
        "",
        "FINAL        run.opb",
    ]
    assert text.count("chosen by the caller") == 4


def test_many_policies_stand_below_one_another() -> None:
    others = [one._replace(bundle="other.opb") for one in LONG]
    text = render_table([*LONG, *others], 5, width=60)
    assert text.splitlines()[:3] == [
        "                                    run.opb      other.opb",
        "  a-policy-with-quite-a-long-name-  FINAL        FINAL",
        "  for-column-0 1",
    ]


def test_verdicts_that_fit_neither_way_are_a_list_alone() -> None:
    wide = [one._replace(bundle=f"a-long-folder/of-run-{n}/bundle.opb") for n in range(5) for one in LONG]
    assert render_table(wide, 5, width=60).startswith("FINAL        a-long-folder/of-run-0/bundle.opb\n")


def test_several_bundles_under_one_policy_are_a_list() -> None:
    gone = Checked("gone.opb", "baseline", None, "gone.opb: no such file or directory; check the path")
    assert render_table([FIRST, gone], 1).splitlines()[:5] == [
        "FINAL        run.opb",
        "             under baseline 1 (chosen by the caller): Everything recorded holds,",
        "             and everything that the policy demands is there.",
        "no verdict   gone.opb",
        "             gone.opb: no such file or directory; check the path",
    ]


def test_colour_only_if_asked_for_and_nothing_hostile() -> None:
    plain = render_table([FIRST, SECOND], 2)
    coloured = render_table([FIRST, SECOND], 2, colour=True)
    assert "\x1b[1;33mPROVISIONAL \x1b[0m" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain
    owed = Owed("attest", (("actor", HOSTILE),))
    evil = under("x", sample(HELD, owed=(owed,)))._replace(bundle=HOSTILE, policy=HOSTILE)
    for text in (render_table([evil, evil], 2), render_table([evil, FIRST, FIRST, evil], 2)):
        assert all(character == "\n" or " " <= character <= "~" for character in text)


def test_the_command_gives_one_table_for_several_policies(capsys: pytest.CaptureFixture[str]) -> None:
    given = str(VECTORS / "policy-given" / "policy.toml")
    base = str(ROOT / "policies" / "baseline.toml")
    options = ["--trust", TRUST, "--at", AT, "--policy", given, "--policy", base]
    assert main(["check", bundle("minimal"), *options]) in (0, 1, 3)
    text = capsys.readouterr().out
    assert "bundle.opb under 2 policies\n" in text
    assert "\nSTILL OWED UNDER EACH\n" in text
    assert main(["check", bundle("minimal"), bundle("chain-prev"), *options]) == 1
    assert capsys.readouterr().out.count("chosen by the caller") == 4


SERVING = sample(
    rules=(
        RuleOutcome("step.unfinished", "fail", Outcome.PASSED, None, ("21 CFR 211.188",)),
        RuleOutcome("gap.unexplained", "off", Outcome.OFF, "gaps are usual", ("\x1b[1mhouse rule 4", "house rule 5")),
        RuleOutcome("value.missing", "fail", Outcome.PASSED),
    ),
    checks=(CheckOutcome("chain.broken-link", Outcome.PASSED, ("21 CFR 11.10(a)",)),),
)


def test_the_report_says_which_rule_serves_what_and_what_became_of_it() -> None:
    assert part(render_text(SERVING, width=80).replace("\n\n  Serving", "\n  Serving"), "RULES").splitlines() == [
        "  2 passed, 1 off.",
        "  - gap.unexplained is off: gaps are usual",
        "  Serving, by what the policy says:",
        "    step.unfinished    fail   passed  serves 21 CFR 211.188",
        "    gap.unexplained    off    off     serves \\x1b[1mhouse rule 4; house rule 5",
        "    chain.broken-link  fixed  passed  serves 21 CFR 11.10(a)",
    ]


def test_what_is_served_stands_below_where_there_is_no_room_beside() -> None:
    text = render_text(SERVING, width=60)
    assert "    step.unfinished    fail   passed\n        serves 21 CFR 211.188\n" in text


def test_a_policy_that_serves_nothing_says_nothing_of_it() -> None:
    assert "Serving" not in render_text(FINAL)
    assert HASH in render_text(FINAL)
