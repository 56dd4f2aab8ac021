"""Pinned policies that are not well-formed (SPEC 8.1, 8.2-2): selectors, levels, approvals."""

from __future__ import annotations

from typing import Any

from . import base
from .base import minimal
from .case import Cases
from .model import DAY, Subject
from .ops import edit
from .profile_runs import CLOSURE, PRODUCTION
from .toml import canonical

# The cases below are a table: rows are filled, not broken as code is.
# fmt: off

CASES = Cases()
case, passes = CASES, CASES.passes

FLOOR = "What cannot be read as a policy demands nothing."
NEEDS: list[dict[str, Any]] = canonical(base.policy(approvals=[CLOSURE, PRODUCTION]))["approvals"]


def malformed(name: str, title: str, path: str, value: Any, clauses: str) -> None:
    """Add a pinned policy that one member keeps from being one."""
    case(f"pinned-{name}", "minimal", edit("contract", f"policy/{path}", value),
         ("policy.pinned-malformed", "contract"), title=title, why=FLOOR, clauses=f"8.2-2 {clauses}")


def rows(name: str, title: str, *when: dict[str, Any], rule: str = "value.missing", clauses: str = "8.1-4") -> None:
    """Add a pinned policy with rows of levels that no policy has."""
    setting = canonical(base.policy())["rules"][rule] | {"when": [*when]}
    malformed(name, title, f"rules/{rule}", setting, clauses)


NOTE: dict[str, Any] = {"level": "note"}
WEIGH = NOTE | {"steps": ["weigh"]}
rows("when-unknown", "A row of levels with an unknown condition", NOTE | {"actors": ["operator-a"]}, clauses="8.1-1")
rows("when-empty-set", "A row of levels with an empty set", NOTE | {"steps": []}, clauses="8.1-1")
rows("when-nothing", "A row of levels without a condition", NOTE)
rows("when-none", "No rows of levels, written out", clauses="8.2-1")
rows("when-twice", "A row of levels like an earlier one", WEIGH, WEIGH)
rows("when-shadowed", "A row of levels that an earlier one takes all of", WEIGH, WEIGH | {"level": "off", "reason": "x",
     "critical": True})
rows("when-shadowed-pattern", "A row of levels whose step an earlier pattern takes", NOTE | {"steps": ["w*"]},
     {"steps": ["weigh"], "level": "off", "reason": "x"})
rows("when-shadowed-wider-pattern", "A row of levels whose pattern an earlier pattern takes", NOTE | {"steps": ["we*"]},
     {"steps": ["weigh*"], "level": "off", "reason": "x"})
rows("when-idle", "A last row of levels that gives what the rule gives anyway", {"steps": ["weigh"], "level": "fail"})
rows("when-idle-after-other", "A last row that changes nothing, after one that does", WEIGH,
     {"steps": ["label"], "level": "fail"})
rows("when-no-actor", "A condition on the actor of what has none", NOTE | {"kinds": ["agent"]}, clauses="8.6-4")
rows("when-no-deviation", "A condition on the deviation of what has none", NOTE | {"severity": ["minor"]},
     clauses="8.6-4")
rows("when-no-step", "A condition on the step of what has none", NOTE | {"critical": True}, rule="agent.undescribed",
     clauses="8.6-4")
rows("when-no-matter", "A condition where there is nothing to look at", NOTE | {"steps": ["weigh"]},
     rule="contract.not-in-force", clauses="8.6-4")
rows("when-no-remedy", "A row that makes provisional what nothing mends", {"steps": ["weigh"], "level": "provisional"},
     clauses="8.1-3")
rows("when-off-unexplained", "A row that is off without a reason", {"steps": ["weigh"], "level": "off"},
     clauses="8.1-2")
rows("when-reason-idle", "A row that has a reason and is not off", WEIGH | {"reason": "x"}, clauses="8.1-2")
rows("when-severity-unknown", "A severity that there is not", NOTE | {"severity": ["grave"]}, rule="deviation.unruled",
     clauses="8.1-1")
rows("when-kind-unknown", "A kind of actor that there is not", NOTE | {"kinds": ["robot"]}, rule="value.invalid",
     clauses="8.1-1")
rows("when-pattern-inside", "A pattern with its star inside", NOTE | {"steps": ["w*h"]}, clauses="8.6-2")
rows("when-pattern-alone", "A pattern that is a star alone", NOTE | {"steps": ["*"]}, clauses="8.6-2")
rows("when-tag-pattern", "A pattern where names stand", NOTE | {"tags": ["we*"]}, clauses="8.6-2")
rows("when-unsorted", "A row of levels whose set is not ascending", NOTE | {"steps": ["weigh", "label"]},
     clauses="8.2-1")
rows("when-element-twice", "A row of levels that names a step twice", NOTE | {"steps": ["weigh", "weigh"]},
     clauses="8.1-1")
rows("when-critical-text", "A flag as text", NOTE | {"critical": "true"}, clauses="8.1-1")

for level in ("note", "off"):
    absent: dict[str, Any] = {"level": level} | ({"reason": "x"} if level == "off" else {})
    malformed(f"absent-{level}", f"Absent evidence at the level {level}", "rules/evidence.absent", absent, "8.1-3")
