"""Phases 1 to 6 (SPEC 9.4 to 9.9): one pass over the frames of a bundle.

Each frame has a handler. A handler turns bytes into records, checks what the frames before it make checkable, and takes
the record into the state. What is refused becomes a finding, and the record is not used. Nothing is held back but what
the state needs: leaves of the last entries, sign-offs, and the run.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, NamedTuple

from opsproof_verify.case import Case
from opsproof_verify.container import SLICE, Frame, FrameType, read_frames
from opsproof_verify.cose import RecordType
from opsproof_verify.entries import Entry
from opsproof_verify.findings import Fact, Rejected
from opsproof_verify.graph import Delegated, SignedOff
from opsproof_verify.kinds import EvidenceAdded, RunStarted
from opsproof_verify.log import Log, read_witness
from opsproof_verify.merkle import leaf_hash
from opsproof_verify.parse_contract import parse_contract
from opsproof_verify.parse_entry import parse_entry, parse_withheld
from opsproof_verify.parse_signed import parse_approval, parse_cose, parse_delegation, parse_seal, parse_signoff
from opsproof_verify.policy import Policy
from opsproof_verify.records import Item, Seal, Witness
from opsproof_verify.run import Run
from opsproof_verify.violation import Violation

MAX_APPROVALS = 64
MAX_SIGNOFFS = 1_024
MAX_BODIES = 2_048  # more than the evidence items that fit into a record of 65,536 bytes


class Body(NamedTuple):
    """What stood in an evidence frame: its number, digest and, if the content was there, its size."""

    frame: int
    digest: bytes
    size: int | None


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

    def __init__(self, case: Case) -> None:
        """Begin with nothing read."""
        self.case = case
        self.log = Log(case)
        self.sealed: Sealed | None = None
        self.seal_hash = b""  # also that of a seal that could not be used
        self.signoffs: list[SignedOff] = []
        self.witnesses: list[WitnessedRecord] = []
        self.appended: list[bytes] = []
        self.signoff_hashes: set[bytes] = set()
        self.absent: list[tuple[bytes, int]] = []  # digest and frame
        self._approval_hashes: list[bytes] = []
        self._bodies: list[Body] = []
        self._beside: dict[bytes, tuple[bytes, int]] = {}  # digest and size of files beside the bundle
        self._counts = dict.fromkeys((FrameType.SIGNOFF, FrameType.WITNESS), 0)

    def read(self, stream: BinaryIO) -> None:
        """Read a whole bundle; findings are collected, ``OSError`` of the stream propagates."""
        try:
            for frame in read_frames(stream):
                _HANDLERS[frame.type](self, frame)
        except Rejected as refusal:
            self.case.refuse(refusal)
            return
        self._drop_bodies()
        if not self.seal_hash:
            self.case.add("seal.missing")

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
        self.case.run = Run(contract, self.case.pinned, policy, self.case.at, self.case.trust)

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
        """An entry: decode, chain, then its meaning."""
        body = frame.read()
        leaf = leaf_hash(body)
        try:
            entry = parse_entry(body)
        except Rejected as refusal:
            self.case.refuse(refusal, frame.number)
            self._bodies.clear()
            self.log.chain.take_opaque(leaf)
            return
        self._match_bodies(entry, frame.number)
        if isinstance(entry.what, RunStarted) and list(entry.what.approvals) != self._approval_hashes:
            self.case.add("contract.approvals-mismatch", frame=frame.number)
        self.log.take(entry, leaf, frame.number)

    def take_withheld(self, frame: Frame) -> None:
        """A withheld entry (SPEC 3.2-2)."""
        try:
            withheld = parse_withheld(frame.read())
        except Rejected as refusal:
            self.case.refuse(refusal, frame.number)
            self.log.chain.take_opaque(bytes(32))
            return
        self.log.take_withheld(withheld, frame.number)

    # --- evidence

    def take_evidence(self, frame: Frame) -> None:
        """Evidence in the bundle: hash it in slices (SPEC 3.2-5)."""
        state = hashlib.sha256()
        for piece in frame.slices():
            state.update(piece)
        self._add_body(Body(frame.number, state.digest(), frame.size))

    def take_absent(self, frame: Frame) -> None:
        """Evidence beside the bundle or nowhere (SPEC 9.1-4)."""
        digest = frame.read()
        path = None if self.case.evidence is None else self.case.evidence / digest.hex()
        if path is None or not path.is_file():
            self._add_body(Body(frame.number, digest, None))
            return
        if digest not in self._beside:  # a file may be named a million times
            self._beside[digest] = _hash_file(path)
        found, size = self._beside[digest]
        if found != digest:
            self.case.add("evidence.wrong-digest", {"beside": True}, frame=frame.number, digest=digest.hex())
        self._add_body(Body(frame.number, digest, size))

    def _add_body(self, body: Body) -> None:
        """Hold a body for what follows; what no sign-off has room to name is unlisted at once (SPEC 9.4-9)."""
        if len(self._bodies) == MAX_BODIES:
            self.case.add("evidence.unlisted", frame=body.frame, digest=body.digest.hex())
        else:
            self._bodies.append(body)

    def _match_bodies(self, entry: Entry, frame: int) -> None:
        """Hold the frame before an entry to the entry (SPEC 3.3-2)."""
        if isinstance(entry.what, EvidenceAdded):
            self._check_items((entry.what.item,), frame)
        else:
            self._drop_bodies()

    def _check_items(self, items: tuple[Item, ...], frame: int) -> None:
        """Hold evidence frames to the items that name them (SPEC 9.4-9, 9.4-10, 9.9)."""
        bodies, self._bodies = self._bodies, []
        for item, body in zip(items, bodies, strict=False):
            if body.digest != item.digest:
                self.case.add("evidence.wrong-digest", frame=body.frame, digest=item.digest.hex())
            elif body.size is None:
                self.absent.append((item.digest, body.frame))
                subject: dict[str, Fact] = {"frame": body.frame, "digest": item.digest.hex()}
                self.case.violate((Violation("evidence.absent", subject, {}),))
            elif body.size != item.size:
                self.case.add("evidence.wrong-size", {"recorded": item.size, "found": body.size}, frame=body.frame)
        if len(bodies) < len(items):
            self.case.add("evidence.frame-missing", frame=frame)
        self._bodies = bodies[len(items) :]
        self._drop_bodies()

    def _drop_bodies(self) -> None:
        """Find evidence frames that nothing names (SPEC 9.4-9)."""
        for body in self._bodies:
            self.case.add("evidence.unlisted", frame=body.frame, digest=body.digest.hex())
        self._bodies = []

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
            self._bodies.clear()
            return
        self._check_items(record.evidence, frame.number)
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


def _hash_file(path: Path) -> tuple[bytes, int]:
    """Give digest and size of a file, read in slices."""
    state, size = hashlib.sha256(), 0
    with path.open("rb") as stream:
        while piece := stream.read(SLICE):
            state.update(piece)
            size += len(piece)
    return state.digest(), size


_HANDLERS: dict[FrameType, Callable[[Intake, Frame], None]] = {
    FrameType.CONTRACT: Intake.take_contract,
    FrameType.APPROVAL: Intake.take_approval,
    FrameType.ENTRY: Intake.take_entry,
    FrameType.WITHHELD: Intake.take_withheld,
    FrameType.EVIDENCE: Intake.take_evidence,
    FrameType.ABSENT: Intake.take_absent,
    FrameType.SEAL: Intake.take_seal,
    FrameType.SIGNOFF: Intake.take_signoff,
    FrameType.WITNESS: Intake.take_witness,
}
