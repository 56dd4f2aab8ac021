"""Clocks, and what is recorded later than it was seen (SPEC 9.10-34 to -37, -46, -49); both sides of times."""

from __future__ import annotations

from typing import Any

from . import base
from .base import OFF, asking, entry, minimal, photo
from .case import Cases
from .model import DAY, HOUR, MINUTE, OFFSET, START, Item, Subject
from .ops import drop, edit, given, insert, omit, replace
from .ops_finished import withhold
from .runs import note

# The cases below are a table: rows are filled, not broken as code is.
# fmt: off

CASES = Cases()
case, passes = CASES, CASES.passes

STEP: dict[str, Any] = {"step": "seal-bag", "pass_": 1}
LAG = 5 * MINUTE  # the default of max-lag


def when(ms: int) -> list[int]:
    """Give a time, counted from the start of the run."""
    return [START + ms, OFFSET]


def reading(label: str = "reading", **more: Any) -> Item:
    """Give a value that the step does not ask for, recorded two minutes after the start."""
    return entry(label, "value-recorded", **STEP, name="temperature", value="21.5", **more)


# 9.10-34, -35, -36: the clock

CLOCK = "Whoever sets the clock sets the order and the length of everything."


def at_once(*lengths: int, most: int = 3) -> Subject:
    """Give rows of notes, each row with one time, under a policy that allows so many in a row."""
    notes = [note(f"note-{row}-{number}", time=when((row + 2) * MINUTE))
             for row, length in enumerate(lengths) for number in range(length)]
    policy = asking(settings={"time.repeated": {"level": "fail", "max-same": most}})
    subject = minimal(*notes, pinned=policy)
    subject.item("end").fields["time"] = when(20 * MINUTE)
    subject.item("ended").fields["time"] = subject.item("seal").fields["time"] = when(21 * MINUTE)
    return subject


passes("time-repeated-most", "As many entries in a row have one time as may", "9.10-34", lambda: at_once(3))
case("time-repeated", "time-repeated-most", edit("end", "time", when(2 * MINUTE)), ("time.repeated", "end"),
     title="One entry more has the same time", why=CLOCK)
passes("time-repeated-ten", "Ten entries in a row have one time", "9.10-34", lambda: at_once(10, most=10))
case("time-repeated-eleven", "time-repeated-ten", insert("note-0-9", note("more", time=when(2 * MINUTE))),
     ("time.repeated", "more"), title="Eleven entries in a row have one time", why=CLOCK)
case("time-repeated-once", "time-repeated-ten", edit("contract", "policy/rules/time.repeated/max-same", 4),
     ("time.repeated", "note-0-4"), why="One row would be found again and again.",
     title="Ten entries have one time where four may: found at the fifth")
passes("time-repeated-rows", "Two rows of entries, each with one time and as long as may be", "9.10-34",
       lambda: at_once(3, 3))
case("time-repeated-second-row", "time-repeated-rows", insert("note-1-2", note("more", time=when(3 * MINUTE))),
     ("time.repeated", "more"), title="The second row is one entry longer than may be", why=CLOCK)


def told(*, clock: str | None = "gps 1") -> Subject:
    """Give a run that says by which clock its times are, under a policy that asks for that."""
    stated = {} if clock is None else {"clock": clock}
    subject = minimal(pinned=asking("time.clock-unstated"))
    subject.item("started").fields |= stated
    return subject


def set_back() -> Subject:
    """Give a run whose clock was set back by a minute and a half, which an entry says."""
    policy = asking("time.clock-changed-silently", settings={"time.not-monotonic": OFF})
    change = entry("change", "clock-changed", clock="ntp", by=-90_000, text="Drifted.", time=when(MINUTE + 30_000))
    return minimal(note(time=when(3 * MINUTE)), change, note("after", time=when(MINUTE + 45_000)), pinned=policy)


def standing_still() -> Subject:
    """Give an entry in the millisecond of the one before, under the same policy."""
    policy = asking("time.clock-changed-silently", settings={"time.not-monotonic": OFF})
    return minimal(note(time=when(MINUTE)), pinned=policy)


