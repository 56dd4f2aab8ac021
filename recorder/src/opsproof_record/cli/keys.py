"""`opsproof keygen` and `opsproof pubkey`."""

from __future__ import annotations

from pathlib import Path

import click
from opsproof_verify import ed25519, fields
from opsproof_verify.fields import Reader
from opsproof_verify.findings import Rejected

from opsproof_record.cli.common import FILE, id_option, read_passphrase, refusing, say
from opsproof_record.signing import keys


@click.command()
@click.argument("file", type=FILE)
@click.option("--encrypt", is_flag=True, help="Protect the key with a passphrase, asked for.")
@click.option("--passphrase-fd", type=int, metavar="N", help="Protect it with the passphrase read from descriptor N.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["pkcs8", "openssh"]),
    default="pkcs8",
    show_default=True,
    help="Form of FILE; openssh is what ssh-add takes, and stretches passphrases more.",
)
@click.option("--comment", default=None, help="Comment of the public key line; default: the file's name.")
def keygen(file: Path, *, encrypt: bool, passphrase_fd: int | None, form: keys.Format, comment: str | None) -> None:
    """Make an Ed25519 key: FILE (private, PEM, mode 0600) and FILE.pub (an ssh-ed25519 line)."""
    with refusing():
        public_file = file.with_name(file.name + ".pub")
        keys.check_absent(file)
        keys.check_absent(public_file)
        secret = None
        if encrypt or passphrase_fd is not None:
            secret = read_passphrase(passphrase_fd, "Passphrase for the new key", confirm=True)
        signer = keys.generate(file, secret, form)
        comment = file.stem if comment is None else comment
        keys.write_new(public_file, f"{keys.public_line(signer.public, comment)}\n".encode(), 0o644)
    _describe(signer.public, comment)
    say(f"{file} is private{'' if secret else ' and not encrypted (--encrypt)'}; give away {public_file} only")


@click.command()
@click.argument("key", type=FILE)
@click.option("--passphrase-fd", type=int, metavar="N", help="Read the key's passphrase from descriptor N.")
@click.option(
    "--trust-entry",
    "table",
    type=click.Choice(["issuer", "approver", "witness"]),
    help="Print a table for a trust file instead.",
)
@id_option("--person", metavar="ID", help="With --trust-entry: whose key it is; of a witness, its id.")
@click.option("--role", "roles", multiple=True, metavar="ID", help="What an approver may sign as; may be repeated.")
@click.option(
    "--contracts",
    multiple=True,
    metavar="GLOB",
    help='What an issuer may issue: an id, "acme.*" or "*"; may be repeated.',
)
def pubkey(
    key: Path,
    *,
    passphrase_fd: int | None,
    table: str | None,
    person: str | None,
    roles: tuple[str, ...],
    contracts: tuple[str, ...],
) -> None:
    """Print the public half of KEY: its ssh-ed25519 line, fingerprint and kid.

    KEY is a key file of any form: private (PKCS#8 or OpenSSH) or public (ssh-ed25519 line, PEM, hexadecimal).
    """
    lists = _trust_lists(table, person, roles, contracts)
    with refusing():
        found = keys.load_public(key, lambda of: read_passphrase(passphrase_fd, f"Passphrase of {of}"))
    if table is None:
        _describe(found.public, found.comment or Path(key.name.removesuffix(".pub")).stem)
        return
    say("")  # so that tables stand apart in the file
    say(f"# fingerprint {keys.fingerprint(found.public)}")
    say(f"# kid {keys.grouped(ed25519.thumbprint(found.public))}")
    say(f"[[{table}]]")
    for name, value in lists.items():
        say(f"{name} = {value}")
    say(f'key = "{keys.public_line(found.public)}"')


def _describe(public: bytes, comment: str) -> None:
    """Say a public key in the forms that people compare."""
    say(keys.public_line(public, comment))
    say(f"fingerprint  {keys.fingerprint(public)}")
    say(f"kid          {keys.grouped(ed25519.thumbprint(public))}")


def _trust_lists(
    table: str | None, person: str | None, roles: tuple[str, ...], contracts: tuple[str, ...]
) -> dict[str, str]:
    """Give the members of a table of the trust file (SPEC 7), as TOML, but its key; refuse what does not belong."""
    given = {"--person": person, "--role": roles, "--contracts": contracts}
    wanted = {
        None: (),
        "issuer": ("--person", "--contracts"),
        "approver": ("--person", "--role"),
        "witness": ("--person",),
    }[table]
    for name, value in given.items():
        if value and name not in wanted:
            raise click.UsageError(
                f"{name} does not go with " + (f"--trust-entry {table}" if table else "the key alone")
            )
        if not value and name in wanted:
            raise click.UsageError(f"--trust-entry {table} needs {name}")
    lists = {"id" if table == "witness" else "person": f'"{person}"'} if table else {}
    for name, values, read in (("roles", roles, fields.ident), ("contracts", contracts, fields.contract_pattern)):
        if values:
            lists[name] = _array(values, read)
    return lists


def _array(values: tuple[str, ...], read: Reader[str]) -> str:
    """Write identifiers or patterns, which need no escapes, as a TOML array."""
    try:
        return "[" + ", ".join(f'"{read(value)}"' for value in dict.fromkeys(values)) + "]"
    except Rejected:
        raise click.UsageError(f"{', '.join(values)}: write identifiers, or for contracts a prefix and .*") from None
