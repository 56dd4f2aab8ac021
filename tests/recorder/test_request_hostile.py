"""Hostile requests: whatever the bytes, no signature and no traceback."""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Callable
from typing import Any

import pytest
from opsproof_record.sealed import request
from opsproof_record.signing.keys import load
from recorder.closed import answering, asked, overfilled
from recorder.plant import Plant

from opsproof_verify.canonical import encode
from opsproof_verify.cose import RecordType
from opsproof_verify.findings import Rejected
from opsproof_verify.parse_signed import parse_cose

Document = dict[str, Any]


@pytest.fixture
def honest(plant: Plant) -> Document:
    """Give a request for a run with a deviation, a sign-off and a witness, under a request file that is rewritten."""
    overfilled(plant)
    plant(*plant.signing("rita", "acknowledge"))
    plant("keygen", plant.key("clock"))
    plant("witness", "--run", plant.run, *plant.by("clock"), "--yes")
    document: Document = json.loads(asked(plant).read_text())
    return document


def refuse(plant: Plant, document: object) -> str:
    """Offer a request, which must be refused without a signature."""
    data = document if isinstance(document, bytes) else json.dumps(document).encode()
    file = plant.path / "hostile.request"
    file.write_bytes(data)
    said = plant(*answering(plant, "qa", file), expect=1)
    assert "refused" in said
    assert not (plant.path / "qa.signoff").exists()
    return said


def flipped(text: str, at: int = -1) -> str:
    data = bytearray(base64.b64decode(text))
    data[at] ^= 1
    return base64.b64encode(data).decode()


def reported(change: Callable[[Document], None]) -> Callable[[Document], None]:
    """Make a change of the report in a request."""

    def apply(document: Document) -> None:
        report = json.loads(base64.b64decode(document["report"]))
        change(report)
        document["report"] = base64.b64encode(json.dumps(report).encode()).decode()

    return apply


def put(path: str, value: object) -> Callable[[Document], None]:
    """Make a change of one member, named by its path."""

    def apply(document: Document) -> None:
        place: Any = document
        *way, last = path.split(".")
        for name in way:
            place = place[int(name) if name.isdigit() else name]
        place[int(last) if last.isdigit() else last] = value

    return apply


def without(name: str) -> Callable[[Document], None]:
    return lambda document: document.pop(name)


def drop_entry(number: int) -> Callable[[Document], None]:
    return lambda document: document["entries"].pop(number)


def swap_proofs(document: Document) -> None:
    one, two = document["entries"][0], document["entries"][-1]
    one["proof"], two["proof"] = two["proof"], one["proof"]


def shorten_proof(document: Document) -> None:
    document["entries"][0]["proof"].pop()


def renumber(document: Document) -> None:
    document["entries"][1]["seq"] += 1


def repeat_entry(document: Document) -> None:
    document["entries"].insert(1, document["entries"][1])


def forge_entry(document: Document) -> None:
    """Say something else in an entry, and keep its proof."""
    one = next(one for one in document["entries"] if b"Overfilled" in base64.b64decode(one["body"]))
    one["body"] = base64.b64encode(base64.b64decode(one["body"]).replace(b"Overfilled", b"All is wel")).decode()


def flip(path: str, at: int = -1) -> Callable[[Document], None]:
    def apply(document: Document) -> None:
        name, _, number = path.partition(".")
        if number:
            document[name][int(number)] = flipped(document[name][int(number)], at)
        else:
            document[name] = flipped(document[name], at)

    return apply


def forget_deviation(report: Document) -> None:
    report["deviations"] = []


def invent_deviation(report: Document) -> None:
    report["deviations"].append(dict(report["deviations"][0], seq=2))


def other_leaf(report: Document) -> None:
    report["deviations"][0]["leaf"] = "00" * 32


