"""`opsproof pack list|show|lint`: domain packs, shipped ones and the author's own."""

from __future__ import annotations

from pathlib import Path

import click
from opsproof_verify.contract import Pack, Reason

from opsproof_record import packs
from opsproof_record.cli.common import FILE, refusing, say
from opsproof_record.errors import Unknown
from opsproof_record.packs import digest
from opsproof_record.terms import PLAIN

_WIDTH = 100


@click.group()
def pack() -> None:
    """Domain packs: a trade's words, tags and deviation reasons."""


@pack.command("list")
def list_() -> None:
    """List the packs that come with the recorder."""
    for name in packs.shipped():
        found = packs.parse(packs.load(name, Path()))
        say(f"{name:<28}{found.title} ({_count(found)}, {len(found.tags)} tags)")


@pack.command()
@click.argument("name")
def show(name: str) -> None:
    """Show a pack: NAME is a shipped pack, or a file (with a slash or ending in .toml)."""
    with refusing():
        try:
            data = packs.load(name, Path())
        except KeyError:
            known = ", ".join(packs.shipped())
            raise Unknown(f'"{name}" is no shipped pack', f"Use one of {known}, or name a file.") from None
        say("\n".join(_page(packs.parse(data), data)))


@pack.command()
@click.argument("file", type=FILE)
def lint(file: Path) -> None:
    """Check a pack of your own; all that is wrong is listed with file, line, key and remedy."""
    with refusing():
        data = packs.read(file)
        found = packs.parse(data)
        for hint in packs.hints(found):
            say(f"{file}: hint: {hint}")
        say(f"{file}: no problems. {found.id} version {found.version}, {_count(found)}")


def _count(found: Pack) -> str:
    return "1 reason" if len(found.reasons) == 1 else f"{len(found.reasons)} reasons"


def _page(found: Pack, data: bytes) -> list[str]:
    lines = [f"{found.title}: {found.id} version {found.version}, sha256 {digest(data).hex()}"]
    if found.tags:
        lines += ["", "Tags", *_wrapped(found.tags)]
    if found.terms:
        lines += ["", "Terms", *(f"  {key:<16}{found.terms[key]}" for key in PLAIN if key in found.terms)]
    wide = max(len(code) for code in found.reasons) + 2
    lines += ["", "Deviation reasons: code, least severity, title; what has to be filled in"]
    for reason in found.reasons.values():
        lines.append(f"  {reason.code:<{wide}}{reason.severity:<10}{reason.title}")
        if demanded := _demands(reason):
            lines.append(f"  {'':<{wide + 10}}{demanded}")
    return lines


def _demands(reason: Reason) -> str:
    demanded = [", ".join(reason.demands)] if reason.demands else []
    return "; ".join([*demanded, "remediation with evidence"] if reason.remediation else demanded)


def _wrapped(words: tuple[str, ...]) -> list[str]:
    lines = ["  "]
    for word in words:
        if len(lines[-1]) + len(word) > _WIDTH:
            lines.append("  ")
        lines[-1] += f"{word} "
    return [line.rstrip() for line in lines]
