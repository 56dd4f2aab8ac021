"""Rules on sign-offs (SPEC 9.11-20, 9.11-22): authentication, and the policy that was looked at."""

from __future__ import annotations

from functools import partial
from typing import Any

from . import base
from .base import minimal, signoff
from .case import Cases
from .model import HOUR, MINUTE, Hash, Subject
from .ops import edit, given, insert, omit
from .profile_runs import CLOSURE, SECOND, authenticated, by_policy, claimed, in_need, in_rules, under

# The cases below are a table: rows are filled, not broken as code is.
# fmt: off

CASES = Cases()
case, passes = CASES, CASES.passes

MISSING = "approval.missing"

# How the signer was authenticated: by how many factors, and when.

CLAIM = "An approval could be given by whoever sits at a screen that somebody else left."
WEAK = ("signoff.not-authenticated", "signoff")
RULE = "signoff.not-authenticated"
CLOSING, AGE = "9.11-20 6.9-9 8.5-1", 15 * MINUTE


def few(name: str, least: int) -> None:
    """Add a claim of as many factors as the policy wants, and one of a factor less."""
    parameters: dict[str, Any] = {} if least == 2 else {"min_factors": least}
    passes(f"authenticated-{name}", f"Authenticated by {least} of {least} factors", CLOSING,
           lambda: authenticated(claim=claimed(least), **parameters))
    less = edit("signoff", "authentication", claimed(least - 1)) if least > 1 else omit("signoff", "authentication")
    case(f"authenticated-{name}-less", f"authenticated-{name}", less, MISSING, WEAK, verdict="PROVISIONAL",
         clauses=CLOSING, title=f"Authenticated by {least - 1} of {least} factors", why=CLAIM)


few("one", 1)
few("two", 2)
few("three", 3)
case("authenticated-unclaimed", "authenticated-two", omit("signoff", "authentication"), MISSING, WEAK, clauses=CLOSING,
     verdict="PROVISIONAL", title="The approval does not say how its signer was authenticated", why=CLAIM)
for name, ago, outside, title in (
    ("longest-ago", AGE, AGE + 1, "as long ago as may be"),
    ("just-now", 0, -1, "in the millisecond of the sign-off"),
):
    passes(f"authenticated-{name}", f"Authenticated {title}", CLOSING,
           partial(authenticated, claim=claimed(ago=ago)))
    case(f"authenticated-{name}-beyond", f"authenticated-{name}", edit("signoff", "authentication",
         claimed(ago=outside)), MISSING, WEAK, verdict="PROVISIONAL", clauses=CLOSING, why=CLAIM,
         title=f"Authenticated one millisecond {'later' if outside < 0 else 'too early'}")
passes("authenticated-within-hour", "Another longest time since the signer was authenticated", CLOSING,
       lambda: authenticated(claim=claimed(ago=HOUR), max_age=HOUR))
case("authenticated-within-hour-less", "authenticated-within-hour", in_rules(RULE, "max-age", HOUR - 1), MISSING, WEAK,
     verdict="PROVISIONAL", title="Another longest time, by one millisecond too short", why=CLAIM, clauses=CLOSING)
case("authenticated-at-fail", "authenticated-fails", omit("signoff", "authentication"), WEAK, MISSING, clauses=CLOSING,
     title="An approval without authentication, where that fails", why=CLAIM)
passes("authenticated-fails", "A policy under which an approval without authentication fails", CLOSING,
       lambda: authenticated("fail"))
passes("authenticated-noted", "A policy that only notes an approval without authentication", CLOSING,
       lambda: authenticated("note"))
case("authenticated-at-note", "authenticated-noted", omit("signoff", "authentication"), WEAK, verdict="FINAL",
     why=CLAIM, title="An approval without authentication counts where that is only noted", clauses=CLOSING)


def unasked() -> Subject:
    """Give an approval without authentication under a policy that does not ask for it."""
    subject = authenticated("off")
    del subject.item("signoff").fields["authentication"]
    return subject


passes("authenticated-off", "An approval without authentication counts where nobody asks for it", CLOSING, unasked)


def with_others() -> Subject:
    """Give an acknowledgement, and an approval that was withdrawn, both without authentication."""
    subject = authenticated()
    subject.items += [
        signoff("ack", "acknowledge", **SECOND), signoff("extra", **SECOND),
        signoff("undo", "withdraw", **SECOND, withdraws=Hash("extra")),
    ]
    return subject


passes("authenticated-others", "Only standing approvals must say how their signer was authenticated", CLOSING,
       with_others)
