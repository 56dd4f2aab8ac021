"""Torn tails: what an interrupted write left is kept beside the journal as ``FILE.torn-N`` before it is cut.

A file of that name is always whole and on the disk: the copy is made under another name first. So a recovery may
itself be interrupted at any moment, and the next one neither loses a byte nor keeps the same tail twice.
"""

from __future__ import annotations

import os
from pathlib import Path

from opsproof_record.log.evidence import SLICE


def named(journal: Path, number: int) -> Path:
    """Give the name under which a torn tail of a journal is kept; numbers count from 1."""
    return journal.with_name(f"{journal.name}.torn-{number}")


def keep(journal: Path, file: int, end: int, number: int) -> Path:
    """Keep what stands in an open journal from ``end`` on; give the file that holds it.

    ``number`` is that of the first tail that no `gap` entry names yet. A tail that an interrupted recovery has kept
    and not cut is found again by its content.
    """
    while (kept := named(journal, number)).exists():
        if _holds(kept, file, end):
            return kept
        number += 1
    draft = journal.with_name(f".{kept.name}.new")  # the lock is held: nobody else makes this one
    with draft.open("wb") as copy:
        at = end
        while piece := os.pread(file, SLICE, at):
            copy.write(piece)
            at += len(piece)
        copy.flush()
        os.fsync(copy.fileno())
    draft.rename(kept)
    flush_directory(journal.parent)
    return kept


def flush_directory(path: Path) -> None:
    """See the names in a directory onto the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _holds(kept: Path, file: int, end: int) -> bool:
    """Tell whether a kept tail is the one that stands in a journal."""
    with kept.open("rb") as copy:
        while True:
            piece = os.pread(file, SLICE, end)
            if copy.read(len(piece) or 1) != piece:
                return False
            if not piece:
                return True
            end += len(piece)
