"""The page in another language, and from right to left."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from browser import pages, probes
from browser.conftest import Opener

from opsproof_verify.cli import main
from opsproof_verify.view.texts import ENGLISH


@pytest.fixture(scope="module")
def hebrew(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the sample's page with each word in Hebrew letters, whatever they mean; places as they are."""
    folder = tmp_path_factory.mktemp("hebrew")
    letters = str.maketrans({letter: chr(0x5D0 + at % 27) for at, letter in enumerate("abcdefghijklmnopqrstuvwxyz")})
    messages = {}
    for key, text in ENGLISH.items():
        parts = re.split(r"(\{[^}|]*|<[A-Za-z-]+>)", text)
        messages[key] = "".join(one if at % 2 else one.lower().translate(letters) for at, one in enumerate(parts))
    words = folder / "words.json"
    words.write_text(json.dumps({"language": "he", "direction": "rtl", "messages": messages}), encoding="utf-8")
    stem, at = pages.STAGES["provisional"]
    bundle, trust, page = pages.SAMPLE / f"{stem}.opb", pages.SAMPLE / "trust.toml", folder / "run.html"
    given = ["--trust", str(trust), "--at", at, "--messages", str(words), "--output", str(page)]
    assert main(["view", str(bundle), *given]) == 3
    return page


@pytest.mark.parametrize("width", [320, 1280])
def test_a_page_from_right_to_left_stays_in_its_place(width: int, open_page: Opener, hebrew: Path) -> None:
    page = open_page(hebrew, viewport={"width": width, "height": 800})
    probes.open_all(page)
    probes.nothing(probes.outside(page))
    assert page.evaluate("getComputedStyle(document.querySelector('#quick-title')).direction") == "rtl"


def test_its_script_speaks_the_same_language(open_page: Opener, hebrew: Path) -> None:
    """What the page's own check says is a message too; what the record says is as it was."""
    page = open_page(hebrew)
    page.locator("#self-check-result .outcome").wait_for(state="visible")
    said = page.locator("#self-check-result .outcome").inner_text()
    assert not re.search("[a-zA-Z]", said)
    assert "Loss on drying" in page.locator("#deviations").inner_text()
