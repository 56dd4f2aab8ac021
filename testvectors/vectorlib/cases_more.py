"""Boundaries and their counterparts: policies, keys over time, closing after the seal."""

from __future__ import annotations

from typing import Any

from . import base
from .base import approval, entry, minimal, rich, signoff, witness
from .case import Cases
from .cases_chain import another
from .model import DAY, OFFSET, START, Digest, Enc, Frame, Hash, Item, Pinned, Ref, Seq, Subject
from .ops import drop, edit, given, insert, omit, replace, signer
from .ops_finished import graft, paste, swap, withhold
from .runs import largest, supplied
from .toml import canonical

# The cases below are a table: rows are filled, not broken as code is.
# fmt: off

CASES = Cases()
case, passes = CASES, CASES.passes

NEED = base.policy()["approvals"][0]
ONE = "One person could act as two."
OLD = "Whoever finds or steals a key could sign what he likes, dated as he likes."


def late_photo() -> Subject:
    """Give the full run with its slot filled after the seal."""
    subject = rich()
    del subject.items[subject.index("photo") : subject.index("photo-entry") + 1]
    item = {"digest": Digest("late"), "size": len(base.PHOTO), "media": "image/png", "step": "photograph",
     "pass": 1,
            "slot": "seal-photo"}
    supply = [Item("late", 4, body=base.PHOTO), signoff("supply", "supply", "production", "production-lead",
     evidence=[item])]
    subject.items[-1:-1] = supply
    return subject


def covered_skip() -> Subject:
    """Give a step skipped without a reason, covered by the approval."""
    subject = rich(entry("skip", "step-skipped", step="clean", pass_=1))
    subject.item("signoff").fields["covers"] = [Seq("skip")]
    return subject


def aborted() -> Subject:
    """Give a run that was aborted, with a deviation of the whole run."""
    nothing: dict[str, Any] = {"steps": [], "values": [], "evidence": []}
    raised = entry("raised", "deviation-raised", reason="skipped", severity="major", description="Power cut.",
     **nothing)
    ruled = entry("ruled", "deviation-ruled", deviation=Ref("raised"), ruling="review", policy=Pinned())
    subject = rich(raised, ruled)
    del subject.items[subject.index("photograph-begin") : subject.index("ended")]
    subject.item("ended").fields["outcome"] = "aborted"
    subject.item("signoff").fields["covers"] = [Seq("raised")]
    return subject


def witnessed_policy() -> Subject:
    """Give a policy under which retired keys count for what was witnessed only, and a key retired later."""
    subject = minimal(pinned=base.policy(**{"retired-keys": "witnessed"}))
    subject.items.append(witness(target="signoff"))
    subject.trust["revoked"] = [{"key": "quality", "at": START + 5 * DAY, "reason": "retired"}]
    return subject


def revoked_bystander() -> Subject:
    """Give an approver of another role whose key was revoked before the run."""
    subject = minimal()
    subject.trust["revoked"] = [{"key": "production", "at": START - DAY, "reason": "compromised"}]
    return subject


def both_roles() -> Subject:
    """Give two needs and a person who holds both roles, beside another one."""
    subject = minimal(pinned=base.policy(approvals=[NEED | {"id": "production", "role": "production"}, NEED]))
    subject.trust["approver"][0]["roles"] = ["quality", "production"]
    subject.items.append(signoff("second", signer="production", person="production-lead"))
    return subject


def two_approvers() -> Subject:
    """Give a policy that wants the contract approved by two."""
    subject = minimal(pinned=base.policy(**{"contract-approval": {"count": 2}}))
    subject.items.insert(2, approval("second-approval", "production", "production-lead"))
    return subject


def two_supplied() -> Subject:
    """Give a sign-off that names two evidence items of one size."""
    subject = base.reviewed(*supplied())
    twin = Item("late-too", 4, body=base.LATE[::-1])
    subject.items.insert(subject.index("supply"), twin)
    item = {"digest": Digest("late-too"), "size": len(base.LATE), "media": "text/plain"}
    subject.item("supply").fields["evidence"].append(item)
    return subject


