"""WCAG 2.2 AA, as far as it can be measured: axe-core, the keyboard, reflow."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from browser import axe, probes
from browser.conftest import Opener
from browser.launching import EVERYTHING
from playwright.sync_api import Page, expect

PageOf = Callable[[str], Path]
NAMES = ("final", "provisional", "fail", "violated", "unsealed")
LOOKS: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "forced": {"forced_colors": "active"},
    "contrast": {"contrast": "more"},
    "narrow": {"viewport": {"width": 320, "height": 640}},
}

#: What another look can make worse is what colours tell.
COLOURED = ("dark", "forced", "contrast")
COLOURS = ["color-contrast", "link-in-text-block"]

COLOURED_NAMES = ("final", "provisional", "violated") if EVERYTHING else ("violated",)

#: Each page as it is, and each verdict in each look. Over BiDi, Firefox cannot be asked for other colours.
ASKED = [
    *(("chromium", name, "light") for name in (NAMES if EVERYTHING else ("final", "fail", "violated"))),
    *(("chromium", name, look) for name in COLOURED_NAMES for look in LOOKS if look != "light"),
    *(("firefox", name, "light") for name in (("final", "provisional", "violated") if EVERYTHING else ("violated",))),
    ("firefox", "violated", "narrow"),
]


@pytest.mark.parametrize("browser,name,look", ASKED, indirect=["browser"])
def test_axe_finds_nothing(name: str, look: str, open_page: Opener, page_of: PageOf) -> None:
    page = open_page(page_of(name), **LOOKS[look])
    probes.open_all(page)
    probes.nothing(axe.violations(page, COLOURS if look in COLOURED else None, COLOURS if look == "narrow" else ()))


def test_axe_can_find_something(open_page: Opener, tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text("<!doctype html><title>x</title><body><img src='data:,'>", encoding="utf-8")
    assert {one.partition(":")[0] for one in axe.violations(open_page(path))} >= {"html-has-lang", "image-alt"}


@pytest.mark.parametrize("name", NAMES if EVERYTHING else ("provisional", "violated"))
def test_reflow_at_320_pixels(name: str, open_page: Opener, page_of: PageOf) -> None:
    page = open_page(page_of(name), viewport={"width": 320, "height": 640})
    probes.nothing(probes.outside(page))
    probes.open_all(page)
    probes.nothing(probes.outside(page))
    probes.nothing(probes.unreachable(page))


def tabbed(page: Page) -> list[dict[str, Any]]:
    """Press Tab until the focus has been everywhere; give where it was."""
    seen: list[dict[str, Any]] = []
    for _ in range(len(probes.controls(page)) + 20):
        page.keyboard.press("Tab")
        at = probes.focus(page)
        if at is None or (seen and at["place"] == seen[0]["place"]):
            break
        seen.append(at)
    return seen


@pytest.mark.parametrize("browser,name", [("chromium", "provisional"), ("firefox", "fail")], indirect=["browser"])
def test_keys_reach_everything_in_the_order_of_reading(name: str, open_page: Opener, page_of: PageOf) -> None:
    page = open_page(page_of(name))
    page.wait_for_timeout(500)  # what the page adds by itself
    wanted = probes.controls(page)
    seen = tabbed(page)
    places = [at["place"] for at in seen]
    assert places == sorted(places)
    assert [place for place in wanted if place not in places] == []
    assert [at["name"] for at in seen if not at["shown"]] == [], "the focus can be seen"
    assert [at["name"] for at in seen if not at["inside"] or at["covered"]] == [], "nothing lies above it (2.4.11)"


def test_single_keys_move_and_can_be_switched_off(open_page: Opener, page_of: PageOf) -> None:
    page = open_page(page_of("violated"))
    page.locator("#keys-open").wait_for(state="visible")
    page.keyboard.press("j")
    first = page.evaluate("document.activeElement.id")
    page.keyboard.press("j")
    second = page.evaluate("document.activeElement.id")
    assert re.fullmatch(r"[ef]\d+", first)
    assert re.fullmatch(r"[ef]\d+", second)
    assert first != second
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.name") == "q"
    expect(page.locator("#filter [name=q]")).to_be_in_viewport()
    page.keyboard.type("jk?/")
    assert page.locator("#filter [name=q]").input_value() == "jk?/"
    assert not page.locator("#keys").is_visible()
    page.locator("#filter [type=reset]").click()
    page.keyboard.press("?")
    assert page.locator("#keys").is_visible()
    page.locator("#keys-on").uncheck()
    page.keyboard.press("Escape")
    before = page.evaluate("document.activeElement.id")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.id") == before
