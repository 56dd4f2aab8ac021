"""The protocol of ssh-agents, spoken with one that lies; `test_ssh_agent_real.py` has the real one."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from opsproof_record.errors import Refused
from opsproof_record.signing import keys
from opsproof_record.signing.public_keys import blob, blob_fingerprint, fingerprint
from opsproof_record.signing.ssh_agent import MAX_IDENTITIES, MAX_MESSAGE, Agent
from opsproof_record.signing.ssh_wire import string
from recorder.agents import (
    FAILURE,
    LIST,
    LISTED,
    SIGNED,
    fake_agent,
    honest,
    listing,
    message,
    never,
    short_folder,
    signature,
    sound,
)

from opsproof_verify import cose, ed25519
from opsproof_verify.cose import RecordType

PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = PRIVATE.public_key().public_bytes_raw()
BLOB = blob(PUBLIC)
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(32))
NAME = Path("op.key.pub")


@pytest.fixture
def folder() -> Iterator[Path]:
    with short_folder() as path:
        yield path


def refused(agent: Agent, said: str) -> Refused:
    """Show that the agent's signature is refused with these words."""
    signer = keys.Signer(Path("op.key"), PUBLIC, str(agent), lambda text: agent.sign(PUBLIC, NAME, text))
    with pytest.raises(Refused) as refusal:
        signer.sign(RecordType.SEAL, b"payload")
    assert said in refusal.value.what
    assert refusal.value.remedy
    return refusal.value


def test_an_agent_signs(folder: Path) -> None:
    public = folder / "op.key.pub"
    public.write_text(keys.public_line(PUBLIC))
    with fake_agent(folder / "s", honest(OTHER, PRIVATE)) as agent:
        signer = keys.load(public, never, agent=agent.path)
        record = signer.sign(RecordType.SEAL, b"payload")
    assert sound(signer, record)
    assert (signer.path, signer.public) == (folder / "op.key", PUBLIC)
    text = cose.signing_input(RecordType.SEAL, signer.kid, b"payload")
    assert agent.asked == [bytes([LIST]), b"\x0d" + string(BLOB) + string(text) + bytes(4)]


def test_the_socket_comes_from_the_environment_unless_it_is_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    public = folder / "op.key.pub"
    public.write_text(keys.public_line(PUBLIC))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    with pytest.raises(Refused, match="there is no ssh-agent"):
        keys.load(public, never)
    with fake_agent(folder / "s", honest(PRIVATE)) as agent:
        monkeypatch.setenv("SSH_AUTH_SOCK", str(folder / "none"))
        with pytest.raises(Refused, match="cannot be reached: No such file"):
            keys.load(public, never)
        keys.load(public, never, agent=agent.path)
        monkeypatch.setenv("SSH_AUTH_SOCK", str(agent.path))
        keys.load(public, never)
    monkeypatch.setenv("SSH_AUTH_SOCK", str(public))
    with pytest.raises(Refused, match="cannot be reached"):
        keys.load(public, never)
    with pytest.raises(Refused, match="cannot be reached"):
        keys.load(public, never, agent=folder / ("long" * 100))


LISTS: dict[str, tuple[bytes, str]] = {
    "no keys": (listing(), "shows no keys"),
    "other keys": (listing(blob(OTHER.public_key().public_bytes_raw())), f"does not hold {fingerprint(PUBLIC)}"),
    "failure": (message(FAILURE), "does not list its keys"),
    "another answer": (message(SIGNED), "message 14 instead of 12"),
    "nothing in it": (message(LISTED), "4 bytes announced, 0 there"),
    "fewer keys than said": (message(LISTED, (2).to_bytes(4, "big") + string(BLOB) + string(b"")), "0 there"),
    "key beyond the end": (message(LISTED, bytes(3) + b"\1" + b"\0\0\0\x40short"), "64 bytes announced, 5 there"),
    "huge count": (message(LISTED, (MAX_IDENTITIES + 1).to_bytes(4, "big")), "more than 2048"),
    "bytes behind": (message(LISTED, bytes(4) + b"x"), "1 bytes too many"),
}


@pytest.mark.parametrize("case", LISTS)
def test_what_an_agent_lists_is_not_trusted(folder: Path, case: str) -> None:
    said, words = LISTS[case]
    with fake_agent(folder / "s", lambda _request: said) as agent, pytest.raises(Refused) as refusal:
        Agent(agent.path).require(PUBLIC, NAME)
    assert words in refusal.value.what
    assert refusal.value.remedy


def test_the_keys_that_an_agent_has_instead_are_named(folder: Path) -> None:
    odd = [string(b"ssh-rsa") + b"1", string(b"\x1b[31m"), b"\0\0\0\xff", *(string(b"x%d" % n) for n in range(9))]
    with fake_agent(folder / "s", lambda _request: listing(*odd)) as agent, pytest.raises(Refused) as refusal:
        Agent(agent.path).require(PUBLIC, NAME)
    for key, name in zip(odd, ("ssh-rsa", "unknown", "unknown"), strict=False):
        assert f"{blob_fingerprint(key)} ({name})" in refusal.value.remedy
    assert refusal.value.remedy.endswith("and 2 more")
    assert "\x1b" not in refusal.value.remedy


