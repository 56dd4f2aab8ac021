"""The command as a whole: usage, errors, and what every command has in common."""

from __future__ import annotations

import errno
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from opsproof_verify import __version__
from opsproof_verify.cli import main
from opsproof_verify.cli.errors import lines
from opsproof_verify.problems import InputError, Problem
from opsproof_verify.render.messages import explain

NOTHING: dict[str, str] = {}
ROOT = Path(__file__).parents[1]
VECTORS = ROOT / "testvectors" / "bundles"
TRUST = str(VECTORS / "minimal" / "trust.toml")
AT = "2026-12-02T00:00:00Z"


def bundle(vector: str) -> str:
    """Give the path of a vector's bundle."""
    return str(VECTORS / vector / "bundle.opb")


def run(*arguments: str, cwd: Path | None = None, flags: tuple[str, ...] = (), **environment: str) -> tuple[int, bytes]:
    """Run the command in a process of its own, as a user does; give status and standard output."""
    done = subprocess.run(
        [sys.executable, *flags, "-m", "opsproof_verify", *arguments],
        capture_output=True,
        check=False,
        cwd=cwd or ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
    )
    assert b"Traceback" not in done.stderr
    return done.returncode, done.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["frobnicate"],
        ["check"],
        ["check", "x.opb"],
        ["check", "x.opb", "--trust", TRUST, "--format", "yaml"],
        ["check", "x.opb", "--trust", TRUST, "--accept", "anything"],
        ["check", "x.opb", "--tru", TRUST],
        ["show", "x.opb", "--odd\x1b[31m"],
        ["trust"],
        ["policy", "show"],
        ["show"],
    ],
)
def test_wrong_usage_is_one_line_and_status_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert re.fullmatch(r"opsproof-verify: .+; see `opsproof-verify.* --help`\n", said.err)
    assert "\x1b" not in said.err


@pytest.mark.parametrize(
    "arguments", [["--help"], ["check", "--help"], ["extract", "--help"], ["trust", "lint", "--help"]]
)
def test_help_is_no_error(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 0
    assert "usage: opsproof-verify" in capsys.readouterr().out


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"opsproof-verify {__version__} (SPEC 1, vocabulary 1)\n"


def test_module_is_the_command() -> None:
    assert run("--version") == (0, f"opsproof-verify {__version__} (SPEC 1, vocabulary 1)\n".encode())


def boom(error: BaseException) -> Callable[..., int]:
    """Make a function that raises."""

    def explode(*_: object) -> int:
        raise error

    return explode


@pytest.mark.parametrize(
    "error,said",
    [
        (
            RuntimeError("odd\x1b[31m"),
            r"internal error: RuntimeError at cli/\w+\.py:\d+, odd\\x1b\[31m \(.*; no verdict\. .*report this line.*",
        ),
        (RecursionError(), r"internal error: RecursionError at cli/__init__\.py:\d+ \(release .*"),
        (KeyboardInterrupt(), "interrupted; no verdict"),
        (OSError(errno.EIO, "Input/output error"), "input or output: input/output error; check permissions and disk"),
        (OSError("odd"), "input or output: cannot be read; check permissions and disk"),
        (
            PermissionError(errno.EACCES, "Permission denied", "a\x1b.opb"),
            r"a\\x1b\.opb: permission denied; check permissions and disk",
        ),
        (
            FileNotFoundError(errno.ENOENT, "No such file or directory", b"a.opb"),
            "a.opb: no such file or directory; check the path",
        ),
        (BrokenPipeError(), "the reader of the output has gone; write to a file with --output"),
    ],
)
def test_errors_are_one_line_and_status_2(
    error: BaseException, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("opsproof_verify.cli.explain.explain", boom(error))
    assert main(["explain"]) == 2
    assert re.fullmatch(f"opsproof-verify: {said}\n", capsys.readouterr().err)


def test_internal_error_names_its_place() -> None:
    with pytest.raises(KeyError) as elsewhere:
        NOTHING["nothing"]
    assert " at " not in lines(elsewhere.value)[0]
    with pytest.raises(KeyError) as here:
        explain("nothing")
    assert re.search(r"KeyError at render/messages\.py:\d+, 'nothing'", lines(here.value)[0])


def test_all_problems_of_an_input_file_are_told_each_in_its_line() -> None:
    error = InputError("trust.toml", (Problem("id", "missing", "add it", 3), Problem("", "odd\x1b", "mend it")))
    assert lines(error) == ["trust.toml:3: id: missing; add it", r"trust.toml: odd\x1b; mend it"]


def test_output_that_cannot_be_flushed_is_let_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with (tmp_path / "out").open("w") as stream:
        monkeypatch.setattr(stream, "flush", boom(OSError(errno.ENOSPC, "No space left on device")), raising=False)
        monkeypatch.setattr(sys, "stdout", stream)
        assert main(["explain"]) == 2
        assert os.path.samestat(os.fstat(stream.fileno()), Path(os.devnull).stat())
        monkeypatch.undo()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_full_disk_is_no_verdict() -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "opsproof_verify", "explain"],
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
            cwd=ROOT,
        )
    assert done.returncode == 2
    assert done.stderr.startswith(b"opsproof-verify: input or output: no space left")
    assert done.stderr.count(b"\n") == 1


