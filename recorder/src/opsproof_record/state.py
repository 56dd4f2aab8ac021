"""What a journal says so far: rebuilt frame by frame on opening, kept up to date on writing.

Facts only; what may be written next is judged in `guard`. Everything here grows with the contract, the values
recorded and the entries that wait for an attestation, not with the evidence.
"""

from __future__ import annotations

from opsproof_verify.contract import Contract, Member, Step, ValueSpec
from opsproof_verify.cose import RecordType
from opsproof_verify.entries import (
    AtStep,
    Checked,
    Correction,
    DeviationRaised,
    DeviationRuled,
    Entry,
    EvidenceAdded,
    Gap,
    Released,
    RunEnded,
    RunStarted,
    StepSkipped,
    ValueRecorded,
)
from opsproof_verify.fields import Ref
from opsproof_verify.merkle import Frontier, leaf_hash
from opsproof_verify.parse_contract import parse_contract
from opsproof_verify.parse_entry import parse_entry, parse_withheld
from opsproof_verify.parse_signed import parse_cose, parse_seal, parse_signoff
from opsproof_verify.policy import Policy
from opsproof_verify.records import Seal, SignOff

from opsproof_record.model import Broken, DeviationState, Fact, PassId, PassState, Recorded, limit_flaw


class RunState:
    """A run so far. ``run`` is None for a package that nobody has started."""

    def __init__(self) -> None:
        """Begin before the first frame."""
        self.contract_hash = b""
        self.policy_digest = b""
        self.approvals: list[bytes] = []
        self.run: bytes | None = None
        self.head = b""
        self.frontier = Frontier()
        self.members: dict[str, Member] = {}
        self.last_kind: dict[str, str] = {}  # of each actor's entries
        self.unattested: dict[str, list[Ref]] = {}
        self.subject: dict[str, str] = {}
        self.passes: dict[PassId, PassState] = {}
        self.values: dict[Ref, Recorded] = {}
        self.deviations: dict[int, DeviationState] = {}
        self.facts: list[Fact] = []
        self.evidence: set[bytes] = set()
        self.evidence_count = 0
        self.evidence_bytes = 0
        self.cuts = 0  # torn tails that gap entries name
        self.ended: str | None = None
        self.ended_by: str | None = None
        self.seal: Seal | None = None
        self.seal_hash = b""
        self.signoffs: dict[bytes, SignOff] = {}
        self._contract: Contract | None = None
        self._policy: Policy | None = None

    @property
    def contract(self) -> Contract:
        """The contract, which is the first frame of every journal."""
        if self._contract is None:
            raise Broken("there is no contract")
        return self._contract

    @property
    def policy(self) -> Policy:
        """The policy that the contract pins."""
        if self._policy is None:
            raise Broken("there is no policy")
        return self._policy

    @property
    def count(self) -> int:
        """Number of entries so far."""
        return self.frontier.size

    def heads(self) -> list[bytes]:
        """Give the sign-offs that no other sign-off has seen, ascending (SPEC 6.9-2)."""
        seen = {hash_ for signoff in self.signoffs.values() for hash_ in signoff.seen}
        return sorted(self.signoffs.keys() - seen)

    def step(self, step: str) -> Step | None:
        """Find a step of the contract."""
        return self.contract.steps.get(step)

    def spec(self, step: str, name: str) -> ValueSpec | None:
        """Find the specification of a value."""
        found = self.step(step)
        return found.values.get(name) if found else None

    def passes_of(self, step: str) -> list[PassState]:
        """Give the passes of a step so far, in order."""
        return [state for (of, _), state in sorted(self.passes.items()) if of == step]

    # The frames, one method for each type that this recorder reads.

    def take_contract(self, body: bytes) -> None:
        """Take frame 1. Whether its signature counts is for the verifier to say."""
        self._contract = parse_contract(parse_cose(body, RecordType.CONTRACT).payload)
        self._policy = Policy.parse_canonical(self._contract.policy)
        self.policy_digest = self._policy.digest
        self.contract_hash = self.head = leaf_hash(body)
        self.members = {member.id: member for member in self._contract.roster}

    def take_approval(self, body: bytes) -> None:
        """Take a contract approval."""
        parse_cose(body, RecordType.APPROVAL)
        self.approvals.append(leaf_hash(body))

    def take_entry(self, body: bytes) -> Entry:
        """Take an entry; it must continue the chain."""
        entry = parse_entry(body)
        if (entry.seq, entry.prev, entry.run) != (self.count, self.head, self.run):
            raise Broken(f"entry {self.count} does not continue the chain")
        ref = Ref(entry.seq, leaf_hash(body))
        self.frontier.append(ref.leaf)
        self.head = ref.leaf
        self.run = self.run or ref.leaf
        self.last_kind[entry.actor] = entry.kind
        if entry.kind == "attestation":
            self.unattested.pop(entry.actor, None)
        else:
            self.unattested.setdefault(entry.actor, []).append(ref)
        self._note(entry, ref)
        return entry

    def take_withheld(self, body: bytes) -> None:
        """Take what stands for an entry in a copy that lacks it."""
        self.head = parse_withheld(body).leaf
        self.frontier.append(self.head)

    def take_seal(self, body: bytes) -> None:
        """Take the seal."""
        self.seal = parse_seal(parse_cose(body, RecordType.SEAL).payload)
        self.seal_hash = leaf_hash(body)
        self.unattested.pop(self.seal.actor, None)

    def take_signoff(self, body: bytes) -> None:
        """Take a sign-off."""
        self.signoffs[leaf_hash(body)] = parse_signoff(parse_cose(body, RecordType.SIGNOFF).payload)

    # What single kinds of entry add.

    def _note(self, entry: Entry, ref: Ref) -> None:
        what = entry.what
        match what:
            case RunStarted():
                self.subject = what.subject
            case AtStep() | StepSkipped():
                self._note_step(entry, what)
            case ValueRecorded():
                self._note_value(entry, what, ref)
            case EvidenceAdded():
                self._note_evidence(entry, what)
            case Checked(passed=False):
                self.facts.append(Fact(entry.seq, (what.step, what.number), "its check did not pass"))
            case Correction():
                self._note_correction(entry, what, ref)
            case DeviationRaised():
                self.deviations[ref.seq] = DeviationState(ref, what)
            case DeviationRuled() | Released():
                self._note_ruling(entry, what)
            case Gap() if what.cut is not None:
                self.cuts += 1
            case RunEnded():
                self.ended, self.ended_by = what.outcome, entry.actor

    def _note_ruling(self, entry: Entry, what: DeviationRuled | Released) -> None:
        deviation = self.deviations.get(what.deviation.seq) if what.deviation else None
        if isinstance(what, DeviationRuled):
            if deviation:
                deviation.ruling = deviation.ruling or what.ruling
        elif deviation:
            deviation.released = True
        elif what.step is not None and what.number is not None:
            self.passes.setdefault((what.step, what.number), PassState(entry.time.ms)).released = True

    def _note_step(self, entry: Entry, what: AtStep | StepSkipped) -> None:
        at = what.step, what.number
        state = self.passes.setdefault(at, PassState(entry.time.ms))
        self._perform(at, entry.actor)
        state.ended = entry.kind != "step-started"
        state.skipped = entry.kind == "step-skipped"
        step = self.step(what.step)
        if step is None:
            return
        if state.skipped and not step.optional:
            self.facts.append(Fact(entry.seq, at, "a step that is not optional was skipped"))
        elif state.ended and step.max_ms is not None and entry.time.ms - state.started_ms > step.max_ms:
            took = entry.time.ms - state.started_ms
            self.facts.append(Fact(entry.seq, at, f"it took {took} ms, allowed are {step.max_ms} ms"))

    def _note_value(self, entry: Entry, what: ValueRecorded, ref: Ref) -> None:
        at = what.step, what.number
        recorded = Recorded(ref, at, what.name, what.value)
        self.values[ref] = recorded
        self.passes.setdefault(at, PassState(entry.time.ms)).values[what.name] = recorded
        self._perform(at, entry.actor)
        self._note_limits(recorded)

    def _note_correction(self, entry: Entry, what: Correction, ref: Ref) -> None:
        before = self.values.get(what.corrects)
        if before is None:  # withheld in this copy
            return
        after = Recorded(ref, before.step, before.name, what.new)
        self.values[ref] = after
        self.passes[before.step].values[before.name] = after
        self._perform(before.step, entry.actor)
        self._note_limits(after)

    def _note_limits(self, recorded: Recorded) -> None:
        spec = self.spec(recorded.step[0], recorded.name)
        if spec is not None and (why := limit_flaw(spec, recorded.value)):
            self.facts.append(Fact(recorded.ref.seq, recorded.step, f"{recorded.name} {why}", recorded.ref))

    def _note_evidence(self, entry: Entry, what: EvidenceAdded) -> None:
        item = what.item
        self.evidence.add(item.digest)
        self.evidence_count += 1
        self.evidence_bytes += item.size
        if item.step is not None and item.number is not None:
            state = self.passes.setdefault((item.step, item.number), PassState(entry.time.ms))
            self._perform((item.step, item.number), entry.actor)
            if item.slot is not None:
                state.items[item.slot] = state.items.get(item.slot, 0) + 1

    def _perform(self, at: PassId, actor: str) -> None:
        member = self.members.get(actor)
        if member is not None:
            self.passes[at].performers.add(member.person)
