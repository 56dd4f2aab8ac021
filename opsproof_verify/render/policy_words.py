"""Policies in words that can be read aloud: conditions, durations, parameters, approvals (SPEC 8)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from opsproof_verify.policy_parts import PARAMETERS, ApprovalNeed, Parameter, RuleSetting
from opsproof_verify.register import Severity
from opsproof_verify.render.escape import printable
from opsproof_verify.selectors import Selector

_UNITS = (("day", 86_400_000), ("hour", 3_600_000), ("minute", 60_000), ("second", 1_000), ("millisecond", 1))

_KINDS = {"agent": "an agent", "device": "a device", "human": "a human"}

_EXCLUDED = {
    "author": "the author of the contract",
    "checker": "who checked a step",
    "performer": "who performed a step",
    "recorder": "who wrote an entry, or answers for an agent or device that did",
    "sealer": "who sealed the run",
}

#: What a parameter demands; a number or duration stands for the braces.
_PARAMETERS = {
    "max-waiting": "At most {} of an actor may wait for its signature.",
    "at-once": "Signed before the same actor's next entry: {}.",
    "max-same": "At most {} one after another may have one time.",
    "max-lag": "Late is what is written more than {} afterwards.",
    "max-delay": "Late is what is raised more than {} afterwards.",
    "members": "Each item states: {}.",
    "within": "In time is what is witnessed within {} after the seal.",
    "min-factors": "At least {} of authentication.",
    "max-age": "Authenticated not more than {} before signing.",
}
_COUNTED = {
    "max-waiting": ("entry", "entries"),
    "max-same": ("entry", "entries"),
    "min-factors": ("factor", "factors"),
}
_MEMBERS = {"captured": "when it was captured", "copy": "whether it is a copy", "source": "where it came from"}


def count(number: int, one: str, many: str) -> str:
    """Give a number with its noun."""
    return f"{number} {one if number == 1 else many}"


def either(words: Sequence[str], last: str = "or") -> str:
    """Join words as a sentence does: ``a, b or c``."""
    return f" {last} ".join([part for part in (", ".join(words[:-1]), *words[-1:]) if part])


def duration(ms: int) -> str:
    """Give a duration in the greatest unit of which it is a whole number."""
    name, unit = next((name, unit) for name, unit in _UNITS if ms % unit == 0)
    return count(ms // unit, name, f"{name}s")


def parameter(name: str, value: Parameter) -> str:
    """Give the value of a parameter."""
    if isinstance(value, tuple):
        return either([_MEMBERS.get(one, one) for one in value], "and") or "none"
    return count(value, *_COUNTED[name]) if name in _COUNTED else duration(value)


def parameters(rule: str, setting: RuleSetting) -> Iterator[str]:
    """Say what the parameters of a rule demand."""
    for name in PARAMETERS.get(rule, {}):
        value = setting.parameters[name]
        if value != ():
            yield _PARAMETERS[name].format(parameter(name, value))


def _named(patterns: Sequence[str]) -> str:
    """Name what patterns stand for."""
    return either([f"{one[:-1]}... (any that begins so)" if one.endswith("*") else one for one in patterns])


def condition(where: Selector) -> str:
    """Say for what a selector holds, as what follows a noun: ``in a critical step, by an agent``."""
    parts = []
    if where.steps is not None:
        parts.append(f"in step {_named(where.steps)}")
    if where.tags is not None:
        parts.append(f"in a step tagged {either(where.tags)}")
    if where.critical is not None:
        parts.append("in a critical step" if where.critical else "in no critical step")
    if where.roles is not None:
        parts.append(f"by somebody in the role {either(where.roles)}")
    if where.kinds is not None:
        parts.append(f"by {either([_KINDS[kind] for kind in where.kinds])}")
    if where.severity is not None:
        parts.append(f"of severity {either(where.severity)}")
    if where.reasons is not None:
        parts.append(f"for the reason {_named(where.reasons)}")
    return ", ".join(parts)


def level(value: Severity | str | None) -> str:
    """Name a level by what it makes of a bundle; a ruling by its word."""
    if isinstance(value, Severity):
        return str(value) if value is Severity.NOTE else str(value).upper()
    return "off" if value is None else value


def need(one: ApprovalNeed, approvers: str) -> Iterator[str]:
    """Say what an approval need asks for, sentence by sentence."""
    whose = "the trust file" if approvers == "trust" else "the trust file or the run's roster"
    yield f"{count(one.count, 'person', 'people')} in the role {one.role}, of {whose}, or by a delegation from there."
    if one.conditional:
        yield f"Needed only {either(list(_when(one)))}."
    if one.meaning is not None:
        yield f'The signature states the meaning "{one.meaning}".'
    if one.independent_of:
        yield f"Not {either([_EXCLUDED[who] for who in one.independent_of], 'nor')}."
    else:
        yield "Anybody, also the author of the contract and who did the work."
    if one.after:
        yield f"The signer has seen the approval {either(one.after, 'and')}."
    yield from _seen(one)
    if one.covers is not None:
        which = condition(one.covers) or "of any kind"
        yield f"It covers deviations {which}, and nothing else; no other approval covers them."
    if one.deadline is not None:
        yield f"Due within {duration(one.deadline)} after the seal."


def _when(one: ApprovalNeed) -> Iterator[str]:
    """Say under which conditions a need exists; any is enough (SPEC 8.5-4)."""
    if one.when_deviation is not None:
        where, least = one.when_deviation.where, one.when_deviation.count
        many = "there is a deviation" if least == 1 else f"there are {least} deviations or more"
        yield f"if {many} {condition(where)}".rstrip()
    if one.when_work is not None:
        yield f"if work was done {condition(one.when_work)}".rstrip()


def _seen(one: ApprovalNeed) -> Iterator[str]:
    """Say what the signer must have looked at (SPEC 8.5-1)."""
    if one.last_word:
        yield "The signer has seen all that was supplied, remediated or attested after the seal."
    else:
        yield "What is supplied, remediated or attested afterwards leaves it standing."
    if one.blind:
        yield "It counts also if the signer has not looked at a report."
    if one.redacted:
        yield "It counts also if the copy lacked entries or evidence."


def serves(clauses: Sequence[str]) -> str:
    """Say which clauses something serves, in the policy's words (SPEC 8.7-1)."""
    return f"Serves {'; '.join(printable(one) for one in clauses)}."
