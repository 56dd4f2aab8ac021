"""`opsproof mcp`: a run as tools for an agent."""

from __future__ import annotations

import logging
import sys
from importlib.util import find_spec
from pathlib import Path

import click

from opsproof_record.cli.common import FILE, load_key, refusing, writing
from opsproof_record.errors import Refused


@click.command()
@click.option("--allow-dir", "folders", type=FILE, multiple=True, help="A directory that files may be attached from.")
@writing
def mcp(
    *,
    folders: tuple[Path, ...],
    run_file: Path,
    actor: str,
    key_file: Path,
    passphrase_fd: int | None,
    gap_reason: str | None,
) -> None:
    """Serve a run to an agent as tools, over standard input and output (Model Context Protocol).

    The agent works under its own name and key; a person's key is refused. It signs at the end of each step and when it
    leaves. No tool approves, checks, releases, authorises, closes, signs off, ends or seals. Needs the extra
    opsproof-record[mcp].
    """
    with refusing():
        if find_spec("mcp") is None:
            raise Refused(
                "the package `mcp` is not installed",
                f"Install it: {Path(sys.executable).name} -m pip install 'opsproof-record[mcp]'.",
            )
        from opsproof_record.mcp_server import serving  # noqa: PLC0415 - an extra
        from opsproof_record.mcp_server.desk import Desk  # noqa: PLC0415 - it goes with it

        logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(name)s: %(message)s")
        serving.serve(Desk(run_file, actor, load_key(key_file, passphrase_fd), folders, gap_reason))
