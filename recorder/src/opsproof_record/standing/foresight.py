"""What the pinned policy would say of a run as it stands: its entries through the verifier's own rules.

The same fold and the same rules as in a verification (SPEC 9.10, 9.11) look at the journal, as if it were ended and
sealed now. Two things only a verification can know are left out: whether signatures verify, and whom a trust store
vouches for. So FAIL is certain, whoever verifies under this policy; PROVISIONAL is the best that can come.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from dataclasses import dataclass
from typing import BinaryIO

from opsproof_verify import kinds
from opsproof_verify.approvals import Closure, Tally
from opsproof_verify.case import Case
from opsproof_verify.container import Frame, FrameType, read_frames
from opsproof_verify.contract import Contract, Member
from opsproof_verify.cose import RecordType, Signed
from opsproof_verify.entries import Entry
from opsproof_verify.findings import Counts, Finding, Rejected, Time
from opsproof_verify.graph import Graph
from opsproof_verify.judge import AT_END
from opsproof_verify.log import ON_ENTRY, Log
from opsproof_verify.merkle import leaf_hash
from opsproof_verify.parse_contract import parse_contract
from opsproof_verify.parse_entry import parse_entry, parse_withheld
from opsproof_verify.parse_signed import parse_approval, parse_cose
from opsproof_verify.policy import Policy
from opsproof_verify.recall import Recall, read_from
from opsproof_verify.records import Approval
from opsproof_verify.register import Remedy, Severity
from opsproof_verify.rules import actors, contract, deviations
from opsproof_verify.rules.signoffs import check_needs
from opsproof_verify.run import Run
from opsproof_verify.signoffs import find_owed
from opsproof_verify.state import Actor, Placed
from opsproof_verify.trust import Issuer, TrustStore
from opsproof_verify.validity import ANY_TIME, Keyring, Signer, Witnessed
from opsproof_verify.violation import Violations, about

#: Of what is found then, what the run itself can still mend while it goes on; the rest stands in the log for good.
IN_RUN = frozenset(
    {
        "step.unfinished",
        "step.not-released",
        "value.missing",  # by a deviation that names the step (SPEC 9.10-8)
        "check.missing",
        "check.not-independent",
        "check.outdated",  # by another check
        "custody.not-received",
        "deviation.missing",
        "deviation.premature",  # by a further deviation
        "deviation.unruled",
        "deviation.not-remediated",
        "deviation.not-closed",
        "attestation.owed",
        "attestation.missing",
        "seal.unauthorised",  # by an assignment
    }
)

#: Found for want of a trust store alone.
_UNKNOWN_HERE = frozenset({"witness.unknown"})

_NOBODY = TrustStore(
    id="none",
    serial=0,
    issued=0,
    next_update=1,
    issuers=(),
    approvers=(),
    witnesses=(),
    revoked=(),
    withdrawn={},
    role_map={},
)


@dataclass(frozen=True, slots=True)
class Foreseen:
    """A finding that a verification would make, and whether the run itself can still mend it."""

    finding: Finding
    seq: int | None  # the entry that it is about
    in_run: bool

    @property
    def after_seal(self) -> bool:
        """Whether sign-offs after the seal can mend it (SPEC 10, *Remedy*)."""
        return self.finding.code.remedy is not Remedy.NONE


@dataclass(frozen=True, slots=True)
class Foresight:
    """What would be found, worst first, if the run were sealed now; nothing is said where entries are ``withheld``."""

    found: tuple[Foreseen, ...]
    counts: Counts
    withheld: bool

    @property
    def fails(self) -> bool:
        """Whether the verdict would be FAIL."""
        return any(one.finding.severity is Severity.FAIL for one in self.found)


def foresee(stream: BinaryIO, end: int, sealer: Member | None) -> Foresight:
    """Judge a journal up to an offset as if ``sealer`` ended and sealed it now; an ended one as it is.

    ``sealer`` is None if nobody enrolled may seal. ``end`` is where a frame ends, as `frames.scan` finds it.
    """
    stream.seek(0)
    reading = _Reading(Recall(read_from(stream)))
    for frame in read_frames(stream):
        reading.take(frame)
        if frame.end >= end:  # what follows is torn, or was written meanwhile
            break
    return reading.judge(sealer)


class _Unsigned(Case):
    """A case without a trust store, in which signatures are not looked at."""

    def verify(self, signed: Signed, key: bytes, frame: int, failure: str = "signature.invalid") -> bool:
        """Take every signature as it is: that they hold is for a verification to say."""
        del signed, key, frame, failure
        return True


class _Keys(Keyring):
    """The keys enrolled in the run, and the issuer's, of which only the thumbprint is known here."""

    def __init__(self, kid: bytes, issuer: str) -> None:
        super().__init__(_NOBODY)
        self._issuer = kid, Signer(b"", issuer, (), ANY_TIME, None)

    def find(self, kid: bytes) -> Signer | None:
        """Find whose key has a thumbprint."""
        known, signer = self._issuer
        return super().find(kid) or (signer if kid == known else None)


