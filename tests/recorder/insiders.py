"""What an insider does who writes under an own key and asks no guard, and the code that the verifier gives for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from opsproof_record.clock import now
from opsproof_record.log.model import to_ref
from opsproof_record.run import attaching, deviate, oversight, work
from opsproof_record.run.attaching import Target
from opsproof_record.run.deviate import Deviation
from opsproof_record.run.recorder import Recorder
from recorder.crew import BASELINE, Crew, member
from recorder.folders import file_of
from recorder.forging import sign
from recorder.plays import DAY
from recorder.reading import read

from opsproof_verify.canonical import encode
from opsproof_verify.cose import RecordType

Insider = Callable[[Crew], None]


def by(crew: Crew, who: str, do: Callable[[Recorder], Any]) -> Any:
    """Write something as somebody, signed at once."""
    with crew.writing(who) as recorder:
        return do(recorder)


def write(crew: Crew, who: str, kind: str, **fields: Any) -> Any:
    """Write an entry that nobody judges."""
    return by(crew, who, lambda recorder: recorder.write(kind, **fields))


def raised(crew: Crew, reason: str, severity: str, *steps: str) -> Any:
    """Write a deviation that nobody rules on."""
    scope = {"steps": list(steps), "values": [], "evidence": [], "description": "x"}
    return write(crew, "op-1", "deviation-raised", reason=reason, severity=severity, **scope)


def weighed(crew: Crew, mass: str = "42") -> Any:
    """Do the first step."""
    by(crew, "op-1", lambda recorder: work.begin(recorder, "weigh"))
    value = by(crew, "op-2", lambda recorder: work.record(recorder, "weigh", "mass", mass)).ref
    photo = file_of(crew.path / "drum.jpg", 600)
    by(crew, "op-2", lambda recorder: attaching.attach(recorder, photo, Target("weigh", "photo")))
    return value


def mixed(crew: Crew) -> None:
    """Do the second step, which is checked and released."""
    by(crew, "op-1", lambda recorder: work.end_step(recorder, "weigh"))
    by(crew, "deputy", lambda recorder: work.begin(recorder, "mix"))
    by(crew, "deputy", lambda recorder: work.end_step(recorder, "mix"))


def dosed(crew: Crew) -> None:
    """Do the step whose actions need leave."""
    by(crew, "op-2", lambda recorder: work.begin(recorder, "dose"))
    leave = (
        crew,
        "lead",
        lambda recorder: oversight.authorise(recorder, "dose", "bot", "dose 3 ml", bytes(32), soon()),
    )
    by(*leave)
    by(crew, "bot", lambda recorder: oversight.act(recorder, "dose", "dose 3 ml", bytes(32)))
    by(crew, "bot", lambda recorder: work.end_step(recorder, "dose"))


def labelled(crew: Crew) -> None:
    """Do the last step."""
    by(crew, "op-1", lambda recorder: work.begin(recorder, "label"))
    by(crew, "op-1", lambda recorder: work.end_step(recorder, "label"))


def judged(crew: Crew) -> None:
    """Check and release the second step."""
    by(crew, "inspector", lambda recorder: oversight.check_step(recorder, "mix", passed=True))
    by(crew, "lead", lambda recorder: oversight.release_step(recorder, "mix"))


def ended(crew: Crew) -> None:
    """End and seal."""
    with crew.writing("op-1") as recorder:
        work.end_run(recorder, "completed", None, anyway=True)
    crew.seal()


def soon() -> list[int]:
    return [now()[0] + DAY, 0]


def _continues_under_a_block(crew: Crew) -> None:
    weighed(crew)
    by(crew, "op-1", lambda one: deviate.deviate(one, Deviation(reason="grave", description="x", steps=("weigh",))))
    write(crew, "op-1", "step-completed", step="weigh", pass_=1)


def _starts_too_early(crew: Crew) -> None:
    write(crew, "op-1", "step-started", step="label", pass_=1)


def _works_on_a_closed_step(crew: Crew) -> None:
    weighed(crew)
    mixed(crew)
    write(crew, "op-1", "instrument-used", step="weigh", pass_=1, instrument="scale-9")


def _checks_own_work(crew: Crew) -> None:
    weighed(crew)
    mixed(crew)
    write(crew, "deputy", "checked", step="mix", pass_=1, passed=True)


def _releases_own_work(crew: Crew) -> None:
    weighed(crew)
    mixed(crew)
    write(crew, "deputy", "released", step="mix", pass_=1)
    _starts_too_early(crew)


def _passes_a_hold_point(crew: Crew) -> None:
    weighed(crew)
    mixed(crew)
    _starts_too_early(crew)


def _agent_checks(crew: Crew) -> None:
    weighed(crew)
    mixed(crew)
    write(crew, "bot", "checked", step="mix", pass_=1, passed=True)


def _agent_releases(crew: Crew) -> None:
    weighed(crew)
    mixed(crew)
    write(crew, "bot", "released", step="mix", pass_=1)


def _agent_authorises(crew: Crew) -> None:
    by(crew, "op-2", lambda recorder: work.begin(recorder, "dose"))
    write(
        crew, "bot", "authorised", step="dose", pass_=1, for_="scale", action="x", arguments=bytes(32), expires=soon()
    )


def _agent_acts_without_leave(crew: Crew) -> None:
    by(crew, "op-2", lambda recorder: work.begin(recorder, "dose"))
    write(crew, "bot", "acted", step="dose", pass_=1, action="dose 3 ml", arguments=bytes(32))


def _agent_acts_twice(crew: Crew) -> None:
    by(crew, "op-2", lambda recorder: work.begin(recorder, "dose"))
    leave = (
        crew,
        "lead",
        lambda recorder: oversight.authorise(recorder, "dose", "bot", "dose 3 ml", bytes(32), soon()),
    )
    ref = by(*leave)
    for _ in range(2):
        write(
            crew, "bot", "acted", step="dose", pass_=1, action="dose 3 ml", arguments=bytes(32), authorised=to_ref(ref)
        )


def _agent_acts_otherwise(crew: Crew) -> None:
    by(crew, "op-2", lambda recorder: work.begin(recorder, "dose"))
    leave = (
        crew,
        "lead",
        lambda recorder: oversight.authorise(recorder, "dose", "bot", "dose 3 ml", bytes(32), soon()),
    )
    ref = by(*leave)
    write(crew, "bot", "acted", step="dose", pass_=1, action="dose 3 ml", arguments=b"\1" * 32, authorised=to_ref(ref))


def _agent_completes_without_acting(crew: Crew) -> None:
    by(crew, "op-2", lambda recorder: work.begin(recorder, "dose"))
    write(crew, "bot", "step-completed", step="dose", pass_=1)


def _assigns_without_right(crew: Crew) -> None:
    run = read(crew.run.read_bytes()).leaves[0]
    new = member("friend", "human", ["inspection"], None)
    contract_hash = read(crew.run.read_bytes()).entries[0]["prev"]
    said = {"contract": contract_hash, "run": run, "member": new, "by": "op-1", "time": now()}
    write(crew, "op-1", "assigned", assignment=sign("op-1", RecordType.ASSIGNMENT, encode(said)))


def _assigns_under_the_name_of_another(crew: Crew) -> None:
    run, new = read(crew.run.read_bytes()).leaves[0], member("friend", "human", ["inspection"], None)
    contract_hash = read(crew.run.read_bytes()).entries[0]["prev"]
    said = {"contract": contract_hash, "run": run, "member": new, "by": "lead", "time": now()}
    write(crew, "op-1", "assigned", assignment=sign("op-1", RecordType.ASSIGNMENT, encode(said)))


def _makes_up_a_reason(crew: Crew) -> None:
    raised(crew, "bad-luck", "minor")


def _plays_it_down(crew: Crew) -> None:
    raised(crew, "grave", "minor")


def _leaves_out_what_is_demanded(crew: Crew) -> None:
    raised(crew, "bad", "major", "weigh")


def _leaves_the_ruling_out(crew: Crew) -> None:
    raised(crew, "odd", "minor", "weigh")


def _rules_as_it_suits(crew: Crew) -> None:
    ref = raised(crew, "grave", "critical")
    write(crew, "op-1", "deviation-ruled", deviation=to_ref(ref), ruling="allow", policy=BASELINE.digest)


def _rules_by_another_policy(crew: Crew) -> None:
    ref = raised(crew, "odd", "minor", "weigh")
    write(crew, "op-1", "deviation-ruled", deviation=to_ref(ref), ruling="review", policy=bytes(32))


def _keeps_an_excess_quiet(crew: Crew) -> None:
    weighed(crew, "50")


def _corrects_an_excess_away(crew: Crew) -> None:
    ref = weighed(crew, "50")
    by(crew, "op-2", lambda recorder: work.correct(recorder, ref.seq, "42", "misread"))


def _records_over(crew: Crew) -> None:
    weighed(crew)
    write(crew, "op-2", "value-recorded", step="weigh", pass_=1, name="mass", value="43", unit="kg")


def _records_in_pounds(crew: Crew) -> None:
    by(crew, "op-1", lambda recorder: work.begin(recorder, "weigh"))
    write(crew, "op-1", "value-recorded", step="weigh", pass_=1, name="mass", value="43", unit="lb")


def _corrects_what_was_not_there(crew: Crew) -> None:
    ref = weighed(crew)
    write(crew, "op-2", "correction", corrects=to_ref(ref), old="41", new="43", why="x")


def _works_without_the_role(crew: Crew) -> None:
    write(crew, "inspector", "step-started", step="weigh", pass_=1)


def _does_what_is_in_no_contract(crew: Crew) -> None:
    write(crew, "op-1", "step-started", step="weigh", pass_=9)


def _fills_a_slot_with_something_else(crew: Crew) -> None:
    by(crew, "op-1", lambda recorder: work.begin(recorder, "weigh"))
    text = file_of(crew.path / "a.txt", 5)

    def attach(recorder: Recorder) -> None:
        size, digest = recorder.journal.append_evidence(handle.fileno(), "a.txt")
        at = {"step": "weigh", "pass_": 1, "slot": "photo"}
        recorder.write("evidence-added", **at, digest=digest, size=size, media="text/plain")  # type: ignore[arg-type]

    with text.open("rb") as handle:
        by(crew, "op-1", attach)


def _closes_own_deviation(crew: Crew) -> None:
    said = Deviation(reason="odd", description="x", steps=("label",))
    ref = by(crew, "deputy", lambda recorder: deviate.deviate(recorder, said)).ref
    write(crew, "deputy", "deviation-closed", deviation=to_ref(ref), text="fine")


def _skips_without_a_word(crew: Crew) -> None:
    write(crew, "op-1", "step-skipped", step="dose", pass_=1)


def _ends_while_a_step_is_open(crew: Crew) -> None:
    weighed(crew)


def _backdates(crew: Crew) -> None:
    with crew.writing("op-1") as recorder, pytest.MonkeyPatch.context() as patch:
        early = [recorder.state.last_ms - 60_000, 0]
        patch.setattr("opsproof_record.run.recorder.now", lambda: early)
        recorder.write("note", text="an hour ago")


INSIDERS: list[tuple[Insider, str]] = [
    (_continues_under_a_block, "deviation.continued"),
    (_starts_too_early, "step.out-of-order"),
    (_works_on_a_closed_step, "step.out-of-order"),
    (_does_what_is_in_no_contract, "step.unknown"),
    (_ends_while_a_step_is_open, "step.unfinished"),
    (_skips_without_a_word, "step.skip-unexplained"),
    (_passes_a_hold_point, "step.not-released"),
    (_releases_own_work, "step.not-released"),
    (_checks_own_work, "check.not-independent"),
    (_agent_checks, "agent.approval"),
    (_agent_releases, "agent.approval"),
    (_agent_authorises, "agent.approval"),
    (_agent_acts_without_leave, "action.unauthorised"),
    (_agent_acts_twice, "action.unauthorised"),
    (_agent_acts_otherwise, "action.unauthorised"),
    (_agent_completes_without_acting, "action.unauthorised"),
    (_works_without_the_role, "actor.wrong-role"),
    (_assigns_without_right, "assignment.unauthorised"),
    (_assigns_under_the_name_of_another, "assignment.unauthorised"),
    (_makes_up_a_reason, "deviation.unknown-reason"),
    (_plays_it_down, "deviation.understated"),
    (_leaves_out_what_is_demanded, "deviation.understated"),
    (_leaves_the_ruling_out, "deviation.unruled"),
    (_rules_as_it_suits, "deviation.wrong-ruling"),
    (_rules_by_another_policy, "deviation.wrong-ruling"),
    (_keeps_an_excess_quiet, "deviation.missing"),
    (_corrects_an_excess_away, "deviation.missing"),
    (_closes_own_deviation, "deviation.not-closed"),
    (_records_over, "value.overwritten"),
    (_records_in_pounds, "value.invalid"),
    (_corrects_what_was_not_there, "correction.mismatch"),
    (_fills_a_slot_with_something_else, "evidence.unfit"),
    (_backdates, "time.not-monotonic"),
    (_backdates, "time.outside-run"),
]
