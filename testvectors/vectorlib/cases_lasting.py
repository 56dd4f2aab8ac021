"""Five years later (SPEC 7, 9.6): keys that were retired or stolen since, roles and contracts that are no more."""

from __future__ import annotations

from functools import partial
from typing import Any

from . import base
from .base import approval, attest, minimal, signoff, witness
from .case import Cases
from .model import DAY, HOUR, START, Hash, Item, Subject
from .ops import drop, edit, forget, given, move, signer
from .profile_runs import each
from .runs import note

# The cases below are a table: rows are filled, not broken as code is.
# fmt: off

CASES = Cases()
case, passes = CASES, CASES.passes

MISSING, INVALID = "approval.missing", ("signoff.key-not-valid", "signoff")
LATER, YEAR = START + 1826 * DAY, 365 * DAY
SIGNED, WITNESSED, ISSUED = START + DAY + HOUR, START + 2 * DAY, START - 30 * DAY


def revoke(key: str, at: int, reason: str = "retired") -> dict[str, Any]:
    """Give a row of revoked keys."""
    return {"key": key, "at": at, "reason": reason}


def years_on(subject: Subject, *revoked: dict[str, Any]) -> Subject:
    """Verify a run five years later, with the trust store of that day."""
    subject.at = LATER
    subject.trust |= {"serial": 31, "issued": LATER - 10 * DAY, "next-update": LATER + 20 * DAY}
    if revoked:
        subject.trust["revoked"] = [*revoked]
    return subject


def apart(*extra: Item, **pinned: Any) -> Subject:
    """Give the smallest run, its contract approved by the production lead: the quality lead's key signs once."""
    subject = minimal(*extra, pinned=base.policy(**pinned))
    subject.items[subject.index("approval")] = approval(signer="production", person="production-lead")
    return subject


# The trust store of that day.

OLD = "A record that was honest in its day could no longer be shown to be, or one that was not could."
passes("lasting", "Five years later, with the trust store of that day", "9.1-1 9.10-31", lambda: years_on(minimal()))
case("lasting-stale", "lasting", given("trust", "next-update", LATER), "trust.stale", why=OLD,
     title="Five years later, in the millisecond in which the next trust store is due")
case("lasting-not-reissued", "lasting", given("trust", "", base.trust()), "trust.stale", why=OLD,
     title="Five years later, with the trust store of the time of the run")


def until(ms: int) -> Subject:
    """Give an approver whose key is valid until a time."""
    subject = years_on(apart())
    subject.trust["approver"][0]["valid-until"] = ms
    return subject


passes("lasting-window-over", "The approver's key was valid until one millisecond after the sign-off", "7-4",
       lambda: until(SIGNED + 1))
case("lasting-window-missed", "lasting-window-over", given("trust", "approver/0/valid-until", SIGNED), INVALID, MISSING,
     verdict="PROVISIONAL", title="The same, one millisecond shorter", why=OLD, clauses="7-4")
case("lasting-approver-removed", "lasting-window-over", forget("approver/0"), ("signer.unknown", "signoff"), MISSING,
     verdict="PROVISIONAL", title="The approver was taken out of the trust store when she left", clauses="6.9-3 9.8-7",
     why=OLD)

# The approver's key.

WITNESSED_ONLY: dict[str, Any] = {"retired-keys": "witnessed"}


def revoked_since(at: int, reason: str = "retired", *, seen: bool = False, **pinned: Any) -> Subject:
    """Give an approver whose key was revoked since, and perhaps a witness of the sign-off."""
    subject = apart(**pinned)
    subject.items += [witness(target="signoff")] if seen else []
    return years_on(subject, revoke("quality", at, reason))


passes("lasting-retired", "The approver's key was retired one millisecond after the sign-off", "7-4",
       lambda: revoked_since(SIGNED + 1))
case("lasting-retired-before", "lasting-retired", given("trust", "revoked/0/at", SIGNED), INVALID, MISSING, why=OLD,
     verdict="PROVISIONAL", title="The approver's key was retired in the millisecond of the sign-off", clauses="7-4")
case("lasting-retired-unwitnessed", "lasting-retired", edit("contract", "policy/retired-keys", "witnessed"), INVALID,
     MISSING,
     verdict="PROVISIONAL", title="The same under a policy that wants such sign-offs witnessed", why=OLD, clauses="7-4")
passes("lasting-retired-witnessed", "A retired key, under a policy that wants that witnessed, as it was", "7-4 6.10-3",
       lambda: revoked_since(WITNESSED + 1, seen=True, **WITNESSED_ONLY))
case("lasting-retired-witnessed-late", "lasting-retired-witnessed", given("trust", "revoked/0/at", WITNESSED), INVALID,
     MISSING,
     verdict="PROVISIONAL", title="The key was retired in the millisecond of the witness", why=OLD, clauses="7-4")
passes("lasting-compromised", "The approver's key was stolen one millisecond after a witness signed the sign-off",
       "7-4 6.10-3", lambda: revoked_since(WITNESSED + 1, "compromised", seen=True))
