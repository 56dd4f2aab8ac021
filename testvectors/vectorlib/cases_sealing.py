"""Rules on the seal and on what is withheld (SPEC 9.11-16 to 9.11-19)."""

from __future__ import annotations

from functools import partial
from typing import Any

from . import base
from .base import photo, signoff, witness
from .case import Cases
from .model import DAY, HOUR, OFFSET, START, Digest, Hash, Subject
from .ops import Mutation, drop, edit, forget, given, insert, signer
from .ops_finished import detach, withhold
from .profile_runs import SEALED, SECOND, each, pin, redact, setting, under
from .runs import note, witnessed

# The cases below are a table: rows are filled, not broken as code is.
# fmt: off

CASES = Cases()
case, passes = CASES, CASES.passes

# The seal's key.

SEALER = "A contract would enrol those who seal its runs, and nobody who verifies knows them."
UNTRUSTED = ("seal.key-not-trusted", "seal")


def sealer(listed: str, level: str = "provisional") -> Subject:
    """Give a seal under a key that the trust store has, as an issuer's or an approver's."""
    subject = under("seal.key-not-trusted", level=level)
    more: dict[str, Any] = {"issuer": {"contracts": ["acme.other"]}, "approver": {"roles": ["sealing"]}}
    subject.trust[listed].append({"person": "tech-a", "key": "operator-a"} | more[listed])
    return subject


passes("seal-key-of-approver", "A seal under the key of an approver", "9.11-16", lambda: sealer("approver"))
passes("seal-key-of-issuer", "A seal under the key of an issuer of other contracts", "9.11-16",
       lambda: sealer("issuer"))
passes("seal-key-fails", "A policy under which a seal under an unknown key fails", "9.11-16", lambda: sealer("approver",
       "fail"))
case("seal-key-unknown", "seal-key-of-approver", forget("approver/2"), UNTRUSTED, verdict="PROVISIONAL", why=SEALER,
     title="A seal under a key that only the contract enrols")
case("seal-key-other-of-person", "seal-key-of-approver", given("trust", "approver/2/key", "operator-a-2"), UNTRUSTED,
     verdict="PROVISIONAL", title="The trust store has another key of the person who sealed", why=SEALER)
case("seal-key-unknown-fails", "seal-key-fails", forget("approver/2"), UNTRUSTED, why=SEALER,
     title="A seal under a key that only the contract enrols, where that fails")

# The seal's witness.

UNSEEN = "A run could be written long after it is said to have been."
ALONE, TARDY = ("seal.not-witnessed", "seal"), ("seal.witnessed-late", "seal")


def seen_by(*targets: str) -> Subject:
    """Give a run with a witness in an entry, and witnesses of the seal or of the sign-off, where that is asked for."""
    subject = pin(witnessed(), rules=setting("seal.not-witnessed", level="provisional"))
    subject.items += [witness(f"witness-{target}", target) for target in targets]
    return subject


for target, title in (("seal", "the seal"), ("signoff", "a sign-off")):
    passes(f"witness-asked-{target}", f"A policy that asks for a witness, and one of {title}", "9.11-17 6.10-3",
           partial(seen_by, target))
    case(f"witness-asked-{target}-dropped", f"witness-asked-{target}", drop(f"witness-{target}"), ALONE,
         verdict="PROVISIONAL", title=f"A witness of an entry only, where one of {title} was", why=UNSEEN)
case("witness-asked-unknown", "witness-asked-seal", signer("witness-seal", "stranger"), ALONE,
     ("witness.unknown", "witness-seal"),
     verdict="PROVISIONAL", title="A witness whom nobody knows, where one is asked for", why=UNSEEN,
     clauses="9.8-9 9.11-17")
case("witness-asked-revoked", "witness-asked-seal", given("trust", "revoked", [{"key": "clock", "at": START + 9 * DAY,
     "reason": "compromised"}]), ALONE, ("witness.unknown", "witness-seal"), ("witness.unknown", "witnessed"),
     verdict="PROVISIONAL", title="A witness whose key was stolen since", why=UNSEEN, clauses="9.8-9 9.11-17")


def soon(*times: int, at: int | None = None, target: str = "seal") -> Subject:
    """Give witnesses so many milliseconds after the seal, under a policy that wants one within a day."""
    subject = pin(witnessed(), rules=setting("seal.witnessed-late", level="fail"))
    subject.item("signoff").fields["time"] = [SEALED + 2 * HOUR, OFFSET]
    subject.items += [witness(f"witness-{ms}", target, time=[subject_seal(subject) + ms, 0]) for ms in times]
    subject.at = at if at is not None else subject.at
    return subject


def subject_seal(subject: Subject) -> int:
    """Give the time of the seal of a run without evidence: a minute for each entry."""
    return START + 60_000 * sum(item.type == 2 for item in subject.items)


