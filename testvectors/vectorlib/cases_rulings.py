"""Rulings on some deviations (SPEC 8.4, 8.6), and what a policy of the caller makes of them."""

from __future__ import annotations

from typing import Any

from . import base
from .case import Cases
from .model import Subject
from .ops import Mutation, edit, forget, given, omit
from .profile_runs import TWICE, allowed, each, row, setting, twice
from .runs import correction

# The cases below are a table: rows are filled, not broken as code is.
# fmt: off

CASES = Cases()
case, passes = CASES, CASES.passes

LENIENT = "A ruling that was meant for some deviations would hold for others."
WRONG, OPEN = ("deviation.wrong-ruling", "ruled"), ("deviation.not-closed", "raised")


def ruling(name: str, title: str, conditions: dict[str, Any], change: Mutation, **more: Any) -> None:
    """Add a deviation that a row allows, and the same where a condition does not hold, which is to be reviewed."""
    passes(f"ruling-{name}", f"A ruling by {title}", "8.4-1 8.6-1 8.6-3", lambda: allowed(**conditions, **more))
    case(f"ruling-{name}-other", f"ruling-{name}", change, WRONG, OPEN, clauses="8.4-1 8.6-1 8.6-3",
         title=f"A ruling by {title} that does not hold here", why=LENIENT)


def condition(path: str, value: Any) -> Mutation:
    """Change a condition of the first ruling of the pinned policy."""
    return edit("contract", f"policy/rulings/0/{path}", value)


AGENT = "agent-1"
ruling("severity", "severity", {"severity": ["minor"]}, edit("raised", "severity", "major"))
ruling("reason", "reason", {"reasons": ["off-weight"]}, condition("reasons", ["off-length"]))
ruling("reason-pattern", "the beginning of a reason", {"reasons": ["off-*", "torn-label"]},
       condition("reasons", ["of.*"]))
ruling("step", "step", {"steps": ["weigh"]}, condition("steps", ["label"]))
ruling("step-pattern", "the beginning of a step's name", {"steps": ["we*"]}, condition("steps", ["in*"]))
ruling("tag", "tag", {"tags": ["weighing"]}, condition("tags", ["packing"]))
ruling("tag-of-none", "tag, and a step without tags", {"tags": ["weighing"]}, omit("contract", "steps/0/tags"))
ruling("kind", "the kind of who raised it", {"kinds": ["agent"]}, edit("raised", "actor", "operator-a"), raiser=AGENT)
ruling("role", "a role of who raised it", {"roles": ["operator"]}, edit("raised", "actor", "supervisor-1"))
ruling("uncritical", "nothing critical being in scope", {"critical": False},
       edit("raised", "steps", ["inspect", "weigh"]))
ruling("two", "two conditions of which both must hold", {"steps": ["weigh"], "reasons": ["off-*"]},
       condition("steps", ["label"]))


def critical() -> Subject:
    """Give a deviation of a critical step and another one, which a row allows."""
    subject = allowed(critical=True)
    subject.item("raised").fields["steps"] = ["inspect", "weigh"]
    return subject


passes("ruling-critical", "A ruling by one of the steps being critical", "6.7-3 8.6-1", critical)
case("ruling-critical-other", "ruling-critical", edit("raised", "steps", ["weigh"]), WRONG, OPEN, clauses="6.7-3 8.6-1",
     title="A ruling by a step being critical, and none is", why=LENIENT)
case("ruling-order", "ruling-step", edit("contract", "policy/rulings/0", {"kinds": ["human"], "ruling": "review"}),
     WRONG, OPEN, title="An earlier row reviews it", why=LENIENT, clauses="8.4-1")

# Who records a ruling knows no trust store: the pinned policy's is compared by the contract's own names of roles.

RENAMED = {"acme": {"operator": "worker"}}
RECORDER = "A recorder would be blamed for a role map that it could not know, or the map would be passed over."


def by_role() -> Subject:
    """Give a deviation of an operator that the pinned policy allows, and the caller's allows to workers."""
    subject = allowed(roles=["operator"])
    rows = [{"roles": ["worker"], "ruling": "allow"}, {"ruling": "review"}]
    subject.policy = base.policy(id="tv-given", rulings=rows)
    subject.trust["role-map"] = RENAMED
    return subject


