"""The trust store (SPEC 7): TOML in, a frozen :class:`TrustStore` out, with its digest.

The only place from which keys are trusted. What a key may do follows from the table in which it stands; when it may do
it, from its window and the revocations (7-4).
"""

from __future__ import annotations

import hashlib
import os

from opsproof_verify import fields
from opsproof_verify.canonical import Value, encode
from opsproof_verify.ed25519 import thumbprint
from opsproof_verify.slotted import slotted
from opsproof_verify.toml_input import Document, Table, read_toml
from opsproof_verify.trust_values import read_digest, read_hash, read_key, read_time

MAX_TRUST = 16_777_216  # bytes
MAX_KEYS = 2_000


@slotted(frozen=True, kw_only=True)
class Issuer:
    """Who may sign contracts, and which."""

    person: str
    organisation: str | None
    key: bytes
    contracts: tuple[str, ...]
    minimum_version: dict[str, int]
    accepted_policies: tuple[bytes, ...]
    valid_from: int | None
    valid_until: int | None

    def may_sign(self, contract: str) -> bool:
        """Tell whether a contract id is among those that this issuer may sign (SPEC 9.6-6)."""
        return fields.is_among(self.contracts, contract)


@slotted(frozen=True, kw_only=True)
class Approver:
    """Who may approve contracts and sign off runs, and as what."""

    person: str
    organisation: str | None
    roles: tuple[str, ...]
    key: bytes
    valid_from: int | None
    valid_until: int | None


@slotted(frozen=True, kw_only=True)
class WitnessKey:
    """An independent clock."""

    id: str
    key: bytes


@slotted(frozen=True, kw_only=True)
class Revoked:
    """A key that is no longer good from ``at`` on; ``compromised`` or ``retired``."""

    key: bytes
    at: int
    reason: str


@slotted(frozen=True, kw_only=True)
class TrustStore:
    """Whose keys count; times in milliseconds since 1970 (UTC)."""

    id: str
    serial: int
    issued: int
    next_update: int
    issuers: tuple[Issuer, ...]
    approvers: tuple[Approver, ...]
    witnesses: tuple[WitnessKey, ...]
    revoked: tuple[Revoked, ...]
    withdrawn: dict[bytes, int]
    role_map: dict[str, dict[str, str]]

    @classmethod
    def load(cls, path: str | os.PathLike[str], signed_by: bytes | str | None = None) -> TrustStore:
        """Load a trust file; ``signed_by`` names the key that must have signed it (SPEC 7-9).

        That key is 32 bytes, or a text as SPEC 7-2 has it. Raises ``InputError`` with the problems of the file, of more
        than 100 the first, or with what is wrong with its signature; ``OSError`` if it cannot be read.
        """
        return cls.parse(read_trust(path, signed_by), os.fspath(path))

    @classmethod
    def parse(cls, data: bytes, file: str = "trust") -> TrustStore:
        """Read a trust store from TOML (SPEC 7)."""
        document, value = read_toml(file, data, MAX_TRUST)
        store = _read(document, Table(document, value))
        document.settle()
        return store

    @property
    def digest(self) -> bytes:
        """The trust digest (SPEC 7-7)."""
        return hashlib.sha256(encode(_canonical(self))).digest()

    def issuer_of(self, kid: bytes) -> Issuer | None:
        """Find the issuer whose key has this thumbprint."""
        return next((issuer for issuer in self.issuers if thumbprint(issuer.key) == kid), None)

    def role(self, contract: str, role: str) -> str:
        """Read a role through the role map that is nearest to the contract (SPEC 7-6)."""
        names = [name for name in self.role_map if contract == name or contract.startswith(name + ".")]
        return self.role_map[max(names, key=len)].get(role, role) if names else role


def read_trust(path: str | os.PathLike[str], signed_by: bytes | str | None = None) -> bytes:
    """Read the bytes of a trust file, signed by a key if one is named; raises as :meth:`TrustStore.load` does.

    Only if a key is named anything beside the file is looked at: its signature.
    """
    name = os.fspath(path)
    with open(name, "rb") as file:
        data = file.read(MAX_TRUST + 1)  # more is refused, and what has no end is not read to it
    if signed_by is not None:
        from opsproof_verify.trust_signature import check_signature  # noqa: PLC0415 - most files are not signed

        check_signature(name, data, signed_by)
    return data


def _read(document: Document, top: Table) -> TrustStore:
    tables = {name: top.tables(name) for name in ("issuer", "approver", "witness", "revoked")}
    rows = sum(map(len, tables.values()))
    if rows > MAX_KEYS:
        document.problem("", f"{rows} keys are more than the limit of {MAX_KEYS}", "split the trust store")
        document.settle()
    store = TrustStore(
        id=top.get("id", fields.ident) or "",
        serial=top.get("serial", fields.uint) or 0,
        issued=top.get("issued", read_time) or 0,
        next_update=top.get("next-update", read_time) or 0,
        issuers=tuple(_read_issuer(row) for row in tables["issuer"]),
        approvers=tuple(_read_approver(row) for row in tables["approver"]),
        witnesses=tuple(_read_witness(row) for row in tables["witness"]),
        revoked=tuple(_read_revoked(row) for row in tables["revoked"]),
        withdrawn=_read_withdrawn(document, top.tables("withdrawn-contract")),
        role_map=_read_role_map(document, top.table("role-map")),
    )
    top.done()
    if not document.problems:
        if store.next_update <= store.issued:
            document.problem("next-update", "not later than issued", "give the time until which this list is good")
        _check_keys(document, store)
    return store


