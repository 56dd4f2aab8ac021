"""Actions under leave, what a reason demands, and an introduction (SPEC 6.4-3, 9.10-26, 9.10-32)."""

from __future__ import annotations

from typing import Any

from . import base, crypto
from .base import attest, entry, member, minimal, photo
from .case import Cases
from .model import HOUR, MINUTE, OFFSET, START, Digest, Enc, Item, Pinned, Ref, Seq, Subject
from .ops import drop, edit, insert, move, omit
from .ops_finished import withhold

# The cases below are a table: rows are filled, not broken as code is.
# fmt: off

CASES = Cases()
case, passes = CASES, CASES.passes

STEP: dict[str, Any] = {"step": "seal-bag", "pass_": 1}
ACTION: dict[str, Any] = {**STEP, "action": "close jaws", "arguments": crypto.fixed("arguments")}
ROSTER = [member("operator-a", "tech-a", "operator"), member("operator-b", "tech-b", "operator"),
          member("supervisor-1", "super-c", "supervisor"),
          member("agent-1", "robot", "operator", kind="agent", principal="tech-b", software="sealer 2.1")]
SEAL_BAG: dict[str, Any] = {"id": "seal-bag", "title": "Seal the bag", "roles": ["operator"]}
GUARDED = [SEAL_BAG | {"repeat": {"min": 1, "max": 2}, "authorise": ["supervisor"]},
           {"id": "clean", "title": "Clean the jaws", "roles": ["operator"], "optional": True}]


def leave(label: str = "leave", **more: Any) -> Item:
    """Give a supervisor's leave for the agent to close the jaws."""
    fields = {**ACTION, "for_": "agent-1", "expires": [START + HOUR, OFFSET]}
    return entry(label, "authorised", "supervisor-1", **(fields | more))


def acted(label: str = "acted", actor: str = "agent-1", **more: Any) -> Item:
    """Give the action."""
    return entry(label, "acted", actor, **(ACTION | more))


def guarded(*inside: Item, attests: tuple[str, ...] = ("agent-1",)) -> Subject:
    """Give a run of a step whose actions need leave; an agent begins and completes it."""
    subject = minimal(*inside, steps=GUARDED, roster=ROSTER)
    subject.item("begin").fields["actor"] = subject.item("end").fields["actor"] = "agent-1"
    at = subject.index("end") + 1
    subject.items[at:at] = [attest(f"{name}-attests", name) for name in attests]
    return subject


def authorised() -> Subject:
    """Give an action under leave; its arguments are evidence, as SPEC 6.4-3 recommends."""
    arguments = photo("arguments", "agent-1", b'{"bar": 3}', media="application/json")
    said: dict[str, Any] = {"arguments": Digest("arguments")}
    return guarded(*arguments, leave(**said), acted(authorised=Ref("leave"), **said),
                   attests=("agent-1", "supervisor-1"))


def last_moment() -> Subject:
    """Give an action one millisecond before its leave expires."""
    return guarded(leave(expires=[START + 3 * MINUTE + 1, 0]), acted(authorised=Ref("leave")),
                   attests=("agent-1", "supervisor-1"))


def by_human() -> Subject:
    """Give an action of a human, who needs no leave, in a pass that an agent completes."""
    return guarded(acted(actor="operator-a"))


def two_passes() -> Subject:
    """Give two passes that an agent completes, with an action in each."""
    subject = by_human()
    second = {"step": "seal-bag", "pass_": 2}
    at = subject.index("end") + 1
    subject.items[at:at] = [entry("begin2", "step-started", "agent-1", **second),
                            acted("acted2", "operator-a", **second),
                            entry("end2", "step-completed", "agent-1", **second)]
    return subject


def completed_by_human() -> Subject:
    """Give a pass in which an agent worked and nobody acted, completed by a human."""
    subject = guarded(entry("count", "value-recorded", "agent-1", **STEP, name="bags", value=1))
    subject.item("end").fields["actor"] = "operator-a"
    return subject


def free(*inside: Item, **fields: Any) -> Subject:
    """Give an action of an agent in a step that needs no leave; a human begins and completes it."""
    subject = minimal(*inside, acted(), roster=ROSTER, steps=[SEAL_BAG], **fields)
    subject.items.insert(subject.index("end") + 1, attest("agent-1-attests", "agent-1"))
    return subject


