"""What a comparison of two copies says (SPEC 9.13), as values."""

from __future__ import annotations

import enum
from typing import Generic, TypeVar

from opsproof_verify.compare.fork import Branch
from opsproof_verify.findings import Finding, Time
from opsproof_verify.slotted import slotted

T = TypeVar("T")

#: Items of one list that are kept; all of them count.
MAX_LISTED = 10_000


class Word(enum.StrEnum):
    """What B is to A (SPEC 9.13-1), in the order in which the words are tried."""

    IDENTICAL = "identical"
    OTHER_RUN = "other-run"
    FORKED = "forked"
    ALTERED = "altered"
    MERGEABLE = "mergeable"
    EXTENDED = "extended"
    ROLLED_BACK = "rolled-back"
    WITHHELD = "withheld"
    REARRANGED = "rearranged"
    UNDECIDED = "undecided"


@slotted(frozen=True)
class Listed(Generic[T]):
    """The first items of a list, and the number of all."""

    count: int = 0
    items: tuple[T, ...] = ()


Ranges = Listed[tuple[int, int]]  # numbers of entries, first and last; ``count`` is that of the entries


@slotted(frozen=True)
class Procedure:
    """The contract, as it names itself."""

    id: str
    version: int
    title: str


@slotted(frozen=True)
class Sealed:
    """The seal, as it says; ``actor`` is None if it cannot be read."""

    hash: str
    actor: str | None
    time: Time | None


@slotted(frozen=True)
class Addition:
    """A record after the seal that one copy has and the other lacks, as it names itself; None: it cannot be read."""

    hash: str
    record: str  # "signoff" or "witness"
    start: int  # its bytes in the file, evidence frames included (SPEC 6.9-8)
    end: int
    who: str | None = None  # the person, or the witness
    what: str | None = None  # the decision, or the target
    name: str | None = None
    role: str | None = None
    time: Time | None = None


@slotted(frozen=True)
class Side:
    """One copy: what it is, and what it has that the other lacks."""

    size: int
    read: int  # bytes in frames that were read whole
    stopped: Finding | None  # why it was not read further
    contract: str  # hash
    procedure: Procedure | None
    run: str | None
    subject: tuple[tuple[str, str], ...]
    started: Time | None
    entries: int
    seal: Sealed | None
    appended: int
    repeated: tuple[str, ...]  # hashes of records that stand after the seal more than once
    withheld: Ranges
    absent: Listed[str]  # digests
    lacks_entries: Ranges  # withheld here, and not in the other copy
    lacks_evidence: Listed[str]  # absent here, and in the other copy's file
    only_entries: tuple[int, int] | None = None  # beyond the entries that both have
    only_seal: bool = False
    only_appended: tuple[Addition, ...] = ()


@slotted(frozen=True)
class Parting:
    """The first place where the lines of both copies hold something and it differs."""

    seq: int  # the number of the entry, or of all entries if a seal stands there
    a: Branch
    b: Branch
    meets: int | None  # a later entry that is the same in both
    same_seal: bool
    keys: bool  # whether both copies hold one contract that can be read, so that signatures can be verified

    @property
    def proven(self) -> bool:
        """Whether each copy has a proof (SPEC 9.13-2)."""
        return self.a.proof is not None and self.b.proof is not None

    @property
    def contradicted(self) -> bool:
        """Whether a copy contradicts itself there; one of them does if they meet again (SPEC 9.13-4)."""
        return bool(self.a.contradiction or self.b.contradiction or self.same_seal or self.meets is not None)


@slotted(frozen=True)
class Altered:
    """Beside the line, a place where the copies differ and only one content can be the recorded one.

    ``what`` is "contract", "approvals", "evidence" or "actor" (that a withheld frame names); ``a`` and ``b`` tell
    whether each copy agrees with its own records there, None if that cannot be told.
    """

    what: str
    a: bool | None
    b: bool | None
    seq: int | None = None
    signoff: str | None = None
    digest: str | None = None


@slotted(frozen=True)
class Comparison:
    """What two copies are to each other; equal inputs give an equal comparison."""

    word: Word
    a: Side
    b: Side
    parting: Parting | None
    altered: Listed[Altered]
    reordered: bool  # what stands after the seal stands in another order

    @property
    def whole(self) -> bool:
        """Whether both copies were read to their end."""
        return self.a.read == self.a.size and self.b.read == self.b.size


class NoBundle(Exception):  # noqa: N818 - an answer about bytes, not an error of the program
    """A copy that is no bundle as far as its contract."""

    def __init__(self, side: str, stopped: Finding | None) -> None:
        """Name the copy, "a" or "b", and what stopped the reading; None if the file just ends."""
        super().__init__(side)
        self.side = side
        self.stopped = stopped
