"""Phase 7: the rules on deviations (SPEC 9.10). None of them says that anything was altered."""

from __future__ import annotations

from opsproof_verify.render.texts import COVER, NEXT, Text

TEXTS = {
    "deviation.missing": Text(
        "The run left its contract, and no deviation was raised[: {what}].",
        ("What is out of contract (a value beyond its limits, a failed check, a skipped step) needs a deviation."),
        "It was not noticed, or not reported. A corrected value was still out of limits before.",
        NEXT,
    ),
    "deviation.unknown-reason": Text(
        "The deviation's reason is not in the contract's list[: {reason}].",
        "Reasons are codes of the domain pack in the contract, so that they can be counted and compared.",
        "A code of another pack or version was used.",
        NEXT,
    ),
    "deviation.understated": Text(
        "The deviation is stated as less than its reason demands[: severity {severity}, at least {least}]"
        "[: {demanded} left empty].",
        "A reason has a least severity. It may demand that steps, values, evidence, the immediate action or the "
        "time of the event are given.",
        "The severity was chosen too low, or something was left open.",
        NEXT,
    ),
    "deviation.unruled": Text(
        "Nothing was ruled on the deviation when it was raised.",
        "The policy rules at once on each deviation: block, review or allow. That ruling is recorded.",
        "The recorder did not ask the policy, or the run ended first.",
        NEXT,
    ),
    "deviation.wrong-ruling": Text(
        (
            "The recorded ruling on the deviation is not that of the contract's policy[: recorded "
            "{recorded}, computed {computed}; or it names another policy]."
        ),
        "The ruling is computed again with the policy in the contract. It comes out differently.",
        "The recorder used another policy, or the ruling was entered by hand.",
        NEXT,
    ),
    "deviation.continued": Text(
        "Work went on although a deviation blocked it[: {deviation}].",
        "Under a block nobody works on until an entitled person, who did not do the work, releases it.",
        "The block was not seen, or was passed over.",
        NEXT,
    ),
    "deviation.late": Text(
        "The deviation was raised late[: {delay} after what it is about].",
        "A deviation is raised soon after what it is about: after the time at which it occurred, and after the "
        "values that it names.",
        "It was noticed late, or reported at the end of the run.",
        COVER,
    ),
    "deviation.premature": Text(
        "The run left its contract here, and only a deviation raised before covers that[: {deviation}].",
        "A deviation describes what happened. One raised beforehand is leave for something that nobody has seen yet.",
        "A deviation was raised in advance, or an old one was left to cover everything that followed.",
        COVER,
    ),
}
