"""Selectors (SPEC 8.6): other levels of a rule for some matters (SPEC 8.3-4)."""

from __future__ import annotations

from functools import partial
from typing import Any

from . import base
from .base import OFF, minimal, rich
from .case import Cases
from .model import MINUTE, OFFSET, START, Subject
from .ops import Mutation, edit, forget, given, omit
from .profile_runs import TWICE, UNRULED, in_rules, pin, row, setting, twice, unruled
from .runs import correction, note

# The cases below are a table: rows are filled, not broken as code is.
# fmt: off

CASES = Cases()
case, passes = CASES, CASES.passes

ELSEWHERE = "A level that was meant for some work would hold for all of it, or for none."


def level(  # noqa: PLR0917 - one parameter a column of the table
    name: str, title: str, step: str, actor: str, conditions: dict[str, Any], path: str, value: Any
) -> None:
    """Add a value recorded twice where a row turns the rule off, and the same with a condition that does not hold."""
    passes(f"level-{name}", f"A level by {title}", "8.3-4 8.6-1", lambda: twice(step, actor, row(**conditions)))
    case(f"level-{name}-other", f"level-{name}", in_rules(TWICE, f"when/0/{path}", value), (TWICE, "again"),
         title=f"A level by {title} that does not hold here", why=ELSEWHERE, clauses="8.3-4 8.6-1")


A, B, AGENT = "operator-a", "operator-b", "agent-1"
level("step", "step", "weigh", A, {"steps": ["inspect", "weigh"]}, "steps", ["inspect"])
level("step-pattern", "the beginning of a step's name", "weigh", A, {"steps": ["we*"]}, "steps", ["wei.*"])
level("step-whole", "a whole name and nothing after it", "weigh", A, {"steps": ["weigh*"]}, "steps", ["weig"])
level("tag", "tag", "weigh", A, {"tags": ["packing", "weighing"]}, "tags", ["packing"])
level("critical", "the step being critical", "inspect", B, {"critical": True}, "critical", False)
level("uncritical", "the step not being critical", "weigh", A, {"critical": False}, "critical", True)
level("role", "one of an actor's roles", "inspect", B, {"roles": ["supervisor"]}, "roles", ["owner"])
level("kind-agent", "kind of actor", "label", AGENT, {"kinds": ["agent"]}, "kinds", ["device", "human"])
level("kind-human", "a human actor", "weigh", A, {"kinds": ["human"]}, "kinds", ["agent", "device"])
level("all-conditions", "two conditions of which both must hold", "label", AGENT,
      {"steps": ["label"], "kinds": ["agent"]}, "steps", ["weigh"])
level("all-conditions-b", "two conditions, the other one failing", "label", AGENT,
      {"steps": ["label"], "kinds": ["agent"]}, "kinds", ["human"])

case("level-tag-of-none", "level-tag", omit("contract", "steps/0/tags"), (TWICE, "again"), clauses="8.6-1",
     why=ELSEWHERE, title="A level by tag, and a step without tags")
case("level-step-of-other-actor", "level-kind-agent", edit("again", "actor", A), (TWICE, "again"), clauses="8.6-3",
     title="A level by kind: who is responsible is who wrote the second value", why=ELSEWHERE)


def mapped(row_role: str, **maps: dict[str, str]) -> Subject:
    """Give a level by role under role maps, one for all contracts of a firm, one for this contract."""
    subject = twice("weigh", A, row(roles=[row_role]))
    names = {"firm": "acme", "contract": '"acme.fill-line"'}  # a dot in a name of TOML wants quotes
    subject.trust["role-map"] = {names[name]: roles for name, roles in maps.items()}
    return subject


passes("level-role-mapped", "A level by role, read through the role map", "7-6 8.6-1",
       lambda: mapped("worker", firm={"operator": "worker"}))
case("level-role-unmapped", "level-role-mapped", forget("role-map/acme"), (TWICE, "again"), clauses="7-6 8.6-1",
     title="The same without the role map", why="A firm's own names of roles would keep a level from holding.")
passes("level-role-mapped-longest", "A level by role: the role map with the longest name is used", "7-6 8.6-1",
       lambda: mapped("worker", firm={"operator": "guest"}, contract={"operator": "worker"}))
case("level-role-mapped-away", "level-role", given("trust", "role-map", {"acme": {"supervisor": "quality"}}),
     (TWICE, "again"), clauses="7-6 8.6-1", title="A level by a role that the role map gives another name",
     why="Two names of one role would be told apart, or two roles of one name not.")

ORDERED: list[dict[str, Any]] = [row(steps=["weigh"]), {"kinds": ["human"], "level": "fail"}]
NOTED = {"level": "note"}
passes("level-first-row", "Two rows hold, and the first one decides", "8.3-4", lambda: twice("weigh", A, *ORDERED,
       own=NOTED))
