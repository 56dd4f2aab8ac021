"""Worker processes: forked, given tasks through pipes, reaped by whoever made them.

A worker inherits all that the handlers hold, so a task is a name and a few small arguments. It reads tasks from a pipe
of its own and writes answers to another, as values of `marshal` with their length before them. It holds one task and
one that waits, so that it need not wait for us; further ones wait here and are handed out whenever an answer is read.
Nothing waits behind a long task, since another worker may be free before. There is no thread: one beside Python code
starves.

A worker leaves when told so or when its task pipe ends, since this process is gone. One that dies takes with it the
answer to the task that it worked on, which raises; what waited is given to another. Without `os.fork` there are none.
"""

from __future__ import annotations

import contextlib
import errno
import gc
import marshal
import os
import select
import signal
import warnings
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from types import TracebackType
from typing import Any, NoReturn, Self, TypeAlias

#: Answers that may be on their way; with more, `submit` waits.
MOST_UNANSWERED = 64

#: The largest task, which any pipe takes at once.
MOST_BYTES = 4_096

#: Behind a task that goes through so many bytes no other waits: about 10 ms.
LONG = 16 * 1024 * 1024

_HEAD = 8
_READ = 262_144
_PIPE_SIZE = 1024 * 1024

#: The ends of pipes to and from all workers that are this process's.
_OURS: set[int] = set()

Handlers: TypeAlias = Mapping[str, Callable[..., object]]


class WorkerLostError(OSError):
    """A worker ended before it gave its answer."""

    def __init__(self) -> None:
        super().__init__(errno.ECHILD, "a worker process was ended from outside, perhaps for want of memory")


class WorkerFaultError(Exception):
    """A handler raised what is no ``OSError``: a fault of the program. The text is that of the exception."""


class Answer:
    """What a task will have given."""

    __slots__ = ("_error", "_raw", "_value", "_workers", "cost", "task")

    def __init__(self, workers: Workers, task: bytes, cost: int) -> None:
        """Begin without an answer."""
        self._workers = workers
        self._raw: bytes | None = None
        self._value: Any = None
        self._error: Exception | None = None
        self.task = task
        self.cost = cost

    def take(self, raw: bytes) -> None:
        """Take the answer as it came."""
        self._raw = raw

    def fail(self) -> None:
        """Have no answer, ever."""
        self._error = WorkerLostError()

    def result(self) -> Any:
        """Wait for what the handler returned; raise the ``OSError`` that it raised, with number and file name."""
        while self._raw is None and self._error is None:
            self._workers.pump(wait=True)
        if self._raw:
            kind, self._value = marshal.loads(self._raw)  # noqa: S302 - written by our own fork
            self._raw = b""
            if kind == "os-error":
                self._error = OSError(*self._value)
            elif kind == "fault":
                self._error = WorkerFaultError(self._value)
        if self._error is not None:
            raise self._error
        return self._value


class _Worker:
    """A process, the ends of its pipes that are ours, its tasks in order, and what of an answer has come."""

    __slots__ = ("came", "held", "pid", "results", "tasks")

    def __init__(self, pid: int, tasks: int, results: int) -> None:
        self.pid = pid
        self.tasks = tasks
        self.results = results
        self.held: deque[Answer] = deque()
        self.came = bytearray()

    def answers(self) -> Iterator[bytes]:
        """Take the whole answers out of what has come."""
        while len(self.came) >= _HEAD:
            end = _HEAD + int.from_bytes(self.came[:_HEAD])
            if len(self.came) < end:
                return
            yield bytes(self.came[_HEAD:end])
            del self.came[:end]

    def ready(self) -> bool:
        """Tell whether it takes a task: it has none, or one that will soon be done."""
        return not self.held or (len(self.held) == 1 and self.held[0].cost < LONG)


