"""Record details: all that the verdict rests on, what the contract says, who is enrolled, how the page was made."""

from __future__ import annotations

from typing import Any

import pytest
from support.bundles import vector
from support.markup import text
from support.page_scenes import of, of_vector, read, told

from opsproof_verify import Policy, verify
from opsproof_verify.contract import Param, Qualification, Retention, Source
from opsproof_verify.findings import Time, finding
from opsproof_verify.register import Severity
from opsproof_verify.slotted import replace
from opsproof_verify.view.parts import details as part
from opsproof_verify.view.parts import details_contract, details_hidden
from opsproof_verify.view.parts.details import details
from opsproof_verify.view.scene import Scene


def said(scene: Scene) -> str:
    return text(details(scene))


def contracted(scene: Scene, **fields: Any) -> Scene:
    """Give a scene whose contract says something else."""
    assert scene.story.contract is not None
    scene.story.contract = replace(scene.story.contract, **fields)
    return scene


def test_what_the_verdict_rests_on() -> None:
    scene = of_vector("rich")
    report = scene.report
    assert report.contract is not None
    assert report.policy is not None
    plain = said(scene)
    bundle = report.bundle
    assert (
        f"Content{bundle.entries} entries, {bundle.evidence_count} evidence item, {bundle.evidence_bytes} bytes"
        in plain
    )
    assert "Withheldnothing" in plain
    assert "Absentnothing" in plain
    for digest in (bundle.run, bundle.seal, bundle.appended, report.contract.hash, report.policy.digest):
        assert digest is not None
        assert digest in plain
    assert f"Trust file{report.trust.digest}{report.trust.id}, serial {report.trust.serial}" in plain
    assert "Verified at2026-12-02 08:00:00" in plain
    assert f"Report{scene.report_digest}SHA-256 of the report in its JSON form" in plain
    assert "in frame" in plain
    assert "no time was given" in said(of_vector("rich", at=False))


def test_nothing_can_be_read() -> None:
    plain = said(of_vector("label-absent"))
    for wanted in (
        "not known",
        "Sealnone that can be read",
        "Appendednothing that can be read",
        "Contractnone that can be used",
        "No policy could be used.",
        "The file has no contract that can be read.",
        "Nobody is enrolled in what can be read.",
        "From here on",
    ):
        assert wanted in plain
    assert "Words of the trade" not in plain


def test_not_sealed() -> None:
    scene = of_vector("rich")
    bundle = replace(scene.report.bundle, seal=None)
    unsealed = of(replace(scene.report, bundle=bundle, findings=(finding("seal.missing", {}),)))
    assert "Sealnot sealed" in said(unsealed)
    elsewhere = of(scene.report)
    assert "in frame" not in said(elsewhere)


def test_policy_and_its_levels() -> None:
    scene = of_vector("rich")
    levels = [one.level for one in scene.report.rules]
    wanted = (
        f"Levels{levels.count('fail')} rules at FAIL, {levels.count('provisional')} at PROVISIONAL, "
        f"{levels.count('note')} noted, {levels.count('off')} off"
    )
    assert wanted in said(scene)


def test_contract() -> None:
    plain = said(of_vector("rich"))
    for wanted in (
        "Issued byowner, Acme (by the trust file)",
        "Plan6 steps",
        "make entries void: nobody",
        "rule on deviations: supervisor",
        "Parametersbatch",
    ):
        assert wanted in plain
    assert "Retention" not in plain
    assert "Written from" not in plain


def test_all_that_a_contract_may_say() -> None:
    scene = contracted(
        of_vector("rich"),
        not_before=Time(0),
        not_after=Time(1000),
        source=Source(digest=b"\xab" * 32, size=1, media="text/plain", name="sop.md"),
        retention=Retention(id="batch-record", years=10),
        introduction="Read this first.",
        params={"lot": Param(id="lot", title="Lot number", optional=True)},
    )
    plain = said(scene)
    assert "In forcefrom 1970-01-01 00:00:00Z to 1970-01-01 00:00:01Z" in plain
    assert f"Written fromsop.md, text/plain, 1 byte, SHA-256 {'ab' * 32}" in plain
    assert "Retentionbatch-record, 10 years" in plain
    assert "IntroductionRead this first." in plain
    assert "ParametersLot number (optional)" in plain
    contracted(
        scene, not_before=None, source=Source(digest=b"\xab" * 32, size=9, media="text/plain", name=None), params={}
    )
    contracted(scene, retention=Retention(id="batch-record", years=None))
    plain = said(scene)
    assert "In forceto 1970-01-01 00:00:01Z" in plain
    assert "Written froma document without a name, text/plain, 9 bytes" in plain
    assert "Retentionbatch-recordWho may" in plain
    assert "Parameters" not in plain
    contracted(scene, not_before=Time(0), not_after=None)
    assert "In forcefrom 1970-01-01 00:00:00ZPlan" in said(scene)


def test_issuer_without_a_house() -> None:
    scene = of_vector("rich")
    assert scene.report.contract is not None
    alone = of(replace(scene.report, contract=replace(scene.report.contract, organisation=None)), scene.story)
    assert "Issued byownerIssued2026" in said(alone)


def test_a_contract_that_is_not_trusted() -> None:
    plain = said(of_vector("issuer-unknown"))
    assert "It is not verified: the contract could not be used." in plain
    assert "(claimed)" in plain


