"""The commands `keygen` and `pubkey`, and how every command gets its passphrase."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from opsproof_record.signing import keys
from recorder.plant import Plant

from opsproof_verify.trust import TrustStore

HEAD = 'id = "audit"\nserial = 1\nissued = 2026-11-01T00:00:00Z\nnext-update = 2027-02-01T00:00:00Z\n'


@pytest.fixture
def tool(tmp_path: Path) -> Plant:
    """Give the commands without keys or a package."""
    return Plant(tmp_path)


def pipe(data: bytes) -> int:
    """Give a descriptor from which these bytes can be read."""
    ours, theirs = os.pipe()
    os.write(theirs, data)
    os.close(theirs)
    return ours


def left(descriptor: int) -> bytes:
    with os.fdopen(descriptor, "rb") as stream:
        return stream.read()


@pytest.mark.parametrize("form", ["pkcs8", "openssh"])
def test_keygen_writes_both_halves(tool: Plant, form: str) -> None:
    path = tool.key("op.key")
    secret = pipe(b"correct horse\nmore")
    said = tool("keygen", path, "--format", form, "--passphrase-fd", secret, "--comment", "operator\n1")
    assert left(secret) == b"more", "what follows the line is for others"
    public = keys.load_public(path, lambda _path: b"correct horse").public
    assert tool.key("op.key.pub").read_text() == keys.public_line(public, "operator 1") + "\n"
    assert ("BEGIN ENCRYPTED PRIVATE KEY" if form == "pkcs8" else "BEGIN OPENSSH PRIVATE KEY") in path.read_text()
    assert "not encrypted" not in said
    assert keys.public_line(public) in said


def test_pubkey_says_the_same_of_both_halves(tool: Plant) -> None:
    path, public = tool.key("op.key"), tool.key("op.key.pub")
    made = tool("keygen", path).splitlines()
    assert tool("pubkey", public).splitlines() == made[:3]
    assert tool("pubkey", path).splitlines() == made[:3]
    public.write_text(keys.load_public(path, lambda _path: b"").public.hex())
    assert tool("pubkey", public).splitlines() == made[:3]


def test_trust_entries_make_a_trust_file(tool: Plant) -> None:
    for name in ("owner", "qa", "clock"):
        tool("keygen", tool.key(name))
    text = HEAD
    issuer = ("--trust-entry", "issuer", "--person", "process-owner", "--contracts", "acme.*", "--contracts", "demo")
    text += tool("pubkey", tool.key("owner.pub"), *issuer)
    approver = ("--trust-entry", "approver", "--person", "qa-lead", "--role", "quality", "--role", "qp", "--role", "qp")
    text += tool("pubkey", tool.key("qa"), *approver)
    text += tool("pubkey", tool.key("clock.pub"), "--trust-entry", "witness", "--person", "plant-clock")
    store = TrustStore.parse(text.encode())
    public = {name: keys.load_public(tool.key(name), lambda _path: b"").public for name in ("owner", "qa", "clock")}
    assert [(row.person, row.contracts, row.key) for row in store.issuers] == [
        ("process-owner", ("acme.*", "demo"), public["owner"])
    ]
    assert [(row.person, row.roles, row.key) for row in store.approvers] == [
        ("qa-lead", ("qp", "quality"), public["qa"])
    ]
    assert [(row.id, row.key) for row in store.witnesses] == [("plant-clock", public["clock"])]
    assert f"# fingerprint {keys.fingerprint(public['qa'])}" in text


@pytest.mark.parametrize(
    "words, said",
    [
        ("--person qa-lead", "--person does not go with the key alone"),
        ("--trust-entry issuer --person owner", "--trust-entry issuer needs --contracts"),
        ("--trust-entry approver --role quality", "--trust-entry approver needs --person"),
        ("--trust-entry witness --person clock --role quality", "--role does not go with --trust-entry witness"),
        ("--trust-entry approver --person qa-lead --role Quality", "Quality: write identifiers"),
        ("--trust-entry approver --person QA --role quality", "write an identifier"),
        ("--trust-entry issuer --person owner --contracts a*", "a*: write identifiers"),
    ],
)
def test_a_trust_entry_that_no_trust_file_takes_is_wrong_usage(tool: Plant, words: str, said: str) -> None:
    tool("keygen", tool.key("qa"))
    assert said in tool("pubkey", tool.key("qa"), *words.split(), expect=2)


@pytest.mark.parametrize(
    "data, said",
    [
        (b"wrong\n", "the passphrase is wrong"),
        (b"\n", "the passphrase is empty"),
        (b"", "the passphrase is empty"),
        (b"x" * 2000, "more than 1023 bytes"),
    ],
)
def test_a_passphrase_that_does_not_fit_is_refused(tool: Plant, data: bytes, said: str) -> None:
    tool("keygen", tool.key("op"), "--passphrase-fd", pipe(b"x" * 1023 + b"\r\n"))
    assert "ssh-ed25519" in tool("pubkey", tool.key("op"), "--passphrase-fd", pipe(b"x" * 1023))
    assert said in tool("pubkey", tool.key("op"), "--passphrase-fd", pipe(data), expect=1)


@pytest.mark.parametrize("number", [-1, 4096, 2**40])
def test_a_descriptor_that_is_not_open_is_refused(tool: Plant, number: int) -> None:
    said = tool("keygen", tool.key("op"), "--passphrase-fd", number, expect=1)
    assert f"refused: --passphrase-fd {number}: " in said
    assert not tool.key("op").exists()


def test_without_a_terminal_nobody_is_asked(tool: Plant) -> None:
    tool("keygen", tool.key("op"), "--passphrase-fd", pipe(b"secret\n"))
    assert "there is no terminal to ask" in tool("pubkey", tool.key("op"), expect=1)


def test_a_passphrase_is_typed_and_not_shown(tmp_path: Path) -> None:
    path = tmp_path / "op.key"
    signer = keys.generate(path, b"correct horse")
    ours, theirs = pty.openpty()
    argv = [sys.executable, "-m", "opsproof_record", "pubkey", str(path)]
    with subprocess.Popen(argv, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True) as process:
        os.close(theirs)
        shown = b""
        while not shown.endswith(b": "):
            shown += os.read(ours, 1024)
        os.write(ours, b"correct horse\n")
        try:
            while piece := os.read(ours, 1024):
                shown += piece
        except OSError:  # Linux says so when the other side is closed
            pass
    os.close(ours)
    assert process.returncode == 0, shown
    assert f"Passphrase of {path}".encode() in shown
    assert keys.fingerprint(signer.public).encode() in shown
    assert b"correct horse" not in shown


def test_a_command_warns_of_a_key_that_others_can_read(plant: Plant) -> None:
    plant.key("op-a").chmod(0o644)
    said = plant("start", plant.package, "--run", plant.run, *plant.by("op-a"), "--param", "batch=B-1")
    assert f"warning: others can use {plant.key('op-a')} (mode 0644)" in said
