"""What entries mean (SPEC 9.5-8, 9.8): references, enrolment, attestations, witnesses, and the rules on entries.

An entry always joins the chain. Its meaning is taken into the run only when the contract can be used and its actor is
enrolled.
"""

from __future__ import annotations

from collections.abc import Mapping

from opsproof_verify import fold
from opsproof_verify.case import Case
from opsproof_verify.chain import Chain
from opsproof_verify.cose import RecordType, Signed
from opsproof_verify.ed25519 import thumbprint
from opsproof_verify.entries import Entry
from opsproof_verify.fields import Ref
from opsproof_verify.findings import Rejected
from opsproof_verify.kinds import (
    Acted,
    Assigned,
    Attested,
    Correction,
    DeviationClosed,
    DeviationRaised,
    DeviationRemediated,
    DeviationRuled,
    Received,
    Released,
    RunStarted,
    Transferred,
    Voided,
    Witnessed,
)
from opsproof_verify.parse_signed import parse_assignment, parse_attestation, parse_cose, parse_witness
from opsproof_verify.records import Assignment, Attestation, Late, Seal, Window, Withheld, Witness
from opsproof_verify.rules import actions, actors, deviations, evidence, instruments, steps, time, values
from opsproof_verify.run import Run
from opsproof_verify.state import Actor, Deviation, Held, Leave, Placed, Transfer, Value
from opsproof_verify.validity import ANY_TIME, Signer, member_window
from opsproof_verify.violation import on

MAX_ASSIGNMENTS = 1_000
MAX_DEVIATIONS = 10_000

_ALWAYS = (*time.ALWAYS, *actors.ALWAYS)


