"""The closing set: doing all of it makes a PROVISIONAL bundle FINAL, and leaving one item out does not (SPEC 9.12)."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.bundles import (
    BOSS,
    BOSS_PERSON,
    COLLEAGUE,
    COLLEAGUE_PERSON,
    PRODUCTION,
    QUALITY,
    base,
    build,
    changed,
    check,
    codes,
    finished,
    model,
    ops,
    runs,
    trust_of,
)

from opsproof_verify import Report, Verdict, verify
from opsproof_verify.register import Severity
from opsproof_verify.report import Owed

Subject = Any
NEED: dict[str, Any] = base.policy()["approvals"][0]
PEOPLE = {COLLEAGUE: COLLEAGUE_PERSON, BOSS: BOSS_PERSON}
SIGNERS = {"quality": QUALITY, "production": PRODUCTION}


def several() -> Subject:
    """A run that owes two approvals, a deviation covered and remediated, evidence and an attestation."""
    production = NEED | {"id": "production", "role": "production"}
    policy = base.policy(approvals=[production, NEED | {"after": ["production"]}])
    subject = base.deviated("spill", "review", "major")
    pinned = subject.item("contract")
    pinned.fields["policy"] = base.contract({}, policy).fields["policy"]
    subject.items.insert(subject.index("photograph-begin"), base.entry("gap", "gap"))
    return changed(subject, ops.drop("signoff", "photo", "photo-entry", attestation_of(subject, BOSS)))


def attestation_of(subject: Subject, actor: str) -> str:
    """Find the label of an actor's attestation."""
    label: str = next(
        item.label for item in subject.items if item.inner == "attestation" and item.fields["actor"] == actor
    )
    return label


def withdrawn_approval() -> Subject:
    """A sign-off from before the seal, and the same again later: the first must be withdrawn."""
    subject = base.minimal()
    early = base.signoff(
        "early", "supply", evidence=[{"digest": model.Digest("late"), "size": len(base.LATE), "media": "text/plain"}]
    )
    early.fields["time"] = [model.START, model.OFFSET]
    subject.items[-1:-1] = [model.Item("late", 4, body=base.LATE), early]
    return subject


def unaccepted() -> Subject:
    return changed(base.minimal(), ops.given("trust", "issuer/0/accepted-policies", [bytes(32)]))


def unknown_signer() -> Subject:
    subject = base.minimal()
    subject.items.append(base.signoff("ack", "acknowledge", "stranger", "stranger", role="visitor"))
    return subject


def untimed() -> Subject:
    return changed(base.minimal(), ops.given("at", "", None))


def absent() -> Subject:
    return changed(base.minimal(*base.photo("photo")), finished.detach("photo"))


def withheld() -> Subject:
    return changed(base.minimal(runs.note()), finished.withhold("note"))


def two_of_one_role() -> Subject:
    return changed(runs.two_of_quality(), ops.drop("signoff", "second"))


CASES: dict[str, tuple[Callable[[], Subject], list[str]]] = {
    "approval": (lambda: changed(base.minimal(), ops.drop("signoff")), ["approve"]),
    "two people": (two_of_one_role, ["approve"]),
    "several": (several, ["attest", "supply", "remediate", "approve", "approve"]),
    "late attestation": (lambda: changed(runs.late_run(), ops.drop("late-attest")), ["attest", "approve"]),
    "withdrawal": (withdrawn_approval, ["withdraw"]),
    "acceptance of a policy": (unaccepted, ["accept"]),
    "acceptance of a signer": (unknown_signer, ["accept"]),
    "a verification time": (untimed, ["time"]),
    "absent evidence": (absent, ["disclose"]),
    "a withheld entry": (withheld, ["disclose"]),
    "nothing but cover": (lambda: changed(base.deviated(), ops.omit("signoff", "covers")), ["approve"]),
}


