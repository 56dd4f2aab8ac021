"""`completion` and `man`: made from the parser, and tried in the shells and formatters that are there."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from opsproof_verify.cli import main, manual
from opsproof_verify.cli.arguments import make_parser
from opsproof_verify.cli.surface import Command, surface, walk
from opsproof_verify.register import CODES

SHELLS = ("bash", "zsh", "fish")

#: Calls the completion as bash does: the words, and the number of the one at the cursor.
ASK = """\
source "$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
_opsproof_verify
printf '%s\\n' "${COMPREPLY[@]}"
"""


def commands() -> list[Command]:
    return walk(surface(make_parser(())))


def printed(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(words) == 0
    return capsys.readouterr().out


def need(program: str) -> str:
    found = shutil.which(program)
    if found is None:
        pytest.skip(f"{program} is not installed here")
    return found


@pytest.fixture
def script(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Path:
    path = tmp_path / "completion.bash"
    path.write_text(printed(capsys, "completion", "bash"), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "typed, offered",
    [
        (["ch"], ["check"]),
        (["check", "--trust"], ["--trust", "--trust-key"]),
        (["check", "--format", "s"], ["sarif"]),
        (["check", "--format", "="], ["text", "json", "sarif", "junit", "csv"]),
        (["check", "--format", "=", "ju"], ["junit"]),
        (["check", "--policy", "it"], ["it-change"]),
        (["check", "--trust", ""], []),
        (["check", "a.opb", "--accept", ""], ["provisional"]),
        (["check", "show", "--acc"], ["--accept"]),
        (["trust", "k"], ["keys"]),
        (["policy", "show", "base"], ["baseline"]),
        (["policy", "show", "--format", ""], ["text", "json"]),
        (["explain", "seal.wrong-r"], ["seal.wrong-run", "seal.wrong-root"]),
        (["extract", "-"], ["-h", "--help", "-o", "--output"]),
        (["completion", ""], ["bash", "zsh", "fish"]),
        (["--v"], ["--version"]),
        (["check", "run."], []),
    ],
)
def test_bash_offers(typed: list[str], offered: list[str], script: Path) -> None:
    words = [need("bash"), "--norc", "-c", ASK, "bash", str(script), "opsproof-verify", *typed]
    done = subprocess.run(words, capture_output=True, check=True, text=True)
    assert (sorted(done.stdout.split()), done.stderr) == (sorted(offered), "")


def test_bash_falls_back_on_files(script: Path) -> None:
    words = [need("bash"), "--norc", "-c", f"source {script}; complete -p opsproof-verify"]
    told = subprocess.run(words, capture_output=True, check=True, text=True).stdout
    assert told == "complete -o default -F _opsproof_verify opsproof-verify\n"


@pytest.mark.parametrize("shell", SHELLS)
def test_every_command_option_and_code_is_in_each_script(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = printed(capsys, "completion", shell)
    for command in commands():
        assert not command.words or command.words[-1] in text
        for option in command.options:
            flag = f"-l {option.flags[-1][2:]} " if shell == "fish" else option.flags[-1]
            assert flag in text
    assert all(code in text for code in CODES)
    assert "gxp-batch" in text


@pytest.mark.parametrize("shell", SHELLS)
def test_the_shell_takes_its_script(shell: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "script"
    path.write_text(printed(capsys, "completion", shell), encoding="utf-8")
    done = subprocess.run([need(shell), "-n", str(path)], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


def test_fish_offers(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "script"
    path.write_text(printed(capsys, "completion", "fish"), encoding="utf-8")
    ask = f"source {path}; complete -C 'opsproof-verify trust '"
    done = subprocess.run([need("fish"), "--no-config", "-c", ask], capture_output=True, check=True, text=True)
    assert [line.split("\t")[0] for line in done.stdout.splitlines()] == ["diff", "keys", "lint", "show"]


def test_another_shell_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", "tcsh"]) == 2
    assert "invalid choice: 'tcsh' (choose from" in capsys.readouterr().err


# --- the manual page


def test_the_page_has_every_command_and_argument(capsys: pytest.CaptureFixture[str]) -> None:
    page = printed(capsys, "man")
    assert page.startswith('.TH OPSPROOF\\-VERIFY 1 "" "opsproof\\-verify ')
    for command in commands():
        if not command.actions:
            assert f"\n.SS {' '.join(command.words)}\n" in page
        for option in command.options:
            assert option.flags[-1].replace("-", "\\-") in page
    assert page.count("this help message") == 1
    assert page.count("0 FINAL, 1 FAIL, 3 PROVISIONAL") == 1
    assert max(map(len, page[page.index(".SH DESCRIPTION") :].splitlines())) <= 100


def test_the_page_is_set_without_a_complaint(capsys: pytest.CaptureFixture[str]) -> None:
    page = printed(capsys, "man").encode()
    done = subprocess.run([need("groff"), "-man", "-Tutf8", "-ww"], input=page, capture_output=True, check=True)
    assert done.stderr == b""
    assert b"Verify bundles and give the verdict." in done.stdout


def test_mandoc_finds_no_error(capsys: pytest.CaptureFixture[str]) -> None:
    page = printed(capsys, "man").encode()
    done = subprocess.run([need("mandoc"), "-T", "lint", "-W", "error"], input=page, capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (0, b"")


@pytest.mark.parametrize(
    "text, roff", [(".sig", "\\&.sig"), ("'a'", "\\&'a'"), ("a\\b", "a\\eb"), ("--at", "\\-\\-at")]
)
def test_no_text_is_a_request(text: str, roff: str) -> None:
    assert manual._line(text) == roff