case("authenticated-extra", "authenticated-two", insert("signoff", signoff("extra", **SECOND)), (RULE, "extra"),
     verdict="PROVISIONAL", clauses=CLOSING, why=CLAIM,
     title="A further approval, which no need asks for, does not say how its signer was authenticated")

# The policy that the signer looked at.

OTHER = "Somebody could be shown what a lax policy makes of a run, and his approval be used under a strict one."
FOREIGN = ("signoff.other-policy", "signoff")
VIEW = "9.11-22 6.9-4 8.5-1"
passes("viewed-pinned", "The signer looked at what the pinned policy makes of the run", VIEW,
       lambda: under("signoff.other-policy"))
case("viewed-other", "viewed-pinned", edit("signoff", "policy", bytes(32)), MISSING, FOREIGN, verdict="PROVISIONAL",
     title="The signer looked at what another policy makes of the run", why=OTHER, clauses=VIEW)
passes("viewed-given", "The signer looked at what the caller's policy makes of the run", VIEW, by_policy)
case("viewed-given-next-version", "viewed-given", given("policy", "version", 2), MISSING, FOREIGN,
     verdict="PROVISIONAL",
     title="The signer looked at what an earlier version of the caller's policy makes of the run", why=OTHER,
     clauses=VIEW)
case("viewed-given-not-given", "viewed-given", given("policy", "", None), MISSING, FOREIGN, verdict="PROVISIONAL",
     title="The signer looked at what a policy of the caller makes of the run, which is not given now", why=OTHER,
     clauses=VIEW)


def pinned_view() -> Subject:
    """Give a policy of the caller, and a signer who looked at what the pinned one makes of the run."""
    subject = under("signoff.other-policy")
    subject.policy = base.policy(id="tv-given")
    return subject


passes("viewed-pinned-under-given", "The caller's policy decides, and the signer looked at the pinned one", VIEW,
       pinned_view)


def written_otherwise() -> Subject:
    """Give the caller's policy with its durations as text and its sets in another order: it has the same digest."""
    settings: dict[str, Any] = {"level": "fail", "max-waiting": 500, "at-once": ["checked", "acted"]}
    late: dict[str, Any] = {"level": "provisional", "max-lag": 300_000}
    subject = by_policy(rules={**base.LEVELS, "attestation.late": settings, "evidence.late": late})
    assert subject.policy is not None
    subject.policy["rules"] = {**subject.policy["rules"], "evidence.late": late | {"max-lag": "5 min"}}
    subject.policy["approvals"] = [CLOSURE | {"independent-of": ["performer", "author"]}]
    return subject


passes("viewed-given-written-otherwise", "The caller's policy has the same digest however it is written",
       "8.1-8 8.1-9 8.2-1", written_otherwise)
case("viewed-given-other-duration", "viewed-given-written-otherwise", given("policy", "rules/evidence.late/max-lag",
     "301 s"), MISSING, FOREIGN, verdict="PROVISIONAL", title="The caller's policy has another duration", why=OTHER,
     clauses="8.1-8 8.2-1 9.11-22")


def unseen() -> Subject:
    """Give a blind approval under a policy that lets it count."""
    subject = minimal(pinned=base.policy(approvals=[CLOSURE | {"blind": True}]))
    subject.items[-1] = signoff(blind=True)
    return subject


passes("viewed-blind", "A blind approval names no policy, so none is another one", VIEW, unseen)
case("viewed-blind-barred", "viewed-blind", in_need("blind", False), MISSING, verdict="PROVISIONAL",
     title="A blind approval where none counts", why=OTHER, clauses="6.9-4 8.5-1")
passes("viewed-noted", "A policy that only notes an approval under another policy", VIEW,
       lambda: under("signoff.other-policy", level="note"))
case("viewed-at-note", "viewed-noted", edit("signoff", "policy", bytes(32)), FOREIGN, verdict="FINAL", clauses=VIEW,
     why=OTHER, title="An approval under another policy counts where that is only noted")
passes("viewed-fails", "A policy under which an approval under another policy fails", VIEW,
       lambda: under("signoff.other-policy", level="fail"))
case("viewed-at-fail", "viewed-fails", edit("signoff", "policy", bytes(32)), FOREIGN, MISSING, clauses=VIEW, why=OTHER,
     title="An approval under another policy, where that fails")


def ignored() -> Subject:
    """Give an approval under another policy where nobody minds."""
    subject = minimal(pinned=base.policy(rules={**base.LEVELS, "signoff.other-policy": base.OFF}))
    subject.item("signoff").fields["policy"] = bytes(32)
    return subject


passes("viewed-off", "An approval under another policy counts where nobody minds", VIEW, ignored)
