"""Write frames with one signed record of each type, and print the public keys that sign them.

    make_sample.py FILE

The payloads are not those of a run; only the signatures matter to `verify_cwt.py`.
"""

import sys
from pathlib import Path

import cbor2
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from opsproof_verify.cose import RecordType, assemble, signing_input
from opsproof_verify.ed25519 import thumbprint

LABEL = bytes.fromhex("d9d9f8da4f50423143424f52")
FRAMES = {
    RecordType.CONTRACT: 1,
    RecordType.APPROVAL: 9,
    RecordType.SEAL: 6,
    RecordType.SIGNOFF: 7,
    RecordType.WITNESS: 8,
}
PAYLOAD_SIZES = (0, 23, 24, 255, 256, 65_536)


def main(path: Path) -> None:
    """Write the file and print the keys."""
    items = [cbor2.dumps([4, b"evidence"])]
    for seed, (record_type, frame_type) in enumerate(FRAMES.items()):
        key = Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)
        raw = key.public_key().public_bytes_raw()
        kid = thumbprint(raw)
        print(raw.hex())
        for size in PAYLOAD_SIZES:
            payload = bytes(size)
            signature = key.sign(signing_input(record_type, kid, payload))
            items.append(cbor2.dumps([frame_type, assemble(record_type, kid, payload, signature)]))
    path.write_bytes(LABEL + b"".join(items))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
