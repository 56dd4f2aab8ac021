"""Phase 7: the rules on work: steps, values, instruments, leave for actions (SPEC 9.10).

None of them says that anything was altered.
"""

from __future__ import annotations

from opsproof_verify.render.texts import COVER, NEXT, NOW, Text

TEXTS = {
    "step.unknown": Text(
        "A step or pass is named that the contract does not have[: {step}][, pass {pass}].",
        "The contract lists the steps, and how often each may be repeated.",
        "A step was repeated too often, or work outside of the contract was recorded as a step.",
        NEXT,
    ),
    "step.unfinished": Text(
        "Step {step} was not finished[: passes still to end: {passes}, one begun and still open: {open}].",
        "Each step that is not optional must be completed or skipped, and none may be left open.",
        "The work stopped half-way without the run being aborted, or a completion was not recorded.",
        f"A deviation covers an unfinished step, if it was raised before the seal. {NOW}",
    ),
    "step.out-of-order": Text(
        "Work was done in another order than the contract demands[: {why}][ ({after})].",
        ("The contract says which steps must have ended before another begins; work belongs between start and end."),
        "Work was done, or recorded, in another order.",
        NEXT,
    ),
    "step.not-released": Text(
        "A hold point was passed without a release[: step {hold}].",
        "Work after a hold point waits until an entitled person, who did not do the work, releases it.",
        "The release was forgotten, came too late, or was given by a performer.",
        NEXT,
    ),
    "step.skip-unexplained": Text(
        "A step was skipped without a reason[: {step}][, pass {pass}].",
        "Who leaves a step out says why.",
        "The reason was not entered, or was written down elsewhere.",
        COVER,
    ),
    "value.missing": Text(
        "Step {step}[, pass {pass},] was completed without a value that it asks for[: {value}].",
        "The contract lists the values to be recorded in each step.",
        "The value was not read, or not recorded.",
        NEXT,
    ),
    "value.invalid": Text(
        ("The value {value}[ of step {step}] is not of the kind that the contract asks for[: {type}][ {unit}]."),
        "Type, unit or choice differ from what the contract states. Limits are another matter.",
        "A number was entered as text, in another unit, or a choice is not on the list.",
        NEXT,
    ),
    "value.overwritten": Text(
        (
            "The value {value} of step {step} was recorded a second time instead of being corrected[; "
            "first in {before}]."
        ),
        "A value is recorded once. A change is a correction, with the old value and the reason.",
        "Somebody recorded a reading again, to mend a slip or because the first had changed since.",
        NEXT,
    ),
    "correction.mismatch": Text(
        "A correction does not fit the value that it corrects[: {value} of step {step}].",
        ("A correction states the old value and a new one that differs, and names the entry that held the value then."),
        "Two corrections crossed, or the old value was misread.",
        NEXT,
    ),
    "action.unauthorised": Text(
        '{actor} worked without leave in a step that asks for it[, action "{action}"][: {why}].',
        "In a step whose actions must be authorised, an agent or device takes each action under a leave of its own. A "
        "human with the right role gave it for that pass, action and arguments, and it had neither been used nor "
        "expired. Nor does an agent or device complete such a pass if no action is recorded in it. Humans need no "
        "leave.",
        "The agent did not wait for the leave, changed the arguments after it, was too late, or did not record what it "
        "did; or somebody without the role gave the leave.",
        NEXT,
    ),
    "action.by-principal": Text(
        "{actor} acted under a leave that its own principal gave[: {person}].",
        "A principal is accountable for an agent. Where a policy asks for it, somebody else gives the leave, so that "
        "two people stand behind each action.",
        "The person who runs the agent also had the role that gives leave.",
        NEXT,
    ),
    "instrument.missing": Text(
        "A pass was completed without an instrument that the step asks for[: {instrument}].",
        "The contract lists what instruments must be used as. Each needs an entry that names the instrument in that "
        "pass.",
        "The instrument was not used, or its use was not recorded, or not recorded for that purpose.",
        COVER,
    ),
    "instrument.out-of-calibration": Text(
        "The instrument {instrument} is not shown to be calibrated[: {why}].",
        "An instrument is used until the date that its calibration holds, and the entry states that date.",
        "The calibration had run out, or its date was not entered.",
        COVER,
    ),
}
