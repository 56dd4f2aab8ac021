"""Containers of known size do what `dict`, `set` and `list` do, in the bytes that they say."""

import tracemalloc
from collections.abc import Callable
from io import FileIO
from pathlib import Path
from tempfile import gettempdir
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from opsproof_verify import compact
from opsproof_verify.compact import PAGE, Group, Keyed, Marks, Names, Numbers, Rows, Store, Table

MANY = 20_000
PAGES = 1.05  # what a page takes beside its bytes, as a share of them
ROOM = 6_000  # one page more, and the container itself

numbers = st.integers(0, 2**53 - 1) | st.integers(0, 3_000)
some = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
near = st.integers(0, 3_000) | st.integers(0, 2**20)


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


@pytest.fixture(params=[1, 2, 512], ids=lambda pages: f"{pages}-pages", autouse=True)
def pages(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """Give next to nothing at hand, and all."""
    monkeypatch.setattr(compact, "HELD", request.param)
    return int(request.param)


places = st.integers(0, 5 * PAGE)


@pytest.mark.untraced
@some
@given(st.lists(st.tuples(places, st.binary(max_size=40) | st.binary(min_size=PAGE, max_size=3 * PAGE))), places)
def test_a_store_is_bytes_that_grow(pieces: list[tuple[int, bytes]], other: int) -> None:
    made, like = Store(), bytearray(10 * PAGE)
    for at, piece in pieces:
        made.write(at, piece)
        like[at : at + len(piece)] = piece
        assert made.read(other, 2 * PAGE) == like[other : other + 2 * PAGE]
    assert made.read(0, len(like)) == like
    assert made.size == max((at + len(piece) for at, piece in pieces), default=0)


@pytest.mark.untraced
def test_a_store_takes_so_many_pages_and_no_more(pages: int) -> None:
    def fill_it() -> Store:
        made = Store()
        for number in range(MANY):
            made.write(number * 200, number.to_bytes(200))
        return made

    assert held(fill_it) < min(pages, MANY * 200 // PAGE + 1) * PAGE * PAGES + ROOM


class Short(FileIO):
    """Takes half of what is written."""

    def write(self, data: Any) -> int:
        return super().write(bytes(data)[: PAGE // 2])


@pytest.mark.parametrize(
    "full", [lambda _: FileIO("/dev/full", "r+"), lambda path: Short(path, "w+")], ids=["full", "half"]
)
def test_a_temporary_file_that_is_full_says_so(
    full: Callable[[Path], FileIO], pages: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("tempfile.TemporaryFile", lambda **_: full(tmp_path / "file"))
    made = Store()
    for number in range(pages):
        made.write(number * PAGE, b"x")
    with pytest.raises(OSError, match="temporary file: No space left on device") as error:
        made.write(pages * PAGE, b"x")
    assert error.value.filename == gettempdir()


@some
@given(st.lists(st.tuples(st.integers(0, 2**64 - 1), st.binary(min_size=4, max_size=4))))
def test_rows_are_a_list(rows: list[tuple[int, bytes]]) -> None:
    made = Rows("Q4s")
    for row in rows:
        made.append(*row)
    assert (list(made), len(made), bool(made)) == (rows, len(rows), bool(rows))
    with pytest.raises(IndexError):
        made[len(rows)]


@some
@given(st.sets(numbers), numbers)
def test_keyed_rows_are_a_dictionary(known: set[int], other: int) -> None:
    made = Keyed("Q4s")
    for number in sorted(known):
        made.append(number, number + 1, b"four")
    for number in known | {other}:
        assert made.get(number) == ((number + 1, b"four") if number in known else None)
    assert list(made) == [(number, number + 1, b"four") for number in sorted(known)]
    assert (len(made), bool(made)) == (len(known), bool(known))


@some
@given(st.lists(st.tuples(st.booleans(), near)))
def test_numbers_are_a_set(changes: list[tuple[bool, int]]) -> None:
    made, like = Numbers(), set[int]()
    for add, number in changes:
        (made.add if add else made.discard)(number)
        (like.add if add else like.discard)(number)
    assert list(made) == sorted(like)
    assert all((number in made) == (number in like) for _, number in changes)


@some
@given(st.lists(st.tuples(st.binary(max_size=2), st.integers(0, 2**36 - 2))))
def test_a_table_is_a_dictionary_of_lists(pairs: list[tuple[bytes, int]]) -> None:
    made, like = Table(), dict[bytes, list[int]]()
    for key, number in pairs:
        made.put(key, number)
        like.setdefault(key, []).append(number)
    for key, found in like.items():
        assert sorted(made.find(key)) == sorted(found)


@some
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


@some
@given(st.lists(st.tuples(st.booleans(), st.text(max_size=1))))
def test_groups_are_sets_whose_names_share_their_numbers(changes: list[tuple[bool, str]]) -> None:
    names = Names[str]()
    made, other, like = Group(names), Group(names), set[str]()
    for add, name in changes:
        (made.add if add else made.discard)(name)
        (like.add if add else like.discard)(name)
        other.add(name)
    assert set(made) == like
    assert list(other) == list(dict.fromkeys(name for _, name in changes))


@some
@given(st.dictionaries(near, st.integers(0, 2**16 - 1)), near)
def test_marks_are_a_dictionary_of_small_numbers(like: dict[int, int], other: int) -> None:
    made = Marks()
    for number, mark in like.items():
        made.put(number, mark)
    assert {number: made.get(number) for number in like} == like
    assert made.get(other) == like.get(other, 0)


def fill(made: Any, each: Callable[[Any, int], object]) -> Any:
    for number in range(MANY):
        each(made, number)
    return made


@pytest.mark.untraced
@pytest.mark.parametrize(
    "make, each, most",
    [
        (lambda: Rows("QQHHH"), lambda made, n: made.append(n, n, 1, 2, 3), 22),
        (Numbers, lambda made, n: made.add(n), 1 / 8),
        (Table, lambda made, n: made.put(n.to_bytes(4), n), 22),
    ],
    ids=["rows", "numbers", "table"],
)
def test_a_container_takes_the_bytes_that_it_says(
    make: Callable[[], Any], each: Callable[[Any, int], object], most: float, pages: int
) -> None:
    assert held(lambda: fill(make(), each)) < min(MANY * most, pages * PAGE) * PAGES + ROOM
