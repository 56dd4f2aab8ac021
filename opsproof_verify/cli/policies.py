"""Policies by the name that a person gives."""

from __future__ import annotations

import os
import re

from opsproof_verify.cli.errors import UsageError
from opsproof_verify.policy import Policy, shipped

_NAME = r"[a-z0-9][a-z0-9-]*"


def load_policy(name: str) -> Policy:
    """Load a shipped profile by its bare name, a file by anything with a slash or ending in `.toml`."""
    _refuse_other(name)
    return Policy.load(name)


def is_path(name: str) -> bool:
    """Tell whether a name means a file, since it has a slash in it or ends in `.toml`."""
    return "/" in name or os.sep in name or name.endswith(".toml")


def policy_text(name: str) -> str:
    """Give the text of a policy that was loaded by this name, to find lines in it."""
    with open(shipped(name) if re.fullmatch(_NAME, name) else name, "rb") as file:
        return file.read().decode()


def key_path(text: str, place: tuple[str | int, ...]) -> str:
    """Give a place in a policy as a key path of its text, where an approval stands by its number, not by its id."""
    if place[0] == "approvals" and len(place) > 1:
        from tomllib import loads  # noqa: PLC0415 - for a comparison of policies alone

        ids = [need.get("id") for need in loads(text)["approvals"]]
        place = ("approvals", ids.index(place[1]), *place[2:])
    path = ""
    for part in place:
        name = f'"{part}"' if "." in str(part) else part
        path += f"[{part}]" if isinstance(part, int) else f".{name}"
    return path.removeprefix(".")


def _refuse_other(name: str) -> None:
    """Refuse a name that could mean a shipped profile as well as a file."""
    if not (re.fullmatch(_NAME, name) or is_path(name)):
        raise UsageError(f"{name} is neither a shipped policy's name nor a path; write ./{name} for a file")