def perform(subject: Subject, items: list[tuple[str, dict[str, Any]]], folder: Path) -> Path | None:
    """Do what a report says is owed; give the folder of evidence, if some was disclosed."""
    evidence = None
    for word, facts in items:
        if word == "approve":
            approve(subject, facts)
        elif word == "attest":
            actor = facts["actor"]
            subject.items.append(
                base.signoff(f"attest-{actor}", "attest", actor, PEOPLE[actor], role="operator", late=actor)
            )
        elif word == "supply":
            where = {"step": facts["step"], "pass": facts["pass"], "slot": facts["slot"]}
            add_evidence(subject, "supply", size=len(base.PHOTO), body=base.PHOTO, media="image/png", where=where)
        elif word == "remediate":
            add_evidence(
                subject, "remediate", size=len(base.LATE), body=base.LATE, media="text/plain", seq=facts["seq"]
            )
        elif word == "withdraw":
            label = label_of(subject, facts["signoff"])
            subject.items.append(base.signoff("back", "withdraw", withdraws=model.Hash(label)))
        elif word == "accept" and "policy" in facts:
            subject.trust["issuer"][0]["accepted-policies"] = [model.Pinned()]
        elif word == "accept":
            subject.trust["approver"].append({"person": "stranger", "roles": ["visitor"], "key": "stranger"})
        elif word == "time":
            subject.at = model.START + 30 * model.DAY
        elif "seq" in facts:
            subject.frames.clear()
        else:
            evidence = folder
            (folder / facts["digest"]).write_bytes(base.PHOTO)
    return evidence


def approve(subject: Subject, facts: dict[str, Any]) -> None:
    """Append approvals by as many people as are owed, the first covering what must be covered."""
    people = [(facts["role"], SIGNERS[facts["role"]]), ("quality-2", "ruth")]
    for number, (key, person) in enumerate(people[: facts["count"]]):
        covers = {"covers": list(facts["covers"])} if facts.get("covers") and not number else {}
        subject.items.append(
            base.signoff(f"{facts['id']}-{number}", "approve", key, person, role=facts["role"], **covers)
        )


def add_evidence(subject: Subject, decision: str, *, size: int, body: bytes, media: str, **more: Any) -> None:
    """Append evidence and the sign-off that names it, by somebody who does not have to approve."""
    label = f"{decision}-evidence"
    item = {"digest": model.Digest(label), "size": size, "media": media, **more.get("where", {})}
    fields: dict[str, Any] = {"evidence": [item]}
    if decision == "remediate":
        refs = {ref[0]: name for name, ref in model.Build(subject).refs.items()}
        fields["deviation"] = model.Ref(refs[more["seq"]])
    signed = base.signoff(decision, decision, COLLEAGUE, COLLEAGUE_PERSON, role="operator", **fields)
    subject.items += [model.Item(label, 4, body=body), signed]


def label_of(subject: Subject, hash_: str) -> str:
    """Find the label of a record by its hash."""
    return str(next(label for label, found in model.Build(subject).hashes.items() if found.hex() == hash_))


def owed(report: Report) -> list[tuple[str, dict[str, Any]]]:
    return [(item.need, dict(item.facts)) for item in report.owed]


@pytest.mark.parametrize("name", CASES)
def test_doing_all_that_is_owed_is_final_and_leaving_one_out_is_not(name: str, tmp_path: Path) -> None:
    make, words = CASES[name]
    subject = make()
    report = check(subject)
    items = owed(report)
    assert report.verdict == Verdict.PROVISIONAL
    assert [word for word, _ in items] == words
    for left_out in (None, *range(len(items))):
        folder = tmp_path / str(left_out)
        folder.mkdir()
        tried = copy.deepcopy(subject)
        evidence = perform(tried, [item for number, item in enumerate(items) if number != left_out], folder)
        result = check(tried, evidence=evidence)
        assert (result.verdict == Verdict.FINAL) == (left_out is None), (left_out, codes(result))


def test_two_people_are_owed_where_two_are_needed_and_one_where_one_has_signed() -> None:
    assert [facts["count"] for _, facts in owed(check(two_of_one_role()))] == [2]
    assert [facts["count"] for _, facts in owed(check(changed(runs.two_of_quality(), ops.drop("second"))))] == [1]


