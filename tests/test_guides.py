"""The guides for auditors, embedders and regulators: what stands in them runs as it stands, and links lead on."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from hashlib import sha256
from pathlib import Path

import pytest
from test_cli import ROOT, VECTORS

import opsproof_verify
from opsproof_verify import Policy, Report, TrustStore, verify
from opsproof_verify.cli import main
from opsproof_verify.register import Speaks
from opsproof_verify.render.messages import CLASSES

GUIDES = ROOT / "docs" / "guides"
BASH = shutil.which("bash")
#: Stand for `date` and for Python's clock: the vectors are of a certain day.
DATE = "#!/bin/sh\necho 2026-12-02T00:00:00Z\n"
NOW = "1_796_169_600_000_000_000"
SAMPLE = VECTORS / "policy-given"


def blocks(guide: str, language: str) -> list[str]:
    """Give the blocks of a guide in one language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", (GUIDES / guide).read_text(), re.DOTALL | re.MULTILINE)


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A folder in which the guides' commands find what they speak of."""
    (tmp_path / "stick").mkdir()
    (tmp_path / "delivery").mkdir()
    for name in ("stick", "delivery"):
        shutil.copy(SAMPLE / "bundle.opb", tmp_path / name / "run.opb")
    for name in ("trust.toml", "policy.toml"):
        shutil.copy(SAMPLE / name, tmp_path / name)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "date").write_text(DATE)
    (tmp_path / "bin" / "date").chmod(0o755)
    return tmp_path


