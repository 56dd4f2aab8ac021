"""`view`: the Flight Recorder of a bundle as one file, and the verdict as exit status."""

from __future__ import annotations

import contextlib
import json
import os
import re
from argparse import Namespace
from collections.abc import Iterator
from typing import BinaryIO

from opsproof_verify.cli import inputs, sources
from opsproof_verify.cli.ahead import processes
from opsproof_verify.cli.bundles import check_all
from opsproof_verify.cli.check import status, worst
from opsproof_verify.cli.errors import UsageError, say
from opsproof_verify.cli.output import put, put_bytes, write_whole
from opsproof_verify.render.results import Checked
from opsproof_verify.render.text import under
from opsproof_verify.trust import TrustStore
from opsproof_verify.view.carried import MAX_CARRIED
from opsproof_verify.view.catalogue import Catalogue, CatalogueError
from opsproof_verify.view.contents import Contents
from opsproof_verify.view.page import Made, make_page
from opsproof_verify.view.texts import ENGLISH

_SIZE = re.compile(r"([1-9][0-9]{0,5}) ?(KiB|MiB|GiB)?")
_UNITS = {None: 1, "KiB": 1024, "MiB": 1024**2, "GiB": 1024**3}

#: From this size on, browsers are slow with a page.
_LARGE = 100 * 1024 * 1024


def view(arguments: Namespace) -> int:
    """Verify a bundle and write its page; or print the words of the page."""
    if arguments.list_messages:
        words = {"language": "en", "direction": "ltr", "messages": ENGLISH}
        put_bytes(json.dumps(words, indent=2, ensure_ascii=False).encode() + b"\n")
        return 0
    if arguments.bundle is None or arguments.trust is None:
        raise UsageError("`view` needs a bundle and --trust FILE")
    largest, say_in = _largest(arguments.include_evidence), _catalogue(arguments.messages)
    inputs.refuse_output(arguments, [arguments.bundle])
    kept: list[BinaryIO] = []
    task = inputs.task(arguments, {})._replace(kept=kept)
    checked = check_all(task, [arguments.bundle], processes(None) or 1)
    with contextlib.ExitStack() as opened:
        streams = [opened.enter_context(one) for one in kept]
        failed = next((one for one in checked if one.report is None), None)
        if failed is not None:
            say(failed.error)
            return status(failed)
        contents = Contents(streams[0], task.evidence, largest)
        _write(arguments, checked, task.trust, say_in, contents, streams[0])
    return worst(checked)


def _write(
    arguments: Namespace,
    checked: list[Checked],
    trust: TrustStore,
    words: Catalogue,
    contents: Contents,
    stream: BinaryIO,
) -> None:
    """Write the page, and say what it is and what it leaves out."""
    reports = tuple(one.report for one in checked if one.report is not None)
    made = make_page(stream, reports, trust, words, contents)
    pieces = _unchanged(made.pieces, stream, arguments.bundle)
    if arguments.output is None:
        put_bytes(pieces)
    else:
        write_whole(arguments.output, pieces)
        put(f"{reports[0].verdict} {sources.name(arguments.output)} {under(reports[0])}\n")
    _warn(made)


def _unchanged(pieces: Iterator[bytes], stream: BinaryIO, bundle: str) -> Iterator[bytes]:
    """Give the pieces of a page; refuse one whose bundle was written to in the meantime, before it has its name."""
    before = os.fstat(stream.fileno())
    yield from pieces
    after = os.fstat(stream.fileno())
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise UsageError(f"{sources.name(bundle)} was changed while the page was made; make it again")


def _warn(made: Made) -> None:
    """Say what a reader of the page should know before it is sent."""
    left_out = len(made.carried.left_out)
    if made.carried.too_large:
        say(f"the page does not carry the bundle, which is larger than {MAX_CARRIED >> 20} MiB: send both")
    elif left_out:
        items = "one evidence item is" if left_out == 1 else f"{left_out} evidence items are"
        say(f"{items} too large for the page; `--include-evidence all` includes all, and the page grows")
    if made.carried.size > _LARGE:
        say(f"the page carries {made.carried.size >> 20} MiB; browsers need some seconds to open it")


def _largest(text: str) -> int | None:
    """Read the size up to which evidence is carried; None for all of it."""
    if text == "all":
        return None
    match = _SIZE.fullmatch(text)
    if text != "none" and match is None:
        raise UsageError(f"--include-evidence {text} is no size; write `none`, `all`, or such as `20 MiB`")
    return 0 if match is None else int(match[1]) * _UNITS[match[2]]


def _catalogue(path: str | None) -> Catalogue:
    """Read the words of the page."""
    if path is None:
        return Catalogue()
    with open(path, "rb") as file:
        data = file.read()
    try:
        return Catalogue.parse(data, path)
    except CatalogueError as error:
        raise UsageError(str(error)) from None
