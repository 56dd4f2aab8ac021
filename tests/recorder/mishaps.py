"""Situations in which a run has left its contract, with and without the deviation that this needs."""

from __future__ import annotations

from recorder.byhand import Play, put
from recorder.situations import SITUATIONS, situation

__all__ = ["SITUATIONS"]


@situation
def out_of_limits(play: Play) -> None:
    play.prepare()
    play.weigh("46")
    play.rest()


@situation
def out_of_limits_deviated(play: Play) -> None:
    play.prepare()
    play.weigh("46")
    play.deviate("out-of-limits", values=(4,))
    play.rest()


@situation
def out_of_limits_deviation_of_another_step(play: Play) -> None:
    play.prepare()
    play.weigh("46")
    play.deviate("done-differently", steps=("label",))
    play.rest()


@situation
def out_of_limits_corrected_still_counts(play: Play) -> None:
    play.prepare()
    with play.run() as run:
        step = run.begin("weigh")
        wrong = step.record("mass", "46")
        step.record("colour", "white")
        step.attach(play.plant.path / "drum.jpg", slot="photo")
        step.correct(wrong, "42", "misread")
        step.complete()
    play.rest()


@situation
def blocked(play: Play) -> None:
    play.prepare()
    play.weigh()
    play.deviate("wrong-material", steps=("blend",))


@situation
def blocked_and_released(play: Play) -> None:
    play.prepare()
    play.weigh()
    seq = play.deviate("wrong-material", steps=("blend",))
    with play.run("sup") as run:
        run.release(seq)
    play.rest()


@situation
def closed_in_the_run(play: Play) -> None:
    play.prepare()
    play.weigh()
    seq = play.deviate("done-differently", steps=("weigh",))
    play.rest()
    with play.run("sup") as run:
        run.close_deviation(seq, "verified")


@situation
def remediation_demanded(play: Play) -> None:
    play.prepare()
    play.all()
    play.deviate("equipment-failure", steps=("label",))


@situation
def remediation_without_closing(play: Play) -> None:
    play.prepare()
    play.all()
    seq = play.deviate("equipment-failure", steps=("label",))
    with play.run() as run:
        run.remediate(seq, "mended", (run.attach(play.plant.path / "drum.jpg"),))


@situation
def remediated_and_closed(play: Play) -> None:
    play.prepare()
    play.all()
    seq = play.deviate("equipment-failure", steps=("label",))
    with play.run() as run:
        run.remediate(seq, "mended", (run.attach(play.plant.path / "drum.jpg"),))
    with play.run("sup") as run:
        run.close_deviation(seq, "verified")


@situation
def check_failed(play: Play) -> None:
    play.prepare()
    play.weigh()
    play.blend()
    with play.run("sup") as run:
        run.check("blend", passed=False)
    play.oversee()
    play.label()


@situation
def check_failed_deviated(play: Play) -> None:
    play.prepare()
    play.weigh()
    play.blend()
    with play.run("sup") as run:
        run.check("blend", passed=False)
    play.deviate("done-differently", steps=("blend",))
    play.oversee()
    play.label()


@situation
def checker_and_releaser_correct_afterwards(play: Play) -> None:
    play.prepare(('roles = ["supervisor"]', 'roles = ["supervisor", "operator"]'))
    play.all()
    with play.run("sup") as run, run.writing() as recorder:
        seq = recorder.state.values_of("blend", 1)["speed"].ref.seq
        put(
            recorder,
            "correction",
            corrects=list(recorder.state.values_of("blend", 1)["speed"].ref),
            old=100,
            new=101,
            why=f"misread e{seq}",
        )


@situation
def ended_without_a_value(play: Play) -> None:
    play.prepare()
    with play.run() as run:
        step = run.begin("weigh")
        step.record("colour", "white")
        step.attach(play.plant.path / "drum.jpg", slot="photo")
        step.complete(anyway=True)
    play.rest()


@situation
def ended_without_a_value_deviated(play: Play) -> None:
    ended_without_a_value(play)
    play.deviate("wrong-record", steps=("weigh",))


@situation
def ended_without_evidence(play: Play) -> None:
    play.prepare()
    play.weigh(photo=False)
    play.rest()


@situation
def ended_without_evidence_deviated(play: Play) -> None:
    ended_without_evidence(play)
    play.deviate("wrong-record", steps=("weigh",))


@situation
def unfinished_deviated(play: Play) -> None:
    play.prepare()
    play.weigh()
    play.deviate("step-skipped", steps=("blend", "label"))


@situation
def skipped(play: Play) -> None:
    play.prepare()
    play.weigh()
    play.blend()
    play.oversee()
    with play.run() as run:
        run.begin("label").skip("no labels left")


@situation
def skipped_deviated(play: Play) -> None:
    skipped(play)
    play.deviate("step-skipped", steps=("label",))


@situation
def overtime(play: Play) -> None:
    play.prepare(('time-limit = "2 h"', 'time-limit = "1 ms"'))
    play.all()


@situation
def overtime_deviated(play: Play) -> None:
    overtime(play)
    play.deviate("time-exceeded", steps=("blend",))


@situation
def aborted(play: Play) -> None:
    play.prepare()
    play.weigh()
    play.deviate("run-aborted")
    with play.run() as run:
        run.end("aborted", "fire alarm")


@situation
def aborted_without_deviation(play: Play) -> None:
    play.prepare()
    play.weigh()
    with play.run() as run:
        run.end("aborted", "fire alarm", anyway=True)
