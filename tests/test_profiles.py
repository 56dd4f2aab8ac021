"""The shipped profiles: what they are, that an honest run is FINAL under each, and what keeps it from being so."""

import random
import re
import tomllib
from itertools import pairwise
from typing import Any

import pytest
from support.bundles import AGENT, DAY, HOUR, OFFSET, ROOT, START, Subject, build, codes, model, toml, trust_of
from support.profile_runs import (
    OPERATOR,
    SUPERVISOR,
    Change,
    cover,
    deviate,
    drop,
    edit,
    insert,
    member,
    run_under,
    step,
)

from opsproof_verify import Policy, Report, verify
from opsproof_verify.cli import main
from opsproof_verify.register import RULES

PROFILES = sorted(path.stem for path in (ROOT / "policies").glob("*.toml"))
JUDGING = [name for name in PROFILES if name != "integrity-only"]


def text_of(name: str) -> str:
    return (ROOT / "policies" / f"{name}.toml").read_text(encoding="utf-8")


def check(name: str, subject: Subject, at: int | None = START + 30 * DAY) -> Report:
    """Verify a subject under the profile that its contract pins."""
    return verify(build(subject), Policy.load(name), trust_of(subject), at=at)


def test_these_profiles_ship() -> None:
    assert PROFILES == [
        "agent-operations",
        "aviation-maintenance",
        "baseline",
        "forensic-custody",
        "gxp-batch",
        "integrity-only",
        "it-change",
    ]


@pytest.mark.parametrize("name", PROFILES)
def test_each_profile_lists_every_rule(name: str) -> None:
    assert set(tomllib.loads(text_of(name))["rules"]) == set(RULES)


@pytest.mark.parametrize("name", PROFILES)
def test_each_profile_can_be_read_aloud(name: str) -> None:
    text = text_of(name)
    assert "Read it aloud: " in text
    assert max(len(line) for line in text.splitlines()) <= 120
    for row in re.findall(r'^".+" = \{ level = "(?!off).*$', text, re.MULTILINE):
        assert isinstance(row, str)
    rules = text.split("[rules]\n")[1].split("\n[[")[0].splitlines()
    for before, line in pairwise(rules):
        if re.match(r'"[a-z.-]+"(\.level)? = ', line) and '"off"' not in line:
            assert "  # " in line or before.startswith("# "), f"{line} says nothing"


@pytest.mark.parametrize("name", PROFILES)
def test_no_profile_claims_that_anything_is_complied_with(name: str) -> None:
    assert not re.search(r"compl(y|ies|iant|ied)|certif(y|ied|ies)\b|required by", text_of(name), re.IGNORECASE)


def shuffled(value: Any, source: random.Random, place: str = "") -> Any:
    """Permute all that has no order (SPEC 8.1-9): tables, sets, approvals; not rulings, nor rows of ``when``."""
    if isinstance(value, dict):
        names = source.sample(sorted(value), len(value))
        return {name: shuffled(value[name], source, name) for name in names}
    if isinstance(value, list):
        rows = [shuffled(row, source, place) for row in value]
        return rows if place in ("rulings", "when") else source.sample(rows, len(rows))
    return value


@pytest.mark.parametrize("name", PROFILES)
def test_the_order_of_a_profile_means_nothing(name: str) -> None:
    told, wanted = tomllib.loads(text_of(name)), Policy.load(name)
    for seed in range(20):
        again = Policy.parse(toml.policy(shuffled(told, random.Random(seed))).encode())
        assert again.digest == wanted.digest


@pytest.mark.parametrize("name", PROFILES)
def test_no_rule_waits_for_what_the_profile_does_not_ask(name: str) -> None:
    policy = Policy.load(name)
    deadlines = any(need.deadline for need in policy.approvals)
    assert (policy.rules["approval.late"].strictest is not None) == deadlines
    separated = any(need.independent_of for need in policy.approvals)
    assert (policy.rules["approval.self"].strictest is not None) == separated
    seen = policy.rules["seal.not-witnessed"].level is not None
    assert name == "integrity-only" or seen == (policy.rules["seal.witnessed-late"].level is not None)


