"""What approvals cover (SPEC 8.3-5): findings of the run at ``provisional`` that an approval can mend."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import base, cases_agents, cases_clock, cases_custody, cases_work
from .base import PHOTO, attest, entry, minimal, photo
from .case import Cases
from .model import HOUR, MINUTE, OFFSET, START, Enc, Item, Seq, Subject
from .ops import edit, omit
from .ops_finished import withhold
from .toml import RULES, canonical

# The cases below are a table: rows are filled, not broken as code is.
# fmt: off

CASES = Cases()
case, passes = CASES, CASES.passes

STEP: dict[str, Any] = {"step": "seal-bag", "pass_": 1}
#: Rules on the run that an approval mends (SPEC 10), and an approval need that does not care who did the work.
COVERABLE = {rule: {"level": "provisional"} for rule in list(RULES)[: list(RULES).index("attestation.missing")]
             if RULES[rule] and rule not in ("evidence.absent", "evidence.missing")}
ANYBODY = base.policy()["approvals"][0] | {"independent-of": []}


def covered(subject: Subject, label: str, *off: str, **settings: Any) -> Subject:
    """Let the approval cover an entry, under a policy with these rules on, but for some."""
    given = {rule.replace("__", ".").replace("_", "-"): more for rule, more in settings.items()}
    rules = {**base.LEVELS, **COVERABLE, **given, **dict.fromkeys(off, base.OFF)}
    policy = base.policy(rules=rules, approvals=[ANYBODY])
    subject.item("contract").fields["policy"] = Enc(canonical(policy))
    subject.item("signoff").fields["covers"] = [Seq(label)]
    return subject


DESCRIBED: dict[str, Any] = {"captured": [START + MINUTE, OFFSET], "copy": "original", "source": "camera 3"}
LATER = DESCRIBED | {"captured": [START + 6 * MINUTE, OFFSET]}


def picture(label: str, **more: Any) -> list[Item]:
    """Give a photograph that says all of itself."""
    return photo(label, **(DESCRIBED | more))


def by_agent(*inside: Item) -> Subject:
    """Give a run with an agent, who attests."""
    subject = minimal(*inside)
    subject.items.insert(subject.index("end") + 1, attest("agent-attests", "agent-1"))
    return cases_work.with_roster(subject)


def lost() -> Subject:
    """Give a handover that nobody received, of an item whose holder handed it over."""
    return minimal(*picture("photo"), cases_custody.hand("transfer", "operator-a", "operator-b"))


def not_his() -> Subject:
    """Give a handover by an actor who had handed the item over before; both were received."""
    first, second = (cases_custody.hand(label, "operator-a", "operator-b") for label in ("transfer", "transfer2"))
    receipts = (cases_custody.receive(f"received-{one}", "operator-b", one) for one in ("transfer", "transfer2"))
    return minimal(*picture("photo"), first, second, *receipts, attest("b-attests", "operator-b"))


def early() -> Subject:
    """Give a run in which the only deviation stands before what it covers."""
    subject = cases_agents.foreseen(again=True)
    subject.items = [item for item in subject.items if item.label not in ("raised2", "ruled2")]
    subject.item("photo-entry").fields |= LATER
    return subject


def unchecked() -> Subject:
    """Give a pass with a correction after its check."""
    return cases_work.checked(cases_work.reading(), cases_work.check(), after_end=(cases_work.FIX,))


def unqualified() -> Subject:
    """Give a reading of a person without the step's qualification."""
    return cases_work.qualified()


def long_after() -> Subject:
    """Give a deviation that was raised long after it occurred."""
    subject = base.deviated("torn-label", "allow", occurred=[START - 30 * HOUR, OFFSET])
    subject.item("photo-entry").fields |= LATER
    return subject


def without_scale() -> Subject:
    """Give a step whose scale was not used."""
    subject = cases_work.weighed()
    subject.items = [item for item in subject.items if item.label != "scale"]
    return subject


