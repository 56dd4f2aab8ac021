"""A state put into its index and out of it again (see `index`)."""

from __future__ import annotations

import json
import sqlite3
from typing import BinaryIO

from opsproof_verify.container import FrameType, read_frames
from opsproof_verify.findings import Rejected
from opsproof_verify.merkle import leaf_hash

from opsproof_record import signed, taking
from opsproof_record.state import RunState

_PLAIN = ("run", "head", "count", "last_ms", "evidence_count", "evidence_bytes", "cuts", "ended", "ended_by")


def save(state: RunState, stamp: str, end: int) -> None:
    """Put a state into its index, with the state of the journal file that it goes with, and commit."""
    values: dict[str, object] = {name: getattr(state, name) for name in _PLAIN}
    values["approvals"] = json.dumps([hash_.hex() for hash_ in state.approvals])
    values["subject"] = json.dumps(state.subject)
    values["stamp"], values["end"] = stamp, end
    state.db.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", values.items())
    state.db.commit()


def load(state: RunState, stream: BinaryIO, stamp: str) -> int | None:
    """Take a state out of its index, if that goes with the journal file as it is; give the offset of its end."""
    rows = dict(state.db.execute("SELECT name, value FROM meta"))
    if rows.get("stamp") != stamp:
        return None
    if state.known_contract is None:
        _read_contract(state, stream)
    for name in _PLAIN:
        setattr(state, name, rows[name])
    state.approvals = [bytes.fromhex(hash_) for hash_ in json.loads(rows["approvals"])]
    state.subject = json.loads(rows["subject"])
    if seal := rows.get("seal"):
        state.seal, state.seal_hash = signed.read_seal(seal), leaf_hash(seal)
    state.members = {member.id: member for member in state.contract.roster}
    for (body,) in state.db.execute("SELECT assignment FROM assigned"):
        member = signed.read_assignment(body).member
        state.members[member.id] = member
    return int(rows["end"])


def known_stamp(db: sqlite3.Connection) -> str | None:
    """Give the state of the journal file that an index was made from."""
    row = db.execute("SELECT value FROM meta WHERE name = 'stamp'").fetchone()
    return row[0] if row else None


def _read_contract(state: RunState, stream: BinaryIO) -> None:
    stream.seek(0)
    for frame in read_frames(stream):
        if frame.type is FrameType.CONTRACT:
            taking.take_contract(state, frame.read(), frame.body_offset)
        return
    raise Rejected("frame.truncated")
