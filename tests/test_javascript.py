"""The JavaScript verifier agrees with the vectors and with the Python one, in all that it claims, and on any bytes."""

import itertools
import json
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from javascript import mutants
from javascript.adapter import Node
from support import cbor_mutants, ed25519_oracle
from support.bundles import crypto

from opsproof_verify import Report, TrustStore, verify
from opsproof_verify.canonical import CanonicalError, decode, encode
from opsproof_verify.entries import KINDS
from opsproof_verify.policy_parts import PARAMETERS
from opsproof_verify.register import CODES, RULES, Remedy
from opsproof_verify.view.data import keys_of

ROOT = Path(__file__).parent.parent
VECTORS = ROOT / "testvectors"
BUNDLES = VECTORS / "bundles"
PRIMITIVES = {
    name: json.loads((VECTORS / f"primitives/{name}.json").read_text()) for name in ("cbor", "ed25519", "merkle")
}
LABEL = bytes.fromhex("d9d9f8da4f50423143424f52")
NOBODY = b"""id = "nobody"
serial = 1
issued = 2026-01-01T00:00:00Z
next-update = 2027-01-01T00:00:00Z
"""

#: Vectors that together have each kind of entry and record.
TO_BEND = (
    "minimal",
    "rich-every-kind",
    "deviation-remediated",
    "deviation-released",
    "custody-to-newcomer",
    "minimal-assigned",
    "void-loose",
    "action-authorised",
    "witness-asked-signoff",
    "delegated",
    "minimal-late-attestation",
    "minimal-reject-withdrawn",
    "redact-evidence",
    "entry-withheld-evidence",
    "pinned-elaborate",
    "lasting-operator-compromised",
)

pytestmark = pytest.mark.xdist_group("javascript")


@pytest.fixture(scope="module")
def claims(node: Node) -> dict[str, Any]:
    return node.ask(cmd="hello")


def found(node: Node, data: bytes, trust: TrustStore | None) -> dict[str, Any]:
    """Verify by JavaScript."""
    return node.ask(cmd="verify", hex=data.hex(), keys=None if trust is None else keys_of(trust), evidence=None)


def pairs(report: Report, codes: set[str]) -> set[tuple[str, int | None]]:
    return {(one.code.name, one.frame) for one in report.findings if one.code.name in codes}


def agree(node: Node, data: bytes, trust: TrustStore, codes: set[str]) -> set[str]:
    """Verify by both and compare what is claimed, but for codes found too often to be listed; give the codes found."""
    theirs, report = found(node, data, trust), verify(data, None, trust)
    ours = pairs(report, codes)
    often = {name for name, number in theirs["counts"].items()} | {code for code, _, _ in report.counts}
    told = {(one["code"], one["frame"]) for one in theirs["findings"]}
    assert {pair for pair in told if pair[0] not in often} == {pair for pair in ours if pair[0] not in often}
    return {code for code, _ in ours}


# --- vectors and primitives


def test_all_vectors_agree_in_what_is_claimed() -> None:
    command = [sys.executable, str(VECTORS / "run.py"), "--seed", "2", "--"]
    adapter = [sys.executable, str(ROOT / "tests/javascript/adapter.py")]
    done = subprocess.run([*command, *adapter], capture_output=True, text=True, check=False)
    count = len(list(BUNDLES.iterdir()))
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
    assert f"codes claimed: {count} of {count} agree" in done.stdout


def test_cbor(node: Node) -> None:
    rows = PRIMITIVES["cbor"]
    assert [node.ask(cmd="cbor", data=row["cbor"])["code"] for row in rows] == [row["code"] for row in rows]


def test_keys(node: Node) -> None:
    for row in PRIMITIVES["ed25519"]["keys"]:
        answer = node.ask(cmd="key", key=row["key"])
        assert answer["admitted"] == row["admitted"], row["why"]
        assert row["kid"] in (None, answer["kid"])


@pytest.mark.parametrize("engine", [True, False])
def test_signatures(node: Node, *, engine: bool) -> None:
    for row in PRIMITIVES["ed25519"]["signatures"]:
        asked = {name: row[name] for name in ("key", "signature", "message")}
        admitted = node.ask(cmd="key", key=row["key"])["admitted"]
        valid = admitted and node.ask(cmd="signature", engine=engine, **asked)["valid"]
        assert valid == row["valid"], row["id"]


