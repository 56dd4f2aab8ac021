"""Delegations: leave to sign in somebody's role, given in a file, shown before use, and judged by the verifier."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from opsproof_record.log.frames import frame
from opsproof_record.sealed import delegating
from opsproof_record.sealed.detached import read
from opsproof_record.signing.keys import load
from recorder.closed import answering, asked, codes, detached, flat, judged, profile, under
from recorder.plant import Plant

from opsproof_verify.canonical import decode, encode
from opsproof_verify.container import FrameType
from opsproof_verify.cose import RecordType
from opsproof_verify.findings import Verdict
from opsproof_verify.parse_signed import parse_cose

UNTIL = "2099-01-01T00:00:00Z"
PAST = "2020-01-01T00:00:00Z", "2020-02-01T00:00:00Z"


@pytest.fixture
def deputed(plant: Plant) -> Plant:
    """Give a plant with a sealed run, and a deputy whom the trust file knows, in another role."""
    plant("keygen", plant.key("deputy"))
    with (plant.path / "trust.toml").open("a") as trust:
        public = plant.path.joinpath("deputy.pub").read_text().strip()
        trust.write(f'[[approver]]\nperson = "deputy"\nroles = ["store"]\nkey = "{public}"\n')
    plant.sealed()
    return plant


def words(plant: Plant, name: str = "qa", *more: object, **changes: str) -> tuple[object, ...]:
    """Give the words by which somebody delegates to the deputy."""
    said = {"to": "deputy", "role": "quality", "contracts": "acme.*", "reason": "On leave", "until": UNTIL} | changes
    options = [part for option, value in said.items() for part in (f"--{option}", value)]
    return ("delegate", "--as", name, "--from-key", plant.key(name), *options, *more)


def delegated(plant: Plant, name: str = "qa", *more: object, **changes: str) -> Path:
    target = plant.path / f"{name}.delegation"
    plant(*words(plant, name, *more, "-o", target, **changes))
    return target


def expired(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a delegation that ended long ago, as it was made then."""
    with monkeypatch.context() as then:
        then.setattr("opsproof_record.cli.delegating.now", lambda: [1_577_836_800_000, 0])
        return delegated(plant, "qa", "--from", PAST[0], until=PAST[1])


def test_a_deputy_signs_in_the_role_of_who_delegated(deputed: Plant) -> None:
    policy = profile(deputed, signoff__delegation_invalid="provisional")
    file = delegated(deputed)
    said = flat(deputed(*under(policy, deputed.signing("deputy")), "--delegation", file))
    assert "Leave of qa, for the role quality and acme.*" in said
    assert "until 2099-01-01T00:00:00.000Z" in said
    assert '"On leave"' in said
    assert "You sign by leave of qa" in said
    assert "It counts for the approval closure" in said
    report = judged(deputed, policy)
    assert report.verdict is Verdict.FINAL
    assert [(one.person, one.counts_for) for one in report.signoffs] == [("deputy", ("closure",))]


def test_without_it_the_deputy_does_not_count_and_is_told_so(deputed: Plant) -> None:
    policy = profile(deputed, signoff__delegation_invalid="provisional")
    said = flat(deputed(*under(policy, deputed.signing("deputy"))))
    assert "will NOT count: the trust file audit does not give deputy the role quality" in said
    assert judged(deputed, policy).verdict is Verdict.PROVISIONAL


def test_what_was_delegated_is_shown_and_the_file_is_kept(deputed: Plant) -> None:
    target = deputed.path / "qa.delegation"
    said = flat(deputed(*words(deputed, "qa", "--trust", deputed.path / "trust.toml", "-o", target)))
    for part in (
        "YOU HAVE DELEGATED",
        "To deputy",
        "Role quality",
        "Contracts acme.*",
        "Until 2099-01-01T00:00:00.000Z",
    ):
        assert part in said
    assert "exists" in deputed(*words(deputed, "qa", "-o", target), expect=1)
    assert delegating.read(target).record.giver == "qa"


@pytest.mark.parametrize(
    "changes, refused",
    [
        ({"to": "qa"}, "who is the same"),
        ({"until": "2020-01-01T00:00:00Z"}, "ends before it begins"),
        ({"role": "chief"}, "does not give qa the role chief"),
    ],
)
def test_a_delegation_that_could_never_hold_is_not_made(deputed: Plant, changes: dict[str, str], refused: str) -> None:
    target = deputed.path / "x.delegation"
    trust = deputed.path / "trust.toml"
    assert refused in deputed(*words(deputed, "qa", "--trust", trust, "-o", target, **changes), expect=1)
    assert not target.exists()


