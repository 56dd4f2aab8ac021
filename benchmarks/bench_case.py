"""What every case has: a folder, sizes, rounds; and what it gives: tables, and what had to be reached."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from measuring import KIB, MIB, Taken, ratio


@dataclass(frozen=True)
class Sizes:
    """How much is measured; these are the full sizes."""

    bodies: int = 8
    body: int = 256 * MIB
    large: int = 1024 * MIB
    asset: int = 256  # MiB
    items: int = 100_000
    item: int = KIB
    links: int = 3_000
    entries: tuple[int, ...] = (100_000, 1_000_000)
    attestations: int = 100_000
    bundles: int = 1_000
    singles: int = 100
    growth_bytes: tuple[int, ...] = (10**6, 10**7, 10**8, 10**9, 8 * 10**9)
    growth_entries: tuple[int, ...] = (1_000, 10_000, 100_000, 1_000_000)
    hostile_bytes: int = 10 * MIB
    hostile_items: int = 1_000_000


#: Small sizes, to try the benchmarks themselves.
QUICK = Sizes(
    body=8 * MIB,
    large=32 * MIB,
    asset=8,
    items=1_000,
    links=100,
    entries=(5_000,),
    attestations=500,
    bundles=20,
    singles=5,
    growth_bytes=(10**6, 10**8),
    growth_entries=(3_000, 10_000),
    hostile_bytes=256 * KIB,
    hostile_items=10_000,
)


@dataclass(frozen=True)
class Bench:
    """Where a case works, with which trust store, how much and how often."""

    folder: Path
    trust: Path
    sizes: Sizes
    rounds: int


@dataclass
class Goal:
    """What must be reached, and what was."""

    what: str
    need: str
    got: str
    reached: bool | None  # None: not measured


@dataclass
class Result:
    """What a case found."""

    title: str
    notes: list[str] = field(default_factory=list)
    tables: list[dict[str, Any]] = field(default_factory=list)
    goals: list[Goal] = field(default_factory=list)
    data: dict[str, Any] = field(default_factory=dict)

    def table(self, head: str, rows: list[list[str]]) -> None:
        """Add a table; the columns of its head are divided by ``|``."""
        self.tables.append({"head": [one.strip() for one in head.split("|")], "rows": rows})

    def least(self, what: str, need: float, got: float | None) -> None:
        """Note that something must be at least so much."""
        reached = None if got is None else got >= need
        self.goals.append(Goal(what, f"at least {need:g}", number(got), reached))

    def most(self, what: str, need: float, got: float | None, unit: str = "") -> None:
        """Note that something may be at most so much."""
        reached = None if got is None else got <= need
        self.goals.append(Goal(what, f"at most {need:g}{unit}", number(got) + unit * (got is not None), reached))

    def plain(self) -> dict[str, Any]:
        """Give it as data."""
        return asdict(self)


def number(value: float | None) -> str:
    """Write a number with three digits that say something; "not measured" for none."""
    if value is None:
        return "not measured"
    if abs(value) >= 100 or value == 0:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def mib(kib: float) -> str:
    """Write KiB as MiB."""
    return f"{kib / KIB:.1f}"


def speed(ours: Taken | None, theirs: Taken, scale: float = 1.0) -> float | None:
    """Give how many times as fast as theirs ours was, the median of the rounds; None if ours was not measured."""
    return None if ours is None else ratio(theirs, ours, scale)


def named(workers: int) -> str:
    """Name our command with so many processes."""
    return f"opsproof-verify, {workers} {'process' if workers == 1 else 'processes'}"
