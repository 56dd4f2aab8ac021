"""The sentences of a comparison of two copies (SPEC 9.13)."""

from __future__ import annotations

#: What each word says; ``{place}`` is where they part, ``{lost}`` what B lacks.
WORDS = {
    "identical": "A and B are the same file, byte for byte.",
    "other-run": "A and B are not copies of one run. Nothing further was compared.",
    "forked": "A and B are two histories of one run. They part at {place}. {proof}",
    "altered": "A and B differ where at most one of them can be as it was recorded.",
    "mergeable": "A and B are the same up to the seal. After it each has what the other lacks; they can be merged.",
    "extended": "B holds every record of A, and more.",
    "rolled-back": "B lacks records that A holds: {lost}. Do not let B take the place of A.",
    "withheld": "A and B hold the same records, but one of them lacks content that the other has.",
    "rearranged": "A and B hold the same records.",
    "undecided": "A and B are the same as far as both could be read. Whether they differ behind that is not known.",
}
NO_ENTRY = "A and B have one contract, but {bare} entry that can be read: of which run it is cannot be told."
SIGNED = "Both are signed: see the proof."
NOT_SIGNED = "This is not proven: see below."
SELF = "{who} contradicts itself at {place}."
REJECTION = "A rejection is among them."
LESS = "{name} lacks content that {other} has: see below."
NOT_READ = "{what} not read to the end."
AS_READ = "What is said here is about what was read."

#: Why a copy cannot be right where the copies part (SPEC 9.13-4).
CONTRADICTIONS = {
    "unreadable": "contradicts itself: this cannot be read",
    "place": "contradicts itself: this names another run, number or predecessor than its place demands",
    "next": "contradicts itself: what follows names something else in this place",
    "entries": "contradicts itself: this is no seal of the entries before it",
    "signature": "contradicts itself: the signature does not verify under the key of the actor that it names",
}
MEETS = "From {where} on, A and B are the same again: at most one of them is as it was recorded where they part."
SAME_SEAL = "Both hold the same seal: at most one of them is as it was recorded where they part."

SHOW = "`opsproof-verify show` prints what each copy says there."
ATTESTATION = "the attestation e{entry} of {actor} (person {person}), signed over e{names} and so over all before it."
SEAL = "the seal of {actor} (person {person}), signed over all {entries}."
VERIFIES = "The signature verifies."
NO_PROOF = "no signed record commits to this side."
UNPROVEN = "{count} for this side, but no signature that verifies under a key which both copies enrol."
ONE_KEY = "Both records are signed with the same key: its holder signed both histories."
TWO_KEYS = "The two records are signed with different keys."
OPEN = "A side without such a record can have been written by anybody who held the file."
NO_HISTORY = "A side that contradicts itself is no second history: it was changed, or badly copied, afterwards."
KEYS = "The two records are signed with different keys."
OPEN = "The fork is not proven. A side without such a record can have been written by anybody who held the file."
KEYS = (
    "The keys are those that the contract in both copies enrols. That contract is not judged here: "
    "`check` tells whether its issuer is trusted."
)
NO_KEYS = (
    "No signature could be verified: the keys are those of the contract, which cannot be read, or is not the same in "
    "both copies."
)

#: Beside the entries, what differs; then who agrees with the records.
ALTERED = {
    "contract": "The contract differs.",
    "approvals": "The approvals of the contract differ.",
    "evidence": "The evidence {digest} differs.",
    "actor": "A frame of a withheld entry names another actor.",
}
AGREES: dict[tuple[bool | None, bool | None], str] = {
    (True, False): "A agrees with the record that names it, B does not.",
    (False, True): "B agrees with the record that names it, A does not.",
    (False, False): "Neither agrees with the record that names it.",
}
CANNOT_TELL = "Which of them is right cannot be told from the copies."

REORDERED = "What stands after the seal stands in another order, as it does where people sign side by side."
UNNAMED = "They differ only in evidence frames that no record names."

MERGE = "Check both copies first: no signature was verified here. Neither file is changed but by appending:"
MERGE_INTO = (
    "{into}: take each record that only {other} has as a file of its own. Ask its signer for the detached file, or cut "
    "the bytes named above out of {other}. Then: opsproof append --run {file} FILE..."
)

LIMITS = (
    "Neither copy was judged: `opsproof-verify check` gives a verdict on each.",
    "Names, roles and times are what the records say of themselves{but}.",
    "There may be a third copy that says otherwise.",
)
BUT_PROOF = "; no signature was verified but those of the proof"
NO_SIGNATURE = "; no signature was verified"
