"""The deviations and how they stand, what followed from each, and what was changed after it was recorded."""

from __future__ import annotations

import pytest
from support.bundles import base, model
from support.busy import busy, card, words
from support.markup import text
from support.page_scenes import of, of_subject, of_vector, read

from opsproof_verify import kinds as e
from opsproof_verify.fields import Ref
from opsproof_verify.findings import Time
from opsproof_verify.report import DeviationFacts, SignOffFacts
from opsproof_verify.slotted import replace
from opsproof_verify.view.parts import corrections as changes
from opsproof_verify.view.parts import deviation_card
from opsproof_verify.view.parts import deviations as part
from opsproof_verify.view.parts.deviation_card import blocked
from opsproof_verify.view.parts.deviations import deviations
from opsproof_verify.view.scene import Scene
from opsproof_verify.view.story import DeviationStory, When

T = Time(0, 0)


def raised(seq: int, **more: object) -> DeviationStory:
    fields = {
        "reason": "spill", "severity": "minor", "steps": (), "values": (), "evidence": (), "description": "Spilt.",
        "action": None, "occurred": None,
    }  # fmt: skip
    return DeviationStory(When(seq, T, "operator-1"), e.DeviationRaised(**(fields | more)))  # type: ignore[arg-type]


def with_deviations(*told: DeviationStory, facts: tuple[DeviationFacts, ...] = (), **more: object) -> Scene:
    scene = of_subject(base.minimal())
    scene.story.deviations = {one.when.seq: one for one in told}
    return of(replace(scene.report, deviations=facts, **more), scene.story)


def test_none() -> None:
    assert words(deviations(of_vector("rich"))) == "Deviations and changes No deviation is recorded."


def test_a_card_says_all_that_followed() -> None:
    said = words(card(deviations(of_subject(busy())), "deviation-e21"))
    for wanted in (
        "Product was spilt spill e21 ✕ not in order Powder spilt.",
        "Severity minor (its reason is at least major)",
        "Ruling blocked; the verifier computes: under review",
        "Demanded ✓ remediated ✓ closed",
        "Work stopped 1 min, from ruling to release (e22, e23)",
        "Happened 2026-11-02 08:57:00+01:00 recorded 24 min later",
        "Raised by Tech a operator-a, 2026-11-02 09:21:00+01:00, e21",
        "About Weigh the filling mass (Weigh the filling, pass 3, e11) mass (Weigh the filling, pass 2, e8) image/png",
        "Done at once Swept up.",
        "What followed Ruled: blocked Tech a",
        "released Super c supervisor-1, 2026-11-02 09:23:00+01:00, e23 Clean again.",
        "remediated Tech a operator-a, 2026-11-02 09:24:00+01:00, e24 Floor washed. With image/png",
        "closed Super c supervisor-1, 2026-11-02 09:25:00+01:00, e25 Seen.",
        "covered by the approval of Qa lead, quality, 2026-11-03 11:00:00+01:00 I reviewed the record and release it.",
    ):
        assert wanted in said


def test_one_that_is_about_the_whole_run_and_open() -> None:
    said = words(card(deviations(of_subject(busy())), "deviation-e26"))
    assert said.startswith("strange e26")
    assert "blocked (recorded then, and computed again now)" in said
    assert "◆ not closed" in said
    assert "Work stopped ◆ not released" in said
    assert "About the whole batch" in said
    assert "remediated after the seal Qa lead, quality, 2026-11-03 10:00:00+01:00 Filter changed." in said


def test_links_lead_to_evidence_and_sign_offs() -> None:
    scene = of_subject(busy())
    made = read(deviations(scene))
    assert {
        "evidence-e18",
        "e11",
        "step-weigh",
        *(f"signoff-{one.hash[:12]}" for one in scene.story.signoffs),
    } <= made.links


def test_what_is_open_stands_first() -> None:
    settled = DeviationFacts(1, "", "spill", "minor", "review", "review", remediated=None, closed=True)
    unsettled = replace(settled, seq=2, closed=False)
    scene = with_deviations(raised(1), raised(2), facts=(settled, unsettled))
    markup = deviations(scene)
    assert markup.index('id="deviation-e2"') < markup.index('id="deviation-e1"')
    said = words(markup)
    assert "Recorded deviations: 2. Not settled: 1; they stand first." in said
    assert "spill e1 ✓ settled" in said
    assert "spill e2 ◆ open" in said
    assert "Recorded deviations: 1. All are settled." in words(deviations(with_deviations(raised(1), facts=(settled,))))


def test_not_remediated() -> None:
    one = DeviationFacts(1, "", "spill", "minor", None, "review", remediated=False, closed=None)
    said = words(deviations(with_deviations(raised(1), facts=(one,))))
    assert "Demanded ◆ not remediated" in said
    assert "nothing was ruled when it was raised; the verifier computes: under review" in said


