"""Whether a policy fits a contract and a trust store: warnings of `policy lint --contract --trust`."""

from collections.abc import Mapping
from typing import Any

import pytest
from support.bundles import BUNDLES, base, trust_of
from test_policy import NEED, RULING
from test_policy_lint import policy, rule

from opsproof_verify import Policy, TrustStore
from opsproof_verify.cli.policy_commands import read_contract
from opsproof_verify.contract import Contract
from opsproof_verify.policy_tools.fitness import Fitness
from opsproof_verify.policy_tools.warnings import Warned
from opsproof_verify.render.policy_warnings import warning
from opsproof_verify.slotted import replace

RICH = read_contract(str(BUNDLES / "rich" / "bundle.opb"))
TRUST = trust_of(base.rich())
ISSUER = TRUST.issuers[0].person


def fit(given_: Policy, contract: Contract | None = RICH, trust: TrustStore | None = None) -> list[Warned]:
    return list(Fitness(policy=given_, contract=contract, trust=trust).warn())


def texts(found: list[Warned], word: str) -> list[str]:
    return [warning(one) for one in found if one.word == word]


def row(conditions: str) -> Policy:
    return policy(rule("deviation.late", "fail") + f'[[rules."deviation.late".when]]\n{conditions}\nlevel = "note"\n')


STEP = next(iter(RICH.steps))
REASONS = RICH.pack.reasons if RICH.pack else {}
HARMLESS = next(code for code, one in REASONS.items() if one.severity == "minor")
GRAVE = next(code for code, one in REASONS.items() if one.severity != "minor")

UNMATCHED: dict[str, tuple[str, list[str]]] = {
    "names of the contract": (f'steps = ["{STEP}", "{STEP[:1]}*"]', []),
    "no such step": ('steps = ["nowhere*"]', ["never holds: the contract has no step nowhere*; correct the spelling"]),
    "one such step": (
        f'steps = ["{STEP}", "nowhere"]',
        ["in part without effect: the contract has no step nowhere; correct the spelling"],
    ),
    "no such tag": ('tags = ["odd"]', ["never holds: no step of the contract has the tag odd; correct"]),
    "no such role": (
        'roles = ["odd"]',
        ["never holds: nobody on the contract's roster has the role odd; correct the spelling, unless somebody"],
    ),
    "no such reason": (
        'reasons = ["odd"]',
        ["never holds: the contract's pack has no reason odd; correct the spelling"],
    ),
}


@pytest.mark.parametrize("name", UNMATCHED)
def test_names_that_a_contract_does_not_have_are_told(name: str) -> None:
    conditions, expected = UNMATCHED[name]
    found = texts(fit(row(conditions)), "names-nothing")
    assert len(found) == len(expected)
    assert all(text.startswith(start) for text, start in zip(found, expected, strict=True))


def test_a_severity_below_that_of_the_reasons_is_told() -> None:
    below = row(f'reasons = ["{GRAVE}"]\nseverity = ["minor"]')
    assert texts(fit(below), "severity-below")
    assert not texts(fit(row(f'reasons = ["{HARMLESS}"]\nseverity = ["minor"]')), "severity-below")
    assert not texts(fit(row('reasons = ["odd"]\nseverity = ["minor"]')), "severity-below")


def with_steps(contract: Contract, **members: Any) -> Contract:
    """Give a contract whose steps all have these members."""
    return replace(contract, steps={name: replace(step, **members) for name, step in contract.steps.items()})


def test_a_condition_on_critical_steps_that_no_step_meets_is_told() -> None:
    none, all_ = with_steps(RICH, critical=False), with_steps(RICH, critical=True)
    assert texts(fit(row("critical = true"), none), "no-such-steps") == [
        "never holds: no step is critical of the contract; remove the condition"
    ]
    assert texts(fit(row("critical = false"), all_), "no-such-steps")
    ruling = policy(ruling='[[rulings]]\ncritical = false\nruling = "allow"\n' + RULING)
    assert not texts(fit(ruling, all_), "no-such-steps")  # a deviation that names no step
    work = policy(need=NEED + NEED.replace("qa", "two") + "when-work = { critical = false }\n")
    assert texts(fit(work, all_), "no-such-steps")


def idle(contract: Contract, given_: Policy | None = None) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, Any] = {
        str(one.facts["cause"]): one.facts["rules"]
        for one in fit(given_ or policy(), contract)
        if one.word == "rules-idle"
    }
    return found


