"""`extract`: evidence out of a bundle, compared with its recorded digest while it is written.

No path from the bundle decides where a file is written: a name is reduced to harmless characters, the folder
is the caller's, and a file that is there already stays. What this compares is content and record; whether the
record is to be believed is for `check`.
"""

from __future__ import annotations

import os
import re
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from opsproof_verify.cli import sources
from opsproof_verify.cli.describe import item as describe_item
from opsproof_verify.cli.errors import UsageError, say
from opsproof_verify.cli.output import put, width
from opsproof_verify.container import Frame, read_frames
from opsproof_verify.findings import Rejected
from opsproof_verify.reading import Content, explain, read_records
from opsproof_verify.render.file_names import safe_name
from opsproof_verify.render.layout import Page

_ENTRY = re.compile(r"e(0|[1-9][0-9]{0,15})")
_DIGEST = re.compile(r"[0-9a-f]{8,64}")
_THERE = "{} is there already and was left as it is; choose another folder with -o"
_FIRST_LINE = "Nothing is verified here: this is what the record says. Items are compared when extracted."


def extract(bundle: str, wanted: str | None, folder: str) -> int:
    """List the evidence, or write one item."""
    with sources.open_bundle(bundle) as stream:
        contents, problem = _contents(stream)
        if wanted is None:
            _list(contents)
        else:
            chosen = _choose(contents, wanted)
            stream.seek(0)
            _write(stream, chosen, Path(folder))
    if problem and wanted is None:
        say(f"{sources.name(bundle)}: not read to its end: {problem}")
        return 2
    return 0


def _contents(stream: BinaryIO) -> tuple[list[Content], str]:
    """Give all evidence items, and what keeps the file from being read to its end."""
    contents: list[Content] = []
    try:
        for read in read_records(stream):
            contents += read.items
    except Rejected as refusal:
        return contents, explain(refusal)
    return contents, ""


def _list(contents: list[Content]) -> None:
    """Print what there is to extract."""
    page = Page(width(), colour=False)
    page.text(_FIRST_LINE, 0)
    page.line()
    for content in contents:
        absent = "" if content.frame else " (absent from this copy)"
        page.text(f"{content.named_by}  {describe_item(content.item)}{absent}", 7, "  ")
        page.text(content.item.digest.hex(), 7)
    if not contents:
        page.text("No evidence.")
    put(str(page))


def _choose(contents: list[Content], wanted: str) -> Content:
    """Find the one item that an ID names."""
    if not _ENTRY.fullmatch(wanted) and not _DIGEST.fullmatch(wanted):
        raise UsageError(f"{wanted} is no ID; give an entry such as e17, or 8 or more digits of a digest")
    found = [one for one in contents if one.named_by == wanted or one.item.digest.hex().startswith(wanted)]
    if not found:
        raise UsageError(f"no evidence has the ID {wanted}; `extract BUNDLE` lists what there is")
    if len({one.item.digest for one in found}) > 1:
        raise UsageError(f"{wanted} names {len(found)} items; give more digits of the digest")
    here = [one for one in found if one.frame is not None]
    if not here:
        raise UsageError(f"{wanted} is absent from this copy; obtain the full bundle")
    return here[0]


def _write(stream: BinaryIO, chosen: Content, folder: Path) -> None:
    """Write one item to a temporary file, and give it its name only if it is what the record says."""
    frame = next(frame for frame in read_frames(stream) if frame.number == chosen.frame)
    target = folder / safe_name(chosen.item)
    temporary = folder / f".{chosen.item.digest.hex()[:16]}.{os.getpid()}.tmp"
    file = temporary.open("xb")
    try:
        if not _copy(frame, file, chosen.item.digest):
            digest = chosen.item.digest.hex()
            raise UsageError(f"the content is altered, its digest is not {digest}; nothing was written")
        _give_name(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)
    put(f"{sources.name(str(target))}: {frame.size} bytes, as recorded, SHA-256 {chosen.item.digest.hex()}\n")


def _copy(frame: Frame, file: BinaryIO, digest: bytes) -> bool:
    """Copy the body of a frame and close the file; tell whether the content has the digest."""
    hashing = sha256()
    with file:
        for piece in frame.slices():
            hashing.update(piece)
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())
    return hashing.digest() == digest


def _give_name(temporary: Path, target: Path) -> None:
    """Give a file its name unless that is taken; a link does it in one act, where there are links."""
    try:
        os.link(temporary, target)
    except FileExistsError:
        raise UsageError(_THERE.format(target)) from None
    except OSError:
        if target.exists():
            raise UsageError(_THERE.format(target)) from None
        temporary.rename(target)