class _Reading:
    """The fold: frames in, findings out."""

    def __init__(self, recall: Recall) -> None:
        self.case = _Unsigned(_NOBODY, None, None, None)
        self.log = Log(self.case, recall)
        self.approvals: list[Approval] = []
        self.frames = array("Q")  # the frame number of each entry

    def take(self, frame: Frame) -> None:
        if frame.type in {FrameType.ENTRY, FrameType.WITHHELD}:
            self.frames.append(frame.number)
        if frame.type is FrameType.CONTRACT:
            self._take_contract(frame.read())
        elif frame.type is FrameType.APPROVAL:
            self.approvals.append(parse_approval(parse_cose(frame.read(), RecordType.APPROVAL).payload))
        elif frame.type is FrameType.ENTRY:
            body = frame.read()
            leaf = leaf_hash(body)
            self.log.recall.note(frame.number, frame.offset, frame.end, leaf)
            self.log.take(parse_entry(body), leaf, frame.number)
        elif frame.type is FrameType.WITHHELD:
            body = frame.read()
            self.log.recall.note(frame.number, frame.offset, frame.end, leaf_hash(body))
            self.log.take_withheld(parse_withheld(body), frame.number)

    def _take_contract(self, body: bytes) -> None:
        case, cosed = self.case, parse_cose(body, RecordType.CONTRACT)
        lep = case.contract = parse_contract(cosed.payload)
        case.contract_hash = self.log.chain.head = leaf_hash(body)
        case.pinned = Policy.parse_canonical(lep.policy)
        case.issuer = _issuer(lep)
        case.keys = _Keys(cosed.kid, lep.issuer)
        for member in lep.roster:
            case.keys.enrol(member)
        case.run = Run(lep, case.pinned, case.pinned, None, self.log.recall, None)

    def judge(self, sealer: Member | None) -> Foresight:
        """Ask the rules that are asked at the end, having ended and sealed the run in thought."""
        case, run, pinned = self.case, self.case.run, self.case.pinned
        if run is None or pinned is None:
            raise Rejected("frame.truncated")  # a journal begins with its contract
        if self.log.chain.withheld:
            return Foresight((), (), withheld=True)
        case.violate(contract.check_in_force(run))
        case.violate(contract.check_retention(run))
        case.violate(self._unapproved(run, pinned))
        settled = [*case.found.kept(), *case.violated.kept()]
        ended = run.outcome is not None
        if not ended:
            self._end(run)
        for rule in AT_END:
            case.violate(rule(run))
        if sealer is None:
            case.add("seal.unauthorised")
        else:
            run.actors[sealer.id].attest()  # by the seal (SPEC 6.8-2)
        if all(need.conditional for need in pinned.approvals):
            case.add("policy.never-final")
        self._close(run, pinned, run.actors[sealer.id] if sealer else None)
        case.found.take(case.violated)
        found = [
            Foreseen(one, self._entry_of(one), in_run=not ended and one.code.name in IN_RUN and one not in settled)
            for one in case.found.findings()
            if one.code.name not in _UNKNOWN_HERE
        ]
        return Foresight(tuple(sorted(found, key=_weight)), case.found.counts(), withheld=False)

    def _entry_of(self, found: Finding) -> int | None:
        """Give the entry that a finding is about, if it is about one."""
        seq = dict(found.subject).get("seq")
        if isinstance(seq, int):
            return seq
        at = bisect_left(self.frames, found.frame or 0)
        return at if at < len(self.frames) and self.frames[at] == found.frame else None

    def _end(self, run: Run) -> None:
        """Judge an end of the run now; only the rules of `run-ended` itself, since whoever writes it signs in time."""
        what = kinds.RunEnded(outcome="completed", reason=None)
        actor, chain = next(iter(run.actors.values())), self.log.chain
        entry = Entry(
            kind="run-ended",
            run=chain.run_id,
            seq=chain.count,
            prev=chain.head,
            time=run.started or Time(0),
            nonce=b"",
            actor=actor.member.id,
            what=what,
        )
        for check in ON_ENTRY[kinds.RunEnded]:
            self.case.violate(check(run, Placed(entry, b"", 0, actor), what))

    def _close(self, run: Run, pinned: Policy, sealer: Actor | None) -> None:
        """Ask the rules of phase 8 that need no trust store, before anybody has signed off: nothing is covered yet."""
        case = self.case
        closure = Closure(case, run, Graph(), pinned, Witnessed(), 0, sealer)
        tally = Tally(closure, closure.counted)
        case.settle(tally.covers)
        find_owed(case, run)
        case.violate(actors.check_attested(run))
        case.violate(check_needs(closure, tally))
        case.violate(deviations.check_remediated(run))
        case.violate(deviations.check_closed(run, tally))

    def _unapproved(self, run: Run, pinned: Policy) -> Violations:
        """Find that too few approved the contract, whoever they are: roles are for a trust store (SPEC 9.10-1)."""
        if run.started is None:
            return
        persons = {one.person for one in self.approvals if one.time.ms <= run.started.ms} - {run.contract.issuer}
        if len(persons) < pinned.contract_count:
            yield about("contract.unapproved", {}, approved=len(persons), needed=pinned.contract_count)


def _weight(one: Foreseen) -> int:
    return (Severity.FAIL, Severity.PROVISIONAL, Severity.NOTE).index(one.finding.severity)


def _issuer(lep: Contract) -> Issuer:
    """Stand in for the issuer: the person that the contract names, with the key that :class:`_Keys` has for it."""
    return Issuer(
        person=lep.issuer,
        organisation=None,
        key=b"",
        contracts=("*",),
        minimum_version={},
        accepted_policies=(),
        valid_from=None,
        valid_until=None,
    )
