"""Situations that the recorder refuses to make, written past its checks as by a faulty or foreign one."""

from __future__ import annotations

from pathlib import Path
from unittest import mock

from opsproof_record.clock import now
from opsproof_record.run.recorder import Recorder
from recorder.byhand import DOSING, Play, put
from recorder.situations import Situation

from opsproof_verify.fields import Ref
from opsproof_verify.policy import shipped

FAULTS: dict[str, Situation] = {}
_HOUR = 3_600_000


def fault(make: Situation) -> Situation:
    """Put a situation on the list of those that the recorder refuses to make."""
    FAULTS[make.__name__.replace("_", "-")] = make
    return make


def _ref(ref: Ref) -> list[object]:
    return [ref.seq, ref.leaf]


@fault
def steps_in_another_order(play: Play) -> None:
    play.prepare()
    with play.past() as op_a:
        put(op_a, "step-started", step="label", pass_=1)
        put(op_a, "value-recorded", step="label", pass_=1, name="attached", value=True)
        put(op_a, "step-completed", step="label", pass_=1)
    play.weigh()
    play.blend()
    play.oversee()


@fault
def a_step_that_the_contract_lacks(play: Play) -> None:
    play.prepare()
    play.all()
    with play.past() as op_a:
        put(op_a, "step-started", step="paint", pass_=1)
        put(op_a, "step-completed", step="paint", pass_=1)


@fault
def started_before_the_release(play: Play) -> None:
    play.prepare()
    play.weigh()
    play.blend()
    with play.past() as op_a:
        put(op_a, "step-started", step="label", pass_=1)
        put(op_a, "value-recorded", step="label", pass_=1, name="attached", value=True)
        put(op_a, "step-completed", step="label", pass_=1)
    play.oversee()


@fault
def skipped_without_a_reason(play: Play) -> None:
    play.prepare()
    play.all()
    with play.past() as op_a:
        put(op_a, "step-skipped", step="rinse", pass_=1)


@fault
def a_value_of_another_type(play: Play) -> None:
    play.prepare()
    with play.past() as op_a:
        put(op_a, "step-started", step="weigh", pass_=1)
        put(op_a, "value-recorded", step="weigh", pass_=1, name="mass", value="about 42", unit="kg")
    play.plant("record", "weigh", "colour", "white", *play.plant.on("op-a"))
    play.plant("attach", play.plant.path / "drum.jpg", "--step", "weigh", "--slot", "photo", *play.plant.on("op-a"))
    play.plant("end", "weigh", *play.plant.on("op-a"))
    play.rest()


@fault
def a_value_recorded_twice(play: Play) -> None:
    play.prepare()
    play.weigh(end=False)
    with play.past() as op_a:
        put(op_a, "value-recorded", step="weigh", pass_=1, name="mass", value="43", unit="kg")
    play.plant("end", "weigh", *play.plant.on("op-a"))
    play.rest()


@fault
def a_correction_of_something_else(play: Play) -> None:
    play.prepare()
    play.all()
    with play.past() as op_a:
        held = op_a.state.values_of("weigh", 1)["mass"]
        put(op_a, "correction", corrects=_ref(held.ref), old="41", new="43", why="misread")


@fault
def work_without_the_role(play: Play) -> None:
    play.prepare()
    with play.past("bot") as bot:
        put(bot, "step-started", step="rinse", pass_=1)
        put(bot, "step-completed", step="rinse", pass_=1)
    play.all()


@fault
def a_check_by_an_agent(play: Play) -> None:
    play.prepare()
    play.all()
    with play.past("bot") as bot:
        put(bot, "checked", step="weigh", pass_=1, passed=True)


@fault
def a_check_by_who_did_the_work(play: Play) -> None:
    play.prepare(('check = ["supervisor"]', ""))
    play.weigh()
    play.blend()
    with play.past() as op_a:
        put(op_a, "checked", step="blend", pass_=1, passed=True)
    with play.run("sup") as run:
        run.release("blend")
    play.label()


@fault
def a_deviation_without_a_ruling(play: Play) -> None:
    play.prepare()
    play.all()
    _raise(play, "other", "major")


@fault
def a_deviation_with_another_ruling(play: Play) -> None:
    play.prepare()
    play.all()
    with play.past() as op_a:
        _raise_in(op_a, "other", "major")
        raised = next(op_a.state.deviations()).ref
        put(op_a, "deviation-ruled", deviation=_ref(raised), ruling="allow", policy=op_a.state.policy_digest)