@pytest.mark.parametrize("name", JUDGING)
def test_an_honest_run_is_final(name: str) -> None:
    report = check(name, run_under(name))
    assert (str(report.verdict), codes(report)) == ("FINAL", [])


def test_integrity_alone_is_never_final() -> None:
    report = check("integrity-only", run_under("integrity-only"))
    assert (str(report.verdict), codes(report)) == ("PROVISIONAL", ["policy.never-final"])
    assert {rule.level for rule in Policy.load("integrity-only").rules.values()}.isdisjoint({"fail"})


LATE = {"due": [START, OFFSET]}
NOTED = {"authentication": {"factors": ["possession"], "time": [START + DAY, OFFSET]}}
OMISSIONS: list[tuple[str, Change, str, str]] = [
    # profile, what is left out or done otherwise, the verdict, and the code
    ("baseline", drop("closure"), "PROVISIONAL", "approval.missing"),
    ("baseline", drop("checked"), "FAIL", "check.missing"),
    ("baseline", drop("photo", "photo-entry", "handed", "got"), "PROVISIONAL", "evidence.missing"),
    ("gxp-batch", edit("contract", retention=None), "FAIL", "contract.no-retention"),
    ("gxp-batch", drop("quality-review"), "PROVISIONAL", "approval.missing"),
    ("gxp-batch", edit("batch-release", authentication=None), "PROVISIONAL", "signoff.not-authenticated"),
    ("gxp-batch", edit("photo-entry", copy=None), "PROVISIONAL", "evidence.undescribed"),
    ("gxp-batch", drop("approval"), "FAIL", "contract.unapproved"),
    ("aviation-maintenance", member("operator-b", qualifications=None), "FAIL", "actor.unqualified"),
    ("aviation-maintenance", drop("tool"), "PROVISIONAL", "instrument.missing"),
    ("aviation-maintenance", edit("tool", **LATE), "PROVISIONAL", "instrument.out-of-calibration"),
    ("aviation-maintenance", drop("release-to-service"), "PROVISIONAL", "approval.missing"),
    ("it-change", edit("act", authorised=None), "FAIL", "action.unauthorised"),
    ("it-change", member(AGENT, principal="super-c"), "FAIL", "action.by-principal"),
    ("it-change", step("label", tags=["emergency"]), "FAIL", "approval.late"),
    ("it-change", drop("approval"), "FAIL", "contract.unapproved"),
    ("agent-operations", member(AGENT, config=None), "FAIL", "agent.undescribed"),
    ("agent-operations", drop("human-oversight"), "PROVISIONAL", "approval.missing"),
    ("agent-operations", edit("closure", **NOTED), "PROVISIONAL", "signoff.not-authenticated"),
    ("agent-operations", edit("started", clock=None), "FAIL", "time.clock-unstated"),
    ("forensic-custody", drop("got"), "PROVISIONAL", "custody.not-received"),
    ("forensic-custody", edit("photo-entry", source=None), "PROVISIONAL", "evidence.undescribed"),
    ("forensic-custody", edit("handed", actor=SUPERVISOR), "FAIL", "custody.broken"),
    ("forensic-custody", edit("witness", time=[START + 5 * DAY, 0]), "FAIL", "seal.witnessed-late"),
    ("forensic-custody", drop("technical-review"), "PROVISIONAL", "approval.missing"),
    ("integrity-only", edit("seal", count=3), "FAIL", "seal.wrong-count"),
]


@pytest.mark.parametrize("name, change, verdict, code", OMISSIONS, ids=[f"{row[0]}-{row[3]}" for row in OMISSIONS])
def test_an_omission_keeps_it_from_being_final(name: str, change: Change, verdict: str, code: str) -> None:
    report = check(name, run_under(name, change))
    assert (str(report.verdict), code in codes(report)) == (verdict, True), codes(report)


def test_an_agent_signs_at_once() -> None:
    subject = run_under("agent-operations")
    at = subject.index("act") + 1
    assert subject.items[at].inner == "attestation"
    del subject.items[at]
    report = check("agent-operations", subject)
    assert (str(report.verdict), codes(report)) == ("FAIL", ["attestation.late"])


