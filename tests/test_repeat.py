"""The last section of a report as text: command line, digests, software; whoever has the file can repeat it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from argparse import Namespace
from hashlib import sha256
from pathlib import Path

import pytest
from test_cli import AT, ROOT, VECTORS, bundle, run
from test_render import FINAL

from opsproof_verify.cli import main, software
from opsproof_verify.cli.errors import UsageError
from opsproof_verify.cli.inputs import refuse_output
from opsproof_verify.cli.repeat import repeat
from opsproof_verify.render.layout import Page
from opsproof_verify.render.text_repeat import Input, Repeat, put_repeat, shell_word

TRUST = VECTORS / "minimal" / "trust.toml"
BASH = shutil.which("bash") or "/bin/sh"
POLICY = ROOT / "policies" / "baseline.toml"


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to stand in, with a bundle, a trust file and a policy."""
    for source, name in ((bundle("minimal"), "run.opb"), (TRUST, "trust.toml"), (POLICY, "house.toml")):
        (tmp_path / name).write_bytes(Path(source).read_bytes())
    monkeypatch.chdir(tmp_path)
    return tmp_path


def section(text: str) -> str:
    """Give what stands under the last heading, the lines of a paragraph joined."""
    return text.partition("\nREPEAT THIS\n")[2]


def command(text: str) -> list[str]:
    """Have a shell read the command line."""
    line = section(text).partition("Command")[2].partition("\n  SHA-256")[0]
    done = subprocess.run([BASH, "-c", f"printf '%s\\0' {line}"], capture_output=True, check=True, text=True)
    return done.stdout.split("\0")[:-1]


def test_the_filed_report_says_what_was_looked_at_and_how(desk: Path) -> None:
    arguments = ["check", "run.opb", "--trust", "trust.toml", "--policy", "./house.toml", "--at", AT]
    assert main([*arguments, "--workers", "1", "--output", "report.txt"]) == 3
    text = Path("report.txt").read_text()
    assert command(text) == ["opsproof-verify", *arguments]
    for name, kind in (("trust.toml", "trust.toml, the trust file"), ("house.toml", "./house.toml, the policy")):
        digest = sha256((desk / name).read_bytes()).hexdigest()
        assert f"  SHA-256     {digest}\n              of {kind}\n" in section(text)
    assert "Bundle      the record is known by run, seal, appended" in section(text)
    python = ".".join(map(str, sys.version_info[:3]))
    told = rf"opsproof-verify \S+, CPython {re.escape(python)}, cbor2 \S+, cryptography \S+, OpenSSL \S+"
    assert re.search(f"Software {told}", " ".join(section(text).split()))
    assert text.endswith("\n")


def test_the_command_line_gives_the_same_report_again(desk: Path) -> None:
    options = ["--trust", "trust.toml", "--at", AT, "--expect", "subject.batch=B-1042", "--accept", "provisional"]
    assert main(["check", "run.opb", *options, "--output", "first.txt"]) == 0
    again = command((desk / "first.txt").read_text())[1:]
    assert again == ["check", "run.opb", *options]
    assert main([*again, "--output", "second.txt", "--workers", "2"]) == 0
    assert (desk / "first.txt").read_bytes() == (desk / "second.txt").read_bytes()


def test_a_terminal_is_told_no_versions(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """To look them up costs more than a small bundle (ADR 24)."""
    assert main(["check", "run.opb", "--trust", "trust.toml", "--at", AT]) == 0
    text = section(capsys.readouterr().out)
    assert command(f"\nREPEAT THIS\n{text}") == [
        "opsproof-verify",
        "check",
        "run.opb",
        "--trust",
        "trust.toml",
        "--at",
        AT,
    ]
    assert "Software" not in text


def test_a_shipped_policy_is_no_file(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "run.opb", "--trust", "trust.toml", "--at", AT, "--policy", "baseline"]) == 3
    text = section(capsys.readouterr().out)
    assert "--policy baseline" in text
    assert text.count("SHA-256") == 1


