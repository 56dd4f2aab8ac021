"""What the requirement matrix is made of: profiles, clauses, codes, vectors, tests, candidates, and how they meet."""

from __future__ import annotations

import json
import re
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from opsproof_verify import Policy
from opsproof_verify.register import CODES, RULES

ROOT = Path(__file__).resolve().parent.parent
PROFILES = (
    "baseline",
    "gxp-batch",
    "aviation-maintenance",
    "it-change",
    "agent-operations",
    "forensic-custody",
    "integrity-only",
)
#: Settings of a policy that a candidate may rest on, and whether a profile uses one.
SETTINGS: dict[str, Callable[[Policy], bool]] = {
    "contract-approval": lambda policy: policy.contract_count >= 1 and bool(policy.approvals),
    "rulings": lambda policy: len(policy.rulings) > 1,
    "approvals.role": lambda policy: bool(policy.approvals),
    "approvals.count": lambda policy: bool(policy.approvals),
    "approvals.meaning": lambda policy: any(need.meaning for need in policy.approvals),
    "approvals.independent-of": lambda policy: any(need.independent_of for need in policy.approvals),
    "approvals.after": lambda policy: any(need.after for need in policy.approvals),
    "approvals.when-deviation": lambda policy: any(need.when_deviation for need in policy.approvals),
    "approvals.when-work": lambda policy: any(need.when_work for need in policy.approvals),
    "approvals.covers": lambda policy: any(need.covers for need in policy.approvals),
    "approvals.deadline": lambda policy: any(need.deadline for need in policy.approvals),
    "approvals.last-word": lambda policy: any(need.last_word for need in policy.approvals),
}
#: An approval need is this code, and this clause of SPEC.
APPROVAL, APPROVAL_CLAUSE = "approval.missing", "8.5-1"

_CLAUSE = re.compile(r"\[OPV-([0-9.]+-[0-9]+)\]")
_CODE = re.compile(r"\b[a-z]+\.[a-z]+(?:-[a-z]+)*\b")
_NAMED_CLAUSE = re.compile(r"\b9\.[0-9]+-[0-9]+\b")


@dataclass(frozen=True, slots=True)
class Served:
    """One line of a profile's ``serves``: the profile, and the code or the approval need."""

    profile: str
    code: str
    need: str | None = None


@dataclass(slots=True)
class Facts:
    """All that the pages are made of."""

    profiles: dict[str, Policy]
    documents: dict[str, Any]
    checked: str
    candidates: dict[str, Any]
    beyond: dict[str, str]
    spec: set[str]
    negatives: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    positives: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    tests: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    served: dict[str, list[Served]] = field(default_factory=lambda: defaultdict(list))

    @property
    def clauses(self) -> dict[str, dict[str, str]]:
        """The clauses of all documents, by the words that profiles use."""
        return {name: row for document in self.documents.values() for name, row in document["clauses"].items()}


def gather() -> Facts:
    """Read everything; raises ``OSError`` or ``InputError`` if a file is missing or a profile has errors."""
    sources, candidates = _toml("docs/sources.toml"), _toml("docs/candidates.toml")
    facts = Facts(
        profiles={name: Policy.load(name) for name in PROFILES},
        documents=sources["documents"],
        checked=sources["checked"],
        beyond=candidates.pop("beyond"),
        candidates=candidates,
        spec=set(_CLAUSE.findall((ROOT / "SPEC.md").read_text(encoding="utf-8"))),
    )
    _read_vectors(facts)
    _read_tests(facts)
    for name, policy in facts.profiles.items():
        for code, labels in policy.serves.items():
            for label in labels:
                facts.served[label].append(Served(name, code))
        for need in policy.approvals:
            for label in need.serves:
                facts.served[label].append(Served(name, APPROVAL, need.id))
    return facts


def _toml(path: str) -> dict[str, Any]:
    return tomllib.loads((ROOT / path).read_text(encoding="utf-8"))


