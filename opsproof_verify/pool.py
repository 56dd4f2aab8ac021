"""Processes that work beside this one, as the core sees them: it needs none, and does not know how they are made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

#: Processes start for a file of this size: by then they have cost a small part of what they save.
LARGE = 64 * 1024 * 1024

#: Entries take so many times as long as evidence of as many bytes.
WEIGHT = 16

#: Bytes that are worth handing over: to read and hash fewer takes not much longer than to ask for it.
TASK = 256 * 1024


class Answer(Protocol):
    """What a task will have given."""

    def result(self) -> Any:
        """Wait for what the handler returns; raise the ``OSError`` that it raises."""


class Pool(Protocol):
    """Processes that are given tasks."""

    def start(self, handlers: Mapping[str, Callable[..., object]]) -> bool:
        """Start them anew, with these handlers and all that these hold; tell whether there are any."""

    def submit(self, name: str, /, *arguments: object, cost: int = 0) -> Answer:
        """Have a handler called with small arguments; ``cost`` is the number of bytes that it goes through."""
