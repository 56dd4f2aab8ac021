"""One actor at work on one journal: entries are built, chained, written and attested here (SPEC 6.3, 6.6).

The order on disk is always: the leaf beside the key, the entry in the journal, flushed, and only then a
signature. What is written together is remembered together, by one flush.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from opsproof_verify.canonical import CanonicalError, Value, encode
from opsproof_verify.container import FrameType
from opsproof_verify.contract import Member
from opsproof_verify.cose import RecordType
from opsproof_verify.fields import Ref
from opsproof_verify.findings import Rejected
from opsproof_verify.merkle import leaf_hash
from opsproof_verify.parse_entry import parse_entry
from opsproof_verify.policy_parts import RuleSetting
from opsproof_verify.register import Severity

from opsproof_record.clock import Time, now
from opsproof_record.errors import NotEntitled, Unfit
from opsproof_record.log.journal import PATIENCE, Cut, Journal
from opsproof_record.log.state import RunState
from opsproof_record.run import guard, levels
from opsproof_record.signing.keys import Signer
from opsproof_record.signing.pending import Pending

_NONCE_SIZE = 16
#: By which clock times are, unless who starts a run says more.
CLOCK = "operating system clock"
#: How long to wait for a clock to go on: it counts milliseconds, and may stand still.
_TICK, _TRIES = 0.0005, 100
WENT_BACK = "The clock of this machine stands before the last entry."

Explain = Callable[[Cut], str | None]


class Recorder:
    """An actor who writes; made by :func:`recording`."""

    def __init__(self, journal: Journal, member: Member, signer: Signer) -> None:
        """Stand at the end of a journal, as an enrolled actor with the key of that actor."""
        self.journal = journal
        self.member = member
        self.signer = signer
        self.pending = Pending(signer.path)
        self._fresh: list[bytes] = []  # leaves of entries that did not go to the file yet
        self._settled: set[bytes] = set()  # what the latest signature of this session covers
        self.told: list[str] = []  # what the caller should hear, in order
        journal.tell(self._remember, self._forget)

    @property
    def state(self) -> RunState:
        """What the journal says so far."""
        return self.journal.state

    @property
    def due(self) -> bool:
        """Whether the pinned policy wants this actor's entries attested now (`attestation.late`)."""
        if self.state.last_kind(self.member.id) in self._rule.words("at-once"):
            return True
        return self.state.waiting(self.member.id) >= self._most

    @property
    def _rule(self) -> RuleSetting:
        return self.state.policy.rules["attestation.late"]

    @property
    def _most(self) -> int:
        return self._rule.number("max-waiting")

    def tell(self, text: str) -> None:
        """Have whoever called hear something that stops nothing."""
        self.told.append(text)

    def write(self, kind: str, **fields: Value | None) -> Ref:
        """Chain and write one entry; members that are None are left out. Not flushed yet.

        An entry that the pinned policy wants attested at once is, before this actor's next one. A clock that stands
        earlier than at the entry before is recorded first, by a `clock-changed` entry (SPEC 9.10-36).
        """
        self._prepare()
        return self._write(kind, fields, self._now())

    def write_evidence(
        self, source: int, name: str, judge: Callable[[bytes], None], /, **fields: Value | None
    ) -> tuple[Ref, int, bytes]:
        """Stream an open file into the journal and write its entry right behind it (SPEC 3.3-2); give size and SHA-256.

        What the entry is to say is judged before anything is streamed; ``judge`` may refuse the content by its digest,
        and nothing of it stays then.
        """
        self._prepare()
        blank: dict[str, Value | None] = {"digest": bytes(hashlib.sha256().digest_size), "size": 0}
        build_entry(self.state, self.member.id, "evidence-added", fields | blank, now())
        with self.journal.whole():
            size, digest = self.journal.append_evidence(source, name)
            judge(digest)
            # An evidence frame stands before its own entry and no other (SPEC 3.3-2): that the clock was set back while
            # it was streamed cannot be told in between, so the entry takes the time of the one before.
            ref = self._write("evidence-added", fields | {"digest": digest, "size": size}, self._not_before_last())
        self._note_clock(self.state.last_ms - now()[0])
        return ref, size, digest

    def _prepare(self) -> None:
        """Sign what has to be signed before the next entry, and note a clock that was set back."""
        if self.due:
            self.attest()
        self._note_clock(self.state.last_ms - now()[0])
        if self.due:
            self.attest()

    def _note_clock(self, behind: int) -> None:
        """Tell in the log that the clock went back, in the first entry that has an earlier time (SPEC 9.10-36)."""
        if behind > 0:
            said: dict[str, Value | None] = {"clock": self.state.clock or CLOCK, "by": -behind, "text": WENT_BACK}
            self._write("clock-changed", said, now())

    def _not_before_last(self) -> Time:
        """Give the time, or that of the last entry where the clock stands before it and nothing can come between."""
        ms, offset = self._now()
        return [max(ms, self.state.last_ms), offset]

    def _now(self) -> Time:
        """Read the clock, a moment later where one more entry of the same time would fail the run (SPEC 9.10-34)."""
        rule = self.state.policy.rules["time.repeated"]
        if rule.strictest is Severity.FAIL and self.state.same >= rule.number("max-same"):
            for _ in range(_TRIES):
                if now()[0] != self.state.last_ms:
                    break
                time.sleep(_TICK)
        return now()

    def _write(self, kind: str, fields: dict[str, Value | None], moment: Time) -> Ref:
        state = self.state
        body = build_entry(state, self.member.id, kind, fields, moment)
        leaf = leaf_hash(body)
        if kind != "attestation":
            self._fresh.append(leaf)
        self.journal.append(FrameType.ENTRY, body)
        return Ref(state.count - 1, leaf)

    def attest(self) -> int:
        """Sign this actor's entries since its last attestation (SPEC 6.6); give their number."""
        state = self.state
        if state.waiting(self.member.id) and not self.due:
            self._note_clock(state.last_ms - now()[0])  # before the window is closed: what stands in it is signed
        self.journal.commit()
        leaves, digest = self.window()
        if not leaves:
            return 0
        payload: dict[str, Value] = {
            "run": state.run or b"",
            "actor": self.member.id,
            "seq": state.count - 1,
            "head": state.head,
            "count": len(leaves),
            "digest": digest,
        }
        attestation = self.signer.sign(RecordType.ATTESTATION, encode(payload))
        self._write("attestation", {"attestation": attestation}, self._not_before_last())
        self._settled = set(leaves)
        self._note_clock(state.last_ms - now()[0])  # where no entry could come before the attestation
        self.journal.commit()
        return len(leaves)

    def _remember(self) -> None:
        """Put the leaves of entries beside the key before the entries go to the file."""
        if self._fresh:
            self.pending.add(self.state.run or b"", *self._fresh)
            self._fresh = []

    def _forget(self) -> None:
        """Drop what is signed for good, but for what the latest signature covers (see `pending`)."""
        if self._settled:
            unsigned = {ref.leaf for ref in self.state.window(self.member.id)}
            self.pending.keep_only(self.state.run or b"", self._settled | unsigned)
            self._settled = set()

    def window(self) -> tuple[list[bytes], bytes]:
        """Give the leaves of the unattested entries, each of which this key's own list must know, and their digest."""
        refs = self.state.window(self.member.id)
        own = self.pending.leaves(self.state.run or b"")
        foreign = [f"e{ref.seq}" for ref in refs if ref.leaf not in own]
        if foreign:
            raise NotEntitled(
                f"{', '.join(foreign[:20])} stand under the name {self.member.id}, "
                "but this key has no memory of writing them",
                f"Do not sign them. Either {self.pending.path} was lost or not taken along with the key, "
                "or somebody wrote in your name: find out which, and keep the journal as it is.",
            )
        leaves = [ref.leaf for ref in refs]
        return leaves, hashlib.sha256(b"".join(leaves)).digest()


