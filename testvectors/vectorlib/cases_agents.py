"""Retention, deviations raised beforehand, and agents (SPEC 9.10-33, 9.10-50 to 9.10-52)."""

from __future__ import annotations

from typing import Any

from . import base, cases_actions
from .base import asking, attest, entry, member, minimal
from .case import Cases
from .cases_work import ROSTER, with_roster
from .model import HOUR, OFFSET, START, Pinned, Ref, Subject
from .ops import drop, edit, insert, move, omit
from .ops_finished import withhold
from .runs import note

# The cases below are a table: rows are filled, not broken as code is.
# fmt: off

CASES = Cases()
case, passes = CASES, CASES.passes

# 9.10-33: retention

KEPT = "The record could be gone before anybody asks for it."
passes("retention", "The contract says how long the record is to be kept", "9.10-33",
       lambda: minimal(retention={"class": "batch-record", "years": 10}, pinned=asking("contract.no-retention")))
passes("retention-class", "The contract says so by a class alone", "9.10-33",
       lambda: minimal(retention={"class": "batch-record"}, pinned=asking("contract.no-retention")))
case("retention-none", "retention", omit("contract", "retention"), "contract.no-retention",
     title="The contract does not say how long the record is to be kept", why=KEPT)

# 9.10-50: deviations that are raised beforehand

AHEAD = "A deviation could be kept in stock, for whatever goes wrong."


def foreseen(*, again: bool = False) -> Subject:
    """Give a mass outside its limits and a deviation of its step, on request a second one."""
    subject = base.deviated("torn-label", "allow", values=[])
    pinned = asking("deviation.premature")
    subject.item("contract").fields["policy"] = base.contract({}, pinned).fields["policy"]
    subject.item("signoff").fields.pop("covers")
    if again:
        more: dict[str, Any] = {"steps": [], "values": [Ref("mass")], "evidence": [], "description": "It was."}
        at = subject.index("ruled") + 1
        subject.items[at:at] = [
            entry("raised2", "deviation-raised", reason="torn-label", severity="minor", **more),
            entry("ruled2", "deviation-ruled", deviation=Ref("raised2"), ruling="allow", policy=Pinned()),
        ]
        for label in ("ruled", "raised"):
            subject.items.insert(subject.index("weigh-begin") + 1, subject.items.pop(subject.index(label)))
    return subject


passes("deviation-after", "A deviation is raised after what it covers", "9.10-50", foreseen)
case("deviation-premature", "deviation-after", move("raised", "weigh-begin"), ("deviation.premature", "mass"),
     verdict="PROVISIONAL", title="A deviation is raised before what it covers", why=AHEAD)
passes("deviation-after-too", "Two deviations cover a value, one of its step before it, one of itself after", "9.10-50",
       lambda: foreseen(again=True))
case("deviation-after-only-before", "deviation-after-too", drop("raised2", "ruled2"), ("deviation.premature", "mass"),
     verdict="PROVISIONAL", title="The same without the one after it", why=AHEAD)
case("deviation-after-withheld", "deviation-after-too", withhold("raised2"), ("entry.withheld", "raised2"),
     "rule.not-evaluated", verdict="PROVISIONAL", title="The one after it is withheld", clauses="8.3-2",
     why="A copy would be told to lack what everybody saw.")

# 9.10-51, -52: agents

WHOSE = "Software could do anything, and nobody have to answer for it."


def robot(**fields: Any) -> Subject:
    """Give two notes of an agent, under a policy that wants agents described."""
    subject = minimal(note("note", "agent-1"), note("note2", "agent-1"), attest("agent-attests", "agent-1"),
                      pinned=asking("agent.undescribed"))
    return with_roster(subject, **fields)


def idle() -> Subject:
    """Give an agent that is not described and writes nothing."""
    subject = minimal(note(), pinned=asking("agent.undescribed"))
    subject.item("contract").fields["roster"] = [*ROSTER[:3], member("agent-1", "robot", "operator", kind="device")]
    return subject


passes("agent-described", "An agent with a principal, a version and a configuration", "9.10-51", robot)
for word in ("principal", "software", "config"):
    case(f"agent-no-{word}", "agent-described", omit("contract", f"roster/3/{word}"), ("agent.undescribed", "note"),
         title=f"An agent without `{word}`: found at its first entry", why=WHOSE)
passes("agent-idle", "A device that is not described and writes nothing", "9.10-51", idle)
case("agent-not-idle", "agent-idle", insert("note", note("note2", "agent-1"), attest("agent-attests", "agent-1")),
     ("agent.undescribed", "note2"), title="The device writes a note", why=WHOSE)
passes("action-by-others", "An agent acts under the leave of somebody who does not answer for it", "9.10-52",
       cases_actions.authorised)
case("action-by-principal", "action-by-others", edit("contract", "roster/3/principal", "super-c"),
     ("action.by-principal", "acted"), title="An agent acts under the leave of who answers for it",
     why="Who sets the software going would let it go, and nobody else look.")


def own_leave() -> Subject:
    """Give a human who acts under a leave that a supervisor gave."""
    leave = entry("leave", "authorised", "supervisor-1", **cases_actions.ACTION, for_="operator-a",
                  expires=[START + HOUR, OFFSET])
    return cases_actions.guarded(leave, cases_actions.acted(actor="operator-a", authorised=Ref("leave")),
                                 attests=("agent-1", "supervisor-1"))


passes("action-human-leave", "A human acts under a leave", "9.10-32 9.10-52", own_leave)
case("action-human-withheld", "action-human-leave", withhold("acted"), ("entry.withheld", "acted"),
     "rule.not-evaluated", verdict="PROVISIONAL", title="That action is withheld", clauses="8.3-2",
     why="A copy would fail for what it lacks, or pass for what nobody can see.")
