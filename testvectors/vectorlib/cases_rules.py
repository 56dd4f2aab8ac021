"""Phase 7: rules on the run."""

from __future__ import annotations

from typing import Any

from .base import approval, entry, photo
from .case import Cases
from .model import DAY, HOUR, MINUTE, OFFSET, START
from .ops import drop, edit, given, insert, move, omit, replace
from .ops_finished import detach

# The cases below are a table: rows are filled, not broken as code is.
# fmt: off

CASES = Cases()
case = CASES

STEP: dict[str, Any] = {"step": "seal-bag", "pass_": 1}
WEIGH: dict[str, Any] = {"step": "weigh", "pass_": 1}

UNAPPROVED = "One person could write a procedure and use it."
case("contract-not-approved", "minimal", drop("approval"), "contract.unapproved",
     title="Nobody approved the contract",
     why=UNAPPROVED)
case("contract-approved-by-author", "minimal", replace("approval", approval(signer="issuer", person="owner")),
     "contract.unapproved", title="The issuer approved the contract", why=UNAPPROVED)
case("contract-approved-late", "minimal", edit("approval", "time", [START + 1, OFFSET]),
     "contract.unapproved",
     title="The contract was approved one millisecond after the run's start", why=UNAPPROVED)
case("contract-approved-in-other-role", "minimal", edit("contract", "policy/contract-approval", {"count": 1,
     "roles": ["regulatory"]}), "contract.unapproved", title="The contract was approved in another role",
     why=UNAPPROVED)
case("contract-approved-with-foreign-role", "minimal", edit("approval", "role", "production"),
     "contract.unapproved",
     title="The approver does not hold the role that she states", why=UNAPPROVED)
case("contract-not-yet-in-force", "rich", edit("contract", "not-before", [START + 1, OFFSET]),
     "contract.not-in-force",
     title="The run starts one millisecond before the contract is valid",
     why="Old procedures could be used for ever.")
case("contract-no-more-in-force", "rich", edit("contract", "not-after", [START - 1, OFFSET]),
     "contract.not-in-force",
     title="The run starts one millisecond after the contract's end",
     why="Old procedures could be used for ever.")

FREE = "Work that the contract does not know could look like work that it demands."
case("step-unknown", "minimal-note", edit("note", "step", "open-bag"), ("step.unknown", "note"), why=FREE,
     title="A note on a step that the contract does not have")
case("step-unknown-whole", "minimal", insert("end", entry("open", "step-started", step="open-bag", pass_=1),
     entry("opened", "step-completed", step="open-bag", pass_=1)), ("step.unknown", "open"), ("step.unknown", "opened"),
     title="A step that the contract does not have is begun and completed", why=FREE)
case("step-pass-unknown", "minimal-note", edit("note", "pass", 2), ("step.unknown", "note"), why=FREE,
     clauses="6.3-4",
     title="A note on a second pass of a step that is done once")
case("step-pass-too-many", "rich-repeated", edit("contract", "steps/4/repeat/max", 1),
     ("step.unknown", "label-begin2"), ("step.unknown", "count2"), ("step.unknown", "label-end2"),
     title="A pass more than the contract allows", why=FREE, clauses="6.3-4")

DONE = "A step could be left out, or be done when it is too late."
case("step-not-ended", "minimal", drop("end"), "step.unfinished", title="A step is begun and not ended",
     why=DONE)
case("step-not-begun", "minimal", drop("begin", "end"), "step.unfinished", title="A step is not done at all",
     why=DONE)
case("step-too-few-passes", "rich", edit("contract", "steps/4/repeat", {"min": 2, "max": 2}),
     "step.unfinished",
     title="A step is done once where twice is demanded", why=DONE)
case("step-order", "rich", move("photograph-begin", "mass"), ("step.out-of-order", "photograph-begin"),
     why=DONE,
     title="A step begins before the one that must have ended")
case("step-begun-twice", "minimal", insert("begin", entry("again", "step-started", **STEP)),
     ("step.out-of-order", "again"), title="A pass begins twice", why=DONE)
case("step-ended-twice", "minimal", insert("end", entry("again", "step-completed", **STEP)),
     ("step.out-of-order", "again"), title="A pass ends twice", why=DONE)
case("step-work-after-end", "rich", insert("weigh-end", entry("remark", "value-recorded", **WEIGH,
     name="remark",
     value="late")), ("step.out-of-order", "remark"), title="A value is recorded after its step has ended",
     why=DONE)
case("step-not-released", "rich", drop("released"), "step.not-released",
     title="A hold point is passed without a release", why="Work goes on before anybody looked.")
case("step-released-by-performer", "rich", edit("released", "actor", "operator-b"), "step.not-released",
     title="The performer releases his own hold point", clauses="9.10-6",
     why="Who did the work could let himself pass.")
case("step-released-early", "rich", move("released", "clear-begin"), "step.not-released",
     title="A hold point is released before its step has ended", clauses="9.10-6",
     why="What is released would not be what was done.")
