"""Delegation of a role (SPEC 6.11, 9.11-21)."""

from __future__ import annotations

from typing import Any

from . import base
from .base import member, signoff
from .case import Cases
from .model import DAY, HOUR, OFFSET, START, Subject
from .ops import Mutation, edit, forget, given, omit
from .profile_runs import delegated, delegation, grant, pin, setting

# The cases below are a table: rows are filled, not broken as code is.
# fmt: off

CASES = Cases()
case, passes = CASES, CASES.passes

LEAVE = "Anybody could sign in a role by showing a paper that its holder never gave, or gave for something else."
INVALID, MISSING = ("signoff.delegation-invalid", "signoff"), "approval.missing"
HOLDS, RULE = "6.11-1 6.11-2 8.5-1", "signoff.delegation-invalid"

passes("delegated", "An approval in a role that its holder delegated to the signer", HOLDS, delegated)
for name, change, title in (
    ("other-giver", grant({"from": "production-lead"}), "names another person as its giver than the key's"),
    ("to-other", grant({"to": "ruth"}), "is to another person"),
    ("role", grant({"role": "production"}), "is of another role, which its giver does not hold"),
    ("contract", grant({"contracts": ["acme.fill-line", "beta.*"]}), "is for other contracts"),
    ("contract-part", grant({"contracts": ["acme.seal.*"]}), "is for contracts that begin otherwise"),
    ("by-other-holder", grant({"from": "production-lead"}, "production"), "is by an approver without the role"),
    ("by-stranger", grant({}, "stranger"), "is under a key that the trust store does not have"),
    ("by-actor", grant({"from": "super-c"}, "supervisor-1"), "is under the key of an actor of the run"),
    ("not-yet", grant({"not-before": [START + DAY + HOUR + 1, OFFSET]}), "holds from one millisecond later"),
    ("no-more", grant({"not-after": [START + DAY + HOUR - 1, OFFSET]}), "held until one millisecond earlier"),
):
    case(f"delegated-{name}", "delegated", change, MISSING, INVALID, verdict="PROVISIONAL", why=LEAVE, clauses=HOLDS,
         title=f"A delegation {title}")
case("delegated-by-issuer", "delegated", grant({"from": "owner"}, "issuer"), ("approval.self", "signoff"), MISSING,
     INVALID, verdict="PROVISIONAL", why=LEAVE, clauses=HOLDS + " 9.11-11",
     title="A delegation is by the issuer, who is no approver, and excluded as the author")



def with_delegation(changes: dict[str, Any], key: str = "quality") -> Subject:
    """Give a delegation that is written otherwise and holds."""
    subject = delegated()
    subject.item("signoff").fields["delegation"] = delegation(changes, key)
    return subject


passes("delegated-first-millisecond", "A delegation holds from the millisecond of the sign-off", HOLDS,
       lambda: with_delegation({"not-before": [START + DAY + HOUR, OFFSET]}))
passes("delegated-last-millisecond", "A delegation holds until the millisecond of the sign-off", HOLDS,
       lambda: with_delegation({"not-after": [START + DAY + HOUR, -OFFSET]}))
passes("delegated-for-contract", "A delegation for exactly this contract, among others", HOLDS,
       lambda: with_delegation({"contracts": ["acme.seal-bag", "beta.*"]}))
passes("delegated-for-all", "A delegation for all contracts", HOLDS, lambda: with_delegation({"contracts": ["*"]}))

# The giver's key.


def revoked(reason: str, at: int) -> Mutation:
    """Revoke the giver's key."""
    return given("trust", "revoked", [{"key": "quality-2", "at": at, "reason": reason}])


def of_ruth() -> Subject:
    """Give a delegation by a second holder of the role, whose key signed nothing else."""
    subject = with_delegation({"from": "ruth"}, "quality-2")
    subject.trust["approver"].append({"person": "ruth", "roles": ["quality"], "key": "quality-2"})
    return subject


