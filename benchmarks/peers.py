"""The other tools: makes what they verify, and calls those that are libraries. Runs in `.venv-bench`.

python benchmarks/peers.py links FOLDER COUNT     an in-toto layout of so many steps, a signed link for each
python benchmarks/peers.py bag FOLDER             makes the folder a bag, with SHA-256 digests
python benchmarks/peers.py asset FILE MIB         a WAV file of that size, signed by C2PA
python benchmarks/peers.py read FILE              reads it, which verifies it
python benchmarks/peers.py tree BUNDLE            pymerkle: the bodies of a bundle's entries as leaves, and the root
python benchmarks/peers.py versions               of all of them, as JSON
"""

from __future__ import annotations

import json
import os
import sys
import wave
from array import array
from pathlib import Path

MIB = 1 << 20
PEERS = ("bagit", "c2pa-python", "cryptography", "in-toto", "matplotlib", "pymerkle", "securesystemslib")


def links(folder: Path, count: int) -> None:
    """Make a layout whose steps follow each other, and the signed link of each."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
    from in_toto.models.layout import Layout, Step
    from in_toto.models.link import Link
    from in_toto.models.metadata import Envelope
    from securesystemslib.signer import CryptoSigner

    owner, worker = CryptoSigner.generate_ed25519(), CryptoSigner.generate_ed25519()
    folder.mkdir()
    key = worker.public_key
    steps = []
    for number in range(count):
        name = f"step-{number}"
        rules = [["MATCH", "*", "WITH", "PRODUCTS", "FROM", f"step-{number - 1}"]] if number else []
        steps.append(Step(name=name, pubkeys=[key.keyid], expected_materials=rules, expected_command=["true"]))
        digest = {"sha256": number.to_bytes(32, "big").hex()}
        before = {"item": {"sha256": (number - 1).to_bytes(32, "big").hex()}} if number else {}
        link = Envelope.from_signable(Link(name=name, materials=before, products={"item": digest}, command=["true"]))
        link.create_signature(worker)
        link.dump(str(folder / f"{name}.{key.keyid[:8]}.link"))
    layout = Layout(steps=steps, keys={key.keyid: {"keyid": key.keyid, **key.to_dict()}})
    layout.set_relative_expiration(months=12)
    envelope = Envelope.from_signable(layout)
    envelope.create_signature(owner)
    envelope.dump(str(folder / "root.layout"))
    public = owner._private_key.public_key()  # noqa: SLF001 - the signer gives it in no other form that the command reads
    (folder / "owner.pub").write_bytes(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))


def bag(folder: Path) -> None:
    """Make a bag."""
    import bagit

    bagit.make_bag(str(folder), checksums=["sha256"], processes=os.cpu_count() or 1)


def asset(path: Path, mib: int) -> None:
    """Make a sound file of noise and sign it."""
    from c2pa import Builder, C2paSignerInfo, Signer

    chain, key = certificates()
    noise = path.with_suffix(".noise.wav")
    with wave.open(str(noise), "wb") as sound:
        sound.setparams((2, 2, 48_000, 0, "NONE", "not compressed"))
        for _ in range(mib):
            sound.writeframesraw(os.urandom(MIB))
    action = {
        "action": "c2pa.created",
        "digitalSourceType": "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture",
    }
    manifest = {
        "claim_generator_info": [{"name": "bench", "version": "1"}],
        "format": "audio/wav",
        "title": "noise",
        "assertions": [{"label": "c2pa.actions", "data": {"actions": [action]}}],
    }
    signer = Signer.from_info(C2paSignerInfo(b"es256", chain, key, None))
    path.unlink(missing_ok=True)
    Builder.from_json(json.dumps(manifest)).sign_file(noise, path, signer)
    noise.unlink()


def certificates() -> tuple[bytes, bytes]:
    """Make a certificate for signing, its issuer's, and the key, all PEM."""
    from datetime import UTC, datetime, timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    now = datetime.now(UTC)
    names, keys = [], []
    for name in ("Bench root", "Bench signer"):
        words = [(NameOID.COUNTRY_NAME, "DE"), (NameOID.ORGANIZATION_NAME, "Bench"), (NameOID.COMMON_NAME, name)]
        names.append(x509.Name([x509.NameAttribute(oid, text) for oid, text in words]))
        keys.append(ec.generate_private_key(ec.SECP256R1()))
    made = []
    for at in (1, 0):
        usage = dict.fromkeys(
            (
                "content_commitment",
                "key_encipherment",
                "data_encipherment",
                "key_agreement",
                "encipher_only",
                "decipher_only",
            ),
            False,
        )
        builder = (
            x509.CertificateBuilder()
            .subject_name(names[at])
            .issuer_name(names[0])
            .public_key(keys[at].public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=365))
            .add_extension(x509.BasicConstraints(ca=not at, path_length=None), critical=True)
            .add_extension(
                x509.KeyUsage(digital_signature=bool(at), key_cert_sign=not at, crl_sign=not at, **usage), critical=True
            )
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(keys[at].public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(keys[0].public_key()), critical=False)
        )
        if at:
            builder = builder.add_extension(
                x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False
            )
        made.append(builder.sign(keys[0], hashes.SHA256()).public_bytes(Encoding.PEM))
    return made[0] + made[1], keys[1].private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def read(path: Path) -> None:
    """Read a signed asset; nothing but the trust in its certificate may be missing."""
    from c2pa import Reader

    with Reader(path) as reader:
        said = json.loads(reader.json())
    wrong = {one["code"] for one in said.get("validation_status", [])} - {"signingCredential.untrusted"}
    if wrong:
        raise SystemExit(f"not valid: {sorted(wrong)}")


def tree(bundle: Path) -> None:
    """Append the bodies of entries to a tree in memory, and compute its root."""
    from pymerkle import InmemoryTree

    made = InmemoryTree(algorithm="sha256")
    with bundle.with_suffix(".bodies").open("rb") as bodies:
        for size in array("H", bundle.with_suffix(".sizes").read_bytes()):
            made.append_entry(bodies.read(size))
    made.get_root()


def versions() -> None:
    """Print which versions these are."""
    from importlib.metadata import version

    print(json.dumps({name: version(name) for name in PEERS}))


def main(what: str, *arguments: str) -> None:
    """Do one of these."""
    match what:
        case "links":
            links(Path(arguments[0]), int(arguments[1]))
        case "asset":
            asset(Path(arguments[0]), int(arguments[1]))
        case "versions":
            versions()
        case _:
            {"bag": bag, "read": read, "tree": tree}[what](Path(arguments[0]))


if __name__ == "__main__":
    main(*sys.argv[1:])
