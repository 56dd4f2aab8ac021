"""The same API for asyncio: each call runs in a thread, so that the event loop never waits for a disk.

    async with AsyncRun.open("run.opb", actor="build-agent", key="build-agent.key") as run:
        async with run.step("mix") as step:
            await step.record("speed", 120)

Every method of :class:`Run` and :class:`StepWork` that returns a value is there under its name, to be awaited.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from opsproof_record.api import Run
from opsproof_record.step_work import StepWork

_CALLS = frozenset(
    {
        *("record", "correct", "attach", "use_instrument", "note", "deviate", "skip", "request", "act"),
        *("attest", "end", "seal"),
    }
)


class _Awaited:
    """Hands out the calls of an object as coroutine functions."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> Callable[..., Coroutine[Any, Any, Any]]:
        """Give a call of the object, to be awaited."""
        if name not in _CALLS or not hasattr(self._inner, name):
            raise AttributeError(name)
        call = getattr(self._inner, name)

        async def awaited(*args: Any, **named: Any) -> Any:
            return await asyncio.to_thread(call, *args, **named)

        return awaited


class AsyncStep(_Awaited):
    """An open pass of a step; see :class:`StepWork`."""

    _inner: StepWork

    @property
    def id(self) -> str:
        """The step."""
        return self._inner.id

    @property
    def number(self) -> int:
        """The pass."""
        return self._inner.number


class AsyncRun(_Awaited):
    """A run to work on; see :class:`Run`."""

    _inner: Run

    @classmethod
    @asynccontextmanager
    async def open(cls, path: Any, **named: Any) -> AsyncIterator[AsyncRun]:
        """Go on with a run, as :meth:`Run.open` does, and let it go in the end."""
        run = await asyncio.to_thread(Run.open, path, **named)
        try:
            yield cls(run)
        finally:
            await asyncio.to_thread(run.__exit__, *sys.exc_info())

    @asynccontextmanager
    async def step(self, step_id: str, *, anyway: bool = False) -> AsyncIterator[AsyncStep]:
        """Work on a step, as :meth:`Run.step` does."""
        block = self._inner.step(step_id, anyway=anyway)
        step = await asyncio.to_thread(block.__enter__)
        try:
            yield AsyncStep(step)
        except BaseException as error:
            await asyncio.to_thread(block.__exit__, type(error), error, error.__traceback__)
            raise
        await asyncio.to_thread(block.__exit__, None, None, None)
