"""What an entry costs, by measures that no clock is part of: calls of functions, and bytes that are held.

The cost of a kind is the slope between bundles with more and more of it: start-up and contract fall away. Calls are
those of Python and of C that the interpreter sees; the same bundle always gives the same number. Python 3.11 makes the
most of them, since later ones inline comprehensions. When a bound is missed, first see whether the work is needed; when
the code got faster, lower the bound. `benchmarks/instructions.py` counts instructions, and sees inside of C, too.
"""

from __future__ import annotations

import gc
import importlib
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from support.bundles import DAY, ROOT, START

from opsproof_verify import Policy, TrustStore, Verdict, verify

sys.path.insert(0, str(ROOT / "benchmarks"))
making: Any = importlib.import_module("making")
inputs: Any = importlib.import_module("inputs")


def automated_line(path: Path, size: int) -> Any:
    """Passes of seven values each, one after the other, of fifty steps."""
    return inputs.line(path, size, inputs.NARROW)


def notes(path: Path, size: int) -> Any:
    return noted(path, size, making.ATTEST_EVERY)


def attested_notes(path: Path, size: int) -> Any:
    return noted(path, size // 2, 1)


def noted(path: Path, count: int, every: int) -> Any:
    with path.open("wb") as stream:
        run = making.Run(stream, making.contract("scan", inputs.slot_steps()), every)
        start, note, end = (
            run.kind(kind, **inputs.place("scan"), **more)
            for kind, more in (("step-started", {}), ("note", {"text": "As it should be."}), ("step-completed", {}))
        )
        run.write(start, inputs.FIRST)
        for _ in range(count):
            run.write(note, inputs.FIRST)
        run.write(end, inputs.FIRST)
        run.finish()
    return run


def evidence(path: Path, size: int) -> Any:
    return inputs.scanned(path, inputs.small_bodies(size, 64))


class Cost(NamedTuple):
    """How a bundle with about so many entries is written, and the most that one more entry may cost."""

    write: Callable[[Path, int], Any]
    calls: float
    held: float  # bytes by which the peak of memory grows


#: The bounds: about a tenth above what was measured last.
COSTS = {
    "an entry of an automated line": Cost(automated_line, calls=85, held=45),
    "a note": Cost(notes, calls=116, held=17),
    "a note or its attestation": Cost(attested_notes, calls=95, held=6),
    "an evidence item": Cost(evidence, calls=440, held=30),
}
#: Entries of the bundles whose calls are counted, and of those whose peaks are compared: what is read ahead or kept of
#: the last entries only is full by then.
COUNTED = (3_000, 6_000, 12_000)
PEAKS = (6_000, 18_000)
#: By how much an entry may cost more in the second half of a bundle than in the half before. It may cost less: a reader
#: that learns shapes is slower before it has.
BEND = 0.03


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Path], None]]:
    """A call that verifies a bundle; what is imported or built once is there before the first."""
    folder = tmp_path_factory.mktemp("cost")
    policy, trust = Policy.load("baseline"), TrustStore.load(making.write_trust(folder / "trust.toml"))

    def verified(bundle: Path) -> None:
        assert verify(bundle, policy, trust, at=START + 365 * DAY).verdict is Verdict.FINAL

    for name, cost in COSTS.items():
        cost.write(folder / name, 1_000)
        verified(folder / name)
    gc.collect()
    gc.disable()
    yield verified
    gc.enable()


def calls(verified: Callable[[Path], None], bundle: Path) -> int:
    """Count the calls that verifying a bundle takes."""
    count = 0

    def see(_: object, event: str, __: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(see)
    try:
        verified(bundle)
    finally:
        sys.setprofile(before)
    return count


def peak(verified: Callable[[Path], None], bundle: Path) -> int:
    """Give the most bytes held while a bundle is verified."""
    tracemalloc.start()
    try:
        verified(bundle)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("kind", COSTS)
def test_calls_are_bounded_and_never_grow_faster_than_entries(
    kind: str, run: Callable[[Path], None], tmp_path: Path
) -> None:
    bundle, cost = tmp_path / "bundle.opb", COSTS[kind]
    found = []
    for size in COUNTED:
        entries = cost.write(bundle, size).count
        found.append((entries, calls(run, bundle)))
    assert calls(run, bundle) == found[-1][1]  # the same bundle, the same number
    first, second = ((b[1] - a[1]) / (b[0] - a[0]) for a, b in pairwise(found))
    assert second <= first * (1 + BEND)
    assert second <= cost.calls


@pytest.mark.parametrize("kind", COSTS)
def test_memory_is_bounded(kind: str, run: Callable[[Path], None], tmp_path: Path) -> None:
    bundle, cost = tmp_path / "bundle.opb", COSTS[kind]
    found = []
    for size in PEAKS:
        entries = cost.write(bundle, size).count
        found.append((entries, peak(run, bundle)))
    (few, low), (many, high) = found
    assert (high - low) / (many - few) <= cost.held
