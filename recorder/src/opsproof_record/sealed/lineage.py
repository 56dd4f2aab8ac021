"""Who had seen what (SPEC 6.9-2): ancestors of sign-offs, and approvals that have lost the last word (SPEC 8.5-1)."""

from __future__ import annotations

from collections.abc import Mapping

from opsproof_verify.approvals import CHANGES
from opsproof_verify.records import SignOff


def ancestors(signoffs: Mapping[bytes, SignOff], seen: tuple[bytes, ...]) -> set[bytes]:
    """Give those that somebody had seen, and all that those had seen; some may be missing here."""
    found, queue = set[bytes](), list(seen)
    while queue:
        hash_ = queue.pop()
        if hash_ not in found:
            found.add(hash_)
            queue += signoffs[hash_].seen if hash_ in signoffs else ()
    return found


def outdated(signoffs: Mapping[bytes, SignOff]) -> list[SignOff]:
    """Give the approvals whose signers had not seen all that was supplied, remediated or attested.

    Left out are those that were withdrawn, or given again in the same role and meaning.
    """
    changes = {hash_ for hash_, one in signoffs.items() if one.decision in CHANGES}
    changes |= {hash_ for hash_, one in signoffs.items() if one.withdraws in changes}
    if not changes:
        return []
    withdrawn = {(one.withdraws, one.person) for one in signoffs.values()}
    late: dict[tuple[str, str, str], SignOff] = {}
    good = set[tuple[str, str, str]]()
    for hash_, one in signoffs.items():
        if one.decision != "approve" or (hash_, one.person) in withdrawn:
            continue
        what = one.person, one.role, one.meaning.id
        if changes <= ancestors(signoffs, one.seen):
            good.add(what)
        else:
            late[what] = one
    return [one for what, one in late.items() if what not in good]
