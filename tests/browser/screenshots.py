"""Takes the pictures of the page that the documentation shows, of the sample that it links.

    PYTHONPATH=tests:packaging python tests/browser/screenshots.py [FOLDER]

Pictures depend on browser and fonts, so no test compares them.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import Any

from browser.launching import launch
from browser.pages import STAGES, view
from browser.small_png import small
from playwright.sync_api import Browser, sync_playwright
from support.bundles import ROOT

LARGE = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}


def take(browser: Browser, page: Path, target: Path, **context: Any) -> None:
    """Take one picture of the top of a page, once it has checked itself."""
    with browser.new_context(device_scale_factor=1, **context) as shown:
        opened = shown.new_page()
        opened.goto(page.as_uri())
        opened.locator("#self-check-result > *").first.wait_for(state="attached")
        target.write_bytes(small(opened.screenshot()))
    print(f"{target}: {target.stat().st_size} bytes")


def main() -> None:
    """Take them all."""
    parser = argparse.ArgumentParser(description="Take pictures of the page.")
    parser.add_argument("folder", type=Path, nargs="?", default=ROOT / "docs" / "screenshots")
    folder: Path = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as held, sync_playwright() as playwright, launch(playwright, "chromium") as one:
        for name in STAGES:
            kept = Path(held) / name
            kept.mkdir()
            page = view(name, kept)
            for scheme in ("light", "dark"):
                take(one, page, folder / f"{name}-{scheme}.png", viewport=LARGE, color_scheme=scheme)
            if name == "provisional":
                take(one, page, folder / f"{name}-phone.png", viewport=PHONE, color_scheme="light")


if __name__ == "__main__":
    main()
