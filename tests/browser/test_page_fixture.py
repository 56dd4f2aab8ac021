"""The fixture of these tests can fail: each thing that no page may do is noticed, in both browsers."""

from __future__ import annotations

from pathlib import Path

import pytest
from browser.conftest import Opener
from browser.watch import Watch, listener
from playwright.sync_api import Browser

PAGE = "<!doctype html><html lang=en><meta charset=utf-8>{}<title>A page</title><body>{}"
POLICY = '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'{}">'


def complaints(browser: Browser, path: Path, body: str, policy: str = "") -> list[str]:
    """Open a page in a browser and give what it did."""
    path.write_text(PAGE.format(policy, body), encoding="utf-8")
    with browser.new_context() as context:
        page = context.new_page()
        watch = Watch(page, path)
        page.goto(path.as_uri(), wait_until="domcontentloaded")
        page.locator("body[data-done]").wait_for(state="attached")
        page.wait_for_timeout(50)
        return watch.complaints()


DONE = "<script>document.body.dataset.done = 1</script>"


@pytest.mark.parametrize(
    "body,said",
    [
        ("<script>console.warn('mild')</script>", "console warning: mild"),
        ("<script>console.error('bad')</script>", "console error: bad"),
        ("<script>setTimeout(() => { throw new Error('thrown') })</script>", "thrown"),
        ("<script>setTimeout(() => { alert('hello') })</script>", "dialog: hello"),
    ],
    ids=["warning", "error", "throws", "dialog"],
)
def test_what_a_page_says_is_heard(body: str, said: str, browser: Browser, tmp_path: Path) -> None:
    assert any(said in one for one in complaints(browser, tmp_path / "page.html", body + DONE))


def test_a_page_that_says_nothing_is_silent(browser: Browser, tmp_path: Path) -> None:
    assert complaints(browser, tmp_path / "page.html", DONE) == []


@pytest.mark.parametrize(
    "body",
    [
        "<img src='{}'>",
        "<script>fetch('{}', {{mode: 'no-cors'}}).catch(() => 0)</script>",
        "<link rel=stylesheet href='{}'>",
        "<script>new WebSocket('{}'.replace('http', 'ws')).onerror = () => 0</script>",
        "<script>navigator.sendBeacon('{}', 'x')</script>",
    ],
    ids=["image", "fetch", "style", "web-socket", "beacon"],
)
def test_what_a_page_asks_the_network_for_is_seen(body: str, browser: Browser, tmp_path: Path) -> None:
    with listener() as (port, asked):
        body = body.format(f"http://127.0.0.1:{port}/there")
        said = complaints(browser, tmp_path / "page.html", body + DONE)
        assert any(f"127.0.0.1:{port}/there" in one for one in said)
        assert any(b"/there" in one for one in asked), "it did get out"


def test_what_the_policy_refuses_is_seen_and_asks_for_nothing(browser: Browser, tmp_path: Path) -> None:
    policy = POLICY.format("; script-src 'unsafe-inline'")
    with listener() as (port, asked):
        body = f"<img src='http://127.0.0.1:{port}/'><script>fetch('http://127.0.0.1:{port}/').catch(() => 0)</script>"
        said = complaints(browser, tmp_path / "page.html", body + DONE, policy)
        assert {one.split()[3] for one in said if one.startswith("refused by policy")} == {"img-src", "connect-src"}
        assert asked == []


def test_pages_without_script_run_none(open_page: Opener, tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text(PAGE.format("", DONE + "<noscript><p>plain</p></noscript>"), encoding="utf-8")
    assert open_page(path).locator("body[data-done]").count() == 1
    page = open_page(path, javascript=False)
    assert page.locator("body[data-done]").count() == 0
    assert page.locator("noscript p").inner_text() == "plain"
