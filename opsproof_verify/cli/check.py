"""`check`: verify bundles under policies; report, and exit with the verdict."""

# ruff: noqa: PLC0415 - each form of report pays for its own imports only

from __future__ import annotations

import contextlib
import os
import re
from argparse import Namespace
from collections.abc import Iterator
from hashlib import sha256
from typing import Any, BinaryIO

from opsproof_verify.cli import sources
from opsproof_verify.cli.ahead import MOST_PROCESSES, Ahead, processes
from opsproof_verify.cli.bundles import Policies, Task, check_all
from opsproof_verify.cli.errors import UsageError, say
from opsproof_verify.cli.output import colour, put, put_bytes, width, write_whole
from opsproof_verify.cli.policies import is_path, load_policy
from opsproof_verify.findings import Verdict
from opsproof_verify.policy import Policy
from opsproof_verify.render.results import Checked, render_reports
from opsproof_verify.trust import TrustStore, read_trust

_FINAL, _FAIL, _NO_VERDICT, _PROVISIONAL = 0, 1, 2, 3
_WORST_FIRST = (_FAIL, _NO_VERDICT, _PROVISIONAL, _FINAL)

_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,3})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_EXPECTATIONS = {
    "contract": re.compile(".+"),
    "min-version": re.compile("[1-9][0-9]{0,15}"),
    "run": re.compile("[0-9a-f]{64}"),
    "subject": re.compile(".+"),
}


def check(arguments: Namespace, others: Ahead | None) -> int:
    """Verify each bundle under each policy; ``others`` may be at work already."""
    read: dict[str, str] = {}
    trust = _load_trust(arguments, read)
    policies: Policies = [(name, _load_policy(name, read)) for name in arguments.policy] or [(None, None)]
    at = None if arguments.at is None else parse_time(arguments.at)
    kept: list[BinaryIO] = []
    task = Task(policies, trust, at, parse_expectations(arguments.expect), _folder(arguments.evidence_dir))
    count = processes(arguments.workers)
    if count is None:
        raise UsageError(f"--workers {arguments.workers} is no number from 1 to {MOST_PROCESSES}")
    bundles = sources.expand(arguments.bundles)
    _refuse_output(arguments, bundles)
    if bundles.count(sources.STDIN) > 1:
        raise UsageError("standard input can be read once; give `-` once")
    if arguments.format == "csv":
        _refuse_several(len(bundles), len(policies))
        task = task._replace(kept=kept)
    checked = check_all(task, bundles, count, others)
    for failed in checked[len(policies) - 1 :: len(policies)]:
        if failed.report is None:
            say(failed.error)
    with contextlib.ExitStack() as opened:
        streams = [opened.enter_context(one) for one in kept]
        _deliver(arguments, checked, read, streams)
    states = {_status(one, accept=arguments.accept is not None) for one in checked}
    return next(status for status in _WORST_FIRST if status in states)


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


def _status(one: Checked, *, accept: bool) -> int:
    """Give the exit status of one result."""
    if one.report is None:
        return _NO_VERDICT
    if one.report.verdict is not Verdict.PROVISIONAL:
        return _FINAL if one.report.verdict is Verdict.FINAL else _FAIL
    from opsproof_verify.render.text import hides

    if accept and hides(one.report):
        say(f"{sources.name(one.bundle)}: PROVISIONAL not accepted: something is withheld or not evaluated")
        return _PROVISIONAL
    return _FINAL if accept else _PROVISIONAL


def _deliver(arguments: Namespace, checked: list[Checked], read: dict[str, str], streams: list[BinaryIO]) -> None:
    """Write one document: the report, or for several results their table or list.

    ``read`` are digests of files, ``streams`` the bundle once more where that is needed.
    """
    text, to_file = "", arguments.output is not None
    if arguments.format == "text":
        from opsproof_verify.cli.repeat import repeat

        look: dict[str, Any] = {} if to_file else {"width": width(), "colour": colour()}
        look["repeat"] = repeat(arguments, read, to_file=to_file)
        text = _text(checked, max(1, len(arguments.policy)), look)
    data = text.encode("utf-8", "backslashreplace") or _data(arguments.format, checked, streams)
    if not data:
        return
    if to_file:
        write_whole(arguments.output, data)
        from opsproof_verify.render.text import under

        for one in checked:
            if one.report is not None:
                put(f"{one.report.verdict} {sources.name(one.bundle)} {under(one.report)}\n")
    elif text:
        put(text)
    else:
        put_bytes(data)


def _text(checked: list[Checked], policies: int, look: dict[str, Any]) -> str:
    """Give results as text; nothing for one that has no report, since why was said already."""
    if len(checked) > 1:
        from opsproof_verify.render.what_if import render_table

        return render_table(checked, policies, **look)
    from opsproof_verify.render.text import render_text

    report = checked[0].report
    return "" if report is None else render_text(report, **look)


def _data(form: str, checked: list[Checked], streams: list[BinaryIO]) -> bytes | Iterator[bytes]:
    """Give results for a machine; in JSON nothing for one that has no report: none could keep the schema."""
    match form:
        case "sarif":
            from opsproof_verify.render.sarif import render_sarif

            return render_sarif(checked)
        case "junit":
            from opsproof_verify.render.junit import render_junit

            return render_junit(checked)
        case "csv" if checked[0].report is not None:
            from opsproof_verify.cli.timeline import timeline

            streams[0].seek(0)
            return timeline(streams[0], checked[0].report)
        case "json" if len(checked) > 1:
            return render_reports(checked)
        case "json" if checked[0].report is not None:
            from opsproof_verify.render.json_report import render_json

            return render_json(checked[0].report)
    return b""


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


def _refuse_several(bundles: int, policies: int) -> None:
    """Refuse what has no timeline of its own."""
    if bundles > 1 or policies > 1:
        raise UsageError(
            f"--format csv is the timeline of one bundle under one policy, and here are {bundles} under {policies}; "
            "call `check` for each"
        )


def _refuse_output(arguments: Namespace, bundles: list[str]) -> None:
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
