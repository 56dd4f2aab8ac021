"""From the records of a bundle to its :class:`~opsproof_verify.view.story.Story`: one reading, nothing judged."""

from __future__ import annotations

from typing import BinaryIO

from opsproof_verify import kinds as e
from opsproof_verify.container import NUMBERED
from opsproof_verify.contract import Contract
from opsproof_verify.cose import RecordType
from opsproof_verify.entries import Entry
from opsproof_verify.findings import Rejected
from opsproof_verify.parse_signed import parse_assignment, parse_cose, parse_witness
from opsproof_verify.reading import Content, Read, explain, read_records
from opsproof_verify.records import Approval, Seal, SignOff, Withheld, Witness
from opsproof_verify.view.facets import Facets, facets
from opsproof_verify.view.story import (
    MAX_KEPT,
    Deed,
    DeviationStory,
    EvidenceStory,
    PassStory,
    Signed,
    StepStory,
    Story,
    ValueStory,
    When,
    WitnessStory,
)

#: Records that cannot be read, and withheld entries, that are named one by one.
MAX_NAMED = 1_000


def tell(stream: BinaryIO, end: int | None = None) -> Story:
    """Read a bundle and give its story; of what cannot be read, why.

    ``end`` is the frame at which verification read no further (SPEC 9.4-8). Raises ``OSError`` if the file cannot be
    read.
    """
    teller = _Teller()
    try:
        for read in read_records(stream):
            teller.take(read)
            if read.frame.number == end:
                break
    except Rejected as refusal:
        teller.story.broken = explain(refusal)
    return teller.story


