"""Copies of a bundle in which bodies are exchanged for their hashes, or the other way round (SPEC 3.3-2, 3.3-3).

One pass, frame by frame. Evidence stands before the record that names it, so its place is remembered, and what becomes
of it is decided when that record is read; then it is read again from its place. Nothing is held but that.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, Protocol

from opsproof_verify.canonical import Value, encode
from opsproof_verify.container import LABEL, Frame, FrameType, read_frames
from opsproof_verify.entries import Entry
from opsproof_verify.kinds import EvidenceAdded
from opsproof_verify.merkle import leaf_hash
from opsproof_verify.parse_entry import parse_entry
from opsproof_verify.records import Item

from opsproof_record.errors import Damaged
from opsproof_record.log import frames, signed
from opsproof_record.log.journal import drafting
from opsproof_record.log.reading import Bundle, reading

_T = FrameType


class Body(NamedTuple):
    """An evidence frame in the input: where its body stands, and whether that is the content itself."""

    offset: int
    size: int
    whole: bool


class Rewrite(Protocol):
    """What becomes of entries and evidence."""

    def withholds(self, entry: Entry) -> bool:
        """Tell whether an entry is withheld; raises ``Refused`` for one that cannot be."""

    def put(self, body: Body, item: Item, write: frames.Write) -> None:
        """Write the frame of an evidence item."""

    def finish(self) -> None:
        """Refuse a copy in which something was not found."""


def rewrite(bundle: Bundle, work: Rewrite, write: frames.Write) -> None:
    """Write a copy of a bundle."""
    write(LABEL)
    bodies: list[Body] = []
    for frame in read_frames(bundle.stream()):
        if frame.type in (_T.EVIDENCE, _T.ABSENT):
            bodies.append(Body(frame.body_offset, frame.size, frame.type is _T.EVIDENCE))
            continue
        body = frame.read()
        if frame.type is _T.ENTRY and work.withholds(entry := parse_entry(body)):
            stands_for: dict[str, Value] = {"leaf": leaf_hash(body), "actor": entry.actor}
            write(frames.frame(_T.WITHHELD, encode(stands_for)))
        else:
            items = _items(frame, body)
            if len(items) != len(bodies):
                raise _damaged(bundle, "evidence stands where none belongs, or is missing")
            for place, item in zip(bodies, items, strict=True):
                work.put(place, item, write)
            write(frames.frame(frame.type, body))
        bodies = []


def _items(frame: Frame, body: bytes) -> tuple[Item, ...]:
    """Give the evidence items that a record names."""
    if frame.type is _T.SIGNOFF:
        return signed.read_signoff(body).evidence
    what = parse_entry(body).what if frame.type is _T.ENTRY else None
    return (what.item,) if isinstance(what, EvidenceAdded) else ()


def keep(bundle: Bundle, body: Body, write: frames.Write) -> None:
    """Copy an evidence frame as it is."""
    write(frames.head(_T.EVIDENCE if body.whole else _T.ABSENT, body.size))
    for piece in bundle.piece(body.offset, body.size):
        write(piece)


def put_absent(item: Item, write: frames.Write) -> None:
    """Write the frame that stands for content kept elsewhere."""
    write(frames.frame(_T.ABSENT, item.digest))


def checked(bundle: Bundle, body: Body, item: Item) -> Iterator[bytes]:
    """Give the content of an evidence frame in slices; it must be what the record says, to its end."""
    hashing = hashlib.sha256()
    for piece in bundle.piece(body.offset, body.size):
        hashing.update(piece)
        yield piece
    if (body.size, hashing.digest()) != (item.size, item.digest):
        raise _damaged(bundle, f"evidence {item.digest.hex()} is not what the record says")


def publish(bundle: Bundle, target: Path, work: Rewrite) -> None:
    """Write a copy to a new file, read it again from its first byte, and hold it to its original and to the seal."""
    with drafting(target) as write:
        _check_seal(bundle)
        rewrite(bundle, work, write)
        work.finish()
    try:
        with reading(target) as copy:
            _check_seal(copy)
            one, two = bundle.state, copy.state
            same = (one.contract_hash, one.run, one.count, one.head, one.seal_hash, list(one.signoffs))
            if same != (two.contract_hash, two.run, two.count, two.head, two.seal_hash, list(two.signoffs)):
                raise _damaged(copy, "the copy is not of that run")
    except BaseException:
        target.unlink()
        raise


def _check_seal(bundle: Bundle) -> None:
    """Hold a seal to the entries, which were all read and are a chain (SPEC 9.7-5 to 9.7-9)."""
    state, seal = bundle.state, bundle.state.seal
    if seal is None or state.tree is None:
        return
    sealed = (seal.run, seal.contract, seal.count, seal.head, seal.root)
    if sealed != (state.run, state.contract_hash, state.count, state.head, state.tree.root()):
        raise _damaged(bundle, "the seal does not hold over its entries")


def _damaged(bundle: Bundle, what: str) -> Damaged:
    return Damaged(f"{bundle.path}: {what}", "Nothing was written. `opsproof-verify check` says more.")
