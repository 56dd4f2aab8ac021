"""Turns: what asyncio tasks ask for is done one after the other, in one thread; a batch keeps the turn.

A batch belongs to the task that opened it and to the tasks that were started within; the others wait until it is over.
What is under way in the thread is never interrupted: a task that is cancelled stops waiting for it, nothing else.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, asynccontextmanager
from contextvars import ContextVar
from types import TracebackType
from typing import ParamSpec, TypeVar

from opsproof_record.errors import Closed

P = ParamSpec("P")
T = TypeVar("T")

# The batch that a task belongs to: its own, or one of the task that started it.
_BATCH: ContextVar[object] = ContextVar("batch", default=None)


class Turns:
    """The thread, and whose turn it is."""

    def __init__(self) -> None:
        """Begin with nobody's turn."""
        self._pool = ThreadPoolExecutor(1, "opsproof")
        self._turn = asyncio.Lock()
        self._batch: object = None
        self.over = False

    @property
    def in_batch(self) -> bool:
        """Whether this task belongs to the batch that is under way."""
        return self._batch is not None and _BATCH.get() is self._batch

    async def call(self, call: Callable[P, T], /, *args: P.args, **named: P.kwargs) -> T:
        """Make a call when it is its turn."""
        if self.in_batch:
            return await self._run(call, *args, **named)
        async with self._turn:
            return await self._run(call, *args, **named)

    async def first(self, make: Callable[[], T], undo: Callable[[T], object]) -> T:
        """Make the thing that the calls will be about; if nobody waits for it any more, it is undone."""
        made: list[T] = []
        try:
            await self._run(lambda: made.append(make()))
        except BaseException:
            self._pool.submit(lambda: [undo(one) for one in made])
            self._end()
            raise
        return made[0]

    async def last(self, call: Callable[P, T], /, *args: P.args, **named: P.kwargs) -> T:
        """Make the last call, and let the thread go."""
        try:
            return await self.call(call, *args, **named)
        finally:
            self._end()

    @asynccontextmanager
    async def batch(self, block: AbstractContextManager[None]) -> AsyncIterator[None]:
        """Keep the turn for a block, which is entered and left in the thread."""
        if self.in_batch:
            yield  # a batch in a batch belongs to it
            return
        entered: list[bool] = []

        def leave(kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
            if entered:
                block.__exit__(kind, error, trace)

        async with self._turn:
            try:
                await self._run(lambda: entered.append(block.__enter__() is None))
                self._batch = object()
                _BATCH.set(self._batch)
                yield
            except BaseException as error:
                self._batch = None
                await self._run(leave, type(error), error, error.__traceback__)
                raise
            self._batch = None
            await self._run(leave, None, None, None)

    async def _run(self, call: Callable[P, T], /, *args: P.args, **named: P.kwargs) -> T:
        if self.over:
            raise Closed("this run was let go", "Open it again: AsyncRun.open(...).")
        future = asyncio.get_running_loop().run_in_executor(self._pool, lambda: call(*args, **named))
        future.add_done_callback(lambda done: done.cancelled() or done.exception())  # heard, also if nobody waits
        return await asyncio.shield(future)

    def _end(self) -> None:
        self.over = True
        self._pool.shutdown(wait=False)
