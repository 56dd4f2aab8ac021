"""`opsproof run`: a person led through a run at a terminal."""

from __future__ import annotations

from pathlib import Path

import click

from opsproof_record.cli.common import FILE, load_key, prose_option, refusing, signing
from opsproof_record.errors import Refused
from opsproof_record.guided import opening
from opsproof_record.guided.dialog import Dialog, Paused
from opsproof_record.guided.flow import guide
from opsproof_record.guided.screen import Screen
from opsproof_record.guided.session import Session
from opsproof_record.guided.terminal import Terminal
from opsproof_record.signing.signer import Signer


def _params(_context: click.Context, _parameter: click.Parameter, given: tuple[str, ...]) -> dict[str, str]:
    """Read NAME=VALUE, each name once."""
    params: dict[str, str] = {}
    for param in given:
        name, equals, value = param.partition("=")
        if not equals or name in params:
            raise click.BadParameter(f"{param} is not NAME=VALUE, or given twice; write it as batch=B-1042")
        params[name] = value
    return params


@click.command()
@click.argument("file", type=FILE)
@click.option("--run", "run_file", type=FILE, help="With a package: the journal to make; it is asked for otherwise.")
@signing
@click.option("--param", "params", multiple=True, metavar="NAME=VALUE", callback=_params, help="What is worked on.")
@prose_option("--gap-reason", metavar="TEXT", help="If the last write was interrupted: why.")
def run(
    file: Path,
    *,
    run_file: Path | None,
    actor: str,
    key_file: Path,
    passphrase_fd: int | None,
    params: dict[str, str],
    gap_reason: str | None,
) -> None:
    """Lead you through a run, step by step, in this terminal.

    FILE is a package (.lep), from which a run is started, or a run (.opb), which is gone on with. Each answer is
    recorded and signed at once, so you can stop at any question and come back with the same command. Another person can
    step in for a check, a release or a closing, under their own name and key.
    """
    with refusing():
        screen = Screen()
        dialog = Dialog(screen, Terminal())
        resuming = opening.holds_run(file)
        if resuming and (run_file is not None or params):
            raise Refused(f"{file} is a run already", "--run and --param are for a package, from which one is started.")
        signer = load_key(key_file, passphrase_fd)
        try:
            path = file if resuming else opening.start(dialog, file, run_file, actor, signer, params)
            hand = opening.take_up(dialog, path, actor, signer, gap_reason)
        except Paused:
            screen.say("Stopped before anything else was recorded.")
            return
        with hand:
            guide(Session(hand, screen, dialog, key_file, _load_other))


def _load_other(path: Path) -> Signer:
    """Load the key of another person; leaving at the passphrase is leaving, as at any question."""
    try:
        return load_key(path, None)
    except click.Abort:
        raise Paused from None
