"""`trust diff`: where two trust files differ, with what that can do to verdicts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from opsproof_verify.render.escape import printable
from opsproof_verify.render.layout import Page
from opsproof_verify.render.times import rfc3339
from opsproof_verify.render.trust_words import called, put_hash, put_key, put_revocation, put_row, window
from opsproof_verify.trust import Approver, Issuer, Revoked, TrustStore, WitnessKey
from opsproof_verify.trust_tools.differences import Change, Effect, Group, TrustDifferences

_WARNINGS = {
    "other-id": "NEW has another id than OLD. It is no later edition of the same list; serials cannot be compared.",
    "serial-lower": "NEW has a lower serial than OLD. It is an earlier edition: using it brings back what OLD ended.",
    "serial-same": "NEW has the serial of OLD and other content. One of them was changed without a new serial; ask.",
    "issued-earlier": "NEW was issued earlier than OLD. A list that replaces another is issued later.",
}
_HEADINGS = {
    Group.GAINED: "What NEW trusts and OLD did not: more can be FINAL",
    Group.LOST: "What NEW no longer trusts: less can be FINAL",
    Group.OTHER: "What else differs",
}
_EFFECTS = {
    Effect.MORE: "More can be FINAL",
    Effect.LESS: "Less can be FINAL",
    Effect.EITHER: "More or less can be FINAL",
    Effect.NONE: "No verdict changes",
}


_TABLES: dict[type, str] = {Issuer: "issuer", Approver: "approver", WitnessKey: "witness"}
_SENTENCES = {
    "issuer-added": "{who}: added",
    "approver-added": "{who}: added",
    "witness-added": "{who}: added",
    "issuer-removed": "{who}: not in NEW",
    "approver-removed": "{who}: not in NEW",
    "witness-removed": "{who}: not in NEW",
    "contracts-added": "{who} may also sign {items}",
    "contracts-removed": "{who} may no longer sign all of {items}; it may sign {left}",
    "roles-added": "{who} may also act as {items}",
    "roles-removed": "{who} may no longer act as {items}; left: {left}",
    "renamed": "{who}: this key was that of {old}",
    "organisation": "{who}: the organisation was {old}, and is {new}",
    "window": "{who}: valid {old}, now {new}",
    "minimum-version": "{who}: {contract} counted from version {old}, and counts from version {new}",
    "policy-accepted": "{who}: a policy in a contract may now decide alone",
    "policy-not-accepted": "{who}: a policy in a contract may no longer decide alone",
    "next-update": "good until {old}, now until {new}",
    "withdrawn": "",
    "role": "under {contract}: their {role} was our {old}, and is our {new}",
}


def render_differences(found: TrustDifferences, names: tuple[str, str], *, width: int) -> str:
    """Give the differences between two trust files, called OLD and NEW, as text."""
    page = Page(width, colour=False)
    for word, name, store in (("OLD", names[0], found.old), ("NEW", names[1], found.new)):
        page.text(f"{printable(name)}: {store.id}, serial {store.serial}", 5, f"{word}  ")
        page.text(f"issued {rfc3339(store.issued)}, good until {rfc3339(store.next_update)}", 5)
        page.text(store.digest.hex(), 5)
    page.line()
    if found.same:
        page.text("OLD and NEW mean the same: they have one digest.", 0)
        return str(page)
    for warning in found.warnings:
        page.text(f"WARNING: {_WARNINGS[warning]}", 9, "")
    if all(change.effect is Effect.NONE for change in found.changes):
        page.text("No difference changes a verdict. The digests differ, and each report names the digest.", 0)
    for group, heading in _HEADINGS.items():
        changes = [change for change in found.changes if change.group is group]
        if changes:
            page.heading(heading)
        for change in changes:
            _put(page, change, found.new)
    return str(page)


def _put(page: Page, change: Change, new: TrustStore) -> None:
    """Put one difference: a sentence, the effect where the heading does not tell it, and the key or digest."""
    effect = f" {_EFFECTS[change.effect]}." if change.group is Group.OTHER else ""
    page.text(f"{_sentence(change)}.{effect}", 4, "  ")
    for name in ("policy", "contract"):
        value = change.facts.get(name)
        if isinstance(value, bytes):
            put_hash(page, name, value, 4)
    row = change.row
    if row is None:
        return
    if isinstance(row, Revoked) or "known" not in change.facts:
        put_key(page, row.key)
        return
    put_revocation(page, new, row.key)
    put_row(page, row)


def _sentence(change: Change) -> str:
    """Say what differs."""
    row, facts = change.row, change.facts
    if isinstance(row, Revoked):
        return _revocation(change.word, row, facts)
    who = "" if row is None else f"{_TABLES[type(row)]} {called(row)}"
    sentence = _SENTENCES[change.word]
    if change.word == "withdrawn":
        sentence = _withdrawn(facts)
    if facts.get("known"):
        sentence += "; the other file has another key of the same holder"
    return sentence.format(who=who, **{name: _fact(change.word, value) for name, value in facts.items()})


def _withdrawn(facts: Mapping[str, object]) -> str:
    """Choose what to say of a contract: it is withdrawn, no longer, or from another time."""
    if facts["old"] is None:
        return "a contract is withdrawn from {new}"
    return "a contract withdrawn from {old} is now " + (
        "so from {new}" if facts["new"] is not None else "not withdrawn"
    )


def _revocation(word: str, row: Revoked, facts: Mapping[str, object]) -> str:
    """Say what became of a revocation."""
    said = f"{row.reason}, from {rfc3339(row.at)}"
    if word == "revocation-lifted":
        return f"a key is no longer revoked; it was: {said}"
    before = facts.get("old")
    return f"a key is revoked: {said}" + (
        f"; it was: {before.reason}, from {rfc3339(before.at)}" if isinstance(before, Revoked) else ""
    )


def _fact(word: str, value: object) -> str:
    """Give a fact in words: a list, a window, a time where the difference is one of times."""
    if word == "window":
        start, end = cast("tuple[int | None, int | None]", value)
        return window(start, end)
    if isinstance(value, tuple):
        return ", ".join(value)
    if isinstance(value, int) and word in ("next-update", "withdrawn"):
        return rfc3339(value)
    return "none" if value is None else printable(str(value))
