"""`check`: verdicts as exit status, several bundles and policies, options, output."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from test_cli import AT, ROOT, TRUST, VECTORS, bundle, run

from opsproof_verify.cli import main
from opsproof_verify.cli.errors import UsageError
from opsproof_verify.cli.inputs import parse_expectations, parse_time
from opsproof_verify.cli.output import put
from opsproof_verify.verify import verify

POLICY = str(VECTORS / "policy-given" / "policy.toml")


def check(*arguments: str) -> int:
    """Run `check` with the trust file and time of the vectors."""
    return main(["check", *arguments, "--trust", TRUST, "--at", AT])


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    "vector,status,verdict",
    [
        ("minimal", 0, "FINAL"),
        ("chain-prev", 1, "FAIL"),
        ("file-empty", 1, "FAIL"),
        ("approval-missing", 3, "PROVISIONAL"),
    ],
)
def test_exit_status_is_the_verdict(vector: str, status: int, verdict: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(bundle(vector)) == status
    said = capsys.readouterr()
    assert said.out.startswith(f"{verdict} ")
    assert said.err == ""


@pytest.mark.parametrize(
    "vectors,status",
    [
        (["minimal", "minimal"], 0),
        (["minimal", "approval-missing"], 3),
        (["minimal", "approval-missing", "no-such-file"], 2),
        (["minimal", "approval-missing", "no-such-file", "chain-prev"], 1),
    ],
)
def test_of_several_the_worst_counts(vectors: list[str], status: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(*map(bundle, vectors)) == status
    said = capsys.readouterr()
    assert said.out.startswith("FINAL        ")
    assert ("no-such-file" in said.err) == ("no-such-file" in vectors)
    assert ("\nno verdict   " in said.out) == ("no-such-file" in vectors)


def test_several_policies_give_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert check(bundle("minimal"), "--policy", POLICY, "--policy", POLICY) in (0, 1, 3)
    assert capsys.readouterr().out.count("chosen by the caller") == 2


def test_accept_provisional_never_covers_hiding(capsys: pytest.CaptureFixture[str]) -> None:
    assert check(bundle("approval-missing"), "--accept", "provisional") == 0
    assert check(bundle("minimal"), "--accept", "provisional") == 0
    assert check(bundle("chain-prev"), "--accept", "provisional") == 1
    capsys.readouterr()
    for vector in ("entry-withheld", "evidence-absent"):
        assert check(bundle(vector), "--accept", "provisional") == 3
        assert "PROVISIONAL not accepted" in capsys.readouterr().err
    assert main(["check", bundle("minimal"), "--trust", TRUST, "--accept", "provisional"]) == 3


def test_json_of_one_bundle_is_the_report(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    assert check(bundle("minimal"), "--format", "json") == 0
    report = json.loads(capsysbinary.readouterr().out)
    assert report["format"] == "opsproof-report/1"
    assert report["at"] == "2026-12-02T00:00:00.000Z"


def test_json_of_several_is_one_document(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    check(bundle("minimal"), "--format", "json")
    alone = capsysbinary.readouterr().out
    assert check(bundle("minimal"), "no-such-file", "--format", "json") == 2
    document: dict[str, Any] = json.loads(capsysbinary.readouterr().out)
    assert document["format"] == "opsproof-reports/1"
    first, second = document["reports"]
    assert first["report"] == json.loads(alone)
    assert first["digest"] == sha256(alone).hexdigest()
    assert (first["bundle"], first["policy"]) == (bundle("minimal"), None)
    assert second == {
        "bundle": "no-such-file",
        "policy": None,
        "error": "no-such-file: no such file or directory; check the path",
    }


@pytest.mark.parametrize(
    "options",
    [
        ["--trust", "no-such-file"],
        ["--trust", TRUST, "--policy", "no-such-policy"],
        ["--trust", TRUST, "--policy", "no-such-policy.toml"],
        ["--trust", TRUST, "--at", "yesterday"],
        ["--trust", TRUST, "--expect", "colour=red"],
        ["--trust", TRUST, "--evidence-dir", "no-such-folder"],
        ["--trust", TRUST, "-"],
    ],
)
def test_what_the_caller_gives_wrong_is_no_verdict(
    options: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"")))
    arguments = ["check", "-", *options]
    assert main(arguments) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("opsproof-verify: ")


def test_standard_input_is_read_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert check("-", "-") == 2
    assert "give `-` once" in capsys.readouterr().err


def test_one_unreadable_bundle_is_no_verdict_and_no_document(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for missing in ("no-such-file", str(tmp_path)):
        assert check(missing, "--format", "json") == 2
        said = capsys.readouterr()
        assert said.out == ""
        assert missing in said.err


def test_failure_while_reading_names_the_bundle(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("opsproof_verify.cli.bundles.verify", fail)
    assert check(bundle("minimal")) == 2
    assert capsys.readouterr().err.endswith("bundle.opb: input/output error; check permissions and disk\n")


def test_internal_error_over_one_bundle_leaves_the_others_judged(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    calls: list[object] = []

    def first_fails(*arguments: Any, **options: Any) -> Any:
        calls.append(arguments)
        if len(calls) == 1:
            raise KeyError("odd")
        return verify(*arguments, **options)

    monkeypatch.setattr("opsproof_verify.cli.bundles.verify", first_fails)
    assert check(bundle("minimal"), bundle("chain-prev")) == 1
    said = capsys.readouterr()
    assert "internal error: KeyError at cli/bundles.py" in said.err
    assert "\nFAIL         " in said.out


def test_expectations_reach_the_verdict(capsys: pytest.CaptureFixture[str]) -> None:
    assert check(bundle("minimal"), "--expect", "subject.batch=B-1042", "--expect", "min-version=4") == 0
    assert "Expected    subject.batch is B-1042\n" in capsys.readouterr().out
    assert check(bundle("minimal"), "--expect", "contract=acme.other") == 1


@pytest.mark.parametrize(
    "pairs",
    [
        ["contract"],
        ["contract="],
        ["min-version=0"],
        ["min-version=x"],
        ["run=AB"],
        ["subject.x=\udcff"],
        ["x=y"],
        ["contract=a", "contract=b"],
    ],
)
def test_expectations_that_cannot_be_read(pairs: list[str]) -> None:
    with pytest.raises(UsageError, match="--expect"):
        parse_expectations(pairs)


def test_expectations_may_hold_equals_signs() -> None:
    assert parse_expectations(["subject.batch=a=b", f"run={'0' * 64}"]) == {"subject.batch": "a=b", "run": "0" * 64}


@pytest.mark.parametrize(
    "text,ms",
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01t01:00:00.5+01:00", 500),
        ("2026-12-02T00:00:00.123z", 1_796_169_600_123),
        ("9999-12-31T23:59:59.999Z", 253_402_300_799_999),
    ],
)
def test_times_are_read(text: str, ms: int) -> None:
    assert parse_time(text) == ms


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-12-02",
        "2026-12-02T00:00:00",
        "2026-13-02T00:00:00Z",
        "1969-12-31T23:59:59Z",
        "now",
        "\uff12026-12-02T00:00:00Z",
        "2026-12-02T00:00:00.1234Z",
        "2026-12-02 00:00:00Z",
        "2026-12-02T24:30:00Z",
        "0000-01-01T00:00:00Z",
    ],
)
def test_times_that_cannot_be_read(text: str) -> None:
    with pytest.raises(UsageError, match="since 1970"):
        parse_time(text)


def test_evidence_beside_the_bundle(capsys: pytest.CaptureFixture[str]) -> None:
    folder = str(VECTORS / "evidence-beside" / "evidence")
    assert check(bundle("evidence-beside"), "--evidence-dir", folder) == 0
    assert check(bundle("evidence-beside")) == 3
    assert "Absent  " in capsys.readouterr().out


@pytest.mark.parametrize("policies", [[], ["--policy", POLICY, "--policy", POLICY]])
def test_standard_input_is_a_bundle(
    policies: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data = Path(bundle("chain-prev")).read_bytes()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    assert check("-", *policies) == 1
    assert "FAIL" in capsys.readouterr().out


def test_output_is_written_whole_and_says_what_it_holds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "report.json"
    target.write_text("old")
    assert check(bundle("minimal"), "--format", "json", "--output", str(target)) == 0
    assert json.loads(target.read_bytes())["verdict"] == "FINAL"
    assert capsys.readouterr().out.startswith("FINAL ")
    assert check(bundle("minimal"), "no-such-file", "--output", str(target)) == 2
    assert target.read_text().startswith("FINAL        ")
    assert capsys.readouterr().out.count("\n") == 1
    assert list(tmp_path.iterdir()) == [target]


def test_output_that_cannot_be_written_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_: int) -> None:
        raise OSError(28, "No space left on device")

    target = tmp_path / "report.txt"
    target.write_text("old")
    monkeypatch.setattr(os, "fsync", fail)
    assert check(bundle("minimal"), "--output", str(target)) == 2
    assert "report.txt: no space left on device" in capsys.readouterr().err
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_output_to_a_device_is_written_to_it() -> None:
    assert check(bundle("minimal"), "--output", os.devnull) == 0
    assert not Path(os.devnull).is_file()


@pytest.mark.skipif(not Path("/dev/stdout").exists(), reason="needs /dev/stdout")
def test_output_to_standard_output_by_its_name() -> None:
    """Where it is a pipe, the name leads to nothing that a folder holds."""
    command = [sys.executable, "-m", "opsproof_verify", "check", bundle("minimal"), "--trust", TRUST, "--at", AT]
    done = subprocess.run([*command, "--output", "/dev/stdout"], capture_output=True, check=True)
    assert b"FINAL" in done.stdout
    assert not done.stderr


def test_output_never_replaces_an_input(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    copy = tmp_path / "run.opb"
    copy.write_bytes(Path(bundle("minimal")).read_bytes())
    link = tmp_path / "link"
    link.symlink_to(copy)
    for output in (copy, link):
        assert check(str(copy), "--output", str(output)) == 2
        assert "is an input" in capsys.readouterr().err
    assert check(str(copy), "--output", str(tmp_path)) == 2
    assert "is a folder" in capsys.readouterr().err
    assert copy.read_bytes() == Path(bundle("minimal")).read_bytes()


def test_colour_and_width_are_a_terminal_s(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "500")
    screen = Terminal()
    monkeypatch.setattr(sys, "stdout", screen)
    check(bundle("minimal"))
    assert screen.getvalue().startswith("\x1b[1;32mFINAL\x1b[0m")
    assert 80 < max(map(len, screen.getvalue().splitlines())) <= 100
    monkeypatch.setenv("NO_COLOR", "1")
    screen.truncate(0)
    check(bundle("minimal"))
    assert "\x1b" not in screen.getvalue()


def test_colour_can_be_forced(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("FORCE_COLOR", "1")
    check(bundle("minimal"))
    assert capsys.readouterr().out.startswith("\x1b[")


def test_encoding_that_lacks_letters_shows_their_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", screen)
    put("M\u00fcller\n")
    screen.flush()
    assert screen.buffer.getvalue() == b"M\\xfcller\n"


def test_what_spec_compares_is_ascii(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", bundle("minimal"), "--trust", TRUST, "--expect", "subject.batch=M\u00fcller"]) == 2
    assert "in ASCII" in capsys.readouterr().err


PLACES = [
    {"TZ": "Asia/Kathmandu", "LANG": "C", "LC_ALL": "C", "PYTHONHASHSEED": "1"},
    {"TZ": "America/St_Johns", "LANG": "de_DE.UTF-8", "PYTHONHASHSEED": "4711", "PYTHONUTF8": "0"},
    {"TZ": "UTC", "LANG": "tr_TR.UTF-8", "PYTHONHASHSEED": "0", "COLUMNS": "40"},
]


@pytest.mark.parametrize("form", ["json", "text"])
def test_same_inputs_same_bytes_wherever_and_however(form: str, tmp_path: Path) -> None:
    options = ["check", bundle("rich-every-kind"), "--trust", TRUST, "--format", form]
    results = {
        run(*options, cwd=cwd, flags=flags, **place)
        for cwd, flags, place in (
            (ROOT, (), {}),
            (ROOT, (), PLACES[0]),
            (tmp_path, (), PLACES[1]),
            (tmp_path, ("-O",), PLACES[2]),
        )
    }
    assert len(results) == 1
    assert results.pop()[0] == 3
