"""Policies: what is read is what the canonical form says, order means nothing, what is shipped (SPEC 8.1, 8.2, 8.4)."""

import hashlib
import re
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.bundles import base, cbor, toml
from support.policies import Data, policies, written

from opsproof_verify import InputError, Policy, Severity
from opsproof_verify.findings import Rejected
from opsproof_verify.register import RULES
from opsproof_verify.selectors import Matter

ROOT = Path(__file__).parent.parent
HEAD = 'vocabulary = 1\nid = "p"\nversion = 1\ntitle = "P"\n'
LEAST = HEAD + 'default-level = "fail"\n'
RULING = '\n[[rulings]]\nruling = "review"\n'
NEED = '\n[[approvals]]\nid = "qa"\nrole = "quality"\n'


def test_defaults_are_written_out() -> None:
    policy = Policy.parse((LEAST + NEED + RULING).encode())
    need = {"id": "qa", "role": "quality", "count": 1, "independent-of": ["author", "performer"], "after": [],
            "last-word": True, "blind": False, "redacted": False, "serves": []}  # fmt: skip
    rules: dict[str, Any] = {name: {"level": "fail"} for name in RULES}
    rules["attestation.late"] |= {"max-waiting": 10_000, "at-once": []}
    rules["time.repeated"] |= {"max-same": 10}
    rules["entry.late-unexplained"] |= {"max-lag": 300_000}
    rules["evidence.undescribed"] |= {"members": ["captured", "copy", "source"]}
    rules["evidence.late"] |= {"max-lag": 300_000}
    rules["deviation.late"] |= {"max-delay": 86_400_000}
    rules["seal.witnessed-late"] |= {"within": 86_400_000}
    rules["signoff.not-authenticated"] |= {"min-factors": 2, "max-age": 900_000}
    form = {
        "vocabulary": 1, "id": "p", "version": 1, "title": "P", "default-level": "fail", "unevaluable": "own",
        "approvers": "trust", "retired-keys": "claimed", "contract-approval": {"count": 1}, "rules": rules,
        "approvals": [need], "rulings": [{"ruling": "review"}], "serves": {},
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
level = "note"
max-waiting = 5
at-once = ["released", "checked"]

[[rules."attestation.late".when]]
kinds = ["device", "agent"]
critical = true
level = "fail"

[[rules."attestation.late".when]]
tags = ["gmp"]
level = "off"
reason = "Signed elsewhere."

[rules."evidence.late"]
level = "note"
max-lag = "90 s"

[[approvals]]
id = "second"
role = "quality"
after = ["first"]
independent-of = ["sealer", "checker", "performer", "author"]

[[approvals]]
id = "first"
role = "production"
count = 64
meaning = "made"
independent-of = []
when-deviation = { severity = ["major", "critical"], count = 2 }
when-work = { kinds = ["agent"] }
covers = { reasons = ["mix-*"] }
deadline = "5 d"
last-word = false
blind = true
redacted = true
serves = ["Site procedure 17"]

[[rulings]]
severity = ["major", "critical"]
reasons = ["mix-up", "spill*"]
critical = true
ruling = "block"

[[rulings]]
critical = false
ruling = "allow"
"""
    + RULING
    + '\n[serves]\n"step.unfinished" = ["b", "a"]\n'
)


def test_what_is_read_is_what_the_canonical_form_says() -> None:
    policy = Policy.parse(FULL.encode())
    assert Policy.parse_canonical(policy.encode()) == policy
    assert policy.sealing_roles == ("lead", "operator")
    assert policy.contract_roles == ("production", "quality")
    assert policy.rules["time.not-monotonic"].level is Severity.NOTE
    assert (policy.rules["trust.stale"].level, policy.rules["trust.stale"].reason) == (None, "Air-gapped.")
    late = policy.rules["attestation.late"]
    assert (late.words("at-once"), late.number("max-waiting")) == (("checked", "released"), 5)
    assert [row.where.conditions for row in late.when] == [("critical", "kinds"), ("tags",)]
    assert [(row.level, row.reason) for row in late.when] == [(Severity.FAIL, None), (None, "Signed elsewhere.")]
    assert late.strictest is Severity.FAIL
    assert policy.rules["evidence.late"].number("max-lag") == 90_000
    assert [need.id for need in policy.approvals] == ["first", "second"]
    first, second = policy.approvals
    assert first.deadline == 5 * 24 * 3_600_000
    assert first.when_deviation is not None
    assert (first.when_deviation.count, first.when_deviation.where.severity) == (2, ("critical", "major"))
    assert (first.when_work is not None, first.covers is not None, first.last_word) == (True, True, False)
    assert second.independent_of == ("author", "checker", "performer", "sealer")
    assert policy.serves == {"step.unfinished": ("a", "b")}


def test_two_files_that_mean_the_same_have_one_digest() -> None:
    other = FULL.replace('["operator", "lead"]', '["lead", "operator"]').replace(
        '[rules."time', '# note\n[rules . "time'
    )
    other = other.replace('after = ["first"]', 'after = ["first"]\ncount = 1\nblind = false\nlast-word = true')
    other = other.replace('"5 d"', '"120h"').replace('"90 s"', "90000")
    assert other != FULL
    assert Policy.parse(other.encode()).digest == Policy.parse(FULL.encode()).digest


@pytest.mark.untraced
@given(policies(), st.integers(0, 2**32))
@settings(deadline=None, max_examples=40)
def test_the_order_of_a_file_means_nothing_but_in_rulings_and_rows_of_when(data: Data, seed: int) -> None:
    """SPEC 8.1-9: keys, tables, approvals and sets in any order are one policy with one digest."""
    policy = Policy.parse(written(data).encode())
    other = Policy.parse(written(data, Random(seed)).encode())
    assert other == policy
    assert other.digest == policy.digest
    assert Policy.parse_canonical(policy.encode()) == policy


@pytest.mark.untraced
@given(policies())
@settings(deadline=None, max_examples=40)
def test_the_canonical_form_is_that_of_an_independent_writer(data: Data) -> None:
    """SPEC 8.2-1, against the library of the vectors; it takes durations in milliseconds."""
    policy = Policy.parse(written(data).encode())
    units = {"ms": 1, "s": 1_000, "min": 60_000, "h": 3_600_000, "d": 86_400_000}

    def plain(name: str, value: Any) -> Any:
        found = re.fullmatch(r"(\d+) ?([a-z]+)", value) if isinstance(value, str) else None
        timed = name in ("max-lag", "max-delay", "within", "max-age", "deadline")
        return int(found[1]) * units[found[2]] if found and timed else value

    rules = {rule: {name: plain(name, one) for name, one in row.items()} for rule, row in data["rules"].items()}
    needs = [{name: plain(name, one) for name, one in need.items()} for need in data["approvals"]]
    needs = [{"count": 1, **need} for need in needs]
    approval = {"contract-approval": {"count": 1, **data.get("contract-approval", {})}}
    form = toml.canonical({**data, **approval, "rules": rules, "approvals": needs})
    assert policy.encode() == cbor.encode(form)


@pytest.mark.parametrize(
    "severity, reason, critical, expected",
    [
        ("critical", "mix-up", True, "block"),
        ("major", "spilled", True, "block"),
        ("minor", "spill", True, "review"),
        ("major", "other", True, "review"),
        ("major", "mix-up", False, "allow"),
    ],
)
def test_the_first_ruling_that_holds_decides(severity: str, reason: str, critical: bool, expected: str) -> None:  # noqa: FBT001 - a parameter
    deviation = Matter(critical=critical, severity=severity, reason=reason, kind="human")
    assert Policy.parse(FULL.encode()).ruling(deviation) == expected


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
    assert bool(policy.approvals) is (path.stem != "integrity-only")  # which never gives FINAL, by its name
    assert Policy.parse_canonical(policy.encode()) == policy
    assert re.fullmatch(r"[a-z0-9][a-z0-9-]*", path.stem)


def test_an_installed_package_has_its_policies_inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from opsproof_verify import policy as module  # noqa: PLC0415 - to move it

    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "inside.toml").write_text(LEAST + RULING)
    monkeypatch.setattr(module, "__file__", str(tmp_path / "policy.py"))
    assert Policy.load("inside").id == "p"
