"""Browsers for the tests of the page, and a way to open it in which nothing may go wrong."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import pytest
from browser.launching import NAMES, launch
from browser.pages import view
from browser.watch import Watch
from playwright.sync_api import Browser, Page, Playwright, sync_playwright

HERE = Path(__file__).parent


class Opener(Protocol):
    """Opens a file; the test fails in the end if the page complained, failed, or asked for anything."""

    def __call__(self, path: Path, fragment: str = "", *, javascript: bool = True, **context: Any) -> Page: ...


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let each browser have one worker, which starts it once."""
    for item in items:
        if isinstance(item, pytest.Function) and HERE in item.path.parents:
            named = item.callspec.params.get("browser") if hasattr(item, "callspec") else None
            name = named or ("firefox" if "firefox" in item.fixturenames else "chromium")
            item.add_marker(pytest.mark.xdist_group(f"browser-{name}"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Generator[None, None, None]:
    """End the driver with the last test of this folder: its loop is in the way of tests that use asyncio."""
    try:
        yield
    finally:
        if nextitem is None or HERE not in nextitem.path.parents:
            _STARTED.close()


class Started(ExitStack):
    """The driver and its browsers, each started when first asked for; closed, they can be started again."""

    def __init__(self) -> None:
        super().__init__()
        self._playwright: Playwright | None = None
        self._browsers: dict[tuple[str, bool], Browser] = {}

    def browser(self, name: str, *, javascript: bool = True) -> Browser:
        """Give a browser; of Firefox there is one that runs no script of a page."""
        if self._playwright is None:
            self._playwright = self.enter_context(sync_playwright())
            self.callback(self._forget)
        key = (name, javascript)
        if key not in self._browsers:
            self._browsers[key] = self.enter_context(launch(self._playwright, name, javascript=javascript))
        return self._browsers[key]

    def _forget(self) -> None:
        self._playwright = None
        self._browsers.clear()


_STARTED = Started()


@pytest.fixture
def chromium() -> Browser:
    return _STARTED.browser("chromium")


@pytest.fixture
def firefox() -> Browser:
    return _STARTED.browser("firefox")


@pytest.fixture(params=NAMES)
def browser(request: pytest.FixtureRequest) -> Browser:
    """Each browser in turn."""
    return _STARTED.browser(request.param)


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Opener]:
    """Open files in each browser in turn, each in a context of its own; see :class:`Opener`."""
    watches: list[Watch] = []
    with ExitStack() as contexts:

        def open_file(path: Path, fragment: str = "", *, javascript: bool = True, **asked: Any) -> Page:
            one = browser
            if not javascript and browser.browser_type.name == "firefox":
                one = _STARTED.browser("firefox", javascript=False)
            context = contexts.enter_context(one.new_context(java_script_enabled=javascript, **asked))
            page = context.new_page()
            watches.append(Watch(page, path))
            page.goto(path.resolve().as_uri() + fragment)
            return page

        yield open_file
        complaints = [one for watch in watches for one in watch.complaints()]
    assert complaints == []


@pytest.fixture(scope="session")
def page_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Make pages by name, each once; see :mod:`browser.pages`."""

    @cache
    def made(name: str) -> Path:
        return view(name, tmp_path_factory.mktemp(name))

    return made
