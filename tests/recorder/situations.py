"""Situations in which people may leave a run, each made by the recorder."""

from __future__ import annotations

from collections.abc import Callable

from opsproof_record import Run
from recorder.byhand import DOSING, Play, put

Situation = Callable[[Play], None]
SITUATIONS: dict[str, Situation] = {}


def situation(make: Situation) -> Situation:
    """Put a situation on the list, under its name."""
    SITUATIONS[make.__name__.replace("_", "-")] = make
    return make


@situation
def nothing_done(play: Play) -> None:
    play.prepare()


@situation
def a_step_open(play: Play) -> None:
    play.prepare()
    play.weigh(end=False)


@situation
def one_step_done(play: Play) -> None:
    play.prepare()
    play.weigh()


@situation
def everything_done(play: Play) -> None:
    play.prepare()
    play.all()


@situation
def an_optional_step_skipped(play: Play) -> None:
    play.prepare()
    with play.run() as run:
        run.begin("rinse").skip("clean already")
    play.all()


@situation
def an_optional_step_open(play: Play) -> None:
    play.prepare()
    play.all()
    with play.run() as run:
        run.begin("rinse")


@situation
def a_further_pass_not_released(play: Play) -> None:
    play.prepare()
    play.all()
    play.blend()


@situation
def too_few_passes(play: Play) -> None:
    play.prepare(("{min = 1, max = 2}", "{min = 2, max = 2}"))
    play.weigh()
    play.blend()


@situation
def not_checked(play: Play) -> None:
    play.prepare()
    play.weigh()
    play.blend()
    with play.run("sup") as run:
        run.release("blend")
    play.label()


@situation
def not_released(play: Play) -> None:
    play.prepare(('after = ["blend"]', ""))
    play.weigh()
    play.blend()
    with play.run("sup") as run:
        run.check("blend", passed=True)
    play.label()


@situation
def an_agent_has_not_signed(play: Play) -> None:
    play.prepare(('roles = ["doser"]', 'roles = ["doser", "operator"]'))
    with play.past("bot", sign=False) as bot:
        put(bot, "step-started", step="rinse", pass_=1)
        put(bot, "step-completed", step="rinse", pass_=1)
    play.all()


@situation
def the_sealer_has_not_signed(play: Play) -> None:
    play.prepare()
    play.all()
    with play.past(sign=False) as op_a:
        put(op_a, "note", text="done")


@situation
def an_agent_has_not_signed_a_note(play: Play) -> None:
    play.prepare()
    with play.past("bot", sign=False) as bot:
        put(bot, "note", text="standing by")
    play.all()


@situation
def an_agent_completes_without_acting(play: Play) -> None:
    play.prepare(DOSING)
    with play.run("bot") as run:
        run.begin("rinse").complete(anyway=True)
    play.all()


@situation
def a_gap_explained(play: Play) -> None:
    play.prepare()
    with play.plant.run.open("ab") as file:
        file.write(b"\x82\x02")
    with Run.open(play.plant.run, actor="op-a", key=play.plant.key("op-a"), gap_reason="power") as run:
        run.note("back")
    play.all()


@situation
def a_gap_not_explained(play: Play) -> None:
    play.prepare()
    with play.plant.run.open("ab") as file:
        file.write(b"\x82\x02")
    play.all()


@situation
def ended_not_sealed(play: Play) -> None:
    play.prepare()
    play.all()
    with play.run() as run:
        run.end()


@situation
def assigned_by_the_issuer(play: Play) -> None:
    play.prepare()
    plant, file = play.plant, play.plant.path / "assignment"
    plant("keygen", plant.key("op-c"))
    member = ("--id", "op-c", "--name", "Technician C", "--role", "operator", "--public-key", plant.path / "op-c.pub")
    plant("assign", *member, "--detached", file, *plant.on("owner"))
    plant("assign", "--signed", file, *plant.on("op-a"))
    with play.run("op-c") as run:
        run.begin("rinse").complete()
    play.all()
