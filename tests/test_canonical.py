"""Deterministic CBOR: what is accepted, what is refused with which code, and at what cost (SPEC 4.1, 9.5)."""

import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import cbor_mutants, cbor_walker

from opsproof_verify.canonical import MAX_DEPTH, MAX_INTEGER, CanonicalError, Value, decode, encode

if sys.platform == "linux":
    from support.hostile import BUILDERS
else:
    BUILDERS = {}  # RLIMIT_AS and /proc are Linux's

MALFORMED, NOT_CANONICAL = "cbor.malformed", "cbor.not-canonical"


def refusal(data: bytes, max_items: int | None = None) -> str | None:
    try:
        decode(data, max_items=max_items)
    except CanonicalError as error:
        return error.code
    return None


def nested(depth: int) -> Value:
    value: Value = 0
    for level in range(depth):
        value = [value] if level % 2 else {"in": value}
    return value


ACCEPTED: list[tuple[str, Value]] = [
    ("00", 0),
    ("17", 23),
    ("1818", 24),
    ("18ff", 255),
    ("190100", 256),
    ("19ffff", 65535),
    ("1a00010000", 65536),
    ("1affffffff", 2**32 - 1),
    ("1b0000000100000000", 2**32),
    ("1b001fffffffffffff", MAX_INTEGER),
    ("20", -1),
    ("37", -24),
    ("3818", -25),
    ("3b001ffffffffffffe", -MAX_INTEGER),
    ("f4", False),
    ("f5", True),
    ("40", b""),
    ("4401020304", b"\x01\x02\x03\x04"),
    ("60", ""),
    ("6161", "a"),
    ("62c3bc", "ü"),
    ("64f0908591", "\U00010151"),
    ("6100", "\x00"),
    ("63efbbbf", "\ufeff"),
    ("62cc8a", "\u030a"),
    ("63e280ae", "\u202e"),
    ("80", []),
    ("83010203", [1, 2, 3]),
    ("8301820203820405", [1, [2, 3], [4, 5]]),
    ("a0", {}),
    ("a3616101616202626161f5", {"a": 1, "b": 2, "aa": True}),
    ("a261610162c3bc02", {"a": 1, "ü": 2}),
]


@pytest.mark.parametrize("encoded, value", ACCEPTED)
def test_accepted_both_ways(encoded: str, value: Value) -> None:
    decoded = decode(bytes.fromhex(encoded))
    assert (type(decoded), decoded) == (type(value), value)
    assert encode(value).hex() == encoded


# RFC 8949 Appendix F, all of its examples.
NOT_WELL_FORMED = """
    18 19 1a 1b 1901 1a0102 1b01020304050607 38 58 78 98 9a01ff00 b8 d8 f8 f900 fa0000 fb000000
    41 61 5affffffff00 5bffffffffffffffff010203 7affffffff00 7b7fffffffffffffff010203
    81 818181818181818181 8200 a1 a20102 a100 a2000000
    c0 5f4100 7f6100 9f 9f0102 bf bf01020102 819f 9f8000 9f9f9f9f9fffffffff 9f819f819f9fffffff
    1c 1d 1e 3c 3d 3e 5c 5d 5e 7c 7d 7e 9c 9d 9e bc bd be dc dd de fc fd fe
    f800 f801 f818 f81f
    5f00ff 5f21ff 5f6100ff 5f80ff 5fa0ff 5fc000ff 5fe0ff 7f4100ff 5f5f4100ffff 7f7f6100ffff
    ff 81ff 8200ff a1ff a1ff00 a100ff a20000ff 9f81ff 9f829f819f9fffffffff bf00ff bf000000ff
    1f 3f df
"""


@pytest.mark.parametrize("encoded", NOT_WELL_FORMED.split())
def test_not_well_formed(encoded: str) -> None:
    assert refusal(bytes.fromhex(encoded)) == MALFORMED


