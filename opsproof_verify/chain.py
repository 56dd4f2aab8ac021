"""Place, chain, tree and seal of the entries (SPEC 9.5-7, 9.7): all that needs leaves alone, whatever an entry says."""

from __future__ import annotations

from opsproof_verify.case import Case
from opsproof_verify.compact import Keyed
from opsproof_verify.container import DIGEST_SIZE
from opsproof_verify.entries import Entry
from opsproof_verify.findings import Collector, finding
from opsproof_verify.kinds import EvidenceAdded, RunStarted
from opsproof_verify.merkle import Frontier
from opsproof_verify.records import Seal
from opsproof_verify.slotted import replace

MAX_HEAD_DISTANCE = 1_024
_RECENT = DIGEST_SIZE * (MAX_HEAD_DISTANCE + 1)


class Chain:
    """How many entries there are, the last leaf, the tree, and the leaves that attestations may still name."""

    def __init__(self, case: Case) -> None:
        """Begin with no entry."""
        self.case = case
        self.head = b""  # the contract hash before entry 0
        self.count = 0
        self.run_id = b""
        self.tree = Frontier()
        self.withheld = Keyed("32sQ")  # by number: leaf and frame
        self.withheld_frames = Collector()
        self.evidence_count = 0
        self.evidence_bytes = 0
        self.broken = False
        self.unused = False  # an entry was not used, so windows and evidence totals cannot be compared
        self._recent = bytearray()  # leaves of the last entries
        self._ended: int | None = None  # frame of a run-ended entry that nothing has followed yet
        self._misplaced_end = False

    def take(self, entry: Entry, leaf: bytes, frame: int) -> None:
        """Take an entry."""
        self._check_end()
        if (self.count == 0) != isinstance(entry.what, RunStarted):
            self.case.add("entry.misplaced", {"why": "run-started"}, frame=frame)
        self._check_links(entry, leaf, frame)
        self._advance(leaf)
        if entry.kind == "run-ended":
            self._ended = frame
        if isinstance(entry.what, EvidenceAdded):
            self.evidence_count += 1
            self.evidence_bytes += entry.what.item.size

    def renumbered(self, entry: Entry) -> Entry:
        """Give the last entry as what it is by its place, where it has another number (SPEC 9.7-2)."""
        return entry if entry.seq == self.count - 1 else replace(entry, seq=self.count - 1)

    def take_stretch(self, leaves: bytes) -> None:
        """Take entries that are linked to each other and to the one before, and end nothing."""
        self._check_end()
        self._remember(leaves)
        self.head = leaves[-DIGEST_SIZE:]
        self.count += len(leaves) // DIGEST_SIZE

    def grow(self, leaves: bytes, roots: bytes) -> None:
        """Let the tree grow by a batch of entries, before they are taken."""
        self.tree.extend(leaves, roots)

    def take_opaque(self, leaf: bytes) -> None:
        """Take an entry that could not be read: its leaf alone (SPEC 9.3-2)."""
        self.unused = True
        self._check_end()
        if self.count == 0:
            self.run_id = leaf
        self._advance(leaf)

    def take_withheld(self, leaf: bytes, frame: int) -> None:
        """Take the leaf of a withheld entry (SPEC 5.1-2)."""
        self._check_end()
        self.withheld.append(self.count, leaf, frame)
        self.withheld_frames.add(finding("entry.withheld", {"frame": frame, "seq": self.count}))
        self._advance(leaf)

    def _advance(self, leaf: bytes) -> None:
        if self.tree.size == self.count:  # else it has grown by a batch
            self.tree.append(leaf)
        self._remember(leaf)
        self.head = leaf
        self.count += 1

    def _remember(self, leaves: bytes) -> None:
        self._recent += leaves
        if len(self._recent) > 2 * _RECENT:
            del self._recent[:-_RECENT]

    def _check_end(self) -> None:
        """A run-ended entry that another follows is misplaced; found once for each."""
        if self._ended is not None:
            self.case.add("entry.misplaced", {"why": "run-ended"}, frame=self._ended)
            self._ended, self._misplaced_end = None, True

    def _check_links(self, entry: Entry, leaf: bytes, frame: int) -> None:
        """Run, number and link (SPEC 9.7-1 to 9.7-3)."""
        if self.count == 0:
            self.run_id = leaf
        elif entry.run is not None and entry.run != self.run_id:
            self.case.add("chain.wrong-run", frame=frame, seq=self.count)
        if entry.seq != self.count:
            self.broken = True
            self.case.add("chain.wrong-seq", {"found": entry.seq}, frame=frame, seq=self.count)
        if entry.prev != self.head:
            self.broken = True
            self.case.add("chain.broken-link", frame=frame, seq=self.count)

    def is_recent(self, seq: int, leaf: bytes, ahead: int = 0) -> bool:
        """Tell whether an entry before the last one, not too far back, has this number and leaf (SPEC 6.6-2).

        ``ahead`` is 1 before the last one is taken.
        """
        back = self.count - seq
        at = len(self._recent) - DIGEST_SIZE * back
        near = 1 - ahead < back <= MAX_HEAD_DISTANCE + 1 - ahead and at >= 0
        return near and self._recent[at : at + DIGEST_SIZE] == leaf

    def check_complete(self, frame: int) -> None:
        """The entry before the seal is run-ended (SPEC 9.5-7)."""
        if self._ended is None and not self._misplaced_end and not self.unused:
            self.case.add("entry.misplaced", {"why": "no-run-ended"}, frame=frame)

    def check_seal(self, seal: Seal, frame: int) -> None:
        """The seal agrees with the entries (SPEC 9.7-5 to 9.7-10)."""
        evidence = (self.evidence_count, self.evidence_bytes)
        sealed = (seal.evidence_count, seal.evidence_bytes)
        partial = bool(self.withheld) or self.unused
        more = partial and sealed[0] >= evidence[0] and sealed[1] >= evidence[1]
        for code, agrees in (
            ("seal.wrong-run", seal.run == self.run_id),
            ("seal.wrong-contract", seal.contract == self.case.contract_hash),
            ("seal.wrong-count", seal.count == self.count),
            ("seal.wrong-head", seal.head == self.head),
            ("seal.wrong-root", seal.root == self.tree.root()),
            ("seal.wrong-evidence", sealed == evidence or more),
        ):
            if not agrees:
                self.case.add(code, frame=frame)