case("step-skip-unexplained", "rich-every-kind", omit("skip", "reason"), ("step.skip-unexplained", "skip"),
     title="A step is skipped without a reason", verdict="PROVISIONAL", why=DONE)

VALUE = "A value could be missing, senseless or written over."
case("value-missing", "rich", drop("mass"), "value.missing", title="A value is missing", why=VALUE)
case("value-unit", "rich", edit("mass", "unit", "g"), ("value.invalid", "mass"), title="Another unit",
     why=VALUE,
     clauses="6.3-7")
case("value-unit-absent", "rich", omit("mass", "unit"), ("value.invalid", "mass"), title="A unit is left out",
     why=VALUE,
     clauses="6.3-7")
case("value-type", "rich", edit("mass", "value", 42), ("value.invalid", "mass"),
     title="An integer where a decimal belongs",
     why=VALUE, clauses="6.3-7")
case("value-decimal", "rich", edit("mass", "value", "42,50"), ("value.invalid", "mass"),
     title="A decimal comma", why=VALUE,
     clauses="4.2-5 6.3-7")
case("value-twice", "rich", insert("mass", entry("mass-again", "value-recorded", **WEIGH, name="mass",
     value="42.60",
     unit="kg")), ("value.overwritten", "mass-again"), title="A value is recorded twice", why=VALUE)
case("correction-old", "rich-corrected", edit("correction", "old", "42.51"), ("correction.mismatch",
     "correction"),
     title="A correction of a value that was not there", why="What was corrected could be misstated.")
case("correction-same", "rich-corrected", edit("correction", "new", "42.50"), ("correction.mismatch",
     "correction"),
     title="A correction that changes nothing", why="What was corrected could be misstated.")
case("correction-invalid", "rich-corrected", edit("correction", "new", "heavy"), ("value.invalid",
     "correction"),
     title="A correction to something that does not fit", why=VALUE)

CLOCK = "The order of work could be told differently from how it was."
case("time-backwards", "minimal", edit("end", "time", [START + MINUTE - 1, OFFSET]), ("time.not-monotonic",
     "end"),
     title="An entry is one millisecond earlier than the one before", why=CLOCK)
case("time-seal-backwards", "minimal", edit("seal", "time", [START + 3 * MINUTE - 1, OFFSET]),
     ("time.not-monotonic", "seal"), ("time.outside-run", "ended"),
     title="The seal is earlier than the last entry",
     why=CLOCK)
case("time-before-run", "policy-time-noted", edit("begin", "time", [START - 1, OFFSET]), ("time.outside-run",
     "begin"),
     ("time.not-monotonic", "begin"), title="An entry from before the run", why=CLOCK)
case("time-before-run-noted-offset", "minimal", edit("end", "time", [START + MINUTE - 1, 720]),
     ("time.not-monotonic", "end"), title="Another offset does not move a time", why=CLOCK, clauses="4.2-6")
case("time-after-verification", "minimal", given("at", "", START + DAY + HOUR - 1),
     ("time.after-verification", "signoff"), title="Verified one millisecond before the sign-off",
     why="Records could be dated ahead.")
case("gap-unexplained", "rich-every-kind", omit("gap", "reason"), ("gap.unexplained", "gap"),
     verdict="PROVISIONAL",
     title="A gap without a reason", why="The recorder could be switched off at the right moment.")

WHO = "Somebody who is not entitled could do what counts."
case("actor-role", "minimal", edit("contract", "steps/0/roles", ["welder"]), ("actor.wrong-role", "begin"),
     ("actor.wrong-role", "end"), title="The performer has none of the step's roles", why=WHO)
case("actor-expired", "minimal-attested", edit("contract", "roster/1/not-after", [START, OFFSET]),
     ("actor.not-valid", "note"), ("actor.not-valid", "b-attests"), title="An actor whose time is over",
     why=WHO)
case("actor-revoked", "minimal-attested", given("trust", "revoked", [{"key": "operator-b", "at": START,
     "reason": "retired"}]),
     ("actor.not-valid", "note"), ("actor.not-valid", "b-attests"),
     title="An actor whose key was revoked before",
     why=WHO, clauses="7-4")
case("agent-checks", "rich", edit("checked", "actor", "agent-1"), ("agent.approval", "checked"),
     "check.missing",
     title="An agent checks a critical step", why="Software would vouch for itself.")
case("agent-releases", "rich", edit("released", "actor", "agent-1"), "step.not-released",
     ("agent.approval", "released"), title="An agent releases a hold point",
     why="Software would vouch for itself.")
case("check-missing", "rich", drop("checked"), "check.missing", title="Nobody checked a critical step",
     why=WHO)
case("check-own-work", "rich", edit("checked", "actor", "operator-b"), "check.not-independent",
     title="The performer checks his own work", why=WHO)
case("check-wrong-role", "rich", edit("checked", "actor", "operator-a"), ("actor.wrong-role", "checked"),
     "check.missing", title="Somebody without the role checks a critical step", why=WHO, clauses="9.10-16 9.10-19")
case("check-failed", "rich", edit("checked", "passed", False), "check.missing", ("deviation.missing",
     "checked"),
     title="A check failed and nothing was done about it", why=WHO, clauses="9.10-19 9.10-24")

