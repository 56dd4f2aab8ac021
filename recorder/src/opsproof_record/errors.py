"""The ways in which the recorder says no; each says what is refused and what to do next."""

from __future__ import annotations


class Refused(Exception):  # noqa: N818 - says what happened to a request, not that the program failed
    """A request that is not carried out; nothing was written for it. Always says what to do next."""

    def __init__(self, what: str, remedy: str) -> None:
        """Keep what is refused and what to do."""
        super().__init__(f"{what}\n{remedy}")
        self.what = what
        self.remedy = remedy


class Unknown(Refused):
    """A name that the contract, the pack or the run does not have."""


class Unfit(Refused):
    """A value, an evidence item or a text that is not of the form asked for."""


class NotEntitled(Refused):
    """An actor who may not do this: role, kind, key, validity, or independence."""


class Unauthorised(NotEntitled):
    """An action that nobody has given leave for, or whose leave is used or has expired."""


class OutOfOrder(Refused):
    """Something that cannot come now: a step before its predecessors, a value of a step that is not open."""


class Blocked(Refused):
    """Work in the scope of a deviation that the policy blocks and nobody has released."""


class Incomplete(Refused):
    """An end or a seal while something asked for is still open."""


class Closed(Refused):
    """A run that has ended or is sealed, or one that has not yet come so far."""


class Busy(Refused):
    """Another writer holds the journal."""


class Damaged(Refused):
    """A journal that an interrupted write does not explain; it is left untouched."""
