"""Commands on the work itself: `start`, `begin`, `record`, `correct`, `instrument`, `note`, `skip`, `attest`, `end`."""

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
from opsproof_record.run.recorder import recording


@click.command()
@click.argument("package", type=FILE)
@click.option("--run", "run_file", type=FILE, required=True, help="The journal to make; it must not exist.")
@signing
@click.option("--param", "params", multiple=True, metavar="NAME=VALUE", help="What is worked on, such as batch=B-1042.")
@click.option("--reworks", type=FILE, multiple=True, help="A sealed bundle that this run reworks.")
@click.option("--continues", type=FILE, multiple=True, help="A sealed bundle that this run continues.")
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
    attest: bool | None,
) -> None:
    """Start a run of the contract in PACKAGE: a new journal, with entry 0."""
    with refusing():
        signer = load_key(key_file, passphrase_fd)
        related = tuple(("rework", one) for one in reworks) + tuple(("continuation", one) for one in continues)
        ref = starting.start(package, run_file, actor, signer, _pairs(params), related)
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
@writing
@attesting
def record(step: str, name: str, value: str, *, unit: str | None, attest: bool | None, **options: Any) -> None:
    """Record VALUE for the value NAME of STEP."""
    with refusing(), writer(**options) as recorder:
        outcome = work.record(recorder, step, name, value, unit)
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
@click.option("--due", type=MOMENT, metavar="TIME", help="Until when its calibration holds: RFC 3339 with a zone.")
@writing
@attesting
def instrument(step: str, instrument: str, *, due: list[int] | None, attest: bool | None, **options: Any) -> None:
    """Record that INSTRUMENT is used in STEP."""
    with refusing(), writer(**options) as recorder:
        entry(work.use_instrument(recorder, step, instrument, due), f"{step} uses {instrument}")
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
