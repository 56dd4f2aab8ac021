"""What may be written next, judged at the door: the person hears at once, and the journal can still pass.

These checks help; they do not protect. Whoever bypasses the recorder is found by the verifier, which judges
the same things again from the journal alone.
"""

from __future__ import annotations

from opsproof_verify.contract import Member, Slot, Step

from opsproof_record.errors import Blocked, Closed, NotEntitled, OutOfOrder, Refused, Unfit, Unknown
from opsproof_record.log.model import DeviationState, PassState
from opsproof_record.log.state import RunState

NOTHING_FOLLOWS = "Nothing can be recorded after the end of a run."


def check_running(state: RunState) -> None:
    """Refuse unless the run is started and neither ended nor sealed."""
    if state.run is None:
        raise Closed("this is a package, no run", "Start a run from it: `opsproof start PACKAGE --run FILE ...`.")
    if state.seal is not None:
        raise Closed("the run is sealed", "A sealed run is closed with `opsproof signoff`.")
    if state.ended is not None:
        raise Closed("the run has ended", f"Seal it: `opsproof seal`. {NOTHING_FOLLOWS}")


def find_step(state: RunState, name: str) -> Step:
    """Find a step of the contract."""
    step = state.step(name)
    if step is None:
        raise Unknown(f'the contract has no step "{name}"', "Its steps: " + ", ".join(state.contract.steps))
    return step


def find_deviation(state: RunState, seq: int) -> DeviationState:
    """Find a deviation by the number of its entry."""
    found = state.deviation(seq)
    if found is None:
        known = ", ".join(f"e{one.ref.seq} {one.raised.reason}" for one in state.deviations())
        raise Unknown(f"e{seq} is no deviation", f"Deviations of this run: {known or 'none'}")
    return found


def check_role(member: Member, roles: tuple[str, ...], what: str) -> None:
    """Refuse an actor who holds none of some roles."""
    if not set(member.roles) & set(roles):
        raise NotEntitled(
            f"{member.id} may not {what}: that takes the role {or_nobody(roles)}",
            f"{member.id} holds {', '.join(member.roles)}. Let somebody with that role do it.",
        )


def check_human(member: Member, what: str) -> None:
    """Refuse an agent or a device what only people may do (SPEC 9.10-18)."""
    if member.kind != "human":
        raise NotEntitled(f"{member.id} is no human and may not {what}", "Let a person with the role do it.")


def or_nobody(roles: tuple[str, ...]) -> str:
    """Name some roles."""
    return " or ".join(roles) or "(nobody holds it)"


def next_pass(state: RunState, member: Member, step: Step) -> int:
    """Give the number of the pass that may start now."""
    check_worker(state, member, step)
    last = state.last_pass(step.id)
    done = last.number if last else 0
    if state.open_passes(step.id):
        raise OutOfOrder(f"step {step.id} is open already", f"Go on with it, or end it: `opsproof end {step.id}`.")
    if done >= step.passes[1]:
        raise OutOfOrder(
            f"step {step.id} was done {done} times; the contract allows {step.passes[1]}",
            "Work that the contract does not foresee is a deviation: `opsproof deviate`.",
        )
    for name in step.after:
        _check_predecessor(state, step, state.contract.steps[name])
    return done + 1


def _check_predecessor(state: RunState, step: Step, before: Step) -> None:
    """Refuse unless a step in `after` has ended and, at a hold point, was released (SPEC 9.10-5, 9.10-6)."""
    last = state.last_pass(before.id)
    done = last.number if last else 0
    least = before.passes[0] if not before.optional else min(done, 1)
    if done < least or state.open_passes(before.id):
        raise OutOfOrder(
            f"step {before.id} comes before {step.id}, and it has not ended",
            f"End it first: `opsproof end {before.id}`.",
        )
    if before.hold and state.held_passes(before.id):
        raise OutOfOrder(
            f"step {before.id} is a hold point and was not released",
            f"Somebody with the role {or_nobody(before.hold)} who did not perform it has to release it: "
            f"`opsproof release {before.id}`.",
        )


def open_pass(state: RunState, member: Member, step: Step) -> int:
    """Give the number of the open pass of a step, for an actor who may work on it now."""
    check_worker(state, member, step)
    found = state.open_passes(step.id)
    if not found:
        raise OutOfOrder(f"step {step.id} is not open", f"Begin it: `opsproof begin {step.id}`.")
    number = found[-1].number
    check_impartial(state, member, step, number)
    return number


