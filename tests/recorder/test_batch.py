"""The second example as a user runs it: a batch under GxP, closed by people on machines of their own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import cbor2
import pycddl
import pytest
import test_spec_appendix as spec

from opsproof_verify import TrustStore, Verdict, verify

ROOT = Path(__file__).parents[2]
PAYLOADS = {1: "contract", 9: "approval", 6: "seal", 7: "signoff", 8: "witness"}

pytestmark = pytest.mark.xdist_group("batch")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("batch")


@pytest.fixture(scope="module")
def transcript(place: Path) -> str:
    argv = [sys.executable, "recorder/examples/batch/batch.py", str(place)]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout


def test_it_goes_from_a_block_to_release(transcript: str) -> None:
    verdicts = [line.split()[0] for line in transcript.splitlines() if line.startswith(("FINAL u", "PROVISIONAL u"))]
    assert verdicts == ["PROVISIONAL", "PROVISIONAL", "FINAL"]
    assert "refused: step granulate is blocked by deviation" in transcript
    assert "PROVEN HERE" in transcript
    assert "SAID BY WHOEVER MADE THE REQUEST" in transcript


@pytest.mark.usefixtures("transcript")
def test_who_signs_elsewhere_needs_a_request_and_nothing_else(place: Path) -> None:
    for machine in ("laboratory", "production", "quality", "release"):
        names = {path.name for path in (place / machine).iterdir()}
        assert "run.opb" not in names
        assert any(name.endswith(".request") for name in names)


@pytest.mark.usefixtures("transcript")
def test_what_was_done_is_in_the_bundle(place: Path) -> None:
    report = verify((place / "plant" / "run.opb").read_bytes(), None, TrustStore.load(place / "plant" / "trust.toml"))
    assert report.verdict is Verdict.FINAL
    assert [one.person for one in report.signoffs if one.counts_for] != []
    assert {one.decision for one in report.signoffs} == {"approve", "supply"}
    assert {one.target for one in report.witnessed} == {"entry", "seal"}
    assert [(one.severity, one.ruling, one.closed) for one in report.deviations] == [("major", "block", True)]


@pytest.mark.usefixtures("transcript")
def test_its_records_are_those_of_the_cddl(place: Path) -> None:
    schemas = {rule: spec.schema(rule) for rule in ("entry", *PAYLOADS.values())}
    kinds, entries = set(), set()
    for kind, body in spec.frames((place / "plant" / "run.opb").read_bytes()):
        kinds.add(kind)
        if kind == 2:
            schemas["entry"].validate_cbor(body)
            entries.add(cbor2.loads(body)["kind"])
        elif kind in PAYLOADS:
            schemas[PAYLOADS[kind]].validate_cbor(spec.payload(body))
    assert kinds == {1, 2, 4, 6, 7, 8, 9}
    assert entries >= {"acted", "authorised", "correction", "gap", "note", "received", "transferred"}
    with pytest.raises(pycddl.ValidationError):
        schemas["entry"].validate_cbor(b"\xa0")