@fault
def a_reason_that_the_pack_lacks(play: Play) -> None:
    play.prepare()
    play.all()
    _raise(play, "whim", "minor")
    play.plant("rule", f"e{_last(play)}", *play.plant.on("op-a"))


@fault
def a_deviation_understated(play: Play) -> None:
    play.prepare()
    play.all()
    _raise(play, "other", "minor")
    play.plant("rule", f"e{_last(play)}", *play.plant.on("op-a"))


@fault
def work_under_a_block(play: Play) -> None:
    play.prepare()
    play.deviate("wrong-material", steps=("rinse",))
    with play.past() as op_a:
        put(op_a, "step-started", step="rinse", pass_=1)
        put(op_a, "step-completed", step="rinse", pass_=1)
    play.all()


@fault
def evidence_that_does_not_fit(play: Play) -> None:
    play.prepare()
    with mock.patch("opsproof_record.run.guard.check_slot"), play.run() as run:
        step = run.begin("weigh")
        step.record("mass", "42")
        step.record("colour", "white")
        step.attach(play.plant.path / "notes.txt", slot="photo")
        step.complete(anyway=True)
    play.rest()


@fault
def action_without_leave(play: Play) -> None:
    play.prepare(DOSING)
    with play.past("bot") as bot:
        put(bot, "step-started", step="rinse", pass_=1)
        put(bot, "acted", step="rinse", pass_=1, action="dose", arguments=bytes(32))
        put(bot, "step-completed", step="rinse", pass_=1)
    play.all()


@fault
def signed_too_late(play: Play) -> None:
    late = play.policy(attestation_late='level = "fail", max-waiting = 2')
    play.prepare(late)
    play.all()
    with play.past() as op_a:
        for number in range(4):
            put(op_a, "note", text=f"note {number}")


@fault
def a_clock_set_back(play: Play) -> None:
    strict = play.policy(time_not_monotonic='level = "fail"')
    play.prepare(strict)
    play.all()
    with play.past() as op_a:
        ms, offset = now()
        op_a._write("note", {"text": "an hour ago"}, [ms - _HOUR, offset])


@fault
def entries_after_the_actors_time(play: Play) -> None:
    play.prepare(('key-file = "op-b.pub"', 'key-file = "op-b.pub"\nnot-after = 2020-01-01T00:00:00Z'))
    play.all()
    anybody = mock.patch("opsproof_record.run.recorder.enrolled", lambda state, actor, _signer: state.members[actor])
    with anybody, play.past("op-b") as op_b:
        put(op_b, "note", text="still here")


@fault
def a_contract_that_nobody_approved(play: Play) -> None:
    play.prepare(start=False)
    plant = play.plant
    plant.package.unlink()
    plant("author", plant.path / "fill.toml", "--output", plant.package, *plant.by("owner"))
    play.start()
    play.all()


@fault
def a_contract_not_in_force(play: Play) -> None:
    with mock.patch("opsproof_record.run.starting._check_in_force"):
        play.prepare(("version = 2\n", "version = 2\nnot-after = 2020-01-01T00:00:00Z\n"))
    play.all()


@fault
def nobody_who_may_seal_by_the_policy(play: Play) -> None:
    play.prepare(play.policy(("vocabulary = 1\n", 'vocabulary = 1\nsealing-roles = ["manager"]\n')))
    play.all()


@fault
def a_policy_without_approvals(play: Play) -> None:
    text = Path(shipped("baseline")).read_text()
    text = text[text.index("[[approvals]]") : text.index("# --- What happens")]
    play.prepare(play.policy((text, "")))
    play.all()


@fault
def rules_that_are_off(play: Play) -> None:
    play.prepare(play.policy(value_missing='level = "off", reason = "pilot"'))
    with play.run() as run:
        run.begin("weigh").complete(anyway=True)
    play.rest()


def _raise(play: Play, reason: str, severity: str) -> None:
    with play.past() as op_a:
        _raise_in(op_a, reason, severity)


def _raise_in(recorder: Recorder, reason: str, severity: str) -> None:
    put(
        recorder,
        "deviation-raised",
        reason=reason,
        severity=severity,
        steps=[],
        values=[],
        evidence=[],
        description="x",
    )


def _last(play: Play) -> int:
    with play.run() as run, run.looking() as state:
        return max(one.ref.seq for one in state.deviations())
