"""Ed25519 keys: files made, loaded and used, or an agent asked; the recorder's only importer of `cryptography`.

``--key`` names the identity. A private key file (PKCS#8 or OpenSSH, encrypted or not) signs by itself; for a public
key file an ssh-agent is asked for the signatures. A private key is written once, readable by its owner alone, and never
over another file.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from opsproof_record.errors import Refused
from opsproof_record.signing import openssh_file
from opsproof_record.signing.public_keys import (
    MAKE_ONE,
    SSH_TYPE,
    PublicKey,
    blob,
    blob_type,
    fingerprint,
    grouped,
    parse_public,
    public_line,
    read_public,
    type_refusal,
)
from opsproof_record.signing.signer import Signer
from opsproof_record.signing.ssh_agent import Agent, default_socket

__all__ = [
    "Format",
    "PublicKey",
    "Signer",
    "check_absent",
    "fingerprint",
    "generate",
    "grouped",
    "load",
    "load_public",
    "parse_public",
    "public_line",
    "read_public",
    "write_new",
]

Format = Literal["pkcs8", "openssh"]
AskPassphrase = Callable[[Path], bytes]
Warn = Callable[[str], None]

_PRIVATE_FORMATS = {
    "pkcs8": serialization.PrivateFormat.PKCS8,
    "openssh": serialization.PrivateFormat.OpenSSH,
}
_MAX_FILE = 65_536  # bytes; the largest RSA keys have a fifth of it
_LABEL = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----")
_PKCS8, _ENCRYPTED, _OPENSSH = b"PRIVATE KEY", b"ENCRYPTED PRIVATE KEY", b"OPENSSH PRIVATE KEY"
_OTHER_TYPES = {b"RSA PRIVATE KEY": "ssh-rsa", b"DSA PRIVATE KEY": "ssh-dss", b"EC PRIVATE KEY": "ecdsa-sha2"}
_PUTTY = b"PuTTY-User-Key-File-"
_OPEN_TO_OTHERS = 0o077
_CONVERT = "Write it anew with `ssh-keygen -p -Z aes256-ctr -f FILE`, or make a key with `opsproof keygen`."


def generate(path: Path, passphrase: bytes | None, form: Format = "pkcs8") -> Signer:
    """Make a key and write it to a new file; with a passphrase, encrypted."""
    private = Ed25519PrivateKey.generate()
    encryption = serialization.BestAvailableEncryption(passphrase) if passphrase else serialization.NoEncryption()
    write_new(path, private.private_bytes(serialization.Encoding.PEM, _PRIVATE_FORMATS[form], encryption), 0o600)
    return _signer(path, private)


def check_absent(path: Path) -> None:
    """Refuse a name that is taken, before anything else is made."""
    if path.exists():
        raise Refused(f"{path} exists", "Nothing is overwritten: choose another name or move that file away.")


def write_new(path: Path, data: bytes, mode: int) -> None:
    """Write a file that must not exist yet, and see it onto the disk."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError:
        raise Refused(f"{path} exists", "Nothing is overwritten: choose another name or move that file away.") from None
    except OSError as error:
        raise Refused(f"{path}: {error.strerror}", "Choose a directory that exists and is writable.") from error
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def load(
    path: Path, ask_passphrase: AskPassphrase, *, agent: Path | None = None, warn: Warn = lambda _text: None
) -> Signer:
    """Make a signer of a key file.

    The passphrase is asked for only if a private key needs it. For a public key file the ssh-agent behind ``agent``, or
    else the one that ``SSH_AUTH_SOCK`` names, must hold the private half. ``warn`` is told of a private key that
    others can read. Raises ``Refused``.
    """
    data, mode = _read(path)
    if _is_private(data):
        if mode & _OPEN_TO_OTHERS:
            warn(f"warning: others can use {path} (mode {mode:04o}); chmod 600 {path}")
        return _signer(path, _load_private(path, data, ask_passphrase))
    public = read_public(_text(data), str(path)).public
    socket_path = agent or default_socket()
    if socket_path is None:
        raise Refused(
            f"{path} is a public key, and there is no ssh-agent to ask for the private half",
            "Start one and `ssh-add` the key, name its socket with --agent, or give the private key file with --key.",
        )
    holder = Agent(socket_path)
    holder.require(public, path)
    return Signer(_named_by(path), public, str(holder), lambda message: holder.sign(public, path, message))