SHOWN = "What was promised to be shown could stay hidden."
case("evidence-absent", "minimal-photo", detach("photo"), ("evidence.absent", "photo"), verdict="PROVISIONAL",
     title="An evidence item is absent", why=SHOWN)
case("evidence-not-beside", "evidence-beside", given("beside", "", []), ("evidence.absent", "photo"),
     title="Evidence that is said to lie beside the bundle does not", verdict="PROVISIONAL", why=SHOWN,
     clauses="9.1-4")
case("evidence-missing", "rich", drop("photo", "photo-entry"), "evidence.missing", verdict="PROVISIONAL",
     title="A slot is empty", why=SHOWN)
IN_SLOT: dict[str, Any] = {"step": "photograph", "pass_": 1, "slot": "seal-photo"}
case("evidence-media", "rich", insert("photo-entry", *photo("second", body=b"hello",
     **(IN_SLOT | {"media": "text/plain"}))),
     ("evidence.unfit", "second-entry"), title="A text in a slot for photographs", why=SHOWN)
case("evidence-slot-unknown", "rich", insert("photo-entry", *photo("second",
     **(IN_SLOT | {"slot": "video"}))),
     ("evidence.unfit", "second-entry"), title="Evidence for a slot that the step does not have", why=SHOWN)

FACT = "The run left its contract and nobody had to say so."
case("deviation-missing", "rich", edit("mass", "value", "43.01"), ("deviation.missing", "mass"), why=FACT,
     title="A value above its limit without a deviation")
case("deviation-missing-below", "rich", edit("mass", "value", "41.999999999999999999"), ("deviation.missing",
     "mass"),
     title="A value below its limit by the least that can be written", why=FACT, clauses="4.2-5")
case("deviation-missing-corrected", "rich-corrected", edit("correction", "new", "43.20"),
     ("deviation.missing", "correction"), title="A correction to a value outside the limits", why=FACT)
case("deviation-missing-aborted", "minimal", edit("ended", "outcome", "aborted"), ("deviation.missing",
     "ended"),
     title="A run is aborted without a deviation", why=FACT)
case("deviation-missing-skipped", "rich-every-kind", omit("contract", "steps/5/optional"),
     ("deviation.missing", "skip"),
     title="A step that is not optional is skipped without a deviation", why=FACT)
case("deviation-missing-slow", "minimal", edit("contract", "steps/0/max-ms", MINUTE - 1),
     ("deviation.missing", "end"),
     title="A step takes one millisecond too long", why=FACT)
case("deviation-reason", "deviation-reviewed", edit("raised", "reason", "bad-luck"),
     ("deviation.unknown-reason", "raised"),
     title="A reason that the pack does not have", why=FACT)
case("deviation-severity", "deviation-remediated", edit("raised", "severity", "minor"),
     ("deviation.understated", "raised"),
     title="A severity below the reason's", why="A grave deviation could be passed off as a trifle.")
case("deviation-scope", "deviation-reviewed", edit("raised", "values", []), ("deviation.understated",
     "raised"),
     title="The values that the reason demands are not named", why="What is affected could be left open.")
RULED = "Who ran the procedure could decide for himself what a deviation means."
case("deviation-unruled", "deviation-reviewed", drop("ruled"), ("deviation.unruled", "raised"), why=RULED,
     title="A deviation without a ruling")
case("deviation-ruling", "deviation-reviewed", edit("ruled", "ruling", "allow"), ("deviation.wrong-ruling",
     "ruled"),
     title="A ruling that is not the policy's", why=RULED)
case("deviation-ruling-policy", "deviation-reviewed", edit("ruled", "policy", bytes(32)),
     ("deviation.wrong-ruling", "ruled"),
     title="A ruling by another policy", why=RULED, clauses="8.4-2")
case("deviation-continued", "deviation-released", drop("freed"), ("deviation.continued", "correction"),
     clauses="8.4-4",
     title="Work goes on under a block", why="Product that must be held is passed on.")
case("deviation-released-by-performer", "deviation-released", edit("freed", "actor", "operator-a"),
     ("actor.wrong-role", "freed"), ("deviation.continued", "correction"),
     title="The performer releases the block himself", why="Product that must be held is passed on.",
     clauses="8.4-4")

case("attestation-waiting", "attestation-waiting-limit",
     edit("contract", "policy/rules/attestation.late/max-waiting", 3), ("attestation.late", "ended"),
     title="One entry more waits than may", why="An actor's entries could be made up at the end.")
case("attestation-at-once", "minimal", edit("contract", "policy/rules/attestation.late/at-once",
     ["step-completed"]),
     ("attestation.late", "ended"), title="An entry that must be attested at once is followed by another",
     why="A critical statement could be made in somebody's name and signed away later.")
case("trust-stale", "minimal", given("at", "", START + 60 * DAY), "trust.stale",
     title="Verified in the millisecond of the trust store's next update",
     why="Whoever keeps an old trust store away from its update keeps revoked keys alive.")
