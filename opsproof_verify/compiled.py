"""Entries read quickly: for each shape of entry one pattern, compiled from the tables of `schema` (SPEC 4.1, 6.3).

A *shape* is a kind of entry with the members that it has. Entries of one shape differ in nothing but the values of
their members: the head of the map and the keys are the same bytes in the same order. So a body is cut at the keys,
each piece between them is read by itself, and the entry is taken if and only if every piece is exactly one item of the
profile, of which the reader that `schema` declares for the member makes a value. Then head, keys and pieces are the
body, and the body is the one encoding of its map. Where the pattern cuts decides nothing: a piece that is cut wrongly
is no such item.

What is not taken here is not refused: the caller reads it with `parse_entry`, which is the reference, and whose answer
shapes are learned from.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from opsproof_verify import fields
from opsproof_verify.canonical import MAX_INTEGER, CanonicalError, Value, decode, encode
from opsproof_verify.entries import KINDS, Entry
from opsproof_verify.fields import Reader
from opsproof_verify.findings import Rejected, Time
from opsproof_verify.parse_entry import parse_entry
from opsproof_verify.schema import Member, members_of

#: Shapes that one reader compiles, and how many entries it reads of one before: compiling takes as long as those.
MAX_SHAPES = 64
LEARN_AFTER = 64

#: Pieces that a reader remembers, of members that repeat, and their bytes; then it forgets them all.
MAX_REMEMBERED = 4_096
MAX_REMEMBERED_BYTES = 262_144

INTEGER = rb"[\x00-\x17\x20-\x37]|[\x18\x38].|[\x19\x39].{2}|[\x1a\x3a].{4}|[\x1b\x3b].{8}"

#: How the value of a member is cut, by its reader, with a place for what kind of group its piece is. The head of a hash
#: or nonce stands before the piece: with it, any bytes of that number are one.
_CUTS: dict[Reader[Any] | None, bytes] = {
    fields.digest: rb"\x58\x20(%b.{32})",
    fields.nonce: rb"\x50(%b.{16})",
    fields.uint: b"(%b" + INTEGER + b")",
    fields.positive: b"(%b" + INTEGER + b")",
    fields.time: rb"(%b\x82\x1b.{8}(?:" + INTEGER + b"))",
}

#: Members whose values repeat from entry to entry.
_REPEATING = frozenset({fields.ident, fields.unit, fields.token, fields.media, fields.positive})

_LEAST = {24: 24, 25: 2**8, 26: 2**16, 27: 2**32}  # RFC 8949 §4.2.1: the least argument of each length of head
_UINT, _NINT, _BYTES, _TEXT = range(4)
_FOUR_BYTES = 0x1A  # the head of an integer of so many
_TIME = len(b"\x82\x1b") + 8  # bytes of a time before the offset
_SHORT_TEXT, _LONG_TEXT = 0x60, 0x78
MAP_HEAD = 0xA0  # and the number of members, of which no entry has more than 23


def item(piece: bytes) -> Value:
    """Decode a piece that must be exactly one item of the profile; raise :class:`CanonicalError`.

    Integers and short strings are read here; `canonical.decode` reads the rest and says what is wrong.
    """
    if _SHORT_TEXT < piece[0] < _LONG_TEXT and len(piece) + _SHORT_TEXT == piece[0] + 1 and piece.isascii():
        return piece[1:].decode()  # most are such texts
    major, info = divmod(piece[0], 32)
    argument, at = info, 1
    if info in _LEAST:
        at = 1 + (1 << (info - 24))
        argument = int.from_bytes(piece[1:at])
        if argument < _LEAST[info]:
            return decode(piece)
    if len(piece) == at and argument <= MAX_INTEGER - major and major <= _NINT and info <= 27:
        return argument if major == _UINT else -1 - argument
    if len(piece) == at + argument and info <= 27:
        if major == _BYTES:
            return piece[at:]
        if major == _TEXT:
            try:
                return piece[at:].decode()
            except UnicodeDecodeError:
                return decode(piece)
    return decode(piece)


class Remembering(dict[Any, Any]):
    """What was read from pieces, by the pieces."""

    def __init__(self, read: Callable[[Any], Any]) -> None:
        self._read = read
        self._bytes = 0

    def __missing__(self, piece: Any) -> Any:
        """Read a piece, or several, that are not known."""
        value = self._read(piece)
        self._bytes += len(piece) if isinstance(piece, bytes) else sum(map(len, piece))
        if len(self) >= MAX_REMEMBERED or self._bytes > MAX_REMEMBERED_BYTES:
            self.clear()
            self._bytes = 0
        self[piece] = value
        return value


def read_uint(piece: bytes) -> int:
    """Read the piece of a number; raise :class:`CanonicalError` or :class:`Rejected`, as all readers of pieces."""
    number = int.from_bytes(piece[1:])
    return number if piece[0] == _FOUR_BYTES and number >= _LEAST[26] else fields.uint(item(piece))


def read_time(piece: bytes) -> Time:
    """Read the piece of a time."""
    ms, offset = int.from_bytes(piece[2:_TIME]), _OFFSETS[piece[_TIME:]]
    return Time(ms, offset) if _LEAST[27] <= ms <= MAX_INTEGER else fields.time([item(piece[1:_TIME]), offset])


def _read_offset(piece: bytes) -> int:
    offset = item(piece)
    return fields.time([0, offset]).offset


_OFFSETS = Remembering(_read_offset)


_READERS: dict[Reader[Any], Callable[[bytes], Any]] = {
    fields.digest: bytes,  # the piece as it is
    fields.nonce: bytes,
    fields.uint: read_uint,
    fields.time: read_time,
}


def _piece_reader(read: Reader[Any] | None) -> Callable[[bytes], Any]:
    """Make the reader of a member's piece from the reader of its value."""
    assert read is not None  # noqa: S101 - _own_members gives no others
    known = _READERS.get(read)
    if known is not None:
        return known
    if read in _REPEATING:
        return Remembering(lambda piece: read(item(piece))).__getitem__
    return lambda piece: read(item(piece))


