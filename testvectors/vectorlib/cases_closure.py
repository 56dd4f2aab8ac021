"""Phase 8: sign-offs and closure."""

from __future__ import annotations

from .base import signoff
from .case import Cases
from .model import DAY, HOUR, OFFSET, START, Hash
from .ops import drop, edit, given, insert, omit, replace
from .ops_finished import cut, repeat, withhold

# The cases below are a table: rows are filled, not broken as code is.
# fmt: off

CASES = Cases()
case = CASES

AGAIN = "One sign-off could be counted as two."
case("signoff-twice", "minimal", repeat("signoff"), ("signoff.duplicate", "signoff-again"), why=AGAIN,
     title="A sign-off stands twice")
case("signoff-of-other-seal", "minimal-acknowledged", edit("ack", "seal", bytes(32)), ("signoff.wrong-seal",
     "ack"),
     title="A sign-off of another seal", why="An approval could be carried to a run that nobody read.")
case("signoff-of-other-run", "minimal-acknowledged", edit("ack", "run", bytes(32)), ("signoff.wrong-seal",
     "ack"),
     title="A sign-off of another run", why="An approval could be carried to a run that nobody read.")
case("signoff-seen-missing", "minimal-acknowledged", edit("ack", "seen", [bytes(32)]),
     ("signoff.seen-missing", "ack"),
     title="A sign-off that its signer saw is not in the file",
     why="A rejection could be taken out of the middle.")
case("signoff-seen-cut", "minimal-reject-withdrawn", cut("reject"), ("signoff.seen-missing", "withdraw"),
     ("signoff.invalid-withdrawal", "withdraw"), title="The rejection is cut out and its withdrawal left",
     why="A rejection could be taken out of the middle.")

BACK = "Somebody else's rejection could be made to vanish."
case("withdrawal-of-others", "minimal-reject-withdrawn", replace("withdraw", signoff("withdraw", "withdraw",
     withdraws=Hash("reject"))), ("signoff.invalid-withdrawal", "withdraw"), ("approval.rejected", "reject"),
     title="Another person withdraws a rejection", why=BACK, clauses="6.9-6")
case("withdrawal-unseen", "minimal-reject-withdrawn", edit("withdraw", "seen", []),
     ("signoff.invalid-withdrawal", "withdraw"), ("approval.rejected", "reject"), clauses="6.9-6",
     title="A withdrawal of something that its signer had not seen", why=BACK)
case("withdrawal-withdrawn", "minimal-reject-withdrawn", insert("withdraw", signoff("undo", "withdraw",
     "production", "production-lead",
     withdraws=Hash("withdraw"))), ("signoff.invalid-withdrawal", "undo"), clauses="6.9-6",
     title="A withdrawal is withdrawn", why="What counts could be switched on and off without end.")
case("approval-rejected", "minimal", insert("signoff", signoff("reject", "reject", "production", "production-lead")),
     ("approval.rejected", "reject"), title="A rejection after the approval",
     why="A rejection could be outvoted.")
case("approval-rejected-standing", "minimal-reject-withdrawn", drop("withdraw"), ("approval.rejected",
     "reject"),
     title="A rejection that nobody withdrew", why="A rejection could be outvoted.")
case("approval-rejected-then-approved", "minimal", insert("seal", signoff("reject", "reject")),
     ("approval.rejected", "reject"), clauses="6.9-6",
     title="Approved by the same person, the rejection not withdrawn",
     why="A rejection could be passed over in silence.")

OWED = "Entries could be written in the name of somebody who never signed them."
case("attestation-owed", "rich", drop("c-attests"), "attestation.owed", verdict="PROVISIONAL", why=OWED,
     title="A check that its actor has not attested")
case("attestation-owed-later", "minimal-assigned", drop("c-attests"), "attestation.owed",
     verdict="PROVISIONAL",
     title="An assignment that its actor has not attested", why=OWED)
case("attestation-missing", "minimal-attested", drop("b-attests"), "attestation.missing",
     verdict="PROVISIONAL",
     title="A note that its actor has not attested", why=OWED)
