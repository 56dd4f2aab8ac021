"""What people decide about the work of others: checks, releases, leave for actions (SPEC 6.4, 9.10-16 to -20, -32)."""

from __future__ import annotations

import shlex

from opsproof_verify.contract import Member, Step
from opsproof_verify.fields import Ref
from opsproof_verify.register import Severity

from opsproof_record.clock import Time, now
from opsproof_record.errors import NotEntitled, OutOfOrder, Unauthorised, Unfit, Unknown
from opsproof_record.log.model import Leave, to_ref
from opsproof_record.run import demands, guard, levels, work
from opsproof_record.run.recorder import Recorder

_ASK = "Attach the arguments first, so that they can be read."


def check_step(
    recorder: Recorder, step_id: str, *, passed: bool, text: str | None = None, number: int | None = None
) -> Ref:
    """Record that a second person checked a pass, the latest unless one is named."""
    state, member = recorder.state, recorder.member
    step = guard.find_step(state, step_id)
    guard.check_human(member, "check")
    if step.check:
        guard.check_role(member, step.check, f"check step {step_id}")
    one = guard.chosen_pass(state, step, number)
    guard.check_not_performer(state, member, one, "check")
    if one.skipped:
        raise OutOfOrder(f"pass {one.number} of {step_id} was skipped", "There is nothing to check.")
    demands.qualified(recorder, step, one.number)
    return recorder.write("checked", step=step_id, pass_=one.number, passed=passed, text=text)


def release_step(recorder: Recorder, step_id: str, text: str | None = None, number: int | None = None) -> Ref:
    """Release a completed pass at a hold point (SPEC 9.10-6)."""
    state, member = recorder.state, recorder.member
    step = guard.find_step(state, step_id)
    guard.check_human(member, "release")
    if not step.hold:
        raise OutOfOrder(f"step {step_id} is no hold point", "Nothing waits for its release.")
    guard.check_role(member, step.hold, f"release step {step_id}")
    held = state.held_passes(step_id)
    one = guard.chosen_pass(state, step, number if number or not held else held[0].number)
    if one.state != "completed":
        raise OutOfOrder(f"pass {one.number} of {step_id} is not completed", "It is released after it was completed.")
    if one.released:
        raise OutOfOrder(f"pass {one.number} of {step_id} is released already", "There is nothing to do.")
    guard.check_not_performer(state, member, one, "release")
    demands.qualified(recorder, step, one.number)
    return recorder.write("released", step=step_id, pass_=one.number, text=text)


def release_deviation(recorder: Recorder, seq: int, text: str | None = None) -> Ref:
    """Release the work that a deviation blocks (SPEC 8.4-4)."""
    state, member = recorder.state, recorder.member
    deviation = guard.find_deviation(state, seq)
    guard.check_human(member, "release")
    guard.check_role(member, state.contract.authority.release, "release a deviation")
    if deviation.ruling != "block":
        raise OutOfOrder(f"deviation e{seq} blocks nothing", f"It is ruled {deviation.ruling}.")
    if state.worked_on(member.person, deviation.steps):
        raise NotEntitled(
            f"{member.person} worked on what deviation e{seq} is about and may not release it",
            "Somebody who took no part in it has to.",
        )
    return recorder.write("released", deviation=to_ref(deviation.ref), text=text)


def authorise(recorder: Recorder, step_id: str, actor: str, action: str, arguments: bytes, expires: Time) -> Ref:
    """Give an actor leave for one action with exactly these arguments, named by their SHA-256."""
    state, member = recorder.state, recorder.member
    step = guard.find_step(state, step_id)
    guard.check_human(member, "authorise")
    if step.authorise:
        guard.check_role(member, step.authorise, f"authorise actions in step {step_id}")
    if actor not in state.members:
        raise Unknown(f'"{actor}" is not enrolled in this run', "Its actors: " + ", ".join(state.members))
    if actor == member.id:
        raise NotEntitled(f"{actor} cannot give itself leave", "Somebody else has to.")
    _check_principal(recorder, step, state.members[actor])
    if expires[0] <= now()[0]:
        raise Unfit("the authorisation would have expired already", "Give a later time.")
    one = guard.chosen_pass(state, step, None)
    if one.ended:
        raise OutOfOrder(f"step {step_id} is not open", "An action is authorised while its step is open.")
    return recorder.write(
        "authorised",
        step=step_id,
        pass_=one.number,
        for_=actor,
        action=action,
        arguments=arguments,
        expires=list(expires),
    )


