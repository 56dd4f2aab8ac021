"""Batches, threads and processes: whatever they do at the same time, the journal is one chain and can be signed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from opsproof_record import OutOfOrder, Refused, Run, Unfit
from recorder.acting import acting, kinds, sound
from recorder.plant import Plant
from recorder.profiles import baseline

from opsproof_verify.findings import Verdict


def opened(plant: Plant, actor: str, **more: object) -> Run:
    return Run.open(plant.run, actor=actor, key=plant.key(actor), **more)  # type: ignore[arg-type]


class Stop(Exception):  # noqa: N818 - what a test raises to stop a batch
    pass


def failing(run: Run, act: Callable[[Run], object]) -> None:
    """Do something in a batch that fails."""
    with run.batch():
        act(run)
        raise Stop


def in_vain(run: Run) -> None:
    run.note("in vain")


def flushed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Count calls of `fsync`."""
    calls: list[int] = []
    real = os.fsync

    def fsync(handle: int) -> None:
        calls.append(handle)
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    return calls


def test_a_batch_is_flushed_once(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    plant.start()
    with opened(plant, "bot") as run:
        calls = flushed(monkeypatch)
        with run.batch():
            for number in range(500):
                run.note(str(number))
        assert len(calls) == 2, "the journal, and the key's own list before it"
        calls.clear()
        run.note("alone")
        assert len(calls) == 2
        assert kinds(plant.run).count("note") == 501
    sound(plant)


def test_a_batch_of_a_person_is_signed_once(plant: Plant) -> None:
    plant.start()
    with opened(plant, "op-a") as run, run.batch():
        for number in range(5):
            run.note(str(number))
        assert run.attest() == 0
    assert kinds(plant.run)[-6:] == ["note"] * 5 + ["attestation"]
    with opened(plant, "bot") as run, run.batch():
        run.note("first")
        assert run.attest() == 0
        run.note("second")
    assert kinds(plant.run)[-3:] == ["note", "note", "attestation"]
    sound(plant)


def large(run: Run) -> None:
    for number in range(40):
        run.note(f"{number} " + "x" * 16_000)
        run.attach(b"y" * 50_000, name="dump", media="application/octet-stream")


FAILURES: dict[str, Callable[[Run], object]] = {
    "nothing was written": lambda _run: None,
    "one entry": lambda run: run.note("a"),
    "evidence": lambda run: run.attach(b"x", name="x", media="text/plain"),
    "more than is held": large,
    "a signature that the policy wants": lambda run: [run.deviate("run-aborted", "a") for _ in range(3)],
    "a batch within": lambda run: run.batch().__enter__(),
    "a step": lambda run: run.begin("build").complete(),
}


@pytest.mark.parametrize("name", FAILURES)
def test_a_batch_that_fails_leaves_nothing(plant: Plant, name: str) -> None:
    setting = 'level = "note", max-waiting = 100, at-once = ["deviation-raised"]'
    acting(plant, policy=baseline(attestation_late=setting))
    with opened(plant, "bot") as run:
        run.note("before")
        before = plant.run.read_bytes()
        with pytest.raises(Stop):
            failing(run, FAILURES[name])
        assert plant.run.read_bytes() == before
        assert sound(plant)
        run.note("after")
        with run.looking() as state:
            assert state.waiting("bot") == 2
    assert kinds(plant.run)[-3:] == ["note", "note", "attestation"]
    assert sound(plant)


def test_a_call_that_fails_in_a_batch_takes_only_itself_back(plant: Plant) -> None:
    plant.start()
    with opened(plant, "bot") as run:
        with run.batch():
            run.note("one")
            with pytest.raises(Refused, match="changed while it was read"):
                run.attach("/proc/self/status")  # it has more bytes than it says
            run.note("two")
            with pytest.raises(Stop):
                failing(
                    run, lambda run: [run.note("in vain"), run.attach(b"x" * 300_000, name="x", media="text/plain")]
                )
            with pytest.raises(Unfit):
                run.note("\a")
            run.attach(b"y", name="y", media="text/plain")
        assert kinds(plant.run)[-3:] == ["note", "note", "evidence-added"]
    assert b"in vain" not in plant.run.read_bytes()
    assert sound(plant)


def test_nothing_ends_in_a_batch(plant: Plant) -> None:
    plant.start()
    with opened(plant, "op-a") as run, run.batch():
        for call in (run.end, run.seal, run.close):
            with pytest.raises(OutOfOrder):
                call()
        run.note("it goes on")
    assert sound(plant)


def test_threads_on_one_run(plant: Plant) -> None:
    acting(plant)
    with opened(plant, "bot") as run, run.step("build") as step, ThreadPoolExecutor(8) as pool:
        refs = list(pool.map(lambda number: step.note(str(number)).seq, range(200)))
        with pytest.raises(Stop):
            list(pool.map(lambda _number: failing(run, in_vain), range(8)))
    assert len(set(refs)) == 200
    assert b"in vain" not in plant.run.read_bytes()
    assert sound(plant) == 1 + 1 + 200 + 1 + 2  # start and its signature, begin, notes, end and its signature


def test_runs_of_several_actors_in_one_process(plant: Plant) -> None:
    acting(plant)

    def work(actor: str) -> None:
        with opened(plant, actor, patience=60.0) as run:
            for number in range(25):
                run.note(f"{actor} {number}")
                if number % 5 == 0:
                    with run.batch():
                        run.note("a")
                        run.attach(b"b", name="b", media="text/plain")

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, ["op-a", "bot", "lead"] * 2))
    assert kinds(plant.run).count("note") == 6 * 30
    assert sound(plant)


