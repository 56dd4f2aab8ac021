"""A batch under the shipped profile `gxp-batch`, by commands alone: instruments, custody, voiding, clocks, claims."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from recorder.plant import PROCEDURE, Plant

from opsproof_verify import Policy, Report, TrustStore, Verdict, verify
from opsproof_verify.container import FrameType, read_frames
from opsproof_verify.parse_entry import parse_entry

CUSTODIAN = """
[roster.qualifications.weigher]
number = "W-17"
not-after = 2099-01-01T00:00:00Z

[[roster]]
id = "op-b"
name = "Technician B Example"
kind = "human"
roles = ["operator", "supervisor"]
key-file = "op-b.pub"

[[roster]]
id = "bot"
"""
BATCH = (
    PROCEDURE.replace('policy = "baseline"', 'policy = "gxp-batch"')
    .replace("[authority]\n", '[retention]\nclass = "batch-record"\nyears = 11\n\n[authority]\nvoid = ["supervisor"]\n')
    .replace('\n[[roster]]\nid = "bot"\n', CUSTODIAN)
    .replace(
        'roles = ["operator", "helper"]\n',
        'roles = ["operator", "helper"]\nqualifications = ["weigher"]\ninstruments = ["scale"]\n',
    )
)
PEOPLE = (("production", "review"), ("quality", "review"), ("qualified-person", "release"))


@pytest.fixture
def batch(plant: Plant) -> Plant:
    """Give a started batch."""
    for name in ("op-b", "production", "qualified-person"):
        plant("keygen", plant.key(name))
    for role in ("production", "qualified-person"):
        key = plant.path.joinpath(f"{role}.pub").read_text().strip()
        row = f'[[approver]]\nperson = "{role}"\nroles = ["{role}"]\nkey = "{key}"\n'
        with (plant.path / "trust.toml").open("a") as trust:
            trust.write(row)
    plant.package.unlink()
    plant.author(BATCH)
    start = ("start", plant.package, "--run", plant.run, *plant.by("op-a"), "--param", "batch=B-1042")
    plant(*start, "--clock", "plant clock, set by the network")
    plant("begin", "weigh", *plant.on("op-a"))
    return plant


def ago(**since: int) -> str:
    return (datetime.now(UTC) - timedelta(**since)).strftime("%Y-%m-%dT%H:%M:%SZ")


def work(batch: Plant) -> None:
    """Work the first step: a scale, a wrong reading made void, the right one written late, a photo handed over."""
    batch("instrument", "weigh", "S-17", "--used-as", "scale", "--due", ago(days=-30), *batch.on("op-a"))
    batch("record", "weigh", "mass", "42.10", "--unit", "kg", *batch.on("op-a"))
    wrong = entry(batch, "value-recorded")
    said = batch("void", wrong, "--why", "Another drum was read.", *batch.on("op-a"), expect=1)
    assert "void" in said
    batch("void", wrong, "--why", "Another drum was read.", *batch.on("op-b"))
    again = ("record", "weigh", "mass", "42.50", "--unit", "kg", "--observed", ago(hours=1))
    batch(*again, "--late", "The terminal was down.", *batch.on("op-a"))
    photo = batch.path / "drum.jpg"
    photo.write_bytes(b"\xff\xd8" + bytes(range(256)) * 40)
    place = ("--step", "weigh", "--slot", "photo", "--captured", ago(minutes=1), "--copy", "original")
    batch("attach", photo, *place, "--source", "camera-3", *batch.on("op-a"))
    item = entry(batch, "evidence-added")
    refused = batch("transfer", item, "--to", "op-a", "--reason", "Kept.", *batch.on("op-b"), expect=1)
    assert "op-a" in refused
    batch("transfer", item, "--to", "op-b", "--reason", "To be kept.", *batch.on("op-a"))
    handed = entry(batch, "transferred")
    assert "op-b" in batch("receive", handed, *batch.on("op-a"), expect=1)
    batch("receive", handed, *batch.on("op-b"))
    batch("clock", "plant clock, set by hand", "--by", -20, "--text", "It ran ahead.", *batch.on("op-a"))
    batch.finish()


def entry(batch: Plant, kind: str) -> str:
    """Name the last entry of a kind as the verifier's `show` does."""
    with batch.run.open("rb") as stream:
        entries = [parse_entry(frame.read()) for frame in read_frames(stream) if frame.type is FrameType.ENTRY]
    return f"e{[one.seq for one in entries if one.kind == kind][-1]}"


def release(batch: Plant, **claims: str) -> None:
    for role, meaning in PEOPLE:
        person = "qa" if role == "quality" else role
        claim = claims.get(role.replace("-", "_"), "knowledge,possession")
        words = ("signoff", *batch.on(person), "--name", role.title(), "--role", role, "--meaning", meaning)
        trust = ("--trust", batch.path / "trust.toml", "--policy", "gxp-batch", "--yes")
        batch(*words, *(("--authentication", claim) if claim else ()), *trust)


def report(batch: Plant) -> Report:
    at = int(datetime.now(UTC).timestamp() * 1000) + 60_000
    return verify(batch.run, Policy.load("gxp-batch"), TrustStore.load(batch.path / "trust.toml"), at=at)


def test_a_batch_is_final_under_the_profile_that_it_pins(batch: Plant) -> None:
    work(batch)
    sealed = report(batch)
    assert sealed.verdict == Verdict.PROVISIONAL
    assert [dict(one.facts)["id"] for one in sealed.owed] == ["production-review", "quality-review", "batch-release"]
    release(batch)
    closed = report(batch)
    assert closed.verdict == Verdict.FINAL
    assert {found.code.name for found in closed.findings} == {"seal.not-witnessed"}
    assert [one.delegated_by for one in closed.signoffs] == [None] * 3
    assert all(one.authentication and one.authentication[0] == ("knowledge", "possession") for one in closed.signoffs)


def test_an_approval_without_the_claim_that_is_asked_for_closes_nothing(batch: Plant) -> None:
    work(batch)
    release(batch, qualified_person="")
    open_ = report(batch)
    assert open_.verdict == Verdict.PROVISIONAL
    assert [one.need for one in open_.owed] == ["withdraw", "approve"]


def test_who_is_not_qualified_is_told_so(batch: Plant) -> None:
    told = batch("instrument", "weigh", "S-17", "--used-as", "scale", "--due", ago(days=-30), *batch.on("op-b"))
    assert "weigher" in told
    assert "NOTE" in told
