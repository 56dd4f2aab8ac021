"""What people decide about the work of others: checks, releases, leave for actions (SPEC 6.4, 9.10-16 to -20, -32)."""

from __future__ import annotations

from opsproof_verify.contract import Step
from opsproof_verify.fields import Ref

from opsproof_record import guard, work
from opsproof_record.clock import Time, now
from opsproof_record.errors import NotEntitled, OutOfOrder, Unfit
from opsproof_record.model import Leave, to_ref
from opsproof_record.recorder import Recorder


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
        raise NotEntitled(f'"{actor}" is not enrolled in this run', "Its actors: " + ", ".join(state.members))
    if actor == member.id:
        raise NotEntitled(f"{actor} cannot give itself leave", "Somebody else has to.")
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


def find_leave(recorder: Recorder, step: Step, number: int, action: str, arguments: bytes) -> Leave | None:
    """Find an unused leave of this actor for exactly this action that has not expired."""
    wanted = ((step.id, number), action, arguments)
    return next(
        (
            leave
            for leave in recorder.state.leaves_for(recorder.member.id)
            if (leave.step, leave.action, leave.arguments) == wanted and leave.expires_ms > now()[0]
        ),
        None,
    )


def act(recorder: Recorder, step_id: str, action: str, arguments: bytes) -> Ref:
    """Record, before it is done, that an action is taken; where the step demands leave, only with it (SPEC 9.10-32)."""
    step, number = work.working(recorder, step_id)
    leave = find_leave(recorder, step, number, action, arguments)
    if leave is None and step.authorise and recorder.member.kind != "human":
        raise NotEntitled(
            f'"{action}" with these arguments (sha256 {arguments.hex()}) is not authorised in step {step_id}',
            f"Somebody with the role {guard.or_nobody(step.authorise)} has to: `opsproof authorise {step_id} "
            f'--for {recorder.member.id} --action "{action}" --arguments {arguments.hex()} ...`.',
        )
    return recorder.write(
        "acted",
        step=step_id,
        pass_=number,
        action=action,
        arguments=arguments,
        authorised=to_ref(leave.ref) if leave else None,
    )
