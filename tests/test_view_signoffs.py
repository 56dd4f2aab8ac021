"""Who signed and what for: signature blocks, needs of the policy, approvals, witnesses, the form on paper."""

from __future__ import annotations

from typing import Any

import pytest
from support.bundles import base
from support.markup import text
from support.page_scenes import again, of, of_subject, of_vector, read

from opsproof_verify.records import Item, Witness
from opsproof_verify.slotted import replace
from opsproof_verify.view.digest_words import words
from opsproof_verify.view.parts import signoffs as closing
from opsproof_verify.view.parts import signoffs_around as around
from opsproof_verify.view.parts.signoffs import signoffs
from opsproof_verify.view.scene import Scene
from opsproof_verify.view.story import Signed, WitnessStory


def said(scene: Scene) -> str:
    return text(signoffs(scene))


def cards(scene: Scene) -> list[str]:
    """Give each card."""
    return [one.partition("</article>")[0] for one in signoffs(scene).split("<article ")[1:]]


def changed(scene: Scene, **fields: Any) -> Scene:
    """Give a scene whose first sign-off says something else; what the report says of it stays."""
    signed = scene.story.signoffs[0]
    scene.story.signoffs[0] = Signed(signed.frame, signed.hash, replace(signed.record, **fields))
    return again(scene)


def test_a_complete_signature_block() -> None:
    scene = of_vector("rich")
    signed = scene.story.signoffs[0]
    (card,) = cards(scene)
    assert card.startswith(f'class="card signoff" id="signoff-{signed.hash[:12]}"')
    plain = text(card)
    for wanted in (
        "Qa lead approved✓ counts",
        "Printed nameQa lead",
        "Personqa-lead",
        "Rolequality",
        f"Date and time{text(scene.time(signed.record.time))} (claimed by the signer)",
        "MeaningI reviewed the record and release it. (released)",
        "Counts forclosure",
        "Authenticationnothing is claimed",
        f"Hash{signed.hash}",
    ):
        assert wanted in plain
    assert '<a href="#need-closure">' in card
    assert f'<a href="#f{signed.frame}">frame {signed.frame}</a>' in card


def test_needs_that_are_complete_and_missing() -> None:
    complete = signoffs(of_vector("rich"))
    assert 'id="need-closure"' in complete
    assert "✓ complete" in text(complete.partition("</table>")[0])
    missing = said(of_vector("deviation-not-remediated"))
    assert "closure◆ owed" in missing
    assert "one of them covers e4. deviation e4" in missing
    assert "No approval that the policy asks for is there or owed." in said(of_vector("policy-never-final"))


def test_needs_under_fail() -> None:
    scene = of_vector("rich")
    failing = of(replace(of_vector("seal-absent").report, signoffs=scene.report.signoffs), scene.story)
    row = signoffs(failing).partition('id="need-closure"')[2].partition("</tr>")[0]
    assert 'class="badge is-off"' in row
    assert "counts" in text(row)
    assert "What is missing is listed for PROVISIONAL alone." in said(failing)
    assert 'id="needs"' in signoffs(of_vector("label-absent"))


def test_nobody_signed() -> None:
    plain = said(of_vector("approval-missing"))
    assert "DecisionsNobody has signed off yet." in plain
    assert "Awareness" not in plain


def test_awareness_stands_apart() -> None:
    scene = of_vector("approval-acknowledged")
    markup = signoffs(scene)
    assert "DecisionsNobody has signed off yet." in text(markup)
    folded = markup.partition("Awareness only: closes nothing (1)")[2]
    assert "Qa lead took note" in text(folded)
    assert "stands" in text(folded)


def test_not_judged() -> None:
    scene = of_vector("delegated-malformed")
    plain = said(scene)
    assert "What these sign-offs count for was not judged: sign-offs and closure." in plain
    assert "not judged" in text(cards(scene)[0])
    assert "On behalf ofa delegation that cannot be read" in plain


def test_judged_alone_but_not_for_closure() -> None:
    scene = of_vector("rich")
    facts = tuple(replace(one, counts_for=()) for one in scene.report.signoffs)
    partly = of(replace(scene.report, signoffs=facts, not_run=((8, ("seal.missing",)),)), scene.story)
    assert "not judged" in text(cards(partly)[0])
    assert "Counts for" not in text(cards(partly)[0])


def test_counts_for_nothing() -> None:
    plain = text(cards(of_vector("approval-role"))[0])
    assert "counts for nothing" in plain
    assert "Counts fornothing that the policy asks for" in plain


def test_withdrawn_and_by_whom() -> None:
    scene = of_vector("approval-withdrawn")
    first, second = cards(scene)
    assert "withdrawn" in text(first)
    assert f'Withdrawn by</dt><dd><a href="#signoff-{scene.story.signoffs[1].hash[:12]}">' in first
    assert f'Withdraws</dt><dd><a href="#signoff-{scene.story.signoffs[0].hash[:12]}">' in second
    assert "Withdrawn by" not in text(second)


def test_a_withdrawal_by_another_person_is_none() -> None:
    scene = of_vector("approval-withdrawn")
    signed = scene.story.signoffs[1]
    scene.story.signoffs[1] = Signed(signed.frame, signed.hash, replace(signed.record, person="somebody"))
    assert "#signoff-" not in cards(again(scene))[0].partition("Withdrawn by")[2].partition("</div>")[0]


def test_rejected() -> None:
    assert "✕ rejected" in text(cards(changed(of_vector("rich"), decision="reject"))[0])


