"""`trust lint`, `trust show`: the trust file that the caller gives, before it is relied on."""

from __future__ import annotations

import base64
from collections.abc import Sized
from hashlib import sha256

from opsproof_verify.cli.output import put, width
from opsproof_verify.ed25519 import thumbprint
from opsproof_verify.render.escape import printable
from opsproof_verify.render.layout import Page
from opsproof_verify.render.times import rfc3339
from opsproof_verify.trust import Approver, Issuer, TrustStore

_SSH = b"\x00\x00\x00\x0bssh-ed25519\x00\x00\x00\x20"


def lint_trust(file: str) -> int:
    """Say that a trust file can be used; what is wrong with it is raised, all at once."""
    store = TrustStore.load(file)
    page = Page(width(), colour=False)
    page.line(f"{printable(file)}: no problems. {store.id}, serial {store.serial}")
    page.term("Digest", store.digest.hex())
    page.term("Good until", rfc3339(store.next_update))
    put(str(page))
    return 0


def show_trust(file: str) -> int:
    """Print a trust file as one page that people compare key by key and sign."""
    store = TrustStore.load(file)
    page = Page(80, colour=False)
    page.line(f"TRUST FILE {store.id}, serial {store.serial}")
    page.line()
    page.term("File", printable(file))
    _put_hash(page, "Digest", store.digest)
    page.term("Issued", rfc3339(store.issued))
    page.term("Good until", rfc3339(store.next_update))
    _put_head(page, "Issuers: may sign contracts", store.issuers)
    for issuer in store.issuers:
        _put_holder(page, issuer)
        page.term("contracts", ", ".join(issuer.contracts), 4)
        for contract, version in sorted(issuer.minimum_version.items()):
            page.term("at least", f"{contract} version {version}", 4)
        for digest in issuer.accepted_policies:
            _put_hash(page, "policy", digest, 4)
    _put_head(page, "Approvers: may approve contracts and sign off runs", store.approvers)
    for approver in store.approvers:
        _put_holder(page, approver)
        page.term("roles", ", ".join(approver.roles), 4)
    _put_head(page, "Witnesses: independent clocks", store.witnesses)
    for witness in store.witnesses:
        page.text(witness.id)
        _put_key(page, witness.key)
    _put_exceptions(page, store)
    page.line()
    page.text("Compare each key with its holder through another channel than the one by which this file came.")
    page.line()
    page.line("  Compared by ______________________   Date ____________   Signature ____________")
    put(str(page))
    return 0


def _put_exceptions(page: Page, store: TrustStore) -> None:
    """Put what is revoked, withdrawn and renamed."""
    _put_head(page, "Revoked keys", store.revoked)
    for revoked in store.revoked:
        page.text(f"{revoked.reason}, from {rfc3339(revoked.at)}")
        _put_key(page, revoked.key)
    _put_head(page, "Withdrawn contracts", store.withdrawn)
    for contract, at in store.withdrawn.items():
        page.text(f"withdrawn from {rfc3339(at)}")
        _put_hash(page, "contract", contract, 4)
    _put_head(page, "Names of roles", store.role_map)
    for prefix, roles in sorted(store.role_map.items()):
        for theirs, ours in sorted(roles.items()):
            page.text(f"{prefix}: their {theirs} is our {ours}")


def _put_head(page: Page, text: str, rows: Sized) -> None:
    """Put a heading, and say so if nothing stands under it."""
    page.heading(text)
    if not rows:
        page.text("None.")


def _put_holder(page: Page, holder: Issuer | Approver) -> None:
    """Put a person with key and validity."""
    page.text(f"{holder.person}{f', {printable(holder.organisation)}' if holder.organisation else ''}")
    _put_key(page, holder.key)
    start = "" if holder.valid_from is None else f"from {rfc3339(holder.valid_from)} "
    end = "" if holder.valid_until is None else f"until {rfc3339(holder.valid_until)}"
    page.term("valid", f"{start}{end}".strip() or "without limit", 4)


def _put_key(page: Page, key: bytes) -> None:
    """Put a key in both forms: as OpenSSH prints it, and its kid in groups of four digits."""
    page.term("OpenSSH", f"SHA256:{base64.b64encode(sha256(_SSH + key).digest()).decode().rstrip('=')}", 4)
    _put_hash(page, "kid", thumbprint(key), 4)


def _put_hash(page: Page, name: str, value: bytes, indent: int = 2) -> None:
    """Put 32 bytes in two lines of eight groups, so that a person can keep their place."""
    digits = value.hex()
    groups = [digits[at : at + 4] for at in range(0, len(digits), 4)]
    page.term(name, " ".join(groups[:8]), indent)
    page.term("", " ".join(groups[8:]), indent)
