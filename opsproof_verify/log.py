"""What entries mean (SPEC 9.5-8, 9.8): references, enrolment, attestations, witnesses, and the rules on entries.

An entry always joins the chain. Its meaning is taken into the run only when the contract can be used and its actor is
enrolled.
"""

from __future__ import annotations

from opsproof_verify import fold, references
from opsproof_verify.attestations import Whole
from opsproof_verify.case import Case
from opsproof_verify.chain import Chain
from opsproof_verify.cose import RecordType, Signed
from opsproof_verify.ed25519 import admission_flaw, thumbprint
from opsproof_verify.entries import Entry
from opsproof_verify.findings import Rejected
from opsproof_verify.kinds import (
    Assigned,
    AtStep,
    Attested,
    DeviationRaised,
    RunStarted,
    ValueRecorded,
    Witnessed,
)
from opsproof_verify.parse_signed import parse_assignment, parse_attestation, parse_cose, parse_witness
from opsproof_verify.recall import Recall
from opsproof_verify.records import Assignment, Attestation, Late, Seal, Window, Withheld, Witness
from opsproof_verify.rules import actions, actors, deviations, evidence, instruments, steps, time, values
from opsproof_verify.run import Run
from opsproof_verify.state import Actor, Placed, Stretch
from opsproof_verify.stretches import KINDS_OF_STRETCHES
from opsproof_verify.validity import ANY_TIME, Signer, member_window
from opsproof_verify.violation import on

MAX_ASSIGNMENTS = 1_000
MAX_DEVIATIONS = 10_000

_ALWAYS = (*time.ALWAYS, *actors.ALWAYS)


