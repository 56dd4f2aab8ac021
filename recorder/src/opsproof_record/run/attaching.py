"""Evidence into the journal, from files, directories and streams, and its custody (SPEC 6.4)."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, Literal

from opsproof_verify import fields
from opsproof_verify.fields import Ref

from opsproof_record.clock import Time
from opsproof_record.errors import NotEntitled, OutOfOrder, Refused, Unfit, Unknown
from opsproof_record.log import evidence
from opsproof_record.log.model import to_ref
from opsproof_record.run import demands, guard, work
from opsproof_record.run.recorder import Recorder

#: Whether an item is the original or a true copy of it (SPEC 6.4-5).
Copy = Literal["original", "true-copy"]


@dataclass(frozen=True, slots=True)
class Target:
    """What evidence is for: the run, a step, or a slot of a step; and what is said about it."""

    step: str | None = None
    slot: str | None = None
    media: str | None = None
    name: str | None = None
    source: str | None = None
    captured: Time | None = None
    copy: Copy | None = None
    late: str | None = None


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
    said = {"captured": target.captured, "copy": target.copy, "source": target.source}
    demands.described(recorder, target.step, said)
    demands.prompt(recorder, target.step, target.captured, target.late, evidence=True)
    source = evidence.open_file(path)
    try:
        if os.path.samestat(os.fstat(source), recorder.journal.path.stat()):
            raise Unfit(f"{path} is the journal itself", "Name another file, or a directory that does not hold it.")
        name = target.name or path.name
        ref, size, digest = recorder.write_evidence(
            source,
            str(path),
            lambda content: demands.new(recorder, target.step, content),
            step=target.step,
            pass_=number,
            slot=target.slot,
            media=media,
            name=name,
            captured=list(target.captured) if target.captured else None,
            source=target.source,
            copy=target.copy,
            late=target.late,
        )
    finally:
        os.close(source)
    return Attached(ref, name, size, digest)


def attach_tree(recorder: Recorder, folder: Path, target: Target) -> Iterator[Attached]:
    """Attach each file of a directory, in the order of their names; all of them or none."""
    if target.name is not None:
        raise Unfit(f"{folder} is a directory: its files keep their names", "Leave --name out, or attach one file.")
    files = sorted(_files(folder))
    if not files:
        raise Unknown(f"{folder} holds no files", "Name a directory with the files to attach.")
    for path in files:
        yield attach(recorder, path, replace(target, name=str(path.relative_to(folder))))


def _files(folder: Path) -> Iterator[Path]:
    """Give the files of a directory and those below it; nothing that cannot be read is passed over."""

    def refuse(error: OSError) -> None:
        raise Refused(f"{error.filename}: {error.strerror}", "Name a directory all of which can be read.") from error

    for place, folders, names in os.walk(folder, onerror=refuse):
        for path in (Path(place, name) for name in (*folders, *names)):
            if path.is_symlink() or not (path.is_file() or path.is_dir()):
                raise Unfit(f"{path} is a link or no regular file", "Copy what is meant into the directory.")
        yield from (Path(place, name) for name in names)


@contextmanager
def spooled(stream: BinaryIO, beside: Path) -> Iterator[Path]:
    """Put a stream into a file for a while: an evidence frame begins with its size, which a stream does not tell."""
    try:
        handle, name = tempfile.mkstemp(prefix=f".{beside.name}.", suffix=".spool", dir=beside.parent)
    except OSError as error:
        raise _no_spool(beside, error) from error
    path = Path(name)
    try:
        try:
            with os.fdopen(handle, "wb") as file:
                shutil.copyfileobj(stream, file, evidence.SLICE)
        except OSError as error:
            raise _no_spool(beside, error) from error
        yield path
    finally:
        path.unlink(missing_ok=True)


def _no_spool(beside: Path, error: OSError) -> Refused:
    return Refused(
        f"the stream cannot be kept beside {beside}: {error.strerror}",
        "Nothing was recorded. Make room there, or attach a file that is elsewhere.",
    )


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


def receive(recorder: Recorder, seq: int) -> Ref:
    """Confirm that an evidence item that a `transferred` entry hands over is here; only who takes it can."""
    state, member = recorder.state, recorder.member
    found = state.transfer_at(seq)
    if found is None:
        known = ", ".join(f"e{one.ref.seq} to {one.receiver}" for one in state.under_way())
        raise Unknown(f"e{seq} hands nothing over", f"Under way: {known or 'nothing'}")
    if found.receiver != member.id:
        raise NotEntitled(f"e{seq} hands it to {found.receiver}, not to {member.id}", "Who takes it confirms it.")
    if found.received:
        raise OutOfOrder(f"e{seq} was confirmed already", "There is nothing to do.")
    return recorder.write("received", transfer=to_ref(found.ref))
