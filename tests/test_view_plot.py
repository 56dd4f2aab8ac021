"""Line charts: readings stay on their side of a limit, outliers stay in the picture, and bytes stay the same."""

import importlib
import re
from decimal import Decimal, localcontext
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsproof_verify.view.html import Markup
from opsproof_verify.view.plot import MOST, Axis, Limit, Reading, is_outside, plot, thinned
from opsproof_verify.view.plot_ticks import caption, decimal_text, number_ticks, time_ticks

etree: Any = importlib.import_module("lxml.etree")  # it has no types

LEAST, MAX = Limit(Decimal("4.5"), "min 4.5", least=True), Limit(Decimal("5.2"), "max 5.2")
DAY = 86_400_000


def line(*values: str) -> list[Reading]:
    """Give readings over 1, 2, 3 ..."""
    return [Reading(Decimal(at), Decimal(value)) for at, value in enumerate(values, 1)]


def drawn(readings: list[Reading], *limits: Limit, **axes: Any) -> Markup:
    return plot(readings, limits, ident="p", title="Weight <g>", description="what it shows", **axes)


def places(markup: str, name: str) -> list[dict[str, str]]:
    """Give the attributes of all elements of a class."""
    return [dict(one.attrib) for one in etree.fromstring(markup).iter() if one.get("class") == name]


def texts(markup: str, name: str) -> list[str]:
    return [one.text or "" for one in etree.fromstring(markup).iter() if one.get("class") == name]


def test_a_chart_is_named_and_described() -> None:
    made = drawn(line("5"))
    assert made.startswith(
        '<svg class="plot" id="p" role="img" aria-labelledby="p:title p:about" viewBox="0 0 720 260"'
    )
    assert '<title id="p:title">Weight &lt;g&gt;</title><desc id="p:about">what it shows</desc>' in made
    assert "style" not in made


def test_readings_outside_of_limits_have_another_shape() -> None:
    made = drawn(line("4.8", "5.2", "5.21", "4.49", "4.5"), LEAST, MAX)
    assert len(places(made, "plot-dot")) == 3
    assert len(places(made, "plot-out")) == 2
    assert texts(made, "plot-limit-label") == ["max 5.2", "min 4.5"]
    assert all("stroke-dasharray" in one for one in places(made, "plot-limit"))
    assert len(places(made, "plot-band")) == 1


def test_a_reading_has_its_title() -> None:
    made = drawn([Reading(Decimal(1), Decimal(2), "e17: 2 <g>"), Reading(Decimal(2), Decimal(2))])
    assert made.count("<title>") == 1
    assert "<title>e17: 2 &lt;g&gt;</title></circle>" in made


@pytest.mark.parametrize("place", ["1e70", "-1e70", "1e-70", "0"])
def test_readings_at_one_place_have_a_scale(place: str) -> None:
    assert len(places(drawn([Reading(Decimal(place), Decimal(one)) for one in (1, 2, 3)]), "plot-dot")) == 3


def test_long_labels_leave_room_for_the_chart() -> None:
    value = Decimal("123456789012345678.000000000000000001")
    limits = [Limit(value + step, f"{value + step} kilogram of dry matter per batch", not step) for step in (0, 8)]
    [band] = places(drawn([Reading(Decimal(1), value + 1)], *limits), "plot-band")
    assert float(band["width"]) > 100


def test_coordinates_are_where_the_axes_say() -> None:
    made = drawn(line("10", "20"), y=Axis("g"), x=Axis("pass", whole=True))
    dots = [(Decimal(one["cx"]), Decimal(one["cy"])) for one in places(made, "plot-dot")]
    ticks = {
        one.text: Decimal(one.get("x")) for one in etree.fromstring(made).iter() if one.get("text-anchor") == "middle"
    }
    assert [ticks["1"], ticks["2"]] == [dots[0][0], dots[1][0]]
    heights = {
        one.text: Decimal(one.get("y"))
        for one in etree.fromstring(made).iter()
        if one.get("text-anchor") == "end" and one.get("class") == "plot-tick"
    }
    assert abs(heights["10"] - dots[0][1]) <= Decimal("3.6")
    assert abs(heights["20"] - dots[1][1]) <= Decimal("3.6")
    assert texts(made, "plot-label") == ["pass", "g"]
    assert places(made, "plot-line")[0]["points"] == " ".join(
        f"{one['cx']},{one['cy']}" for one in places(made, "plot-dot")
    )


