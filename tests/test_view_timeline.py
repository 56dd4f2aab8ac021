"""The timeline: what happened on the way in words, the same in a graphic that is the same everywhere."""

from __future__ import annotations

import re
from typing import Any

import pytest
from support.bundles import base
from support.busy import busy, words
from support.page_scenes import of, of_subject, of_vector, read

from opsproof_verify import kinds as e
from opsproof_verify.fields import Ref
from opsproof_verify.findings import Time, finding
from opsproof_verify.records import Witness
from opsproof_verify.register import Severity
from opsproof_verify.slotted import replace
from opsproof_verify.view.parts import timeline as part
from opsproof_verify.view.parts import timeline_lanes, timeline_plot
from opsproof_verify.view.parts.standing import standings
from opsproof_verify.view.parts.timeline import timeline
from opsproof_verify.view.parts.timeline_events import happenings
from opsproof_verify.view.parts.timeline_lanes import Bar, Lane, lanes_of
from opsproof_verify.view.parts.timeline_scale import Scale, scale_of
from opsproof_verify.view.parts.timeline_shapes import shape
from opsproof_verify.view.scene import Scene
from opsproof_verify.view.story import PassStory, StepStory, Story, When, WitnessStory

SCALE = Scale(0, 1_000, 0, 0, 1_000)


def when(seq: int, ms: int = 0) -> When:
    return When(seq, Time(ms, 0), "operator-1")


def bare(story: Story) -> Scene:
    return of(replace(of_subject(base.minimal()).report, policy=None, contract=None, findings=()), story)


def drawing(markup: str) -> str:
    """Give the graphic."""
    return "<svg" + markup.partition("<svg")[2].partition("</svg>")[0]


def test_all_that_happened_in_words() -> None:
    said = words(timeline(of_subject(busy())))
    for wanted in (
        (
            "09:00:00 – 09:47:00 +01:00 (47 min). On the way: deviations: 2, stops of work: 2, gaps in the "  # noqa: RUF001
            "recording: 1, changes of the clock: 1, late entries: 2, skipped: 1, corrections: 2, made void: 1."
        ),
        "Batch started 2026-11-02 09:00:00+01:00, e0, Tech a operator-a By which clock the times are is not stated.",
        "Correction 2026-11-02 09:07:00+01:00, e7, Tech a operator-a mass (Weigh the filling, pass 2, e6): 43.20 kg",
        "Recorded late 2026-11-02 09:11:00+01:00, e11, Tech a operator-a mass (Weigh the filling, pass 3, e11)",
        "recorded 14 min later No hand free.",
        "Made void 2026-11-02 09:14:00+01:00, e14, Super c supervisor-1 remark",
        "image/png recorded 21 min later Camera was away.",
        "Deviation: Product was spilt 2026-11-02 09:21:00+01:00, e21, Tech a operator-a recorded 24 min later",
        "Work stopped for 1 min 2026-11-02 09:22:00+01:00, e22, Tech a operator-a Released by Super c",
        "Work stopped, never released 2026-11-02 09:27:00+01:00, e27",
        (
            "The recorder had stopped for 31 min 2026-11-02 09:28:00+01:00, e28, Tech a operator-a since 2026-11-02 "
            "08:57:00+01:00, 3 bytes of a torn end cut off Power cut."
        ),
        "Clock set back by 1 min 30 s 2026-11-02 09:29:00+01:00, e29, Tech a operator-a Times by plant clock It was",
        "Skipped 2026-11-02 09:30:00+01:00, e30, Tech a operator-a Clean the tools Tools were new.",
        "Batch completed 2026-11-02 09:46:00+01:00",
        "Sealed 2026-11-02 09:47:00+01:00, Tech a operator-a",
        "Qa lead remediated a deviation, quality, 2026-11-03 10:00:00+01:00 Qa lead approved, quality, 2026-11-03",
    ):
        assert wanted in said


def test_the_words_come_in_the_order_of_the_record() -> None:
    orders = [one.order for one in happenings(of_subject(busy()))]
    assert orders == sorted(orders)
    assert [one.kind for one in happenings(of_subject(busy()))][-3:] == ["seal", "signoff", "signoff"]


def test_all_that_is_drawn_stands_in_words_too() -> None:
    markup = timeline(of_subject(busy()))
    _, _, below = markup.partition("</svg>")
    drawn = {place for place in read(markup).links if place[0] == "e"}
    assert drawn
    assert all(f'href="#{place}"' in below for place in drawn)
    for kind in {one.kind for one in happenings(of_subject(busy()))}:
        assert f"tl-{kind}" in drawing(markup)


def test_a_graphic_takes_no_part_in_the_order_of_the_tab_key() -> None:
    graphic = drawing(timeline(of_subject(busy())))
    assert graphic.count("<a ") > 10
    assert graphic.count("<a ") == graphic.count('tabindex="-1"')
    assert 'role="group"' in graphic
    assert "<title" in graphic


