"""Whoever bypasses the recorder is found: each row is one thing that somebody does, and the code that it gets.

Two ways lead around the recorder. An insider writes entries under an own key without asking the guards: what is wrong
then is what was done. And who can write the file edits it, and signs again whatever the keys at hand can sign. Both
start from a sound run, whose report shows nothing but the approval that is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from opsproof_record.errors import Refused
from opsproof_record.log import frames
from opsproof_record.run import assigning, deviate, oversight, work
from opsproof_record.run.deviate import Deviation
from opsproof_record.run.recorder import Recorder
from opsproof_record.sealed import closing
from recorder.crew import Crew, member
from recorder.folders import quick_folder
from recorder.forging import Forger, sign
from recorder.insiders import INSIDERS, Insider, by, dosed, ended, judged, labelled, mixed, weighed, write
from recorder.reading import read
from recorder.vandals import VANDALS, Vandal

from opsproof_verify.canonical import encode
from opsproof_verify.container import FrameType
from opsproof_verify.cose import RecordType
from opsproof_verify.findings import Verdict

OPEN = {"approval.missing", "rule.not-evaluated"}

#: What the baseline notes of every run of this crew, whose contract says nothing about it.
NOTED = {"agent.undescribed", "contract.no-retention"}


@pytest.fixture
def crew() -> Iterator[Crew]:
    """Give a run that was just started."""
    with quick_folder() as folder:
        made = Crew(folder)
        made.start()
        by(made, "op-1", lambda _recorder: None)
        yield made


@pytest.mark.parametrize("what, code", INSIDERS, ids=lambda one: getattr(one, "__name__", one))
def test_what_an_insider_does_is_found(crew: Crew, what: Insider, code: str) -> None:
    what(crew)
    with crew.writing("op-1") as recorder:
        recorder.write("run-ended", outcome="completed")
    crew.seal()
    assert code in crew.codes()
    assert crew.report().verdict is not Verdict.FINAL


def test_nothing_of_it_is_what_the_recorder_would_have_written(crew: Crew) -> None:
    """The same requests through the front door: refused."""
    weighed(crew)
    doors: list[Callable[[Recorder], object]] = [
        lambda one: work.begin(one, "label"),
        lambda one: work.record(one, "weigh", "mass", "43"),
        lambda one: work.record(one, "weigh", "bags", "43 lb"),
        lambda one: oversight.check_step(one, "weigh", passed=True),
        lambda one: oversight.release_step(one, "mix"),
        lambda one: assigning.assign(one, member("friend", "human", ["lead"], None)),
        lambda one: deviate.deviate(one, Deviation(reason="bad-luck", description="x")),
        lambda one: deviate.deviate(one, Deviation(reason="bad", description="x", steps=("weigh",))),
        lambda one: deviate.deviate(one, Deviation(reason="grave", description="x", severity="minor")),
        lambda one: work.end_run(one, "completed", None),
    ]
    before = crew.run.read_bytes()
    for door in doors:
        with pytest.raises(Refused):
            by(crew, "op-2", door)
    assert crew.run.read_bytes() == before


# Somebody who can write the file.


@pytest.fixture(scope="module")
def sound() -> Iterator[tuple[Crew, bytes]]:
    """Give a sealed run with a bit of everything, in which people signed in turn."""
    with quick_folder() as folder:
        crew = Crew(folder)
        crew.start()
        by(crew, "op-1", lambda _recorder: None)
        value = weighed(crew, "50")
        by(crew, "op-2", lambda one: work.correct(one, value.seq, "42", "misread"))
        said = Deviation(reason="limits", description="x", values=(value.seq,))
        ref = by(crew, "op-2", lambda one: deviate.deviate(one, said)).ref
        by(crew, "lead", lambda one: deviate.close(one, ref.seq, "seen"))
        by(crew, "lead", lambda one: assigning.assign(one, member("temp", "human", ["operator"], None)))
        with crew.run.open("ab") as file:
            file.write(b"\x82\x02\x58")
        with crew.writing("op-1", gap="Power cut"):
            pass
        mixed(crew)
        judged(crew)
        dosed(crew)
        by(crew, "op-2", lambda one: work.note(one, "seen by everybody"))
        labelled(crew)
        ended(crew)
        yield crew, crew.run.read_bytes()


def test_the_run_that_is_attacked_is_sound(sound: tuple[Crew, bytes]) -> None:
    crew, data = sound
    assert crew.codes(data) - NOTED == OPEN
    assert crew.codes(Forger(data, "op-1", "op-2", "lead", "deputy", "inspector", "bot").bundle()) - NOTED == OPEN


@pytest.mark.parametrize("what, keys, code", VANDALS)
def test_what_is_done_to_the_file_is_found(
    sound: tuple[Crew, bytes], what: Vandal, keys: tuple[str, ...], code: str | None
) -> None:
    crew, data = sound
    forger = Forger(data, *keys)
    what(forger)
    forged = forger.bundle()
    codes = crew.codes(forged)
    assert codes - NOTED == OPEN if code is None else code in codes


# The same without making anything fit: bytes changed, frames cut out, a tail rewritten.


def frame_of(data: bytes, kind: str) -> tuple[int, int]:
    """Give start and end of the frame of the last entry of a kind."""
    found = read(data)
    places = [(start, end) for of, start, end in found.frames if of == FrameType.ENTRY]
    entries = reversed(list(zip(found.entries, places, strict=True)))
    place: tuple[int, int] = next(place for entry, place in entries if entry["kind"] == kind)
    return place


def test_a_changed_byte_breaks_the_chain(sound: tuple[Crew, bytes]) -> None:
    crew, data = sound
    start, end = frame_of(data, "value-recorded")
    at = data.index(b"50", start, end)
    assert "chain.broken-link" in crew.codes(data[:at] + b"44" + data[at + 2 :])


@pytest.mark.parametrize("kind", ["gap", "note", "checked", "attestation", "step-started"])
def test_an_entry_cut_out_leaves_a_hole(sound: tuple[Crew, bytes], kind: str) -> None:
    crew, data = sound
    start, end = frame_of(data, kind)
    assert {"chain.wrong-seq", "chain.broken-link"} <= crew.codes(data[:start] + data[end:])


def test_an_entry_twice_is_one_too_many(sound: tuple[Crew, bytes]) -> None:
    crew, data = sound
    start, end = frame_of(data, "checked")
    assert "chain.wrong-seq" in crew.codes(data[:end] + data[start:end] + data[end:])


def test_a_seal_by_somebody_else_is_no_seal(sound: tuple[Crew, bytes]) -> None:
    crew, data = sound
    start = next(start for kind, start, _ in read(data).frames if kind == FrameType.SEAL)
    seal = read(data).seal
    body = sign("op-2", RecordType.SEAL, encode(seal | {"actor": "op-2", "attests": {"count": 0, "digest": bytes(32)}}))
    codes = crew.codes(data[:start] + frames.frame(FrameType.SEAL, body))
    assert "seal.unauthorised" in codes
    assert "attestation.mismatch" in codes


def test_what_is_cut_off_at_the_end_is_missed(sound: tuple[Crew, bytes]) -> None:
    crew, data = sound
    start = next(start for kind, start, _ in read(data).frames if kind == FrameType.SEAL)
    assert "seal.missing" in crew.codes(data[:start])
    assert "frame.truncated" in crew.codes(data[: start + 100])


# The recorder itself, on a journal that was edited meanwhile.


def test_the_recorder_signs_nothing_that_it_did_not_write(crew: Crew) -> None:
    write(crew, "op-1", "note", text="mine")
    forger = Forger(crew.run.read_bytes())
    last = forger.entries[-1]
    forger.add(last, "op-1", "note", text="not mine")
    forger.entries[-2:] = reversed(forger.entries[-2:])
    crew.run.write_bytes(forger.bundle())
    with pytest.raises(Refused, match="this key has no memory of writing them"):
        by(crew, "op-1", lambda recorder: work.note(recorder, "on we go"))


def test_the_recorder_goes_on_with_no_journal_that_was_changed(crew: Crew) -> None:
    write(crew, "op-1", "note", text="mine")
    write(crew, "op-1", "note", text="another")
    data = crew.run.read_bytes()
    at = data.index(b"mine")
    crew.run.write_bytes(data[:at] + b"hers" + data[at + 4 :])
    with pytest.raises(Refused, match="is damaged"):
        by(crew, "op-1", lambda recorder: work.note(recorder, "on we go"))
    with pytest.raises(Refused, match="is damaged"):
        closing.seal(crew.run, "op-1", crew.signer("op-1"))
