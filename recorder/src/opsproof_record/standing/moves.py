"""What can be done next in a run, and by whom; each answer is asked of the rules themselves by `rehearsal`."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO

from opsproof_verify.contract import Member, Step

from opsproof_record.clock import now
from opsproof_record.errors import NotEntitled, Refused
from opsproof_record.log.model import DeviationState
from opsproof_record.log.state import RunState
from opsproof_record.run import deviate, guard, leave, levels, oversight, work
from opsproof_record.run.leave import Request
from opsproof_record.run.recorder import Recorder
from opsproof_record.standing.rehearsal import Rehearsal

#: Kinds of moves in the order in which they are shown.
KINDS = ("rule", "work", "begin", "check", "release", "authorise", "remediate", "close", "attest", "end", "seal")

_MINUTE_MS = 60_000


@dataclass(frozen=True, slots=True)
class Move:
    """Something that can be done now: to a pass of a step, a deviation (by its entry), a request, or the run."""

    kind: str
    step: str | None = None
    number: int | None = None
    deviation: int | None = None
    request: Request | None = None

    @property
    def command(self) -> str:
        """The command that does it, without file, actor and key."""
        if self.request is not None:
            asked = self.request
            given = (asked.step, "--for", asked.actor, "--action", asked.action, "--arguments", f"e{asked.entry}")
            return shlex.join(("opsproof", "authorise", *given))
        about = self.step or (f"e{self.deviation}" if self.deviation is not None else "")
        words = {"work": "record", "check": "check-step"}.get(self.kind, self.kind)
        return f"opsproof {words} {about}".rstrip()


def moves(state: RunState, stream: BinaryIO, member: Member) -> list[Move]:
    """Give what an actor may do now, most urgent first; nothing once a run is sealed. ``stream`` is the journal."""
    if state.run is None or state.seal is not None:
        return []
    asking = Rehearsal(state, member)
    if state.ended is not None:
        may = asking.may(lambda one: guard.check_sealer(state, one.member, "seal"))
        return [Move("seal")] if may else []
    found = [move for move, act in _possible(state, stream) if asking.may(act)]
    if state.waiting(member.id):
        found.append(Move("attest"))
    if asking.may(lambda one: work.end_run(one, "completed", None)):
        found.append(Move("end"))
    return sorted(found, key=lambda move: KINDS.index(move.kind))


def movers(state: RunState, stream: BinaryIO) -> dict[Move, list[str]]:
    """Give what can be done now, and the actors who may."""
    found: dict[Move, list[str]] = {}
    for member in state.members.values():
        for move in moves(state, stream, member):
            found.setdefault(move, []).append(member.id)
    return dict(sorted(found.items(), key=lambda pair: KINDS.index(pair[0].kind)))


def unsettled(state: RunState) -> Iterator[DeviationState]:
    """Give the deviations that still need somebody: a ruling, a release, a remedy or a closing (SPEC 8.4-5, 8.4-6)."""
    return (one for one in state.deviations() if wants(state, one))


def wants(state: RunState, one: DeviationState) -> list[str]:
    """Say what a deviation still needs: ``ruling``, ``release``, ``remediation``, ``closing``."""
    pack = state.contract.pack
    reason = pack.reasons.get(one.raised.reason) if pack else None
    remedy = reason is not None and reason.remediation
    needs = ["ruling"] if one.ruling is None else []
    if one.ruling == "block" and not one.released:
        needs.append("release")
    if remedy and not one.remediated:
        needs.append("remediation")
    if not one.closed and (remedy or one.ruling in {"block", "review"}):
        needs.append("closing")
    return needs


def unchecked(state: RunState, step: Step) -> list[int]:
    """Give the completed passes of a critical step that no second person has checked, or that changed since then.

    The latter count where the pinned policy makes something of it (SPEC 9.10-41).
    """
    if not step.critical:
        return []
    again = levels.level(state, "check.outdated", levels.matter_of(state, (step.id,))) in levels.WEIGHTY
    done = (one for one in state.passes_of(step.id) if one.state == "completed")
    return [one.number for one in done if not one.checked or (again and one.outdated)]


def cannot_begin(state: RunState, step: Step) -> Refused | None:
    """Say why nobody can begin a pass of a step now; None if somebody can.

    What is against it is the same for everybody but for roles and earlier releases, so the first that is not decides.
    """
    found: Refused | None = NotEntitled(f"nobody is enrolled with the role {guard.or_nobody(step.roles)}", "Assign.")
    for member in state.members.values():
        refusal = Rehearsal(state, member).refusal(lambda one: work.begin(one, step.id))
        if refusal is None or not isinstance(refusal, NotEntitled):
            return refusal
        if set(member.roles) & set(step.roles):
            found = refusal
    return found


_Possible = Iterator[tuple[Move, Callable[[Recorder], object]]]


def _possible(state: RunState, stream: BinaryIO) -> _Possible:
    """Give what somebody might do now, and how it would be done."""
    soon = [now()[0] + _MINUTE_MS, 0]
    for request in leave.requests(state, stream):
        act = partial(
            oversight.authorise,
            step_id=request.step,
            actor=request.actor,
            action=request.action,
            arguments=request.digest,
            expires=soon,
        )
        yield Move("authorise", request.step, request.number, request=request), act
    for step in state.contract.steps.values():
        yield from _on_step(state, step)
    for one in unsettled(state):
        yield from _on_deviation(state, one)


def _on_step(state: RunState, step: Step) -> _Possible:
    opened = state.open_passes(step.id)
    if opened:
        yield Move("work", step.id, opened[-1].number), partial(work.working, step_id=step.id)
    else:
        last = state.last_pass(step.id)
        yield Move("begin", step.id, last.number + 1 if last else 1), partial(work.begin, step_id=step.id)
    for number in unchecked(state, step):
        act = partial(oversight.check_step, step_id=step.id, passed=True, number=number)
        yield Move("check", step.id, number), act
    for held in state.held_passes(step.id) if step.hold else ():
        yield (
            Move("release", step.id, held.number),
            partial(oversight.release_step, step_id=step.id, number=held.number),
        )


def _on_deviation(state: RunState, one: DeviationState) -> _Possible:
    seq = one.ref.seq
    acts: dict[str, tuple[str, Callable[[Recorder], object]]] = {
        "ruling": ("rule", lambda who: deviate.rule(who, seq)),
        "release": ("release", lambda who: oversight.release_deviation(who, seq)),
        "remediation": ("remediate", lambda who: guard.find_deviation(who.state, seq)),
        "closing": ("close", lambda who: deviate.close(who, seq, "")),
    }
    for need in wants(state, one):
        kind, act = acts[need]
        yield Move(kind, deviation=seq), act
