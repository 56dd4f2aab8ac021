"""`append`: detached sign-offs join their bundle, evidence included, in any order and once each."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from opsproof_verify.container import LABEL, FrameType, read_frames
from opsproof_verify.cose import RecordType
from opsproof_verify.findings import Rejected
from opsproof_verify.merkle import leaf_hash
from opsproof_verify.parse_signed import parse_cose, parse_signoff
from opsproof_verify.records import SignOff

from opsproof_record import frames
from opsproof_record.errors import Refused
from opsproof_record.journal import Journal
from opsproof_record.state import RunState

# For the reader of frames, the frames of a detached file follow the shortest bundle that they may follow.
_BEFORE = LABEL + b"".join(frames.frame(one, b"") for one in (FrameType.CONTRACT, FrameType.ENTRY, FrameType.SEAL))
_FRAMES_BEFORE = 3


@dataclass(frozen=True, slots=True)
class Merged:
    """One sign-off that was appended; ``unseen`` are sign-offs that it has seen and the bundle lacks."""

    hash: bytes
    signoff: SignOff
    unseen: tuple[bytes, ...]


def append(path: Path, detached: Path) -> list[Merged]:
    """Append the sign-offs of a detached file; all of them or none."""
    with Journal(path) as journal:
        if journal.state.seal is None:
            raise Refused(f"{path} is not sealed", "Sign-offs come after the seal: `opsproof seal`.")
        try:
            with detached.open("rb") as file:
                merged = list(_merge(journal, file, str(detached)))
        except OSError as error:
            raise Refused(f"{detached}: {error.strerror}", "Name a file that `signoff --detached` made.") from error
        except Rejected as refusal:
            what = f"{refusal.code} {refusal.facts.get('why', '')}".strip()
            raise Refused(
                f"{detached} is no detached sign-off: {what}", "Ask its signer for the file again."
            ) from refusal
        if not merged:
            raise Refused(f"{detached} holds no sign-off", "Ask its signer for the file again.")
        journal.commit()
        here = journal.state.signoffs
    return [
        Merged(hash_, signoff, tuple(seen for seen in signoff.seen if seen not in here)) for hash_, signoff in merged
    ]


def _merge(journal: Journal, file: BinaryIO, name: str) -> Iterator[tuple[bytes, SignOff]]:
    digests: list[bytes] = []
    stream = cast("BinaryIO", io.BufferedReader(_Joined(_BEFORE, file)))
    for found in read_frames(stream):
        if found.number <= _FRAMES_BEFORE:
            continue
        if found.type is FrameType.SIGNOFF:
            body = found.read()
            signoff = _check(journal.state, body, digests, name)
            journal.append(FrameType.SIGNOFF, body)
            digests = []
            yield leaf_hash(body), signoff
        elif found.type is FrameType.WITNESS:
            raise Refused(f"{name} holds a witness", "This command appends sign-offs.")
        else:
            digest = hashlib.sha256()
            journal.write(frames.head(found.type, found.size))
            for piece in found.slices():
                digest.update(piece)
                journal.write(piece)
            digests.append(digest.digest())
    if digests:
        raise Refused(f"{name} ends with evidence that no sign-off names", "Ask its signer for the file again.")


def _check(state: RunState, body: bytes, digests: list[bytes], name: str) -> SignOff:
    """Refuse what does not belong to this bundle, is in it already, or lacks its evidence."""
    signoff = parse_signoff(parse_cose(body, RecordType.SIGNOFF).payload)
    if state.seal is None or (signoff.seal, signoff.run) != (state.seal_hash, state.seal.run):
        raise Refused(
            f"{name} signs another seal: {signoff.seal.hex()}",
            "Append it to the bundle that it was made for.",
        )
    if leaf_hash(body) in state.signoffs:
        raise Refused(f"{name} is in the bundle already", "There is nothing to do.")
    if [item.digest for item in signoff.evidence] != digests:
        raise Refused(f"{name} lacks evidence that it names, or holds other", "Ask its signer for the file again.")
    return signoff


class _Joined(io.RawIOBase):
    """Some bytes and then a file, read as one stream."""

    def __init__(self, before: bytes, file: BinaryIO) -> None:
        self._parts: list[BinaryIO] = [io.BytesIO(before), file]

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(cast("bytearray", buffer))
        while self._parts:
            if piece := self._parts[0].read(len(view)):
                view[: len(piece)] = piece
                return len(piece)
            self._parts.pop(0)
        return 0