def test_a_need_says_the_meaning_that_it_wants() -> None:
    subject = base.minimal(pinned=base.policy(approvals=[NEED | {"meaning": "reviewed"}]))
    expected = {"count": 1, "id": "closure", "meaning": "reviewed", "role": "quality"}
    assert owed(check(subject)) == [("approve", expected)]


def test_more_than_is_listed_is_owed_in_full() -> None:
    """150 gaps: 100 are listed, and what must be covered is all of them."""
    gaps = [base.entry(f"gap-{number}", "gap") for number in range(150)]
    report = check(base.minimal(*gaps))
    assert report.counts == (("gap.unexplained", Severity.PROVISIONAL, 150),)
    assert len(report.findings) == 100
    covers = dict(report.owed[0].facts)["covers"]
    assert isinstance(covers, tuple)
    assert covers == tuple(range(2, 152))
    subject = base.minimal(*gaps)
    perform(subject, owed(report), Path())
    assert codes(check(subject)) == []


def test_a_run_that_fails_or_is_final_owes_nothing() -> None:
    assert check(base.minimal()).owed == ()
    assert check(changed(base.minimal(), ops.drop("end"))).owed == ()


def test_a_policy_that_is_never_final_owes_nobody_an_approval() -> None:
    subject = base.minimal(base.entry("gap", "gap"), pinned=base.policy(approvals=[]))
    assert check(subject).owed == ()
    assert codes(check(subject)) == ["gap.unexplained", "policy.never-final"]


def test_what_nobody_may_cover_is_owed_by_nobody() -> None:
    """A policy that is never final may have no need whose approvals cover what was found."""
    special = NEED | {"when-deviation": {"severity": ["minor"]}, "covers": {"reasons": ["zz"]}}
    subject = base.deviated()
    subject.policy = base.policy(approvals=[special])
    report = check(subject)
    assert codes(report) == ["deviation.not-closed", "policy.never-final"]
    assert report.owed == ()


def test_what_a_withheld_entry_may_settle_is_not_owed_beside_its_disclosure() -> None:
    """Whether the deviation was closed in the run nobody can see here; the full copy is enough."""
    subject = base.deviated()
    subject.items.insert(
        subject.index("c-attests"),
        base.entry("closed", "deviation-closed", BOSS, deviation=model.Ref("raised"), text="Weighed again."),
    )
    del subject.item("signoff").fields["covers"]
    assert check(subject).verdict == Verdict.FINAL
    hidden = changed(subject, finished.withhold("closed"))
    number = model.Build(subject).refs["closed"][0]
    assert owed(check(hidden)) == [("disclose", {"seq": number})]


def test_what_an_approval_covers_that_loses_the_last_word_is_covered_again() -> None:
    """Also in a copy that withholds something: what was covered is known, and that it will not be."""
    subject = base.deviated()
    subject.items.insert(subject.index("photograph-begin"), runs.note())
    subject = changed(subject, ops.drop("photo", "photo-entry"), finished.withhold("note"))
    assert [word for word, _ in owed(check(subject))] == ["disclose"]
    supplied = base.deviated()
    supplied.items.insert(supplied.index("photograph-begin"), runs.note())
    supplied = changed(supplied, ops.drop(attestation_of(supplied, BOSS)), finished.withhold("note"))
    items = owed(check(supplied))
    assert [word for word, _ in items] == ["disclose", "attest", "approve"]
    assert dict(items[2][1])["covers"] == (model.Build(supplied).refs["raised"][0],)


def test_an_unsealed_run_owes_nothing_yet() -> None:
    subject = changed(base.minimal(), finished.cut_after("ended"))
    report = verify(build(subject), None, trust_of(subject), at=subject.at)
    assert codes(report) == ["seal.missing"]
    assert report.owed == ()


def test_items_are_in_the_order_of_their_words_and_numbers() -> None:
    notes = [runs.note(f"note-{number}") for number in range(12)]
    subject = changed(base.minimal(*notes), *(finished.withhold(f"note-{number}") for number in range(12)))
    items = check(subject).owed
    assert items[:2] == (Owed("disclose", (("seq", 2),)), Owed("disclose", (("seq", 3),)))
    assert [dict(item.facts)["seq"] for item in items] == list(range(2, 14))
