"""What a bundle tells, in the order in which a reviewer asks: contract, steps, evidence, deviations, people, times.

Values only; :mod:`opsproof_verify.view.telling` fills them. Nothing here is judged: what the verifier found stands in
the :class:`~opsproof_verify.report.Report`. Of a very large run only the first things are kept, and how many are not.
"""

from __future__ import annotations

from typing import Generic, NamedTuple, TypeAlias, TypeVar

from opsproof_verify import kinds as e
from opsproof_verify.contract import Contract, Member, Scalar, Step
from opsproof_verify.findings import Time
from opsproof_verify.records import Approval, Item, Seal, SignOff, Witness
from opsproof_verify.slotted import field, slotted

#: Things of a story that are kept: values, evidence, passes, what happened to them. Deviations always are (SPEC 3.4).
MAX_KEPT = 20_000


class When(NamedTuple):
    """An entry: its number, its claimed time, and the actor that it names."""

    seq: int
    time: Time
    actor: str


@slotted()
class ValueStory:
    """A recorded value, and what became of it."""

    when: When
    what: e.ValueRecorded
    corrections: list[tuple[When, e.Correction]] = field(default_factory=list)
    voided: tuple[When, e.Voided] | None = None

    @property
    def current(self) -> Scalar:
        """The value that counts: the last correction's, else the one recorded."""
        return self.corrections[-1][1].new if self.corrections else self.what.value


@slotted()
class EvidenceStory:
    """An evidence item: where it is named, where its content stands in the file, and through whose hands it went.

    ``when`` is None for evidence that a sign-off brings, which ``signoff`` then names by its frame. ``place`` is where
    its content stands in the file, offset and size in bytes, None if it is absent from this copy.
    """

    item: Item
    when: When | None
    signoff: int | None
    place: tuple[int, int] | None
    what: e.EvidenceAdded | None
    frame: int | None = None  # of the content; None if it is absent
    custody: list[tuple[When, e.Transferred | e.Received]] = field(default_factory=list)
    voided: tuple[When, e.Voided] | None = None

    @property
    def id(self) -> str:
        """The place of the item in the page, without its prefix: ``e23``, or ``f90-`` and a digest for a sign-off's."""
        return f"e{self.when.seq}" if self.when else f"f{self.signoff}-{self.item.digest.hex()[:12]}"


Deed: TypeAlias = e.InstrumentUsed | e.Checked | e.Released | e.Authorised | e.Acted | e.Note | e.StepSkipped | e.AtStep


@slotted()
class PassStory:
    """One pass of a step: when it began and ended, and all that was done in it."""

    number: int
    began: When | None = None
    ended: When | None = None
    values: list[ValueStory] = field(default_factory=list)
    evidence: list[EvidenceStory] = field(default_factory=list)
    deeds: list[tuple[When, Deed]] = field(default_factory=list)
    deviations: list[int] = field(default_factory=list)  # entries


@slotted()
class StepStory:
    """A step of the contract, or one that the contract does not have (``step`` None), and its passes by number."""

    id: str
    step: Step | None
    passes: dict[int, PassStory] = field(default_factory=dict)
    left_out: int = 0  # passes that are not kept


@slotted()
class DeviationStory:
    """A deviation and all that followed from it."""

    when: When
    what: e.DeviationRaised
    after: list[tuple[When, e.DeviationRuled | e.Released | e.DeviationRemediated | e.DeviationClosed]] = field(
        default_factory=list
    )


Record = TypeVar("Record", Approval, SignOff)


class Signed(NamedTuple, Generic[Record]):
    """A record around the log: its frame, its hash, and what it says."""

    frame: int
    hash: str
    record: Record


class WitnessStory(NamedTuple):
    """What a witness says, and where: the frame that holds it, and its entry, None behind the seal."""

    frame: int
    seq: int | None
    said: Witness


Event: TypeAlias = e.Gap | e.ClockChanged | e.Correction | e.Voided


@slotted()
class Story:
    """All that the page tells of a bundle."""

    contract: Contract | None = None
    steps: dict[str, StepStory] = field(default_factory=dict)
    actors: dict[str, Member] = field(default_factory=dict)
    assigned: dict[str, int] = field(default_factory=dict)  # actor: the entry that assigns it
    started: tuple[When, e.RunStarted] | None = None
    ended: tuple[When, e.RunEnded] | None = None
    evidence: list[EvidenceStory] = field(default_factory=list)
    deviations: dict[int, DeviationStory] = field(default_factory=dict)  # by entry
    events: list[tuple[When, Event]] = field(default_factory=list)  # out of the ordinary, in order
    approvals: list[Signed[Approval]] = field(default_factory=list)
    seal: tuple[int, str, Seal] | None = None  # frame, hash
    signoffs: list[Signed[SignOff]] = field(default_factory=list)
    witnesses: list[WitnessStory] = field(default_factory=list)
    withheld: list[int] = field(default_factory=list)  # entries
    unreadable: list[tuple[int, str]] = field(default_factory=list)  # frame, why
    anchors: dict[int, str] = field(default_factory=dict)  # frame: its place, but of entries that can be read
    kinds: set[str] = field(default_factory=set)  # of the records, as rows name them
    speakers: set[str] = field(default_factory=set)  # whom records name as their actor or signer
    records: int = 0  # frames but those of evidence
    entries: int = 0
    kept: int = 0
    left_out: int = 0  # things beyond MAX_KEPT
    broken: str = ""  # why the file could not be read further

    @property
    def span(self) -> tuple[Time, Time] | None:
        """When the run began and ended, by the claims of its first and last entry; None if either is not there."""
        if self.started is None:
            return None
        last = self.seal[2].time if self.seal else self.ended[0].time if self.ended else None
        return None if last is None else (self.started[0].time, last)
