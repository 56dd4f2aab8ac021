"""How far two copies are read, what of them, and with how much memory; and any bytes at all (SPEC 9.13-3)."""

from __future__ import annotations

import contextlib
import io
import random
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest
from support.bundles import LABEL, base, build, finished, frame, frames, runs, vector
from test_compare import FULL, JOURNAL, PAIRS, SEALED, SUPPLIED, WITNESSED, both, cut, made

from opsproof_verify.compare import Comparison, NoBundle, Word, compare
from opsproof_verify.compare.copies import Copy, read_up_to
from opsproof_verify.container import SLICE
from opsproof_verify.intake import MAX_APPROVALS, MAX_SIGNOFFS

# --- how far a copy is read


@pytest.mark.parametrize(
    "data,code",
    [
        (b"", "label.missing"),
        (b"\x89PNG", "label.missing"),
        (LABEL[:4] + b"OPB2" + LABEL[8:], "label.unsupported"),
        (LABEL, None),
        (LABEL + frames(FULL)[1], "frame.out-of-order"),
        (FULL[:90], "frame.truncated"),
        (LABEL + b"\x82\x01\x5b\x7f" + b"\xff" * 7, "frame.too-large"),
    ],
)
def test_what_has_no_contract_frame_is_not_compared(data: bytes, code: str | None) -> None:
    for side, pair in (("b", (FULL, data)), ("a", (data, FULL))):
        with pytest.raises(NoBundle) as refusal:
            compare(*map(io.BytesIO, pair))
        stopped = refusal.value.stopped
        assert (refusal.value.side, stopped and stopped.code.name) == (side, code)


@pytest.mark.parametrize(
    "more,code",
    [
        (frame(10, b""), "frame.unknown-type"),
        (frame(2, b""), "frame.out-of-order"),
        (b"\x82\x07", "frame.truncated"),
        (b"\x82\x07\x42\x00", "frame.truncated"),
        (b"\x82\x04\x5b\x00\x1f" + b"\xff" * 6, "frame.truncated"),  # an offset that no file can seek to
        (b"junk", "frame.malformed"),
    ],
)
def test_a_copy_is_compared_as_far_as_it_can_be_read(more: bytes, code: str) -> None:
    found = both(FULL, FULL + more)
    assert found.b.stopped is not None
    assert (found.word, found.whole, found.b.stopped.code.name) == (Word.UNDECIDED, False, code)
    assert (found.b.read, found.b.size) == (len(FULL), len(FULL + more))
    assert both(SEALED, FULL + more).word is Word.EXTENDED


def test_a_withheld_frame_that_cannot_be_decoded_has_no_leaf_and_ends_the_reading() -> None:
    parts = frames(FULL)
    found = both(FULL, LABEL + b"".join([*parts[:4], frame(3, b"\xa0"), *parts[5:]]))
    assert found.b.stopped is not None
    assert (found.b.stopped.code.name, found.b.stopped.frame) == ("record.malformed", 5)
    assert (found.word, found.a.only_entries) == (Word.ROLLED_BACK, (2, 5))


@pytest.mark.parametrize("kind,most", [(9, MAX_APPROVALS), (7, MAX_SIGNOFFS), (8, MAX_SIGNOFFS)])
def test_more_records_than_there_may_be_are_not_read(kind: int, most: int) -> None:
    parts = frames(FULL)
    more = [frame(kind, number.to_bytes(2)) for number in range(most + 1)]
    data = LABEL + b"".join([*parts[:1], *more, *parts[2:]] if kind == 9 else [*parts[:9], *more])
    found = both(FULL, data)
    assert found.b.stopped is not None
    assert (found.b.stopped.code.name, found.b.stopped.frame) == ("limit.exceeded", most + (2 if kind == 9 else 10))


class Drops(io.BytesIO):
    """A stream that gives a few bytes at a time, as a raw one may."""

    def read(self, size: int | None = -1) -> bytes:
        return super().read(min(size or 0, 7) if size is not None and size > 0 else size)


def test_streams_may_give_less_than_is_asked_for() -> None:
    for a, b, _ in PAIRS.values():
        assert compare(Drops(a), Drops(b)) == compare(io.BytesIO(a), io.BytesIO(b))
    assert read_up_to(Drops(b"x" * 20), 16) == b"x" * 16


# --- what is read, and how much memory it takes