def load_public(path: Path, ask_passphrase: AskPassphrase) -> PublicKey:
    """Read the public half of a key file of any form; a passphrase is asked for encrypted PKCS#8 only."""
    data, _ = _read(path)
    if not _is_private(data):
        return read_public(_text(data), str(path))
    if _label(data) == _OPENSSH:
        header = _openssh_header(path, data)
        return read_public(openssh_file.line(header), str(path))
    return PublicKey(_load_private(path, data, ask_passphrase).public_key().public_bytes_raw())


def _signer(path: Path, private: Ed25519PrivateKey) -> Signer:
    return Signer(path, private.public_key().public_bytes_raw(), f"the key file {path}", private.sign)


def _named_by(path: Path) -> Path:
    """Give the name of the key: ``op.key`` for ``op.key.pub``, so that both keep one list of unsigned entries."""
    return path.with_name(path.name.removesuffix(".pub") or path.name)


def _read(path: Path) -> tuple[bytes, int]:
    """Read a key file; give its bytes and, if it is a regular file, its permissions."""
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_FILE + 1)
            mode = os.fstat(file.fileno()).st_mode
    except OSError as error:
        public = path.with_name(path.name + ".pub")
        remedy = f"{public} is there: give it if an ssh-agent holds the key." if public.exists() else ""
        raise Refused(f"{path}: {error.strerror}", remedy or "Check the name of the key file.") from error
    if len(data) > _MAX_FILE:
        raise Refused(f"{path}: more than {_MAX_FILE} bytes, so no key", "Check the name of the key file.")
    return data, stat.S_IMODE(mode) if stat.S_ISREG(mode) else 0


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _label(data: bytes) -> bytes:
    found = _LABEL.search(data)
    return found[1] if found else b""


def _is_private(data: bytes) -> bool:
    return b"PRIVATE KEY" in _label(data) or data.startswith(_PUTTY)


def _load_private(path: Path, data: bytes, ask_passphrase: AskPassphrase) -> Ed25519PrivateKey:
    """Load a private key; its type is looked at first, so that nobody types a passphrase for a key of no use."""
    label = _label(data)
    if label in _OTHER_TYPES:
        raise type_refusal(_OTHER_TYPES[label], str(path))
    if label == _OPENSSH:
        header = _openssh_header(path, data)
        private = _decrypt(serialization.load_ssh_private_key, path, data, ask_passphrase if header.encrypted else None)
        if blob(private.public_key().public_bytes_raw()) != header.public:
            raise _damaged(path)  # `cryptography` does not compare the two halves
        return private
    if label in (_PKCS8, _ENCRYPTED):
        ask = ask_passphrase if label == _ENCRYPTED else None
        return _decrypt(serialization.load_pem_private_key, path, data, ask)
    remedy = "`puttygen FILE -O private-openssh -o NEW` turns a PuTTY key into one that can be used. " + MAKE_ONE
    raise Refused(f"{path}: a private key, but neither PKCS#8 nor OpenSSH", remedy)


def _decrypt(
    read: Callable[..., object], path: Path, data: bytes, ask_passphrase: AskPassphrase | None
) -> Ed25519PrivateKey:
    """Read a private key, with a passphrase if there is somebody to ask."""
    passphrase = ask_passphrase(path) if ask_passphrase else None
    try:
        private = read(data, passphrase)
    except UnsupportedAlgorithm as error:
        raise Refused(f"{path}: protected or made in a way that is not supported ({error})", _CONVERT) from error
    except (ValueError, TypeError, InvalidTag) as error:
        if passphrase is None:
            raise _damaged(path) from error
        raise Refused(f"{path}: the passphrase is wrong, or the file is damaged", "Try again.") from error
    if not isinstance(private, Ed25519PrivateKey):
        raise Refused(f"{path}: not an Ed25519 key", MAKE_ONE)
    return private


def _damaged(path: Path) -> Refused:
    return Refused(f"{path}: the file is damaged", "Restore it, or make a key with `opsproof keygen`.")


def _openssh_header(path: Path, data: bytes) -> openssh_file.Header:
    """Read what an OpenSSH file says in the clear; refuse what it cannot sign with."""
    header = openssh_file.parse(data)
    if header is None:
        raise _damaged(path)
    if (key_type := blob_type(header.public)) != SSH_TYPE:
        raise type_refusal(key_type, str(path))
    return header
