"""The last section of a report as text: what a person needs to repeat it (SPEC 11).

It is no part of the report that a sign-off names: it tells how files are called and what software there is, which no
verdict depends on. The report in its JSON form is the same on each machine.
"""

from __future__ import annotations

import os
import re
from shlex import quote
from typing import NamedTuple

from opsproof_verify.render.escape import printable
from opsproof_verify.render.layout import TERM, Page
from opsproof_verify.report import Report

_INDENT = 2
_ODD = re.compile(rb"[^ -~]|['\\]")

_BOUND = "the record is known by run, seal, appended, withheld and absent above (SPEC 11-3); its file was not hashed."
_UNBOUND = "no seal that can be read tells which record this is; keep the file's `sha256sum` with this report."


class Input(NamedTuple):
    """A file that decided, beside the bundles; ``digest`` is None for what can be read only once, such as a pipe."""

    kind: str
    name: str
    digest: str | None


class Repeat(NamedTuple):
    """What was asked, of which files, by which software; the last is empty where it is not to be told."""

    command: tuple[tuple[str, ...], ...]
    inputs: tuple[Input, ...]
    software: str = ""


def put_repeat(page: Page, repeat: Repeat, report: Report) -> None:
    """Put the section under the report on one bundle."""
    put_asked(page, repeat)
    page.term("Bundle", _BOUND if report.bundle.seal else _UNBOUND)
    put_software(page, repeat)


def put_asked(page: Page, repeat: Repeat) -> None:
    """Put the command line, broken so that a shell takes it as it stands, and the digests of the files."""
    page.heading("Repeat this")
    lead, lines = " " * (_INDENT + TERM), [""]
    for group in repeat.command:
        words = " ".join(map(shell_word, group))
        if lines[-1] and len(lead) + len(lines[-1]) + len(words) + 3 > page.width:
            lines[-1] += " \\"
            lines.append("")
        lines[-1] += f" {words}" if lines[-1] else words
    page.line(f"{'  Command':<{len(lead)}}{lines[0]}")
    for line in lines[1:]:
        page.line(lead + line)
    for one in repeat.inputs:
        page.term("SHA-256", one.digest or "not known: it is no regular file, and was read once")
        page.term("", f"of {printable(one.name)}, the {one.kind}")


def put_software(page: Page, repeat: Repeat) -> None:
    """Put the software, where it is to be told."""
    if repeat.software:
        page.term("Software", repeat.software)


def shell_word(word: str) -> str:
    """Give a word as a POSIX shell reads it; with characters that cannot be seen as their bytes in octal."""
    plain = word.replace("\\", "")
    if printable(plain) == plain:
        return quote(word)
    return "$'" + _ODD.sub(lambda found: b"\\%03o" % found[0][0], os.fsencode(word)).decode("ascii") + "'"
