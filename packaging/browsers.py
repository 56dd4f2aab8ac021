"""Finds the browsers that the tests of the page run in, and installs them where that can be done.

    python packaging/browsers.py

A browser is the one that ``OPSPROOF_CHROMIUM`` or ``OPSPROOF_FIREFOX`` names, else one in ``PATH``, else one at a usual
place. On Debian and its like a missing one is installed with apt, by root or by who may be root without a password.
Nothing is downloaded in any other way.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

from kitlib import KitError, as_script


class Browser(NamedTuple):
    """A browser: the variable that names it, its commands, its usual places, and its package in Debian."""

    variable: str
    commands: tuple[str, ...]
    places: tuple[str, ...]
    package: str


BROWSERS = {
    "chromium": Browser(
        "OPSPROOF_CHROMIUM",
        ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"),
        (
            "/usr/bin/chromium",
            "/Applications/Chromium.app/Contents/MacOS/Chromium",
            "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
            r"C:\Program Files\Google\Chrome\Application\chrome.exe",
        ),
        "chromium",
    ),
    "firefox": Browser(
        "OPSPROOF_FIREFOX",
        ("firefox-esr", "firefox"),
        (
            "/usr/bin/firefox-esr",
            "/usr/bin/firefox",
            "/Applications/Firefox.app/Contents/MacOS/firefox",
            r"C:\Program Files\Mozilla Firefox\firefox.exe",
        ),
        "firefox-esr",
    ),
}

#: So that pictures of the page look alike, and Greek or Arabic names have letters.
FONTS = ("fonts-dejavu-core", "fonts-liberation", "fonts-noto-core")


def find(name: str) -> Path | None:
    """Find a browser; None if there is none. Raises ``KitError`` if its variable names what is no program."""
    browser = BROWSERS[name]
    if named := os.environ.get(browser.variable):
        found = shutil.which(named)
        if found is None:
            raise KitError(f"{browser.variable} names {named}, which is no program; correct it, or unset it")
        return Path(found)
    for place in (*browser.commands, *browser.places):
        if found := shutil.which(place):
            return Path(found)
    return None


def missing() -> list[str]:
    """Give the names of the browsers that are not there."""
    return [name for name in BROWSERS if find(name) is None]


def how(names: list[str]) -> str:
    """Tell what a person does about browsers that are not there."""
    packages = " ".join(BROWSERS[name].package for name in names)
    variables = " and ".join(BROWSERS[name].variable for name in names)
    return f"no {' and no '.join(names)} found; install them (Debian: apt-get install {packages}), or set {variables}"


def root() -> list[str] | None:
    """Give what stands before a command that root must run; None if this user cannot be root without a password."""
    if not hasattr(os, "geteuid"):
        return None
    if os.geteuid() == 0:
        return []
    sudo = shutil.which("sudo")
    if sudo and subprocess.run([sudo, "-n", "true"], check=False, capture_output=True).returncode == 0:
        return [sudo, "-n"]
    return None


def install(names: list[str]) -> None:
    """Install browsers, and fonts, with apt; a second time if the first fails. Raises ``KitError``."""
    before = root()
    if before is None or shutil.which("apt-get") is None:
        raise KitError(how(names))
    apt = [*before, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "--quiet", "--yes"]
    packages = [*(BROWSERS[name].package for name in names), *FONTS]
    for attempt in (1, 2):
        print(f"installing {' '.join(packages)}, attempt {attempt}", flush=True)
        updated = subprocess.run([*apt, "update"], check=False)
        done = subprocess.run([*apt, "install", "--no-install-recommends", *packages], check=False)
        if done.returncode == 0:
            return
    raise KitError(f"apt-get ended with {updated.returncode} and {done.returncode}: {how(names)}")


def main() -> None:
    """See that there are both, and say which."""
    if absent := missing():
        install(absent)
    if absent := missing():
        raise KitError(how(absent))
    for name in BROWSERS:
        print(f"{name}: {find(name)}")


if __name__ == "__main__":
    as_script(main)