def released() -> Subject:
    """Give an action after the release of a deviation that blocked its step."""
    nothing: dict[str, Any] = {"values": [], "evidence": []}
    subject = free(
        entry("raised", "deviation-raised", reason="mix-up", severity="critical", steps=["seal-bag"],
              description="Two lots on the table.", **nothing),
        entry("ruled", "deviation-ruled", deviation=Ref("raised"), ruling="block", policy=Pinned()),
        entry("freed", "released", "supervisor-1", deviation=Ref("raised")), pack=Enc(base.PACK))
    subject.items.insert(subject.index("end") + 1, attest("c-attests", "supervisor-1"))
    subject.item("signoff").fields["covers"] = [Seq("raised")]
    return subject


def demanded() -> Subject:
    """Give a deviation whose reason demands all that it can."""
    subject = base.deviated("spoilt", evidence=[Digest("spoilt")], action="Set aside.",
                            occurred=[START + 2 * MINUTE, OFFSET])
    at = subject.index("raised")
    subject.items[at:at] = photo("spoilt", body=b"\x89PNG\r\n\x1a\nspoilt")
    return subject


LEAVE = "Software could do what nobody allowed, or what was allowed to another, once more, or long ago."
ACTED = ("action.unauthorised", "acted")

passes("action-authorised", "An agent acts under leave", "9.10-32 6.4-3", authorised)
passes("action-last-moment", "An agent acts one millisecond before its leave expires", "9.10-32 6.4-3",
       last_moment)
passes("action-by-human", "A human acts without leave, and an agent completes the pass", "9.10-32", by_human)
passes("action-two-passes", "An agent completes two passes, with an action in each", "9.10-32", two_passes)
passes("action-none", "An agent works in the pass, nobody acts, a human completes it", "9.10-32",
       completed_by_human)
passes("action-free", "An agent acts in a step that needs no leave", "9.10-32 6.4-1", free)
passes("action-released", "An agent acts after the block on its step was released", "8.4-4 6.4-1", released)

for name, mutation, title in (
    ("action-without-leave", omit("acted", "authorised"), "An agent acts and names no leave"),
    ("action-other-step", edit("leave", "step", "clean"), "The leave is for another step"),
    ("action-other-pass", edit("leave", "pass", 2), "The leave is for another pass"),
    ("action-other", edit("acted", "action", "Close jaws"), "The leave is for an action that is written otherwise"),
    ("action-other-arguments", edit("acted", "arguments", crypto.fixed("arguments")),
     "The leave is for other arguments"),
    ("action-for-another", edit("leave", "for", "operator-b"), "The leave is for another actor"),
):
    case(name, "action-authorised", mutation, ACTED, title=title, why=LEAVE)
case("action-by-wrong-role", "action-authorised", edit("contract", "steps/0/authorise", ["quality"]),
     ("actor.wrong-role", "leave"), ACTED, title="Who authorised has none of the step's roles", why=LEAVE,
     clauses="9.10-16")
case("action-by-agent", "action-authorised", edit("contract", "roster/2/kind", "agent"),
     ("agent.approval", "leave"), ACTED, title="An agent authorises", why="Software would give leave to itself.")
case("action-expired", "action-last-moment", edit("leave", "expires", [START + 3 * MINUTE, 0]), ACTED,
     title="An agent acts in the millisecond in which its leave expires", why=LEAVE)
case("action-backdated", "action-last-moment", edit("leave", "time", [START + 4 * MINUTE, OFFSET]),
     ("time.not-monotonic", "acted"), ACTED, why=LEAVE,
     title="An agent claims a time before its leave expires, after an entry that is later than that")
case("action-again", "action-authorised", insert("acted", acted("again", arguments=Digest("arguments"),
     authorised=Ref("leave"))), ("action.unauthorised", "again"), title="A leave is used twice", why=LEAVE)
case("action-leave-taken", "action-authorised", insert("leave", acted("first", "operator-a",
     authorised=Ref("leave"))), ACTED, title="A leave that a human's action names is used again", why=LEAVE)
case("action-by-device", "action-by-human", edit("contract", "roster/0/kind", "device"), ACTED, why=LEAVE,
     title="A device acts without leave")
case("action-left-out", "action-by-human", drop("acted"), ("action.unauthorised", "end"),
     title="An agent completes a pass in which nobody acted",
     why="An action without leave could just not be recorded.")
case("action-left-out-later", "action-two-passes", drop("acted2"), ("action.unauthorised", "end2"),
     title="An agent completes two passes, with an action in the first only",
     why="An action without leave could just not be recorded.")
case("action-none-by-agent", "action-none", edit("end", "actor", "agent-1"), ("action.unauthorised", "end"),
     title="An agent completes a pass in which it worked and nobody acted",
     why="An action without leave could just not be recorded.")
case("action-free-no-more", "action-free", edit("contract", "steps/0/authorise", ["supervisor"]), ACTED,
     title="The same action in a step that needs leave", why=LEAVE)

