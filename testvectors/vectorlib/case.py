"""One vector: what is verified, what is expected, and why it exists."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass

from .model import Subject
from .ops import Mutation

#: A code, and the label or number of the frame that holds what was found.
Expected = tuple[str, str | int | None]


@dataclass(frozen=True)
class Case:
    """A positive has a subject of its own, a negative a twin and one mutation; the first finding is the primary."""

    id: str
    title: str
    why: str
    clauses: str
    verdict: str
    findings: tuple[Expected, ...]
    make: Callable[[], Subject] | None = None
    twin: str | None = None
    mutation: Mutation | None = None
    notes: str = ""


class Cases:
    """A list of cases that grows by calls."""

    def __init__(self) -> None:
        """Start empty."""
        self.all: list[Case] = []

    def passes(self, name: str, title: str, clauses: str, make: Callable[[], Subject], notes: str = "") -> None:
        """Add a bundle that is FINAL, without findings."""
        why = "A verifier that refuses this refuses an honest record."
        self.all.append(Case(name, title, why, clauses, "FINAL", (), make, notes=notes))

    def __call__(  # noqa: PLR0913 - one parameter a column of the table
        self, name: str, twin: str, mutation: Mutation, *findings: Expected | str,
        why: str, title: str, clauses: str = "", verdict: str = "FAIL", notes: str = "",
    ) -> None:  # fmt: skip
        """Add a bundle that differs from its twin by one mutation."""
        told = tuple((found, None) if isinstance(found, str) else found for found in findings)
        self.all.append(Case(name, title, why, clauses, verdict, told, None, twin, mutation, notes))


def subject_of(case: Case, cases: dict[str, Case]) -> Subject:
    """Make the subject of a case."""
    if case.make:
        return case.make()
    assert case.twin is not None
    assert case.mutation is not None
    subject = copy.deepcopy(subject_of(cases[case.twin], cases))
    case.mutation.apply(subject)
    return subject
