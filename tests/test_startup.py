"""What a check of a small bundle imports, since that is most of what it costs: facts, and no times (ADR 24)."""

from __future__ import annotations

import gc
import os
import re
import subprocess
import sys
from functools import cache

import pytest
from test_cli import AT, ROOT, TRUST, bundle

import opsproof_verify
from opsproof_verify.cli import command, main
from opsproof_verify.cli.arguments import COMMANDS

CHECK = ["check", bundle("minimal"), "--trust", TRUST, "--at", AT]

#: Modules of others that a check does without, and why.
FOREIGN = {
    "dataclasses": "writes and compiles six methods for each class; `slotted` does not",
    "inspect": "`dataclasses` wants it",
    "json": "the report is written by `render.json_form`; only SARIF wants JSON on one line",
    "pathlib": "imports half a web client to open a file",
    "urllib": "for the addresses of SARIF",
    "html": "for JUnit",
    "shutil": "for the width of a terminal, where there is one; imports three ways to compress",
    "tempfile": "for standard input that is kept, or a file that is written",
    "base64": "`binascii` is enough",
    "subprocess": "nothing is run",
    "multiprocessing": "a small bundle is checked in one process",
    "concurrent": "likewise",
    "pickle": "likewise",
    "asyncio": "likewise",
    "importlib.metadata": "the version stands in the code",
    "cryptography.x509": "keys are 32 bytes",
    "cryptography.hazmat.primitives.serialization": "likewise",
    "opsproof_record": "the recorder is no part of the verifier",
}

#: Our own modules that a check with a report as text does without.
OWN = {
    "cli.compare": "another command's",
    "cli.describe": "`show`'s",
    "cli.explain": "another command's",
    "cli.extract": "another command's",
    "cli.completion": "another command's",
    "cli.manual": "another command's",
    "cli.policy_commands": "`policy`'s",
    "reading": "`show`'s, `extract`'s and for CSV",
    "cli.selftest": "another command's",
    "cli.selftest_run": "likewise",
    "cli.show": "another command's",
    "cli.surface": "`completion`'s and `man`'s",
    "cli.timeline": "for CSV",
    "cli.trust_commands": "`trust`'s",
    "cli.trust_key": "for signed trust files",
    "compare": "`compare`'s",
    "policy_tools": "`policy`'s",
    "sshsig": "for signed trust files",
    "trust_signature": "likewise",
    "trust_tools": "`trust`'s",
    "workers": "processes for large bundles, and for many",
    "render.compare_json": "`compare`'s",
    "render.compare_text": "`compare`'s",
    "render.csv_form": "for its format",
    "render.junit": "for its format",
    "render.policy_schema": "`policy`'s",
    "render.policy_show": "`policy`'s",
    "render.sarif": "for its format",
    "render.selftest": "`selftest`'s",
    "render.selftest_junit": "likewise",
    "render.timeline": "for CSV",
    "render.timeline_cells": "likewise",
    "render.trust_claims": "`trust`'s",
    "render.trust_diff": "likewise",
    "render.trust_show": "likewise",
    "render.trust_warnings": "likewise",
    "render.what_if": "for several results",
}


@cache
def imported(*arguments: str) -> frozenset[str]:
    """Give the modules that a command has imported when it is done."""
    program = (
        "import sys; from opsproof_verify.cli import main; main(sys.argv[1:]); print(*sys.modules, file=sys.stderr)"
    )
    # Without the modules that `site` and coverage bring along.
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    paths = os.pathsep.join([str(ROOT), *(path for path in sys.path if path.endswith("site-packages"))])
    done = subprocess.run(
        [sys.executable, "-S", "-c", program, *arguments],
        capture_output=True,
        check=True,
        env=inherited | {"PYTHONPATH": paths},
    )
    return frozenset(done.stderr.decode().split())


def test_a_check_is_made() -> None:
    assert {"opsproof_verify.cli.check", "opsproof_verify.judge", "opsproof_verify.render.text"} <= imported(*CHECK)


@pytest.mark.parametrize("name", FOREIGN)
def test_a_check_does_without(name: str) -> None:
    assert not {one for one in imported(*CHECK) if one == name or one.startswith(f"{name}.")}


