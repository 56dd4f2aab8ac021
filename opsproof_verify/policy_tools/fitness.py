"""Whether a policy fits a contract and a trust store: what can never happen, and approvals that nobody can give."""

from __future__ import annotations

from collections.abc import Iterator

from opsproof_verify.contract import ACTOR_KINDS, SEVERITIES, Contract, Step
from opsproof_verify.policy import Policy
from opsproof_verify.policy_parts import ApprovalNeed
from opsproof_verify.policy_tools.rules import weighty
from opsproof_verify.policy_tools.warnings import Warned, selectors
from opsproof_verify.selectors import Selector, matches
from opsproof_verify.slotted import slotted
from opsproof_verify.trust import TrustStore


@slotted(frozen=True, kw_only=True)
class Fitness:
    """A policy beside the contract and the trust store with which it is to be used; each may be unknown."""

    policy: Policy
    contract: Contract | None = None
    trust: TrustStore | None = None

    def warn(self) -> Iterator[Warned]:
        """Give the warnings."""
        if self.contract is not None:
            for place, where in selectors(self.policy):
                yield from _unmatched(self, self.contract, place, where)
            yield from _idle(self.policy, self.contract)
            yield from self._sealing(self.contract)
        yield from self._approved()
        for need in self.policy.approvals:
            yield from self._need(need)
        yield from self._shared()

    def role(self, name: str) -> str:
        """Give the policy's name of a role of the contract (SPEC 7-6)."""
        return name if self.trust is None or self.contract is None else self.trust.role(self.contract.id, name)

    def _sealing(self, contract: Contract) -> Iterator[Warned]:
        """Warn when nobody may seal (SPEC 9.8-6)."""
        roles = self.policy.sealing_roles
        if roles is not None and set(roles).isdisjoint(contract.authority.seal):
            yield Warned("nobody-seals", ("sealing-roles",), {"roles": contract.authority.seal})

    def _author(self) -> str | None:
        """Give the issuer's person, if it is known already."""
        if self.contract is not None:
            return self.contract.issuer
        persons = {issuer.person for issuer in self.trust.issuers} if self.trust else set()
        return persons.pop() if len(persons) == 1 else None

    def _approved(self) -> Iterator[Warned]:
        """Warn when too few people can approve the contract (SPEC 9.10-1)."""
        policy, named = self.policy, self.policy.contract_roles
        if self.trust is None or not weighty(policy.rules["contract.unapproved"]):
            return
        able = {
            one.person
            for one in self.trust.approvers
            if named is None or not {self.role(held) for held in one.roles}.isdisjoint(named)
        } - {self._author()}
        if len(able) < policy.contract_count:
            facts = {"count": policy.contract_count, "people": len(able)}
            yield Warned("contract-unapprovable", ("contract-approval",), facts)

    def _able(self, need: ApprovalNeed) -> tuple[set[str], set[str]] | None:
        """Give who holds the role of a need, and of them who is not excluded for certain; None if that is not known."""
        roster = self.policy.approvers == "roster" and self.contract is not None
        if self.trust is None and not roster:
            return None
        holders = {
            one.person
            for one in (self.trust.approvers if self.trust else ())
            if need.role in {self.role(held) for held in one.roles}
        }
        if roster and self.contract is not None:
            members = (one for one in self.contract.roster if one.kind == "human")
            holders |= {one.person for one in members if need.role in {self.role(held) for held in one.roles}}
        out = {self._author()} if "author" in need.independent_of else set()
        return holders, holders - out

    def _need(self, need: ApprovalNeed) -> Iterator[Warned]:
        """Warn of an approval that nobody, or too few people, can give (SPEC 8.5-1)."""
        known = self._able(need)
        if known is None:
            return
        holders, able = known
        facts = {"need": need.id, "role": need.role, "count": need.count, "people": len(able)}
        place = ("approvals", need.id)
        if not holders:
            yield Warned("role-unheld", place, {**facts, "roster": self.trust is None})
        elif not able:
            yield Warned("all-excluded", place, facts)
        elif len(able) < need.count:
            yield Warned("too-few", place, facts)

    def _shared(self) -> Iterator[Warned]:
        """Warn when approvals in one role ask for more people than hold it: each serves one need only (SPEC 8.5-3)."""
        always = [need for need in self.policy.approvals if not need.conditional]
        for role in sorted({need.role for need in always}):
            needs = [need for need in always if need.role == role]
            people = set[str]().union(*(known[1] for known in map(self._able, needs) if known is not None))
            count = sum(need.count for need in needs)
            if len(needs) > 1 and max(need.count for need in needs) <= len(people) < count:
                facts = {"needs": tuple(need.id for need in needs), "role": role, "count": count, "people": len(people)}
                yield Warned("too-few-for-all", ("approvals", needs[-1].id), facts)


