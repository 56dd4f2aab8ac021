"""`opsproof status`: how a run stands."""

from __future__ import annotations

from pathlib import Path

import click
from opsproof_verify.cli.output import colour, put, width

from opsproof_record.cli.common import FILE, id_option, refusing
from opsproof_record.errors import Refused
from opsproof_record.standing import status as statuses
from opsproof_record.standing import status_json, status_text


@click.command()
@click.argument("file", type=FILE, required=False, metavar="[RUN]")
@click.option("--run", "run_file", type=FILE, help="The same as RUN.")
@id_option("--as", "actor", metavar="NAME", help="What this actor can do now, instead of what anybody can.")
@click.option("--json", "as_json", is_flag=True, help="For machines: opsproof-status/1.")
def status(file: Path | None, *, run_file: Path | None, actor: str | None, as_json: bool) -> None:
    """Say how RUN stands: done, open, blocked, who can do what next, and what the pinned policy would say now.

    RUN is a run (.opb), running or sealed, or a package (.lep). Nothing is written and no key is needed. Signatures and
    trust are not looked at: `opsproof-verify check` does.
    """
    with refusing():
        if (file is None) == (run_file is None):
            raise Refused("one run is asked for", "Name it: `opsproof status RUN`.")
        found = statuses.read(file or run_file or Path(), actor)
        put(
            status_json.render(found)
            if as_json
            else status_text.render(found, width=width(), colour=colour(), actor=actor)
        )
