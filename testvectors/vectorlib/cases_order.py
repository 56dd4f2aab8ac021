"""Approvals (SPEC 8.5) in time: after which others, with the last word, by their deadline."""

from __future__ import annotations

from functools import partial
from typing import Any

from . import base
from .base import OFF, minimal, signoff
from .case import Cases
from .model import DAY, OFFSET, START, Hash, Subject
from .ops import drop, edit, insert, move
from .profile_runs import CLOSURE, PRODUCTION, SEALED, SECOND, in_need, pin, second, two_needs, with_deadline
from .runs import note, remediated, supplied, two_of_quality

# The cases below are a table: rows are filled, not broken as code is.
# fmt: off

CASES = Cases()
case, passes = CASES, CASES.passes

MISSING, LATE = "approval.missing", "approval.late"

# Order, which does not depend on how a policy is written down.

ORDER = "Who must review first could be asked to nod afterwards."
CHAIN: list[dict[str, Any]] = [
    CLOSURE | {"id": "third", "role": "production"},
    CLOSURE | {"id": "alpha", "after": ["third"]},
    CLOSURE | {"id": "first", "role": "regulatory", "after": ["alpha"]},
]


def chained(*, given_as: list[int] | None = None) -> Subject:
    """Give three needs each of which comes after another; a policy of the caller may have them in another order."""
    subject = minimal(pinned=base.policy(approvals=CHAIN))
    subject.trust["approver"].append({"person": "ruth", "roles": ["regulatory"], "key": "quality-2"})
    subject.items.insert(-1, second())
    subject.items.append(signoff("last", signer="quality-2", person="ruth", role="regulatory"))
    if given_as:
        subject.policy = base.policy(approvals=[CHAIN[number] for number in given_as])
    return subject


orders: tuple[tuple[str, list[int] | None, str], ...] = (
    ("pinned", None, "in the pinned policy"), ("given-below", [2, 1, 0], "each written below, in the caller's policy"),
    ("given-mixed", [1, 0, 2], "in another order, in the caller's policy"),
)
for name, given_as, title in orders:
    passes(f"order-{name}", f"Three approvals, one after another, {title}", "8.1-9 8.2-1 8.5-1",
           partial(chained, given_as=given_as))
    case(f"order-{name}-last-first", f"order-{name}", edit("last", "seen", [Hash("second")]), MISSING,
         verdict="PROVISIONAL",
         title=f"The last of three had seen the first and not the second, {title}", clauses="8.2-1 8.5-1", why=ORDER)
    case(f"order-{name}-middle-first", f"order-{name}", edit("signoff", "seen", []), MISSING, verdict="PROVISIONAL",
         title=f"The second of three had not seen the first, {title}", clauses="8.2-1 8.5-1", why=ORDER)
case("order-earlier-withdrawn", "order-pinned",
     insert("last", signoff("undo", "withdraw", **SECOND, withdraws=Hash("second"))), MISSING, verdict="PROVISIONAL",
     title="The approval that comes first is withdrawn after the others", clauses="6.9-6 8.5-1", why=ORDER)


def after_absent() -> Subject:
    """Give a need after another one that exists for work of devices only."""
    first = PRODUCTION | {"id": "a-production", "when-work": {"kinds": ["device"]}}
    return minimal(pinned=base.policy(approvals=[first, CLOSURE | {"after": ["a-production"]}]))


passes("order-after-absent", "A need after one that does not exist", "8.5-1 8.5-4", after_absent)
case("order-after-existing", "order-after-absent", in_need("when-work/kinds", ["human"]), MISSING,
     verdict="PROVISIONAL", title="A need after one that exists and that nobody met", clauses="8.5-1 8.5-4", why=ORDER)

# The last word: who approves has seen all that was added to the record after the seal.

UNSEEN = "An approval could be made to cover what its signer never saw."


def supplied_first() -> Subject:
    """Give evidence that the production lead supplied before the approval."""
    subject = minimal()
    late_item, supply = supplied()
    supply.signer = SECOND["signer"]
    supply.fields |= {"person": SECOND["person"], "role": "production"}
    subject.items[-1:-1] = [late_item, supply]
    return subject


