"""Where two copies of a run part: what each says there, whether it contradicts itself, and what proves it (SPEC 9.13).

A signature over a leaf commits to each leaf before it only as far as the chain between them holds in that copy; a seal
commits to all by its root. So an entry that somebody bent afterwards is never taken for a second history.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping

from opsproof_verify.chain import MAX_HEAD_DISTANCE
from opsproof_verify.compare.copies import Copy, Step
from opsproof_verify.contract import Member
from opsproof_verify.cose import RecordType, Signed
from opsproof_verify.ed25519 import admission_flaw, thumbprint, verify
from opsproof_verify.entries import Entry
from opsproof_verify.findings import Rejected, Time
from opsproof_verify.kinds import Attested
from opsproof_verify.merkle import Frontier, leaf_hash
from opsproof_verify.parse_entry import parse_entry
from opsproof_verify.parse_signed import parse_attestation, parse_cose, parse_seal
from opsproof_verify.records import Attestation, Seal
from opsproof_verify.slotted import field, replace, slotted


@slotted(frozen=True)
class Proof:
    """A signed record, its signature verified, that commits a copy to what it holds where the copies part."""

    record: str  # "attestation" or "seal"
    entry: int | None  # the entry that carries an attestation
    hash: str  # record hash of that entry, or of the seal
    names: int  # the entry whose leaf is signed; of a seal, the last
    actor: str
    person: str
    kid: str


@slotted(frozen=True)
class Branch:
    """What one copy holds where the copies part, and behind it."""

    kind: str  # a kind of entry, or "seal", "withheld", "unreadable"
    hash: str
    actor: str | None = None
    time: Time | None = None
    contradiction: str | None = None  # "unreadable", "place", "next", "entries" or "signature" (SPEC 9.13-4)
    unproven: int = 0  # signed records that name what stands there, and do not verify under a key that both enrol
    proof: Proof | None = None


@slotted()
class Examined:
    """A branch, and by ``kid`` the first proof that each signer gave."""

    branch: Branch
    proofs: dict[str, Proof] = field(default_factory=dict)


def examine(copy: Copy, at: int, members: Mapping[str, Member]) -> Examined:
    """Walk a copy, not walked yet, that has something at place ``at`` of its line; ``members`` are those both enrol."""
    examiner = _Examiner(at, members)
    for seq, step in enumerate(copy.steps()):
        if seq == 0:
            examiner.begin(leaf_hash(copy.contract or b""), step.leaf)
        examiner.take(seq, step)
    if copy.seal is not None:
        examiner.take_seal(copy.seal)
    return Examined(replace(examiner.branch, unproven=examiner.refused), examiner.proofs)


def pair(a: Examined, b: Examined) -> tuple[Branch, Branch]:
    """Give both branches with their proofs: two by one key where there are such, since then nobody else can be it."""
    both = a.proofs.keys() & b.proofs.keys()
    kids = (min(both), min(both)) if both else (next(iter(a.proofs), ""), next(iter(b.proofs), ""))
    return replace(a.branch, proof=a.proofs.get(kids[0])), replace(b.branch, proof=b.proofs.get(kids[1]))


class _Examiner:
    """Follows the chain of one copy from the place where the copies part."""

    def __init__(self, at: int, members: Mapping[str, Member]) -> None:
        self.at = at
        self.members = members
        self.branch = Branch("unreadable", "")
        self.proofs: dict[str, Proof] = {}
        self.refused = 0
        self._contract = self._run = self._head = b""
        self._tree = Frontier()
        self._recent: deque[bytes] = deque(maxlen=MAX_HEAD_DISTANCE)
        self._reach = at  # up to this entry, the chain from the place on can be seen to hold

    def begin(self, contract: bytes, run: bytes) -> None:
        """Take the hashes that the first entry and all others name."""
        self._contract = self._head = contract
        self._run = run

    def take(self, seq: int, step: Step) -> None:
        """Take an entry."""
        if seq >= self.at:
            self._follow(seq, step)
        self._tree.append(step.leaf)
        self._recent.append(step.leaf)
        self._head = step.leaf

    def _follow(self, seq: int, step: Step) -> None:
        """Look at an entry from the place on."""
        entry = readable(step)
        if seq == self.at:
            self.branch = self._describe(step, entry)
        elif entry is not None and entry.prev == self._head:
            self._reach = seq if self._reach == seq - 1 else self._reach
        elif entry is not None and seq == self.at + 1:
            self._contradict("next")
        if entry is not None and isinstance(entry.what, Attested):
            self._take_attestation(seq, step, entry.what)

    def _describe(self, step: Step, entry: Entry | None) -> Branch:
        """Say what stands at the place, and whether it can stand there."""
        if step.body is None:
            return Branch("withheld", step.leaf.hex(), step.actor)
        if entry is None:
            return Branch("unreadable", step.leaf.hex(), contradiction="unreadable")
        fits = (entry.seq, entry.prev, entry.run or self._run) == (self.at, self._head, self._run)
        contradiction = None if fits else "place"
        return Branch(entry.kind, step.leaf.hex(), entry.actor, entry.time, contradiction)

    def _contradict(self, why: str) -> None:
        """Note the first contradiction."""
        self.branch = replace(self.branch, contradiction=self.branch.contradiction or why)

    def _take_attestation(self, seq: int, step: Step, what: Attested) -> None:
        """Take an attestation, whoever wrote its entry, if it commits to the place (SPEC 9.13-2)."""
        try:
            signed = parse_cose(what.attestation, RecordType.ATTESTATION)
            record = parse_attestation(signed.payload)
        except Rejected:
            return
        if record.run == self._run and self._commits(record, seq):
            self._prove(signed, record.actor, "attestation", seq, step.leaf.hex(), record.seq)

    def _commits(self, record: Attestation, seq: int) -> bool:
        """Tell whether a record names an entry from the place on to which the chain holds."""
        back = seq - record.seq
        here = self.at <= record.seq <= self._reach and 0 < back <= len(self._recent)
        return here and self._recent[-back] == record.head

    def _prove(self, signed: Signed, actor: str, record: str, entry: int | None, hash_: str, names: int) -> bool:
        """Keep a record as proof if its signature verifies under the key that is enrolled for its signer."""
        member, kid = self.members.get(actor), signed.kid.hex()
        if kid in self.proofs:
            return True
        good = (
            member is not None
            and thumbprint(member.key) == signed.kid
            and admission_flaw(member.key) is None
            and verify(member.key, signed.signature, signed.signing_input())
        )
        if member is None or not good:
            self.refused += 1
            return False
        self.proofs[kid] = Proof(record, entry, hash_, names, actor, member.person, kid)
        return True

    def take_seal(self, body: bytes) -> None:
        """Take the seal: the very thing where the copies part, or what commits to all entries."""
        hash_, here = leaf_hash(body).hex(), self._tree.size == self.at
        try:
            signed = parse_cose(body, RecordType.SEAL)
            seal = parse_seal(signed.payload)
        except Rejected:
            if here:
                self.branch = Branch("unreadable", hash_, contradiction="unreadable")
            return
        if here:
            self.branch = Branch("seal", hash_, seal.actor, seal.time)
        elif self._tree.size == self.at + 1 and seal.head != self._head:
            self._contradict("next")
        if not self._agrees(seal):
            if here:
                self._contradict("entries")
        elif not self._prove(signed, seal.actor, "seal", None, hash_, seal.count - 1) and here and self.members:
            self._contradict("signature")

    def _agrees(self, seal: Seal) -> bool:
        """Tell whether a seal is one of these entries (SPEC 9.7-5 to 9.7-9)."""
        sealed = (seal.run, seal.contract, seal.count, seal.head, seal.root)
        return sealed == (self._run, self._contract, self._tree.size, self._head, self._tree.root())


def readable(step: Step) -> Entry | None:
    """Give the entry of a step, if it is not withheld and can be decoded."""
    try:
        return None if step.body is None else parse_entry(step.body)
    except Rejected:
        return None
