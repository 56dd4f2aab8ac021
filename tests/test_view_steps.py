"""The steps, plan against actual: what was asked and what was recorded, in the table of all and in each card."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from support.bundles import base, build, changed, check, model, ops
from support.busy import busy, card, words
from support.markup import text
from support.page_scenes import of, of_subject, of_vector, read

from opsproof_verify import kinds as e
from opsproof_verify.contract import Repeat, Step, ValueSpec
from opsproof_verify.fields import Ref
from opsproof_verify.findings import Time, finding
from opsproof_verify.records import Item
from opsproof_verify.register import Severity
from opsproof_verify.slotted import replace
from opsproof_verify.view.parts import step_card, step_pass, step_plot, step_values
from opsproof_verify.view.parts import steps as steps_part
from opsproof_verify.view.parts.pieces import chosen, clock, counts, lasted, span
from opsproof_verify.view.parts.standing import judge_value, standings, was_outside
from opsproof_verify.view.parts.step_pass import pass_content
from opsproof_verify.view.parts.steps import steps
from opsproof_verify.view.scene import Scene
from opsproof_verify.view.story import EvidenceStory, PassStory, StepStory, Story, ValueStory, When
from opsproof_verify.view.telling import tell

REF = Ref(1, b"")


def when(seq: int = 1, ms: int = 1_000, actor: str = "operator-1") -> When:
    return When(seq, Time(ms, 0), actor)


def a_step(**more: Any) -> Step:
    fields: dict[str, Any] = {
        "id": "fill", "title": "Fill", "instruction": None, "roles": ("operator",), "after": (), "optional": False,
        "repeat": None, "values": {}, "evidence": {}, "critical": False, "check": None, "hold": None, "authorise": (),
        "max_ms": None, "qualifications": (), "instruments": (), "tags": (),
    }  # fmt: skip
    return Step(**(fields | more))


def spec(**more: Any) -> ValueSpec:
    fields: dict[str, Any] = dict.fromkeys(("title", "unit", "min", "max", "choices")) | {
        "id": "m",
        "type": "decimal",
        "optional": False,
    }
    return ValueSpec(**(fields | more))


def value(recorded: Any = "1.5", seq: int = 1, unit: str | None = None, name: str = "m") -> ValueStory:
    return ValueStory(
        when(seq),
        e.ValueRecorded(step="fill", number=1, name=name, value=recorded, unit=unit, observed=None, late=None),
    )


def bare(*told: StepStory) -> Scene:
    """Give a scene of a report without policy, and steps made by hand."""
    report = replace(check(base.minimal()), policy=None, findings=(), contract=None)
    return of(report, Story(steps={one.id: one for one in told}))


def test_all_as_planned() -> None:
    scene = of_vector("rich")
    markup = steps(scene)
    assert "<details" in markup
    assert "All went as planned. Steps: 6." in text(markup)
    told = base.rich(*base.step("clean"))
    assert "All went as planned. Steps: 6." in text(steps(of_subject(told)))


def test_nothing_done_of_an_optional_step_is_no_exception() -> None:
    [clean] = [one for one in standings(of_vector("rich")) if one.told.id == "clean"]
    assert (clean.done, clean.state, clean.odd) == ("left", "off", False)


def test_the_overview_sets_plan_against_record() -> None:
    markup = steps(of_subject(busy()))
    table = markup.partition('<table class="grid">')[2].partition("</table>")[0]
    rows = [words("<tr" + row) for row in table.split("<tr")[2:]]
    assert len(rows) == 6
    weigh, clean = rows[0], rows[5]
    assert "operator 3–5 times critical check authorisation" in weigh  # noqa: RUF001 - a range
    assert "done 3 times" in weigh
    assert "2026-11-02 09:01:00 – 09:19:00 +01:00 (18 min)" in weigh  # noqa: RUF001 - a range
    assert "values that are or were outside limits: 2 corrected: 2 made void: 1 Product was spilt (e21)" in weigh
    assert weigh.endswith("not in order")
    assert "optional skipped" in clean


def test_a_pass_shows_what_was_asked_beside_what_was_recorded() -> None:
    said = words(card(steps(of_subject(busy())), "step-weigh"))
    assert "Tare. Weigh." in said
    assert "Time at most 1 min 2026-11-02 09:01:00 – 09:03:00 +01:00 (2 min) (e1, e3)" in said  # noqa: RUF001
    assert "longer than allowed" in said
    assert "weighing until 2026-11-02 10:39:00+01:00" in said
    assert "driving" not in said
    assert "SCALE 7, as scale, calibrated until 2026-11-02 10:39:00+01:00" in said
    assert "tare (010101010101…) until" in said
    assert "done: tare (010101010101…) under e15" in said
    assert "not passed Super c supervisor-1, 2026-11-02 09:20:00+01:00, e20 Not convinced." in said
    assert "First line second line" in said
    assert "Instrument scale ◆ not recorded" in said
    assert "42.00 to 43.00 kg 43.20 kg → 42.90 kg → 42.80 kg corrected by Tech a operator-a" in said
    assert "Misread again. ✓ within ◆ outside before" in said
    assert "44 kg ✕ outside" in said
    assert "seen 2026-11-02 08:57:00+01:00; recorded late No hand free." in said
    assert "mood not asked for good ○ further" in said
    assert "Dusty made void by Super c supervisor-1" in said


def test_old_values_are_struck_through_and_say_so_in_markup() -> None:
    markup = steps(of_subject(busy()))
    assert '<del class="old"><bdi translate="no">43.20 kg</bdi></del> → <del class="old">' in markup
    assert '<ins class="new"><bdi translate="no">42.80 kg</bdi></ins>' in markup


def test_findings_of_passes_stand_in_their_passes() -> None:
    markup = card(steps(of_subject(busy())), "step-weigh")
    head, _, passes = markup.partition("<details")
    assert "finding-" not in head
    assert passes.count("was not checked by a second person.") == 3


def test_numbers_over_passes_have_a_plot() -> None:
    markup = steps(of_subject(busy()))
    assert 'id="plot:weigh:mass"' in markup
    assert "3 readings of mass; the table of each pass has them as numbers." in markup
    assert "43.00 kg" in markup
    assert markup.count('class="plot"') == 1, "of one reading a plot says nothing"


def test_a_plot_hides_nothing_and_has_what_was_asked_for() -> None:
    """Characters that hide are marked in it; readings in another unit are not on its axis."""
    told = StepStory("fill", a_step(values={"m": spec(title="Ma\u202ess", unit="k\u200bg", max="2")}))
    for number in (1, 2, 3):
        told.passes[number] = PassStory(number, values=[value(f"{number}.0", number, "k\u200bg")])
    markup = steps(bare(told))
    assert markup.count('class="plot-dot"') == 2
    assert not re.search("[\u202e\u200b]", markup)
    told.passes[3].values = [value("3.0", 3, "g")]
    assert 'class="plot"' not in steps(bare(told))


def test_a_pass_that_was_left_out_does_not_keep_a_step_from_ending() -> None:
    skip = e.StepSkipped(step="fill", number=2, reason="No bag left.")
    passes = {1: PassStory(1, when(1, 1_000), when(2, 61_000)), 2: PassStory(2, deeds=[(when(3), skip)])}
    assert "1970-01-01 00:00:01 \u2013 00:01:01 Z (1 min)" in words(steps(bare(StepStory("fill", a_step(), passes))))


def test_what_is_in_order_is_folded_and_the_rest_is_open() -> None:
    markup = steps(of_vector("deviation-reviewed"))
    assert '<details class="fold" open>' in card(markup, "step-weigh")
    assert '<details class="fold" open>' not in card(markup, "step-inspect")


@pytest.mark.parametrize(
    "name,warning",
    [
        ("contract-signature-r", "The contract is not verified. What it asks for is shown as this file states it."),
        ("cbor-contract-not-canonical", "The contract in this file cannot be read"),
        ("entry-withheld", "1 entry is withheld in this copy."),
        ("cbor-cut", "1 record in this file cannot be read."),
        ("chain-prev", "The rules were not evaluated."),
        ("frame-cut-in-body", "The file could not be read to its end."),
    ],
)
def test_what_the_section_rests_on_is_said(name: str, warning: str) -> None:
    assert warning in text(steps(of_vector(name)))
    assert warning not in text(steps(of_vector("rich")))


def test_a_large_run_says_what_it_leaves_out(monkeypatch: pytest.MonkeyPatch) -> None:
    scene = of_subject(busy())
    scene.story.left_out, scene.story.steps["weigh"].left_out = 7, 2
    monkeypatch.setattr(steps_part, "MOST", 2)
    monkeypatch.setattr(step_card, "MOST", 2)
    markup = steps(scene)
    said = text(markup)
    assert "7 things more stand in the record below alone." in said
    assert "and 3 more, in the record below" in text(card(markup, "step-weigh"))
    assert markup.count("<article") == 2
    assert read(markup).ids >= {f"step-{step}" for step in scene.story.steps}, "links still end somewhere"


def test_steps_that_the_contract_does_not_have() -> None:
    scene = of_vector("step-unknown")
    said = text(steps(scene))
    assert "recorded, but not in the contract" in said
    unknown = StepStory("odd", None, {2: PassStory(2, values=[value()])})
    assert "not in the contract" in text(steps(bare(unknown)))


def test_nothing_is_known() -> None:
    assert "The record shows no steps." in text(steps(bare()))


def test_nothing_out_of_the_ordinary_where_nobody_judged() -> None:
    done = StepStory("fill", a_step(), {1: PassStory(1, when(1), when(2))})
    assert "Nothing out of the ordinary is recorded; the rules were not evaluated. Steps: 1." in text(steps(bare(done)))
    assert "not looked at" in text(steps(bare(done)))


def test_how_steps_stand() -> None:
    one, twice = PassStory(1, when(1), when(2)), {1: PassStory(1, when(1), when(2)), 2: PassStory(2, when(3), when(4))}
    left = PassStory(1, deeds=[(when(3), e.StepSkipped(step="fill", number=1, reason=None))])
    repeated = a_step(repeat=Repeat(min=2, max=3))
    cases = [
        (StepStory("fill", a_step(), {1: one}), "done"),
        (StepStory("fill", a_step(), {1: PassStory(1, when(1))}), "open"),
        (StepStory("fill", a_step(), {1: left}), "skipped"),
        (StepStory("fill", a_step()), "missing"),
        (StepStory("fill", a_step(optional=True)), "left"),
        (StepStory("fill", repeated, {1: one}), "short"),
        (StepStory("fill", repeated, twice), "done"),
        (StepStory("fill", repeated, left_out=2), "done"),
        (StepStory("fill", None, {1: one}), "unknown"),
    ]
    for told, wanted in cases:
        [found] = standings(bare(told))
        assert (found.done, found.odd) == (wanted, wanted not in ("done", "left"))
        read(steps(bare(told)))


def test_how_values_stand_to_what_was_asked() -> None:
    limited = spec(min="1.0", max="2.0", unit="kg")
    assert judge_value(None, value()) == "extra"
    assert judge_value(limited, value("1.00", unit="kg")) == "within"
    assert judge_value(limited, value("2.0000000000000000001", unit="kg")) == "misfit", (
        "too many decimals for a decimal"
    )
    assert judge_value(limited, value("2.000000000000000001", unit="kg")) == "outside"
    assert judge_value(limited, value("1.5", unit="g")) == "misfit"
    assert judge_value(limited, value("much", unit="kg")) == "misfit"
    assert judge_value(spec(), value("1.5")) == "free"
    assert judge_value(spec(type="choice", choices=("a", "b")), value("c")) == "misfit"
    corrected = value("3", unit="kg")
    corrected.corrections.append((when(2), e.Correction(corrects=REF, old="3", new="1.5", why="Misread.")))
    assert judge_value(limited, corrected) == "within"
    assert was_outside(limited, corrected)
    assert not was_outside(limited, value("1.5"))
    assert not was_outside(None, value("9"))


@pytest.mark.parametrize(
    "asked,said",
    [
        (spec(min="1", max="2", unit="kg"), "1 to 2 kg"),
        (spec(min="1", unit="kg"), "at least 1 kg"),
        (spec(max="2"), "at most 2"),
        (spec(unit="kg"), "a number, kg"),
        (spec(type="boolean", optional=True), "true or false; optional"),
        (spec(type="choice", choices=("red", "blue")), "red, blue"),
    ],
)
def test_what_a_value_must_be(asked: ValueSpec, said: str) -> None:
    assert text(step_values.asked_of(bare(), asked)) == said


def test_titles_types_and_what_is_missing() -> None:
    named = a_step(
        values={"m": spec(title="Mass"), "ok": spec(id="ok", type="boolean"), "x": spec(id="x", optional=True)}
    )
    one = PassStory(1, when(1), when(4), values=[value(seq=2), value(recorded=True, seq=3, name="ok")])
    said = words(steps(bare(StepStory("fill", named, {1: one}))))
    assert "Mass m a number 1.5" in said
    assert "true or false true" in said
    assert "x a number; optional – ○ not recorded" in said  # noqa: RUF001 - an empty cell
    assert "Mass a number – ◆ missing" in words(steps(bare(StepStory("fill", named))))  # noqa: RUF001


def test_values_beyond_the_table_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(step_values, "MOST", 2)
    one = PassStory(1, when(1), when(9), values=[value(seq=seq) for seq in (2, 3, 4)])
    one.evidence = [
        EvidenceStory(
            Item(digest=bytes([at]) * 32, size=1, media="text/plain", name=None, step="fill", number=1, slot=None),
            when(5 + at),
            None,
            None,
            None,
        )
        for at in range(3)
    ]
    said = text(steps(bare(StepStory("fill", a_step(), {1: one}))))
    assert said.count("and 1 more, in the record below") == 2


def test_evidence_is_counted_against_its_slot() -> None:
    slot = {"id": "photo", "title": None, "media": ["image/png"], "min": 2, "max": 2}
    few = base.minimal(*base.photo("one", step="seal-bag", pass_=1, slot="photo"))
    few.item("contract").fields["steps"] = [
        few.item("contract").fields["steps"][0] | {"evidence": [{k: v for k, v in slot.items() if v}]}
    ]
    assert "2 of image/png image/png" in words(steps(of_subject(few)))
    assert "1: too few" in text(steps(of_subject(few)))
    many = base.minimal(
        *(
            item
            for at in range(3)
            for item in base.photo(f"p{at}", body=bytes([at]), step="seal-bag", pass_=1, slot="photo")
        )
    )
    many.item("contract").fields["steps"] = few.item("contract").fields["steps"]
    assert "3: too many" in text(steps(of_subject(many)))


def test_evidence_that_is_void_is_struck_through() -> None:
    photo = base.photo("one", step="seal-bag", pass_=1, name="door.png")
    void = base.entry("void", "voided", "supervisor-1", voids=model.Ref("one-entry"), why="Another bag.")
    markup = steps(of_subject(base.minimal(*photo, void)))
    assert '<del class="old"><a href="#evidence-e2"><bdi translate="no">door.png</bdi></a></del>' in markup
    assert "Another bag." in text(markup)


def test_a_pass_that_only_ended_and_one_that_began_twice() -> None:
    ended = PassStory(1, None, when(2), deeds=[(when(3), e.AtStep(step="fill", number=1))])
    said = text(steps(bare(StepStory("fill", a_step(), {1: ended}))))
    assert "ended 1970-01-01 00:00:01Z (e2); no beginning is recorded" in said
    assert "begun again by operator-1" in said


def test_deeds_without_their_details() -> None:
    one = PassStory(1, when(1), when(9))
    one.deeds = [
        (when(2), e.InstrumentUsed(step="fill", number=1, instrument="SCALE 7", serves_as=None, due=None)),
        (when(3), e.Acted(step="fill", number=1, action="tare", arguments=b"\1" * 32, authorised=None)),
        (when(4), e.Released(step="fill", number=1, deviation=None, text=None)),
        (when(5), e.Checked(step="fill", number=1, passed=True, text=None)),
    ]
    told = StepStory("fill", a_step(critical=True, hold=("lead",), after=("fill",), tags=("wet",)), {1: one})
    said = words(steps(bare(told)))
    assert "SCALE 7, no calibration date" in said
    assert "no authorisation named" in said
    assert "Hold point lead released by operator-1" in said
    assert "Check by a second person ✓ passed operator-1" in said
    assert "Only after Fill" in said


def test_many_deeds_are_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(step_pass, "MOST", 2)
    one = PassStory(
        1, when(1), when(9), deeds=[(when(seq), e.Note(step="fill", number=1, text=f"n{seq}")) for seq in (2, 3, 4)]
    )
    made = text("".join(map(str, pass_content(bare(), StepStory("fill", a_step()), one)[:1])))
    assert "n3" in made
    assert "n4" not in made
    assert "and 1 more, in the record below" in made


def test_qualifications_nobody_states() -> None:
    one = PassStory(1, when(1), when(2))
    said = words(steps(bare(StepStory("fill", a_step(qualifications=("gmp",)), {1: one}))))
    assert "Qualification gmp operator-1: none stated" in said


def test_many_workers_and_deviations_in_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steps_part, "FEW", 1)
    one = PassStory(1, when(1), when(2, actor="operator-2"))
    said = text(
        steps(
            bare(StepStory("fill", a_step(), {1: one}), StepStory("a", a_step(id="a")), StepStory("b", a_step(id="b")))
        )
    )
    assert "operator-1 +1" in said
    assert "and 1 more" in said
    again = base.entry("again", "deviation-raised", reason="spill", severity="minor", steps=["weigh"], values=[],
                       evidence=[], description="Once more.")  # fmt: skip
    assert "Product was spilt (e21)and 1 more" in text(steps(of_subject(busy(again))))


def test_a_plot_leaves_out_what_counts_no_more() -> None:
    passes = {at: PassStory(at, when(at), when(at), values=[value(str(at), seq=at)]) for at in (1, 2, 3, 4)}
    passes[4].values[0].voided = (when(9), e.Voided(voids=REF, why="No."))
    numbers = StepStory("fill", a_step(values={"m": spec(type="decimal")}), passes)
    [drawn] = step_plot.step_plots(bare(), numbers)
    assert "3 readings of m" in drawn
    assert not step_plot.step_plots(bare(), StepStory("fill", None, passes))


def test_findings_without_weight_are_folded() -> None:
    scene = of_subject(base.minimal())
    note = finding("evidence.undescribed", {"step": "seal-bag"}, {}, Severity.NOTE)
    noted = of(replace(scene.report, findings=(note,)), scene.story)
    [one] = standings(noted)
    assert (one.state, one.odd) == ("good", False)
    assert "Noted, without weight: 1" in text(steps(noted))


def test_spans_and_durations() -> None:
    assert [lasted(ms) for ms in (0, 999, 61_999, 90_061_001, -61_999)] == [
        "0 s",
        "999 ms",
        "1 min 1 s",
        "1 d 1 h 1 min",
        "-1 min 1 s",
    ]
    assert clock(Time(86_400_000, 60)) == "1970-01-02 01:00:00"
    assert clock(Time(86_400_000, 60), Time(86_399_000, 60)) == "01:00:00"
    scene = bare()
    assert text(span(scene, Time(0), Time(1_000, 60))) == "1970-01-01 00:00:00 Z – 1970-01-01 01:00:01 +01:00 (1 s)"  # noqa: RUF001
    assert text(span(scene, Time(0), None)) == "1970-01-01 00:00:00 Z"
    assert (counts(1, 1), counts(1, 3)) == ("1", "1–3")  # noqa: RUF001 - a range


def test_what_is_out_of_the_ordinary_comes_before_what_is_not() -> None:
    assert chosen([1, 2, 3, 4], 2, lambda one: one % 2 == 0) == [2, 4]
    assert chosen([1, 2, 3, 4], 3, lambda one: one == 4) == [1, 2, 4]
    assert chosen([1, 2], 3, lambda _: False) == [1, 2]


def test_the_same_page_for_the_same_bundle() -> None:
    assert steps(of_subject(busy())) == steps(of_subject(busy()))


def test_a_correction_of_a_correction_is_told() -> None:
    story = tell(io.BytesIO(build(changed(busy(), ops.edit("correct2", "why", "Again.")))))
    [told] = [one for one in story.steps["weigh"].passes[2].values if one.what.name == "mass"]
    assert [what.new for _, what in told.corrections] == ["42.90", "42.80"]
