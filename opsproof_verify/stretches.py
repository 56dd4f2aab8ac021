"""Stretches: entries that need no question, since they follow one in which nothing was found (SPEC 9.10).

An automated step records value after value. Once the rules have looked at its start, or at one of them, and found
nothing, the next can differ only in what this module looks at. So a *stretch* is one or more entries that follow a
step-started or value-recorded entry, the *anchor*, and one another, of which each

1. is a value-recorded entry with no optional member but ``unit``, or a note, of the anchor's actor, step and pass;
2. has the run's id, the next number, and the leaf of the entry before as ``prev`` (9.7-1 to 9.7-3);
3. is later than the entry before, at the anchor's offset;
4. if it records a value, has one that fits its value-spec and lies within its limits, under a name that is new in the
   stretch.

An attestation may stand between them: it changes nothing that the rules on these entries look at, but how many of its
actor's entries wait. It is in the stretch if it is of the anchor's actor and the batch tells that it signs what it has
to: all since another one.

All this follows from the bytes of the entries and the contract, and so can be found in any process. Whether the stretch
may be taken at once depends on the run, and is for `log` to decide; if not, its entries are taken one by one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from hashlib import sha256
from itertools import chain, count
from typing import Any, TypeAlias

from opsproof_verify import fields
from opsproof_verify.attestations import Attestations, Whole
from opsproof_verify.canonical import MAX_INTEGER, CanonicalError, encode
from opsproof_verify.compiled import INTEGER, MAP_HEAD, Remembering, cut_by, item, map_of
from opsproof_verify.contract import Contract, ValueSpec
from opsproof_verify.findings import Rejected
from opsproof_verify.rules.values import READERS, fits
from opsproof_verify.state import Stretch, within

#: The kinds of entry in a stretch.
KINDS_OF_STRETCHES = frozenset({"value-recorded", "note"})

#: What a batch of entries is, in order: stretches, attestations, and bodies of entries to be taken by themselves.
Part: TypeAlias = bytes | Stretch | Whole

#: What a value is called, None for the text of a note, and what tells whether there is nothing to look at in it.
_Known: TypeAlias = tuple[str | None, Callable[[bytes], bool]]

_TIME_HEAD = b"\x82\x1b"
_LATEST = _TIME_HEAD + MAX_INTEGER.to_bytes(8)
_INFINITY = Decimal("Infinity")
_ONE_BYTE, _TWO_BYTES, _FOUR_BYTES = 2**8, 2**16, 2**32

#: How the members of every entry here are cut: a time in two, the rest as by `compiled`.
_CUTS = {
    "seq": cut_by(fields.uint, b"?P<seq>"),
    "pass": cut_by(fields.positive, b"?P<pass>"),
    "prev": cut_by(fields.digest, b"?P<prev>"),
    "step": None,
    "time": rb"(?P<ms>\x82\x1b.{8})(?P<zone>" + INTEGER + b")",
    "actor": None,
    "nonce": cut_by(fields.nonce, b"?:"),
}
_LOOKED_AT = ("seq", "prev", "ms", "zone", "actor", "step", "pass", "name", "unit", "value")


class _Plain:
    """A kind of entry that a stretch may have, without optional members but those named."""

    __slots__ = ("anchors", "first", "groups", "known", "match")

    def __init__(self, kind: str, run: bytes, known: Remembering, *members: str) -> None:
        """Compile the pattern; ``known`` tells of step, name and unit what is looked at in the last of ``members``."""
        cuts = {**_CUTS, **dict.fromkeys(members), "run": re.escape(encode(run)), "kind": re.escape(encode(kind))}
        compiled = re.compile(map_of(cuts), re.DOTALL)
        groups = {**compiled.groupindex, "value": compiled.groupindex[members[-1] if members else "step"]}
        self.first = MAP_HEAD + len(cuts)
        self.groups = tuple(groups.get(name, groups["step"]) for name in _LOOKED_AT)  # what there is none of is known
        self.match = compiled.fullmatch
        self.known = known
        self.anchors = kind != "note"


class _Growing:
    """The stretch that grows, and how many of the anchor's actor's entries wait, where a batch tells."""

    __slots__ = ("_begin", "_first", "_leaves", "_most", "_signer", "names")

    def __init__(self, leaves: Sequence[bytes], first: int) -> None:
        """Begin with nothing; the leaves are those of the batch, ``first`` is the number of its first entry."""
        self.names: list[str | None] = []
        self._leaves = leaves
        self._first = first
        self._begin: int | None = None  # place of the first entry that waits, if that is known
        self._signer: tuple[str, bytes] = "", b""
        self._most = 0  # entries that one of its attestations signs; none if there is none in it

    def follow(self, whole: Whole, at: int, anchor: bytes) -> None:
        """Follow an attestation: if it is the anchor's actor's, none of its entries waits."""
        self._signer = whole[3], whole[8]
        self._begin = at + 1 if encode(whole[3]) == anchor else None

    def takes(self, whole: Whole, at: int) -> bool:
        """Take an attestation of all that waits and no more, which names the entry before it; False if it is not."""
        _, _, _, actor, seq, head, count, digest, key = whole
        begin = self._begin
        if (
            begin is None
            or (actor, key) != self._signer
            or (seq, head) != (self._first + at - 1, self._leaves[at - 1])
            or count != at - begin
            or digest != sha256(b"".join(self._leaves[begin:at])).digest()
        ):
            return False
        self.names.append(None)
        self._begin, self._most = at + 1, max(self._most, count)
        return True

    def close(self, at: int, last: bytes) -> list[Stretch]:
        """Give the stretch, if there is one, before a place, and the time of its last entry; begin another."""
        names, begin, most = tuple(self.names), self._begin, self._most
        self.names.clear()
        self._begin, self._most = None, 0
        if not names:
            return []
        waiting, key = (at - begin, self._signer[1]) if most and begin is not None else (len(names), None)
        return [(len(names), int.from_bytes(last[2:]), names, max(most, waiting), waiting, key)]


class Stretches:
    """Finds the stretches in batches of entries of one run."""

    def __init__(self, contract: Contract, run: bytes) -> None:
        """Compile the shapes, and take the value-specs of a contract and the run's id."""
        self._contract = contract
        shapes = (
            _Plain(
                "value-recorded", run, Remembering(lambda pieces: self._know_value(*pieces)), "name", "unit", "value"
            ),
            _Plain("value-recorded", run, Remembering(lambda pieces: self._know_value(*pieces[:2])), "name", "value"),
            _Plain("step-started", run, Remembering(lambda pieces: (self._know_value(*pieces[:2])[0], _never))),
            _Plain("note", run, Remembering(lambda _: (None, _holds(fields.prose))), "text"),
        )
        self._attestations = Attestations(run, (member.key for member in contract.roster))
        self._known = {kind: Remembering(_value_reader(kind)) for kind in READERS}
        self._plain = {shape.first: shape for shape in shapes}

    def enrol(self, keys: Iterable[bytes]) -> None:
        """Take the keys of actors that the run has assigned."""
        self._attestations.enrol(keys)

    def read(self, bodies: Sequence[bytes], leaves: Sequence[bytes], first: int) -> list[Part]:
        """Give the parts of a batch, whose first entry has the number ``first``, by its bodies and their leaves."""
        parts: list[Part] = []
        growing = _Growing(leaves, first)
        names, used = growing.names, set[str]()
        anchor, last = (b"",) * 4, _LATEST  # where it stands, and the time of the entry before
        shapes = self._plain
        numbers = _numbers(first, len(bodies))
        for at, seq, prev, body in zip(count(), numbers, chain((b"",), leaves), bodies, strict=False):
            plain = shapes.get(body[0]) if body else None
            cut = plain.match(body) if plain else None
            if plain and cut:
                own, before, time, offset, actor, step, pass_, name, unit, value = cut.group(*plain.groups)
                here = offset, actor, step, pass_
                if last < time <= _LATEST and here == anchor and before == prev and own == seq:
                    called, holds = plain.known[step, name, unit]
                    if called not in used and holds(value):
                        names.append(called)
                        if called is not None:
                            used.add(called)
                        last = time
                        continue
            whole = None if plain else self._attestations.read(body, seq)
            if whole is None:
                parts += [*growing.close(at, last), body]
                used.clear()
                last = _LATEST
                if plain and cut and plain.anchors and plain.known[step, name, unit][0]:  # else it may be cut wrongly
                    anchor, last = here, time
                continue
            time = _TIME_HEAD + whole[2].to_bytes(8)
            if last < time and whole[1] == prev and growing.takes(whole, at):
                last = time
                continue
            parts += [*growing.close(at, last), whole]
            growing.follow(whole, at, anchor[1])
            last = max(last, time)
        return [*parts, *growing.close(len(bodies), last)]

    def _know_value(self, *pieces: bytes) -> _Known:
        """Give the name of a recorded value, and what tells whether a piece is such a value and nothing to look at.

        The pieces are those of step, name and, if there is one, unit. If one is not what it must be, there is no name.
        """
        try:
            step, name = (fields.ident(item(piece)) for piece in pieces[:2])
            unit = fields.unit(item(pieces[2])) if len(pieces) > 2 else None
        except (CanonicalError, Rejected):
            return "", _never
        known = self._contract.steps.get(step)
        spec = known.values.get(name) if known else None
        if spec is None:
            return name, _holds(fields.scalar)
        return name, self._test(spec) if spec.unit == unit else _never

    def _test(self, spec: ValueSpec) -> Callable[[bytes], bool]:
        """Give what tells whether a piece is a value that fits a value-spec, limits and all (6.3-7, 9.10-24)."""
        if spec.choices is not None:
            return _holds(lambda value: fits(spec, value) and within(spec, value))
        known = self._known[spec.type]
        if spec.min is None and spec.max is None:
            return lambda piece: known[piece] is not None
        least, most = Decimal(spec.min or -_INFINITY), Decimal(spec.max or _INFINITY)

        def holds(piece: bytes) -> bool:
            number = known[piece]
            return number is not None and least <= number <= most

        return holds


