"""Containers of known size do what `dict`, `set` and `list` do, in the bytes that they say."""

import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsproof_verify import compact
from opsproof_verify.compact import Keyed, Names, Numbers, Rows, Table

MANY = 20_000
GROWTH = 1.13  # a container that grows by steps has room for an eighth more

numbers = st.integers(0, 2**53 - 1) | st.integers(0, 3_000)


def held(make: Callable[[], Any]) -> int:
    """Give the bytes that what is made takes."""
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        made = make()
        after = tracemalloc.get_traced_memory()[0]
        del made
    finally:
        tracemalloc.stop()
    return after - before


@given(st.lists(st.tuples(st.integers(0, 2**64 - 1), st.binary(min_size=4, max_size=4))))
def test_rows_are_a_list(rows: list[tuple[int, bytes]]) -> None:
    made = Rows("Q4s")
    for row in rows:
        made.append(*row)
    assert (list(made), len(made), bool(made)) == (rows, len(rows), bool(rows))
    with pytest.raises(IndexError):
        made[len(rows)]


@given(st.sets(numbers), numbers)
def test_keyed_rows_are_a_dictionary(known: set[int], other: int) -> None:
    made = Keyed("Q4s")
    for number in sorted(known):
        made.add(number, number + 1, b"four")
    for number in known | {other}:
        assert made.get(number) == ((number + 1, b"four") if number in known else None)
    assert list(made) == [(number, number + 1, b"four") for number in sorted(known)]
    assert (len(made), bool(made)) == (len(known), bool(known))


@given(st.lists(st.tuples(st.booleans(), numbers)))
def test_numbers_are_a_set(changes: list[tuple[bool, int]]) -> None:
    made, like = Numbers(), set[int]()
    for add, number in changes:
        (made.add if add else made.discard)(number)
        (like.add if add else like.discard)(number)
    assert list(made) == sorted(like)
    assert all((number in made) == (number in like) for _, number in changes)


@given(st.lists(st.tuples(st.binary(max_size=2), st.integers(0, 2**36 - 2))))
def test_a_table_is_a_dictionary_of_lists(pairs: list[tuple[bytes, int]]) -> None:
    made, like = Table(), dict[bytes, list[int]]()
    for key, number in pairs:
        made.put(key, number)
        like.setdefault(key, []).append(number)
    for key, found in like.items():
        assert sorted(made.find(key)) == sorted(found)


@given(st.lists(st.tuples(st.binary(max_size=1), st.integers(0, 2**36 - 2))))
def test_in_a_table_a_number_takes_the_place_of_another(pairs: list[tuple[bytes, int]]) -> None:
    made, like = Table(), dict[bytes, int]()
    for key, number in pairs:
        made.put(key, number, *made.find(key))
        like[key] = number
    assert {key: made.find(key) for key in like} == {key: [number] for key, number in like.items()}


def test_a_table_tells_all_numbers_whose_keys_have_the_same_mark(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compact, "hash", lambda _: 2**28 - 1, raising=False)
    made = Table()
    for number in range(100):
        made.put(str(number), number)
    assert sorted(made.find("another")) == list(range(100))
    made.put("7", 1_000, 7)
    assert sorted(made.find("")) == sorted({*range(100), 1_000} - {7})


def test_a_table_finds_nothing_under_most_other_keys() -> None:
    made = Table()
    for number in range(MANY):
        made.put(f"key {number}", number)
    assert all(number in made.find(f"key {number}") for number in range(MANY))
    assert sum(len(made.find(f"other {number}")) for number in range(MANY)) < 50


def test_names_have_numbers() -> None:
    made = Names[str | None]()
    assert [made.number(name) for name in ("a", None, "a", "b")] == [0, 1, 0, 2]
    assert [made[number] for number in range(3)] == ["a", None, "b"]


def fill(made: Any, each: Callable[[Any, int], object]) -> Any:
    for number in range(MANY):
        each(made, number)
    return made


def test_rows_take_the_bytes_of_their_format() -> None:
    assert held(lambda: fill(Rows("QQHHH"), lambda rows, n: rows.append(n, n, 1, 2, 3))) < MANY * 22 * GROWTH + 1_000


def test_numbers_near_one_another_take_a_quarter_of_a_byte() -> None:
    assert held(lambda: fill(Numbers(), lambda made, n: made.add(n))) < MANY / 4 + 2_000


def test_what_a_table_holds_takes_at_most_22_bytes() -> None:
    assert held(lambda: fill(Table(), lambda made, n: made.put(n.to_bytes(4), n))) < MANY * 22 + 1_000
