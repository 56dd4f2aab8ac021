"""Pages of hostile bundles: nothing of them runs, asks for anything, or leaves its place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from browser import hostile, probes
from browser.conftest import Opener
from browser.launching import EVERYTHING

PageOf = Callable[[str], Path]
WIDTHS = (320, 1280)

#: Without a script again what differs then; in a second browser what each reads and lays out by itself.
PLAIN = ("script", "end-of-script", "no-space", "evidence", "many")
AGAIN = ("script", "end-of-script", "bidi", "marks", "no-space", "lines", "evidence", "broken", "many")
SHOWN = [
    *(("chromium", name, True) for name in (hostile.ALL if EVERYTHING else AGAIN)),
    *(("chromium", name, False) for name in (PLAIN if EVERYTHING else ("end-of-script", "evidence"))),
    *(("firefox", name, True) for name in (hostile.ALL if EVERYTHING else ("script", "bidi", "no-space", "evidence"))),
    *(("firefox", name, False) for name in ("script", "evidence")),
]


@pytest.mark.parametrize("browser,name,javascript", SHOWN, indirect=["browser"])
def test_nothing_runs_and_all_stays_in_its_place(
    name: str, *, javascript: bool, open_page: Opener, page_of: PageOf
) -> None:
    page = open_page(page_of(name), javascript=javascript, viewport={"width": WIDTHS[0], "height": 800})
    probes.open_all(page)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        probes.nothing(probes.outside(page))
        probes.nothing(probes.unreachable(page))
    probes.nothing(probes.forbidden(page))
    assert page.evaluate("globalThis.owned") is None
    assert page.title() != "owned"


@pytest.mark.parametrize("name", ["script", "handler", "end-of-script", "place"])
def test_hostile_text_is_shown_as_it_is(name: str, open_page: Opener, page_of: PageOf) -> None:
    """Where it is to be seen at all, it must be what was written: the tests above would pass for an empty page too."""
    page = open_page(page_of(name))
    probes.open_all(page)
    shown = page.locator("main").inner_text()
    assert shown.count(hostile.TEXTS[name]) >= 40


def test_hidden_characters_are_shown(open_page: Opener, page_of: PageOf) -> None:
    page = open_page(page_of("bidi"))
    probes.open_all(page)
    main = page.locator("main")
    shown = main.inner_text()
    assert "\\u202e" in shown
    assert not set(shown) & set("\u202e\u2066\u2067\u202d")


def test_each_file_is_named_and_only_pictures_are_pictures(open_page: Opener, page_of: PageOf) -> None:
    page = open_page(page_of("evidence"))
    probes.open_all(page)
    shown = page.locator("#evidence").inner_text()
    for name in ("drawing.svg", "paper.pdf", "huge.png", "../../x.html", "CON"):
        assert name in shown
    sources = page.evaluate("[...document.images].map((one) => one.src.slice(0, 22))")
    assert set(sources) <= {"data:image/png;base64,", "data:image/jpeg;base64"}
    assert len(sources) >= 3, "sound pictures are shown, whatever follows them"
    too_large = page.evaluate("[...document.images].filter((one) => one.naturalWidth > 10000).length")
    assert too_large == 0


@pytest.mark.parametrize(
    "body,said",
    [
        ("<p style='color:red'>x</p>", "<p style>"),
        ("<p onclick='x()'>x</p>", "<p onclick>"),
        ("<a href='https://example.invalid/'>x</a>", "<a href=https://example.invalid/>"),
        ("<a href='javascript:x()'>x</a>", "<a href=javascript:x()>"),
        ("<img alt src='data:image/svg+xml;base64,AA=='>", "<img src=data:image/svg+xml;base64,AA==>"),
        ("<iframe srcdoc='x'></iframe>", "<iframe>"),
        ("<script></script><script></script>", "2 scripts"),
    ],
)
def test_the_search_for_what_is_forbidden_finds_it(body: str, said: str, open_page: Opener, tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text(f"<!doctype html><title>x</title><style></style><body>{body}", encoding="utf-8")
    assert said in probes.forbidden(open_page(path))


def test_the_search_for_what_stands_outside_finds_it(open_page: Opener, tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text(f"<!doctype html><title>x</title><body><p><b>{'W' * 900}</b></p>", encoding="utf-8")
    assert len(probes.outside(open_page(path))) == 2
