"""Turns cases into files: path relative to ``testvectors/`` to bytes."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path
from typing import Any

from . import cbor, crypto, toml
from .annotate import annotated
from .case import Case, subject_of
from .cases_actions import CASES as ACTIONS
from .cases_agents import CASES as AGENTS
from .cases_appending import CASES as APPENDING
from .cases_approvals import CASES as APPROVALS
from .cases_approvers import CASES as APPROVERS
from .cases_attested import CASES as ATTESTED
from .cases_chain import CASES as CHAIN
from .cases_clock import CASES as CLOCK
from .cases_closure import CASES as CLOSURE
from .cases_container import CASES as CONTAINER
from .cases_covered import CASES as COVERED
from .cases_custody import CASES as CUSTODY
from .cases_decoding import CASES as DECODING
from .cases_delegation import CASES as DELEGATION
from .cases_lasting import CASES as LASTING
from .cases_members import CASES as MEMBERS
from .cases_more import CASES as MORE
from .cases_order import CASES as ORDER
from .cases_pinned import CASES as PINNED
from .cases_positive import CASES as POSITIVE
from .cases_profile import CASES as PROFILE
from .cases_rules import CASES as RULES
from .cases_rulings import CASES as RULINGS
from .cases_sealing import CASES as SEALING
from .cases_signoff_rules import CASES as SIGNOFF_RULES
from .cases_trust import CASES as TRUST
from .cases_void import CASES as VOID
from .cases_work import CASES as WORK
from .classes import class_of, classes
from .clauses import FURTHER
from .model import Build
from .primitives import primitives

GROUPS = (
    *(POSITIVE, CONTAINER, DECODING, TRUST, CHAIN, RULES, ACTIONS, CLOSURE, MORE),
    *(WORK, AGENTS, CUSTODY, CLOCK, VOID, MEMBERS, COVERED, ATTESTED),
    *(PROFILE, RULINGS, APPROVALS, APPROVERS, ORDER, SIGNOFF_RULES, SEALING, DELEGATION),
    *(PINNED, LASTING, APPENDING),
)
ALL: list[Case] = [case for group in GROUPS for case in group.all]

SUITE = "1.0.0-draft"
SPEC = "1-draft"

ROW = re.compile(
    r"^\| `([a-z.-]+)` \| \[OPV-([0-9.]+-[0-9]+)\] \| ([a-z ]+) \| ([a-z]+) \| ([a-z]+) \| ([a-z ]*)\| ([sad ]*)\|$",
    re.MULTILINE,
)

Files = dict[str, bytes]


def dump(data: Any) -> bytes:
    """Write JSON in the one form of these files."""
    return (json.dumps(data, indent=2, ensure_ascii=False) + "\n").encode()


def codes(spec: str) -> list[dict[str, str]]:
    """Read the table of finding codes in SPEC 10."""
    names = ("code", "clause", "severity", "speaks", "remedy", "stops", "matter")
    return [dict(zip(names, (cell.strip() for cell in row), strict=True)) for row in ROW.findall(spec)]


def expected(case: Case, build: Build) -> list[list[Any]]:
    """Give the findings as sorted pairs of a code and a frame number."""
    pairs = set()
    for code, place in case.findings:
        pairs.add((code, build.number(place) if isinstance(place, str) else place))
    return [list(pair) for pair in sorted(pairs, key=lambda pair: (pair[0], pair[1] or 0))]


def vector(case: Case, cases: dict[str, Case], clause_of: dict[str, str]) -> Files:
    """Make the files of one vector."""
    subject = subject_of(case, cases)
    build = Build(subject)
    clauses = {clause_of[code] for code, _ in case.findings} | set(case.clauses.split())
    clauses |= set(FURTHER.get(case.id, "").split())
    base = f"bundles/{case.id}/"
    files = {base + "bundle.opb": build.data()}
    files[base + "trust.toml"] = toml.trust(build.resolve(subject.trust), subject.key_form).encode()
    if subject.policy:
        files[base + "policy.toml"] = toml.policy(subject.policy).encode()
    for label in subject.beside:
        body = build.bodies[label.removesuffix("!")]
        written = body[:-1] + bytes([body[-1] ^ 1]) if label.endswith("!") else body
        files[f"{base}evidence/{crypto.sha256(body).hex()}"] = written
    data = {
        "id": case.id,
        "class": class_of(list(case.findings)),
        "title": case.title,
        "why": case.why,
        "clauses": [f"OPV-{clause}" for clause in sorted(clauses, key=order)],
        "twin": case.twin,
        "mutation": case.mutation.data if case.mutation else None,
        "resigned": case.mutation.resigned if case.mutation else False,
        "input": {
            "bundle": "bundle.opb",
            "trust": "trust.toml",
            "policy": "policy.toml" if subject.policy else None,
            "at": subject.at,
            "expect": subject.expect,
            "evidence": "evidence" if subject.beside else None,
        },
        "expect": {
            "verdict": case.verdict,
            "primary": case.findings[0][0] if case.findings else None,
            "findings": expected(case, build),
        },
        "notes": case.notes,
    }
    files[base + "vector.json"] = dump(data)
    return files


def compiled(name: str, files: Files) -> bytes:
    """Give a vector in one line: its description, and its other files in base64 under ``files``."""
    base = f"bundles/{name}/"
    data = json.loads(files[f"{base}vector.json"])
    others = {path.removeprefix(base): body for path, body in files.items() if not path.endswith("/vector.json")}
    data["files"] = {path: base64.b64encode(body).decode() for path, body in sorted(others.items())}
    return json.dumps(data, sort_keys=True, separators=(",", ":")).encode() + b"\n"


def order(clause: str) -> list[int]:
    """Give the order of clauses."""
    return [int(part) for part in re.split(r"[.-]", clause)]


def everything(root: Path) -> Files:
    """Make all generated files."""
    spec = (root.parent / "SPEC.md").read_text(encoding="utf-8")
    table = codes(spec)
    clause_of = {row["code"]: row["clause"] for row in table}
    cases = {case.id: case for case in ALL}
    if len(cases) != len(ALL) or not FURTHER.keys() <= cases.keys():
        message = "an id is used twice, or is not one"
        raise ValueError(message)
    smallest = Build(subject_of(cases["minimal"], cases))
    files: Files = {
        "codes.json": dump(table),
        "classes.json": dump(classes(table)),
        "annotated.txt": annotated(smallest).encode(),
    }
    files |= {f"primitives/{name}.json": dump(data) for name, data in primitives().items()}
    made = {case.id: vector(case, cases, clause_of) for case in ALL}
    files["all.jsonl"] = b"".join(compiled(name, made[name]) for name in sorted(made))
    for each in made.values():
        files |= each
    return files | {"manifest.json": manifest(files)}


def manifest(files: Files) -> bytes:
    """List the files with their digests; ``root`` is the Merkle root over the entries of the list."""
    listed = [
        {"path": path, "sha256": crypto.sha256(files[path]).hex(), "size": len(files[path])} for path in sorted(files)
    ]
    leaves = [crypto.leaf(cbor.encode(row)) for row in listed]
    return dump({
        "suite": SUITE, "spec": SPEC, "generator": "testvectors/generate.py", "licence": "CC0-1.0",
        "keys": 'seed = SHA-256("opsproof-tv/v1/" + name)', "vectors": len(ALL), "root": crypto.root(leaves).hex(),
        "files": listed,
    })  # fmt: skip