def test_trust_lint_says_good_or_lists_all_problems(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["trust", "lint", TRUST]) == 0
    assert "tv-trust, serial 7\n" in capsys.readouterr().out
    bad = tmp_path / "bad.toml"
    bad.write_text('id = "x"\nserial = -1\n[[approver]]\nperson = "a"\n')
    assert main(["trust", "lint", str(bad)]) == 2
    said = capsys.readouterr().err.splitlines()
    assert len(said) >= 3
    assert all(line.startswith(f"opsproof-verify: {bad}") for line in said)


def test_trust_show_is_a_page_to_compare_and_sign(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "trust.toml"
    page.write_text(
        Path(TRUST).read_text()
        + '[[approver]]\nperson = "zoe"\norganisation = "Z\u202e"\nroles = ["quality"]\n'
        + f'key = "{"d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"}"\n'
        + "valid-from = 2026-01-01T00:00:00Z\nvalid-until = 2027-01-01T00:00:00Z\n"
        + "[[revoked]]\nat = 2026-10-01T00:00:00Z\nreason = 'retired'\n"
        + f'key = "{"d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"}"\n'
        + f"[[withdrawn-contract]]\nhash = '{'ab' * 32}'\nat = 2026-10-01T00:00:00Z\n"
        + "[role-map.acme]\nqp = 'quality'\n",
    )
    text = page.read_text().replace("[[approver]]", "[[approver]] # again", 1)
    text = text.replace(
        'contracts = ["acme.*"]', 'contracts = ["acme.*"]\nminimum-version = { "acme.fill-line" = 4 }', 1
    )
    page.write_text(text)
    assert main(["trust", "show", str(page)]) == 0
    said = capsys.readouterr().out
    assert said.startswith("TRUST FILE tv-trust, serial 7\n")
    # As `ssh-keygen -l` prints the key of RFC 8032 §7.1, test 1, and RFC 9679 its thumbprint.
    assert "OpenSSH     SHA256:" in said
    assert re.search(r"kid         ([0-9a-f]{4} ){7}[0-9a-f]{4}\n {16}([0-9a-f]{4} ){7}[0-9a-f]{4}\n", said)
    assert "  zoe, Z\\u202e\n" in said
    assert "valid       from 2026-01-01T00:00:00.000Z until 2027-01-01T00:00:00.000Z\n" in said
    assert "valid       without limit\n" in said
    assert "at least    acme.fill-line version 4\n" in said
    assert "retired, from 2026-10-01T00:00:00.000Z\n" in said
    assert "withdrawn from 2026-10-01T00:00:00.000Z\n" in said
    assert "acme: their qp is our quality\n" in said
    assert "Signature ____" in said
    assert main(["trust", "show", TRUST]) == 0
    assert capsys.readouterr().out.count("\n  None.\n") == 3


def test_bare_policy_name_never_reads_a_local_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    text = (VECTORS / "policy-given" / "policy.toml").read_text()
    for name in ("local", "Local", "local.toml"):
        Path(name).write_text(text)
    assert main(["policy", "lint", "local"]) == 2
    assert "no shipped policy has this name" in capsys.readouterr().err
    assert main(["policy", "lint", "Local"]) == 2
    assert "write ./Local for a file" in capsys.readouterr().err
    assert main(["policy", "lint", "./Local"]) == 0
    assert main(["policy", "lint", "local.toml"]) == 0
