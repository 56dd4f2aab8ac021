"""The quick reader of entries takes nothing but what the reference takes, and makes the same of it (SPEC 4.1, 6.3).

What no shape takes is read by `parse_entry` itself; so it is enough to look at what a shape takes.
"""

from __future__ import annotations

import random
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import cbor_mutants
from support.bundles import cbor
from support.entry_bodies import BODIES, BOUNDARIES, ODD, crowded, joined, pairs_of, tries_one_place, wide

from opsproof_verify import canonical, compiled
from opsproof_verify.compiled import EntryReader, Remembering, Shape, item
from opsproof_verify.entries import KINDS, Entry
from opsproof_verify.findings import Rejected
from opsproof_verify.parse_entry import parse_entry


def answer(read: Any, body: bytes) -> object:
    """Give what a reader gives or refuses."""
    try:
        return read(body)
    except Rejected as refusal:
        return refusal.code, refusal.facts


def readable(body: bytes) -> Entry | None:
    try:
        return parse_entry(body)
    except Rejected:
        return None


@pytest.fixture(scope="module")
def samples() -> dict[tuple[str, ...], bytes]:
    """One readable body for each shape of the vectors."""
    found: dict[tuple[str, ...], bytes] = {}
    for body in BODIES:
        entry = readable(body)
        if entry is not None:
            found.setdefault((entry.kind, *cbor.decode(body)), body)
    return found


@pytest.fixture(scope="module")
def shapes(samples: dict[tuple[str, ...], bytes]) -> dict[int, list[Shape]]:
    """All these shapes, by the first byte."""
    made: dict[int, list[Shape]] = {}
    for (kind, *names), body in samples.items():
        made.setdefault(body[0], []).append(Shape(kind, names))
    return made


def hold(shapes: dict[int, list[Shape]], body: bytes) -> bool:
    """Hold what any shape makes of a body to the reference; tell whether one took it."""
    taken = [entry for shape in shapes.get(body[0], ()) if (entry := shape.read(body)) is not None] if body else []
    if taken:
        assert taken == [parse_entry(body)], body.hex()
        assert repr(taken[0]) == repr(parse_entry(body))  # 1 == True
    return bool(taken)


def test_all_entries_of_the_vectors_are_read_as_the_reference_reads_them() -> None:
    assert len(BODIES) > 500
    with patch.object(compiled, "LEARN_AFTER", 1):
        reader = EntryReader()
        for _ in range(2):
            for body in BODIES:
                assert answer(reader.read, body) == answer(parse_entry, body)
        assert answer(reader.read, b"") == answer(parse_entry, b"")
    assert sum(map(len, reader.shapes.values())) > 40


def test_each_shape_takes_its_own(samples: dict[tuple[str, ...], bytes], shapes: dict[int, list[Shape]]) -> None:
    assert {kind for kind, *_ in samples} == KINDS.keys()
    for body in samples.values():
        assert hold(shapes, body)


@pytest.mark.untraced
def test_no_byte_can_be_another_one(samples: dict[tuple[str, ...], bytes], shapes: dict[int, list[Shape]]) -> None:
    taken = 0
    for (kind, *_), body in samples.items():
        values = range(256) if kind == "note" else (0x00, 0x18, 0x61, 0xFF)
        for at in range(len(body)):
            changes = {*values, body[at] ^ 1, body[at] ^ 0x20, (body[at] + 1) % 256} - {body[at]}
            for byte in changes:
                taken += hold(shapes, body[:at] + bytes([byte]) + body[at + 1 :])
            hold(shapes, body[:at])
            hold(shapes, body[:at] + body[at + 1 :])
    assert taken > 1_000


@pytest.mark.untraced
def test_no_member_can_be_odd(samples: dict[tuple[str, ...], bytes], shapes: dict[int, list[Shape]]) -> None:
    taken = 0
    for body in samples.values():
        pairs = pairs_of(body)
        for at, (key, one) in enumerate(pairs):
            for odd in ODD:
                taken += hold(shapes, joined([*pairs[:at], (key, odd), *pairs[at + 1 :]]))
            for other in ODD[::7]:
                hold(shapes, joined([*pairs[:at], (other, one), *pairs[at + 1 :]]))
                hold(shapes, joined([*pairs[:at], (key, one + other), *pairs[at + 1 :]]))
                hold(shapes, joined([*pairs[:at], (key + other, one), *pairs[at + 1 :]]))
    assert taken > 100


def test_members_stand_where_they_must(samples: dict[tuple[str, ...], bytes], shapes: dict[int, list[Shape]]) -> None:
    known = sorted({pair for body in samples.values() for pair in pairs_of(body)}, key=lambda pair: pair[0])
    others = {key: (key, one) for key, one in known}
    for body in samples.values():
        pairs = pairs_of(body)
        for at, (key, one) in enumerate(pairs):
            rest = [*pairs[:at], *pairs[at + 1 :]]
            hold(shapes, joined(rest))
            assert not hold(shapes, joined([*pairs[: at + 1], *pairs[at:]]))
            hold(shapes, joined([*rest[: at + 1], (key, one), *rest[at + 1 :]]))
            hold(shapes, bytes([body[0]]) + joined(rest)[1:] + key + one)
            for longer in (wide(3, len(key) - 1, 24), wide(3, len(key) - 1, 25), b"\x7f" + key[:1]):
                hold(shapes, joined([*pairs[:at], (longer + key[1:], one), *pairs[at + 1 :]]))
        for other in others.values():
            more = sorted([*pairs, other], key=lambda pair: (len(pair[0]), pair[0]))
            hold(shapes, joined(more))
            hold(shapes, bytes([body[0]]) + joined(more)[1:])
        hold(shapes, b"\xb8" + bytes([len(pairs)]) + body[1:])
        hold(shapes, b"\xbf" + body[1:] + b"\xff")
        hold(shapes, body + b"\x00")