class Log:
    """Takes entries into chain and run."""

    def __init__(self, case: Case, recall: Recall) -> None:
        """Begin with no entry; ``recall`` reads entries again."""
        self.case = case
        self.recall = recall
        self.chain = Chain(case)
        self.clock: list[tuple[int, Witness, int]] = []  # position, record, frame
        self.assigners: list[tuple[Signer, int, Placed]] = []  # who assigned, when, in which entry
        self.assigned_keys: list[bytes] = []
        self._assignments = 0
        self._times: dict[str, tuple[float, float]] = {}  # by actor: when its key is valid
        self._calm: tuple[Actor, str, int] | None = None  # who began or recorded what in which pass, with nothing found

    def take(self, entry: Entry, leaf: bytes, frame: int) -> None:
        """Take an entry: place and chain first, then its meaning."""
        self.chain.take(entry, leaf, frame)
        entry = self.chain.renumbered(entry)
        self._calm = None
        if self.case.run is None:
            return
        actor = self.case.run.actors.get(entry.actor)
        if actor is None:
            self.chain.unused = True
            self.case.add("actor.unknown", frame=frame, seq=entry.seq, actor=entry.actor)
        else:
            self._take_meaning(self.case.run, Placed(entry, leaf, frame, actor))

    def take_stretch(self, stretch: Stretch, leaves: bytes, frame: int) -> bool:
        """Take a stretch at once; False if its entries are to be taken one by one.

        The entry before was its anchor, or in a stretch, since the same bytes were read. Had each entry been asked, the
        rules would look at the same actor, step and pass in the same state as for the anchor, but for what is compared
        here: the last time, the number of entries that wait, and the names. The actor's attestations may be among them:
        each signs all entries since the one before, so none may wait yet, and the key must be the actor's.
        """
        run, (_, last, names, waiting, _, key) = self.case.run, stretch
        if run is None or self._calm is None:
            return False
        actor, step, number = self._calm
        one, attested = run.pass_of(step, number), run.policy.rules["attestation.late"]
        if (
            actor.at_once
            or actor.count + waiting > attested.number("max-waiting")
            or (key is not None and (actor.count or not _may_attest(actor, key)))
            or not KINDS_OF_STRETCHES.isdisjoint(attested.words("at-once"))
            or (run.at is not None and last > run.at)
            or not run.passes.lacks(one, names)
            or not self._is_valid(actor, last)
        ):
            return False
        fold.take_stretch(run, actor, one, stretch, leaves, (self.chain.count, frame))
        self.chain.take_stretch(leaves)
        return True

    def take_attested(self, whole: Whole, leaf: bytes, frame: int) -> bool:
        """Take an attestation that was read whole; False if its entry is to be taken as others are.

        It is linked to the entry before, in time, and signs its actor's window: nothing can be found in it.
        """
        run, chain = self.case.run, self.chain
        _, prev, ms, name, seq, head, count, digest, key = whole
        actor = run.actors.get(name) if run is not None else None
        if (
            run is None
            or actor is None
            or chain.unused
            or prev != chain.head
            or not (_is_ordinary(run, actor, ms) and self._is_valid(actor, ms))
            or not _may_attest(actor, key)
            or not chain.is_recent(seq, head, ahead=1)
            or (count, digest) != (actor.count, actor.leaves.digest())
        ):
            return False
        run.note_time(ms, frame)
        actor.last = chain.count, frame
        actor.attest()
        chain.take_stretch(leaf)
        return True

    def take_opaque(self, leaf: bytes) -> None:
        """Take an entry that could not be read (SPEC 9.3-2)."""
        self._calm = None
        self.chain.take_opaque(leaf)

    def take_withheld(self, withheld: Withheld, frame: int) -> None:
        """Take a withheld entry; its leaf joins the window of the actor that its frame names (SPEC 6.3-8)."""
        self._calm = None
        self.chain.take_withheld(withheld.leaf, frame)
        run = self.case.run
        if run is not None and withheld.actor in run.actors:
            run.actors[withheld.actor].write(withheld.leaf)
            run.actors[withheld.actor].others = True

    def _take_meaning(self, run: Run, placed: Placed) -> None:
        """Resolve what the entry refers to, ask the rules, take it into the run."""
        case, what, violations = self.case, placed.entry.what, self.case.violations
        if not references.are_good(run, self.chain, what):
            case.add("reference.broken", frame=placed.frame, seq=placed.entry.seq)
        for check in (() if _is_ordinary(run, placed.actor, placed.entry.time.ms) else _ALWAYS) + ON_ENTRY.get(
            type(what), ()
        ):
            for violation in check(run, placed, what):
                case.weigh(violation)
        if not self._is_valid(placed.actor, placed.entry.time.ms):
            case.weigh(on(placed, "actor.not-valid", actor=placed.entry.actor))
        fold.apply(run, placed)
        if isinstance(what, ValueRecorded | AtStep) and placed.entry.kind != "step-completed":
            step = run.step_of(what.step, what.number)
            if violations == case.violations and step is not None and not step.qualifications:
                self._calm = placed.actor, what.step, what.number
        elif isinstance(what, RunStarted):
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

    def _is_valid(self, actor: Actor, ms: int) -> bool:
        """Tell whether a time lies within an actor's window and before its key's revocation (SPEC 9.10-17)."""
        times = self._times.get(actor.member.id)
        if times is None:
            times = self.case.claimed.times(actor.member.key, member_window(actor.member))
            self._times[actor.member.id] = times
        return times[0] <= ms < times[1]

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
        self.assigned_keys.append(assignment.member.key)
        # A bad assignment has failed the bundle; its actor's entries are not to fail it again (SPEC 9.8-5).
        run.actors[assignment.member.id] = Actor(assignment.member, since=placed.entry.seq)
        self._check_assigner(run, placed, signed, assignment)

    def _check_assigner(self, run: Run, placed: Placed, signed: Signed, assignment: Assignment) -> None:
        """Who assigns may assign, for this run (SPEC 6.5-1)."""
        case, signer = self.case, self.case.keys.find(signed.kid)
        issuer = signer is not None and case.issuer is not None and signer.key == case.issuer.key
        if signer is None or not (issuer or signer.member) or signer.key == assignment.member.key:
            case.add("signature.wrong-key", frame=placed.frame)
            return
        if not case.verify(signed, signer.key, placed.frame):
            return
        actor = run.actors.get(signer.member.id) if signer.member else None
        entitled = actor is not None and actor.human and actor.holds(run.contract.authority.assign)
        here = assignment.contract == case.contract_hash and assignment.run == self.chain.run_id
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


def _is_ordinary(run: Run, actor: Actor, ms: int) -> bool:
    """Tell whether the rules on entries of all kinds have nothing to find, since nothing that they look at is there.

    The entry is later than all before it and not later than the verification, few enough wait for the actor's
    attestation, and the actor is known by an entry before (9.10-12 to 9.10-14, 9.10-30, 9.10-34, 9.10-36, 9.10-51).
    """
    return (
        run.newest is not None
        and run.newest[0] < ms
        and (run.at is None or ms <= run.at)
        and actor.count < run.policy.rules["attestation.late"].number("max-waiting")
        and not actor.at_once
        and actor.last is not None
    )


def _may_attest(actor: Actor, key: bytes) -> bool:
    """Tell whether a key is an actor's, and one that may be used."""
    return key == actor.member.key and admission_flaw(key) is None


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
