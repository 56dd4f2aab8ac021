"""Approvals (SPEC 8.5): when a need exists, and what its approvals cover."""

from __future__ import annotations

from functools import partial
from typing import Any

from . import base
from .base import entry, rich
from .case import Cases
from .model import Pinned, Ref, Seq, Subject
from .ops import edit, omit
from .profile_runs import CLOSURE, covered, in_need, pin, two_needs

# The cases below are a table: rows are filled, not broken as code is.
# fmt: off

CASES = Cases()
case, passes = CASES, CASES.passes

MISSING = "approval.missing"
GRAVE = "A grave deviation could be closed by the ordinary approval."


def thrice(*, count: int) -> Subject:
    """Give three minor deviations that the policy allows, and a further need for so many of them."""
    subject = base.deviated("torn-label", "allow")
    del subject.item("signoff").fields["covers"]
    scope: dict[str, Any] = {"steps": ["weigh"], "values": [], "evidence": [], "description": "Torn."}
    for label in ("second-raised", "third-raised"):
        ruled = label.replace("raised", "ruled")
        subject.items[subject.index("ruled") + 1 : subject.index("ruled") + 1] = [
            entry(label, "deviation-raised", reason="torn-label", severity="minor", **scope),
            entry(ruled, "deviation-ruled", deviation=Ref(label), ruling="allow", policy=Pinned()),
        ]
    return two_needs({"when-deviation": {"reasons": ["torn-*"], "count": count}}, subject, signed=False)


passes("need-deviations-fewer", "A need for four deviations, and there are three", "8.5-4", lambda: thrice(count=4))
case("need-deviations-enough", "need-deviations-fewer", in_need("when-deviation/count", 3, 1), MISSING, why=GRAVE,
     verdict="PROVISIONAL", title="A need for three deviations, and there are three", clauses="8.5-4")


def unless_work(work: dict[str, Any]) -> Subject:
    """Give the full run under a policy with a further need for some work, which nobody met."""
    return two_needs({"when-work": work}, rich(), signed=False)


WORK = "Work that must be reviewed by somebody else could be closed by the ordinary approval."
for name, work, path, value, title in (
    ("kind", {"kinds": ["device"]}, "kinds", ["agent", "device"], "work of an agent"),
    ("kind-human", {"kinds": ["device"]}, "kinds", ["human"], "work of a human"),
    ("tag", {"tags": ["packing"]}, "tags", ["weighing"], "work on a step with a tag"),
    ("step", {"steps": ["clean"]}, "steps", ["clea*"], "work on some steps"),
    ("critical", {"critical": True, "kinds": ["agent"]}, "kinds", ["human"], "work of humans on critical steps"),
    ("role", {"roles": ["welder"]}, "roles", ["supervisor"], "work by who has a role"),
    ("both", {"steps": ["weigh"], "kinds": ["agent"]}, "steps", ["label"], "a work entry that is both"),
):
    passes(f"need-work-{name}", f"A need for {title}, and there is none", "8.5-4", partial(unless_work, work))
    case(f"need-work-{name}-done", f"need-work-{name}", in_need(f"when-work/{path}", value, 1), MISSING, why=WORK,
         verdict="PROVISIONAL", title=f"A need for {title}, and there is some", clauses="8.5-4 8.6-3")


def either() -> Subject:
    """Give a need for a grave deviation or for work of a device, a minor deviation, and no device."""
    further = {"when-deviation": {"severity": ["critical"]}, "when-work": {"kinds": ["device"]}}
    return two_needs(further, base.deviated(), signed=False)


passes("need-either", "A need for some deviations or some work, and there is neither", "8.5-4", either)
case("need-either-deviation", "need-either", in_need("when-deviation/severity", ["minor"], 1), MISSING, why=GRAVE,
     verdict="PROVISIONAL", title="A need for some deviations or some work, and there is a deviation", clauses="8.5-4")
case("need-either-work", "need-either", in_need("when-work/kinds", ["agent"], 1), MISSING, why=WORK,
     verdict="PROVISIONAL", title="A need for some deviations or some work, and there is work", clauses="8.5-4")

# What is covered by whom.

COVERS = "Whoever is entitled to one thing could close another."
OPEN = ("deviation.not-closed", "raised")
passes("covers-special", "A need covers its deviations alone, and its approval closes them", "8.5-5", covered)


def swapped() -> Subject:
    """Give approvals for a special and a general need, both covering the deviation."""
    subject = covered()
    subject.item("signoff").fields["covers"] = [Seq("raised")]
    return subject


passes("covers-both", "The approvals of a special and of the general need both cover a deviation", "8.5-5", swapped)
case("covers-general-only", "covers-both", omit("second", "covers"), OPEN, verdict="PROVISIONAL", clauses="8.5-5",
     why=COVERS, title="The general approval covers a deviation that is the special one's")
