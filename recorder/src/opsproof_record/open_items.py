"""What is still open in a run: before it ends, because nothing can follow, and before the seal."""

from __future__ import annotations

from opsproof_record import guard
from opsproof_record.state import RunState


def before_end(state: RunState, actor: str, outcome: str) -> list[str]:
    """Say what cannot be mended once the run has ended; ``actor`` is who ends it and will seal."""
    items = []
    if outcome == "completed":
        items += unfinished(state)
    elif not state.deviations:
        items.append("an aborted run needs a deviation that says why")
    items += [
        f"{fact.step[0]}: {fact.what} (e{fact.seq}), and no deviation covers it" for fact in guard.uncovered(state)
    ]
    items += [
        f"{name} has {len(refs)} unsigned {'entry' if len(refs) == 1 else 'entries'}: `opsproof attest --as {name}`"
        for name, refs in state.unattested.items()
        if name != actor
    ]
    return items


def unfinished(state: RunState) -> list[str]:
    """Say which steps have not ended, or not often enough."""
    items = []
    for step in state.contract.steps.values():
        passes = state.passes_of(step.id)
        done = sum(state.ended for state in passes)
        covered = any(step.id in deviation.raised.steps for deviation in state.deviations.values())
        if covered:
            continue
        if done < len(passes):
            items.append(f"step {step.id} is open")
        elif done < step.passes[0] and not step.optional:
            items.append(f"step {step.id} was not done")
        elif step.hold and not all(one.released or one.skipped for one in passes):
            items.append(f"step {step.id} is a hold point and was not released")
    return items


def at_seal(state: RunState, actor: str) -> list[str]:
    """Say what the seal will show as open and no later sign-off of the policy's approvers can mend."""
    items = before_end(state, actor, state.ended or "completed")
    for fact_step, passed in state.passes.items():
        step = state.step(fact_step[0])
        if step is not None and passed.ended and not passed.skipped:
            items += [f"step {step.id} lacks {lack}" for lack in guard.missing(step, passed)]
    return items


def owed(state: RunState) -> list[str]:
    """Say what has to come after the seal: deviations to close, and the pinned policy's approvals."""
    items = [
        f"deviation e{deviation.ref.seq} ({deviation.raised.reason}, ruled {deviation.ruling}) to be closed: "
        f"an approval that covers e{deviation.ref.seq}"
        for deviation in state.deviations.values()
        if deviation.ruling in {"block", "review"}
    ]
    for need in state.policy.approvals:
        meaning = f', meaning "{need.meaning}"' if need.meaning else ""
        items.append(f"approval {need.id}: {need.count} with the role {need.role}{meaning}")
    return items
