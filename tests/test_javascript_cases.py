"""What no vector shows and bending does not reach: both verifiers agree there too."""

import random
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from javascript import mutants
from javascript.adapter import Node
from support.bundles import WORKER, WORKER_PERSON, crypto

from opsproof_verify import TrustStore, cose, verify
from opsproof_verify.canonical import decode, encode
from opsproof_verify.view.data import keys_of

BUNDLES = Path(__file__).parent.parent / "testvectors/bundles"

pytestmark = pytest.mark.xdist_group("javascript")


def changed(record: str, body: bytes, **members: Any) -> bytes:
    """Change members of a signed record, and sign it again with its key."""
    return mutants.Remade(random.Random(0))._signed(record, body, lambda payload: payload | members)


def payload_of(record: str, body: bytes) -> Any:
    return decode(cose.parse(body, cose.RecordType[record.upper()]).payload)


def claimed(node: Node, data: bytes, trust: TrustStore) -> set[tuple[str, int | None]]:
    """Give what both find."""
    codes = set(node.ask(cmd="hello")["codes"])
    answer = node.ask(cmd="verify", hex=data.hex(), keys=keys_of(trust), evidence=None)
    theirs = {(one["code"], one["frame"]) for one in answer["findings"]}
    ours = {(one.code.name, one.frame) for one in verify(data, None, trust).findings}
    assert theirs == {pair for pair in ours if pair[0] in codes}
    return theirs


def test_a_late_attestation_that_was_withdrawn_is_not_held_to_the_entries(node: Node) -> None:
    folder = BUNDLES / "minimal-late-attestation"
    data, trust = (folder / "bundle.opb").read_bytes(), TrustStore.load(folder / "trust.toml")
    frames = mutants.split(data)
    [at] = [i for i, (kind, body) in enumerate(frames) if kind == 7 and "attests" in payload_of("signoff", body)]
    attests = payload_of("signoff", frames[at][1])["attests"]
    bent = changed("signoff", frames[at][1], attests=attests | {"digest": bytes(32)})
    assert len(claimed(node, mutants.join(data, [*frames[:at], (7, bent)]), trust)) == 1
    old = cose.parse(bent, cose.RecordType.SIGNOFF)
    withdrawal = decode(old.payload)
    assert isinstance(withdrawal, dict)
    hash_ = sha256(b"\x00" + bent).digest()
    withdrawal |= {"decision": "withdraw", "withdraws": hash_, "seen": [hash_]}
    del withdrawal["attests"]
    unsigned = cose.assemble(cose.RecordType.SIGNOFF, old.kid, encode(withdrawal), bytes(64))
    withdrawn = [*frames[:at], (7, bent), (7, changed("signoff", unsigned))]
    assert claimed(node, mutants.join(data, withdrawn), trust) == set()


@pytest.mark.parametrize("name, count", [(WORKER, 1), (WORKER_PERSON, 1), ("issuer", 0)])
def test_a_witness_has_a_name_of_its_own(node: Node, name: str, count: int) -> None:
    folder = BUNDLES / "minimal-witness"
    data, text = (folder / "bundle.opb").read_bytes(), (folder / "trust.toml").read_text(encoding="utf-8")
    frames = [
        (kind, changed("witness", body, witness=name) if kind == 8 else body) for kind, body in mutants.split(data)
    ]
    trust = TrustStore.parse(text.replace('"plant-clock"', f'"{name}"').encode())
    assert len(claimed(node, mutants.join(data, frames), trust)) == count
    assert crypto.kid(trust.witnesses[0].key) in mutants.KEYS


LIMITS = [("9.5", "10", 0), ("10", "9.5", 1), ("-2", "-1", 0), ("-1", "-2", 1), ("0.1", "0.10", 0), ("-0.5", "0.05", 0)]


@pytest.mark.parametrize("least, most, count", LIMITS)
def test_limits_are_compared_as_numbers(node: Node, least: str, most: str, count: int) -> None:
    folder = BUNDLES / "rich"
    data, trust = (folder / "bundle.opb").read_bytes(), TrustStore.load(folder / "trust.toml")
    frames = mutants.split(data)
    steps = payload_of("contract", frames[0][1])["steps"]
    limited = [one for step in steps for one in step.get("values", ()) if "min" in one]
    for one in limited:
        one |= {"min": least, "max": most}
    frames[0] = 1, changed("contract", frames[0][1], steps=steps)
    again = mutants.Remade(random.Random(0)).all(frames, -1)
    assert limited
    assert len(claimed(node, mutants.join(data, again), trust)) == count


@pytest.mark.parametrize("bad", [100, 101])
def test_a_pinned_policy_that_is_none_is_no_refused_frame(node: Node, bad: int) -> None:
    data = (BUNDLES / "minimal/bundle.opb").read_bytes()
    trust = TrustStore.load(BUNDLES / "minimal/trust.toml")
    contract = changed("contract", mutants.split(data)[0][1], policy=b"\xff")
    found = claimed(node, mutants.join(data, [(1, contract), *[(2, b"\xa0")] * bad]), trust)
    assert ("policy.pinned-malformed", 1) in found
    assert (("limit.exceeded", 1 + bad) in found) is (bad > 100)


def test_of_one_code_a_hundred_findings_are_listed_and_all_are_counted(node: Node) -> None:
    data = (BUNDLES / "minimal/bundle.opb").read_bytes()
    trust = TrustStore.load(BUNDLES / "minimal/trust.toml")
    many = mutants.join(data, [*mutants.split(data), *[(4, b"x")] * 150])
    answer, report = (
        node.ask(cmd="verify", hex=many.hex(), keys=keys_of(trust), evidence=None),
        verify(many, None, trust),
    )
    [(code, _, number)] = report.counts
    assert answer["counts"] == {code: number} == {code: 150}
    assert answer["findings"] == [{"code": one.code.name, "frame": one.frame} for one in report.findings]
    assert len(answer["findings"]) == 100
