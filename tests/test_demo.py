"""`make demo` as a user runs it, and the bundle that it leaves: a real one, with real signatures and times."""

import random
import subprocess
import sys
from pathlib import Path

import pycddl
import pytest
import test_spec_appendix as spec

from opsproof_verify import Policy, TrustStore, Verdict, verify

ROOT = Path(__file__).parents[1]
PAYLOADS = {1: "contract", 9: "approval", 6: "seal", 7: "signoff"}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def transcript(place: Path) -> str:
    demo = [sys.executable, "recorder/examples/demo.py", str(place)]
    done = subprocess.run(demo, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout


@pytest.mark.xdist_group("demo")
def test_it_goes_from_provisional_to_final_and_shows_what_was_tampered_with(transcript: str) -> None:
    verdicts = [
        line.split()[0] for line in transcript.splitlines() if " under baseline 1 (" in line[:40] and line[0] != " "
    ]
    assert [verdict for verdict in verdicts if verdict.isupper()] == ["PROVISIONAL", "FINAL", "FAIL"]
    assert "OUT OF LIMITS" in transcript
    assert "1 further person in the role quality" in transcript


@pytest.mark.xdist_group("demo")
@pytest.mark.usefixtures("transcript")
def test_its_records_are_those_of_the_cddl(place: Path) -> None:
    schemas = {rule: spec.schema(rule) for rule in ("entry", *PAYLOADS.values())}
    for kind, body in spec.frames((place / "run.opb").read_bytes()):
        if kind == 2:
            schemas["entry"].validate_cbor(body)
        elif kind in PAYLOADS:
            schemas[PAYLOADS[kind]].validate_cbor(spec.payload(body))
    with pytest.raises(pycddl.ValidationError):
        schemas["entry"].validate_cbor(b"\xa0")


@pytest.mark.xdist_group("demo")
@pytest.mark.usefixtures("transcript")
def test_no_changed_byte_leaves_it_final(place: Path) -> None:
    policy, trust = Policy.load("baseline"), TrustStore.load(place / "trust.toml")
    data = (place / "run.opb").read_bytes()
    assert verify(data, policy, trust).verdict is Verdict.FINAL
    chance = random.Random("a sample of the bytes of the demo")
    small = [at for start, end in outside_evidence(data) for at in range(start, end)]
    for at in [*chance.sample(small, 300), *chance.sample(range(len(data)), 60)]:
        changed = data[:at] + bytes([data[at] ^ 1 << chance.randrange(8)]) + data[at + 1 :]
        assert verify(changed, policy, trust).verdict is not Verdict.FINAL, at


def outside_evidence(data: bytes) -> list[tuple[int, int]]:
    """Give the ranges of the file that are not bodies of evidence."""
    ranges, start = [], 0
    for kind, body in spec.frames(data):
        if kind == 4:
            at = data.index(body, start)
            ranges.append((start, at))
            start = at + len(body)
    return [*ranges, (start, len(data))]
