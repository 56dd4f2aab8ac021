"""Bundles for tests, built by the library of the vectors, which shares no code with the verifier.

``check(subject)`` verifies what a subject of the vectors describes: bundle, trust store, policy, time, expectations.
"""

from __future__ import annotations

import copy
import importlib
import json
import sys
from functools import cache
from pathlib import Path
from typing import Any

from opsproof_verify import Policy, Report, TrustStore, verify

ROOT = Path(__file__).parents[2]
BUNDLES = ROOT / "testvectors" / "bundles"
sys.path.insert(0, str(ROOT / "testvectors"))

base: Any = importlib.import_module("vectorlib.base")
cbor: Any = importlib.import_module("vectorlib.cbor")
crypto: Any = importlib.import_module("vectorlib.crypto")
model: Any = importlib.import_module("vectorlib.model")
ops: Any = importlib.import_module("vectorlib.ops")
finished: Any = importlib.import_module("vectorlib.ops_finished")
actions: Any = importlib.import_module("vectorlib.cases_actions")
runs: Any = importlib.import_module("vectorlib.runs")
toml: Any = importlib.import_module("vectorlib.toml")

Subject = Any  # vectorlib.model.Subject
LABEL: bytes = model.LABEL
START: int = model.START
DAY: int = model.DAY
HOUR: int = model.HOUR
MINUTE: int = model.MINUTE
OFFSET: int = model.OFFSET

_SMALL: Any = base.minimal()

#: The actors of the small run and their persons: who works and seals, another operator, a supervisor.
(WORKER, COLLEAGUE, BOSS), (WORKER_PERSON, COLLEAGUE_PERSON, BOSS_PERSON) = zip(
    *((member["id"], member["person"]) for member in _SMALL.item("contract").fields["roster"]), strict=True
)
AGENT: str = base.rich().item("contract").fields["roster"][3]["id"]

#: The persons of the trust store; their keys are named like their roles.
QUALITY, PRODUCTION = (row["person"] for row in _SMALL.trust["approver"])
ISSUER: str = _SMALL.trust["issuer"][0]["person"]


def build(subject: Subject) -> bytes:
    """Build a subject's bundle."""
    data: bytes = model.Build(subject).data()
    return data


def trust_of(subject: Subject) -> TrustStore:
    """Build and read a subject's trust store."""
    return TrustStore.parse(toml.trust(model.Build(subject).resolve(subject.trust), "hex").encode())


def policy_of(subject: Subject) -> Policy | None:
    """Read a subject's policy, if it gives one."""
    return Policy.parse(toml.policy(subject.policy).encode()) if subject.policy else None


def check(subject: Subject, data: bytes | None = None, evidence: Path | None = None) -> Report:
    """Verify a subject, or other bytes in the place of its bundle."""
    bundle = build(subject) if data is None else data
    expect = subject.expect or None
    return verify(bundle, policy_of(subject), trust_of(subject), at=subject.at, expect=expect, evidence=evidence)


def changed(subject: Subject, *mutations: Any) -> Subject:
    """Apply mutations of the vectors to a copy of a subject: the library's contracts share their steps."""
    subject = copy.deepcopy(subject)
    for mutation in mutations:
        mutation.apply(subject)
    return subject


def codes(report: Report) -> list[str]:
    """Give the codes found, once each, in order of their names."""
    return sorted({found.code.name for found in report.findings})


def places(report: Report) -> list[tuple[str, int | None]]:
    """Give the codes found and their frames."""
    pairs = {(found.code.name, found.frame) for found in report.findings}
    return sorted(pairs, key=lambda pair: (pair[0], pair[1] or 0))


def facts(report: Report, code: str) -> list[dict[str, Any]]:
    """Give the facts of the findings of a code."""
    return [dict(found.facts) for found in report.findings if found.code.name == code]


def frames(data: bytes) -> list[bytes]:
    """Cut a well-formed bundle into its frames, heads included."""
    parts, at = [], len(LABEL)
    while at < len(data):
        _, size, body = cbor.read_head(data, at + 2)
        parts.append(data[at : body + size])
        at = body + size
    return parts


def frame(kind: int, body: bytes) -> bytes:
    """Give a frame's bytes."""
    encoded: bytes = cbor.encode([kind, body])
    return encoded


def vector(name: str) -> tuple[bytes, Policy | None, TrustStore, dict[str, Any]]:
    """Read a vector: bundle, policy, trust store, and the other arguments of ``verify``."""
    folder = BUNDLES / name
    given = json.loads((folder / "vector.json").read_text(encoding="utf-8"))["input"]
    policy = Policy.load(folder / given["policy"]) if given["policy"] else None
    more = {
        "at": given["at"],
        "expect": given["expect"] or None,
        "evidence": folder / given["evidence"] if given["evidence"] else None,
    }
    return (folder / given["bundle"]).read_bytes(), policy, _trust((folder / given["trust"]).read_bytes()), more


#: Many vectors have the same trust file.
_trust = cache(TrustStore.parse)


def verdicts() -> dict[str, str]:
    """Give the verdict that each vector expects."""
    expected = {}
    for folder in sorted(BUNDLES.iterdir()):
        expected[folder.name] = json.loads((folder / "vector.json").read_text(encoding="utf-8"))["expect"]["verdict"]
    return expected