# By class of negative vector: the inputs, and the code that all of them have. CB20 and CB24 have tests of
# their own; CB45 and CB46 are about signatures and files.
CLASSES = {
    "CB01 uint not shortest": ("1817 1900ff 1a0000ffff 1b00000000ffffffff", NOT_CANONICAL),
    "CB02 nint not shortest": ("3817 3900ff 3a0000ffff 3b00000000ffffffff", NOT_CANONICAL),
    "CB03 bytes length not shortest": ("580100 59000100 5a0000000100 5b000000000000000100", NOT_CANONICAL),
    "CB04 text length not shortest": ("780161 79000161 7a0000000161 7b000000000000000161", NOT_CANONICAL),
    "CB05 array length not shortest": ("980100 99000100 9a0000000100 9b000000000000000100", NOT_CANONICAL),
    "CB06 map length not shortest": ("b801616100 b90001616100 ba00000001616100 b800", NOT_CANONICAL),
    "CB07 tag head not shortest": ("d80100 d9000100 da0000000100", NOT_CANONICAL),
    "CB08 indefinite bytes": ("5fff 5f4100ff", NOT_CANONICAL),
    "CB09 indefinite text": ("7fff 7f6161ff", NOT_CANONICAL),
    "CB10 indefinite array": ("9fff 9f00ff 819fff", NOT_CANONICAL),
    "CB11 indefinite map": ("bfff bf616100ff a16161bfff", NOT_CANONICAL),
    "CB12 keys swapped": ("a2616200616100 81a2616200616100", NOT_CANONICAL),
    "CB13 keys in the other order": ("a262616100616200 a262c3bc00617a00", NOT_CANONICAL),
    "CB14 repeated key": ("a2616100616100", NOT_CANONICAL),
    "CB15 repeated key, another value": ("a2616100616101 a3616100616101616102", NOT_CANONICAL),
    "CB16 trailing byte": ("0000 8000 a0ff 40ff f5f5", MALFORMED),
    "CB17 second item": ("8080 a0a0 616100", MALFORMED),
    "CB18 byte order mark": ("efbbbf00", MALFORMED),
    "CB18 tag 55799": ("d9d9f700", NOT_CANONICAL),
    "CB19 truncated": ("81 a16161 a1 4200 6261 19ff 8281 5f 9f bf", MALFORMED),
    "CB21 overlong UTF-8": ("62c080 63e08080 62c1bf 64f0808080", NOT_CANONICAL),
    "CB22 surrogate in UTF-8": ("63eda080 63edbfbf a163eda08000", NOT_CANONICAL),
    "CB23 above U+10FFFF": ("64f4908080 65f888808080 61ff", NOT_CANONICAL),
    "CB25 float for integer": ("f93c00 fa3f800000 fb3ff0000000000000", NOT_CANONICAL),
    "CB26 NaN": ("f97e00 fa7fc00000 f97e01 fb7ff8000000000001", NOT_CANONICAL),
    "CB27 infinities and -0.0": ("f97c00 f9fc00 fa7f800000 f98000 fb8000000000000000", NOT_CANONICAL),
    "CB28 undefined and null": ("f7 f6 81f6 a16161f6", NOT_CANONICAL),
    "CB29 simple values": ("e0 f0 f3 f820 f8ff", NOT_CANONICAL),
    "CB30 two-byte simple below 32": ("f800 f814 f815 f816 f81f", MALFORMED),
    "CB31 tagged time": ("c074323031332d30332d32315432303a30343a30305a c11a514b67b0", NOT_CANONICAL),
    "CB32 bignum": ("c24101 c2420001 c34101 c249010000000000000000 c240", NOT_CANONICAL),
    "CB33 tag 24": ("d8184100 d818421800", NOT_CANONICAL),
    "CB34 shared and cyclic": ("d81c80 d81c81d81d00 82d81c00d81d00", NOT_CANONICAL),
    "CB35 host objects": ("d8236161 d8255000000000000000000000000000000000 d9010080 d9010280", NOT_CANONICAL),
    "CB36 reserved information": ("1c 3d 5e 7c 9d be dc fd 81fe", MALFORMED),
    "CB37 31 on integers and tags": ("1f 3f df00 811f", MALFORMED),
    "CB38 stray break": ("ff 81ff a1ff00 a16161ff c0ff", MALFORMED),
    "CB39 odd indefinite map": ("bf6161ff bf616100ff00 bf6161006162ff", MALFORMED),
    "CB40 too deep": (f"{'81' * 17}00 {'81' * 16}80 {'a16161' * 17}00 {'c1' * 17}00", NOT_CANONICAL),
    "CB41 length claims": (
        "5b7fffffffffffffff 7bffffffffffffffff 9b7fffffffffffffff bbffffffffffffffff 829bffffffffffffffff00",
        MALFORMED,
    ),
    "CB42 integer out of range": (
        "1b0020000000000000 3b001fffffffffffff 1bffffffffffffffff 3bffffffffffffffff",
        NOT_CANONICAL,
    ),
    "CB43 key that is no text": ("a10000 a1410000 a18000 a1a000 a12000 a1f500 a1f600", NOT_CANONICAL),
    "CB44 keys that hosts merge": ("a20100f500 a20000f400 a30100f500f93c0000 a2416100616100", NOT_CANONICAL),
}


