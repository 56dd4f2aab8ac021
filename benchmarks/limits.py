"""The limits that no verifier can pass in this interpreter: bare hashes, bare hash calls, bare signatures.

    limits.py hash PROCESSES FILE...         files hashed in slices, so many at once; @FILE: a list of them
    limits.py calls BUNDLE                   for each entry one leaf and one node, from Python
    limits.py signatures PROCESSES FILE      Ed25519 signatures, by `cryptography`
    limits.py split BUNDLE                   writes the bodies of the entries and their sizes beside it

They check no order, no encoding, no rule.
"""

import hashlib
import os
import sys
from array import array
from collections.abc import Callable, Iterator
from itertools import accumulate, pairwise
from pathlib import Path

SLICE = 256 * 1024
BATCH = 1024
_LABEL, _ENTRY = 12, 2
_KEY, _SIGNATURE, _SIZE = 32, 64, 2


def hash_files(paths: list[str]) -> None:
    """Hash files one after the other."""
    buffer = bytearray(SLICE)
    view = memoryview(buffer)
    for path in paths:
        state = hashlib.sha256()
        with open(path, "rb", buffering=0) as file:
            while size := file.readinto(buffer):
                state.update(view[:size])
        state.hexdigest()


def calls(bundle: Path) -> None:
    """Hash the bodies of entries as leaves, and as many nodes; the root is that of a perfect tree, or thereabouts."""
    sha256 = hashlib.sha256
    sizes = array("H", bundle.with_suffix(".sizes").read_bytes())
    roots = []
    with bundle.with_suffix(".bodies").open("rb") as file:
        for first in range(0, len(sizes), BATCH):
            ends = list(accumulate(sizes[first : first + BATCH], initial=0))
            data = file.read(ends[-1])
            level = [sha256(b"\x00" + data[start:end]).digest() for start, end in pairwise(ends)]
            while len(level) > 1:
                pairs = zip(level[::2], level[1::2], strict=False)
                level = [sha256(b"\x01" + left + right).digest() for left, right in pairs]
            roots.append(level[0])


def signatures(path: str, part: int, parts: int) -> None:
    """Verify each so-manieth signature of a file that begins with the key."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    data = Path(path).read_bytes()
    verify = Ed25519PublicKey.from_public_bytes(data[:_KEY]).verify
    at, number = _KEY, 0
    while at < len(data):
        size = int.from_bytes(data[at + _SIGNATURE : at + _SIGNATURE + _SIZE], "big")
        end = at + _SIGNATURE + _SIZE + size
        if number % parts == part:
            verify(data[at : at + _SIGNATURE], data[end - size : end])
        at, number = end, number + 1


def forked(parts: int, work: Callable[[int], None]) -> None:
    """Do parts of some work in as many processes."""
    if parts == 1:
        work(0)
        return
    children = []
    for part in range(parts):
        pid = os.fork()
        if not pid:
            work(part)
            os._exit(0)
        children.append(pid)
    if any(os.waitpid(pid, 0)[1] for pid in children):
        raise SystemExit("a part failed")


def bodies(data: memoryview) -> Iterator[tuple[int, memoryview]]:
    """Cut a well-formed bundle into its frames: the type and the body of each (SPEC 3.2)."""
    at = _LABEL
    while at < len(data):
        kind, head = data[at + 1], data[at + 2] & 31
        width = 0 if head < 24 else 1 << head - 24
        size = int.from_bytes(data[at + 3 : at + 3 + width], "big") if width else head
        at += 3 + width + size
        yield kind, data[at - size : at]


def split(bundle: Path) -> None:
    """Write the bodies of a bundle's entries behind each other, and their sizes."""
    sizes = array("H")
    with bundle.with_suffix(".bodies").open("wb") as file:
        for kind, body in bodies(memoryview(bundle.read_bytes())):
            if kind == _ENTRY:
                file.write(body)
                sizes.append(len(body))
    bundle.with_suffix(".sizes").write_bytes(sizes.tobytes())


def main(what: str, *arguments: str) -> None:
    """Do one of these."""
    match what:
        case "hash":
            parts = int(arguments[0])
            files = list(arguments[1:])
            if files[0].startswith("@"):
                files = Path(files[0][1:]).read_text(encoding="utf-8").splitlines()
            forked(parts, lambda part: hash_files(files[part::parts]))
        case "calls":
            calls(Path(arguments[0]))
        case "signatures":
            parts = int(arguments[0])
            forked(parts, lambda part: signatures(arguments[1], part, parts))
        case _:
            split(Path(arguments[0]))


if __name__ == "__main__":
    main(*sys.argv[1:])
