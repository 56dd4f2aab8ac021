"""What is appended or withheld never makes a verdict better (SPEC 6.9-7, 6.9-11, 8.3-2, 9.11-7)."""

from __future__ import annotations

from typing import Any

from .base import LATE, minimal, rich, signoff, witness
from .case import Cases
from .model import Digest, Hash, Item, Subject
from .ops import Mutation, drop, edit, insert, omit
from .ops_finished import withhold
from .profile_runs import SECOND, each, pin, redact, second

# The cases below are a table: rows are filled, not broken as code is.
# fmt: off

CASES = Cases()
case, passes = CASES, CASES.passes

MISSING = "approval.missing"
ADDED = "Anybody can append to a copy: what means nothing must not close a run, nor keep it open."
ACTOR: dict[str, Any] = {"signer": "operator-b", "person": "tech-b", "role": "operator"}
JUNK = Item("junk", 8, {"witness": "nobody", "target": "seal", "hash": Hash("seal")}, signer="stranger")


def supply(label: str = "supply") -> list[Item]:
    """Give evidence for no slot that an actor supplies."""
    item = {"digest": Digest("late"), "size": len(LATE), "media": "text/plain"}
    return [Item("late", 4, body=LATE), signoff(label, "supply", **ACTOR, evidence=[item])]


# Beside what closes the run, these change nothing.


def beside(*items: Item, before: bool = False) -> Subject:
    """Give the smallest run with further frames before or after its approval."""
    subject = minimal()
    at = len(subject.items) - int(before)
    subject.items[at:at] = items
    return subject


passes("append-approval", "A further approval that no need asks for", "8.5-3", lambda: beside(second()))
passes("append-acknowledged-before", "An acknowledgement before the approval", "6.9-7",
       lambda: beside(signoff("ack", "acknowledge", **SECOND), before=True))
passes("append-supply-before", "Evidence for no slot before the approval", "8.5-1 9.10-22", lambda: beside(*supply(),
       before=True))
passes("append-witness-again", "Two witness records of one seal", "6.10-1", lambda: beside(witness(), witness("later")))
passes("append-redact", "A sign-off that withholds something, on a copy that lacks nothing", "6.9-11",
       lambda: beside(redact(Hash("begin"))))
passes("append-redact-unknown", "A sign-off that withholds what is not in the run", "6.9-11",
       lambda: beside(redact(bytes(32))))
passes("append-redact-before", "A sign-off that withholds something, before the approval", "6.9-11",
       lambda: beside(redact(Hash("begin")), before=True))
case("append-junk-witness", "minimal", insert("signoff", JUNK), ("witness.unknown", "junk"), verdict="FINAL", why=ADDED,
     title="A witness that nobody knows", clauses="9.8-9")
case("append-stranger", "minimal", insert("signoff", signoff("stranger", "acknowledge", signer="stranger",
     person="nobody")),
     ("signer.unknown", "stranger"), verdict="PROVISIONAL", title="An acknowledgement by somebody unknown", why=ADDED,
     clauses="9.8-7")
case("append-stranger-rejects", "minimal", insert("signoff", signoff("stranger", "reject", signer="stranger",
     person="nobody")),
     ("signer.unknown", "stranger"), verdict="PROVISIONAL", title="A rejection by somebody unknown fails nothing",
     why=ADDED, clauses="9.8-7 9.11-5")
case("append-supply-after", "minimal", insert("signoff", *supply()), MISSING, verdict="PROVISIONAL", why=ADDED,
     title="Evidence for no slot after the approval: its signer has not had the last word", clauses="8.5-1")

# In the place of what closes the run, they close nothing.


def instead(name: str, title: str, *items: Item, found: tuple[Any, ...] = (), clauses: str) -> None:
    """Add a run without its approval and with something else."""
    case(f"instead-{name}", "minimal", each(insert("seal", *items), drop("signoff")), *found, MISSING,
         verdict="PROVISIONAL", title=f"{title} in the place of the approval", why=ADDED, clauses=clauses)


instead("acknowledgement", "An acknowledgement", signoff("ack", "acknowledge"), clauses="6.9-7")
instead("witness", "A witness", witness(), clauses="6.10-3 8.5-1")
instead("redact", "A sign-off that withholds something", redact(Hash("begin")), clauses="6.9-11 8.5-1")
instead("supply", "Evidence for no slot", *supply(), clauses="8.5-1")
instead("approval-of-actor", "An approval by an actor", signoff("own", **ACTOR), clauses="8.5-1")
instead("approval-of-stranger", "An approval by somebody unknown", signoff("own", signer="stranger", role="quality"),
        found=(("signer.unknown", "own"),), clauses="8.5-1 9.8-7")
case("instead-junk-witness", "minimal", each(insert("seal", JUNK), drop("signoff")), MISSING,
     ("witness.unknown", "junk"),
     verdict="PROVISIONAL", title="A witness that nobody knows in the place of the approval", why=ADDED,
     clauses="9.8-9")
OPEN = ("deviation.not-closed", "raised")
for name, item, clauses in (
    ("acknowledgement", signoff("ack", "acknowledge", **SECOND), "6.9-7"), ("redact", redact(Hash("raised")), "6.9-11"),
    ("witness", witness(), "6.10-3"), ("approval", second(), "8.5-5"),
):
    case(f"open-deviation-{name}", "deviation-reviewed", each(omit("signoff", "covers"), insert("signoff", item)), OPEN,
         verdict="PROVISIONAL", title=f"A deviation that is open stays open: {name}", why=ADDED,
         clauses=f"8.4-5 {clauses}")

# What is withheld.

HIDDEN = "Whoever withholds what displeases him would get a better verdict for it."


def withheld(name: str, twin: str, label: str, change: Mutation | None, *further: Any, title: str, **more: Any) -> None:
    """Add a copy in which an entry is withheld, after something in it or beside it was made wrong."""
    made = each(change, withhold(label)) if change else withhold(label)
    told = {"verdict": "PROVISIONAL", "clauses": "8.3-2 9.11-7"} | more
    case(name, twin, made, ("entry.withheld", label), *further, "rule.not-evaluated", title=title, why=HIDDEN, **told)


withheld("withheld-deviation", "deviation-reviewed", "raised", None, title="A deviation is withheld")
withheld("withheld-ruling", "deviation-reviewed", "ruled", None, title="A ruling is withheld")
withheld("withheld-check", "rich", "checked", None, title="A check is withheld")
withheld("withheld-bad-value", "rich", "mass", edit("mass", "value", "99.00"),
         title="A value outside its limits is withheld")
withheld("withheld-bad-role", "minimal-attested", "note", edit("contract", "roster/1/roles", ["guest"]),
         title="A note is withheld whose actor has another role")


def strict() -> Subject:
    """Give the full run under a policy that judges what cannot be evaluated at each rule's own level."""
    return pin(rich(), unevaluable="own")


passes("strict-unevaluable", "The full run, under a policy that makes no exception for what is withheld", "8.3-2",
       strict)
case("strict-withheld-value", "strict-unevaluable", each(edit("mass", "value", "99.00"), withhold("mass")),
     "rule.not-evaluated",
     ("entry.withheld", "mass"), title="A value outside its limits is withheld there", why=HIDDEN, clauses="8.3-2")
