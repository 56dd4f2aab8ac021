"""How a run stands: what is done, open and blocked, who can do what next, and what the pinned policy would say now.

Nothing is written, no writer is kept waiting and no key is needed, so it can be asked at any time, of a package, a
running run, or a sealed bundle. Signatures and trust are not looked at: that is for `opsproof-verify check`.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from opsproof_verify.contract import Contract, Member, Step
from opsproof_verify.findings import Rejected, Time
from opsproof_verify.parse_entry import parse_entry
from opsproof_verify.policy import Policy
from opsproof_verify.records import SignOff

from opsproof_record.errors import Busy, Refused, Unknown
from opsproof_record.log import frames
from opsproof_record.log.model import DeviationState, PassState
from opsproof_record.log.reading import reading
from opsproof_record.log.state import RunState
from opsproof_record.run import guard, open_items
from opsproof_record.standing import foresight
from opsproof_record.standing.foresight import Foresight
from opsproof_record.standing.moves import Move, cannot_begin, movers, moves, unchecked, wants
from opsproof_record.standing.outlook import Open, list_open


@dataclass(frozen=True, slots=True)
class StepStatus:
    """A step: how often it ended, its open pass, and what it waits for.

    ``state`` is ``open``, ``blocked``, ``waiting`` (for a check or a release), ``done``, ``ready`` (somebody can begin
    it), ``optional`` (that too, but it may be left) or ``later``; ``why`` says what is against beginning it.
    """

    step: Step
    state: str
    done: int
    skipped: int
    opened: int | None
    blocked: tuple[int, ...]
    checks: tuple[int, ...]
    releases: tuple[int, ...]
    lacks: tuple[str, ...]
    why: Refused | None


@dataclass(frozen=True, slots=True)
class DeviationStatus:
    """A deviation and what it still needs: ``ruling``, ``release``, ``remediation``, ``closing``."""

    deviation: DeviationState
    wants: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Status:
    """All that can be said of a run without judging signatures; ``phase`` is package, running, ended or sealed."""

    phase: str
    contract: Contract
    policy: Policy
    contract_hash: bytes
    subject: dict[str, str]
    run: bytes | None
    started: Time | None
    started_by: str | None
    entries: int
    evidence: tuple[int, int]  # items, bytes
    outcome: str | None
    torn: int  # bytes after the last whole frame
    steps: tuple[StepStatus, ...]
    deviations: tuple[DeviationStatus, ...]
    unsigned: dict[str, int]
    moves: dict[Move, list[str]]
    foresight: Foresight
    open: tuple[Open, ...]
    seal: bytes | None
    sealed_by: str | None
    signoffs: dict[bytes, SignOff]

    @property
    def fails(self) -> bool:
        """Whether a seal now, or the seal that there is, leads to FAIL under the pinned policy, whoever verifies."""
        return self.foresight.fails


def read(path: Path, actor: str | None = None) -> Status:
    """Read the status of a package, run or bundle; with ``actor``, moves are those of that actor alone.

    Raises :class:`Refused` for a file that cannot be read, is damaged, or does not know the actor.
    """
    try:
        with reading(path) as bundle:
            return take(bundle.state, bundle.stream(), bundle.end, actor, bundle.torn)
    except Busy:  # for long: a large item is streamed in, or a batch is under way
        with path.open("rb") as stream:
            found = frames.scan(stream, str(path))
            with closing(found.state):
                return take(found.state, stream, found.end, actor, found.size - found.end)


def take(state: RunState, stream: BinaryIO, end: int, actor: str | None = None, torn: int = 0) -> Status:
    """Take the status of a run from its state and its journal, which is read up to ``end``."""
    if actor is not None and actor not in state.members:
        raise Unknown(f'"{actor}" is not enrolled in this run', "Its actors: " + ", ".join(state.members))
    first = _first_entry(stream, state)
    judged = foresight.foresee(stream, end, _sealer(state, actor))
    return Status(
        phase=_phase(state),
        contract=state.contract,
        policy=state.policy,
        contract_hash=state.contract_hash,
        subject=dict(state.subject),
        run=state.run,
        started=first[0],
        started_by=first[1],
        entries=state.count,
        evidence=(state.evidence_count, state.evidence_bytes),
        outcome=state.ended,
        torn=torn,
        steps=tuple(step_status(state, step) for step in state.contract.steps.values()),
        deviations=tuple(DeviationStatus(one, tuple(wants(state, one))) for one in state.deviations()),
        unsigned=state.unattested(),
        moves=movers(state, stream) if actor is None else _own(state, stream, actor),
        foresight=judged,
        open=tuple(list_open(judged, state)) if state.run is not None else (),
        seal=state.seal_hash or None,
        sealed_by=state.seal.actor if state.seal else None,
        signoffs=state.signoffs,
    )


def step_status(state: RunState, step: Step) -> StepStatus:
    """Take the status of one step."""
    passes = list(state.passes_of(step.id))
    ended = [one for one in passes if one.ended]
    opened = next((one.number for one in passes if not one.ended), None)
    blocked = tuple(one.ref.seq for one in state.blocking() if one.concerns(step.id))
    checks = tuple(unchecked(state, step))
    releases = tuple(one.number for one in state.held_passes(step.id)) if step.hold else ()
    running = state.run is not None and state.ended is None and state.seal is None
    done = len(ended) >= step.passes[0]
    why = cannot_begin(state, step) if running and opened is None and not done else None
    if opened is not None:
        word = "blocked" if blocked else "open"
    elif checks or releases:
        word = "waiting"
    elif done:
        word = "done"
    elif blocked:
        word = "blocked"
    else:
        word = "later" if why is not None or not running else "optional" if step.optional else "ready"
    lacks = [
        f"{lack} (pass {one.number})" if step.repeat else lack for one in passes for lack in _lacks(state, step, one)
    ]
    skipped = sum(one.skipped for one in ended)
    return StepStatus(step, word, len(ended), skipped, opened, blocked, checks, releases, tuple(lacks), why)


def _lacks(state: RunState, step: Step, one: PassState) -> list[str]:
    """Say what a pass lacks; a skipped one lacks nothing, and a deviation excuses values of a completed one."""
    if one.skipped:
        return []
    return open_items.lacking(state, step, one.number) if one.ended else guard.missing(state, step, one.number)


def _own(state: RunState, stream: BinaryIO, actor: str) -> dict[Move, list[str]]:
    return {move: [actor] for move in moves(state, stream, state.members[actor])}


def _phase(state: RunState) -> str:
    if state.run is None:
        return "package"
    if state.seal is not None:
        return "sealed"
    return "running" if state.ended is None else "ended"


def _sealer(state: RunState, actor: str | None) -> Member | None:
    """Choose who would seal: who did, who ended the run, who asks, or the first who may; None if nobody may."""
    done = state.seal.actor if state.seal else state.ended_by
    if done is not None:
        return state.members.get(done)
    roles, narrowed = set(state.contract.authority.seal), state.policy.sealing_roles
    able = [
        member
        for member in state.members.values()
        if roles & set(member.roles) and (narrowed is None or set(narrowed) & set(member.roles))
    ]
    return next((member for member in able if member.id == actor), able[0] if able else None)


def _first_entry(stream: BinaryIO, state: RunState) -> tuple[Time | None, str | None]:
    """Give when the run started and by whom; nothing for a package or where entry 0 cannot be read."""
    place = state.place(0)
    if place is None:
        return None, None
    offset, size = place
    stream.seek(offset)
    try:
        entry = parse_entry(stream.read(size))
    except Rejected:
        return None, None
    return entry.time, entry.actor
