"""Policies: TOML and canonical form, what is refused, what is shipped, rulings (SPEC 8)."""

import hashlib
import re
from pathlib import Path
from typing import Any

import pytest
from support.bundles import base, cbor, toml

from opsproof_verify import InputError, Policy, Severity
from opsproof_verify.findings import Rejected
from opsproof_verify.register import RULES

ROOT = Path(__file__).parent.parent
HEAD = 'vocabulary = 1\nid = "p"\nversion = 1\ntitle = "P"\n'
LEAST = HEAD + 'default-level = "fail"\n'
RULING = '\n[[rulings]]\nruling = "review"\n'
NEED = '\n[[approvals]]\nid = "qa"\nrole = "quality"\n'


def problems(text: str) -> list[str]:
    with pytest.raises(InputError) as caught:
        Policy.parse(text.encode())
    assert all(problem.remedy for problem in caught.value.problems)
    return [problem.path for problem in caught.value.problems]


def test_defaults_are_written_out() -> None:
    policy = Policy.parse((LEAST + NEED + RULING).encode())
    need = {"id": "qa", "role": "quality", "count": 1, "independent-of": ["author", "performer"], "after": [],
            "blind": False, "redacted": False}  # fmt: skip
    rules: dict[str, Any] = {name: {"level": "fail"} for name in RULES}
    rules["attestation.late"] |= {"max-waiting": 10_000, "at-once": []}
    form = {
        "vocabulary": 1, "id": "p", "version": 1, "title": "P", "default-level": "fail", "unevaluable": "own",
        "approvers": "trust", "retired-keys": "claimed", "contract-approval": {"count": 1}, "rules": rules,
        "approvals": [need], "rulings": [{"ruling": "review"}],
    }  # fmt: skip
    assert policy.encode() == cbor.encode(form)
    assert policy.digest == hashlib.sha256(cbor.encode(form)).digest()


FULL = (
    LEAST
    + """unevaluable = "provisional"
approvers = "roster"
retired-keys = "witnessed"
sealing-roles = ["operator", "lead"]

[contract-approval]
count = 2
roles = ["quality", "production"]

[rules."time.not-monotonic"]
level = "note"

[rules."trust.stale"]
level = "off"
reason = "Air-gapped."

[rules."attestation.late"]
level = "fail"
max-waiting = 5
at-once = ["released", "checked"]

[[approvals]]
id = "first"
role = "production"
count = 64
meaning = "made"
independent-of = []
when-severity = "major"
blind = true
redacted = true

[[approvals]]
id = "second"
role = "quality"
after = ["first"]
independent-of = ["sealer", "checker", "performer", "author"]

[[rulings]]
severity = ["major", "critical"]
reasons = ["mix-up", "spill"]
critical = true
ruling = "block"

[[rulings]]
critical = false
ruling = "allow"
"""
    + RULING
)


def test_what_is_read_is_what_the_canonical_form_says() -> None:
    policy = Policy.parse(FULL.encode())
    assert Policy.parse_canonical(policy.encode()) == policy
    assert policy.sealing_roles == ("lead", "operator")
    assert policy.contract_roles == ("production", "quality")
    assert policy.rules["time.not-monotonic"].level is Severity.NOTE
    assert (policy.rules["trust.stale"].level, policy.rules["trust.stale"].reason) == (None, "Air-gapped.")
    assert policy.rules["attestation.late"].at_once == ("checked", "released")
    assert policy.approvals[1].independent_of == ("author", "checker", "performer", "sealer")


def test_two_files_that_mean_the_same_have_one_digest() -> None:
    other = FULL.replace('["operator", "lead"]', '["lead", "operator"]').replace(
        '[rules."time', '# note\n[rules . "time'
    )
    other = other.replace('after = ["first"]', 'after = ["first"]\ncount = 1\nblind = false')
    assert Policy.parse(other.encode()).digest == Policy.parse(FULL.encode()).digest


@pytest.mark.parametrize(
    "severity, reason, critical, expected",
    [
        ("critical", "mix-up", True, "block"),
        ("major", "spill", True, "block"),
        ("minor", "spill", True, "review"),
        ("major", "other", True, "review"),
        ("major", "mix-up", False, "allow"),
    ],
)
def test_the_first_ruling_that_holds_decides(severity: str, reason: str, critical: bool, expected: str) -> None:  # noqa: FBT001 - a parameter
    assert Policy.parse(FULL.encode()).ruling(severity, reason, critical=critical) == expected