def _read_vectors(facts: Facts) -> None:
    """Find, for each code, the vectors that expect it, and those that do not and are their twins or show its clause."""
    by_clause = {f"OPV-{code.clause}": name for name, code in CODES.items()}
    negatives, positives = defaultdict[str, set[str]](set), defaultdict[str, set[str]](set)
    for path in sorted((ROOT / "testvectors" / "bundles").glob("*/vector.json")):
        vector = json.loads(path.read_text(encoding="utf-8"))
        found = {code for code, _ in vector["expect"]["findings"]}
        for code in found:
            negatives[code].add(vector["id"])
            positives[code] |= {vector["twin"]} - {None}
        if vector["twin"] is None:
            for clause in set(vector["clauses"]) & by_clause.keys():
                positives[by_clause[clause]].add(vector["id"])
    for code in CODES:
        facts.negatives[code], facts.positives[code] = sorted(negatives[code]), sorted(positives[code])


def _read_tests(facts: Facts) -> None:
    """Find the tests that name a code or its clause; that of the matrix itself shows nothing about a code."""
    by_clause = {code.clause: name for name, code in CODES.items()}
    for path in sorted({*(ROOT / "tests").rglob("test_*.py")} - {ROOT / "tests" / "test_requirements.py"}):
        text = path.read_text(encoding="utf-8")
        clauses = {by_clause[clause] for clause in _NAMED_CLAUSE.findall(text) if clause in by_clause}
        for code in clauses | (set(_CODE.findall(text)) & CODES.keys()):
            facts.tests[code].append(path.relative_to(ROOT / "tests").as_posix())


def orphans(facts: Facts) -> list[str]:
    """Name everything that leads nowhere, in either direction; empty if all is well."""
    return sorted({*_clauses(facts), *_codes(facts), *_candidates(facts)})


def _clauses(facts: Facts) -> Iterator[str]:
    """Each clause served has a source and a rule that is on; each source is served."""
    for label, lines in facts.served.items():
        if label not in facts.clauses:
            yield f"{label}: served by {lines[0].profile}, and not in docs/sources.toml"
        for line in lines:
            setting = facts.profiles[line.profile].rules.get(line.code)
            if setting is not None and setting.strictest is None:
                yield f"{label}: served by {line.code}, which {line.profile} has off"
    for label, row in facts.clauses.items():
        if label not in facts.served:
            yield f"{label}: in docs/sources.toml, and no profile serves it"
        if row["read"] not in ("text", "summary", "name"):
            yield f"{label}: nobody says what was read of it"


def _codes(facts: Facts) -> Iterator[str]:
    """Each code has a clause, vectors on both sides, and a test; each rule has a candidate or a reason."""
    wanted = set(_all_codes(facts)) | facts.beyond.keys()
    for name, code in CODES.items():
        if code.clause not in facts.spec:
            yield f"{name}: SPEC has no clause {code.clause}"
        if not facts.negatives[name]:
            yield f"{name}: no vector expects it"
        if not facts.positives[name]:
            yield f"{name}: no sound vector shows its other side"
        if not facts.tests[name] and not facts.negatives[name]:
            yield f"{name}: no test"
        if name in RULES and name not in wanted:
            yield f"{name}: no candidate asks for it, and docs/candidates.toml does not say why it is there"


def _candidates(facts: Facts) -> Iterator[str]:
    """Each candidate is met, or is undecidable for a reason; what it names exists and is used."""
    for name, row in facts.candidates.items():
        if not row.get("codes") and not row.get("undecidable"):
            yield f"{name}: nothing meets it, and there is no reason"
        for setting in row.get("settings", ()):
            if setting not in SETTINGS:
                yield f"{name}: {setting} is no setting of a policy"
            elif not any(SETTINGS[setting](policy) for policy in facts.profiles.values()):
                yield f"{name}: no profile uses {setting}"
    for code in {*_all_codes(facts), *facts.beyond} - CODES.keys():
        yield f"{code}: named in docs/candidates.toml, and no code of SPEC 10"


def _all_codes(facts: Facts) -> Iterable[str]:
    return (code for row in facts.candidates.values() for code in row.get("codes", ()))