passes("clock-stated", "The run says by which clock its times are, as the policy asks", "9.10-35", told)
case("clock-unstated", "clock-stated", omit("started", "clock"), ("time.clock-unstated", "started"),
     title="The run does not say by which clock its times are", why=CLOCK)
passes("clock-unstated-free", "The run does not say so, and the policy does not ask", "8.3-1", minimal)
passes("clock-changed", "The clock is set back, and an entry says so", "9.10-36 6.4-1", set_back)
case("clock-changed-silently", "clock-changed", replace("change", note("change", time=when(MINUTE + 30_000))),
     ("time.clock-changed-silently", "change"), title="The clock is set back, and no entry says so", why=CLOCK)
case("clock-changed-again", "clock-changed", edit("after", "time", when(MINUTE + 29_999)),
     ("time.clock-changed-silently", "after"), why=CLOCK,
     title="After the clock was set back an entry is one millisecond earlier again")
case("clock-changed-withheld", "clock-changed", withhold("change"), ("entry.withheld", "change"),
     "rule.not-evaluated", verdict="PROVISIONAL", clauses="8.3-2", title="The entry that says so is withheld",
     why="A copy would fail for what it lacks, and nobody could redact.")
passes("clock-still", "An entry in the millisecond of the one before", "9.10-36", standing_still)
case("clock-back", "clock-still", edit("note", "time", when(MINUTE - 1)), ("time.clock-changed-silently", "note"),
     title="An entry one millisecond before the one before", why=CLOCK)
case("clock-changed-not-monotonic", "minimal-note", replace("note", entry("note", "clock-changed", clock="ntp",
     time=when(MINUTE - 1))), ("time.not-monotonic", "note"), title="That the clock was set back excuses nothing else",
     why=CLOCK, clauses="9.10-12")

# 9.10-37, -46: what is recorded later than it was seen

LATER = "What is written down from memory looks like what was read from the instrument."


def captured(lag: int, *, most: int = LAG, **more: Any) -> Subject:
    """Give a photograph, recorded so long after it was taken; the policy lets evidence be late by so much."""
    policy = asking(settings={"evidence.late": {"level": "provisional", "max-lag": most}})
    return minimal(*photo("photo", captured=when(2 * MINUTE - lag), **more), pinned=policy)


passes("late-at-limit", "A value is recorded exactly five minutes after it was seen", "9.10-37",
       lambda: minimal(reading(observed=when(2 * MINUTE - LAG))))
case("late-unexplained", "late-at-limit", edit("reading", "observed", when(2 * MINUTE - LAG - 1)),
     ("entry.late-unexplained", "reading"), verdict="PROVISIONAL", why=LATER,
     title="A value is recorded a millisecond more than five minutes after it was seen, and not said why")
passes("late-explained", "A value is recorded an hour after it was seen, and said why", "9.10-37 6.4-5",
       lambda: minimal(reading(observed=when(2 * MINUTE - HOUR), late="The gloves were on.")))
case("late-not-explained", "late-explained", omit("reading", "late"), ("entry.late-unexplained", "reading"),
     verdict="PROVISIONAL", title="The same, and not said why", why=LATER)
passes("late-limit-own", "The same lag as a policy allows", "9.10-37", lambda: minimal(
    reading(observed=when(2 * MINUTE - HOUR)),
    pinned=asking(settings={"entry.late-unexplained": {"level": "fail", "max-lag": HOUR}})))
case("late-limit-own-passed", "late-limit-own",
     edit("contract", "policy/rules/entry.late-unexplained/max-lag", HOUR - 1), ("entry.late-unexplained", "reading"),
     title="A millisecond more than a policy allows", why=LATER)
passes("evidence-late-at-limit", "A photograph is recorded exactly five minutes after it was taken", "9.10-37 9.10-46",
       lambda: captured(LAG))
case("evidence-late-both", "evidence-late-at-limit", edit("photo-entry", "captured", when(2 * MINUTE - LAG - 1)),
     ("entry.late-unexplained", "photo-entry"), ("evidence.late", "photo-entry"), verdict="PROVISIONAL", why=LATER,
     title="A photograph is recorded a millisecond more than five minutes after it was taken, and not said why")
