"""Ways to a FINAL that was not earned, each tried and refused: who signs, when, with which key, having seen what."""

from collections.abc import Callable
from typing import Any

import pytest
from support.bundles import (
    AGENT,
    BOSS,
    BOSS_PERSON,
    COLLEAGUE,
    DAY,
    HOUR,
    ISSUER,
    OFFSET,
    PRODUCTION,
    QUALITY,
    START,
    WORKER,
    base,
    changed,
    check,
    codes,
    finished,
    model,
    ops,
    runs,
)

from opsproof_verify import Verdict

Subject = Any
NEED: dict[str, Any] = base.policy()["approvals"][0]


def given(subject: Subject, path: str, value: Any) -> Subject:
    return changed(subject, ops.given("trust", path, value))


def revoke(subject: Subject, key: str, at: int, reason: str = "compromised") -> Subject:
    subject.trust.setdefault("revoked", []).append({"key": key, "at": at, "reason": reason})
    return subject


# --- one person as several


def performer_with_two_keys() -> Subject:
    """Quinn of the trust store also works under another key, enrolled in her own name."""
    return changed(base.minimal(), ops.edit("contract", "roster/0/person", QUALITY))


def two_approvals_by_one() -> Subject:
    """Two needs of quality, and one person who has two keys of quality."""
    subject = runs.two_of_quality()
    subject.trust["approver"][2]["person"] = QUALITY
    subject.item("second").fields["person"] = QUALITY
    return subject


def contract_approved_twice_by_one() -> Subject:
    """A contract that two must approve, and one person who has two keys."""
    subject = base.minimal(pinned=base.policy(**{"contract-approval": {"count": 2}}))
    subject.trust["approver"].append({"person": QUALITY, "roles": ["quality"], "key": "quality-2"})
    subject.items.insert(2, base.approval("again", "quality-2", role="quality"))
    return subject


def author_as_approver() -> Subject:
    """The issuer has another key, as approver, and approves the contract and the run."""
    subject = given(base.minimal(), "approver/0/person", ISSUER)
    return changed(subject, ops.edit("approval", "person", ISSUER), ops.edit("signoff", "person", ISSUER))


def roster_names_an_approver() -> Subject:
    """The roster enrols a key of its own in the name of an approver, and that key approves."""
    subject = changed(base.minimal(), ops.edit("contract", "roster/2/person", QUALITY))
    subject.items[-1] = base.signoff(signer=BOSS, role="quality")
    return subject


def agent_in_the_trust_store() -> Subject:
    """An agent's key stands in the trust store as an approver's."""
    subject = changed(base.minimal(), ops.edit("contract", "roster/2/kind", "agent"))
    subject.trust["approver"].append({"person": BOSS_PERSON, "roles": ["quality"], "key": BOSS})
    subject.items[-1] = base.signoff(signer=BOSS, person=BOSS_PERSON, role="quality")
    return subject


def expired_in_the_roster() -> Subject:
    """A policy counts the roster, and the supervisor's time was over when she signed."""
    subject = runs.by_roster()
    subject.item("contract").fields["roster"][2]["not-after"] = [START + HOUR, OFFSET]
    return subject


# --- what was signed


def approval_of_another_run() -> Subject:
    return changed(base.minimal(), ops.edit("signoff", "run", bytes(32)))


def approval_withdrawn_still_covers() -> Subject:
    """The approval that covered the deviation is withdrawn; a new one covers nothing."""
    subject = base.deviated()
    subject.items += [
        base.signoff("undo", "withdraw", withdraws=model.Hash("signoff")),
        base.signoff("anew", time=[START + 3 * DAY, OFFSET]),
    ]
    return subject


def second_approval_covers() -> Subject:
    """The remediator covers the deviation, somebody else's approval does not."""
    subject = runs.two_of_quality()
    deviated = base.deviated()
    deviated.trust = subject.trust
    return changed(deviated, ops.omit("signoff", "covers"))


def blind() -> Subject:
    return changed(base.minimal(), ops.replace("signoff", base.signoff(blind=True)))


def order_of_approvals_by_one() -> Subject:
    """A signer has seen an approval for the earlier need that was withdrawn."""
    subject = runs.ordered()
    undo = base.signoff("undo", "withdraw", "production", PRODUCTION, withdraws=model.Hash("second"))
    subject.items.append(undo)
    return subject


def signed_by_nobody() -> Subject:
    return changed(base.minimal(), ops.signer("signoff", "nobody", "quality"))


def another_name() -> Subject:
    return changed(base.minimal(), ops.signer("signoff", "production"))


# --- keys and time


def late_attestation_with_a_stolen_key() -> Subject:
    """All was witnessed before the key was stolen; the thief attests afterwards."""
    return revoke(witnessed_before(runs.late_run()), COLLEAGUE, START + 3 * DAY)


