"""Versions of what verifies, for reports to file and records of tests; no verdict depends on them."""

from __future__ import annotations

import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from typing import Any


def python() -> str:
    """Give name and version of the Python that runs."""
    return f"{platform.python_implementation()} {platform.python_version()}"


def library(name: str) -> str | None:
    """Give the version of a library as it was installed, None if nothing says so."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def openssl() -> str | None:
    """Give the version of the OpenSSL in `cryptography`, None before a key was looked at.

    `ed25519` alone imports it (import-linter); here it is looked up, since a version is not a signature.
    """
    binding: Any = sys.modules.get("cryptography.hazmat.bindings._rust")
    ask = getattr(getattr(binding, "openssl", None), "openssl_version_text", None)
    return str(ask()) if callable(ask) else None
