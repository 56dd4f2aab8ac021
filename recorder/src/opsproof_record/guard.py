"""What may be written next, judged at the door: the person hears at once, and the journal can still pass.

These checks help; they do not protect. Whoever bypasses the recorder is found by the verifier, which judges
the same things again from the journal alone.
"""

from __future__ import annotations

from collections.abc import Callable

from opsproof_verify import fields
from opsproof_verify.contract import Member, Scalar, Slot, Step, ValueSpec
from opsproof_verify.findings import Rejected

from opsproof_record.errors import Refused
from opsproof_record.model import DeviationState, Fact, PassState
from opsproof_record.state import RunState

NOTHING_FOLLOWS = "Nothing can be recorded after the end of a run."


def check_running(state: RunState) -> None:
    """Refuse unless the run is started and neither ended nor sealed."""
    if state.run is None:
        raise Refused("this is a package, no run", "Start a run from it: `opsproof start PACKAGE --run FILE ...`.")
    if state.seal is not None:
        raise Refused("the run is sealed", "A sealed run is closed with `opsproof signoff`.")
    if state.ended is not None:
        raise Refused("the run has ended", f"Seal it: `opsproof seal`. {NOTHING_FOLLOWS}")


def find_step(state: RunState, name: str) -> Step:
    """Find a step of the contract."""
    step = state.step(name)
    if step is None:
        raise Refused(f'the contract has no step "{name}"', "Its steps: " + ", ".join(state.contract.steps))
    return step


def check_role(member: Member, roles: tuple[str, ...], what: str) -> None:
    """Refuse an actor who holds none of some roles."""
    if not set(member.roles) & set(roles):
        raise Refused(
            f"{member.id} may not {what}: that takes the role {' or '.join(roles) or '(nobody holds it)'}",
            f"{member.id} holds {', '.join(member.roles)}. Let somebody with that role do it.",
        )


def next_pass(state: RunState, member: Member, step: Step) -> int:
    """Give the number of the pass that may start now."""
    check_role(member, step.roles, f"work on step {step.id}")
    check_not_blocked(state, step.id)
    passes = state.passes_of(step.id)
    if passes and not passes[-1].ended:
        raise Refused(f"step {step.id} is open already", f"Go on with it, or end it: `opsproof end {step.id}`.")
    if len(passes) >= step.passes[1]:
        raise Refused(
            f"step {step.id} was done {len(passes)} times; the contract allows {step.passes[1]}",
            "Work that the contract does not foresee is a deviation: `opsproof deviate`.",
        )
    for name in step.after:
        _check_predecessor(state, step, state.contract.steps[name])
    return len(passes) + 1


def _check_predecessor(state: RunState, step: Step, before: Step) -> None:
    """Refuse unless a step in `after` has ended and, at a hold point, was released (SPEC 9.10-5, 9.10-6)."""
    passes = state.passes_of(before.id)
    least = before.passes[0] if not before.optional else min(len(passes), 1)
    if len(passes) < least or not all(done.ended for done in passes):
        raise Refused(
            f"step {before.id} comes before {step.id}, and it has not ended",
            f"End it first: `opsproof end {before.id}`.",
        )
    if before.hold and not all(done.released or done.skipped for done in passes):
        raise Refused(
            f"step {before.id} is a hold point and was not released",
            f"Somebody with the role {' or '.join(before.hold)} who did not perform it has to release it.",
        )


def open_pass(state: RunState, member: Member, step: Step) -> tuple[int, PassState]:
    """Give the open pass of a step, for an actor who may work on it now."""
    check_role(member, step.roles, f"work on step {step.id}")
    check_not_blocked(state, step.id)
    passes = state.passes_of(step.id)
    if not passes or passes[-1].ended:
        raise Refused(f"step {step.id} is not open", f"Begin it: `opsproof begin {step.id}`.")
    return len(passes), passes[-1]


