"""Commands on evidence: `attach`, `transfer`, `exec`."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import click

from opsproof_record import attaching, execute
from opsproof_record.cli.common import (
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
from opsproof_record.recorder import Recorder, recording

_EXEC_REFUSED = 125


@click.command()
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@click.option("--step", help="The step that it is evidence for; default: the run.")
@click.option("--slot", help="The evidence slot of the step.")
@click.option("--media", help="Media type; default: by the file's suffix.")
@line_option("--name", help="Name to record; default: the file's, or its path in the directory.")
@line_option("--source", help="Where it comes from, such as a device.")
@click.option("--captured", type=MOMENT, metavar="TIME", help="When it was captured: RFC 3339 with a zone.")
@writing
@attesting
def attach(file: Path, *, name: str | None, attest: bool | None, **options: Any) -> None:
    """Add FILE as evidence: a file, a directory (each file in it), or - for standard input.

    It is streamed in and hashed once.
    """
    words = {word: options.pop(word) for word in ("step", "slot", "media", "source", "captured")}
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
        entry(attaching.transfer(recorder, digest, to, reason), f"{digest.hex()} handed over to {to}")
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
            finish_value(f"{step} {name} =", outcome)
        finish(recorder, attest=attest)

    with refusing(_EXEC_REFUSED):
        signer = load_key(key_file, passphrase_fd)
        command = execute.Command(argv, inputs, outputs, cwd, quiet)
        status = execute.execute(
            lambda: recording(run_file, actor, signer, lambda cut: explain(cut, gap_reason)), step, command, done
        )
    sys.exit(status)