def test_without_limits_there_is_no_band_and_room_to_the_right() -> None:
    made = drawn(line("1", "2"))
    assert places(made, "plot-band") == []
    assert places(made, "plot-axis")[0]["x2"] == "708"
    assert Decimal(places(drawn(line("1", "2"), MAX), "plot-axis")[0]["x2"]) < 708


def test_limits_that_leave_nothing_between_them_have_no_band() -> None:
    made = drawn(line("1"), Limit(Decimal(5), "min", least=True), Limit(Decimal(4), "max"))
    assert places(made, "plot-band") == []


def test_labels_of_limits_do_not_cover_one_another() -> None:
    made = drawn(line("1", "100"), Limit(Decimal("50.1"), "max"), Limit(Decimal(50), "alert"))
    above, below = (Decimal(one["y"]) for one in places(made, "plot-limit-label"))
    assert below - above == 13


def test_a_long_label_is_cut() -> None:
    made = drawn(line("1"), y=Axis("x" * 300))
    assert texts(made, "plot-label") == ["x" * 60 + "\u2026"]


def test_one_reading_and_equal_readings_have_room() -> None:
    assert places(drawn(line("5")), "plot-line") == []
    for values in (["5"], ["0"], ["-3", "-3"]):
        dots = places(drawn(line(*values)), "plot-dot")
        assert all(28 < Decimal(one["cy"]) < 220 for one in dots)


def test_an_axis_of_whole_numbers_may_have_no_tick() -> None:
    made = drawn([Reading(Decimal(1), Decimal("4.3"))], y=Axis(whole=True), x=Axis(whole=True))
    assert texts(made, "plot-tick") == ["4", "0", "1", "2"]
    made = drawn(line("4.3", "4.4"), y=Axis(whole=True), x=Axis(whole=True))
    assert texts(made, "plot-tick") == ["1", "2"]


def test_no_readings_are_an_error() -> None:
    with pytest.raises(ValueError, match="a plot needs readings"):
        drawn([])


def test_many_readings_are_a_line_without_dots_but_for_those_outside() -> None:
    values = ["5"] * 5000
    values[1234], values[4000] = "9", "1"
    made = drawn(line(*values), LEAST, MAX)
    assert places(made, "plot-dot") == []
    assert len(places(made, "plot-out")) == 2


@given(st.lists(st.integers(-5, 5), min_size=1, max_size=3000))
def test_thinning_keeps_ends_order_and_extremes(values: list[int]) -> None:
    readings = [Reading(Decimal(at), Decimal(value)) for at, value in enumerate(values * 3)]
    kept = thinned(readings)
    assert len(kept) <= min(MOST, len(readings))
    assert (kept[0], kept[-1]) == (readings[0], readings[-1])
    assert [one.x for one in kept] == sorted({one.x for one in kept})
    assert {min(one.y for one in kept), max(one.y for one in kept)} == {Decimal(min(values)), Decimal(max(values))}
    assert len(readings) > MOST or kept is readings


decimals = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**17), max_value=10**17, places=18)