@pytest.mark.parametrize("engine", [True, False])
def test_a_signature_that_only_the_cofactor_saves_is_refused(node: Node, *, engine: bool) -> None:
    oracle = ed25519_oracle
    base = oracle.decode(bytes.fromhex("58" + "66" * 31))
    assert base is not None
    key, message = oracle.encode(base), b"run"
    for point, valid in ((oracle.multiply(5, base), True), (oracle.add(oracle.multiply(5, base), (0, -1, 1)), False)):
        first = oracle.encode(point)
        challenge = int.from_bytes(crypto.hashlib.sha512(first + key + message).digest(), "little")
        signature = first + ((5 + challenge) % oracle.L).to_bytes(32, "little")
        asked = {"key": key.hex(), "signature": signature.hex(), "message": message.hex()}
        assert node.ask(cmd="signature", engine=engine, **asked)["valid"] is valid


def test_trees(node: Node) -> None:
    known = PRIMITIVES["merkle"]
    for count in range(1, len(known["inputs"]) + 1):
        answer = node.ask(cmd="tree", inputs=known["inputs"][:count])
        assert answer == {"leaves": known["leaves"][:count], "root": known["roots"][str(count)]}
    many = [number.to_bytes(2) for number in range(1500)]
    answer = node.ask(cmd="tree", inputs=[one.hex() for one in many])
    assert answer["root"] == crypto.root([crypto.leaf(one) for one in many]).hex()
    assert node.ask(cmd="tree", inputs=[])["root"] == crypto.sha256(b"").hex()


# --- what is claimed


def test_each_code_of_phases_1_to_6_is_claimed_or_has_a_reason(claims: dict[str, Any]) -> None:
    codes, reasons = claims["codes"], claims["notClaimed"]
    assert len(codes) == len(set(codes))
    assert {*codes, *reasons} == {code.name for code in CODES.values() if code.phase <= 6}
    assert not set(codes) & set(reasons)
    assert all(reasons.values())
    assert set(claims["codesWithoutKeys"]) < set(codes)
    assert claims["clauses"] == {name: CODES[name].clause for name in codes}


def test_the_tables_of_rules_and_kinds_are_those_of_the_vocabulary(claims: dict[str, Any]) -> None:
    marks = {
        name: "".join(code.selects) + ("" if code.remedy is Remedy.NONE else "+") + ("h" if code.hides else "")
        for name, code in RULES.items()
    }
    assert claims["rules"] == marks
    assert claims["kinds"] == list(KINDS)
    assert {name: set(members) for name, members in claims["parameters"].items()} == {
        name: set(members) for name, members in PARAMETERS.items()
    }
    assert {*claims["codes"], *claims["notClaimed"], *claims["rules"], *claims["ofClosure"]} == set(CODES)


def test_without_keys_it_finds_what_is_found_where_no_issuer_is_known(node: Node, claims: dict[str, Any]) -> None:
    codes = set(claims["codesWithoutKeys"])
    nobody = TrustStore.parse(NOBODY)
    names = sorted(path.name for path in BUNDLES.iterdir())[::9]
    for name in names:
        data = (BUNDLES / name / "bundle.opb").read_bytes()
        answer = found(node, data, None)
        assert answer["codes"] == claims["codesWithoutKeys"]
        assert answer["checked"]["signatures"] == 0
        told = {(one["code"], one["frame"]) for one in answer["findings"]}
        assert told == pairs(verify(data, None, nobody), codes), name


def test_it_says_what_it_checked(node: Node) -> None:
    folder = BUNDLES / "minimal-supplied"
    data, trust = (folder / "bundle.opb").read_bytes(), TrustStore.load(folder / "trust.toml")
    answer, report = found(node, data, trust), verify(data, None, trust)
    checked, bundle = answer["checked"], report.bundle
    assert (checked["run"], checked["seal"], checked["entries"]) == (bundle.run, bundle.seal, bundle.entries)
    assert checked["frames"] == len(mutants.split(data))
    evidence = [body for kind, body in mutants.split(data) if kind == 4]
    assert checked["evidence"] == {"items": len(evidence), "bytes": sum(map(len, evidence)), "absent": 0}
    assert checked["signatures"] > 3
    assert answer["progress"] == [{"bytes": len(data), "of": len(data)}]


# --- against the Python verifier


BENT: dict[str, Callable[[random.Random, bytes, bytes], bytes]] = {
    "bytes": lambda rng, data, _: mutants.of_bytes(rng, data),
    "frames": mutants.of_frames,
    "records": mutants.of_record,
}


