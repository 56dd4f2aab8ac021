"""Errors as lines on standard error: what, where, what to do. Never a traceback."""

from __future__ import annotations

import os
import sys

from opsproof_verify import __version__
from opsproof_verify.cli.arguments import PROGRAM
from opsproof_verify.problems import InputError, describe
from opsproof_verify.render.escape import printable

_LONGEST = 200  # characters of the text of an unknown error


class UsageError(Exception):
    """Arguments that cannot be meant; the message says what to do."""


def complain(error: BaseException) -> None:
    """Say on standard error what went wrong."""
    if isinstance(error, OSError):
        _let_go_of_output()
    for line in lines(error):
        say(line)


def _let_go_of_output() -> None:
    """Leave nothing for the interpreter to write at its end, if standard output is closed or full."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def say(text: str) -> None:
    """Put one line of this program on standard error."""
    print(f"{PROGRAM}: {text}", file=sys.stderr)  # noqa: T201 - this is the command line


def lines(error: BaseException) -> list[str]:
    """Give the lines that tell a person about an error: one, or one for each problem of an input file."""
    match error:
        case InputError():
            return [printable(describe(error.file, problem)) for problem in error.problems]
        case UsageError():
            return [printable(str(error))]
        case KeyboardInterrupt():
            return ["interrupted; no verdict"]
        case BrokenPipeError():
            return ["the reader of the output has gone; write to a file with --output"]
        case OSError():
            return [_os_error(error)]
    return [_internal(error)]


def _os_error(error: OSError) -> str:
    """Name the file and what to look at."""
    file = printable(os.fsdecode(error.filename)) if isinstance(error.filename, str | bytes) else "input or output"
    what = (error.strerror or "cannot be read").lower()
    remedy = "check the path" if isinstance(error, FileNotFoundError) else "check permissions and disk"
    return f"{file}: {what}; {remedy}"


def _internal(error: BaseException) -> str:
    """Give what a maintainer needs, in one line: the innermost place in this package."""
    place, trace = "", error.__traceback__
    while trace is not None:
        path = trace.tb_frame.f_code.co_filename.replace(os.sep, "/")
        if "/opsproof_verify/" in path:
            place = f" at {path.rpartition('/opsproof_verify/')[2]}:{trace.tb_lineno}"
        trace = trace.tb_next
    text = printable(str(error))[:_LONGEST]
    what = f"{type(error).__name__}{place}{f', {text}' if text else ''}"
    python = ".".join(map(str, sys.version_info[:3]))
    return (
        f"internal error: {what} (release {__version__}, Python {python}); no verdict. This is a fault of "
        f"the verifier: report this line to its maintainers, with the bundle if you may share it"
    )
