"""Key files of every form that people have, and why others are refused."""

from __future__ import annotations

import base64
import random
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, rsa
from opsproof_record.errors import Refused
from opsproof_record.signing import keys
from opsproof_record.signing.public_keys import MAKE_ONE, blob_type
from opsproof_record.signing.ssh_wire import string
from recorder.agents import NO_OPENSSH, OPENSSH, never, ssh_keygen

from opsproof_verify import cose, ed25519
from opsproof_verify.cose import RecordType
from opsproof_verify.findings import Rejected
from opsproof_verify.trust_values import read_key

needs_openssh = pytest.mark.skipif(not OPENSSH, reason=NO_OPENSSH)
needs_openssl = pytest.mark.skipif(
    not shutil.which("openssl"), reason="openssl is not installed: ITS KEYS ARE NOT TESTED"
)

SECRET = b"correct horse"
PUBLIC = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")  # RFC 8032 §7.1
FIDO = string(b"sk-ssh-ed25519@openssh.com") + string(PUBLIC) + string(b"ssh:")


def ask(_path: Path) -> bytes:
    return SECRET


def works(signer: keys.Signer) -> bool:
    """Sign, and verify as anybody would."""
    signed = cose.parse(signer.sign(RecordType.SIGNOFF, b"payload"), RecordType.SIGNOFF)
    return signed.kid == signer.kid and ed25519.verify(signer.public, signed.signature, signed.signing_input())


def refusal(path: Path, passphrase: Callable[[Path], bytes] = never) -> Refused:
    """Give what is said of a key file, to `--key` and to `pubkey` alike."""
    said = []
    for read in (keys.load, keys.load_public):
        with pytest.raises(Refused) as error:
            read(path, passphrase)
        said.append(str(error.value))
    assert said[0] == said[1]
    assert str(path) in error.value.what
    assert error.value.remedy
    return error.value


def line(encoded: bytes) -> str:
    return f"{blob_type(encoded)} {base64.b64encode(encoded).decode()} a comment\n"


# Private key files.


@pytest.mark.parametrize("secret", [None, SECRET], ids=["plain", "encrypted"])
@pytest.mark.parametrize("form", ["pkcs8", "openssh"])
def test_what_is_made_can_be_used(tmp_path: Path, form: keys.Format, secret: bytes | None) -> None:
    path = tmp_path / "op.key"
    made = keys.generate(path, secret, form)
    loaded = keys.load(path, ask if secret else never)
    assert works(made)
    assert works(loaded)
    assert made.public == loaded.public == keys.load_public(path, ask).public
    assert loaded.path == path
    assert path.stat().st_mode & 0o777 == 0o600
    if secret:
        with pytest.raises(Refused, match="the passphrase is wrong"):
            keys.load(path, lambda _path: b"wrong")


@needs_openssh
@pytest.mark.parametrize("cipher", [None, "aes256-ctr", "aes256-cbc", "aes256-gcm@openssh.com"])
def test_keys_of_ssh_keygen(tmp_path: Path, cipher: str | None) -> None:
    secret = SECRET.decode() if cipher else ""
    path = ssh_keygen(tmp_path / "id_ed25519", *(("-Z", cipher) if cipher else ()), passphrase=secret)
    signer = keys.load(path, ask if cipher else never)
    assert works(signer)
    told = keys.load_public(path.with_name("id_ed25519.pub"), never)
    assert told == keys.PublicKey(signer.public, "made by a test")
    assert keys.load_public(path, never).public == signer.public, "the public half of an encrypted file is in the clear"
    if cipher:
        with pytest.raises(Refused, match="the passphrase is wrong"):
            keys.load(path, lambda _path: b"wrong")


@needs_openssh
def test_ssh_keygen_reads_what_is_made(tmp_path: Path) -> None:
    path = tmp_path / "op.key"
    signer = keys.generate(path, SECRET, "openssh")
    argv = ["ssh-keygen", "-y", "-P", SECRET.decode(), "-f", str(path)]
    shown = subprocess.run(argv, check=True, capture_output=True, text=True).stdout
    assert keys.parse_public(shown) == signer.public
    path.with_name("op.key.pub").write_text(keys.public_line(signer.public))
    argv = ["ssh-keygen", "-l", "-f", str(path)]
    shown = subprocess.run(argv, check=True, capture_output=True, text=True).stdout
    assert keys.fingerprint(signer.public) in shown


@needs_openssh
def test_a_cipher_that_is_not_supported_says_how_to_change_it(tmp_path: Path) -> None:
    path = ssh_keygen(tmp_path / "op", "-Z", "chacha20-poly1305@openssh.com", passphrase=SECRET.decode())
    with pytest.raises(Refused, match="not supported") as error:
        keys.load(path, ask)
    assert "ssh-keygen -p -Z aes256-ctr" in error.value.remedy
    argv = ["ssh-keygen", "-p", "-Z", "aes256-ctr", "-P", SECRET.decode(), "-N", SECRET.decode(), "-f", str(path)]
    subprocess.run(argv, check=True, capture_output=True)
    assert works(keys.load(path, ask))


