"""One copy as the result names it (SPEC 9.13): what its records say of themselves, and lists that stay short."""

from __future__ import annotations

from collections import Counter
from typing import Generic, TypeVar

from opsproof_verify.compare.copies import Copy, Key, Place, Step
from opsproof_verify.compare.fork import readable
from opsproof_verify.compare.values import MAX_LISTED, Addition, Listed, Procedure, Ranges, Sealed, Side
from opsproof_verify.container import FrameType
from opsproof_verify.contract import Contract
from opsproof_verify.cose import RecordType
from opsproof_verify.findings import Rejected
from opsproof_verify.kinds import RunStarted
from opsproof_verify.merkle import leaf_hash
from opsproof_verify.parse_contract import parse_contract
from opsproof_verify.parse_signed import parse_cose, parse_seal, parse_signoff, parse_witness
from opsproof_verify.records import SignOff, Witness
from opsproof_verify.slotted import replace

T = TypeVar("T")


class Tally(Generic[T]):
    """A list in the making that keeps its first items."""

    def __init__(self) -> None:
        """Begin empty."""
        self._count = 0
        self._items: list[T] = []

    def add(self, item: T) -> None:
        """Take an item."""
        self._count += 1
        if len(self._items) < MAX_LISTED:
            self._items.append(item)

    def listed(self) -> Listed[T]:
        """Give what was taken."""
        return Listed(self._count, tuple(self._items))


class Numbers:
    """Numbers of entries, ascending, as ranges of which the first are kept."""

    def __init__(self) -> None:
        """Begin empty."""
        self._count = 0
        self._ranges: list[tuple[int, int]] = []

    def add(self, seq: int) -> None:
        """Take the next number."""
        self._count += 1
        if self._ranges and self._ranges[-1][1] == seq - 1:
            self._ranges[-1] = (self._ranges[-1][0], seq)
        elif len(self._ranges) < MAX_LISTED:
            self._ranges.append((seq, seq))

    def listed(self) -> Ranges:
        """Give what was taken."""
        return Listed(self._count, tuple(self._ranges))


class Half:
    """What is noted of one copy while both are walked."""

    def __init__(self, copy: Copy) -> None:
        """Begin with nothing noted."""
        self.copy = copy
        self.first: Step | None = None
        self.withheld = Numbers()
        self.absent: Tally[str] = Tally()
        self.lacks_entries = Numbers()
        self.lacks_evidence: Tally[str] = Tally()

    def note(self, seq: int, step: Step) -> None:
        """Note what is not in this copy, whatever the other has."""
        self.first = self.first or step
        if step.body is None:
            self.withheld.add(seq)
        if step.evidence is not None and step.evidence.digest is not None:
            self.absent.add(step.evidence.digest.hex())

    def note_appended(self) -> None:
        """Note the evidence after the seal that is not in this copy."""
        for key, place in self.copy.appended.items():
            if key[0] is FrameType.SIGNOFF:
                for body in self.copy.bodies(place):
                    if body.digest is not None:
                        self.absent.add(body.digest.hex())

    def side(self) -> Side:
        """Give the copy, without what only it has."""
        copy = self.copy
        contract = contract_of(copy)
        started = None if self.first is None else readable(self.first)
        what = started.what if started is not None else None
        return Side(
            size=copy.size,
            read=copy.read,
            stopped=copy.stopped,
            contract=leaf_hash(copy.contract or b"").hex(),
            procedure=None if contract is None else Procedure(contract.id, contract.version, contract.title),
            run=None if self.first is None else self.first.leaf.hex(),
            subject=tuple(sorted(what.subject.items())) if isinstance(what, RunStarted) else (),
            started=None if started is None else started.time,
            entries=copy.entries,
            seal=_sealed(copy.seal),
            appended=len(copy.appended),
            repeated=tuple(key[1].hex() for key, count in Counter(copy.order).items() if count > 1),
            withheld=self.withheld.listed(),
            absent=self.absent.listed(),
            lacks_entries=self.lacks_entries.listed(),
            lacks_evidence=self.lacks_evidence.listed(),
        )


def contract_of(copy: Copy) -> Contract | None:
    """Give the contract, decoded unchecked, as verification never does."""
    try:
        return parse_contract(parse_cose(copy.contract or b"", RecordType.CONTRACT).payload)
    except Rejected:
        return None


def signoff_of(copy: Copy, place: Place) -> SignOff | None:
    """Give a sign-off, if it can be decoded."""
    try:
        return parse_signoff(parse_cose(copy.at(place.offset, place.size), RecordType.SIGNOFF).payload)
    except Rejected:
        return None


def witness_of(copy: Copy, place: Place) -> Witness | None:
    """Give a witness record, if it can be decoded."""
    try:
        return parse_witness(parse_cose(copy.at(place.offset, place.size), RecordType.WITNESS).payload)
    except Rejected:
        return None


def addition(copy: Copy, key: Key) -> Addition:
    """Give a record after the seal as it names itself."""
    place = copy.appended[key]
    if key[0] is FrameType.WITNESS:
        made = Addition(key[1].hex(), "witness", place.start, place.end)
        witness = witness_of(copy, place)
        return made if witness is None else replace(made, who=witness.witness, what=witness.target, time=witness.time)
    made = Addition(key[1].hex(), "signoff", place.start, place.end)
    signoff = signoff_of(copy, place)
    if signoff is None:
        return made
    who, what, name, role = signoff.person, signoff.decision, signoff.name, signoff.role
    return replace(made, who=who, what=what, name=name, role=role, time=signoff.time)


def _sealed(body: bytes | None) -> Sealed | None:
    """Give the seal as it names itself."""
    if body is None:
        return None
    hash_ = leaf_hash(body).hex()
    try:
        seal = parse_seal(parse_cose(body, RecordType.SEAL).payload)
    except Rejected:
        return Sealed(hash_, None, None)
    return Sealed(hash_, seal.actor, seal.time)
