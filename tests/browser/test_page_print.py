"""The page on paper: verdict and seal on each sheet, everything opened, with script and without."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest
from browser.conftest import Opener
from playwright.sync_api import Browser, Page
from pypdf import PdfReader

PageOf = Callable[[str], Path]

#: Words that stand in closed details alone, so that they are on paper only if these were opened.
_FOLDED = r"""() => {
  const words = (text) => text.toLowerCase().match(/[a-z0-9]{6,24}/g) ?? [], seen = words(document.body.innerText);
  const found = new Set(), known = new Set(seen);
  const walk = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const inside = walk.currentNode.parentElement;
    if (inside.closest("[hidden], button, #filter, #self-check, dialog, script, title, desc")) continue;
    for (const word of words(walk.currentNode.data)) if (inside.closest("details") && !known.has(word)) found.add(word);
  }
  return [...found];
}"""


#: Times with all of their digits stand in the rows of the record alone.
_TIMES = "[...document.querySelectorAll('#record > li > time')].map((time) => time.textContent)"
_SEEN = "[...document.querySelectorAll('#record > li:not([hidden])')].length"


def squeezed(text: str) -> str:
    """Give a text in small letters, without its spaces: lines end elsewhere on paper."""
    return "".join(unicodedata.normalize("NFKC", text).lower().split())


def printed(page: Page) -> list[str]:
    """Print a page to PDF and give the text of each sheet, without spaces."""
    reader = PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True)))
    return [squeezed(sheet.extract_text()) for sheet in reader.pages]


@pytest.mark.parametrize(
    "browser,name,javascript",
    [
        ("chromium", "final", True),
        ("chromium", "provisional", False),
        ("chromium", "violated", True),
        ("firefox", "fail", True),
        ("firefox", "violated", False),
    ],
    indirect=["browser"],
)
def test_each_sheet_says_what_it_is_from(
    name: str, *, javascript: bool, open_page: Opener, browser: Browser, page_of: PageOf
) -> None:
    page = open_page(page_of(name), "#show=open", javascript=javascript)
    times, seen = page.evaluate(_TIMES), page.evaluate(_SEEN)
    assert (seen < page.locator("#record > li").count()) is javascript
    verdict = page.title().split(" - ")[0].lower()
    seal = page.evaluate("document.querySelector('.print-foot code').textContent")
    folded = page.evaluate(_FOLDED)
    sheets = printed(page)
    assert len(sheets) >= 2
    for number, sheet in enumerate(sheets, 1):
        assert verdict in sheet
        assert seal in sheet
        if browser.browser_type.name == "chromium":  # Firefox counts sheets in its own header alone
            assert f"{number}/{len(sheets)}" in sheet
    assert len(folded) > 100, "much is folded away on a screen"
    together = "".join(sheets)
    assert [word for word in folded if word not in together] == []
    assert [time for time in times if squeezed(time) not in together] == [], (
        "all of the record, whatever is shown of it"
    )
    assert page.evaluate(_SEEN) == seen