def test_without_a_seal_nothing_says_which_file_it_was(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", bundle("file-empty"), "--trust", "trust.toml"]) == 1
    assert "keep the file's `sha256sum`" in " ".join(section(capsys.readouterr().out).split())


def test_a_filed_table_names_each_report(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (desk / "other.opb").write_bytes(Path(bundle("approval-missing")).read_bytes())
    assert main(["check", ".", "gone.opb", "--trust", "trust.toml", "--at", AT, "--output", "table.txt"]) == 2
    text = section((desk / "table.txt").read_text())
    assert text.count("  Report      ") == 2
    for name in ("run.opb", "other.opb"):
        capsys.readouterr()
        main(["check", f"./{name}", "--trust", "trust.toml", "--at", AT])
        found = re.search("  Report      ([0-9a-f]{64})", capsys.readouterr().out)
        assert found is not None
        assert f"  Report      {found[1]}\n              ./{name}, under tv-base 1" in text
    assert main(["check", "run.opb", "other.opb", "--trust", "trust.toml", "--at", AT]) == 3
    assert "  Report  " not in section(capsys.readouterr().out)


def test_a_trust_file_s_signature_and_key_are_inputs(desk: Path) -> None:
    (desk / "trust.toml.sig").write_text("signature")
    (desk / "firm.pub").write_text("key")
    given = Namespace(
        bundles=["-"],
        trust="trust.toml",
        trust_key="firm.pub",
        policy=[],
        at=None,
        expect=[],
        evidence_dir=None,
        accept=None,
    )
    told = repeat(given, {"trust.toml": "0" * 64}, to_file=False)
    assert [" ".join(group) for group in told.command] == [
        "opsproof-verify check",
        "-",
        "--trust trust.toml",
        "--trust-key firm.pub",
    ]
    assert told.inputs == (
        ("trust file", "trust.toml", "0" * 64),
        ("signature of the trust file", "trust.toml.sig", sha256(b"signature").hexdigest()),
        ("key of its signer", "firm.pub", sha256(b"key").hexdigest()),
    )
    given.trust_key = "ssh-ed25519 AAAA"
    assert len(repeat(given, {"trust.toml": ""}, to_file=False).inputs) == 2
    given.trust_key = os.devnull
    assert repeat(given, {"trust.toml": ""}, to_file=False).inputs[2] == ("key of its signer", os.devnull, None)


def test_names_that_look_like_options_can_be_read_again(desk: Path) -> None:
    (desk / "-odd.opb").write_bytes((desk / "run.opb").read_bytes())
    (desk / "-t.toml").write_bytes((desk / "trust.toml").read_bytes())
    assert main(["check", "--trust=-t.toml", "--at", AT, "--output", "r.txt", "--", "-odd.opb"]) == 0
    words = command((desk / "r.txt").read_text())
    assert words == ["opsproof-verify", "check", "--trust=-t.toml", "--at", AT, "--", "-odd.opb"]
    assert main(words[1:]) == 0


def test_what_is_told_of_a_file_is_what_was_read(desk: Path) -> None:
    """A trust file may come out of another program, by a pipe that can be read once."""
    os.mkfifo(desk / "trust.pipe")
    writer = subprocess.Popen(["/bin/sh", "-c", "cat trust.toml > trust.pipe"], cwd=desk)
    assert run("check", "run.opb", "--trust", "trust.pipe", "--at", AT, "--output", "r.txt", cwd=desk)[0] == 0
    assert writer.wait() == 0
    digest = sha256((desk / "trust.toml").read_bytes()).hexdigest()
    assert f"SHA-256     {digest}\n              of trust.pipe, the trust file" in (desk / "r.txt").read_text()


def test_a_digest_that_cannot_be_known_says_so() -> None:
    page = Page(80, colour=False)
    put_repeat(page, Repeat((("x",),), (Input("key of its signer", "fifo", None),)), FINAL)
    assert "SHA-256     not known: it is no regular file, and was read once\n" in str(page)


def test_the_signature_is_no_place_for_the_report(desk: Path) -> None:
    (desk / "firm.pub").write_text("key")
    (desk / "trust.toml.sig").write_text("signature")
    given = Namespace(output="", trust="trust.toml", trust_key="firm.pub", policy=[])
    for output in ("trust.toml.sig", "firm.pub"):
        given.output = output
        with pytest.raises(UsageError, match=f"--output {output} is an input"):
            refuse_output(given, ["run.opb"])


@pytest.mark.parametrize(
    "word",
    ["run.opb", "a b.opb", "it's", '$HOME `x` "y"', "back\\slash", "", "M\u00fcller.opb", "a\nb\x1b[31m'\\", "\u202e"],
)
def test_a_shell_reads_the_word_that_was_meant(word: str) -> None:
    quoted = shell_word(word)
    assert quoted.isprintable()
    done = subprocess.run([BASH, "-c", f"printf %s {quoted}"], capture_output=True, check=True)
    assert done.stdout == word.encode()


def test_bytes_that_are_no_text_survive_too() -> None:
    assert shell_word(os.fsdecode(b"a\xff")) == r"$'a\377'"


def test_versions_that_nothing_tells_are_not_known(monkeypatch: pytest.MonkeyPatch, desk: Path) -> None:
    """A single file may carry libraries without what their installation says of them."""
    monkeypatch.setitem(sys.modules, "cryptography.hazmat.bindings._rust", None)
    assert software.openssl() is None
    assert software.library("no-such-library") is None
    assert main(["check", "run.opb", "--trust", "trust.toml", "--output", "r.txt"]) == 3
    assert "OpenSSL not known" in " ".join((desk / "r.txt").read_text().split())