def tried(guide: str, desk: Path) -> str:
    """Run all shell blocks of a guide one after another; the first command that fails fails them all."""
    if BASH is None:
        pytest.skip("the guide's commands are for a POSIX shell, and none is here")
    script = "\n".join(blocks(guide, "sh"))
    assert script
    path = os.pathsep.join([str(desk / "bin"), str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        [BASH, "-eu", "-o", "pipefail", "-c", script],
        capture_output=True,
        check=False,
        cwd=desk,
        env={**os.environ, "PATH": path},
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def write_program(guide: str, desk: Path) -> Path:
    """Write the guide's program under the name that its first line gives."""
    program = blocks(guide, "python")[-1].replace("time.time_ns()", NOW)
    name = re.match(r'"""(\w+\.py): ', program)
    assert name is not None
    (desk / name[1]).write_text(program)
    return desk / name[1]


def test_the_auditor_s_commands_run_as_written(desk: Path) -> None:
    said = tried("auditor.md", desk)
    assert "FINAL run.opb under " in said
    assert "chain.broken-link" in said
    digest = sha256((desk / "report.json").read_bytes()).hexdigest()
    assert said.count(digest) == 2, "sha256sum of the file, and what the text says of it"
    verdict = (desk / "timeline.csv").read_text().splitlines()[-1]
    assert ",verdict,,,,,,,,,tv-given,FINAL," in verdict
    assert f",{digest}," in verdict
    report = (desk / "report.txt").read_text()
    for name in ("trust.toml", "policy.toml"):
        assert sha256((desk / name).read_bytes()).hexdigest() in report
    assert (desk / "run.opb.sha256").read_text().startswith(sha256((desk / "run.opb").read_bytes()).hexdigest())
    assert "\nREPEAT THIS\n" in said


def test_the_auditor_is_told_of_each_verdict_and_kind() -> None:
    guide = (GUIDES / "auditor.md").read_text()
    rows = re.findall(r"^\| ([A-Z]+|none) \| (\d) \|", guide, re.MULTILINE)
    assert rows == [("FINAL", "0"), ("PROVISIONAL", "3"), ("FAIL", "1"), ("none", "2")]
    kinds = re.findall(r"^\| ([a-z ]+) \| [A-Z].*\?", guide, re.MULTILINE)
    assert kinds == [CLASSES[kind] for kind in Speaks]


def test_the_gate_takes_in_what_was_judged(desk: Path) -> None:
    gate = write_program("embedding.md", desk)
    assert tried("embedding.md", desk).startswith("FINAL: accepted/")
    report = next((desk / "accepted").rglob("report.json"))
    assert report.parent.name == sha256(report.read_bytes()).hexdigest()[:16]
    assert (report.parent / "run.opb").read_bytes() == (SAMPLE / "bundle.opb").read_bytes()

    def take_in(source: Path, batch: str) -> tuple[int, str]:
        done = subprocess.run(
            [sys.executable, gate, source, batch], capture_output=True, check=False, cwd=desk, text=True
        )
        return done.returncode, done.stdout + done.stderr

    status, said = take_in(desk / "delivery" / "run.opb", "B-1043")
    assert status == 1
    assert said.startswith("FAIL: refused/")
    assert "expect.mismatch: This is not the bundle that was expected" in said
    shutil.copy(VECTORS / "approval-missing" / "bundle.opb", desk / "delivery" / "open.opb")
    status, said = take_in(desk / "delivery" / "open.opb", "B-1042")
    assert (status, said.split(":")[0]) == (3, "PROVISIONAL")
    assert take_in(desk / "nowhere.opb", "B-1042")[0] == 2
    (desk / "trust.toml").write_text("id = 1")
    status, said = take_in(desk / "delivery" / "run.opb", "B-1042")
    assert status == 2
    assert said.startswith("no verdict: trust.toml")


def test_the_embedder_s_first_lines_run(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(desk)
    shutil.copy(SAMPLE / "bundle.opb", "run.opb")
    program = blocks("embedding.md", "python")[0].replace('"baseline"', '"./policy.toml"')
    program = program.replace("time.time_ns()", NOW)
    exec(compile(program, "guide", "exec"), {})  # noqa: S102 - the guide's own program


def test_the_embedder_is_told_of_every_public_name() -> None:
    guide = (GUIDES / "embedding.md").read_text()
    told = set(re.findall(r"\w+", guide))
    assert set(opsproof_verify.__all__) - {"Finding", "Severity"} <= told


def test_threads_share_a_policy_and_a_trust_store() -> None:
    """Eight threads over bundles of all kinds give the reports that one thread gives."""
    names = ("minimal", "chain-prev", "approval-missing", "rich-every-kind", "file-empty", "seal-root")
    bundles = [(VECTORS / name / "bundle.opb").read_bytes() for name in names if (VECTORS / name).is_dir()]
    policy, trust = Policy.load("baseline"), TrustStore.load(VECTORS / "minimal" / "trust.toml")
    wanted = [verify(data, policy, trust) for data in bundles]
    found: dict[int, list[Report]] = {}

    def work(number: int) -> None:
        found[number] = [verify(data, policy, trust) for _ in range(4) for data in bundles]

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [found[number] for number in range(8)] == [wanted * 4] * 8


def test_the_regulator_s_commands_run_as_written(tmp_path: Path) -> None:
    """In a copy, since the program of the guide is written into the folder of the vectors."""
    vectors = tmp_path / "testvectors"
    (vectors / "bundles").mkdir(parents=True)
    for name in ("run.py", "adapter_opsproof.py", "manifest.json"):
        shutil.copy(ROOT / "testvectors" / name, vectors / name)
    for folder in [*(ROOT / "testvectors" / "bundles").glob("*chain*"), ROOT / "testvectors" / "bundles" / "minimal"]:
        shutil.copytree(folder, vectors / "bundles" / folder.name)
    (tmp_path / "opsproof_verify").symlink_to(ROOT / "opsproof_verify")  # the adapter looks above its folder
    flip = write_program("regulator.md", vectors)
    said = tried("regulator.md", tmp_path)
    assert re.search(r"level 3: (\d+) of \1 agree", said)
    assert re.search(r"^\d+ bytes bent, 0 not noticed: \[\]$", said, re.MULTILINE)
    gullible = vectors / "gullible.py"
    gullible.write_text(
        "import json, sys\nfor line in sys.stdin:\n    message = json.loads(line)\n"
        "    if message['cmd'] == 'bye': break\n"
        "    print(json.dumps({'implementation': 'gullible', 'verdict': 'FINAL'}), flush=True)\n"
    )
    done = subprocess.run(
        [sys.executable, flip, vectors / "bundles" / "minimal", "1000", sys.executable, gullible],
        capture_output=True,
        check=False,
        text=True,
    )
    assert done.returncode == 1, "the program finds a verifier that notices nothing"
    assert " 6 not noticed: [0, 1000, " in done.stdout


def test_what_a_claim_names_is_in_the_manifest() -> None:
    manifest = json.loads((ROOT / "testvectors" / "manifest.json").read_text())
    assert {"suite", "root", "spec"} <= manifest.keys()


# --- all guides


def slug(heading: str) -> str:
    """Make the anchor of a heading as forges do."""
    return re.sub(r"[^\w\- ]", "", heading.replace("`", "").lower()).replace(" ", "-")


@pytest.mark.parametrize("guide", sorted(path.name for path in GUIDES.glob("*.md")))
def test_links_lead_to_files_and_headings(guide: str) -> None:
    text = (GUIDES / guide).read_text()
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if target.startswith("http"):
            continue
        name, _, anchor = target.partition("#")
        path = (GUIDES / name).resolve() if name else GUIDES / guide
        assert path.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.*)$", path.read_text(), re.MULTILINE)
            assert anchor in map(slug, headings), target


@pytest.mark.parametrize("guide", ["auditor.md", "embedding.md", "regulator.md", "command.md", "flight-recorder.md"])
def test_options_that_a_guide_names_are_there(guide: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = (GUIDES / guide).read_text()
    known = set()
    for words in (["check"], ["view"], ["compare"], ["selftest"], ["trust", "lint"], ["policy", "lint"], ["extract"]):
        assert main([*words, "--help"]) == 0
        known |= set(re.findall(r"--[a-z-]+", capsys.readouterr().out))
    for line in re.findall(r"^(?:    |)opsproof-verify (?:.|\\\n)*?$", text, re.MULTILINE):
        assert set(re.findall(r" (--[a-z-]+)", line)) <= known, line
