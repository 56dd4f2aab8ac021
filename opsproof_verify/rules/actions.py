"""Rules on actions under leave (SPEC 9.10-32, 9.10-52)."""

from __future__ import annotations

from opsproof_verify.kinds import Acted, AtStep
from opsproof_verify.run import Run
from opsproof_verify.state import Placed
from opsproof_verify.violation import OnEntry, Violations, on


def check_leave(run: Run, placed: Placed, what: Acted) -> Violations:
    """In a step with ``authorise``, who is not human acts under a leave for exactly that (9.10-32)."""
    step = run.contract.steps.get(what.step)
    if step is None or not step.authorise or placed.actor.human:
        return
    flaw = _flaw(run, placed, what, step.authorise)
    if flaw is not None:
        yield on(placed, "action.unauthorised", actor=placed.entry.actor, action=what.action, why=flaw)


def _flaw(run: Run, placed: Placed, what: Acted, roles: tuple[str, ...]) -> str | None:
    """Tell what keeps an action from being under leave."""
    ref = what.authorised
    leave = run.authorised.get(ref.seq) if ref else None
    if ref is None or leave is None:
        return "no-leave"  # none is named, or it is withheld in this copy
    if ref.seq in run.spent:
        return "leave-used"
    given = leave.what
    if (given.step, given.number) != (what.step, what.number):
        return "leave-elsewhere"
    if given.action != what.action:
        return "leave-other-action"
    if given.arguments != what.arguments:
        return "leave-other-arguments"
    if given.actor != placed.entry.actor:
        return "leave-for-another"
    if not (leave.giver.human and leave.giver.holds(roles)):
        return "leave-by-wrong-role"
    latest = max(placed.entry.time.ms, run.newest[0] if run.newest else 0)  # an earlier time may be claimed
    return None if given.expires.ms > latest else "leave-expired"


def check_acted(run: Run, placed: Placed, what: AtStep) -> Violations:
    """In such a step, who is not human completes a pass only after an action in it (9.10-32)."""
    step, one = run.contract.steps.get(what.step), run.passes.get((what.step, what.number))
    if placed.entry.kind != "step-completed" or step is None or not step.authorise or placed.actor.human:
        return
    if one is None or not one.acted:
        yield on(placed, "action.unauthorised", actor=placed.entry.actor, why="not-acted")


def check_giver(run: Run, placed: Placed, what: Acted) -> Violations:
    """Who gives an agent leave is not the person accountable for it (9.10-52)."""
    leave = run.authorised.get(what.authorised.seq) if what.authorised else None
    if leave is not None and not placed.actor.human and leave.giver.person == placed.actor.member.principal:
        yield on(placed, "action.by-principal", actor=placed.entry.actor, person=leave.giver.person)


ON_ENTRY: OnEntry = {Acted: (check_leave, check_giver), AtStep: (check_acted,)}