def check_not_blocked(state: RunState, step: str) -> None:
    """Refuse work on a step that a deviation blocks until it is released (SPEC 8.4-4)."""
    for deviation in state.deviations.values():
        if deviation.ruling == "block" and not deviation.released and in_scope(state, deviation, step):
            raise Refused(
                f"step {step} is blocked by deviation e{deviation.ref.seq} ({deviation.raised.reason})",
                f"Somebody with the role {' or '.join(state.contract.authority.release) or '(nobody holds it)'} "
                "who did not work on it has to release it first.",
            )


def in_scope(state: RunState, deviation: DeviationState, step: str) -> bool:
    """Tell whether a step is in a deviation's scope; one that names nothing is about every step."""
    raised = deviation.raised
    steps = set(raised.steps) | {state.values[ref].step[0] for ref in raised.values if ref in state.values}
    return step in steps or not (raised.steps or raised.values)


def uncovered(state: RunState) -> list[Fact]:
    """Give the facts outside the contract that no deviation covers (SPEC 6.7-2)."""
    steps = {step for deviation in state.deviations.values() for step in deviation.raised.steps}
    values = {ref for deviation in state.deviations.values() for ref in deviation.raised.values}
    return [fact for fact in state.facts if fact.step[0] not in steps and fact.value not in values]


def read_value(spec: ValueSpec, text: str) -> Scalar:
    """Read a value as typed; refuse what does not fit its type (SPEC 6.3-7)."""
    try:
        return _READERS[spec.type](spec, text)
    except (Rejected, ValueError):
        raise Refused(f'"{text}" is no {spec.type} for {spec.id}', _EXAMPLES[spec.type](spec)) from None


def _integer(_spec: ValueSpec, text: str) -> Scalar:
    return fields.integer(-fields.MAX_INTEGER)(int(fields.decimal(text)))


def _boolean(_spec: ValueSpec, text: str) -> Scalar:
    if text.lower() not in _BOOLEANS:
        raise ValueError
    return _BOOLEANS[text.lower()]


def _choice(spec: ValueSpec, text: str) -> Scalar:
    return fields.word(*(spec.choices or ()))(text)


_BOOLEANS = {"yes": True, "true": True, "no": False, "false": False}
_READERS: dict[str, Callable[[ValueSpec, str], Scalar]] = {
    "decimal": lambda _spec, text: fields.decimal(text),
    "integer": _integer,
    "text": lambda _spec, text: fields.line(text),
    "boolean": _boolean,
    "choice": _choice,
}
_EXAMPLES: dict[str, Callable[[ValueSpec], str]] = {
    "decimal": lambda _spec: "Write digits with a point, such as 42.50; the unit goes into --unit.",
    "integer": lambda _spec: "Write a whole number.",
    "text": lambda _spec: "Write one line of 1 to 256 bytes.",
    "boolean": lambda _spec: "Write yes or no.",
    "choice": lambda spec: "Choose one of: " + ", ".join(spec.choices or ()),
}


def check_slot(step: Step, state: PassState, slot: str, media: str) -> Slot:
    """Refuse evidence that does not fit a slot of the step (SPEC 9.10-23)."""
    spec = step.evidence.get(slot)
    if spec is None:
        raise Refused(
            f'step {step.id} has no evidence slot "{slot}"',
            "Its slots: " + (", ".join(step.evidence) or "none; leave --slot out"),
        )
    if media not in spec.media:
        raise Refused(
            f"slot {slot} takes {' or '.join(spec.media)}, not {media}",
            "Give the right --media, or attach it without --slot.",
        )
    if state.items.get(slot, 0) >= spec.max:
        raise Refused(f"slot {slot} holds {spec.max} items already", "Attach it without --slot.")
    return spec


def missing(step: Step, state: PassState) -> list[str]:
    """Say what a pass still lacks before it may be completed (SPEC 9.10-8, 9.10-22)."""
    lacks = [f"value {spec.id}" for spec in step.values.values() if not spec.optional and spec.id not in state.values]
    for slot in step.evidence.values():
        short = slot.min - state.items.get(slot.id, 0)
        if short > 0:
            lacks.append(
                f"{short} more for evidence slot {slot.id}" if slot.min > 1 else f"evidence for slot {slot.id}"
            )
    return lacks
