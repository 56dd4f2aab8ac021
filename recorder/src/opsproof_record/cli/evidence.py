"""Commands on evidence: `attach`, `transfer`, `receive`, `exec`."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import click

from opsproof_record.cli.common import (
    ENTRY,
    FILE,
    ITEM,
    MOMENT,
    attesting,
    digest_of,
    entry,
    explain,
    finish,
    id_option,
    line_option,
    load_key,
    prose_option,
    refusing,
    say,
    writer,
    writing,
)
from opsproof_record.cli.run import finish_value
from opsproof_record.errors import Refused
from opsproof_record.run import attaching, execute
from opsproof_record.run.masking import Masks
from opsproof_record.run.recorder import Recorder, recording
from opsproof_record.run.running import Command

_EXEC_REFUSED = 125


@click.command()
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@click.option("--step", help="The step that it is evidence for; default: the run.")
@click.option("--slot", help="The evidence slot of the step.")
@click.option("--media", help="Media type; default: by the file's suffix.")
@line_option("--name", help="Name to record; default: the file's, or its path in the directory.")
@line_option("--source", help="Where it comes from, such as a device.")
@click.option("--captured", type=MOMENT, metavar="TIME", help="When it was captured: RFC 3339 with a zone.")
@click.option("--copy", type=click.Choice(["original", "true-copy"]), help="Whether it is the original or a true copy.")
@prose_option("--late", metavar="WHY", help="Why it was not added when it was captured.")
@writing
@attesting
def attach(file: Path, *, name: str | None, attest: bool | None, **options: Any) -> None:
    """Add FILE as evidence: a file, a directory (each file in it), or - for standard input.

    It is streamed in and hashed once.
    """
    words = {word: options.pop(word) for word in ("step", "slot", "media", "source", "captured", "copy", "late")}
    streamed = str(file) == "-"
    with refusing():
        if streamed and (name is None or words["media"] is None):
            raise Refused("standard input has no name and no type", "Give --name and --media.")
        source = attaching.spooled(sys.stdin.buffer, options["run_file"]) if streamed else nullcontext(file)
        with source as path, writer(**options) as recorder:
            target = attaching.Target(**words, name=name)
            if path.is_dir():
                items = list(attaching.attach_tree(recorder, path, target))
            else:
                items = [attaching.attach(recorder, path, target)]
            place = " ".join(filter(None, (" for", words["step"], words["slot"]))) if words["step"] else ""
            for item in items:
                entry(item.ref, f"evidence{place}: {item.name}, {item.size} bytes, sha256 {item.digest.hex()}")
            finish(recorder, attest=attest)


@click.command()
@click.argument("item", type=ITEM)
@id_option("--to", required=True, metavar="ACTOR", help="Who takes it over.")
@prose_option("--reason", required=True, help="Why it is handed over.")
@writing
@attesting
def transfer(item: int | bytes, *, to: str, reason: str, attest: bool | None, **options: Any) -> None:
    """Hand over evidence ITEM (its entry eN, or its SHA-256) to another actor."""
    with refusing(), writer(**options) as recorder:
        digest = digest_of(recorder, item)
        ref = attaching.transfer(recorder, digest, to, reason)
        entry(ref, f"{digest.hex()} handed over to {to}")
        say(f"  {to} confirms that it is there: opsproof receive e{ref.seq}")
        finish(recorder, attest=attest)


@click.command()
@click.argument("transfer_entry", type=ENTRY)
@writing
@attesting
def receive(transfer_entry: int, *, attest: bool | None, **options: Any) -> None:
    """Confirm that the evidence which TRANSFER_ENTRY hands over to you is here."""
    with refusing(), writer(**options) as recorder:
        ref = attaching.receive(recorder, transfer_entry)
        entry(ref, f"received what e{transfer_entry} hands over")
        finish(recorder, attest=attest)


@click.command("exec", context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.option("--step", required=True, help="The step that the command is part of.")
@click.option("--input", "inputs", type=FILE, multiple=True, help="A file that it reads; its digest is recorded.")
@click.option("--output", "outputs", type=FILE, multiple=True, help="A file that it writes; its digest is recorded.")
@click.option("--stdin", type=FILE, help="Its standard input, and an input; without it there is none.")
@click.option("--cwd", type=FILE, help="Where it runs; the files above are still named from here.")
@click.option(
    "--mask", "options", multiple=True, metavar="NAME", help="An option of the command whose value is secret."
)
@click.option("--mask-pattern", "patterns", multiple=True, metavar="REGEX", help="What matches is secret.")
@click.option("--quiet", is_flag=True, help="Do not show the command's output.")
@click.option("--request", is_flag=True, help="Run nothing: attach what would be run, for a person to authorise.")
@writing
@attesting
@click.argument("argv", nargs=-1, required=True, type=click.UNPROCESSED)
def exec_(
    *,
    step: str,
    options: tuple[str, ...],
    patterns: tuple[str, ...],
    argv: tuple[str, ...],
    request: bool,
    attest: bool | None,
    run_file: Path,
    actor: str,
    key_file: Path,
    passphrase_fd: int | None,
    gap_reason: str | None,
    **given: Any,
) -> None:
    """Run a command, `-- ARGV...`, and record it: output, exit status, duration, digests.

    Each secret of --mask and --mask-pattern becomes [masked] in the arguments, in names of files and in what the
    command says, before anything is hashed, recorded or shown here. A value of --mask is masked wherever it occurs (at
    least 4 characters); a pattern is searched in each argument and each line, and a line of more than 65536 bytes is
    masked whole then. The environment is never recorded. In a step that demands leave for actions, an agent needs one
    for exactly these arguments: see --request.
    """

    def done(recorder: Recorder, recorded: execute.Recorded) -> None:
        ran = recorded.ran
        how = f"ended by {ran.signal}, " if ran.signal else ""
        say(f"{how}exit status {ran.status} after {ran.duration_ms} ms; output and exec.json are evidence")
        for outcome, name in recorded.outcomes:
            finish_value(f"{step} {name} =", outcome)
        finish(recorder, attest=attest)

    with refusing(_EXEC_REFUSED):
        signer = load_key(key_file, passphrase_fd)
        command = Command(argv=argv, masks=Masks.read(argv, options, patterns), **given)

        def opener(patience: float) -> AbstractContextManager[Recorder]:
            return recording(run_file, actor, signer, lambda cut: explain(cut, gap_reason), patience)

        if request:
            with opener(execute.BEFORE) as recorder:
                _say_request(execute.request(recorder, step, command), step, run_file)
                finish(recorder, attest=attest)
            return
        status = execute.execute(opener, step, command, done)
    sys.exit(status)


def _say_request(asked: execute.Requested, step: str, run_file: Path) -> None:
    """Say what was attached, and what a person does with it."""
    entry(asked.ref, f"evidence for {step}: what would be run, sha256 {asked.digest.hex()}")
    say("  Who may authorise it reads it and gives leave for exactly that, once:")
    say(f"  opsproof-verify extract {run_file} e{asked.ref.seq}")
    say(f"  {asked.command}")