class Log:
    """Takes entries into chain and run."""

    def __init__(self, case: Case) -> None:
        """Begin with no entry."""
        self.case = case
        self.chain = Chain(case)
        self.clock: list[tuple[int, Witness, int]] = []  # position, record, frame
        self.assigners: list[tuple[Signer, int, Placed]] = []  # who assigned, when, in which entry
        self._assignments = 0

    def take(self, entry: Entry, leaf: bytes, frame: int) -> None:
        """Take an entry: place and chain first, then its meaning."""
        self.chain.take(entry, leaf, frame)
        if self.case.run is None:
            return
        actor = self.case.run.actors.get(entry.actor)
        if actor is None:
            self.chain.unused = True
            self.case.add("actor.unknown", frame=frame, seq=entry.seq, actor=entry.actor)
        else:
            self._take_meaning(self.case.run, Placed(entry, leaf, frame, actor))

    def take_withheld(self, withheld: Withheld, frame: int) -> None:
        """Take a withheld entry; its leaf joins the window of the actor that its frame names (SPEC 6.3-8)."""
        self.chain.take_withheld(withheld.leaf, frame)
        run = self.case.run
        if run is not None and withheld.actor in run.actors:
            run.actors[withheld.actor].write(withheld.leaf)
            run.actors[withheld.actor].others = True

    def _take_meaning(self, run: Run, placed: Placed) -> None:
        """Resolve what the entry refers to, ask the rules, take it into the run."""
        case, what = self.case, placed.entry.what
        self._check_refs(run, placed)
        for always in _ALWAYS:
            case.violate(always(run, placed, what))
        for check in ON_ENTRY.get(type(what), ()):
            case.violate(check(run, placed, what))
        self._check_key(placed)
        fold.apply(run, placed)
        if isinstance(what, RunStarted):
            self._check_subject(run, what, placed.frame)
        elif isinstance(what, Attested | Assigned | Witnessed):
            self._assignments += isinstance(what, Assigned)
            if self._assignments > MAX_ASSIGNMENTS:
                raise Rejected("limit.exceeded", frame=placed.frame, limit=MAX_ASSIGNMENTS)
            try:
                self._take_signed(run, placed, what)
            except Rejected as refusal:
                self.chain.unused = True
                case.refuse(refusal, placed.frame)
        elif isinstance(what, DeviationRaised) and len(run.deviations) > MAX_DEVIATIONS:
            raise Rejected("limit.exceeded", frame=placed.frame, limit=MAX_DEVIATIONS)

    def _check_subject(self, run: Run, what: RunStarted, frame: int) -> None:
        """The subject gives the contract's params (SPEC 6.3-3)."""
        params = run.contract.params
        required = {name for name, param in params.items() if not param.optional}
        if not required <= what.subject.keys() <= params.keys():
            self.case.add("record.malformed", {"path": "subject", "why": "params"}, frame=frame)

    def _check_key(self, placed: Placed) -> None:
        """An entry lies within its actor's window and before its key's revocation (SPEC 9.10-17)."""
        member, ms = placed.actor.member, placed.entry.time.ms
        if not self.case.claimed.holds(member.key, ms, 0, member_window(member)):
            self.case.violate((on(placed, "actor.not-valid", actor=placed.entry.actor),))

    def _check_refs(self, run: Run, placed: Placed) -> None:
        """Refs and digests name what they must (SPEC 6.3-5, 6.3-6, 9.5-8)."""
        what = placed.entry.what
        digests: tuple[bytes, ...] = ()
        good = True
        if isinstance(what, Correction):
            good = self._names(run.values, what.corrects)
        elif isinstance(what, DeviationRaised):
            good, digests = all(self._names(run.values, ref) for ref in what.values), what.evidence
        elif isinstance(what, DeviationRuled | DeviationRemediated | DeviationClosed):
            good = self.names_deviation(run, what.deviation)
            digests = what.evidence if isinstance(what, DeviationRemediated) else ()
        elif isinstance(what, Released) and what.deviation is not None:
            good = self.names_deviation(run, what.deviation)
        elif isinstance(what, Acted) and what.authorised is not None:
            good = self._names(run.authorised, what.authorised)
        elif isinstance(what, Transferred):
            digests = (what.digest,)
        elif isinstance(what, Received):
            good = self._names(run.transfers, what.transfer)
        elif isinstance(what, Voided):
            good = self._names(run.values, what.voids) or self._names(run.items, what.voids)
        if self.chain.broken:
            return  # one failure, one finding (SPEC 9.5-8)
        if not good or (not self.chain.withheld and not run.custody.keys() >= set(digests)):
            self.case.add("reference.broken", frame=placed.frame, seq=placed.entry.seq)

    def _names(self, known: Mapping[int, Value | Held | Transfer | Deviation | Leave], ref: Ref) -> bool:
        """Tell whether a ref names a known entry, or a withheld one, by number and leaf."""
        held = known.get(ref.seq)
        return ref.leaf == (held.leaf if held else self.chain.withheld.get(ref.seq))

    def names_deviation(self, run: Run, ref: Ref) -> bool:
        """Tell whether a ref names a deviation-raised entry, or a withheld one."""
        return self._names(run.deviations, ref)

    # --- signed records inside entries

    def _take_signed(self, run: Run, placed: Placed, what: Attested | Assigned | Witnessed) -> None:
        """Take the signed record of an entry; a malformed one is ``Rejected``."""
        if isinstance(what, Attested):
            signed = parse_cose(what.attestation, RecordType.ATTESTATION)
            self._take_attestation(placed, signed, parse_attestation(signed.payload))
        elif isinstance(what, Assigned):
            signed = parse_cose(what.assignment, RecordType.ASSIGNMENT)
            self._take_assignment(run, placed, signed, parse_assignment(signed.payload))
        else:
            record = read_witness(self.case, what.witness, placed.frame)
            if record is not None:
                self._take_witness(placed, record)

    def _take_attestation(self, placed: Placed, signed: Signed, attestation: Attestation) -> None:
        """An actor signs its window (SPEC 6.6)."""
        actor, case = placed.actor, self.case
        if attestation.actor != placed.entry.actor or signed.kid != thumbprint(actor.member.key):
            case.add("signature.wrong-key", frame=placed.frame, actor=placed.entry.actor)
        elif case.verify(signed, actor.member.key, placed.frame):
            chain = self.chain
            here = attestation.run == chain.run_id and chain.is_recent(attestation.seq, attestation.head)
            if not here or not (chain.unused or matches(actor, attestation)):
                case.add("attestation.mismatch", frame=placed.frame, actor=placed.entry.actor)
        actor.attest()

    def _take_assignment(self, run: Run, placed: Placed, signed: Signed, assignment: Assignment) -> None:
        """A further actor joins (SPEC 6.5)."""
        case = self.case
        if not case.keys.enrol(assignment.member):
            case.add("identity.shared-key", frame=placed.frame, actor=assignment.member.id)
            return
        # A bad assignment has failed the bundle; its actor's entries are not to fail it again (SPEC 9.8-5).
        run.actors[assignment.member.id] = Actor(assignment.member)
        self._check_assigner(run, placed, signed, assignment)

    def _check_assigner(self, run: Run, placed: Placed, signed: Signed, assignment: Assignment) -> None:
        """Who assigns may assign, for this run (SPEC 6.5-1)."""
        case, signer = self.case, self.case.keys.find(signed.kid)
        if signer is None or signer.key == assignment.member.key:
            case.add("signature.wrong-key", frame=placed.frame)
            return
        if not case.verify(signed, signer.key, placed.frame):
            return
        actor = run.actors.get(signer.member.id) if signer.member else None
        entitled = actor is not None and actor.human and actor.holds(run.contract.authority.assign)
        here = assignment.contract == case.contract_hash and assignment.run == self.chain.run_id
        issuer = case.issuer is not None and signer.key == case.issuer.key
        if not ((entitled or issuer) and here and assignment.by == signer.person):
            case.add("assignment.unauthorised", frame=placed.frame, actor=assignment.member.id)
        else:
            self.assigners.append((signer, assignment.time.ms, placed))

    def _take_witness(self, placed: Placed, record: Witness) -> None:
        """A witness signs an earlier entry (SPEC 6.10-1)."""
        here = record.run == self.chain.run_id and record.target == "entry" and record.seq is not None
        if here and record.seq is not None and self.chain.is_recent(record.seq, record.hash):
            self.clock.append((record.seq, record, placed.frame))
        else:
            self.case.add("witness.mismatch", frame=placed.frame)

    def check_sealer(self, signed: Signed, seal: Seal, frame: int) -> None:
        """The seal is signed by the actor that it names, and attests its window (SPEC 6.8-2, 6.8-3)."""
        run = self.case.run
        actor = run.actors.get(seal.actor) if run else None
        if actor is None:
            self.case.add("actor.unknown", frame=frame, actor=seal.actor)
        elif signed.kid != thumbprint(actor.member.key):
            self.case.add("signature.wrong-key", frame=frame, actor=seal.actor)
        elif self.case.verify(signed, actor.member.key, frame):
            if not self.chain.unused and not matches(actor, seal.attests):
                self.case.add("attestation.mismatch", frame=frame, actor=seal.actor)
            actor.attest()


def matches(actor: Actor, window: Attestation | Window | Late) -> bool:
    """Tell whether a window is the actor's (SPEC 6.6-1)."""
    return window.count == actor.count and window.digest == actor.leaves.digest()


def read_witness(case: Case, body: bytes, frame: int) -> Witness | None:
    """Read a witness record; None unless it is a known witness's and its signature verifies (SPEC 9.8-9)."""
    signed = parse_cose(body, RecordType.WITNESS)
    record = parse_witness(signed.payload)
    if case.run is None:
        return None
    known = case.keys.witness(signed.kid)
    if known is None or known.id != record.witness or not case.claimed.holds(known.key, record.time.ms, None, ANY_TIME):
        case.add("witness.unknown", {"kid": signed.kid.hex()}, frame=frame)
        return None
    case.clocks.append((known, frame))
    return record if case.verify(signed, known.key, frame) else None


_SUBJECTS = (steps, values, evidence, instruments, deviations, actors, actions, time)
_TABLES = [subject.ON_ENTRY for subject in _SUBJECTS]
ON_ENTRY = {
    kind: tuple(check for table in _TABLES for check in table.get(kind, ()))
    for kind in {kind for table in _TABLES for kind in table}
}