FEW = "rules/signoff.not-authenticated/"
malformed("duration-text", "A duration as text in canonical form", FEW + "max-age", "15 min", "8.1-8 8.2-1")
malformed("duration-zero", "A duration of nothing", FEW + "max-age", 0, "8.1-8 8.2-1")
malformed("factors-four", "Four factors where there are three kinds", FEW + "min-factors", 4, "8.1-1 8.2-1")
malformed("factors-none", "No factor", FEW + "min-factors", 0, "8.1-1 8.2-1")
malformed("parameter-of-other", "A parameter of another rule", FEW + "max-lag", 60_000, "8.1-1")
malformed("parameter-absent", "A parameter that is not written out", "rules/seal.witnessed-late", {"level": "fail"},
          "8.2-1")
malformed("members-none", "Evidence of which nothing must be described", "rules/evidence.undescribed/members", [],
          "8.1-1")

malformed("count-most", "More people than a need may have", "approvals/0/count", 65, "8.1-5")
malformed("approvals-order", "Approvals in another order", "approvals", NEEDS[::-1], "8.2-1")
malformed("approvals-order-after", "Approvals in the order of their ids where one comes after the other", "approvals",
          [NEEDS[0] | {"after": ["production"]}, NEEDS[1]], "8.2-1")
malformed("approvals-circle", "Approvals after one another in a circle", "approvals",
          [NEEDS[0] | {"after": ["production"]}, NEEDS[1] | {"after": ["closure"]}], "8.1-5")
COVERS: dict[str, Any] = {"covers": {"severity": ["major"]}}
malformed("covers-all", "All approvals that always exist cover some deviations only", "approvals",
          [NEEDS[0] | COVERS, NEEDS[1] | COVERS], "8.1-7")
malformed("covers-all-but-conditional", "Only an approval that may not exist covers all else", "approvals",
          [NEEDS[0] | COVERS, NEEDS[1] | {"when-work": {"kinds": ["agent"]}}], "8.1-7")
NEED = "approvals/0/"
malformed("covers-unknown", "An unknown condition of what is covered", NEED + "covers", {"person": ["qa-lead"]},
          "8.1-1")
malformed("work-severity", "A condition on the deviation of work", NEED + "when-work", {"severity": ["minor"]}, "8.6-3")
malformed("deviations-none", "A need for no deviation at all", NEED + "when-deviation",
          {"severity": ["minor"], "count": 0}, "8.2-1")
malformed("deviations-uncounted", "A number of deviations that is not written out", NEED + "when-deviation",
          {"severity": ["minor"]}, "8.2-1")
malformed("deadline-text", "A deadline as text in canonical form", NEED + "deadline", "5 d", "8.1-8 8.2-1")
malformed("last-word-text", "A last word that is no flag", NEED + "last-word", "yes", "8.1-1")
malformed("independent-unknown", "Independent of whom there is no word for", NEED + "independent-of", ["reviewer"],
          "8.1-1")
malformed("serves-unknown", "What an unknown code serves", "serves", {"step.done": ["Procedure 17"]}, "8.1-1 8.7-1")
malformed("serves-nothing", "A code that serves nothing", "serves", {"step.unfinished": []}, "8.1-1 8.7-1")
malformed("ruling-unknown-condition", "A ruling with an unknown condition", "rulings/0",
          {"step": "weigh", "ruling": "block"}, "8.1-1")
malformed("ruling-shadowed-pattern", "A ruling whose reason an earlier pattern takes", "rulings",
          [{"reasons": ["torn-*"], "ruling": "block"}, {"reasons": ["torn-label"], "ruling": "allow"},
          {"ruling": "review"}], "8.1-4")
malformed("ruling-word", "A ruling that there is not", "rulings/0/ruling", "stop", "8.1-1")


def elaborate() -> Subject:
    """Give a policy that says all that a policy can say."""
    rows = [{"steps": ["w*"], "tags": ["a", "b"], "critical": True, "level": "note"},
            {"roles": ["operator"], "kinds": ["agent", "device"], "level": "off", "reason": "Not asked of software."}]
    first = CLOSURE | {
        "meaning": "released", "independent-of": ["checker", "recorder", "sealer"], "deadline": 5 * DAY,
        "last-word": False, "blind": True, "redacted": True, "serves": ["Procedure 17, 4.2", "21 CFR 11.50"],
    }
    second = PRODUCTION | {
        "after": ["closure"], "when-deviation": {"severity": ["critical"], "reasons": ["x-*"], "count": 2},
        "when-work": {"kinds": ["device"], "tags": ["a"]}, "covers": {"severity": ["critical"], "roles": ["operator"]},
    }
    policy = base.policy(
        rules={**base.LEVELS, "value.invalid": {"level": "fail", "when": rows}}, approvals=[first, second],
        rulings=[{"reasons": ["mix-*"], "severity": ["major"], "kinds": ["agent"], "ruling": "block"},
        {"ruling": "review"}],
        serves={"step.unfinished": ["Procedure 17, 3"], "chain.broken-link": ["21 CFR 11.10 (e)"]},
    )
    policy["sealing-roles"] = ["operator"]
    return minimal(pinned=policy)


passes("pinned-elaborate", "A pinned policy that says all that a policy can say", "8.2-1 8.2-2 8.7-1", elaborate)
