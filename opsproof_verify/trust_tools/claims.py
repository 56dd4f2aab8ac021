"""Which keys a bundle claims for whom (`trust keys`): values, nothing verified, nothing to be trusted.

A roster gives whole keys; a signature gives the kid under which it was made, and says of itself whose it is.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import BinaryIO

from opsproof_verify import kinds as e
from opsproof_verify.container import Frame, FrameType
from opsproof_verify.contract import Contract, Member
from opsproof_verify.cose import RecordType
from opsproof_verify.ed25519 import thumbprint
from opsproof_verify.entries import Entry, What
from opsproof_verify.findings import Rejected
from opsproof_verify.parse_signed import (
    parse_assignment,
    parse_attestation,
    parse_cose,
    parse_delegation,
    parse_witness,
)
from opsproof_verify.records import Approval, Assignment, Attestation, Delegation, Seal, SignOff, Witness
from opsproof_verify.slotted import field, slotted

#: Of each list so many are kept, as many as a trust store may have; the rest is counted.
MOST = 2_000

_TYPES = {
    FrameType.CONTRACT: RecordType.CONTRACT,
    FrameType.APPROVAL: RecordType.APPROVAL,
    FrameType.SEAL: RecordType.SEAL,
    FrameType.SIGNOFF: RecordType.SIGNOFF,
    FrameType.WITNESS: RecordType.WITNESS,
}


@slotted(frozen=True)
class Enrolled:
    """An actor that a contract's roster (``place`` is None) or an assignment in an entry enrols."""

    place: int | None
    member: Member


@slotted(frozen=True)
class Use:
    """Signatures of one kind under one key that say the same of whose they are; ``who`` is None if they cannot be read.

    ``who`` is a person, an actor or a witness, by the kind of record.
    """

    kid: bytes
    kind: RecordType
    who: str | None = None
    name: str | None = None
    role: str | None = None


@slotted()
class Claims:
    """What a bundle claims, in the order in which it comes."""

    enrolled: dict[bytes, list[Enrolled]] = field(default_factory=dict)  # by kid
    uses: dict[Use, int] = field(default_factory=dict)  # how many signatures
    untold: int = 0  # actors and signatures beyond MOST

    def take(self, stream: BinaryIO, frame: Frame, record: object) -> None:
        """Take what one frame claims; ``record`` is what could be read of it, and the stream stays where it is."""
        if isinstance(record, Entry):
            self._entry(record.seq, record.what)
        elif frame.type in _TYPES:
            here = stream.tell()
            stream.seek(frame.body_offset)
            body = stream.read(frame.size)
            stream.seek(here)
            self._signed(body, _TYPES[frame.type], record)
        if isinstance(record, Contract):
            for member in record.roster:
                self._enrol(Enrolled(None, member))

    def _entry(self, seq: int, what: What) -> None:
        """Take the signed record in an entry, if there is one."""
        match what:
            case e.Assigned():
                record = self._inner(what.assignment, RecordType.ASSIGNMENT, parse_assignment)
                if isinstance(record, Assignment):
                    self._enrol(Enrolled(seq, record.member))
            case e.Attested():
                self._inner(what.attestation, RecordType.ATTESTATION, parse_attestation)
            case e.Witnessed():
                self._inner(what.witness, RecordType.WITNESS, parse_witness)

    def _inner(self, body: bytes, kind: RecordType, parse: Callable[[bytes], object]) -> object:
        """Take a signed record that stands inside another; give it, or None if it cannot be read."""
        record = None
        with contextlib.suppress(Rejected):  # its kid may still be there
            record = parse(parse_cose(body, kind).payload)
        self._signed(body, kind, record)
        return record

    def _signed(self, body: bytes, kind: RecordType, record: object) -> None:
        """Take the kid of a signed record, and whose signature the record says it is."""
        try:
            kid = parse_cose(body, kind).kid
        except Rejected:  # no signed record, so no kid
            return
        use = _use(kid, kind, record)
        if use in self.uses or len(self.uses) < MOST:
            self.uses[use] = self.uses.get(use, 0) + 1
        else:
            self.untold += 1
        if isinstance(record, SignOff) and record.delegation is not None:
            self._inner(record.delegation, RecordType.DELEGATION, parse_delegation)

    def _enrol(self, one: Enrolled) -> None:
        if sum(map(len, self.enrolled.values())) < MOST:
            self.enrolled.setdefault(thumbprint(one.member.key), []).append(one)
        else:
            self.untold += 1


def _use(kid: bytes, kind: RecordType, record: object) -> Use:
    """Say whose signature a record claims to carry."""
    match record:
        case Contract():
            return Use(kid, kind, record.issuer)
        case Approval() | SignOff():
            return Use(kid, kind, record.person, record.name, record.role)
        case Assignment():
            return Use(kid, kind, record.by)
        case Attestation() | Seal():
            return Use(kid, kind, record.actor)
        case Witness():
            return Use(kid, kind, record.witness)
        case Delegation():
            return Use(kid, kind, record.giver, None, record.role)
    return Use(kid, kind)
