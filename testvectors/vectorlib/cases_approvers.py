"""Approvals (SPEC 8.5): who is independent, and how people are assigned to needs."""

from __future__ import annotations

from functools import partial

from . import base
from .base import attest, minimal, rich, signoff
from .case import Cases
from .model import Subject
from .ops import drop, edit, replace
from .profile_runs import CLOSURE, in_need, pin
from .runs import note

# The cases below are a table: rows are filled, not broken as code is.
# fmt: off

CASES = Cases()
case, passes = CASES, CASES.passes

MISSING = "approval.missing"

# Who is independent.

OWN = "Who had a hand in the work could release it."


def independent(*words: str) -> Subject:
    """Give a policy that names of whom an approver is independent, and a run with performers, a check and a seal."""
    return pin(rich(), approvals=[CLOSURE | {"independent-of": [*words]}])


def of_nobody() -> Subject:
    """Give an approval by a performer, under a policy that lets anybody approve."""
    subject = independent()
    subject.item("contract").fields["roster"][0]["person"] = "qa-lead"
    return subject


SELF = ("approval.self", "signoff")
passes("independent-of-nobody", "A policy lets anybody approve, and a performer does", "8.5-2", of_nobody)
case("independent-of-performer", "independent-of-nobody", in_need("independent-of", ["performer"]), SELF, MISSING,
     verdict="PROVISIONAL", title="The same, where performers may not", clauses="8.5-2 9.11-11", why=OWN)
for number, word, title in ((2, "checker", "who checked"), (0, "sealer", "who sealed")):
    passes(f"independent-{word}", f"A policy wants approvers who are not {title}", "8.5-2",
           partial(independent, word))
    case(f"approval-by-{word}", f"independent-{word}", edit("contract", f"roster/{number}/person", "qa-lead"), SELF,
         MISSING, verdict="PROVISIONAL", title=f"An approval by {title}", clauses="8.5-2 9.11-11", why=OWN)


def recorded() -> Subject:
    """Give a note by an operator who does no work, under a policy with approvers who recorded nothing."""
    subject = minimal(note("note", "operator-b"), attest("b-attests", "operator-b"))
    return pin(subject, approvals=[CLOSURE | {"independent-of": ["recorder"]}])


passes("independent-recorder", "A policy wants approvers who recorded nothing", "8.5-2", recorded)
case("approval-by-recorder", "independent-recorder", edit("contract", "roster/1/person", "qa-lead"), SELF, MISSING,
     verdict="PROVISIONAL", title="An approval by who wrote a note only", clauses="8.5-2 9.11-11", why=OWN)


def idle() -> Subject:
    """Give a person of the roster who wrote nothing and approves, with the key of the trust store."""
    subject = recorded()
    subject.item("contract").fields["roster"][2]["person"] = "qa-lead"
    return subject


passes("approval-by-idle", "An approval by a person of the roster who wrote no entry", "8.5-2", idle)


def by_principal() -> Subject:
    """Give an agent that works, and a policy with approvers who recorded nothing."""
    return pin(rich(), approvals=[CLOSURE | {"independent-of": ["recorder"]}])


passes("independent-recorder-agent", "An agent records, and its principal does not approve", "8.5-2", by_principal)
case("approval-by-principal", "independent-recorder-agent", edit("contract", "roster/3/principal", "qa-lead"), SELF,
     MISSING,
     verdict="PROVISIONAL", title="An approval by the principal of an agent that recorded", clauses="8.5-2 9.11-11",
     why=OWN)


# One person serves one need, whoever else could.

ONE = "One person could act as two."


def same_role() -> Subject:
    """Give two needs of one role: one person can serve either, the other one the first alone."""
    first, later = CLOSURE | {"id": "any"}, CLOSURE | {"id": "release", "meaning": "released"}
    subject = minimal(pinned=base.policy(approvals=[first, later]))
    subject.trust["approver"].append({"person": "ruth", "roles": ["quality"], "key": "quality-2"})
    told = {"id": "read", "text": "I read the record."}
    subject.items.append(signoff("second", signer="quality-2", person="ruth", role="quality", meaning=told))
    return subject


passes("needs-assigned", "People are assigned to needs so that all are met", "8.5-3", same_role)
case("needs-by-one", "needs-assigned", drop("second"), MISSING, verdict="PROVISIONAL", clauses="8.5-3", why=ONE,
     title="One approval that fits two needs")
case("needs-both-fit-one", "needs-assigned", edit("signoff", "meaning", {"id": "read", "text": "I read the record."}),
     MISSING, verdict="PROVISIONAL", title="Two approvals that fit the same one of two needs", clauses="8.5-3", why=ONE)
case("needs-by-one-twice", "needs-assigned",
     replace("second", signoff("second", meaning={"id": "read", "text": "I read it."})),
     MISSING, verdict="PROVISIONAL", title="One person signs once for each of two needs", clauses="8.5-3", why=ONE)


def meant() -> Subject:
    """Give a need with a meaning, and an approval that states it in words of its own."""
    subject = minimal(pinned=base.policy(approvals=[CLOSURE | {"meaning": "released"}]))
    subject.item("signoff").fields["meaning"]["text"] = "Fine by me."
    return subject


passes("approval-meant", "An approval states the meaning that the need demands", "8.5-1", meant)
case("approval-meant-otherwise", "approval-meant", edit("signoff", "meaning/id", "reviewed"), MISSING,
     verdict="PROVISIONAL", title="An approval states another meaning, in the same words", clauses="8.5-1",
     why="To have read is not to release.")