@pytest.mark.parametrize("name", CLASSES)
def test_class_of_refusal(name: str) -> None:
    inputs, code = CLASSES[name]
    assert {encoded: refusal(bytes.fromhex(encoded)) for encoded in inputs.split()} == dict.fromkeys(
        inputs.split(), code
    )


def test_nothing_at_all_is_malformed() -> None:
    """CB20."""
    assert refusal(b"") == MALFORMED


@pytest.mark.parametrize("text", ["\x00", "\u202e", "A\u030a", "\ufeff"])
def test_no_text_is_refused_for_its_characters(text: str) -> None:
    """CB24: identifiers are judged where they are read, and nothing is normalised."""
    assert decode(encode({text: text})) == {text: text}


def test_refused_at_every_cut_and_with_any_byte_after_it() -> None:
    """CB16 and CB19."""
    whole = encode({"id": "x", "list": [1, -500, True, {"a": b"1234"}], "text": "ü" * 30, "zz": 2**40})
    assert {refusal(whole[:size]) for size in range(len(whole))} == {MALFORMED}
    assert {refusal(whole + bytes([byte])) for byte in range(256)} == {MALFORMED}


def test_depth_has_an_exact_limit() -> None:
    deepest = nested(MAX_DEPTH)
    assert decode(encode(deepest)) == deepest
    with pytest.raises(CanonicalError, match="too-deep"):
        encode(nested(MAX_DEPTH + 1))
    assert refusal(b"\x81" * MAX_DEPTH + b"\x00") is None
    assert refusal(b"\x81" * MAX_DEPTH + b"\x80") == NOT_CANONICAL
    assert refusal(b"\x81" * (MAX_DEPTH - 1) + b"\x80") is None


@pytest.mark.parametrize("data, items", [(b"\x00", 1), (b"\x80", 1), (encode({"a": [1, {}]}), 5)])
def test_items_have_an_exact_limit(data: bytes, items: int) -> None:
    decode(data, max_items=items)
    with pytest.raises(CanonicalError, match="too-many-items"):
        decode(data, max_items=items - 1)


def test_the_limit_of_items_counts_chunks_and_tags_but_no_breaks() -> None:
    data = bytes.fromhex("9fc15f4041ffffff")
    for max_items in range(5):
        with pytest.raises(CanonicalError, match="too-many-items"):
            decode(data, max_items=max_items)
    with pytest.raises(CanonicalError, match="indefinite"):
        decode(data, max_items=5)


@pytest.mark.parametrize(
    "encoded, code, why",
    [
        ("c000", NOT_CANONICAL, "tag"),
        ("82f93c00c000", NOT_CANONICAL, "float"),
        ("f6", NOT_CANONICAL, "simple"),
        ("9fff", NOT_CANONICAL, "indefinite"),
        ("1817", NOT_CANONICAL, "not-shortest"),
        ("1b0020000000000000", NOT_CANONICAL, "integer"),
        ("81" * 17 + "00", NOT_CANONICAL, "too-deep"),
        ("a10000", NOT_CANONICAL, "map-key"),
        ("a1410000", NOT_CANONICAL, "map-key"),
        ("a2616100616100", NOT_CANONICAL, "map-key"),
        ("a2616200616100", NOT_CANONICAL, "key-order"),
        ("61ff", NOT_CANONICAL, "text"),
        ("6261", MALFORMED, "truncated"),
        ("0000", MALFORMED, "trailing"),
        ("1c", MALFORMED, "reserved"),
        ("f801", MALFORMED, "simple"),
        ("ff", MALFORMED, "break"),
        ("5f00ff", MALFORMED, "chunk"),
    ],
)
def test_a_person_is_told_why(encoded: str, code: str, why: str) -> None:
    with pytest.raises(CanonicalError) as raised:
        decode(bytes.fromhex(encoded))
    assert (raised.value.code, raised.value.why) == (code, why)


class Text(str):
    __slots__ = ()


@pytest.mark.parametrize(
    "value, why",
    [
        (None, "type"),
        (1.0, "type"),
        ((1, 2), "type"),
        (bytearray(b"x"), "type"),
        (Text("x"), "type"),
        ({Text("x"): 1}, "map-key"),
        ({1: 2}, "map-key"),
        ({1: 2, "a": 3}, "map-key"),
        (MAX_INTEGER + 1, "integer"),
        ([{"a": -MAX_INTEGER - 1}], "integer"),
        ("\ud800", "text"),
        ({"\ud800": 1, "a": 2}, "text"),
        (cbor2.CBORTag(1, 0), "type"),
        (cbor2.undefined, "type"),
    ],
)
def test_encode_refuses_what_is_outside_the_profile(value: Value, why: str) -> None:
    with pytest.raises(CanonicalError) as raised:
        encode([value])
    assert (raised.value.code, raised.value.why) == (NOT_CANONICAL, why)