@needs_openssl
@pytest.mark.parametrize("protection", [(), ("-v2", "aes-256-cbc"), ("-scrypt",)], ids=["plain", "pbkdf2", "scrypt"])
def test_keys_of_openssl(tmp_path: Path, protection: tuple[str, ...]) -> None:
    plain, path = tmp_path / "plain.pem", tmp_path / "op.pem"
    make = ["openssl", "genpkey", "-algorithm", "ed25519", "-out", str(plain)]
    subprocess.run(make, check=True, capture_output=True)
    turn = ["openssl", "pkcs8", "-topk8", "-in", str(plain), "-out", str(path)]
    turn += [*protection, "-passout", f"pass:{SECRET.decode()}"] if protection else ["-nocrypt"]
    subprocess.run(turn, check=True, capture_output=True)
    signer = keys.load(path, ask if protection else never)
    assert works(signer)
    show = ["openssl", "pkey", "-in", str(plain), "-pubout", "-out", str(tmp_path / "pub.pem")]
    subprocess.run(show, check=True, capture_output=True)
    assert keys.load_public(tmp_path / "pub.pem", never).public == signer.public
    if protection:
        assert "the passphrase is wrong" in refusal(path, lambda _path: b"wrong").what


@pytest.mark.parametrize("form", ["pkcs8", "openssh"])
def test_a_damaged_file_is_refused(tmp_path: Path, form: keys.Format) -> None:
    path, damaged = tmp_path / "op.key", tmp_path / "damaged.key"
    public = keys.generate(path, None, form).public
    good = path.read_bytes()
    chance = random.Random(7)
    cuts = [good[:size] for size in range(0, len(good) - 1, 3)]
    flips = [_flipped(good, chance.randrange(len(good)), 1 << chance.randrange(8)) for _ in range(200)]
    refused = 0
    for data in (*cuts, *flips):
        damaged.write_bytes(data)
        try:
            signer = keys.load(damaged, ask)
        except Refused:
            refused += 1
        else:
            assert works(signer)
            assert signer.public == public or form == "pkcs8", "only PKCS#8 has nothing to compare the key with"
    assert refused > len(cuts) + 60


def _flipped(data: bytes, at: int, bit: int) -> bytes:
    return data[:at] + bytes([data[at] ^ bit]) + data[at + 1 :]


def test_absurd_costs_are_not_paid(tmp_path: Path) -> None:
    path = tmp_path / "op.key"
    keys.generate(path, SECRET, "openssh")
    body = base64.b64decode(b"".join(path.read_bytes().splitlines()[1:-1]))
    rounds = (16).to_bytes(4, "big")
    assert body.count(rounds) == 2, "the length of the salt, then the rounds"
    body = body[::-1].replace(rounds[::-1], b"\xff\xff\xff\x7f", 1)[::-1]
    assert body.count(rounds) == 1
    encoded = base64.encodebytes(body).decode()
    path.write_text(f"-----BEGIN OPENSSH PRIVATE KEY-----\n{encoded}-----END OPENSSH PRIVATE KEY-----\n")
    assert "damaged" in refusal(path).what


# Keys that are refused.


@needs_openssh
@pytest.mark.parametrize("key_type, name", [("rsa", "an RSA key"), ("ecdsa", "an ECDSA key")])
def test_other_keys_of_ssh_keygen(tmp_path: Path, key_type: str, name: str) -> None:
    for path in (
        ssh_keygen(tmp_path / "plain", key_type=key_type),
        ssh_keygen(tmp_path / "encrypted", key_type=key_type, passphrase=SECRET.decode()),
        ssh_keygen(tmp_path / "pem", "-m", "PEM", key_type=key_type, passphrase=SECRET.decode()),
        tmp_path / "plain.pub",
    ):
        said = refusal(path)
        assert said.what.endswith(name)
        assert said.remedy == MAKE_ONE


OTHER_KEYS: dict[str, Callable[[], rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed448.Ed448PrivateKey]] = {
    "rsa": lambda: rsa.generate_private_key(65537, 2048),
    "ec": lambda: ec.generate_private_key(ec.SECP256R1()),
    "ed448": ed448.Ed448PrivateKey.generate,
}


@pytest.mark.parametrize("kind", OTHER_KEYS)
def test_other_keys_in_pkcs8(tmp_path: Path, kind: str) -> None:
    private = OTHER_KEYS[kind]()
    path, public = tmp_path / "op.pem", tmp_path / "pub.pem"
    pem, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    path.write_bytes(private.private_bytes(pem, form, serialization.NoEncryption()))
    public.write_bytes(private.public_key().public_bytes(pem, serialization.PublicFormat.SubjectPublicKeyInfo))
    assert "not an Ed25519 key" in refusal(path).what
    assert "not one Ed25519 key" in refusal(public).what
    path.write_bytes(private.private_bytes(pem, form, serialization.BestAvailableEncryption(SECRET)))
    assert "not an Ed25519 key" in refusal(path, ask).what


