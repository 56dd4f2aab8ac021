"""Phase 3: contract, trust store, expectations, policies."""

from __future__ import annotations

from . import crypto
from .base import policy
from .case import Cases
from .model import DAY, START, Hash, Key
from .ops import edit, enrol, flip, forget, given, omit, signer
from .toml import canonical

# The cases below are a table: rows are filled, not broken as code is.
# fmt: off

CASES = Cases()
case = CASES

STRANGER = "Anybody could write a contract and prove that it was kept."

case("issuer-unknown", "minimal", forget("issuer/0"), ("trust.issuer-unknown", "contract"),
     title="The trust store has no issuer", why=STRANGER)
case("issuer-other-key", "minimal", signer("contract", "stranger"), ("trust.issuer-unknown", "contract"),
     title="A contract that a stranger signed in the issuer's name", why=STRANGER)
case("issuer-is-approver-only", "minimal", signer("contract", "quality"), ("trust.issuer-unknown",
     "contract"),
     title="A contract that an approver signed", why="An approver could write the rules that he approves.")
for stage, at, title in (("signature", 0, "R"), ("signature", 32, "S")):
    case(f"contract-signature-{title.lower()}", "minimal", flip("contract", stage, at),
         ("contract.signature-invalid", "contract"),
         title=f"A bit of the contract's signature is flipped in {title}",
         why=STRANGER)
case("contract-signature-stranger", "minimal", signer("contract", "stranger", "issuer"),
     ("contract.signature-invalid", "contract"), title="A stranger's signature under the issuer's kid",
     why=STRANGER)

LOOSE = "A contract that contradicts itself lets each verifier keep another half."
for name, twin, mutation, title in (
    ("contract-step-twice", "rich", edit("contract", "steps/5/id", "label"), "Two steps of one id"),
    ("contract-value-twice", "rich", edit("contract", "steps/0/values/1/id", "mass"), "Two values of one id"),
    ("contract-param-twice", "minimal", edit("contract", "params/+", {"id": "batch"}),
     "Two parameters of one id"),
    ("contract-actor-twice", "minimal", edit("contract", "roster/1/id", "operator-a"), "Two actors of one id"),
    ("contract-key-twice", "minimal", edit("contract", "roster/1/key", Key("operator-a")),
     "One key for two actors"),
    ("contract-reason-twice", "rich", edit("contract", "pack/reasons/1/code", "spill"),
     "Two reasons of one code"),
    ("contract-after-unknown", "rich", edit("contract", "steps/1/after", ["weight"]),
     "A step after one that is not there"),
    ("contract-after-cycle", "rich", edit("contract", "steps/0/after", ["label"]),
     "Steps that wait for each other"),
    ("contract-after-itself", "rich", edit("contract", "steps/0/after", ["weigh"]),
     "A step that waits for itself"),
    ("contract-limits-crossed", "rich", edit("contract", "steps/0/values/0/min", "43.01"),
     "A minimum above the maximum"),
    ("contract-limits-on-text", "rich", edit("contract", "steps/0/values/1/min", "1"), "A limit on a text"),
    ("contract-unit-on-text", "rich", edit("contract", "steps/0/values/1/unit", "kg"), "A unit on a text"),
    ("contract-choices-on-integer", "rich", edit("contract", "steps/4/values/0/choices", ["1"]),
     "Choices on an integer"),
    ("contract-choice-without", "rich", edit("contract", "steps/0/values/1/type", "choice"),
     "A choice without choices"),
    ("contract-repeat-crossed", "rich", edit("contract", "steps/4/repeat/min", 3),
     "At least three passes, at most two"),
    ("contract-slot-crossed", "rich", edit("contract", "steps/1/evidence/0/min", 3),
     "At least three items, at most two"),
    ("contract-check-uncritical", "rich", omit("contract", "steps/2/critical"),
     "Who checks a step that is not critical"),
    ("contract-tag-unknown", "rich", edit("contract", "steps/0/tags", ["filling"]),
     "A tag that is not the pack's"),
    ("contract-window-crossed", "rich", edit("contract", "not-after", [START - 11 * DAY, 0]),
     "Valid until before valid from"),
):
    case(name, twin, mutation, ("contract.inconsistent", "contract"), title=title, why=LOOSE, clauses="6.1-2")

