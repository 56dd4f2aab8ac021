"""What was read once is read again, and is the same or nothing."""

import io
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_compact import held

from opsproof_verify import recall
from opsproof_verify.canonical import encode
from opsproof_verify.container import FrameType
from opsproof_verify.merkle import leaf_hash
from opsproof_verify.recall import ENTRIES, SPAN, Recall, read_from

SIZES = st.sampled_from([0, 1, 23, 24, 255, 256, 300, SPAN, 65_535, 65_536])
KINDS = st.sampled_from([2, 2, 2, 2, 3, 4, 5])
HEAD = b"a label, and so on"


class File:
    """Frames as a file has them, and what was noted of them."""

    def __init__(self, frames: list[tuple[int, bytes]]) -> None:
        self.data = bytearray(HEAD)
        self.reads = 0
        self.recall = Recall(self.read_at)
        self.known: list[tuple[int, bytes] | None] = []  # number and body of each entry, None for a withheld one
        for number, (kind, body) in enumerate(frames, 7):
            offset = len(self.data)
            self.data += encode([kind, body])
            if kind in (2, 3):
                self.recall.note(number, offset, len(self.data), leaf_hash(body))
                self.known.append((number, body) if kind == 2 else None)

    def read_at(self, offset: int, size: int) -> bytes:
        self.reads += 1
        return bytes(self.data[offset : offset + size])

    def hold(self, order: list[int]) -> None:
        """Read entries again, and compare."""
        for seq in order:
            read, known = self.recall.get(seq), self.known[seq]
            found = read and (read.frame, read.leaf, read.body)
            assert found == (known and (known[0], leaf_hash(known[1]), known[1]))


def entries(count: int, size: int = 300) -> File:
    return File([(2, number.to_bytes(4) * (size // 4)) for number in range(count)])


@settings(deadline=None)
@given(st.lists(st.tuples(KINDS, SIZES), max_size=150), st.randoms(use_true_random=False))
def test_each_entry_is_read_again(frames: list[tuple[int, int]], draw: random.Random) -> None:
    file = File([(kind, number.to_bytes(2) * (size // 2)) for number, (kind, size) in enumerate(frames)])
    order = list(range(len(file.known)))
    draw.shuffle(order)
    file.hold(order)
    assert file.recall.get(len(order)) is file.recall.get(-1) is None


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(1, 90), st.sampled_from([40, 300, 4_000])), max_size=6))
def test_entries_are_noted_one_by_one_or_together(batches: list[tuple[int, int]]) -> None:
    single, together = entries(0), entries(0)
    data, frame = bytearray(HEAD), 1
    for count, size in batches:
        offsets, leaves = [], []
        for number in range(count):
            body, offset = bytes([number]) * size, len(data)
            data += encode([2, body])
            offsets.append(offset)
            leaves.append(leaf_hash(body))
            single.recall.note(frame + number, offset, len(data), leaves[-1])
        together.recall.note_all(frame, offsets, len(data), b"".join(leaves))
        frame += count
        data += encode([4, b"between"])
        frame += 1
    single.data = together.data = data
    total = sum(count for count, _ in batches)
    assert together.recall.count == total
    assert [single.recall.get(seq) for seq in range(total)] == [together.recall.get(seq) for seq in range(total)]
    assert (single.reads, None) == (together.reads, together.recall.get(total))


def test_a_block_is_read_once_while_it_is_at_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recall, "CACHED", 2)
    file = entries(4 * ENTRIES + 1)
    file.hold([0, 1, ENTRIES, 0, 2 * ENTRIES, 1])
    assert file.reads == 3
    file.hold([ENTRIES])
    assert file.reads == 4


def test_a_block_is_not_long_unless_it_is_one_entry() -> None:
    file = File([(2, bytes(60_000)), *((2, bytes([number]) * 5_000) for number in range(7))])
    longest = []
    file.recall._read_at = lambda offset, size: (longest.append(size), file.read_at(offset, size))[1]  # type: ignore[func-returns-value]
    file.hold(list(range(8)))
    assert longest[0] > 60_000
    assert max(longest[1:]) <= SPAN


@pytest.mark.parametrize("seq", [3, 2 * ENTRIES + 2])
def test_what_has_changed_meanwhile_is_not_used(seq: int) -> None:
    file = entries(2 * ENTRIES + 5)
    at = len(HEAD) + len(encode([2, bytes(300)])) * seq
    for change in (b"\x00", b"\x82\x04", b"\x82\x02\x5b\xff", b"\xff" * 20):
        changed, kept = bytearray(file.data), file.data
        changed[at : at + len(change)] = change
        file.data = changed
        if change != b"\x00":  # the first byte alone says nothing that was not known
            with pytest.raises(OSError, match="changed"):
                file.recall.get(seq)
        file.data = kept
    file.data = file.data[: at + 10]
    with pytest.raises(OSError, match="changed"):
        file.recall.get(seq)


def test_a_stream_is_left_where_it_stood() -> None:
    class Slow(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(min(size or 0, 3))

    stream = Slow(b"0123456789")
    stream.seek(2)
    assert read_from(stream)(4, 5) == b"45678"
    assert read_from(stream)(8, 5) == b"89"
    assert stream.tell() == 2


@pytest.mark.untraced
def test_an_entry_takes_four_bytes() -> None:
    def noted() -> Recall:
        made = Recall(lambda _offset, _size: b"")
        for seq in range(20_000):
            made.note(seq, 300 * seq, 300 * seq + 300, bytes(32))
        return made

    assert held(noted) < 20_000 * (60 / ENTRIES) * 1.13 + 4_000


def test_the_types_of_frames_are_those_of_the_container() -> None:
    assert {FrameType.EVIDENCE, FrameType.ABSENT} == recall._BETWEEN
