"""`selftest`: the vectors run on this very machine, and a record of it for the file (docs/guides/selftest.md)."""

from __future__ import annotations

import os
import platform
import sys
from argparse import Namespace
from collections.abc import Iterator
from hashlib import sha256

from opsproof_verify.cli import selftest_run
from opsproof_verify.cli.errors import UsageError
from opsproof_verify.cli.inputs import parse_time
from opsproof_verify.cli.output import put, put_bytes, write_whole
from opsproof_verify.cli.software import library, openssl
from opsproof_verify.cli.sources import tell
from opsproof_verify.hashing import hash_file
from opsproof_verify.render.selftest import Installation, Record, render_selftest, render_selftest_json, summary
from opsproof_verify.render.selftest_junit import render_selftest_junit

_AGREES, _DISAGREES = 0, 1
_CODE = (".py", ".json", ".toml")


def selftest(arguments: Namespace) -> int:
    """Run known answers and vectors, deliver the record, and say whether all agree.

    Raises ``InputError`` if the vectors are missing or damaged, ``UsageError`` for arguments that cannot be meant.
    """
    at = None if arguments.at is None else parse_time(arguments.at)
    if arguments.output is not None and os.path.isdir(arguments.output):
        raise UsageError(f"--output {arguments.output} is a folder; name a file in it")
    record = run(at)
    if arguments.format == "text":
        data = render_selftest(record).encode("utf-8", "backslashreplace")
    else:
        data = (render_selftest_junit if arguments.format == "junit" else render_selftest_json)(record)
    if arguments.output is not None:
        write_whole(arguments.output, data)
        put(f"{summary(record)}\n")
    else:
        put_bytes(data)
    return _AGREES if record.agrees else _DISAGREES


def run(at: int | None) -> Record:
    """Run everything and give the record; at a terminal, tell how far it has come."""
    place = selftest_run.folder()
    suite = selftest_run.read_suite(place)
    known = selftest_run.known_answers()
    results, clauses, watched = [], set(), sys.stderr.isatty()
    for vector in selftest_run.read_vectors(place, suite.vectors):
        results.append(selftest_run.run_vector(vector))
        clauses |= set(vector.clauses)
        if watched:
            tell(f"{len(results)} of {suite.vectors} vectors")
    if watched:
        tell("")
    return Record(at, installation(), suite, known, tuple(results), len(clauses))


def installation() -> Installation:
    """Say what is installed here, and on what."""
    lines = [f"{hash_file(path)[0].hex()}  {name}\n" for name, path in sorted(_code())]  # as `sha256sum` has them
    return Installation(
        python=platform.python_version(),
        implementation=platform.python_implementation(),
        system=platform.system(),
        machine=platform.machine(),
        cbor2=library("cbor2"),
        cryptography=library("cryptography"),
        openssl=openssl(),
        code=sha256("".join(lines).encode()).hexdigest(),
        files=len(lines),
    )


def _code() -> Iterator[tuple[str, str]]:
    """Give name and path of each file that decides what the verifier says: code, schemas and shipped policies.

    The policies of a checkout stand beside the package; they are listed as they are installed. The vectors, and what
    Python compiled, are left out.
    """
    package = os.path.dirname(os.path.dirname(__file__))
    yield from _files(package, "")
    if not os.path.isdir(f"{package}/policies"):
        yield from _files(f"{package}/../policies", "policies/")


def _files(top: str, prefix: str) -> Iterator[tuple[str, str]]:
    """Give the files in a folder and the folders in it, by names that are the same on each platform."""
    for place, folders, files in os.walk(top):
        folders[:] = [name for name in folders if name not in {"__pycache__", "testvectors"}]
        for file in files:
            if file.endswith(_CODE):
                path = os.path.join(place, file)
                yield prefix + os.path.relpath(path, top).replace(os.sep, "/"), path
