"""`append`: detached sign-offs and witnesses join their bundle, evidence included, in any order and once each.

A detached file is the frames that are to be appended (SPEC 6.9-8). What it holds is read and judged before the first
byte is written, and a file joins whole or not at all. Refused is what would only break the bundle; whether a signature
counts is for the verifier to say.
"""

from __future__ import annotations

from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import BinaryIO

from opsproof_verify.container import FrameType
from opsproof_verify.findings import Rejected
from opsproof_verify.records import SignOff

from opsproof_record.errors import Closed, Refused, Unfit, Unknown
from opsproof_record.log.journal import Journal
from opsproof_record.sealed import detached, joining, lineage
from opsproof_record.sealed.detached import AGAIN, Item


@dataclass(frozen=True, slots=True)
class Merged:
    """What became of a detached file: its items that were appended, and those that were there already."""

    path: Path
    added: tuple[Item, ...]
    known: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Appended:
    """What became of all files, and the sign-offs that others have seen and the bundle lacks.

    ``outdated`` are approvals whose signers have not seen all that was changed after the seal. ``tail`` keeps what an
    interrupted write had left at the end of the bundle.
    """

    files: tuple[Merged, ...]
    missing: tuple[bytes, ...]
    outdated: tuple[SignOff, ...]
    tail: Path | None


def append(path: Path, files: tuple[Path, ...]) -> Appended:
    """Append what detached files hold, in whatever order they are given.

    Raises ``Refused`` at the first file that cannot join; those before it have joined then.
    """
    contents = {file: detached.read(file) for file in files}
    with Journal(path) as journal:
        if journal.state.seal is None:
            raise Closed(
                f"{path} is not sealed",
                "Sign-offs come after the seal: `opsproof seal`. An actor writes the witness of a head into a "
                "running journal: give --as and --key.",
            )
        merged = tuple(_join(journal, file, contents[file]) for file in _ordered(contents))
        here, tail = journal.state.signoffs, journal.tail
    if not any(one.added for one in merged):
        raise Refused("all of this is in the bundle already", "There is nothing to do.")
    missing = {seen for one in here.values() for seen in one.seen} - here.keys()
    return Appended(merged, tuple(sorted(missing)), tuple(lineage.outdated(here)), tail)


def _ordered(contents: dict[Path, list[Item]]) -> list[Path]:
    """Put files behind those that hold what they name: what was seen, withdrawn or witnessed."""
    holder = {item.hash: file for file, items in contents.items() for item in items}
    before = {
        file: {holder[name] for item in items for name in _names(item) if name in holder} - {file}
        for file, items in contents.items()
    }
    try:
        return list(TopologicalSorter(before).static_order())
    except CycleError:  # files that were put together from parts; then as they are given
        return list(contents)


def _names(item: Item) -> tuple[bytes, ...]:
    record = item.record
    return record.seen if isinstance(record, SignOff) else (record.hash,)


def _join(journal: Journal, path: Path, items: list[Item]) -> Merged:
    """Append what is new in one file, all of it or nothing."""
    added, known = [], []
    try:
        with path.open("rb") as source:
            for item in items:
                if joining.is_known(journal.state, item.hash, item.record):
                    known.append(item)
                else:
                    _append(journal, source, item, path)
                    added.append(item)
    except OSError as error:
        raise Unknown(f"{path}: {error.strerror}", "Name a file that can be read.") from error
    except Rejected as refusal:
        raise Unfit(f"{path} changed while it was read: {refusal.code}", AGAIN) from refusal
    journal.commit()
    return Merged(path, tuple(added), tuple(known))


def _append(journal: Journal, source: BinaryIO, item: Item, path: Path) -> None:
    joining.check(journal.state, item.record, item.body, str(path))
    detached.copy_evidence(item, source, journal.write, str(path))
    is_signoff = isinstance(item.record, SignOff)
    journal.append(FrameType.SIGNOFF if is_signoff else FrameType.WITNESS, item.body)
