"""The Flight Recorder: one HTML file that traces a verdict to its evidence (ADR 31).

The file is a pure function of bundle, report, trust store and words, and is written as it is made. It loads nothing:
one style and one script stand in it, admitted by their hashes; text is escaped by :mod:`opsproof_verify.view.html`.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from contextlib import suppress
from hashlib import sha256
from importlib.resources import files
from typing import BinaryIO, NamedTuple

from opsproof_verify import __version__
from opsproof_verify.container import NUMBERED
from opsproof_verify.findings import Rejected
from opsproof_verify.reading import read_records
from opsproof_verify.report import Report
from opsproof_verify.trust import TrustStore
from opsproof_verify.view.carried import Carried
from opsproof_verify.view.catalogue import Catalogue
from opsproof_verify.view.contents import Contents
from opsproof_verify.view.data import page_data
from opsproof_verify.view.html import Markup, element, escape, join
from opsproof_verify.view.parts.details import details
from opsproof_verify.view.parts.deviations import deviations
from opsproof_verify.view.parts.evidence import evidence
from opsproof_verify.view.parts.filters import filters, self_check
from opsproof_verify.view.parts.quick import quick
from opsproof_verify.view.parts.rows import row
from opsproof_verify.view.parts.signoffs import signoffs
from opsproof_verify.view.parts.steps import steps
from opsproof_verify.view.parts.timeline import timeline
from opsproof_verify.view.parts.why import why
from opsproof_verify.view.scene import Scene
from opsproof_verify.view.script import page_script
from opsproof_verify.view.telling import tell

#: More rows than these are shown by the script alone, a window of them at a time; without a script they all are there.
MAX_ROWS = 5_000

_STYLES = ("base", "layout", "parts", "timeline", "rows", "print")
_POLICY = (
    "default-src 'none'; script-src 'sha256-{script}'; style-src 'sha256-{style}'; img-src data:; "
    "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types opsproof-rows"
)
_CONTENTS = (
    "quick", "why", "timeline", "steps", "evidence", "deviations", "signoffs", "details", "self-check", "record-part",
)  # fmt: skip


class Made(NamedTuple):
    """A page in the making: its bytes, and what it leaves out, which is known once they are written."""

    pieces: Iterator[bytes]
    carried: Carried


def make_page(
    stream: BinaryIO,
    reports: tuple[Report, ...],
    trust: TrustStore,
    say: Catalogue,
    contents: Contents,
    max_rows: int = MAX_ROWS,
) -> Made:
    """Give the page of the first report; the others are of the same bundle under other policies.

    ``stream`` is the bundle, which is read several times. Raises ``OSError`` if it cannot be read.
    """
    report = reports[0]
    limit = next((found for found in report.findings if found.code.name == "limit.exceeded"), None)
    end = None if limit is None else limit.frame
    story = tell(stream, end)
    if limit is not None:
        story.broken = say.sentence(limit)
    scene = Scene(report, story, say, contents.of, reports[1:])
    carried = Carried(stream, contents.largest, end)
    return Made(_pieces(_Page(scene, stream, end, max_rows), trust, carried), carried)


class _Page(NamedTuple):
    """What the pieces of a page are made from."""

    scene: Scene
    stream: BinaryIO
    end: int | None
    max_rows: int


def _pieces(page: _Page, trust: TrustStore, carried: Carried) -> Iterator[bytes]:
    """Give the file from its first byte to its last."""
    scene = page.scene
    style = "".join(files(__package__).joinpath(f"style/{name}.css").read_text("utf-8") for name in _STYLES)
    script = page_script()
    yield _head(scene, style, script).encode()
    yield _masthead(scene).encode()
    yield b'<div class="frame">\n' + _contents(scene).encode() + b'\n<main id="main">\n'
    for part in _PARTS:
        yield part(scene).encode() + b"\n"
    yield from _record(page)
    yield b"</main>\n</div>\n</div>\n" + _foot(scene).encode()
    yield b'<script type="text/plain" id="opv-bundle">\n'
    yield from carried.lines()
    yield b'</script>\n<script type="application/json" id="opv-data">'
    yield page_data(scene.report, trust, scene.say, carried).encode()
    yield f"</script>\n<script>{script}</script>\n</body>\n</html>\n".encode()


def _head(scene: Scene, style: str, script: str) -> Markup:
    """Give the head: nothing is loaded, and nothing runs but what was written here."""
    policy = _POLICY.format(script=_hash(script), style=_hash(style))
    return Markup(
        f'<!doctype html>\n<html lang="{escape(scene.say.language)}" dir="{escape(scene.say.direction)}">\n<head>\n'
        f'<meta charset="utf-8">\n<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n<meta name="robots" content="noindex">\n'
        f'<meta name="generator" content="opsproof-verify {escape(__version__)}">\n'
        f"<title>{escape(_title(scene))}</title>\n<style>{style}</style>\n</head>\n<body>\n"
    )


def _hash(text: str) -> str:
    """Give the hash by which a policy admits an inline element (CSP 3, 2.3.1)."""
    return base64.b64encode(sha256(text.encode()).digest()).decode()


def _title(scene: Scene) -> str:
    """Name the page by its verdict, its subject and its seal: browsers print it on each sheet."""
    report = scene.report
    subject = " ".join(value for _, value in report.bundle.subject) or scene.say("frame.no-subject")
    seal = (report.bundle.seal or "")[:12] or scene.say("frame.no-seal")
    return scene.say("frame.title", verdict=scene.say(f"verdict.{report.verdict}"), subject=subject, seal=seal)


def _masthead(scene: Scene) -> Markup:
    """Say what is looked at, before the first part says how it stands."""
    report, say = scene.report, scene.say
    name = scene.name(report.contract.title) if report.contract else escape(say("frame.no-contract"))
    subject = scene.listed(join(scene.text(key), " ", scene.text(value)) for key, value in report.bundle.subject)
    return join(
        element("a", say("frame.skip"), cls="skip", href="#main"),
        Markup('\n<div class="sheet">\n'),
        element(
            "header",
            element("p", say("frame.brand"), cls="brand"),
            element("h1", name),
            element("p", subject or say("frame.no-subject"), cls="under"),
            cls="masthead",
        ),
        "\n",
    )


def _contents(scene: Scene) -> Markup:
    """Give the parts in the order of reading, each with what of it asks for attention."""
    rows = [
        element(
            "li",
            element("a", scene.say(f"contents.{name}"), href=f"#{name}"),
            cls="needs-script" if name == "self-check" else None,  # which is hidden without one
        )
        for name in _CONTENTS
    ]
    return element("nav", element("ul", rows), cls="contents", aria_label=scene.say("frame.contents"))


def _record(page: _Page) -> Iterator[bytes]:
    """Give the record, a row for each frame but those of evidence, each on a line of its own."""
    scene, records = page.scene, page.scene.story.records
    large = records > page.max_rows
    title = element("h2", scene.say("record.title"), id="record-title")
    yield b'<section id="record-part" class="part" aria-labelledby="record-title">' + title.encode()
    yield filters(scene).encode()
    yield b'<noscript id="record-source"><ol class="rows">\n' if large else b'<ol class="rows" id="record">\n'
    number = 0
    with suppress(Rejected):  # the story says why
        for read in read_records(page.stream):
            yield row(scene, read, number if read.frame.type in NUMBERED else None).encode() + b"\n"
            number += read.frame.type in NUMBERED
            if read.frame.number == page.end:
                break
    if scene.story.broken:
        why = element("p", scene.say("record.broken", why=scene.story.broken))
        yield element("li", why, cls="row is-bad", data_open=True).encode() + b"\n"
    yield b"</ol></noscript>\n" if large else b"</ol>\n"
    if large:
        yield element("ol", cls="rows", id="record").encode() + b"\n"
    yield b"</section>\n"


def _foot(scene: Scene) -> Markup:
    """Give what stands at the foot of each printed page."""
    report = scene.report
    state = scene.say(f"verdict.{report.verdict}")
    return element(
        "footer",
        element("span", state),
        element("code", report.bundle.seal or scene.say("frame.no-seal")),
        cls="print-foot",
        aria_hidden="true",
    )


_PARTS: tuple[Callable[[Scene], Markup], ...] = (
    quick, why, timeline, steps, evidence, deviations, signoffs, details, self_check,
)  # fmt: skip