def test_one_that_is_over_is_not_made(deputed: Plant) -> None:
    target = deputed.path / "x.delegation"
    over = words(deputed, "qa", "--from", PAST[0], "-o", target, until=PAST[1])
    assert "ended at 2020-02-01T00:00:00.000Z already" in deputed(*over, expect=1)
    assert "no time with a zone" in deputed(*words(deputed, "qa", "-o", target, until="tomorrow"), expect=2)
    assert "a prefix that ends in" in deputed(*words(deputed, "qa", "-o", target, contracts="a*"), expect=2)
    assert not target.exists()


def test_nobody_delegates_with_the_key_of_somebody_else(deputed: Plant) -> None:
    said = list(words(deputed, "qa", "--trust", deputed.path / "trust.toml", "-o", deputed.path / "x"))
    said[said.index("--as") + 1] = "rita"
    assert "is not rita's: it is that of qa" in flat(deputed(*said, expect=1))
    said[said.index("--from-key") + 1] = deputed.key("bot")
    assert "it is nobody's there" in flat(deputed(*said, expect=1))


@pytest.mark.parametrize(
    "changes, refused",
    [
        ({"to": "rita"}, "qa delegated to rita, and you sign as deputy"),
        ({"role": "store"}, "delegated the role store, and you sign as quality"),
        ({"contracts": "other.*"}, "delegated it for other.*, and this is acme.fill-line"),
    ],
)
def test_a_delegation_of_something_else_is_refused(deputed: Plant, changes: dict[str, str], refused: str) -> None:
    file = delegated(deputed, **changes)
    before = deputed.run.read_bytes()
    sign = (*deputed.signing("deputy"), "--delegation", file)
    assert refused in flat(deputed(*sign, expect=1))
    blind = [word for word in sign if word not in ("--trust", str(deputed.path / "trust.toml"))]
    assert refused in flat(deputed(*blind, "--blind", expect=1))
    assert deputed.run.read_bytes() == before


