"""The commands of a run: `start`, `begin`, `record`, `attach`, `exec`, `note`, `deviate`, `attest`, `end`."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from opsproof_verify.contract import SEVERITIES

from opsproof_record import deviate as deviations
from opsproof_record import execute, work
from opsproof_record.cli.common import (
    ENTRY,
    FILE,
    attesting,
    entry,
    explain,
    finish,
    line_option,
    load_key,
    prose_option,
    refusing,
    say,
    signing,
    writer,
    writing,
)
from opsproof_record.clock import to_time
from opsproof_record.errors import Refused
from opsproof_record.recorder import Recorder, recording

_EXEC_REFUSED = 125


@click.command()
@click.argument("package", type=FILE)
@click.option("--run", "run_file", type=FILE, required=True, help="The journal to make; it must not exist.")
@signing
@click.option("--param", "params", multiple=True, metavar="NAME=VALUE", help="What is worked on, such as batch=B-1042.")
@attesting
def start(
    package: Path,
    *,
    run_file: Path,
    actor: str,
    key_file: Path,
    passphrase_fd: int | None,
    params: tuple[str, ...],
    attest: bool | None,
) -> None:
    """Start a run of the contract in PACKAGE: a new journal, with entry 0."""
    with refusing():
        signer = load_key(key_file, passphrase_fd)
        ref = work.start(package, run_file, actor, signer, _pairs(params))
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
        finish_value(step, name, outcome)
        finish(recorder, attest=attest)


def finish_value(step: str, name: str, outcome: work.Outcome) -> None:
    """Say what was recorded and, if it lies outside its limits, what to do."""
    unit = f" {outcome.unit}" if outcome.unit else ""
    entry(outcome.ref, f"{step} {name} = {outcome.value}{unit}")
    if outcome.flaw:
        say(f"OUT OF LIMITS: {outcome.flaw}")
        say("  It is recorded and stays. Say why, with a reason code of the domain pack:")
        say(f"  opsproof deviate REASON --value e{outcome.ref.seq} --description TEXT ...")


@click.command()
@click.argument("file", type=FILE)
@click.option("--step", help="The step that it is evidence for; default: the run.")
@click.option("--slot", help="The evidence slot of the step.")
@click.option("--media", help="Media type; default: by the file's suffix.")
@line_option("--name", help="Name to record; default: the file's.")
@line_option("--source", help="Where it comes from, such as a device.")
@writing
@attesting
def attach(
    file: Path,
    *,
    step: str | None,
    slot: str | None,
    media: str | None,
    name: str | None,
    source: str | None,
    attest: bool | None,
    **options: Any,
) -> None:
    """Add FILE as evidence; it is streamed in and hashed once."""
    with refusing(), writer(**options) as recorder:
        ref, size, digest = work.attach(recorder, file, work.Target(step, slot, media, name, source))
        place = f" for {step}{f' {slot}' if slot else ''}" if step else ""
        entry(ref, f"evidence{place}: {file.name}, {size} bytes, sha256 {digest.hex()}")
        finish(recorder, attest=attest)


@click.command("exec", context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.option("--step", required=True, help="The step that the command is part of.")
@click.option("--input", "inputs", type=FILE, multiple=True, help="A file that it reads; its digest is recorded.")
@click.option("--output", "outputs", type=FILE, multiple=True, help="A file that it writes; its digest is recorded.")
@click.option("--cwd", type=FILE, help="Where it runs; the files above are still named from here.")
@click.option("--quiet", is_flag=True, help="Do not show the command's output.")
@writing
@attesting
@click.argument("argv", nargs=-1, required=True, type=click.UNPROCESSED)
def exec_(
    *,
    step: str,
    inputs: tuple[Path, ...],
    outputs: tuple[Path, ...],
    cwd: Path | None,
    quiet: bool,
    argv: tuple[str, ...],
    attest: bool | None,
    run_file: Path,
    actor: str,
    key_file: Path,
    passphrase_fd: int | None,
    gap_reason: str | None,
) -> None:
    """Run a command, `-- ARGV...`, and record it: output, exit status, duration, digests."""

    def done(recorder: Recorder, ran: execute.Ran) -> None:
        say(f"exit status {ran.status} after {ran.duration_ms} ms; output and exec.json are evidence")
        for outcome, name in ran.outcomes:
            finish_value(step, name, outcome)
        finish(recorder, attest=attest)

    with refusing(_EXEC_REFUSED):
        signer = load_key(key_file, passphrase_fd)
        command = execute.Command(argv, inputs, outputs, cwd, quiet)
        status = execute.execute(
            lambda: recording(run_file, actor, signer, lambda cut: explain(cut, gap_reason)), step, command, done
        )
    sys.exit(status)


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
@click.argument("reason")
@prose_option("--description", required=True, help="What happened.")
@click.option("--severity", type=click.Choice(SEVERITIES), help="Default: that of the reason; may only be raised.")
@click.option("--step", "steps", multiple=True, help="A step in its scope.")
@click.option("--value", "values", type=ENTRY, multiple=True, help="A recorded value in its scope.")
@click.option("--evidence", "digests", multiple=True, metavar="SHA256", help="Evidence in its scope.")
@prose_option("--action", help="What was done about it at once.")
@click.option("--occurred", metavar="TIME", help="When, if not now: RFC 3339 with a zone.")
@writing
@attesting
def deviate(
    reason: str,
    *,
    description: str,
    severity: str | None,
    steps: tuple[str, ...],
    values: tuple[int, ...],
    digests: tuple[str, ...],
    action: str | None,
    occurred: str | None,
    attest: bool | None,
    **options: Any,
) -> None:
    """Raise a deviation; the pinned policy rules on it at once. REASON is a code of the domain pack."""
    with refusing(), writer(**options) as recorder:
        said = deviations.Deviation(
            reason=reason,
            description=description,
            severity=severity,
            steps=steps,
            values=values,
            evidence=tuple(_digest(text) for text in digests),
            action=action,
            occurred=_moment(occurred) if occurred else None,
        )
        ruled = deviations.deviate(recorder, said)
        entry(ruled.ref, f"deviation {reason}, {ruled.severity}")
        policy = recorder.state.policy
        say(f"e{ruled.ref.seq + 1} ruled {ruled.ruling} by {policy.id} {policy.version}: {_RULED[ruled.ruling]}")
        finish(recorder, attest=attest)


_RULED = {
    "allow": "recorded; the work goes on",
    "review": "the work goes on; somebody entitled has to close it",
    "block": "the work in its scope stops until somebody entitled releases it",
}


def _digest(text: str) -> bytes:
    try:
        return bytes.fromhex(text.removeprefix("sha256:"))
    except ValueError:
        raise Refused(f"{text} is no SHA-256", "Give 64 hexadecimal digits, as `sha256sum` prints them.") from None


def _moment(text: str) -> list[int]:
    try:
        return to_time(datetime.fromisoformat(text))
    except ValueError:
        raise Refused(f"--occurred {text} is no time with a zone", "Write 2026-11-01T08:00:00Z.") from None


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
