"""What a rule gives when it does not hold: its name, where, and the facts. The level is added from the policy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from opsproof_verify.findings import Fact
from opsproof_verify.run import Run
from opsproof_verify.state import Placed


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule that does not hold, the subject (SPEC 11-2) and the facts."""

    rule: str
    subject: dict[str, Fact]
    facts: dict[str, Fact]


Violations = Iterator[Violation]
AtEnd = Callable[[Run], Violations]

#: Rules on entries by the class of what the entry adds; each takes the run, the placed entry and what it adds.
OnEntry = dict[type, tuple[Callable[..., Violations], ...]]


def on(placed: Placed, rule: str, /, **facts: Fact) -> Violation:
    """Make a violation by an entry; its step and pass join the subject."""
    entry = placed.entry
    subject: dict[str, Fact] = {"frame": placed.frame, "seq": entry.seq}
    step, number = getattr(entry.what, "step", None), getattr(entry.what, "number", None)
    if step is not None and number is not None:
        subject |= {"step": step, "pass": number}
    return Violation(rule, subject, facts)


def about(rule: str, /, subject: dict[str, Fact], **facts: Fact) -> Violation:
    """Make a violation about something else than one entry."""
    return Violation(rule, subject, facts)