class Workers:
    """So many worker processes, once started. Use it in a ``with`` statement: leaving it ends them."""

    def __init__(self, count: int) -> None:
        """Start nothing yet."""
        self._count = count if hasattr(os, "fork") else 0
        self._workers: list[_Worker] = []
        self._waiting: deque[Answer] = deque()

    def __enter__(self) -> Self:
        """Give itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """End the processes."""
        self.close()

    def start(self, handlers: Handlers) -> bool:
        """Fork now, in place of the processes of an earlier start; tell whether there are any."""
        self.close()
        with contextlib.suppress(OSError):  # fewer, or none, where the system gives no more
            for _ in range(self._count):
                self._fork(handlers)
        return bool(self._workers)

    def submit(self, name: str, /, *arguments: object, cost: int = 0) -> Answer:
        """Have a handler called; ``cost`` is the number of bytes that it goes through.

        Waits only while too many tasks are unanswered.
        """
        task = _framed((name, arguments))
        if len(task) > MOST_BYTES:
            message = f"a task has at most {MOST_BYTES} bytes"
            raise ValueError(message)
        answer = Answer(self, task, cost)
        self._waiting.append(answer)
        self.pump(wait=False)
        while len(self._waiting) + sum(len(one.held) for one in self._workers) > MOST_UNANSWERED:
            self.pump(wait=True)
        return answer

    def pump(self, *, wait: bool) -> None:
        """Read the answers that are there, or wait for some, and hand out tasks."""
        if self._workers:
            results = select.poll()
            by_end = {worker.results: worker for worker in self._workers}
            for end in by_end:
                results.register(end, select.POLLIN)
            for end, _ in results.poll(None if wait else 0):
                self._read(by_end[end])
        self._hand_out()

    def close(self) -> None:
        """End all processes: idle ones are told to leave, busy ones are killed, since nobody waits for them."""
        if self._workers:
            with _uninterrupted():
                for worker in self._workers:
                    if worker.held:
                        os.kill(worker.pid, signal.SIGKILL)
                    else:
                        _put(worker.tasks, bytes(_HEAD))
                for worker in self._workers[:]:
                    self._part(worker)
        self._hand_out()  # to nobody

    def _read(self, worker: _Worker) -> None:
        """Read what a worker has written; one that writes no more is gone, and with it what it worked on."""
        piece = os.read(worker.results, _READ)
        if piece:
            worker.came += piece
            for raw in worker.answers():
                worker.held.popleft().take(raw)
            return
        os.kill(worker.pid, signal.SIGKILL)
        if worker.held:
            worker.held.popleft().fail()
        while worker.held:
            self._waiting.appendleft(worker.held.pop())
        self._part(worker)

    def _hand_out(self) -> None:
        """Give what waits to workers that take it, first to those that have nothing; without any it gets no answer."""
        while self._waiting and (takers := [one for one in self._workers if one.ready()]):
            worker = min(takers, key=lambda one: len(one.held))
            worker.held.append(self._waiting.popleft())
            _put(worker.tasks, worker.held[-1].task)
        while self._waiting and not self._workers:
            self._waiting.popleft().fail()

    def _part(self, worker: _Worker) -> None:
        """Reap a worker that was told to leave or was killed."""
        self._workers.remove(worker)
        for end in (worker.tasks, worker.results):
            _OURS.discard(end)
            os.close(end)
        with contextlib.suppress(ChildProcessError):  # somebody reaps all children of this process
            os.waitpid(worker.pid, 0)
        for answer in worker.held:
            answer.fail()

    def _fork(self, handlers: Handlers) -> None:
        """Start one process, which no interrupt will reach."""
        with contextlib.ExitStack() as unless_forked:
            tasks, our_tasks = _pipe(unless_forked)
            our_results, results = _pipe(unless_forked)
            with _uninterrupted():
                pid = _fork() or _serve(handlers, tasks, results, {our_tasks, our_results} | _OURS)
                self._workers.append(_Worker(pid, our_tasks, our_results))
                _OURS.update((our_tasks, our_results))
                unless_forked.pop_all()
        os.close(tasks)
        os.close(results)


@contextlib.contextmanager
def _uninterrupted() -> Iterator[None]:
    """Have an interrupt wait, so that no process is forgotten; if there are threads, another may still take it."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _framed(value: Any) -> bytes:
    """Give a value as `marshal` writes it, and its length before it."""
    data = marshal.dumps(value)
    return len(data).to_bytes(_HEAD) + data


def _put(end: int, data: bytes) -> None:
    """Write to a worker, whose pipe has room; if it is gone, that shows when its results are read."""
    with contextlib.suppress(BrokenPipeError):
        os.write(end, data)


def _pipe(unless_forked: contextlib.ExitStack) -> tuple[int, int]:
    """Make a pipe as large as the system lets us."""
    read, write = os.pipe()
    unless_forked.callback(os.close, read)
    unless_forked.callback(os.close, write)
    import fcntl  # noqa: PLC0415 - Windows has none

    with contextlib.suppress(AttributeError, OSError):
        fcntl.fcntl(write, fcntl.F_SETPIPE_SZ, _PIPE_SIZE)
    return read, write


def _fork() -> int:
    """Fork; that there are threads is no harm: a worker takes no lock that one of them may hold."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


# --- in the worker


def _serve(handlers: Handlers, tasks: int, results: int, ours: set[int]) -> NoReturn:
    """Do tasks until there are no more; whatever happens, leave without a word and without what others do at exit."""
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        gc.freeze()  # what was inherited stays shared
        for end in ours:  # else no pipe would end with the process that writes to it
            os.close(end)
        with open(tasks, "rb") as source, open(results, "wb", 0) as sink:
            while size := int.from_bytes(source.read(_HEAD)):
                name, arguments = marshal.loads(source.read(size))  # noqa: S302 - of our parent
                answer = memoryview(_call(handlers, name, arguments))
                while answer:
                    answer = answer[sink.write(answer) :]
    finally:
        os._exit(0)


def _call(handlers: Handlers, name: str, arguments: tuple[object, ...]) -> bytes:
    """Call a handler; give what it returns or raises."""
    try:
        return _framed(("", handlers[name](*arguments)))
    except OSError as error:
        number = error.errno or errno.EIO
        file = None if error.filename is None else os.fsdecode(error.filename)
        return _framed(("os-error", (number, error.strerror or str(error), file)))
    except Exception as error:  # noqa: BLE001 - told to the parent, which knows whom to tell
        return _framed(("fault", f"{type(error).__name__}: {error}"))
