"""The parts of a run's state: passes, values, deviations, facts that need one, and leave for actions."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from opsproof_verify.canonical import Value
from opsproof_verify.contract import SEVERITIES, Pack, Scalar, ValueSpec
from opsproof_verify.fields import DECIMAL, Ref
from opsproof_verify.kinds import DeviationRaised

PassId = tuple[str, int]


class Broken(Exception):  # noqa: N818 - what a journal is
    """The journal holds whole frames that do not continue it."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A value of a pass; ``ref`` is the entry that holds it, ``current`` whether it counts still."""

    ref: Ref
    step: PassId
    name: str
    value: Scalar
    current: bool


@dataclass(frozen=True, slots=True)
class PassState:
    """One pass of a step: ``state`` is open, completed or skipped.

    ``checked`` and ``worked`` are the entries of the last check that counts and of the last work but start and end; 0
    if there is none.
    """

    step: str
    number: int
    started_ms: int
    state: str
    released: bool
    checked: int
    worked: int

    @property
    def outdated(self) -> bool:
        """Whether something was recorded or made void after its last check (SPEC 9.10-41)."""
        return self.state == "completed" and 0 < self.checked < self.worked

    @property
    def ended(self) -> bool:
        """Whether it is completed or skipped."""
        return self.state != "open"

    @property
    def skipped(self) -> bool:
        """Whether it is not done."""
        return self.state == "skipped"


@dataclass(frozen=True, slots=True)
class DeviationState:
    """A deviation and what became of it; ``steps`` is its scope, of values too, empty for every step (SPEC 8.4-4)."""

    ref: Ref
    actor: str
    raised: DeviationRaised
    steps: tuple[str, ...]
    ruling: str | None
    released: bool
    remediated: bool
    closed: bool

    def severity(self, pack: Pack | None) -> str:
        """Give the severity that counts: the recorded one, or the least that the pack sets (SPEC 6.7-1)."""
        reason = pack.reasons.get(self.raised.reason) if pack else None
        return max(self.raised.severity, reason.severity if reason else "minor", key=SEVERITIES.index)

    def concerns(self, step: str) -> bool:
        """Tell whether a step is in its scope; one that names nothing is about every step."""
        return step in self.steps or not (self.steps or self.raised.values)


@dataclass(frozen=True, slots=True)
class Fact:
    """Something outside the contract that a deviation has to cover; of the whole run if ``step`` is None."""

    seq: int
    step: str | None
    number: int | None
    what: str
    value: bool  # whether it is about the value that entry `seq` holds


@dataclass(frozen=True, slots=True)
class Leave:
    """An authorised action that was not taken yet (SPEC 6.4, `authorised`)."""

    ref: Ref
    step: PassId
    actor: str
    action: str
    arguments: bytes
    expires_ms: int

    def fits(self, at: PassId, action: str, arguments: bytes) -> bool:
        """Tell whether it is for exactly this."""
        return (self.step, self.action, self.arguments) == (at, action, arguments)


def limit_flaw(spec: ValueSpec, value: Scalar) -> str | None:
    """Say how a value lies outside its limits; None if it does not, or has none."""
    if isinstance(value, bool) or spec.type not in {"decimal", "integer"} or not DECIMAL.fullmatch(str(value)):
        return None  # a value that does not fit, as another recorder may write, has no limits either
    number, unit = Decimal(str(value)), f" {spec.unit}" if spec.unit else ""
    if spec.min is not None and number < Decimal(spec.min):
        return f"{value}{unit} is below its limit {spec.min}{unit}"
    if spec.max is not None and number > Decimal(spec.max):
        return f"{value}{unit} is above its limit {spec.max}{unit}"
    return None


def to_ref(ref: Ref) -> list[Value]:
    """Give a ref as a record writes it (SPEC 4.2-8)."""
    return [ref.seq, ref.leaf]