def test_keys_may_stand_in_texts(samples: dict[tuple[str, ...], bytes], shapes: dict[int, list[Shape]]) -> None:
    """Whatever follows may stand in a text, a byte string or an array before it: what was cut there decides nothing."""
    for body in samples.values():
        pairs = pairs_of(body)
        for at, (key, _) in enumerate(pairs):
            for end in range(at + 1, len(pairs) + 1):
                inner = b"".join(one + two for one, two in pairs[at + 1 : end])
                name = pairs[end][0] if end < len(pairs) else b""
                for content in (inner, inner + name, b"x" + inner + name, name[1:], name, b"bed" + name + b"!"):
                    for major in (2, 3):
                        odd = cbor.head(major, len(content)) + content
                        hold(shapes, joined([*pairs[:at], (key, odd), *pairs[at + 1 :]]))
                        hold(shapes, bytes([body[0]]) + joined([*pairs[:at], (key, odd), *pairs[end:]])[1:])


@settings(max_examples=150)
@given(st.randoms(use_true_random=False))
def test_bytes_at_random(
    samples: dict[tuple[str, ...], bytes], shapes: dict[int, list[Shape]], draw: random.Random
) -> None:
    for body in draw.sample(sorted(samples.values()), 8):
        data = bytearray(body)
        for _ in range(draw.choice([1, 1, 2, 4])):
            cbor_mutants.mutate(draw, data)
        hold(shapes, bytes(data))
        pairs = pairs_of(body)
        at = draw.randrange(len(pairs))
        pairs[at] = pairs[at][0], cbor_mutants.draw(draw)
        hold(shapes, joined(pairs))


# --- pieces


def item_or_code(read: Any, data: bytes) -> object:
    try:
        found = read(data)
    except canonical.CanonicalError as refusal:
        return refusal.code, refusal.why
    return type(found), found


def test_an_item_is_what_the_decoder_says() -> None:
    short = [bytes([one]) for one in range(256)] + [bytes([one, two]) for one in range(256) for two in range(256)]
    heads = [wide(major, number, info) for major in range(4) for number in BOUNDARIES for info in range(24, 28)]
    more = [head + tail for head in heads for tail in (b"", b"a", b"a" * 24, b"a" * 256, b"\xc3" * 24)]
    draw = random.Random(1)
    for data in (*short, *ODD, *heads, *more, *(cbor_mutants.draw(draw) for _ in range(8_000))):
        if data:
            assert item_or_code(item, data) == item_or_code(canonical.decode, data), data.hex()


# --- what is learned and remembered


def test_a_shape_is_learned_after_so_many_entries_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "LEARN_AFTER", 3)
    reader, body = EntryReader(), next(body for body in BODIES if readable(body))
    for count in (0, 0, 1, 1):
        reader.read(body)
        assert sum(map(len, reader.shapes.values())) == count


def test_no_more_shapes_are_learned_than_may_be(
    monkeypatch: pytest.MonkeyPatch, samples: dict[tuple[str, ...], bytes]
) -> None:
    monkeypatch.setattr(compiled, "LEARN_AFTER", 1)
    monkeypatch.setattr(compiled, "MAX_SHAPES", 5)
    reader = EntryReader()
    for body in list(samples.values()) * 2:
        assert reader.read(body) == parse_entry(body)
    assert sum(map(len, reader.shapes.values())) == 5


def test_what_is_remembered_is_forgotten_at_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "MAX_REMEMBERED", 4)
    known = Remembering(len)
    for at in range(30):
        assert known[b"a" * at] == at
        assert 0 < len(known) <= 4


@pytest.mark.parametrize("size", [300, 20_000, 65_536])
def test_long_pieces_are_not_kept(size: int) -> None:
    """Each is longer than any that can be read; 4,096 of them would take more than a verifier may use."""
    known = Remembering(lambda _: None)
    for at in range(1_200):
        assert known[at.to_bytes(4) * (size // 4)] is known[b"a", at.to_bytes(4) * (size // 4)] is None
        kept = sum(len(key) if isinstance(key, bytes) else sum(map(len, key)) for key in known)
        assert kept <= compiled.MAX_REMEMBERED_BYTES + size + 1


def test_a_pattern_tries_one_place_for_each_key(shapes: dict[int, list[Shape]]) -> None:
    """A body may hold each key a hundred times: to try each place of one with each of the next would take hours."""
    for shape in (shape for made in shapes.values() for shape in made):
        assert tries_one_place(shape.match)
    names = ("run", "seq", "kind", "name", "pass", "prev", "step", "time", "unit", "actor", "nonce", "value")
    assert Shape("value-recorded", names).read(crowded(bytes(32))) is None
