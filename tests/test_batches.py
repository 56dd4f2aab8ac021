"""Frames read in batches are those that are read one by one, wherever a window or the file ends (SPEC 3.2, 9.4)."""

from __future__ import annotations

import io
import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from support.bundles import BUNDLES, Subject, base, build, frames, vector
from support.lines import inputs, line
from support.paths import Inputs, Outcome, outcome, quickly, slowly

from opsproof_verify import container, log, source, verify
from opsproof_verify.container import LABEL, Batch, Frame, FrameType, read_frames, read_parts, split_entries
from opsproof_verify.findings import Rejected
from opsproof_verify.merkle import BLOCK, Frontier, block_roots
from opsproof_verify.render.json_report import render_json
from opsproof_verify.source import Source
from opsproof_verify.workers import Workers

SIZES = (1, 2, 3, 5, 64, 4_096, 1 << 20)
NAMES = sorted(folder.name for folder in BUNDLES.iterdir() if (folder / "vector.json").exists())
Seen = tuple[int, int, int, int, bytes]  # number, offset, type, end and body of a frame
fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")


# --- frames


def seen(frame: Frame) -> Seen:
    # Of evidence not the body: it is passed over.
    body = b"" if frame.type is FrameType.EVIDENCE else frame.read()
    return frame.number, frame.offset, frame.type, frame.end, body


def frames_of(parts: Iterator[Frame | Batch]) -> tuple[list[Seen], object]:
    """Give the frames of parts, those of batches too, and the refusal in which they end."""
    found: list[Seen] = []
    try:
        for part in parts:
            if isinstance(part, Frame):
                found.append(seen(part))
                continue
            assert part.ends
            ends = [part.offset + end for end in part.ends]
            rows = zip(part.starts(), ends, part.bodies(), strict=True)
            found += [(at, begin, 2, end, body) for at, (begin, end, body) in enumerate(rows, part.number)]
    except Rejected as refusal:
        return found, (refusal.code, refusal.facts)
    return found, None


def hold_frames(data: bytes, sizes: tuple[int, ...] = SIZES) -> None:
    """Compare both ways, with windows of all sizes."""
    expected = frames_of(read_frames(io.BytesIO(data)))
    for size in sizes:
        for least in {size, min(size, 4_096), 300}:
            with patch.object(container, "_LEAST_WINDOW", least):
                assert frames_of(read_parts(io.BytesIO(data), size)) == expected


@pytest.mark.untraced
def test_all_vectors_have_the_same_frames_in_windows_of_any_size() -> None:
    for name in NAMES:
        for path in (BUNDLES / name).glob("*.opb"):
            hold_frames(path.read_bytes(), (1, 5, 64, 700, 1 << 20))


@pytest.mark.parametrize("size", SIZES)
def test_a_file_that_ends_anywhere(size: int) -> None:
    data = build(base.minimal(*(base.entry(f"n{at}", "note", text="x" * at * 20) for at in range(4, 16, 3))))
    step = 1 if size >= 64 else 7
    for end in range(0, len(data), step):
        hold_frames(data[:end], (size,))


def odd_frames() -> dict[str, bytes]:
    """Give what may stand where an entry frame does."""
    heads = {"23": b"\x57", "24": b"\x58\x18", "255": b"\x58\xff", "256": b"\x59\x01\x00", "65535": b"\x59\xff\xff",
             "65536": b"\x5a\x00\x01\x00\x00", "65537": b"\x5a\x00\x01\x00\x01", "0": b"\x40"}  # fmt: skip
    whole = {f"{size} bytes": b"\x82\x02" + head + b"x" * int(size) for size, head in heads.items()}
    return whole | {
        "23 bytes in two": b"\x82\x02\x58\x17" + b"x" * 23,
        "255 bytes in three": b"\x82\x02\x59\x00\xff" + b"x" * 255,
        "300 bytes in five": b"\x82\x02\x5a\x00\x00\x01\x2c" + b"x" * 300,
        "300 bytes in nine": b"\x82\x02\x5b" + (300).to_bytes(8) + b"x" * 300,
        "no end": b"\x82\x02\x5f\x41x\xff",
        "a text": b"\x82\x02\x78\x18" + b"x" * 24,
        "a type in two bytes": b"\x82\x18\x02\x58\x18" + b"x" * 24,
        "an array of three": b"\x83\x02\x58\x18" + b"x" * 24 + b"\x00",
        "an unknown type": b"\x82\x0a\x58\x18" + b"x" * 24,
        "a withheld entry": b"\x82\x03\x58\x30" + b"x" * 48,
        "evidence": b"\x82\x04\x59\x02\x00" + b"\x82\x02\x58\x18" * 128,
        "absent evidence": b"\x82\x05\x58\x20" + b"x" * 32,
        "a seal": b"\x82\x06\x58\x20" + b"x" * 32,
        "a sign-off": b"\x82\x07\x58\x20" + b"x" * 32,
        "nothing": b"",
        "a byte": b"\x82",
    }