case("lasting-compromised-unwitnessed", "lasting-compromised", drop("witness"), INVALID, MISSING, verdict="PROVISIONAL",
     title="The same without the witness", why=OLD, clauses="7-4")
case("lasting-compromised-witnessed-after", "lasting-compromised", edit("witness", "time", [WITNESSED + 2, 0]), INVALID,
     MISSING,
     verdict="PROVISIONAL", title="A witness signed one millisecond after the key was reported stolen", why=OLD,
     clauses="7-4")
case("lasting-compromised-witnessed-seal", "lasting-compromised", each(edit("witness", "target", "seal"),
     edit("witness", "hash", Hash("seal"))), INVALID, MISSING, verdict="PROVISIONAL", clauses="6.10-3 7-4", why=OLD,
     title="A witness signed the seal only, which says nothing of a sign-off")
case("lasting-compromised-by-unknown-clock", "lasting-compromised", signer("witness", "stranger"), INVALID, MISSING,
     ("witness.unknown", "witness"), verdict="PROVISIONAL", clauses="7-4 9.8-9", why=OLD,
     title="A witness signed whom nobody knows")


def ancestor() -> Subject:
    """Give a witness of a later sign-off, which had seen the approval under a key that was stolen since."""
    subject = apart()
    ack = signoff("ack", "acknowledge", "production", "production-lead")
    subject.items += [ack, witness(target="signoff", hash=Hash("ack"))]
    return years_on(subject, revoke("quality", WITNESSED + 1, "compromised"))


passes("lasting-compromised-ancestor", "A witness signed a later sign-off, whose signer had seen the approval",
       "6.10-3 7-4", ancestor)
case("lasting-compromised-no-ancestor", "lasting-compromised-ancestor", edit("ack", "seen", []), INVALID, MISSING,
     why=OLD, verdict="PROVISIONAL", title="A witness signed a later sign-off, whose signer had not seen the approval",
     clauses="6.10-3 7-4")

# The clock's key.

CLOCK = ("witness.unknown", "witness")


def clock_retired() -> Subject:
    """Give a witness whose key was retired one millisecond after it signed."""
    subject = revoked_since(WITNESSED + 1, "compromised", seen=True)
    return years_on(subject, *subject.trust["revoked"], revoke("clock", WITNESSED + 1))


passes("lasting-clock-retired", "A clock's key was retired one millisecond after it signed", "9.8-9", clock_retired)
case("lasting-clock-retired-before", "lasting-clock-retired", given("trust", "revoked/1/at", WITNESSED), INVALID,
     MISSING, CLOCK,
     verdict="PROVISIONAL", title="A clock's key was retired in the millisecond in which it signed", why=OLD,
     clauses="7-4 9.8-9")
case("lasting-clock-compromised", "lasting-clock-retired", given("trust", "revoked/1",
     revoke("clock", LATER, "compromised")),
     INVALID, MISSING, CLOCK, verdict="PROVISIONAL", title="A clock's key was stolen years later", clauses="7-4 9.8-9",
     why=OLD)

# Names of roles.


def renamed(role_map: dict[str, str]) -> Subject:
    """Give an approver whose role has another name in the trust store of that day."""
    subject = years_on(apart())
    subject.trust["approver"][0]["roles"] = ["quality-unit"]
    subject.trust["role-map"] = {"acme": role_map}
    return subject


passes("lasting-role-renamed", "A role was renamed, and the role map knows it", "7-6",
       lambda: renamed({"quality-unit": "quality"}))
case("lasting-role-renamed-unmapped", "lasting-role-renamed", forget("role-map/acme"), MISSING, verdict="PROVISIONAL",
     why=OLD, title="A role was renamed, and nothing says so", clauses="7-6")
case("lasting-role-renamed-backwards", "lasting-role-renamed", given("trust", "role-map/acme",
     {"quality": "quality-unit"}), MISSING, verdict="PROVISIONAL", why=OLD, clauses="7-6",
     title="A role was renamed, and the role map gives the policy's name another one")

# The contract and its issuer.


def withdrawn_at(ms: int) -> Subject:
    """Give a contract that was withdrawn."""
    subject = years_on(minimal())
    subject.trust["withdrawn-contract"] = [{"hash": Hash("contract"), "at": ms}]
    return subject


passes("lasting-contract-withdrawn", "The contract was withdrawn two years after the run", "9.6-8",
       lambda: withdrawn_at(START + 2 * YEAR))
case("lasting-contract-withdrawn-before", "lasting-contract-withdrawn", given("trust", "withdrawn-contract/0/at",
     START - 1),
     ("contract.withdrawn", "contract"), title="The contract was withdrawn one millisecond before the run", why=OLD)
case("lasting-contract-withdrawn-then", "lasting-contract-withdrawn", given("trust", "withdrawn-contract/0/at", START),
     ("contract.withdrawn", "contract"), title="The contract was withdrawn in the millisecond in which the run started",
         why=OLD)


def issuer_for(*contracts: str) -> Subject:
    """Give an issuer for some contracts."""
    subject = years_on(minimal())
    subject.trust["issuer"][0]["contracts"] = [*contracts]
    return subject


