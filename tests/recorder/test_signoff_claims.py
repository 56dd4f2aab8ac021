"""What a sign-off claims beside its decision: how its signer was authenticated, and what was looked at."""

from __future__ import annotations

import json

import pytest
from opsproof_record.sealed.intent import claim
from recorder.closed import answering, asked, codes, flat, judged, profile, under
from recorder.plant import Plant

from opsproof_verify.container import FrameType, read_frames
from opsproof_verify.cose import RecordType
from opsproof_verify.findings import Verdict
from opsproof_verify.parse_signed import parse_cose, parse_signoff
from opsproof_verify.policy import Policy
from opsproof_verify.records import SignOff

TWO = {"level": "provisional", "min-factors": 2, "max-age": "15 min"}


def signoffs(plant: Plant) -> list[SignOff]:
    with plant.run.open("rb") as stream:
        bodies = [one.read() for one in read_frames(stream) if one.type is FrameType.SIGNOFF]
    return [parse_signoff(parse_cose(body, RecordType.SIGNOFF).payload) for body in bodies]


def test_two_factors_count_and_are_shown_as_a_claim(plant: Plant) -> None:
    plant.sealed()
    policy = profile(plant, signoff__not_authenticated=TWO)
    sign = under(policy, plant.signing("qa"))
    said = flat(plant(*sign, "--authentication", "possession,knowledge"))
    assert "Factors knowledge and possession, at" in said
    assert "(as you claim)" in said
    assert "It counts for the approval closure" in said
    assert judged(plant, policy).verdict is Verdict.FINAL
    (signed,) = signoffs(plant)
    assert signed.authentication is not None
    assert signed.authentication.factors == ("knowledge", "possession")
    assert signed.authentication.time == signed.time


def test_nothing_is_claimed_unless_somebody_says_it(plant: Plant) -> None:
    """Whatever key signs, here an encrypted one: a passphrase is no factor that anybody stated."""
    plant.sealed()
    policy = profile(plant, signoff__not_authenticated=TWO)
    said = flat(plant(*under(policy, plant.signing("qa"))))
    assert "Factors" not in said
    assert "will NOT count: the policy asks that you were authenticated by 2 kinds of factors" in said
    assert [one.authentication for one in signoffs(plant)] == [None]
    report = judged(plant, policy)
    assert report.verdict is Verdict.PROVISIONAL
    assert codes(report) == {"signoff.not-authenticated", "approval.missing"}
    assert plant.report().verdict is Verdict.FINAL  # the baseline asks for no claim


@pytest.mark.parametrize("claimed", ["knowledge", "inherence@2000-01-01T00:00:00Z"])
def test_too_few_factors_do_not_count(plant: Plant, claimed: str) -> None:
    plant.sealed()
    policy = profile(plant, signoff__not_authenticated=TWO)
    assert "will NOT count" in flat(plant(*under(policy, plant.signing("qa")), "--authentication", claimed))
    assert judged(plant, policy).verdict is Verdict.PROVISIONAL


def test_an_old_authentication_does_not_count_and_is_told_so(plant: Plant) -> None:
    plant.sealed()
    policy = profile(plant, signoff__not_authenticated=TWO)
    old = "knowledge,possession@2020-01-01T00:00:00+01:00"
    said = flat(plant(*under(policy, plant.signing("qa")), "--authentication", old))
    assert "Factors knowledge and possession, at 2020-01-01T00:00:00.000+01:00 (as you claim)" in said
    assert "authenticated more than 15 min before" in said
    assert codes(judged(plant, policy)) == {"signoff.not-authenticated", "approval.missing"}


@pytest.mark.parametrize("claimed", [(), ("knowledge",), ("knowledge,possession@2020-01-01T00:00:00Z",)])
def test_what_would_fail_the_run_is_not_signed(plant: Plant, claimed: tuple[str, ...]) -> None:
    plant.sealed()
    policy = profile(plant, signoff__not_authenticated=TWO | {"level": "fail"})
    sign, before = under(policy, plant.signing("qa")), plant.run.read_bytes()
    words = [word for one in claimed for word in ("--authentication", one)]
    assert "would make the verdict FAIL" in flat(plant(*sign, *words, expect=1))
    assert plant.run.read_bytes() == before
    plant(*sign, "--authentication", "knowledge,possession")
    assert judged(plant, policy).verdict is Verdict.FINAL


