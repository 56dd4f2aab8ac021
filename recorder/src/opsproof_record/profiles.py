"""The policy that a procedure pins: a shipped profile by name, or a TOML file by path (SPEC 8.2)."""

from __future__ import annotations

from pathlib import Path

from opsproof_verify import fields
from opsproof_verify.policy import Policy
from opsproof_verify.problems import InputError

from opsproof_record.toml_read import Table


def read_named(root: Table, here: Path) -> bytes | None:
    """Read the policy that a procedure names; note what is wrong there."""
    name = root.get("policy", fields.line)
    if name is None:
        return None
    try:
        return load(name, here).encode()
    except InputError as error:
        for problem in error.problems:
            place = f"{error.file}:{problem.line}" if problem.line else error.file
            root.add("policy", f"{place}: {problem.path} {problem.what}", problem.remedy)
    except OSError as error:
        root.add("policy", f"{name}: {error.strerror}", "name a shipped profile or a TOML file")
    return None


def load(name: str, here: Path) -> Policy:
    """Load a shipped profile by its bare name, or a TOML file relative to ``here``."""
    is_path = "/" in name or name.endswith(".toml")
    return Policy.load(here / name if is_path else name)
