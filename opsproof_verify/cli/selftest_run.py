"""The vectors that ship with the verifier, run by the verifier that is installed here.

They are read a line at a time, and only if their file is the one that the manifest beside it names: a vector that was
bent on the way here would say something wrong of the verifier. What a vector demands is compared whole: verdict,
primary code, and the set of pairs of code and frame. An exception is a disagreement, never a bundle correctly refused.
"""

from __future__ import annotations

import json
import os
import re
from binascii import a2b_base64
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from functools import partial
from hashlib import sha256
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from opsproof_verify import ed25519
from opsproof_verify.canonical import encode
from opsproof_verify.hashing import hash_file
from opsproof_verify.merkle import Frontier, leaf_hash
from opsproof_verify.policy import Policy
from opsproof_verify.problems import InputError, Problem
from opsproof_verify.render.selftest import Answer, Known, Result, Suite
from opsproof_verify.trust import TrustStore
from opsproof_verify.verify import verify

_VECTORS, _MANIFEST = "all.jsonl", "manifest.json"
#: Bounds of what is read at once: no vector and no manifest comes near them.
_MOST_LINE, _MOST_MANIFEST = 4 * 1024 * 1024, 16 * 1024 * 1024
_EVIDENCE = re.compile("evidence/([0-9a-f]{64})")
_AGAIN = (
    "install opsproof-verify again from a wheel whose digest you have compared "
    "(pip install --force-reinstall --no-deps WHEEL)"
)

#: SHA-256 of messages (FIPS 180-4; the examples of NIST).
_SHA_256 = (
    ("of nothing", b"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("of abc", b"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
        "of two blocks",
        b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
    ),
)
#: Key, message and signature (RFC 8032 §7.1, tests 1 to 3).
_ED25519 = (
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
)


class Vector(NamedTuple):
    """One vector as it is run: inputs, the answer wanted, and the clauses that it is about."""

    id: str
    matter: str
    clauses: tuple[str, ...]
    bundle: bytes
    trust: bytes
    policy: bytes | None
    at: int | None
    expect: dict[str, str]
    evidence: dict[str, bytes]  # by file name
    wanted: Answer


def folder() -> str:
    """Give the folder of the vectors: in an installed wheel beside the code, in a checkout beside the package."""
    package = os.path.dirname(os.path.dirname(__file__))
    places = (f"{package}/testvectors", f"{package}/../testvectors")
    for place in places:
        if all(os.path.isfile(f"{place}/{name}") for name in (_VECTORS, _MANIFEST)):
            return place
    raise _refusal(f"{places[0]}/{_VECTORS}", "the vectors that ship with the verifier are missing")


def _refusal(file: str, what: str, line: int = 0) -> InputError:
    """Give the error about a file without which, or with which, no self-test is one."""
    return InputError(file, (Problem("", what, _AGAIN, line),))


def read_suite(place: str) -> Suite:
    """Read the manifest, and compare it with its root, and the file of the vectors with it.

    Raises ``InputError`` if either is not what it should be, ``OSError`` if it cannot be read.
    """
    manifest, vectors = f"{place}/{_MANIFEST}", f"{place}/{_VECTORS}"
    with open(manifest, "rb") as file:
        data = file.read(_MOST_MANIFEST)
    try:
        suite, root = _suite(json.loads(data))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise _refusal(manifest, "the list of the vectors is damaged") from None
    if root != suite.root:
        raise _refusal(manifest, f"the list of the vectors is damaged: it has the root {root}, and says {suite.root}")
    digest, size = hash_file(vectors)
    if digest.hex() != suite.digest:
        is_so, should = f"{size} bytes with SHA-256 {digest.hex()}", f"{suite.size} with {suite.digest}"
        raise _refusal(vectors, f"the vectors are damaged: {is_so}, where the manifest has {should}")
    return suite


def _suite(told: dict[str, Any]) -> tuple[Suite, str]:
    """Take a manifest apart, and give the Merkle root over its list (testvectors/README.md)."""
    rows = [{name: row[name] for name in ("path", "sha256", "size")} for row in told["files"]]
    (listed,) = (row for row in rows if row["path"] == _VECTORS)
    suite, spec, root = (str(told[name]) for name in ("suite", "spec", "root"))
    tree = Frontier()
    for row in rows:
        tree.append(leaf_hash(encode(row)))
    return Suite(suite, spec, root, int(told["vectors"]), listed["sha256"], listed["size"]), tree.root().hex()


