"""Signatures in OpenSSH's format over trust files: one shape, one key, one namespace (SPEC 7-8, 7-9)."""

import base64
import hashlib
import shutil
import struct
import subprocess
from pathlib import Path

import pytest
from support.bundles import crypto

from opsproof_verify import InputError, TrustStore, sshsig
from opsproof_verify.trust_signature import NAMESPACE, signer

HEAD = 'id = "t"\nserial = 7\nissued = 2026-11-01T00:00:00Z\nnext-update = 2027-02-01T00:00:00Z\n'
KEYGEN = shutil.which("ssh-keygen")

#: Made by OpenSSH 9.2: `ssh-keygen -Y sign -n opsproof-trust`, and the same with `-O hashalg=sha256`, over HEAD.
OPENSSH_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPp1gzX8K4M6o7axaA1a+/gx+MVYFkynMOqfe/rciaA0"
OPENSSH = {
    "sha512": """-----BEGIN SSH SIGNATURE-----
U1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTkAAAAg+nWDNfwrgzqjtrFoDVr7+DH4xV
gWTKcw6p97+tyJoDQAAAAOb3BzcHJvb2YtdHJ1c3QAAAAAAAAABnNoYTUxMgAAAFMAAAAL
c3NoLWVkMjU1MTkAAABA5XiE7tj3sn6Z7KY07sUbBUN31T8CrxVH8QWgB07rSziPhA6bWv
Ys6WEVylsnrAAtGaya6vuJ77TMADMJGovKDA==
-----END SSH SIGNATURE-----
""",
    "sha256": """-----BEGIN SSH SIGNATURE-----
U1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTkAAAAg+nWDNfwrgzqjtrFoDVr7+DH4xV
gWTKcw6p97+tyJoDQAAAAOb3BzcHJvb2YtdHJ1c3QAAAAAAAAABnNoYTI1NgAAAFMAAAAL
c3NoLWVkMjU1MTkAAABAWzw9A+LilSFUy/iv8ajWjC7t9plEQ0WSqSPJG/z9JaXMyFm+uv
1qmbG5uld7CJ+Hv0GRs8QgqRxC5Iu0T53VCQ==
-----END SSH SIGNATURE-----
""",
}

KEY = crypto.public("issuer")