def _numbers(first: int, count: int) -> list[bytes]:
    """Encode the numbers of entries; nearly all that stand in stretches take two bytes or four."""
    seqs = range(first, first + count)
    if first >= _TWO_BYTES and seqs.stop <= _FOUR_BYTES:
        return [b"\x1a" + seq.to_bytes(4) for seq in seqs]
    if first >= _ONE_BYTE and seqs.stop <= _TWO_BYTES:
        return [b"\x19" + seq.to_bytes(2) for seq in seqs]
    return [encode(seq) for seq in seqs]


def _holds(test: Callable[[Any], object]) -> Callable[[bytes], bool]:
    """Tell whether a piece is an item for which a test holds; a reader's holds for what it does not refuse."""

    def holds(piece: bytes) -> bool:
        try:
            return test(item(piece)) is not False
        except (CanonicalError, Rejected):
            return False

    return holds


def _value_reader(kind: str) -> Callable[[bytes], object]:
    """Make the reader of the values of a type from their pieces: None for what is none, a decimal as a number."""

    def read(piece: bytes) -> object:
        try:
            value = READERS[kind](item(piece))
        except (CanonicalError, Rejected):
            return None
        return Decimal(value) if kind == "decimal" else value

    return read


def _never(_: bytes) -> bool:
    return False