def test_evidence_is_not_hashed_unless_it_differs(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> bytes:
        raise AssertionError

    monkeypatch.setattr(Copy, "digest", refuse)
    subject = base.minimal(runs.note("note"), *base.photo("photo"))
    assert both(build(subject), made(subject, finished.withhold("note"))).word is Word.WITHHELD
    with pytest.raises(AssertionError):
        both(build(subject), made(subject, finished.flip_finished("photo")))


def test_evidence_in_bytes_that_are_the_same_is_not_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    subject = base.minimal(*base.photo("photo"))
    monkeypatch.delattr("opsproof_verify.compare.lockstep.same_content")
    assert both(cut(build(subject), 6), build(subject)).word is Word.EXTENDED
    assert both(build(SUPPLIED), build(SUPPLIED) + frame(8, b"x")).word is Word.EXTENDED
    with pytest.raises(NameError):
        both(build(subject), made(subject, finished.flip_finished("photo")))


@pytest.mark.parametrize("place", [0, SLICE - 1, SLICE, 2 * SLICE + 9])
def test_evidence_at_another_offset_is_compared_to_its_last_byte(place: int) -> None:
    body = bytearray(2 * SLICE + 10)
    subject = base.minimal(runs.note("note"), *base.photo("photo", body=bytes(body)))
    assert both(build(subject), made(subject, finished.withhold("note"))).altered.count == 0
    body[place] = 1
    other = made(subject, finished.withhold("note")).replace(bytes(len(body)), bytes(body))
    (one,) = both(build(subject), other).altered.items
    assert (one.what, one.a, one.b) == ("evidence", True, False)


def peak(a: bytes, b: bytes) -> tuple[Comparison, int]:
    """Compare, and give the most memory that it took at once."""
    streams = (io.BytesIO(a), io.BytesIO(b))
    compare(io.BytesIO(FULL), io.BytesIO(JOURNAL))  # what is made once and kept
    tracemalloc.start()
    try:
        return compare(*streams), tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_does_not_grow_with_evidence() -> None:
    subject = base.minimal(runs.note("note"), *base.photo("photo", body=bytes(2**25)))
    found, most = peak(build(subject), made(subject, finished.withhold("note")))
    assert found.word is Word.WITHHELD
    assert most < 2**22


@pytest.mark.untraced
@pytest.mark.parametrize("change", [b"", frame(2, b"another last entry")])
def test_memory_does_not_grow_with_entries(change: bytes) -> None:
    """Entries that cannot be decoded have leaves too, and a fork is walked once more."""
    log = cut(FULL, 3) + b"".join(frame(2, number.to_bytes(4)) for number in range(50_000))
    found, most = peak(log + frame(2, b"the last entry"), log + change)
    assert (found.word, found.a.entries) == (Word.ALTERED if change else Word.ROLLED_BACK, 50_002)
    assert most < 2**20


# --- any bytes


@pytest.mark.untraced
@pytest.mark.parametrize("name", ["minimal", "rich-every-kind"])
def test_any_mutation_gives_an_answer(name: str) -> None:
    data = vector(name)[0]
    choose = random.Random(name)
    changes: tuple[Callable[[bytearray, int], None], ...] = (
        lambda bytes_, at: bytes_.__setitem__(at, bytes_[at] ^ 1 << choose.randrange(8)),
        lambda bytes_, at: bytes_.__delitem__(slice(at, at + choose.randrange(1, 40))),
        lambda bytes_, at: bytes_.__setitem__(slice(at, at), choose.randbytes(choose.randrange(1, 9))),
        lambda bytes_, at: bytes_.__delitem__(slice(at, None)),
    )
    words = set()
    for _ in range(300):
        mutant = bytearray(data)
        for _ in range(choose.randrange(1, 4)):
            choose.choice(changes)(mutant, choose.randrange(len(mutant)))
        with contextlib.suppress(NoBundle):
            words.add(both(data, bytes(mutant)).word)
    assert Word.IDENTICAL not in words
    assert words >= {Word.ALTERED, Word.ROLLED_BACK}


def test_any_frames_in_any_order_give_an_answer() -> None:
    choose = random.Random("frames")
    parts = frames(build(SUPPLIED)) + frames(WITNESSED) + [frame(kind, b"x" * kind) for kind in range(1, 10)]
    for _ in range(300):
        some = [LABEL + b"".join([parts[0], *choose.choices(parts, k=9)]) for _ in range(2)]
        both(*some)