HOSTILE: dict[str, tuple[Callable[[Document], object], str]] = {
    "no member": (without("seal"), "seal: it is missing"),
    "a further member": (put("extra", 1), "does not belong"),
    "another format": (put("format", "opsproof-request/2"), "format"),
    "asks for nothing": (put("asks", "money"), "asks"),
    "no base64": (put("contract", "!!"), "contract: no base64"),
    "no list": (put("entries", {}), "entries: no list"),
    "no entries": (put("entries", []), "entries: too few"),
    "entries are numbers": (put("entries.0", 7), "entries[0]: no object"),
    "a wrong left-out": (put("left-out", -1), "left-out"),
    "text with controls": (put("text", "\x1b[2J"), "text"),
    "contract altered": (flip("contract", 300), "does not verify"),
    "contract signature": (flip("contract"), "contract.signature-invalid"),
    "contract truncated": (put("contract", "AAAA"), "does not verify"),
    "approval altered": (flip("approvals.0", 200), "does not verify"),
    "approval dropped": (put("approvals", []), "contract.approvals-mismatch"),
    "seal altered": (flip("seal", 150), "does not verify"),
    "seal signature": (flip("seal"), "signature.invalid"),
    "sign-off altered": (flip("signoffs.0", 150), "seal: it is missing"),
    "sign-off signature": (flip("signoffs.0"), "signature.invalid"),
    "sign-off dropped": (put("signoffs", []), "another set of sign-offs"),
    "witness dropped": (put("witnesses", []), "another set of sign-offs"),
    "proofs swapped": (swap_proofs, "its proof does not hold"),
    "proof shortened": (shorten_proof, "its proof does not hold"),
    "proof of a foreign tree": (
        put("entries.1.proof.0", base64.b64encode(bytes(32)).decode()),
        "its proof does not hold",
    ),
    "proof of short hashes": (put("entries.1.proof.0", "AAAA"), "no base64"),
    "another number": (renumber, "its proof does not hold"),
    "an entry twice": (repeat_entry, "its order"),
    "an entry forged": (forge_entry, "its proof does not hold"),
    "no start": (drop_entry(0), "entry.misplaced"),
    "no end": (drop_entry(-1), "the run has no end"),
    "a deviation hidden": (drop_entry(2), "not proven here"),
    "report is none": (put("report", "e30="), "format: it is missing"),
    "report of another seal": (reported(put("bundle.seal", "11" * 32)), "about another seal"),
    "report of no seal": (reported(put("bundle.seal", None)), "about another seal"),
    "report of another run": (reported(put("bundle.run", "11" * 32)), "about another run"),
    "report of another contract": (reported(put("contract.hash", "11" * 32)), "about another contract"),
    "report of no contract": (reported(without("contract")), "about another contract"),
    "report of a shorter run": (reported(put("bundle.entries", 3)), "about another number of entries"),
    "report of other sign-offs": (reported(put("bundle.appended", "11" * 32)), "about another set of sign-offs"),
    "report with another verdict": (reported(put("verdict", "FINAL")), "not what the findings leave"),
    "report with an unknown code": (reported(put("findings.0.code", "all.well")), "findings[0].code"),
    "report with a lowered code": (reported(put("findings.0.severity", "silent")), "findings[0].severity"),
    "report withholds what is not there": (reported(put("bundle.withheld", [[0, 9999]])), "does not have"),
    "report forgets a deviation": (reported(forget_deviation), "does not know deviations"),
    "report invents a deviation": (reported(invent_deviation), "that is not proven here"),
    "report names another leaf": (reported(other_leaf), "does not know deviations"),
    "report with odd facts": (reported(put("owed.0.facts", {"count": 1.5})), "whole numbers"),
    "report owes the unknown": (reported(put("owed.0.need", "money")), "owed[0].need"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_request_is_refused(plant: Plant, honest: Document, name: str) -> None:
    change, refused = HOSTILE[name]
    change(honest)
    assert refused in refuse(plant, honest)


def test_any_hostile_request_of_a_kind_is_refused_blind_too(plant: Plant, honest: Document) -> None:
    for change in (swap_proofs, forge_entry, drop_entry(0), reported(put("bundle.seal", "11" * 32))):
        document = json.loads(json.dumps(honest))
        change(document)
        file = plant.path / "hostile.request"
        file.write_text(json.dumps(document))
        words = ("signoff", "--request", file, *plant.by("qa"), "--name", "Q", "--role", "quality", "--yes")
        plant(*words, "--blind", "--detached", plant.path / "blind.signoff", expect=1)
        plant("witness", "--request", file, *plant.by("clock"), "--detached", plant.path / "w", "--yes", expect=1)
    assert not (plant.path / "blind.signoff").exists()
    assert not (plant.path / "w").exists()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"format": NaN}',
        b'{"format": 1.5}',
        b'{"format": "opsproof-request/1", "format": "opsproof-request/1"}',
        b'{"format": "\\ud800"}',
        b'{"format": ' + b"9" * 10_000 + b"}",
        b'{"format": "opsproof-request/1", "asks": "signature", "contract": "' + b"A" * 8_000_000 + b'"}',
        b" " * 16_777_217,
    ],
    ids=lambda data: f"{data[:30]!r} {len(data)}",
)
def test_no_bytes_lead_to_a_signature(plant: Plant, data: bytes) -> None:
    refuse(plant, data)


def test_a_good_request_with_too_much_in_it_is_refused(plant: Plant, honest: Document) -> None:
    good = json.dumps(honest).encode()
    twice = good[:-1] + b', "seal": ' + json.dumps(honest["seal"]).encode() + b"}"
    assert "each member once" in refuse(plant, twice)
    assert "more than 16777216 bytes" in refuse(plant, good + b" " * 16_777_216)


def test_a_chance_of_change_is_found(plant: Plant, honest: Document) -> None:
    good = json.dumps(honest).encode()
    known = request.decode(good)
    said = good.index(honest["report"].encode())  # what is only said may say anything
    places = [at for at in range(len(good)) if not said <= at < said + len(honest["report"])]
    chance = random.Random(5)
    for _ in range(60):
        data = bytearray(good)
        for at in chance.sample(places, chance.choice((1, 1, 3))):
            data[at] = chance.randrange(32, 127)
        if chance.random() < 0.2:
            del data[chance.randrange(len(data)) :]
        try:
            same = request.decode(bytes(data)) == known
        except Rejected:
            same = False
        if not same:
            refuse(plant, bytes(data))


def test_a_contract_that_nobody_trusts_is_refused(plant: Plant, honest: Document) -> None:
    trust = plant.path / "trust.toml"
    trust.write_text(trust.read_text().replace('contracts = ["acme.*"]', 'contracts = ["other.*"]'))
    assert "trust.issuer-not-for-contract" in refuse(plant, honest)
    trust.write_text(
        trust.read_text().replace("\n[[issuer]]", "\n[[approver]]").replace('contracts = ["other.*"]', 'roles = ["x"]')
    )
    assert "trust.issuer-unknown" in refuse(plant, honest)


def test_a_seal_by_somebody_without_the_role_is_refused(plant: Plant, honest: Document) -> None:
    payload = parse_cose(base64.b64decode(honest["seal"]), RecordType.SEAL).payload
    signer = load(plant.key("bot"), lambda _: b"")
    honest["seal"] = base64.b64encode(signer.sign(RecordType.SEAL, payload)).decode()
    assert "signature.wrong-key" in refuse(plant, honest)
    renamed = payload.replace(encode("actor") + encode("op-a"), encode("actor") + encode("bot"))
    honest["seal"] = base64.b64encode(signer.sign(RecordType.SEAL, renamed)).decode()
    assert "seal.unauthorised" in refuse(plant, honest)
