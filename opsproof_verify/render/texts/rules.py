"""Phase 7: the rules on the run (SPEC 9.10); none of them says that anything was altered."""

from __future__ import annotations

from opsproof_verify.render.texts import Text

_NOW = "Nothing can be added to a sealed run. Have quality judge it, under a policy that accepts this if that is right."
_NEXT = f"{_NOW} For the next run, let the recorder check it as it happens."
_ROLE = "Check roles in the contract's roster, the assignments and the role map of the trust file."

TEXTS = {
    "contract.unapproved": Text(
        "The contract was not approved as the policy demands before the run began[: {approved} of {needed}].",
        ("Enough people other than the issuer must have approved the contract, in the right role, before the run."),
        "The approval was late or missing, or the approver is not in your trust file.",
        "If the approver is entitled, add them to the trust file. A late approval cannot be made earlier.",
    ),
    "contract.not-in-force": Text(
        "The run started at a time at which the contract was not in force.",
        "The contract has a first and a last day, and is not valid before it was issued.",
        "An old or a future version of the procedure was used, or a clock was wrong.",
        _NOW,
    ),
    "step.unknown": Text(
        "A step or pass is named that the contract does not have[: {step}][, pass {pass}].",
        "The contract lists the steps, and how often each may be repeated.",
        "A step was repeated too often, or work outside of the contract was recorded as a step.",
        _NEXT,
    ),
    "step.unfinished": Text(
        "Step {step} was not finished[: passes still to end: {passes}, one begun and still open: {open}].",
        "Each step that is not optional must be completed or skipped, and none may be left open.",
        "The work stopped half-way without the run being aborted, or a completion was not recorded.",
        f"A deviation covers an unfinished step, if it was raised before the seal. {_NOW}",
    ),
    "step.out-of-order": Text(
        "Work was done in another order than the contract demands[: {why}][ ({after})].",
        ("The contract says which steps must have ended before another begins; work belongs between start and end."),
        "Work was done, or recorded, in another order.",
        _NEXT,
    ),
    "step.not-released": Text(
        "A hold point was passed without a release[: step {hold}].",
        "Work after a hold point waits until an entitled person, who did not do the work, releases it.",
        "The release was forgotten, came too late, or was given by a performer.",
        _NEXT,
    ),
    "step.skip-unexplained": Text(
        "A step was skipped without a reason[: {step}][, pass {pass}].",
        "Who leaves a step out says why.",
        "The reason was not entered.",
        "An approval whose `covers` names this entry settles it.",
    ),
    "value.missing": Text(
        "Step {step}[, pass {pass},] was completed without a value that it asks for[: {value}].",
        "The contract lists the values to be recorded in each step.",
        "The value was not read, or not recorded.",
        _NEXT,
    ),
    "value.invalid": Text(
        ("The value {value}[ of step {step}] is not of the kind that the contract asks for[: {type}][ {unit}]."),
        "Type, unit or choice differ from what the contract states. Limits are another matter.",
        "A number was entered as text, in another unit, or a choice is not on the list.",
        _NEXT,
    ),
    "value.overwritten": Text(
        (
            "The value {value} of step {step} was recorded a second time instead of being corrected[; "
            "first in {before}]."
        ),
        "A value is recorded once. A change is a correction, with the old value and the reason.",
        "Somebody recorded a reading again.",
        _NEXT,
    ),
    "correction.mismatch": Text(
        "A correction does not fit the value that it corrects[: {value} of step {step}].",
        ("A correction states the old value and a new one that differs, and names the entry that held the value then."),
        "Two corrections crossed, or the old value was misread.",
        _NEXT,
    ),
    "time.not-monotonic": Text(
        (
            "The stated time goes back: it is earlier than that of an entry before[, by "
            "{back|millisecond|milliseconds}]."
        ),
        "Entries stand in the order in which they were written, so their claimed times should not go back.",
        "A clock was set back, or entries come from devices whose clocks differ.",
        "Compare the clocks. A policy may take this as a note.",
    ),
    "time.outside-run": Text(
        "The stated time lies before the start or after the end of the run[: {why}].",
        "What belongs to a run happens between its first entry and its seal.",
        "A clock was wrong, or something was recorded that did not happen in this run.",
        "Compare the clocks. A policy may take this as a note.",
    ),
    "time.after-verification": Text(
        "The stated time is later than the verification time.",
        "What claims to have happened after the time for which you verify cannot be taken at its word.",
        "A clock was wrong, or --at is too early.",
        "Check --at, then the clock that was used.",
    ),
    "gap.unexplained": Text(
        "The recorder stopped and started again, and nobody says why.",
        "A gap entry stands where recording was interrupted. It should give a reason.",
        "Power or a process failed, and the reason was not entered.",
        "An approval whose `covers` names this entry settles it.",
    ),
    "actor.wrong-role": Text(
        "{actor} does not hold a role that this work demands.",
        "The contract says which roles may do, check, release and close what.",
        "Somebody stood in without being assigned, or the roster lacks a role.",
        f"{_ROLE} {_NOW}",
    ),
    "actor.not-valid": Text(
        "{actor} was not vouched for at the time of this entry.",
        "Enrolment and keys have a validity, and keys can be revoked. The entry lies outside.",
        "A qualification or key had run out, or the key was revoked.",
        _NOW,
    ),
    "agent.approval": Text(
        "An actor that is not human checked, authorised, released, closed, approved or rejected[: {actor}].",
        "Agents and devices work and record. Checks, leave, releases, closures and approvals are for people.",
        "An automated step was given a human's task.",
        _NEXT,
    ),
    "check.missing": Text(
        "The critical step {step}[, pass {pass},] was not checked by a second person.",
        "A critical step needs a check that passed, by an entitled human.",
        "The check was forgotten, failed, or made by somebody without the role.",
        _NEXT,
    ),
    "check.not-independent": Text(
        "Step {step}[, pass {pass},] was checked only by those who did the work.",
        "At least one check is by a person who did not work on the pass.",
        "Too few people were there; one person used two names.",
        _NEXT,
    ),
    "evidence.absent": Text(
        "Evidence is not in this copy[: {digest}].",
        "The record names the evidence, but this copy leaves its content out. Its digest is known.",
        "The content was withheld, or is kept beside the bundle.",
        "Obtain the content and give its folder with --evidence-dir; each file is named by its SHA-256.",
    ),
    "evidence.missing": Text(
        "Step {step}[, pass {pass},] lacks evidence for {slot}[: {missing|item is|items are} missing].",
        "The contract lists the evidence that each step needs.",
        "A photograph or document was not added, or came too late for the seal.",
        "Supply it with a sign-off that adds the evidence after the seal.",
    ),
    "evidence.unfit": Text(
        "An evidence item does not fit the slot {slot}[: {why}].",
        "The contract lists for each slot which media types it takes, and how many.",
        "A file of another type was added, or too many.",
        _NEXT,
    ),
    "deviation.missing": Text(
        "The run left its contract, and no deviation was raised[: {what}].",
        ("What is out of contract (a value beyond its limits, a failed check, a skipped step) needs a deviation."),
        "It was not noticed, or not reported. A corrected value was still out of limits before.",
        _NEXT,
    ),
    "deviation.unknown-reason": Text(
        "The deviation's reason is not in the contract's list[: {reason}].",
        "Reasons are codes of the domain pack in the contract, so that they can be counted and compared.",
        "A code of another pack or version was used.",
        _NEXT,
    ),
    "deviation.understated": Text(
        "The deviation is stated as less than its reason demands[: severity {severity}, at least {least}]"
        "[: {demanded} left empty].",
        "A reason has a least severity. It may demand that steps, values, evidence, the immediate action or the "
        "time of the event are given.",
        "The severity was chosen too low, or something was left open.",
        _NEXT,
    ),
    "deviation.unruled": Text(
        "Nothing was ruled on the deviation when it was raised.",
        "The policy rules at once on each deviation: block, review or allow. That ruling is recorded.",
        "The recorder did not ask the policy, or the run ended first.",
        _NEXT,
    ),
    "deviation.wrong-ruling": Text(
        (
            "The recorded ruling on the deviation is not that of the contract's policy[: recorded "
            "{recorded}, computed {computed}; or it names another policy]."
        ),
        "The ruling is computed again with the policy in the contract. It comes out differently.",
        "The recorder used another policy, or the ruling was entered by hand.",
        _NEXT,
    ),
    "deviation.continued": Text(
        "Work went on although a deviation blocked it[: {deviation}].",
        "Under a block nobody works on until an entitled person, who did not do the work, releases it.",
        "The block was not seen, or was passed over.",
        _NEXT,
    ),
    "attestation.late": Text(
        "{actor} did not sign in time[: {waiting} entries waited].",
        "Actors sign their entries as they go. The policy says how many may wait, and which kinds may not.",
        "The recorder was set to sign seldom, or a key was not at hand.",
        _NEXT,
    ),
    "trust.stale": Text(
        ("Your trust file is out of date for the verification time, so it vouches for nothing new[: due {due}]."),
        "A trust file says until when it is to be relied on. Keys may have been revoked since.",
        "No newer trust file was fetched.",
        "Obtain the current trust file from whoever keeps it.",
    ),
    "action.unauthorised": Text(
        '{actor} worked without leave in a step that asks for it[, action "{action}"][: {why}].',
        "In a step whose actions must be authorised, an agent or device takes each action under a leave of its own. A "
        "human with the right role gave it for that pass, action and arguments, and it had neither been used nor "
        "expired. Nor does an agent or device complete such a pass if no action is recorded in it. Humans need no "
        "leave.",
        "The agent did not wait for the leave, changed the arguments after it, was too late, or did not record what it "
        "did; or somebody without the role gave the leave.",
        _NEXT,
    ),
}