def witnessed_before(subject: Subject) -> Subject:
    """Put a witness of the seal behind it, before any sign-off."""
    subject.items.insert(subject.index("seal") + 1, base.witness())
    subject.item("witness").fields["time"] = [START + HOUR, 0]
    return subject


def assigned_with_a_stolen_key() -> Subject:
    """The supervisor's key was revoked before she is said to have assigned an operator."""
    subject = runs.assigned(by_issuer=True)
    subject.item("assigned").inner_fields["by"] = BOSS_PERSON
    subject.item("assigned").signer = BOSS
    return revoke(subject, BOSS, START)


def assigned_after_the_issuer_left() -> Subject:
    """The issuer's key was valid for the contract, not for the assignment."""
    return given(runs.assigned(by_issuer=True), "issuer/0/valid-until", START)


def witness_with_a_stolen_key() -> Subject:
    """A stolen witness key dates a stolen approver's key back."""
    subject = runs.compromised()
    return revoke(subject, "clock", START + DAY)


def witness_retired_before() -> Subject:
    """A witness signs after its key was retired."""
    return revoke(runs.compromised(), "clock", START + DAY, "retired")


def rejection_withdrawn_with_a_stolen_key() -> Subject:
    return revoke(runs.rejected(), "production", START + 5 * DAY)


def seal_with_a_stolen_key() -> Subject:
    return revoke(base.minimal(), WORKER, START + 5 * DAY)


# --- the run


def release_by_agent() -> Subject:
    return changed(base.rich(), ops.edit("released", "actor", AGENT))


def out_of_limits_corrected() -> Subject:
    """A value outside its limits is corrected to one within."""
    correction = runs.correction("43.20", "42.60")
    subject = base.rich(correction)
    subject.item("mass").fields["value"] = "43.20"
    return subject


def deviation_withheld() -> Subject:
    return changed(base.deviated("torn-label", "allow"), ops.omit("signoff", "covers"), finished.withhold("raised"))


def evidence_swapped() -> Subject:
    subject = base.minimal(*base.photo("one", body=b"one"), *base.photo("two", body=b"two"))
    return changed(subject, finished.swap("one", "two"))


def self_release_later() -> Subject:
    """Who released a hold point works on its step afterwards, correcting a value."""
    return changed(base.rich(), ops.edit("released", "actor", COLLEAGUE), ops.edit("clear-begin", "actor", WORKER))


def block_released_by_a_performer_to_be() -> Subject:
    """Who released a blocking deviation is the one who goes on working in its scope."""
    subject = changed(runs.blocked(), ops.edit("contract", "roster/1/roles", ["operator", "supervisor"]))
    return changed(subject, ops.edit("freed", "actor", COLLEAGUE), ops.edit("correction", "actor", COLLEAGUE))


def whole_run_released_by_a_performer_to_be() -> Subject:
    """The same for a deviation that blocks every step."""
    subject = changed(block_released_by_a_performer_to_be(), ops.edit("raised", "reason", "spill"))
    subject = changed(subject, ops.edit("raised", "severity", "critical"), ops.edit("raised", "steps", []))
    return changed(subject, ops.edit("raised", "values", []))


ATTEMPTS: list[tuple[Callable[[], Subject], list[str]]] = [
    (performer_with_two_keys, ["approval.missing", "approval.self"]),
    (two_approvals_by_one, ["approval.missing"]),
    (contract_approved_twice_by_one, ["contract.unapproved"]),
    (author_as_approver, ["approval.missing", "approval.self", "contract.unapproved"]),
    (roster_names_an_approver, ["approval.missing"]),
    (agent_in_the_trust_store, ["agent.approval"]),
    (expired_in_the_roster, ["approval.missing", "signoff.key-not-valid"]),
    (approval_of_another_run, ["approval.missing", "signoff.wrong-seal"]),
    (approval_withdrawn_still_covers, ["deviation.not-closed"]),
    (second_approval_covers, ["deviation.not-closed"]),
    (blind, ["approval.missing"]),
    (order_of_approvals_by_one, ["approval.missing"]),
    (signed_by_nobody, ["signature.invalid"]),
    (another_name, ["signer.mismatch"]),
    (late_attestation_with_a_stolen_key, ["signoff.key-not-valid"]),
    (assigned_with_a_stolen_key, ["assignment.unauthorised"]),
    (assigned_after_the_issuer_left, ["assignment.unauthorised"]),
    (witness_with_a_stolen_key, ["witness.unknown"]),
    (witness_retired_before, ["witness.unknown"]),
    (rejection_withdrawn_with_a_stolen_key, ["approval.rejected"]),
    (seal_with_a_stolen_key, ["actor.not-valid", "seal.unauthorised"]),
    (release_by_agent, ["agent.approval", "step.not-released"]),
    (out_of_limits_corrected, ["deviation.missing"]),
    (deviation_withheld, ["entry.withheld"]),
    (evidence_swapped, ["evidence.wrong-digest"]),
    (block_released_by_a_performer_to_be, ["deviation.continued"]),
    (whole_run_released_by_a_performer_to_be, ["deviation.continued"]),
    (self_release_later, ["step.not-released"]),
]


