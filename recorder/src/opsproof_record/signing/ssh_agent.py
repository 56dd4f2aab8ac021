"""Asking an ssh-agent for signatures (RFC 9987), over its UNIX socket.

The agent is not trusted: each answer is bounded in size and time and read with every length checked, and what it signs
is verified by the signer. It cannot choose the identity either: that comes from the public key file. One request is one
connection, so that an agent that was restarted, or unlocked meanwhile, is found again.
"""

from __future__ import annotations

import os
import socket
import time
from pathlib import Path
from typing import NoReturn

from opsproof_record.errors import Refused
from opsproof_record.signing.public_keys import SSH_TYPE, blob, blob_fingerprint, blob_type, fingerprint
from opsproof_record.signing.ssh_wire import Malformed, Reader, string

_FAILURE = 5  # SSH_AGENT_FAILURE
_REQUEST_IDENTITIES = 11  # SSH_AGENTC_REQUEST_IDENTITIES
_IDENTITIES_ANSWER = 12  # SSH_AGENT_IDENTITIES_ANSWER
_SIGN_REQUEST = 13  # SSH_AGENTC_SIGN_REQUEST
_SIGN_RESPONSE = 14  # SSH_AGENT_SIGN_RESPONSE

MAX_MESSAGE = 262_144  # what OpenSSH's agent takes and gives
MAX_IDENTITIES = 2_048  # OpenSSH's too
_SMALL = 16_384  # bytes; GnuPG's agent, for one, takes less than 100,000
_SHOWN = 10
_HEAD = 4
_NO_FLAGS = bytes(4)  # flags choose hashes for RSA only

LIST_PATIENCE = 30.0  # seconds; a password manager may have to be unlocked
SIGN_PATIENCE = 120.0  # seconds; somebody may be asked to confirm

_INSTEAD = "Nothing was signed. Use another agent, or give the private key file with --key."


def default_socket() -> Path | None:
    """Give the socket that ``SSH_AUTH_SOCK`` names, as for ``ssh``: a way to an agent, never an identity."""
    name = os.environ.get("SSH_AUTH_SOCK")
    return Path(name) if name else None


class Agent:
    """An ssh-agent behind a socket; each method asks it once and raises ``Refused`` for anything but an answer."""

    def __init__(
        self, path: Path, *, list_patience: float = LIST_PATIENCE, sign_patience: float = SIGN_PATIENCE
    ) -> None:
        """Name the socket; nothing is opened yet."""
        self.path = path
        self._list_patience = list_patience
        self._sign_patience = sign_patience

    def __str__(self) -> str:
        return f"the ssh-agent at {self.path}"

    def identities(self) -> list[bytes]:
        """List the public keys that the agent offers, as SSH encodes them."""
        kind, reader = self._ask(_REQUEST_IDENTITIES, b"", self._list_patience)
        if kind == _FAILURE:
            raise Refused(f"{self} does not list its keys", f"Unlock it. {_INSTEAD}")
        try:
            if kind != _IDENTITIES_ANSWER:
                raise Malformed(f"message {kind} instead of {_IDENTITIES_ANSWER}")
            count = reader.uint32()
            if count > MAX_IDENTITIES:
                raise Malformed(f"{count} keys, more than {MAX_IDENTITIES}")
            found = []
            for _ in range(count):
                found.append(reader.string())
                reader.string()  # its comment
            reader.done()
        except Malformed as error:
            self._malformed(error)
        return found

    def require(self, public: bytes, name: Path) -> None:
        """Refuse unless the agent offers this key; ``name`` is the file that asks for it."""
        found = self.identities()
        if not found:
            raise Refused(
                f"{self} shows no keys: it is locked or empty",
                "Unlock it (`ssh-add -X`, or the password manager), or add the key with `ssh-add FILE`.",
            )
        if blob(public) not in found:
            shown = [f"{blob_fingerprint(key)} ({blob_type(key)})" for key in found[:_SHOWN]]
            more = [f"and {len(found) - _SHOWN} more"] if len(found) > _SHOWN else []
            raise Refused(
                f"{self} does not hold {fingerprint(public)}, the key of {name}",
                "Add it with `ssh-add FILE`, or give the private key file with --key. The agent holds "
                + ", ".join(shown + more),
            )

    def sign(self, public: bytes, name: Path, message: bytes) -> bytes:
        """Give the signature of the key over a message, not verified yet."""
        body = string(blob(public)) + string(message) + _NO_FLAGS
        if 1 + len(body) > MAX_MESSAGE:
            raise Refused(
                f"a record of {len(message)} bytes is too large for an ssh-agent, which takes {MAX_MESSAGE} bytes",
                "Give the private key file with --key for this record.",
            )
        kind, reader = self._ask(_SIGN_REQUEST, body, self._sign_patience)
        if kind == _FAILURE:
            self.require(public, name)
            raise Refused(
                f"{self} refused to sign with {fingerprint(public)}",
                "Somebody denied the confirmation, or the key may be used for certain hosts only (`ssh-add -h`). "
                "Confirm it next time; entries that are written already stay, and `opsproof attest` signs them.",
            )
        try:
            if kind != _SIGN_RESPONSE:
                raise Malformed(f"message {kind} instead of {_SIGN_RESPONSE}")
            return _read_signature(reader)
        except Malformed as error:
            self._malformed(error)

    def _ask(self, kind: int, body: bytes, patience: float) -> tuple[int, Reader]:
        """Send one request; give the kind of the answer, and a reader of the rest."""
        deadline = time.monotonic() + patience
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link:
                link.settimeout(patience)
                link.connect(str(self.path))
                link.sendall(string(bytes([kind]) + body))
                size = int.from_bytes(_receive(link, _HEAD, deadline), "big")
                if not 0 < size <= MAX_MESSAGE:
                    raise Malformed(f"{size} bytes announced, the limit is {MAX_MESSAGE}")
                answer = _receive(link, size, deadline)
        except Malformed as error:
            self._malformed(error)
        except TimeoutError:
            raise Refused(f"{self} did not answer in time", f"See whether it waits for a person. {_INSTEAD}") from None
        except (BrokenPipeError, ConnectionResetError):
            hint = f"Perhaps the record is too large for it, with {len(body)} bytes. " if len(body) > _SMALL else ""
            raise Refused(f"{self} closed the connection instead of answering", hint + _INSTEAD) from None
        except OSError as error:
            raise Refused(
                f"{self} cannot be reached: {error.strerror or error}",
                "Start one (`eval $(ssh-agent)`, then `ssh-add FILE`) or name its socket with --agent.",
            ) from error
        return answer[0], Reader(answer[1:])

    def _malformed(self, why: Malformed) -> NoReturn:
        raise Refused(f"the answer of {self} is malformed: {why}", _INSTEAD) from why


def _receive(link: socket.socket, size: int, deadline: float) -> bytes:
    """Read exactly this many bytes before the deadline, however slowly they drip."""
    data = bytearray()
    while len(data) < size:
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        link.settimeout(left)
        piece = link.recv(size - len(data))
        if not piece:
            raise ConnectionResetError
        data += piece
    return bytes(data)


def _read_signature(reader: Reader) -> bytes:
    """Read the signature of a SSH_AGENT_SIGN_RESPONSE: of type ``ssh-ed25519`` (RFC 8709 §6) and no other."""
    inner = Reader(reader.string())
    reader.done()
    if (name := inner.string()) != SSH_TYPE.encode():
        raise Malformed(f"a signature of type {name[:64]!r}")
    signature = inner.string()
    inner.done()
    return signature
