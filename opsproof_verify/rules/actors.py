"""Rules on who did what (SPEC 9.10-16 to -20, -30, -38 to -41, -51)."""

from __future__ import annotations

from opsproof_verify.contract import Step
from opsproof_verify.entries import WORK, What, Work
from opsproof_verify.findings import Fact
from opsproof_verify.kinds import AtStep, Authorised, Checked, DeviationClosed, Released, Voided
from opsproof_verify.run import Run
from opsproof_verify.state import Pass, Placed
from opsproof_verify.validity import ANY_TIME, Validity, Witnessed
from opsproof_verify.violation import EachPass, OnEntry, Violations, about, on


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


def check_authorises(run: Run, placed: Placed, what: Authorised) -> Violations:
    """Who authorises an action has one of the step's roles for it, if it names some (9.10-16)."""
    step = run.contract.steps.get(what.step)
    if step is not None and step.authorise and not placed.actor.holds(step.authorise):
        yield on(placed, "actor.wrong-role", actor=placed.entry.actor)


def check_voids(run: Run, placed: Placed, _: Voided) -> Violations:
    """Who makes an entry void is a human with the authority (9.10-38)."""
    if not (placed.actor.human and placed.actor.holds(run.contract.authority.void)):
        yield on(placed, "void.unauthorised", actor=placed.entry.actor)


def check_qualified(run: Run, placed: Placed, what: Work | Checked | Released) -> Violations:
    """A person who works on, checks or releases a step is qualified for it then (9.10-39); found once each."""
    for lack in sorted(run.lacking(placed.actor, what, placed.entry.time.ms)):
        yield on(placed, "actor.unqualified", actor=placed.entry.actor, qualification=lack[2])


def check_agent_described(_: Run, placed: Placed, __: What) -> Violations:
    """An agent or device has a principal, a version and a configuration (9.10-51); found at its first entry."""
    member = placed.actor.member
    if placed.actor.human or placed.actor.last is not None:
        return
    for name in ("config", "principal", "software"):
        if getattr(member, name) is None:
            yield on(placed, "agent.undescribed", actor=member.id, missing=name)


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
    actor = placed.actor
    if placed.entry.kind == "attestation":
        return
    if actor.count == run.policy.rules["attestation.late"].number("max-waiting"):
        yield on(placed, "attestation.late", actor=placed.entry.actor, waiting=actor.count + 1)
    if actor.at_once:
        yield on(placed, "attestation.late", actor=placed.entry.actor, why="at-once")


def check_critical(_: Run, step: Step, one: Pass) -> Violations:
    """A critical step is checked (9.10-19)."""
    if step.critical and not one.checkers:
        yield about("check.missing", {"step": one.step, "pass": one.number})


def check_independent(_: Run, step: Step, one: Pass) -> Violations:
    """It is checked by somebody who did not perform it (9.10-20)."""
    if step.critical and one.checkers and one.checkers <= one.performers:
        yield about("check.not-independent", {"step": one.step, "pass": one.number})


def check_before_next(run: Run, placed: Placed, what: AtStep) -> Violations:
    """A critical step is checked before a step begins that follows it (9.10-40)."""
    step = run.contract.steps.get(what.step)
    if placed.entry.kind != "step-started" or step is None:
        return
    for name in step.after:
        if run.contract.steps[name].critical and run.progress[name].unchecked:
            yield on(placed, "check.late", after=name)


def check_still_valid(run: Run, step: Step, one: Pass) -> Violations:
    """No work follows the last check of a pass (9.10-41)."""
    last = run.memory.get(one.worked) if step.critical and one.checkers and one.worked > one.checked else None
    if last is not None:
        subject: dict[str, Fact] = {"frame": last.frame, "seq": one.worked, "step": one.step, "pass": one.number}
        yield about("check.outdated", subject, checked=one.checked).by(last.actor)


def check_attested(run: Run) -> Violations:
    """Nothing waits for its actor's attestation (9.11-8); what is never final without it has its own code (9.11-6)."""
    for name, actor in run.actors.items():
        if actor.others:
            yield about("attestation.missing", {"actor": name}, count=actor.count).by(actor)


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
    **dict.fromkeys(WORK, (check_performs, check_qualified)),
    AtStep: (check_performs, check_qualified, check_before_next),
    Checked: (check_checks, check_human, check_qualified),
    Authorised: (check_authorises, check_human),
    Released: (check_releases, check_human, check_qualified),
    Voided: (check_voids,),
    DeviationClosed: (check_closes, check_human),
}
ALWAYS = (check_in_time, check_agent_described)
EACH_PASS: tuple[EachPass, ...] = (check_critical, check_independent, check_still_valid)
