"""A pool that does each task as late as it can be done, in this process."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any


class LateAnswer:
    """Called when it is asked for, and once."""

    def __init__(self, call: Callable[[], object]) -> None:
        self._call = call
        self._values: list[object] = []

    def result(self) -> Any:
        if not self._values:
            self._values.append(self._call())
        return self._values[0]


class Late:
    """Does each task as late as it can be done, in this process."""

    def __init__(self, *, willing: bool = True) -> None:
        self.willing = willing
        self.asked: list[tuple[str, int]] = []
        self.most_open = 0  # evidence that was asked for, and had not been done
        self._open = 0
        self._handlers: Mapping[str, Callable[..., object]] = {}

    def start(self, handlers: Mapping[str, Callable[..., object]]) -> bool:
        self._handlers = handlers
        return self.willing

    def submit(self, name: str, /, *arguments: object, cost: int = 0) -> LateAnswer:
        if name != "entries":
            self.asked.append((name, cost))
            self._open += 1
            self.most_open = max(self.most_open, self._open)
        return LateAnswer(lambda: self._do(name, *arguments))

    def _do(self, name: str, *arguments: object) -> object:
        self._open -= name != "entries"
        return self._handlers[name](*arguments)
