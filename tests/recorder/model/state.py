"""What a run is made of, for the model: passes and deviations, from SPEC 6.4 and 6.7."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

Map = dict[str, Any]
PassId = tuple[str, int]

SEVERITIES = ("minor", "major", "critical")
RULINGS = ("allow", "review", "block")
WORK = {
    "step-started",
    "value-recorded",
    "instrument-used",
    "acted",
    "evidence-added",
    "step-completed",
    "step-skipped",
}
#: Never final unattested (9.11-6), and any entry of a critical step.
PERSONAL = {"assigned", "step-started", "step-completed", "step-skipped", "checked", "authorised", "acted", "released"}
PERSONAL |= {"transferred", "received", "voided", "correction", "deviation-remediated", "deviation-closed"}


class Pass:
    """One pass of a step."""

    def __init__(self) -> None:
        self.state = "open"
        self.performers: set[str] = set()
        self.values: dict[str, int] = {}  # the entry that holds each
        self.items: defaultdict[str, set[bytes]] = defaultdict(set)  # digests by slot
        self.instruments: set[str] = set()  # what instruments were used as
        self.actors: set[str] = set()  # who has written an entry of it
        self.worked = 0  # the last work entry but start and end
        self.worked_by = ""
        self.checked = 0  # the last check that counts
        self.checkers: set[str] = set()
        self.releasers: set[str] = set()
        self.acted = False

    @property
    def released(self) -> bool:
        """By somebody who is no performer of it (9.10-6)."""
        return bool(self.releasers - self.performers)

    @property
    def unchecked(self) -> bool:
        """Completed, and checked by nobody but performers (9.10-40)."""
        return self.state == "completed" and self.checkers <= self.performers


class Deviation:
    """A deviation, its scope, and what became of it (6.7, 8.4)."""

    def __init__(self, seq: int, entry: Map, person: str, steps: set[str]) -> None:
        self.seq = seq
        self.entry = entry
        self.raiser = person
        self.steps = steps
        self.everywhere = not steps
        self.severity = ""
        self.ruling = ""
        self.pinned = ""
        self.recorded: Map | None = None
        self.demanded = False
        self.releasers: set[str] = set()
        self.remediators: set[str] = set()
        self.remediated = False
        self.closers: set[str] = set()