def attested_first() -> Subject:
    """Give a late attestation before the approval."""
    subject = minimal(note("note", "operator-b"))
    owner: dict[str, Any] = {"signer": "operator-b", "person": "tech-b", "role": "operator", "late": "operator-b"}
    subject.items.insert(-1, signoff("late-attest", "attest", **owner))
    return subject


passes("last-word-supply", "An approval after evidence was supplied", "8.5-1", supplied_first)
passes("last-word-remediate", "An approval after a deviation was remediated", "8.5-1",
       lambda: remediated(by_signoff=True))
passes("last-word-attest", "An approval after a late attestation", "8.5-1", attested_first)
for name, further in (("supply", []), ("remediate", [("deviation.not-closed", "raised")]), ("attest", [])):
    case(f"last-word-{name}-unseen", f"last-word-{name}", edit("signoff", "seen", []), MISSING, *further,
         verdict="PROVISIONAL", title=f"The approval had not seen what it followed: {name}", clauses="6.9-2 8.5-1",
         why=UNSEEN)
case("last-word-supply-later", "last-word-supply", move("signoff", "seal"), MISSING, verdict="PROVISIONAL", why=UNSEEN,
     title="Evidence is supplied after the approval", clauses="8.5-1")
BACK: dict[str, Any] = {"decision": "withdraw", "withdraws": Hash("supply"), **SECOND}
UNDO = signoff("undo", **BACK)
case("last-word-withdrawn", "last-word-supply", insert("signoff", UNDO), MISSING, verdict="PROVISIONAL", why=UNSEEN,
     title="What was supplied is withdrawn after the approval", clauses="8.5-1")


def again() -> Subject:
    """Give evidence supplied and withdrawn, with an approval between and one after."""
    subject = supplied_first()
    subject.items += [UNDO, signoff("again")]
    return subject


passes("last-word-again", "An approval again, after what was supplied was withdrawn", "8.5-1", again)
case("last-word-not-again", "last-word-again", drop("again"), MISSING, verdict="PROVISIONAL", clauses="8.5-1",
     why=UNSEEN, title="No approval again, after what was supplied was withdrawn")
case("last-word-again-blind-spot", "last-word-again", edit("again", "seen", [Hash("signoff")]), MISSING,
     verdict="PROVISIONAL", title="The approval again had not seen the withdrawal", clauses="8.5-1", why=UNSEEN)


def any_word() -> Subject:
    """Give evidence supplied after the approval, under a policy that does not ask for the last word."""
    subject = pin(supplied_first(), approvals=[CLOSURE | {"last-word": False}])
    subject.items.insert(subject.index("seal") + 1, subject.items.pop())
    return subject


passes("last-word-not-asked", "Evidence is supplied after the approval, under a policy that lets that be", "8.5-1",
       any_word)
case("last-word-asked", "last-word-not-asked", in_need("last-word", True), MISSING, verdict="PROVISIONAL", why=UNSEEN,
     title="The same, under a policy that asks for the last word", clauses="8.5-1")


def revocable() -> Subject:
    """Give evidence supplied before the approval, and the key that supplied it retired a day later."""
    subject = supplied_first()
    subject.trust["revoked"] = [{"key": "production", "at": START + 2 * DAY, "reason": "retired"}]
    return subject


passes("last-word-retired", "Evidence supplied under a key that was retired later", "7-4 8.5-1", revocable)
case("last-word-withdrawn-revoked", "last-word-retired",
     insert("signoff", signoff("undo", **BACK, time=[START + 3 * DAY, OFFSET])), MISSING, verdict="PROVISIONAL",
     title="What was supplied is withdrawn after the approval, under a key revoked by then", clauses="7-5 8.5-1",
     why=UNSEEN)

# Deadlines.