@pytest.mark.parametrize("name", odd_frames())
def test_odd_frames_between_entries(name: str) -> None:
    short, long = b"\x82\x02\x58\x1eEntry" + b"a" * 25, b"\x82\x02\x59\x01\x2cEntry" + b"b" * 295
    contract = b"\x82\x01\x41x"
    odd = odd_frames()[name]
    for before in (contract + short, contract + short * 3 + long, contract, contract + long * 30):
        for behind in (b"", short, long + short * 2, odd, odd[:-1], short[:-1], long[:4]):
            hold_frames(LABEL + before + odd + behind, (5, 64, 700, 1 << 20))


def test_an_entry_is_split_off_only_if_it_is_whole() -> None:
    data = b"\x82\x02\x58\x1e" + b"a" * 30 + b"\x82\x02\x59\x01\x00" + b"b" * 256 + b"\x82\x02\x58\x18" + b"c" * 24
    ends = [34, 34 + 261, 34 + 261 + 28]
    for end in range(len(data) + 1):
        batch = split_entries(data[:end])
        assert batch.ends == [one for one in ends if one <= end]
        assert len(batch.data) == max([0, *batch.ends])
    assert split_entries(b"\x82\x02").bodies() == []


# --- the tree


@pytest.mark.parametrize("seed", range(4))
def test_a_tree_that_grows_by_batches_is_the_tree_that_grows_by_leaves(seed: int) -> None:
    draw = random.Random(seed)
    leaves = [at.to_bytes(32) for at in range(5 * BLOCK)]
    for first in range(2 * BLOCK + 2):
        slow, quick = Frontier(), Frontier()
        at = 0
        for size in (first, *(draw.choice([0, 1, BLOCK - 1, BLOCK, BLOCK + 1, draw.randrange(99)]) for _ in range(4))):
            batch = leaves[at : at + size]
            quick.extend(b"".join(batch), b"".join(block_roots(batch, at)))
            for leaf in batch:
                slow.append(leaf)
            at += len(batch)
            assert (quick.size, quick.root(), quick._subtrees) == (slow.size, slow.root(), slow._subtrees)


# --- the same report, with workers or without