def one_need(signed: Item, **more: object) -> Subject:
    """Give the smallest run with another need and sign-off."""
    subject = minimal(pinned=base.policy(approvals=[NEED | more]))
    subject.items[-1] = signed
    return subject


def at_start() -> Subject:
    """Give a contract approved in the millisecond in which the run starts."""
    subject = minimal()
    subject.item("approval").fields["time"] = [START, OFFSET]
    return subject


def on_severity() -> Subject:
    """Give a further need that exists for major deviations only, and a minor one."""
    further = NEED | {"id": "board", "role": "board", "when-deviation": {"severity": ["critical", "major"]}}
    subject = base.deviated()
    subject.item("contract").fields["policy"] = Enc(canonical(base.policy(approvals=[NEED, further])))
    return subject


passes("evidence-supplied-for-slot", "A slot is filled after the seal", "9.10-22 6.9-1", late_photo)
case("evidence-supplied-withdrawn", "evidence-supplied-for-slot", insert("supply", signoff("undo", "withdraw",
     "production",
     "production-lead", withdraws=Hash("supply"))), "evidence.missing", verdict="PROVISIONAL", clauses="6.9-6",
     title="The evidence that filled a slot is withdrawn", why="Evidence taken back could still count.")
passes("skip-covered", "An unexplained skip is covered by the approval", "9.11-15 8.5-1", covered_skip)
case("skip-not-covered", "skip-covered", omit("signoff", "covers"), ("step.skip-unexplained", "skip"),
     verdict="PROVISIONAL", title="An unexplained skip that no approval covers",
     why="A step could be left out in silence.")
passes("run-aborted", "A run is aborted, with a deviation of the whole run", "9.10-4 9.10-24 6.7-2", aborted)
case("run-aborted-scope", "run-aborted", edit("raised", "steps", ["weigh"]), ("deviation.missing", "ended"),
     clauses="6.7-2",
     title="The deviation of an aborted run names one step only",
     why="An aborted run could pass as a small deviation.")

passes("retired-key-witnessed", "A retired key, under a policy that wants it witnessed", "7-4 8.1-1",
     witnessed_policy)
case("retired-key-unwitnessed", "retired-key-witnessed", drop("witness"), "contract.unapproved",
     ("signoff.key-not-valid", "signoff"), "approval.missing", title="The same without the witness", why=OLD,
     clauses="7-4")
case("compromised-key-unwitnessed", "compromised-key-witnessed", drop("witness"), "contract.unapproved",
     ("signoff.key-not-valid", "signoff"), "approval.missing", title="A compromised key without a witness",
     why=OLD,
     clauses="7-4")
case("compromised-key-witnessed-late", "compromised-key-witnessed", given("trust", "revoked/0/at",
     START + 2 * DAY),
     "contract.unapproved", ("signoff.key-not-valid", "signoff"), "approval.missing", clauses="7-4", why=OLD,
     title="A key that was compromised in the millisecond of the witness")
passes("bystander-revoked", "A key that was revoked and is not used", "7-4", revoked_bystander)
case("rejected-by-revoked", "bystander-revoked", insert("signoff", signoff("reject", "reject", "production",
     "production-lead")),
     ("approval.rejected", "reject"), title="A rejection under a revoked key stands", clauses="7-5",
     why="Revoking a key could be used to silence a rejection.")

passes("approvals-both-roles", "Two needs, two people, one of whom holds both roles", "8.5-3", both_roles)
case("approvals-both-by-one", "approvals-both-roles", replace("second", signoff("second", role="production")),
     "approval.missing", verdict="PROVISIONAL", title="One person signs for two needs", why=ONE,
     clauses="8.5-3")
passes("contract-approved-by-two", "A contract approved by two people, as the policy wants", "9.10-1",
     two_approvers)
case("contract-approved-twice-by-one", "contract-approved-by-two", replace("second-approval",
     approval("second-approval",
     meaning={"id": "again", "text": "I approve again."})), "contract.unapproved", clauses="9.10-1", why=ONE,
     title="A contract approved twice by one person")
