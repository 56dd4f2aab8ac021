"""Commands on the work itself, from `start` and `begin` to `attest` and `end`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from opsproof_record.cli.common import (
    ENTRY,
    FILE,
    MOMENT,
    attesting,
    entry,
    finish,
    id_option,
    line_option,
    load_key,
    prose_option,
    refusing,
    say,
    signing,
    writer,
    writing,
)
from opsproof_record.errors import Refused
from opsproof_record.run import starting, work
from opsproof_record.run.recorder import CLOCK, recording


@click.command()
@click.argument("package", type=FILE)
@click.option("--run", "run_file", type=FILE, required=True, help="The journal to make; it must not exist.")
@signing
@click.option("--param", "params", multiple=True, metavar="NAME=VALUE", help="What is worked on, such as batch=B-1042.")
@click.option("--reworks", type=FILE, multiple=True, help="A sealed bundle that this run reworks.")
@click.option("--continues", type=FILE, multiple=True, help="A sealed bundle that this run continues.")
@line_option("--clock", default=CLOCK, show_default=True, help="By which clock times are; nothing checks that text.")
@attesting
def start(
    package: Path,
    *,
    run_file: Path,
    actor: str,
    key_file: Path,
    passphrase_fd: int | None,
    params: tuple[str, ...],
    reworks: tuple[Path, ...],
    continues: tuple[Path, ...],
    clock: str,
    attest: bool | None,
) -> None:
    """Start a run of the contract in PACKAGE: a new journal, with entry 0."""
    with refusing():
        signer = load_key(key_file, passphrase_fd)
        related = tuple(("rework", one) for one in reworks) + tuple(("continuation", one) for one in continues)
        ref = starting.start(package, run_file, actor, signer, _pairs(params), related, clock=clock)
        entry(ref, f"run started: {run_file}")
        say(f"run {ref.leaf.hex()}")
        with recording(run_file, actor, signer, lambda _cut: None) as recorder:
            finish(recorder, attest=attest)


def _pairs(params: tuple[str, ...]) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for param in params:
        name, equals, value = param.partition("=")
        if not equals or name in pairs:
            raise Refused(f"--param {param} is not NAME=VALUE, or given twice", "Write it as --param batch=B-1042.")
        pairs[name] = value
    return pairs


@click.command()
@click.argument("step")
@writing
@attesting
def begin(step: str, *, attest: bool | None, **options: Any) -> None:
    """Begin a pass of STEP."""
    with refusing(), writer(**options) as recorder:
        ref, number = work.begin(recorder, step)
        entry(ref, f"step {step} pass {number} begun: {recorder.state.contract.steps[step].title}")
        finish(recorder, attest=attest)


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("step")
@click.argument("name")
@click.argument("value")
@click.option("--unit", help="The unit you read; it must be the contract's.")
@click.option("--observed", type=MOMENT, metavar="TIME", help="When you read it, if not now: RFC 3339 with a zone.")
@prose_option("--late", metavar="WHY", help="Why it was not recorded then.")
@writing
@attesting
def record(
    step: str,
    name: str,
    value: str,
    *,
    unit: str | None,
    observed: list[int] | None,
    late: str | None,
    attest: bool | None,
    **options: Any,
) -> None:
    """Record VALUE for the value NAME of STEP."""
    with refusing(), writer(**options) as recorder:
        outcome = work.record(recorder, step, name, value, work.Reading(unit, observed, late))
        finish_value(f"{step} {name} =", outcome)
        finish(recorder, attest=attest)


def finish_value(what: str, outcome: work.Outcome) -> None:
    """Say what was recorded and, if it lies outside its limits, what to do."""
    unit = f" {outcome.unit}" if outcome.unit else ""
    entry(outcome.ref, f"{what} {outcome.value}{unit}")
    if outcome.flaw:
        say(f"OUT OF LIMITS: {outcome.flaw}")
        say("  It is recorded and stays. Say why, with a reason code of the domain pack:")
        say(f"  opsproof deviate REASON --value e{outcome.ref.seq} --description TEXT ...")


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("value_entry", type=ENTRY)
@click.argument("value")
@prose_option("--why", required=True, help="Why the recorded value is wrong.")
@writing
@attesting
def correct(value_entry: int, value: str, *, why: str, attest: bool | None, **options: Any) -> None:
    """Replace the value that entry VALUE_ENTRY holds by VALUE; both stay on record."""
    with refusing(), writer(**options) as recorder:
        outcome = work.correct(recorder, value_entry, value, why)
        finish_value(f"e{value_entry} corrected:", outcome)
        finish(recorder, attest=attest)


@click.command()
@click.argument("step")
@click.argument("instrument")
@id_option("--used-as", "serves_as", metavar="NAME", help="What it is used as, if the step asks for several.")
@click.option("--due", type=MOMENT, metavar="TIME", help="Until when its calibration holds: RFC 3339 with a zone.")
@writing
@attesting
def instrument(
    step: str,
    instrument: str,
    *,
    serves_as: str | None,
    due: list[int] | None,
    attest: bool | None,
    **options: Any,
) -> None:
    """Record that INSTRUMENT is used in STEP."""
    with refusing(), writer(**options) as recorder:
        ref = work.use_instrument(recorder, step, instrument, due, serves_as)
        asked = recorder.state.contract.steps[step].instruments
        what = serves_as or (asked[0] if len(asked) == 1 else None)
        entry(ref, f"{step} uses {instrument}" + (f" as {what}" if what else ""))
        finish(recorder, attest=attest)


@click.command()
@click.argument("what", type=ENTRY)
@prose_option("--why", required=True, help="Why it does not count.")
@writing
@attesting
def void(what: int, *, why: str, attest: bool | None, **options: Any) -> None:
    """Make void the value or the evidence that entry WHAT holds: it stays on record, and does not count any more."""
    with refusing(), writer(**options) as recorder:
        entry(work.void(recorder, what, why), f"e{what} is void")
        finish(recorder, attest=attest)


@click.command()
@click.argument("clock")
@click.option("--by", type=int, metavar="MS", help="By how many milliseconds it was set: negative is back.")
@prose_option("--text", help="Why, or what else there is to say.")
@writing
@attesting
def clock(clock: str, *, by: int | None, text: str | None, attest: bool | None, **options: Any) -> None:
    """Record that the clock was set, or that times are by another one, CLOCK, from here on.

    A clock that goes back is recorded without this command, by the first entry that has an earlier time.
    """
    with refusing(), writer(**options) as recorder:
        entry(work.change_clock(recorder, clock, by, text), f"times are by: {clock}")
        finish(recorder, attest=attest)


@click.command()
@click.argument("step")
@prose_option("--reason", required=True, help="Why it is not done.")
@writing
@attesting
def skip(step: str, *, reason: str, attest: bool | None, **options: Any) -> None:
    """Record that STEP, or its open pass, is not done."""
    with refusing(), writer(**options) as recorder:
        ref, number = work.skip(recorder, step, reason)
        entry(ref, f"step {step} pass {number} skipped")
        if not recorder.state.contract.steps[step].optional:
            say("  The step is not optional: say why with a reason code of the domain pack:")
            say(f"  opsproof deviate REASON --step {step} --description TEXT ...")
        finish(recorder, attest=attest)


@click.command()
@click.argument("text")
@click.option("--step", help="The step that it is about.")
@writing
@attesting
def note(text: str, *, step: str | None, attest: bool | None, **options: Any) -> None:
    """Write a note."""
    with refusing(), writer(**options) as recorder:
        entry(work.note(recorder, text, step), "note")
        finish(recorder, attest=attest)


@click.command()
@writing
def attest(**options: Any) -> None:
    """Sign your entries since your last signature."""
    with refusing(), writer(**options) as recorder:
        count = recorder.attest()
        last = recorder.state.count - 1
        say(
            f"e{last} signed by {recorder.member.id}: {count} entries"
            if count
            else "nothing to sign: all your entries are signed"
        )


@click.command()
@click.argument("step", required=False)
@click.option("--aborted", is_flag=True, help="The run is stopped before its end (without STEP).")
@prose_option("--reason", help="Why the run ends so (without STEP).")
@click.option("--anyway", is_flag=True, help="End it although something is open; every verification will show that.")
@writing
@attesting
def end(
    step: str | None, *, aborted: bool, reason: str | None, anyway: bool, attest: bool | None, **options: Any
) -> None:
    """Complete STEP; without STEP, end the run."""
    with refusing(), writer(**options) as recorder:
        if step is not None:
            if aborted or reason:
                raise Refused("--aborted and --reason are about the whole run", "Leave STEP out to end the run.")
            ref, number = work.end_step(recorder, step, anyway=anyway)
            entry(ref, f"step {step} pass {number} completed")
            finish(recorder, attest=attest)
            return
        outcome = "aborted" if aborted else "completed"
        ref = work.end_run(recorder, outcome, reason, anyway=anyway)
        recorder.journal.commit()
        entry(ref, f"run {outcome}; seal it: opsproof seal (its signature covers this entry too)")
