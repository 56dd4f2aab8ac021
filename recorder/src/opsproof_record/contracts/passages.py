"""Prose of a procedure, the instructions and the introduction (SPEC 4.2-4): kept as it is written, or refused.

Nothing in it is replaced. What the format does not allow is named with its line, so that the author changes it.
"""

from __future__ import annotations

from collections.abc import Iterator

from opsproof_verify import fields
from opsproof_verify.findings import Rejected

from opsproof_record.contracts.toml_read import Source, Table

_NAMES = {"\0": "NUL", "\x1b": "escape", "\x85": "next line", "\u2028": "line separator"}


def read(table: Table, key: str) -> str | None:
    """Read a member that is prose. One line feed at its end is not part of it: TOML's long strings end with one."""
    value = table.take(key)
    if value is None:
        return None
    if not isinstance(value, str):
        table.add(key, "is not text", 'write it in quotes, or in """ over several lines')
        return None
    text = value.removesuffix("\n")
    return text if check(table.source, table.at(key), text) else None


def check(source: Source, path: str, text: str, lines: list[int] | None = None) -> bool:
    """Note what a verifier would refuse in a text; ``lines`` are the lines of the file that its own lines come from."""
    sound = True
    for row, what, remedy in _flaws(text):
        source.add(path, what, remedy, lines[row] if lines else None)
        sound = False
    return sound


def _flaws(text: str) -> Iterator[tuple[int, str, str]]:
    """Find what SPEC 4.2-4 does not allow; the verifier's own reader judges."""
    if not text:
        yield 0, "is empty", "write text, or remove it"
        return
    size = len(text.encode())
    if size > fields.MAX_PROSE:
        remedy = "shorten it, split the step, or move parts into a document that is attached"
        yield 0, f"has {size} bytes, allowed are {fields.MAX_PROSE}", remedy
    for row, line in enumerate(text.split("\n")):
        wrong = [character for character in dict.fromkeys(line) if not _allowed(character)]
        if wrong:
            yield (
                row,
                f"holds {', '.join(map(_name, wrong))}",
                "replace it: of control characters only tabs and line feeds pass",
            )


def _allowed(character: str) -> bool:
    try:
        fields.prose(character)
    except Rejected:
        return False
    return True


def _name(character: str) -> str:
    code = f"U+{ord(character):04X}"
    return f"{_NAMES[character]} ({code})" if character in _NAMES else code