@pytest.mark.parametrize("key_type", [b"sk-ssh-ed25519@openssh.com", b"sk-ecdsa-sha2-nistp256@openssh.com"])
def test_a_fido_key_is_refused_with_an_explanation(tmp_path: Path, key_type: bytes) -> None:
    public, private = tmp_path / "id_sk.pub", tmp_path / "id_sk"
    encoded = FIDO.replace(string(b"sk-ssh-ed25519@openssh.com"), string(key_type))
    public.write_text(line(encoded))
    body = b"openssh-key-v1\0" + string(b"none") * 2 + string(b"") + b"\0\0\0\1" + string(encoded) + string(b"12345678")
    armoured = base64.encodebytes(body).decode()
    private.write_text(f"-----BEGIN OPENSSH PRIVATE KEY-----\n{armoured}-----END OPENSSH PRIVATE KEY-----\n")
    for path in (public, private):
        said = refusal(path)
        assert f"a FIDO key ({key_type.decode()})" in said.what
        assert "application name" in said.what
        assert "flags and a counter" in said.what
        assert "ssh-add -c" in said.remedy


def test_a_certificate_is_refused_with_an_explanation(tmp_path: Path) -> None:
    path = tmp_path / "op-cert.pub"
    path.write_text(line(string(b"ssh-ed25519-cert-v01@openssh.com") + string(bytes(32)) + string(PUBLIC)))
    said = refusal(path)
    assert "a certificate" in said.what
    assert "plain public key" in said.remedy


OTHERS = {
    "nothing": ("", "no public key"),
    "text": ("id = 1\n", "not a private key"),
    "a line cut": (keys.public_line(PUBLIC)[:-3], "no public key"),
    "a line too long": (line(string(b"ssh-ed25519") + string(PUBLIC) + b"x"), "no public key"),
    "another name before the key": (f"ssh-rsa {keys.public_line(PUBLIC).split()[1]}", "no public key"),
    "two keys": (keys.public_line(PUBLIC) + "\n" + keys.public_line(PUBLIC), "2 keys"),
    "upper-case digits": (PUBLIC.hex().upper(), "no public key"),
    "small order": ("01" + "00" * 31, "small-order"),
    "a PuTTY key": ("PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\n", "neither PKCS#8 nor OpenSSH"),
    "a PGP key": ("-----BEGIN PGP PRIVATE KEY BLOCK-----\n", "neither PKCS#8 nor OpenSSH"),
    "an OpenSSH file without a body": ("-----BEGIN OPENSSH PRIVATE KEY-----\n", "damaged"),
    "no text": ("\0\xff\0", "no public key"),
}


@pytest.mark.parametrize("case", OTHERS)
def test_what_is_no_key_is_refused(tmp_path: Path, case: str) -> None:
    text, words = OTHERS[case]
    path = tmp_path / "op.key"
    path.write_text(text)
    assert words in refusal(path).what


def test_what_cannot_be_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "op.key"
    assert "No such file" in refusal(path).what
    path.with_name("op.key.pub").write_text(keys.public_line(PUBLIC))
    assert "op.key.pub is there" in refusal(path).remedy
    assert "directory" in refusal(tmp_path).what
    assert "more than 65536 bytes" in refusal(Path("/dev/zero")).what


# Public forms.


def test_every_public_form_is_what_a_trust_file_takes(tmp_path: Path) -> None:
    der = bytes.fromhex("302a300506032b6570032100") + PUBLIC
    pem = f"-----BEGIN PUBLIC KEY-----\n{base64.b64encode(der).decode()}\n-----END PUBLIC KEY-----\n"
    for text in (keys.public_line(PUBLIC, "op  at\nwork"), keys.public_line(PUBLIC), pem, PUBLIC.hex()):
        path = tmp_path / "key"
        path.write_text(text + "\n")
        assert keys.load_public(path, never).public == keys.parse_public(text) == read_key(text) == PUBLIC
    for text in (pem.replace("MCow", "MCox"), pem + pem, "x" + pem, keys.public_line(PUBLIC) + "\n#", PUBLIC.hex()[1:]):
        assert keys.parse_public(text) is None
        with pytest.raises(Rejected):
            read_key(text)


def test_a_comment_stays_on_its_line() -> None:
    assert keys.public_line(PUBLIC, " of\n[[issuer]]\t now ").endswith(" of [[issuer]] now")


def test_others_who_can_read_a_private_key_are_mentioned(tmp_path: Path) -> None:
    path, said = tmp_path / "op.key", list[str]()
    keys.generate(path, None)
    keys.load(path, never, warn=said.append)
    assert said == []
    path.chmod(0o640)
    assert works(keys.load(path, never, warn=said.append))
    assert said == [f"warning: others can use {path} (mode 0640); chmod 600 {path}"]
