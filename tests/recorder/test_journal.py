"""Crashes and company: torn tails, damage, two writers, clocks. Kills and power cuts are in `test_kill`."""

from __future__ import annotations

import fcntl
import os
import subprocess
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from opsproof_record.clock import now
from opsproof_record.errors import Refused
from opsproof_record.log import frames
from opsproof_record.log.journal import Journal
from opsproof_record.run import attaching, deviate, work
from opsproof_record.run.attaching import Target
from opsproof_record.run.deviate import Deviation
from opsproof_record.run.recorder import Recorder
from recorder.crew import Crew, contract
from recorder.folders import file_of
from recorder.plant import Plant
from recorder.profiles import baseline
from recorder.reading import read

from opsproof_verify.container import FrameType
from opsproof_verify.findings import Verdict
from opsproof_verify.policy import Policy

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
    plant.finish("--with-open-items")
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

    monkeypatch.setattr("opsproof_record.log.frames.os.read", reading)
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


# A clock that is set back: recorded, and neither hidden nor a reason to stop.

BACK = 5_000


def set_back(patch: pytest.MonkeyPatch, recorder: Recorder, by: int = BACK) -> None:
    """Let the clock stand before the last entry from now on."""
    ms = recorder.state.last_ms - by
    patch.setattr("opsproof_record.run.recorder.now", lambda: [ms, 0])


def clock_notes(crew: Crew) -> list[int]:
    """Give the numbers of the entries by which the recorder tells of the clock."""
    entries = read(crew.run.read_bytes()).entries
    return [entry["seq"] for entry in entries if entry["kind"] == "clock-changed"]


def finish(crew: Crew) -> None:
    with crew.writing("op-1") as recorder:
        if not recorder.state.last_pass("weigh"):
            work.begin(recorder, "weigh")
        for step in ("weigh", "mix", "label"):
            if recorder.state.open_passes(step):
                work.end_step(recorder, step, anyway=True)
        deviate.deviate(recorder, Deviation(reason="odd", description="stopped here", steps=("weigh", "mix", "label")))
    with crew.writing("op-1") as recorder:
        work.end_run(recorder, "completed", None)
    crew.seal()


def is_sound_but_for_the_clock(crew: Crew) -> None:
    found = {one.code.name: str(one.severity) for one in crew.report().findings}
    assert found.pop("time.not-monotonic") == "note"
    assert found.keys() <= {"approval.missing", "deviation.not-closed", "rule.not-evaluated", "time.outside-run"}
    raised = [entry["seq"] for entry in read(crew.run.read_bytes()).entries if entry["kind"] == "deviation-raised"]
    crew.sign(covers=raised)
    assert crew.report().verdict is Verdict.FINAL


@pytest.fixture
def crew(tmp_path: Path) -> Crew:
    """Give a run under way."""
    made = Crew(tmp_path)
    made.start()
    return made


def test_a_clock_that_was_set_back_is_noted_once_and_found(crew: Crew) -> None:
    with crew.writing("op-1") as recorder, pytest.MonkeyPatch.context() as patch:
        work.begin(recorder, "weigh")
        set_back(patch, recorder)
        work.record(recorder, "weigh", "mass", "42")
        work.note(recorder, "the same wrong clock")
    noted = clock_notes(crew)
    assert len(noted) == 1
    entries = read(crew.run.read_bytes()).entries
    assert entries[noted[0]]["by"] == -BACK
    assert entries[noted[0]]["clock"] == "operating system clock"
    assert entries[noted[0] - 1]["time"][0] - entries[noted[0]]["time"][0] == BACK
    assert entries[noted[0] + 1]["kind"] == "value-recorded"
    finish(crew)
    back = [one for one in crew.report().findings if one.code.name == "time.not-monotonic"]
    assert len(back) >= 3  # what tells of it, and what else that clock said
    is_sound_but_for_the_clock(crew)


def test_it_never_comes_between_evidence_and_its_entry(crew: Crew) -> None:
    with crew.writing("op-1") as recorder, pytest.MonkeyPatch.context() as patch:
        work.begin(recorder, "weigh")
        set_back(patch, recorder)
        attaching.attach(recorder, file_of(crew.path / "a.jpg", 900), Target("weigh", "photo"))
    assert len(clock_notes(crew)) == 1
    finish(crew)
    is_sound_but_for_the_clock(crew)


def test_it_may_be_set_back_while_evidence_is_streamed(crew: Crew) -> None:
    with crew.writing("op-1") as recorder, pytest.MonkeyPatch.context() as patch:
        work.begin(recorder, "weigh")
        copy = frames.copy_evidence

        def copying(*args: Any) -> tuple[int, bytes]:
            set_back(patch, recorder)
            return copy(*args)

        patch.setattr(frames, "copy_evidence", copying)
        seq = attaching.attach(recorder, file_of(crew.path / "a.jpg", 900), Target("weigh", "photo")).ref.seq
    assert clock_notes(crew) == [seq + 1]
    finish(crew)
    is_sound_but_for_the_clock(crew)


def test_what_is_noted_before_a_signature_is_signed_by_it(crew: Crew) -> None:
    with crew.writing("op-1", attest=False) as recorder, pytest.MonkeyPatch.context() as patch:
        work.begin(recorder, "weigh")
        set_back(patch, recorder)
        assert recorder.attest() == 3  # the start of run and step, and what tells of the clock
        assert recorder.state.waiting("op-1") == 0
    finish(crew)
    is_sound_but_for_the_clock(crew)


@pytest.mark.parametrize("before", range(6))
def test_no_window_grows_over_what_the_policy_allows(tmp_path: Path, before: int) -> None:
    """What tells of a clock counts; a signature that is due comes first, and never between evidence and its entry."""
    text = baseline(attestation_late='level = "note", max-waiting = 5')
    crew = Crew(tmp_path, contract(policy=Policy.parse(text.encode()).encode()))
    crew.start()
    with crew.writing("op-1", attest=False) as recorder, pytest.MonkeyPatch.context() as patch:
        work.begin(recorder, "weigh")
        for number in range(before):
            work.note(recorder, f"note {number}")
        set_back(patch, recorder)
        attaching.attach(recorder, file_of(crew.path / "a.jpg", 900), Target("weigh", "photo"))
        for number in range(7):
            work.note(recorder, f"note {number}")
        recorder.journal.commit()
    finish(crew)
    assert len(clock_notes(crew)) == 1
    assert not {"attestation.late", "time.clock-changed-silently"} & crew.codes()
    assert {code for code in crew.codes() if code.startswith(("attestation", "evidence"))} == set()


def test_the_first_entry_has_no_clock_before_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    crew = Crew(tmp_path)
    ahead = now()[0] + BACK
    monkeypatch.setattr("opsproof_record.run.starting.now", lambda: [ahead, 0])
    crew.start()
    monkeypatch.undo()
    with crew.writing("op-1") as recorder:
        work.note(recorder, "back in time")
    assert clock_notes(crew) == [1]