def test_rules_that_nothing_under_a_contract_can_violate_are_told() -> None:
    bare = with_steps(
        replace(RICH, pack=None, roster=tuple(one for one in RICH.roster if one.kind == "human")),
        evidence={}, values={}, instruments=(), qualifications=(), hold=None, critical=False, authorise=(),
    )  # fmt: skip
    assert idle(bare) == {
        "slots": ("evidence.missing",),
        "values": ("value.missing",),
        "instruments": ("instrument.missing",),
        "qualifications": ("actor.unqualified",),
        "hold": ("step.not-released",),
        "critical": ("check.missing", "check.not-independent", "check.late", "check.outdated"),
        "authorise": ("action.unauthorised",),
        "pack": ("deviation.understated", "deviation.not-remediated"),
        "machines": ("agent.approval", "agent.undescribed", "action.by-principal"),
    }
    assert "values" not in idle(bare, policy(rule("value.missing", "off")))
    whole = with_steps(RICH, instruments=("scale",), qualifications=("licence",), hold=("qa",), authorise=("qa",))
    assert idle(whole).keys() <= {"retention"}
    (text,) = [one for one in texts(fit(policy(), bare), "rules-idle") if "critical" in one]
    assert text.startswith("never violated, nor check.not-independent, check.late or check.outdated, since no step")


def test_a_contract_without_retention_violates_the_rule_in_each_run() -> None:
    assert RICH.retention is None
    assert texts(fit(policy()), "always")
    assert not texts(fit(policy(rule("contract.no-retention", "note"))), "always")


def test_sealing_roles_that_the_contract_does_not_let_seal_are_told() -> None:
    assert texts(fit(policy(top='sealing-roles = ["odd"]\n')), "nobody-seals")
    may = RICH.authority.seal[0]
    assert not texts(fit(policy(top=f'sealing-roles = ["odd", "{may}"]\n')), "nobody-seals")


def people(*rows: tuple[str, str]) -> TrustStore:
    """Give a trust store whose approvers have these persons and roles."""
    one = TRUST.approvers[0]
    return replace(TRUST, approvers=tuple(replace(one, person=person, roles=(role,)) for person, role in rows))


APPROVALS: dict[str, tuple[Policy, Contract | None, TrustStore | None, list[str]]] = {
    "nothing is known": (policy(), None, None, []),
    "somebody can": (policy(), RICH, people(("p-1", "quality")), []),
    "nobody holds the role": (
        policy(), RICH, people(("p-1", "production")),
        ["nobody can give approval qa: nobody of those whose approvals count holds the role quality; correct the role"],
    ),
    "only the author": (
        policy(), RICH, people((ISSUER, "quality"), ("p-1", "production")),
        ["nobody can give approval qa: only the author of the contract holds the role quality; give it to"],
    ),
    "only the author, of whom there is one": (
        policy(), None, people((ISSUER, "quality"), ("p-1", "production")),
        ["nobody can give approval qa: only the author"],
    ),
    "the author may": (
        policy(need=NEED + "independent-of = []\n"), RICH, people((ISSUER, "quality"), ("p-1", "production")), [],
    ),
    "too few": (
        policy(need=NEED + "count = 3\n"), RICH, people(("p-1", "quality"), ("p-2", "quality"), ("p-2", "other")),
        ["approval qa asks for 3 people, and 2 can give it in the role quality; give the role to more, or"],
    ),
    "too few for two": (
        policy(need=NEED + NEED.replace("qa", "two")), RICH, people(("p-1", "quality"), ("p-2", "other")),
        ["approvals qa and two ask for 2 people together, each for one of them, and 1 can act in the role quality"],
    ),
    "enough for two": (
        policy(need=NEED + NEED.replace("qa", "two")), RICH, people(("p-1", "quality"), ("p-2", "quality")), [],
    ),
    "the roster": (
        policy(top='approvers = "roster"\n', need=NEED.replace("quality", "odd")), RICH, None,
        ["nobody can give approval qa: nobody on the roster holds the role odd"],
    ),
    "somebody on the roster": (
        policy(top='approvers = "roster"\n', need=NEED.replace("quality", RICH.roster[0].roles[0])), RICH, None, [],
    ),
    "nobody approves the contract": (
        policy("[contract-approval]\nroles = ['odd']\n"), RICH, people(("p-1", "quality")),
        ["asks for 1 people, and the trust file has 0 who may approve this contract and did not write it; add"],
    ),
    "the contract need not be approved": (
        policy(rule("contract.unapproved", "note") + "[contract-approval]\nroles = ['odd']\n"),
        RICH, people(("p-1", "quality")), [],
    ),
}  # fmt: skip

_OF_PEOPLE = {"role-unheld", "all-excluded", "too-few", "too-few-for-all", "contract-unapprovable"}


@pytest.mark.parametrize("name", APPROVALS)
def test_approvals_that_nobody_can_give_are_told(name: str) -> None:
    given_, contract, trust, expected = APPROVALS[name]
    found = [warning(one) for one in fit(given_, contract, trust) if one.word in _OF_PEOPLE]
    assert len(found) == len(expected), found
    assert all(text.startswith(start) for text, start in zip(found, expected, strict=True)), found


def test_roles_are_read_through_the_role_map() -> None:
    mapped = replace(people(("p-1", "theirs")), role_map={RICH.id: {"theirs": "quality"}})
    assert not [one for one in fit(policy(), RICH, mapped) if one.word in _OF_PEOPLE]
    two = replace(TRUST, issuers=(TRUST.issuers[0], replace(TRUST.issuers[0], person="p-9")))
    assert not [one for one in fit(policy(), None, two) if one.word == "all-excluded"]
