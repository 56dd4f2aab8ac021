"""JSON in one form (SPEC 11-1): members sorted by name, two spaces, one line feed at the end.

Each report in text names the digest of its JSON form, so each check writes this. The module `json` would do it too, but
to import it takes longer than to write a report.
"""

from __future__ import annotations

import re
from typing import TypeAlias

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | bool | None"

_WORDS = {"None": "null", "True": "true", "False": "false"}
_ESCAPED = '[\x00-\x1f"\\\\]'
_SHORT = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}


def encode(value: Json) -> bytes:
    """Give a document; a lone surrogate, which UTF-8 cannot hold, as an escape."""
    return (_write(value, "\n") + "\n").encode("utf-8", "backslashreplace")


def _write(value: Json, end: str) -> str:
    """Write a value; ``end`` ends a line and indents the next as what holds the value is indented."""
    if isinstance(value, str):
        return _quote(value)
    if value is None or isinstance(value, int):
        return _WORDS.get(str(value), str(value))
    inner = end + "  "
    if isinstance(value, dict):
        members = [f"{_quote(name)}: {_write(value[name], inner)}" for name in sorted(value)]
        return f"{{{inner}{f',{inner}'.join(members)}{end}}}" if members else "{}"
    items = [_write(item, inner) for item in value]
    return f"[{inner}{f',{inner}'.join(items)}{end}]" if items else "[]"


def _quote(text: str) -> str:
    if text.isprintable() and '"' not in text and "\\" not in text:
        return f'"{text}"'
    return f'"{re.sub(_ESCAPED, _escape, text)}"'


def _escape(found: re.Match[str]) -> str:
    return _SHORT.get(found[0]) or f"\\u{ord(found[0]):04x}"
