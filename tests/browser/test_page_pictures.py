"""The palette of a picture keeps its colours where it has few, and comes near where it has many."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from browser.conftest import Opener
from browser.hostile_files import png
from browser.small_png import small
from playwright.sync_api import Page

BODY = "<!doctype html><html lang=en><title>x</title><style>body{{margin:0}}div{{height:40px}}</style><body>{}"

_PIXELS = """async (data) => {
  const image = new Image();
  image.src = "data:image/png;base64," + data;
  await image.decode();
  const canvas = new OffscreenCanvas(image.width, image.height), context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  return [image.width, ...context.getImageData(0, 0, image.width, image.height).data];
}"""


def pixels(page: Page, picture: bytes) -> list[int]:
    """Let the browser read a picture."""
    found: list[int] = page.evaluate(_PIXELS, base64.b64encode(picture).decode())
    return found


@pytest.mark.parametrize("browser", ["chromium"], indirect=True)
@pytest.mark.parametrize(
    "body,off",
    [
        ("<div style='background:#123456'>one</div><div style='background:#fedcba'></div>", 0),
        ("<div style='background:linear-gradient(45deg,red,blue,lime)'></div>", 60),
    ],
    ids=["few", "many"],
)
def test_small_pictures_look_alike(body: str, off: int, open_page: Opener, tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text(BODY.format(body), encoding="utf-8")
    page = open_page(path, viewport={"width": 120, "height": 80}, device_scale_factor=1)
    taken = page.screenshot()
    before, after = pixels(page, taken), pixels(page, small(taken))
    assert before[0] == after[0] == 120
    assert len(before) == len(after)
    assert max(abs(one - other) for one, other in zip(before, after, strict=True)) <= off


def test_other_pictures_are_refused() -> None:
    with pytest.raises(ValueError, match="only pictures as browsers make them"):
        small(png())  # grey