FLOOR = "What cannot be read as a policy demands nothing."
for name, mutation, title in (
    ("pinned-rule-missing", omit("contract", "policy/rules/check.missing"), "A rule is not listed"),
    ("pinned-rule-unknown", edit("contract", "policy/rules/step.done", {"level": "fail"}), "An unknown rule"),
    ("pinned-level-unknown", edit("contract", "policy/rules/check.missing", {"level": "warn"}),
     "An unknown level"),
    ("pinned-no-remedy", edit("contract", "policy/rules/check.missing", {"level": "provisional"}),
     "A rule that nothing mends is provisional"),
    ("pinned-off-unexplained", edit("contract", "policy/rules/check.missing", {"level": "off"}),
     "Off without a reason"),
    ("pinned-reason-idle", edit("contract", "policy/rules/check.missing", {"level": "fail", "reason": "x"}),
     "A reason though the rule is not off"),
    ("pinned-vocabulary", edit("contract", "policy/vocabulary", 2), "Another vocabulary"),
    ("pinned-default-missing", omit("contract", "policy/unevaluable"), "A default is not written out"),
    ("pinned-unsorted", edit("contract", "policy/approvals/0/independent-of", ["performer", "author"]),
     "A set that is not ascending"),
    ("pinned-count-zero", edit("contract", "policy/approvals/0/count", 0), "An approval by nobody"),
    ("pinned-after-unknown", edit("contract", "policy/approvals/0/after", ["production"]),
     "After an approval not needed"),
    ("pinned-after-itself", edit("contract", "policy/approvals/0/after", ["closure"]),
     "An approval after itself"),
    ("pinned-rulings-open", edit("contract", "policy/rulings/2/critical", True),
     "No ruling without a condition"),
    ("pinned-rulings-unreachable", edit("contract", "policy/rulings/0", {"ruling": "allow"}),
     "A ruling that hides others"),
    ("pinned-rulings-shadowed", edit("contract", "policy/rulings/1", {"severity": ["critical"],
     "critical": True,
                                                                       "ruling": "allow"}),
                                                                       "A ruling never reached"),
    ("pinned-need-twice", edit("contract", "policy/approvals/+", canonical(policy())["approvals"][0]),
     "One need twice"),
):
    case(name, "minimal", mutation, ("policy.pinned-malformed", "contract"), title=title, why=FLOOR,
     clauses="8.1-1 8.2-2")
case("pinned-not-cbor", "minimal", edit("contract", "policy", b"default-level = 'off'"),
     ("policy.pinned-malformed", "contract"), title="A pinned policy in TOML", why=FLOOR, clauses="8.2-2")

case("issuer-mismatch", "minimal", edit("contract", "issuer", "omar"), ("trust.issuer-mismatch", "contract"),
     title="The contract names another person as its issuer",
     why="Independence is judged by person: the author could approve under another name.")
case("issuer-not-for-contract", "minimal", given("trust", "issuer/0/contracts", ["acme.fill-line"]),
     ("trust.issuer-not-for-contract", "contract"), title="An issuer for other contracts only", why=STRANGER)
case("issuer-prefix-not-of-words", "minimal", given("trust", "issuer/0/contracts", ["acme.seal.*"]),
     ("trust.issuer-not-for-contract", "contract"), title="A prefix that does not end at a dot of the id",
     why=STRANGER)
case("issuer-not-yet-valid", "minimal", given("trust", "issuer/0/valid-from", START - 30 * DAY + 1),
     ("trust.issuer-not-valid", "contract"), title="The issuer's key is valid from one millisecond later",
     clauses="7-4",
     why="Whoever finds an old or future key could sign contracts.")