LIMIT = subject_seal(witnessed()) + DAY
WITHIN = "9.11-18"
passes("witness-soon", "A witness of the seal in the last millisecond", WITHIN, lambda: soon(DAY))
case("witness-late", "witness-soon", edit(f"witness-{DAY}", "time", [LIMIT + 1, 0]), TARDY, why=UNSEEN,
     title="A witness of the seal one millisecond too late")
passes("witness-soon-signoff", "A witness of a sign-off in the last millisecond", WITHIN,
       lambda: soon(DAY, target="signoff"))
case("witness-late-signoff", "witness-soon-signoff", edit(f"witness-{DAY}", "time", [LIMIT + 1, 0]), TARDY, why=UNSEEN,
     title="A witness of a sign-off one millisecond too late")
passes("witness-soon-and-late", "Of two witnesses the earlier one counts", WITHIN, lambda: soon(2 * DAY, HOUR))
case("witness-late-left", "witness-soon-and-late", drop(f"witness-{HOUR}"), TARDY, why=UNSEEN,
     title="The earlier of two witnesses is gone")
case("witness-soon-unknown", "witness-soon-and-late", signer(f"witness-{HOUR}", "stranger"), TARDY,
     ("witness.unknown", f"witness-{HOUR}"), why=UNSEEN, clauses="9.8-9",
         title="The earlier of two witnesses is unknown")
passes("witness-within-two-days", "Another longest time", WITHIN, lambda: pin(soon(2 * DAY),
       rules=setting("seal.witnessed-late", level="fail", within=2 * DAY)))
case("witness-within-less", "witness-within-two-days", edit("contract", "policy/rules/seal.witnessed-late/within",
     2 * DAY - 1), TARDY, why=UNSEEN, title="Another longest time, one millisecond too short")
passes("witness-none-yet", "No witness, verified in the last millisecond in which one could be in time", WITHIN,
       lambda: soon(at=LIMIT))
case("witness-none-in-time", "witness-none-yet", given("at", "", LIMIT + 1), TARDY, why=UNSEEN,
     title="No witness but of an entry, verified one millisecond later")


def timeless() -> Subject:
    """Give no witness and no verification time, under a policy that does not need one."""
    subject = soon()
    subject.at = None
    late: dict[str, Any] = {"seal.witnessed-late": {"level": "fail"}}
    return pin(subject, rules=base.LEVELS | late | {"trust.stale": base.OFF, "time.after-verification": base.OFF})


passes("witness-none-timeless", "No witness and no verification time: nothing shows that it is too late", WITHIN,
       timeless)


def in_days() -> Subject:
    """Give a policy of the caller that writes the longest time as text."""
    subject = soon(2 * DAY)
    subject.policy = base.policy(id="tv-given", rules=setting("seal.witnessed-late", level="fail", within="2 d"))
    return subject


passes("witness-within-text", "Another longest time, written in days", "8.1-8 9.11-18", in_days)
for text, title in (("47 h", "hours"), ("2879 min", "minutes"), ("172799 s", "seconds"),
("172799999 ms", "milliseconds")):
    case(f"witness-within-{title}", "witness-within-text", given("policy", "rules/seal.witnessed-late/within", text),
         TARDY, title=f"A shorter longest time, written in {title}", why=UNSEEN, clauses="8.1-8 9.11-18")

# What is withheld, and who says why.

HIDDEN = "Somebody on the way could take out what displeases him, and nobody answers for it."
WITHHELD, UNJUDGED = ("entry.withheld", "note"), ("rule.not-evaluated", None)
UNEXPLAINED = ("redaction.unexplained", "note")


def explained(level: str = "provisional", **more: Any) -> Subject:
    """Give a run with a note and a sign-off that says why it is withheld; in this copy it is not."""
    subject = under("redaction.unexplained", note(), level=level)
    subject.items.append(redact(Hash("note"), **more))
    return subject


def hidden(name: str, title: str, *found: Any, change: Mutation | None = None, twin: str = "redact",
    **more: Any) -> None:
    """Add a copy in which the note is withheld, and something else is changed."""
    change = each(withhold("note"), change) if change else withhold("note")
    told = {"verdict": "PROVISIONAL", "clauses": "6.9-11 9.11-19"} | more
    case(name, twin, change, WITHHELD, *found, UNJUDGED, title=title, why=HIDDEN, **told)


passes("redact", "A sign-off says why an entry is withheld, and the copy has it", "6.9-11 9.11-19", explained)
hidden("redact-explained", "An entry is withheld and a sign-off says why")
hidden("redact-by-actor", "An entry is withheld and an actor of the run says why", twin="redact-of-actor")
passes("redact-of-actor", "An actor of the run says why an entry is withheld", "6.9-3 6.9-11", lambda: explained(
       signer="operator-b", person="tech-b", role="operator"))
hidden("redact-missing", "An entry is withheld and nobody says why", UNEXPLAINED, change=drop("redact"))
hidden("redact-of-other", "An entry is withheld and a sign-off says why another one is", UNEXPLAINED,
       change=edit("redact", "withholds", [Hash("begin")]))
