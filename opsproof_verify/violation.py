"""What a rule gives when it does not hold: its name, where, and the facts. The level is added from the policy."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from opsproof_verify.contract import Step
from opsproof_verify.findings import Fact
from opsproof_verify.run import Run
from opsproof_verify.slotted import replace, slotted
from opsproof_verify.state import Actor, Deviation, Pass, Placed


@slotted(frozen=True)
class Violation:
    """A rule that does not hold, the subject (SPEC 11-2) and the facts; and for selectors (8.6), whom it is about."""

    rule: str
    subject: dict[str, Fact]
    facts: dict[str, Fact]
    placed: Placed | None = None
    actor: Actor | None = None
    deviation: Deviation | None = None

    def by(self, actor: Actor) -> Violation:
        """Say who is responsible."""
        return replace(self, actor=actor)

    def of(self, deviation: Deviation) -> Violation:
        """Say which deviation it is about."""
        return replace(self, deviation=deviation)


Violations = Iterator[Violation]
AtEnd = Callable[[Run], Violations]

#: Rules on each pass of the contract that was completed, asked at the end of the run.
EachPass = Callable[[Run, Step, Pass], Violations]

#: Rules on entries by the class of what the entry adds; each takes the run, the placed entry and what it adds.
OnEntry = dict[type, tuple[Callable[..., Violations], ...]]


def at_each_pass(*rules: EachPass) -> AtEnd:
    """Make of rules on completed passes a rule at the end, for which each pass is looked at once."""

    def check(run: Run) -> Violations:
        for one in run.passes.values():
            step = run.step_of(one.step, one.number)
            if step is not None and one.completed:
                for rule in rules:
                    yield from rule(run, step, one)

    return check


def on(placed: Placed, rule: str, /, **facts: Fact) -> Violation:
    """Make a violation by an entry; its step and pass join the subject."""
    entry = placed.entry
    subject: dict[str, Fact] = {"frame": placed.frame, "seq": entry.seq}
    step, number = getattr(entry.what, "step", None), getattr(entry.what, "number", None)
    if step is not None and number is not None:
        subject |= {"step": step, "pass": number}
    return Violation(rule, subject, facts, placed, placed.actor)


def about(rule: str, /, subject: dict[str, Fact], **facts: Fact) -> Violation:
    """Make a violation about something else than one entry."""
    return Violation(rule, subject, facts)
