"""Where output goes: standard output in its own encoding, or a file that appears whole or not at all."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable

_NARROW, _WIDE = 80, 100


def put(text: str) -> None:
    """Write text to standard output; what its encoding cannot say is shown as an escape."""
    encoding = sys.stdout.encoding or "ascii"
    sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))


def put_bytes(data: bytes | Iterable[bytes]) -> None:
    """Write bytes, or pieces of them as they come, to standard output, the same on each platform."""
    sys.stdout.flush()
    sys.stdout.buffer.writelines((data,) if isinstance(data, bytes) else data)
    sys.stdout.buffer.flush()


def colour() -> bool:
    """Tell whether to colour: on a terminal, unless NO_COLOR is set; anywhere, if FORCE_COLOR is."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or sys.stdout.isatty()


def width() -> int:
    """Give the width for text: that of a terminal, between 80 and 100, else 80."""
    if not sys.stdout.isatty():
        return _NARROW
    from shutil import get_terminal_size  # noqa: PLC0415 - only where there is a terminal

    return min(max(get_terminal_size((_NARROW, 24)).columns, _NARROW), _WIDE)


def write_whole(path: str, data: bytes | Iterable[bytes]) -> None:
    """Write a file by way of a temporary one beside it, so that nobody sees half of it.

    What is not a regular file, such as a pipe or `/dev/stdout`, is written to as it is.
    """
    from pathlib import Path  # noqa: PLC0415 - only if a file is written

    pieces = (data,) if isinstance(data, bytes) else data
    given = Path(path)
    if given.exists() and not given.is_file():
        with given.open("wb") as special:
            special.writelines(pieces)
        return
    target = given.resolve()
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        file = temporary.open("xb")
        try:
            with file:
                file.writelines(pieces)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        error.filename = path
        raise
