"""What is allowed in a procedure but worth a second look; no hint keeps a contract from being signed.

Roles need not be held by anybody yet (SPEC 6.1-2), since people may be assigned to the run; but a role that nobody
holds is mostly a slip of the pen, and a check that nobody independent can make is found here or in the middle of a run.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from opsproof_verify.policy import Policy
from opsproof_verify.register import Severity
from opsproof_verify.selectors import matches

from opsproof_record import packs
from opsproof_record.clock import now
from opsproof_record.contracts.toml_read import Map, Source

_ASSIGN = "correct the role, add somebody to the roster, or assign somebody in the run"
_STEP_ROLES = {"roles": "perform", "check": "check", "hold": "release", "authorise": "authorise actions in"}
_AUTHORITY = {
    "assign": "assign actors to",
    "release": "release blocks of",
    "rule": "close deviations of",
    "seal": "seal",
    "void": "make entries void in",
}
_HUMAN = ("check", "hold", "authorise", "authority.assign", "authority.release", "authority.rule", "authority.void")


class _Need(NamedTuple):
    """Some roles that a contract names: for what (``check`` or ``authority.seal``), where, of which step."""

    what: str
    path: str
    roles: tuple[str, ...]
    step: str = ""


def note_hints(source: Source, contract: Map) -> None:
    """Note all hints on a contract without problems."""
    needs = list(_needs(contract))
    _hint_validity(source, contract)
    _hint_order(source, contract)
    _hint_unheld(source, contract, needs)
    for index, step in enumerate(contract["steps"]):
        _hint_independence(source, contract, step, f"steps[{index}]")
    for index, member in enumerate(contract["roster"]):
        _hint_member(source, contract, member, f"roster[{index}]", needs)
    _hint_qualified(source, contract)
    _hint_rules(source, contract)


def _hint_qualified(source: Source, contract: Map) -> None:
    """Look for somebody who can perform each step and is qualified for it (SPEC 9.10-39)."""
    for index, step in enumerate(contract["steps"]):
        wanted, path = set(step.get("qualifications", ())), f"steps[{index}].qualifications"
        able = [one for one in _holders(contract, _Need("roles", path, tuple(step["roles"]))) if one["kind"] == "human"]
        if wanted and able and not any(wanted <= _held(one) for one in able):
            what = f"nobody in the roster who may perform step {step['id']} is qualified for it"
            source.hint(path, what, "add [roster.qualifications.NAME] to an actor, or assign somebody in the run")


def _held(member: Map) -> set[str]:
    return {own["id"] for own in member.get("qualifications", ())}


def _needs(contract: Map) -> Iterator[_Need]:
    for index, step in enumerate(contract["steps"]):
        for key in _STEP_ROLES:
            if key in step:
                yield _Need(key, f"steps[{index}].{key}", tuple(step[key]), step["id"])
    for key, roles in contract["authority"].items():
        if roles:
            yield _Need(f"authority.{key}", f"authority.{key}", tuple(roles))


def _hint_validity(source: Source, contract: Map) -> None:
    today = now()[0]
    places = [("", contract)] + [(f"roster[{index}].", member) for index, member in enumerate(contract["roster"])]
    for path, holder in places:
        last = holder.get("not-after")
        if last and last[0] < today:
            source.hint(f"{path}not-after", "is past already", "give a later time, unless past runs are recorded")


def _hint_order(source: Source, contract: Map) -> None:
    steps = contract["steps"]
    if len(steps) > 1 and not source.map.get("order") and not any("after" in step for step in steps):
        remedy = (
            'write order = "as-written" at the top to keep the order of the text, or order = "free" if that is meant'
        )
        source.hint("steps", "no step has `after`: they may be done in any order", remedy, source.line("steps[0]"))


def _hint_unheld(source: Source, contract: Map, needs: list[_Need]) -> None:
    """Name what nobody may do, alike needs together, then roles that nobody holds beside others that are held."""
    said: set[str] = set()
    groups: dict[tuple[str, tuple[str, ...]], list[_Need]] = {}
    for need in needs:
        if not _holders(contract, need):
            groups.setdefault((need.what, need.roles), []).append(need)
    for (what, roles), alike in groups.items():
        said.update(roles)
        does = _AUTHORITY[what.removeprefix("authority.")] if what not in _STEP_ROLES else _STEP_ROLES[what]
        steps = ", ".join(need.step for need in alike)
        of = f"step{'s' if len(alike) > 1 else ''} {steps}" if steps else "a run"
        kind = "no human" if what in _HUMAN else "nobody"
        source.hint(alike[0].path, f"{kind} in the roster may {does} {of} (roles {', '.join(roles)})", _ASSIGN)
    held = {role for member in contract["roster"] for role in member["roles"]}
    for need in needs:
        for place, role in enumerate(need.roles):
            if role not in held | said:
                said.add(role)
                source.hint(f"{need.path}[{place}]", f'nobody in the roster holds the role "{role}"', _ASSIGN)


def _holders(contract: Map, need: _Need) -> list[Map]:
    """Give the actors of the roster who may do what a need is about."""
    return [
        member
        for member in contract["roster"]
        if set(member["roles"]) & set(need.roles) and (member["kind"] == "human" or need.what not in _HUMAN)
    ]


def _hint_independence(source: Source, contract: Map, step: Map, path: str) -> None:
    """Look for a second person where SPEC 9.10-6 and 9.10-20 want one, and for agents where 9.10-32 means them."""
    held = {role for member in contract["roster"] for role in member["roles"]}
    if not held.issuperset([*step["roles"], *step.get("check", ()), *step.get("hold", ())]):
        return  # somebody will be assigned; who that is, nobody knows yet
    performers = _holders(contract, _Need("roles", path, tuple(step["roles"])))
    for key in ("check", "hold"):
        if key not in step and not (key == "check" and "critical" in step):
            continue
        others = _holders(contract, _Need(key, path, tuple(step[key]))) if key in step else _humans(contract)
        does, at = _STEP_ROLES[key], f"{path}.{key if key in step else 'critical'}"
        if performers and others and not _pair(performers, others):
            what = f"whoever in the roster may {does} step {step['id']} is the one who performs it"
            source.hint(at, what, "add a second person: a performer, or who answers for one, is not independent")
        elif key in step and performers and {one["person"] for one in performers} <= {one["person"] for one in others}:
            what = f"everybody who may perform step {step['id']} may {does} it too"
            source.hint(at, what, "see to it that two people are at hand, or give the check a role of its own")
    if "authorise" in step and performers and all(one["kind"] == "human" for one in performers):
        what = f"only people perform step {step['id']}, and people act without leave"
        source.hint(f"{path}.authorise", what, "remove it, or let an agent or device perform the step")


def _humans(contract: Map) -> list[Map]:
    return [member for member in contract["roster"] if member["kind"] == "human"]


def _pair(performers: list[Map], others: list[Map]) -> bool:
    """Tell whether somebody can perform and somebody else, who does not answer for that one, do the rest."""
    return any(
        other["person"] not in {performer["person"], performer.get("principal")}
        for performer in performers
        for other in others
    )


def _hint_member(source: Source, contract: Map, member: Map, path: str, needs: list[_Need]) -> None:
    persons = {one["person"] for one in _humans(contract)}
    principal = member.get("principal")
    if member["kind"] == "agent" and principal is None:
        source.hint(path, f"nobody answers for the agent {member['id']}", 'name a person: principal = "PERSON"')
    if principal is not None and principal not in persons:
        what = f'"{principal}" is no person of the roster'
        source.hint(f"{path}.principal", what, "correct it, unless that person takes no part in runs")
    if member["kind"] != "human":
        for role in member["roles"]:
            uses = dict.fromkeys(
                f"{need.what} of {need.step}" if need.step else need.what
                for need in needs
                if need.what in _HUMAN and role in need.roles
            )
            if uses:
                what = (
                    f'a{"n" if member["kind"] == "agent" else ""} {member["kind"]} holds "{role}" ({", ".join(uses)})'
                )
                source.hint(f"{path}.roles", what, "give it a role of its own: what it does in this one does not count")
    if member["person"] == contract["issuer"]:
        what = f"{member['id']} is the issuer too"
        source.hint(
            path, what, "let somebody else issue the contract if approvals have to be independent of its author"
        )


def _hint_rules(source: Source, contract: Map) -> None:
    """Hold pack and policy against each other and the contract."""
    policy = Policy.parse_canonical(contract["policy"])
    if "retention" not in contract and policy.rules["contract.no-retention"].level is Severity.FAIL:
        remedy = 'add [retention] with class = "NAME" and years = N, or no run will pass the policy'
        source.hint("retention", "nothing says how long records are to be kept", remedy)
    sealing = policy.sealing_roles
    if sealing is not None and not set(sealing) & set(contract["authority"]["seal"]):
        what = f"the policy lets seal only {', '.join(sealing)}"
        source.hint("authority.seal", what, "name one of these, or no seal will pass the policy")
    held = {role for member in _humans(contract) for role in member["roles"]}
    for need in policy.approvals if policy.approvers == "roster" else ():
        if need.role not in held:
            source.hint("policy", f'approval "{need.id}" wants the role "{need.role}" of the roster', _ASSIGN)
    if "pack" not in contract:
        remedy = f"add pack = NAME, one of {', '.join(packs.shipped())}, or a file of your own"
        source.hint("pack", "no domain pack: a run under this contract can record no valid deviation", remedy)
        return
    known = packs.parse(contract["pack"]).reasons
    selectors = [row.where for row in policy.rulings]
    selectors += [row.where for setting in policy.rules.values() for row in setting.when]
    for need in policy.approvals:
        selectors += [need.when_deviation.where] if need.when_deviation else []
        selectors += [need.covers] if need.covers else []
    used = dict.fromkeys(pattern for one in selectors for pattern in one.reasons or ())
    unknown = [pattern for pattern in used if not any(matches(pattern, reason) for reason in known)]
    if unknown:
        what = f"the policy rules on reasons that the domain pack does not have: {', '.join(unknown)}"
        source.hint("policy", what, "correct the policy, or choose the pack that it was written for")