def later_compromised() -> Subject:
    """Give a delegation under a key that was reported stolen after a witness had signed the sign-off."""
    subject = of_ruth()
    subject.items.append(base.witness(target="signoff"))
    subject.trust["revoked"] = [{"key": "quality-2", "at": START + 2 * DAY + 1, "reason": "compromised"}]
    return subject


passes("delegated-by-second", "A delegation by another holder of the role", HOLDS, of_ruth)
SIGNED = START + DAY + HOUR
for name, change, title in (
    ("removed", forget("approver/2"), "whose giver the trust store no longer has"),
    ("retired", revoked("retired", SIGNED), "under a key that was retired in the millisecond of the sign-off"),
    ("compromised", revoked("compromised", SIGNED + 5 * DAY),
        "under a key that was reported stolen later, without a witness"),
    ("expired", given("trust", "approver/2/valid-until", SIGNED),
        "under a key that is valid until the very millisecond"),
    ("no-role", given("trust", "approver/2/roles", ["regulatory"]), "whose giver does not hold the role any more"),
):
    case(f"delegated-{name}", "delegated-by-second", change, MISSING, INVALID, verdict="PROVISIONAL", why=LEAVE,
         title=f"A delegation {title}", clauses="6.11-2 7-4")


def later_retired() -> Subject:
    """Give a delegation under a key that was retired one millisecond after the sign-off."""
    subject = of_ruth()
    subject.trust["revoked"] = [{"key": "quality-2", "at": SIGNED + 1, "reason": "retired"}]
    return subject


passes("delegated-retired-later", "A delegation under a key that was retired one millisecond after the sign-off",
       "6.11-2 7-4", later_retired)
passes("delegated-compromised-later",
       "A delegation under a key that was stolen after a witness had signed the sign-off",
       "6.11-2 6.10-3 7-4", later_compromised)
case("delegated-compromised-witnessed-late", "delegated-compromised-later", given("trust", "revoked/0/at",
     START + 2 * DAY), MISSING, INVALID, verdict="PROVISIONAL", why=LEAVE, clauses="6.11-2 6.10-3 7-4",
     title="A delegation under a key that was stolen in the millisecond of the witness")

# Roles are read through the role map; who delegates counts as a signer; no agent is given a role.


def mapped() -> Subject:
    """Give a delegation and a sign-off that call a role by two names, which the role map makes one."""
    subject = with_delegation({"role": "qp"})
    subject.trust["role-map"] = {"acme": {"qp": "quality", "qa": "quality"}}
    subject.item("signoff").fields["role"] = "qa"
    return subject


passes("delegated-mapped", "A delegation of a role that the role map gives another name", "6.11-2 7-6", mapped)
case("delegated-unmapped", "delegated-mapped", given("trust", "role-map", {"acme": {"qa": "quality"}}), MISSING,
     INVALID, verdict="PROVISIONAL", title="A delegation of a role that the role map does not know", why=LEAVE,
     clauses="6.11-2 7-6")
case("delegated-by-performer", "delegated", edit("contract", "roster/0/person", "qa-lead"),
     ("approval.self", "signoff"), MISSING,
     verdict="PROVISIONAL", title="Who delegated performed the run", clauses="8.5-1 9.11-11",
     why="A performer could release the work by another person's hand.")
case("delegated-to-performer", "delegated", edit("contract", "roster/0/person", "production-lead"),
     ("approval.self", "signoff"),
     MISSING, verdict="PROVISIONAL", title="To whom was delegated performed the run", clauses="8.5-1 9.11-11",
     why="A performer could be made the one who releases the work.")


def to_actor(kind: str) -> Subject:
    """Give a delegation to an actor of the run who wrote nothing."""
    subject = delegated()
    someone = member("someone-1", "someone", "clerk", kind=kind, principal="tech-a")
    subject.item("contract").fields["roster"].append(someone)
    leave = delegation({"to": "someone"})
    subject.items[-1] = signoff(signer="someone-1", person="someone", role="quality", delegation=leave)
    return subject


