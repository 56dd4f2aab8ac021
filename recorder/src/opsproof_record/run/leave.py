"""Requests for leave: what agents want to do in steps whose actions have to be authorised (SPEC 6.4-3, 9.10-32).

A request is what `StepWork.request` records: the arguments as JSON evidence of the step, with the action as its source.
It is open until somebody authorises exactly those arguments for that actor, or the step ends.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from opsproof_verify.container import FrameType
from opsproof_verify.kinds import EvidenceAdded
from opsproof_verify.parse_entry import parse_entry

from opsproof_record.log import frames
from opsproof_record.log.state import RunState

#: Type and name of the evidence that holds arguments.
_MEDIA, _NAME = "application/json", "arguments.json"

_ASKED = """
SELECT item.seq, digest, number, actor FROM item JOIN pass USING (step, number)
WHERE step = ? AND state = 'open' AND slot IS NULL AND NOT EXISTS
(SELECT 1 FROM leave WHERE leave.arguments = item.digest AND leave.actor = item.actor) ORDER BY item.seq"""


@dataclass(frozen=True, slots=True)
class Request:
    """An agent's or device's request, by the evidence entry that holds the arguments."""

    entry: int
    digest: bytes
    size: int
    actor: str
    step: str
    number: int
    action: str


def requests(state: RunState, stream: BinaryIO) -> Iterator[Request]:
    """Give the open requests for leave; ``stream`` is the journal."""
    for step in state.contract.steps.values():
        if not step.authorise:
            continue
        for seq, digest, number, actor in state.db.execute(_ASKED, (step.id,)).fetchall():
            member, what = state.members.get(actor), evidence_at(state, stream, seq)
            if member is None or member.kind == "human" or what is None or what.source is None:
                continue
            if (what.item.media, what.item.name) == (_MEDIA, _NAME):
                yield Request(seq, digest, what.item.size, actor, step.id, number, what.source)


def arguments(state: RunState, stream: BinaryIO, request: Request) -> bytes | None:
    """Give the arguments as they stand in the journal; None if they do not stand there whole."""
    place = state.place(request.entry)
    if place is None:
        return None
    offset, size = place
    start = offset - len(frames.head(FrameType.ENTRY, size)) - request.size  # the evidence stands just before its entry
    stream.seek(max(start, 0))
    data = stream.read(request.size)
    return data if hashlib.sha256(data).digest() == request.digest else None


def evidence_at(state: RunState, stream: BinaryIO, seq: int) -> EvidenceAdded | None:
    """Give the evidence entry of a number; None if it is another kind of entry."""
    place = state.place(seq)
    if place is None:
        return None
    offset, size = place
    stream.seek(offset)
    what = parse_entry(stream.read(size)).what
    return what if isinstance(what, EvidenceAdded) else None
