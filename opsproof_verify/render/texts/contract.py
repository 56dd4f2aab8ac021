"""Phase 3: contract and trust (SPEC 9.6)."""

from __future__ import annotations

from opsproof_verify.render.texts import Text

_TRUST = "If the key is genuine by what its holder tells you through another channel, add it to your trust file."
_ISSUER = "Ask the contract's issuer; the contract must be issued anew."
_OTHER = "The bundle is from another organisation, the trust file is for another purpose, or the key was replaced."

TEXTS = {
    "trust.issuer-unknown": Text(
        "The contract is signed with an untrusted key: your trust file names no such issuer[: {kid}].",
        ("Trust comes from the trust file that you give and from nowhere else. It does not list the contract's key."),
        f"{_OTHER} Or somebody wrote a contract of their own.",
        f"Find out whose key it is. {_TRUST}",
    ),
    "contract.signature-invalid": Text(
        "The contract is altered: its signature does not fit its content.",
        "The content of the contract is not what the issuer's key signed.",
        "The contract was changed after it was signed, or its signature was taken from another.",
        "Obtain the contract from its issuer, and treat this bundle as altered.",
    ),
    "contract.inconsistent": Text(
        "The contract contradicts itself[, at {path}][: {why}].",
        ("The contract is signed, but breaks a rule that each contract must keep, such as unique names of steps."),
        "It was written with software that does not check contracts.",
        _ISSUER,
    ),
    "policy.pinned-malformed": Text(
        "The policy inside the contract cannot be used[, at {path}][: {why}].",
        ("A contract carries the policy that its issuer chose. This one is not a policy of the vocabulary it names."),
        "It was written with software that does not check policies.",
        _ISSUER,
    ),
    "trust.issuer-mismatch": Text(
        "The contract names another issuer than the trusted holder of its key[: {issuer}].",
        (
            "The signing key is trusted, but the person that the contract names is not the one that your "
            "trust file names."
        ),
        "Different names for one person in contract and trust file, or a key that is used by somebody else.",
        "Settle which name is right, then correct the trust file or have the contract issued anew.",
    ),
    "trust.issuer-not-for-contract": Text(
        "The issuer is trusted, but not for a contract of this name[: {contract}].",
        "Your trust file limits which contracts a key may sign. This one is not among them.",
        "The trust file does not yet name this family of contracts, or the issuer went beyond their remit.",
        "If the issuer is entitled to it, extend `contracts` in the trust file.",
    ),
    "trust.issuer-not-valid": Text(
        "The issuer's key is not trusted for the time at which the contract was issued[: {issued}].",
        "The key has a validity, or was revoked. The contract's date lies outside, or may be invented.",
        "The contract was issued before or after the key's validity; the key was retired or compromised.",
        "Have the contract issued anew with a valid key.",
    ),
    "contract.withdrawn": Text(
        "Your trust file says that this contract was withdrawn before the run started.",
        "A withdrawn contract may not be worked by after its withdrawal.",
        "The run used an old copy of the procedure.",
        ("Treat the work as done by an invalid procedure; repeat it, or have quality decide outside of this bundle."),
    ),
    "contract.version-too-low": Text(
        "The contract's version {version} is not trusted any more[: at least {least}].",
        "Your trust file names the least version of this procedure that may be used.",
        "The run used an old copy of the procedure.",
        ("Treat the work as done by a superseded procedure; repeat it, or have quality decide outside of this bundle."),
    ),
    "identity.shared-key": Text(
        "One key or actor stands for two identities[: {actor}].",
        "Who signed must be beyond doubt, so a key belongs to one person and is enrolled once.",
        ("People shared a key; a roster was filled in by copying; one person has two names in roster and trust file."),
        ("Give each person a key of their own, and one name. What was signed with the shared key cannot be mended."),
    ),
    "key.inadmissible": Text(
        "A key is not to be trusted for any signature: it is weak or not a key at all[: {why}, {kid}].",
        "Some byte strings look like keys, but under them anybody can sign anything. They are refused.",
        "A key that was made by hand or by faulty software; an attack.",
        "Replace the key with one made by a recorder or by OpenSSH.",
    ),
    "expect.mismatch": Text(
        "This is not the bundle that was expected: {what} is not {expected}.",
        "You said with --expect what the bundle should be about. It is about something else.",
        ("Another bundle was given by mistake; an old bundle was presented as a new one; a typing error in --expect."),
        "Obtain the bundle for what you expect, or correct the expectation.",
    ),
    "policy.not-accepted": Text(
        ("The policy was chosen by the contract's issuer, and your trust file does not vouch for it[: {policy}]."),
        ("Without --policy the policy inside the contract decides. It may do so alone only if you accepted it before."),
        "No policy was given, and the trust file lists no accepted policy for this issuer.",
        (
            "Give a policy of your own with --policy, or read the issuer's policy and add its digest to "
            "`accepted-policies`."
        ),
    ),
    "policy.never-final": Text(
        "Under this policy no bundle can be FINAL: it names no approval that is always asked for.",
        "FINAL means that somebody entitled has approved. A policy that may ask nobody cannot come to that.",
        "The policy is meant for looking at runs, not for closing them.",
        "Use a policy that names at least one approval without a condition.",
    ),
}
