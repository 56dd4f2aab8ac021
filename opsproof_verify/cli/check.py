"""`check`: verify bundles under policies; report, and exit with the verdict."""

# ruff: noqa: PLC0415 - each form of report pays for its own imports only

from __future__ import annotations

import contextlib
from argparse import Namespace
from collections.abc import Iterator
from typing import Any, BinaryIO

from opsproof_verify.cli import inputs, sources
from opsproof_verify.cli.ahead import MOST_PROCESSES, Ahead, processes
from opsproof_verify.cli.bundles import check_all
from opsproof_verify.cli.errors import UsageError, say
from opsproof_verify.cli.output import colour, put, put_bytes, width, write_whole
from opsproof_verify.findings import Verdict
from opsproof_verify.render.results import Checked, render_reports

_FINAL, _FAIL, _NO_VERDICT, _PROVISIONAL = 0, 1, 2, 3
_WORST_FIRST = (_FAIL, _NO_VERDICT, _PROVISIONAL, _FINAL)


def check(arguments: Namespace, others: Ahead | None) -> int:
    """Verify each bundle under each policy; ``others`` may be at work already."""
    read: dict[str, str] = {}
    kept: list[BinaryIO] = []
    task = inputs.task(arguments, read)
    count = processes(arguments.workers)
    if count is None:
        raise UsageError(f"--workers {arguments.workers} is no number from 1 to {MOST_PROCESSES}")
    bundles = sources.expand(arguments.bundles)
    inputs.refuse_output(arguments, bundles)
    if bundles.count(sources.STDIN) > 1:
        raise UsageError("standard input can be read once; give `-` once")
    if arguments.format == "csv":
        _refuse_several(len(bundles), len(task.policies))
        task = task._replace(kept=kept)
    checked = check_all(task, bundles, count, others)
    for failed in checked[len(task.policies) - 1 :: len(task.policies)]:
        if failed.report is None:
            say(failed.error)
    with contextlib.ExitStack() as opened:
        streams = [opened.enter_context(one) for one in kept]
        _deliver(arguments, checked, read, streams)
    return worst(checked, accept=arguments.accept is not None)


def worst(checked: list[Checked], *, accept: bool = False) -> int:
    """Give the exit status of several results: that of the worst."""
    states = {status(one, accept=accept) for one in checked}
    return next(state for state in _WORST_FIRST if state in states)


def status(one: Checked, *, accept: bool = False) -> int:
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


def _refuse_several(bundles: int, policies: int) -> None:
    """Refuse what has no timeline of its own."""
    if bundles > 1 or policies > 1:
        raise UsageError(
            f"--format csv is the timeline of one bundle under one policy, and here are {bundles} under {policies}; "
            "call `check` for each"
        )
