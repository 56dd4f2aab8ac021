"""Evidence into the journal, from files, directories and streams, and its custody (SPEC 6.4)."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from opsproof_verify import fields
from opsproof_verify.fields import Ref

from opsproof_record import evidence, guard, work
from opsproof_record.clock import Time
from opsproof_record.errors import NotEntitled, Unfit, Unknown
from opsproof_record.recorder import Recorder


@dataclass(frozen=True, slots=True)
class Target:
    """What evidence is for: the run, a step, or a slot of a step; and what is said about it."""

    step: str | None = None
    slot: str | None = None
    media: str | None = None
    name: str | None = None
    source: str | None = None
    captured: Time | None = None


@dataclass(frozen=True, slots=True)
class Attached:
    """An evidence item as recorded."""

    ref: Ref
    name: str
    size: int
    digest: bytes


def attach(recorder: Recorder, path: Path, target: Target) -> Attached:
    """Stream a file into the journal as evidence; it is hashed once, on its way."""
    media = target.media or evidence.media_type(path)
    if not fields.MEDIA.fullmatch(media):
        raise Unfit(f'"{media}" is no media type', 'Give one such as "image/jpeg", without parameters.')
    number = None
    if target.step is not None:
        step, number = work.working(recorder, target.step)
        if target.slot is not None:
            guard.check_slot(recorder.state, step, number, target.slot, media)
    elif target.slot is not None:
        raise Unfit("a slot belongs to a step", "Give --step too.")
    if path.exists() and path.samefile(recorder.journal.path):
        raise Unfit(f"{path} is the journal itself", "Name another file, or a directory that does not hold it.")
    source = evidence.open_file(path)
    try:
        size, digest = recorder.journal.append_evidence(source, str(path))
    finally:
        os.close(source)
    name = target.name or path.name
    ref = recorder.write(
        "evidence-added",
        step=target.step,
        pass_=number,
        slot=target.slot,
        digest=digest,
        size=size,
        media=media,
        name=name,
        captured=list(target.captured) if target.captured else None,
        source=target.source,
    )
    return Attached(ref, name, size, digest)


def attach_tree(recorder: Recorder, folder: Path, target: Target) -> Iterator[Attached]:
    """Attach each file of a directory, in the order of their names; all of them or none."""
    files = []
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or not (path.is_file() or path.is_dir()):
            raise Unfit(f"{path} is a link or no regular file", "Copy what is meant into the directory.")
        if path.is_file():
            files.append(path)
    if not files:
        raise Unknown(f"{folder} holds no files", "Name a directory with the files to attach.")
    for path in files:
        yield attach(recorder, path, replace(target, name=str(path.relative_to(folder))))


@contextmanager
def spooled(stream: BinaryIO, beside: Path) -> Iterator[Path]:
    """Put a stream into a file for a while: an evidence frame begins with its size, which a stream does not tell."""
    handle, name = tempfile.mkstemp(prefix=f".{beside.name}.", suffix=".spool", dir=beside.parent)
    path = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            shutil.copyfileobj(stream, file, evidence.SLICE)
        yield path
    finally:
        path.unlink()


def transfer(recorder: Recorder, digest: bytes, to: str, reason: str) -> Ref:
    """Hand an evidence item over to another actor; only who has it can."""
    state = recorder.state
    holder = state.holder(digest)
    if holder is None:
        raise Unknown(f"evidence {digest.hex()} is not in this run", "Attach it first: `opsproof attach FILE`.")
    if holder != recorder.member.id:
        raise NotEntitled(f"{holder} has this item, not {recorder.member.id}", "Who has it hands it over.")
    if to not in state.members or to == holder:
        raise Unknown(f'"{to}" cannot take it over', "Name another actor: " + ", ".join(state.members))
    return recorder.write("transferred", digest=digest, to=to, reason=reason)
