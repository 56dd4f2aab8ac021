"""`delegate`: an approver gives somebody leave to sign in their role, for a time."""

from __future__ import annotations

from pathlib import Path

import click
from opsproof_verify import fields
from opsproof_verify.cli.output import put, width
from opsproof_verify.render.escape import printable
from opsproof_verify.render.layout import Page
from opsproof_verify.trust import TrustStore

from opsproof_record.cli.common import (
    FILE,
    MOMENT,
    asking_agent,
    id_option,
    line_option,
    load_key,
    refusing,
    say,
    text_option,
)
from opsproof_record.clock import Time, now
from opsproof_record.sealed import delegating
from opsproof_record.sealed.delegating import Leave
from opsproof_record.sealed.meant import Given
from opsproof_record.signing.keys import Signer, fingerprint


@click.command()
@id_option("--as", "giver", required=True, metavar="PERSON", help="Who delegates: an approver of the trust files.")
@click.option(
    "--from-key", "--key", "key_file", type=FILE, required=True, help="The key of that person, as `--key` elsewhere."
)
@click.option("--passphrase-fd", type=int, metavar="N", help="Read the key's passphrase from descriptor N.")
@asking_agent
@id_option("--to", required=True, metavar="PERSON", help="Who may sign instead.")
@id_option("--role", required=True, help="The role in which they may sign; one that you hold.")
@text_option(
    *("--contracts",),
    read=fields.contract_pattern,
    wanted='a contract id, a prefix that ends in ".*", or "*"',
    multiple=True,
    required=True,
    metavar="PATTERN",
    help='For which contracts: an id, "acme.*" or "*"; repeat it.',
)
@line_option("--reason", required=True, help="Why, such as an absence.")
@click.option("--from", "start", type=MOMENT, help="From when; default: now.")
@click.option("--until", "end", type=MOMENT, required=True, help="Until when, such as 2026-11-30T23:59:59Z.")
@click.option("--trust", type=FILE, help="A trust file that must know your key and role.")
@click.option("--output", "-o", type=FILE, required=True, help="The delegation to write; it must not exist.")
def delegate(
    *,
    key_file: Path,
    passphrase_fd: int | None,
    start: Time | None,
    trust: Path | None,
    output: Path,
    **said: str | tuple[str, ...] | Time,
) -> None:
    """Let somebody else sign off in your role, for some contracts and a time.

    They carry it with each approval: `opsproof signoff --delegation FILE`. Their approval counts as theirs, and only if
    you, too, are independent of the run. Before it ends only the revocation of your key takes it back: keep it short.
    """
    with refusing():
        time = now()
        signer = load_key(key_file, passphrase_fd)
        leave = _leave(start or time, **said)
        if trust is not None:
            delegating.check_giver(signer, leave, TrustStore.load(trust))
        given = delegating.delegate(output, signer, leave, time)
        put(_page(given, signer))
        say(f"{output}: give it to {leave.to}, for `opsproof signoff --as {leave.to} --delegation {output} ...`")


def _leave(start: Time, **said: object) -> Leave:
    """Put together what was said."""
    return Leave(start=start, **said)  # type: ignore[arg-type]  # click has read each as its option says


def _page(given: Given, signer: Signer) -> str:
    """Give what was signed, for the one who delegated to read again."""
    said, page = given.record, Page(width(), colour=False)
    page.line("YOU HAVE DELEGATED")
    page.line()
    page.term("From", said.giver)
    page.term("To", said.to)
    page.term("Role", said.role)
    page.term("Contracts", ", ".join(said.contracts))
    page.term("From when", delegating.moment(said.not_before))
    page.term("Until", delegating.moment(said.not_after))
    page.term("Reason", printable(said.reason))
    page.term("Key", fingerprint(signer.public))
    page.line()
    return str(page)