passes("ruling-role-own-names",
       "The pinned policy rules by the contract's names, the given one by those of the role map",
       "8.4-2 8.4-3 7-6", by_role)
case("ruling-role-given-unmapped", "ruling-role-own-names", forget("role-map/acme"), OPEN, verdict="PROVISIONAL",
     title="The same without the role map: the given policy does not know the operator", why=RECORDER,
     clauses="8.4-3 7-6")
case("ruling-role-given-own-names", "ruling-role-own-names", given("policy", "rulings/0/roles", ["operator"]), OPEN,
     verdict="PROVISIONAL", title="The given policy names the role as the contract does, and the role map otherwise",
     why=RECORDER, clauses="8.4-3 7-6")
case("ruling-role-mapped", "ruling-role", given("trust", "role-map", RENAMED), OPEN, verdict="PROVISIONAL",
     title="The recorded ruling is right by the contract's names; what counts is read through the role map",
     why=RECORDER, clauses="8.4-2 8.4-3")
case("ruling-role-pinned-by-map", "ruling-role-own-names", condition("roles", ["worker"]), WRONG, OPEN,
     title="The pinned policy names the role as the role map does; whoever recorded could not know", why=RECORDER,
     clauses="8.4-2")

# The stricter of both policies counts, each by its own selectors.

BOTH = "Whoever writes the contract, or whoever verifies, could make the other's rulings void."


def both() -> Subject:
    """Give a deviation that the pinned policy allows by step, and the caller's by reason; nobody closes it."""
    subject = allowed(steps=["weigh"])
    rows = [{"reasons": ["off-*"], "ruling": "allow"}, {"ruling": "review"}]
    subject.policy = base.policy(id="tv-given", rulings=rows)
    return subject


def blocking() -> Subject:
    """Give work on a step in scope that went on, under a policy of the caller that blocks other steps."""
    subject = base.deviated()
    subject.items.insert(subject.index("ruled") + 1, correction("43.20", "42.60"))
    rows = [{"tags": ["packing"], "ruling": "block"}, {"ruling": "allow"}]
    subject.policy = base.policy(id="tv-given", rulings=rows)
    return subject


passes("rulings-both-allow", "Both policies allow a deviation, each by its own selector", "8.4-3 8.6-1", both)
case("rulings-given-reviews", "rulings-both-allow", given("policy", "rulings/0/reasons", ["spill"]), OPEN,
     verdict="PROVISIONAL", title="The caller's policy does not allow this reason", why=BOTH, clauses="8.4-3")
case("rulings-pinned-reviews", "rulings-both-allow", condition("steps", ["label"]), WRONG, OPEN, clauses="8.4-2 8.4-3",
     title="The pinned policy does not allow it at this step, whatever the caller's allows", why=BOTH)
case("rulings-recorded-given", "rulings-both-allow", each(edit("ruled", "ruling", "review"),
     given("policy", "rulings/0/ruling", "review")), WRONG, OPEN, clauses="8.4-2",
     title="The recorded ruling is the caller's and not the pinned policy's", why=BOTH)
passes("rulings-given-blocks-others", "The caller's policy blocks deviations of other steps; work went on",
       "8.4-3 8.4-4", blocking)
case("rulings-given-blocks", "rulings-given-blocks-others", given("policy", "rulings/0/tags", ["weighing"]),
     ("deviation.continued", "correction"), clauses="8.4-3 8.4-4", why=BOTH,
     title="The caller's policy blocks this deviation by tag; work went on")


def milder() -> Subject:
    """Give a value recorded twice, which the pinned policy refuses and the caller's lets be."""
    subject = twice("weigh", "operator-a", {"kinds": ["device"], "level": "note"})
    rows = [row(tags=["weighing"])]
    subject.policy = base.policy(id="tv-given", rules=setting(TWICE, level="fail", when=rows))
    return subject


passes("level-given", "The caller's policy decides by its own row of levels", "8.3-4 9.1-3", milder)
case("level-given-other", "level-given", given("policy", f"rules/{TWICE}/when/0/tags", ["packing"]), (TWICE, "again"),
     title="The caller's row of levels does not hold", why=BOTH, clauses="8.3-4 9.1-3")
case("level-pinned-instead", "level-given", given("policy", "", None), (TWICE, "again"), clauses="8.3-4 9.1-3",
     title="The same without the caller's policy: the pinned one decides", why=BOTH)
