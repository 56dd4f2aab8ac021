"""Typed readers of decoded values (SPEC 4.2): each accepts exactly one type and range, and refuses with the path.

A reader is a function from a decoded value to a typed one; it raises ``record.malformed``. :class:`Fields` applies
readers to the members of a map, prepends member names to the path of a refusal, and in the end refuses the rest.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import NamedTuple, TypeVar

from opsproof_verify.canonical import CanonicalError, Value, decode
from opsproof_verify.findings import Rejected, Time

T = TypeVar("T")
Reader = Callable[[object], T]

MAX_INTEGER = 2**53 - 1
MAX_ITEMS = 200_000  # in a contract's payload, pack or policy, each
MAX_OFFSET = 1439  # minutes: one less than a day
MAX_LINE = 256  # bytes of UTF-8
MAX_PROSE = 16_384
MAX_UNIT = 32
MAX_VALUE = 1_024

ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
TOKEN = re.compile(r"[!-~](?:[ -~]{0,126}[!-~])?")
DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{1,18})?")
NEGATIVE_ZERO = re.compile(r"-0(?:\.0+)?")
_MEDIA_PART = r"[a-z0-9][a-z0-9!#$&^_.+-]{0,62}"
MEDIA = re.compile(f"{_MEDIA_PART}/{_MEDIA_PART}")
_UNPRINTABLE = "[\x00-\x1f\x7f-\x9f\u2028\u2029]"  # compiled at need: what Python calls printable has none of these
_UNPRINTABLE_IN_PROSE = "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]"


class Ref(NamedTuple):
    """An earlier entry, by number and leaf (SPEC 4.2-8)."""

    seq: int
    leaf: bytes


def decoded(body: bytes, max_items: int | None = None) -> Value:
    """Decode one item of the profile (SPEC 9.5-1, 9.5-2), raising :class:`Rejected`."""
    try:
        return decode(body, max_items=max_items)
    except CanonicalError as error:
        raise Rejected(error.code, why=error.why) from None


def malformed(why: str, **facts: str) -> Rejected:
    """Make the refusal of one value; its path grows on the way out."""
    return Rejected("record.malformed", path="", why=why, **facts)


class Fields:
    """The members of one map, each read at most once; :meth:`done` refuses the others."""

    __slots__ = ("_map", "_read")

    def __init__(self, value: object) -> None:
        """Take a decoded value, which must be a map."""
        if type(value) is not dict:
            raise malformed("map")
        self._map = value
        self._read = 0

    def look(self, name: str) -> object:
        """Give a member that was read before."""
        return self._map[name]

    def get(self, name: str, read: Reader[T]) -> T:
        """Read a required member."""
        try:
            if name not in self._map:
                raise malformed("missing")
            self._read += 1
            return read(self._map[name])
        except Rejected as refusal:
            raise at(name, refusal) from None

    def opt(self, name: str, read: Reader[T]) -> T | None:
        """Read a member that may be absent."""
        return self.get(name, read) if name in self._map else None

    def flag(self, name: str) -> bool:
        """Read a flag that is ``true`` or absent (SPEC 4.1-7)."""
        return name in self._map and self.get(name, flag)

    def done(self) -> None:
        """Refuse members that were not read (SPEC 9.5-6)."""
        if self._read != len(self._map):
            raise malformed("unknown-member")


def at(name: str, refusal: Rejected) -> Rejected:
    """Prepend a member's name or an index to the path of a refusal."""
    inner = str(refusal.facts.get("path", ""))
    refusal.facts["path"] = name + inner if inner.startswith("[") or not inner else f"{name}.{inner}"
    return refusal


def array(read: Reader[T], least: int = 0, most: int = MAX_INTEGER, *, distinct: bool = False) -> Reader[tuple[T, ...]]:
    """Make the reader of an array of ``least`` to ``most`` items, if demanded without duplicates."""

    def read_array(value: object) -> tuple[T, ...]:
        if type(value) is not list:
            raise malformed("array")
        if not least <= len(value) <= most:
            raise malformed("length")
        items = []
        for index, item in enumerate(value):
            try:
                items.append(read(item))
            except Rejected as refusal:
                raise at(f"[{index}]", refusal) from None
        if distinct and len(set(items)) != len(items):
            raise malformed("duplicate")
        return tuple(items)

    return read_array