case("issuer-no-more-valid", "minimal", given("trust", "issuer/0/valid-until", START - 30 * DAY),
     ("trust.issuer-not-valid", "contract"), title="The issuer's key is valid until the very millisecond",
     clauses="7-4",
     why="Whoever finds an old key could sign contracts.")
case("issuer-compromised", "minimal",
     given("trust", "revoked", [{"key": "issuer", "at": START + DAY, "reason": "compromised"}]),
     ("trust.issuer-not-valid", "contract"),
     title="The issuer's key was compromised later, nothing was witnessed",
     why="Whoever holds the stolen key writes whatever time he likes.", clauses="7-4")
case("contract-withdrawn", "minimal", given("trust", "withdrawn-contract", [{"hash": Hash("contract"),
     "at": START}]),
     ("contract.withdrawn", "contract"),
     title="The contract was withdrawn in the millisecond in which the run starts",
     why="A procedure that proved dangerous would still be proved kept.")
case("contract-version-too-low", "minimal", given("trust", "issuer/0/minimum-version", {"acme.seal-bag": 5}),
     ("contract.version-too-low", "contract"), title="A version below the issuer's minimum",
     why="An older procedure with weaker rules could be used for ever.")

ONE = "One person could act as two, and check herself."
case("identity-approver-is-actor", "minimal", given("trust", "approver/1/key", "operator-b"),
     ("identity.shared-key", "contract"),
     title="An approver's key is that of another person's actor", why=ONE)
case("identity-assigned-key", "minimal-assigned-idle", edit("assigned", "@member/key", Key("operator-b")),
     ("identity.shared-key", "assigned"), title="An assignment enrols a key a second time", why=ONE,
     clauses="6.5-2")
case("identity-assigned-id", "minimal-assigned-idle", edit("assigned", "@member/id", "operator-b"),
     ("identity.shared-key", "assigned"), title="An assignment enrols an actor id a second time", why=ONE,
     clauses="6.5-2")

FORGE = "Under such a key anybody can sign anything."
for name, key, title in (
    ("key-identity", crypto.IDENTITY, "The identity as a key"),
    ("key-small-order", crypto.SMALL_ORDER, "A point of order 8 as a key"),
    ("key-not-canonical", bytes.fromhex("ee" + "ff" * 30 + "7f"), "y = p + 1 as a key"),
    ("key-off-curve", bytes.fromhex("02" + "00" * 31), "A key that is not on the curve"),
    ("key-negative-zero", bytes.fromhex("01" + "00" * 30 + "80"), "x = 0 with its sign bit set as a key"),
):
    case(name, "minimal-attested", enrol(1, key, "b-attests"), ("key.inadmissible", "b-attests"),
     title=title,
         why=FORGE, clauses="5.3-1 5.2-4")

REPLAY = "Last month's good bundle could be shown for this month's batch."
for name, expect, title in (
    ("expect-contract", {"contract": "acme.fill-line"}, "Another contract was expected"),
    ("expect-version", {"min-version": "5"}, "A later version was expected"),
    ("expect-run", {"run": "00" * 32}, "Another run was expected"),
    ("expect-subject", {"subject.batch": "B-1043"}, "Another batch was expected"),
    ("expect-subject-unknown", {"subject.lot": "B-1042"},
     "A parameter that the run does not have was expected"),
):
    case(name, "minimal", given("expect", "", expect), "expect.mismatch", title=title, why=REPLAY,
     clauses="9.1-5")
case("policy-not-accepted", "minimal", given("trust", "issuer/0/accepted-policies", [bytes(32)]),
     "policy.not-accepted",
     title="The pinned policy is not one that the trust store accepts", verdict="PROVISIONAL",
     why="Whoever writes the contract would choose by what it is judged.")
case("policy-never-final", "minimal", edit("contract", "policy/approvals", []), "policy.never-final",
     title="A policy without approvals", verdict="PROVISIONAL", clauses="8.1-6",
     why="A run that nobody reviewed would count as closed.")
