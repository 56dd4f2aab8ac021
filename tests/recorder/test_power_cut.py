"""Journals as a power cut leaves them, and interrupted recoveries: nothing that was flushed is lost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pytest
from opsproof_record.errors import Damaged, Refused
from opsproof_record.log import index, torn
from opsproof_record.log.journal import Journal, mend
from opsproof_record.run import attaching, work
from opsproof_record.run.attaching import Target
from recorder.crew import Crew
from recorder.folders import file_of, quick_folder
from recorder.kills import REASON, go_on, terms
from recorder.reading import read
from recorder.test_index import agree

from opsproof_verify.container import FrameType

# A power cut: what was written and not flushed is there in part, sector by sector, or not at all.


@dataclass
class PowerCut:
    """A run, its journal as it was meant to be, and the index of an earlier and of the last moment."""

    crew: Crew
    whole: bytes
    indexes: dict[str, bytes]
    flushed: int  # what the earlier index is of

    def leave(self, data: bytes, beside: str | None) -> None:
        """Put a journal in place as the power cut left it, and an index beside it."""
        index.discard(self.crew.run)
        for kept in self.crew.path.glob("run.opb.torn-*"):
            kept.unlink()
        self.crew.run.write_bytes(data)
        if beside is not None:
            index.path_of(self.crew.run).write_bytes(self.indexes[beside])

    def recover(self, data: bytes) -> bytes:
        """Open the journal and go on; what was cut off is kept and a gap says so. Give it."""
        with self.crew.writing("op-1", attest=False, gap=REASON) as recorder:
            work.note(recorder, "on we go")
        now = self.crew.run.read_bytes()
        kept = list(self.crew.path.glob("run.opb.torn-*"))
        tail = b"".join(path.read_bytes() for path in kept)
        assert now.startswith(data.removesuffix(tail))
        there = len(read(data.removesuffix(tail)).entries)
        assert [entry["kind"] for entry in read(now).entries[there:]] == [*["gap" for _ in kept], "note"]
        assert len(kept) == (tail != b"")
        agree(self.crew.run)
        return tail


@pytest.fixture(scope="module")
def cut() -> Iterator[PowerCut]:
    """Give a run whose last entries may not have reached the disk."""
    with quick_folder() as folder:
        crew, indexes = Crew(folder, terms()), {}
        crew.start()
        with crew.writing("op-1") as recorder:
            work.begin(recorder, "weigh")
            attaching.attach(recorder, file_of(folder / "a.jpg", 2_000), Target("weigh", "photo"))
        indexes["earlier"], flushed = index.path_of(crew.run).read_bytes(), crew.run.stat().st_size
        with crew.writing("op-1") as recorder:
            attaching.attach(recorder, file_of(folder / "b.jpg", 700), Target())
            work.note(recorder, "the last words")
        indexes["latest"] = index.path_of(crew.run).read_bytes()
        yield PowerCut(crew, crew.run.read_bytes(), indexes, flushed)


@pytest.mark.parametrize("beside", ["latest", "earlier", None])
def test_a_journal_cut_at_any_byte_recovers(cut: PowerCut, beside: str | None) -> None:
    whole = cut.whole
    ends = [end for kind, _, end in read(whole).frames if kind != FrameType.EVIDENCE]
    near = range(len(whole) - 300, len(whole) + 1, 1 if beside is None else 7)
    for end in (*range(len(whole) - 1_700, len(whole) - 300, 19), *near):
        cut.leave(whole[:end], beside)
        assert end - len(cut.recover(whole[:end])) == max(one for one in ends if one <= end)


@pytest.mark.parametrize("size", range(3_000, 3_512, 43))
@pytest.mark.parametrize("beside", ["earlier", None])
def test_sectors_that_were_never_written_are_a_torn_tail(cut: PowerCut, size: int, beside: str | None) -> None:
    """Zeros in any sector, and from any sector on: what stands before the damaged frame stays, the rest is kept."""
    start = cut.flushed
    cut.leave(cut.whole[:start], "earlier")
    with cut.crew.writing("op-1", attest=False) as recorder:
        attaching.attach(recorder, file_of(cut.crew.path / "c.jpg", size), Target())
        work.note(recorder, "y" * 1_000)
    whole = cut.crew.run.read_bytes()
    sectors = range(start - start % 512, len(whole), 512)
    for first, last in {(max(at, start), min(end, len(whole))) for at in sectors for end in (at + 512, len(whole))}:
        data = whole[:first] + bytes(last - first) + whole[last:]
        cut.leave(data, beside)
        if (beside is None and _inside_evidence(whole, first, last)) or _is_entry(data, whole, first):
            continue  # nothing tells: evidence is hashed only where an index says what was flushed before
        if beside is None and last - max(first, _passed_over(whole, first)) < 16:
            with pytest.raises(Damaged), Journal(cut.crew.run):
                pass  # too little to tell it from damage: it is left alone
            continue
        tail = cut.recover(data)
        assert start <= len(data) - len(tail) <= first


def _is_entry(data: bytes, whole: bytes, first: int) -> bool:
    """Tell whether the frame that was hit is an entry still, with zeros in the random bytes at its end."""
    kind, end = next((kind, end) for kind, at, end in read(whole).frames if at <= first < end)
    left = read(data[:end])
    return kind == FrameType.ENTRY and left.end == end and left.entries[-1] is not None


def _passed_over(whole: bytes, first: int) -> int:
    """Give the end of the evidence in whose body zeros begin, which nobody sees; else 0."""
    frames_ = read(whole).frames
    return next((end for kind, at, end in frames_ if kind == FrameType.EVIDENCE and at + 5 <= first < end), 0)


def _inside_evidence(whole: bytes, first: int, last: int) -> bool:
    frames_ = read(whole).frames
    return any(kind == FrameType.EVIDENCE and at + 5 <= first and last <= end for kind, at, end in frames_)


@pytest.mark.parametrize("beside", ["latest", None])
@pytest.mark.parametrize("place", ["head of an entry", "inside an entry", "entry of evidence", "head of evidence"])
def test_damage_to_what_was_flushed_is_no_torn_tail(cut: PowerCut, place: str, beside: str | None) -> None:
    """It is refused, again and again, and left alone."""
    frames_ = read(cut.whole).frames
    entry = next(start for kind, start, _ in frames_ if kind == FrameType.ENTRY)
    evidence, behind = next((start, end) for kind, start, end in frames_ if kind == FrameType.EVIDENCE)
    at = {
        "head of an entry": entry,
        "inside an entry": entry + 60,
        "entry of evidence": behind + 100,
        "head of evidence": evidence + 3,
    }[place]
    data = bytearray(cut.whole)
    data[at] ^= 0x7F
    cut.leave(bytes(data), beside)
    if (place, beside) == ("head of evidence", None):
        assert cut.recover(bytes(data))  # seems to go on behind the end: nothing tells that it was once whole
        return
    for _ in range(2):
        for opening in (Journal, mend):
            with pytest.raises(Damaged):
                opening(cut.crew.run)
    assert cut.crew.run.read_bytes() == data
    assert not list(cut.crew.path.glob("run.opb.torn-*"))


def test_frames_that_do_not_continue_a_journal_are_no_torn_tail(cut: PowerCut) -> None:
    """Whatever wrote them is not this recorder: they are refused, and left alone."""
    _, start, end = next(one for one in read(cut.whole).frames if one[0] == FrameType.ENTRY)
    for beside in ("latest", None):
        cut.leave(cut.whole + cut.whole[start:end], beside)
        with pytest.raises(Damaged, match="does not continue the chain"):
            Journal(cut.crew.run)


# A recovery that was itself interrupted, and what people do with kept tails.


def tear(crew: Crew, tail: bytes) -> None:
    with crew.run.open("ab") as file:
        file.write(tail)


def gaps(crew: Crew) -> list[bytes]:
    return [entry["cut"]["digest"] for entry in read(crew.run.read_bytes()).entries if entry["kind"] == "gap"]


TAIL = b"\x82\x02\x58\xc8\xa9"


@pytest.fixture
def crew(tmp_path: Path) -> Crew:
    """Give a run under way."""
    made = Crew(tmp_path, terms())
    made.start()
    return made


def test_a_tail_that_was_kept_and_not_cut_is_kept_once(crew: Crew) -> None:
    tear(crew, TAIL)
    torn.named(crew.run, 1).write_bytes(TAIL)
    go_on(crew)
    assert gaps(crew) == [sha256(TAIL).digest()]
    assert not torn.named(crew.run, 2).exists()


@pytest.mark.parametrize("before", [b"", TAIL[:-1], TAIL + b"x"])
def test_a_copy_that_was_not_finished_is_made_again(crew: Crew, before: bytes) -> None:
    tear(crew, TAIL)
    crew.run.with_name(".run.opb.torn-1.new").write_bytes(before)
    go_on(crew)
    assert torn.named(crew.run, 1).read_bytes() == TAIL
    assert gaps(crew) == [sha256(TAIL).digest()]
    assert not crew.run.with_name(".run.opb.torn-1.new").exists()


def test_a_kept_tail_that_was_moved_away_hides_no_later_one(crew: Crew) -> None:
    for number, tail in enumerate((TAIL, TAIL + b"again"), start=1):
        tear(crew, tail)
        go_on(crew)
        torn.named(crew.run, number).rename(crew.path / f"archive-{number}")
    assert gaps(crew) == [sha256(TAIL).digest(), sha256(TAIL + b"again").digest()]


def test_two_tails_at_once_are_two_gaps(crew: Crew) -> None:
    tear(crew, TAIL)
    with Journal(crew.run):
        pass  # cut, and the machine stops before a gap is written
    tear(crew, TAIL[:2])
    go_on(crew)
    assert gaps(crew) == [sha256(TAIL).digest(), sha256(TAIL[:2]).digest()]


def test_a_run_is_not_started_beside_the_tail_of_another(tmp_path: Path) -> None:
    crew = Crew(tmp_path)
    torn.named(crew.run, 1).write_bytes(TAIL)
    with pytest.raises(Refused, match="earlier journal"):
        crew.start()
    assert not crew.run.exists()


def test_the_list_of_unsigned_entries_is_right_when_it_cannot_be_shortened(
    crew: Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk or a kill while the list is written anew: the longer one stays, and the next signature is given."""
    rename = Path.rename

    def stopped(path: Path, target: Path) -> Path:
        if path.name == ".op-1.pending.new":
            raise OSError(28, "No space left on device")
        return rename(path, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", stopped)
        go_on(crew)
        go_on(crew)
    with crew.writing("op-1", attest=False) as recorder:
        work.note(recorder, "unsigned")
    go_on(crew)
    assert len((crew.path / "op-1.pending").read_text().splitlines()) == 2
