"""`detach` and `gather`: evidence beside the bundle, and back into it (SPEC 3.2-2, 9.1-4).

A file beside the bundle has the lower-case hexadecimal SHA-256 of its content as its name. Moving evidence changes no
hash, so nothing that was signed changes.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from opsproof_verify.container import FrameType
from opsproof_verify.entries import Entry
from opsproof_verify.records import Item

from opsproof_record.errors import Damaged, Unknown
from opsproof_record.log import evidence, frames
from opsproof_record.log.journal import drafting
from opsproof_record.log.reading import Bundle
from opsproof_record.sealed import rewriting
from opsproof_record.sealed.rewriting import Body


@dataclass(slots=True)
class Moved:
    """How many evidence items were moved, of how many bytes, and how many stayed as they were."""

    bundle: Bundle
    folder: Path
    larger_than: int = 0
    items: int = 0
    size: int = 0
    stayed: int = 0

    def withholds(self, _entry: Entry) -> bool:
        """Withhold nothing."""
        return False

    def finish(self) -> None:
        """Whatever was found is well."""

    def note(self, item: Item) -> None:
        """Count an item that was moved."""
        self.items += 1
        self.size += item.size


class _Out(Moved):
    """Evidence on its way out of a bundle."""

    def put(self, body: Body, item: Item, write: frames.Write) -> None:
        """Put the content into its file, unless it is there already, and its digest into the copy."""
        if not body.whole or body.size <= self.larger_than:
            rewriting.keep(self.bundle, body, write)
            self.stayed += body.whole
            return
        path = self.folder / item.digest.hex()
        if path.exists():
            _check_file(path, item)
            for _ in rewriting.checked(self.bundle, body, item):
                pass
        else:
            with drafting(path) as save:
                for piece in rewriting.checked(self.bundle, body, item):
                    save(piece)
        self.note(item)
        rewriting.put_absent(item, write)


class _In(Moved):
    """Evidence on its way back into a bundle."""

    def put(self, body: Body, item: Item, write: frames.Write) -> None:
        """Put the content of its file into the copy, if there is one."""
        path = self.folder / item.digest.hex()
        if body.whole or not path.is_file():
            rewriting.keep(self.bundle, body, write)
            self.stayed += not body.whole
            return
        source = evidence.open_file(path)
        try:
            if os.fstat(source).st_size != item.size:
                raise _other(path)
            write(frames.head(FrameType.EVIDENCE, item.size))
            hashing, left = hashlib.sha256(), item.size
            while piece := os.read(source, min(left, evidence.SLICE)):
                hashing.update(piece)
                write(piece)
                left -= len(piece)
        finally:
            os.close(source)
        if left or hashing.digest() != item.digest:
            raise _other(path)
        self.note(item)


def detach(bundle: Bundle, target: Path, folder: Path, larger_than: int = 0) -> Moved:
    """Write a copy whose evidence, as far as it is larger than that, lies in a folder beside; raises ``Refused``."""
    _check_folder(folder)
    work = _Out(bundle, folder, larger_than)
    rewriting.publish(bundle, target, work)
    return work


def gather(bundle: Bundle, target: Path, folder: Path) -> Moved:
    """Write a copy into which the evidence of a folder is taken back; what is not there stays absent."""
    _check_folder(folder)
    work = _In(bundle, folder)
    rewriting.publish(bundle, target, work)
    return work


def _check_folder(folder: Path) -> None:
    if not folder.is_dir():
        raise Unknown(f"{folder} is no folder", "Make it first: mkdir.")


def _check_file(path: Path, item: Item) -> None:
    """Refuse a file of that name with other content; it is never overwritten."""
    if evidence.describe(path) != (item.size, item.digest):
        raise _other(path)


def _other(path: Path) -> Damaged:
    return Damaged(
        f"{path} is not the evidence whose SHA-256 is its name", "No copy was written. Move that file away, or mend it."
    )