def test_encode_survives_a_cycle_and_changes_nothing() -> None:
    cycle: list[Value] = []
    cycle.append(cycle)
    with pytest.raises(CanonicalError, match="too-deep"):
        encode(cycle)
    unsorted: dict[str, Value] = {"bb": 1, "a": 2}
    encode(unsorted)
    assert list(unsorted) == ["bb", "a"]


class PanicException(BaseException):
    """Named as the class that no one can import."""


@pytest.mark.parametrize(
    "thrown, caught",
    [
        (PanicException(), CanonicalError),
        (OverflowError(), CanonicalError),
        (cbor2.CBORDecodeEOF(), CanonicalError),
        (KeyboardInterrupt(), KeyboardInterrupt),
        (SystemExit(), SystemExit),
        (MemoryError(), MemoryError),
        (RecursionError(), RecursionError),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else "",
)
def test_what_cbor2_throws(thrown: BaseException, caught: type[BaseException], monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer about the bytes becomes a refusal; one about the machine or its user goes on."""

    def loads(data: bytes, **options: object) -> object:
        raise thrown

    monkeypatch.setattr(cbor2, "loads", loads)
    with pytest.raises(caught):
        decode(b"\x00")


def test_cbor2_is_asked_to_be_strict(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of these, results show the first alone; the others bound what is built before it is refused."""
    asked: dict[str, Any] = {}

    def loads(data: bytes, **options: object) -> int:
        asked.update(options)
        return 0

    monkeypatch.setattr(cbor2, "loads", loads)
    decode(b"\x00")
    with pytest.raises(CanonicalError, match="tag"):
        asked.pop("semantic_decoders")[7]
    assert asked == {
        "max_depth": MAX_DEPTH,
        "allow_indefinite": False,
        "allow_duplicate_keys": False,
        "strict_hashable_types": True,
    }


@pytest.mark.parametrize("name", BUILDERS)
def test_hostile_input_costs_little_memory(name: str) -> None:
    tests = Path(__file__).parent
    run = subprocess.run(
        [sys.executable, "-m", "support.hostile", name],
        cwd=tests,
        env={**os.environ, "PYTHONPATH": os.pathsep.join((str(tests.parent), str(tests)))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.stdout.strip(), run.stderr) == (BUILDERS[name].code, "")


def outcome(data: bytes, max_items: int | None) -> str:
    """Return the value, told apart by type too, or the code."""
    try:
        return repr(decode(data, max_items=max_items))
    except CanonicalError as error:
        return error.code


def expected_outcome(data: bytes, max_items: int | None) -> str:
    try:
        return repr(cbor_walker.decode(data, max_items))
    except cbor_walker.RefusedError as refused:
        return refused.code


@pytest.mark.parametrize("seed", range(8))
def test_a_reader_without_cbor2_decides_the_same(seed: int) -> None:
    """Values and codes alike, on mutants of sound items and on loosely generated ones."""
    rng = random.Random(seed)
    codes = {MALFORMED: 0, NOT_CANONICAL: 0, "accepted": 0}
    for _ in range(15_000):
        data = cbor_mutants.draw(rng)
        max_items = rng.choice([None, None, rng.randrange(12)])
        found = outcome(data, max_items)
        assert found == expected_outcome(data, max_items), data.hex()
        codes[found if found in codes else "accepted"] += 1
    assert min(codes.values()) > 1_000, codes


VALUES: st.SearchStrategy[Value] = st.recursive(
    st.one_of(st.booleans(), st.integers(-MAX_INTEGER, MAX_INTEGER), st.text(), st.binary()),
    lambda children: st.lists(children) | st.dictionaries(st.text(), children),
    max_leaves=20,
)


@given(VALUES)
def test_what_is_encoded_decodes_to_itself(value: Value) -> None:
    encoded = encode(value)
    assert repr(encode(decode(encoded))) == repr(encoded)
    assert decode(encoded) == value
    assert repr(cbor_walker.decode(encoded)) == repr(decode(encoded))


@given(st.binary(max_size=64))
def test_what_is_decoded_encodes_to_itself(data: bytes) -> None:
    try:
        value = decode(data)
    except CanonicalError:
        return
    assert encode(value) == data


@given(st.dictionaries(st.text(max_size=40), st.just(0)))
def test_keys_are_in_bytewise_order_of_their_encodings(value: dict[str, Value]) -> None:
    decoded = decode(encode(value))
    assert isinstance(decoded, dict)
    encodings = [encode(key) for key in decoded]
    assert encodings == sorted(encodings)
