"""Evidence on its way into the journal: streamed in slices, hashed once, never held in memory."""

from __future__ import annotations

import hashlib
import mimetypes
import os
import stat
from functools import cache
from pathlib import Path

from opsproof_record.errors import Refused

SLICE = 262_144

#: Types that the standard table lacks or names differently from machine to machine.
_MEDIA = {
    ".csv": "text/csv",
    ".json": "application/json",
    ".log": "text/plain",
    ".md": "text/markdown",
    ".toml": "application/toml",
    ".whl": "application/zip",
    ".xml": "application/xml",
    ".yaml": "application/yaml",
}
_FALLBACK = "application/octet-stream"


def open_file(path: Path) -> int:
    """Open a regular file to read; give its descriptor."""
    try:
        source = os.open(path, os.O_RDONLY | os.O_NONBLOCK)  # a pipe without a writer is refused, not waited for
    except OSError as error:
        raise Refused(f"{path}: {error.strerror}", "Name a file that exists and can be read.") from error
    if not stat.S_ISREG(os.fstat(source).st_mode):
        os.close(source)
        raise Refused(
            f"{path} is not a regular file",
            "Pack a directory into an archive, or save a stream to a file first.",
        )
    return source


def describe(path: Path) -> tuple[int, bytes]:
    """Give size and SHA-256 of a file."""
    with os.fdopen(open_file(path), "rb") as file:
        digest = hashlib.file_digest(file, "sha256").digest()
        return file.tell(), digest


def media_type(path: Path) -> str:
    """Guess the media type from the file's name; the same on every machine for the usual suffixes."""
    suffix = path.suffix.lower()
    return _MEDIA.get(suffix) or _standard_table().get(suffix) or _FALLBACK


@cache
def _standard_table() -> dict[str, str]:
    """Give Python's own table, without what the files of this machine add to it."""
    return mimetypes.MimeTypes().types_map[True]
