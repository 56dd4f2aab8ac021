"""People, an agent and a device with keys in memory, a contract that asks for a bit of everything, and its runs.

The functions of the recorder are called directly: a run of fifty entries takes a tenth of a second.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from opsproof_record.clock import now
from opsproof_record.contracts import authoring
from opsproof_record.log import frames
from opsproof_record.log.journal import create
from opsproof_record.log.state import RunState
from opsproof_record.run import starting
from opsproof_record.run.recorder import Recorder, recording
from opsproof_record.sealed import closing
from opsproof_record.signing.signer import Signer
from recorder.reading import read

from opsproof_verify.canonical import encode
from opsproof_verify.container import LABEL, FrameType
from opsproof_verify.cose import RecordType
from opsproof_verify.policy import Policy
from opsproof_verify.report import Report
from opsproof_verify.trust import TrustStore
from opsproof_verify.verify import verify

Map = dict[str, Any]

BASELINE = Policy.load("baseline")

#: Actors: kind, roles, and who answers for an agent or device.
ACTORS: dict[str, tuple[str, list[str], str | None]] = {
    "op-1": ("human", ["operator", "sealing"], None),
    "op-2": ("human", ["operator"], None),
    "inspector": ("human", ["inspection"], None),
    "lead": ("human", ["lead"], None),
    "deputy": ("human", ["lead", "operator"], None),
    "chief": ("human", ["lead", "operator"], None),
    "bot": ("agent", ["helper"], "op-2"),
    "scale": ("device", ["helper"], "op-1"),
}

PACK: Map = {
    "id": "tests",
    "version": 1,
    "title": "Tests",
    "terms": {},
    "tags": ["sterile", "weighing"],
    "reasons": [
        {"code": "odd", "title": "Something is odd", "severity": "minor"},
        {"code": "bad", "title": "Something is bad", "severity": "major", "demands": ["action"]},
        {"code": "grave", "title": "Something is grave", "severity": "critical", "remediation": True},
        {"code": "limits", "title": "Out of limits", "severity": "minor", "demands": ["values"]},
    ],
}

STEPS: list[Map] = [
    {
        "id": "weigh",
        "title": "Weigh",
        "roles": ["operator", "helper"],
        "values": [
            {"id": "mass", "type": "decimal", "unit": "kg", "min": "40", "max": "45.00"},
            {"id": "bags", "type": "integer", "min": "1", "max": "9", "optional": True},
            {"id": "clean", "type": "boolean", "optional": True},
            {"id": "scale", "type": "choice", "choices": ["a", "b"], "optional": True},
            {"id": "remark", "type": "text", "optional": True},
        ],
        "evidence": [{"id": "photo", "media": ["image/jpeg"], "min": 0, "max": 400}],
        "repeat": {"min": 1, "max": 3},
    },
    {
        "id": "mix",
        "title": "Mix",
        "roles": ["operator", "helper"],
        "after": ["weigh"],
        "critical": True,
        "check": ["inspection", "lead"],
        "hold": ["lead"],
        "values": [{"id": "speed", "type": "integer", "max": "100", "optional": True}],
    },
    {"id": "dose", "title": "Dose", "roles": ["helper", "operator"], "authorise": ["lead"], "optional": True},
    {"id": "label", "title": "Label", "roles": ["operator"], "after": ["mix"], "repeat": {"min": 1, "max": 2}},
]


@cache
def private(name: str) -> Ed25519PrivateKey:
    """Give the private key of somebody, the same in every run."""
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(name.encode()).digest())


def member(name: str, kind: str, roles: list[str], principal: str | None) -> Map:
    """Describe an actor as a roster does (SPEC 6.1)."""
    key = private(name).public_key().public_bytes_raw()
    said: Map = {"id": name, "person": name, "name": name.title(), "kind": kind, "roles": roles, "key": key}
    return said | ({"principal": principal} if principal else {})


def contract(**changes: Any) -> Map:
    """Give the contract of these tests, some members of it changed."""
    return {
        "id": "tests.mix",
        "version": 1,
        "title": "Mix a batch",
        "issuer": "owner",
        "nonce": bytes(16),
        "issued": [now()[0] - 60_000, 0],
        "params": [{"id": "batch"}],
        "steps": STEPS,
        "roster": [member(name, *said) for name, said in ACTORS.items()],
        "authority": {"assign": ["lead"], "release": ["lead"], "rule": ["lead"], "seal": ["sealing"], "void": ["lead"]},
        "retention": {"class": "tests", "years": 6},
        "pack": encode(PACK),
        "policy": BASELINE.encode(),
    } | changes


class Crew:
    """A folder with a package and the journal of its run."""

    def __init__(self, path: Path, terms: Map | None = None, *, approved: bool = True) -> None:
        self._stand(path)
        body = self.signer("owner").sign(RecordType.CONTRACT, encode(terms or contract()))
        create(self.package, LABEL + frames.frame(FrameType.CONTRACT, body))
        if approved:
            said = authoring.ContractApproval("qa", "Quality lead", "quality", ("approved", "I approve this contract"))
            authoring.approve(self.package, self.signer("qa"), said)

    @classmethod
    def at(cls, path: Path) -> Self:
        """Stand again in a folder that has a package, and perhaps a run."""
        again = cls.__new__(cls)
        again._stand(path)
        return again

    def _stand(self, path: Path) -> None:
        self.path = path
        self.run = path / "run.opb"
        self.package = path / "mix.lep"
        self.approvers = {"qa": ["quality"], "rita": ["quality"]}
        self.accepted = [BASELINE.digest]  # of the pinned policies that may decide alone

    def signer(self, name: str) -> Signer:
        """Give somebody's key in use; its list of unsigned entries stands beside the run."""
        key = private(name)
        return Signer(self.path / name, key.public_key().public_bytes_raw(), name, key.sign)

    def start(self, actor: str = "op-1") -> None:
        """Start the run."""
        starting.start(self.package, self.run, actor, self.signer(actor), {"batch": "B-1042"})

    @contextmanager
    def writing(
        self, actor: str, *, attest: bool = True, gap: str | None = "a test", state: RunState | None = None
    ) -> Iterator[Recorder]:
        """Open the journal as an actor; what was written is flushed and, unless told otherwise, signed."""
        with recording(self.run, actor, self.signer(actor), lambda _cut: gap, state=state) as recorder:
            yield recorder
            recorder.journal.commit()
            if attest and recorder.state.ended is None:
                recorder.attest()

    def write_keys(self, *names: str) -> None:
        """Put private keys into files, for the commands."""
        for name in names:
            form = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            (self.path / name).write_bytes(private(name).private_bytes(*form))
            (self.path / name).chmod(0o600)

    def seal(self, actor: str = "op-1") -> closing.Sealed:
        """Seal the run, whatever is open."""
        return closing.seal(self.run, actor, self.signer(actor), with_open_items=True)

    def sign(
        self, person: str = "qa", decision: str = "approve", *, files: tuple[bytes, ...] = (), **said: Any
    ) -> bytes:
        """Sign the sealed bundle off, by default as the release that the policy asks for; give the sign-off's hash.

        The record is built here from SPEC 6.9: what comes after the seal is not the recorder's alone. ``covers`` and
        ``deviation`` name entries by their numbers; ``files`` are contents to supply, ``for_`` says for what.
        """
        found = read(self.run.read_bytes())
        seen = {hash_ for signed in found.signoffs.values() for hash_ in signed["seen"]}
        record: Map = {
            "seal": found.seal_hash,
            "run": found.leaves[0],
            "person": person,
            "name": person.title(),
            "role": "quality",
            "decision": decision,
            "meaning": {"id": "release", "text": "I have reviewed this record and release it"},
            "time": now(),
            "seen": sorted(found.signoffs.keys() - seen),
        }
        record |= {"blind": True} if said.pop("blind", False) else self._looked()
        covers, deviation, where = said.pop("covers", ()), said.pop("deviation", None), said.pop("for_", {})
        record |= {"covers": sorted(covers)} if covers else {}
        record |= {"deviation": [deviation, found.leaves[deviation]]} if deviation is not None else {}
        items = [{"digest": hashlib.sha256(file).digest(), "size": len(file), "media": "image/jpeg"} for file in files]
        record |= {"evidence": [item | where for item in items]} if items else {}
        body = self.signer(person).sign(RecordType.SIGNOFF, encode(record | said))
        with self.run.open("ab") as bundle:
            bundle.writelines(frames.frame(FrameType.EVIDENCE, file) for file in files)
            bundle.write(frames.frame(FrameType.SIGNOFF, body))
        return hashlib.sha256(b"\0" + body).digest()

    def _looked(self) -> Map:
        return {"policy": self.accepted[0], "report": bytes(32), "withheld": 0, "absent": 0}

    def trust_text(self) -> str:
        """Write the auditor's trust file."""
        keys = {name: private(name).public_key().public_bytes_raw().hex() for name in ("owner", *self.approvers)}
        accepted = ", ".join(f'"sha256:{digest.hex()}"' for digest in self.accepted)
        lines = ['id = "audit"\nserial = 1\nissued = 2026-01-01T00:00:00Z\nnext-update = 2099-01-01T00:00:00Z']
        lines.append(f'[[issuer]]\nperson = "owner"\ncontracts = ["tests.*"]\nkey = "{keys["owner"]}"')
        lines.append(f"accepted-policies = [{accepted}]" if accepted else "")
        for name, roles in self.approvers.items():
            held = ", ".join(f'"{role}"' for role in roles)
            lines.append(f'[[approver]]\nperson = "{name}"\nroles = [{held}]\nkey = "{keys[name]}"')
        return "\n".join(lines) + "\n"

    def trust(self) -> TrustStore:
        """Give the auditor's trust store."""
        return _trust_store(self.trust_text())

    def report(self, data: bytes | None = None) -> Report:
        """Verify the bundle, or other bytes in its place, as the auditor would."""
        return verify(self.run if data is None else data, None, self.trust())

    def codes(self, data: bytes | None = None) -> set[str]:
        """Give the codes of the findings."""
        return {found.code.name for found in self.report(data).findings}


@cache
def _trust_store(text: str) -> TrustStore:
    return TrustStore.parse(text.encode())
