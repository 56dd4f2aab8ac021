"""Starts the browsers of this machine: Chromium over its own protocol, Firefox over WebDriver BiDi.

``packaging/browsers.py`` finds them. Firefox needs playwright 1.63: newer ones begin with a command of BiDi that
Firefox ESR 153 lacks.
"""

from __future__ import annotations

import os

import browsers
from playwright.sync_api import Browser, Playwright

NAMES = tuple(browsers.BROWSERS)

#: With OPSPROOF_BROWSERS=all more pages are tried in more ways, which takes twice as long as what CI has time for.
EVERYTHING = os.environ.get("OPSPROOF_BROWSERS") == "all"

_ARGUMENTS = ["--disable-background-networking", "--disable-component-update", "--no-first-run"]


def launch(playwright: Playwright, name: str, *, javascript: bool = True) -> Browser:
    """Start a browser; one of Firefox runs no script of a page if so asked (over BiDi no context can be asked)."""
    program = browsers.find(name)
    if program is None:
        raise RuntimeError(browsers.how([name]))
    if name == "chromium":
        as_root = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
        return playwright.chromium.launch(executable_path=program, args=as_root + _ARGUMENTS)
    preferences: dict[str, str | float | bool] = {} if javascript else {"javascript.enabled": False}
    return playwright.firefox.launch(
        channel="moz-firefox", executable_path=program, firefox_user_prefs=preferences, env=dict(os.environ)
    )
