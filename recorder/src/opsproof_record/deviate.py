"""Deviations at the point of entry: raised and, at once, ruled on by the pinned policy (SPEC 6.7, 8.4)."""

from __future__ import annotations

from dataclasses import dataclass

from opsproof_verify.canonical import Value
from opsproof_verify.contract import SEVERITIES, Reason
from opsproof_verify.fields import Ref

from opsproof_record import guard
from opsproof_record.clock import Time
from opsproof_record.errors import Refused
from opsproof_record.model import to_ref
from opsproof_record.recorder import Recorder
from opsproof_record.state import RunState


@dataclass(frozen=True, slots=True, kw_only=True)
class Deviation:
    """What a person says about a deviation; entries by their numbers, evidence by entry number or digest."""

    reason: str
    description: str
    severity: str | None = None
    steps: tuple[str, ...] = ()
    values: tuple[int, ...] = ()
    evidence: tuple[bytes, ...] = ()
    action: str | None = None
    occurred: Time | None = None


@dataclass(frozen=True, slots=True)
class Ruled:
    """A deviation as recorded."""

    ref: Ref
    severity: str
    ruling: str


def deviate(recorder: Recorder, said: Deviation) -> Ruled:
    """Raise a deviation and record the ruling of the pinned policy."""
    state = recorder.state
    reason = _reason(state, said.reason)
    severity = _severity(reason, said.severity)
    values = [_value_ref(state, seq) for seq in said.values]
    for step in said.steps:
        guard.find_step(state, step)
    for digest in said.evidence:
        if digest not in state.evidence:
            raise Refused(f"evidence {digest.hex()} is not in this run", "Attach it first: `opsproof attach FILE`.")
    for scope in reason.scope:
        if not {"steps": said.steps, "values": said.values, "evidence": said.evidence}[scope]:
            raise Refused(f"{reason.code} has to name its {scope}", f"Add --{scope.removesuffix('s')}.")
    ref = recorder.write(
        "deviation-raised",
        reason=said.reason,
        severity=severity,
        steps=list(said.steps),
        values=[to_ref(value) for value in values],
        evidence=list(said.evidence),
        description=said.description,
        action=said.action,
        occurred=_as_value(said.occurred),
    )
    ruling = state.policy.ruling(severity, said.reason, critical=_critical(state, said.steps, values))
    recorder.write("deviation-ruled", deviation=to_ref(ref), ruling=ruling, policy=state.policy_digest)
    return Ruled(ref, severity, ruling)


def _as_value(time: Time | None) -> Value | None:
    return None if time is None else list(time)


def _reason(state: RunState, code: str) -> Reason:
    pack = state.contract.pack
    if pack is None:
        raise Refused("the contract carries no domain pack", 'Author it again with one: pack = "general".')
    if code not in pack.reasons:
        known = "\n  ".join(f"{reason.code}: {reason.title}" for reason in pack.reasons.values())
        raise Refused(f'"{code}" is no reason of the domain pack {pack.id}', f"Its reasons:\n  {known}")
    return pack.reasons[code]


def _severity(reason: Reason, said: str | None) -> str:
    """Give the severity: the reason's, or a higher one."""
    if said is None:
        return reason.severity
    if SEVERITIES.index(said) < SEVERITIES.index(reason.severity):
        raise Refused(f"{reason.code} is at least {reason.severity}", "The severity may be raised, not lowered.")
    return said


def _value_ref(state: RunState, seq: int) -> Ref:
    for ref in state.values:
        if ref.seq == seq:
            return ref
    recorded = ", ".join(f"e{ref.seq} {value.name}" for ref, value in state.values.items())
    raise Refused(f"e{seq} is no recorded value", f"Recorded values: {recorded or 'none'}")


def _critical(state: RunState, steps: tuple[str, ...], values: list[Ref]) -> bool:
    """Tell whether a critical step is in scope (SPEC 6.7-3)."""
    names = set(steps) | {state.values[ref].step[0] for ref in values}
    return any(state.contract.steps[name].critical for name in names)
