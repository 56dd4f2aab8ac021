"""What must not be recorded: values of named options, and whatever matches a pattern, replaced by ``[masked]``.

A value of a named option is masked wherever it occurs, byte for byte or as JSON, a URL or a shell would write it. A
pattern is a regular expression of Python, searched in each line of text and in each argument; all that it matches is
masked. Where in doubt too much is masked: overlapping finds are joined, and a line that is too long to be searched is
masked whole (see `mask_stream`).
"""

from __future__ import annotations

import json
import os
import re
import urllib.parse
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from opsproof_record.errors import Unfit, Unknown

MASK = b"[masked]"
_NOTHING = "Nothing was run or recorded."
_LEAST = 4  # characters of a value that is masked wherever it occurs

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Masks:
    """What to mask; made by :meth:`read`. ``Masks()`` masks nothing."""

    options: tuple[str, ...] = ()
    patterns: tuple[re.Pattern[str], ...] = ()
    secrets: tuple[bytes, ...] = ()

    @classmethod
    def read(cls, argv: tuple[str, ...], options: tuple[str, ...], patterns: tuple[str, ...]) -> Masks:
        """Find the values of some options in a command, and read some patterns.

        Raises :class:`Unknown` for an option that the command does not have, :class:`Unfit` for a value that is too
        short to be masked everywhere, and for a pattern that is no regular expression or matches even nothing.
        """
        values = [value for option in options for value in _values(argv, option)]
        secrets = dict.fromkeys(form for value in values for form in _forms(value))
        return cls(options, tuple(_compile(pattern) for pattern in patterns), tuple(secrets))

    @property
    def longest(self) -> int:
        """The length of the longest value, in bytes."""
        return max(map(len, self.secrets), default=0)

    def hide(self, text: str) -> tuple[str, int]:
        """Mask a text, as a whole and line by line; give how many places were."""
        data = os.fsencode(text)
        spans, start = [*self.find_secrets(data), *self.match(data)], 0
        for line in data.split(b"\n") if b"\n" in data else ():
            spans += ((start + first, start + last) for first, last in self.match(line))
            start += len(line) + 1
        spans = join(spans)
        return os.fsdecode(cover(data, spans)), len(spans)

    def find_secrets(self, data: bytes | bytearray, start: int = 0) -> Iterator[Span]:
        """Find the values, overlapping ones too, from an offset on."""
        for secret in self.secrets:
            at = data.find(secret, start)
            while at >= 0:
                yield at, at + len(secret)
                at = data.find(secret, at + 1)

    def begun(self, data: bytes) -> int:
        """Give the offset of the first value that may have begun in some data and not ended; the end if none has."""
        for at in range(max(len(data) - self.longest + 1, 0), len(data)):
            tail = data[at:]
            if any(len(secret) > len(tail) and secret.startswith(tail) for secret in self.secrets):
                return at
        return len(data)

    def match(self, line: bytes) -> Iterator[Span]:
        """Find what matches a pattern in a line, by offsets in its bytes."""
        if not self.patterns:
            return
        text = line.removesuffix(b"\r").decode(errors="surrogateescape")  # so that $ is before it
        for pattern in self.patterns:
            for found in pattern.finditer(text):
                first, last = found.span()
                if first < last:
                    yield _bytes_in(text[:first]), _bytes_in(text[:last])


def join(spans: Iterable[Span]) -> list[Span]:
    """Put spans in order, and those that overlap or touch into one."""
    joined: list[Span] = []
    for first, last in sorted(spans):
        if joined and first <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(last, joined[-1][1])
        else:
            joined.append((first, last))
    return joined


def cover(data: bytes, spans: Iterable[Span]) -> bytes:
    """Put the mask in the place of each span; they are in order and apart."""
    shown, at = bytearray(), 0
    for first, last in spans:
        shown += data[at:first] + MASK
        at = last
    return bytes(shown + data[at:])


def _values(argv: tuple[str, ...], option: str) -> list[str]:
    """Find the values of an option: ``--name X``, ``--name=X``, the same with one dash, ``name=X``, ``-nX``."""
    name = option.lstrip("-")
    if not name:
        raise Unfit(
            f'--mask "{option}" names no option', "Give the name of an option of the command, such as password."
        )
    spellings = (option,) if option.startswith("-") else (f"--{name}", f"-{name}")
    values: list[str] = []
    for at, word in enumerate(argv):
        head, equals, tail = word.partition("=")
        if equals and head in (*spellings, option):
            values.append(tail)
        elif word in spellings:
            values += argv[at + 1 : at + 2]
        elif len(name) == 1 and f"-{name}" in spellings and word.startswith(f"-{name}"):
            values.append(word[2:])
    if not values:
        raise Unknown(
            f"--mask {option} masks nothing: the command has no {' or '.join(spellings)} with a value",
            f"{_NOTHING} Correct the name, or leave this --mask out.",
        )
    for value in values:
        _check(option, value)
    return values


def _check(option: str, value: str) -> None:
    if len(value) < _LEAST:
        raise Unfit(
            f"the value of {option} has fewer than {_LEAST} characters: what is missing in the text would tell it",
            f"{_NOTHING} Give the command its secret in another way, such as a file.",
        )
    if os.fsencode(value) in MASK:
        raise Unfit(
            f"the value of {option} is a part of {MASK.decode()}, which stands for it",
            f"{_NOTHING} Choose another value.",
        )


def _forms(value: str) -> Iterator[bytes]:
    """Give a value as it is, and as JSON, a URL, a shell or Python would write it between quotes."""
    yield os.fsencode(value)
    text = os.fsencode(value).decode(errors="replace")
    yield json.dumps(text)[1:-1].encode()
    yield json.dumps(text, ensure_ascii=False)[1:-1].encode()
    yield repr(text)[1:-1].encode()
    yield urllib.parse.quote(text, safe="").encode()
    yield urllib.parse.quote(text).encode()
    yield urllib.parse.quote_plus(text).encode()
    yield text.replace("'", "'\"'\"'").encode()


def _compile(pattern: str) -> re.Pattern[str]:
    try:
        compiled = re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        raise Unfit(f"--mask-pattern {pattern}: {error}", f"{_NOTHING} Correct the expression.") from error
    if compiled.fullmatch(""):
        raise Unfit(
            f"--mask-pattern {pattern} matches even nothing",
            f"{_NOTHING} Make it match at least one character, such as with + in the place of *.",
        )
    return compiled


def _bytes_in(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode(errors="surrogateescape"))
