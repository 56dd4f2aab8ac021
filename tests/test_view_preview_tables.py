"""Tables of comma-separated values: first cells, columns of numbers, and plots of them over numbers or times."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_view_preview import SAY, keys, look, page

from opsproof_verify.render.times import rfc3339
from opsproof_verify.view.preview import render
from opsproof_verify.view.preview.model import Kind, Limits, Table
from opsproof_verify.view.preview.numbers import number, time


def table(text: str, limits: Limits | None = None) -> Table:
    """Give the table of a text."""
    body = look("text/csv", text.encode(), limits=limits).body
    assert isinstance(body, Table)
    return body


RUN = "time,temperature,note\n2026-11-23T08:00:00Z,20.5,a\n2026-11-23T08:01:00Z,21,b\n2026-11-23T08:02:00Z,20.75,c\n"


def test_a_table_has_a_caption_heads_and_cells() -> None:
    made = page(look("text/csv", b"step,who\ndry,\xe2\x80\xaex\n", "<a>.csv"))
    assert 'tabindex="0" role="group" aria-label="&lt;a&gt;.csv"><table><caption>&lt;a&gt;.csv</caption>' in made
    assert '<thead><tr><th scope="col">step</th><th scope="col">who</th></tr></thead>' in made
    assert '<td>dry</td><td><span class="hidden-char"' in made


def test_a_table_without_a_header_numbers_its_columns() -> None:
    made = page(look("text/csv", b"1,a\n2,b,c\n"))
    assert (
        '<th class="number" scope="col">Column 1</th><th scope="col">Column 2</th><th scope="col">Column 3</th>' in made
    )
    assert '<td class="number">1</td><td>a</td>' in made
    assert "<caption>Table</caption>" in made


def test_a_row_longer_than_the_header_has_columns_without_a_title() -> None:
    made = page(look("text/csv", b"a,b\nx,y,z\n"))
    assert '<th scope="col">b</th><th scope="col"></th></tr>' in made


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters_are_told_from_the_first_line(delimiter: str) -> None:
    text = f'\ufeffa{delimiter}b{delimiter}c\n\n"x{delimiter}y"{delimiter}2{delimiter}z.'
    assert table(text).header == ("a", "b", "c")
    assert table(text).rows == ((f"x{delimiter}y", "2", "z."),)


@pytest.mark.parametrize(
    "media,name",
    [("text/csv", None), ("text/plain", "a.CSV"), ("application/octet-stream", "a.tsv"), ("application/csv", "a")],
)
def test_a_table_is_one_by_claim(media: str, name: str | None) -> None:
    assert look(media, b"a,b\n1,x\n", name).kind is Kind.TABLE
    assert look("text/plain", b"a,b\n1,x\n", "a.log").kind is Kind.TEXT


@pytest.mark.parametrize("text", ["one column\nof text\n", 'a,b\n"x"y,z\n', "a,b\nx," + "y" * 140_000, "\n\n", "a"])
def test_what_is_no_table_is_a_text(text: str) -> None:
    assert look("text/csv", text.encode()).kind is Kind.TEXT


def test_what_is_left_out_is_told() -> None:
    limits = Limits(rows=2, columns=2, cell=3)
    data = b"abcd,b,c\n" + b"wxyz,abc,z\n" * 3
    shown = look("text/csv", data, limits=limits)
    assert keys(shown) == ["rows-cut", "columns-cut", "cells-cut"]
    made = page(shown)
    assert "Shown are the first 2 of 3 rows." in made
    assert "Shown are the first 2 of 3 columns." in made
    assert "3 cells are cut after 3 characters." in made
    assert made.count("<td>wxy\u2026</td><td>abc</td></tr>") == 2
    assert keys(look("text/csv", b"abc,b\nx,y\nx,y\n", limits=limits)) == []


def test_numbers_over_times_are_plotted() -> None:
    shown = look("text/csv", RUN.encode(), "run.csv")
    assert (shown.kind, keys(shown)) == (Kind.SERIES, [])
    made = render(shown, SAY, "evidence-e23")
    assert made.count("<svg") == 1
    assert '<svg class="plot" id="evidence-e23-plot-1" role="img"' in made
    assert "<figcaption>temperature by time: 3 readings, from 20.5 to 21.</figcaption>" in made
    assert "2026-11-23 time, in UTC" in made
    assert '<td class="number">20.75</td>' in made


def test_times_without_a_zone_are_not_said_to_be_utc() -> None:
    made = page(look("text/csv", RUN.replace("Z", "").encode()))
    assert "2026-11-23 time</text>" in made
    assert "in UTC" not in made


def test_numbers_over_numbers_without_titles_are_plotted() -> None:
    made = page(look("text/csv", b"1,5\n2,6\n2,,x\n3,7\n"))
    assert "<figcaption>Numbers by Rows: 3 readings, from 5 to 7.</figcaption>" in made


def test_gaps_are_left_out_and_columns_of_words_are_no_numbers() -> None:
    found = table("t,a,b,c\n1,10,x,\n2, ,y,\n3,12,9,\n4,13,9,\n")
    assert found.numbers == {0, 1}
    assert [(one.title, len(one.readings)) for one in found.plots] == [("a", 3)]


def test_as_many_columns_are_plotted_as_the_limit_says() -> None:
    shown = look("text/csv", b"t,a,b\n1,1,1\n2,2,2\n3,3,3\n", limits=Limits(plots=1))
    assert keys(shown) == ["plots-cut"]
    assert page(shown).count("<svg") == 1


NO_SERIES = {
    "going back": "t,a\n1,1\n3,2\n2,3\n4,4\n",
    "a word": "t,a\n1,1\nx,2\n3,3\n4,4\n",
    "numbers, then times": "t,a\n1,1\n2026-01-01,2\n2026-01-02,3\n2026-01-03,4\n",
    "zones, then none": "t,a\n2026-01-01T00:00Z,1\n2026-01-01T01:00,2\n2026-01-01T02:00Z,3\n",
    "a decimal comma": 't;a\n1;"1,5"\n2;2,5\n3;3,5\n',
    "two readings": "t,a\n1,1\n2,2\n",
    "one row too many": "t,a\n1,1\n2,2\n3,3\n4,4\n5,5\n",
}


@pytest.mark.parametrize("name", NO_SERIES)
def test_rows_that_do_not_go_forward_are_not_plotted(name: str) -> None:
    assert look("text/csv", NO_SERIES[name].encode(), limits=Limits(points=4)).kind is Kind.TABLE


NUMBERS = {"0": "0", "-1.50": "-1.50", "+2e3": "2E+3", " 7 ": "7", "1.5E-10": "1.5E-10"}
NO_NUMBERS = [
    *("", "-", "1,5", "1 000", "0x1", "1.", ".5", "1e100", "1e+-1", "NaN", "Infinity", "1" * 19, "1_0"),
    *("\uff11", "\u0661"),
]


@pytest.mark.parametrize("cell", NUMBERS)
def test_numbers_are_exact(cell: str) -> None:
    assert number(cell) == Decimal(NUMBERS[cell])


@pytest.mark.parametrize("cell", NO_NUMBERS)
def test_what_may_mean_something_else_is_no_number(cell: str) -> None:
    assert number(cell) is None


TIMES = {
    "1970-01-01T00:00:00Z": (0, True),
    "1970-01-01 00:00": (0, False),
    "1970-01-02": (86_400_000, False),
    "2000-02-29T12:34:56.789+01:30": (951_822_296_789, True),
    "2000-02-29T12:34:56.789-0130": (951_833_096_789, True),
    "1969-12-31T23:59:59.5Z": (-500, True),
    "2016-12-31T23:59:60Z": (1_483_228_800_000, True),
    "2024-02-29": (1_709_164_800_000, False),
    "0000-03-01": (-62_162_035_200_000, False),
}
NO_TIMES = [
    "2026-01-01T00:00+24:00",
    "2026-01-01T00:00-00:60",
    *("", "2026-13-01", "2026-00-01", "2026-01-32", "2026-02-29", "1900-02-29", "2024-02-30", "2026-01-00", "2026-1-1"),
    *("2026-01-01T24:00", "2026-01-01T00:60", "2026-01-01T00:00:61", "2026-01-01T", "2026-01-01Z", "01.02.2026"),
    "\uff12026-01-01",
]


@pytest.mark.parametrize("cell", TIMES)
def test_times_are_milliseconds(cell: str) -> None:
    ms, zoned = TIMES[cell]
    assert time(cell) == (Decimal(ms), zoned)


@pytest.mark.parametrize("cell", NO_TIMES)
def test_what_is_no_time_is_none(cell: str) -> None:
    assert time(cell) is None


@given(st.integers(-62_135_596_800_000, 253_402_300_799_999), st.integers(-1439, 1439))
def test_a_time_of_a_report_is_read_back(ms: int, offset: int) -> None:
    text = rfc3339(ms, offset)
    if text[4] == "-" and text[0] != "+":  # offsets may lead out of the years of four digits
        assert time(text) == (Decimal(ms), True)


@given(st.text(alphabet='a1,;"\n\r\t|. -+eT:Z'))
def test_any_text_is_a_table_or_a_text(text: str) -> None:
    shown = look("text/csv", text.encode())
    assert shown.kind in (Kind.TABLE, Kind.SERIES, Kind.TEXT)
    assert page(shown)


def test_readings_far_out_at_one_place_are_drawn() -> None:
    assert "<svg" in page(look("text/csv", b"a,b\n1e70,1\n1e70,2\n1e70,3\n"))
