"""What a run is made of, for the rules: actors, passes, values, out-of-contract facts, deviations (SPEC 6.4, 6.7)."""

from __future__ import annotations

import hashlib
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from opsproof_verify.compact import Group
from opsproof_verify.contract import Member, Reason, Scalar, ValueSpec
from opsproof_verify.entries import Entry
from opsproof_verify.fields import DECIMAL
from opsproof_verify.findings import Time
from opsproof_verify.kinds import Authorised, DeviationRuled, Transferred
from opsproof_verify.records import Item
from opsproof_verify.slotted import field, slotted

HUMAN = "human"

#: Kinds that say who did or allowed something: never final without their actor's attestation (SPEC 9.11-6).
ACCOUNTABLE = frozenset(
    {
        "assigned",
        "step-started",
        "step-completed",
        "step-skipped",
        "checked",
        "authorised",
        "acted",
        "released",
        "transferred",
        "received",
        "voided",
        "correction",
        "deviation-remediated",
        "deviation-closed",
    }
)


#: Entries taken at once: how many; when the last one was (ms); the name of the value of each, None where it is none;
#: how many waited at most for an attestation; how many still do; the key of the attestations among them, if there are.
Stretch: TypeAlias = tuple[int, int, tuple[str | None, ...], int, int, bytes | None]


class Placed(NamedTuple):
    """An entry where it stands: frame number, leaf, and the actor that wrote it."""

    entry: Entry
    leaf: bytes
    frame: int
    actor: Actor


@slotted()
class Actor:
    """An enrolled actor and its entries since its last attestation (SPEC 6.6-1)."""

    member: Member
    count: int = 0
    leaves: hashlib._Hash = field(default_factory=hashlib.sha256)
    accountable: bool = False  # among them one of a kind that is never final unattested
    others: bool = False
    at_once: bool = False  # the last entry is one that the policy wants attested at once
    last: tuple[int, int] | None = None  # seq and frame of its last entry
    since: int = -1  # seq of the entry that enrolled it, if it is not on the roster
    steps: int = 0  # bits of the contract's steps on which it worked

    @property
    def person(self) -> str:
        """The person behind the actor."""
        return self.member.person

    @property
    def persons(self) -> set[str]:
        """The persons whose work the actor's is: its own, and its principal's (SPEC 6.4-1)."""
        return {self.member.person, self.member.principal or self.member.person}

    @property
    def human(self) -> bool:
        """Whether the actor is a human."""
        return self.member.kind == HUMAN

    def holds(self, roles: tuple[str, ...]) -> bool:
        """Tell whether the actor has one of some roles."""
        return not set(self.member.roles).isdisjoint(roles)

    def write(self, leaf: bytes) -> None:
        """Add a leaf to the window."""
        self.count += 1
        self.leaves.update(leaf)

    def attest(self) -> None:
        """Begin a new window."""
        self.count, self.leaves = 0, hashlib.sha256()
        self.accountable, self.others, self.at_once = False, False, False


class Value(NamedTuple):
    """A recorded value or correction: where, when, what, and the pass and name that it is of."""

    leaf: bytes
    ms: int
    value: Scalar
    step: str
    number: int
    name: str


class Leave(NamedTuple):
    """An authorisation: where, what, and who gave it."""

    leaf: bytes
    what: Authorised
    giver: Actor


class Held(NamedTuple):
    """An evidence item: where, and what."""

    leaf: bytes
    item: Item


class Transfer(NamedTuple):
    """A handover of evidence: where, what, and who gave it."""

    leaf: bytes
    frame: int
    giver: Actor
    what: Transferred