#: The rule, the entry, the place in the roster of who is responsible for it, what was found, and the run.
TABLE: tuple[tuple[str, str, int, str, Callable[[], Subject]], ...] = (
    ("gap.unexplained", "gap", 0, "A gap without a reason", lambda: minimal(entry("gap", "gap"))),
    ("entry.late-unexplained", "reading", 0, "A value that is late without a reason",
     lambda: minimal(cases_clock.reading(observed=[START - HOUR, OFFSET]))),
    ("actor.unqualified", "reading", 1, "A person without a qualification", unqualified),
    ("check.outdated", "correction", 0, "A correction after the check", unchecked),
    ("instrument.missing", "end", 0, "A step without its instrument", without_scale),
    ("instrument.out-of-calibration", "tool", 0, "An instrument that is overdue", lambda: cases_work.due(-1)),
    ("evidence.undescribed", "photo-entry", 0, "A photograph that says nothing of itself",
     lambda: minimal(*photo("photo"))),
    ("evidence.reused", "again-entry", 0, "A content that is added twice",
     lambda: minimal(*picture("photo"), *picture("again", body=PHOTO))),
    ("evidence.late", "photo-entry", 0, "A photograph that is late, with a reason",
     lambda: minimal(*picture("photo", captured=[START - HOUR, OFFSET], late="The camera was outside."))),
    ("custody.broken", "transfer2", 0, "A handover by who has not the item", not_his),
    ("custody.not-received", "transfer", 0, "A handover that nobody received", lost),
    ("deviation.late", "raised", 0, "A deviation that is raised late", long_after),
    ("deviation.premature", "mass", 0, "A deviation that is raised beforehand", early),
)

NEVER = "What a policy does not let be mended would be mended by whoever signs."
OWN = "Who did it could sign that it does not matter."
OPEN = "What nobody looked at could pass for looked at."
for rule, label, number, what, make in TABLE:
    name = rule.replace(".", "-")
    found = rule, label
    passes(f"covered-{name}", f"{what}, which the approval covers", "8.3-5 8.5-5",
           lambda make=make, label=label: covered(make(), label))  # type: ignore[misc]
    case(f"covered-{name}-not", f"covered-{name}", omit("signoff", "covers"), found, verdict="PROVISIONAL", why=OPEN,
         title=f"{what}, which no approval covers", clauses="8.3-5")
    case(f"covered-{name}-fail", f"covered-{name}", edit("contract", f"policy/rules/{rule}/level", "fail"), found,
         title=f"{what}, which the approval covers, under a policy that lets it fail", clauses="8.3-5", why=NEVER)
    case(f"covered-{name}-own", f"covered-{name}", edit("contract", f"roster/{number}/person", "qa-lead"), found,
         verdict="PROVISIONAL", clauses="8.3-5", why=OWN,
         title=f"{what}, which the approval of the person responsible covers")

TOOL = entry("tool", "instrument-used", "agent-1", **STEP, instrument="SCALE 7")
passes("covered-agent", "An agent uses an instrument that is not said to be calibrated; covered", "8.3-5 8.5-5",
       lambda: covered(by_agent(TOOL), "tool"))
case("covered-agent-principal", "covered-agent", edit("contract", "roster/3/principal", "qa-lead"),
     ("instrument.out-of-calibration", "tool"), verdict="PROVISIONAL", clauses="8.3-5", why=OWN,
     title="The same, covered by who answers for the agent")
case("covered-withheld", "covered-gap-unexplained", withhold("begin"), ("entry.withheld", "begin"),
     "rule.not-evaluated", verdict="PROVISIONAL", clauses="8.3-2 8.3-5",
     title="Another entry is withheld in a copy with a finding that is covered",
     why="What was covered when all could be read would be found again.")
case("covered-other-entry", "covered-gap-unexplained", edit("signoff", "covers", [Seq("begin")]),
     ("gap.unexplained", "gap"), verdict="PROVISIONAL", clauses="8.3-5 8.5-5", why=OPEN,
     title="The approval covers another entry")
passes("covered-both", "A photograph that is late without a reason and says nothing more: one cover for all of it",
       "8.3-5 8.5-5", lambda: covered(minimal(*photo("photo", captured=[START - HOUR, OFFSET])), "photo-entry"))
case("covered-both-one-fails", "covered-both", edit("contract", "policy/rules/evidence.late/level", "fail"),
     ("evidence.late", "photo-entry"), title="The same, of which one is a failure", clauses="8.3-5", why=NEVER)
