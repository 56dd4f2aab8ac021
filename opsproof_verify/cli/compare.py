"""`compare`: two copies of one run, told apart; neither is judged (SPEC 9.13)."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from opsproof_verify.cli import sources
from opsproof_verify.cli.errors import UsageError, say
from opsproof_verify.cli.output import colour, put, put_bytes, width, write_whole
from opsproof_verify.compare import Comparison, NoBundle, Word
from opsproof_verify.compare import compare as compare_streams
from opsproof_verify.render.compare_json import render_compare_json
from opsproof_verify.render.compare_text import render_compare_text
from opsproof_verify.render.compare_words import brief
from opsproof_verify.render.messages import sentence

_NOTHING_LOST, _BAD, _NO_ANSWER = 0, 1, 2
_BAD_WORDS = frozenset({Word.OTHER_RUN, Word.FORKED, Word.ALTERED, Word.ROLLED_BACK})


def compare(arguments: Namespace) -> int:
    """Compare two copies, say what they are to each other, and give the exit status."""
    files = (arguments.a, arguments.b)
    if files == (sources.STDIN, sources.STDIN):
        raise UsageError("standard input can be read once; give `-` once")
    _refuse_output(arguments.output, files)
    try:
        with sources.open_bundle(files[0]) as a, sources.open_bundle(files[1]) as b:
            result = compare_streams(a, b)
    except NoBundle as refusal:
        file = sources.name(files[0] if refusal.side == "a" else files[1])
        why = "it ends before its contract" if refusal.stopped is None else sentence(refusal.stopped)
        say(f"{file}: no bundle that can be compared: {why}; give a bundle or the journal of a run")
        return _NO_ANSWER
    _deliver(arguments, result, files)
    return _status(result)


def _status(result: Comparison) -> int:
    """Give the exit status: whatever could not be read cannot be called unharmed."""
    if result.word in _BAD_WORDS:
        return _BAD
    if result.word is Word.UNDECIDED or not (result.whole or result.word is Word.IDENTICAL):
        return _NO_ANSWER
    return _NOTHING_LOST


def _deliver(arguments: Namespace, result: Comparison, files: tuple[str, str]) -> None:
    """Write the result in the form that was asked for, to where it was asked for."""
    a, b = ("standard input" if file == sources.STDIN else file for file in files)
    data = render_compare_json(result, files) if arguments.format == "json" else None
    if arguments.output is not None:
        text = render_compare_text(result, (a, b))
        write_whole(arguments.output, text.encode("utf-8", "backslashreplace") if data is None else data)
        put(f"{result.word}: {brief(result)}\n")
    elif data is not None:
        put_bytes(data)
    else:
        put(render_compare_text(result, (a, b), width=width(), colour=colour()))


def _refuse_output(path: str | None, files: tuple[str, str]) -> None:
    """Refuse an output that is a folder or one of the copies."""
    if path is None:
        return
    output = Path(path)
    for file in files:
        if output.exists() and Path(file).exists() and output.samefile(file):
            raise UsageError(f"--output {path} is one of the copies; nothing was written, name another file")
    if output.is_dir():
        raise UsageError(f"--output {path} is a folder; name a file in it")