case("level-first-row-swapped", "level-first-row", in_rules(TWICE, "when", ORDERED[::-1]), (TWICE, "again"),
     clauses="8.1-9 8.3-4", title="The same rows in the other order", why=ELSEWHERE)
case("level-note", "level-step", in_rules(TWICE, "when/0", {"steps": ["weigh"], "level": "note"}), (TWICE, "again"),
     verdict="FINAL", clauses="8.3-1 8.3-4", title="A level by step: a note", why=ELSEWHERE)
passes("level-own-off", "A rule that is off but for another step", "8.1-2 8.3-4",
       lambda: twice("weigh", A, {"steps": ["label"], "level": "fail"}, own=OFF))
case("level-own-off-reached", "level-own-off", in_rules(TWICE, "when/0/steps", ["weigh"]), (TWICE, "again"),
     clauses="8.3-4", title="A rule that is off but for this step", why=ELSEWHERE)


def often() -> Subject:
    """Give a value recorded 131 times in one step and then twice in another one, under rows that turn the rule off."""
    subject = twice("label", AGENT, row(steps=["photograph"]), row(steps=["label"]))
    log = {"step": "photograph", "pass_": 1, "name": "log"}
    at = subject.index("photograph-begin") + 1
    subject.items[at:at] = [base.entry(f"log-{number}", "value-recorded", A, **log, value="x") for number in range(131)]
    return subject


passes("level-often", "A level by step, where the rule is broken 131 times", "8.3-4", often)
case("level-often-and-worse", "level-often", in_rules(TWICE, "when", [{"steps": ["photograph"], "level": "note"}]),
     (TWICE, "again"), *((TWICE, f"log-{number}") for number in range(1, 101)),
     clauses="8.3-4 9.2-2 9.2-4", title="130 notes, and then one that fails under the same rule",
     why="Whoever forgets what is not listed forgets the one that counts, and says FINAL.")


def skipped(level: str) -> Subject:
    """Give an unexplained skip at a level by step, and a rule of its own that fails."""
    subject = rich(base.entry("skip", "step-skipped", step="clean", pass_=1, reason="Tools were new."))
    when = [{"steps": ["clean"], "level": level}]
    subject.item("contract").fields["policy"].value["rules"]["step.skip-unexplained"] = {"level": "fail", "when": when}
    return subject


passes("level-mendable", "A rule that can be mended has a milder level for one step", "8.1-3 8.3-4",
       lambda: skipped("provisional"))
case("level-mendable-violated", "level-mendable", omit("skip", "reason"), ("step.skip-unexplained", "skip"),
     verdict="PROVISIONAL", clauses="8.3-4", title="The same, violated there", why=ELSEWHERE)

# What a matter has not, no condition holds for; what it has depends on the rule.


def backwards() -> Subject:
    """Give a step that ends a millisecond too early, which the policy lets be in steps that are not critical."""
    subject = minimal(pinned=base.policy(rules=setting("time.not-monotonic", level="fail", when=[row(critical=False)])))
    subject.item("end").fields["time"] = [START + MINUTE - 1, OFFSET]
    return subject


passes("level-no-step", "A level by a step that is not critical, at an entry of one", "8.6-1 8.6-3", backwards)
case("level-no-step-other", "level-no-step", edit("ended", "time", [START + MINUTE - 2, OFFSET]),
     ("time.not-monotonic", "ended"), title="The same at an entry of no step, which is not critical either",
     why=ELSEWHERE, clauses="8.6-1 8.6-3")


def without(label: str, rule: str, *rows: dict[str, Any]) -> Subject:
    """Give the full run without an entry, under a policy with rows of levels for that."""
    subject = pin(rich(), rules=setting(rule, level="fail", when=[*rows]))
    del subject.items[subject.index(label)]
    return subject


for label, rule, step, told in (
    ("mass", "value.missing", "weigh", "a value"), ("checked", "check.missing", "inspect", "a check"),
    ("released", "step.not-released", "clear", "a release"),
):
    passes(f"level-missing-{label}", f"A level by step, where {told} is missing", "8.6-3",
           partial(without, label, rule, row(steps=[step])))
    case(f"level-missing-{label}-other", f"level-missing-{label}", in_rules(rule, "when/0/steps", ["photograph"]), rule,
         title=f"A level by another step, where {told} is missing", why=ELSEWHERE, clauses="8.6-3")


def corrected() -> Subject:
    """Give a correction of a value that was not there, under a policy that lets that be in one step."""
    rows = [row(steps=["weigh"], tags=["weighing"])]
    return pin(rich(correction("42.51", "42.60")), rules=setting("correction.mismatch", level="fail", when=rows))


