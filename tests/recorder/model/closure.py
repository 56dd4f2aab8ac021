"""What SPEC makes of a sealed run and its sign-offs: written from SPEC 8.5, 9.2, 9.11 alone, on plain maps."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations
from typing import Any

from recorder.model.run import PERSONAL, SEVERITIES, Deviation, Run
from recorder.reading import Read

Map = dict[str, Any]

FIXED = {
    "approval.rejected": "fail",
    "attestation.owed": "provisional",
    "policy.not-accepted": "provisional",
    "policy.never-final": "provisional",
}
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


def judge(world: World, found: Read, assigned: dict[int, Map]) -> tuple[str, set[str]]:
    """Give the verdict and the codes of all findings."""
    run = Run(world.contract, world.pack, world.pinned, world.policy)
    for seq, entry in enumerate(found.entries):
        run.take(seq, entry, assigned.get(seq))
    closure = _Closure(world, run, found)
    closure.supply()
    run.end()
    closure.close()
    codes = run.codes | closure.codes
    levels = {code: FIXED.get(code) or str(world.policy["rules"][code]["level"]) for code in codes}
    there = {code for code, level in levels.items() if level != "off"}
    verdict = [levels[code] for code in there]
    if not world.timed:
        blind = [str(world.policy["rules"][code]["level"]) for code in NEED_TIME]
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
        self.codes: set[str] = set()
        self.withdrawn = {one["withdraws"] for one in self.signoffs.values() if "withdraws" in one}
        self.standing = {hash_: one for hash_, one in self.signoffs.items() if hash_ not in self.withdrawn}

    def supply(self) -> None:
        """Count evidence that was supplied, and remediation by sign-off (6.9, 8.4-6)."""
        for one in self.standing.values():
            for item in one.get("evidence", ()):
                if "slot" in item:
                    self.run.passes[item["step"], item["pass"]].items[item["slot"]] += 1
            if "deviation" in one:
                deviation = self.run.deviations[one["deviation"][0]]
                deviation.remediators.add(one["person"])
                deviation.remediated = deviation.remediated or bool(one.get("evidence"))

    def close(self) -> None:
        """Judge what 9.11 asks for."""
        needs = self._needs()
        if not any("when-severity" not in need for need in self.world.policy["approvals"]):
            self.codes.add("policy.never-final")
        if not self.world.accepted:
            self.codes.add("policy.not-accepted")
        if not self.world.approved:
            self.codes.add("contract.unapproved")
        counted = self._counted(needs)
        if not _met(needs, counted):
            self.codes.add("approval.missing")
        if any(one["decision"] == "reject" for one in self.standing.values()):
            self.codes.add("approval.rejected")
        covers: dict[int, set[str]] = {}
        for approvals in counted.values():
            for one in approvals.values():
                for ref in one.get("covers", ()):
                    covers.setdefault(ref[0], set()).add(one["person"])
        self.codes |= {code for seq, code in self.run.unexplained.items() if seq not in covers}
        for deviation in self.run.deviations.values():
            self._deviation(deviation, covers.get(deviation.seq, set()))
        self._attested()

    def _needs(self) -> list[Map]:
        worst = max((SEVERITIES.index(one.severity) for one in self.run.deviations.values()), default=-1)
        approvals: list[Map] = self.world.policy["approvals"]
        return [
            need
            for need in approvals
            if SEVERITIES.index(need.get("when-severity", "minor")) <= worst or "when-severity" not in need
        ]

    def _counted(self, needs: list[Map]) -> dict[str, dict[bytes, Map]]:
        """Give, for each need, the approvals that count for it (8.5-1)."""
        excluded = {
            "author": {self.world.contract["issuer"]},
            "performer": {one for done in self.run.passes.values() for one in done.performers},
            "checker": self.run.checkers,
            "sealer": {self.run.person(self.seal["actor"])},
        }
        counted: dict[str, dict[bytes, Map]] = {}
        for need in needs:
            out = {person for who in need["independent-of"] for person in excluded[who]}
            fit = {hash_: one for hash_, one in self.standing.items() if self._fits(need, hash_, one, counted)}
            if any(one["person"] in out for one in fit.values()):
                self.codes.add("approval.self")
            counted[need["id"]] = {hash_: one for hash_, one in fit.items() if one["person"] not in out}
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
            one["decision"] == "approve"
            and one["role"] == need["role"]
            and need["role"] in held
            and one["meaning"]["id"] == need.get("meaning", one["meaning"]["id"])
            and (need["blind"] or "blind" not in one)
            and all(seen & counted[before].keys() for before in need["after"] if before in counted)
        )

    def _ancestors(self, hash_: bytes) -> set[bytes]:
        seen: set[bytes] = set()
        todo = list(self.signoffs[hash_]["seen"])
        while todo:
            seen.add(one := todo.pop())
            todo += self.signoffs[one]["seen"]
        return seen

    def _deviation(self, deviation: Deviation, covered_by: set[str]) -> None:
        """Hold a deviation to its remediation and closing (8.4-5, 8.4-6)."""
        if deviation.demanded and not deviation.remediated:
            self.codes.add("deviation.not-remediated")
        barred = deviation.remediators | {deviation.raiser} | self.run.performers_of(deviation)
        closed = deviation.closers - barred or covered_by - deviation.remediators
        if (deviation.demanded or deviation.ruling != "allow") and not closed:
            self.codes.add("deviation.not-closed")

    def _attested(self) -> None:
        for actor, window in self.run.windows.items():
            if actor == self.seal["actor"] or any(
                one["decision"] == "attest" and one["attests"]["actor"] == actor for one in self.standing.values()
            ):
                continue
            for entry in window:
                critical = self.run.steps.get(entry.get("step", ""), {}).get("critical", False)
                personal = entry["kind"] in PERSONAL or critical
                self.codes.add("attestation.owed" if personal else "attestation.missing")


def _met(needs: list[Map], counted: dict[str, dict[bytes, Map]]) -> bool:
    """Try every way to assign people to needs, each person to one (8.5-3)."""
    slots = [need["id"] for need in needs for _ in range(need["count"])]
    people = {name: {one["person"] for one in approvals.values()} for name, approvals in counted.items()}
    everybody = sorted(set().union(*people.values())) if people else []
    return any(
        all(person in people[slot] for person, slot in zip(order, slots, strict=True))
        for order in permutations(everybody, len(slots))
    )
