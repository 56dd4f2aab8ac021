"""`policy lint`: errors, and warnings of what has no effect, alone and beside a contract and a trust file."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from support.bundles import BUNDLES, base, trust_of, vector
from support.policies import Data, policies, written
from test_policy import LEAST, NEED, RULING

from opsproof_verify import Policy
from opsproof_verify.cli import main
from opsproof_verify.cli.policies import key_path
from opsproof_verify.cli.policy_commands import read_contract
from opsproof_verify.policy_tools.fitness import Fitness
from opsproof_verify.policy_tools.warnings import warn
from opsproof_verify.problems import locate
from opsproof_verify.render.policy_warnings import warning

QUIET = '[rules."approval.late"]\nlevel = "note"\n[rules."seal.not-witnessed"]\nlevel = "provisional"\n'


def policy(body: str = "", need: str = NEED, ruling: str = RULING, top: str = "") -> Policy:
    return Policy.parse((LEAST + top + QUIET + body + need + ruling).encode())


def said(found: Any) -> list[tuple[str, tuple[str | int, ...]]]:
    return [(one.word, one.place) for one in found]


def rule(name: str, level: str) -> str:
    reason = 'reason = "x"\n' if level == "off" else ""
    return f'[rules."{name}"]\nlevel = "{level}"\n{reason}'


ALONE: dict[str, tuple[Policy, list[tuple[str, tuple[str | int, ...]]]]] = {
    "nothing": (policy(), []),
    "a row that two others leave nothing": (
        policy(
            rule("step.unfinished", "fail")
            + '[[rules."step.unfinished".when]]\ncritical = true\nlevel = "note"\n'
            + '[[rules."step.unfinished".when]]\ncritical = false\nlevel = "note"\n'
            + '[[rules."step.unfinished".when]]\ntags = ["a"]\nlevel = "note"\n'
        ),
        [("row-unreached", ("rules", "step.unfinished", "when", 2))],
    ),
    "a ruling that two others leave nothing": (
        policy(
            ruling='[[rulings]]\ncritical = true\nruling = "block"\n[[rulings]]\ncritical = false\nruling = "block"\n'
            + RULING
        ),
        [("ruling-unreached", ("rulings", 2))],
    ),
    "too many rows to try": (
        policy(ruling="".join(f'[[rulings]]\ntags = ["t{n}"]\nruling = "block"\n' for n in range(20)) + RULING),
        [],
    ),
    "a parameter of a rule that is off": (
        policy(rule("time.repeated", "off") + "max-same = 3\n"),
        [("parameter-idle", ("rules", "time.repeated", "max-same"))],
    ),
    "a rule with parameters that is off": (policy(rule("time.repeated", "off")), []),
    "never final": (policy(need=""), [("never-final", ("approvals",))]),
    "late without a witness": (
        Policy.parse(
            (LEAST + rule("approval.late", "note") + rule("seal.not-witnessed", "note") + NEED + RULING).encode()
        ),
        [("witness-free", ("rules", "seal.witnessed-late"))],
    ),
    "a deadline that nothing holds to": (
        Policy.parse((LEAST + rule("approval.late", "off") + NEED + 'deadline = "5 d"\n' + RULING).encode()),
        [("deadline-idle", ("approvals", "qa", "deadline"))],
    ),
    "no deadline": (
        Policy.parse((LEAST + NEED + RULING).encode()),
        [("rules-idle", ("rules", "approval.late"))],
    ),
    "nothing that could be covered": (
        policy(
            rule("deviation.not-closed", "note"),
            need=NEED + NEED.replace("qa", "two") + "covers = { critical = true }\n",
        ),
        [("covers-idle", ("approvals", "two", "covers")), ("review-idle", ("rules", "deviation.not-closed"))],
    ),
    "open findings that could be covered": (
        policy(
            rule("gap.unexplained", "provisional") + rule("deviation.not-closed", "note"),
            need=NEED + NEED.replace("qa", "two") + "covers = { critical = true }\n",
            ruling='[[rulings]]\nruling = "allow"\n',
        ),
        [],
    ),
    "a block that stops nothing": (
        policy(rule("deviation.continued", "note"), ruling='[[rulings]]\nruling = "block"\n'),
        [("block-idle", ("rules", "deviation.continued"))],
    ),
}


@pytest.mark.parametrize("name", ALONE)
def test_what_has_no_effect_is_told(name: str) -> None:
    given_, expected = ALONE[name]
    found = list(warn(given_))
    assert said(found) == expected
    assert all("; " in warning(one) for one in found)


@given(policies())
@settings(deadline=None, max_examples=15)
def test_each_warning_has_a_line_of_the_file(data: Data) -> None:
    text = written(data)
    found = Policy.parse(text.encode())
    contract, trust = read_contract(str(BUNDLES / "rich" / "bundle.opb")), trust_of(base.rich())
    for one in (*warn(found), *Fitness(policy=found, contract=contract, trust=trust).warn()):
        assert warning(one)
        if one.place[0] == "approvals" and len(one.place) > 1:
            assert f'id = "{one.place[1]}"' in text[: text.index("\n[", text.index(f'id = "{one.place[1]}"')) + 1]
            assert locate(text, key_path(text, one.place)) > 0


# --- the command


def lint(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = main(["policy", "lint", *arguments])
    told = capsys.readouterr()
    return status, " ".join(told.out.split()), told.err


def test_a_policy_without_problems(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = lint(capsys, "baseline")
    assert (status, err) == (0, "")
    assert out.startswith("baseline: no problems. baseline 1, Baseline Digest ")
    assert " Approval closure: 1 in the role quality" in out


def test_warnings_are_told_with_their_lines_and_status_0(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "one.toml").write_text(LEAST + QUIET + RULING)
    status, out, _ = lint(capsys, str(tmp_path / "one.toml"))
    assert status == 0
    assert "no errors, 1 warning. p 1, P Digest" in out
    assert "Rules 65 fail, 1 provisional, 1 note " in out
    assert " Approval none: under this policy no bundle is FINAL warning: " in out
    late = rule("approval.late", "off").replace("x", "No haste.")
    (tmp_path / "two.toml").write_text(LEAST + late + NEED.replace("qa", "zz") + NEED + 'deadline = "1 d"\n' + RULING)
    status, out, _ = lint(capsys, str(tmp_path / "two.toml"))
    assert status == 0
    assert "approval.late is off: No haste." in out
    assert "two.toml:17: approvals[1].deadline: has no effect: approval.late is off" in out


def test_a_contract_and_a_trust_file_are_looked_at(capsys: pytest.CaptureFixture[str]) -> None:
    folder = BUNDLES / "rich"
    package = str(folder / "bundle.opb")
    status, out, _ = lint(capsys, "gxp-batch", "--contract", package, "--trust", str(folder / "trust.toml"))
    assert status == 0
    assert 'rules."contract.no-retention": violated in each run' in out
    assert "nobody can give approval batch-release" in out


NO_CONTRACT = {
    "empty": (b"", "no contract can be read: "),
    "a label alone": (vector("rich")[0][:12], "no contract can be read: it ends before its contract. Give a package"),
    "no contract in it": (vector("rich")[0][:12] + b"\x82\x01\x41\xff", "no contract can be read: "),
}


@pytest.mark.parametrize("name", NO_CONTRACT)
def test_what_has_no_contract_is_refused(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, expected = NO_CONTRACT[name]
    (tmp_path / "x.lep").write_bytes(data)
    status, out, err = lint(capsys, "baseline", "--contract", str(tmp_path / "x.lep"))
    assert (status, out) == (2, "")
    assert expected in err