DEADLINE = "A run could stay open for years and be closed when nobody remembers it."
LIMIT = SEALED + 5 * DAY
passes("deadline", "An approval in the very millisecond of its deadline", "8.5-1 9.11-23", lambda: with_deadline(0))
case("deadline-passed", "deadline", edit("signoff", "time", [LIMIT + 1, OFFSET]), LATE, why=DEADLINE,
     title="An approval one millisecond after its deadline")
case("deadline-passed-noted", "deadline-noted", edit("signoff", "time", [LIMIT + 1, OFFSET]), LATE, verdict="FINAL",
     title="The same under a policy that only notes it", why=DEADLINE)
passes("deadline-noted", "A policy that only notes a late approval", "9.11-23", lambda: with_deadline(0, level="note"))
passes("deadline-off", "A late approval under a policy that does not mind", "9.11-23",
       lambda: with_deadline(1, level="off"))
case("deadline-missing", "deadline-at", drop("signoff"), MISSING, verdict="PROVISIONAL", why=DEADLINE,
     title="No approval, in the very millisecond of the deadline", clauses="9.11-23")
passes("deadline-at", "Verified in the millisecond of the deadline", "9.11-23", lambda: with_deadline(0, at=LIMIT))
passes("deadline-at-later", "Verified one millisecond after the deadline", "9.11-23",
       lambda: with_deadline(0, at=LIMIT + 1))
case("deadline-missed", "deadline-at-later", drop("signoff"), LATE, MISSING, why=DEADLINE,
     title="No approval, one millisecond after the deadline", clauses="9.11-23")


def timeless() -> Subject:
    """Give a deadline and no verification time, under a policy that does not need one."""
    subject = with_deadline(0)
    subject.at = None
    rules = {"approval.late": {"level": "fail"}, "trust.stale": OFF, "time.after-verification": OFF}
    return pin(subject, approvals=[CLOSURE | {"deadline": 5 * DAY}], rules=base.LEVELS | rules)


passes("deadline-timeless", "A deadline that was kept, and no verification time", "9.11-23", timeless)
case("deadline-timeless-missing", "deadline-timeless", drop("signoff"), MISSING, verdict="PROVISIONAL", why=DEADLINE,
     title="No approval and no verification time: nothing shows that the deadline is over", clauses="9.11-23")
case("deadline-timeless-passed", "deadline-timeless", edit("signoff", "time", [LIMIT + 1, OFFSET]), LATE, why=DEADLINE,
     title="A late approval and no verification time", clauses="9.11-23")


def two_in_time() -> Subject:
    """Give a need of two people with a deadline that both kept."""
    subject = two_of_quality()
    return pin(subject, approvals=[CLOSURE | {"count": 2, "deadline": 5 * DAY}])


passes("deadline-two", "Two people kept a deadline", "9.11-23", two_in_time)
case("deadline-two-one-late", "deadline-two", edit("second", "time", [LIMIT + 1, OFFSET]), LATE, why=DEADLINE,
     title="One of two people was late", clauses="9.11-23")


def twice_signed() -> Subject:
    """Give a second approval by the same person, after the deadline."""
    subject = with_deadline(0)
    subject.items.append(signoff("again", time=[LIMIT + 1, OFFSET]))
    return subject


passes("deadline-again", "An approval in time, and one by the same person after the deadline", "9.11-23", twice_signed)
case("deadline-again-withdrawn", "deadline-again",
     insert("again", signoff("undo", "withdraw", withdraws=Hash("signoff"))), LATE, why=DEADLINE,
     clauses="6.9-6 9.11-23", title="The approval that kept the deadline is withdrawn")
passes("deadline-of-absent", "A deadline of a need that does not exist", "8.5-4 9.11-23",
       lambda: two_needs({"deadline": 1, "when-work": {"kinds": ["device"]}}, signed=False))
case("deadline-of-existing", "deadline-of-absent", in_need("when-work/kinds", ["human"], 1), LATE, MISSING,
     why=DEADLINE, title="A deadline of a need that exists and that nobody met", clauses="8.5-4 9.11-23")
