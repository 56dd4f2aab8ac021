"""A bundle read without judging it, for `show`, `extract` and `view`: records, and the evidence that they name.

Nothing here is verified. The contract is decoded unchecked, as verification never does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import BinaryIO, NamedTuple

from opsproof_verify.bodies import MAX_BODIES
from opsproof_verify.compiled import EntryReader
from opsproof_verify.container import Frame, FrameType, read_frames
from opsproof_verify.contract import Contract
from opsproof_verify.cose import RecordType
from opsproof_verify.entries import Entry
from opsproof_verify.findings import Rejected, finding
from opsproof_verify.kinds import EvidenceAdded
from opsproof_verify.merkle import leaf_hash
from opsproof_verify.parse_contract import parse_contract
from opsproof_verify.parse_entry import parse_withheld
from opsproof_verify.parse_signed import parse_approval, parse_cose, parse_seal, parse_signoff, parse_witness
from opsproof_verify.records import Approval, Item, Seal, SignOff, Withheld, Witness
from opsproof_verify.render.messages import sentence

Record = Contract | Approval | Entry | Withheld | Seal | SignOff | Witness

_SIGNED: dict[FrameType, tuple[RecordType, Callable[[bytes], Record]]] = {
    FrameType.CONTRACT: (RecordType.CONTRACT, parse_contract),
    FrameType.APPROVAL: (RecordType.APPROVAL, parse_approval),
    FrameType.SEAL: (RecordType.SEAL, parse_seal),
    FrameType.SIGNOFF: (RecordType.SIGNOFF, parse_signoff),
    FrameType.WITNESS: (RecordType.WITNESS, parse_witness),
}
_EVIDENCE = (FrameType.EVIDENCE, FrameType.ABSENT)


class Read(NamedTuple):
    """One frame: its record, or why it has none that can be read; ``items`` is the evidence that it names.

    ``hash`` is the record hash of its body (SPEC 5.1).
    """

    frame: Frame
    record: Record | None
    problem: str
    items: tuple[Content, ...]
    hash: bytes


class Content(NamedTuple):
    """An evidence item: the record that names it, ``e17`` or ``after the seal``, and its frame."""

    named_by: str
    item: Item
    frame: int | None = None  # None: absent from this copy
    offset: int | None = None  # of the content in the file
    size: int | None = None  # of the content, in bytes


def read_records(stream: BinaryIO) -> Iterator[Read]:
    """Give each frame but those of evidence; raise ``Rejected`` where the file is not to be read further."""
    bodies: list[Frame | None] = []
    entries = EntryReader()
    end = stream.seek(0, 2)
    stream.seek(0)
    for frame in read_frames(stream):
        if frame.end > end:  # known before anything is passed over: a claim may go beyond what can be sought
            missing = frame.end - end
            raise Rejected("frame.truncated", frame=frame.number, offset=frame.offset, missing=missing)
        if frame.type in _EVIDENCE:
            if len(bodies) < MAX_BODIES:  # no record has room to name more
                bodies.append(frame if frame.type is FrameType.EVIDENCE else None)
            continue
        body = frame.read()
        try:
            record = entries.read(body) if frame.type is FrameType.ENTRY else _parse(frame.type, body)
        except Rejected as refusal:
            yield Read(frame, None, explain(refusal, frame.number), (), leaf_hash(body))
        else:
            yield Read(frame, record, "", tuple(_contents(record, bodies)), leaf_hash(body))
        bodies = []


def explain(refusal: Rejected, frame: int | None = None) -> str:
    """Give the sentence about bytes that were refused."""
    facts = dict(refusal.facts)
    where = facts.pop("frame", frame)
    return sentence(finding(refusal.code, {} if where is None else {"frame": where}, facts))


def _parse(kind: FrameType, body: bytes) -> Record:
    """Decode the record of a frame that is no entry."""
    if kind is FrameType.WITHHELD:
        return parse_withheld(body)
    expected, parse = _SIGNED[kind]
    return parse(parse_cose(body, expected).payload)


def _contents(record: Record, bodies: list[Frame | None]) -> Iterator[Content]:
    """Pair the evidence that a record names with the frames before it (SPEC 3.3-2, 3.3-3)."""
    match record:
        case Entry(what=EvidenceAdded() as what):
            yield from _pair(f"e{record.seq}", (what.item,), bodies)
        case SignOff():
            yield from _pair("after the seal", record.evidence, bodies)


def _pair(named_by: str, items: tuple[Item, ...], bodies: list[Frame | None]) -> Iterator[Content]:
    """Pair items with frames, as far as there are both."""
    for item, body in zip(items, bodies, strict=False):
        yield Content(named_by, item, *((body.number, body.body_offset, body.size) if body else ()))
