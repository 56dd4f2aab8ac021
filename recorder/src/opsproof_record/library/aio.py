"""The same API for asyncio: calls run in a thread of the run's own, so that the event loop never waits for a disk.

    async with AsyncRun.open("run.opb", actor="build-agent", key="build-agent.key") as run:
        async with run.step("mix") as step:
            await step.record("speed", 120)

Any number of tasks may use a run; their calls are carried out one after the other (see `turns`). A call whose task is
cancelled while it is carried out is recorded all the same, but for one in a batch, of which nothing is recorded then.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Generator
from contextlib import asynccontextmanager
from functools import wraps
from types import TracebackType
from typing import Any, Concatenate, ParamSpec, Self, TypeVar

from opsproof_verify.fields import Ref

from opsproof_record.errors import Unauthorised
from opsproof_record.library.api import Run
from opsproof_record.library.step_work import POLL, StepWork
from opsproof_record.library.turns import Turns
from opsproof_record.log.state import RunState

P = ParamSpec("P")
T = TypeVar("T")
S = TypeVar("S")


class _Async:
    """What is done in turns to something that is not asynchronous."""

    _turns: Turns
    _inner: Any


A = TypeVar("A", bound=_Async)


def _awaited(call: Callable[Concatenate[S, P], T]) -> Callable[Concatenate[A, P], Coroutine[Any, Any, T]]:
    """Make a coroutine function of a method: same name, same arguments, same errors."""

    @wraps(call)
    async def awaited(self: A, /, *args: P.args, **named: P.kwargs) -> T:
        return await self._turns.call(call, self._inner, *args, **named)

    return awaited


class AsyncStep(_Async):
    """A pass of a step; see :class:`StepWork`. Use it in ``async with``, or as :meth:`AsyncRun.begin` gave it."""

    _inner: StepWork

    def __init__(self, turns: Turns, step: StepWork) -> None:
        """Stand before a step."""
        self._turns = turns
        self._inner = step

    @property
    def id(self) -> str:
        """The step."""
        return self._inner.id

    @property
    def number(self) -> int:
        """The pass."""
        return self._inner.number

    async def __aenter__(self) -> Self:
        """Begin the next pass, or go on with the open one."""
        await self._turns.call(self._inner.__enter__)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Complete the pass unless that was done; if the block failed it stays open, and a note says so."""
        await self._turns.call(self._inner.__exit__, kind, error, trace)

    record = _awaited(StepWork.record)
    correct = _awaited(StepWork.correct)
    attach = _awaited(StepWork.attach)
    use_instrument = _awaited(StepWork.use_instrument)
    void = _awaited(StepWork.void)
    note = _awaited(StepWork.note)
    deviate = _awaited(StepWork.deviate)
    skip = _awaited(StepWork.skip)
    complete = _awaited(StepWork.complete)
    request = _awaited(StepWork.request)

    async def act(self, action: str, arguments: dict[str, Any], *, wait: float = 0) -> Ref:
        """Record that an action is taken now, as :meth:`StepWork.act`; other calls go on while it waits."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + wait
        while True:
            try:
                return await self._turns.call(self._inner.act, action, arguments)
            except Unauthorised:
                rest = deadline - loop.time()
                if rest <= 0 or self._turns.in_batch:
                    raise
                await asyncio.sleep(min(POLL, rest))


class Opening:
    """A run that is being opened: to be awaited, or used in ``async with``."""

    def __init__(self, make: Callable[[], Run]) -> None:
        """Keep how it is opened."""
        self._make = make
        self._run: AsyncRun | None = None

    async def _open(self) -> AsyncRun:
        turns = Turns()
        return AsyncRun(turns, await turns.first(self._make, Run.close))

    def __await__(self) -> Generator[Any, None, AsyncRun]:
        """Open it; its :meth:`AsyncRun.close` is the caller's."""
        return self._open().__await__()

    async def __aenter__(self) -> AsyncRun:
        """Open it for the length of the block."""
        self._run = await self._open()
        return self._run

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let it go."""
        if self._run is not None:
            await self._run.__aexit__(kind, error, trace)


def _opening(call: Callable[P, Run]) -> Callable[P, Opening]:
    """Make of a call that opens a run one that says how it is to be opened."""

    @wraps(call)
    def opening(*args: P.args, **named: P.kwargs) -> Opening:
        return Opening(lambda: call(*args, **named))

    return opening


class AsyncRun(_Async):
    """A run to work on; see :class:`Run`. Made by :meth:`open` or :meth:`start`."""

    _inner: Run

    open = staticmethod(_opening(Run.open))
    start = staticmethod(_opening(Run.start))

    def __init__(self, turns: Turns, run: Run) -> None:
        """Use a run that was opened in the thread of these turns."""
        self._turns = turns
        self._inner = run

    async def __aenter__(self) -> Self:
        """Go on with it in an ``async with`` statement."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Sign what is unsigned, and let the run go."""
        await self._turns.last(self._inner.__exit__, kind, error, trace)

    async def close(self) -> None:
        """Sign what is unsigned, and let the run go. Closing twice is allowed."""
        if not self._turns.over:
            await self._turns.last(self._inner.close)

    @asynccontextmanager
    async def batch(self) -> AsyncIterator[None]:
        """Write several things at once, as :meth:`Run.batch`; it belongs to this task and those started within."""
        async with self._turns.batch(self._inner.batch()):
            yield

    @property
    def told(self) -> tuple[str, ...]:
        """What the last call should have you hear, as :attr:`Run.told`."""
        return self._inner.told

    def step(self, step_id: str, *, anyway: bool = False) -> AsyncStep:
        """Work on a step in an ``async with`` statement, as :meth:`Run.step`."""
        return AsyncStep(self._turns, self._inner.step(step_id, anyway=anyway))

    async def begin(self, step_id: str) -> AsyncStep:
        """Begin the next pass of a step, as :meth:`Run.begin`."""
        return AsyncStep(self._turns, await self._turns.call(self._inner.begin, step_id))

    async def ask(self, question: Callable[[RunState], T]) -> T:
        """Put a question to the state of the run, as :meth:`Run.looking` gives it; it is answered in another thread."""

        def answer() -> T:
            with self._inner.looking() as state:
                return question(state)

        return await self._turns.call(answer)

    attach = _awaited(Run.attach)
    transfer = _awaited(Run.transfer)
    receive = _awaited(Run.receive)
    void = _awaited(Run.void)
    change_clock = _awaited(Run.change_clock)
    note = _awaited(Run.note)
    deviate = _awaited(Run.deviate)
    remediate = _awaited(Run.remediate)
    check = _awaited(Run.check)
    release = _awaited(Run.release)
    authorise = _awaited(Run.authorise)
    close_deviation = _awaited(Run.close_deviation)
    attest = _awaited(Run.attest)
    end = _awaited(Run.end)
    seal = _awaited(Run.seal)
