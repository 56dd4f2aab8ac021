"""What `policy diff` says: consequences in words, and what is known of all bundles."""

from pathlib import Path

import pytest
from test_policy_diff import LATE, NEED, OPEN, QUIET, ROW, RULING, TOP, need, rule

from opsproof_verify.cli import main


def said(tmp_path: Path, capsys: pytest.CaptureFixture[str], a: str, b: str) -> tuple[int, str]:
    (tmp_path / "a.toml").write_text(a)
    (tmp_path / "b.toml").write_text(b)
    status = main(["policy", "diff", str(tmp_path / "a.toml"), str(tmp_path / "b.toml")])
    return status, " ".join(capsys.readouterr().out.split())


def test_the_same_policy_has_status_0(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, text = said(tmp_path, capsys, TOP + RULING, TOP.replace('"P"', "'P'") + RULING)
    assert status == 0
    assert text.endswith("A and B are the same policy: they have one digest.")


def test_consequences_are_said_rule_by_rule(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    a = TOP + QUIET + rule("step.unknown", "note") + LATE + 'level = "fail"\n' + NEED + RULING
    late = LATE + 'level = "note"\nmax-waiting = 5\n' + ROW + 'tags = ["a"]\nkinds = ["agent"]\nlevel = "fail"\n'
    changed = need('deadline = "5 d"\nmeaning = "release"\nblind = true\nwhen-work = { critical = true }')
    block = '[[rulings]]\nreasons = ["mix*"]\nseverity = ["major", "critical"]\nruling = "block"\n'
    more = need('when-deviation = { critical = true, count = 2 }\ncovers = { kinds = ["agent"] }', "two", "lead")
    b = (
        TOP
        + 'approvers = "roster"\n'
        + QUIET
        + late
        + "[contract-approval]\ncount = 2\n"
        + changed
        + more
        + block
        + RULING
    )
    status, text = said(tmp_path, capsys, a, b)
    assert status == 1
    assert "Under B no bundle is FINAL." in text
    assert "Neither is stricter" not in text
    assert "B is not stricter in: attestation.late, approval qa, approvers." in text
    assert (
        "B is not weaker in: attestation.late, step.unknown, approval qa, approval two, rulings, contract-appr" in text
    )
    assert "step.unknown stricter: A note, B FAIL." in text
    assert "attestation.late different: A FAIL, B note; max-waiting A 10000 entries, B 5 entries (stricter)." in text
    assert (
        "qa: different: meaning A any, B release; when-work A none, B in a critical step; deadline A none, B 5 days; "
        in text
    )
    assert "blind A no, B yes." in text
    assert "two: stricter, added: 1 person in the role lead" in text
    assert (
        "stricter: of severity critical or major, for the reason mix... (any that begins so): A review, B block" in text
    )
    assert "Whose approvals count: A trust, B roster (weaker)." in text
    assert "Approvals of the contract: A 1, B 2 (stricter)." in text


OVERALL: dict[str, tuple[str, str, str]] = {
    "stricter": (
        TOP + QUIET + NEED + RULING,
        TOP + QUIET + need("count = 2") + RULING,
        "every bundle that is FINAL under B is FINAL under A. APPROVALS AFTER THE SEAL qa: stricter: count A 1, B 2.",
    ),
    "weaker, with what must not be": (
        TOP + need('meaning = "release"') + RULING,
        TOP + NEED + RULING,
        (
            "B is weaker: every bundle that is FINAL under A is FINAL under B, if none of its approvals names A as the "
            "policy looked at, unless that is the one in its contract and none of its approvals is by somebody whom "
            "`independent-of` excludes."
        ),
    ),
    "other words": (
        TOP + QUIET + rule("step.unknown", "off") + NEED + RULING,
        TOP + QUIET + rule("step.unknown", "off").replace('"x"', '"y"') + NEED + RULING,
        (
            "No bundle has another verdict under B than under A. RULES: WHAT A BUNDLE GETS THAT VIOLATES ONE "
            "step.unknown same verdicts: other words or rows, the same levels."
        ),
    ),
    "other rows of rulings": (
        TOP + QUIET + NEED + '[[rulings]]\ncritical = true\nruling = "review"\n' + RULING,
        TOP + QUIET + NEED + RULING,
        "RULINGS ON DEVIATIONS equal: other rows, the same rulings.",
    ),
    "more rows than are tried": (
        TOP + QUIET + NEED + RULING,
        TOP + QUIET + LATE + 'level = "fail"\n'
        + "".join(f'{ROW}tags = ["t{n}"]\nlevel = "note"\n' for n in range(20)) + NEED + RULING,
        "attestation.late different: more rows than can be compared.",
    ),
    "both ways": (
        TOP + QUIET + NEED + RULING,
        TOP + QUIET + need(role="production") + RULING,
        (
            "Neither is stricter: a bundle may be FINAL under one and not under the other, either way. B is not "
            "stricter in: approval qa. B is not weaker in: approval qa."
        ),
    ),
    "sets": (
        TOP + 'sealing-roles = ["a", "b"]\n' + QUIET + need("independent-of = []") + RULING,
        TOP + QUIET + need("covers = { }\nindependent-of = ['author']") + NEED.replace("qa", "two") + RULING,
        "qa: stricter: independent-of A none, B author; covers A none, B everything. two: stricter, added",
    ),
    "roles": (
        TOP + 'sealing-roles = ["a", "b"]\n' + QUIET + NEED + RULING,
        TOP + QUIET + NEED + RULING,
        "THE POLICY ITSELF Roles that may seal: A a and b, B any (weaker).",
    ),
    "what may be covered": (
        TOP + QUIET + OPEN + NEED + RULING,
        TOP + QUIET + OPEN + need() + need(id_="two", role="production") + RULING,
        "Approvals that may cover any open finding: A qa, B qa and two (weaker).",
    ),
    "conditions": (
        TOP + QUIET + need("when-deviation = { }") + NEED.replace("qa", "two") + RULING,
        TOP + QUIET + need("when-deviation = { count = 2 }\nwhen-work = { }") + NEED.replace("qa", "two") + RULING,
        "when-deviation A 1 or more, B 2 or more; when-work A none, B everything.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", OVERALL)
def test_what_is_known_of_all_bundles_is_said(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    a, b, expected = OVERALL[name]
    status, text = said(tmp_path, capsys, a, b)
    assert status == 1
    assert expected in text