@slotted()
class Pass:
    """One pass of a step."""

    step: str
    number: int
    started: Time | None = None
    ended: bool = False
    completed: bool = False
    acted: bool = False
    performers: set[str] = field(default_factory=set)
    values: dict[str, int] = field(default_factory=dict)  # name: seq of the entry that holds it now
    slots: dict[str, int] = field(default_factory=dict)  # how many contents are in each
    instruments: set[str] = field(default_factory=set)  # which of the step's instruments were used
    worked: int = 0  # seq of its last work entry but its start and end
    checkers: set[str] = field(default_factory=set)  # persons whose check passed and who may check
    checked: int = 0  # seq of the last of those checks
    releasers: set[str] = field(default_factory=set)  # persons who may release it and did
    lacked: set[tuple[str, str]] = field(default_factory=set)  # actors, and qualifications that they lacked
    spilled: bool = False  # some of its values are held elsewhere (see `passes`)
    at: int = 0  # where it is packed
    link: int = 0  # and the last of the list of its sets
    base: int = 0  # seq of the first entry that named it
    noted: tuple[bool, bool, bool, bool] = (False, False, False, False)  # the status that its step's progress knows

    @property
    def open(self) -> bool:
        """Whether the pass has started and not ended (SPEC 6.4-2)."""
        return self.started is not None and not self.ended

    @property
    def held(self) -> bool:
        """Whether it was completed, and nobody but performers has released it (SPEC 9.10-6)."""
        return self.completed and self.releasers <= self.performers

    @property
    def unchecked(self) -> bool:
        """Whether it was completed, and nobody but performers has checked it (SPEC 9.10-40)."""
        return self.completed and self.checkers <= self.performers

    @property
    def status(self) -> tuple[bool, bool, bool, bool]:
        """Whether it is open, ended, held and unchecked."""
        return self.open, self.ended, self.held, self.unchecked


@slotted()
class Progress:
    """What the passes of one step amount to, so that no rule has to look at each of them: how many are what."""

    open: int = 0
    ended: int = 0
    held: int = 0
    unchecked: int = 0

    def note(self, one: Pass) -> None:
        """Take what became of a pass."""
        before, one.noted = one.noted, one.status
        if one.noted != before:
            self.open += one.noted[0] - before[0]
            self.ended += one.noted[1] - before[1]
            self.held += one.noted[2] - before[2]
            self.unchecked += one.noted[3] - before[3]


class Fact(NamedTuple):
    """An out-of-contract fact (SPEC 9.10-24): the entry that makes it, its step, and whether that records a value."""

    what: str
    seq: int
    frame: int
    step: str | None
    actor: Actor
    value: bool = False


class Scope(NamedTuple):
    """The steps that a deviation is about, named or those of named values: any if there are none (SPEC 6.7)."""

    bits: int  # of the contract's steps
    others: frozenset[str]


@slotted()
class Deviation:
    """A deviation and what became of it (SPEC 6.7, 8.4)."""

    seq: int
    leaf: bytes
    frame: int
    raiser: Actor
    named: str  # the reason
    reason: Reason | None  # what the pack says of it
    severity: str
    scope: Scope
    remediators: Group[str]
    releasers: Group[str]  # persons who may release it and did
    closers: Group[str]
    pinned: str  # the pinned policy's ruling
    ruling: str  # the stricter of pinned and verifying policy's
    recorded: DeviationRuled | None = None
    ruled_frame: int = 0
    remediated: bool = False  # with evidence

    @property
    def demands_remediation(self) -> bool:
        """Whether its reason demands remediation (SPEC 8.4-6)."""
        return self.reason is not None and self.reason.remediation

    @property
    def demands_closing(self) -> bool:
        """Whether it must be closed (SPEC 8.4-5, 8.4-6)."""
        return self.ruling != "allow" or self.demands_remediation


def within(spec: ValueSpec, value: Scalar) -> bool:
    """Tell whether a number lies within a value-spec's limits; anything else has none."""
    if spec.min is spec.max is None or type(value) is bool or (type(value) is str and not DECIMAL.fullmatch(value)):
        return True
    number = Decimal(value)
    return (spec.min is None or number >= _limit(spec.min)) and (spec.max is None or number <= _limit(spec.max))


@lru_cache(maxsize=4_096)
def _limit(text: str) -> Decimal:
    """Read a limit, which is compared with value after value."""
    return Decimal(text)
