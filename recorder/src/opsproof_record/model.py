"""The parts of a run's state: passes, values, deviations, and facts that need a deviation."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from opsproof_verify.canonical import Value
from opsproof_verify.contract import Scalar, ValueSpec
from opsproof_verify.entries import DeviationRaised
from opsproof_verify.fields import Ref

PassId = tuple[str, int]


class Broken(Exception):  # noqa: N818 - what a journal is
    """The journal holds whole frames that do not continue it."""


@dataclass(slots=True)
class Recorded:
    """A value of a pass as it stands now; ``ref`` is the entry that holds it."""

    ref: Ref
    step: PassId
    name: str
    value: Scalar


@dataclass(slots=True)
class PassState:
    """One pass of a step."""

    started_ms: int
    ended: bool = False
    skipped: bool = False
    released: bool = False
    performers: set[str] = field(default_factory=set)
    values: dict[str, Recorded] = field(default_factory=dict)
    items: dict[str, int] = field(default_factory=dict)  # by slot


@dataclass(slots=True)
class DeviationState:
    """A deviation and what became of it."""

    ref: Ref
    raised: DeviationRaised
    ruling: str | None = None
    released: bool = False


@dataclass(slots=True)
class Fact:
    """Something outside the contract that a deviation has to cover."""

    seq: int
    step: PassId
    what: str
    value: Ref | None = None  # the value's entry; None for a fact about the step


def limit_flaw(spec: ValueSpec, value: Scalar) -> str | None:
    """Say how a value lies outside its limits; None if it does not, or has none."""
    if isinstance(value, bool) or spec.type not in {"decimal", "integer"}:
        return None
    number, unit = Decimal(str(value)), f" {spec.unit}" if spec.unit else ""
    if spec.min is not None and number < Decimal(spec.min):
        return f"{value}{unit} is below its limit {spec.min}{unit}"
    if spec.max is not None and number > Decimal(spec.max):
        return f"{value}{unit} is above its limit {spec.max}{unit}"
    return None


def to_ref(ref: Ref) -> list[Value]:
    """Give a ref as a record writes it (SPEC 4.2-8)."""
    return [ref.seq, ref.leaf]
