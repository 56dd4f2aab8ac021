"""Copies of a bundle: `withhold` for a reader who may not see everything, `detach` and `gather` for large evidence."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import click

from opsproof_record.cli.common import FILE, ITEM, refusing, say
from opsproof_record.cli.saying import EntryRange
from opsproof_record.errors import Unknown
from opsproof_record.log.reading import Bundle, reading
from opsproof_record.sealed import detach as detaching
from opsproof_record.sealed import withhold as withholding
from opsproof_record.sealed.detach import Moved
from opsproof_record.sealed.withhold import Choice, Withheld

_SIZE = re.compile(r"([0-9]{1,15}) ?(|k|K|M|G|T)(i?)B?")
_POWERS = {"": 0, "k": 1, "K": 1, "M": 2, "G": 3, "T": 4}
_LISTED = 10
_WHO = "--as PERSON --key KEY --name NAME --role ROLE --trust FILE"


class Size(click.ParamType):  # type: ignore[type-arg]  # generic in newer versions of click only
    """A number of bytes, such as ``1000``, ``10 MB`` or ``4 MiB``."""

    name = "SIZE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Read it."""
        if isinstance(value, int):
            return value
        match = _SIZE.fullmatch(str(value).strip())
        if match is None or (match[3] and not match[2]):
            self.fail(f"{value} is no size; write bytes, or such as 10 MB or 4 MiB", param, ctx)
        return int(match[1]) * int((1024 if match[3] else 1000) ** _POWERS[match[2]])


def _copying(command: Any) -> Any:
    """Add what is read and what is written."""
    command = click.option("--output", type=FILE, required=True, help="The copy to write; it must not exist.")(command)
    return click.option(
        "--run", "run_file", type=FILE, required=True, help="The bundle or journal; it is not changed."
    )(command)


@click.command()
@_copying
@click.option("--entry", "entries", type=EntryRange(), multiple=True, help="An entry, or entries in a row; repeat it.")
@click.option("--kind", "kinds", multiple=True, help="All entries of a kind, such as note; repeat it.")
@click.option("--evidence", type=ITEM, multiple=True, help="Evidence by its entry eN or its SHA-256; repeat it.")
def withhold(
    run_file: Path,
    *,
    output: Path,
    entries: tuple[tuple[int, int], ...],
    kinds: tuple[str, ...],
    evidence: tuple[int | bytes, ...],
) -> None:
    """Write a copy in which entries or evidence are replaced by their hashes.

    Chain, seal and signatures still verify. A copy that lacks an entry is never FINAL. The evidence of a withheld entry
    goes with it. Policies may ask who withholds it and why: the sign-off that says so is named at the end.
    """
    with refusing(), reading(run_file) as bundle:
        digests = frozenset(_digest(bundle, item) for item in evidence)
        done = withholding.withhold(bundle, output, Choice(entries, frozenset(kinds), digests))
        _say_torn(bundle)
        say(f"{output}: a copy of {run_file}; read again, its {_what_holds(bundle)}")
        say("\n".join(_missing(done)))
        if bundle.state.seal is not None:
            say("Who withholds it says so, and why, on the copy (policies may ask for it):")
            say(f"  opsproof signoff --run {shlex.quote(str(output))} --decision redact --text WHY {_WHO}")


def _digest(bundle: Bundle, item: int | bytes) -> bytes:
    if isinstance(item, bytes):
        return item
    digest = bundle.state.digest_at(item)
    if digest is None:
        raise Unknown(f"e{item} added no evidence that is here", "`opsproof-verify extract` lists the evidence.")
    return digest


def _missing(done: Withheld) -> list[str]:
    """Say what a reader of the copy can no longer see, and what that means."""
    lines = ["A reader of it can no longer see"]
    for kind, count in sorted(done.entries.items()):
        lines.append(f"  - what {count} {kind} {'entry says' if count == 1 else 'entries say'}; who wrote it stays")
    if done.dropped:
        lines.append(f"  - {_items(done.dropped)} that went with {'its' if done.dropped == 1 else 'their'} entry")
    for digest, count in list(done.items.items())[:_LISTED]:
        lines.append(f"  - the content of evidence {digest.hex()}{f', {count} times' if count > 1 else ''}")
    if len(done.items) > _LISTED:
        lines.append(f"  - the content of {len(done.items) - _LISTED} more evidence items")
    if done.stayed:
        listed = ", ".join(f"e{seq}" for seq in done.first_stayed)
        more = f" and {done.stayed - len(done.first_stayed)} more" if done.stayed > len(done.first_stayed) else ""
        lines.append(f"Signatures of actors stay, which say only how many entries they cover: {listed}{more}.")
    if done.entries:
        lines.append("This copy is never FINAL: what it cannot show cannot help it.")
    else:
        lines.append(
            "It is FINAL only for a reader who is given the evidence (--evidence-dir), or whose policy allows it."
        )
    lines.append("The digest of evidence that can be guessed, such as a PIN, gives it away (SPEC 12).")
    return lines if done.items else lines[:-1]


def _items(count: int) -> str:
    return f"{count} evidence {'item' if count == 1 else 'items'}"


@click.command()
@_copying
@click.option("--evidence-dir", type=FILE, required=True, help="The folder for the evidence; it must exist.")
@click.option("--larger-than", type=Size(), default=0, help="Only evidence of more bytes, such as 10 MB.")
def detach(run_file: Path, *, output: Path, evidence_dir: Path, larger_than: int) -> None:
    """Write a copy whose evidence lies beside it, each file named by its SHA-256.

    No hash changes, so every signature holds. `opsproof-verify check --evidence-dir` finds the files; `opsproof gather`
    takes them back.
    """
    with refusing(), reading(run_file) as bundle:
        done = detaching.detach(bundle, output, evidence_dir, larger_than)
        _say_torn(bundle)
        say(f"{output}: a copy of {run_file}; read again, its {_what_holds(bundle)}")
        _say_moved(done, f"moved to {evidence_dir}", "left in it")
        say(
            f"Check it with `opsproof-verify check {output} --evidence-dir {evidence_dir} ...`, and keep both together."
        )


@click.command()
@_copying
@click.option("--evidence-dir", type=FILE, required=True, help="The folder that holds the evidence.")
def gather(run_file: Path, *, output: Path, evidence_dir: Path) -> None:
    """Write a copy into which evidence beside the bundle is taken back."""
    with refusing(), reading(run_file) as bundle:
        done = detaching.gather(bundle, output, evidence_dir)
        _say_torn(bundle)
        say(f"{output}: a copy of {run_file}; read again, its {_what_holds(bundle)}")
        _say_moved(done, f"taken in from {evidence_dir}", "not found there, still absent")


def _say_moved(done: Moved, moved: str, stayed: str) -> None:
    say(f"{moved}: {_items(done.items)} of {done.size} bytes")
    if done.stayed:
        say(f"{stayed}: {_items(done.stayed)}")


def _what_holds(bundle: Bundle) -> str:
    return "chain holds" if bundle.state.seal is None else "chain, tree and seal hold"


def _say_torn(bundle: Bundle) -> None:
    if bundle.torn:
        say(
            f"The last write to {bundle.path} was interrupted; {bundle.torn} bytes at its end are left out of the copy."
        )