def test_custody_needs_a_witness_a_time_and_a_known_sealer() -> None:
    name, sealed = "forensic-custody", START + HOUR
    report = check(name, run_under(name, drop("witness")), at=sealed + 2 * DAY)
    assert (str(report.verdict), codes(report)) == ("PROVISIONAL", ["seal.not-witnessed"])
    assert codes(check(name, run_under(name), at=None)) == ["rule.not-evaluated"]
    unknown = run_under(name)
    unknown.trust["approver"] = [row for row in unknown.trust["approver"] if row["key"] != OPERATOR]
    assert codes(check(name, unknown)) == ["seal.key-not-trusted"]


def test_an_acquired_item_must_be_described() -> None:
    undescribed = (step("photograph", tags=["acquisition"]), edit("photo-entry", source=None))
    assert str(check("forensic-custody", run_under("forensic-custody", *undescribed)).verdict) == "FAIL"


@pytest.mark.parametrize("critical, verdict", [(False, "PROVISIONAL"), (True, "FAIL")])
def test_a_tool_of_a_critical_task_must_be_in_calibration(critical: bool, verdict: str) -> None:  # noqa: FBT001 - a table
    name = "aviation-maintenance"
    tool = model.Item("late-tool", 2, {"kind": "instrument-used", "actor": "operator-b", "instrument": "TORQUE 2"})
    tool.fields.update(step="inspect" if critical else "clear", due=[START, OFFSET])
    tool.fields["pass"] = 1
    report = check(name, run_under(name, insert(f"{tool.fields['step']}-begin", tool)))
    assert (str(report.verdict), codes(report)) == (verdict, ["instrument.out-of-calibration"])


#: Deviations: the profile, how grave, how many, whether they block, the further need, and what that covers.
DEVIATIONS = [
    ("gxp-batch", "critical", 1, True, "critical-deviation", "critical-deviation"),
    ("gxp-batch", "major", 3, False, "many-deviations", "quality-review"),
    ("aviation-maintenance", "major", 1, False, "engineering-disposition", "engineering-disposition"),
    ("it-change", "critical", 1, True, "emergency-review", "post-implementation-review"),
]


@pytest.mark.parametrize("name, severity, count, block, need, covering", DEVIATIONS, ids=[row[4] for row in DEVIATIONS])
def test_grave_deviations_need_a_further_approval(
    name: str, severity: str, count: int, block: bool, need: str, covering: str  # noqa: FBT001 - a table
) -> None:  # fmt: skip
    changes = (deviate(severity, count=count, release=block), cover(covering, *range(count)))
    assert codes(check(name, run_under(name, *changes, needs=[need]))) == []
    without = run_under(name, *changes, needs=[need])
    without.items = [item for item in without.items if item.label != need]
    assert "approval.missing" in codes(check(name, without))


@pytest.mark.parametrize("name, severity, other", [
    ("gxp-batch", "critical", "quality-review"), ("aviation-maintenance", "major", "release-to-service"),
])  # fmt: skip
def test_nobody_else_closes_a_grave_deviation(name: str, severity: str, other: str) -> None:
    need = {"gxp-batch": "critical-deviation", "aviation-maintenance": "engineering-disposition"}[name]
    run = run_under(name, deviate(severity, release=severity == "critical"), cover(other, 0), needs=[need])
    report = check(name, run)
    assert (str(report.verdict), codes(report)) == ("PROVISIONAL", ["deviation.not-closed"])


@pytest.mark.parametrize("days, found", [(30, []), (31, ["approval.late"])])
def test_a_change_is_reviewed_in_time(days: int, found: list[str]) -> None:
    when = START + days * DAY
    fresh = {"factors": ["knowledge", "possession"], "time": [when, OFFSET]}
    run = run_under("it-change", edit("post-implementation-review", time=[when, OFFSET], authentication=fresh))
    assert codes(check("it-change", run, at=when)) == found


def test_an_emergency_waits_for_its_review_until_the_deadline() -> None:
    run = run_under("it-change", step("label", tags=["emergency"]))
    assert codes(check("it-change", run, at=START + 3 * DAY)) == ["approval.missing"]


@pytest.mark.parametrize("name", PROFILES)
def test_lint_finds_nothing_idle_in_a_profile(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policy", "lint", name]) == 0
    told = capsys.readouterr()
    assert ("warning" in told.out + told.err) == (name == "integrity-only")