passes("evidence-late-explained", "A photograph is recorded an hour later, said why, as late as the policy allows",
       "9.10-37 9.10-46", lambda: captured(HOUR, most=HOUR, late="The camera was outside."))
case("evidence-late", "evidence-late-explained", edit("photo-entry", "captured", when(2 * MINUTE - HOUR - 1)),
     ("evidence.late", "photo-entry"), verdict="PROVISIONAL", why=LATER,
     title="A photograph is recorded a millisecond later than the policy allows, explained or not")
case("evidence-late-unexplained", "evidence-late-explained", omit("photo-entry", "late"),
     ("entry.late-unexplained", "photo-entry"), verdict="PROVISIONAL", why=LATER,
     title="A photograph is as late as the policy allows, and not said why")

# 9.10-49: deviations that are raised late

SOON = "A deviation could be made up when the outcome is known."


def raised(most: int = DAY, **more: Any) -> Subject:
    """Give a deviation, raised two minutes after the mass was recorded; the policy allows so much delay."""
    subject = base.deviated(**more)
    pinned = asking(settings={"deviation.late": {"level": "fail", "max-delay": most}})
    subject.item("contract").fields["policy"] = base.contract({}, pinned).fields["policy"]
    return subject


SHORTER = edit("contract", "policy/rules/deviation.late/max-delay", 2 * MINUTE - 1)
passes("deviation-prompt-value", "A deviation is raised as long after the value as may be", "9.10-49",
       lambda: raised(2 * MINUTE))
case("deviation-late-value", "deviation-prompt-value", SHORTER, ("deviation.late", "raised"), why=SOON,
     title="A deviation is raised a millisecond longer after the value than may be")
passes("deviation-prompt-occurred", "A deviation is raised exactly 24 hours after it occurred", "9.10-49",
       lambda: raised(occurred=when(4 * MINUTE - DAY)))
case("deviation-late-occurred", "deviation-prompt-occurred", edit("raised", "occurred", when(4 * MINUTE - DAY - 1)),
     ("deviation.late", "raised"), why=SOON,
     title="A deviation is raised a millisecond more than 24 hours after it occurred")
passes("deviation-prompt-both", "A deviation whose value is earlier than what it says that occurred", "9.10-49",
       lambda: raised(2 * MINUTE, occurred=when(3 * MINUTE)))
case("deviation-late-earliest", "deviation-prompt-both", SHORTER, ("deviation.late", "raised"), why=SOON,
     title="The value is too early, and what it says that occurred is not")
passes("deviation-prompt-unsaid", "A deviation that names a step and no time", "9.10-49",
       lambda: raised(1, reason="torn-label", ruling="allow", values=[]))
case("deviation-late-said", "deviation-prompt-unsaid", edit("raised", "occurred", when(4 * MINUTE - 2)),
     ("deviation.late", "raised"), title="The same, and the time of the event is too early", why=SOON)

# Both sides of the times of older rules

EARLY = "A limit that is read one off lets in what it keeps out, or keeps out what it lets in."


def in_force(name: str) -> Subject:
    """Give a contract whose time begins or ends in the very millisecond in which the run starts."""
    subject = minimal()
    subject.item("contract").fields[name] = when(0)
    return subject


def actor_until(**window: Any) -> Subject:
    """Give a note of another operator, with a window; it is written two minutes after the start."""
    subject = minimal(note("note", "operator-b"), base.attest("b-attests", "operator-b"))
    subject.item("b-attests").fields["time"] = subject.item("note").fields["time"] = when(2 * MINUTE)
    subject.item("contract").fields["roster"][1] |= {name.replace("_", "-"): ms for name, ms in window.items()}
    return subject


def revoked_next() -> Subject:
    """Give an actor whose key is revoked a millisecond after its last entry."""
    subject = actor_until()
    subject.trust["revoked"] = [{"key": "operator-b", "at": START + 2 * MINUTE + 1, "reason": "retired"}]
    return subject