@pytest.fixture
def small_tasks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have everything handed to workers."""
    monkeypatch.setattr(source, "LARGE", 0)
    monkeypatch.setattr(source, "TASK", 0)


def beside(path: Path, given: Inputs, window: int, count: int = 2) -> Outcome:
    """Read a file with worker processes."""
    with quickly(window=window, ahead=window), Workers(count) as workers, path.open("rb") as stream:
        return outcome(stream, given, workers)


def reports(data: bytes, given: Inputs, folder: Path, *windows: int) -> bytes:
    """Hold the quick way, with and without workers, to the slow one; give the report."""
    path = folder / "bundle.opb"
    path.write_bytes(data)
    with slowly():
        slow = outcome(data, given)
    for window in windows:
        with quickly(window=window, ahead=window):
            here = outcome(data, given)
        for quick in (here, beside(path, given, window)):
            assert quick.report == slow.report
            assert quick.state == slow.state
    return slow.report


def stopped(subject: Subject) -> bytes:
    """Put one deviation more than there may be into the midst."""
    raised = [
        base.entry(f"d{at}", "deviation-raised", reason="torn-label", severity="minor", steps=[], values=[],
                   evidence=[], description="x")
        for at in range(6)
    ]  # fmt: skip
    subject.items[subject.index("mix-1-begin") : subject.index("mix-1-begin")] = raised
    return build(subject)


@fork
@pytest.mark.parametrize("window", [500, 2_000, 1 << 20])
def test_a_limit_in_the_midst_of_batches_that_wait(
    window: int, tmp_path: Path, small_tasks: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "MAX_DEVIATIONS", 5)
    data = stopped(line())
    report = reports(data, inputs(line()), tmp_path, window)
    assert b"limit.exceeded" in report
    # What is wrong behind it is not reached.
    assert reports(data[:-900], inputs(line()), tmp_path, window) == report


@fork
@pytest.mark.parametrize(
    "tail", [b"", b"\x82", b"\x82\x02\x58", b"\x82\x02\x58\x30abc", b"\x82\x0b\x41x", b"\xff", b"\x82\x06\x41x"]
)
def test_what_is_refused_behind_batches_that_wait(tail: bytes, tmp_path: Path, small_tasks: None) -> None:
    subject = line()
    parts = frames(build(subject))
    cut = LABEL + b"".join(parts[:120]) + tail
    reports(cut, inputs(subject), tmp_path, 900, 1 << 20)


@fork
@pytest.mark.parametrize(
    "name", ["rich-every-kind", "entry-withheld", "minimal", "action-authorised", "deviation-after-too"]
)
def test_vectors_with_workers(name: str, tmp_path: Path, small_tasks: None) -> None:
    data, policy, trust, more = vector(name)
    given = Inputs(policy, trust, more["at"], more["expect"], more["evidence"] and str(more["evidence"]))
    reports(data, given, tmp_path, 300, 1 << 20)


@pytest.mark.untraced
@pytest.mark.parametrize("first", [0, 1])
def test_vectors_give_one_report_in_batches(first: int) -> None:
    for name in NAMES[first::8]:
        data, policy, trust, more = vector(name)
        given = Inputs(policy, trust, more["at"], more["expect"], more["evidence"] and str(more["evidence"]))
        with slowly():
            slow = outcome(data, given)
        with quickly(window=700, ahead=700):
            quick = outcome(data, given)
        assert (quick.report, quick.state) == (slow.report, slow.state), name


class Trickle(io.RawIOBase):
    """A stream that gives few bytes at a time, and cannot seek."""

    def __init__(self, data: bytes) -> None:
        self._data = io.BytesIO(data)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        piece = self._data.read(min(len(buffer), 7))
        buffer[: len(piece)] = piece
        return len(piece)


def test_a_stream_that_cannot_seek_gives_the_same_report() -> None:
    data, given = build(line()), inputs(line())
    with quickly(window=2_000):
        trickled = verify(Trickle(data), given.policy, given.trust, at=given.at)  # type: ignore[arg-type]
    with slowly():
        assert render_json(trickled) == outcome(data, given).report


# --- a file that changes


def change(how: Callable[[bytes], bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    """Let workers read other bytes than this process does."""
    read = Source.read
    monkeypatch.setattr(Source, "read", lambda self, place, size: how(read(self, place, size)))


def merged(data: bytes) -> bytes:
    """Make one entry of two, of as many bytes."""
    batch = split_entries(data)
    size = batch.ends[1] - 5
    return b"\x82\x02\x59" + size.to_bytes(2) + data[5:] if size > 255 else data


CHANGES: dict[str, Callable[[bytes], bytes]] = {
    "shorter": lambda data: data[:-1],
    "empty": lambda _: b"",
    "another frame": lambda data: b"\x82\x03" + data[2:],
    "an entry of two": merged,
}


@fork
@pytest.mark.parametrize("name", CHANGES)
def test_a_file_that_changes_while_it_is_read_has_no_verdict(
    name: str, tmp_path: Path, small_tasks: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bundle.opb").write_bytes(build(line()))
    change(CHANGES[name], monkeypatch)
    for window in (1_500, 1 << 20):
        with pytest.raises(OSError, match="the file changed while it was read"):
            beside(tmp_path / "bundle.opb", inputs(line()), window)


@fork
def test_a_value_that_changes_while_it_is_read_breaks_the_chain(
    tmp_path: Path, small_tasks: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bytes that a worker reads are those that are hashed and judged."""
    (tmp_path / "bundle.opb").write_bytes(build(line()))
    change(lambda data: data.replace(b"42.50", b"99.98", 1), monkeypatch)
    assert b"chain.broken-link" in beside(tmp_path / "bundle.opb", inputs(line()), 1 << 20).report


@fork
def test_an_entry_that_changes_before_it_is_taken_by_itself_has_no_verdict(
    tmp_path: Path, small_tasks: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Entries of a stretch that is taken apart were read here, and must be what the worker has hashed."""
    subject = line()
    subject.at = subject.at - 40 * 86_400_000 if subject.at else None
    (tmp_path / "bundle.opb").write_bytes(build(subject))

    def last(data: bytes) -> bytes:
        at = data.rindex(b"enonceP", 0, data.rindex(b"good-1")) + len(b"enonceP")
        return data[:at] + b"0123456789abcdef" + data[at + 16 :]

    change(last, monkeypatch)
    with pytest.raises(OSError, match="the file changed while it was read"):
        beside(tmp_path / "bundle.opb", inputs(subject), 1 << 20)
