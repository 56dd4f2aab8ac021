"""`opsproof author` and `opsproof approve`."""

from __future__ import annotations

from pathlib import Path

import click

from opsproof_record import authoring
from opsproof_record.cli.common import FILE, id_option, line_option, load_key, refusing, say, signing, tidy
from opsproof_record.errors import Refused
from opsproof_record.procedure import Procedure, read_procedure


@click.command()
@click.argument("procedure", type=FILE)
@click.option("--output", type=FILE, help="The package to write; default: PROCEDURE with the suffix .lep, here.")
@click.option("--keys", "key_dir", type=FILE, help="Where `key-file` names of the roster are looked up.")
@click.option("--lint", is_flag=True, help="Only check the procedure; nothing is signed or written.")
@id_option("--as", "person", metavar="PERSON", help="Who issues the contract.")
@click.option("--key", "key_file", type=FILE, help="Private key file of the issuer.")
@click.option("--passphrase-fd", type=int, metavar="N", help="Read the key's passphrase from descriptor N.")
def author(
    procedure: Path,
    *,
    output: Path | None,
    key_dir: Path | None,
    lint: bool,
    person: str | None,
    key_file: Path | None,
    passphrase_fd: int | None,
) -> None:
    """Check a PROCEDURE in TOML and lock it into a signed package (.lep)."""
    with refusing():
        read = read_procedure(procedure, key_dir)
        read.payload()
        for hint in read.hints:
            say(f"hint: {hint}")
        if lint:
            say(f"{procedure}: no problems. {_describe(read)}")
            return
        if person is None or key_file is None:
            raise Refused("a package is signed", "Give --as PERSON and --key FILE, or only check with --lint.")
        if person != read.contract["issuer"]:
            raise Refused(
                f"the procedure names {read.contract['issuer']} as its issuer, not {person}",
                "Sign as that person, or correct `issuer`.",
            )
        target = output or Path(procedure.with_suffix(".lep").name)
        contract = authoring.author(read, load_key(key_file, passphrase_fd), target)
        say(f"{target}: {_describe(read)}, issued by {person}")
        say(f"contract {contract.hex()}")


def _describe(read: Procedure) -> str:
    contract = read.contract
    counts = f"{len(contract['steps'])} steps, {len(contract['roster'])} actors"
    return f"{contract['id']} version {contract['version']}, {counts}"


@click.command()
@click.argument("package", type=FILE)
@signing
@line_option("--name", required=True, help="Your name as it is to be printed.")
@id_option("--role", required=True, help="The role in which you approve.")
@id_option("--meaning", default="approved", show_default=True, help="Id of what the signature means.")
@line_option(
    "--meaning-text",
    default="I have read this procedure and approve its use",
    show_default=True,
    help="The same in words.",
)
def approve(
    package: Path,
    *,
    actor: str,
    key_file: Path,
    passphrase_fd: int | None,
    name: str,
    role: str,
    meaning: str,
    meaning_text: str,
) -> None:
    """Approve the contract in a PACKAGE, before any run."""
    with refusing():
        tidy(package)
        said = authoring.ContractApproval(actor, name, role, (meaning, meaning_text))
        hash_ = authoring.approve(package, load_key(key_file, passphrase_fd), said)
        say(f"{package}: approved by {actor} as {role}")
        say(f"approval {hash_.hex()}")
