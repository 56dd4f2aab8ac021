"""Reading the page: without a script, and from a place in it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from browser import probes
from browser.conftest import Opener
from support.markup import Tree

PageOf = Callable[[str], Path]

#: Ids of the record's rows that are not to be seen.
_UNSEEN = "[...document.querySelectorAll('#record > li')].filter((row) => !row.checkVisibility()).map((row) => row.id)"

#: Sections of the page in the order of reading.
PARTS = ["quick", "why", "timeline", "steps", "evidence", "deviations", "signoffs", "details", "record-part"]


@pytest.mark.parametrize("name", ["final", "provisional", "fail", "violated", "unsealed"])
def test_without_a_script_all_can_be_read(name: str, open_page: Opener, page_of: PageOf) -> None:
    page = open_page(page_of(name), javascript=False)
    shown = page.locator("main").inner_text()
    assert page.title().split(" - ")[0] in shown
    probes.open_all(page)
    assert page.evaluate(_UNSEEN) == []
    assert page.locator("#record > li").count() >= 3
    assert page.evaluate("[...document.querySelectorAll('main > [id]:not([hidden])')].map((part) => part.id)") == PARTS
    idle = page.locator("button:visible, input:visible, select:visible")
    assert idle.count() == 0, "what needs a script is not shown without one"


def test_a_script_shows_what_works_with_it(open_page: Opener, page_of: PageOf) -> None:
    page = open_page(page_of("final"))
    for place in ("#filter", "#self-check", "#keys-open", "#export-csv"):
        page.locator(place).wait_for(state="visible")


@pytest.mark.parametrize("javascript", [True, False], ids=["script", "plain"])
def test_an_address_leads_to_its_entry(*, javascript: bool, open_page: Opener, page_of: PageOf) -> None:
    page = open_page(page_of("final"), "#e17", javascript=javascript)
    row = page.locator("#e17")
    row.wait_for(state="visible")
    page.wait_for_timeout(200)
    box = row.bounding_box()
    assert box is not None
    assert -1 <= box["y"] < 700
    assert row.get_attribute("data-kind")


@pytest.mark.parametrize("name", ["final", "provisional", "fail", "violated", "unsealed", "script", "evidence"])
def test_each_link_leads_somewhere(name: str, page_of: PageOf) -> None:
    tree = Tree(page_of(name).read_text(encoding="utf-8"))
    assert len(tree.links) > 20
    assert sorted(tree.links - tree.ids) == []


def test_the_page_checks_itself(open_page: Opener, page_of: PageOf) -> None:
    page = open_page(page_of("final"))
    page.locator("#self-check-result .is-good").first.wait_for(state="visible")
    assert "opsproof-verify check" in page.locator("#self-check").inner_text()


def test_the_check_of_a_page_that_fails_names_what_it_found(open_page: Opener, page_of: PageOf) -> None:
    """Page and report agree, which must not read as if nothing were wrong."""
    page = open_page(page_of("fail"))
    page.locator("#self-check-result .outcome.is-open").wait_for(state="visible")
    said = page.locator("#self-check-result").inner_text()
    assert "among it:" in said
    assert "in frame" in said
    assert "all of them to the seal" not in said
