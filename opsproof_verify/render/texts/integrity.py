"""Phases 4 to 6: chain, seal, signatures, evidence (SPEC 9.7 to 9.9)."""

from __future__ import annotations

from opsproof_verify.render.texts import Text

_CHANGED = "Entries were changed, removed, inserted or moved after they were written; or the recorder has a fault."
_ORIGINAL = "Treat the record as altered. Obtain the original, or a copy that somebody else kept, and compare."
_TRUST = "If the key is genuine by what its holder tells you through another channel, add it to your trust file."
_RESEAL = "The seal was made for another run or state of it, or the file was changed after sealing."

TEXTS = {
    "chain.wrong-run": Text(
        "The record is altered: this entry belongs to another run.",
        "Each entry names its run. This one names a different run than the file's.",
        "An entry was carried over from another file.",
        _ORIGINAL,
    ),
    "chain.wrong-seq": Text(
        ("The record is altered: this entry carries another number than belongs here[: {seq}, not e{expected}]."),
        "Entries are numbered without gaps. Here the number is not the next one.",
        _CHANGED,
        _ORIGINAL,
    ),
    "chain.broken-link": Text(
        "The record is altered: this entry is not linked to the one that stands before it.",
        "Each entry holds the hash of the one before it. Here the hash belongs to something else.",
        f"{_CHANGED} Often it is the entry before that was changed.",
        _ORIGINAL,
    ),
    "contract.approvals-mismatch": Text(
        "The record is altered: the approvals of the contract are not those that the run started with.",
        "The first entry lists the approvals that stand in the file. The list and the file differ.",
        "An approval of the contract was added, removed or exchanged after the run had started.",
        _ORIGINAL,
    ),
    "seal.wrong-run": Text(
        "The record is altered: the seal is that of another run.",
        "The seal names the run that it closes. It names a different one.",
        _RESEAL,
        _ORIGINAL,
    ),
    "seal.wrong-contract": Text(
        "The record is altered: the seal is for another contract.",
        "The seal names the contract of its run. It names a different one.",
        _RESEAL,
        _ORIGINAL,
    ),
    "seal.wrong-count": Text(
        "The record is altered: the seal states another number of entries than the file holds.",
        "The seal fixes how many entries there are, so that none can be added or taken away.",
        _RESEAL,
        _ORIGINAL,
    ),
    "seal.wrong-head": Text(
        "The record is altered: the last entry is not the one that was sealed.",
        "The seal fixes the hash of the last entry, and by it all before.",
        _RESEAL,
        _ORIGINAL,
    ),
    "seal.wrong-root": Text(
        "The record is altered: the entries together are not those that were sealed.",
        "The seal fixes one hash over all entries (a Merkle root). That of the file is another.",
        _RESEAL,
        _ORIGINAL,
    ),
    "seal.wrong-evidence": Text(
        "The record is altered: number or size of the evidence is not what was sealed.",
        "The seal fixes how many evidence items there are and how many bytes they have together.",
        _RESEAL,
        _ORIGINAL,
    ),
    "actor.unknown": Text(
        "This entry was written under a name that nobody vouches for[: {actor}].",
        "Each actor is enrolled by the contract's roster or by an earlier assignment. This one is not.",
        "Somebody worked without being assigned, or an actor's name is misspelt.",
        "Nothing can be added after the seal. Assign people before they work.",
    ),
    "signature.wrong-key": Text(
        "This record is signed with an untrusted key: not that of the person who had to sign it[: {kid}].",
        "Who must sign what is fixed by the format. The signature was made with a key of somebody else.",
        ("The wrong key file was used, a key was replaced without an assignment, or somebody signed for another."),
        "Find out whose key it is. It can be mended only by the right person signing, before the seal.",
    ),
    "signature.invalid": Text(
        "The record is altered: this signature does not fit what it signs.",
        "The content is not what the key signed.",
        "The record was changed after it was signed, or the signature was taken from another record.",
        _ORIGINAL,
    ),
    "attestation.mismatch": Text(
        "The record is altered: {actor} signed other entries than those that stand here under that name.",
        "Actors count and hash their own entries themselves and sign that. The file holds other entries.",
        "Somebody wrote, changed or removed entries under another's name; or the recorder has a fault.",
        _ORIGINAL,
    ),
    "assignment.unauthorised": Text(
        "Nobody entitled vouches for this assignment.",
        "Further actors join a run only by an assignment that an entitled person signed for this run.",
        "The signer lacks the role that the contract demands, or the assignment was made for another run.",
        "Have assignments signed by somebody who may assign, before the work.",
    ),
    "seal.unauthorised": Text(
        "Nobody vouches for the sealer: the person or key was not entitled to seal[: {actor}].",
        "The contract, and perhaps the policy, name the roles that may seal; the key must be valid then.",
        "The wrong person sealed; the sealer's key had run out or was revoked.",
        ("A run has one seal. It cannot be mended after the fact; the run must be judged outside of this bundle."),
    ),
    "signer.unknown": Text(
        "A signature by an untrusted key was left out of account[: {kid}].",
        "The key of this approval or sign-off is neither in your trust file nor enrolled in the run.",
        "The signer is new, has a new key, or is somebody who has no say.",
        f"{_TRUST}",
    ),
    "signer.mismatch": Text(
        ("The signer states a name that nobody vouches for: the key belongs to somebody else[, not to {person}]."),
        "Key and stated person disagree, or the approval names another contract.",
        "Different names for one person, a borrowed key, or an approval carried over from elsewhere.",
        "Have the right person sign with their own key.",
    ),
    "witness.unknown": Text(
        "A witness that your trust file does not vouch for was left out of account[: key {kid}].",
        ("A witnessed time counts only from a witness of your trust file. Without it nothing is worse than before."),
        "The witness serves others than you, has a new key, or is missing from your trust file.",
        f"Nothing, unless you need its time. {_TRUST}",
    ),
    "witness.not-independent": Text(
        "Nobody independent vouches for this time: the witness is also a party to the run[: {witness}].",
        "A witness's key and name belong to nobody who works, approves or issues.",
        "A key was used for two purposes.",
        "Give the witness a key of its own. Times that it signed with the shared key do not count.",
    ),
    "witness.mismatch": Text(
        "The record is altered: a witness signed something that is not in this file.",
        "A witness names what it saw by hash. Nothing here has that hash.",
        "An entry, the seal or a sign-off was changed or exchanged after it was witnessed.",
        _ORIGINAL,
    ),
    "evidence.wrong-digest": Text(
        "The evidence is altered: its content is not what was recorded.",
        "The record holds the SHA-256 of the content. That of the content here is another.",
        "The content was edited, converted or exchanged; another file was put beside the bundle.",
        "Obtain the original content; `sha256sum` of it must give the recorded digest.",
    ),
    "evidence.wrong-size": Text(
        "The evidence is altered: its size is not what was recorded[: {found} bytes, not {recorded}].",
        "The record holds the number of bytes of the content. The content here has another number.",
        "The content was cut, edited or exchanged; or the recorder has a fault.",
        "Obtain the original content; `sha256sum` of it must give the recorded digest.",
    ),
}
