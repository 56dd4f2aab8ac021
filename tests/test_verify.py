"""The whole procedure, where the vectors do not reach: arguments, odd runs, odd sign-offs (SPEC 9)."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.bundles import (
    BOSS,
    COLLEAGUE,
    COLLEAGUE_PERSON,
    LABEL,
    WORKER,
    base,
    build,
    cbor,
    changed,
    check,
    codes,
    facts,
    finished,
    frame,
    frames,
    model,
    ops,
    places,
    runs,
    trust_of,
    vector,
)

from opsproof_verify import Finding, Policy, Report, TrustStore, Verdict, verify
from opsproof_verify.bodies import MAX_BODIES
from opsproof_verify.chain import MAX_HEAD_DISTANCE
from opsproof_verify.log import MAX_ASSIGNMENTS
from opsproof_verify.register import Severity
from opsproof_verify.report import Outcome

Subject = Any
STEP: dict[str, Any] = {"step": "seal-bag", "pass_": 1}


@pytest.fixture(scope="module")
def trust() -> TrustStore:
    return trust_of(base.minimal())


# --- arguments


@pytest.mark.parametrize("name", ["version", "subjects.batch", "", "Contract"])
def test_an_unknown_expectation_is_an_error_of_the_caller(name: str, trust: TrustStore) -> None:
    with pytest.raises(ValueError, match=r"unknown expectation .*: use contract, min-version, run or subject\.NAME"):
        verify(b"", None, trust, expect={name: "x"})


@pytest.mark.parametrize("expect", [{"subject.batch": "B\udcff"}, {"subject.bätch": "B"}, {"contract": "é"}])
def test_an_expectation_that_no_bundle_can_hold_is_an_error_of_the_caller(
    expect: dict[str, str], trust: TrustStore
) -> None:
    with pytest.raises(ValueError, match="identifiers and tokens are ASCII"):
        verify(b"", None, trust, expect=expect)


@pytest.mark.parametrize("wanted", ["5", "-1", "four", "", "4.0", " 4"])
def test_a_least_version_that_is_not_reached_or_no_number_does_not_hold(wanted: str) -> None:
    subject = changed(base.minimal(), ops.given("expect", "", {"min-version": wanted}))
    assert codes(check(subject)) == ["expect.mismatch"]


def test_expectations_do_not_hold_where_nothing_can_be_read(trust: TrustStore) -> None:
    expect = {"contract": "acme.seal-bag", "run": "00" * 32, "subject.batch": "B-1042"}
    report = verify(b"", None, trust, expect=expect)
    assert sorted(told["what"] for told in facts(report, "expect.mismatch")) == ["contract", "run", "subject.batch"]
    assert report.expect == tuple(sorted(expect.items()))


def test_a_bundle_is_a_path_bytes_or_a_stream(tmp_path: Path, trust: TrustStore) -> None:
    subject = base.minimal()
    data = build(subject)
    (tmp_path / "run.opb").write_bytes(data)
    forms = (data, tmp_path / "run.opb", str(tmp_path / "run.opb"), io.BytesIO(data))
    assert {verify(form, None, trust, at=subject.at).verdict for form in forms} == {Verdict.FINAL}


def test_a_file_that_is_not_there_is_an_error_of_the_caller(tmp_path: Path, trust: TrustStore) -> None:
    with pytest.raises(FileNotFoundError):
        verify(tmp_path / "nowhere.opb", None, trust)


def test_a_folder_of_evidence_that_is_not_there_holds_none(tmp_path: Path) -> None:
    assert codes(check(runs.beside(), evidence=tmp_path / "nowhere")) == ["evidence.absent"]


def test_evidence_beside_the_bundle_may_be_a_link(tmp_path: Path) -> None:
    subject = runs.beside()
    body = subject.item("photo").body
    (tmp_path / "photo.png").write_bytes(body)
    (tmp_path / "evidence").mkdir()
    (tmp_path / "evidence" / model.crypto.sha256(body).hex()).symlink_to(tmp_path / "photo.png")
    assert codes(check(subject, evidence=tmp_path / "evidence")) == []


def test_evidence_beside_the_bundle_is_not_used_for_what_is_in_it(tmp_path: Path) -> None:
    subject = base.minimal(*base.photo("photo"))
    (tmp_path / model.crypto.sha256(base.PHOTO).hex()).write_bytes(b"something else")
    assert codes(check(subject, evidence=tmp_path)) == []


def test_nothing_but_a_contract_is_judged_as_far_as_it_goes() -> None:
    subject = changed(base.minimal(), finished.cut_after("contract"))
    assert codes(check(subject)) == ["contract.unapproved", "seal.missing", "step.unfinished"]


# --- runs


def set_seq(subject: Subject) -> Subject:
    """Entry 0 is left out, and the next one says that it is entry 1 of some run."""
    subject = changed(base.minimal(), ops.drop("started"))
    subject.item("begin").fields |= {"seq": 1, "run": bytes(32)}
    return subject


def off(subject: Subject) -> Subject:
    policy = base.policy(rules=base.rules(gap__unexplained={"level": "off", "reason": "Known."}))
    return base.minimal(base.entry("gap", "gap"), pinned=policy)


def one_of(*items: Any) -> Callable[[Subject], Subject]:
    return lambda _: base.minimal(*items)


def with_edit(make: Callable[[], Subject], *mutations: Any) -> Callable[[Subject], Subject]:
    return lambda _: changed(make(), *mutations)


STRANGE_WITNESS = model.Item("strange", 2, {"kind": "witnessed", "actor": WORKER}, signer="stranger", inner="witness")
STRANGE_WITNESS.inner_fields = {"witness": "somebody"}
SLOT: dict[str, Any] = {"step": "photograph", "pass_": 1, "slot": "seal-photo"}

ODD: dict[str, tuple[Callable[[Subject], Subject], list[tuple[str, str | None]]]] = {
    "entry 0 is another kind": (
        set_seq,
        [("chain.wrong-seq", "begin"), ("entry.misplaced", "begin")],
    ),
    "a rule that is off is violated": (off, []),
    "a release of nothing": (one_of(base.entry("free", "released", BOSS)), [("record.malformed", "free")]),
    "a release of a step and a deviation": (
        one_of(base.entry("free", "released", BOSS, **STEP, deviation=model.Ref("begin"))),
        [("record.malformed", "free")],
    ),
    "entry 0 says a number of its own": (
        with_edit(base.minimal, ops.edit("started", "seq", 1)),
        [("record.malformed", "started")],
    ),
    "entry 0 names a run": (
        with_edit(base.minimal, ops.edit("started", "run", bytes(32))),
        [("record.malformed", "started")],
    ),
    "a later entry says that it is the first": (
        with_edit(base.minimal, ops.edit("begin", "seq", 0)),
        [("record.malformed", "begin")],
    ),
    "a slot without a step": (one_of(*base.photo("photo", slot="x")), [("record.malformed", "photo-entry")]),
    "a step without a pass": (one_of(*base.photo("photo", step="seal-bag")), [("record.malformed", "photo-entry")]),
    "a check by somebody who may not": (
        with_edit(base.rich, ops.edit("checked", "actor", COLLEAGUE),
                  ops.edit("contract", "steps/2/check", ["auditor"])),
        [("actor.wrong-role", "checked"), ("check.missing", None)],
    ),
    "a release by somebody who may not": (
        with_edit(base.rich, ops.edit("contract", "steps/3/hold", ["auditor"])),
        [("actor.wrong-role", "released"), ("step.not-released", None)],
    ),
    "a deviation of a step that is none": (
        with_edit(base.deviated, ops.edit("raised", "steps", ["weigh", "unheard"])),
        [("step.unknown", "raised")],
    ),
    "a second pass without a first": (
        with_edit(
            base.rich,
            *(ops.edit(label, "pass", 2) for label in ("label-begin", "count", "label-end")),
        ),
        [("step.out-of-order", "label-begin")],
    ),
    "a step begun and then skipped": (
        with_edit(
            lambda: base.rich(
                base.entry("start", "step-started", step="clean", pass_=1),
                base.entry("skip", "step-skipped", step="clean", pass_=1, reason="Not needed."),
            )
        ),
        [],
    ),
    "a step begun again after its end": (
        one_of(base.entry("skip", "step-completed", **STEP), base.entry("again", "step-started", **STEP)),
        [("step.out-of-order", "again"), ("step.out-of-order", "end")],
    ),
    "a step that the contract does not have": (
        one_of(base.entry("x", "step-started", step="unheard", pass_=1),
               base.entry("y", "step-completed", step="unheard", pass_=1)),
        [("step.unknown", "x"), ("step.unknown", "y")],
    ),
    "more photographs than the slot holds": (
        with_edit(base.rich, ops.insert("photo-entry", *base.photo("p2", **SLOT, body=b"2"),
                  *base.photo("p3", **SLOT, body=b"3"))),
        [("evidence.unfit", "p3-entry")],
    ),
    "a witness whom nobody knows, in an entry": (one_of(STRANGE_WITNESS), [("witness.unknown", "strange")]),
    "a withheld entry that is none": (
        lambda _: changed(base.minimal(runs.note()), finished.finished({}, bend_withheld)),
        [("record.malformed", "note")],
    ),
}  # fmt: skip


def bend_withheld(built: Any) -> None:
    """Put a withheld frame of a wrong form in the place of the note."""
    place = built.frames[built.number("note") - 1]
    place.type, place.body = 3, cbor.encode({"leaf": bytes(31), "actor": "x"})


@pytest.mark.parametrize("name", ODD)
def test_an_odd_run_has_its_findings(name: str) -> None:
    make, expected = ODD[name]
    subject = make(None)
    built = model.Build(subject)
    wanted = {(code, built.number(label) if label else None) for code, label in expected}
    found = set(places(check(subject)))
    assert wanted <= found
    assert {code for code, _ in found} - {code for code, _ in wanted} <= FOLLOWING.get(name, set())


FOLLOWING = {
    "entry 0 is another kind": {
        "chain.broken-link",
        "contract.approvals-mismatch",
        "seal.wrong-run",
        "signoff.wrong-seal",
    },
    "entry 0 says a number of its own": {"entry.misplaced"},
    "entry 0 names a run": {"entry.misplaced"},
    "a withheld entry that is none": {"chain.broken-link", "seal.wrong-root"},
}


def test_a_withheld_entry_of_an_actor_whom_nobody_knows_is_withheld_all_the_same() -> None:
    subject = changed(base.minimal(runs.note("note", COLLEAGUE)), finished.withhold("note", "nobody"))
    assert codes(check(subject)) == ["entry.withheld", "rule.not-evaluated"]


def test_a_remediation_of_a_withheld_deviation_is_not_broken() -> None:
    subject = changed(runs.remediated(), ops.omit("signoff", "covers"), finished.withhold("raised"))
    report = check(subject)
    assert report.verdict != Verdict.FINAL
    assert "reference.broken" not in codes(report)


def test_a_contract_that_cannot_be_used_leaves_chain_and_evidence_to_be_judged() -> None:
    subject = changed(base.appended(base.witness()), ops.forget("issuer/0"))
    subject.items += runs.supplied()
    report = check(subject)
    assert codes(report) == ["trust.issuer-unknown"]
    assert report.not_run == tuple((phase, ("trust.issuer-unknown",)) for phase in (5, 7, 8))
    assert (report.contract, report.policy, report.rules) == (None, None, ())


def test_a_given_policy_is_named_where_the_contract_cannot_be_used() -> None:
    report = check(changed(runs.given_policy(), ops.forget("issuer/0")))
    assert report.policy is not None
    assert (report.policy.id, report.policy.chosen_by) == ("tv-given", "caller")
    assert {rule.outcome.value for rule in report.rules} == {"not-run", "off"}


def test_an_assignment_more_than_the_limit_ends_reading() -> None:
    members = [base.member(f"a{number}", f"p{number}", "operator") for number in range(MAX_ASSIGNMENTS + 1)]
    items = [base.assign(f"assign-{number}", new, WORKER, "owner", "issuer") for number, new in enumerate(members)]
    subject = base.minimal(*items)
    built = model.Build(subject)
    assert places(check(subject)) == [("limit.exceeded", built.number(f"assign-{MAX_ASSIGNMENTS}"))]


def test_as_many_bodies_as_a_sign_off_cannot_name_are_unlisted() -> None:
    data = build(base.minimal())
    report = verify(data + frame(5, bytes(32)) * (MAX_BODIES + 7), None, trust_of(base.minimal()))
    assert report.counts == (("evidence.unlisted", Severity.FAIL, MAX_BODIES + 7),)


@pytest.mark.parametrize("kind", [7, 8])
def test_sign_offs_and_witnesses_more_than_the_limit_end_reading(kind: int) -> None:
    subject = base.appended(base.witness())
    data = build(subject)
    again = next(one for one in reversed(frames(data)) if one[1] == kind)
    report = verify(data + again * 1_100, None, trust_of(subject))
    limits = [(told["limit"], found.frame) for told, found in both(report, "limit.exceeded")]
    assert limits == [(1_024, len(frames(data)) + 1_024)]


@pytest.mark.parametrize("kind", [2, 3, 7, 8])
def test_frames_that_cannot_be_read_end_reading_after_a_hundred(kind: int) -> None:
    data = build(base.minimal())
    parts = frames(data)
    at = len(parts) if kind > 6 else next(number for number, one in enumerate(parts) if one[1] == 6)
    bent = LABEL + b"".join([*parts[:at], *[frame(kind, b"")] * 150, *parts[at:]])
    report = verify(bent, None, trust_of(base.minimal()))
    code = "cose.malformed" if kind > 6 else "cbor.malformed"
    assert [(name, count) for name, _, count in report.counts] == [(code, 101)]
    assert [(told["limit"], found.frame) for told, found in both(report, "limit.exceeded")] == [(100, at + 101)]


def both(report: Report, code: str) -> list[tuple[dict[str, Any], Finding]]:
    """Give the facts of the findings of a code, and the findings."""
    return [(dict(found.facts), found) for found in report.findings if found.code.name == code]


# --- sign-offs


def supplied(**item: Any) -> Subject:
    """Give the full run and a sign-off that supplies an item for a place."""
    subject = base.rich()
    named = {"digest": model.Digest("late"), "size": len(base.LATE), "media": "text/plain", **item}
    signed = base.signoff("supply", "supply", COLLEAGUE, COLLEAGUE_PERSON, role="operator", evidence=[named])
    subject.items[-1:-1] = [model.Item("late", 4, body=base.LATE), signed]
    return subject


SUPPLIED: dict[str, tuple[dict[str, Any], list[str]]] = {
    "for the run": ({}, []),
    "for a step": ({"step": "weigh", "pass": 1}, []),
    "for a slot that it does not fit": ({"step": "photograph", "pass": 1, "slot": "seal-photo"}, ["evidence.unfit"]),
    "for a slot that is none": ({"step": "photograph", "pass": 1, "slot": "video"}, ["evidence.unfit"]),
    "for a step that is none": ({"step": "unheard", "pass": 1}, ["step.unknown"]),
    "for a pass that is none": ({"step": "photograph", "pass": 2, "slot": "seal-photo"}, ["step.unknown"]),
    "for a slot without a step": ({"slot": "seal-photo"}, ["record.malformed"]),
}


@pytest.mark.parametrize("name", SUPPLIED)
def test_evidence_supplied_later_is_held_to_the_contract(name: str) -> None:
    item, expected = SUPPLIED[name]
    subject = supplied(**item)
    built = model.Build(subject)
    assert places(check(subject)) == [(code, built.number("supply")) for code in expected]


@pytest.mark.parametrize("seen", [[b"\xff" * 32, bytes(32)], [bytes(32), bytes(32)]])
def test_what_a_signer_has_seen_is_in_order_and_named_once(seen: list[bytes]) -> None:
    assert codes(check(changed(base.minimal(), ops.edit("signoff", "seen", seen)))) == ["record.malformed"]


def test_a_witness_of_an_entry_behind_the_seal_witnesses_nothing() -> None:
    subject = base.appended(base.witness(target="entry", hash=model.Hash("end"), seq=2))
    assert codes(check(subject)) == ["witness.mismatch"]


def test_a_witness_of_a_sign_off_covers_what_its_signer_had_seen_and_no_other() -> None:
    subject = runs.compromised()
    subject.items[-1:-1] = [base.signoff("ack", "acknowledge", "production", subject.trust["approver"][1]["person"])]
    assert codes(check(subject)) == []
    subject.item("witness").fields["hash"] = model.Hash("ack")
    assert codes(check(subject)) == []
    subject.item("ack").fields["seen"] = []
    assert codes(check(subject)) == ["approval.missing", "signoff.key-not-valid"]


def test_a_late_attestation_of_another_actor_is_signed_with_the_wrong_key() -> None:
    subject = runs.late_run()
    subject.items.insert(subject.index("end"), runs.note("other", BOSS))
    subject.item("late-attest").inner_fields["actor"] = BOSS
    assert "signature.wrong-key" in codes(check(subject))


def test_the_verdict_and_the_counts_of_a_rule_are_those_of_all_findings() -> None:
    notes = [base.entry(f"note-{number}", "note", step="unheard", pass_=1, text="x") for number in range(130)]
    report = check(base.minimal(*notes))
    assert report.counts == (("step.unknown", Severity.FAIL, 130),)
    assert len(report.findings) == 100


def test_a_policy_and_a_time_of_the_caller_are_named_in_the_report() -> None:
    subject = base.minimal()
    report = verify(build(subject), Policy.load("baseline"), trust_of(subject), at=subject.at)
    assert (report.policy and report.policy.id, report.at) == ("baseline", subject.at)


def test_frames_and_label_of_a_bundle_are_all_of_it() -> None:
    data = build(base.rich())
    assert LABEL + b"".join(frames(data)) == data


def test_a_seal_of_nobody_is_told_at_the_seal() -> None:
    subject = changed(base.minimal(), ops.edit("seal", "actor", "nobody"))
    assert ("actor.unknown", model.Build(subject).number("seal")) in places(check(subject))


def test_heads_are_known_up_to_their_distance_after_thousands_of_entries() -> None:
    """Older leaves are let go of on the way (SPEC 9.8-4)."""
    notes = [runs.note(f"n{number}") for number in range(2 * MAX_HEAD_DISTANCE + 100)]
    subject = base.minimal(*notes, base.attest("late", WORKER))
    for first, known in ((len(notes) - MAX_HEAD_DISTANCE, True), (0, False)):
        head = model.Build(subject).hashes[f"n{first}"]
        report = check(changed(subject, ops.edit("late", "@seq", 2 + first), ops.edit("late", "@head", head)))
        assert report.bundle.entries == len(notes) + 5
        assert ("attestation.mismatch" not in codes(report)) is known


def test_without_a_contract_absent_evidence_weighs_nothing() -> None:
    """Rules on the work are not run then (SPEC 9.3-1): the report says so, and finds no fault by them."""
    absent = frames(vector("evidence-absent")[0])
    bent = LABEL + frame(1, b"\xa0") + b"".join(absent[1:])
    report = verify(bent, Policy.load("gxp-batch"), trust_of(base.minimal()))
    assert "cose.malformed" in codes(report)
    assert "evidence.absent" not in codes(report)
    assert {one.outcome for one in report.rules if one.rule == "evidence.absent"} == {Outcome.NOT_RUN}
