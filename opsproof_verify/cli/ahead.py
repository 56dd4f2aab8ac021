"""Evidence of one large bundle hashed from the first moment on, while this process still imports the verifier.

Where evidence seems to stand is a guess, made from the heads of frames alone. A digest is used only when the verifier
asks for the very part of the very file that was hashed, by the same function. A wrong guess costs time, nothing else.
"""

# ruff: noqa: PLC0415 - a small bundle needs no other process

from __future__ import annotations

import contextlib
import os
from argparse import Namespace
from collections.abc import Callable, Iterator, Mapping
from functools import partial

from opsproof_verify.hashing import hash_part
from opsproof_verify.pool import LARGE, TASK, Answer, Pool

#: Frames that are looked at, and parts that are hashed ahead: what takes longer than the imports need not be guessed.
MOST_FRAMES = 2_000
MOST_PARTS = 32

#: A process of its own pays for so many bytes.
SHARE = 32 * 1024 * 1024

MOST_PROCESSES = 256

_LABEL = 12
_EVIDENCE = b"\x82\x04"
_HEADS = 11
_BYTE_STRING, _ONE_BYTE, _EIGHT_BYTES = 0x40, 0x58, 0x5B


def usable_processors() -> int:
    """Give how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def processes(text: str | None) -> int | None:
    """Give how many processes may work; None if the text says nothing that can be meant."""
    if text is None:
        return min(usable_processors(), MOST_PROCESSES)
    good = text.isascii() and text.isdigit() and not text.startswith("0") and len(text) <= 3
    return int(text) if good and int(text) <= MOST_PROCESSES else None


class _Here:
    """The answer of a handler that is called in this process."""

    def __init__(self, call: Callable[[], object]) -> None:
        self._call = call

    def result(self) -> object:
        return self._call()


class Ahead:
    """Processes that have some answers before they are asked."""

    def __init__(self, descriptor: int, early: Pool, late: Pool, parts: Iterator[tuple[int, int]]) -> None:
        """Hand out parts of an open file; ``late`` is for all else, and starts when it is needed."""
        self._late = late
        self._handlers: Mapping[str, Callable[..., object]] = {}
        self._started = False
        self._answers: dict[tuple[object, ...], Answer] = {}
        self._descriptor = descriptor
        for place, size in parts:
            self._answers[place, size] = early.submit("part", place, size, cost=size)

    def use_for(self, descriptor: int) -> None:
        """Forget the answers unless they are of this file."""
        if not os.path.sameopenfile(self._descriptor, descriptor):
            self._answers.clear()

    def start(self, handlers: Mapping[str, Callable[..., object]]) -> bool:
        """Take the handlers, for when one of them is needed."""
        self._handlers = handlers
        self._started = False
        return True

    def submit(self, name: str, /, *arguments: object, cost: int = 0) -> Answer:
        """Give the answer that is on its way, or have the handler called."""
        if name == "part" and arguments in self._answers:
            return self._answers[arguments]
        if not self._started:
            self._started = self._late.start(self._handlers)
        if not self._started:
            return _Here(partial(self._handlers[name], *arguments))
        return self._late.submit(name, *arguments, cost=cost)


@contextlib.contextmanager
def ahead(arguments: Namespace) -> Iterator[Ahead | None]:
    """Begin to hash the evidence of a bundle, if there is one that is large; None if there is nothing to be gained."""
    count = processes(arguments.workers) or 1
    bundle = arguments.bundles[0]
    size = os.stat(bundle).st_size if len(arguments.bundles) == 1 and os.path.isfile(bundle) else 0
    count = min(count, size // SHARE)
    if count < 2 or size < LARGE or not hasattr(os, "fork"):
        yield None
        return
    from opsproof_verify.workers import Workers

    try:
        file = open(bundle, "rb", 0)  # noqa: SIM115 - closed below
    except OSError:  # told when it is to be verified
        yield None
        return
    with file, Workers(count) as early, Workers(count) as late:
        parts = evidence(file.fileno(), size) if early.start({"part": partial(hash_part, file.fileno())}) else iter(())
        yield Ahead(file.fileno(), early, late, parts)


def evidence(descriptor: int, end: int) -> Iterator[tuple[int, int]]:
    """Give where large bodies of evidence seem to stand, and their sizes."""
    at, found = _LABEL, 0
    for _ in range(MOST_FRAMES):
        heads = os.pread(descriptor, _HEADS, at)
        if len(heads) < 3 or not _BYTE_STRING <= heads[2] <= _EIGHT_BYTES:
            return
        length = 1 << (heads[2] - _ONE_BYTE) if heads[2] >= _ONE_BYTE else 0
        size = int.from_bytes(heads[3 : 3 + length]) if length else heads[2] - _BYTE_STRING
        at += 3 + length
        if heads.startswith(_EVIDENCE) and size >= TASK and at + size <= end:
            yield at, size
            found += 1
        at += size
        if found == MOST_PARTS:
            return
