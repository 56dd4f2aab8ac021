"""`opsproof author` and `opsproof approve`."""

from __future__ import annotations

from pathlib import Path

import click
from opsproof_verify.problems import Problem, describe
from opsproof_verify.render.escape import printable
from opsproof_verify.slotted import replace

from opsproof_record.cli.common import FILE, id_option, line_option, load_key, refusing, say, signing, tidy
from opsproof_record.contracts import authoring
from opsproof_record.contracts.procedure import Procedure, read_procedure
from opsproof_record.errors import Refused


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
    """Check a PROCEDURE and lock it into a signed package (.lep).

    PROCEDURE is TOML (.toml) or Markdown with TOML in it (.md). What is wrong is listed with file, line, key and
    remedy, all at once, and then nothing is signed; hints do not keep it from being signed. Exit status: 0 done;
    1 refused; 2 problems in the procedure.
    """
    with refusing():
        signer = None if key_file is None else load_key(key_file, passphrase_fd)
        read = read_procedure(procedure, key_dir, issuer=None if signer is None else signer.public)
        read.payload()
        for hint in read.hints:
            click.echo(printable(hint_line(procedure, hint)), err=True)
        if lint:
            hints = f", {_plural(len(read.hints), 'hint')}" if read.hints else ""
            say(f"{procedure}: no problems{hints}. {_describe(read)}")
            return
        if person is None or signer is None:
            raise Refused("a package is signed", "Give --as PERSON and --key FILE, or only check with --lint.")
        if person != read.contract["issuer"]:
            raise Refused(
                f"the procedure names {read.contract['issuer']} as its issuer, not {person}",
                "Sign as that person, or correct `issuer`.",
            )
        target = output or Path(procedure.with_suffix(".lep").name)
        contract = authoring.author(read, signer, target)
        say(f"{target}: {_describe(read)}, issued by {person}")
        say(f"contract {contract.hex()}")


def hint_line(path: Path, hint: Problem) -> str:
    """Give a hint as problems are given: ``file:line: hint: key: what; what to do``."""
    return describe(f"{path}:{hint.line}: hint" if hint.line else f"{path}: hint", replace(hint, line=0))


def _describe(read: Procedure) -> str:
    contract = read.contract
    counts = f"{_plural(len(contract['steps']), 'step')}, {_plural(len(contract['roster']), 'actor')}"
    return f"{contract['id']} version {contract['version']}, {counts}"


def _plural(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


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
