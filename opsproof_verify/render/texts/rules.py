"""Phase 7: the rules on contract, trust file, clock and recorder (SPEC 9.10).

None of them says that anything was altered.
"""

from __future__ import annotations

from opsproof_verify.render.texts import COVER, NEXT, NOW, Text

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
        NOW,
    ),
    "time.not-monotonic": Text(
        "The stated time goes back: it is earlier than that of an entry before[, by {back}].",
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
        COVER,
    ),
    "trust.stale": Text(
        ("Your trust file is out of date for the verification time, so it vouches for nothing new[: due {due}]."),
        "A trust file says until when it is to be relied on. Keys may have been revoked since.",
        "No newer trust file was fetched, whoever keeps it has issued none, or --at is later than you mean.",
        "Obtain the current trust file from whoever keeps it, look at `trust diff` of both, and verify again.",
    ),
    "contract.no-retention": Text(
        "The contract does not say how long the record is to be kept.",
        "The contract should name a class of retention, and for how many years. Nothing is deleted by that; it tells "
        "whoever stores the record.",
        "The procedure was written without it, or is older than the demand for it.",
        f"{NOW} The next version of the contract states it under `retention`.",
    ),
    "time.repeated": Text(
        "More than {most} entries one after another claim the same time.",
        "People and instruments do not do that much in one instant. Such a row suggests that entries were written "
        "together, after the work.",
        "Work was entered afterwards, a clock stood still, or a fast agent writes several entries at once.",
        "Ask how the entries came about. A policy may allow more of them under `max-same`, or take this as a note for "
        "agents.",
    ),
    "time.clock-unstated": Text(
        "The run does not say by which clock its times are.",
        "All times but those of witnesses are claimed. Who reads them should know what claims them.",
        "The recorder was started without the name of its clock.",
        NEXT,
    ),
    "time.clock-changed-silently": Text(
        "The time goes back[ by {back}], and no entry says that the clock was changed.",
        "A clock that is set is set openly: an entry of the kind `clock-changed` stands where the time goes back.",
        "A clock was set back during the run, or entries come from devices whose clocks differ.",
        f"Compare the clocks. {NEXT}",
    ),
}