case("attestation-missing-late", "minimal-late-attestation", drop("late-attest"), "attestation.missing",
     verdict="PROVISIONAL", title="The late attestation is not there", why=OWED)

HIDDEN = "Who withholds an entry may hide a deviation."
case("entry-withheld", "minimal-note", withhold("note"), ("entry.withheld", "note"), "rule.not-evaluated",
     title="A note is withheld", verdict="PROVISIONAL", why=HIDDEN, clauses="6.3-8")
case("entry-withheld-of-other", "minimal-attested", withhold("note"), ("entry.withheld", "note"),
     "rule.not-evaluated",
     title="An attested note is withheld, its actor named rightly", verdict="PROVISIONAL", why=HIDDEN,
     clauses="6.6-1")
case("entry-withheld-evidence", "minimal-photo", withhold("photo-entry", evidence="photo"),
     ("entry.withheld", "photo-entry"), "rule.not-evaluated",
     title="An evidence entry is withheld, its frame dropped",
     verdict="PROVISIONAL", why=HIDDEN, clauses="3.3-2 9.7-10")
case("entry-withheld-own-level", "policy-own-note", withhold("note"), "rule.not-evaluated", ("entry.withheld",
     "note"),
     title="A note is withheld under a policy that judges this at each rule's own level", why=HIDDEN,
     clauses="8.3-2")
case("at-missing", "minimal", given("at", "", None), "rule.not-evaluated", verdict="PROVISIONAL",
     title="No verification time is given", why="A stale trust store could be used in silence.",
     clauses="8.3-2")
case("at-missing-own-level", "policy-own", given("at", "", None), "rule.not-evaluated", clauses="8.3-2",
     title="No verification time is given, and the policy makes no exception",
     why="A stale trust store could be used in silence.")

COUNT = "An approval that proves nothing could close the run."
NOT_ENOUGH = "approval.missing"
case("signoff-before-seal", "minimal", edit("signoff", "time", [START + 4 * 60_000 - 1, OFFSET]),
     ("signoff.before-seal", "signoff"), NOT_ENOUGH, title="An approval one millisecond before the seal",
     verdict="PROVISIONAL", why=COUNT, clauses="8.5-1")
case("signoff-key-expired", "minimal", given("trust", "approver/0/valid-until", START + DAY + HOUR),
     ("signoff.key-not-valid", "signoff"), NOT_ENOUGH,
     title="The approver's key is valid until the very millisecond",
     verdict="PROVISIONAL", why=COUNT, clauses="7-4")
case("signoff-key-retired", "retired-key", given("trust", "revoked/0/at", START + DAY),
     ("signoff.key-not-valid", "signoff"), NOT_ENOUGH,
     title="The approver's key was retired before the sign-off",
     verdict="PROVISIONAL", why=COUNT, clauses="7-4")
case("approval-self", "minimal", edit("contract", "roster/0/person", "qa-lead"), ("approval.self", "signoff"),
     NOT_ENOUGH,
     title="The performer approves the run", verdict="PROVISIONAL", why="Who did the work could release it.",
     clauses="8.5-2")
case("approval-missing", "minimal", drop("signoff"), NOT_ENOUGH, title="Nobody approved the run",
     verdict="PROVISIONAL",
     why="A run that nobody reviewed could count as closed.")
case("approval-cut", "signoffs-parallel-a", cut("second"), NOT_ENOUGH, title="The last sign-off is cut off",
     verdict="PROVISIONAL", why="A sign-off nobody has seen can be stripped: the verdict must fall with it.")
case("approval-acknowledged", "minimal", edit("signoff", "decision", "acknowledge"), NOT_ENOUGH,
     verdict="PROVISIONAL",
     title="An acknowledgement in the place of an approval", why="To know is not to approve.",
     clauses="6.9-7")
case("approval-blind", "minimal", replace("signoff", signoff(blind=True)), NOT_ENOUGH, verdict="PROVISIONAL",
     title="A blind approval", why="Somebody could be made to sign what he never saw.", clauses="6.9-4 8.5-1")