@pytest.mark.parametrize("how, count, least", [("bytes", 250, 12), ("frames", 200, 12), ("records", 700, 26)])
def test_both_find_the_same_in_bent_bundles(
    node: Node, claims: dict[str, Any], how: str, count: int, least: int
) -> None:
    rng, codes = random.Random(f"javascript {how}"), set(claims["codes"])
    bundles = [(BUNDLES / name / "bundle.opb").read_bytes() for name in TO_BEND]
    trusts = [TrustStore.load(BUNDLES / name / "trust.toml") for name in TO_BEND]
    seen: set[str] = set()
    for _ in range(count):
        one = rng.randrange(len(TO_BEND))
        bent = BENT[how](rng, bundles[one], rng.choice(bundles))
        seen |= agree(node, bent, trusts[one] if rng.random() < 0.9 else rng.choice(trusts), codes)
    assert len(seen) >= least, sorted(seen)


def test_both_read_bent_cbor_alike(node: Node) -> None:
    rng = random.Random("javascript cbor")
    drawn = [cbor_mutants.draw(rng) for _ in range(3000)]
    wanted: list[str | None] = []
    for data in drawn:
        try:
            decode(data)
            wanted.append(None)
        except CanonicalError as refusal:
            wanted.append(refusal.code)
    answers = node.ask(cmd="cbors", data=[data.hex() for data in drawn])["codes"]
    wrong = [data.hex() for data, code, answer in zip(drawn, wanted, answers, strict=True) if code != answer]
    assert wrong == []
    assert len(set(wanted)) == 3


@pytest.mark.parametrize("most", [0, 1, 5, 8])
def test_items_are_counted_alike(node: Node, most: int) -> None:
    for data in ("83010203", "a2616101616202", "8301", "c1c100", "5f4101ff", "9f00ff", "8283010203", "00ff"):
        try:
            decode(bytes.fromhex(data), max_items=most)
            code = None
        except CanonicalError as refusal:
            code = refusal.code
        assert node.ask(cmd="cbor", data=data, most=most)["code"] == code, data


# --- hostile bytes


def frame(kind: int, body: bytes) -> bytes:
    return bytes((0x82, kind)) + encode(body)


HOSTILE = {
    "nothing": b"",
    "deep entry": frame(1, b"") + frame(2, b"\x81" * 65_535 + b"\x00"),
    "deep map": frame(1, b"") + frame(2, b"\xa1\x60" * 32_000),
    "deep tags": frame(1, b"") + frame(2, b"\xc1" * 65_536),
    "deep chunks": frame(1, b"") + frame(2, b"\x5f" * 65_536),
    "array of 2^64": frame(1, b"") + frame(2, b"\x9b" + b"\xff" * 8),
    "map of 2^53": frame(1, b"") + frame(2, b"\xbb\x00\x20" + bytes(6)),
    "text of 2^53": frame(1, b"") + frame(2, b"\x7b\x00\x1f" + b"\xff" * 6 + b"a"),
    "keys that other tables let collide": frame(1, b"")
    + frame(2, encode({"".join(one): 0 for one in itertools.product("Aa B", repeat=6)})),
    "names that objects have": frame(1, b"")
    + frame(2, encode({"__proto__": {}, "constructor": {}, "kind": "constructor"})),
    "frame of 2^53": frame(1, b"") + b"\x82\x02\x5b\x00\x20" + bytes(6),
    "evidence of 2^53": frame(1, b"") + frame(2, b"\x00") + b"\x82\x04\x5b\x00\x1f" + b"\xff" * 6 + b"a",
    "contract of nesting": frame(1, b"\x81" * 4_194_304),
    "many empty entries": frame(1, b"") + frame(2, b"") * 20_000,
    "much evidence that nothing names": frame(1, b"") + frame(2, b"\xa0") + frame(6, b"") + frame(4, b"x") * 20_000,
    "many sign-offs": frame(1, b"") + frame(2, b"\xa0") + frame(6, b"") + frame(7, b"") * 2_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_bytes_are_answered_alike(node: Node, claims: dict[str, Any], name: str) -> None:
    trust = TrustStore.load(BUNDLES / "minimal/trust.toml")
    data = LABEL + HOSTILE[name] if HOSTILE[name] else b""
    assert agree(node, data, trust, set(claims["codes"]))


def test_memory_stays_small(node: Node) -> None:
    quiet = Node("--max-old-space-size=64")
    trust = TrustStore.load(BUNDLES / "minimal/trust.toml")
    before = quiet.ask(cmd="memory")["peak"]
    for data in HOSTILE.values():
        found(quiet, LABEL + data, trust)
    grown = (quiet.ask(cmd="memory")["peak"] - before) / 1024
    assert quiet.end() == 0
    assert grown < 160, grown  # MiB; the largest of these bundles has 4, and is sent as text