case("covers-special-other-reason", "covers-special", in_need("covers/reasons", ["spill"], 1), OPEN,
     verdict="PROVISIONAL",
     title="The special approval covers a deviation that is the general one's", clauses="8.5-5", why=COVERS)
case("covers-nobody", "covers-special", omit("second", "covers"), OPEN, verdict="PROVISIONAL", clauses="8.5-5",
     title="Neither approval covers the deviation", why=COVERS)


def general() -> Subject:
    """Give a special need that covers other deviations; the general approval closes this one."""
    subject = base.deviated()
    return two_needs({"covers": {"severity": ["critical"]}}, subject)


passes("covers-general", "The general approval closes a deviation that no special need covers", "8.5-5", general)
case("covers-now-special", "covers-general", in_need("covers/severity", ["minor"], 1), OPEN, verdict="PROVISIONAL",
     title="The same, where a special need covers it", clauses="8.5-5", why=COVERS)


def absent_special() -> Subject:
    """Give a special need that does not exist, so that the general approval covers its deviations."""
    special = {"covers": {"reasons": ["off-*"]}, "when-work": {"kinds": ["device"]}}
    return two_needs(special, base.deviated(), signed=False)


passes("covers-special-absent", "A need that does not exist covers nothing", "8.5-4 8.5-5", absent_special)
case("covers-special-exists", "covers-special-absent", in_need("when-work/kinds", ["agent"], 1), MISSING, OPEN,
     verdict="PROVISIONAL", title="The same, where it exists", clauses="8.5-4 8.5-5", why=COVERS)


def gap() -> Subject:
    """Give an unexplained gap that the general approval covers, beside a need for critical deviations."""
    subject = rich(entry("gap", "gap"))
    subject.item("signoff").fields["covers"] = [Seq("gap")]
    return two_needs({"covers": {"severity": ["critical"]}}, subject)


def gap_both() -> Subject:
    """Give the same, where the special approval covers the gap as well."""
    subject = gap()
    subject.item("second").fields["covers"] = [Seq("gap")]
    return subject


passes("covers-finding", "The general approval covers an unexplained gap", "8.3-5 8.5-5", gap)
passes("covers-finding-both", "The special and the general approval cover an unexplained gap", "8.3-5 8.5-5", gap_both)
case("covers-finding-special-only", "covers-finding-both", omit("signoff", "covers"), ("gap.unexplained", "gap"),
     verdict="PROVISIONAL", title="A special approval covers what is no deviation", clauses="8.3-5 8.5-5", why=COVERS)
case("covers-finding-uncovered", "covers-finding", omit("signoff", "covers"), ("gap.unexplained", "gap"),
     verdict="PROVISIONAL", title="Nobody covers the gap", clauses="8.3-5 8.5-5", why=COVERS)


def skip_by(person: str) -> Subject:
    """Give an unexplained skip by an actor of a person, and a policy that lets performers approve."""
    subject = rich(entry("skip", "step-skipped", step="clean", pass_=1))
    subject.item("contract").fields["roster"][0]["person"] = person
    subject.item("signoff").fields["covers"] = [Seq("skip")]
    return pin(subject, approvals=[CLOSURE | {"independent-of": ["author"]}])


passes("covers-of-others", "An approval covers what another person is responsible for", "8.3-5",
       lambda: skip_by("tech-a"))
case("covers-own", "covers-of-others", edit("contract", "roster/0/person", "qa-lead"), ("step.skip-unexplained",
     "skip"), verdict="PROVISIONAL", title="An approval covers what its signer is responsible for", clauses="8.3-5",
     why="Who did the work could judge it.")
case("covers-at-fail", "skip-covered", edit("contract", "policy/rules/step.skip-unexplained", {"level": "fail"}),
     ("step.skip-unexplained", "skip"), title="An approval covers what the policy refuses", clauses="8.3-5",
     why="What must never happen could be signed away.")


def skip_by_agent() -> Subject:
    """Give an unexplained skip by an agent, and a policy that lets performers approve."""
    subject = rich(entry("skip", "step-skipped", "agent-1", step="clean", pass_=1))
    subject.item("signoff").fields["covers"] = [Seq("skip")]
    return pin(subject, approvals=[CLOSURE | {"independent-of": ["author"]}])


passes("covers-of-agent", "An approval covers what an agent did", "8.3-5", skip_by_agent)
case("covers-by-principal", "covers-of-agent", edit("contract", "roster/3/principal", "qa-lead"),
     ("step.skip-unexplained", "skip"), verdict="PROVISIONAL", clauses="8.3-5",
     why="Who set software to work could judge it.",
     title="An approval covers what an agent did whose principal the signer is")
