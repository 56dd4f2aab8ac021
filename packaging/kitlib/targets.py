"""Which machines a kit is for. docs/guides/airgap.md has the table of those that it cannot be for, and why."""

from __future__ import annotations

import platform
import sys
from dataclasses import dataclass

from kitlib import KitError

#: A platform and the tags by which pip knows its wheels. pip takes older versions of macOS along, but not of glibc.
PLATFORMS = {
    "linux-x86_64": ("manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64"),
    "linux-aarch64": ("manylinux_2_28_aarch64", "manylinux_2_17_aarch64", "manylinux2014_aarch64"),
    "macos-arm64": ("macosx_11_0_arm64",),
    "windows-amd64": ("win_amd64",),
    "musl-x86_64": ("musllinux_1_2_x86_64",),
    "musl-aarch64": ("musllinux_1_2_aarch64",),
}
DEFAULT_PLATFORMS = ("linux-x86_64", "linux-aarch64", "macos-arm64", "windows-amd64")
PYTHONS = ("3.11", "3.12", "3.13", "3.14")

#: What people want a kit for and cannot have; the reason is told to who asks.
WITHOUT_WHEELS = {
    "macos-x86_64": "cbor2 6.3 and cryptography from 49 on publish no wheels for Macs with Intel processors",
    "windows-arm64": "cryptography publishes no wheel for Windows on ARM that is not 64-bit x86",
}


@dataclass(frozen=True, order=True)
class Target:
    """One platform with one version of CPython."""

    platform: str
    python: str

    def pip_options(self) -> list[str]:
        """Give the options that make `pip download` look for this target's wheels."""
        tags = [f"--platform={tag}" for tag in PLATFORMS[self.platform]]
        return ["--only-binary=:all:", "--implementation=cp", f"--python-version={self.python}", *tags]


def targets(platforms: str, pythons: str) -> list[Target]:
    """Read two lists of words, each empty for the default.

    Raises KitError for a platform or version that there are no wheels for.
    """
    names = platforms.split() or list(DEFAULT_PLATFORMS)
    versions = pythons.split() or list(PYTHONS)
    for name in names:
        if name not in PLATFORMS:
            reason = WITHOUT_WHEELS.get(name, "this platform is not known here")
            raise KitError(
                f"PLATFORMS: {name}: {reason}; choose from {' '.join(PLATFORMS)}, or see docs/guides/airgap.md"
            )
    for version in versions:
        if version not in PYTHONS:
            raise KitError(
                f"PYTHONS: {version}: not a version that the verifier is tested with; choose from {' '.join(PYTHONS)}"
            )
    return sorted({Target(name, version) for name in names for version in versions})


def here() -> Target:
    """Give the target that this process runs on; raises KitError if there are no wheels for it."""
    system = {"linux": "linux" if platform.libc_ver()[0] == "glibc" else "musl", "darwin": "macos", "win32": "windows"}
    name = f"{system.get(sys.platform, sys.platform)}-{platform.machine().lower()}"
    return targets(name, f"{sys.version_info.major}.{sys.version_info.minor}")[0]
