"""The log of entries (SPEC 9.5-7, 9.5-8, 9.7, 9.8): chain, tree, enrolment, attestations, and the rules on entries.

Chain and tree need the leaves alone, so they go on whatever an entry says. What an entry means is taken into the run only
when the contract can be used and the entry's actor is enrolled.
"""

from __future__ import annotations

from collections import deque

from opsproof_verify.case import Case
from opsproof_verify.cose import RecordType, Signed
from opsproof_verify.ed25519 import thumbprint
from opsproof_verify.entries import (
    Assigned,
    Attested,
    Correction,
    DeviationClosed,
    DeviationRaised,
    DeviationRemediated,
    DeviationRuled,
    Entry,
    EvidenceAdded,
    Released,
    RunStarted,
    Transferred,
    Witnessed,
)
from opsproof_verify.fields import Ref
from opsproof_verify.findings import Collector, Rejected, finding
from opsproof_verify.merkle import Frontier
from opsproof_verify.parse_signed import parse_assignment, parse_attestation, parse_cose, parse_witness
from opsproof_verify.records import Assignment, Attestation, Seal, Window, Withheld, Witness
from opsproof_verify.rules import actors, deviations, evidence, steps, time, values
from opsproof_verify.run import Actor, Placed, Run
from opsproof_verify.validity import Validity, member_window
from opsproof_verify.violation import on

MAX_HEAD_DISTANCE = 1_024
MAX_ASSIGNMENTS = 1_000
MAX_DEVIATIONS = 10_000

_ALWAYS = (*time.ALWAYS, *actors.ALWAYS)


