"""Phase 7: the rules on evidence and its custody (SPEC 9.10). None of them says that anything was altered."""

from __future__ import annotations

from opsproof_verify.render.texts import COVER, NEXT, Text

TEXTS = {
    "evidence.absent": Text(
        "Evidence is not in this copy[: {digest}].",
        "The record names the evidence, but this copy leaves its content out. Its digest is known.",
        "The content was withheld, or is kept beside the bundle.",
        "Obtain the content and give its folder with --evidence-dir; each file is named by its SHA-256.",
    ),
    "evidence.missing": Text(
        "Step {step}[, pass {pass},] lacks evidence for {slot}[: {missing|item is|items are} missing].",
        "The contract lists the evidence that each step needs. The same file twice counts once.",
        "A photograph or document was not added, or came too late for the seal.",
        "Supply it with a sign-off that adds the evidence after the seal.",
    ),
    "evidence.unfit": Text(
        "An evidence item does not fit the slot {slot}[: {why}].",
        "The contract lists for each slot which media types it takes, and how many.",
        "A file of another type was added, or too many.",
        NEXT,
    ),
    "entry.late-unexplained": Text(
        "Something was recorded late[, {lag} after it was observed or captured,] and the entry does not say why.",
        "What is seen is recorded then and there. An entry that comes later states the reason under `late`.",
        "It was noted elsewhere and entered afterwards, or a clock was wrong.",
        COVER,
    ),
    "evidence.undescribed": Text(
        "An evidence item is not described as the policy asks[: it does not say {missing}].",
        "To judge a photograph or document one must know when it was captured, with what, and whether it is the "
        "original or a true copy.",
        "The item was added without these details.",
        COVER,
    ),
    "evidence.reused": Text(
        "The content of this evidence item was added to the run before.",
        "Each item shows something of its own. The same bytes a second time show nothing new.",
        "A photograph was used for two steps, or a file was added twice by mistake.",
        COVER,
    ),
    "evidence.late": Text(
        "An evidence item was added late[: {lag} after it claims to have been captured].",
        "Evidence is added soon after it is captured, so that there is little time to change it before its digest is "
        "recorded. A reason for the delay does not alter that.",
        "Files were collected and added together, or the clock of a camera was wrong.",
        COVER,
    ),
    "custody.broken": Text(
        "The chain of custody of an evidence item has a break[: {why}][; {holder} did][ ({to})].",
        "Who hands an item over holds it, and hands it to an actor of the run. First whoever added it holds it.",
        "A handover was not recorded, was recorded by somebody else, or went to a person outside of the run.",
        COVER,
    ),
    "custody.not-received": Text(
        "{to} did not confirm to have received an evidence item that was handed over.",
        "Custody changes hands with two entries: who gives the item, and who has it.",
        "The item did not arrive, or its receipt was not recorded.",
        COVER,
    ),
}