def _own_members(cls: type) -> Iterator[Member]:
    """Give the members of a record's map, those of its parts among them."""
    for member in members_of(cls):
        if member.part is not None:
            yield from _own_members(member.part)
        elif member.read is not None:
            yield member


def cut_by(read: Reader[Any] | None, group: bytes = b"") -> bytes | None:
    """Give the pattern of what a reader takes, or None; ``group`` makes the group of its piece one of another kind."""
    return _CUTS[read] % group if read in _CUTS else None


def map_of(cuts: Mapping[str, bytes | None]) -> bytes:
    """Give the pattern of a map by those of its members' values; a value without one ends before the next key."""
    names = sorted(cuts, key=lambda name: (len(name), name))
    values = (cuts[name] or _up_to(after, name) for name, after in zip(names, (*names[1:], None), strict=True))
    members = (re.escape(encode(name)) + value for name, value in zip(names, values, strict=True))
    return re.escape(bytes([MAP_HEAD + len(names)])) + b"".join(members)


def _up_to(after: str | None, name: str) -> bytes:
    """Cut a piece at the first place where a key follows: to try further ones would take hours for some bodies."""
    group = name.replace("-", "_").encode()
    if after is None:
        return b"(?P<%b>.+)" % group
    return b"(?=(?P<%b>.+?)%b)(?P=%b)" % (group, re.escape(encode(after)), group)


class Shape:
    """Entries of one kind with the same members: a pattern, and what reads the pieces and makes an entry of them."""

    def __init__(self, kind: str, names: Iterable[str]) -> None:
        """Compile the pattern of a kind with exactly these members, in the order of their encoding."""
        self.kind = kind
        self.names = tuple(names)
        reads = {member.name: member.read for cls in (Entry, KINDS[kind]) for member in _own_members(cls)}
        pieces = [name for name in self.names if name != "kind"]
        cuts = {"kind": re.escape(encode(kind)), **{name: cut_by(reads[name]) for name in pieces}}
        self.match = re.compile(map_of(cuts), re.DOTALL).fullmatch
        self._reads = [_piece_reader(reads[name]) for name in pieces]
        self._make = _maker(Entry, pieces, kind=kind, what=_maker(KINDS[kind], pieces))

    def read(self, body: bytes) -> Entry | None:
        """Read an entry of this shape; None if it is not one, whatever else it is."""
        cut = self.match(body)
        if cut is None:
            return None
        try:
            entry: Entry = self._make([read(piece) for read, piece in zip(self._reads, cut.groups(), strict=True)])
        except (CanonicalError, Rejected):
            return None
        return entry


def _maker(cls: type, pieces: list[str], **given: object) -> Callable[[list[Any]], Any]:
    """Make what makes a record of the values of a shape's pieces; ``given`` are fields, or makers of them.

    It is written out, as `slotted` writes the ``__init__`` that it calls, since that takes half the time.
    """
    known: dict[str, Any] = {"_cls": cls}
    fields_of = []
    for member in members_of(cls):
        field, made = member.field, "_" + member.field
        if member.name in pieces:
            fields_of.append(f"{field}=values[{pieces.index(member.name)}]")
            continue
        known[made] = _maker(member.part, pieces) if member.part is not None else given.get(field, member.absent)
        fields_of.append(f"{field}={made}(values)" if callable(known[made]) else f"{field}={made}")
    make: Callable[[list[Any]], Any] = eval(f"lambda values: _cls({', '.join(fields_of)})", known)  # noqa: S307 - of names of fields
    check = getattr(cls, "check_members", None)
    if check is None:
        return make

    def make_and_check(values: list[Any]) -> Any:
        made = make(values)
        check(made)
        return made

    return make_and_check


class EntryReader:
    """Reads entries, by shapes where it has learned them."""

    def __init__(self) -> None:
        """Know no shape yet."""
        self.shapes: dict[int, list[Shape]] = {}  # by the first byte of the body: the number of members
        self._unlearned: Counter[tuple[int, str]] = Counter()
        self._count = 0

    def read(self, body: bytes) -> Entry:
        """Read the body of an entry frame; raise :class:`Rejected` as `parse_entry` does."""
        for shape in self.shapes.get(body[0], ()) if body else ():
            entry = shape.read(body)
            if entry is not None:
                return entry
        entry = parse_entry(body)
        self._learn(body, entry.kind)
        return entry

    def _learn(self, body: bytes, kind: str) -> None:
        """Compile the shape of a body once there were so many like it."""
        key = body[0], kind
        self._unlearned[key] += 1
        if self._unlearned[key] % LEARN_AFTER or self._count == MAX_SHAPES:
            return
        members = decode(body)
        shapes = self.shapes.setdefault(body[0], [])
        if isinstance(members, dict) and not any(one.kind == kind and one.names == tuple(members) for one in shapes):
            shapes.append(Shape(kind, members))
            self._count += 1
