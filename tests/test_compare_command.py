"""The command `compare`: exit status, output, errors (SPEC 9.13)."""

from __future__ import annotations

import io
import random
import re
import sys
from pathlib import Path

import pytest
from support.bundles import LABEL, build
from test_cli import run as run_command
from test_compare import BOTH, FIRST, FULL, JOURNAL, PAIRS, SEALED, SECOND, SUPPLIED, both

from opsproof_verify.cli import main
from opsproof_verify.compare import Word
from opsproof_verify.render.compare_json import render_compare_json
from opsproof_verify.render.compare_text import render_compare_text

STATUS = {
    Word.IDENTICAL: 0,
    Word.OTHER_RUN: 1,
    Word.FORKED: 1,
    Word.ALTERED: 1,
    Word.MERGEABLE: 0,
    Word.EXTENDED: 0,
    Word.ROLLED_BACK: 1,
    Word.WITHHELD: 0,
    Word.REARRANGED: 0,
    Word.UNDECIDED: 2,
}


def put(folder: Path, *copies: bytes) -> list[str]:
    """Write copies into files."""
    paths = [folder / f"{number}.opb" for number in range(len(copies))]
    for path, data in zip(paths, copies, strict=True):
        path.write_bytes(data)
    return [str(path) for path in paths]


@pytest.mark.parametrize("name", PAIRS)
def test_exit_status(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    a, b, word = PAIRS[name]
    assert main(["compare", *put(tmp_path, a, b)]) == STATUS[word]
    said = capsys.readouterr()
    assert said.out.startswith(f"{word}\n")
    assert said.err == ""


@pytest.mark.parametrize(
    "a,b,word,status",
    [
        (SEALED, FULL + b"x", "extended", 2),
        (FULL + b"x", SEALED, "rolled-back", 1),
        (FULL + b"x", FULL + b"x", "identical", 0),
        (FIRST + b"x", SECOND, "mergeable", 2),
        (BOTH, FIRST + b"x", "rolled-back", 1),
    ],
)
def test_what_was_not_read_to_its_end_is_never_0(
    a: bytes, b: bytes, word: str, status: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["compare", *put(tmp_path, a, b)]) == status
    assert capsys.readouterr().out.startswith(f"{word}\n")


@pytest.mark.parametrize("data,why", [(b"junk", "This is not a Proof Bundle"), (LABEL, "it ends before its contract")])
def test_what_is_no_bundle_is_named(data: bytes, why: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good, bad = put(tmp_path, FULL, data)
    for pair in ((good, bad), (bad, good), (bad, bad)):
        assert main(["compare", *pair, "--format", "json"]) == 2
        said = capsys.readouterr()
        assert said.out == ""
        assert re.fullmatch(rf"opsproof-verify: {bad}: no bundle that can be compared: {why}.*\n", said.err)


def test_json_and_output(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    files = put(tmp_path, JOURNAL, FULL)
    expected = render_compare_json(both(JOURNAL, FULL), (files[0], files[1]))
    assert main(["compare", *files, "--format", "json"]) == 0
    assert capfdbinary.readouterr().out == expected
    output = tmp_path / "answer"
    assert main(["compare", *files, "--format", "json", "--output", str(output)]) == 0
    assert output.read_bytes() == expected
    assert capfdbinary.readouterr().out == b"extended: B holds every record of A, and more.\n"
    assert main(["compare", *files, "--output", str(output)]) == 0
    assert output.read_text(encoding="utf-8") == render_compare_text(both(JOURNAL, FULL), (files[0], files[1]))


def test_output_is_no_copy_and_no_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = put(tmp_path, JOURNAL, FULL)
    for output, why in ((files[1], "is one of the copies; nothing was written"), (str(tmp_path), "is a folder")):
        assert main(["compare", *files, "--output", output]) == 2
        assert why in capsys.readouterr().err
    assert Path(files[1]).read_bytes() == FULL


def test_one_copy_may_come_from_standard_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (file,) = put(tmp_path, FULL)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(FULL)))
    assert main(["compare", file, "-"]) == 0
    assert "  B           standard input\n" in capsys.readouterr().out
    assert main(["compare", "-", "-"]) == 2
    assert "give `-` once" in capsys.readouterr().err


def test_files_that_are_not_there_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (file,) = put(tmp_path, FULL)
    assert main(["compare", file, str(tmp_path / "none.opb")]) == 2
    assert "none.opb: no such file" in capsys.readouterr().err
    assert main(["compare", file, str(tmp_path)]) == 2
    assert "is a folder" in capsys.readouterr().err


def test_names_of_files_are_escaped_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    odd = tmp_path / "a\x1b[31m.opb"
    odd.write_bytes(FULL)
    assert main(["compare", str(odd), str(odd)]) == 0
    said = "".join(capsys.readouterr().out.split())
    assert f"{tmp_path}/a\\x1b[31m.opb" in said


def test_help_tells_words_and_status(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", "--help"]) == 0
    said = capsys.readouterr().out
    for word in Word:
        assert word in said
    assert (
        "exit status: 0 identical, mergeable, extended, withheld, rearranged; 1 other-run, forked, altered,\n" in said
    )


def test_as_a_user_runs_it(tmp_path: Path) -> None:
    status, out = run_command("compare", *put(tmp_path, FULL, FULL))
    assert (status, out.splitlines()[0]) == (0, b"identical")


@pytest.mark.parametrize("data", [build(SUPPLIED), FULL], ids=["supplied", "full"])
def test_no_mutation_is_an_internal_error(data: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    choose = random.Random(len(data))
    good, bad = put(tmp_path, data, data)
    for _ in range(200):
        mutant = bytearray(data)
        for _ in range(choose.randrange(1, 4)):
            at = choose.randrange(len(mutant))
            mutant[at : at + choose.choice((0, 1, 1, 9))] = choose.randbytes(choose.choice((0, 1, 1, 3)))
        Path(bad).write_bytes(mutant)
        for pair in ((good, bad), (bad, good)):
            assert main(["compare", *pair, "--format", choose.choice(("text", "json"))]) in (0, 1, 2)
            said = capsys.readouterr()
            assert "internal error" not in said.err
            assert bool(said.out) != bool(said.err)
