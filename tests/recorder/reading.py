"""Journals read without the recorder and the verifier: frames, entries, leaves, as SPEC 3 and 5 say."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from opsproof_verify.canonical import CanonicalError, decode
from opsproof_verify.container import LABEL, FrameType


@dataclass
class Read:
    """What whole frames say, up to the last one that something may follow."""

    entries: list[Any] = field(default_factory=list)
    leaves: list[bytes] = field(default_factory=list)
    frames: list[tuple[int, int, int]] = field(default_factory=list)  # type, offset and end of each
    seal: Any = None
    seal_hash: bytes = b""
    signoffs: dict[bytes, Any] = field(default_factory=dict)
    end: int = len(LABEL)


def read(data: bytes) -> Read:
    """Read the frames of a journal that may be torn, without the recorder and the verifier (SPEC 3.2, 5.1)."""
    found, at = Read(), len(LABEL)
    while (frame := _frame(data, at)) is not None:
        kind, start, end = frame
        body = data[start:end]
        leaf = hashlib.sha256(b"\0" + body).digest()
        if kind == FrameType.ENTRY:
            found.entries.append(_try(decode, body))
            found.leaves.append(leaf)
        elif kind == FrameType.SEAL:
            found.seal, found.seal_hash = _try(payload, body), leaf
        elif kind == FrameType.SIGNOFF:
            found.signoffs[leaf] = _try(payload, body)
        if kind != FrameType.EVIDENCE:  # that belongs to the entry behind it
            found.end = end
        found.frames.append((kind, at, end))
        at = end
    return found


def _try(decoding: Callable[[bytes], Any], body: bytes) -> Any:
    """Give None for a body that is damaged."""
    try:
        return decoding(body)
    except (CanonicalError, TypeError, IndexError):
        return None


def payload(body: bytes) -> Any:
    """Decode what a signed record says (SPEC 5.4-1)."""
    parts: Any = decode(body[1:])
    return decode(parts[2])


def _frame(data: bytes, at: int) -> tuple[int, int, int] | None:
    """Give type, start and end of a body; None if the frame is not whole."""
    head = data[at : at + 3]
    if len(head) < 3 or head[0] != 0x82:
        return None
    info = head[2] & 31
    wide = 0 if info < 24 else 1 << (info - 24)
    start = at + 3 + wide
    size = int.from_bytes(data[at + 3 : start]) if wide else info
    return (head[1], start, start + size) if start + size <= len(data) and start <= len(data) else None