class Log:
    """The entries so far: how many, the last leaf, the tree, and the leaves that attestations may still name."""

    def __init__(self, case: Case) -> None:
        """Begin with no entry."""
        self.case = case
        self.head = b""  # the contract hash before entry 0
        self.count = 0
        self.run_id = b""
        self.tree = Frontier()
        self.withheld: dict[int, bytes] = {}
        self.withheld_frames = Collector()
        self.evidence_count = 0
        self.evidence_bytes = 0
        self.clock: list[tuple[int, Witness, int]] = []  # position, record, frame
        self._recent: deque[bytes] = deque(maxlen=MAX_HEAD_DISTANCE + 1)
        self.unused = False  # an entry was not used, so windows and evidence totals cannot be compared
        self._ended: int | None = None  # frame of run-ended
        self._misplaced_end = False
        self._assignments = 0

    # --- chain and tree

    def take(self, entry: Entry, leaf: bytes, frame: int) -> None:
        """Take an entry: place and chain first, then its meaning."""
        self._check_place(entry, frame)
        self._check_chain(entry, leaf, frame)
        self._advance(leaf)
        if entry.kind == "run-ended":
            self._ended = frame
        if isinstance(entry.what, EvidenceAdded):
            self.evidence_count += 1
            self.evidence_bytes += entry.what.item.size
        if self.case.run is None:
            return
        actor = self.case.run.actors.get(entry.actor)
        if actor is None:
            self.unused = True
            self.case.add("actor.unknown", frame=frame, seq=entry.seq, actor=entry.actor)
        else:
            self._take_meaning(Placed(entry, leaf, frame, actor))

    def take_opaque(self, leaf: bytes) -> None:
        """Take an entry that could not be read: its leaf alone (SPEC 9.3-2)."""
        self.unused = True
        self._check_end()
        if self.count == 0:
            self.run_id = leaf
        self._advance(leaf)

    def take_withheld(self, withheld: Withheld, frame: int) -> None:
        """Take the leaf of a withheld entry (SPEC 6.3-8, 9.5-7)."""
        self._check_end()
        self.withheld[self.count] = withheld.leaf
        self.withheld_frames.add(finding("entry.withheld", {"frame": frame, "seq": self.count}))
        run = self.case.run
        if run is not None and withheld.actor in run.actors:
            run.actors[withheld.actor].write(withheld.leaf)
            run.actors[withheld.actor].others = True
        self._advance(withheld.leaf)

    def _advance(self, leaf: bytes) -> None:
        self.tree.append(leaf)
        self._recent.append(leaf)
        self.head = leaf
        self.count += 1

    def _check_place(self, entry: Entry, frame: int) -> None:
        """Entry 0 is run-started and no other, and nothing follows run-ended (SPEC 9.5-7)."""
        self._check_end()
        if (self.count == 0) != isinstance(entry.what, RunStarted):
            self.case.add("entry.misplaced", {"why": "run-started"}, frame=frame)

    def _check_end(self) -> None:
        """A run-ended entry that another follows is misplaced; found once for each."""
        if self._ended is not None:
            self.case.add("entry.misplaced", {"why": "run-ended"}, frame=self._ended)
            self._ended, self._misplaced_end = None, True

    def _check_chain(self, entry: Entry, leaf: bytes, frame: int) -> None:
        """Run, number and link (SPEC 9.7-1 to 9.7-3)."""
        if self.count == 0:
            self.run_id = leaf
        elif entry.run is not None and entry.run != self.run_id:
            self.case.add("chain.wrong-run", frame=frame, seq=self.count)
        if entry.seq != self.count:
            self.case.add("chain.wrong-seq", {"expected": self.count}, frame=frame, seq=entry.seq)
        if entry.prev != self.head:
            self.case.add("chain.broken-link", frame=frame, seq=self.count)

    # --- meaning

    def _take_meaning(self, placed: Placed) -> None:
        """Resolve what the entry refers to, ask the rules, take it into the run."""
        run, case, what = self.case.run, self.case, placed.entry.what
        assert run is not None  # noqa: S101 - the caller has looked
        self._check_refs(placed)
        for always in _ALWAYS:
            case.violate(always(run, placed, what))
        for check in ON_ENTRY.get(type(what), ()):
            case.violate(check(run, placed, what))
        self._check_key(placed)
        run.apply(placed)
        if isinstance(what, RunStarted):
            self._check_subject(what, placed.frame)
        elif isinstance(what, Attested | Assigned | Witnessed):
            try:
                self._take_signed(placed)
            except Rejected as refusal:
                case.refuse(refusal, placed.frame)
        elif isinstance(what, DeviationRaised) and len(run.deviations) > MAX_DEVIATIONS:
            case.add("limit.exceeded", {"limit": MAX_DEVIATIONS}, frame=placed.frame)

    def _check_subject(self, what: RunStarted, frame: int) -> None:
        """The subject gives the contract's params (SPEC 6.3-3)."""
        params = self.case.run.contract.params if self.case.run else {}
        required = {name for name, param in params.items() if not param.optional}
        if not required <= what.subject.keys() <= params.keys():
            self.case.add("record.malformed", {"path": "subject", "why": "params"}, frame=frame)

    def _check_key(self, placed: Placed) -> None:
        """An entry lies within its actor's window and before its key's revocation (SPEC 9.10-17)."""
        member, ms = placed.actor.member, placed.entry.time.ms
        validity = Validity(self.case.trust, retired_witnessed=False)
        if not validity.holds(member.key, ms, 0, member_window(member)):
            self.case.violate((on(placed, "actor.not-valid", actor=placed.entry.actor),))

    def _check_refs(self, placed: Placed) -> None:
        """Refs and digests name what they must (SPEC 6.3-5, 6.3-6, 9.5-8)."""
        run, what = self.case.run, placed.entry.what
        assert run is not None  # noqa: S101 - the caller has looked
        digests: tuple[bytes, ...] = ()
        good = True
        if isinstance(what, Correction):
            good = self._names_value(what.corrects)
        elif isinstance(what, DeviationRaised):
            good, digests = all(self._names_value(ref) for ref in what.values), what.evidence
        elif isinstance(what, DeviationRuled | DeviationRemediated | DeviationClosed):
            good = self.names_deviation(what.deviation)
            digests = what.evidence if isinstance(what, DeviationRemediated) else ()
        elif isinstance(what, Released) and what.deviation is not None:
            good = self.names_deviation(what.deviation)
        elif isinstance(what, Transferred):
            digests = (what.digest,)
        if not good or (not self.withheld and not set(digests) <= run.evidence):
            self.case.add("reference.broken", frame=placed.frame, seq=placed.entry.seq)

    def _names_value(self, ref: Ref) -> bool:
        """Tell whether a ref names a value-recorded or correction entry, or a withheld one."""
        run = self.case.run
        held = run.values.get(ref.seq) if run else None
        return ref.leaf == (held.leaf if held else self.withheld.get(ref.seq))

    def names_deviation(self, ref: Ref) -> bool:
        """Tell whether a ref names a deviation-raised entry, or a withheld one."""
        run = self.case.run
        held = run.deviations.get(ref.seq) if run else None
        return ref.leaf == (held.leaf if held else self.withheld.get(ref.seq))

    # --- signed records inside entries

    def _take_signed(self, placed: Placed) -> None:
        what = placed.entry.what
        if isinstance(what, Attested):
            signed = parse_cose(what.attestation, RecordType.ATTESTATION)
            self._take_attestation(placed, signed, parse_attestation(signed.payload))
        elif isinstance(what, Assigned):
            signed = parse_cose(what.assignment, RecordType.ASSIGNMENT)
            self._take_assignment(placed, signed, parse_assignment(signed.payload))
        elif isinstance(what, Witnessed):
            record = read_witness(self.case, what.witness, placed.frame)
            if record is not None:
                self._take_witness(placed, record)

    def _take_attestation(self, placed: Placed, signed: Signed, attestation: Attestation) -> None:
        """An actor signs its window (SPEC 6.6)."""
        actor, case = placed.actor, self.case
        if attestation.actor != placed.entry.actor or signed.kid != thumbprint(actor.member.key):
            case.add("signature.wrong-key", frame=placed.frame, actor=placed.entry.actor)
        elif case.verify(signed, actor.member.key, placed.frame):
            here = attestation.run == self.run_id and self._is_recent(attestation.seq, attestation.head)
            window = Window(count=attestation.count, digest=attestation.digest)
            if not here or not (self.unused or matches(actor, window)):
                case.add("attestation.mismatch", frame=placed.frame, actor=placed.entry.actor)
            actor.attest()

    def _is_recent(self, seq: int, leaf: bytes) -> bool:
        """Tell whether an entry before the last one, not too far back, has this number and leaf (SPEC 6.6-2)."""
        back = self.count - seq
        return 1 < back <= len(self._recent) and self._recent[-back] == leaf

    def _take_assignment(self, placed: Placed, signed: Signed, assignment: Assignment) -> None:
        """A further actor joins (SPEC 6.5)."""
        case, run = self.case, self.case.run
        assert run is not None  # noqa: S101 - the caller has looked
        assert case.issuer is not None  # noqa: S101 - a run has a contract and that an issuer
        self._assignments += 1
        if self._assignments > MAX_ASSIGNMENTS:
            case.add("limit.exceeded", {"limit": MAX_ASSIGNMENTS}, frame=placed.frame)
            return
        if not case.keys.enrol(assignment.member):
            case.add("identity.shared-key", frame=placed.frame, actor=assignment.member.id)
            return
        # A bad assignment has failed the bundle; its actor's entries are not to fail it again (SPEC 9.8-5).
        run.actors[assignment.member.id] = Actor(assignment.member)
        self._check_assigner(placed, signed, assignment, run, case.issuer.key)

    def _check_assigner(
        self, placed: Placed, signed: Signed, assignment: Assignment, run: Run, issuer_key: bytes
    ) -> None:
        """Who assigns may assign, for this run (SPEC 6.5-1)."""
        case, signer = self.case, self.case.keys.find(signed.kid)
        if signer is None or signer.key == assignment.member.key:
            case.add("signature.wrong-key", frame=placed.frame)
            return
        if not case.verify(signed, signer.key, placed.frame):
            return
        actor = run.actors.get(signer.member.id) if signer.member else None
        entitled = actor is not None and actor.human and actor.holds(run.contract.authority.assign)
        here = assignment.contract == case.contract_hash and assignment.run == self.run_id
        if not ((entitled or signer.key == issuer_key) and here and assignment.by == signer.person):
            case.add("assignment.unauthorised", frame=placed.frame, actor=assignment.member.id)

    def _take_witness(self, placed: Placed, record: Witness) -> None:
        """A witness signs an earlier entry (SPEC 6.10-1)."""
        here = record.run == self.run_id and record.target == "entry" and record.seq is not None
        if here and record.seq is not None and self._is_recent(record.seq, record.hash):
            self.clock.append((record.seq, record, placed.frame))
        else:
            self.case.add("witness.mismatch", frame=placed.frame)

    # --- the seal

    def check_complete(self, frame: int) -> None:
        """The entry before the seal is run-ended (SPEC 9.5-7)."""
        if self._ended is None and not self._misplaced_end and not self.unused:
            self.case.add("entry.misplaced", {"why": "seal-before-run-ended"}, frame=frame)

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

    def check_sealer(self, signed: Signed, seal: Seal, frame: int) -> None:
        """The seal is signed by the actor that it names, and attests its window (SPEC 6.8-2, 6.8-3)."""
        run = self.case.run
        actor = run.actors.get(seal.actor) if run else None
        if actor is None:
            self.case.add("actor.unknown", frame=frame, actor=seal.actor)
        elif signed.kid != thumbprint(actor.member.key):
            self.case.add("signature.wrong-key", frame=frame, actor=seal.actor)
        elif self.case.verify(signed, actor.member.key, frame):
            if not self.unused and not matches(actor, seal.attests):
                self.case.add("attestation.mismatch", frame=frame, actor=seal.actor)
            actor.attest()


def matches(actor: Actor, window: Window) -> bool:
    """Tell whether a window is the actor's (SPEC 6.6-1)."""
    return window.count == actor.count and window.digest == actor.leaves.digest()


def read_witness(case: Case, body: bytes, frame: int) -> Witness | None:
    """Read a witness record; None unless it is a known witness's and its signature verifies (SPEC 9.8-9)."""
    signed = parse_cose(body, RecordType.WITNESS)
    record = parse_witness(signed.payload)
    if case.run is None:
        return None
    known = case.trust.witness_of(signed.kid)
    if known is None or known.id != record.witness:
        case.add("witness.unknown", {"kid": signed.kid.hex()}, frame=frame)
        return None
    case.clocks.append((known, frame))
    return record if case.verify(signed, known.key, frame) else None


_TABLES = (steps.ON_ENTRY, values.ON_ENTRY, evidence.ON_ENTRY, deviations.ON_ENTRY, actors.ON_ENTRY)
ON_ENTRY = {
    kind: tuple(check for table in _TABLES for check in table.get(kind, ()))
    for kind in {kind for table in _TABLES for kind in table}
}
