"""Asks axe-core, of the package axe-playwright-python (4.12.1), what a page does against WCAG 2.2 AA."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

#: Rows far away are not laid out by browsers (content-visibility), and axe would find targets of no size in them.
_LAID_OUT = "for (const row of document.querySelectorAll('#record > li')) row.style.contentVisibility = 'visible'"


@cache
def _source() -> str:
    found = distribution("axe-playwright-python").locate_file("axe_playwright_python/axe.min.js")
    return Path(str(found)).read_text(encoding="utf-8")


def violations(page: Page, rules: list[str] | None = None, without: Sequence[str] = ()) -> list[str]:
    """Give what is wrong: rule, how many elements, and the first of them.

    ``rules`` asks for these alone, ``without`` leaves some out.
    """
    page.evaluate(_source())
    page.evaluate(_LAID_OUT)
    asked = {"type": "tag", "values": TAGS} if rules is None else {"type": "rule", "values": rules}
    options = {
        "runOnly": asked,
        "resultTypes": ["violations"],
        "rules": {one: {"enabled": False} for one in without},
    }
    found: list[dict[str, Any]] = page.evaluate("(options) => axe.run(options).then((r) => r.violations)", options)
    return [
        f"{one['id']}: {one['help']} ({len(one['nodes'])}): {one['nodes'][0]['html'][:200]} "
        f"{one['nodes'][0]['failureSummary'][:300]}"
        for one in found
    ]
