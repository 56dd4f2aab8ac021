"""`trust show`: a trust file as one page that people compare key by key, and sign."""

from __future__ import annotations

import hashlib
from collections.abc import Sized

from opsproof_verify.render.escape import printable
from opsproof_verify.render.layout import Page
from opsproof_verify.render.times import rfc3339
from opsproof_verify.render.trust_words import Row, called, put_hash, put_key, put_revocation, put_row
from opsproof_verify.trust import TrustStore

_WIDTH = 80


def render_trust(store: TrustStore, file: str, data: bytes, signed_by: bytes | None) -> str:
    """Give the page of a trust store, the same each time; ``data`` are its file's bytes, ``signed_by`` the key."""
    page = Page(_WIDTH, colour=False)
    _put_head(page, store, file, data)
    _put_signer(page, signed_by)
    _heading(page, "Issuers: may sign contracts", store.issuers)
    for issuer in store.issuers:
        _put_row(page, store, issuer)
    _heading(page, "Approvers: may approve contracts and sign off runs", store.approvers)
    for approver in store.approvers:
        _put_row(page, store, approver)
    _heading(page, "Witnesses: independent clocks", store.witnesses)
    for witness in store.witnesses:
        _put_row(page, store, witness)
    _put_exceptions(page, store)
    _put_foot(page)
    return str(page)


def _put_head(page: Page, store: TrustStore, file: str, data: bytes) -> None:
    page.line(f"TRUST FILE {store.id}, serial {store.serial}")
    page.line()
    page.term("File", printable(file))
    page.term("Issued", rfc3339(store.issued))
    page.term("Good until", rfc3339(store.next_update))
    counts = (
        (store.issuers, "issuers"),
        (store.approvers, "approvers"),
        (store.witnesses, "witnesses"),
        (store.revoked, "revoked"),
    )
    page.term("Keys", ", ".join(f"{name} {len(rows)}" for rows, name in counts))
    put_hash(page, "Digest", store.digest)
    page.term("", "of what the file means; each report on a bundle has it")
    put_hash(page, "SHA-256", hashlib.sha256(data).digest())
    page.term("", "of the file's bytes, as `sha256sum` prints it")


def _put_signer(page: Page, signed_by: bytes | None) -> None:
    """Say whose signature over the file was checked."""
    if signed_by is None:
        page.term("Signature", "not looked at, since --trust-key was not given")
        return
    page.term("Signature", "valid, by the key that --trust-key names:")
    put_key(page, signed_by, 2)


def _put_row(page: Page, store: TrustStore, row: Row) -> None:
    """Put a holder, and a line on which to note how the key was compared."""
    page.text(called(row))
    put_revocation(page, store, row.key)
    put_row(page, row)
    page.line("    compared    [ ]  how ____________________________  initials ________")


def _put_exceptions(page: Page, store: TrustStore) -> None:
    """Put what is revoked, withdrawn and renamed."""
    _heading(page, "Revoked keys", store.revoked)
    for revoked in store.revoked:
        page.text(f"{revoked.reason}, from {rfc3339(revoked.at)}")
        put_key(page, revoked.key)
    _heading(page, "Withdrawn contracts", store.withdrawn)
    for contract, at in store.withdrawn.items():
        page.text(f"withdrawn from {rfc3339(at)}")
        put_hash(page, "contract", contract, 4)
    _heading(page, "Names of roles", store.role_map)
    for prefix, roles in sorted(store.role_map.items()):
        for theirs, ours in sorted(roles.items()):
            page.text(f"{prefix}: their {theirs} is our {ours}")


def _put_foot(page: Page) -> None:
    page.line()
    page.text(
        "Compare each key with its holder through another channel than the one by which this file came: a printed "
        "page, a telephone number known before, an earlier inspection. One of its two forms is enough."
    )
    for who in ("Compared by", "Accepted by"):
        page.line()
        page.line(f"  {who} ____________________   Date ____________   Signature ____________")


def _heading(page: Page, text: str, rows: Sized) -> None:
    """Put a heading, and say so if nothing stands under it."""
    page.heading(text)
    if not rows:
        page.text("None.")
