"""What an agent is shown of a run: plain data, in which words of contract and record stand under keys of their own."""

from __future__ import annotations

from functools import partial
from typing import Any

from opsproof_verify.contract import Member, Scalar, Slot, Step, ValueSpec
from opsproof_verify.render.escape import printable
from opsproof_verify.render.times import rfc3339

from opsproof_record.log.model import DeviationState, Leave, PassState
from opsproof_record.log.state import RunState
from opsproof_record.run import guard, work
from opsproof_record.standing.moves import wants
from opsproof_record.standing.rehearsal import Rehearsal

_SHOWN = 50  # steps that are not open

View = dict[str, Any]


def text(of: str) -> str:
    """Give text of contract or record with what nobody can see in it made visible."""
    return "\n".join(map(printable, of.split("\n")))


def status(state: RunState, actor: str) -> View:
    """Say how the run stands for an actor, and what it can do now."""
    contract, member = state.contract, state.members[actor]
    mine = [step for step in contract.steps.values() if set(step.roles) & set(member.roles)]
    return {
        "run": state.run.hex() if state.run else "",
        "phase": "sealed" if state.seal else "ended" if state.ended else "running",
        "contract": {"id": contract.id, "version": contract.version},
        "actor": {"id": actor, "kind": member.kind, "roles": list(member.roles)},
        "open_steps": [_opened(state, step, one) for step in mine for one in state.open_passes(step.id)],
        "other_steps": _unbegun(state, member, mine),
        "deviations": [_deviation(state, one) for one in state.deviations() if wants(state, one)],
        "leave": [_leave(leave) for leave in state.leaves_for(actor)],
        "unsigned_entries": state.waiting(actor),
        "from_contract": {
            "title": text(contract.title),
            "introduction": text(contract.introduction) if contract.introduction else "",
            "subject": {name: text(value) for name, value in state.subject.items()},
            "reasons": _reasons(state),
        },
    }


def _opened(state: RunState, step: Step, one: PassState) -> View:
    lacks = _lacks(state, step, one)
    blocked = [f"e{found.ref.seq}" for found in state.blocking() if found.concerns(step.id)]
    return {"step": step.id, "pass": one.number, "lacks": lacks, "blocked_by": blocked}


def _lacks(state: RunState, step: Step, one: PassState) -> list[str]:
    """Say what an open pass lacks before an agent may complete it (SPEC 9.10-8, -22, -32)."""
    acted = not step.authorise or state.persons(step.id, one.number, "acted")
    return guard.missing(state, step, one.number) + ([] if acted else ["an action under leave"])


def _unbegun(state: RunState, member: Member, steps: list[Step]) -> list[View]:
    """Say which steps can be begun now, and why the others that are still to be done cannot."""
    found: list[View] = []
    asking = Rehearsal(state, member)
    for step in steps:
        if state.open_passes(step.id):
            continue
        last = state.last_pass(step.id)
        why = asking.refusal(partial(work.begin, step_id=step.id))
        if why is None:
            found.append({"step": step.id, "can_begin": True, "optional": step.optional})
        elif (last.number if last else 0) < step.passes[0]:
            found.append({"step": step.id, "can_begin": False, "why": why.what})
        if len(found) == _SHOWN:
            break
    return found


def _deviation(state: RunState, one: DeviationState) -> View:
    return {
        "entry": f"e{one.ref.seq}",
        "reason": one.raised.reason,
        "severity": one.raised.severity,
        "ruling": one.ruling,
        "steps": list(one.steps),
        "wants": wants(state, one),
    }


def _leave(leave: Leave) -> View:
    return {
        "step": leave.step[0],
        "pass": leave.step[1],
        "action": text(leave.action),
        "arguments_sha256": leave.arguments.hex(),
        "expires": rfc3339(leave.expires_ms),
    }


def _reasons(state: RunState) -> list[View]:
    pack = state.contract.pack
    return [
        {
            "reason": reason.code,
            "title": text(reason.title),
            "least_severity": reason.severity,
            "demands": list(reason.demands),
            "needs_remediation": bool(reason.remediation),
        }
        for reason in (pack.reasons.values() if pack else ())
    ]


def step(state: RunState, actor: str, step_id: str) -> View:
    """Give all of a step: what the contract asks for, and how its latest pass stands."""
    found = guard.find_step(state, step_id)
    last = state.last_pass(step_id)
    number = last.number if last else None
    values = state.values_of(step_id, number) if number else {}
    items = state.items_of(step_id, number) if number else {}
    may = bool(set(found.roles) & set(state.members[actor].roles))
    return {
        "step": step_id,
        "pass": number,
        "state": last.state if last else "not begun",
        "you_may_work_on_it": may,
        "lacks": _lacks(state, found, last) if last and not last.ended else [],
        "from_contract": {
            "title": text(found.title),
            "instruction": text(found.instruction or ""),
            "values": [_value(spec) for spec in found.values.values()],
            "evidence_slots": [_slot(slot) for slot in found.evidence.values()],
            "instruments": list(found.instruments),
            "qualifications": list(found.qualifications),
            "roles": list(found.roles),
            "after": list(found.after),
            "optional": found.optional,
            "passes": {"least": found.passes[0], "most": found.passes[1]},
            "critical": found.critical,
            "released_by_roles": list(found.hold or ()),
            "actions_authorised_by_roles": list(found.authorise),
            "max_duration_ms": found.max_ms,
        },
        "from_record": {
            "values": {name: {"entry": f"e{one.ref.seq}", "value": _shown(one.value)} for name, one in values.items()},
            "evidence": items,
            "instruments_used_as": sorted(state.used_as(step_id, number)) if number else [],
        },
    }


def _value(spec: ValueSpec) -> View:
    """Give what a value is to be; choices and units as they are, since they have to be given so."""
    limits = {"unit": spec.unit, "min": spec.min, "max": spec.max, "choices": spec.choices}
    return {"name": spec.id, "title": text(spec.title or ""), "type": spec.type, "optional": spec.optional} | {
        name: list(of) if isinstance(of, tuple) else of for name, of in limits.items() if of is not None
    }


def _slot(slot: Slot) -> View:
    return {
        "slot": slot.id,
        "title": text(slot.title or ""),
        "media": list(slot.media),
        "least": slot.min,
        "most": slot.max,
    }


def _shown(value: Scalar) -> Scalar:
    return text(value) if isinstance(value, str) else value
