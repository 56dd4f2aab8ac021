"""The Python API: what a program that performs a run can rely on."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from opsproof_record import (
    Blocked,
    Closed,
    Incomplete,
    NotEntitled,
    OutOfOrder,
    Refused,
    Run,
    Unfit,
    Unknown,
)
from recorder.acting import acting, evidence, kinds, sound
from recorder.plant import Plant

from opsproof_verify.findings import Verdict


def opened(plant: Plant, actor: str, **more: object) -> Run:
    return Run.open(plant.run, actor=actor, key=plant.key(actor), **more)  # type: ignore[arg-type]


def photo(plant: Plant) -> Path:
    path = plant.path / "drum.jpg"
    path.write_bytes(b"\xff\xd8" + bytes(range(256)) * 40)
    return path


def test_a_whole_run(plant: Plant) -> None:
    with Run.start(plant.package, plant.run, actor="op-a", key=plant.key("op-a"), params={"batch": "B-7"}) as operator:
        with opened(plant, "bot") as bot, bot.step("weigh") as step:
            assert step.record("mass", Decimal("42.50"), unit="kg").flaw is None
            step.attach(photo(plant), slot="photo")
            step.use_instrument("scale-7", due=datetime(2031, 1, 1, tzinfo=UTC))
        with operator.step("label") as step:
            step.note("The printer was warm.")
        operator.end()
        sealed = operator.seal()
    assert sealed.count == len(kinds(plant.run))
    assert plant.report().verdict is Verdict.PROVISIONAL
    plant(*plant.signing())
    assert plant.report().verdict is Verdict.FINAL


def test_a_value_outside_its_limits_and_its_deviation(plant: Plant) -> None:
    plant.start()
    with opened(plant, "bot") as run, run.step("weigh") as step:
        outcome = step.record("mass", "45.01")
        assert outcome.flaw == "45.01 kg is above its limit 45.00 kg"
        item = step.attach(b"JFIF", slot="photo", media="image/jpeg", name="drum.jpg")
        ruled = step.deviate("out-of-limits", "Overfilled", values=(outcome,), evidence=(item, item.digest))
        assert (ruled.severity, ruled.ruling) == ("minor", "review")
        fixed = step.correct(outcome, "44.99", "misread")
        assert fixed.flaw is None
        with pytest.raises(OutOfOrder):
            step.correct(outcome.ref, "44", "misread again")
    with opened(plant, "op-a") as run:
        with run.looking() as state:
            assert not state.uncovered()
            (found,) = state.deviations()
            assert found.raised.evidence == (item.digest,)
        run.remediate(ruled, "Poured off", evidence=(item,))
    sound(plant)


def test_what_is_refused_has_a_type_and_leaves_no_trace(plant: Plant, tmp_path: Path) -> None:
    acting(plant)
    with opened(plant, "bot") as run:
        step = run.begin("weigh")
        step.record("mass", 42)
        before = plant.run.read_bytes()
        calls: list[tuple[type[Refused], Callable[[], object]]] = [
            (Unknown, lambda: run.begin("wiegh")),
            (OutOfOrder, lambda: run.begin("weigh")),
            (NotEntitled, lambda: run.begin("label")),
            (OutOfOrder, lambda: run.step("weigh").record("mass", 42)),
            (Unknown, lambda: step.record("weight", 42)),
            (OutOfOrder, lambda: step.record("mass", 42)),
            (Unfit, lambda: step.record("mass", 42.5)),  # type: ignore[arg-type]
            (Unknown, lambda: step.attach(b"x", slot="picture", media="image/jpeg", name="x")),
            (Unfit, lambda: step.attach(b"x", slot="photo", media="image/png", name="x")),
            (Unfit, lambda: step.attach(b"x")),
            (Refused, lambda: step.attach(tmp_path / "absent")),
            (Refused, lambda: step.attach(tmp_path)),
            (Unfit, lambda: step.use_instrument("scale\n7")),
            (Unfit, lambda: step.use_instrument("scale-7", due=datetime(2031, 1, 1))),  # noqa: DTZ001 - that is it
            (Unknown, lambda: step.deviate("no-such-reason", "text")),
            (Incomplete, lambda: run.deviate("out-of-limits", "no value is named")),
            (Unknown, lambda: step.deviate("out-of-limits", "text", values=(0,))),
            (Unknown, lambda: step.deviate("out-of-limits", "text", evidence=(1,))),
            (Incomplete, step.complete),
            (Unfit, lambda: run.note("a bell \a rings")),
            (NotEntitled, lambda: run.check("weigh", passed=True)),
            (NotEntitled, lambda: run.release("weigh")),
            (Unknown, lambda: run.close_deviation(0, "text")),
            (NotEntitled, run.end),
            (Closed, run.seal),
        ]
        for number, (wanted, call) in enumerate(calls):
            with pytest.raises(Refused) as refused:
                call()
            assert type(refused.value) is wanted or wanted is Refused, (number, refused.value)
            assert refused.value.remedy
        assert plant.run.read_bytes() == before
    with pytest.raises(Incomplete), opened(plant, "op-a") as run:
        run.end()


def test_a_block_that_fails_leaves_the_step_open_and_says_so(plant: Plant) -> None:
    plant.start()
    with pytest.raises(ZeroDivisionError), opened(plant, "bot") as run, run.step("weigh") as step:
        step.record("mass", 42 // len(step.id[9:]))
    assert kinds(plant.run)[-3:] == ["step-started", "note", "attestation"]
    assert b"left open: ZeroDivisionError" in plant.run.read_bytes()
    with opened(plant, "bot") as run, run.step("weigh") as step:
        assert step.number == 1
        step.record("mass", 42)
        step.attach(photo(plant), slot="photo")
    assert kinds(plant.run)[-2:] == ["step-completed", "attestation"]
    with pytest.raises(OutOfOrder), opened(plant, "bot") as run, run.step("weigh"):
        pytest.fail("it was done once, and the contract allows no more")


def test_steps_can_be_begun_and_ended_by_calls(plant: Plant) -> None:
    acting(plant)
    with opened(plant, "bot") as run:
        first = run.begin("build")
        first.complete()
        assert first.ended
        second = run.begin("build")
        assert (first.number, second.number) == (1, 2)
        with pytest.raises(OutOfOrder, match="pass 1 of build has ended"):
            first.use_instrument("scale-7")
        second.skip("nothing changed")
        with run.step("build") as third:
            third.complete()
        with run.step("build") as fourth:
            fourth.skip("nothing changed")
        assert kinds(plant.run)[-3:] == ["step-started", "step-skipped", "attestation"]
        third.note("a note is never too late")
        with pytest.raises(OutOfOrder, match="not open"):
            third.record("exit-status", 0)
    sound(plant)


def test_a_ruling_that_blocks(plant: Plant) -> None:
    acting(plant)
    with opened(plant, "bot") as run, pytest.raises(Blocked, match="wrong-material"), run.step("weigh") as step:
        assert step.deviate("wrong-material", "Wrong drum").ruling == "block"
    with opened(plant, "bot") as run, pytest.raises(Blocked):
        run.step("weigh").__enter__()


def test_evidence_from_a_stream(plant: Plant) -> None:
    plant.start()
    with opened(plant, "bot") as run:
        run.attach(io.BytesIO(b"x" * 1_000_000), name="dump", media="application/octet-stream", origin="probe 7")
        with pytest.raises(Unfit):
            run.attach(io.BytesIO(b"x"))
    assert evidence(plant.run) == [b"x" * 1_000_000]
    assert not list(plant.path.glob(".*spool"))


def test_a_stream_that_breaks_off(plant: Plant) -> None:
    class Broken(io.BytesIO):
        def read(self, _size: int | None = -1) -> bytes:
            raise OSError(5, "Input/output error")

    plant.start()
    with opened(plant, "bot") as run:
        before = plant.run.read_bytes()
        with pytest.raises(Refused, match="Input/output error"):
            run.attach(Broken(), name="dump", media="text/plain")
        assert plant.run.read_bytes() == before
    assert not list(plant.path.glob(".*spool"))


def test_custody(plant: Plant) -> None:
    plant.start()
    with opened(plant, "bot") as bot, opened(plant, "op-a") as operator:
        item = bot.attach(b"x", name="sample", media="text/plain")
        with pytest.raises(NotEntitled):
            operator.transfer(item, "op-a", "taken")
        bot.transfer(item, "op-a", "for the archive")
        operator.transfer(item.digest, "bot", "back")
    sound(plant)


def test_questions(plant: Plant) -> None:
    plant.start()
    with opened(plant, "bot") as run:
        with run.looking() as state:
            assert state.last_pass("weigh") is None
            with run.looking() as again:
                assert again is state
            with pytest.raises(OutOfOrder, match="looking"):
                run.note("from inside")
            with pytest.raises(OutOfOrder):
                run.close()
        run.note("from outside")
        with run.batch():
            run.note("from a batch")
            with run.looking() as state:
                assert state.waiting("bot") == 2
