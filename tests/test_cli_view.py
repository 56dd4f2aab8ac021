"""`view`: the page in a file or on standard output, the verdict as exit status, words in other languages."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from test_cli import AT, TRUST, VECTORS, bundle

from opsproof_verify.cli import main
from opsproof_verify.cli import view as module
from opsproof_verify.cli.errors import UsageError
from opsproof_verify.view.texts import ENGLISH

POLICY = str(VECTORS / "policy-given" / "policy.toml")


def view(*arguments: str) -> int:
    return main(["view", *arguments, "--trust", TRUST, "--at", AT])


@pytest.mark.parametrize(
    "vector,status,verdict",
    [
        ("minimal", 0, "FINAL"),
        ("approval-missing", 3, "PROVISIONAL"),
        ("chain-prev", 1, "FAIL"),
        ("file-empty", 1, "FAIL"),
    ],
)
def test_the_page_is_written_and_the_verdict_is_the_status(
    vector: str, status: int, verdict: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "run.html"
    assert view(bundle(vector), "-o", str(target)) == status
    said = capsys.readouterr()
    assert said.out.startswith(f"{verdict} {target} ")
    assert said.err == ""
    assert target.read_text("utf-8").startswith("<!doctype html>")
    assert [path.name for path in tmp_path.iterdir()] == ["run.html"]


def test_without_output_the_page_goes_to_standard_output(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert view(bundle("minimal")) == 0
    page = capfdbinary.readouterr().out
    assert view(bundle("minimal"), "--output", str(tmp_path / "run.html")) == 0
    assert (tmp_path / "run.html").read_bytes() == page


def test_a_bundle_from_standard_input(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    data = Path(bundle("minimal")).read_bytes()
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(data), isatty=lambda: False))
    assert view("-", "-o", str(tmp_path / "a.html")) == 0
    assert view(bundle("minimal"), "-o", str(tmp_path / "b.html")) == 0
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()


def test_several_policies_make_one_page(tmp_path: Path) -> None:
    target = tmp_path / "run.html"
    given = [bundle("rich"), "--trust", str(VECTORS / "rich" / "trust.toml"), "--policy", "integrity-only"]
    given += ["--policy", "gxp-batch"]
    assert main(["view", *given, "--output", str(target)]) == 1 == main(["check", *given, "--output", os.devnull])
    page = target.read_text("utf-8")
    assert "gxp-batch" in page
    assert "integrity-only" in page


def test_words_are_listed_and_taken_back(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["view", "--list-messages"]) == 0
    words = json.loads(capfdbinary.readouterr().out.decode())
    assert words == {"language": "en", "direction": "ltr", "messages": ENGLISH}
    file = tmp_path / "words.json"
    file.write_text(json.dumps(words | {"language": "de", "messages": {"frame.brand": "Fahrtenschreiber"}}))
    assert view(bundle("minimal"), "--messages", str(file), "-o", str(tmp_path / "run.html")) == 0
    page = (tmp_path / "run.html").read_text("utf-8")
    assert '<html lang="de" dir="ltr">' in page
    assert ">Fahrtenschreiber<" in page


def test_words_are_utf_8_whatever_the_terminal_speaks() -> None:
    command = [sys.executable, "-m", "opsproof_verify", "view", "--list-messages"]
    done = subprocess.run(command, capture_output=True, check=True, env=os.environ | {"PYTHONIOENCODING": "ascii"})
    assert json.loads(done.stdout.decode())["messages"] == ENGLISH


@pytest.mark.parametrize(
    "arguments,said",
    [
        (["view"], "`view` needs a bundle and --trust FILE"),
        (["view", "x.opb"], "`view` needs a bundle and --trust FILE"),
        (["view", "no-such.opb", "--trust", TRUST], "no-such.opb: no such file or directory"),
        (
            ["view", bundle("minimal"), "--trust", TRUST, "--include-evidence", "much"],
            "--include-evidence much is no size",
        ),
        (["view", bundle("minimal"), "--trust", TRUST, "--include-evidence", "0"], "--include-evidence 0 is no size"),
        (["view", bundle("minimal"), "--trust", TRUST, "-o", bundle("minimal")], "is an input; nothing was written"),
        (["view", bundle("minimal"), "--trust", TRUST, "--messages", TRUST], "is no JSON"),
        (["view", bundle("minimal"), "--trust", TRUST, "--at", "now"], "--at now is no time"),
    ],
)
def test_what_cannot_be_meant_is_refused(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    written = capsys.readouterr()
    assert written.out == ""
    assert written.err.startswith("opsproof-verify: ")
    assert said in written.err
    assert written.err.count("\n") == 1


@pytest.mark.parametrize(
    "size,left_out",
    [("none", True), ("1", True), ("1 KiB", False), ("5MiB", False), ("1GiB", False), ("all", False)],
)
def test_large_evidence_stays_outside_and_that_is_said(
    size: str, *, left_out: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = "evidence-size"
    assert view(bundle(name), "--include-evidence", size, "-o", str(tmp_path / "run.html")) in (0, 1, 3)
    written = capsys.readouterr().err
    assert ("too large for the page" in written) is left_out


def test_one_item_or_several(capsys: pytest.CaptureFixture[str]) -> None:
    def made(left_out: int, size: int, *, too_large: bool) -> SimpleNamespace:
        return SimpleNamespace(carried=SimpleNamespace(left_out=["x"] * left_out, size=size, too_large=too_large))

    for one in (
        made(1, 9, too_large=False),
        made(2, 9, too_large=False),
        made(0, 0, too_large=True),
        made(0, 1 << 30, too_large=False),
    ):
        module._warn(one)  # type: ignore[arg-type]  # what is asked of it is there
    lines = capsys.readouterr().err.splitlines()
    assert [line.partition(": ")[2].partition(";")[0] for line in lines] == [
        "one evidence item is too large for the page",
        "2 evidence items are too large for the page",
        "the page does not carry the bundle, which is larger than 256 MiB: send both",
        "the page carries 1024 MiB",
    ]


def test_a_bundle_that_changes_makes_no_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The page has no name before that is known."""
    changing = tmp_path / "run.opb"
    changing.write_bytes(Path(bundle("minimal")).read_bytes())
    stream = changing.open("rb")

    def pieces() -> Iterator[bytes]:
        yield b"<!doctype html>"
        os.utime(changing, ns=(1, 1))

    with stream, pytest.raises(UsageError, match="was changed while the page was made"):
        list(module._unchanged(pieces(), stream, str(changing)))
