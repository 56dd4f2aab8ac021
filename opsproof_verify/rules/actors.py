"""Rules on who did what (SPEC 9.10-16 to 9.10-20, 9.10-30)."""

from __future__ import annotations

from opsproof_verify.entries import WORK, Authorised, Checked, DeviationClosed, Released, What, Work
from opsproof_verify.findings import Fact
from opsproof_verify.run import Run
from opsproof_verify.state import Placed
from opsproof_verify.validity import ANY_TIME, Validity, Witnessed
from opsproof_verify.violation import AtEnd, OnEntry, Violations, about, on


def check_performs(run: Run, placed: Placed, what: Work) -> Violations:
    """Who works on a step has one of its roles (9.10-16)."""
    place = run.place_of(what)
    step = run.contract.steps.get(place[0]) if place else None
    if step is not None and not placed.actor.holds(step.roles):
        yield on(placed, "actor.wrong-role", actor=placed.entry.actor)


def check_checks(run: Run, placed: Placed, what: Checked) -> Violations:
    """Who checks a step has one of the roles that may, if it names some (9.10-16)."""
    step = run.contract.steps.get(what.step)
    if step is not None and step.check is not None and not placed.actor.holds(step.check):
        yield on(placed, "actor.wrong-role", actor=placed.entry.actor)


def check_releases(run: Run, placed: Placed, what: Released) -> Violations:
    """Who releases a hold point or a deviation may (9.10-16)."""
    roles: tuple[str, ...] = run.contract.authority.release
    if what.step is not None:
        step = run.contract.steps.get(what.step)
        roles = (step.hold if step else None) or ()
    if not placed.actor.holds(roles):
        yield on(placed, "actor.wrong-role", actor=placed.entry.actor)


def check_closes(run: Run, placed: Placed, _: DeviationClosed) -> Violations:
    """Who closes a deviation may (9.10-16)."""
    if not placed.actor.holds(run.contract.authority.rule):
        yield on(placed, "actor.wrong-role", actor=placed.entry.actor)


def check_human(_run: Run, placed: Placed, _: What) -> Violations:
    """Agents and devices check, authorise, release and close nothing (9.10-18)."""
    if not placed.actor.human:
        yield on(placed, "agent.approval", actor=placed.entry.actor)


def check_in_time(run: Run, placed: Placed, _: What) -> Violations:
    """No actor lets too many entries wait, or one that must be attested at once (9.10-30)."""
    actor, setting = placed.actor, run.policy.rules["attestation.late"]
    if placed.entry.kind == "attestation":
        return
    if actor.count == setting.max_waiting:
        yield on(placed, "attestation.late", actor=placed.entry.actor, waiting=actor.count + 1)
    if actor.at_once:
        yield on(placed, "attestation.late", actor=placed.entry.actor, why="at-once")
    actor.at_once = placed.entry.kind in setting.at_once


def check_critical(run: Run) -> Violations:
    """A critical step is checked, and by somebody who did not perform it (9.10-19, 9.10-20)."""
    for one in run.passes.values():
        step = run.step_of(one.step, one.number)
        if step is None or not step.critical or not one.completed:
            continue
        subject: dict[str, Fact] = {"step": one.step, "pass": one.number}
        if not one.checkers:
            yield about("check.missing", subject)
        elif one.checkers <= one.performers:
            yield about("check.not-independent", subject)


def check_keys(run: Run, validity: Validity, witnessed: Witnessed) -> Violations:
    """What was signed under a key revoked since is witnessed early enough (7-4, 9.10-17).

    Windows and claimed times were judged entry by entry; this is found once for an actor, at its last entry.
    """
    for name, actor in run.actors.items():
        if actor.last is not None:
            seq, frame = actor.last
            if not validity.holds(actor.member.key, 0, witnessed.position(seq), ANY_TIME):
                yield about("actor.not-valid", {"frame": frame, "actor": name})


ON_ENTRY: OnEntry = {
    **dict.fromkeys(WORK, (check_performs,)),
    Checked: (check_checks, check_human),
    Authorised: (check_human,),
    Released: (check_releases, check_human),
    DeviationClosed: (check_closes, check_human),
}
ALWAYS = (check_in_time,)
AT_END: tuple[AtEnd, ...] = (check_critical,)