def read_vectors(place: str, count: int) -> Iterator[Vector]:
    """Give the vectors one at a time; raise ``InputError`` if they are not so many, or one cannot be read."""
    name, number = f"{place}/{_VECTORS}", 0
    with open(name, "rb") as file:
        while line := file.readline(_MOST_LINE):
            number += 1
            try:
                vector = _vector(json.loads(line))
            except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
                raise _refusal(name, "no vector that this release can read", number) from None
            yield vector
    if number != count or not number:
        raise _refusal(name, f"{number} vectors, where the manifest beside it has {count}")


def _vector(row: dict[str, Any]) -> Vector:
    """Take a line apart."""
    given, wanted = row["input"], row["expect"]
    files = {str(name): a2b_base64(body) for name, body in row["files"].items()}
    evidence = {found[1]: body for name, body in files.items() if (found := _EVIDENCE.fullmatch(name))}
    pairs = {(code, frame) for code, frame in wanted["findings"]}
    return Vector(
        id=row["id"],
        matter=row["class"],
        clauses=tuple(row["clauses"]),
        bundle=files[given["bundle"]],
        trust=files[given["trust"]],
        policy=None if given["policy"] is None else files[given["policy"]],
        at=given["at"],
        expect=dict(given["expect"]),
        evidence={} if given["evidence"] is None else evidence,
        wanted=_answer(wanted["verdict"], wanted["primary"], pairs),
    )


def _answer(verdict: str, primary: str | None, pairs: set[tuple[str, int | None]]) -> Answer:
    """Give an answer with its pairs in order; no frame stands before all frames."""
    return Answer(
        verdict, primary, tuple(sorted(pairs, key=lambda pair: (pair[0], -1 if pair[1] is None else pair[1])))
    )


def run_vector(vector: Vector) -> Result:
    """Verify one vector; evidence beside the bundle is put into a folder, which is gone afterwards."""
    with TemporaryDirectory(prefix="selftest-") if vector.evidence else nullcontext() as beside:
        for name, body in vector.evidence.items():
            with open(f"{beside}/{name}", "wb") as file:
                file.write(body)
        try:
            found, error = _verified(vector, beside), ""
        except Exception as broken:  # noqa: BLE001 - a fault of the verifier is what is looked for
            found, error = None, type(broken).__name__
    return Result(vector.id, vector.matter, vector.wanted, found, error)


def _verified(vector: Vector, beside: str | None) -> Answer:
    """Give the verifier's answer."""
    report = verify(
        vector.bundle,
        None if vector.policy is None else Policy.parse(vector.policy),
        TrustStore.parse(vector.trust),
        at=vector.at,
        expect=vector.expect or None,
        evidence=beside,
    )
    primary = report.primary.code.name if report.primary else None
    return _answer(str(report.verdict), primary, {(found.code.name, found.frame) for found in report.findings})


def known_answers() -> tuple[Known, ...]:
    """Compare the primitives with answers that are published."""
    known = [
        _known(f"SHA-256 {name}", partial(_hashed, message, digest), wanted=True) for name, message, digest in _SHA_256
    ]
    rows = [(bytes.fromhex(key), bytes.fromhex(signed), bytes.fromhex(message)) for key, message, signed in _ED25519]
    for number, row in enumerate(rows, 1):
        known.append(_known(f"Ed25519, RFC 8032 test {number}", partial(_signed, *row), wanted=True))
    key, signature, message = rows[-1]
    bent = bytes([signature[0] ^ 1]) + signature[1:]
    known.append(_known("Ed25519, a bit of a signature changed", partial(_signed, key, bent, message), wanted=False))
    return tuple(known)


def _hashed(message: bytes, digest: str) -> bool:
    """Tell whether a message has this SHA-256."""
    return sha256(message).hexdigest() == digest


def _signed(key: bytes, signature: bytes, message: bytes) -> bool:
    """Tell whether a key is admitted and a signature under it valid."""
    return ed25519.admission_flaw(key) is None and ed25519.verify(key, signature, message)


def _known(name: str, ask: Callable[[], bool], *, wanted: bool) -> Known:
    """Ask for one known answer."""
    try:
        return Known(name, ask() is wanted)
    except Exception as broken:  # noqa: BLE001 - as of a vector
        return Known(name, agrees=False, error=type(broken).__name__)