NOT_FOR = ("trust.issuer-not-for-contract", "contract")
passes("issuer-for-exactly", "An issuer for exactly this contract, among others", "9.6-6",
       lambda: issuer_for("beta.*", "acme.seal-bag"))
passes("issuer-for-all", "An issuer for all contracts", "9.6-6", lambda: issuer_for("*"))
for name, contracts, title in (
    ("firm", ["acme"], "the firm's name alone, which is no prefix"),
    ("other-prefix", ["acme.seal-bag.*"], "what begins with this contract's id and a dot"),
    ("longer", ["acme.seal-bag-2", "acme.seal"], "ids that are longer or shorter"),
):
    case(f"lasting-issuer-{name}", "lasting", given("trust", "issuer/0/contracts", contracts), NOT_FOR, why=OLD,
         title=f"The issuer may sign {title}")


def issuer_revoked(reason: str, at: int, *extra: Item, **pinned: Any) -> Subject:
    """Give an issuer whose key was revoked."""
    return years_on(minimal(*extra, pinned=base.policy(**pinned)), revoke("issuer", at, reason))


def clocked(label: str = "witnessed") -> Item:
    """Give an entry with a witness of the one before it."""
    item = Item(label, 2, {"kind": "witnessed", "actor": "operator-a"}, signer="clock", inner="witness")
    item.inner_fields = {"witness": "plant-clock"}
    return item


GONE = ("trust.issuer-not-valid", "contract")
passes("lasting-issuer-retired", "The issuer's key was retired one millisecond after the contract was issued",
       "7-4 9.6-7", lambda: issuer_revoked("retired", ISSUED + 1))
case("lasting-issuer-retired-before", "lasting-issuer-retired", given("trust", "revoked/0/at", ISSUED), GONE,
     clauses="7-4", title="The issuer's key was retired in the millisecond in which the contract was issued", why=OLD)
case("lasting-issuer-retired-unwitnessed", "lasting-issuer-retired", edit("contract", "policy/retired-keys",
     "witnessed"), GONE, title="The same under a policy that wants it witnessed", clauses="7-4", why=OLD)
for reason in ("retired", "compromised"):
    passes(f"lasting-issuer-{reason}-witnessed", f"The issuer's key was {reason} after a witness signed an entry",
           "6.10-3 7-4", partial(issuer_revoked, reason, START + YEAR, clocked(), **WITNESSED_ONLY))
    case(f"lasting-issuer-{reason}-no-witness", f"lasting-issuer-{reason}-witnessed", drop("witnessed"), GONE, why=OLD,
         title=f"The issuer's key was {reason}, and nothing was witnessed", clauses="6.10-3 7-4")

# Operators.

SEALER, LAST = ("seal.unauthorised", "seal"), ("actor.not-valid", "ended")


def operator(key: str, reason: str, *extra: Item, seen: bool = True, **pinned: Any) -> Subject:
    """Give an operator whose key was revoked a year later, and perhaps a witness of the seal."""
    subject = minimal(*extra, pinned=base.policy(**pinned))
    subject.items += [witness()] if seen else []
    return years_on(subject, revoke(key, START + YEAR, reason))


passes("lasting-operator-retired", "The key of the operator who sealed was retired a year later", "7-4 9.10-17",
       lambda: operator("operator-a", "retired", seen=False))
case("lasting-operator-retired-unwitnessed", "lasting-operator-retired", edit("contract", "policy/retired-keys",
     "witnessed"),
     SEALER, LAST, title="The same under a policy that wants it witnessed", why=OLD, clauses="7-4 9.8-6 9.10-17")
passes("lasting-operator-compromised", "The key of the operator who sealed was stolen after a witness signed the seal",
       "6.10-3 7-4 9.8-6", lambda: operator("operator-a", "compromised"))
case("lasting-operator-compromised-unwitnessed", "lasting-operator-compromised", drop("witness"), SEALER, LAST, why=OLD,
     title="The same without the witness", clauses="7-4 9.8-6 9.10-17")
case("lasting-operator-compromised-before", "lasting-operator-compromised", given("trust", "revoked/0/at", WITNESSED),
     SEALER, LAST,
     title="The key was reported stolen in the millisecond of the witness", why=OLD, clauses="7-4 9.8-6 9.10-17")
BOTH: list[Item] = [note("note", "operator-b"), attest("b-attests", "operator-b")]
passes("lasting-helper-compromised", "The key of an operator was stolen after a witness signed the head",
       "6.10-3 7-4 9.10-17", lambda: operator("operator-b", "compromised", *BOTH, clocked(), seen=False))
case("lasting-helper-compromised-unwitnessed", "lasting-helper-compromised", drop("witnessed"),
     ("actor.not-valid", "b-attests"),
     title="The same without the witness: found at the actor's last entry", why=OLD, clauses="7-4 9.10-17")
case("lasting-helper-compromised-early", "lasting-helper-compromised", move("witnessed", "note"),
     ("actor.not-valid", "b-attests"),
     title="A witness signed the head before the operator's last entry", why=OLD, clauses="6.10-3 7-4 9.10-17")
