"""Worker processes: tasks out, answers in, errors as they were, and no process that stays or is waited for in vain."""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from opsproof_verify import workers as module
from opsproof_verify.workers import MOST_BYTES, WorkerFaultError, WorkerLostError, Workers

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")


def wait_for(path: str) -> str:
    """Do nothing until a file is there, but not for ever."""
    for _ in range(500):
        if Path(path).exists():
            return path
        time.sleep(0.01)
    return ""


def fail(number: int, text: str, name: str | bytes | None) -> None:
    raise OSError(number, text, name)


def fail_oddly(kind: str) -> None:
    if kind == "unsupported":
        raise OSError("no number")
    raise KeyError(kind)


def sleep_for_ever() -> None:
    while True:
        time.sleep(60)


def ended(pid: int) -> bool:
    """Tell whether a process has ended, reaped or not."""
    with contextlib.suppress(OSError):
        return gone(pid) or ") Z " in Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    return gone(pid)


def wait_until_ended(pids: Iterable[int]) -> None:
    """Wait for processes, of which some may be no children of ours."""
    for _ in range(1_000):
        if all(map(ended, pids)):
            return
        time.sleep(0.01)
    pytest.fail("a worker does not end")


HANDLERS: dict[str, Any] = {
    "double": lambda value: value + value,
    "pid": os.getpid,
    "wait": wait_for,
    "fail": fail,
    "odd": fail_oddly,
    "unmarshallable": object,
    "sleep": sleep_for_ever,
    "leave": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "default": lambda: signal.getsignal(signal.SIGTERM) is signal.SIG_DFL,
}


@pytest.fixture
def two() -> Iterator[Workers]:
    """Two workers."""
    with Workers(2) as workers:
        assert workers.start(HANDLERS)
        yield workers


def descriptors() -> int:
    """Give how many files this process has open."""
    return len(list(Path("/dev/fd").iterdir()))


