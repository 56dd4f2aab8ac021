"""The same API for asyncio: tasks at the same time, batches, cancellation."""

from __future__ import annotations

import asyncio
import threading
import time
from datetime import timedelta
from typing import Any

import pytest
from opsproof_record import AsyncRun, Closed, Incomplete, NotEntitled, OutOfOrder, Refused, Run, Unauthorised
from opsproof_record.library.aio import Opening
from recorder.acting import acting, kinds, sound
from recorder.plant import Plant

from opsproof_verify.findings import Verdict


def opened(plant: Plant, actor: str = "bot", **more: Any) -> Opening:
    return AsyncRun.open(plant.run, actor=actor, key=plant.key(actor), **more)


class Stop(Exception):  # noqa: N818 - what a test raises to stop a batch
    pass


def test_a_whole_run(plant: Plant) -> None:
    async def perform() -> None:
        start = AsyncRun.start(plant.package, plant.run, actor="op-a", key=plant.key("op-a"), params={"batch": "B-7"})
        async with start as operator:
            async with opened(plant) as bot, bot.step("weigh") as step:
                assert (step.id, step.number) == ("weigh", 1)
                outcome, item = await asyncio.gather(
                    step.record("mass", "42.50"),
                    step.attach(b"JFIF", slot="photo", name="drum.jpg", media="image/jpeg"),
                )
                assert outcome.flaw is None
                assert await bot.ask(lambda state: state.holder(item.digest)) == "bot"
            label = await operator.begin("label")
            await label.note("The printer was warm.")
            await label.complete()
            await operator.end()
            await operator.seal()

    asyncio.run(perform())
    assert plant.report().verdict is Verdict.PROVISIONAL


def test_the_loop_does_not_wait_for_the_disk(plant: Plant) -> None:
    plant.start()

    async def perform() -> int:
        ticks = 0
        async with opened(plant) as run:
            blocked = threading.Event()
            call = asyncio.create_task(run.ask(lambda _state: blocked.wait(30)))
            while ticks < 10:
                await asyncio.sleep(0)
                ticks += 1
            blocked.set()
            assert await call
        return ticks

    assert asyncio.run(perform()) == 10


def test_many_tasks(plant: Plant) -> None:
    acting(plant)

    async def perform() -> None:
        async with opened(plant) as run, run.step("build") as step:
            await asyncio.gather(*(step.note(str(number)) for number in range(100)))

    asyncio.run(perform())
    assert kinds(plant.run).count("note") == 100
    assert sound(plant)


def test_a_batch_belongs_to_its_task_and_those_within(plant: Plant) -> None:
    plant.start()

    async def perform() -> None:
        async with opened(plant) as run:
            entered, go = asyncio.Event(), asyncio.Event()

            async def others() -> None:
                await entered.wait()
                call = asyncio.create_task(run.note("of another task"))
                await asyncio.sleep(0.05)
                assert not call.done()
                go.set()
                await call

            async def batch() -> None:
                async with run.batch():
                    entered.set()
                    await go.wait()
                    async with run.batch():
                        await asyncio.gather(run.note("in the batch"), run.note("in the batch"))
                    raise Stop

            results = await asyncio.gather(batch(), others(), return_exceptions=True)
            assert isinstance(results[0], Stop)
            assert results[1] is None

    asyncio.run(perform())
    data = plant.run.read_bytes()
    assert b"in the batch" not in data
    assert b"of another task" in data
    assert sound(plant)


def test_a_task_that_is_cancelled(plant: Plant) -> None:
    acting(plant)

    async def perform() -> None:
        async with opened(plant) as run:

            async def slow() -> None:
                async with run.step("build"), run.batch():
                    await run.note("in vain")
                    await asyncio.sleep(30)

            task = asyncio.create_task(slow())
            await asyncio.sleep(0.2)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await run.note("it goes on")

    asyncio.run(perform())
    assert b"in vain" not in plant.run.read_bytes()
    assert b"left open: CancelledError" in plant.run.read_bytes()
    assert sound(plant)


def test_cancelling_at_every_moment_of_a_batch_leaves_a_run_that_goes_on(plant: Plant) -> None:
    plant.start()

    async def perform() -> None:
        async with opened(plant) as run:

            async def batch() -> None:
                async with run.batch():
                    await run.note("one")
                    await run.note("two")

            for turns in range(12):
                task = asyncio.create_task(batch())
                for _ in range(turns):
                    await asyncio.sleep(0)
                await asyncio.sleep(0.001 * turns)
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
                await asyncio.wait_for(run.note("between"), 30)

    asyncio.run(perform())
    found = plant.run.read_bytes()
    assert found.count(b"dtextcone") == found.count(b"dtextctwo"), "both or none"
    assert kinds(plant.run).count("note") >= 12
    assert sound(plant)


def test_opening_that_is_cancelled_or_refused(plant: Plant) -> None:
    plant.start()

    async def perform() -> None:
        with pytest.raises(NotEntitled):
            await AsyncRun.open(plant.run, actor="bot", key=plant.key("op-a"))
        with pytest.raises(NotEntitled):
            async with AsyncRun.open(plant.run, actor="bot", key=plant.key("op-a")):
                pass
        task = asyncio.ensure_future(opened(plant)._open())
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(perform())


def test_after_closing(plant: Plant) -> None:
    plant.start()

    async def perform() -> None:
        run = await opened(plant)
        await run.note("now")
        await run.close()
        await run.close()
        with pytest.raises(Closed):
            await run.note("late")

    asyncio.run(perform())
    assert kinds(plant.run)[-2:] == ["note", "attestation"]


def test_errors_are_those_of_the_call(plant: Plant) -> None:
    plant.start()

    async def perform() -> None:
        async with opened(plant) as run:
            with pytest.raises(Incomplete):
                async with run.step("weigh"):
                    pass
            with pytest.raises(OutOfOrder):
                await run.begin("weigh")
            with pytest.raises(ZeroDivisionError):
                async with run.step("weigh") as step:
                    await step.record("mass", 1 // len(step.id[9:]))

    asyncio.run(perform())
    assert b"left open: ZeroDivisionError" in plant.run.read_bytes()


def test_waiting_for_leave_lets_others_work(plant: Plant) -> None:
    acting(plant)
    arguments = {"service": "web", "replicas": 3}

    async def perform() -> None:
        async with opened(plant) as run, run.step("deploy") as step:
            asked = await step.request("scale", arguments)
            with pytest.raises(Unauthorised):
                await step.act("scale", arguments, wait=0.01)
            waiting = asyncio.create_task(step.act("scale", arguments, wait=60))
            await run.note("meanwhile")
            async with opened(plant, "lead") as lead:
                await lead.authorise("deploy", "bot", "scale", asked, timedelta(minutes=5))
            await waiting
            async with run.batch():
                begun = time.monotonic()
                with pytest.raises(Unauthorised):
                    await step.act("scale", arguments, wait=60)
                assert time.monotonic() - begun < 30, "nobody could authorise in a batch"

    asyncio.run(perform())
    found = kinds(plant.run)
    assert found.index("note") < found.index("acted")
    assert sound(plant)


def test_every_method_of_the_one_is_one_of_the_other() -> None:
    ours = {name for name in dir(Run) if not name.startswith("_")}
    theirs = {name for name in dir(AsyncRun) if not name.startswith("_")}
    assert ours - theirs == {"actor", "held_here", "kind", "let_go", "looking", "path", "signs_each", "writing"}
    assert theirs - ours == {"ask"}
    assert issubclass(Unauthorised, NotEntitled)
    assert issubclass(NotEntitled, Refused)