@pytest.mark.parametrize("name", OWN)
def test_a_check_leaves_to_others(name: str) -> None:
    path = ROOT / "opsproof_verify" / name.replace(".", "/")
    assert path.is_dir() or path.with_suffix(".py").is_file(), "this list names what there is"
    full = f"opsproof_verify.{name}"
    assert not {one for one in imported(*CHECK) if one == full or one.startswith(f"{full}.")}


@pytest.mark.parametrize("form", ["json", "sarif", "junit", "csv"])
def test_a_format_imports_its_own_renderer_alone(form: str) -> None:
    own = {"json": "json_report", "sarif": "sarif", "junit": "junit", "csv": "timeline"}[form]
    found = imported(*CHECK, "--format", form)
    assert f"opsproof_verify.render.{own}" in found
    assert not {f"opsproof_verify.render.{other}" for other in ("sarif", "junit", "timeline") if other != own} & found


def test_a_check_under_a_shipped_policy_imports_no_more() -> None:
    assert imported(*CHECK, "--policy", "baseline") == imported(*CHECK)


def test_the_version_is_told_without_the_verifier() -> None:
    ours = {name for name in imported("--version") if name.startswith("opsproof_verify")}
    assert ours == {
        "opsproof_verify",
        "opsproof_verify.cli",
        "opsproof_verify.cli.arguments",
        "opsproof_verify.cli.output",
    }


def test_a_command_describes_itself_alone(capsys: pytest.CaptureFixture[str]) -> None:
    """The parser of one command is made without the others, and says the same as beside them."""
    assert main(["--help"]) == 0
    overview = capsys.readouterr().out
    for name in COMMANDS:
        assert re.search(rf"\n    {name}\s", overview)
        assert main([name, "--help"]) == 0
        assert capsys.readouterr().out.startswith(f"usage: opsproof-verify {name} ")
    assert main(["trust", "lint", "--help"]) == 0
    assert capsys.readouterr().out.startswith("usage: opsproof-verify trust lint [-h] ")
    assert main(["policy", "diff", "--help"]) == 0
    assert capsys.readouterr().out.startswith("usage: opsproof-verify policy diff [-h] A B\n")
    assert main(["chekc"]) == 2
    assert "invalid choice: 'chekc' (choose from 'check', 'view'," in capsys.readouterr().err


# --- the package


def run(program: str) -> str:
    """Give what a program says."""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, cwd=ROOT, text=True)
    return done.stdout.strip()


def test_the_package_alone_imports_nothing_of_itself() -> None:
    program = (
        "import sys, opsproof_verify; print([name for name in sys.modules if name.startswith('opsproof_verify.')])"
    )
    assert run(program) == "[]"


def test_all_public_names_are_there() -> None:
    for name in opsproof_verify.__all__:
        value = getattr(opsproof_verify, name)
        assert value.__name__ == name
        assert value.__module__ == f"opsproof_verify.{opsproof_verify._HOMES[name]}"
    assert sorted(opsproof_verify._HOMES) == opsproof_verify.__all__


def test_other_names_are_not() -> None:
    with pytest.raises(AttributeError, match="module 'opsproof_verify' has no attribute 'verdict'"):
        opsproof_verify.verdict  # noqa: B018


@pytest.mark.parametrize(
    "before",
    [
        "",
        "import opsproof_verify.verify",
        "from opsproof_verify.verify import verify",
        "import opsproof_verify.cli.check",
    ],
)
def test_verify_is_the_function_whatever_was_imported_before(before: str) -> None:
    said = run(
        f"{before}\nfrom opsproof_verify import verify\nimport opsproof_verify as o\nprint(verify is o.verify, verify)"
    )
    assert said.startswith("True <function verify at ")


def test_a_module_is_had_from_the_package() -> None:
    assert run("from opsproof_verify import fields; print(fields.__name__)") == "opsproof_verify.fields"


# --- and the end


def test_the_program_ends_with_the_status_and_looks_for_no_garbage(monkeypatch: pytest.MonkeyPatch) -> None:
    frozen = []
    monkeypatch.setattr(gc, "freeze", lambda: frozen.append(True))
    monkeypatch.setattr(sys, "argv", ["opsproof-verify", "explain", "no-such-code"])
    with pytest.raises(SystemExit) as ended:
        command()
    assert (ended.value.code, frozen) == (2, [True])
