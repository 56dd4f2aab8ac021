"""The sample of docs/sample: made anew it is the same byte for byte, and it is what its README says."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from test_cli import ROOT

SAMPLE = ROOT / "docs" / "sample"
NAMES = ("batch", "batch-provisional", "batch-altered")
README = (SAMPLE / "README.md").read_text()
BIN = Path(sys.executable).parent

pytestmark = pytest.mark.xdist_group("sample")

#: What the README says of entries, as kinds.
ENTRIES = {
    13: "value-recorded",
    14: "gap",
    15: "evidence-added",
    21: "witnessed",
    24: "evidence-added",
    29: "evidence-added",
    30: "value-recorded",
    31: "evidence-added",
    32: "evidence-added",
    33: "transferred",
    35: "deviation-raised",
    37: "received",
    38: "released",
    40: "evidence-added",
    45: "evidence-added",
    56: "step-completed",
    65: "value-recorded",
    66: "correction",
}


def run(line: str, place: Path) -> subprocess.CompletedProcess[str]:
    """Run a command of this project as the README has it."""
    words = line.split()
    return subprocess.run([BIN / words[0], *words[1:]], cwd=place, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def remade(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the sample in another folder, in another zone and locale, with other hashes."""
    place = tmp_path_factory.mktemp("sample")
    odd = {"TZ": "Asia/Kathmandu", "LC_ALL": "C", "PYTHONHASHSEED": "7"}
    argv = [sys.executable, str(SAMPLE / "make.py"), str(place)]
    done = subprocess.run(argv, env={**os.environ, **odd}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return place


@pytest.mark.parametrize("name", ["trust.toml", *[f"{name}{end}" for name in NAMES for end in (".opb", ".html")]])
def test_it_is_made_anew_byte_for_byte(remade: Path, name: str) -> None:
    assert (remade / name).read_bytes() == (SAMPLE / name).read_bytes(), "run `make sample`, and look at what differs"


def test_nothing_else_is_made_or_kept(remade: Path) -> None:
    assert {path.name for path in remade.iterdir()} | {"README.md", "make.py"} == {
        path.name for path in SAMPLE.iterdir() if path.name != "__pycache__"
    }


@pytest.mark.parametrize(
    "name,verdict,status", [(NAMES[0], "FINAL", 0), (NAMES[1], "PROVISIONAL", 3), (NAMES[2], "FAIL", 1)]
)
def test_each_has_the_verdict_that_the_readme_says(name: str, verdict: str, status: int) -> None:
    assert re.search(rf"\[{name}\.opb\].*\| {verdict} \|", README)
    time = re.search(rf"^\| .*`{name}\.opb`.*`(--at \S+)` \|$", README, re.MULTILINE)
    assert time
    done = run(f"opsproof-verify check {name}.opb --trust trust.toml {time[1]}", SAMPLE)
    assert (done.stdout.split()[0], done.returncode) == (verdict, status)
    assert time[1].removeprefix("--at ").removesuffix("Z") in done.stdout


def test_its_commands_run_as_written(tmp_path: Path) -> None:
    desk = tmp_path / "desk"
    shutil.copytree(SAMPLE, desk)
    (desk / "batch.html").unlink()
    block = re.search(r"^```sh\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
    assert block
    said = [run(line, desk) for line in block[1].splitlines()]
    assert [done.returncode for done in said] == [0, 0], said
    assert said[0].stdout.startswith("FINAL ")
    assert (desk / "batch.html").read_bytes() == (SAMPLE / "batch.html").read_bytes()


def test_the_altered_one_differs_in_one_digit() -> None:
    sound, altered = ((SAMPLE / f"{name}.opb").read_bytes() for name in ("batch", "batch-altered"))
    assert len(sound) == len(altered)
    differs = [at for at, (one, other) in enumerate(zip(sound, altered, strict=True)) if one != other]
    assert [(sound[at : at + 4], altered[at : at + 4]) for at in differs] == [(b"3.41", b"2.41")]


def test_the_provisional_one_is_the_other_before_anybody_signed() -> None:
    final, sealed = ((SAMPLE / f"{name}.opb").read_bytes() for name in ("batch", "batch-provisional"))
    assert final.startswith(sealed)


def test_its_entries_are_those_that_the_readme_speaks_of() -> None:
    shown = run("opsproof-verify show batch.opb", SAMPLE).stdout
    kinds = {int(seq): kind for seq, kind in re.findall(r"^  e(\d+) +[0-9:.]+  \S+ ([a-z-]+): ", shown, re.MULTILINE)}
    assert {int(seq) for seq in re.findall(r"\be(\d+)\b", README)} == ENTRIES.keys()
    assert {seq: kinds[seq] for seq in ENTRIES} == ENTRIES
    assert f"in {len(kinds)} entries" in README


def test_no_private_key_is_kept_and_the_folder_stays_small() -> None:
    files = [path for path in SAMPLE.iterdir() if path.is_file()]
    assert not [path.name for path in files if b"PRIVATE KEY" in path.read_bytes()]
    assert sum(path.stat().st_size for path in files) < 3_000_000
    assert "test keys" in README
    assert "test keys" in (SAMPLE / "trust.toml").read_text().splitlines()[0]
