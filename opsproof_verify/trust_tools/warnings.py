"""What in a trust file is allowed and doubtful (`trust lint`): values, no sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from opsproof_verify.trust import Approver, Issuer, TrustStore, WitnessKey

#: The longest time between `issued` and `next-update` about which nothing is said, in days.
LONGEST = 400
_DAY_MS = 86_400_000


class Doubt(NamedTuple):
    """A warning: a word for what it is, the key path in the file, and facts."""

    word: str
    path: str
    facts: Mapping[str, object]


def doubts(store: TrustStore) -> Iterator[Doubt]:
    """Give the warnings about a trust store that can be used, in the order of its tables."""
    days = (store.next_update - store.issued) // _DAY_MS
    if store.next_update - store.issued > LONGEST * _DAY_MS:
        yield Doubt("long-lived", "next-update", {"days": days, "most": LONGEST})
    for index, issuer in enumerate(store.issuers):
        if "*" in issuer.contracts:
            yield Doubt("every-contract", f"issuer[{index}].contracts", {"person": issuer.person})
    tables: dict[str, tuple[Issuer | Approver, ...]] = {"issuer": store.issuers, "approver": store.approvers}
    for name, holders in tables.items():
        for index, holder in enumerate(holders):
            if holder.valid_until is None:
                yield Doubt("endless", f"{name}[{index}].valid-until", {"person": holder.person})
    known = {key for rows in (store.issuers, store.approvers, store.witnesses) for key in _keys(rows)}
    for index, revoked in enumerate(store.revoked):
        if revoked.key not in known:
            yield Doubt("revoked-unlisted", f"revoked[{index}].key", {"key": revoked.key})
    if not store.witnesses:
        yield Doubt("witness-less", "witness", {})


def _keys(rows: tuple[Issuer | Approver | WitnessKey, ...]) -> set[bytes]:
    return {row.key for row in rows}
