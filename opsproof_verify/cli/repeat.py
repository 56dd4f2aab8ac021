"""What a report as text says of its own making: the command line, the files that decided, the software."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Iterator, Mapping
from hashlib import sha256

from opsproof_verify import __version__
from opsproof_verify.cli import sources
from opsproof_verify.cli.arguments import PROGRAM
from opsproof_verify.render.text_repeat import Input, Repeat


def repeat(arguments: Namespace, read: Mapping[str, str], *, to_file: bool) -> Repeat:
    """Describe a call of `check`; ``read`` is the SHA-256 of trust file and policy files, as they were read.

    The software is told in files alone, since to find its versions takes a while. Raises ``OSError`` if signature or
    key of the trust file, which were read a moment ago, cannot be read again.
    """
    return Repeat(_command(arguments), tuple(_inputs(arguments, read)), _software() if to_file else "")


def _command(arguments: Namespace) -> tuple[tuple[str, ...], ...]:
    """Give the command line, an option and its value together, without what changes no verdict and no exit status."""
    options = [
        ("--trust", arguments.trust),
        ("--trust-key", arguments.trust_key),
        *(("--policy", name) for name in arguments.policy),
        ("--at", arguments.at),
        *(("--expect", pair) for pair in arguments.expect),
        ("--evidence-dir", arguments.evidence_dir),
        ("--accept", arguments.accept),
    ]
    groups = [_option(name, value) for name, value in options if value is not None]
    bundles = [(bundle,) for bundle in arguments.bundles]
    if any(bundle.startswith("-") and bundle != sources.STDIN for bundle in arguments.bundles):
        return ((PROGRAM, "check"), *groups, ("--",), *bundles)
    return ((PROGRAM, "check"), *bundles, *groups)


def _option(name: str, value: str) -> tuple[str, ...]:
    """Give an option as it can be read again, also where its value looks like one."""
    return (f"{name}={value}",) if value.startswith("-") else (name, value)


def _inputs(arguments: Namespace, read: Mapping[str, str]) -> Iterator[Input]:
    """Give the files, other than bundles, that decided."""
    yield Input("trust file", arguments.trust, read[arguments.trust])
    if arguments.trust_key is not None:
        yield _hashed("signature of the trust file", f"{arguments.trust}.sig")
        if os.path.exists(arguments.trust_key):
            yield _hashed("key of its signer", arguments.trust_key)
    for name in dict.fromkeys(arguments.policy):
        if name in read:
            yield Input("policy", name, read[name])


def _hashed(kind: str, path: str) -> Input:
    """Hash a small file that was read before; a pipe has been read to its end and is left alone."""
    if not os.path.isfile(path):
        return Input(kind, path, None)
    with open(path, "rb") as file:
        return Input(kind, path, sha256(file.read()).hexdigest())


def _software() -> str:
    """Name what the verdict was found with, by versions."""
    from opsproof_verify.cli.software import library, openssl, python  # noqa: PLC0415 - for a report to file alone

    others = (f"{name} {library(name) or 'not known'}" for name in ("cbor2", "cryptography"))
    return ", ".join([f"{PROGRAM} {__version__}", python(), *others, openssl() or "OpenSSL not known"])
