"""Deviations: raised and at once ruled on by the pinned policy; then remediated and closed (SPEC 6.7, 8.4)."""

from __future__ import annotations

from dataclasses import dataclass

from opsproof_verify.contract import SEVERITIES, Reason
from opsproof_verify.fields import Ref
from opsproof_verify.parse_entry import parse_entry

from opsproof_record.clock import Time, now
from opsproof_record.errors import Incomplete, NotEntitled, OutOfOrder, Unfit, Unknown
from opsproof_record.log.model import Recorded, to_ref
from opsproof_record.log.state import RunState
from opsproof_record.run import demands, guard, levels
from opsproof_record.run.recorder import Recorder
from opsproof_record.run.work import named_values


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
    values = [_value(recorder, seq) for seq in said.values]
    for step in said.steps:
        guard.find_step(state, step)
    for digest in said.evidence:
        if state.holder(digest) is None:
            raise Unknown(f"evidence {digest.hex()} is not in this run", "Attach it first: `opsproof attach FILE`.")
    for member in reason.demands:
        if not getattr(said, member):
            raise Incomplete(
                f"{reason.code} ({reason.title}) asks for its {member}", f"Add --{member.removesuffix('s')}."
            )
    times = [_time_of(recorder, value.ref.seq) for value in values]
    demands.prompt_deviation(recorder, times + ([said.occurred[0]] if said.occurred else []))
    ref = recorder.write(
        "deviation-raised",
        reason=said.reason,
        severity=severity,
        steps=list(said.steps),
        values=[to_ref(value.ref) for value in values],
        evidence=list(said.evidence),
        description=said.description,
        action=said.action,
        occurred=list(said.occurred) if said.occurred else None,
    )
    return Ruled(ref, severity, rule(recorder, ref.seq))


def rule(recorder: Recorder, seq: int) -> str:
    """Record the ruling of the pinned policy on a deviation that has none, as after a crash (SPEC 8.4-2)."""
    state = recorder.state
    deviation = guard.find_deviation(state, seq)
    if deviation.ruling is not None:
        raise OutOfOrder(f"e{seq} is ruled {deviation.ruling} already", "The first ruling stays.")
    ruling = state.policy.ruling(levels.matter_of_deviation(state, deviation))
    recorder.write("deviation-ruled", deviation=to_ref(deviation.ref), ruling=ruling, policy=state.policy_digest)
    return ruling


def remediate(recorder: Recorder, seq: int, text: str, evidence: tuple[bytes, ...]) -> Ref:
    """Record what was done about a deviation, and the evidence that shows it (SPEC 8.4-6)."""
    state = recorder.state
    deviation = guard.find_deviation(state, seq)
    reason = state.contract.pack.reasons.get(deviation.raised.reason) if state.contract.pack else None
    if reason is not None and reason.remediation and not evidence:
        raise Incomplete(f"{reason.code} asks for evidence of its remediation", "Attach it and add --evidence eN.")
    return recorder.write("deviation-remediated", deviation=to_ref(deviation.ref), text=text, evidence=list(evidence))


def close(recorder: Recorder, seq: int, text: str) -> Ref:
    """Record that an entitled person verified what was done and closes a deviation (SPEC 8.4-5)."""
    state, member = recorder.state, recorder.member
    deviation = guard.find_deviation(state, seq)
    guard.check_human(member, "close a deviation")
    guard.check_role(member, state.contract.authority.rule, "close a deviation")
    raiser = state.members.get(deviation.actor)
    barred = {raiser.person if raiser else deviation.actor} | state.hands(seq, "remediated")
    if member.person in barred or state.worked_on(member.person, deviation.steps):
        raise NotEntitled(
            f"{member.person} raised or remediated e{seq}, or worked on what it is about",
            "Somebody who took no part in it closes it, now or by a sign-off after the seal.",
        )
    reason = state.contract.pack.reasons.get(deviation.raised.reason) if state.contract.pack else None
    if reason is not None and reason.remediation and not deviation.remediated:
        raise Incomplete(
            f"e{seq} was not remediated yet", f"First: `opsproof remediate e{seq} --text TEXT --evidence eN`."
        )
    if deviation.closed:
        raise OutOfOrder(f"e{seq} is closed already", "There is nothing to do.")
    return recorder.write("deviation-closed", deviation=to_ref(deviation.ref), text=text)


def _reason(state: RunState, code: str) -> Reason:
    pack = state.contract.pack
    if pack is None:
        raise Unknown("the contract carries no domain pack", 'Author it again with one: pack = "general".')
    if code not in pack.reasons:
        known = "\n  ".join(f"{reason.code}: {reason.title}" for reason in pack.reasons.values())
        raise Unknown(f'"{code}" is no reason of the domain pack {pack.id}', f"Its reasons:\n  {known}")
    return pack.reasons[code]


def _severity(reason: Reason, said: str | None) -> str:
    """Give the severity: the reason's, or a higher one."""
    if said is None:
        return reason.severity
    if SEVERITIES.index(said) < SEVERITIES.index(reason.severity):
        raise Unfit(f"{reason.code} is at least {reason.severity}", "The severity may be raised, not lowered.")
    return said


def _time_of(recorder: Recorder, seq: int) -> int:
    """Give the time of an entry in milliseconds; now if it cannot be read."""
    body = recorder.journal.read(seq)
    return now()[0] if body is None else parse_entry(body).time.ms


def _value(recorder: Recorder, seq: int) -> Recorded:
    value = recorder.state.value_at(seq)
    if value is None:
        raise Unknown(f"e{seq} is no recorded value", f"Recorded values: {named_values(recorder)}")
    return value
