"""Both copies in step: the first place where their lines part, and all else in which they differ (SPEC 9.13)."""

from __future__ import annotations

from itertools import zip_longest
from typing import TypeVar

from opsproof_verify.canonical import encode
from opsproof_verify.compare.copies import Body, Copy, Key, Step, same_content
from opsproof_verify.compare.facts import Half, Tally, addition, contract_of, signoff_of
from opsproof_verify.compare.fork import examine, pair, readable
from opsproof_verify.compare.values import Altered, Comparison, NoBundle, Parting, Side, Word
from opsproof_verify.container import FrameType
from opsproof_verify.contract import Member
from opsproof_verify.cose import RecordType
from opsproof_verify.findings import Rejected
from opsproof_verify.kinds import Assigned, EvidenceAdded, RunStarted
from opsproof_verify.log import MAX_ASSIGNMENTS
from opsproof_verify.merkle import leaf_hash
from opsproof_verify.parse_signed import parse_assignment, parse_cose
from opsproof_verify.records import Item
from opsproof_verify.slotted import replace

T = TypeVar("T")

_ASSIGNED = encode("kind") + encode("assigned")  # each `assigned` entry holds these bytes, and few others do


class Lockstep:
    """Two copies, and what is found of them on the way."""

    def __init__(self, a: Copy, b: Copy, difference: int | None) -> None:
        """Take two copies that were not walked yet, and the offset where their bytes differ, None if they do not."""
        self.a, self.b = Half(a), Half(b)
        self._identical = difference is None
        self._same = a.size if difference is None else difference  # so many bytes are the same
        self._parted: int | None = None
        self._meets: int | None = None
        self._assigned: dict[str, Member] = {}
        self._altered: Tally[Altered] = Tally()

    def walk(self) -> None:
        """Walk both copies to their ends; raise :class:`NoBundle` for one without a contract frame."""
        a, b = self.a.copy, self.b.copy
        for seq, (x, y) in enumerate(zip_longest(a.steps(), b.steps())):
            for half, step in ((self.a, x), (self.b, y)):
                if step is not None:
                    half.note(seq, step)
            if x is not None and y is not None:
                self._take(seq, x, y)
        for name, copy in (("a", a), ("b", b)):
            if copy.contract is None:
                raise NoBundle(name, copy.stopped)
        self._take_ends()
        self._take_fronts()
        self.a.note_appended()
        self.b.note_appended()
        for key in a.appended:
            if key in b.appended:
                self._take_appended(key)

    # --- what both have

    def _take(self, seq: int, x: Step, y: Step) -> None:
        """Take what stands at one number in both."""
        if x.leaf != y.leaf:
            self._parted = seq if self._parted is None else self._parted
        elif self._parted is None:
            self._take_common(seq, x, y)
        elif self._meets is None:
            self._meets = seq

    def _take_common(self, seq: int, x: Step, y: Step) -> None:
        """Take an entry that is the same in both, whatever of its content each has."""
        self._enrol(y if x.body is None else x)
        if (x.body is None) != (y.body is None):
            self._take_withheld(seq, x, y)
        elif x.actor != y.actor:
            self._altered.add(Altered("actor", None, None, seq))
        elif not self._is_same(x.evidence, y.evidence):
            entry = readable(x)
            item = entry.what.item if entry is not None and isinstance(entry.what, EvidenceAdded) else None
            self._take_evidence(x.evidence, y.evidence, item, seq)

    def _enrol(self, step: Step) -> None:
        """Enrol the actor of an assignment that both have (SPEC 9.13-2)."""
        if step.body is None or _ASSIGNED not in step.body or len(self._assigned) == MAX_ASSIGNMENTS:
            return
        entry = readable(step)
        if entry is not None and isinstance(entry.what, Assigned):
            try:
                signed = parse_cose(entry.what.assignment, RecordType.ASSIGNMENT)
                member = parse_assignment(signed.payload).member
            except Rejected:
                return
            self._assigned.setdefault(member.id, member)

    def _take_withheld(self, seq: int, x: Step, y: Step) -> None:
        """Take an entry that one of the copies withholds; its frame names the actor that the entry has (6.3-8)."""
        lacking, frame, whole = (self.a, x, y) if x.body is None else (self.b, y, x)
        lacking.lacks_entries.add(seq)
        entry = readable(whole)
        if entry is not None and entry.actor != frame.actor:
            self._altered.add(Altered("actor", whole is x, whole is y, seq))

    def _is_same(self, x: Body | None, y: Body | None) -> bool:
        """Tell whether two evidence frames are the same, reading as little as possible."""
        if x is None or y is None:
            return x is y
        if x.digest is not None or y.digest is not None:
            return x.digest == y.digest
        known = x == y and x.offset + x.size <= self._same
        return known or same_content(self.a.copy, x, self.b.copy, y)

    def _take_evidence(
        self, x: Body | None, y: Body | None, item: Item | None, seq: int | None, signoff: str | None = None
    ) -> None:
        """Take evidence frames that differ; what no record names is nobody's record."""
        if item is None:
            return
        digest, here, there = item.digest, x is not None and x.digest is None, y is not None and y.digest is None
        if here != there:
            (self.b if here else self.a).lacks_evidence.add(digest.hex())
        elif x is not None and y is not None:
            a, b = self.a.copy.digest(x), self.b.copy.digest(y)
            self._altered.add(Altered("evidence", a == digest, b == digest, seq, signoff, digest.hex()))

    def _take_appended(self, key: Key) -> None:
        """Take a record after the seal that both have: its evidence, if that may differ."""
        p, q = (half.copy.appended[key] for half in (self.a, self.b))
        signoff = None if p == q and p.end <= self._same else signoff_of(self.a.copy, p)
        if key[0] is FrameType.WITNESS or signoff is None:
            return
        for item, x, y in zip_longest(signoff.evidence, self.a.copy.bodies(p), self.b.copy.bodies(q)):
            if not self._is_same(x, y):
                self._take_evidence(x, y, item, None, key[1].hex())

    # --- what stands before and behind the entries

    def _take_ends(self) -> None:
        """Take the seals as the last place of each line (SPEC 9.13-1)."""
        a, b = self.a.copy, self.b.copy
        shorter, longer = (a, b) if a.entries <= b.entries else (b, a)
        more = shorter.entries < longer.entries or longer.seal not in (None, shorter.seal)
        if self._parted is None and shorter.seal is not None and more:
            self._parted = shorter.entries

    def _take_fronts(self) -> None:
        """Take contract and approvals, which entry 0 names (SPEC 6.2-1, 6.3-1)."""
        a, b = self.a, self.b
        if a.first is None or b.first is None or self._parted == 0:
            return
        entry = readable(a.first)
        if a.copy.contract != b.copy.contract:
            prev = None if entry is None else entry.prev
            x, y = (leaf_hash(half.copy.contract or b"") for half in (a, b))
            self._altered.add(Altered("contract", _agrees(x, prev), _agrees(y, prev)))
        if a.copy.approvals != b.copy.approvals:
            what = None if entry is None else entry.what
            named = list(what.approvals) if isinstance(what, RunStarted) else None
            agree = (_agrees(a.copy.approvals, named), _agrees(b.copy.approvals, named))
            self._altered.add(Altered("approvals", *agree))

    # --- the result

    def result(self) -> Comparison:
        """Give what was found."""
        a, b = self.a.copy, self.b.copy
        same_seal = a.seal is not None and a.seal == b.seal
        same_run = a.entries > 0 < b.entries and (self._parted != 0 or self._meets is not None or same_seal)
        parting = self._parting(same_seal=same_seal) if same_run else None
        sides = [half.side() for half in (self.a, self.b)]
        if same_run:
            sides = [self._only(sides[0], a, b), self._only(sides[1], b, a)]
        order = [[key for key in one.appended if key in other.appended] for one, other in ((a, b), (b, a))]
        word = self._word(sides[0], sides[1], parting) if same_run else self._no_word()
        made = Comparison(word, sides[0], sides[1], parting, self._altered.listed(), order[0] != order[1])
        return replace(made, word=Word.UNDECIDED) if word is Word.REARRANGED and not made.whole else made

    def _only(self, side: Side, mine: Copy, other: Copy) -> Side:
        """Add what only one copy has."""
        common = min(mine.entries, other.entries) if self._parted is None else self._parted
        entries = (common, mine.entries - 1) if mine.entries > common else None
        seal = mine.seal is not None and mine.seal != other.seal
        appended = tuple(addition(mine, key) for key in mine.appended if key not in other.appended)
        return replace(side, only_entries=entries, only_seal=seal, only_appended=appended)

    def _parting(self, *, same_seal: bool) -> Parting | None:
        """Walk each copy again for what stands where they part; the keys are those that both enrol (SPEC 9.13-2)."""
        if self._parted is None:
            return None
        a, b = self.a.copy, self.b.copy
        contract = contract_of(a) if a.contract == b.contract else None
        members = {} if contract is None else self._assigned | {member.id: member for member in contract.roster}
        found = [examine(Copy(copy.stream), self._parted, members) for copy in (a, b)]
        return Parting(self._parted, *pair(*found), self._meets, same_seal, contract is not None)

    def _no_word(self) -> Word:
        """Give the word for copies that are not known to be of one run."""
        a, b = self.a.copy, self.b.copy
        if self._identical:
            return Word.IDENTICAL
        return Word.OTHER_RUN if a.entries > 0 < b.entries or a.contract != b.contract else Word.UNDECIDED

    def _word(self, a: Side, b: Side, parting: Parting | None) -> Word:
        """Give the first word that holds (SPEC 9.13-1)."""
        if self._identical:
            return Word.IDENTICAL
        if parting is not None:
            return Word.FORKED if parting.proven or not parting.contradicted else Word.ALTERED
        if self._altered.listed().count:
            return Word.ALTERED
        if a.only_appended and b.only_appended:
            return Word.MERGEABLE
        for word, more in ((Word.EXTENDED, b), (Word.ROLLED_BACK, a)):
            if more.only_entries or more.only_seal or more.only_appended:
                return word
        lacks = (a.lacks_entries, a.lacks_evidence, b.lacks_entries, b.lacks_evidence)
        return Word.WITHHELD if any(one.count for one in lacks) else Word.REARRANGED


def _agrees(found: T, named: T | None) -> bool | None:
    """Tell whether something is what a record names; None if that record cannot be read."""
    return None if named is None else found == named