def _check_principal(recorder: Recorder, step: Step, agent: Member) -> None:
    """Refuse leave by the person who answers for the agent, where the policy does (SPEC 9.10-52)."""
    matter = levels.matter_of(recorder.state, (step.id,), agent)
    own = agent.kind != "human" and agent.principal == recorder.member.person
    if own and levels.level(recorder.state, "action.by-principal", matter) is Severity.FAIL:
        raise NotEntitled(
            f"{recorder.member.id} answers for {agent.id} and may not give it leave",
            f"Somebody else with the role {guard.or_nobody(step.authorise or ())} has to.",
        )


def find_leave(recorder: Recorder, step: Step, number: int, action: str, arguments: bytes) -> Leave | None:
    """Find an unused leave of this actor for exactly this action that has not expired."""
    ms = now()[0]
    leaves = recorder.state.leaves_for(recorder.member.id)
    return next((one for one in leaves if one.fits((step.id, number), action, arguments) and one.expires_ms > ms), None)


def act(recorder: Recorder, step_id: str, action: str, arguments: bytes) -> Ref:
    """Record, before it is done, that an action is taken; where the step demands leave, only with it (SPEC 9.10-32).

    Raises :class:`Unauthorised` if an agent or device lacks leave for exactly this, or it expires at this moment.
    """
    step, number = work.working(recorder, step_id)
    leave = check_leave(recorder, step, number, action, arguments)
    ref = recorder.write(
        "acted",
        step=step_id,
        pass_=number,
        action=action,
        arguments=arguments,
        authorised=to_ref(leave.ref) if leave else None,
    )
    if leave is not None and recorder.state.last_ms >= leave.expires_ms:  # while an earlier entry had to be signed
        raise Unauthorised(f"the leave e{leave.ref.seq} has expired at this moment", "Ask for it again.")
    return ref


def check_leave(
    recorder: Recorder, step: Step, number: int, action: str, arguments: bytes, *, ask: str = _ASK
) -> Leave | None:
    """Give the leave for an action, None where none is needed; raises :class:`Unauthorised` as :func:`act`.

    ``ask`` says how to attach the arguments, if the run does not hold them yet.
    """
    leave = find_leave(recorder, step, number, action, arguments)
    if leave is not None or not step.authorise or recorder.member.kind == "human":
        return leave
    member, seq = recorder.member.id, recorder.state.item_of(arguments)
    why = _why_not(recorder, (step.id, number), action, arguments)
    command = authorise_command(recorder, step.id, action, f"e{seq}" if seq else arguments.hex())
    raise Unauthorised(
        f'{member} may not do "{action}" in step {step.id} with these arguments (sha256 {arguments.hex()}): {why}',
        f"{'' if seq else f'{ask} '}Somebody with the role {guard.or_nobody(step.authorise)} has to authorise exactly "
        f"them:\n  {command}",
    )


def _why_not(recorder: Recorder, at: tuple[str, int], action: str, arguments: bytes) -> str:
    state, member = recorder.state, recorder.member.id
    unused = state.leaves_for(member)
    for leave in reversed(unused):
        if leave.fits(at, action, arguments):
            return f"the leave e{leave.ref.seq} has expired"
    for leave in reversed(state.leaves_for(member, used=True)):
        if leave.fits(at, action, arguments):
            return f"the leave e{leave.ref.seq} was used; it holds once"
    for leave in reversed(unused):
        if (leave.step, leave.action) == (at, action):
            return f"the leave e{leave.ref.seq} is for other arguments"
    return "nobody has given leave"


def authorise_command(recorder: Recorder, step_id: str, action: str, arguments: str) -> str:
    """Give the command by which a person authorises an action of this actor; NAME and KEY are the person's."""
    words = ["opsproof", "authorise", step_id, "--for", recorder.member.id, "--action", action]
    words += ["--arguments", arguments, "--expires-in", "15 min", "--run", str(recorder.journal.path)]
    return f"{shlex.join(words)} --as NAME --key KEY"
