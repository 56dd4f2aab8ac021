"""The one way in which the recorder says no."""

from __future__ import annotations


class Refused(Exception):  # noqa: N818 - says what happened to a request, not that the program failed
    """A request that is not carried out; nothing was written for it. Always says what to do next."""

    def __init__(self, what: str, remedy: str) -> None:
        """Keep what is refused and what to do."""
        super().__init__(f"{what}\n{remedy}")
        self.what = what
        self.remedy = remedy