def check_impartial(state: RunState, member: Member, step: Step, number: int) -> None:
    """Refuse work on a pass by who has checked or released it, or whose principal has: that would not be independent.

    Principals of agents and devices perform what these do (SPEC 6.4-1).
    """
    for did, matters in (("checked", step.critical), ("released", bool(step.hold))):
        for person in (member.person, member.principal) if matters else ():
            if person is not None and person in state.persons(step.id, number, did):
                who = member.id if person == member.person else f"{person}, who answers for {member.id},"
                raise NotEntitled(
                    f"{who} has {did} this pass of {step.id} and may not work on it",
                    "That would not be independent any more. Let somebody else do it.",
                )


def check_worker(state: RunState, member: Member, step: Step) -> None:
    """Refuse who may not work on a step, or not now."""
    check_role(member, step.roles, f"work on step {step.id}")
    _check_not_blocked(state, step.id)
    for deviation in state.released_by(member.person):
        others = state.hands(deviation.ref.seq, "released") - {member.person}
        if deviation.concerns(step.id) and all(state.worked_on(one, deviation.steps) for one in others):
            raise NotEntitled(
                f"{member.id} has released deviation e{deviation.ref.seq}, which is about step {step.id}",
                "Who releases a deviation does not work in its scope (SPEC 8.4-4). Let somebody else do it.",
            )


def _check_not_blocked(state: RunState, step: str) -> None:
    """Refuse work on a step that a deviation blocks until it is released (SPEC 8.4-4)."""
    for deviation in state.blocking():
        if deviation.concerns(step):
            raise Blocked(
                f"step {step} is blocked by deviation e{deviation.ref.seq} ({deviation.raised.reason})",
                f"Somebody with the role {or_nobody(state.contract.authority.release)} who did not work on it has to "
                f"release it first: `opsproof release e{deviation.ref.seq}`.",
            )


def check_sealer(state: RunState, member: Member, what: str) -> None:
    """Refuse who may not seal by the contract (SPEC 6.8-3)."""
    check_role(member, state.contract.authority.seal, what)


def chosen_pass(state: RunState, step: Step, number: int | None) -> PassState:
    """Give a pass of a step, the latest unless one is named."""
    found = state.last_pass(step.id) if number is None else state.pass_of(step.id, number)
    if found is None:
        what = f"step {step.id} was not begun" if number is None else f"step {step.id} has no pass {number}"
        raise OutOfOrder(what, "`opsproof status` shows what was done.")
    return found


def check_not_performer(state: RunState, member: Member, one: PassState, what: str) -> None:
    """Refuse who performed a pass to check or release it (SPEC 9.10-6, 9.10-20)."""
    if member.person in state.persons(one.step, one.number):
        raise NotEntitled(
            f"{member.person} performed pass {one.number} of {one.step} and may not {what} it",
            "Somebody who took no part in it has to.",
        )


def check_slot(state: RunState, step: Step, number: int, slot: str, media: str) -> Slot:
    """Refuse evidence that does not fit a slot of the step (SPEC 9.10-23)."""
    spec = step.evidence.get(slot)
    if spec is None:
        raise Unknown(
            f'step {step.id} has no evidence slot "{slot}"',
            "Its slots: " + (", ".join(step.evidence) or "none; leave --slot out"),
        )
    if media not in spec.media:
        raise Unfit(
            f"slot {slot} takes {' or '.join(spec.media)}, not {media}",
            "Give the right --media, or attach it without --slot.",
        )
    if state.items_of(step.id, number).get(slot, 0) >= spec.max:
        raise Refused(f"slot {slot} holds {spec.max} items already", "Attach it without --slot.")
    return spec


def missing(state: RunState, step: Step, number: int) -> list[str]:
    """Say what a pass still lacks before it may be completed (SPEC 9.10-8, 9.10-22, 9.10-42)."""
    values, items = state.values_of(step.id, number), state.items_of(step.id, number)
    lacks = [f"value {spec.id}" for spec in step.values.values() if not spec.optional and spec.id not in values]
    for slot in step.evidence.values():
        short = slot.min - items.get(slot.id, 0)
        if short > 0:
            lacks.append(
                f"{short} more for evidence slot {slot.id}" if slot.min > 1 else f"evidence for slot {slot.id}"
            )
    used = state.used_as(step.id, number)
    return lacks + [f"an instrument as {name}" for name in step.instruments if name not in used]