def slow() -> Subject:
    """Give a step that takes exactly as long as it may."""
    subject = minimal()
    subject.item("contract").fields["steps"][0]["max-ms"] = MINUTE
    return subject


def fresh() -> Subject:
    """Give the last millisecond before the trust store's next update."""
    subject = minimal()
    subject.at = START + 60 * DAY - 1
    return subject


def at_the_end() -> Subject:
    """Give the smallest run, sealed, signed off and verified in the millisecond of its last entry."""
    subject = minimal()
    for label in ("seal", "signoff"):
        subject.item(label).fields["time"] = when(3 * MINUTE)
    subject.at = START + 3 * MINUTE
    return subject


def at_the_start() -> Subject:
    """Give a step that begins in the millisecond in which the run starts."""
    subject = minimal()
    subject.item("begin").fields["time"] = when(0)
    return subject


passes("time-at-start", "A step begins in the millisecond in which the run starts", "9.10-13", at_the_start)
passes("time-at-end", "Sealed, signed off and verified in the millisecond of the last entry", "9.10-14", at_the_end)
case("time-at-end-passed", "time-at-end", given("at", "", START + 3 * MINUTE - 1),
     ("time.after-verification", "ended"), ("time.after-verification", "seal"), ("time.after-verification", "signoff"),
     title="Verified a millisecond before all of that", why=EARLY)
LATE_B = ("actor.not-valid", "note"), ("actor.not-valid", "b-attests")
for name, word, beside in (("contract-in-force-first", "not-before", 1), ("contract-in-force-last", "not-after", -1),
                           ("contract-issued-at-start", "issued", 1)):
    passes(name, f"The run starts in the millisecond of the contract's `{word}`", "9.10-2",
           lambda word=word: in_force(word))  # type: ignore[misc]
    case(f"{name}-passed", name, edit("contract", word, when(beside)), "contract.not-in-force", why=EARLY,
         title=f"The run starts a millisecond {'before' if beside > 0 else 'after'} the contract's `{word}`")
passes("actor-last-moment", "An actor writes in the last millisecond of its time", "9.10-17",
       lambda: actor_until(not_after=when(2 * MINUTE)))
case("actor-after-last-moment", "actor-last-moment", edit("contract", "roster/1/not-after", when(2 * MINUTE - 1)),
     *LATE_B, title="An actor writes a millisecond after its time", why=EARLY)
passes("actor-first-moment", "An actor writes in the first millisecond of its time", "9.10-17",
       lambda: actor_until(not_before=when(2 * MINUTE)))
case("actor-before-first-moment", "actor-first-moment", edit("contract", "roster/1/not-before", when(2 * MINUTE + 1)),
     *LATE_B, title="An actor writes a millisecond before its time", why=EARLY)
passes("actor-revoked-next", "An actor's key is revoked a millisecond after its last entry", "9.10-17 7-4",
       revoked_next)
case("actor-revoked-then", "actor-revoked-next", given("trust", "revoked/0/at", START + 2 * MINUTE), *LATE_B,
     title="An actor's key is revoked in the millisecond of its entries", why=EARLY, clauses="7-4")
passes("step-at-max-ms", "A step takes exactly as long as it may", "9.10-24", slow)
case("step-over-max-ms", "step-at-max-ms", edit("end", "time", when(2 * MINUTE + 1)), ("deviation.missing", "end"),
     title="A step takes a millisecond longer than it may", why=EARLY)
passes("trust-fresh", "Verified in the last millisecond before the trust store's next update", "9.10-31", fresh)


def attested_at_once() -> Subject:
    """Give an entry that must be attested at once, and is."""
    policy = asking(settings={"attestation.late": {"level": "fail", "at-once": ["step-completed"]}})
    subject = minimal(pinned=policy)
    subject.items.insert(subject.index("end") + 1, base.attest("a-attests", "operator-a"))
    return subject


passes("attestation-at-once-given", "An entry that must be attested at once is", "9.10-30", attested_at_once)
case("attestation-at-once-left-out", "attestation-at-once-given", drop("a-attests"), ("attestation.late", "ended"),
     title="The same without the attestation", why="A critical statement could be signed away later.")
