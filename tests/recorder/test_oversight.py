"""Leave for actions: given by people for exactly these arguments, used once; and what the verifier says of the rest."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from opsproof_record import Incomplete, NotEntitled, OutOfOrder, Refused, Run, StepWork, Unauthorised, Unfit, Unknown
from opsproof_record.log.model import to_ref
from opsproof_record.run.arguments import encoded
from recorder.acting import acting, kinds, sound
from recorder.plant import Plant

from opsproof_verify.findings import Verdict

SCALE: dict[str, Any] = {"service": "web", "replicas": 3}
DIGEST = hashlib.sha256(encoded(SCALE)).digest()
SOON = timedelta(minutes=5)


def opened(plant: Plant, actor: str, **more: Any) -> Run:
    return Run.open(plant.run, actor=actor, key=plant.key(actor), **more)


def test_an_action_under_leave(plant: Plant) -> None:
    acting(plant)
    with opened(plant, "bot") as bot, opened(plant, "lead") as lead, bot.step("deploy") as step:
        with pytest.raises(Unauthorised, match="nobody has given leave") as refused:
            step.act("scale", SCALE)
        assert "Attach the arguments first" in refused.value.remedy
        assert DIGEST.hex() in refused.value.remedy
        asked = step.request("scale", SCALE)
        assert asked.digest == DIGEST
        with pytest.raises(Unauthorised) as refused:
            step.act("scale", SCALE)
        assert f"--arguments e{asked.ref.seq} " in refused.value.remedy
        lead.authorise("deploy", "bot", "scale", asked, SOON)
        assert step.act("scale", {"replicas": 3.0, "service": "web"}).seq
        with pytest.raises(Unauthorised, match="was used; it holds once"):
            step.act("scale", SCALE)
    assert kinds(plant.run).count("acted") == 1
    assert sound(plant)


GIVEN: dict[str, tuple[Callable[[Run], object], str]] = {
    "other arguments": (
        lambda lead: lead.authorise("deploy", "bot", "scale", SCALE | {"replicas": 30}, SOON),
        "other arg",
    ),
    "another action": (lambda lead: lead.authorise("deploy", "bot", "Scale", SCALE, SOON), "nobody has"),
    "another actor": (lambda lead: lead.authorise("deploy", "op-a", "scale", SCALE, SOON), "nobody has"),
    "another step": (lambda lead: lead.authorise("build", "bot", "scale", SCALE, SOON), "nobody has"),
}


@pytest.mark.parametrize("name", GIVEN)
def test_leave_for_something_else_is_none(plant: Plant, name: str) -> None:
    acting(plant)
    give, why = GIVEN[name]
    with opened(plant, "bot") as bot, opened(plant, "lead") as lead:
        bot.begin("build")
        step = bot.begin("deploy")
        give(lead)
        with pytest.raises(Unauthorised, match=why):
            step.act("scale", SCALE)


def test_leave_is_for_one_pass(plant: Plant) -> None:
    acting(plant)
    with opened(plant, "op-a") as operator, opened(plant, "bot") as bot, opened(plant, "lead") as lead:
        operator.begin("deploy")
        lead.authorise("deploy", "bot", "scale", SCALE, SOON)
        operator.step("deploy").__enter__().complete()
        with pytest.raises(Unauthorised, match="nobody has"):
            bot.begin("deploy").act("scale", SCALE)


def test_leave_expires(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    acting(plant)
    with opened(plant, "bot") as bot, opened(plant, "lead") as lead:
        step = bot.begin("deploy")
        until = datetime.now(UTC) + timedelta(seconds=3600)
        given = lead.authorise("deploy", "bot", "scale", SCALE, until)
        ms = round(until.timestamp() * 1000)
        monkeypatch.setattr("opsproof_record.run.oversight.now", lambda: [ms, 0])
        with pytest.raises(Unauthorised, match=f"the leave e{given.seq} has expired"):
            step.act("scale", SCALE)
        monkeypatch.undo()

        monkeypatch.setattr(
            "opsproof_record.run.recorder.now", lambda: [ms, 0]
        )  # it expires while the entry is written
        before = plant.run.read_bytes()
        with pytest.raises(Unauthorised, match="at this moment"):
            step.act("scale", SCALE)
        assert plant.run.read_bytes() == before
        monkeypatch.undo()
        assert step.act("scale", SCALE)
    assert sound(plant)


def test_who_may_give_leave(plant: Plant) -> None:
    acting(plant)
    with opened(plant, "bot") as bot, opened(plant, "op-a") as operator, opened(plant, "lead") as lead:
        with pytest.raises(OutOfOrder):
            lead.authorise("deploy", "bot", "scale", SCALE, SOON)
        bot.begin("deploy")
        before = plant.run.read_bytes()
        calls: list[tuple[type[Refused], Callable[[], object]]] = [
            (NotEntitled, lambda: bot.authorise("deploy", "bot", "scale", SCALE, SOON)),
            (NotEntitled, lambda: operator.authorise("deploy", "bot", "scale", SCALE, SOON)),
            (NotEntitled, lambda: lead.authorise("deploy", "lead", "scale", SCALE, SOON)),
            (Unknown, lambda: lead.authorise("deploy", "bott", "scale", SCALE, SOON)),
            (Unknown, lambda: lead.authorise("depoly", "bot", "scale", SCALE, SOON)),
            (Unfit, lambda: lead.authorise("deploy", "bot", "scale", SCALE, -SOON)),
            (Unfit, lambda: lead.authorise("deploy", "bot", "scale\n", SCALE, SOON)),
        ]
        for wanted, call in calls:
            with pytest.raises(Refused) as refused:
                call()
            assert type(refused.value) is wanted, refused.value
        assert plant.run.read_bytes() == before


def test_people_and_other_steps_need_no_leave(plant: Plant) -> None:
    acting(plant)
    with opened(plant, "op-a") as operator, opened(plant, "bot") as bot:
        with operator.step("deploy") as step:
            step.act("scale", SCALE)
        with bot.step("build") as step:
            step.act("compile", {})
    assert kinds(plant.run).count("acted") == 2


def test_an_agent_does_not_complete_such_a_step_without_an_action(plant: Plant) -> None:
    acting(plant)
    with opened(plant, "bot") as bot:
        step = bot.begin("deploy")
        with pytest.raises(Incomplete, match="an action that was authorised"):
            step.complete()


def test_waiting_for_leave(plant: Plant) -> None:
    acting(plant)
    with opened(plant, "bot") as bot, opened(plant, "lead") as lead, bot.step("deploy") as step:
        asked = step.request("scale", SCALE)
        giver = threading.Timer(0.2, lead.authorise, ("deploy", "bot", "scale", asked, SOON))
        giver.start()
        assert step.act("scale", SCALE, wait=60)
        giver.join()
        with bot.batch(), pytest.raises(Unauthorised):
            step.act("scale", SCALE, wait=3600)  # nobody could give leave meanwhile
    assert sound(plant)


@pytest.mark.parametrize(
    "one, other",
    [
        ({"a": 1, "b": [1.0, "ü"]}, {"b": [1, "ü"], "a": 1.0}),
        ({"a": (1, 2)}, {"a": [1, 2]}),
        ({"a": 1e15}, {"a": 10**15}),
    ],
)
def test_the_same_arguments_have_the_same_bytes(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert encoded(one) == encoded(other)


def test_arguments_are_json_in_one_way() -> None:
    assert encoded({"b": "ü\n", "a": [True, None, 0.5, -0.0]}) == '{"a":[true,null,0.5,0],"b":"ü\\n"}'.encode()
    assert encoded({"a": True}) != encoded({"a": 1})
    deep: dict[str, Any] = {}
    for _ in range(10_000):
        deep = {"a": deep}
    for wrong in ({"a": float("nan")}, {"a": {1: 2}}, {"a": b"x"}, {"a": "\ud800"}, {"a": datetime.now(UTC)}, deep):
        with pytest.raises(Unfit, match="no JSON"):
            encoded(wrong)


# What the verifier says of entries that were written past the recorder's rules.


def bypass(bot: Run, step: StepWork, **fields: Any) -> None:
    with bot.writing() as recorder:
        said: dict[str, Any] = {"step": step.id, "pass_": step.number, "action": "scale", "arguments": DIGEST}
        recorder.write("acted", **(said | fields))


def past(plant: Plant, act: Callable[[Run, Run, StepWork], object]) -> list[Any]:
    """Perform a whole run with one thing done past the rules; give why the verifier finds it unauthorised."""
    acting(plant)
    with opened(plant, "op-a") as operator, opened(plant, "bot") as bot, opened(plant, "lead") as lead:
        with bot.step("deploy", anyway=True) as step:
            act(bot, lead, step)
        with operator.step("weigh") as step:
            step.record("mass", 42)
            step.attach(b"JFIF", slot="photo", name="drum.jpg", media="image/jpeg")
        with operator.step("label"):
            pass
        operator.end()
        operator.seal(with_open_items=True)
    report = plant.report()
    found = [dict(one.facts)["why"] for one in report.findings if one.code.name == "action.unauthorised"]
    assert report.verdict is (Verdict.FAIL if found else Verdict.PROVISIONAL)
    return found


def _leave(lead: Run, **more: Any) -> list[Any]:
    given: dict[str, Any] = {"step_id": "deploy", "actor": "bot", "action": "scale", "arguments": SCALE, "until": SOON}
    return to_ref(lead.authorise(**(given | more)))


def _twice(bot: Run, lead: Run, step: StepWork) -> None:
    leave = _leave(lead)
    bypass(bot, step, authorised=leave)
    bypass(bot, step, authorised=leave)


PAST: dict[str, tuple[Callable[[Run, Run, StepWork], object], list[str]]] = {
    "under leave": (lambda bot, lead, step: bypass(bot, step, authorised=_leave(lead)), []),
    "without": (lambda bot, _lead, step: bypass(bot, step), ["no-leave"]),
    "twice": (_twice, ["leave-used"]),
    "other arguments": (
        lambda bot, lead, step: bypass(bot, step, authorised=_leave(lead), arguments=bytes(32)),
        ["leave-other-arguments"],
    ),
    "another action": (
        lambda bot, lead, step: bypass(bot, step, authorised=_leave(lead), action="drop"),
        ["leave-other-action"],
    ),
    "of another": (
        lambda bot, lead, step: bypass(bot, step, authorised=_leave(lead, actor="op-a")),
        ["leave-for-another"],
    ),
    "no action at all": (lambda _bot, _lead, _step: None, ["not-acted"]),
}


@pytest.mark.parametrize("name", PAST)
def test_the_verifier_finds_what_went_past_the_rules(plant: Plant, name: str) -> None:
    act, wanted = PAST[name]
    assert past(plant, act) == wanted
