"""`check`: verify bundles under policies; report, and exit with the verdict."""

from __future__ import annotations

import contextlib
import re
from argparse import Namespace
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from opsproof_verify.cli import sources
from opsproof_verify.cli.errors import UsageError, lines, say
from opsproof_verify.cli.output import colour, put, put_bytes, width, write_whole
from opsproof_verify.cli.policies import load_policy
from opsproof_verify.findings import Verdict
from opsproof_verify.policy import Policy
from opsproof_verify.render.json_report import render_json
from opsproof_verify.render.junit import render_junit
from opsproof_verify.render.results import Checked, render_reports
from opsproof_verify.render.sarif import render_sarif
from opsproof_verify.render.text import hides, render_text, under
from opsproof_verify.render.what_if import render_table
from opsproof_verify.trust import TrustStore
from opsproof_verify.verify import verify

_FINAL, _FAIL, _NO_VERDICT, _PROVISIONAL = 0, 1, 2, 3
_WORST_FIRST = (_FAIL, _NO_VERDICT, _PROVISIONAL, _FINAL)

_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,3})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_EXPECTATIONS = {
    "contract": re.compile(".+"),
    "min-version": re.compile("[1-9][0-9]{0,15}"),
    "run": re.compile("[0-9a-f]{64}"),
    "subject": re.compile(".+"),
}

#: The policies to verify under, by the names given; None for the one in the contract.
_Policies: TypeAlias = "list[tuple[str | None, Policy | None]]"


class _Options(NamedTuple):
    """What else a verdict depends on."""

    at: int | None
    expect: dict[str, str]
    evidence: Path | None


def check(arguments: Namespace) -> int:
    """Verify each bundle under each policy."""
    trust = TrustStore.load(arguments.trust)
    policies: _Policies = [(name, load_policy(name)) for name in arguments.policy] or [(None, None)]
    options = _Options(
        None if arguments.at is None else parse_time(arguments.at),
        parse_expectations(arguments.expect),
        _folder(arguments.evidence_dir),
    )
    _refuse_output(arguments)
    if arguments.bundles.count(sources.STDIN) > 1:
        raise UsageError("standard input can be read once; give `-` once")
    checked: list[Checked] = []
    for bundle in arguments.bundles:
        checked += _check_bundle(bundle, policies, trust, options)
    _deliver(arguments, checked)
    states = {_status(one, accept=arguments.accept is not None) for one in checked}
    return next(status for status in _WORST_FIRST if status in states)


def _check_bundle(bundle: str, policies: _Policies, trust: TrustStore, options: _Options) -> list[Checked]:
    """Verify one bundle under each policy; what cannot be read does not keep others from being judged."""
    checked: list[Checked] = []
    at, expect, evidence = options
    try:
        with sources.open_bundle(bundle) as stream:
            for name, policy in policies:
                stream.seek(0)
                report = verify(stream, policy, trust, at=at, expect=expect, evidence=evidence)
                checked.append(Checked(bundle, name, report))
    except Exception as error:  # noqa: BLE001 - an internal error, too, ends this bundle only
        if isinstance(error, OSError) and error.filename is None:
            error.filename = bundle
        checked += [Checked(bundle, name, None, lines(error)[0]) for name, _ in policies[len(checked) :]]
        say(checked[-1].error)
    return checked


def _status(one: Checked, *, accept: bool) -> int:
    """Give the exit status of one result."""
    if one.report is None:
        return _NO_VERDICT
    if one.report.verdict is not Verdict.PROVISIONAL:
        return _FINAL if one.report.verdict is Verdict.FINAL else _FAIL
    if accept and hides(one.report):
        say(f"{sources.name(one.bundle)}: PROVISIONAL not accepted: something is withheld or not evaluated")
        return _PROVISIONAL
    return _FINAL if accept else _PROVISIONAL


def _deliver(arguments: Namespace, checked: list[Checked]) -> None:
    """Write one document: the report, or for several results their table or list."""
    text, to_file = "", arguments.output is not None
    if arguments.format == "text":
        look = {} if to_file else {"width": width(), "colour": colour()}
        text = _text(checked, max(1, len(arguments.policy)), look)
    data = text.encode("utf-8", "backslashreplace") or _data(arguments.format, checked)
    if not data:
        return
    if to_file:
        write_whole(arguments.output, data)
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
        return render_table(checked, policies, **look)
    report = checked[0].report
    return "" if report is None else render_text(report, **look)


def _data(form: str, checked: list[Checked]) -> bytes:
    """Give results for a machine; in JSON nothing for one that has no report: none could keep the schema."""
    match form:
        case "sarif":
            return render_sarif(checked)
        case "junit":
            return render_junit(checked)
        case "json" if len(checked) > 1:
            return render_reports(checked)
        case "json" if checked[0].report is not None:
            return render_json(checked[0].report)
    return b""


def parse_time(text: str) -> int:
    """Read an RFC 3339 time as milliseconds since 1970."""
    from datetime import UTC, datetime, timedelta  # noqa: PLC0415 - only if a time is given

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


def _folder(path: str | None) -> Path | None:
    """Give the folder of evidence kept beside the bundle, which must be there."""
    if path is not None and not Path(path).is_dir():
        raise UsageError(f"--evidence-dir {path} is no folder; give the folder that holds the evidence files")
    return None if path is None else Path(path)


def _refuse_output(arguments: Namespace) -> None:
    """Refuse an output that is a folder or one of the inputs."""
    if arguments.output is None:
        return
    output = Path(arguments.output)
    for path in (*arguments.bundles, arguments.trust, *arguments.policy):
        if output.exists() and Path(path).exists() and output.samefile(path):
            raise UsageError(f"--output {arguments.output} is an input; nothing was written, name another file")
    if output.is_dir():
        raise UsageError(f"--output {arguments.output} is a folder; name a file in it")
