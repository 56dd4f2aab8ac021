"""Bundles that are FINAL without a finding: the twins of all others."""

from __future__ import annotations

from . import base
from .base import assign, attest, member, minimal, photo, rich, signoff, witness
from .case import Cases
from .runs import (
    assigned,
    at_waiting_limit,
    beside,
    blocked,
    by_roster,
    close_seal,
    closed,
    closing_time,
    compromised,
    correction,
    every_kind,
    expectations,
    given_policy,
    keys_as,
    largest,
    late_run,
    long_value,
    mapped,
    monotonic_noted,
    note,
    ordered,
    parallel,
    pinned_with,
    rejected,
    remediated,
    repeated,
    retired,
    supplied,
    two_approvals,
    two_of_quality,
    withdrawn,
    witnessed,
)

# The cases below are a table: rows are filled, not broken as code is.
# fmt: off

CASES = Cases()
passes = CASES.passes

passes("minimal", "The smallest complete run", "3.1-2 3.2-1 3.3-1 9.2-2", minimal)
passes("minimal-note", "A run with a note", "6.3-1", lambda: minimal(note()))
passes("minimal-photo", "Evidence in the bundle, for no slot", "3.3-2 5.1-4 9.9-1",
     lambda: minimal(*photo("photo")))
passes("minimal-attested", "An actor other than the sealer attests", "6.6-1 6.6-2 6.6-3",
       lambda: minimal(note("note", "operator-b"), attest("b-attests", "operator-b")))
passes("minimal-assigned", "A supervisor assigns a further operator", "6.5-1 6.5-2", assigned)
passes("minimal-assigned-by-issuer", "The issuer's key assigns a further operator", "6.5-1",
       lambda: assigned(by_issuer=True))
passes("minimal-assigned-idle", "An operator is assigned and writes nothing", "6.5-2",
       lambda: minimal(assign("assigned", member("operator-d", "tech-d", "operator"), "operator-a", "owner", "issuer")))
passes("minimal-assigned-by-supervisor", "A supervisor assigns an operator who writes nothing", "6.5-1",
       lambda: minimal(assign("assigned", member("operator-d", "tech-d", "operator"), "supervisor-1", "super-c"),
                       attest("c-attests", "supervisor-1")))
passes("minimal-witness", "A witness signs the seal", "6.10-1 6.10-3", lambda: base.appended(witness()))
passes("minimal-witness-signoff", "A witness signs a sign-off", "6.10-1",
       lambda: base.appended(witness(target="signoff")))
passes("minimal-witnessed-entry", "A witness signs the head in an entry", "6.10-1", witnessed)
passes("minimal-acknowledged", "An acknowledgement after the approval changes nothing", "6.9-7",
       lambda: base.appended(signoff("ack", "acknowledge", "production", "production-lead")))
passes("minimal-supplied", "Evidence is added after the seal", "3.3-3 6.9-1",
     lambda: base.reviewed(*supplied()))
passes("minimal-late-attestation", "Entries are attested after the seal", "6.9-5 9.11-6", late_run)
passes("minimal-reject-withdrawn", "A rejection is withdrawn by its signer", "6.9-6 9.11-4 9.11-5", rejected)
passes("signoffs-parallel-a", "Two people sign without having seen each other", "6.9-2 8.5-3",
       lambda: parallel("signoff", "second"))
passes("signoffs-parallel-b", "The same two sign-offs in the other order of the file", "6.9-2 8.5-3",
       lambda: parallel("second", "signoff"))
passes("signoffs-ordered", "A need is met after another one was seen", "8.5-1", ordered)
passes("signoffs-two", "A need of two people is met by two", "8.5-3", two_of_quality)
passes("time-at-signoff", "Verified in the millisecond of the last sign-off", "9.10-14",
     lambda: closing_time(0))
passes("contract-withdrawn-later", "The contract is withdrawn just after the run's start", "9.6-8",
       lambda: withdrawn(1))
passes("record-largest", "An entry of exactly 65,536 bytes", "3.4-1", lambda: largest(65536))
passes("rich", "A run with every kind of step", "6.1-2 6.4-1 9.10-4 9.10-6 9.10-19", rich)
passes("rich-every-kind", "A run with entries of the remaining kinds", "6.4-1 9.10-7 9.10-15", every_kind)
passes("rich-value-longest", "A recorded text of 1,024 bytes, of no value-spec", "6.3-7",
     long_value)
passes("rich-corrected", "A value is corrected", "9.10-11", lambda: rich(correction("42.50", "42.60")))
passes("rich-repeated", "A step is done twice, as its contract allows", "6.3-4 9.10-4", repeated)
passes("deviation-reviewed", "A value outside its limits, covered, reviewed and closed by the approval",
       "6.7-2 8.4-1 8.4-5", base.deviated)
passes("deviation-allowed", "A deviation that the policy allows needs no closing", "8.4-1",
       lambda: base.deviated("torn-label", "allow"))
passes("deviation-closed-in-run", "A supervisor closes the deviation before the seal", "8.4-5", closed)
passes("deviation-released", "Work goes on after a blocking deviation was released", "8.4-4", blocked)
passes("deviation-remediated", "A deviation is remediated in the run", "8.4-6", remediated)
passes("deviation-remediated-later", "A deviation is remediated after the seal", "8.4-6",
       lambda: remediated(by_signoff=True))

passes("keys-hex", "Keys of the trust store in hexadecimal", "7-2", lambda: keys_as("hex"))
passes("keys-pem", "Keys of the trust store in PEM", "7-2", lambda: keys_as("pem"))
passes("evidence-beside", "Evidence beside the bundle", "9.1-4 9.10-21", beside)
passes("role-mapped", "The role of a sign-off is read through the role map", "7-6", mapped)
passes("approvers-roster", "A policy counts approvals by people of the roster", "8.5-1", by_roster)
passes("approvals-two", "Two contract approvals", "9.7-4",
       two_approvals)

passes("attestation-waiting-limit", "Exactly as many entries wait for an attestation as may", "9.10-30",
     at_waiting_limit)
passes("policy-time-noted", "A policy that only notes a clock that was set back", "8.3-1", monotonic_noted)
passes("policy-own", "A policy that judges what cannot be evaluated at each rule's own level", "8.3-2",
       lambda: pinned_with(unevaluable="own"))
passes("policy-own-note", "The same policy, with a note in the run", "8.3-2",
       lambda: minimal(note(), pinned=base.policy(unevaluable="own")))
passes("policy-off", "A policy with a rule that is off, and why", "8.1-2",
       lambda: pinned_with(rules=base.rules(trust__stale={"level": "off", "reason": "Air-gapped site."})))

passes("policy-given", "The caller's policy decides", "9.1-3 9.6-13", given_policy)
passes("expectations", "Expectations hold", "9.1-5 9.6-12", expectations)
passes("utf8-unnormalised", "Text that is not in normal form, and a combining mark", "4.1-4",
       lambda: minimal(note(text="e\u0301 \u1e9b\u0323 \U0001f512")))
passes("retired-key", "The signer's key was retired after the sign-off", "7-4", retired)

passes("compromised-key-witnessed", "The signer's key was compromised after a witness signed", "7-4 6.10-3",
     compromised)
passes("minute-late", "The seal one millisecond after the last entry", "9.10-12", close_seal)
