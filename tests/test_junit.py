"""JUnit: the schema that Jenkins uses, nothing green that is not FINAL, and XML that hostile text cannot bend."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import Any

import pytest
from support.bundles import vector
from support.page_scenes import a_vector_of_each_kind
from test_cli import AT, ROOT, TRUST, bundle, run
from test_cli_check import PLACES
from test_render import BARE, FINAL, HASH, HOSTILE, RICH, every_finding, sample
from test_sarif import SERVED, UNREADABLE

from opsproof_verify import verify
from opsproof_verify.cli import main
from opsproof_verify.findings import Verdict, finding
from opsproof_verify.register import Severity
from opsproof_verify.render.junit import render_junit
from opsproof_verify.render.results import Checked
from opsproof_verify.report import CheckOutcome, Outcome, Report, RuleOutcome
from opsproof_verify.slotted import replace

etree: Any = importlib.import_module("lxml.etree")  # it has no types
SCHEMA = etree.XMLSchema(etree.parse(str(Path(__file__).parent / "schemas" / "junit-10.xsd")))

NOTED = finding("time.not-monotonic", {"seq": 3, "frame": 5}, {"back": 4}, Severity.NOTE)
GAP = finding("gap.unexplained", {"seq": 17, "frame": 18}, None, Severity.PROVISIONAL)
BLIND = finding("rule.not-evaluated", {"rule": "trust.stale"}, {"why": "time"}, Severity.PROVISIONAL)


def document(*checked: Checked) -> Any:
    """Give results as JUnit XML that keeps the schema and counts right."""
    root = etree.fromstring(render_junit(checked))
    SCHEMA.assertValid(root)
    for suite in [root, *root]:
        assert suite.get("tests") == str(len(suite.findall(".//testcase")))
        assert suite.get("failures") == str(len(suite.findall(".//failure")))
        assert suite.get("errors") == str(len(suite.findall(".//error")))
        assert suite.get("skipped") in (None, str(len(suite.findall(".//skipped"))))
    return root


def cases(report: Report) -> dict[str, Any]:
    """Give the cases of one report by their names, which are unique."""
    found = document(Checked("run.opb", "gxp-batch", report)).findall(".//testcase")
    named = {case.get("name"): case for case in found}
    assert len(named) == len(found)
    return named


def said(case: Any) -> tuple[str, str, str]:
    """Give of a case the element, its type and its message."""
    elements = [child for child in case if child.tag != "system-out"]
    if not elements:
        return "passed", "", ""
    (element,) = elements
    return element.tag, element.get("type", ""), element.get("message")


@pytest.mark.parametrize("report", [FINAL, RICH, BARE, SERVED], ids=["final", "rich", "bare", "served"])
def test_there_is_a_case_for_the_verdict_each_rule_and_all_else_that_was_found(report: Report) -> None:
    named = cases(report)
    assert next(iter(named)) == "verdict"
    listed = {rule.rule for rule in report.rules} | {check.code for check in report.checks}
    found = {found.code.name for found in report.findings}
    phases = {name for name in named if name.startswith("phase ")}
    assert set(named) == {"verdict"} | listed | found | phases
    assert len(phases) == len(report.not_run)
    assert named["verdict"].get("classname") == "verdict"


def test_schema_refuses_what_is_not_in_it() -> None:
    root = document(Checked("run.opb", None, FINAL))
    root[0].append(etree.Element("verdict"))
    assert not SCHEMA.validate(root)


@pytest.mark.untraced
def test_only_final_is_green() -> None:
    verdicts = set()
    for name in a_vector_of_each_kind():
        data, policy, trust, given = vector(name)
        report = verify(data, policy, trust, **given)
        root = document(Checked(name, None, report))
        green = root.get("failures") == root.get("errors") == "0"
        assert green == (report.verdict is Verdict.FINAL), name
        assert root[0].find("properties/property[@name='verdict']").get("value") == report.verdict
        verdicts.add(report.verdict)
    assert verdicts == set(Verdict)


def test_what_keeps_it_from_final_fails_as_provisional() -> None:
    rule = RuleOutcome("gap.unexplained", "provisional", Outcome.VIOLATED)
    named = cases(sample(findings=(GAP,), rules=(rule,)))
    assert said(named["gap.unexplained"])[:2] == ("failure", "provisional")
    assert said(named["gap.unexplained"])[2].startswith("e17, frame 18: ")
    assert said(named["verdict"]) == (
        "failure",
        "provisional",
        "PROVISIONAL: Everything recorded holds, but under this policy it cannot become FINAL.",
    )


def test_the_case_of_the_verdict_says_what_is_owed_and_not_proven() -> None:
    text = cases(RICH)["verdict"].findtext("failure")
    assert text.startswith("FAIL under baseline 1 (chosen by the caller)\nowed: Approval")
    assert "\nowed: Evidence is supplied for photo of step fill, pass 1: 2 items.\n" in text
    assert "\nnot proven: no-fork: " in text
    assert "\nnot proven: no-fork: " in cases(FINAL)["verdict"].findtext("system-out")


def test_a_rule_that_passed_says_what_it_serves() -> None:
    named = cases(SERVED)
    assert named["step.unfinished"].get("classname") == "step"
    assert named["step.unfinished"].findtext("system-out") == (
        "step.unfinished, serving 21 CFR 211.188: passed [OPV-9.10-4]"
    )
    assert "serving 21 CFR 11.10(a): passed" in named["chain.broken-link"].findtext("system-out")
    assert b"complian" not in render_junit([Checked("run.opb", None, SERVED)]).lower()


def test_off_and_not_run_are_skipped_with_the_reason() -> None:
    rules = (
        RuleOutcome("gap.unexplained", "off", Outcome.OFF, "gaps are usual"),
        RuleOutcome("step.unknown", "off", Outcome.OFF),
        RuleOutcome("trust.stale", "fail", Outcome.NOT_RUN),
    )
    named = cases(sample(BARE, rules=rules, checks=(CheckOutcome("seal.wrong-root", Outcome.NOT_RUN, ("x",)),)))
    assert said(named["gap.unexplained"]) == ("skipped", "", "off: gaps are usual")
    assert said(named["step.unknown"]) == ("skipped", "", "off: no reason given")
    for name in ("trust.stale", "seal.wrong-root", "phase 7, rules"):
        assert said(named[name]) == ("skipped", "", "not run: because of label.missing")
    assert said(named["label.missing"])[:2] == ("failure", "fail")


def test_a_rule_that_could_not_be_evaluated_fails_at_the_level_of_its_finding() -> None:
    rule = RuleOutcome("trust.stale", "fail", Outcome.NOT_EVALUATED)
    named = cases(sample(findings=(BLIND,), rules=(rule,)))
    assert said(named["trust.stale"])[:2] == ("failure", "provisional")
    assert "rule.not-evaluated" not in named
    assert said(cases(sample(findings=(BLIND,), rules=()))["trust.stale"])[:2] == ("failure", "provisional")
    noted = replace(BLIND, severity=Severity.NOTE)
    assert said(cases(sample(findings=(noted,), rules=(rule,)))["trust.stale"])[0] == "skipped"


def test_a_policy_may_say_what_the_code_for_that_serves() -> None:
    check = CheckOutcome("rule.not-evaluated", Outcome.VIOLATED, ("x",))
    assert said(cases(sample(findings=(BLIND,), checks=(check,)))["rule.not-evaluated"])[:2] == (
        "failure",
        "provisional",
    )
    noted = replace(BLIND, severity=Severity.NOTE)
    assert said(cases(sample(findings=(noted,), checks=(check,)))["rule.not-evaluated"])[0] == "passed"


def test_notes_are_green_and_kept_as_output() -> None:
    rule = RuleOutcome("time.not-monotonic", "note", Outcome.VIOLATED)
    named = cases(sample(findings=(NOTED,), rules=(rule,)))
    assert said(named["time.not-monotonic"])[0] == "passed"
    assert "\nNoted, without weight:\ne3, frame 5: " in named["time.not-monotonic"].findtext("system-out")
    assert said(named["verdict"])[0] == "passed"
    stranger = cases(sample(findings=(finding("witness.unknown", {"frame": 9}, {"kid": HASH}),)))
    assert said(stranger["witness.unknown"])[0] == "passed"


@pytest.mark.parametrize("outcome", [Outcome.PASSED, Outcome.OFF, Outcome.NOT_RUN])
def test_what_was_found_fails_whatever_is_said_of_the_rule(outcome: Outcome) -> None:
    rule = RuleOutcome("gap.unexplained", "provisional", outcome)
    assert said(cases(sample(findings=(GAP,), rules=(rule,)))["gap.unexplained"])[0] == "failure"


@pytest.mark.parametrize("outcome", [Outcome.VIOLATED, Outcome.NOT_EVALUATED])
def test_what_is_said_of_a_rule_fails_without_a_finding_too(outcome: Outcome) -> None:
    rule = RuleOutcome("gap.unexplained", "provisional", outcome)
    assert said(cases(sample(rules=(rule,)))["gap.unexplained"])[:2] == ("failure", "fail")


def test_all_findings_of_a_code_are_in_its_case_and_counted() -> None:
    text = cases(RICH)["chain.broken-link"].findtext("failure")
    assert text.endswith("\n250 findings in all, 1 of them listed")


def test_a_check_of_the_policy_is_one_case() -> None:
    link = finding("chain.broken-link", {"seq": 3, "frame": 5})
    named = cases(sample(findings=(link,), checks=(CheckOutcome("chain.broken-link", Outcome.VIOLATED, ("x",)),)))
    assert said(named["chain.broken-link"])[:2] == ("failure", "fail")


def test_what_could_not_be_verified_is_an_error() -> None:
    root = document(UNREADABLE)
    assert (root.get("errors"), root.get("tests")) == ("1", "1")
    assert said(root.find(".//testcase")) == ("error", "no-verdict", f"no verdict: {UNREADABLE.error}")


def test_no_case_of_several_suites_has_the_name_of_another() -> None:
    root = document(Checked("a.opb", None, FINAL), Checked("a.opb", "x", RICH), Checked("b.opb", "x", RICH), UNREADABLE)
    names = [(case.get("classname"), case.get("name")) for case in root.findall(".//testcase")]
    assert len(set(names)) == len(names)
    assert [suite.get("name") for suite in root] == [
        "a.opb under the policy in the contract",
        "a.opb under x",
        "b.opb under x",
        "gone.opb under the policy in the contract",
    ]
    assert ("b.opb under x: step", "step.unknown") in names


def test_what_a_verdict_rests_on_is_a_property_and_no_time_is_invented() -> None:
    root = document(Checked("run.opb", None, FINAL), Checked("bare.opb", None, BARE))
    known = {one.get("name"): one.get("value") for one in root[0].find("properties")}
    assert (known["policy"], known["policy.digest"], known["trust.digest"]) == ("baseline 1", HASH, HASH)
    assert (known["bundle.seal"], known["at"]) == (HASH, "2026-11-05T17:33:20.000Z")
    assert "policy" not in {one.get("name") for one in root[1].find("properties")}
    assert not re.search(rb" (time|timestamp|hostname)=", render_junit([Checked("run.opb", None, RICH)]))


EVIL = f"</failure><testcase name='x'/>]]>&#0;&bad;\"' {HOSTILE}\ud800\udfff\ufffe\uffff\x0b\x85" + "x" * 16_384


@pytest.mark.untraced
def test_nothing_from_a_bundle_bends_the_document() -> None:
    assert FINAL.contract is not None
    report = sample(
        RICH,
        findings=every_finding(EVIL),
        rules=(
            RuleOutcome("time.not-monotonic", "off", Outcome.OFF, EVIL),
            RuleOutcome("step.unknown", "fail", Outcome.VIOLATED, None, (EVIL,)),
        ),
        contract=replace(FINAL.contract, organisation=EVIL),
    )
    checked = [Checked(EVIL[:99], EVIL[:99], report), Checked(EVIL[:99], None, None, EVIL)]
    root = document(*checked)
    assert len(root[0].findall("testcase")) == len(cases(report))
    text = "".join(root.itertext()) + "".join(value for one in root.iter() for value in one.attrib.values())
    assert "</failure><testcase name='x'/>]]>&#0;&bad;\"'" in text
    assert "\\ud800\\udfff\\ufffe\\uffff\\x0b" in text
    assert set("\u202e\u2066\u200b\ufeff\x1b\x00") & set("".join(root[0].itertext())) == set()


def test_the_command_gives_junit_also_for_what_cannot_be_read(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    options = ["--trust", TRUST, "--at", AT, "--format", "junit"]
    assert main(["check", bundle("minimal"), *options]) == 0
    assert etree.fromstring(capsysbinary.readouterr().out).get("failures") == "0"
    assert main(["check", "no-such-file", *options]) == 2
    assert etree.fromstring(capsysbinary.readouterr().out).get("errors") == "1"
    assert main(["check", bundle("approval-missing"), "--accept", "provisional", *options]) == 0
    assert etree.fromstring(capsysbinary.readouterr().out).get("failures") == "2"


def test_same_inputs_same_bytes_wherever_and_however(tmp_path: Path) -> None:
    options = ["check", bundle("rich-every-kind"), "--trust", TRUST, "--format", "junit"]
    results = {run(*options, cwd=cwd, flags=(), **place) for cwd, place in ((ROOT, PLACES[0]), (tmp_path, PLACES[1]))}
    assert len(results) == 1
