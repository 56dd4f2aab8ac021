"""What an entry costs in memory, and that beyond its pages the state does not grow (ADR 25, ADR 29)."""

import gc
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from test_memory import FEW, PAGES, SLACK, Feed, at, begun, entries_of_further_values

from opsproof_verify import compact
from opsproof_verify.recall import ENTRIES

MANY = 8_000
WARM = 4_000  # entries after which all is at hand that ever is


@pytest.fixture
def feed(tmp_path: Path) -> Iterator[Feed]:
    """Give a run that has begun."""
    with (tmp_path / "entries").open("w+b") as stream:
        yield begun(Feed(stream))


def entries_of_passes(feed: Feed, numbers: range) -> None:
    for number in numbers[::2]:
        feed.write("step-started", **at(number))
        feed.write("step-completed", **at(number))


def entries_of_values(feed: Feed, numbers: range) -> None:
    for number in numbers[::2]:
        feed.write("value-recorded", **at(number), name="mass", value="1.00")
        feed.write("value-recorded", **at(number), name="count", value=1)


def entries_of_values_out_of_limits(feed: Feed, numbers: range) -> None:
    for _ in numbers:
        feed.write("value-recorded", **at(1), name="mass", value="11.00")


def entries_of_corrections(feed: Feed, numbers: range) -> None:
    named = feed.write("value-recorded", **at(1), name="mass", value="1.00")
    for _ in numbers:
        named = feed.write("correction", corrects=named, old="1.00", new="1.00", why="Why not.")


def entries_of_items(feed: Feed, numbers: range) -> None:
    for number in numbers:
        item = {"digest": number.to_bytes(32), "size": 1, "media": "image/png"}
        feed.write("evidence-added", **at(1), slot="photo", **item)


def entries_of_leaves(feed: Feed, numbers: range) -> None:
    for _ in numbers:
        expires = {"for": "agent-1", "action": "open", "arguments": bytes(32), "expires": [0, 0]}
        feed.write("authorised", **at(1), **expires)


def entries_of_handovers(feed: Feed, numbers: range) -> None:
    for number in numbers:
        feed.write("transferred", digest=number.to_bytes(32), to="nobody", reason="Stored.")


def entries_of_unknown_steps(feed: Feed, numbers: range) -> None:
    for number in numbers:
        feed.write("value-recorded", step=f"unknown-{number}", pass_=1, name="mass", value="1.00")


#: Bytes an entry: 4 for the file to remember it, and what ADR 25 says of what it does.
COSTS: dict[Callable[[Feed, range], None], float] = {
    entries_of_passes: 4 + (51 + 8 + 22) / 2,
    entries_of_values: 4 + (51 + 8 + 22) / 2,
    entries_of_further_values: 4 + 22,
    entries_of_values_out_of_limits: 4 + 22,
    entries_of_corrections: 4 + 16,
    entries_of_items: 4 + 22,
    entries_of_leaves: 4,
    entries_of_handovers: 4 + 22 + 0.25,
    entries_of_unknown_steps: 4 + 22 + 22,
}


def growth(feed: Feed, write: Callable[[Feed, range], None]) -> int:
    """Give the bytes by which the state grows with ``MANY`` entries."""
    gc.collect()
    tracemalloc.start()
    try:
        write(feed, range(1, WARM))
        feed.take()
        for seq in range(1, WARM - 1, ENTRIES):
            feed.recall.get(seq)  # has as many blocks at hand as there ever are
        gc.collect()
        before = tracemalloc.get_traced_memory()[0]
        for begin in range(WARM, WARM + MANY, WARM):
            write(feed, range(begin, begin + WARM))
            feed.take()
        gc.collect()
        return tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("write", COSTS, ids=lambda write: write.__name__)
def test_the_state_grows_by_the_bytes_that_are_documented(write: Callable[[Feed, range], None], feed: Feed) -> None:
    assert growth(feed, write) < PAGES * COSTS[write] * MANY + SLACK


@pytest.mark.parametrize("write", COSTS, ids=lambda write: write.__name__)
def test_beyond_its_pages_the_state_does_not_grow(
    write: Callable[[Feed, range], None], feed: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compact, "HELD", FEW)
    assert growth(feed, write) < SLACK + 3 * FEW * compact.PAGE