passes("delegated-to-actor", "A delegation to a person of the roster", HOLDS, lambda: to_actor("human"))
for kind in ("agent", "device"):
    case(f"delegated-to-{kind}", "delegated-to-actor", edit("contract", "roster/3/kind", kind),
         ("agent.approval", "signoff"),
         MISSING, INVALID, title=f"A delegation to {'an agent' if kind == 'agent' else 'a device'}",
         clauses="6.11-2 9.10-18", why="Software would release what software did.")
case("delegated-to-actor-without", "delegated-to-actor", omit("signoff", "delegation"), MISSING, verdict="PROVISIONAL",
     title="The same sign-off without the delegation", clauses="8.5-1", why=LEAVE)

# What a delegation that does not hold does, by its level; and what is no delegation at all.


def idle_paper(level: str) -> Subject:
    """Give an approval whose signer holds the role, and carries a delegation to somebody else."""
    subject = base.minimal()
    subject.item("signoff").fields["delegation"] = delegation({"from": "ruth", "to": "ruth"}, "quality-2")
    subject.trust["approver"].append({"person": "ruth", "roles": ["quality"], "key": "quality-2"})
    off = {"reason": "Not asked here."} if level == "off" else {}
    return pin(subject, rules=setting(RULE, level=level, **off))


passes("delegated-idle-off", "An approval by who holds the role, with a delegation that does not hold and nobody minds",
       "8.5-1 9.11-21", lambda: idle_paper("off"))
NOTE: dict[str, Any] = {"level": "note"}
case("delegated-idle-noted", "delegated-idle-off", edit("contract", f"policy/rules/{RULE}", NOTE), INVALID,
     verdict="FINAL",
     title="The same where it is noted: the approval counts by its signer's own role", clauses="8.5-1 9.11-21",
     why=LEAVE)
case("delegated-idle-provisional", "delegated-idle-off", edit("contract", f"policy/rules/{RULE}",
     NOTE | {"level": "provisional"}),
     MISSING, INVALID, verdict="PROVISIONAL", title="The same where it is provisional: the approval does not count",
     clauses="8.5-1 9.11-21", why=LEAVE)
case("delegated-noted-without-role", "delegated-note", grant({"to": "ruth"}), MISSING, INVALID, verdict="PROVISIONAL",
     why=LEAVE, title="A delegation that does not hold is only noted, and gives no role all the same",
     clauses="6.11-2 8.5-1 9.11-21")
passes("delegated-note", "A policy that only notes a delegation that does not hold, and one that holds", "9.11-21",
       lambda: pin(delegated(), rules=setting(RULE, **NOTE)))
case("delegated-at-fail", "delegated-fail", grant({"to": "ruth"}), INVALID, MISSING, why=LEAVE, clauses="6.11-2",
     title="A delegation to another person, where that fails")
passes("delegated-fail", "A policy under which a delegation that does not hold fails, and one that holds", "9.11-21",
       lambda: pin(delegated(), rules=setting(RULE, level="fail")))
case("delegated-signature", "delegated", grant({}, bad=True), ("signature.invalid", "signoff"), why=LEAVE,
     clauses="6.11-1 9.8-3", title="A bit of a delegation's signature is flipped")
case("delegated-type", "delegated", grant({}, record="assignment"), ("cose.wrong-type", "signoff"),
     clauses="5.4-3 9.5-5", title="A delegation with the type of an assignment",
     why="A signature given for one thing would count for another.")
case("delegated-malformed", "delegated", grant({"until": "Monday"}), ("record.malformed", "signoff"),
     clauses="6.11-1 9.5-6",
     title="A delegation with a field that there is not", why="What cannot be read could be meant otherwise.")
case("delegated-acknowledgement", "delegated", edit("signoff", "decision", "acknowledge"),
     ("record.malformed", "signoff"), title="An acknowledgement that carries a delegation", clauses="6.9-1",
     why="What cannot be read could be meant otherwise.")