def test_whole_numbers_alone() -> None:
    graphic = drawing(timeline(of_subject(busy())))
    assert not re.findall(r'(?: x| y|width|height)="[^"]*\.', graphic)
    assert graphic == drawing(timeline(of_subject(busy())))


def test_witnesses_stand_where_they_are() -> None:
    said = words(timeline(of_vector("minimal-witness")))
    assert "Witness of the time of the seal plant-clock" in said
    said = words(timeline(of_subject(base.reviewed(base.witness()))))
    assert said.index("Sealed") < said.index("Witness of the time of the seal") < said.index("Qa lead approved")


def test_each_target_of_a_witness() -> None:
    story = of_subject(base.minimal()).story
    at: dict[str, Any] = {"run": b"", "witness": "plant-clock", "hash": b"", "time": Time(0, 0)}
    story.witnesses = [
        WitnessStory(4, 2, Witness(target="entry", seq=2, **at)),
        WitnessStory(9, None, Witness(target="signoff", seq=None, **at)),
    ]
    said = words(timeline(bare(story)))
    assert "Witness of the time of an entry plant-clock, 1970-01-01 00:00:00Z, e2" in said
    assert said.endswith("Witness of the time of a sign-off plant-clock, 1970-01-01 00:00:00Z")


def test_gaps_and_clocks_that_say_little() -> None:
    story = Story(events=[
        (when(1, 5_000), e.Gap(reason=None, since=None, cut=None)),
        (when(2, 6_000), e.ClockChanged(clock="ntp", by=None, text=None)),
        (when(3, 7_000), e.ClockChanged(clock="ntp", by=500, text=None)),
        (when(4, 8_000), e.Gap(reason=None, since=Time(9_000, 0), cut=None)),
        (when(5, 9_000), e.Correction(corrects=Ref(1, b""), old=1, new=2, why="Wrong.")),
        (when(6, 9_000), e.Voided(voids=Ref(1, b""), why="Wrong.")),
    ])  # fmt: skip
    said = words(timeline(bare(story)))
    assert "When the run began and ended is not known. On the way: gaps in the recording: 2" in said
    assert "The recorder had stopped 1970-01-01 00:00:05Z, e1, operator-1 No reason is given." in said
    assert "Another clock from here on" in said
    assert "Clock set forward by 500 ms" in said
    assert "The recorder had stopped 1970-01-01 00:00:08Z, e4, operator-1 since 1970-01-01 00:00:09Z No reason" in said
    assert "e1: 1 → 2 Wrong." in said
    assert "operator-1 e1 Wrong." in said


def test_a_quiet_run_and_one_of_which_nothing_is_known() -> None:
    assert "It has no deviation, stop of work, gap," in words(timeline(of_vector("minimal")))
    markup = timeline(bare(Story()))
    assert "<svg" not in markup
    assert "<ol" not in markup


def test_a_run_that_says_its_clock_and_why_it_was_aborted() -> None:
    subject = base.minimal()
    subject.item("started").fields["clock"] = "plant clock"
    subject.item("ended").fields |= {"outcome": "aborted", "reason": "Fire alarm."}
    said = words(timeline(of_subject(subject)))
    assert "Times by plant clock" in said
    assert "Run aborted 2026-11-02" in said
    assert "Fire alarm." in said


def test_what_was_recorded_soon_is_not_late() -> None:
    photo = base.photo("one", captured=[base.START + 90_000, base.OFFSET])
    kinds = [one.kind for one in happenings(of_subject(base.minimal(*photo)))]
    assert "late" not in kinds
    scene = of_subject(base.minimal(*photo))
    late = finding("evidence.late", {"seq": 2, "frame": 6}, {"delay": 1}, Severity.NOTE)
    kinds = [one.kind for one in happenings(of(replace(scene.report, findings=(late,)), scene.story))]
    assert "late" in kinds


def test_late_without_a_time_says_why() -> None:
    photo = base.photo("one", late="Camera was away.")
    assert "image/png Camera was away." in words(timeline(of_subject(base.minimal(*photo))))


def test_more_than_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(part, "MOST", 2)
    assert "more, in the record below" in words(timeline(of_subject(busy())))


def test_round_times_in_the_offset_of_the_run() -> None:
    scale = Scale(0, 7_200_000, 90, 0, 720)
    assert scale.ticks() == [(0, "01:30"), (180, "02:00"), (360, "02:30"), (540, "03:00"), (720, "03:30")]
    assert scale.caption == "1970-01-01, UTC+01:30"
    assert Scale(0, 90_000_000, 0, 0, 1).caption == "1970-01-01 – 1970-01-02, UTC"  # noqa: RUF001 - a range
    assert scale.at(Time(3_600_000, -720)) == 360


def test_one_moment_has_a_scale() -> None:
    scene = bare(Story(steps={"a": StepStory("a", None, {1: PassStory(1, when(1, 5), when(2, 5))})}))
    assert scale_of(standings(scene), [], 0, 100) == Scale(5, 6, 0, 0, 100)
    assert scale_of([], [], 0, 100) is None


