"""Text from a bundle, a file or a person, made safe to look at (SPEC 12, *Display*).

Names and prose may hold terminal escape sequences, controls that turn the direction of writing, and
characters that nobody can see. Each of them is shown as its number and none is dropped. The table is fixed
here rather than taken from `unicodedata`, so that a report does not depend on the Unicode version of the
Python that prints it.
"""

from __future__ import annotations

import re
from functools import cache

_INVISIBLE = (
    (0x0000, 0x001F),  # controls, ESC among them
    (0x007F, 0x00A0),  # DEL, C1 controls, no-break space
    (0x00AD, 0x00AD),  # soft hyphen
    (0x034F, 0x034F),  # combining grapheme joiner
    (0x061C, 0x061C),  # Arabic letter mark
    (0x115F, 0x1160),  # Hangul fillers
    (0x1680, 0x1680),  # Ogham space
    (0x17B4, 0x17B5),  # Khmer inherent vowels
    (0x180B, 0x180F),  # Mongolian selectors
    (0x2000, 0x200F),  # spaces of other widths, zero width, direction marks
    (0x2028, 0x202F),  # separators, bidirectional embeddings and overrides
    (0x205F, 0x206F),  # invisible operators, bidirectional isolates
    (0x2800, 0x2800),  # blank Braille pattern
    (0x3000, 0x3000),  # ideographic space
    (0x3164, 0x3164),  # Hangul filler
    (0xD800, 0xF8FF),  # surrogates, private use
    (0xFDD0, 0xFDEF),  # noncharacters
    (0xFE00, 0xFE0F),  # variation selectors
    (0xFEFF, 0xFEFF),  # byte order mark
    (0xFFA0, 0xFFA0),  # Hangul filler
    (0xFFF0, 0xFFFB),  # interlinear annotation
    (0xFFFE, 0xFFFF),  # noncharacters
    (0x1BCA0, 0x1BCA3),  # shorthand format controls
    (0x1D173, 0x1D17A),  # musical format controls
    (0xE0000, 0x10FFFF),  # tags, selectors, private use
)


def printable(text: str) -> str:
    r"""Give a text in which each character can be seen: ``\x1b``, ``\u202e``; a backslash is doubled."""
    if text.isascii() and text.isprintable() and "\\" not in text:  # nearly all: then nothing is compiled
        return text
    return _hidden().sub(_number, text)


@cache
def _hidden() -> re.Pattern[str]:
    return re.compile("[\\\\" + invisible() + "]")


def _number(found: re.Match[str]) -> str:
    return r"\\" if found[0] == "\\" else number(ord(found[0]))


def invisible() -> str:
    """Give the characters of the table as the inside of a class of a regular expression."""
    return "".join(f"{chr(low)}-{chr(high)}" for low, high in _INVISIBLE)


def number(code: int) -> str:
    r"""Give the escape of a character, as short as it can be: ``\x1b``, ``\u202e``, ``\U000e0041``."""
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