def test_nobody_judged() -> None:
    scene = with_deviations(raised(1, steps=("gone",), evidence=(b"\1" * 32,)), policy=None, contract=None)
    scene.story.contract = None
    said = words(deviations(scene))
    assert "Recorded deviations: 1. Not judged, since the rules were not evaluated." in said
    assert "nothing was ruled when it was raised (as recorded; not computed again)" in said
    assert "○ not judged" in said
    assert "About gone 010101010101…" in said


def test_withdrawn_cover_and_remediation_with_evidence() -> None:
    given = SignOffFacts("ab" * 32, 9, "qa", "Qa lead", "quality", "approve", "ok", "I approve.", T, standing=False,
                         counts_for=(), covers=(1,))  # fmt: skip
    said = words(deviations(with_deviations(raised(1), signoffs=(given,))))
    assert "covered by an approval that was withdrawn, of Qa lead" in said
    raised_then = base.entry("raised", "deviation-raised", reason="x", severity="minor", steps=[], values=[],
                             evidence=[], description="Odd.")  # fmt: skip
    subject = base.minimal(raised_then)
    [body, _] = base.photo("proof")
    item = {"digest": model.Digest("proof"), "size": len(base.PHOTO), "media": "image/png", "name": "clean.png"}
    subject.items[-1:-1] = [body, base.signoff("remedy", "remediate", deviation=model.Ref("raised"), evidence=[item])]
    said = words(deviations(of_subject(subject)))
    assert "remediated after the seal Qa lead" in said
    assert "With clean.png" in said


def test_how_long_work_was_stopped() -> None:
    told = raised(1)
    assert blocked(told) is None
    told.after = [(When(2, T, "a"), e.DeviationRuled(deviation=Ref(1, b""), ruling="review", policy=b""))]
    assert blocked(told) is None
    block = e.DeviationRuled(deviation=Ref(1, b""), ruling="block", policy=b"")
    told.after = [(When(2, T, "a"), block)]
    assert blocked(told) == (When(2, T, "a"), None)
    told.after.append((When(5, T, "a"), e.Released(step=None, number=None, deviation=Ref(1, b""), text=None)))
    assert blocked(told) == (When(2, T, "a"), When(5, T, "a"))


def test_recorded_before_it_happened() -> None:
    assert "recorded 5 s before" in words(deviations(with_deviations(raised(1, occurred=Time(5_000, 0)))))


def test_more_than_have_cards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(part, "MOST", 1)
    monkeypatch.setattr(deviation_card, "MOST", 1)
    told = raised(1, steps=("a", "b"))
    told.after = [(When(at, T, "a"), e.DeviationClosed(deviation=Ref(1, b""), text=f"n{at}")) for at in (7, 8)]
    markup = deviations(with_deviations(told, raised(2), raised(3)))
    assert read(markup).ids >= {"deviation-e1", "deviation-e2", "deviation-e3"}
    said = words(markup)
    assert "and 2 more, in the record below Further deviations, by reason Reason Count spill 2" in said
    assert said.count("and 1 more, in the record below") == 2
    assert "n8" not in said


def test_corrections_stand_old_beside_new(monkeypatch: pytest.MonkeyPatch) -> None:
    said = words(deviations(of_subject(busy())))
    assert "Corrections Entry Value Old → new Reason By When e7 mass (Weigh the filling, pass 2, e6)" in said
    assert "43.20 kg → 42.90 kg Misread. Tech a operator-a 2026-11-02 09:07:00+01:00" in said
    assert "e14 remark (Weigh the filling, pass 3, e12): Dusty Not of this run. Super c supervisor-1" in said
    monkeypatch.setattr(changes, "MOST", 1)
    markup = deviations(of_subject(busy()))
    assert "Misread again." not in markup
    assert "and 1 more, in the record below" in text(markup)


def test_corrections_of_what_is_not_known() -> None:
    scene = with_deviations()
    ref = Ref(7, b"")
    scene.story.events = [
        (When(8, T, "a"), e.Correction(corrects=ref, old=True, new=False, why="Wrong.")),
        (When(9, T, "a"), e.Voided(voids=ref, why="Gone.")),
    ]
    said = words(deviations(scene))
    assert "e8 e7 true → false Wrong." in said
    assert "e9 e7 Gone." in said


def test_void_evidence_is_named() -> None:
    photo = base.photo("one", name="door.png")
    void = base.entry("void", "voided", "supervisor-1", voids=model.Ref("one-entry"), why="Another bag.")
    assert "door.png (e2) Another bag." in words(deviations(of_subject(base.minimal(*photo, void))))


def test_a_title_of_the_pack_and_terms() -> None:
    scene = of_subject(busy())
    assert "Product was spilt" in deviations(scene)
    assert scene.say.term("run") == "batch"


def test_old_values_are_struck_through() -> None:
    markup = deviations(of_subject(busy()))
    table = markup.partition('id="corrections"')[2]
    assert '<del class="old"><bdi translate="no">43.20 kg</bdi></del> → <ins class="new">' in table
    assert '<del><bdi translate="no">Dusty</bdi></del>' in table