def test_times_beyond_the_calendar_are_drawn() -> None:
    story = Story(events=[(when(1, -(2**52)), e.Gap(reason=None, since=None, cut=None)),
                          (when(2, 2**52), e.Gap(reason=None, since=None, cut=None))])  # fmt: skip
    read(timeline(bare(story)))


def test_bars_that_would_touch_are_one() -> None:
    bars = [Bar("a", Time(at, 0), Time(at + 1, 0), "bad" if at == 2 else "good") for at in (0, 2, 4, 500)]
    one, other = Lane("", "a", frozenset("a"), bars).joined(SCALE)
    assert (one.passes, one.state, one.began.ms, one.ended and one.ended.ms) == (3, "bad", 0, 5)
    assert (other.passes, other.began.ms) == (1, 500)
    unended = [Bar("a", Time(0, 0), None, "good"), Bar("a", Time(1, 0), Time(2, 0), "good")]
    assert list(Lane("", "a", frozenset("a"), unended).joined(SCALE)) == unended
    assert list(Lane("", None, frozenset(), []).joined(SCALE)) == []


def test_passes_that_are_one_bar_are_counted() -> None:
    passes = {at: PassStory(at, when(at, at), when(at, at)) for at in (1, 2)}
    passes[3] = PassStory(3, when(3, 100_000))
    graphic = drawing(timeline(bare(Story(steps={"a": StepStory("a", None, passes)}))))
    assert "a: 2 times, 1970-01-01 00:00:00 – 00:00:00" in graphic  # noqa: RUF001 - a range
    assert "a, 1970-01-01 00:01:40 – not ended" in graphic  # noqa: RUF001 - a range
    assert "is-unended" in graphic


def test_many_steps_share_lanes(monkeypatch: pytest.MonkeyPatch) -> None:
    scene = bare(Story(steps={f"s{at}": StepStory(f"s{at}", None) for at in range(5)}))
    assert [lane.label for lane in lanes_of(scene, standings(scene))] == ["Run", "s0", "s1", "s2", "s3", "s4"]
    monkeypatch.setattr(timeline_lanes, "MOST", 2)
    assert [lane.label for lane in lanes_of(scene, standings(scene))] == ["Run", "s0 and 2 more", "s3 and 1 more"]


def test_long_names_are_cut() -> None:
    scene = bare(Story(steps={"s": StepStory("s" * 40, None)}))
    assert lanes_of(scene, standings(scene))[1].label == "s" * 25 + "…"


def test_what_stands_at_one_place_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timeline_plot, "_TITLES", 2)
    story = Story(events=[(when(at, at), e.Gap(reason=None, since=None, cut=None)) for at in (1, 1, 2, 100_000)])
    graphic = drawing(timeline(bare(story)))
    assert ">×3<" in graphic  # noqa: RUF001 - a sign
    assert "; +1</title>" in graphic


def test_many_sign_offs_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timeline_plot, "_STRIP", 1)
    graphic = drawing(timeline(of_subject(busy())))
    assert ">+1<" in graphic
    assert "afterwards" in graphic


def test_deviations_that_stop_nothing() -> None:
    about = {"steps": [], "values": [], "evidence": [], "description": "A bag fell."}
    raised = (base.entry(f"d{at}", "deviation-raised", reason="spill", severity="minor", **about) for at in (1, 2))
    told = happenings(of_subject(base.minimal(*raised)))
    assert [one.kind for one in told if one.kind in ("deviation", "block")] == ["deviation", "deviation"]


def test_a_block_is_drawn_once_where_several_stand_at_one_place() -> None:
    scene = of_subject(busy())
    block = next(one for one in happenings(scene) if one.kind == "block")
    doubled = timeline_plot.timeline_plot(scene, standings(scene), [*happenings(scene), block])
    assert doubled is not None
    assert doubled.count("tl-block") == drawing(timeline(scene)).count("tl-block")


def test_each_kind_has_a_shape_of_its_own() -> None:
    kinds = (
        "run",
        "seal",
        "gap",
        "clock",
        "correction",
        "void",
        "late",
        "skip",
        "deviation",
        "block",
        "witness",
        "signoff",
        "bar",
        "unjudged",
        "odd",
        "bad",
    )
    assert len({re.sub(r"tl-[a-z]+|-[a-z]+", "", shape(kind, 0, 0)) for kind in kinds}) == len(kinds)


def test_a_minute_is_late_without_a_word_about_it() -> None:
    photo = base.photo("one", captured=[base.START + 60_000, base.OFFSET])
    assert "image/png recorded 1 min later" in words(timeline(of_subject(base.minimal(*photo))))


def test_beside_the_seal_a_number_stands_before_its_mark() -> None:
    times = {"time": [base.START + 100 * base.HOUR, base.OFFSET]}
    subject = base.minimal()
    for label in ("ended", "seal"):
        subject.item(label).fields |= times
    graphic = drawing(timeline(of_subject(subject)))
    assert re.search(r'<text x="911" y="\d+" text-anchor="end" class="tl-many" fill="currentColor">×2<', graphic)  # noqa: RUF001