case("contract-approved-by-one-of-two", "contract-approved-by-two", drop("second-approval"), "contract.unapproved",
     clauses="9.10-1", why=ONE, title="A contract approved by one person where the policy wants two")
passes("contract-approved-at-start", "A contract approved in the millisecond of the run's start", "9.10-1",
     at_start)
passes("approval-blind-allowed", "A blind approval under a policy that allows it", "8.5-1",
       lambda: one_need(signoff(blind=True), blind=True))
passes("approval-redacted-allowed", "An approval of a redacted copy under a policy that allows it", "8.5-1",
       lambda: one_need(signoff(withheld=1), redacted=True))
passes("approval-on-severity", "A need for major deviations, and a minor one", "8.5-4", on_severity)
case("approval-on-severity-reached", "approval-on-severity", edit("raised", "severity", "major"),
     "approval.missing",
     verdict="PROVISIONAL", title="A need for major deviations, and a major one", clauses="8.5-4 6.7-1",
     why="A grave deviation could be closed by the ordinary approval.")
case("deviation-remediated-by-closer", "deviation-remediated-later", replace("remediate", signoff("remediate",
     "remediate",
     deviation=Ref("raised"), evidence=[{"digest": Digest("late"), "size": len(base.LATE),
     "media": "text/plain"}])),
     ("deviation.not-closed", "raised"), verdict="PROVISIONAL", clauses="8.4-5 8.4-6",
     title="Who remediated a deviation closes it", why="Who did the work could judge it.")

passes("evidence-supplied-two", "A sign-off names two evidence items", "3.3-3", two_supplied)
case("evidence-supplied-swapped", "evidence-supplied-two", swap("late", "late-too"), ("evidence.wrong-digest",
     "late"),
     ("evidence.wrong-digest", "late-too"), title="The evidence of a sign-off stands in another order",
     clauses="3.3-3",
     why="What stands where could be read in two ways.")
case("order-witness-after-evidence", "minimal-witness", paste("signoff", Frame("extra", 4, b"x")),
     ("frame.out-of-order", "witness"), title="A witness after an evidence frame", clauses="3.3-1",
     why="Content could be carried in the file that nothing names.")


def left_open(**changes: Any) -> Subject:
    """Give a deviation that the pinned policy allows and nobody closed, under a policy of the caller."""
    subject = base.deviated("torn-label", "allow")
    del subject.item("signoff").fields["covers"]
    subject.policy = base.policy(id="tv-given", **changes)
    return subject


def laxer() -> Subject:
    """Give a deviation that the pinned policy reviews, under a policy of the caller that allows everything."""
    subject = base.deviated()
    subject.policy = base.policy(id="tv-lax", rulings=[{"ruling": "allow"}])
    return subject


def supplied_by_actor() -> Subject:
    """Give evidence that an actor of the roster supplied after the seal."""
    subject = base.reviewed(*supplied())
    item = {"digest": Digest("late"), "size": len(base.LATE), "media": "text/plain"}
    subject.items[subject.index("supply")] = signoff("supply", "supply", "operator-b", "tech-b",
                                                      role="operator", evidence=[item])
    return subject


def without_mass() -> Subject:
    """Give a run in which the scale broke: no mass, and a deviation that names the step."""
    subject = base.deviated("torn-label", "allow", values=[])
    del subject.items[subject.index("mass")]
    return subject


passes("value-missing-deviated", "A value is missing and a deviation names its step", "9.10-8", without_mass)
case("value-missing-deviation-elsewhere", "value-missing-deviated", edit("raised", "steps", ["photograph"]),
     "value.missing",
     title="A value is missing and the deviation names another step", clauses="9.10-8",
     why="Any deviation could excuse any omission.")
case("rejection-withdrawn-under-revoked-key", "minimal-reject-withdrawn",
     given("trust", "revoked", [{"key": "production", "at": START - DAY, "reason": "compromised"}]),
     ("approval.rejected", "reject"), clauses="7-5 6.9-10",
     title="A rejection is withdrawn with a key that was reported stolen",
     why="A thief of the key could make the rejection vanish.")
