"""Keys, holders and digests as people compare them: the parts of all pages about trust files."""

from __future__ import annotations

from opsproof_verify.ed25519 import thumbprint
from opsproof_verify.render.escape import printable
from opsproof_verify.render.layout import Page
from opsproof_verify.render.times import rfc3339
from opsproof_verify.sshsig import fingerprint
from opsproof_verify.trust import Approver, Issuer, TrustStore, WitnessKey

Row = Issuer | Approver | WitnessKey


def put_row(page: Page, row: Row, indent: int = 4) -> None:
    """Put what a row of a trust store says of its key, but for the name: key, validity, what it may do."""
    put_key(page, row.key, indent)
    if isinstance(row, WitnessKey):
        return
    page.term("valid", window(row.valid_from, row.valid_until), indent)
    if isinstance(row, Approver):
        page.term("roles", ", ".join(row.roles), indent)
        return
    page.term("contracts", ", ".join(row.contracts), indent)
    for contract, version in sorted(row.minimum_version.items()):
        page.term("at least", f"{contract} version {version}", indent)
    for digest in row.accepted_policies:
        put_hash(page, "policy", digest, indent)


def put_revocation(page: Page, store: TrustStore, key: bytes, indent: int = 4) -> None:
    """Say at a key that the store revokes it, if it does."""
    for revoked in store.revoked:
        if revoked.key == key:
            page.term("REVOKED", f"{revoked.reason}, from {rfc3339(revoked.at)}", indent)


def put_key(page: Page, key: bytes, indent: int = 4) -> None:
    """Put a key in both forms: as OpenSSH prints it, and its kid in groups of four digits."""
    page.term("OpenSSH", fingerprint(key), indent)
    put_hash(page, "kid", thumbprint(key), indent)


def put_hash(page: Page, name: str, value: bytes, indent: int = 2) -> None:
    """Put 32 bytes in two lines of eight groups, so that a person can keep their place."""
    digits = value.hex()
    groups = [digits[at : at + 4] for at in range(0, len(digits), 4)]
    page.term(name, " ".join(groups[:8]), indent)
    page.term("", " ".join(groups[8:]), indent)


def called(row: Row) -> str:
    """Name the holder of a row."""
    if isinstance(row, WitnessKey):
        return row.id
    return f"{row.person}{f', {printable(row.organisation)}' if row.organisation else ''}"


def window(start: int | None, end: int | None) -> str:
    """Say from when and until when."""
    parts = ("" if start is None else f"from {rfc3339(start)}", "" if end is None else f"until {rfc3339(end)}")
    return " ".join(part for part in parts if part) or "without limit"