def gone(pid: int) -> bool:
    """Tell whether there is no such process any more, not even an unreaped one."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_answers_come_back_to_whoever_asked(two: Workers) -> None:
    answers = [two.submit("double", number) for number in range(1_000)]
    assert [answer.result() for answer in reversed(answers)] == [2 * number for number in reversed(range(1_000))]
    assert answers[7].result() == 14


def test_values_are_what_marshal_knows(two: Workers) -> None:
    value = (None, True, -(2**70), b"\x00", "\udcff", [(1, "a")], {"b": 2})
    assert two.submit("double", (value,)).result() == (value, value)


def test_answers_may_be_larger_than_any_pipe(two: Workers) -> None:
    sizes = [3, 1 << 16, 1 << 20, 5_000_001, 0]
    pieces = [b"x" * 4_000, "y"]
    assert two.submit("double", pieces[1]).result() == "yy"
    many = {"fill": bytes}
    assert two.start(many)
    answers = [two.submit("fill", size) for size in sizes]
    assert [len(answer.result()) for answer in answers] == sizes


def test_all_workers_work_and_a_long_task_keeps_no_other_waiting(two: Workers, tmp_path: Path) -> None:
    late = tmp_path / "late"
    long = two.submit("wait", str(late), cost=module.LONG)
    answers = [two.submit("pid", cost=module.LONG) for _ in range(10)]
    assert len({answer.result() for answer in answers}) == 1
    late.touch()
    assert long.result() == str(late)


def test_a_short_task_may_have_one_waiting_behind_it(tmp_path: Path) -> None:
    late = tmp_path / "late"
    with Workers(1) as one:
        one.start(HANDLERS)
        answers = [one.submit("wait", str(late)), *(one.submit("pid") for _ in range(5))]
        late.touch()
        assert len({answer.result() for answer in answers[1:]}) == 1


def test_submitting_waits_while_there_are_too_many(two: Workers) -> None:
    answers = [two.submit("double", "x" * 4_000) for _ in range(5 * module.MOST_UNANSWERED)]
    assert {answer.result() for answer in answers} == {"x" * 8_000}


def test_a_task_is_small(two: Workers) -> None:
    with pytest.raises(ValueError, match="at most 4096 bytes"):
        two.submit("double", "x" * MOST_BYTES)
    assert two.submit("double", 1).result() == 2


@pytest.mark.parametrize("name", ["run.opb", b"r\xffn.opb", None])
def test_errors_of_the_system_come_back_as_they_were(two: Workers, name: str | bytes | None) -> None:
    answer = two.submit("fail", errno.ENOENT, "No such file or directory", name)
    for _ in range(2):
        with pytest.raises(FileNotFoundError) as caught:
            answer.result()
        assert caught.value.strerror == "No such file or directory"
        assert caught.value.filename == (None if name is None else os.fsdecode(name))


def test_other_errors_come_back_too(two: Workers) -> None:
    with pytest.raises(OSError, match="no number") as caught:
        two.submit("odd", "unsupported").result()
    assert caught.value.errno == errno.EIO
    with pytest.raises(WorkerFaultError, match="KeyError: 'odd'"):
        two.submit("odd", "odd").result()
    with pytest.raises(WorkerFaultError, match="unmarshallable"):
        two.submit("unmarshallable").result()
    with pytest.raises(WorkerFaultError, match="KeyError: 'nothing'"):
        two.submit("nothing").result()
    assert two.submit("double", 1).result() == 2


def test_one_that_dies_takes_its_task_with_it_and_no_other(two: Workers) -> None:
    answers = [two.submit("double", 1), two.submit("leave"), *(two.submit("double", number) for number in range(100))]
    with pytest.raises(WorkerLostError, match="ended from outside") as caught:
        answers[1].result()
    assert caught.value.errno == errno.ECHILD
    assert [answer.result() for answer in answers[2:]] == [2 * number for number in range(100)]
    assert two.submit("pid").result() == two.submit("pid").result()


def test_one_that_dies_idle_is_not_missed(two: Workers) -> None:
    pids = {two.submit("pid").result() for _ in range(50)}
    first = pids.pop()
    os.kill(first, signal.SIGKILL)
    while not gone(first):  # reaped when its pipe is seen to end
        two.pump(wait=False)
    assert first not in {two.submit("pid").result() for _ in range(50)}


def test_when_all_are_dead_nothing_is_waited_for(two: Workers) -> None:
    answers = [two.submit("leave") for _ in range(10)]
    for answer in answers:
        with pytest.raises(WorkerLostError):
            answer.result()
    with pytest.raises(WorkerLostError):
        two.submit("double", 1).result()


def test_a_dead_worker_takes_no_task(two: Workers, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may die after its results were looked at; the task is lost then, and nothing else."""
    pid = two.submit("pid").result()
    while two.submit("pid").result() != pid:
        pass
    os.kill(pid, signal.SIGKILL)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    monkeypatch.setattr(two, "pump", lambda **_: two._hand_out())
    answers = [two.submit("pid") for _ in range(2)]
    monkeypatch.undo()
    lost = 0
    for answer in answers:
        try:
            assert answer.result() != pid
        except WorkerLostError:
            lost += 1
    assert lost == 1


def test_nothing_is_left_behind_whatever_happens() -> None:
    before = descriptors()
    pids: list[int] = []
    left = []
    with contextlib.suppress(KeyboardInterrupt), Workers(3) as workers:
        workers.start(HANDLERS)
        pids += {workers.submit("pid").result() for _ in range(100)}
        left += [workers.submit("sleep") for _ in range(7)]
        raise KeyboardInterrupt
    assert all(map(gone, pids))
    assert descriptors() == before
    for answer in left:
        with pytest.raises(WorkerLostError):
            answer.result()
    with pytest.raises(WorkerLostError):
        workers.submit("pid").result()