def mapping(read_key: Reader[str], read: Reader[T]) -> Reader[dict[str, T]]:
    """Make the reader of a map with free keys."""

    def read_mapping(value: object) -> dict[str, T]:
        if type(value) is not dict:
            raise malformed("map")
        result = {}
        for name, item in value.items():
            try:
                result[read_key(name)] = read(item)
            except Rejected as refusal:
                raise at(f"[{len(result)}]", refusal) from None
        return result

    return read_mapping


def integer(least: int = 0, most: int = MAX_INTEGER) -> Reader[int]:
    """Make the reader of an integer of a range."""

    def read_integer(value: object) -> int:
        if type(value) is not int or not least <= value <= most:
            raise malformed("integer")
        return value

    return read_integer


def word(*words: str) -> Reader[str]:
    """Make the reader of one of some words."""
    known = frozenset(words)

    def read_word(value: object) -> str:
        if type(value) is not str or value not in known:
            raise malformed("word", allowed=", ".join(words))
        return value

    return read_word


def octets(size: int | None = None) -> Reader[bytes]:
    """Make the reader of a byte string, of an exact size if one is given."""

    def read_octets(value: object) -> bytes:
        if type(value) is not bytes or (size is not None and len(value) != size):
            raise malformed("bytes")
        return value

    return read_octets


def _matching(pattern: re.Pattern[str], why: str) -> Reader[str]:
    """Make the reader of a text that a pattern matches whole."""

    def read_matching(value: object) -> str:
        if type(value) is not str or not pattern.fullmatch(value):
            raise malformed(why)
        return value

    return read_matching


def _display(limit: int, refused: str, why: str) -> Reader[str]:
    """Make the reader of text for display, ``limit`` in bytes of UTF-8."""

    def read_display(value: object) -> str:
        if type(value) is not str or not value or (not value.isprintable() and re.search(refused, value)):
            raise malformed(why)
        if (len(value) if value.isascii() else len(value.encode())) > limit:
            raise malformed(why)
        return value

    return read_display


ident = _matching(ID, "id")
token = _matching(TOKEN, "token")
media = _matching(MEDIA, "media")
line = _display(MAX_LINE, _UNPRINTABLE, "line")
prose = _display(MAX_PROSE, _UNPRINTABLE_IN_PROSE, "prose")
unit = _display(MAX_UNIT, _UNPRINTABLE, "unit")
uint = integer()
positive = integer(1)
digest = octets(32)
nonce = octets(16)
blob = octets()


def is_decimal(text: str) -> bool:
    """Tell whether a text is a decimal (SPEC 4.2-5)."""
    return DECIMAL.fullmatch(text) is not None and not (text[0] == "-" and NEGATIVE_ZERO.fullmatch(text))


def decimal(value: object) -> str:
    """Read a decimal (SPEC 4.2-5)."""
    if type(value) is not str or not is_decimal(value):
        raise malformed("decimal")
    return value


def contract_pattern(value: object) -> str:
    """Read a contract id, a prefix that ends in ``.*``, or ``*`` (SPEC 7)."""
    if type(value) is str and (value == "*" or ID.fullmatch(value.removesuffix(".*"))):
        return value
    raise malformed("pattern")


def is_among(patterns: Iterable[str], contract: str) -> bool:
    """Tell whether a contract id is one of those that some patterns name (SPEC 9.6-6)."""
    return any(one in ("*", contract) or (one.endswith(".*") and contract.startswith(one[:-1])) for one in patterns)


def boolean(value: object) -> bool:
    """Read ``true`` or ``false``."""
    if type(value) is not bool:
        raise malformed("boolean")
    return value


def flag(value: object) -> bool:
    """Read a flag that is written only when it holds (SPEC 4.1-7)."""
    if value is not True:
        raise malformed("flag")
    return True


def time(value: object) -> Time:
    """Read a time (SPEC 4.2-6)."""
    if type(value) is not list or len(value) != 2:
        raise malformed("time")
    ms, offset = value
    if type(ms) is not int or type(offset) is not int or not 0 <= ms <= MAX_INTEGER or abs(offset) > MAX_OFFSET:
        raise malformed("time")
    return Time(ms, offset)


def ref(value: object) -> Ref:
    """Read a ref (SPEC 4.2-8)."""
    if type(value) is not list or len(value) != 2:
        raise malformed("ref")
    return Ref(uint(value[0]), digest(value[1]))


def scalar(value: object) -> str | int | bool:
    """Read a recorded value: text, integer or bool (SPEC 6.3)."""
    if type(value) is bool or (type(value) is int and abs(value) <= MAX_INTEGER):
        return value
    return _value_text(value)


_value_text = _display(MAX_VALUE, _UNPRINTABLE, "value")
