"""What SPEC makes of a sealed run and its sign-offs: written from SPEC 8.3, 8.5, 9.2, 9.11 alone, on plain maps."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations
from typing import Any

from recorder.model.matters import COVERABLE, Found, holds, level, strictest
from recorder.model.run import Run
from recorder.model.state import PERSONAL, Deviation
from recorder.reading import Read

Map = dict[str, Any]

FIXED = {
    "approval.rejected": "fail",
    "attestation.owed": "provisional",
    "policy.not-accepted": "provisional",
    "policy.never-final": "provisional",
}
#: Decisions that change what is recorded (8.5-1).
CHANGES = {"supply", "remediate", "attest"}
#: Rules that cannot be judged without a time (9.10-14, 9.10-31).
NEED_TIME = ("time.after-verification", "trust.stale")


@dataclass(frozen=True)
class World:
    """What a bundle is verified with: maps of contract, pack and policies, and who may sign."""

    contract: Map
    pack: Map
    pinned: Map
    policy: Map
    accepted: bool  # a policy was given, or the trust store accepts the pinned one
    approved: bool  # by somebody from quality who did not issue it
    approvers: dict[str, list[str]]  # of the trust store
    timed: bool  # a verification time was given; nothing is later
    digests: tuple[bytes, bytes]  # of the pinned and the verifying policy


def judge(world: World, found: Read, assigned: dict[int, Map]) -> tuple[str, set[str]]:
    """Give the verdict and the codes of all findings."""
    run = Run(world.contract, world.pack, world.pinned, world.policy)
    run.digest = world.digests[0]
    for seq, entry in enumerate(found.entries):
        run.take(seq, entry, assigned.get(seq))
    closure = _Closure(world, run, found)
    closure.supply()
    run.end()
    closure.close()
    levels = [(code, FIXED[code]) for code in closure.fixed]
    levels += [(one.code, weight) for one in run.found if (weight := closure.weight(one)) != "off"]
    there, verdict = {code for code, _ in levels}, [weight for _, weight in levels]
    if not world.timed:
        blind = [strictest(world.policy, code) for code in NEED_TIME]
        lowered = world.policy["unevaluable"] == "provisional"
        blind = ["provisional" if level == "fail" and lowered else level for level in blind if level != "off"]
        verdict += blind
        there |= {"rule.not-evaluated"} if blind else set()
    return "FAIL" if "fail" in verdict else "PROVISIONAL" if "provisional" in verdict else "FINAL", there


class _Closure:
    def __init__(self, world: World, run: Run, found: Read) -> None:
        self.world = world
        self.run = run
        self.seal = found.seal
        self.signoffs = found.signoffs
        self.fixed: set[str] = set()
        self.covers: dict[int, list[tuple[str, str]]] = {}  # by entry: needs and persons of approvals that name it
        self.needs: list[Map] = []
        self.withdrawn = {one["withdraws"] for one in self.signoffs.values() if "withdraws" in one}
        self.standing = {hash_: one for hash_, one in self.signoffs.items() if hash_ not in self.withdrawn}

    def supply(self) -> None:
        """Count evidence that was supplied, and remediation by sign-off (6.9, 8.4-6)."""
        for one in self.standing.values():
            for item in one.get("evidence", ()):
                if "slot" in item:
                    self.run.passes[item["step"], item["pass"]].items[item["slot"]].add(item["digest"])
            if "deviation" in one:
                deviation = self.run.deviations[one["deviation"][0]]
                deviation.remediators.add(one["person"])
                deviation.remediated = deviation.remediated or bool(one.get("evidence"))

    def close(self) -> None:
        """Judge what 9.11 asks for."""
        run, approvals = self.run, self.world.policy["approvals"]
        self.needs = [need for need in approvals if self._exists(need)]
        if all(_conditional(need) for need in approvals):
            self.fixed.add("policy.never-final")
        if not self.world.accepted:
            self.fixed.add("policy.not-accepted")
        if not self.world.approved:
            run.about("contract.unapproved")
        counted = self._counted(self.needs)
        if not _met(self.needs, counted):
            run.about("approval.missing")
        if any(one["decision"] == "reject" for one in self.standing.values()):
            self.fixed.add("approval.rejected")
        for need, nodes in counted.items():
            for one in nodes.values():
                for seq in one.get("covers", ()):
                    self.covers.setdefault(seq, []).append((need, one["person"]))
        for deviation in run.deviations.values():
            self._deviation(deviation)
        for one in self.standing.values():
            for code in self._flaws(one) if one["decision"] == "approve" else ():
                run.about(code)
        run.about("seal.key-not-trusted")  # op-1 seals, who is nobody of the trust store
        run.about("seal.not-witnessed")
        self._attested()

    def weight(self, one: Found) -> str:
        """Give the level of a violation; off for what an approval covers (8.3-4, 8.3-5)."""
        weight = level(self.world.policy, one.code, one.matter(self.run.steps, self.run.actors))
        if weight == "provisional" and one.code in COVERABLE and one.seq is not None:
            barred = self.run.persons(one.actor) if one.actor else set()
            if self._covered(one.seq) - barred:
                return "off"
        return weight

    def _covered(self, seq: int) -> set[str]:
        """Give the persons of approvals that cover an entry, each for a need that may (8.5-5)."""
        deviation = self.run.deviations.get(seq)
        able = [need["id"] for need in self.needs if "covers" not in need]
        for need in self.needs:
            if deviation is not None and "covers" in need and holds(need["covers"], self.run.matter_of(deviation)):
                able = [need["id"]]
                break
        return {person for need, person in self.covers.get(seq, ()) if need in able}

    def _exists(self, need: Map) -> bool:
        """Tell whether a need exists in this run (8.5-4)."""
        when, work = need.get("when-deviation"), need.get("when-work")
        found = [one for one in self.run.deviations.values() if when and holds(when, self.run.matter_of(one))]
        if when and len(found) >= when["count"]:
            return True
        done = (Found("", None, actor, frozenset((step,))) for step, actor in self.run.workers)
        if work and any(holds(work, one.matter(self.run.steps, self.run.actors)) for one in done):
            return True
        return not _conditional(need)

    def _counted(self, needs: list[Map]) -> dict[str, dict[bytes, Map]]:
        """Give, for each need, the approvals that count for it (8.5-1)."""
        excluded = {
            "author": {self.world.contract["issuer"]},
            "performer": {one for done in self.run.passes.values() for one in done.performers},
            "checker": self.run.checkers,
            "recorder": {person for actor in self.run.wrote for person in self.run.persons(actor)},
            "sealer": {self.run.person(self.seal["actor"])},
        }
        counted: dict[str, dict[bytes, Map]] = {}
        selves: set[bytes] = set()
        for need in needs:
            out = {person for who in need["independent-of"] for person in excluded[who]}
            meant = {hash_: one for hash_, one in self.standing.items() if _is_for(need, one)}
            selves |= {hash_ for hash_, one in meant.items() if one["person"] in out}
            fit = {hash_: one for hash_, one in meant.items() if self._fits(need, hash_, one, counted)}
            counted[need["id"]] = {hash_: one for hash_, one in fit.items() if one["person"] not in out}
        if selves - {hash_ for approvals in counted.values() for hash_ in approvals}:
            self.run.about("approval.self")
        return counted

    def _fits(self, need: Map, hash_: bytes, one: Map, counted: dict[str, dict[bytes, Map]]) -> bool:
        held = set(self.world.approvers.get(one["person"], ()))
        if self.world.policy["approvers"] == "roster":
            held |= {
                role
                for member in self.run.actors.values()
                if member["person"] == one["person"] and member["kind"] == "human"
                for role in member["roles"]
            }
        seen = self._ancestors(hash_)
        return (
            need["role"] in held
            and (need["blind"] or "blind" not in one)
            and not any(
                self.world.policy["rules"][code]["level"] in {"fail", "provisional"} for code in self._flaws(one)
            )
            and (not need["last-word"] or self._changes() <= seen)
            and all(seen & counted[before].keys() for before in need["after"] if before in counted)
        )

    def _changes(self) -> set[bytes]:
        """Give what changed the record after the seal: a last word has seen all of it (8.5-1)."""
        changed = {hash_ for hash_, one in self.signoffs.items() if one["decision"] in CHANGES}
        return changed | {hash_ for hash_, one in self.signoffs.items() if one.get("withdraws") in changed}

    def _flaws(self, one: Map) -> set[str]:
        """Find what keeps an approval from counting, by the policy (9.11-20, 9.11-22)."""
        rule, claim, flaws = self.world.policy["rules"]["signoff.not-authenticated"], one.get("authentication"), set()
        age = one["time"][0] - claim["time"][0] if claim else -1
        if not (claim and len(claim["factors"]) >= rule["min-factors"] and 0 <= age <= rule["max-age"]):
            flaws.add("signoff.not-authenticated")
        if "policy" in one and one["policy"] not in self.world.digests:
            flaws.add("signoff.other-policy")
        return flaws

    def _ancestors(self, hash_: bytes) -> set[bytes]:
        seen: set[bytes] = set()
        todo = list(self.signoffs[hash_]["seen"])
        while todo:
            seen.add(one := todo.pop())
            todo += self.signoffs[one]["seen"]
        return seen

    def _deviation(self, deviation: Deviation) -> None:
        """Hold a deviation to its remediation and closing (8.4-5, 8.4-6)."""
        if deviation.demanded and not deviation.remediated:
            self.run.of("deviation.not-remediated", deviation)
        barred = deviation.remediators | {deviation.raiser} | self.run.performers_of(deviation)
        closed = deviation.closers - barred or self._covered(deviation.seq) - deviation.remediators
        if (deviation.demanded or deviation.ruling != "allow") and not closed:
            self.run.of("deviation.not-closed", deviation)

    def _attested(self) -> None:
        for actor, window in self.run.windows.items():
            if actor == self.seal["actor"] or any(
                one["decision"] == "attest" and one["attests"]["actor"] == actor for one in self.standing.values()
            ):
                continue
            for entry in window:
                critical = self.run.steps.get(entry.get("step", ""), {}).get("critical", False)
                if entry["kind"] in PERSONAL or critical:
                    self.fixed.add("attestation.owed")
                else:
                    self.run.about("attestation.missing", actor=actor)


def _is_for(need: Map, one: Map) -> bool:
    """Tell whether a sign-off is meant for a need: in its role, with its meaning (9.11-11)."""
    same = one["meaning"]["id"] == need.get("meaning", one["meaning"]["id"])
    return bool(one["decision"] == "approve" and one["role"] == need["role"] and same)


def _conditional(need: Map) -> bool:
    return "when-deviation" in need or "when-work" in need


def _met(needs: list[Map], counted: dict[str, dict[bytes, Map]]) -> bool:
    """Try every way to assign people to needs, each person to one (8.5-3)."""
    slots = [need["id"] for need in needs for _ in range(need["count"])]
    people = {name: {one["person"] for one in approvals.values()} for name, approvals in counted.items()}
    everybody = sorted(set().union(*people.values())) if people else []
    return any(
        all(person in people[slot] for person, slot in zip(order, slots, strict=True))
        for order in permutations(everybody, len(slots))
    )
