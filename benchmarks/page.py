"""How long browsers take to open a Flight Recorder, beside the same page with every row laid out.

    page.py [ENTRIES ...]        20000 and 200000 unless given

Pages of the run of `inputs.line` are opened from the disk in Chromium and Firefox, three times each, in turn. They are
ready when their script says so. Printed are medians and their ratio.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from inputs import line
from making import write_trust
from playwright.sync_api import Browser, sync_playwright

from opsproof_verify import TrustStore, verify
from opsproof_verify.view.catalogue import Catalogue
from opsproof_verify.view.contents import Contents
from opsproof_verify.view.page import MAX_ROWS, make_page

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "packaging"))
from browser.launching import NAMES, launch

ROUNDS = 3


def main() -> None:
    """Print a line for each size and browser."""
    sizes = [int(word) for word in sys.argv[1:]] or [20_000, 200_000]
    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        home = Path(folder)
        trust = TrustStore.load(write_trust(home / "trust.toml"))
        for size in sizes:
            pages = make(home, trust, size)
            for name in NAMES:
                browser = launch(playwright, name)
                taken = {what: [] for what in pages}
                for _ in range(ROUNDS):
                    for what, path in pages.items():
                        taken[what].append(opened(browser, path))
                browser.close()
                ours, theirs = (median(taken[what]) for what in pages)
                print(f"{name}, {size} entries: {ours:.2f} s; every row laid out {theirs:.2f} s; {ours / theirs:.2f}")


def make(home: Path, trust: TrustStore, size: int) -> dict[str, Path]:
    """Make the page, and the one that lays out every row; say how large they are and how long ours took."""
    bundle = home / f"{size}.opb"
    line(bundle, size)
    report = verify(bundle, None, trust)
    pages = {"ours": home / f"{size}.html", "whole": home / f"{size}-whole.html"}
    for path, most in zip(pages.values(), (MAX_ROWS, 10 * size), strict=True):
        start = perf_counter()
        stream = io.BytesIO(bundle.read_bytes())
        made = make_page(stream, (report,), trust, Catalogue(), Contents(stream), most)
        with path.open("wb") as file:
            file.writelines(made.pieces)
        print(f"{path.name}: {path.stat().st_size / 1e6:.0f} MB, made in {perf_counter() - start:.1f} s")
    return pages


def opened(browser: Browser, path: Path) -> float:
    """Open a page, and give the seconds until its script has started all that it does."""
    page = browser.new_page()
    start = perf_counter()
    page.goto(path.as_uri(), wait_until="commit", timeout=600_000)
    page.locator("html[data-script]").wait_for(state="attached", timeout=600_000)
    taken = perf_counter() - start
    page.close()
    return taken


if __name__ == "__main__":
    main()