class _Teller:
    """The story in the making, and what later entries may refer to."""

    def __init__(self) -> None:
        self.story = Story()
        self._values: dict[int, ValueStory] = {}
        self._evidence: dict[int, EvidenceStory] = {}
        self._items: dict[bytes, EvidenceStory] = {}  # by digest, the last that names it
        self._transfers: dict[int, EvidenceStory] = {}

    def take(self, read: Read) -> None:
        """Take one record."""
        story = self.story
        self._anchor(read)
        self._meet(facets(read))
        story.records += 1
        match read.record:
            case Contract() as contract:
                story.contract = contract
                story.actors = {member.id: member for member in contract.roster}
                story.steps = {step.id: StepStory(step.id, step) for step in contract.steps.values()}
            case Approval() as approval:
                story.approvals.append(Signed(read.frame.number, read.hash.hex(), approval))
            case Entry() as entry:
                story.entries += 1
                self._entry(entry, read)
            case Withheld():
                if len(story.withheld) < MAX_NAMED:
                    story.withheld.append(story.entries)
                story.entries += 1
            case Seal() as seal:
                story.seal = (read.frame.number, read.hash.hex(), seal)
            case SignOff() as signoff:
                story.signoffs.append(Signed(read.frame.number, read.hash.hex(), signoff))
                for one in read.items:
                    self._add(EvidenceStory(one.item, None, read.frame.number, _place(one), None, one.frame))
            case Witness() as witness:
                story.witnesses.append(WitnessStory(read.frame.number, None, witness))
            case _:
                self._unreadable(read)

    def _anchor(self, read: Read) -> None:
        """Note the place of a record that findings name by its frame alone."""
        if not isinstance(read.record, Entry) and len(self.story.anchors) < 2 * MAX_NAMED:
            place = f"e{self.story.entries}" if read.frame.type in NUMBERED else f"f{read.frame.number}"
            self.story.anchors[read.frame.number] = place

    def _meet(self, known: Facets) -> None:
        """Note by what the rows of the record can be chosen."""
        self.story.kinds.add(known.kind)
        if known.actor is not None and len(self.story.speakers) < MAX_NAMED:
            self.story.speakers.add(known.actor)

    def _unreadable(self, read: Read) -> None:
        """Note a record that cannot be read; an entry has a number all the same."""
        self.story.entries += read.frame.type in NUMBERED
        if len(self.story.unreadable) < MAX_NAMED:
            self.story.unreadable.append((read.frame.number, read.problem))

    def _room(self) -> bool:
        """Tell whether one thing more is kept."""
        if self.story.kept >= MAX_KEPT:
            self.story.left_out += 1
            return False
        self.story.kept += 1
        return True

    def _entry(self, entry: Entry, read: Read) -> None:
        """Take what an entry says, by its kind."""
        when, story = When(entry.seq, entry.time, entry.actor), self.story
        match entry.what:
            case e.RunStarted() as what:
                story.started = (when, what)
            case e.RunEnded() as what:
                story.ended = (when, what)
            case e.Assigned() as what:
                self._assign(when, what)
            case e.EvidenceAdded() as what:
                for content in read.items:
                    self._add(EvidenceStory(what.item, when, None, _place(content), what, content.frame))
            case e.ValueRecorded() as what:
                self._value(when, what)
            case e.Witnessed() as what:
                self._witness(read.frame.number, when, what)
            case e.DeviationRaised() | e.DeviationRuled() | e.DeviationRemediated() | e.DeviationClosed() as what:
                self._deviation(when, what)
            case e.Transferred() | e.Received() as what:
                self._custody(when, what)
            case _:
                self._other(when, entry)

    def _other(self, when: When, entry: Entry) -> None:
        """Take what happens in a pass, and what is out of the ordinary."""
        match entry.what:
            case e.Released(deviation=ref) as what if ref is not None:
                raised = self.story.deviations.get(ref.seq)
                if raised is not None and self._room():
                    raised.after.append((when, what))
            case e.Correction() as what:
                if self._event(when, what) and (value := self._values.get(what.corrects.seq)) is not None:
                    value.corrections.append((when, what))
                    self._values[when.seq] = value  # what corrects or voids it next names this entry (SPEC 6.3-5)
            case e.Voided() as what:
                if self._event(when, what):
                    void = self._values.get(what.voids.seq) or self._evidence.get(what.voids.seq)
                    if void is not None:
                        void.voided = (when, what)
            case e.Gap() | e.ClockChanged() as what:
                self._event(when, what)
            case (
                e.AtStep()
                | e.InstrumentUsed()
                | e.Checked()
                | e.Authorised()
                | e.Acted()
                | e.StepSkipped()
                | e.Released()
                | e.Note()
            ) as what:
                self._deed(when, entry.kind, what)

    def _event(self, when: When, what: e.Correction | e.Voided | e.Gap | e.ClockChanged) -> bool:
        """Keep what is out of the ordinary, if there is room."""
        if not self._room():
            return False
        self.story.events.append((when, what))
        return True

    def _pass(self, step: str | None, number: int | None) -> PassStory | None:
        """Give a pass, which is new at its first entry; None for the run itself, or if there is no room."""
        if step is None or number is None:
            return None
        told = self.story.steps.get(step)
        if told is None:
            if not self._room():
                return None
            told = self.story.steps[step] = StepStory(step, None)
        if number not in told.passes:
            if not self._room():
                return None
            told.passes[number] = PassStory(number)
        return told.passes[number]

    def _deed(self, when: When, kind: str, what: Deed) -> None:
        """Take what was done in a pass; its beginning and its end are where a person looks for them."""
        place = self._pass(getattr(what, "step", None), getattr(what, "number", None))
        if place is None:
            if kind == "step-started" and isinstance(what, e.AtStep) and what.step in self.story.steps:
                self.story.steps[what.step].left_out += 1
            return
        if kind == "step-started" and place.began is None:
            place.began = when
        elif kind == "step-completed":
            place.ended = when
        elif self._room():
            place.deeds.append((when, what))

    def _value(self, when: When, what: e.ValueRecorded) -> None:
        place = self._pass(what.step, what.number)
        if place is not None and self._room():
            value = self._values[when.seq] = ValueStory(when, what)
            place.values.append(value)

    def _add(self, item: EvidenceStory) -> None:
        """Keep an evidence item, in its pass if it has one."""
        if not self._room():
            return
        self.story.evidence.append(item)
        self._items[item.item.digest] = item
        if item.when is not None:
            self._evidence[item.when.seq] = item
        place = self._pass(item.item.step, item.item.number)
        if place is not None:
            place.evidence.append(item)

    def _custody(self, when: When, what: e.Transferred | e.Received) -> None:
        """Add to the chain of custody of an item."""
        if isinstance(what, e.Transferred):
            item = self._items.get(what.digest)
        else:
            item = self._transfers.get(what.transfer.seq)
        if item is not None and self._room():
            item.custody.append((when, what))
            self._transfers[when.seq] = item

    def _deviation(
        self, when: When, what: e.DeviationRaised | e.DeviationRuled | e.DeviationRemediated | e.DeviationClosed
    ) -> None:
        """Take a deviation, or what follows from one; it is named in the latest pass of each of its steps."""
        if isinstance(what, e.DeviationRaised):
            self.story.deviations[when.seq] = DeviationStory(when, what)
            for step in what.steps:
                told = self.story.steps.get(step)
                if told is not None and told.passes:
                    told.passes[max(told.passes)].deviations.append(when.seq)
            for ref in what.values:
                self._name(when, ref.seq)
            return
        raised = self.story.deviations.get(what.deviation.seq)
        if raised is not None and self._room():
            raised.after.append((when, what))

    def _name(self, when: When, seq: int) -> None:
        """Name a deviation in the pass of a value that it is about."""
        value = self._values.get(seq)
        place = self._pass(value.what.step, value.what.number) if value else None
        if place is not None and when.seq not in place.deviations:
            place.deviations.append(when.seq)

    def _assign(self, when: When, what: e.Assigned) -> None:
        try:
            member = parse_assignment(parse_cose(what.assignment, RecordType.ASSIGNMENT).payload).member
        except Rejected:
            return
        self.story.actors.setdefault(member.id, member)
        self.story.assigned.setdefault(member.id, when.seq)

    def _witness(self, frame: int, when: When, what: e.Witnessed) -> None:
        try:
            witness = parse_witness(parse_cose(what.witness, RecordType.WITNESS).payload)
        except Rejected:
            return
        if self._room():
            self.story.witnesses.append(WitnessStory(frame, when.seq, witness))


def _place(content: Content) -> tuple[int, int] | None:
    """Give where an item's content stands in the file."""
    return None if content.offset is None or content.size is None else (content.offset, content.size)
