"""The policy that a procedure pins: a shipped profile by name, or a TOML file by path (SPEC 8.2)."""

from __future__ import annotations

import hashlib
from pathlib import Path

from opsproof_verify import fields
from opsproof_verify.policy import Policy
from opsproof_verify.problems import InputError

from opsproof_record.contracts.toml_read import Table, digest


def read_named(root: Table, here: Path) -> bytes | None:
    """Read the policy that a procedure names; note what is wrong there."""
    name = root.get("policy", fields.line, 'name a shipped profile, such as policy = "baseline", or a TOML file')
    found = None
    try:
        found = None if name is None else load(name, here).encode()
    except InputError as error:
        note_problems(root, "policy", error)
    except OSError as error:
        root.add("policy", f"{name}: {error.strerror}", "name a shipped profile or a TOML file")
    check_pin(root, "policy", found)
    return found


def load(name: str, here: Path) -> Policy:
    """Load a shipped profile by its bare name, or a TOML file relative to ``here``."""
    is_path = "/" in name or name.endswith(".toml")
    return Policy.load(here / name if is_path else name)


def note_problems(root: Table, key: str, error: InputError) -> None:
    """Note the problems of a file that a member names."""
    for problem in error.problems:
        place = f"{error.file}:{problem.line}" if problem.line else error.file
        root.add(key, ": ".join(part for part in (place, problem.path, problem.what) if part), problem.remedy)


def check_pin(root: Table, key: str, data: bytes | None) -> None:
    """Read ``KEY-digest``, which an author may write to be told when what a name stands for has changed."""
    pinned = root.opt(f"{key}-digest", digest)
    if pinned is not None and data is not None and hashlib.sha256(data).digest() != pinned:
        actual = hashlib.sha256(data).hexdigest()
        remedy = f"see what has changed there; if it is what you want, write {actual}"
        root.add(f"{key}-digest", f"is not the digest of the {key}", remedy)