@pytest.mark.parametrize("make, expected", ATTEMPTS, ids=[make.__name__ for make, _ in ATTEMPTS])
def test_the_attempt_is_refused(make: Callable[[], Subject], expected: list[str]) -> None:
    report = check(make())
    assert report.verdict != Verdict.FINAL
    assert set(expected) <= set(codes(report))


def released_by_two() -> Subject:
    """Two people released the block, and one of them goes on working: the other's release holds."""
    subject = block_released_by_a_performer_to_be()
    other = base.entry("freed-too", "released", BOSS, deviation=model.Ref("raised"))
    subject.items.insert(subject.index("freed"), other)
    return subject


HONEST: list[tuple[str, Callable[[], Subject]]] = [
    ("a late attestation witnessed before", lambda: witnessed_before(runs.late_run())),
    (
        "an assignment by the issuer, valid until later",
        lambda: given(runs.assigned(by_issuer=True), "issuer/0/valid-until", START + DAY),
    ),
    ("a witness retired later", lambda: revoke(runs.compromised(), "clock", START + 9 * DAY, "retired")),
    ("a key compromised later, witnessed before", runs.compromised),
    ("a block released by somebody else as well", released_by_two),
]


@pytest.mark.parametrize("make", [make for _, make in HONEST], ids=[name for name, _ in HONEST])
def test_the_honest_twin_is_final(make: Callable[[], Subject]) -> None:
    assert codes(check(make())) == []


def test_an_approval_needs_no_earlier_one_that_does_not_exist() -> None:
    """A need of major deviations does not exist in a run without one, so nobody can have seen its approval."""
    first = NEED | {"id": "board", "role": "production", "when-deviation": {"severity": ["major"]}}
    subject = base.minimal(pinned=base.policy(approvals=[first, NEED | {"after": ["board"]}]))
    assert codes(check(subject)) == []


def test_people_are_moved_between_needs_so_that_all_are_served() -> None:
    """Quinn may serve both needs and serves the one that nobody else can, whatever their order in the policy."""
    production = NEED | {"id": "production", "role": "production"}
    for approvals in ([production, NEED], [NEED, production]):
        subject = base.minimal(pinned=base.policy(approvals=approvals))
        subject.trust["approver"][0]["roles"] = ["quality", "production"]
        subject.items += [
            base.signoff("both", role="production"),
            base.signoff("pat", signer="production", person=PRODUCTION, role="production"),
        ]
        assert codes(check(subject)) == []
        report = check(changed(subject, ops.drop("pat")))
        assert [dict(item.facts)["count"] for item in report.owed if item.need == "approve"] == [1]


def test_three_people_are_moved_along_a_chain() -> None:
    """The last need can be served only if two people change places."""
    needs = [NEED | {"id": name, "role": name} for name in ("a", "b", "c")]
    subject = base.minimal(pinned=base.policy(approvals=needs))
    subject.trust["approver"] = [
        {"person": QUALITY, "roles": ["quality", "a", "b"], "key": "quality"},
        {"person": PRODUCTION, "roles": ["b", "c"], "key": "production"},
        {"person": "ruth", "roles": ["a"], "key": "quality-2"},
    ]
    signed = [("quality", QUALITY, "ab"), ("production", PRODUCTION, "bc"), ("quality-2", "ruth", "a")]
    subject.items[-1:] = [
        base.signoff(f"{person}-{role}", signer=key, person=person, role=role)
        for key, person, roles in signed
        for role in roles
    ]
    assert codes(check(subject)) == []
    assert codes(check(changed(subject, ops.drop("ruth-a")))) == ["approval.missing"]


def test_who_may_approve_for_one_need_is_not_reproached_for_another() -> None:
    """Two needs in one role, the second of which excludes checkers: the checker's approval counts for the first."""
    first = NEED | {"id": "a-first", "independent-of": ["author"]}
    second = NEED | {"id": "b-second", "independent-of": ["author", "checker"]}
    subject = base.rich(pinned=base.policy(approvals=[first, second]))
    subject.item("contract").fields["roster"][2]["person"] = "qa-lead"  # the supervisor who checks
    assert codes(check(subject)) == ["approval.missing"]
    subject.item("contract").fields["policy"] = base.contract({}, base.policy(approvals=[second])).fields["policy"]
    assert codes(check(subject)) == ["approval.missing", "approval.self"]