def test_one_that_is_over_or_to_come_is_refused(deputed: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    over = expired(deputed, monkeypatch)
    assert "ended at 2020-02-01" in flat(deputed(*deputed.signing("deputy"), "--delegation", over, expect=1))
    over.unlink()
    coming = delegated(deputed, "qa", "--from", "2098-01-01T00:00:00Z")
    assert "begins at 2098-01-01" in flat(deputed(*deputed.signing("deputy"), "--delegation", coming, expect=1))


@pytest.mark.parametrize(
    "giver, refused",
    [
        ("owner", "does not give owner the role quality"),
        ("op-a", "it is nobody's there"),
    ],
)
def test_nobody_delegates_what_they_do_not_hold(deputed: Plant, giver: str, refused: str) -> None:
    file = delegated(deputed, giver)
    assert refused in flat(deputed(*deputed.signing("deputy"), "--delegation", file, expect=1))


def test_a_revoked_key_has_delegated_nothing(deputed: Plant) -> None:
    file = delegated(deputed)
    public = deputed.path.joinpath("qa.pub").read_text().strip()
    with (deputed.path / "trust.toml").open("a") as trust:
        trust.write(f'[[revoked]]\nkey = "{public}"\nat = 2026-01-01T00:00:00Z\nreason = "compromised"\n')
    assert "is not valid now" in flat(deputed(*deputed.signing("deputy"), "--delegation", file, expect=1))


def test_a_forged_or_torn_delegation_is_refused(deputed: Plant) -> None:
    file = delegated(deputed)
    good = file.read_bytes()
    file.write_bytes(good[:-1] + bytes([good[-1] ^ 1]))
    assert "does not verify" in flat(deputed(*deputed.signing("deputy"), "--delegation", file, expect=1))
    for bad in (good[:-1], b"", b"\xff" * 70_000, good + b"\0"):
        file.write_bytes(bad)
        assert "is no delegation" in deputed(*deputed.signing("deputy"), "--delegation", file, expect=1)
    file.unlink()
    assert "Name a file" in deputed(*deputed.signing("deputy"), "--delegation", file, expect=1)


def test_it_is_for_approvals_alone(deputed: Plant) -> None:
    file = delegated(deputed)
    said = deputed(*deputed.signing("deputy", "acknowledge"), "--delegation", file, expect=1)
    assert "--delegation is not for acknowledge" in said


def test_who_worked_in_the_run_delegates_no_approval_of_it(deputed: Plant) -> None:
    trust = deputed.path / "trust.toml"
    public = deputed.path.joinpath("op-a.pub").read_text().strip()
    trust.write_text(trust.read_text() + f'[[approver]]\nperson = "op-a"\nroles = ["quality"]\nkey = "{public}"\n')
    file = delegated(deputed, "op-a")
    said = flat(deputed(*deputed.signing("deputy"), "--delegation", file, expect=1))
    assert "op-a, who delegated to you, worked in the run" in said


def test_who_goes_blind_is_told_that_nothing_was_verified(deputed: Plant) -> None:
    file = delegated(deputed)
    sign = [word for word in deputed.signing("deputy") if word not in ("--trust", str(deputed.path / "trust.toml"))]
    said = flat(deputed(*sign, "--blind", "--delegation", file, "--detached", deputed.path / "d.signoff"))
    assert "Whether qa gave that leave and may was not verified" in said


def test_a_deputy_elsewhere_signs_on_a_request(deputed: Plant) -> None:
    file = delegated(deputed)
    request = asked(deputed)
    said = flat(deputed(*answering(deputed, "deputy", request, "--delegation", file)))
    assert "Leave of qa" in said
    assert "approve by deputy, by leave of qa, appended" in deputed(
        "append", "--run", deputed.run, deputed.path / "deputy.signoff"
    )
    assert deputed.report().verdict is Verdict.FINAL
    later = flat(deputed(*answering(deputed, "rita", asked(deputed, name="second.request"))))
    assert "by leave of qa until 2099-01-01T00:00:00.000Z: On leave" in later


def test_a_hostile_request_does_not_lend_a_role(deputed: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    request = asked(deputed)
    to_other = delegated(deputed, "rita", to="qa")
    for file in (to_other, expired(deputed, monkeypatch)):
        deputed(*answering(deputed, "deputy", request, "--delegation", file), expect=1)
    assert not (deputed.path / "deputy.signoff").exists()


def carrying(plant: Plant, delegation: bytes) -> Path:
    """Make an approval of the deputy's that carries some bytes as a delegation, as no recorder would."""
    file = detached(plant, "deputy")
    record: Any = decode(parse_cose(read(file)[0].body, RecordType.SIGNOFF).payload)
    signer = load(plant.key("deputy"), lambda _: b"")
    body = signer.sign(RecordType.SIGNOFF, encode(record | {"delegation": delegation}))
    file.write_bytes(frame(FrameType.SIGNOFF, body))
    return file


def test_a_sign_off_with_an_impossible_delegation_does_not_join(deputed: Plant) -> None:
    before = deputed.run.read_bytes()
    other = delegated(deputed, "rita", to="qa").read_bytes()
    for delegation, why in ((b"no record", "a delegation that is none"), (other, "a delegation to qa")):
        file = carrying(deputed, delegation)
        assert why in flat(deputed("append", "--run", deputed.run, file, expect=1))
        file.unlink()
    assert deputed.run.read_bytes() == before


def test_one_that_is_over_joins_and_does_not_count(deputed: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    policy = profile(deputed, signoff__delegation_invalid="provisional")
    file = carrying(deputed, expired(deputed, monkeypatch).read_bytes())
    deputed("append", "--run", deputed.run, file)
    report = judged(deputed, policy)
    assert report.verdict is Verdict.PROVISIONAL
    assert codes(report) == {"signoff.delegation-invalid", "approval.missing"}
    flawed = report.signoffs[0].hash
    deputed(*under(policy, deputed.signing("deputy", "withdraw")), "--withdraws", flawed)
    file = deputed.path / "rita.delegation"
    deputed(*words(deputed, "rita", "-o", file))
    deputed(*under(policy, deputed.signing("deputy")), "--delegation", file)
    assert judged(deputed, policy).verdict is Verdict.FINAL


def test_a_request_with_an_impossible_delegation_is_refused_and_shown_to_the_blind(deputed: Plant) -> None:
    forged = carrying(deputed, b"no record").read_bytes()
    deputed.run.write_bytes(deputed.run.read_bytes() + forged)
    file = asked(deputed)
    assert "cose.malformed" in deputed(*answering(deputed, "qa", file), expect=1)
    words = ("signoff", "--request", file, *deputed.by("qa"), "--name", "Q", "--role", "quality", "--yes", "--blind")
    assert "CARRIES A DELEGATION THAT IS NONE" in deputed(*words, "--detached", deputed.path / "blind.signoff")
