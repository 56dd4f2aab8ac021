"""`opsproof export` and `opsproof diff`: a contract as text, and two of them compared."""

from __future__ import annotations

from pathlib import Path

import click

from opsproof_record.cli.common import FILE, UNUSABLE, refusing, say
from opsproof_record.contracts.compare import compare
from opsproof_record.contracts.compare_text import describe
from opsproof_record.contracts.export import FORMATS, export
from opsproof_record.contracts.locked import read_any, read_locked
from opsproof_record.errors import Refused
from opsproof_record.signing.keys import check_absent, write_new


@click.command("export")
@click.argument("package", type=FILE)
@click.option("--format", "form", type=click.Choice(list(FORMATS)), default="markdown", show_default=True)
@click.option("--output", type=FILE, help="The file to write; default: standard output.")
def export_(package: Path, *, form: str, output: Path | None) -> None:
    """Write the procedure text of a PACKAGE (.lep) or run (.opb).

    `opsproof author` makes the same contract of it again, but for nonce and time of issue. Keys are written into the
    text. A policy or pack that is not a shipped one is written beside it, for which --output is needed. Signatures are
    not verified.
    """
    with refusing():
        contract = read_locked(package).contract
        name = contract["id"] if output is None else output.stem
        exported = export(contract, form, name)
        if output is None:
            if exported.beside:
                files = ", ".join(exported.beside)
                raise Refused(f"the text needs files beside it: {files}", "Give --output FILE; they go beside it.")
            click.echo(exported.text.encode(), nl=False)
            return
        texts = {output: exported.text} | {output.parent / one: text for one, text in exported.beside.items()}
        for path in texts:
            check_absent(path)
        for path, text in texts.items():
            write_new(path, text.encode(), 0o666)
        say(f"{output}: {contract['id']} version {contract['version']} as {form}")
        for one in exported.beside:
            say(f"{output.parent / one}: named in it")


@click.command()
@click.argument("old", type=FILE)
@click.argument("new", type=FILE)
@click.option("--keys", "key_dir", type=FILE, help="Where `key-file` names of a procedure's text are looked up.")
@click.pass_context
def diff(context: click.Context, old: Path, new: Path, *, key_dir: Path | None) -> None:
    """Compare two revisions of a procedure: what a reviewer has to know.

    OLD and NEW are each a package (.lep), a run (.opb) or a procedure's text (.toml, .md). All that differs is said,
    field by field, but for nonce and time of issue, which belong to the signing. Signatures are not verified.

    Exit status: 0 no difference; 1 differences; 2 trouble.
    """
    with refusing(UNUSABLE):
        sides = read_any(old, key_dir), read_any(new, key_dir)
        lines = describe(*sides)
        say("\n".join(lines))
        context.exit(1 if compare(*(side.contract for side in sides)) else 0)
