"""A state put into its index and out of it again (see `index`)."""

from __future__ import annotations

import json
import os
import sqlite3
from typing import Any, BinaryIO

from opsproof_verify.container import FrameType, read_frames
from opsproof_verify.findings import Rejected
from opsproof_verify.merkle import leaf_hash

from opsproof_record.log import signed, taking
from opsproof_record.log.state import RunState

_PLAIN = (
    *("run", "head", "count", "last_ms", "same", "clock"),
    *("evidence_count", "evidence_bytes", "cuts", "ended", "ended_by"),
)


def save(state: RunState, stamp: str, end: int) -> None:
    """Put a state into its index, with the state of the journal file that it goes with, and commit."""
    values: dict[str, object] = {name: getattr(state, name) for name in _PLAIN}
    values["approvals"] = json.dumps([hash_.hex() for hash_ in state.approvals])
    values["subject"] = json.dumps(state.subject)
    values["stamp"], values["end"] = stamp, end
    state.db.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", values.items())
    state.db.commit()
    state.saved = (stamp, end)


def load(state: RunState, stream: BinaryIO, stamp: str) -> int | None:
    """Take a state out of its index, if that goes with the journal file as it is; give the offset of its end."""
    if state.saved is not None and state.saved[0] == stamp:
        return state.saved[1]  # nobody wrote since
    rows = dict(state.db.execute("SELECT name, value FROM meta"))
    if rows.get("stamp") != stamp or rows.get("end") != stream.seek(0, os.SEEK_END):
        return None
    if not _holds_head(state, stream, rows):
        return None
    if state.known_contract is None:
        _read_contract(state, stream)
    for name in _PLAIN:
        setattr(state, name, rows[name])
    state.approvals = [bytes.fromhex(hash_) for hash_ in json.loads(rows["approvals"])]
    state.subject = json.loads(rows["subject"])
    seal = rows.get("seal")
    state.seal, state.seal_hash = (signed.read_seal(seal), leaf_hash(seal)) if seal else (None, b"")
    state.members = {member.id: member for member in state.contract.roster}
    for (body,) in state.db.execute("SELECT assignment FROM assigned"):
        member = signed.read_assignment(body).member
        state.members[member.id] = member
    state.saved = (stamp, int(rows["end"]))
    return state.saved[1]


def copy(state: RunState) -> dict[str, Any]:
    """Give what a state holds outside its index."""
    return {
        name: value.copy() if isinstance(value, list | dict) else value
        for name, value in vars(state).items()
        if name not in {"db", "tree"}
    }


def restore(state: RunState, before: dict[str, Any]) -> None:
    """Put back what :func:`copy` gave."""
    vars(state).update(before)


def restamp(state: RunState, stamp: str, end: int) -> bool:
    """Say of an index that it goes with the journal file as it is now; false if it ends elsewhere."""
    if _one(state.db, "end") != end:
        return False
    state.db.execute("UPDATE meta SET value = ? WHERE name = 'stamp'", (stamp,))
    state.db.commit()
    state.saved = None
    return True


def flushed(db: sqlite3.Connection, file: os.stat_result) -> int:
    """Tell how much of a journal file was on the disk for certain, by an index that is behind it; 0 if unknown."""
    stamp, end = _one(db, "stamp"), _one(db, "end")
    same = isinstance(stamp, str) and stamp.startswith(f"{file.st_dev}:{file.st_ino}:")
    return end if same and isinstance(end, int) and end <= file.st_size else 0


def _one(db: sqlite3.Connection, name: str) -> object:
    row = db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
    return row[0] if row else None


def _holds_head(state: RunState, stream: BinaryIO, rows: dict[str, Any]) -> bool:
    """Tell whether the last entry in the file is the head of the chain: a wrong one would spoil all that follows."""
    place = state.place(rows["count"] - 1)
    if place is None:
        return rows["run"] is None
    stream.seek(place[0])
    return rows["run"] is None or leaf_hash(stream.read(place[1])) == rows["head"]


def _read_contract(state: RunState, stream: BinaryIO) -> None:
    stream.seek(0)
    for frame in read_frames(stream):
        if frame.type is FrameType.CONTRACT:
            taking.take_contract(state, frame.read(), frame.body_offset)
        return
    raise Rejected("frame.truncated")