BACK = insert("redact", signoff("undo", "withdraw", **SECOND, withdraws=Hash("redact")))
hidden("redact-withdrawn", "An entry is withheld and the sign-off that says why is withdrawn", UNEXPLAINED, change=BACK)
case("redact-by-stranger", "redact", each(withhold("note"), signer("redact", "stranger")), ("signer.unknown", "redact"),
     WITHHELD, UNJUDGED, UNEXPLAINED, verdict="PROVISIONAL", title="An entry is withheld and somebody unknown says why",
     why=HIDDEN, clauses="6.9-10 6.9-11 9.11-19")
case("redact-by-revoked", "redact", each(withhold("note"), given("trust", "revoked", [{"key": "production", "at": START,
     "reason": "retired"}])), WITHHELD, ("signoff.key-not-valid", "redact"), UNJUDGED, UNEXPLAINED,
     verdict="PROVISIONAL", title="An entry is withheld and somebody says why whose key was revoked before", why=HIDDEN,
     clauses="6.9-10 9.11-19")
case("redact-before-seal", "redact", each(withhold("note"), edit("redact", "time", [START, OFFSET])), WITHHELD,
     ("signoff.before-seal", "redact"), UNJUDGED, UNEXPLAINED, verdict="PROVISIONAL", why=HIDDEN,
     clauses="6.9-10 9.11-19", title="An entry is withheld, and why was said before the seal")
case("redact-at-fail", "redact-fails", each(withhold("note"), drop("redact")), UNEXPLAINED, WITHHELD, UNJUDGED,
     why=HIDDEN, title="An entry is withheld and nobody says why, where that fails")
passes("redact-fails", "A policy under which an entry that is withheld without a reason fails", "9.11-19",
       lambda: explained("fail"))
case("redact-fails-explained", "redact-fails", withhold("note"), WITHHELD, UNJUDGED, verdict="PROVISIONAL", why=HIDDEN,
     title="An entry is withheld and a sign-off says why, where it would fail otherwise", clauses="9.11-19")


def shown(*, beside: bool = False) -> Subject:
    """Give a run with a photograph and a sign-off that says why that is withheld; or with it beside the bundle."""
    subject = under("redaction.unexplained", *photo("photo"))
    if beside:
        subject.item("photo").type = 5
        subject.beside = ["photo"]
    else:
        subject.items.append(redact(Digest("photo")))
    return subject


ABSENT, MUTE = ("evidence.absent", "photo"), ("redaction.unexplained", "photo")
passes("redact-evidence", "A sign-off says why evidence is withheld, and the copy has it", "6.9-11 9.11-19", shown)
case("redact-evidence-explained", "redact-evidence", detach("photo"), ABSENT, verdict="PROVISIONAL", why=HIDDEN,
     title="Evidence is withheld and a sign-off says why", clauses="9.11-19")
case("redact-evidence-missing", "redact-evidence", each(detach("photo"), drop("redact")), ABSENT, MUTE, why=HIDDEN,
     verdict="PROVISIONAL", title="Evidence is withheld and nobody says why")
case("redact-evidence-by-leaf", "redact-evidence",
     each(detach("photo"), edit("redact", "withholds", [Hash("photo-entry")])),
     ABSENT, MUTE, verdict="PROVISIONAL", title="Evidence is withheld and a sign-off names its entry instead",
     why=HIDDEN)
passes("redact-evidence-beside", "Evidence beside the bundle is not withheld", "9.1-4 9.11-19",
       lambda: shown(beside=True))
case("redact-evidence-not-beside", "redact-evidence-beside", given("beside", "", []), ABSENT, MUTE, why=HIDDEN,
     verdict="PROVISIONAL", title="Evidence that should lie beside the bundle does not, and nobody says why",
     clauses="9.1-4")
case("redact-entry-by-digest", "redact-both", each(withhold("photo-entry", evidence="photo"),
     edit("redact", "withholds", [Digest("photo")])), ("entry.withheld", "photo-entry"), UNJUDGED,
     ("redaction.unexplained", "photo-entry"), verdict="PROVISIONAL", why=HIDDEN,
     title="An entry is withheld with its evidence, and a sign-off names the evidence only")


def both_named() -> Subject:
    """Give a sign-off that names a photograph and its entry."""
    subject = under("redaction.unexplained", *photo("photo"))
    subject.items.append(redact(Hash("photo-entry"), Digest("photo")))
    return subject


passes("redact-both", "A sign-off says why an entry and its evidence are withheld", "6.9-11 9.11-19", both_named)
case("redact-both-withheld", "redact-both", withhold("photo-entry", evidence="photo"),
     ("entry.withheld", "photo-entry"),
     UNJUDGED, verdict="PROVISIONAL", title="The entry and its evidence are withheld", why=HIDDEN, clauses="9.11-19")