@given(
    st.lists(st.tuples(st.integers(0, 10**15), decimals), min_size=1, max_size=9),
    decimals,
    st.sampled_from([Axis(), Axis(times=True)]),
)
def test_any_readings_make_a_chart_within_its_frame(values: list[tuple[int, Decimal]], limit: Decimal, x: Axis) -> None:
    readings = [Reading(Decimal(at), value) for at, value in sorted(values)]
    made = drawn(readings, Limit(limit, "max"), x=x)
    outs = len(places(made, "plot-out"))
    assert outs == sum(is_outside(one.y, [Limit(limit, "max")]) for one in readings)
    assert len(places(made, "plot-dot")) + outs == len(readings)
    for one in places(made, "plot-dot"):
        assert 0 < Decimal(one["cx"]) < 720
        assert 28 <= Decimal(one["cy"]) <= 220
    assert not re.search(
        r"[eE][+-]?\d|nan|inf", " ".join(re.findall(r' (?:x\d?|y\d?|cx|cy|points)="([^"]*)"', made)), re.IGNORECASE
    )


def test_the_context_of_the_caller_changes_nothing() -> None:
    readings = line("1.000000000000000001", "1.000000000000000002", "1.000000000000000003")
    made = drawn(readings, Limit(Decimal("1.000000000000000002"), "max"))
    with localcontext() as context:
        context.prec = 3
        context.rounding = "ROUND_UP"
        assert drawn(readings, Limit(Decimal("1.000000000000000002"), "max")) == made
    assert len(places(made, "plot-out")) == 1


TICKS = [
    ("0", "10", 6, False, "0 2 4 6 8 10"),
    ("-1", "1", 5, False, "\u22121.0 \u22120.5 0.0 0.5 1.0"),
    ("17", "30", 6, False, "17.5 20.0 22.5 25.0 27.5 30.0"),
    ("1", "3", 12, True, "1 2 3"),
    ("0", "2600", 12, True, "0 500 1000 1500 2000 2500"),
    ("0.001", "0.0031", 4, False, "0.001 0.002 0.003"),
    ("0", "4e12", 4, False, "0 1e12 2e12 3e12 4e12"),
    ("-2e-9", "2e-9", 2, False, "\u22122e\u22129 0 2e\u22129"),
    ("1000000000", "1000000001", 2, False, "1e9 1.0000000005e9 1.000000001e9"),
]


@pytest.mark.parametrize("low,high,room,whole,expected", TICKS)
def test_ticks_of_numbers_are_round(low: str, high: str, room: int, whole: Any, expected: str) -> None:
    assert " ".join(text for _, text in number_ticks(Decimal(low), Decimal(high), room, whole=whole)) == expected


TIMES = [
    (0, 30, "00:00:00.000 00:00:00.005 00:00:00.010 00:00:00.015 00:00:00.020 00:00:00.025 00:00:00.030"),
    (500, 4000, "00:00:01 00:00:02 00:00:03 00:00:04"),
    (0, 3_600_000, "00:00 00:10 00:20 00:30 00:40 00:50 01:00"),
    (0, 2 * DAY, "01-01 00:00 01-01 12:00 01-02 00:00 01-02 12:00 01-03 00:00"),
    (0, 5 * DAY, "1970-01-01 1970-01-02 1970-01-03 1970-01-04 1970-01-05 1970-01-06"),
    (-DAY, 40 * DAY, "1970-01-01 1970-01-11 1970-01-21 1970-01-31 1970-02-10"),
]


@pytest.mark.parametrize("low,high,expected", TIMES)
def test_ticks_of_times_are_round(low: int, high: int, expected: str) -> None:
    assert " ".join(text for _, text in time_ticks(Decimal(low), Decimal(high))) == expected


def test_an_axis_of_times_says_its_dates() -> None:
    assert caption(Decimal(0), Decimal(5), "UTC") == "1970-01-01 UTC"
    assert caption(Decimal(0), Decimal(DAY), "") == "1970-01-01 \u2013 1970-01-02"
    assert texts(drawn(line("1", "2"), x=Axis("UTC", times=True)), "plot-label") == ["1970-01-01 UTC"]


def test_numbers_are_short() -> None:
    assert [decimal_text(Decimal(one)) for one in ("1.0", "-0.04", "0.06", "12.3")] == ["1", "0", "0.1", "12.3"]