passes("level-correction", "A level by the step of the value that is corrected", "8.6-3", corrected)
case("level-correction-other", "level-correction", in_rules("correction.mismatch", "when/0/steps", ["photograph"]),
     ("correction.mismatch", "correction"), title="A level by the step in which the correction was written",
     why=ELSEWHERE, clauses="8.6-3")


def unattested() -> Subject:
    """Give notes that their actors have not attested, under a policy that lets that be for one role."""
    rows = [row(roles=["operator"], kinds=["human"])]
    return pin(minimal(note("note", "operator-b")), rules=setting("attestation.missing", level="fail", when=rows))


passes("level-actor", "A level by role, of what concerns an actor as a whole", "8.6-3", unattested)
case("level-actor-other", "level-actor", edit("note", "actor", "supervisor-1"), "attestation.missing", clauses="8.6-3",
     title="The same for an actor in another role", why=ELSEWHERE)

# What cannot be evaluated is judged by the strictest level, whatever the rows are about.

UNSEEN = "What nobody could judge would pass at the mildest level that the rule has."
LATER = "time.after-verification"


def unjudged(own: dict[str, Any], *rows: dict[str, Any]) -> Subject:
    """Give a policy that judges what needs a verification time at each rule's own level: notes, and some rows."""
    levels = setting(LATER, **own, when=[*rows]) if rows else setting(LATER, **own)
    return minimal(pinned=base.policy(unevaluable="own", rules={**levels, "trust.stale": NOTED}))


AGENTS: dict[str, Any] = {"kinds": ["agent"], "level": "fail"}
HUMANS: dict[str, Any] = {"kinds": ["human"], "level": "note"}
for name, own, rows, verdict, title in (
    ("note", NOTED, (), "FINAL", "which is a note"),
    ("row-stricter", NOTED, (AGENTS,), "FAIL", "the level of a row being stricter"),
    ("row-milder", {"level": "fail"}, (HUMANS,), "FAIL", "the level of a row being milder"),
    ("off-row-stricter", OFF, (AGENTS,), "FAIL", "the rule being off but for a row"),
):
    passes(f"unjudged-{name}", f"A rule that needs a verification time, {title}", "8.3-2",
           partial(unjudged, own, *rows))
    case(f"unjudged-{name}-at-missing", f"unjudged-{name}", given("at", "", None), "rule.not-evaluated",
         verdict=verdict, title=f"No verification time for a rule, {title}", why=UNSEEN, clauses="8.3-2 9.11-15")

# Rules on deviations look at the deviation: its severity and reason, its steps, and who raised it.


def by_deviation(name: str, title: str, conditions: dict[str, Any], change: Mutation, **more: Any) -> None:
    """Add a deviation that nobody ruled on, where a row turns that rule off; and the same after a change."""
    passes(f"level-deviation-{name}", f"A level by {title}", "8.6-1 8.6-3", lambda: unruled(row(**conditions), **more))
    case(f"level-deviation-{name}-other", f"level-deviation-{name}", change, (UNRULED, "raised"), clauses="8.6-1 8.6-3",
         title=f"A level by {title} that does not hold here", why=ELSEWHERE)


NOTHING: dict[str, Any] = {"steps": [], "values": [], "value": "42.50"}
by_deviation("severity", "severity", {"severity": ["minor"]}, edit("raised", "severity", "major"))
by_deviation("reason", "reason", {"reasons": ["off-weight", "spill"]}, edit("raised", "reason", "torn-label"))
by_deviation("reason-pattern", "the beginning of a reason", {"reasons": ["off-*"]},
             edit("raised", "reason", "torn-label"))
by_deviation("step", "a step that the deviation names", {"steps": ["weigh"]}, in_rules(UNRULED, "when/0/steps",
             ["label"]))
by_deviation("value", "the step of a value that the deviation names", {"steps": ["weigh"]},
             in_rules(UNRULED, "when/0/steps", ["label"]), steps=[])
by_deviation("tag", "the tag of a step that the deviation names", {"tags": ["weighing"]},
             omit("contract", "steps/0/tags"))
by_deviation("uncritical", "nothing critical being in scope, as the deviation names nothing", {"critical": False},
             edit("raised", "steps", ["inspect"]), reason="torn-label", **NOTHING)
by_deviation("nothing", "one of several steps", {"steps": ["i*"]}, edit("raised", "steps", []), reason="torn-label",
             **(NOTHING | {"steps": ["clear", "inspect"]}))
by_deviation("kind", "the kind of who raised it", {"kinds": ["human"]}, edit("raised", "actor", AGENT))
by_deviation("role", "a role of who raised it", {"roles": ["operator"]}, edit("raised", "actor", "supervisor-1"))