def test_on_behalf() -> None:
    plain = text(cards(of_vector("delegated"))[0])
    assert "On behalf ofqa-lead, who gave leave to production-lead to sign as quality, 2026-11-02 09:00:00" in plain
    assert ": Holiday cover. (for the contracts acme.*)" in plain
    assert "Nobody has judged" not in plain
    scene = of_vector("delegated")
    unjudged = of(replace(scene.report, signoffs=()), scene.story)
    assert "Nobody has judged whether this leave holds." in text(cards(unjudged)[0])


def test_what_was_looked_at() -> None:
    scene = of_vector("viewed-other")
    assert "under another policy, 000000000000…" in text(cards(scene)[0])
    record: Any = of_vector("rich").story.signoffs[0].record
    this = of_vector("rich")
    viewed = replace(record.viewed, report=bytes.fromhex(this.report_digest), withheld=2, absent=1)
    plain = text(cards(changed(this, viewed=viewed))[0])
    assert "Looked atthis very reportunder this policywith 2 withheld and 1 absent" in plain
    assert "Looked at◆ no report: signed blind" in text(cards(changed(of_vector("rich"), viewed=None))[0])


def test_what_a_decision_says() -> None:
    scene = of_vector("rich")
    item = Item(digest=b"\xab" * 32, size=3, media="text/plain", name=None, step=None, number=None, slot=None)
    record: Any = scene.story.signoffs[0].record
    records: list[Any] = [one.record for one in of_vector("attestation-late").story.signoffs]
    late = next(one for one in records if one.decision == "attest")
    changed(
        scene,
        covers=(2, 3),
        text="As agreed.\nTwice.",
        evidence=(item,),
        attests=late.attests,
        withholds=(b"\xcd" * 32,),
        seen=(b"\xef" * 32,),
    )
    card = cards(scene)[0]
    plain = text(card)
    assert record.covers == ()
    assert "Coverse2, e3" in plain.replace("deviation ", "")
    assert "RemarkAs agreed. Twice." in plain
    assert "Adds evidenceevidence abababababab…" in plain
    assert "Attests late" in plain
    assert "of Tech " in plain
    assert "Withholds1 entry, by leaf: cdcdcdcdcdcd…" in plain
    assert "Had before itsign-off efefefefefef…" in plain


def test_remediation_and_authentication() -> None:
    scene = of_vector("deviation-remediated-later")
    remediating = next(card for card in cards(scene) if "remediated a deviation" in card)
    assert 'Remediates</dt><dd><a href="#deviation-e4">' in remediating
    assert "Adds evidence" in remediating
    claimed = text(cards(of_vector("authenticated-just-now"))[0])
    assert "Authenticationinherence (a trait), knowledge (a secret), at 2026-11-03 10:00:00+01:00 (claimed" in claimed


def test_two_that_are_alike_have_one_place() -> None:
    scene = of_subject(base.minimal())
    signed = scene.story.signoffs[0]
    scene.story.signoffs.append(Signed(signed.frame + 1, signed.hash, signed.record))
    scene = again(scene)
    read(signoffs(scene))
    assert "id=" not in cards(scene)[1].partition(">")[0]


def test_very_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(closing, "MOST_SIGNOFFS", 1)
    monkeypatch.setattr(around, "MAX_CARDS", 1)
    scene = of_vector("minimal-witness")
    scene.story.signoffs *= 3
    scene.story.approvals *= 2
    scene.story.witnesses *= 4
    plain = said(scene)
    assert "And 2 more sign-offs, in the record below." in plain
    assert "And 1 more approval, in the record below." in plain
    assert "and 3 more, in the record below" in plain


def test_approvals_of_the_contract() -> None:
    markup = signoffs(of_vector("rich"))
    row = text(markup.partition('id="contract-approvals"')[2].partition("</table>")[0])
    assert "Qa leadqa-leadqualityI approve this contract for use. (approved)2026-10-13 09:00:00" in row
    assert "The file has no approval of its contract that can be read." in said(of_vector("label-absent"))


def test_witnesses() -> None:
    plain = said(of_vector("minimal-witness"))
    assert "plant-clock2026-11" in plain
    assert "the seal✓ signature checked" in plain
    assert "All other times are claimed by their writers" in plain
    entry = signoffs(of_vector("minimal-witnessed-entry"))
    assert 'the record up to <a href="#e' in entry
    assert "a sign-off of Qa lead" in said(of_vector("minimal-witness-signoff"))


def test_a_witness_that_does_not_count() -> None:
    scene = of_vector("rich")
    assert "No witness signed a time. All times are claimed by their writers." in said(scene)
    time = scene.story.signoffs[0].record.time
    witness = Witness(run=b"\x01" * 32, witness="a-clock", target="seal", hash=b"\x02" * 32, seq=None, time=time)
    scene.story.witnesses.append(WitnessStory(9, None, witness))
    plain = said(scene)
    assert "a-clock" in plain
    assert "not counted" in plain
    assert "No witness signed a time." in plain


def test_paper() -> None:
    scene = of_vector("rich")
    seal = scene.report.bundle.seal
    assert seal is not None
    form = signoffs(scene).partition('id="paper"')[2]
    plain = text(form)
    assert f"Seal, SHA-256{seal}" in plain
    assert f"This report, SHA-256{scene.report_digest}" in plain
    for digest in (seal, scene.report_digest):
        assert " ".join(words(digest)[8:16]) in plain
    assert plain.endswith("Printed nameRoleMeaningSignatureDate, time and zone")
    unsealed = said(of_vector("label-absent"))
    assert "no signature on paper can be bound to it" in unsealed
    assert "Seal, SHA-256" not in unsealed


def test_an_author_whose_name_deceives() -> None:
    scene = changed(of_vector("rich"), name="Q\u0430 lead")
    assert "This name may not be what it looks like" in text(cards(scene)[0])
