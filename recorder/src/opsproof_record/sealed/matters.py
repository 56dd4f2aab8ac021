"""The entries of a sealed run that somebody who signs has to know of.

Deviations and what became of them, what was skipped, corrected, voided, failed in a check or lost in a gap, where the
clock was changed, who was assigned, how the run began and ended, and where a report finds what an approval may cover.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from opsproof_verify import kinds as e
from opsproof_verify.canonical import encode
from opsproof_verify.container import FrameType, read_frames
from opsproof_verify.entries import Entry, What
from opsproof_verify.fields import Ref
from opsproof_verify.findings import Rejected
from opsproof_verify.merkle import leaf_hash
from opsproof_verify.parse_entry import parse_entry

from opsproof_record.log.reading import Bundle

#: Entries of a page or request beside the start, the end and the assignments, and the bytes of their bodies together.
MAX_MATTERS = 1_000
MAX_BYTES = 4_194_304

#: What comes first when not all have room; what a deviation, correction or voiding names comes last.
_RANKS = {
    "run-started": 0,
    "run-ended": 0,
    "assigned": 0,
    "deviation-raised": 1,
    "deviation-ruled": 2,
    "deviation-remediated": 2,
    "deviation-closed": 2,
    "released": 2,
    "step-skipped": 3,
    "gap": 3,
    "checked": 3,
    "correction": 5,
    "voided": 5,
    "clock-changed": 5,
}
_ALWAYS = 0
_FOUND = 4  # where a report finds what an approval may cover
_NAMED = 6
_MARKS = tuple(encode("kind") + encode(kind) for kind in _RANKS)

#: Where something is found that an approval may cover, whatever the policy; for those who have seen no report.
COVERABLE = frozenset({"deviation-raised", "step-skipped", "gap"})


@dataclass(frozen=True, slots=True)
class Matter:
    """An entry to know of, with the exact bytes that its leaf is of."""

    body: bytes
    leaf: bytes
    entry: Entry

    @property
    def ref(self) -> Ref:
        """Its number and leaf."""
        return Ref(self.entry.seq, self.leaf)


@dataclass(frozen=True, slots=True)
class Matters:
    """These entries in their order; ``left_out`` more had no room."""

    entries: tuple[Matter, ...]
    left_out: int

    def find(self, seq: int) -> Matter | None:
        """Find one by its number."""
        return next((one for one in self.entries if one.entry.seq == seq), None)

    def of(self, kind: type[What]) -> Iterator[Matter]:
        """Give those of one kind."""
        return (one for one in self.entries if isinstance(one.entry.what, kind))


def matter(body: bytes) -> Matter:
    """Make one of an entry's body; raises ``Rejected``."""
    return Matter(body, leaf_hash(body), parse_entry(body))


def is_matter(entry: Entry) -> bool:
    """Tell whether an entry is to be known of for itself, not only because another one names it."""
    what = entry.what
    if isinstance(what, e.Released):
        return what.deviation is not None
    return not what.passed if isinstance(what, e.Checked) else entry.kind in _RANKS


def collect(bundle: Bundle, found: Collection[int] = ()) -> Matters:
    """Read the entries to know of out of a bundle, as many as have room, the weightiest first.

    ``found`` are the entries where a report finds what an approval may cover.
    """
    ranks: list[list[Matter]] = [[] for _ in range(_NAMED + 1)]
    left_out = 0
    for body in _bodies(bundle):
        one = matter(body)
        if not is_matter(one.entry):
            continue
        rank = _RANKS[one.entry.kind]
        if rank != _ALWAYS and len(ranks[rank]) == MAX_MATTERS:
            left_out += 1
        else:
            ranks[rank].append(one)
    ranks[_FOUND] = _read(bundle, sorted(set(found) - _seqs(ranks)))
    ranks[_NAMED] = _read(bundle, sorted(named_by(one.entry for rank in ranks for one in rank) - _seqs(ranks)))
    chosen: list[Matter] = []
    room = MAX_BYTES
    for one in (one for rank in ranks[_ALWAYS + 1 :] for one in rank):
        room -= len(one.body)
        if len(chosen) < MAX_MATTERS and room >= 0:
            chosen.append(one)
        else:
            left_out += 1
    return Matters(tuple(sorted(ranks[_ALWAYS] + chosen, key=lambda one: one.entry.seq)), left_out)


def named_by(entries: Iterable[Entry]) -> set[int]:
    """Give the entries that deviations, corrections and voidings name: without them they cannot be understood."""
    seqs: set[int] = set()
    for one in entries:
        if isinstance(one.what, e.DeviationRaised):
            seqs.update(ref.seq for ref in one.what.values)
        elif isinstance(one.what, e.Correction):
            seqs.add(one.what.corrects.seq)
        elif isinstance(one.what, e.Voided):
            seqs.add(one.what.voids.seq)
    return seqs


def _seqs(ranks: list[list[Matter]]) -> set[int]:
    return {one.entry.seq for rank in ranks for one in rank}


def _bodies(bundle: Bundle) -> Iterator[bytes]:
    """Give the bodies that may be of such an entry; their encoded kind stands in them somewhere."""
    for frame in read_frames(bundle.stream()):
        if frame.type is FrameType.ENTRY:
            body = frame.read()
            if any(mark in body for mark in _MARKS):
                yield body


def _read(bundle: Bundle, seqs: list[int]) -> list[Matter]:
    """Read entries by their numbers, but for those that are withheld in this copy."""
    found: list[Matter] = []
    for seq in seqs[: MAX_MATTERS + 1]:
        body = bundle.entry(seq)
        try:
            found += [matter(body)] if body is not None else []
        except Rejected:  # what stands for a withheld entry
            continue
    return found
