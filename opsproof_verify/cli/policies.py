"""Policies by the name that a person gives."""

from __future__ import annotations

import os
import re

from opsproof_verify.cli.errors import UsageError
from opsproof_verify.policy import Policy

_NAME = re.compile(r"[a-z0-9][a-z0-9-]*")


def load_policy(name: str) -> Policy:
    """Load a shipped profile by its bare name, a file by anything with a slash or ending in `.toml`."""
    if _NAME.fullmatch(name) or "/" in name or os.sep in name or name.endswith(".toml"):
        return Policy.load(name)
    raise UsageError(f"{name} is neither a shipped policy's name nor a path; write ./{name} for a file")
