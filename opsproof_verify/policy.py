"""Policy profiles (SPEC 8): TOML or canonical CBOR in, a frozen :class:`Policy` out, with its digest.

A policy is data. Its canonical form is written from the value read, so two files that mean the same have one digest,
and a pinned policy is accepted only if it *is* that form.
"""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path

from opsproof_verify import fields
from opsproof_verify.canonical import Value, encode
from opsproof_verify.contract import SEVERITIES
from opsproof_verify.entries import KINDS
from opsproof_verify.findings import Rejected
from opsproof_verify.policy_parts import (
    MAX_WAITING,
    PARAMETERS,
    ApprovalNeed,
    RuleSetting,
    Ruling,
    canonical_part,
    canonical_rule,
    written,
)
from opsproof_verify.problems import InputError
from opsproof_verify.records import RULINGS
from opsproof_verify.register import RULES, Remedy, Severity
from opsproof_verify.toml_input import Document, Table, read_toml

MAX_POLICY = 65_536
VOCABULARY = 1
LEVELS = ("fail", "provisional", "note", "off")
EXCLUDED = ("author", "checker", "performer", "sealer")
_SHIPPED = re.compile(r"[a-z0-9][a-z0-9-]*")
_MAX_COUNT = 64

_ids = fields.array(fields.ident, distinct=True)
_some_ids = fields.array(fields.ident, 1, distinct=True)
_kinds = fields.array(fields.word(*KINDS), distinct=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A policy profile (SPEC 8.2)."""

    id: str
    version: int
    title: str
    default_level: str
    unevaluable: str
    approvers: str
    retired_keys: str
    contract_count: int
    contract_roles: tuple[str, ...] | None
    rules: dict[str, RuleSetting]
    approvals: tuple[ApprovalNeed, ...]
    rulings: tuple[Ruling, ...]
    sealing_roles: tuple[str, ...] | None

    @classmethod
    def load(cls, name_or_path: str | os.PathLike[str]) -> Policy:
        """Load a shipped profile by its bare name, or a TOML file by its path.

        Raises ``InputError`` with all problems of the file, ``OSError`` if it cannot be read. A bare name never reads a
        local file.
        """
        name = os.fspath(name_or_path)
        path = shipped(name) if isinstance(name_or_path, str) and _SHIPPED.fullmatch(name) else Path(name)
        return cls.parse(path.read_bytes(), name)

    @classmethod
    def parse(cls, data: bytes, file: str = "policy") -> Policy:
        """Read a policy from TOML (SPEC 8.1)."""
        document, value = read_toml(file, data, MAX_POLICY)
        if b"\r" in data:
            document.problem("", "carriage returns", "save the file with line feeds alone")
        policy = _read(document, Table(document, value))
        document.settle()
        return policy

    @classmethod
    def parse_canonical(cls, data: bytes) -> Policy:
        """Read a pinned policy (SPEC 8.2-2); raise :class:`Rejected` with ``policy.pinned-malformed``."""
        try:
            if len(data) > MAX_POLICY:
                raise Rejected("policy.pinned-malformed", why="too-large")
            document = Document("pinned policy")
            policy = _read(document, Table(document, fields.decoded(data, fields.MAX_ITEMS)))
            document.settle()
        except InputError as error:
            first = error.problems[0]
            raise Rejected("policy.pinned-malformed", path=first.path, why=first.what) from None
        except Rejected as refusal:
            raise Rejected("policy.pinned-malformed", why=str(refusal.facts["why"])) from None
        if policy.encode() != data:
            raise Rejected("policy.pinned-malformed", why="not-canonical")
        return policy

    def ruling(self, severity: str, reason: str, *, critical: bool) -> str:
        """Rule on a deviation: ``block``, ``review`` or ``allow`` (SPEC 8.4-1)."""
        return next(row.ruling for row in self.rulings if row.holds(severity, reason, critical=critical))

    def encode(self) -> bytes:
        """Give the canonical form (SPEC 8.2-1)."""
        return encode(_canonical(self))

    @property
    def digest(self) -> bytes:
        """SHA-256 of the canonical form."""
        return hashlib.sha256(self.encode()).digest()


def shipped(name: str) -> Path:
    """Give the path of a shipped profile: in an installed wheel beside the code, in a checkout beside the package."""
    here = Path(__file__).parent
    folder = here / "policies"
    path = (folder if folder.is_dir() else here.parent / "policies") / f"{name}.toml"
    if not path.is_file():
        known = ", ".join(sorted(profile.stem for profile in path.parent.glob("*.toml")))
        document = Document(name)
        document.problem(
            "", "no shipped policy has this name", f"use one of {known}, or write a path such as ./{name}.toml"
        )
        document.settle()
    return path


def _read(document: Document, top: Table) -> Policy:
    """Read a policy from its top table; problems go to the document and then the result is not used."""
    top.get("vocabulary", fields.integer(VOCABULARY, VOCABULARY))
    default = top.get("default-level", fields.word("fail", "provisional")) or "fail"
    contract_approval = top.table("contract-approval")
    policy = Policy(
        id=top.get("id", fields.ident) or "",
        version=top.get("version", fields.positive) or 1,
        title=top.get("title", fields.line) or "",
        default_level=default,
        unevaluable=top.get("unevaluable", fields.word("own", "provisional"), "own"),
        approvers=top.get("approvers", fields.word("trust", "roster"), "trust"),
        retired_keys=top.get("retired-keys", fields.word("claimed", "witnessed"), "claimed"),
        contract_count=contract_approval.get("count", fields.integer(1, _MAX_COUNT), 1),
        contract_roles=_sorted(contract_approval.get("roles", _some_ids, None)),
        rules=_read_rules(document, top.table("rules"), default),
        approvals=tuple(_read_approval(row) for row in top.tables("approvals")),
        rulings=tuple(_read_ruling(row) for row in top.tables("rulings")),
        sealing_roles=_sorted(top.get("sealing-roles", _some_ids, None)),
    )
    contract_approval.done()
    top.done()
    _check_approvals(document, policy.approvals)
    _check_rulings(document, policy.rulings)
    return policy


def _sorted(items: tuple[str, ...] | None) -> tuple[str, ...] | None:
    return None if items is None else tuple(sorted(items))


def _read_rules(document: Document, table: Table, default: str) -> dict[str, RuleSetting]:
    """Read the rules that are listed and give all others the default level."""
    settings = {}
    for name in table.names():
        row = table.table(name)
        if name in RULES:
            settings[name] = _read_rule(document, row, name)
        else:
            document.problem(
                row.path, "no rule of this vocabulary", "correct the rule's name; SPEC 9.10 and 9.11 list them"
            )
    hopeless = [name for name, code in RULES.items() if code.remedy is Remedy.NONE and name not in settings]
    if default == "provisional" and hopeless:
        what = f"{len(hopeless)} rules that are not listed cannot be provisional: nothing can mend them after the seal"
        document.problem("default-level", what, f"use fail, or list with fail, note or off: {', '.join(hopeless)}")
    return {name: settings.get(name) or RuleSetting(Severity(default)) for name in sorted(RULES)}


def _read_rule(document: Document, row: Table, name: str) -> RuleSetting:
    level = row.get("level", fields.word(*LEVELS)) or "fail"
    reason = row.get("reason", fields.line, None)
    if level == "provisional" and RULES[name].remedy is Remedy.NONE:
        what = "cannot be provisional: nothing can mend it after the seal"
        document.problem(row.at("level"), what, "use fail, note or off")
    if (level == "off") != (reason is not None):
        document.problem(
            row.path, "a reason belongs to off, and off needs one", 'write level = "off" and reason = "..."'
        )
    waiting, at_once = MAX_WAITING, None
    if name in PARAMETERS:
        waiting = row.get("max-waiting", fields.positive, MAX_WAITING)
        at_once = row.get("at-once", _kinds, None)
    row.done()
    return RuleSetting(None if level == "off" else Severity(level), reason, waiting, _sorted(at_once) or ())


def _read_approval(row: Table) -> ApprovalNeed:
    need = ApprovalNeed(
        id=row.get("id", fields.ident) or "",
        role=row.get("role", fields.ident) or "",
        count=row.get("count", fields.integer(1, _MAX_COUNT), 1),
        meaning=row.get("meaning", fields.ident, None),
        independent_of=_sorted(
            row.get("independent-of", fields.array(fields.word(*EXCLUDED), distinct=True), ("author", "performer"))
        )
        or (),
        after=_sorted(row.get("after", _ids, ())) or (),
        when_severity=row.get("when-severity", fields.word(*SEVERITIES), None),
        blind=row.get("blind", fields.boolean, default=False),
        redacted=row.get("redacted", fields.boolean, default=False),
    )
    row.done()
    return need


def _read_ruling(row: Table) -> Ruling:
    ruling = Ruling(
        severity=_sorted(row.get("severity", fields.array(fields.word(*SEVERITIES), 1, distinct=True), None)),
        reasons=_sorted(row.get("reasons", _some_ids, None)),
        critical=row.get("critical", fields.boolean, None),
        ruling=row.get("ruling", fields.word(*RULINGS)) or "block",
    )
    row.done()
    return ruling


def _check_approvals(document: Document, needs: tuple[ApprovalNeed, ...]) -> None:
    """Hold the approvals to SPEC 8.1-5: unique, and ``after`` names earlier ones, so it has no cycle."""
    earlier: set[str] = set()
    for index, need in enumerate(needs):
        if need.id in earlier:
            document.problem(f"approvals[{index}].id", "an earlier approval has this id", "give each its own id")
        if not set(need.after) <= earlier:
            document.problem(f"approvals[{index}].after", "names no earlier approval", "name ids that stand above")
        earlier.add(need.id)


def _check_rulings(document: Document, rulings: tuple[Ruling, ...]) -> None:
    """Hold the rulings to SPEC 8.1-4."""
    if not rulings or rulings[-1].conditional:
        document.problem("rulings", "the last ruling must match everything", "end with [[rulings]] and a ruling alone")
    for index, row in enumerate(rulings):
        if any(before.shadows(row) for before in rulings[:index]):
            document.problem(
                f"rulings[{index}]", "never reached: an earlier ruling takes all of it", "reorder or remove it"
            )


def _canonical(policy: Policy) -> Value:
    """Write a policy out with all defaults (SPEC 8.2-1)."""
    return written(
        {
            "vocabulary": VOCABULARY,
            "id": policy.id,
            "version": policy.version,
            "title": policy.title,
            "default-level": policy.default_level,
            "unevaluable": policy.unevaluable,
            "approvers": policy.approvers,
            "retired-keys": policy.retired_keys,
            "contract-approval": written({"count": policy.contract_count, "roles": policy.contract_roles}),
            "rules": {name: canonical_rule(name, setting) for name, setting in policy.rules.items()},
            "approvals": [canonical_part(need) for need in policy.approvals],
            "rulings": [canonical_part(row) for row in policy.rulings],
            "sealing-roles": policy.sealing_roles,
        }
    )