def build_entry(state: RunState, actor: str, kind: str, fields: dict[str, Value | None], moment: Time) -> bytes:
    """Build the next entry of a run; ``pass_``, ``for_``, ``as_`` stand for the members ``pass``, ``for``, ``as``."""
    entry: dict[str, Value] = {
        "seq": state.count,
        "prev": state.head,
        "time": list(moment),
        "nonce": os.urandom(_NONCE_SIZE),
        "actor": actor,
        "kind": kind,
    }
    if state.run is not None:
        entry["run"] = state.run
    entry |= {_member(name): value for name, value in fields.items() if value is not None}
    try:
        body = encode(entry)
        parse_entry(body)
    except (CanonicalError, Rejected) as refusal:
        raise Unfit(f"this cannot be recorded: {_flaw(refusal)}", "Correct it and try again.") from refusal
    return body


def _flaw(refusal: CanonicalError | Rejected) -> str:
    if isinstance(refusal, CanonicalError):
        return f"not valid ({refusal.why})"
    return f"{refusal.facts.get('path')} is not valid ({refusal.facts.get('why')})"


def _member(name: str) -> str:
    return name.rstrip("_").replace("_", "-")


@contextmanager
def recording(
    path: Path,
    actor: str,
    signer: Signer,
    explain: Explain,
    patience: float = PATIENCE,
    state: RunState | None = None,
) -> Iterator[Recorder]:
    """Open a running journal as an actor; record a `gap` first if the last write was interrupted."""
    with Journal(path, patience, state, keep=True) as journal:
        guard.check_running(journal.state)
        recorder = Recorder(journal, enrolled(journal.state, actor, signer), signer)
        levels.described_agent(journal.state, recorder.member)
        for cut in journal.unrecorded():
            reason = explain(cut)
            recorder.write("gap", reason=reason, cut={"digest": cut.digest, "size": cut.size})
            journal.commit()
        yield recorder


def enrolled(state: RunState, actor: str, signer: Signer) -> Member:
    """Find the actor; the key must be the one enrolled for it, and its time must have come and not be over."""
    member = state.members.get(actor)
    if member is None:
        raise NotEntitled(f'"{actor}" is not enrolled in this run', "Its actors: " + ", ".join(state.members))
    if member.key != signer.public:
        raise NotEntitled(
            f"{signer.path} is not the key enrolled for {actor}",
            f"Give the key of {actor} with --key; nobody writes under another name.",
        )
    ms = now()[0]
    if (member.not_before and ms < member.not_before.ms) or (member.not_after and ms > member.not_after.ms):
        raise NotEntitled(
            f"{actor} is enrolled for another time than now",
            "Let somebody else do it, or have a further actor assigned: `opsproof assign`.",
        )
    return member
