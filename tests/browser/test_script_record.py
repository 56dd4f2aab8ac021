"""The record in real browsers: filter, addresses, keys, paper; short lists, and one of 200,000 rows."""

from pathlib import Path
from typing import Any

import pytest
from browser.conftest import Opener
from javascript.page import pages
from playwright.sync_api import Page, expect

from opsproof_verify.view.html import element

LONG = 200_000


@pytest.fixture(scope="package")
def short(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rows = pages.many_rows(300)
    rows[40] = pages.row(40, element("details", element("summary", "more"), "weighed anew"), severity="fail")
    more = element("details", element("summary", "Why"), element("p", "because", id="finding-1"), id="why")
    return pages.make(tmp_path_factory.mktemp("short") / "page.html", rows, parts=more)


@pytest.fixture(scope="package")
def long(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return pages.make(tmp_path_factory.mktemp("long") / "page.html", pages.many_rows(LONG), source=True)


@pytest.fixture(scope="package", params=["list", "window"])
def either(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    """The same rows in the page, and in its source alone."""
    path = tmp_path_factory.mktemp(request.param) / "page.html"
    rows = pages.many_rows(400)
    rows[40] = pages.row(40, element("details", element("summary", "more"), "weighed anew"), severity="fail")
    return pages.make(path, rows, source=request.param == "window")


def counts(page: Page, text: str) -> None:
    expect(page.locator("#filter-count")).to_have_text(text)


def ids(page: Page) -> list[str]:
    """Give the ids of the rows that can be seen, wherever they are."""
    found: list[str] = page.evaluate(
        "[...document.querySelectorAll('#record > .row')].filter((row) => !row.hidden).map((row) => row.id)"
    )
    return found


def test_what_is_out_of_the_ordinary_comes_first(open_page: Opener, either: Path) -> None:
    page = open_page(either)
    counts(page, "4 of 400")
    assert ids(page) == ["e17", "e117", "e217", "e317"]
    page.get_by_label("all", exact=True).last.check()
    counts(page, "400 of 400")


def test_rows_are_found_by_words_and_facets(open_page: Opener, either: Path) -> None:
    page = open_page(either, "#show=all")
    counts(page, "400 of 400")
    page.locator("[name=q]").fill("BALANCE-3 reading")
    counts(page, "57 of 400")
    page.locator("[name=actor]").select_option("operator-3")
    counts(page, "12 of 400")
    page.locator("[name=q]").fill("nowhere")
    counts(page, "None of 400. Take words or choices away to see more.")
    assert ids(page) == []
    page.locator("[name=q]").fill("weighed anew")
    page.locator("[name=actor]").select_option("")
    counts(page, "1 of 400")
    page.locator("[name=q]").press("Enter")
    expect(page.locator("#e40")).to_be_focused()
    page.get_by_role("button", name="Reset").click()
    counts(page, "4 of 400")  # what an address asked for is not remembered


def test_the_address_holds_the_filter(open_page: Opener, either: Path) -> None:
    page = open_page(either, "#q=reading&actor=operator-2&show=all")
    counts(page, "80 of 400")
    expect(page.locator("[name=q]")).to_have_value("reading")
    page.locator("[name=kind]").select_option("note-added")
    counts(page, "40 of 400")
    assert page.evaluate("location.hash") == "#q=reading&kind=note-added&actor=operator-2&show=all"
    page.evaluate("location.hash = '#actor=nobody&show=all'")
    counts(page, "400 of 400")


@pytest.mark.parametrize("fragment", ["#e250", "#q=balance-1&actor=operator-1&show=open&e250"])
def test_an_address_shows_its_row_and_takes_away_what_hides_it(open_page: Opener, either: Path, fragment: str) -> None:
    page = open_page(either, fragment)
    row = page.locator("#e250")
    expect(row).to_be_focused()
    expect(row).to_be_in_viewport()
    expect(row).to_have_class("row is-target")
    page.evaluate("location.hash = '#e3'")
    expect(page.locator("#e3")).to_be_focused()
    expect(page.locator("#e3")).to_be_in_viewport()
    expect(page.locator(".is-target")).to_have_count(1)


def test_a_choice_is_kept_where_it_does_not_hide_the_row(open_page: Opener, either: Path) -> None:
    page = open_page(either, "#e250&q=balance-5&kind=note-added&show=open")
    counts(page, "27 of 400")
    expect(page.locator("[name=show][value=all]")).to_be_checked()
    page.locator("[name=q]").fill("balance-6")
    counts(page, "29 of 400")
    assert page.evaluate("location.hash") == "#q=balance-6&kind=note-added&show=all"


def test_a_link_that_was_followed_can_be_followed_again(open_page: Opener, short: Path) -> None:
    page = open_page(short, "#e17")
    page.evaluate("document.activeElement.blur(); scrollTo(0, 9e9)")
    page.locator("#e17 a").dispatch_event("click")
    expect(page.locator("#e17")).to_be_focused()
    expect(page.locator("#e17")).to_be_in_viewport()


def test_an_address_with_a_filter_finds_other_places_too(open_page: Opener, short: Path) -> None:
    page = open_page(short, "#finding-1&show=all")
    expect(page.locator("#finding-1")).to_be_focused()
    expect(page.locator("#finding-1")).to_be_visible()
    counts(page, "300 of 300")
    page.evaluate("location.hash = '#no-such-place&show=open'")
    counts(page, "3 of 300")


def test_keys_go_from_row_to_row(open_page: Opener, either: Path) -> None:
    page = open_page(either, "#show=all")
    counts(page, "400 of 400")
    for key, wanted in (
        ("j", "e0"),
        ("j", "e1"),
        ("n", "e17"),
        ("n", "e117"),
        ("p", "e17"),
        ("k", "e16"),
        ("p", "e16"),
    ):
        page.keyboard.press(key)
        expect(page.locator(f"#{wanted}")).to_be_focused()
        expect(page.locator(f"#{wanted}")).to_be_in_viewport()
    page.keyboard.press("/")
    expect(page.locator("[name=q]")).to_be_focused()
    page.keyboard.type("jk?n")
    expect(page.locator("[name=q]")).to_have_value("jk?n")


def test_single_keys_can_be_switched_off(open_page: Opener, short: Path) -> None:
    page = open_page(short)
    page.keyboard.press("Control+j")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.locator("#keys-on").uncheck()
    page.get_by_role("button", name="Close").click()
    expect(page.locator("#keys")).to_be_hidden()
    page.keyboard.press("?")
    page.keyboard.press("j")
    expect(page.locator("#keys")).to_be_hidden()
    assert page.evaluate("document.activeElement.closest('li')") is None
    page.locator("#keys-open").click()
    expect(page.locator("#keys")).to_be_visible()
    page.reload()
    expect(page.locator("#keys-on")).not_to_be_checked()


def test_on_paper_all_is_open(open_page: Opener, either: Path) -> None:
    page = open_page(either)
    counts(page, "4 of 400")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert ids(page) == [f"e{number}" for number in range(400)]
    assert page.locator("details:not([open])").count() == 0
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert ids(page) == ["e17", "e117", "e217", "e317"]
    assert page.locator("details[open]").count() == 0


def test_what_was_opened_stays_open_out_of_sight(open_page: Opener, tmp_path: Path) -> None:
    rows = [pages.row(n, element("details", element("summary", f"more {n}"), "text")) for n in range(600)]
    page = open_page(pages.make(tmp_path / "page.html", rows, source=True), "#e5")
    page.locator("#e5 summary").click()
    page.locator("#e5 summary").focus()
    page.evaluate("location.hash = '#e500'")
    expect(page.locator("#e500")).to_be_focused()
    assert page.locator("#e5").count() == 0
    page.evaluate("location.hash = '#e5'")
    expect(page.locator("#e5 details")).to_have_attribute("open", "")
    assert page.locator("details[open]").count() == 1
    assert page.locator("#e5").get_attribute("aria-posinset") == "6"
    assert page.locator("#e5").get_attribute("aria-setsize") == "600"


def seen(page: Page) -> Any:
    """Give the row at the middle of the list."""
    page.wait_for_timeout(300)
    return page.evaluate(
        "(() => { const { left, top, bottom } = document.getElementById('record').getBoundingClientRect();"
        " return document.elementFromPoint(left + 99, (top + Math.min(bottom, innerHeight)) / 2)"
        ".closest('.row')?.id })()"
    )


def test_a_very_long_list(open_page: Opener, long: Path) -> None:
    page = open_page(long)
    counts(page, "2,000 of 200,000")
    page.evaluate("location.hash = '#e123456'")
    expect(page.locator("#e123456")).to_be_focused()
    expect(page.locator("#e123456")).to_be_in_viewport()
    counts(page, "200,000 of 200,000")
    assert page.locator("#record > .row").count() < 300
    assert page.locator("#e123456").get_attribute("aria-posinset") == "123457"
    record = page.locator("#record")
    box = page.locator("#e123456").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 99, box["y"] + 5)
    for _ in range(20):
        page.mouse.wheel(0, 500)
        page.wait_for_timeout(30)
    assert 123_460 < int(seen(page)[1:]) < 123_900
    record.evaluate("(list) => { list.scrollTop = list.scrollHeight / 4 }")
    assert 49_000 < int(seen(page)[1:]) < 51_000
    record.evaluate("(list) => { list.scrollTop = list.scrollHeight }")
    assert int(seen(page)[1:]) > LONG - 20
    record.evaluate("(list) => { list.scrollTop = 0 }")
    assert int(seen(page)[1:]) < 20
    page.locator("[name=q]").fill("123456 balance-4")
    counts(page, "1 of 200,000")
    assert ids(page) == ["e123456"]