def test_people() -> None:
    scene = of_vector("rich")
    assert scene.report.contract is not None
    read(details(scene))
    for actor in scene.story.actors:
        assert f'<tr id="actor-{actor}">' in details(scene)
    held = (
        Qualification(id="weigher", number="W-1", not_before=Time(0), not_after=Time(1000)),
        Qualification(id="cleaner", number=None, not_before=None, not_after=None),
    )
    actor, member = next(iter(scene.story.actors.items()))
    scene.story.actors[actor] = replace(
        member, principal="tech-b", software="agent 1", config=b"\xab" * 32, qualifications=held, not_after=Time(1000)
    )
    scene.story.assigned[actor] = 2
    row = text(details(scene).partition(f'<tr id="actor-{actor}">')[2].partition("</tr>")[0])
    for wanted in (
        "to 1970-01-01 00:00:01Z",
        "assigned by e2",
        "accountable: tech-b",
        "runs agent 1",
        "configuration abababababab…",
        "holds weigher, number W-1, from 1970-01-01 00:00:00Z to 1970-01-01 00:00:01Z",
    ):
        assert wanted in row
    assert row.endswith("holds cleaner")


def test_very_many_people(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(details_contract, "MAX_CARDS", 1)
    scene = of_vector("rich")
    assert f"And {len(scene.story.actors) - 1} more." in said(scene)


def test_words_of_the_trade() -> None:
    scene = of_vector("rich")
    contract = scene.story.contract
    assert contract is not None
    assert contract.pack is not None
    plain = said(scene)
    assert f"This page uses the words of {contract.pack.title} ({contract.pack.id} {contract.pack.version})." in plain
    assert f"Reasons of deviations: {len(contract.pack.reasons)}" in plain
    assert f"Terms: {len(contract.pack.terms)}" in plain
    code, reason = next(iter(contract.pack.reasons.items()))
    demanding = replace(reason, demands=("steps", "occurred"), remediation=True)
    contracted(scene, pack=replace(contract.pack, terms={}, reasons={code: demanding}))
    plain = said(scene)
    assert "Terms:" not in plain
    assert "steps, when it occurred, remediation" in plain
    untrusted = of(replace(scene.report, contract=None), scene.story)
    assert "The contract could not be used, and so neither are the words of" in said(untrusted)
    contracted(scene, pack=None)
    assert "Words of the trade" not in said(scene)


def test_what_this_copy_does_not_show() -> None:
    assert "Nothing is withheld, absent or unreadable." in said(of_vector("rich"))
    scene = of_vector("entry-withheld")
    first = scene.report.bundle.withheld[0][0]
    plain = said(scene)
    assert f"Withheld e{first}".replace(" ", "") in plain.replace(" ", "")
    assert f"e{first}withheld: its hash, its number and its actor are known" in plain
    assert "absent: its digest is known, not its content" in said(of_vector("evidence-absent"))
    bundle = replace(scene.report.bundle, withheld=((2, 5), (7, 7)))
    ranges = of(replace(scene.report, bundle=bundle), scene.story)
    assert "Withhelde2 to e5, e7" in said(ranges)
    scene.story.unreadable.append((6, "It ends too early."))
    assert "frame 6It ends too early." in said(scene)


def test_very_much_is_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(details_hidden, "MAX_CARDS", 1)
    scene = of_vector("entry-withheld")
    bundle = replace(scene.report.bundle, withheld=((2, 12),))
    assert "And 10 more." in said(of(replace(scene.report, bundle=bundle), scene.story))
    scene.story.broken = "It ends too early."
    assert "And 10 more." in said(of(replace(scene.report, bundle=bundle), scene.story))


def test_other_policies() -> None:
    data, _, trust, given = vector("rich")
    report = verify(data, None, trust, **given)
    other = verify(data, Policy.load("gxp-batch"), trust, **given)
    assert other.verdict != report.verdict
    scene = told(data, report, (other, report))
    rows = details(scene).partition('id="other-policies"')[2].partition("</table>")[0].split("<tr>")[2:]
    assert "decides here" in text(rows[0])
    assert "found too: " in text(rows[1])
    there = told(data, other, (replace(report, policy=None),))
    row = details(there).partition('id="other-policies"')[2].partition("</table>")[0].split("<tr>")[3]
    assert text(row).startswith("no policy✓ FINALnot found: ")
    assert "Under other policies" not in said(told(data, report))


def test_other_policies_that_agree_or_differ_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(part, "_MAX_CODES", 1)
    scene = of_vector("rich")
    note = finding("trust.stale", {}, level=Severity.NOTE)
    same = replace(scene.report, findings=(note,))
    found = (finding("signature.invalid", {"frame": 3}), finding("seal.missing", {}))
    far = replace(scene.report, findings=found)
    plain = text(
        details(of(scene.report, others=(same, far))).partition('id="other-policies"')[2].partition("</table>")[0]
    )
    assert "✓ FINALnothing" in plain
    assert "found too: seal.missing (fails), and 1 more" in plain


def test_how_the_page_was_made() -> None:
    scene = of_vector("rich")
    plain = text(details(scene).partition('id="limits"')[2])
    assert "The same inputs give the same page, byte for byte." in plain
    assert "The parts above follow every entry of the" in plain
    assert "The file holds 1 evidence item. What is small stands in the page" in plain
    assert "absent from this copy of the file" not in plain
    assert "The file holds" not in said(of(scene.report))
    scene.story.left_out, scene.story.kept = 1, 20_000
    assert "1 more is in the record below alone." in said(scene)
    assert "1 evidence item is absent from this copy of the file." in said(of_vector("evidence-absent"))


def test_a_policy_that_was_given() -> None:
    assert "Chosen bychosen by the caller" in said(of_vector("policy-given-stricter"))