def _window(row: Table) -> tuple[int | None, int | None]:
    start, end = row.get("valid-from", read_time, None), row.get("valid-until", read_time, None)
    if start is not None and end is not None and end <= start:
        row.document.problem(row.at("valid-until"), "not later than valid-from", "correct one of the two")
    return start, end


def _read_issuer(row: Table) -> Issuer:
    start, end = _window(row)
    issuer = Issuer(
        person=row.get("person", fields.ident) or "",
        organisation=row.get("organisation", fields.line, None),
        key=row.get("key", read_key) or b"",
        contracts=tuple(sorted(row.get("contracts", fields.array(fields.contract_pattern, 1, distinct=True)) or ())),
        minimum_version=row.get("minimum-version", fields.mapping(fields.ident, fields.positive), {}),
        accepted_policies=tuple(sorted(row.get("accepted-policies", fields.array(read_digest, distinct=True), ()))),
        valid_from=start,
        valid_until=end,
    )
    row.done()
    return issuer


def _read_approver(row: Table) -> Approver:
    start, end = _window(row)
    approver = Approver(
        person=row.get("person", fields.ident) or "",
        organisation=row.get("organisation", fields.line, None),
        roles=tuple(sorted(row.get("roles", fields.array(fields.ident, 1, distinct=True)) or ())),
        key=row.get("key", read_key) or b"",
        valid_from=start,
        valid_until=end,
    )
    row.done()
    return approver


def _read_witness(row: Table) -> WitnessKey:
    witness = WitnessKey(id=row.get("id", fields.ident) or "", key=row.get("key", read_key) or b"")
    row.done()
    return witness


def _read_revoked(row: Table) -> Revoked:
    revoked = Revoked(
        key=row.get("key", read_key) or b"",
        at=row.get("at", read_time) or 0,
        reason=row.get("reason", fields.word("compromised", "retired")) or "compromised",
    )
    row.done()
    return revoked


def _read_withdrawn(document: Document, rows: list[Table]) -> dict[bytes, int]:
    withdrawn: dict[bytes, int] = {}
    for row in rows:
        contract, at = row.get("hash", read_hash), row.get("at", read_time)
        row.done()
        if contract in withdrawn:
            document.problem(row.at("hash"), "withdrawn above already", "leave one of the two")
        if contract is not None and at is not None:
            withdrawn[contract] = at
    return withdrawn


def _read_role_map(document: Document, table: Table) -> dict[str, dict[str, str]]:
    maps = {}
    for name in table.names():
        if not fields.ID.fullmatch(name):
            document.problem(table.at(name), "no contract id or prefix", "name it like the contracts it is for")
        maps[name] = table.get(name, fields.mapping(fields.ident, fields.ident)) or {}
    return maps


def _check_keys(document: Document, store: TrustStore) -> None:
    """Hold keys and persons to SPEC 7-3."""
    persons: dict[bytes, str] = {}
    seen: set[tuple[str, bytes]] = set()
    tables: tuple[tuple[str, tuple[Issuer | Approver, ...]], ...] = (
        ("issuer", store.issuers),
        ("approver", store.approvers),
    )
    for name, holders in tables:
        for index, holder in enumerate(holders):
            path = f"{name}[{index}].key"
            if (name, holder.key) in seen:
                document.problem(path, f"listed as {name} above already", "leave one of the two")
            if persons.setdefault(holder.key, holder.person) != holder.person:
                document.problem(path, "the key of another person too", "a key belongs to one person; correct one")
            seen.add((name, holder.key))
    ids: set[str] = set()
    for index, witness in enumerate(store.witnesses):
        if witness.key in persons or witness.id in persons.values() or witness.id in ids:
            document.problem(f"witness[{index}]", "not independent of the others", "give a witness its own key and id")
        persons[witness.key] = ""
        ids.add(witness.id)
    if len({revoked.key for revoked in store.revoked}) != len(store.revoked):
        document.problem("revoked", "a key is revoked twice", "leave its earlier or stricter revocation")


def _canonical(store: TrustStore) -> Value:
    """Write a trust store out for its digest (SPEC 7-7)."""
    return {
        "id": store.id,
        "serial": store.serial,
        "issued": store.issued,
        "next-update": store.next_update,
        "issuers": _ascending([_canonical_issuer(issuer) for issuer in store.issuers]),
        "approvers": _ascending([_canonical_approver(approver) for approver in store.approvers]),
        "witnesses": _ascending([{"id": witness.id, "key": witness.key} for witness in store.witnesses]),
        "revoked": _ascending([{"key": row.key, "at": row.at, "reason": row.reason} for row in store.revoked]),
        "withdrawn-contracts": _ascending([{"hash": hash_, "at": at} for hash_, at in store.withdrawn.items()]),
        "role-map": {name: dict(roles) for name, roles in store.role_map.items()},
    }


def _ascending(rows: list[dict[str, Value]]) -> list[Value]:
    return [*sorted(rows, key=encode)]


def _canonical_issuer(issuer: Issuer) -> dict[str, Value]:
    row: dict[str, Value] = {
        "person": issuer.person,
        "key": issuer.key,
        "contracts": list(issuer.contracts),
        "minimum-version": dict(issuer.minimum_version),
        "accepted-policies": list(issuer.accepted_policies),
    }
    return row | _canonical_common(issuer)


def _canonical_approver(approver: Approver) -> dict[str, Value]:
    row: dict[str, Value] = {"person": approver.person, "roles": list(approver.roles), "key": approver.key}
    return row | _canonical_common(approver)


def _canonical_common(holder: Issuer | Approver) -> dict[str, Value]:
    optional: dict[str, str | int | None] = {
        "organisation": holder.organisation,
        "valid-from": holder.valid_from,
        "valid-until": holder.valid_until,
    }
    return {name: value for name, value in optional.items() if value is not None}