CHILD = """
import sys
from opsproof_record import Run
path, actor, key = sys.argv[1:]
with Run.open(path, actor=actor, key=key, patience=60.0) as run:
    for number in range(20):
        run.note(str(number))
        with run.batch():
            run.note("a")
            run.note("b")
"""


def test_runs_of_several_actors_in_several_processes(plant: Plant) -> None:
    plant.start()
    children = [
        subprocess.Popen([sys.executable, "-c", CHILD, str(plant.run), actor, str(plant.key(actor))])
        for actor in ("op-a", "bot", "bot", "op-a")
    ]
    assert [child.wait() for child in children] == [0, 0, 0, 0]
    assert kinds(plant.run).count("note") == 4 * 60
    assert sound(plant)


# What a thread may do, each by a name; the property holds for any programs of these in any threads.


def _together(run: Run) -> None:
    with run.batch():
        run.note("together")
        run.attach(b"z" * 1000, name="z", media="text/plain")


def _in_vain(run: Run) -> None:
    with suppress(Stop):
        failing(run, in_vain)


def _pass(run: Run) -> None:
    """Work a pass that another thread may have begun, and may end first."""
    with suppress(Refused), run.step("build") as step:
        step.record("duration-s", "1.5")


MOVES: dict[str, Callable[[Run], object]] = {
    "note": lambda run: run.note("n"),
    "attach": lambda run: run.attach(b"e", name="e", media="text/plain"),
    "batch": _together,
    "failing batch": _in_vain,
    "pass": _pass,
    "sign": Run.attest,
}
PROGRAM = st.tuples(st.sampled_from(["bot", "op-a"]), st.lists(st.sampled_from(sorted(MOVES)), max_size=5))


def _finish(plant: Plant, run: Run) -> None:
    """Do what the contract asks for, end and seal."""
    with run.looking() as state:
        opened_passes = state.open_passes("build")
    if opened_passes:
        run.step("build").__enter__().complete()
    with run.step("weigh") as step:
        step.record("mass", 42)
        step.attach(b"JFIF", slot="photo", name="drum.jpg", media="image/jpeg")
    with run.step("label"):
        pass
    with opened(plant, "bot") as other:
        other.attest()
    run.end()
    run.seal()


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(PROGRAM, min_size=1, max_size=5))
def test_whatever_threads_do_the_journal_is_one_chain_and_verifies(
    plant: Plant, programs: list[tuple[str, list[str]]]
) -> None:
    if not plant.run.exists() and not plant.key("lead").exists():
        acting(plant)
        shutil.copytree(plant.path, plant.path.with_name("begun"))
    shutil.rmtree(plant.path)
    shutil.copytree(plant.path.with_name("begun"), plant.path)

    with opened(plant, "bot", patience=60.0) as bot, opened(plant, "op-a", patience=60.0) as operator:
        runs = {"bot": bot, "op-a": operator}

        def perform(program: tuple[str, list[str]]) -> None:
            for move in program[1]:
                MOVES[move](runs[program[0]])

        with ThreadPoolExecutor(len(programs)) as pool:
            list(pool.map(perform, programs))
        assert b"in vain" not in plant.run.read_bytes()
        assert sound(plant)
        _finish(plant, operator)
    report = plant.report()
    assert report.verdict is Verdict.PROVISIONAL
    assert {finding.code.name for finding in report.findings if finding.severity != "note"} == {"approval.missing"}
