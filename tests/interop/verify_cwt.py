"""Verify the signed records of a Proof Bundle with cwt, which shares no code with OpsProof.

    verify_cwt.py BUNDLE KEY...

Each KEY is a raw Ed25519 public key in hex or a `.pub` file of OpenSSH; `@FILE` stands for a file of keys, one a
line. Every COSE_Sign1, a frame's body or inside an entry, must verify under the key that its kid names, and must not
when one bit of its payload or signature differs. Exit status 0 if all do and there is at least one.
"""

import argparse
import base64
import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import cbor2
from cwt import COSE, COSEKey
from cwt.exceptions import CWTError

LABEL = bytes.fromhex("d9d9f8da4f50423143424f52")
SIGNED_TYPES = (1, 6, 7, 8, 9)
ENTRY_TYPE = 2
SIGNED_FIELDS = ("assignment", "attestation", "witness")  # of entries


def main() -> int:
    """Verify one bundle."""
    parser = argparse.ArgumentParser(fromfile_prefix_chars="@")
    parser.add_argument("bundle", type=Path)
    parser.add_argument("keys", nargs="+", type=public_key, metavar="KEY")
    arguments = parser.parse_args()
    keys = [cose_key(raw) for raw in arguments.keys]
    passed = failed = 0
    with arguments.bundle.open("rb") as file:
        for number, body in signed_records(file):
            reason = complaint(body, keys)
            passed, failed = passed + (reason is None), failed + (reason is not None)
            if reason is not None:
                print(f"frame {number}: {reason}", file=sys.stderr)
    print(f"cwt: {passed} passed, {failed} failed")
    return 0 if passed and not failed else 1


def public_key(text: str) -> bytes:
    """Read a key given in hex or as the name of an OpenSSH file."""
    if text.endswith(".pub"):
        return base64.b64decode(Path(text).read_text().split()[1])[-32:]
    return bytes.fromhex(text)


def cose_key(raw: bytes) -> COSEKey:
    """Make a COSE key whose kid is its RFC 9679 thumbprint."""
    kid = hashlib.sha256(bytes.fromhex("a301012006215820") + raw).digest()
    return COSEKey.new({1: 1, 2: kid, 3: -8, -1: 6, -2: raw})


def complaint(body: bytes, keys: list[COSEKey]) -> str | None:
    """Say what is wrong with a record."""
    try:
        payload = COSE.new().decode(body, keys=keys)
    except (CWTError, ValueError) as error:
        return f"does not verify: {error}"
    end_of_payload = len(body) - 2 - 64
    if body[end_of_payload - len(payload) : end_of_payload] != payload:
        return "cwt read another payload"
    if payload and verifies(flipped(body, end_of_payload - 1), keys):
        return "verifies with another payload"
    if verifies(flipped(body, -1), keys):
        return "verifies with another signature"
    return None


def verifies(body: bytes, keys: list[COSEKey]) -> bool:
    """Tell whether cwt accepts a record."""
    try:
        COSE.new().decode(body, keys=keys)
    except (CWTError, ValueError):
        return False
    return True


def flipped(body: bytes, index: int) -> bytes:
    """Return a copy with one bit different."""
    copy = bytearray(body)
    copy[index] ^= 1
    return bytes(copy)


def signed_records(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Yield frame number and bytes of each COSE_Sign1; evidence is skipped unread."""
    if file.read(len(LABEL)) != LABEL:
        raise SystemExit("not a Proof Bundle of version 1")
    number = 0
    while (first := file.read(1)) == b"\x82":
        frame_type, size = read_argument(file), read_argument(file)
        if frame_type in SIGNED_TYPES:
            yield number, file.read(size)
        elif frame_type == ENTRY_TYPE:
            entry = cbor2.loads(file.read(size))
            yield from ((number, entry[name]) for name in SIGNED_FIELDS if name in entry)
        else:
            file.seek(size, 1)
        number += 1
    if first:
        raise SystemExit(f"frame {number} is no array of two")


def read_argument(file: BinaryIO) -> int:
    """Read a CBOR head and return its argument (RFC 8949 section 3)."""
    info = file.read(1)[0] & 31
    return info if info < 24 else int.from_bytes(file.read(1 << (info - 24)), "big")


if __name__ == "__main__":
    sys.exit(main())