@pytest.mark.parametrize(
    "claimed, status, refused",
    [
        ("", 2, "is no kind of factor"),
        ("@2026-01-01T00:00:00Z", 2, "is no kind of factor"),
        ("password", 2, '"password" is no kind of factor'),
        ("knowledge,", 2, "is no kind of factor"),
        ("knowledge,knowledge", 2, "twice"),
        ("knowledge@yesterday", 2, "no time with a zone"),
        ("knowledge@2026-01-01T00:00:00", 2, "no time with a zone"),
        ("knowledge@2099-01-01T00:00:00Z", 1, "which is after this signature"),
    ],
)
def test_a_claim_that_is_none_is_refused(plant: Plant, claimed: str, status: int, refused: str) -> None:
    plant.sealed()
    before = plant.run.read_bytes()
    assert refused in flat(plant(*plant.signing("qa"), "--authentication", claimed, expect=status))
    assert plant.run.read_bytes() == before


def test_a_claim_may_be_of_the_very_time() -> None:
    assert claim(("possession", "inherence"), [7, 0], [7, 0]).factors == ("inherence", "possession")


def test_any_decision_may_say_how_and_later_signers_see_it(plant: Plant) -> None:
    plant.sealed()
    plant(*plant.signing("rita", "acknowledge"), "--authentication", "inherence")
    assert "authenticated by inherence" in flat(plant(*answering(plant, "qa", asked(plant))))


def test_a_claim_travels_with_a_detached_sign_off(plant: Plant) -> None:
    plant.sealed()
    policy = profile(plant, signoff__not_authenticated=TWO)
    file = asked(plant, "--policy", policy)
    plant(*under(policy, answering(plant, "qa", file)), "--authentication", "knowledge,possession")
    plant("append", "--run", plant.run, plant.path / "qa.signoff")
    assert judged(plant, policy).verdict is Verdict.FINAL


# What was looked at (SPEC 6.9-4, 9.11-22).


def viewed(plant: Plant) -> bytes:
    look = signoffs(plant)[-1].viewed
    assert look is not None
    return look.policy


def test_a_sign_off_names_the_policy_of_the_report_that_was_looked_at(plant: Plant) -> None:
    plant.sealed()
    policy = profile(plant, signoff__other_policy="provisional")
    plant(*under(policy, plant.signing("qa", "acknowledge")))
    assert viewed(plant) == Policy.load(policy).digest
    plant(*plant.signing("qa", "acknowledge"))
    assert viewed(plant) == Policy.load("baseline").digest
    pinned = [word for word in plant.signing("qa", "acknowledge") if word not in ("--policy", "baseline")]
    plant(*pinned)
    assert viewed(plant) == Policy.load("baseline").digest


def test_an_approval_under_a_third_policy_does_not_count(plant: Plant) -> None:
    plant.sealed()
    third = profile(plant, signoff__other_policy="fail").rename(plant.path / "third.toml")
    policy = profile(plant, signoff__other_policy="provisional")
    plant(*under(third, plant.signing("qa")))
    report = judged(plant, policy)
    assert report.verdict is Verdict.PROVISIONAL
    assert codes(report) == {"signoff.other-policy", "approval.missing"}
    plant(*under(third, plant.signing("qa", "withdraw")), "--withdraws", report.signoffs[0].hash)
    plant(*plant.signing("qa"))  # under the pinned one
    assert judged(plant, policy).verdict is Verdict.FINAL


def test_on_a_request_it_names_the_policy_of_that_report(plant: Plant) -> None:
    plant.sealed()
    policy = profile(plant, signoff__other_policy="provisional")
    file = asked(plant, "--policy", policy)
    words = [word for word in answering(plant, "qa", file) if word not in ("--policy", "baseline")]
    said = flat(plant(*words))
    assert "The policy of that verification is not at hand here" in said
    assert "signoff.other-policy" in said
    plant("append", "--run", plant.run, plant.path / "qa.signoff")
    assert viewed(plant) == Policy.load(policy).digest
    assert json.loads(file.read_text())["asks"] == "signature"
    assert judged(plant, policy).verdict is Verdict.FINAL
