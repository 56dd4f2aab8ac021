"""Policy profiles (SPEC 8): TOML or canonical CBOR in, a frozen :class:`Policy` out, with its digest.

A policy is data. Its canonical form is written from the value read, so two files that mean the same have one digest,
and a pinned policy is accepted only if it *is* that form.
"""

from __future__ import annotations

import hashlib
import os
import re
from functools import lru_cache

from opsproof_verify import fields
from opsproof_verify.canonical import Value, encode
from opsproof_verify.findings import Rejected
from opsproof_verify.policy_parts import (
    ApprovalNeed,
    RuleSetting,
    Ruling,
    canonical_need,
    canonical_rule,
    canonical_ruling,
    written,
)
from opsproof_verify.policy_reading import (
    ascending,
    check_rulings,
    count,
    read_approvals,
    read_rules,
    read_ruling,
    read_serves,
    some_ids,
)
from opsproof_verify.problems import InputError
from opsproof_verify.selectors import Matter
from opsproof_verify.slotted import slotted
from opsproof_verify.toml_input import Document, Table, read_toml

MAX_POLICY = 65_536
VOCABULARY = 1
_SHIPPED = r"[a-z0-9][a-z0-9-]*"


@slotted(frozen=True, kw_only=True)
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
    serves: dict[str, tuple[str, ...]]

    @classmethod
    def load(cls, name_or_path: str | os.PathLike[str]) -> Policy:
        """Load a shipped profile by its bare name, or a TOML file by its path.

        Raises ``InputError`` with the problems of the file, of more than 100 the first; ``OSError`` if it cannot be
        read. A bare name never reads a local file.
        """
        name = os.fspath(name_or_path)
        named = isinstance(name_or_path, str) and re.fullmatch(_SHIPPED, name)
        with open(shipped(name) if named else name, "rb") as file:
            return cls.parse(file.read(), name)

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

    def ruling(self, deviation: Matter) -> str:
        """Rule on a deviation: ``block``, ``review`` or ``allow`` (SPEC 8.4-1)."""
        return next(row.ruling for row in self.rulings if row.where.holds(deviation))

    def encode(self) -> bytes:
        """Give the canonical form (SPEC 8.2-1)."""
        return _encode(self)

    def __hash__(self) -> int:
        """Give a hash of little of it, since it holds maps."""
        return hash((self.id, self.version))

    @property
    def digest(self) -> bytes:
        """SHA-256 of the canonical form."""
        return hashlib.sha256(self.encode()).digest()


def shipped(name: str) -> str:
    """Give the path of a shipped profile: in an installed wheel beside the code, in a checkout beside the package."""
    here = os.path.dirname(__file__)
    folder = next(one for one in (f"{here}/policies", f"{here}/../policies") if os.path.isdir(one))
    if f"{name}.toml" not in os.listdir(folder):
        known = ", ".join(sorted(file.removesuffix(".toml") for file in os.listdir(folder) if file.endswith(".toml")))
        document = Document(name)
        document.problem(
            "", "no shipped policy has this name", f"use one of {known}, or write a path such as ./{name}.toml"
        )
        document.settle()
    return f"{folder}/{name}.toml"


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
        contract_count=contract_approval.get("count", count, 1),
        contract_roles=ascending(contract_approval.get("roles", some_ids, None)),
        rules=read_rules(document, top.table("rules"), default),
        approvals=read_approvals(document, top.tables("approvals")),
        rulings=tuple(read_ruling(row) for row in top.tables("rulings")),
        sealing_roles=ascending(top.get("sealing-roles", some_ids, None)),
        serves=read_serves(document, top.table("serves")),
    )
    contract_approval.done()
    top.done()
    check_rulings(document, policy.rulings)
    return policy


@lru_cache(maxsize=8)
def _encode(policy: Policy) -> bytes:
    """Encode the canonical form, which a verification asks for several times."""
    return encode(_canonical(policy))


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
            "rules": {name: canonical_rule(setting) for name, setting in policy.rules.items()},
            "approvals": [canonical_need(need) for need in policy.approvals],
            "rulings": [canonical_ruling(row) for row in policy.rulings],
            "sealing-roles": policy.sealing_roles,
            "serves": {code: [*clauses] for code, clauses in policy.serves.items()},
        }
    )
