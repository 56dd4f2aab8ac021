"""The sentences of `policy lint` about a policy that can be used: what in it has no effect, and what to do."""

from __future__ import annotations

from collections.abc import Mapping

from opsproof_verify.policy_tools.warnings import Warned
from opsproof_verify.render.escape import printable
from opsproof_verify.render.policy_words import either

#: What a warning says; the facts stand for the braces.
_SENTENCES = {
    "row-unreached": "no violation comes to this row: those before take all of it; reorder or remove it",
    "ruling-unreached": "no deviation comes to this row: those before take all of it; reorder or remove it",
    "parameter-idle": "has no effect: {rule} is off; remove it, or give the rule a level",
    "never-final": (
        "no approval is always needed, so no bundle is FINAL; add one without `when-deviation` and `when-work`"
    ),
    "witness-free": (
        "a seal without a witness is late only if --at is given; set seal.not-witnessed to fail or provisional"
    ),
    "deadline-idle": "has no effect: approval.late is off; give that rule a level, or remove the deadline",
    "covers-idle": (
        "has no effect: no finding is open that an approval could close; set deviation.not-closed to provisional"
    ),
    "review-idle": (
        "changes no verdict, so nobody has to close a deviation that is ruled review or block; set it to fail"
        " or provisional"
    ),
    "block-idle": "changes no verdict, so work may go on under the ruling block; set it to fail, or rule review",
    "rules-idle": "never violated{others}, since {cause}; nothing is to be done if that is meant",
    "always": "violated in each run: the contract has no `retention`; add it to the contract, or set the rule to note",
    "names-nothing": "{unknown}{names}; {remedy}",
    "no-such-steps": "never holds: {critical} of the contract; remove the condition",
    "severity-below": "never holds: the pack gives each of these reasons a higher severity; add that severity",
    "nobody-seals": "nobody may seal: the contract lets only {roles} seal; name one of these roles",
    "contract-unapprovable": (
        "asks for {count} people, and the trust file has {people} who may approve this contract and did not "
        "write it; add approvers, or ask for fewer"
    ),
    "role-unheld": (
        "nobody can give approval {need}: nobody {source} holds the role {role}; correct the role, or give it"
        " to somebody"
    ),
    "all-excluded": (
        "nobody can give approval {need}: only the author of the contract holds the role {role}; give it to "
        "somebody else"
    ),
    "too-few": (
        "approval {need} asks for {count} people, and {people} can give it in the role {role}; give the role "
        "to more, or some must act by a delegation"
    ),
    "too-few-for-all": (
        "approvals {needs} ask for {count} people together, each for one of them, and {people} can act in the"
        " role {role}; give the role to more, or some must act by a delegation"
    ),
}

_CAUSES = {
    "deadline": "no approval has a deadline",
    "slots": "no step of the contract demands evidence",
    "values": "no step of the contract demands a value",
    "instruments": "no step of the contract names instruments",
    "qualifications": "no step of the contract demands a qualification",
    "hold": "no step of the contract is a hold point",
    "critical": "no step of the contract is critical",
    "authorise": "no step of the contract has actions that need leave",
    "pack": "the contract has no domain pack",
    "retention": "the contract says how long it is kept",
    "machines": "the roster has no agent or device, unless one is assigned during a run",
}

_OF = {
    "steps": "the contract has no step ",
    "tags": "no step of the contract has the tag ",
    "roles": "nobody on the contract's roster has the role ",
    "kinds": "nobody on the contract's roster is of the kind ",
    "reasons": "the contract's pack has no reason ",
}


def warning(one: Warned) -> str:
    """Give the sentence of a warning, without its place."""
    facts = {name: _fact(value) for name, value in one.facts.items()}
    if one.word == "names-nothing":
        facts |= _unknown(one.facts)
    if one.word == "rules-idle":
        facts |= {"cause": _CAUSES[facts["cause"]], "others": _others(one.facts["rules"])}
    if one.word == "no-such-steps":
        facts["critical"] = "no step is critical" if one.facts["critical"] else "each step is critical"
    if one.word == "role-unheld":
        facts["source"] = "on the roster" if one.facts["roster"] else "of those whose approvals count"
    return _SENTENCES[one.word].format(**facts)


def _unknown(facts: Mapping[str, object]) -> dict[str, str]:
    """Say what the contract does not have, and what follows."""
    remedy = "correct the spelling, or remove it"
    if facts["later"]:
        remedy = "correct the spelling, unless somebody is to be assigned during a run"
    never = "never holds" if facts["all"] else "in part without effect"
    return {"unknown": f"{never}: {_OF[str(facts['condition'])]}", "remedy": remedy}


def _others(rules: object) -> str:
    """Name the rules behind the first, at whose place the warning stands."""
    assert isinstance(rules, tuple)  # noqa: S101 - the fact of this warning
    return f", nor {either(rules[1:])}" if rules[1:] else ""


def _fact(value: object) -> str:
    return either(value, "and") if isinstance(value, tuple) else printable(str(value))