passes("policy-given-allows", "A deviation that both policies allow stays open", "8.4-3", left_open)
case("policy-given-stricter", "policy-given-allows", given("policy", "rulings", [{"ruling": "review"}]),
     ("deviation.not-closed", "raised"), verdict="PROVISIONAL", clauses="8.4-3",
     title="The caller's policy reviews what the pinned one allows",
     why="Whoever writes the contract would decide for the one who audits it.")
passes("policy-given-laxer", "The caller's policy allows what the pinned one reviews; it is closed", "8.4-3", laxer)
case("policy-given-laxer-open", "policy-given-laxer", omit("signoff", "covers"), ("deviation.not-closed", "raised"),
     verdict="PROVISIONAL", clauses="8.4-3", title="The same, not closed",
     why="A lax policy could be given to a strict contract.")
passes("evidence-supplied-by-actor", "Evidence supplied by an actor of the roster", "6.9-3", supplied_by_actor)
case("evidence-supplied-by-stranger", "evidence-supplied-by-actor", signer("supply", "stranger"),
     ("signer.unknown", "supply"), verdict="PROVISIONAL", title="Evidence supplied by somebody unknown",
     clauses="6.9-3", why="Anybody could add what he likes.")
case("entry-withheld-end", "minimal", withhold("end"), ("entry.withheld", "end"), "rule.not-evaluated",
     verdict="PROVISIONAL", title="The end of a step is withheld", clauses="8.3-2",
     why="A copy with something withheld would fail for what it lacks, and nobody could redact.")
case("entry-withheld-attestation", "minimal-attested", withhold("b-attests"), ("entry.withheld", "b-attests"),
     "attestation.missing", "rule.not-evaluated", verdict="PROVISIONAL", title="An attestation is withheld",
     clauses="6.6-4", why="Who withholds a signature hides that there was one.")
passes("witness-then-acknowledged", "An acknowledgement after a witness", "3.3-1 6.9-2",
       lambda: base.appended(witness(), signoff("ack", "acknowledge", "production", "production-lead")))
case("signoff-seen-witness", "witness-then-acknowledged", edit("ack", "seen", [Hash("witness")]),
     ("signoff.seen-missing", "ack"), title="A sign-off that has seen a witness as if it were a sign-off",
     clauses="6.9-2", why="What a signer saw could be filled with anything that has a hash.")
case("witness-revoked", "witness-then-acknowledged",
     given("trust", "revoked", [{"key": "clock", "at": START - DAY, "reason": "compromised"}]),
     ("witness.unknown", "witness"), verdict="FINAL", clauses="9.8-9", title="A witness whose key was stolen",
     why="A thief of a clock's key could set any time.")
case("assignment-by-revoked", "minimal-assigned",
     given("trust", "revoked", [{"key": "supervisor-1", "at": START, "reason": "retired"}]),
     ("assignment.unauthorised", "assigned"), clauses="9.8-5", title="Assigned under a key that was revoked before",
     why="Whoever left could go on letting people in.")
case("late-attestation-revoked", "minimal-late-attestation",
     given("trust", "revoked", [{"key": "operator-b", "at": START + DAY // 2, "reason": "retired"}]),
     "attestation.missing", ("signoff.key-not-valid", "late-attest"), verdict="PROVISIONAL", clauses="9.11-9",
     title="A late attestation under a key revoked by then", why="A thief could sign what its owner never did.")
case("splice-signoff", "minimal-note", graft("signoff", another(), "signoff"), ("signoff.wrong-seal", "signoff"),
     "approval.missing", title="The approval of another run of the same contract", clauses="6.9-1 8.5-1",
     why="An approval could be carried to a run that nobody read.")


def longer() -> tuple[str, str]:
    """Find the parameter by which an entry of 65,537 bytes differs from one of 65,536."""
    most, more = (largest(size).item("started").fields["subject"] for size in (65536, 65537))
    return next((name, more[name]) for name in more if most[name] != more[name])


NAME, VALUE = longer()
case("record-too-large", "record-largest", edit("started", f"subject/{NAME}", VALUE), ("frame.too-large",
     "started"),
     title="An entry of 65,537 bytes", clauses="3.4-1",
     why="Without limits a small file costs a verifier hours.")
