"""What `check` and `view` are given: trust file, policies, time, expectations, folders, and where the output goes."""

# ruff: noqa: PLC0415 - what is not given is not imported for

from __future__ import annotations

import contextlib
import os
import re
from argparse import Namespace
from hashlib import sha256

from opsproof_verify.cli.bundles import Policies, Task
from opsproof_verify.cli.errors import UsageError
from opsproof_verify.cli.policies import is_path, load_policy
from opsproof_verify.policy import Policy
from opsproof_verify.trust import TrustStore, read_trust

_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,3})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_EXPECTATIONS = {
    "contract": re.compile(".+"),
    "min-version": re.compile("[1-9][0-9]{0,15}"),
    "run": re.compile("[0-9a-f]{64}"),
    "subject": re.compile(".+"),
}


def task(arguments: Namespace, read: dict[str, str]) -> Task:
    """Give all that a verdict depends on but for the bundle; ``read`` takes the SHA-256 of each file that was read."""
    trust = _load_trust(arguments, read)
    policies: Policies = [(name, _load_policy(name, read)) for name in arguments.policy] or [(None, None)]
    at = None if arguments.at is None else parse_time(arguments.at)
    return Task(policies, trust, at, parse_expectations(arguments.expect), _folder(arguments.evidence_dir))


def _load_trust(arguments: Namespace, read: dict[str, str]) -> TrustStore:
    """Load the trust file, and note the SHA-256 of what was read: a pipe, or a file that changes, is read once."""
    data = read_trust(arguments.trust, _trust_key(arguments))
    read[arguments.trust] = sha256(data).hexdigest()
    return TrustStore.parse(data, arguments.trust)


def _load_policy(name: str, read: dict[str, str]) -> Policy:
    """Load a policy, and note the SHA-256 of what was read if it is a file."""
    if not is_path(name):
        return load_policy(name)
    with open(name, "rb") as file:
        data = file.read()
    read[name] = sha256(data).hexdigest()
    return Policy.parse(data, name)


def parse_time(text: str) -> int:
    """Read an RFC 3339 time as milliseconds since 1970."""
    from datetime import UTC, datetime, timedelta

    since = timedelta(-1)
    if _TIME.fullmatch(text):
        with contextlib.suppress(ValueError, OverflowError):  # a thirteenth month; a year before the first
            since = datetime.fromisoformat(text.upper()) - datetime(1970, 1, 1, tzinfo=UTC)
    if since < timedelta(0):
        raise UsageError(f"--at {text} is no time since 1970; write 2026-11-30T12:00:00Z, to the millisecond")
    return since // timedelta(milliseconds=1)


def parse_expectations(pairs: list[str]) -> dict[str, str]:
    """Read the expectations (SPEC 9.1-5)."""
    expect: dict[str, str] = {}
    for pair in pairs:
        key, _, value = pair.partition("=")
        pattern = _EXPECTATIONS.get("subject" if key.startswith("subject.") else key)
        if pattern is None or not pattern.fullmatch(value) or not pair.isascii():
            raise UsageError(
                f"--expect {pair} cannot be read; write contract=ID, min-version=NUMBER, "
                f"run=64 hexadecimal digits or subject.NAME=VALUE, in ASCII as all that SPEC compares"
            )
        if key in expect:
            raise UsageError(f"--expect {key} is given twice; leave one of them")
        expect[key] = value
    return expect


def _trust_key(arguments: Namespace) -> bytes | None:
    """Give the key that must have signed the trust file, if one is named (SPEC 7-9)."""
    if arguments.trust_key is None:
        return None
    from opsproof_verify.cli.trust_key import trust_key

    return trust_key(arguments.trust_key)


def _folder(path: str | None) -> str | None:
    """Give the folder of evidence kept beside the bundle, which must be there."""
    if path is not None and not os.path.isdir(path):
        raise UsageError(f"--evidence-dir {path} is no folder; give the folder that holds the evidence files")
    return path


def refuse_output(arguments: Namespace, bundles: list[str]) -> None:
    """Refuse an output that is a folder or one of the inputs."""
    output = arguments.output
    if output is None or not os.path.exists(output):
        return
    signature = [] if arguments.trust_key is None else [f"{arguments.trust}.sig", arguments.trust_key]
    for path in (*bundles, arguments.trust, *signature, *arguments.policy):
        if os.path.exists(path) and os.path.samefile(path, output):
            raise UsageError(f"--output {output} is an input; nothing was written, name another file")
    if os.path.isdir(output):
        raise UsageError(f"--output {output} is a folder; name a file in it")
