"""Crashes and company: torn tails, damage, two writers."""

from __future__ import annotations

import fcntl
import os
import random
import subprocess
import sys
import time
from hashlib import sha256

import pytest
from opsproof_record import frames
from opsproof_record.errors import Refused
from opsproof_record.journal import Journal
from recorder.plant import Plant

from opsproof_verify.container import FrameType
from opsproof_verify.findings import Verdict

WHY = ("--gap-reason", "Power cut")


def started(plant: Plant) -> bytes:
    plant.start()
    plant.weigh()
    return plant.run.read_bytes()


@pytest.mark.parametrize("lost", [1, 2, 63, 150, 290, 10_300])
def test_a_torn_tail_is_kept_cut_and_recorded(plant: Plant, lost: int) -> None:
    whole = started(plant)
    plant.run.write_bytes(whole[:-lost])
    said = plant("note", "We go on", *plant.on("op-a"), *WHY)
    assert "The last write was interrupted." in said
    kept = (plant.path / "run.opb.torn-1").read_bytes()
    now = plant.run.read_bytes()
    cut = len(whole) - lost - len(kept)
    assert whole[:cut] + kept == whole[:-lost]
    assert now.startswith(whole[:cut])
    assert sha256(kept).digest() in now[cut:]
    with Journal(plant.run) as journal:
        assert journal.state.cuts == 1
        assert journal.unrecorded() == []


def test_a_run_that_was_torn_still_becomes_final(plant: Plant) -> None:
    plant.start()
    plant("begin", "weigh", *plant.on("op-a"))
    with plant.run.open("ab") as file:
        file.write(frames.head(FrameType.EVIDENCE, 5000) + bytes(range(100)))
    photo = plant.path / "p.jpg"
    photo.write_bytes(b"x")
    plant("attach", photo, "--step", "weigh", "--slot", "photo", *plant.on("op-a"), *WHY)
    plant("record", "weigh", "mass", "42", *plant.on("op-a"))
    plant.finish()
    plant(*plant.signing())
    assert plant.report().verdict is Verdict.FINAL


def test_a_gap_without_a_reason_is_found(plant: Plant) -> None:
    started(plant)
    plant.run.write_bytes(plant.run.read_bytes()[:-1])
    said = plant("attest", *plant.on("op-a"))
    assert "an approval will have to cover it" in said
    plant.finish()
    assert "gap.unexplained" in {found.code.name for found in plant.report().findings}


def test_a_crash_between_cut_and_gap_loses_nothing(plant: Plant) -> None:
    whole = started(plant)
    plant.run.write_bytes(whole[:-10])
    with Journal(plant.run):
        pass  # cut, and the machine stops before the gap is written
    plant("note", "We go on", *plant.on("op-a"), *WHY)
    plant("note", "And on", *plant.on("op-a"))
    with Journal(plant.run) as journal:
        assert journal.state.cuts == 1
    assert not (plant.path / "run.opb.torn-2").exists()


def test_zeros_that_a_file_system_left_are_a_torn_tail(plant: Plant) -> None:
    whole = started(plant)
    plant.run.write_bytes(whole + bytes(512))
    plant("note", "We go on", *plant.on("op-a"), *WHY)
    assert (plant.path / "run.opb.torn-1").read_bytes() == bytes(512)
    assert plant.run.read_bytes().startswith(whole)


@pytest.mark.parametrize("back", [400, 700, 11_500])
def test_damage_is_refused_and_left_alone(plant: Plant, back: int) -> None:
    damaged = bytearray(started(plant))
    damaged[-back] ^= 1
    plant.run.write_bytes(damaged)
    with plant.run.open("rb") as stream, pytest.raises(Refused) as refusal:
        frames.scan(stream, "run.opb")
    assert "damaged" in refusal.value.what
    plant("note", "?", *plant.on("op-a"), expect=1)
    assert plant.run.read_bytes() == damaged
    assert not (plant.path / "run.opb.torn-1").exists()


def test_another_writer_is_waited_for_and_then_refused(plant: Plant) -> None:
    plant.start()
    with plant.run.open("rb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(Refused) as refusal:
            Journal(plant.run, patience=0.1)
        assert "somebody else is writing" in refusal.value.what
        waiting = plant.process("note", "later", *plant.on("op-a"))
        with pytest.raises(subprocess.TimeoutExpired):
            waiting.wait(1)
    waiting.communicate()
    assert waiting.returncode == 0


def test_many_writers_at_once_leave_one_chain(plant: Plant) -> None:
    plant.start()
    writers = [plant.process("note", f"note {n}", *plant.on("op-a" if n % 2 else "bot")) for n in range(6)]
    for one in writers:
        said, _ = one.communicate()
        assert one.returncode == 0, said
    with Journal(plant.run) as journal:
        assert journal.state.count == 2 + 3 + 2 * 3


def test_evidence_that_changes_while_it_is_read_is_cut_back(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    plant.start()
    before = plant.run.read_bytes()
    file = plant.path / "growing.log"
    file.write_bytes(b"x" * 1000)
    read = os.read

    def reading(handle: int, size: int) -> bytes:
        with file.open("ab") as grown:
            grown.write(b"y")
        return read(handle, size)

    monkeypatch.setattr("opsproof_record.frames.os.read", reading)
    refused = plant("attach", file, *plant.on("op-a"), expect=1)
    assert "changed while it was read" in refused
    assert plant.run.read_bytes() == before


def test_an_interrupted_seal_is_sealed_again(plant: Plant) -> None:
    plant.sealed()
    whole = plant.run.read_bytes()
    plant.run.write_bytes(whole[:-5])
    plant("seal", *plant.on("op-a"))
    assert plant.report().verdict is Verdict.PROVISIONAL


def test_an_interrupted_sign_off_is_signed_again(plant: Plant) -> None:
    plant.sealed()
    plant(*plant.signing())
    plant.run.write_bytes(plant.run.read_bytes()[:-5])
    plant(*plant.signing())
    assert plant.report().verdict is Verdict.FINAL


WRITER = """
import sys
from pathlib import Path
from opsproof_record import attaching, work
from opsproof_record.keys import load
from opsproof_record.recorder import recording

run, key, file = map(Path, sys.argv[1:])
signer = load(key, lambda path: b"")
while True:
    with recording(run, "op-a", signer, lambda cut: "killed") as recorder:
        work.note(recorder, "on we go")
        attaching.attach(recorder, file, attaching.Target())
        recorder.journal.commit()
        seq = recorder.state.count - 1
        print(seq, flush=True)
        recorder.attest()
"""


def test_killed_at_any_moment_it_loses_nothing_that_was_reported(plant: Plant) -> None:
    plant.start()
    file = plant.path / "evidence.bin"
    file.write_bytes(bytes(range(256)) * 4096)
    chance = random.Random(7)
    for _ in range(8):
        argv = [sys.executable, "-c", WRITER, str(plant.run), str(plant.key("op-a")), str(file)]
        writer = subprocess.Popen(argv, stdout=subprocess.PIPE, cwd=plant.path)
        assert writer.stdout is not None
        reported = [writer.stdout.readline()]  # it is at work
        time.sleep(chance.random() * 0.1)
        writer.kill()
        reported += writer.stdout.readlines()
        writer.communicate()
        plant("note", "recovered", *plant.on("op-a"), "--gap-reason", "killed")
        with Journal(plant.run) as journal:
            assert journal.state.count > int([line for line in reported if line.endswith(b"\n")][-1])
    plant.weigh()
    plant.finish()
    plant(*plant.signing())
    assert plant.report().verdict is Verdict.FINAL
