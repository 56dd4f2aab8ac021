"""Phases 1 to 6 (SPEC 9.4 to 9.9): one pass over the frames of a bundle.

Each frame has a handler. A handler turns bytes into records, checks what the frames before it make checkable, and takes
the record into the state. What is refused becomes a finding, and the record is not used. Nothing is held back but what
the state needs: leaves of the last entries, sign-offs, and the run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import BinaryIO, NamedTuple

from opsproof_verify.batches import WINDOW, Batches
from opsproof_verify.bodies import Bodies
from opsproof_verify.case import Case
from opsproof_verify.compiled import EntryReader
from opsproof_verify.container import Batch, Frame, FrameType, read_parts
from opsproof_verify.cose import RecordType
from opsproof_verify.findings import Rejected
from opsproof_verify.graph import Delegated, SignedOff
from opsproof_verify.kinds import EvidenceAdded, RunStarted
from opsproof_verify.log import Log, read_witness
from opsproof_verify.merkle import leaf_hash
from opsproof_verify.parse_contract import parse_contract
from opsproof_verify.parse_entry import parse_withheld
from opsproof_verify.parse_signed import parse_approval, parse_cose, parse_delegation, parse_seal, parse_signoff
from opsproof_verify.policy import Policy
from opsproof_verify.recall import Recall
from opsproof_verify.records import Seal, Witness
from opsproof_verify.run import Run
from opsproof_verify.source import Source

MAX_APPROVALS = 64
MAX_SIGNOFFS = 1_024


class Sealed(NamedTuple):
    """The seal where it stands."""

    seal: Seal
    frame: int


class WitnessedRecord(NamedTuple):
    """A witness record after the seal."""

    record: Witness
    frame: int


class Intake:
    """Reads frames into a case."""

    def __init__(self, case: Case, stream: BinaryIO) -> None:
        """Begin at the beginning of a bundle."""
        self.case = case
        self.source = Source(stream, case.workers)
        self.log = Log(case, Recall(self.source.read_at))
        self.bodies = Bodies(case, self.source)
        self.sealed: Sealed | None = None
        self.seal_hash = b""  # also that of a seal that could not be used
        self.signoffs: list[SignedOff] = []
        self.witnesses: list[WitnessedRecord] = []
        self.appended: list[bytes] = []
        self.signoff_hashes: set[bytes] = set()
        self.batches = Batches(self.log, self.source, self._take_body)
        self._entries = EntryReader()
        self._approval_hashes: list[bytes] = []
        self._counts = dict.fromkeys((FrameType.SIGNOFF, FrameType.WITNESS), 0)

    def read(self) -> None:
        """Read the whole bundle; findings are collected, ``OSError`` propagates."""
        try:
            self._read_parts()
            self.bodies.match((), 0)
            if not self.seal_hash:
                self.case.add("seal.missing")
        except Rejected as refusal:
            self.case.refuse(refusal)
        self.bodies.settle()

    def _read_parts(self) -> None:
        """Read frames and batches of entries, up to the first that is refused."""
        parts = read_parts(self.source.stream, WINDOW)
        while (part := self._next_part(parts)) is not None:
            if isinstance(part, Batch):
                self.batches.take(part)
            else:
                self.batches.settle()
                _HANDLERS[part.type](self, part)
        self.batches.settle()

    def _next_part(self, parts: Iterator[Frame | Batch]) -> Frame | Batch | None:
        """Read on; before it is said that nothing more can be read, what waits is taken."""
        try:
            return next(parts, None)
        except Rejected:
            self.batches.settle()
            raise

    # --- the contract and its approvals

    def take_contract(self, frame: Frame) -> None:
        """Phase 3: trust first, then decode (SPEC 9.6-1 to 9.6-4)."""
        body = frame.read()
        self.case.contract_hash = self.log.chain.head = leaf_hash(body)
        try:
            signed = parse_cose(body, RecordType.CONTRACT)
            issuer = self.case.trust.issuer_of(signed.kid)
            if issuer is None:
                self.case.add("trust.issuer-unknown", {"kid": signed.kid.hex()}, frame=frame.number)
                return
            if not self.case.verify(signed, issuer.key, frame.number, "contract.signature-invalid"):
                return
            contract = parse_contract(signed.payload)
            self.case.pinned = Policy.parse_canonical(contract.policy)
        except Rejected as refusal:
            self.case.refuse(refusal, frame.number)
            return
        self.case.contract, self.case.issuer = contract, issuer
        for member in contract.roster:
            if not self.case.keys.enrol(member):
                self.case.add("identity.shared-key", frame=frame.number, actor=member.id)
        policy = self.case.given or self.case.pinned
        self.case.run = Run(contract, self.case.pinned, policy, self.case.at, self.log.recall, self.case.trust)

    def take_approval(self, frame: Frame) -> None:
        """A contract approval (SPEC 6.2)."""
        body = frame.read()
        if len(self._approval_hashes) == MAX_APPROVALS:
            raise Rejected("limit.exceeded", frame=frame.number, limit=MAX_APPROVALS)
        self._approval_hashes.append(leaf_hash(body))
        try:
            signed = parse_cose(body, RecordType.APPROVAL)
            approval = parse_approval(signed.payload)
        except Rejected as refusal:
            self.case.refuse(refusal, frame.number)
            return
        if self.case.run is None:
            return
        signer = self.case.keys.trusted(signed.kid)
        if signer is None:
            self.case.add("signer.unknown", {"kid": signed.kid.hex()}, frame=frame.number)
        elif self.case.verify(signed, signer.key, frame.number):
            if approval.person != signer.person or approval.contract != self.case.contract_hash:
                self.case.add("signer.mismatch", frame=frame.number, person=approval.person)
            self.case.approvals.append((approval, signer, frame.number))

    # --- the log

    def take_entry(self, frame: Frame) -> None:
        """An entry that does not follow another one."""
        body = frame.read()
        leaf = leaf_hash(body)
        self.log.recall.note(frame.number, frame.offset, frame.end, leaf)
        self._take_body(body, leaf, frame.number)

    def _take_body(self, body: bytes, leaf: bytes, number: int) -> None:
        """Take an entry: decode, chain, then its meaning."""
        try:
            entry = self._entries.read(body)
        except Rejected as refusal:
            self.case.refuse(refusal, number)
            self.bodies.forget()
            self.log.take_opaque(leaf)
            return
        self.bodies.match((entry.what.item,) if isinstance(entry.what, EvidenceAdded) else (), number)
        if isinstance(entry.what, RunStarted) and list(entry.what.approvals) != self._approval_hashes:
            self.case.add("contract.approvals-mismatch", frame=number)
        self.log.take(entry, leaf, number)

    def take_withheld(self, frame: Frame) -> None:
        """A withheld entry (SPEC 3.2-2)."""
        body = frame.read()
        self.log.recall.note(frame.number, frame.offset, frame.end, leaf_hash(body))
        try:
            withheld = parse_withheld(body)
        except Rejected as refusal:
            self.case.refuse(refusal, frame.number)
            self.log.take_opaque(bytes(32))
            return
        self.log.take_withheld(withheld, frame.number)

    # --- the seal and what follows it

    def take_seal(self, frame: Frame) -> None:
        """The seal (SPEC 6.8)."""
        body = frame.read()
        self.seal_hash = leaf_hash(body)
        self.log.chain.check_complete(frame.number)
        try:
            signed = parse_cose(body, RecordType.SEAL)
            seal = parse_seal(signed.payload)
        except Rejected as refusal:
            self.case.refuse(refusal, frame.number)
            return
        self.sealed = Sealed(seal, frame.number)
        self.log.chain.check_seal(seal, frame.number)
        if self.case.run is not None:
            self.log.check_sealer(signed, seal, frame.number)

    def take_signoff(self, frame: Frame) -> None:
        """A sign-off (SPEC 6.9); what it means is judged when all are read."""
        body = frame.read()
        self._append(frame, body)
        self.signoff_hashes.add(self.appended[-1])
        try:
            signed = parse_cose(body, RecordType.SIGNOFF)
            record = parse_signoff(signed.payload)
            delegation = None if record.delegation is None else parse_cose(record.delegation, RecordType.DELEGATION)
            delegated = None if delegation is None else parse_delegation(delegation.payload)
        except Rejected as refusal:
            self.case.refuse(refusal, frame.number)
            self.bodies.forget()
            return
        self.bodies.match(record.evidence, frame.number)
        if self.case.run is None:
            return
        signer = self.case.keys.find(signed.kid)
        if signer is None:
            self.case.add("signer.unknown", {"kid": signed.kid.hex()}, frame=frame.number)
        elif not self.case.verify(signed, signer.key, frame.number):
            return
        elif record.person != signer.person:
            self.case.add("signer.mismatch", frame=frame.number, person=record.person)
        given = None
        if delegation is not None and delegated is not None:
            giver = self.case.keys.trusted(delegation.kid)
            if giver is not None and not self.case.verify(delegation, giver.key, frame.number):
                return
            given = Delegated(delegated, giver)
        self.signoffs.append(SignedOff(record, self.appended[-1], frame.number, signer, given))

    def take_witness(self, frame: Frame) -> None:
        """A witness of the seal or of a sign-off (SPEC 6.10)."""
        body = frame.read()
        self._append(frame, body)
        try:
            record = read_witness(self.case, body, frame.number)
        except Rejected as refusal:
            self.case.refuse(refusal, frame.number)
            return
        if record is not None:
            self.witnesses.append(WitnessedRecord(record, frame.number))

    def _append(self, frame: Frame, body: bytes) -> None:
        """Note a sign-off or witness, of which there may be so many (SPEC 9.4-8)."""
        if self._counts[frame.type] == MAX_SIGNOFFS:
            raise Rejected("limit.exceeded", frame=frame.number, limit=MAX_SIGNOFFS)
        self._counts[frame.type] += 1
        self.appended.append(leaf_hash(body))


_HANDLERS: dict[FrameType, Callable[[Intake, Frame], None]] = {
    FrameType.CONTRACT: Intake.take_contract,
    FrameType.APPROVAL: Intake.take_approval,
    FrameType.ENTRY: Intake.take_entry,
    FrameType.WITHHELD: Intake.take_withheld,
    FrameType.EVIDENCE: lambda intake, frame: intake.bodies.take(frame),
    FrameType.ABSENT: lambda intake, frame: intake.bodies.take_absent(frame),
    FrameType.SEAL: Intake.take_seal,
    FrameType.SIGNOFF: Intake.take_signoff,
    FrameType.WITNESS: Intake.take_witness,
}
