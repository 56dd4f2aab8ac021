"""How much a rule weighs in a matter under the pinned policy (SPEC 8.3, 8.6).

Roles are compared as the contract names them, since a recorder knows no trust store; so does the verifier when it
holds a recorded ruling against the pinned policy (SPEC 8.4-2).
"""

from __future__ import annotations

from collections.abc import Iterable

from opsproof_verify.contract import Member
from opsproof_verify.register import Severity
from opsproof_verify.selectors import Matter

from opsproof_record.errors import NotEntitled
from opsproof_record.log.model import DeviationState
from opsproof_record.log.state import RunState

#: Levels at which a rule keeps a bundle from being FINAL.
WEIGHTY = frozenset({Severity.FAIL, Severity.PROVISIONAL})


def matter_of(state: RunState, steps: Iterable[str] = (), member: Member | None = None) -> Matter:
    """Give what selectors look at: some steps, and who is responsible (SPEC 8.6-1)."""
    names = frozenset(steps)
    known = [state.contract.steps[name] for name in names if name in state.contract.steps]
    return Matter(
        steps=names,
        tags=frozenset(tag for step in known for tag in step.tags),
        critical=any(step.critical for step in known) if names else None,
        roles=frozenset(member.roles if member else ()),
        kind=member.kind if member else "",
    )


def matter_of_deviation(state: RunState, deviation: DeviationState) -> Matter:
    """Give that of a deviation; one that names no step is not critical (SPEC 6.7-1, 8.6-3)."""
    matter = matter_of(state, deviation.steps, state.members.get(deviation.actor))
    severity = deviation.severity(state.contract.pack)
    critical = bool(matter.critical)
    return matter._replace(critical=critical, severity=severity, reason=deviation.raised.reason)


def level(state: RunState, rule: str, matter: Matter) -> Severity | None:
    """Give the level of a rule for a matter under the pinned policy; None if it is off (SPEC 8.3-4)."""
    return state.policy.rules[rule].level_of(matter)


def described_agent(state: RunState, member: Member) -> None:
    """Refuse an agent or device whose first entry would fail the run for want of its description (SPEC 9.10-51)."""
    if member.kind == "human" or state.last_kind(member.id) is not None:
        return
    lacks = [name for name in ("principal", "software", "config") if getattr(member, name) is None]
    if lacks and level(state, "agent.undescribed", matter_of(state, (), member)) is Severity.FAIL:
        raise NotEntitled(
            f"nothing says the {', '.join(lacks)} of {member.id}, and the policy wants that of an {member.kind}",
            "Assign it under another name with " + " ".join(f"--{name}" for name in lacks) + ": `opsproof assign`.",
        )