case("approval-of-redacted", "minimal", edit("signoff", "withheld", 1), NOT_ENOUGH, verdict="PROVISIONAL",
     title="An approval of a copy that lacked an entry", why=COUNT, clauses="6.9-4 8.5-1")
case("approval-of-partial", "minimal", edit("signoff", "absent", 1), NOT_ENOUGH, verdict="PROVISIONAL",
     title="An approval of a copy that lacked evidence", why=COUNT, clauses="6.9-4 8.5-1")
case("approval-role", "minimal", edit("signoff", "role", "production"), NOT_ENOUGH, verdict="PROVISIONAL",
     title="An approval in another role", why=COUNT, clauses="8.5-1")
case("approval-role-not-held", "minimal", given("trust", "approver/0/roles", ["production"]),
     "contract.unapproved",
     NOT_ENOUGH, title="The approver does not hold the role", why=COUNT, clauses="8.5-1")
case("approval-meaning", "minimal", edit("contract", "policy/approvals/0/meaning", "reviewed"), NOT_ENOUGH,
     verdict="PROVISIONAL", title="An approval with another meaning", why=COUNT, clauses="8.5-1")
case("approval-one-of-two", "signoffs-two", drop("second"), NOT_ENOUGH, verdict="PROVISIONAL",
     title="One person where two are needed", why="One person could act as two.", clauses="8.5-3")
case("approval-twice-by-one", "signoffs-two", replace("second", signoff("second", text="Once more.")),
     NOT_ENOUGH,
     verdict="PROVISIONAL", title="The same person twice where two are needed",
     why="One person could act as two.",
     clauses="8.5-3")
case("approval-one-person-two-keys", "signoffs-two", given("trust", "approver/2/person", "qa-lead"),
     ("signer.mismatch", "second"), title="Two keys of one person, one sign-off in another name",
     why="One person could act as two.", clauses="6.9-3")
case("approval-order", "signoffs-ordered", edit("signoff", "seen", []), NOT_ENOUGH, verdict="PROVISIONAL",
     why=COUNT,
     title="The signer had not seen the approval that must come first", clauses="8.5-1")
case("approval-withdrawn", "minimal", insert("signoff", signoff("undo", "withdraw",
     withdraws=Hash("signoff"))), NOT_ENOUGH,
     verdict="PROVISIONAL", title="The approval is withdrawn",
     why="An approval taken back could still count.",
     clauses="6.9-6")
case("approval-by-roster", "minimal", replace("signoff", signoff(signer="supervisor-1", person="super-c",
     role="quality")),
     NOT_ENOUGH, verdict="PROVISIONAL", title="An approval by a person of the roster only",
     why="A contract would enrol "
     "those who release its runs.", clauses="8.5-1")
case("approval-by-agent", "approvers-roster", edit("contract", "roster/2/kind", "agent"), ("agent.approval",
     "signoff"),
     NOT_ENOUGH, title="An agent approves", why="Software would vouch for itself.", clauses="9.10-18")

OPEN = "A deviation could be recorded and forgotten."
case("deviation-not-closed", "deviation-reviewed", omit("signoff", "covers"), ("deviation.not-closed",
     "raised"),
     verdict="PROVISIONAL", title="No approval covers the deviation", why=OPEN, clauses="8.4-5")
case("deviation-closed-by-acknowledgement", "deviation-reviewed", replace("signoff",
     signoff(decision="acknowledge")),
     NOT_ENOUGH, ("deviation.not-closed", "raised"), verdict="PROVISIONAL", why=OPEN, clauses="6.9-7",
     title="An acknowledgement closes nothing")
case("deviation-closed-by-operator", "deviation-closed-in-run", edit("closed", "actor", "operator-a"),
     ("actor.wrong-role", "closed"), ("deviation.not-closed", "raised"),
     title="Who raised a deviation closes it", why=OPEN,
     clauses="8.4-5")
case("deviation-not-remediated", "deviation-remediated-later", drop("late", "remediate"),
     ("deviation.not-remediated", "raised"), verdict="PROVISIONAL",
     title="A deviation is closed and not remediated",
     why=OPEN, clauses="8.4-6")
