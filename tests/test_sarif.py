"""SARIF: the official schema, what viewers of code scanning demand, and fingerprints that stay."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from support.bundles import BUNDLES, vector
from test_cli import AT, ROOT, TRUST, bundle, run
from test_cli_check import PLACES
from test_render import BARE, FINAL, HASH, HOSTILE, RICH, every_finding, sample

from opsproof_verify import verify
from opsproof_verify.cli import main
from opsproof_verify.findings import Finding, finding
from opsproof_verify.register import CODES, Severity
from opsproof_verify.render.json_report import render_json
from opsproof_verify.render.messages import TEXTS
from opsproof_verify.render.results import Checked
from opsproof_verify.render.sarif import fingerprint, render_sarif
from opsproof_verify.report import CheckOutcome, Outcome, Report, RuleOutcome
from opsproof_verify.slotted import replace

SCHEMA = Draft202012Validator(json.loads((Path(__file__).parent / "schemas" / "sarif-2.1.0.json").read_text()))
ABSOLUTE = re.compile(r"[a-z][a-z0-9+.-]*:[A-Za-z0-9._~:/?#@!$&'()*+,;=%-]+")
RELATIVE = re.compile(r"([A-Za-z0-9._~-]|%[0-9A-F]{2})([A-Za-z0-9._~/-]|%[0-9A-F]{2})*")
UNREADABLE = Checked("gone.opb", None, None, "gone.opb: no such file or directory; check the path")

SERVED = sample(
    rules=(
        RuleOutcome("step.unfinished", "fail", Outcome.PASSED, None, ("21 CFR 211.188",)),
        RuleOutcome("gap.unexplained", "off", Outcome.OFF, "gaps are usual"),
    ),
    checks=(CheckOutcome("chain.broken-link", Outcome.PASSED, ("21 CFR 11.10(a)",)),),
)


def document(*checked: Checked) -> dict[str, Any]:
    """Give results as SARIF that keeps the official schema."""
    made: dict[str, Any] = json.loads(render_sarif(checked))
    assert [error.message for error in SCHEMA.iter_errors(made)] == []
    return made


def only_run(report: Report) -> dict[str, Any]:
    """Give the run of one report."""
    (made,) = document(Checked("run.opb", "gxp-batch", report))["runs"]
    return dict(made)


def prints(report: Report) -> list[str]:
    """Give the fingerprints of all results."""
    return [result["partialFingerprints"]["opsproofFinding/v1"] for result in only_run(report)["results"]]


@pytest.mark.parametrize("report", [FINAL, RICH, BARE, SERVED], ids=["final", "rich", "bare", "served"])
def test_each_finding_is_a_result_at_its_level(report: Report) -> None:
    made = only_run(report)
    rules = made["tool"]["driver"]["rules"]
    assert [result["ruleId"] for result in made["results"]] == [found.code.name for found in report.findings]
    for result, found in zip(made["results"], report.findings, strict=True):
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] == {"fail": "error", "provisional": "warning", "note": "note"}[found.severity]
        assert result["properties"]["clause"] == found.code.clause
    named = [rule["id"] for rule in rules]
    assert named == [code for code in CODES if code in named]
    assert {one.rule for one in report.rules} | {one.code for one in report.checks} <= set(named)


def test_schema_refuses_what_is_not_in_it() -> None:
    made = document(Checked("run.opb", None, RICH))
    made["runs"][0]["results"][0]["level"] = "fail"
    made["runs"][0]["extra"] = 1
    assert len(list(SCHEMA.iter_errors(made))) == 2


def test_rules_lead_to_spec_and_explain_themselves() -> None:
    for rule in only_run(RICH)["tool"]["driver"]["rules"]:
        clause = f"OPV-{CODES[rule['id']].clause}"
        assert rule["helpUri"] == f"urn:opsproof:spec:1:{clause}"
        assert ABSOLUTE.fullmatch(rule["helpUri"])
        assert f"Clause: {clause} of SPEC.md" in rule["help"]["text"]
        assert re.fullmatch("([A-Z][a-z]+)+", rule["name"])
        assert rule["fullDescription"]["text"].startswith(rule["shortDescription"]["text"])


def test_levels_are_those_of_the_policy_and_what_is_off_is_not_enabled() -> None:
    rules = {rule["id"]: rule for rule in only_run(SERVED)["tool"]["driver"]["rules"]}
    assert rules["step.unfinished"]["defaultConfiguration"] == {"level": "error"}
    assert rules["gap.unexplained"]["defaultConfiguration"] == {"enabled": False}
    assert rules["chain.broken-link"]["defaultConfiguration"] == {"level": "error"}
    unset = sample(checks=(CheckOutcome("rule.not-evaluated", Outcome.PASSED, ("x",)),))
    assert only_run(unset)["tool"]["driver"]["rules"][-1]["defaultConfiguration"] == {"level": "error"}


def test_a_rule_that_passed_is_said_with_what_it_serves_and_is_no_result() -> None:
    made = only_run(SERVED)
    assert made["results"] == []
    assert made["properties"]["rules"][0] == {
        "rule": "step.unfinished",
        "level": "fail",
        "outcome": "passed",
        "serves": ["21 CFR 211.188"],
    }
    assert made["properties"]["checks"][0]["serves"] == ["21 CFR 11.10(a)"]
    rules = {rule["id"]: rule for rule in made["tool"]["driver"]["rules"]}
    assert rules["step.unfinished"]["properties"]["tags"] == ["21 CFR 211.188"]
    assert rules["chain.broken-link"]["help"]["text"].endswith("Serves: 21 CFR 11.10(a)")
    assert b"complian" not in render_sarif([Checked("run.opb", None, SERVED)]).lower()


def test_a_rule_has_no_more_tags_than_viewers_take() -> None:
    many = RuleOutcome("step.unfinished", "fail", Outcome.PASSED, None, tuple(f"clause {n}" for n in range(30)))
    (rule,) = only_run(sample(rules=(many,)))["tool"]["driver"]["rules"]
    assert len(rule["properties"]["tags"]) == 10
    assert len(rule["properties"]["serves"]) == 30


def test_the_run_says_what_the_verdict_rests_on() -> None:
    said = only_run(RICH)["properties"]
    alone = json.loads(render_json(RICH))
    for member in ("verdict", "policy", "trust", "bundle", "contract", "counts", "not-run", "not-proven", "rules"):
        assert said[member] == alone[member]
    assert [{name: owed[name] for name in ("need", "facts")} for owed in said["owed"]] == alone["owed"]
    assert said["owed"][1]["message"] == "Evidence is supplied for photo of step fill, pass 1: 2 items."
    assert "policy" not in only_run(BARE)["properties"]


def test_what_is_found_is_named_by_the_anchors_of_every_view() -> None:
    found = finding(
        "deviation.continued", {"frame": 7, "seq": 12, "step": "fill", "pass": 2}, {"deviation": 9}, Severity.FAIL
    )
    (place,) = only_run(sample(findings=(found,)))["results"][0]["locations"]
    assert [one["fullyQualifiedName"] for one in place["logicalLocations"]] == [
        "entry e12",
        "deviation e9",
        "step fill, pass 2",
        "frame 7",
    ]
    (place,) = only_run(sample(findings=(finding("seal.missing", {}),)))["results"][0]["locations"]
    assert "logicalLocations" not in place


def test_each_result_has_a_place_in_the_bundle() -> None:
    made = document(Checked("run.opb", None, RICH), UNREADABLE)
    for one, uri in zip(made["runs"], ("run.opb", "gone.opb"), strict=True):
        assert one["artifacts"][0]["location"]["uri"] == uri
        for result in one["results"]:
            physical = result["locations"][0]["physicalLocation"]
            assert physical == {"artifactLocation": {"uri": uri, "index": 0}, "region": {"startLine": 1}}


@pytest.mark.parametrize(
    "path,uri",
    [
        ("run.opb", "run.opb"),
        ("./batch 7/r[1].opb", "batch%207/r%5B1%5D.opb"),
        ("a:b.opb", "a%3Ab.opb"),
        ("x\udcff.opb", "x%FF.opb"),
        ("-", "-"),
    ],
)
def test_a_path_is_a_uri_reference(path: str, uri: str) -> None:
    made = document(Checked(path, None, FINAL))["runs"][0]["artifacts"][0]["location"]["uri"]
    assert made == uri
    assert RELATIVE.fullmatch(made)


def test_an_absolute_path_is_a_file_uri(tmp_path: Path) -> None:
    made = document(Checked(str(tmp_path / "a b.opb"), None, FINAL))["runs"][0]["artifacts"][0]["location"]["uri"]
    assert made.startswith("file:///")
    assert made.endswith("/a%20b.opb")
    assert ABSOLUTE.fullmatch(made)


def test_each_run_has_a_category_of_its_own() -> None:
    results = [Checked("a.opb", None, FINAL), Checked("a.opb", "gxp-batch", FINAL), Checked("b.opb", None, FINAL)]
    names = [one["automationDetails"]["id"] for one in document(*results, results[0])["runs"]]
    assert names == [
        "opsproof-verify/a.opb/the policy in the contract/",
        "opsproof-verify/a.opb/gxp-batch/",
        "opsproof-verify/b.opb/the policy in the contract/",
        "opsproof-verify/a.opb/the policy in the contract (2)/",
    ]


def test_what_could_not_be_verified_is_an_error_and_never_clean() -> None:
    (made,) = document(UNREADABLE)["runs"]
    (invocation,) = made["invocations"]
    assert invocation["executionSuccessful"] is False
    assert invocation["toolExecutionNotifications"][0]["message"]["text"] == UNREADABLE.error
    (result,) = made["results"]
    assert (result["level"], result["ruleId"]) == ("error", "no-verdict")
    assert made["tool"]["driver"]["rules"][0]["id"] == "no-verdict"
    assert "no-verdict" not in CODES


def test_fingerprints_do_not_depend_on_order_wording_severity_or_other_findings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = dict(zip((found.code.name for found in RICH.findings), prints(RICH), strict=True))
    mixed = list(RICH.findings)
    random.Random(4).shuffle(mixed)
    mixed = [replace(found, severity=Severity.NOTE) for found in mixed[: len(mixed) // 2]]
    monkeypatch.setitem(TEXTS, "step.unfinished", TEXTS["gap.unexplained"])
    after = dict(zip((found.code.name for found in mixed), prints(sample(RICH, findings=tuple(mixed))), strict=True))
    assert after == {name: before[name] for name in after}


def test_fingerprints_do_not_depend_on_numbers_that_change_while_others_sign() -> None:
    def missing(count: int, need: str) -> Finding:
        return finding("approval.missing", {}, {"missing": count, "need": need, "role": "quality"}, Severity.FAIL)

    assert fingerprint(HASH, missing(2, "closure")) == fingerprint(HASH, missing(1, "closure"))
    assert fingerprint(HASH, missing(2, "closure")) != fingerprint(HASH, missing(2, "release"))
    assert fingerprint(HASH, missing(2, "closure")) != fingerprint("", missing(2, "closure"))


def test_fingerprints_follow_entries_and_signoffs_rather_than_frames() -> None:
    def at(**subject: int | str) -> str:
        return fingerprint(HASH, finding("reference.broken", dict(subject)))

    assert at(frame=7, seq=3) == at(frame=6, seq=3) != at(frame=7, seq=4)
    assert at(frame=7, signoff=HASH) == at(frame=6, signoff=HASH)
    assert at(frame=7) != at(frame=6)


def test_equal_findings_have_different_fingerprints() -> None:
    twice = finding("step.not-released", {"step": "clear"}, None, Severity.FAIL)
    first, second = prints(sample(findings=(twice, twice)))
    assert (first[:-2], first[-2:], second[-2:]) == (second[:-2], ":1", ":2")


@pytest.mark.untraced
def test_no_two_results_of_a_vector_share_a_fingerprint() -> None:
    names = sorted(path.name for path in BUNDLES.iterdir())
    for name in random.Random(1).sample(names, 80):
        data, policy, trust, given = vector(name)
        found = prints(verify(data, policy, trust, **given))
        assert len(set(found)) == len(found), name


@pytest.mark.untraced
def test_nothing_from_a_bundle_becomes_a_link_a_place_or_a_control() -> None:
    assert FINAL.contract is not None
    evil = f"[press](https://example.org) {{0}} {HOSTILE}\udc80\ufffe" + "x" * 16_384
    report = sample(
        RICH,
        findings=every_finding(evil),
        contract=replace(FINAL.contract, organisation=evil),
        expect=(("a", evil),),
    )
    data = render_sarif([Checked(f"{evil[:80]}.opb", evil[:80], report)])
    made = json.loads(data)
    assert [error.message for error in SCHEMA.iter_errors(made)] == []
    texts = [result["message"]["text"] for result in made["runs"][0]["results"]]
    texts.append(made["runs"][0]["automationDetails"]["description"]["text"])
    for text in texts:
        assert r"\[press\](https://example.org) {{0}}" in text
        assert not re.search(r"(?<!\\)[][]", text)
        assert all(character == " " or character.isprintable() for character in text)
    assert data == render_sarif([Checked(f"{evil[:80]}.opb", evil[:80], report)])


def test_form_is_that_of_the_json_report() -> None:
    data = render_sarif([Checked("run.opb", None, RICH)])
    assert data == (json.dumps(json.loads(data), ensure_ascii=False, sort_keys=True, indent=2) + "\n").encode()
    assert b"\r" not in data
    assert not re.search(rb'"(startTimeUtc|endTimeUtc|timeUtc|machine|account|workingDirectory)"', data)


def test_the_command_gives_sarif_also_for_what_cannot_be_read(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    options = ["--trust", TRUST, "--at", AT, "--format", "sarif"]
    assert main(["check", bundle("approval-missing"), *options]) == 3
    made = json.loads(capsysbinary.readouterr().out)
    assert [result["ruleId"] for result in made["runs"][0]["results"]] == ["approval.missing"]
    assert main(["check", "no-such-file", *options]) == 2
    made = json.loads(capsysbinary.readouterr().out)
    assert made["runs"][0]["invocations"][0]["executionSuccessful"] is False
    assert main(["check", bundle("minimal"), bundle("chain-prev"), *options]) == 1
    made = json.loads(capsysbinary.readouterr().out)
    assert [one["properties"]["verdict"] for one in made["runs"]] == ["FINAL", "FAIL"]


def test_same_inputs_same_bytes_wherever_and_however(tmp_path: Path) -> None:
    options = ["check", bundle("rich-every-kind"), "--trust", TRUST, "--format", "sarif"]
    results = {run(*options, cwd=cwd, flags=(), **place) for cwd, place in ((ROOT, PLACES[0]), (tmp_path, PLACES[1]))}
    assert len(results) == 1
