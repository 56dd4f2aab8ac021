"""`opsproof keygen`."""

from __future__ import annotations

from pathlib import Path

import click

from opsproof_record import keys
from opsproof_record.cli.common import FILE, read_passphrase, refusing, say


@click.command()
@click.argument("file", type=FILE)
@click.option("--encrypt", is_flag=True, help="Protect the key with a passphrase, asked for.")
@click.option("--passphrase-fd", type=int, metavar="N", help="Protect it with the passphrase read from descriptor N.")
@click.option("--comment", default=None, help="Comment of the public key line; default: the file's name.")
def keygen(file: Path, *, encrypt: bool, passphrase_fd: int | None, comment: str | None) -> None:
    """Make an Ed25519 key: FILE (private, PKCS#8 PEM, mode 0600) and FILE.pub (an ssh-ed25519 line)."""
    with refusing():
        public_file = file.with_name(file.name + ".pub")
        keys.check_absent(public_file)
        secret = None
        if encrypt or passphrase_fd is not None:
            secret = read_passphrase(passphrase_fd, "Passphrase for the new key", confirm=True)
        signer = keys.generate(file, secret)
        line = keys.public_line(signer.public, file.stem if comment is None else comment)
        keys.write_new(public_file, f"{line}\n".encode(), 0o644)
    say(line)
    say(f"fingerprint  {keys.fingerprint(signer.public)}")
    say(f"kid          {keys.grouped(signer.kid)}")
    say(f"{file} is private{'' if secret else ' and not encrypted (--encrypt)'}; give away {public_file} only")