def string(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data


def armor(blob: bytes, width: int = 70, end: str = "\n") -> bytes:
    text = base64.b64encode(blob).decode()
    lines = [text[at : at + width] for at in range(0, len(text), width)]
    return "".join(
        line + end for line in ("-----BEGIN SSH SIGNATURE-----", *lines, "-----END SSH SIGNATURE-----")
    ).encode()


def blob(
    *,
    magic: bytes = b"SSHSIG\x00\x00\x00\x01",
    key: bytes = KEY,
    key_type: bytes = b"ssh-ed25519",
    namespace: bytes = b"opsproof-trust",
    reserved: bytes = b"",
    hash_name: bytes = b"sha512",
    signature_type: bytes = b"ssh-ed25519",
    signature: bytes = bytes(64),
    behind: bytes = b"",
    inside: bytes = b"",
) -> bytes:
    """Build a signature by hand, as PROTOCOL.sshsig lays it out."""
    words = string(namespace) + string(reserved) + string(hash_name)
    public = string(string(key_type) + string(key) + inside)
    return magic + public + words + string(string(signature_type) + string(signature)) + behind


def signed(data: bytes, namespace: bytes = b"opsproof-trust") -> bytes:
    """Sign as OpenSSH does."""
    covered = b"SSHSIG" + string(namespace) + string(b"") + string(b"sha512") + string(hashlib.sha512(data).digest())
    return armor(blob(namespace=namespace, signature=crypto.private("issuer").sign(covered)))


def refusal(data: bytes, armored: bytes, key: bytes = KEY) -> str:
    with pytest.raises(sshsig.SignatureError) as caught:
        sshsig.check(data, armored, key, NAMESPACE)
    assert caught.value.remedy
    return caught.value.what


@pytest.mark.parametrize("hash_name", OPENSSH)
def test_what_openssh_signed_is_accepted_and_written_again(hash_name: str) -> None:
    armored, key = OPENSSH[hash_name].encode(), signer(OPENSSH_KEY)
    sshsig.check(HEAD.encode(), armored, key, NAMESPACE)
    found = sshsig.parse(armored)
    assert (found.key, found.namespace, found.hash) == (key, "opsproof-trust", hash_name)
    assert sshsig.marshal(found) == armored


@pytest.mark.parametrize("hash_name", OPENSSH)
def test_each_byte_of_a_signature_matters(hash_name: str) -> None:
    armored, key = OPENSSH[hash_name].encode(), signer(OPENSSH_KEY)
    for at in range(len(armored)):
        bent = armored[:at] + bytes([armored[at] ^ 1]) + armored[at + 1 :]
        assert refusal(HEAD.encode(), bent, key)


def test_each_byte_of_the_file_matters() -> None:
    data, key = HEAD.encode(), signer(OPENSSH_KEY)
    for at in range(len(data)):
        bent = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        assert refusal(bent, OPENSSH["sha512"].encode(), key).startswith("does not fit the file")


def test_our_own_signature_is_accepted() -> None:
    sshsig.check(b"data", signed(b"data"), KEY, NAMESPACE)


WRONG = {
    "another namespace": (signed(b"data", b"file"), "signed for the namespace 'file', not for 'opsproof-trust'"),
    "another hash": (armor(blob(hash_name=b"sha1")), "the hash 'sha1' is neither sha512 nor sha256"),
    "another key": (armor(blob(key=crypto.public("other"))), "signed with the key SHA256:"),
    "a bent signature": (armor(blob()), "does not fit the file"),
    "a FIDO key": (
        armor(blob(key_type=b"sk-ssh-ed25519@openssh.com")),
        "the key has the type 'sk-ssh-ed25519@openssh.com', not 'ssh-ed25519'",
    ),
    "another signature type": (armor(blob(signature_type=b"ssh-rsa")), "the signature has the type 'ssh-rsa'"),
    "bytes of a type that are no text": (armor(blob(key_type=b"\xff\x1b")), r"the key has the type '\xff\x1b'"),
    "a short key": (armor(blob(key=KEY[:31])), "its key has another size"),
    "a long signature": (armor(blob(signature=bytes(65))), "its signature has another size"),
    "more in the key": (armor(blob(inside=b"x")), "its key has another size"),
    "another version": (armor(blob(magic=b"SSHSIG\x00\x00\x00\x02")), "it is no SSHSIG of version 1"),
    "another magic": (armor(blob(magic=b"SSHSIX\x00\x00\x00\x01")), "it is no SSHSIG of version 1"),
    "something reserved": (armor(blob(reserved=b"x")), "it holds more than a signature does"),
    "something behind": (armor(blob(behind=b"\x00")), "it holds more than a signature does"),
    "a namespace that is no ASCII": (armor(blob(namespace=b"\xe4")), "its namespace or hash is no ASCII"),
    "a hash that is no ASCII": (armor(blob(hash_name=b"\xe4")), "its namespace or hash is no ASCII"),
    "lines of 76": (armor(blob(), 76), "it is not laid out as OpenSSH does"),
    "lines ended as on Windows": (armor(blob(), 70, "\r\n"), "it does not begin and end as one does"),
    "no last line feed": (armor(blob())[:-1], "it does not begin and end as one does"),
    "no base64": (armor(blob()).replace(b"U1NI", b"U1N!"), "is no base64"),
    "cut short": (armor(blob()[:40]), "it is cut short"),
    "nothing": (b"", "it does not begin and end as one does"),
    "first and last line in one": (b"-----BEGIN SSH SIGNATURE-----\n", "it does not begin and end as one does"),
    "too long": (armor(bytes(4_096)), "it does not begin and end as one does"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_such_signature_is_refused_with_its_reason(name: str) -> None:
    armored, said = WRONG[name]
    assert said in refusal(b"data", armored)


def test_a_key_that_is_not_admissible_signs_nothing() -> None:
    small = crypto.SMALL_ORDER
    assert refusal(b"data", armor(blob(key=small)), small) == "the key is not admissible (small-order)"


def test_the_fingerprint_is_the_one_that_openssh_prints() -> None:
    assert sshsig.fingerprint(signer(OPENSSH_KEY)) == "SHA256:V3EBztdnreqzMIewC4s3XjK5ZsK3NOXYnyhkCwu3tso"


def write(folder: Path, armored: bytes | None) -> Path:
    path = folder / "trust.toml"
    path.write_bytes(HEAD.encode())
    if armored is not None:
        (folder / "trust.toml.sig").write_bytes(armored)
    return path


def test_a_store_is_loaded_only_if_the_named_key_signed_it(tmp_path: Path) -> None:
    path = write(tmp_path, OPENSSH["sha512"].encode())
    assert TrustStore.load(path, OPENSSH_KEY).serial == 7
    assert TrustStore.load(path, signed_by=signer(OPENSSH_KEY)).digest == TrustStore.load(path).digest
    with pytest.raises(InputError, match=r"trust\.toml\.sig: signed with the key SHA256:") as caught:
        TrustStore.load(path, KEY)
    assert caught.value.file == f"{path}.sig"


def test_a_missing_signature_is_told(tmp_path: Path) -> None:
    path = write(tmp_path, None)
    with pytest.raises(InputError, match=r"trust\.toml\.sig: no such file, and a key was named"):
        TrustStore.load(path, KEY)


def test_the_signature_is_looked_at_before_the_content(tmp_path: Path) -> None:
    path = write(tmp_path, signed(b"data"))
    path.write_text("this is no TOML")
    with pytest.raises(InputError, match="does not fit the file"):
        TrustStore.load(path, KEY)


def test_nothing_beside_the_file_is_read_unless_a_key_is_named(tmp_path: Path) -> None:
    path = write(tmp_path, b"no signature")
    assert TrustStore.load(path).serial == 7
    with pytest.raises(InputError, match="no signature as"):
        TrustStore.load(path, KEY)


@pytest.mark.parametrize("key", [crypto.SMALL_ORDER, b"short", "no key", crypto.SMALL_ORDER.hex(), ""])
def test_a_key_that_cannot_be_used_is_an_error_of_the_caller(tmp_path: Path, key: bytes | str) -> None:
    with pytest.raises(InputError, match="signed_by: no key that can be used"):
        TrustStore.load(write(tmp_path, OPENSSH["sha512"].encode()), key)


@pytest.mark.skipif(KEYGEN is None, reason="OpenSSH is not installed here; the fixed signatures above were made by it")
@pytest.mark.parametrize("options", [[], ["-O", "hashalg=sha256"]])
def test_openssh_and_we_agree(tmp_path: Path, options: list[str]) -> None:
    path = write(tmp_path, None)
    key = tmp_path / "key"
    subprocess.run([str(KEYGEN), "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    command = [str(KEYGEN), "-q", "-Y", "sign", "-n", "opsproof-trust", *options, "-f", str(key), str(path)]
    subprocess.run(command, check=True, capture_output=True)
    public = key.with_suffix(".pub").read_text()
    assert TrustStore.load(path, public).serial == 7
    # And OpenSSH accepts what we write out.
    armored = (tmp_path / "trust.toml.sig").read_bytes()
    (tmp_path / "again.sig").write_bytes(sshsig.marshal(sshsig.parse(armored)))
    (tmp_path / "signers").write_text(f"firm {public}")
    verify = [str(KEYGEN), "-Y", "verify", "-n", "opsproof-trust", "-I", "firm"]
    verify += ["-f", str(tmp_path / "signers"), "-s", str(tmp_path / "again.sig")]
    assert subprocess.run(verify, input=HEAD.encode(), check=False, capture_output=True).returncode == 0
    # With the same key for another purpose, we do not.
    (tmp_path / "trust.toml.sig").unlink()
    subprocess.run([str(KEYGEN), "-q", "-Y", "sign", "-n", "git", "-f", key, path], check=True, capture_output=True)
    with pytest.raises(InputError, match="signed for the namespace 'git'"):
        TrustStore.load(path, public)