def test_one_who_is_impatient_leaves_nothing_behind_either(monkeypatch: pytest.MonkeyPatch) -> None:
    reap, here = os.waitpid, os.getpid()

    def reap_slowly(pid: int, options: int) -> tuple[int, int]:
        os.kill(here, signal.SIGINT)
        return reap(pid, options)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    workers = Workers(3)
    workers.start(HANDLERS)
    pids = {workers.submit("pid").result() for _ in range(100)}
    workers.submit("sleep")
    monkeypatch.setattr(os, "waitpid", reap_slowly)
    try:
        with pytest.raises(KeyboardInterrupt):
            workers.close()
    finally:
        signal.signal(signal.SIGINT, before)
    wait_until_ended(pids)  # told to leave, if not yet gone


def test_another_start_has_other_handlers(two: Workers) -> None:
    first = two.submit("pid").result()
    assert two.start({"pid": lambda: -os.getpid()})
    assert two.submit("pid").result() < 0
    assert gone(first) or first != -two.submit("pid").result()


def test_two_sets_of_workers_know_nothing_of_one_another() -> None:
    with Workers(1) as first, Workers(1) as second:
        first.start(HANDLERS)
        second.start(HANDLERS)
        pid = first.submit("pid").result()
        assert second.submit("pid").result() != pid
        first.close()
        assert gone(pid)
        assert second.submit("double", 2).result() == 4


def test_an_interrupt_is_not_theirs(two: Workers) -> None:
    pids = {two.submit("pid").result() for _ in range(50)}
    for pid in pids:
        os.kill(pid, signal.SIGINT)
    assert {two.submit("pid").result() for _ in range(50)} <= pids


def test_what_this_process_does_when_it_is_told_to_end_is_not_done_in_a_worker() -> None:
    before = signal.signal(signal.SIGTERM, lambda *_: None)
    try:
        with Workers(1) as one:
            one.start(HANDLERS)
            assert one.submit("default").result()
    finally:
        signal.signal(signal.SIGTERM, before)


def test_a_process_that_reaps_all_its_children_is_no_harm() -> None:
    before = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        with Workers(2) as workers:
            workers.start(HANDLERS)
            assert workers.submit("double", 1).result() == 2
    finally:
        signal.signal(signal.SIGCHLD, before)


def test_where_nothing_can_be_forked_there_are_fewer_or_none(monkeypatch: pytest.MonkeyPatch) -> None:
    fork, allowed = os.fork, [True, False]

    def seldom() -> int:
        if not allowed.pop(0):
            raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")
        return fork()

    monkeypatch.setattr(os, "fork", seldom)
    before = descriptors()
    with Workers(2) as workers:
        assert workers.start(HANDLERS)
        assert len({workers.submit("pid").result() for _ in range(20)}) == 1
        allowed.append(False)
        assert not workers.start(HANDLERS)
    monkeypatch.delattr(os, "fork")
    with Workers(2) as none:
        assert not none.start(HANDLERS)
    assert descriptors() == before


PARENT = """
import os, sys, time
from opsproof_verify.workers import Workers
def wait(path):
    for _ in range(2_000):
        if not os.path.exists(path):
            time.sleep(0.01)
workers = Workers(3)
workers.start({"pid": os.getpid, "wait": wait})
busy = workers.submit("wait", sys.argv[2], cost=1 << 30)
pids = {workers.submit("pid").result() for _ in range(100)}
print(*pids, flush=True)
if sys.argv[1] == "kill":
    os.kill(os.getpid(), 9)
sys.stdout.write("said once")
"""


@pytest.mark.parametrize("end", ["kill", "forget"])
def test_workers_end_with_their_parent_and_say_nothing(end: str, tmp_path: Path) -> None:
    """Also those that are idle while another one is busy, which has inherited our end of their pipe."""
    command = [sys.executable, "-c", PARENT, end, str(tmp_path / "late")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        assert parent.stderr is not None
        pids = [int(pid) for pid in parent.stdout.readline().split()]
        parent.wait()
        assert pids
        wait_until_ended(pids)  # each leaves as soon as it has seen its pipe end
        (tmp_path / "late").touch()
        assert parent.stdout.read() == ("said once" if end == "forget" else "")
        assert parent.stderr.read() == ""
