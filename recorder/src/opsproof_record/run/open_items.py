"""What is still open in a run: before it ends, because nothing can follow, at the seal, and after it.

Each item names the finding that the verifier would make of it, so that the level which the pinned policy gives to that
finding says how bad it is.
"""

from __future__ import annotations

from dataclasses import dataclass

from opsproof_verify.contract import Step
from opsproof_verify.policy import Policy
from opsproof_verify.policy_parts import ApprovalNeed
from opsproof_verify.register import CODES, RULES
from opsproof_verify.selectors import Matter

from opsproof_record.log.model import DeviationState
from opsproof_record.log.state import RunState
from opsproof_record.run import guard, levels

_NOTHING = Matter()
_WEIGHTY = {str(level) for level in levels.WEIGHTY}


@dataclass(frozen=True, slots=True)
class Item:
    """Something open: the code of the finding that it would be, and what it is in words."""

    code: str
    text: str
    matter: Matter = _NOTHING  # what selectors look at, where that matters

    def level(self, policy: Policy) -> str:
        """Give the level of that finding under a policy: fail, provisional, note or off."""
        if self.code in RULES:
            return str(policy.rules[self.code].level_of(self.matter) or "off")
        return str(CODES[self.code].severity)


def before_end(state: RunState, actor: str, outcome: str) -> list[Item]:
    """Say what cannot be mended once the run has ended; ``actor`` is who ends it and will seal."""
    items = []
    if outcome == "completed":
        items += unfinished(state)
    elif state.ended is None and not any(_names_nothing(one) for one in state.deviations()):
        items.append(Item("deviation.missing", "an aborted run needs a deviation that says why and names no step"))
    items += unchecked(state)
    items += unexplained(state)
    items += _demanded(state)
    items += [
        Item("deviation.unruled", f"deviation e{one.ref.seq} has no ruling: `opsproof rule e{one.ref.seq}`")
        for one in state.deviations()
        if one.ruling is None
    ]
    items += unsigned(state, but=actor)
    return items


def _demanded(state: RunState) -> list[Item]:
    """Say what the pinned policy demands beyond the contract, and only the run itself can still mend."""
    found = [
        Item(
            "custody.not-received",
            f"{one.receiver} has not confirmed what e{one.ref.seq} hands over: `opsproof receive e{one.ref.seq}`",
            levels.matter_of(state, (), state.members.get(one.giver)),
        )
        for one in state.under_way()
    ]
    found += [
        Item(
            "deviation.premature",
            f"{fact.step or 'run'}: {fact.what} (e{fact.seq}), and only an earlier deviation covers it",
            levels.matter_of(state, (fact.step,) if fact.step else ()),
        )
        for fact in state.covered_beforehand()
    ]
    found += [
        Item(
            "check.outdated",
            f"pass {one.number} of {one.step} was changed by e{one.worked} after its check",
            levels.matter_of(state, (one.step,)),
        )
        for one in state.passes()
        if one.outdated and (step := state.step(one.step)) is not None and step.critical
    ]
    return [item for item in found if item.level(state.policy) in _WEIGHTY]


def _names_nothing(deviation: DeviationState) -> bool:
    raised = deviation.raised
    return not (raised.steps or raised.values or raised.evidence)


def unexplained(state: RunState) -> list[Item]:
    """Say which facts outside the contract no deviation covers."""
    return [
        Item("deviation.missing", f"{fact.step or 'run'}: {fact.what} (e{fact.seq}), and no deviation covers it")
        for fact in state.uncovered()
    ]


def unsigned(state: RunState, but: str | None = None) -> list[Item]:
    """Say whose entries no attestation covers."""
    return [
        Item(
            "attestation.owed",
            f"{name} has {count} unsigned {'entry' if count == 1 else 'entries'}: `opsproof attest --as {name}`",
        )
        for name, count in state.unattested().items()
        if name != but
    ]


