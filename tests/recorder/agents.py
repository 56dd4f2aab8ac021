"""Agents to sign with: the real `ssh-agent`, and one in this process that answers as a test tells it to."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from opsproof_record.signing.public_keys import blob
from opsproof_record.signing.signer import Signer
from opsproof_record.signing.ssh_wire import Reader, string

from opsproof_verify import cose, ed25519

OPENSSH = all(shutil.which(name) for name in ("ssh-keygen", "ssh-agent", "ssh-add"))
NO_OPENSSH = "ssh-keygen, ssh-agent or ssh-add is not installed: REAL KEYS AND AGENTS ARE NOT TESTED HERE"

LIST, LISTED, SIGN, SIGNED, FAILURE = 11, 12, 13, 14, 5

# A request without its length, to what is sent: at once, or in pieces with pauses, or (None) nothing, ever.
Answer = Callable[[bytes], bytes | Iterator[bytes] | None]


def message(kind: int, body: bytes = b"") -> bytes:
    """Write a message as it goes over the socket."""
    return string(bytes([kind]) + body)


def listing(*blobs: bytes) -> bytes:
    """Write the answer that lists these keys."""
    return message(LISTED, len(blobs).to_bytes(4, "big") + b"".join(string(key) + string(b"key") for key in blobs))


def signature(raw: bytes, name: bytes = b"ssh-ed25519") -> bytes:
    """Write the answer that gives a signature."""
    return message(SIGNED, string(string(name) + string(raw)))


def honest(*held: Ed25519PrivateKey) -> Answer:
    """Answer as an agent does that holds these keys."""
    known = {blob(key.public_key().public_bytes_raw()): key for key in held}

    def answer(request: bytes) -> bytes:
        if request[0] == LIST:
            return listing(*known)
        reader = Reader(request[1:])
        key, text = known.get(reader.string()), reader.string()
        assert reader.uint32() == 0, "flags are for RSA"
        reader.done()
        return signature(key.sign(text)) if key else message(FAILURE)

    return answer


class FakeAgent:
    """Speaks over a real socket; `asked` is what it was sent."""

    def __init__(self, path: Path, answer: Answer) -> None:
        self.path = path
        self.answer = answer
        self.asked: list[bytes] = []
        self._over = threading.Event()
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(str(path))
        self._listener.listen()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def close(self) -> None:
        self._over.set()
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link:
            link.connect(str(self.path))  # wakes the thread
        self._thread.join()
        self._listener.close()

    def _serve(self) -> None:
        while not self._over.is_set():
            link, _ = self._listener.accept()
            with link, link.makefile("rb") as stream, suppress(OSError):
                request = stream.read(int.from_bytes(stream.read(4), "big"))
                if not request:
                    continue
                self.asked.append(request)
                said = self.answer(request)
                if said is None:
                    link.recv(1)  # until the other side gives up
                for piece in [said] if isinstance(said, bytes) else said or ():
                    link.sendall(piece)
                    if not isinstance(said, bytes):
                        self._over.wait(0.01)


@contextmanager
def short_folder() -> Iterator[Path]:
    """Give a folder with a short path: the name of a socket has about a hundred bytes at most."""
    with tempfile.TemporaryDirectory(prefix="opsproof-") as name:
        yield Path(name)


def never(_path: Path) -> bytes:
    """Stand where a passphrase would be asked for."""
    raise AssertionError("a passphrase was asked for")


def sound(signer: Signer, record: bytes) -> bool:
    """Tell whether a verifier would accept a seal by this signer."""
    signed = cose.parse(record, cose.RecordType.SEAL)
    return signed.kid == signer.kid and ed25519.verify(signer.public, signed.signature, signed.signing_input())


@contextmanager
def fake_agent(path: Path, answer: Answer) -> Iterator[FakeAgent]:
    """Run an agent in this process."""
    agent = FakeAgent(path, answer)
    try:
        yield agent
    finally:
        agent.close()


class RealAgent:
    """The `ssh-agent` of this machine; `asks` is the answer to its questions: "yes", "no", or a password."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._folder = path.parent
        self._word = self._folder / "word"
        askpass = self._folder / "askpass"
        askpass.write_text(f'#!/bin/sh\nread word < {self._word}\n[ "$word" = no ] && exit 1\necho "$word"\n')
        askpass.chmod(0o700)
        self._environment = os.environ | {
            "SSH_AUTH_SOCK": str(path),
            "SSH_ASKPASS": str(askpass),
            "SSH_ASKPASS_REQUIRE": "force",
            "DISPLAY": "none",
        }
        self.says("yes")
        self._process = subprocess.Popen(
            ["ssh-agent", "-D", "-a", str(path)],  # noqa: S607 - the one that the person who tests has
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert self._process.stdout is not None
        self._process.stdout.readline()  # says where it listens, once it does

    def says(self, word: str) -> None:
        """Choose what is answered when the agent asks."""
        self._word.write_text(word + "\n")

    def add(self, *words: object) -> None:
        """Run `ssh-add`."""
        argv = ["ssh-add", *(str(word) for word in words)]
        subprocess.run(argv, env=self._environment, check=True, capture_output=True, stdin=subprocess.DEVNULL)

    def close(self) -> None:
        self._process.terminate()
        self._process.communicate()


@contextmanager
def real_agent(path: Path) -> Iterator[RealAgent]:
    """Run the real agent."""
    agent = RealAgent(path)
    try:
        yield agent
    finally:
        agent.close()


def ssh_keygen(path: Path, *words: str, passphrase: str = "", key_type: str = "ed25519") -> Path:
    """Make a key with the real `ssh-keygen`."""
    argv = ["ssh-keygen", "-q", "-t", key_type, "-N", passphrase, "-C", "made by a test", "-f", str(path), *words]
    subprocess.run(argv, check=True, capture_output=True)
    return path
