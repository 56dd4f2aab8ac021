"""``verify``: bundle, policy and trust store in, a Report out (SPEC 9, 11).

A pure function of its arguments: no clock, network, environment or working directory. Any bundle bytes give a report;
what is wrong with the caller's own files is an exception.
"""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from typing import BinaryIO

from opsproof_verify.assemble import assemble
from opsproof_verify.case import Case
from opsproof_verify.container import SLICE
from opsproof_verify.judge import judge
from opsproof_verify.policy import Policy
from opsproof_verify.pool import Pool
from opsproof_verify.report import Report
from opsproof_verify.trust import TrustStore

EXPECTATIONS = ("contract", "min-version", "run")


def verify(
    bundle: str | os.PathLike[str] | bytes | BinaryIO,
    policy: Policy | None,
    trust: TrustStore,
    *,
    at: int | None = None,
    expect: Mapping[str, str] | None = None,
    evidence: str | os.PathLike[str] | None = None,
    workers: Pool | None = None,
) -> Report:
    """Verify a bundle given by path, as bytes, or as a binary stream at its beginning.

    ``policy`` None lets the pinned one decide; ``at`` is the verification time in milliseconds since 1970 (UTC);
    ``expect`` maps ``contract``, ``min-version``, ``run`` or ``subject.NAME`` to what they must be; ``evidence`` is a
    folder with files named by their digest; ``workers``, such as :class:`~opsproof_verify.workers.Workers`, may hash
    large evidence and change nothing in the report. Raises ``OSError`` if something cannot be read and ``ValueError``
    for an unknown expectation, never for what the bundle holds.
    """
    expected = dict(sorted((expect or {}).items()))
    for name, value in expected.items():
        if name not in EXPECTATIONS and not name.startswith("subject."):
            message = f"unknown expectation {name!r}: use contract, min-version, run or subject.NAME"
            raise ValueError(message)
        if not f"{name}{value}".isascii():
            message = f"expectation {name!r}: identifiers and tokens are ASCII"
            raise ValueError(message)
    case = Case(trust, policy, at, None if evidence is None else os.fspath(evidence), workers)
    if isinstance(bundle, bytes):
        return assemble(judge(case, io.BytesIO(bundle), expected), expected)
    if isinstance(bundle, str | os.PathLike):
        with open(bundle, "rb") as stream:
            return _verify(case, stream, expected)
    return _verify(case, bundle, expected)


def _verify(case: Case, stream: BinaryIO, expected: Mapping[str, str]) -> Report:
    """Verify a stream; what cannot be read again, such as a pipe, is copied to a temporary file (ADR 25)."""
    if stream.seekable():
        return assemble(judge(case, stream, expected), expected)
    from tempfile import TemporaryFile  # noqa: PLC0415 - for pipes alone

    with TemporaryFile() as copy:
        while piece := stream.read(SLICE):
            copy.write(piece)
        copy.seek(0)
        return assemble(judge(case, copy, expected), expected)