def unfinished(state: RunState) -> list[Item]:
    """Say which steps have not ended, or not often enough, or wait for a release."""
    items = []
    for step in state.contract.steps.values():
        last = state.last_pass(step.id)
        opened = len(state.open_passes(step.id))
        done = (last.number if last else 0) - opened
        if not state.covered_step(step.id):
            if opened:
                items.append(Item("step.unfinished", f"step {step.id} is open"))
            elif done < step.passes[0] and not step.optional:
                items.append(
                    Item(
                        "step.unfinished",
                        f"step {step.id} was done {done} of {step.passes[0]} times"
                        if step.passes[0] > 1
                        else f"step {step.id} was not done",
                    )
                )
        if step.hold and state.held_passes(step.id):
            items.append(Item("step.not-released", f"step {step.id} is a hold point and was not released"))
    return items


def unchecked(state: RunState) -> list[Item]:
    """Say which passes wait for their check, however the run ends (SPEC 9.10-19)."""
    return [
        Item("check.missing", f"pass {one.number} of {step.id} was not checked by a second person")
        for step in state.contract.steps.values()
        if step.critical
        for one in state.passes_of(step.id)
        if one.state == "completed" and not one.checked
    ]


def at_seal(state: RunState, actor: str) -> list[Item]:
    """Say what the seal will show as open, by the levels of the pinned policy the worst first."""
    items = before_end(state, actor, state.ended or "completed")
    for one in list(state.passes()):
        step = state.step(one.step)
        if step is not None and one.state == "completed":
            lacks = lacking(state, step, one.number)
            items += [Item(_code(lack), f"step {step.id} lacks {lack}") for lack in lacks]
    order = ("fail", "provisional", "note", "off")
    return sorted(items, key=lambda item: order.index(item.level(state.policy)))


def lacking(state: RunState, step: Step, number: int) -> list[str]:
    """Say what a completed pass lacks; a deviation that names the step excuses its values (SPEC 9.10-8)."""
    lacks = guard.missing(state, step, number)
    return [lack for lack in lacks if _code(lack) != "value.missing" or not state.covered_step(step.id)]


def _code(lack: str) -> str:
    if lack.startswith("an instrument "):
        return "instrument.missing"
    return "value.missing" if lack.startswith("value ") else "evidence.missing"


def owed(state: RunState) -> list[Item]:
    """Say what has to come after the seal: deviations to remediate and close, and the pinned policy's approvals."""
    items = []
    for one in state.deviations():
        pack = state.contract.pack
        reason = pack.reasons.get(one.raised.reason) if pack else None
        remedy = reason is not None and reason.remediation
        name = f"deviation e{one.ref.seq} ({one.raised.reason}, ruled {one.ruling})"
        if remedy and not one.remediated:
            items.append(Item("deviation.not-remediated", f"{name} to be remediated, with evidence"))
        if not one.closed and (remedy or one.ruling in {"block", "review"}):
            items.append(Item("deviation.not-closed", f"{name} to be closed: an approval that covers e{one.ref.seq}"))
    for need in state.policy.approvals:
        if _exists(state, need):
            meaning = f', meaning "{need.meaning}"' if need.meaning else ""
            items.append(
                Item("approval.missing", f"approval {need.id}: {need.count} with the role {need.role}{meaning}")
            )
    return items


def _exists(state: RunState, need: ApprovalNeed) -> bool:
    """Tell whether an approval need exists in this run (SPEC 8.5-4)."""
    when, work = need.when_deviation, need.when_work
    if when is not None:
        found = (levels.matter_of_deviation(state, one) for one in state.deviations())
        if sum(when.where.holds(matter) for matter in found) >= when.count:
            return True
    if work is not None:
        done = (levels.matter_of(state, (step,), state.members.get(actor)) for step, actor in state.workers())
        return any(work.holds(matter) for matter in done)
    return not need.conditional