def _unmatched(fit: Fitness, contract: Contract, place: tuple[str | int, ...], where: Selector) -> Iterator[Warned]:
    """Warn of names in a selector that the contract does not have."""
    steps, pack = contract.steps.values(), contract.pack
    known: dict[str, list[str]] = {
        "steps": [step.id for step in steps],
        "tags": [tag for step in steps for tag in step.tags],
        "roles": [fit.role(role) for member in contract.roster for role in member.roles],
        "kinds": [member.kind for member in contract.roster],
        "reasons": list(pack.reasons) if pack else [],
    }
    for name, names in known.items():
        listed = getattr(where, name) or ()
        missing = tuple(one for one in listed if not any(matches(one, other) for other in names))
        if missing:
            later = name in ("roles", "kinds")
            facts = {"condition": name, "names": missing, "all": len(missing) == len(listed), "later": later}
            yield Warned("names-nothing", (*place, name), facts)
    # a deviation that names no step is not critical (SPEC 8.6-3)
    certain = where.critical or place[0] == "rules" or place[-1] == "when-work"
    if where.critical is not None and certain and all(step.critical is not where.critical for step in steps):
        yield Warned("no-such-steps", (*place, "critical"), {"critical": where.critical})
    if where.severity is not None and where.reasons is not None and pack is not None:
        named = [one for one in pack.reasons.values() if any(matches(pattern, one.code) for pattern in where.reasons)]
        most = max(map(SEVERITIES.index, where.severity))
        if named and all(SEVERITIES.index(one.severity) > most for one in named):
            yield Warned("severity-below", (*place, "severity"), {"severity": where.severity})


def _idle(policy: Policy, contract: Contract) -> Iterator[Warned]:
    """Warn of rules that nothing under a contract can violate, and of those that each run violates."""
    for cause, idle, rules in _causes(contract):
        on = tuple(rule for rule in rules if policy.rules[rule].strictest is not None)
        if idle and on:
            yield Warned("rules-idle", ("rules", on[0]), {"rules": on, "cause": cause})
    if contract.retention is None and weighty(policy.rules["contract.no-retention"]):
        yield Warned("always", ("rules", "contract.no-retention"), {"rule": "contract.no-retention"})


def _causes(contract: Contract) -> Iterator[tuple[str, bool, tuple[str, ...]]]:
    """Give what a contract may lack, whether it does, and the rules that are then idle."""
    steps = contract.steps.values()

    def none(*members: str) -> bool:
        return not any(getattr(step, member) for step in steps for member in members)

    yield "slots", not any(slot.min for step in steps for slot in step.evidence.values()), ("evidence.missing",)
    yield "values", not any(_demands_value(step) for step in steps), ("value.missing",)
    yield "instruments", none("instruments"), ("instrument.missing",)
    yield "qualifications", none("qualifications"), ("actor.unqualified",)
    yield "hold", none("hold"), ("step.not-released",)
    yield "critical", none("critical"), ("check.missing", "check.not-independent", "check.late", "check.outdated")
    yield "authorise", none("authorise"), ("action.unauthorised",)
    yield "pack", contract.pack is None, ("deviation.understated", "deviation.not-remediated")
    yield "retention", contract.retention is not None, ("contract.no-retention",)
    machines = {member.kind for member in contract.roster} - {ACTOR_KINDS[0]}
    yield "machines", not machines, ("agent.approval", "agent.undescribed", "action.by-principal")


def _demands_value(step: Step) -> bool:
    return any(not value.optional for value in step.values.values())