case("action-ref-kind", "action-authorised", edit("acted", "authorised", Ref("begin")),
     ("reference.broken", "acted"), title="The leave that is named is an entry of another kind", why=LEAVE,
     clauses="6.3-5")
case("action-ref-leaf", "action-authorised", edit("acted", "authorised", [3, bytes(32)]),
     ("reference.broken", "acted"), title="The leave that is named has another leaf", why=LEAVE,
     clauses="6.3-5 4.2-8")

WORK = "What is work for the rest could be done outside of every rule as an action."
case("action-blocked", "action-released", move("freed", "acted"), ("deviation.continued", "acted"), why=WORK,
     title="An agent acts under a block", clauses="8.4-4 6.4-1")
case("action-after-end", "action-free", move("acted", "end"), ("step.out-of-order", "acted"), why=WORK,
     title="An agent acts after the pass has ended", clauses="6.4-1")
case("action-unknown-step", "action-free", edit("acted", "step", "open-bag"), ("step.unknown", "acted"), why=WORK,
     title="An agent acts in a step that the contract does not have")
case("action-role", "action-free", edit("contract", "roster/3/roles", ["welder"]), ("actor.wrong-role", "acted"),
     why=WORK, title="An agent acts that has none of the step's roles", clauses="6.4-1")
case("action-performer", "action-free", edit("contract", "roster/3/principal", "qa-lead"),
     ("approval.self", "signoff"), "approval.missing", verdict="PROVISIONAL", clauses="6.4-1 8.5-2",
     title="Who is accountable for the agent that acted approves the run",
     why="Who did the work could release it.")
case("action-unattested", "action-free", drop("agent-1-attests"), "attestation.owed", verdict="PROVISIONAL",
     title="An action is not attested", why="An action could be put down to an agent that never took it.")
case("action-leave-withheld", "action-authorised", withhold("leave"), ("entry.withheld", "leave"),
     "rule.not-evaluated", verdict="PROVISIONAL", clauses="8.3-2 6.3-5", title="The leave is withheld",
     why="A copy would fail for what it lacks, or pass for what nobody can see.")
case("action-withheld", "action-by-human", withhold("acted"), ("entry.withheld", "acted"), "rule.not-evaluated",
     verdict="PROVISIONAL", clauses="8.3-2", title="The action is withheld",
     why="A copy would fail for what it lacks, or pass for what nobody can see.")
case("record-acted-arguments", "action-free", edit("acted", "arguments", bytes(31)), ("record.malformed", "acted"),
     title="An action whose arguments are no digest", why="Who reads it would compare something else.",
     clauses="4.2-7 6.3-5")
case("record-authorise-empty", "minimal", edit("contract", "steps/0/authorise", []), ("record.malformed", "contract"),
     title="A step whose actions nobody may authorise", clauses="9.3-3",
     why="An empty list could be read as no list: anybody, or nobody.")

case("deviation-no-pack", "action-released", omit("contract", "pack"), ("deviation.unknown-reason", "raised"),
     title="A deviation in a run whose contract has no pack",
     why="A reason that nobody wrote down says what one likes.")

OPEN = "What happened, and what was done at once, could be left open."
passes("deviation-demands", "A reason demands all that it can, and it is there", "9.10-26", demanded)
for name, mutation, title in (
    ("deviation-demands-steps", edit("raised", "steps", []), "No steps"),
    ("deviation-demands-values", edit("raised", "values", []), "No values"),
    ("deviation-demands-evidence", edit("raised", "evidence", []), "No evidence"),
    ("deviation-demands-action", omit("raised", "action"), "No immediate action"),
    ("deviation-demands-occurred", omit("raised", "occurred"), "No time of the event"),
):
    case(name, "deviation-demands", mutation, ("deviation.understated", "raised"), why=OPEN,
         title=f"{title}, which the reason demands")
case("record-demands-word", "rich", edit("contract", "pack/reasons/0/demands", ["description"]),
     ("record.malformed", "contract"), title="A reason that demands what no policy knows", clauses="9.3-3",
     why="One verifier would demand it, another would pass over it.")

passes("contract-introduction", "A contract with an introduction", "6.1-2 4.2-4",
       lambda: minimal(introduction="Purpose:\tbags are sealed.\nSafety:\tthe jaws are hot."))
case("record-introduction-control", "contract-introduction", edit("contract", "introduction", "Hot\x1b[2J"),
     ("record.malformed", "contract"), clauses="4.2-4 9.3-3", title="An introduction with an escape character",
     why="A text could rewrite the screen of who reads it.")
