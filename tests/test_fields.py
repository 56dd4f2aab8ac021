"""Readers of decoded values: each accepts exactly its type and range, and says where it refused (SPEC 4.2)."""

from typing import Any

import pytest

from opsproof_verify import fields
from opsproof_verify.fields import Fields, Ref
from opsproof_verify.findings import Rejected, Time

REFUSED = "refused"
DIGEST = bytes(range(32))


def read(reader: fields.Reader[Any], value: object) -> object:
    try:
        return reader(value)
    except Rejected as refusal:
        return REFUSED if refusal.code == "record.malformed" else refusal.code


CASES: dict[str, tuple[fields.Reader[Any], list[object], list[object]]] = {
    "id": (fields.ident, ["a", "0", "a.b_c-d", "a" * 64], ["", "A", ".a", "a" * 65, "a\n", "ä", "a b", 1, b"a", True]),
    "token": (fields.token, ["!", "a b", "~" * 128], ["", " a", "a ", "a" * 129, "a\t", "ä", "a\n", 1]),
    "media": (fields.media, ["a/b", "image/svg+xml", "a" * 63 + "/b"], ["a", "A/b", "a/", "a/b;c", "a" * 64 + "/b", 1]),
    "line": (
        fields.line,
        ["x", " ", "ä" * 128, "x" * 256],
        ["", "ä" * 129, "x" * 257, "a\nb", "\x7f", "\x9f", "\u2028", 1],
    ),
    "prose": (fields.prose, ["a\n\tb", "x" * 16_384], ["", "x" * 16_385, "\x0b", "\r", "\u2029", None]),
    "unit": (fields.unit, ["kg", "µ" * 16], ["", "µ" * 17, "x" * 33]),
    "decimal": (
        fields.decimal,
        ["0", "-1", "0.0", "42.50", "9" * 18 + "." + "9" * 18, "-0.1"],
        ["", "-0", "-0.00", "01", "1.", ".1", "1e3", "+1", "1" * 19, "1." + "1" * 19, "1\n", "\u0661", 1],
    ),
    "uint": (fields.uint, [0, 2**53 - 1], [-1, 2**53, True, "0", 0.0]),
    "positive": (fields.positive, [1], [0, False]),
    "digest": (fields.digest, [DIGEST], [b"", DIGEST + b"x", "x" * 32, None]),
    "nonce": (fields.nonce, [bytes(16)], [bytes(15)]),
    "blob": (fields.blob, [b"", b"x"], ["", None]),
    "boolean": (fields.boolean, [True, False], [0, 1, "true", None]),
    "scalar": (
        fields.scalar,
        ["x" * 1024, 0, -(2**53) + 1, True, False],
        ["", "x" * 1025, "a\n", 2**53, b"x", 1.0, None],
    ),
    "word": (fields.word("a", "b"), ["a", "b"], ["c", "", 1, None]),
}


@pytest.mark.parametrize("name", CASES)
def test_a_reader_accepts_its_own_and_nothing_else(name: str) -> None:
    reader, good, bad = CASES[name]
    assert [read(reader, value) for value in good] == good
    assert [read(reader, value) for value in bad] == [REFUSED] * len(bad)


@pytest.mark.parametrize(
    "value, expected",
    [
        ([0, 0], Time(0, 0)),
        ([2**53 - 1, -1439], Time(2**53 - 1, -1439)),
        ([1, 1439], Time(1, 1439)),
        ([-1, 0], REFUSED),
        ([0, 1440], REFUSED),
        ([0, -1440], REFUSED),
        ([2**53, 0], REFUSED),
        ([True, 0], REFUSED),
        ([0, False], REFUSED),
        ([0], REFUSED),
        ([0, 0, 0], REFUSED),
        (0, REFUSED),
        ({}, REFUSED),
    ],
)
def test_a_time_is_milliseconds_and_an_offset(value: object, expected: object) -> None:
    assert read(fields.time, value) == expected


@pytest.mark.parametrize(
    "value, expected",
    [([0, DIGEST], Ref(0, DIGEST)), ([0, b""], REFUSED), ([-1, DIGEST], REFUSED), ([0], REFUSED), ("x", REFUSED)],
)
def test_a_ref_is_a_number_and_a_leaf(value: object, expected: object) -> None:
    assert read(fields.ref, value) == expected


def test_arrays_have_a_length_and_if_demanded_no_duplicates() -> None:
    some = fields.array(fields.uint, 1, 3)
    assert [read(some, value) for value in ([1], [1, 1, 1])] == [(1,), (1, 1, 1)]
    assert [read(some, value) for value in ([], [1] * 4, (1,), "1", None, [-1])] == [REFUSED] * 6
    distinct = fields.array(fields.uint, distinct=True)
    assert [read(distinct, value) for value in ([], [1, 2], [1, 2, 1])] == [(), (1, 2), REFUSED]


def test_maps_have_keys_of_one_kind() -> None:
    reader = fields.mapping(fields.ident, fields.uint)
    values: tuple[object, ...] = ({}, {"a": 1}, {"A": 1}, {"a": -1}, [], None)
    assert [read(reader, value) for value in values] == [
        {},
        {"a": 1},
        REFUSED,
        REFUSED,
        REFUSED,
        REFUSED,
    ]


def refused_at(reader: fields.Reader[Any], value: object) -> tuple[object, object]:
    with pytest.raises(Rejected) as caught:
        reader(value)
    return caught.value.facts["path"], caught.value.facts["why"]


def test_a_refusal_says_where_and_why() -> None:
    def outer(value: object) -> object:
        members = Fields(value)
        rows = members.get("rows", fields.array(inner))
        members.done()
        return rows

    def inner(value: object) -> object:
        members = Fields(value)
        found = members.get("sizes", fields.array(fields.positive)), members.opt("by-name", names)
        members.done()
        return found

    names = fields.mapping(fields.ident, fields.uint)
    assert refused_at(outer, []) == ("", "map")
    assert refused_at(outer, {}) == ("rows", "missing")
    assert refused_at(outer, {"rows": [], "more": 1}) == ("", "unknown-member")
    assert refused_at(outer, {"rows": [{"sizes": []}, {"sizes": [1, 0]}]}) == ("rows[1].sizes[1]", "integer")
    assert refused_at(outer, {"rows": [{"sizes": [], "by-name": {"a": 1, "b": -1}}]}) == (
        "rows[0].by-name[1]",
        "integer",
    )
    assert outer({"rows": [{"sizes": [3], "by-name": {"a": 1}}]}) == (((3,), {"a": 1}),)


def test_bytes_that_are_no_cbor_are_refused_with_their_code() -> None:
    for body, code in ((b"", "cbor.malformed"), (b"\xf6", "cbor.not-canonical")):
        with pytest.raises(Rejected) as caught:
            fields.decoded(body)
        assert caught.value.code == code
    assert fields.decoded(b"\xa0") == {}