WRONG: dict[str, tuple[str, list[str]]] = {
    "nothing there": ("", ["vocabulary", "default-level", "id", "version", "title", "rulings"]),
    "another vocabulary": (LEAST.replace("1", "2", 1) + RULING, ["vocabulary"]),
    "unknown keys": (LEAST + "zebra = 1\nalpha = 1\n" + RULING, ["alpha", "zebra"]),
    "carriage returns": ((LEAST + RULING).replace("\n", "\r\n"), [""]),
    "a float": (LEAST.replace("version = 1", "version = 1.0") + RULING, ["version"]),
    "an integer too large": (LEAST.replace("version = 1", f"version = {2**53}") + RULING, ["version"]),
    "a date": (LEAST.replace('"P"', "2026-01-01") + RULING, ["title"]),
    "a default of note": (LEAST.replace('"fail"', '"note"') + RULING, ["default-level"]),
    "no ruling": (LEAST, ["rulings"]),
    "a last ruling with a condition": (LEAST + RULING + "critical = true\n", ["rulings"]),
    "a ruling that is none": (LEAST + RULING.replace("review", "maybe"), ["rulings[0].ruling"]),
    "empty severities": (LEAST + RULING + "severity = []\n" + RULING, ["rulings[0].severity", "rulings[1]"]),
    "empty reasons": (LEAST + RULING + "reasons = []\n" + RULING, ["rulings[0].reasons", "rulings[1]"]),
    "an unreachable ruling": (LEAST + RULING + RULING, ["rulings[1]"]),
    "a ruling within an earlier one": (
        LEAST
        + RULING
        + 'severity = ["minor", "major"]\n'
        + RULING
        + 'severity = ["minor"]\nreasons = ["a"]\ncritical = true\n'
        + RULING,
        ["rulings[1]"],
    ),
    "an unknown rule": (LEAST + '[rules."step.unheard"]\nlevel = "fail"\n' + RULING, ['rules."step.unheard"']),
    "an unknown parameter": (
        LEAST + '[rules."step.unknown"]\nlevel = "fail"\nmax-waiting = 1\n' + RULING,
        ['rules."step.unknown".max-waiting'],
    ),
    "a rule that is no table": (
        LEAST + "[rules]\n" + '"step.unknown" = "off"\n' + RULING,
        ['rules."step.unknown"', 'rules."step.unknown".level'],
    ),
    "a level that is none": (
        LEAST + '[rules."step.unknown"]\nlevel = "warn"\n' + RULING,
        ['rules."step.unknown".level'],
    ),
    "off without a reason": (LEAST + '[rules."step.unknown"]\nlevel = "off"\n' + RULING, ['rules."step.unknown"']),
    "a reason without off": (
        LEAST + '[rules."step.unknown"]\nlevel = "note"\nreason = "x"\n' + RULING,
        ['rules."step.unknown"'],
    ),
    "provisional without a remedy": (
        LEAST + '[rules."step.unknown"]\nlevel = "provisional"\n' + RULING,
        ['rules."step.unknown".level'],
    ),
    "waiting of none": (
        LEAST + '[rules."attestation.late"]\nlevel = "fail"\nmax-waiting = 0\n' + RULING,
        ['rules."attestation.late".max-waiting'],
    ),
    "a kind that is none": (
        LEAST + '[rules."attestation.late"]\nlevel = "fail"\nat-once = ["start"]\n' + RULING,
        ['rules."attestation.late".at-once[0]'],
    ),
    "a count of none": (LEAST + NEED + "count = 0\n" + RULING, ["approvals[0].count"]),
    "a count of 65": (LEAST + NEED + "count = 65\n" + RULING, ["approvals[0].count"]),
    "two approvals of one id": (LEAST + NEED + NEED + RULING, ["approvals[1].id"]),
    "after itself": (LEAST + NEED + 'after = ["qa"]\n' + RULING, ["approvals[0].after"]),
    "independent of somebody else": (
        LEAST + NEED + 'independent-of = ["owner"]\n' + RULING,
        ["approvals[0].independent-of[0]"],
    ),
    "the same word twice": (
        LEAST + NEED + 'independent-of = ["author", "author"]\n' + RULING,
        ["approvals[0].independent-of"],
    ),
    "a number for a boolean": (LEAST + NEED + "blind = 1\n" + RULING, ["approvals[0].blind"]),
    "no sealing roles": (LEAST + "sealing-roles = []\n" + RULING, ["sealing-roles"]),
    "no roles for the contract": (LEAST + "[contract-approval]\nroles = []\n" + RULING, ["contract-approval.roles"]),
    "more of the contract": (LEAST + "[contract-approval]\nperson = 1\n" + RULING, ["contract-approval.person"]),
    "approvals that are no tables": (LEAST + "approvals = 1\n" + RULING, ["approvals"]),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_named_by_its_path(name: str) -> None:
    text, expected = WRONG[name]
    assert sorted(problems(text)) == sorted(expected)


def test_a_default_of_provisional_needs_every_rule_without_a_remedy_listed() -> None:
    with pytest.raises(InputError) as caught:
        Policy.parse((LEAST.replace('"fail"', '"provisional"') + RULING).encode())
    (problem,) = caught.value.problems
    assert problem.path == "default-level"
    hopeless = [name for name, code in RULES.items() if code.remedy.value == "none"]
    assert problem.remedy.endswith(": " + ", ".join(hopeless))


def test_two_rulings_that_each_take_a_part_are_both_reached() -> None:
    text = (
        LEAST
        + RULING
        + 'reasons = ["a", "b"]\n'
        + RULING
        + 'reasons = ["b", "c"]\n'
        + RULING
        + "critical = true\n"
        + RULING
    )
    assert len(Policy.parse(text.encode()).rulings) == 4


def pinned(**changes: Any) -> bytes:
    encoded: bytes = cbor.encode(toml.canonical(base.policy()) | changes)
    return encoded


REFUSED: dict[str, tuple[bytes, str]] = {
    "too large": (bytes(262_145), "too-large"),
    "no CBOR": (b"", "truncated"),
    "no map": (b"\x80", "not a table"),
    "nothing in it": (b"\xa0", "missing"),
    "unknown keys": (pinned(zebra=1, alpha=1), "unknown key"),
    "not in order": (
        pinned(approvals=[base.policy()["approvals"][0] | {"independent-of": ["performer", "author"]}]),
        "not-canonical",
    ),
    "a default left out": (
        cbor.encode({k: v for k, v in toml.canonical(base.policy()).items() if k != "unevaluable"}),
        "not-canonical",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_pinned_policy_is_in_canonical_form(name: str) -> None:
    data, why = REFUSED[name]
    with pytest.raises(Rejected) as caught:
        Policy.parse_canonical(data)
    assert (caught.value.code, caught.value.facts["why"]) == ("policy.pinned-malformed", why)


def test_the_first_problem_of_a_pinned_policy_does_not_depend_on_the_hash_seed() -> None:
    with pytest.raises(Rejected) as caught:
        Policy.parse_canonical(pinned(**{f"key-{number}": 1 for number in range(20)}))
    assert caught.value.facts["path"] == "key-0"


def test_a_bare_name_is_a_shipped_policy_and_reads_no_local_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "baseline").write_text("not a policy")
    assert Policy.load("baseline").id == "baseline"
    with pytest.raises(
        InputError, match=r"unheard: no shipped policy has this name; use one of .*baseline.*\./unheard\.toml"
    ):
        Policy.load("unheard")


def test_a_path_reads_a_local_file(tmp_path: Path) -> None:
    (tmp_path / "p.toml").write_text(LEAST + RULING)
    assert Policy.load(tmp_path / "p.toml").id == "p"
    assert Policy.load(str(tmp_path / "p.toml")).id == "p"
    (tmp_path / "bare").write_text(LEAST + RULING)
    assert Policy.load(tmp_path / "bare").id == "p"
    with pytest.raises(FileNotFoundError):
        Policy.load("./nowhere.toml")


@pytest.mark.parametrize("path", sorted((ROOT / "policies").glob("*.toml")), ids=lambda path: path.stem)
def test_each_shipped_policy_is_read_and_named_like_its_file(path: Path) -> None:
    policy = Policy.load(path.stem)
    assert policy.id == path.stem
    assert policy.approvals
    assert Policy.parse_canonical(policy.encode()) == policy
    assert re.fullmatch(r"[a-z0-9][a-z0-9-]*", path.stem)


def test_an_installed_package_has_its_policies_inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from opsproof_verify import policy as module  # noqa: PLC0415 - to move it

    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "inside.toml").write_text(LEAST + RULING)
    monkeypatch.setattr(module, "__file__", str(tmp_path / "policy.py"))
    assert Policy.load("inside").id == "p"
