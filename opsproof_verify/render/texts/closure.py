"""Phase 8: sign-offs and closure (SPEC 9.11)."""

from __future__ import annotations

from opsproof_verify.render.texts import Text

_SIGN_AGAIN = "The signer withdraws it and signs again."
_TRUST = "If the key is genuine by what its holder tells you through another channel, add it to your trust file."
_JUDGE = "Have quality judge it, under a policy that accepts this if that is right."

TEXTS = {
    "signoff.duplicate": Text(
        "The same sign-off stands twice in the file.",
        "Each sign-off is appended once. A second copy adds no approval, and no recorder writes one.",
        "Copies of the bundle were merged with something else than a recorder.",
        "Merge the copies anew from their originals.",
    ),
    "signoff.wrong-seal": Text(
        "The record is altered: this sign-off is for another bundle.",
        "A sign-off names seal and run of what was signed. These are others.",
        "A sign-off was carried over from another bundle.",
        "Obtain the original file, and ask the signer what they signed.",
    ),
    "signoff.seen-missing": Text(
        "incomplete: obtain {hash}.",
        "A signer had seen a further sign-off that this copy lacks. It may be a rejection.",
        "Copies with different sign-offs have not been merged yet, or a sign-off was cut out.",
        "Ask the signer who saw it for their copy, and merge it with this one.",
    ),
    "signoff.invalid-withdrawal": Text(
        "A withdrawal is not one that any recorder writes[: {why}].",
        "Only the same person withdraws a sign-off, having seen it, and nothing takes back a withdrawal.",
        "It names a sign-off of somebody else, one that the signer had not seen, or a withdrawal.",
        "Obtain a copy without it; the person concerned must withdraw their own.",
    ),
    "approval.rejected": Text(
        "{person} has rejected this bundle.",
        "A rejection that stands decides: there is no approval against it.",
        "Somebody found a fault and said so with their key.",
        "Settle the matter with that person. Only they can withdraw the rejection.",
    ),
    "attestation.owed": Text(
        "{actor} has not signed entries on which rules about people rest[: {count|entry|entries} in all].",
        "Who did, checked or released something counts only once they signed it themselves.",
        "The run was sealed before everybody had signed.",
        "That actor signs late, with a sign-off of the decision `attest`.",
    ),
    "entry.withheld": Text(
        "This entry is withheld from this copy.",
        ("The entries existed, and are covered by the seal; what they say is not here. They may hold a deviation."),
        "Somebody made a redacted copy: for confidentiality, or to hide what the entries say.",
        "Obtain the full copy. A redacted one is never FINAL.",
    ),
    "attestation.missing": Text(
        "{actor} has not signed some of their entries[: {count|entry|entries} in all].",
        "Entries count as recorded, but their author has not put a signature to them.",
        "The run was sealed before everybody had signed.",
        "That actor signs late, with a sign-off of the decision `attest`.",
    ),
    "signoff.before-seal": Text(
        "The sign-off by {person} claims a time before the seal.",
        "What is signed did not exist before it was sealed.",
        "The clock of signer or sealer was wrong, or the time was entered by hand.",
        _SIGN_AGAIN,
    ),
    "signoff.key-not-valid": Text(
        "The key of {person} is not vouched for at the time of this sign-off.",
        "Keys have a validity and can be revoked; a compromised key keeps only what was witnessed before.",
        "The key had run out, was revoked, or is not yet valid.",
        f"{_SIGN_AGAIN} A new key must be in the trust file.",
    ),
    "approval.self": Text(
        "{person} approved, but took part in what is approved[: approval {need}].",
        "The policy asks for an approval by somebody who did not write, do, check or seal the work.",
        "Too few people were available, or the wrong person signed.",
        "Another person approves, and this approval is withdrawn.",
    ),
    "approval.missing": Text(
        "Approval {need} is not complete[: {missing|further person|further people}][ in the role {role}].",
        "The policy says who must approve. So far not enough of them have.",
        "The bundle was not presented yet, or approvals do not count: wrong role, blind, of a redacted copy, given "
        "before evidence was supplied, or flawed in a way that is a finding of its own.",
        "Have the people sign who are listed as still owed.",
    ),
    "deviation.not-remediated": Text(
        "The deviation is not remediated: nobody has shown with evidence what was done about it.",
        "The reason of this deviation demands remediation with evidence.",
        "The work is still to be done, or its evidence was not added.",
        "Whoever mended it signs off with the decision `remediate` and the evidence.",
    ),
    "deviation.not-closed": Text(
        "The deviation is not closed: nobody entitled has verified it[ (ruled {ruling})].",
        "A deviation that is ruled `review` or `block`, or whose reason demands remediation, is closed by an entitled "
        "person who neither raised nor mended it, or by an approval of somebody who did not mend it.",
        "The review has not taken place yet.",
        "An approval whose `covers` names the deviation closes it, if its signer did not mend it.",
    ),
    "rule.not-evaluated": Text(
        "This rule could not be evaluated[: {why}].",
        "What cannot be seen cannot be passed. The rule counts at its own level, as the policy says.",
        "Entries are withheld from this copy, or no verification time was given.",
        "Obtain the full copy, or give --at.",
    ),
    "seal.key-not-trusted": Text(
        "The seal is made with an untrusted key, which is of no issuer or approver in your trust file[: {kid}].",
        "The sealer is enrolled in the run, but here the policy asks for a key that you know from elsewhere too.",
        "Somebody sealed who is in the roster only, or the trust file is older than the sealer's key.",
        f"Find out whose key it is. {_TRUST}",
    ),
    "seal.not-witnessed": Text(
        "No independent clock has signed the seal, or anything after it.",
        "Without a witness every time in the bundle is claimed by those who took part. Nobody else says when it was "
        "sealed.",
        "The bundle was not sent to a witness, or your trust file does not name the one that signed.",
        "Have a witness of the trust file sign the seal.",
    ),
    "seal.witnessed-late": Text(
        "An independent clock signed the seal too late, or has not signed it yet[: {late} past the last moment].",
        "The sooner after sealing a witness signs, the less could be done in between. The policy says how long that "
        "may take.",
        "The bundle was kept back, the witness could not be reached, or the sealer's clock was wrong.",
        f"It cannot be made earlier. {_JUDGE}",
    ),
    "redaction.unexplained": Text(
        "This is left out of this copy, and no sign-off says by whom and why.",
        "Who withholds an entry or leaves evidence out signs for it, with the decision `redact` and the reason.",
        "The copy was made without such a sign-off, or the sign-off names something else.",
        "Obtain the full copy, or have whoever made this one sign for what it leaves out.",
    ),
    "signoff.not-authenticated": Text(
        "The approval by {person} does not claim the authentication that the policy asks for[: {why}][ ({claimed})]"
        "[ ({age})].",
        "A sign-off may say by how many kinds of factors (knowledge, possession, inherence) its signer was "
        "authenticated, and when. That is a claim: no file can show it. Here it is absent, too weak, or not of the "
        "time of signing.",
        "The signing software does not state it, or the signer had logged in long before.",
        _SIGN_AGAIN,
    ),
    "signoff.delegation-invalid": Text(
        "{person} approved under a delegation that does not hold[: {why}].",
        "Who signs in somebody else's role needs a delegation: signed by an approver of your trust file who holds "
        "the role, for this person, role, contract and time.",
        "The delegation had run out, is for another role or procedure, or its giver is not in your trust file.",
        f"{_SIGN_AGAIN} Or the giver approves.",
    ),
    "signoff.other-policy": Text(
        "The approval by {person} was given on a report under another policy[: {policy}].",
        "A sign-off names the policy of the report that its signer looked at. It is neither the one you verify with "
        "nor the contract's.",
        "The signer used another profile, or an older version of it.",
        _SIGN_AGAIN,
    ),
    "approval.late": Text(
        "Approval {need} missed its deadline[: {in_time|person had signed|people had signed} in time].",
        "The policy says how long after the seal an approval may take.",
        "The bundle was presented late, the signer was absent, or evidence was supplied late and it had to be approved "
        "again.",
        f"A late approval cannot be made earlier. {_JUDGE}",
    ),
}