TRUE = PRIVATE.sign(cose.signing_input(RecordType.SEAL, ed25519.thumbprint(PUBLIC), b"payload"))
SIGNATURES: dict[str, tuple[bytes, str]] = {
    "another key's": (signature(OTHER.sign(b"payload")), "gave a wrong signature"),
    "over something else": (signature(PRIVATE.sign(b"payload")), "gave a wrong signature"),
    "too short": (signature(TRUE[:63]), "gave a wrong signature"),
    "too long": (signature(TRUE + b"\0"), "gave a wrong signature"),
    "of another type": (signature(TRUE, b"ssh-rsa"), "a signature of type b'ssh-rsa'"),
    "of a FIDO key": (signature(TRUE, b"sk-ssh-ed25519@openssh.com"), "b'sk-ssh-ed25519@openssh.com'"),
    "bytes behind": (message(SIGNED, string(string(b"ssh-ed25519") + string(TRUE)) + b"x"), "1 bytes too many"),
    "bytes inside": (message(SIGNED, string(string(b"ssh-ed25519") + string(TRUE) + b"x")), "1 bytes too many"),
    "length beyond the end": (message(SIGNED, b"\xff\xff\xff\xff" + TRUE), "4294967295 bytes announced"),
    "empty": (message(SIGNED), "4 bytes announced, 0 there"),
    "another answer": (listing(BLOB), "message 12 instead of 14"),
    "message without a kind": (bytes(4), "0 bytes announced, the limit is"),
    "huge length": (b"\xff\xff\xff\xff", "4294967295 bytes announced, the limit is"),
    "a little too long": ((MAX_MESSAGE + 1).to_bytes(4, "big"), "262145 bytes announced, the limit is"),
    "cut in its length": (b"\0\0", "closed the connection"),
    "cut in its body": (signature(TRUE)[:-1], "closed the connection"),
    "nothing": (b"", "closed the connection"),
}


def test_the_signature_of_the_next_tests_would_be_right(folder: Path) -> None:
    with fake_agent(folder / "s", lambda _request: signature(TRUE)) as agent:
        real = Agent(agent.path)
        keys.Signer(NAME, PUBLIC, "", lambda text: real.sign(PUBLIC, NAME, text)).sign(RecordType.SEAL, b"payload")


@pytest.mark.parametrize("case", SIGNATURES)
def test_what_an_agent_signs_is_not_trusted(folder: Path, case: str) -> None:
    said, words = SIGNATURES[case]
    with fake_agent(folder / "s", lambda _request: said) as agent:
        refused(Agent(agent.path), words)


def test_an_agent_that_takes_small_records_only_is_suspected(folder: Path) -> None:
    agent = Agent(folder / "s")
    with fake_agent(agent.path, lambda _request: b""):
        for size, expected in ((1_000, False), (100_000, True)):
            with pytest.raises(Refused, match="closed the connection") as refusal:
                agent.sign(PUBLIC, NAME, bytes(size))
            assert ("too large for it" in refusal.value.remedy) is expected


def test_an_agent_that_is_silent_is_given_up(folder: Path) -> None:
    with fake_agent(folder / "s", lambda _request: None) as agent:
        quick = Agent(agent.path, list_patience=0.05, sign_patience=0.05)
        refused(quick, "did not answer in time")
        with pytest.raises(Refused, match="did not answer in time"):
            quick.identities()


def test_an_agent_that_drips_is_given_up(folder: Path) -> None:
    head = (10_000).to_bytes(4, "big")
    with fake_agent(folder / "s", lambda _request: itertools.chain([head], itertools.repeat(b"x", 10_000))) as agent:
        refused(Agent(agent.path, sign_patience=0.2), "did not answer in time")


def _next(answers: Iterator[bytes], _request: bytes) -> bytes:
    return next(answers)


def test_a_refusal_to_sign_says_what_has_become_of_the_key(folder: Path) -> None:
    for listed, said in (
        (listing(BLOB), "refused to sign"),
        (listing(), "locked or empty"),
        (listing(b"x"), "does not hold"),
    ):
        answers = iter([message(FAILURE), listed])
        with fake_agent(folder / said[:4], functools.partial(_next, answers)) as agent:
            refused(Agent(agent.path), said)


def test_a_record_that_no_agent_takes_is_not_sent(folder: Path) -> None:
    too_large = pytest.raises(Refused, match="too large for an ssh-agent")
    with fake_agent(folder / "s", honest(PRIVATE)) as agent, too_large:
        Agent(agent.path).sign(PUBLIC, NAME, bytes(MAX_MESSAGE))
    assert agent.asked == []
