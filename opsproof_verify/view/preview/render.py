"""How previews look, as markup; each says in words what it leaves out."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from typing import Protocol

from opsproof_verify.render.escape import printable
from opsproof_verify.view.html import Content, Markup, element, join
from opsproof_verify.view.marks import marked
from opsproof_verify.view.plot import Axis, Reading, plot
from opsproof_verify.view.preview.model import Bytes, Column, Note, Picture, Preview, Table, Text

_LINE = 16  # bytes of a line of bytes


class Say(Protocol):
    """What gives the text of a message."""

    def __call__(self, key: str, /, **facts: str | int) -> str:
        """Give the message of a key, with its facts."""
        ...


def render(preview: Preview, say: Say, ident: str = "preview") -> Markup:
    """Give a preview as markup; ``ident`` begins the ids in it, one of a kind in its page."""
    body = preview.body
    shown: Content
    if isinstance(body, Picture):
        shown = _picture(body, preview, say)
    elif isinstance(body, Text):
        shown = _scrolled(element("pre", marked(body.text), translate="no"), _label(preview, "text", say))
    elif isinstance(body, Table):
        shown = [_plots(body, say, ident), _table(body, preview, say)]
    elif isinstance(body, Bytes):
        shown = _scrolled(element("pre", _dump(body.data), translate="no"), _label(preview, "bytes", say))
    else:
        shown = element("p", say(f"preview.{preview.kind}"), cls="preview-state")
    return element(
        "div", _notes(preview, say, warns=True), shown, _notes(preview, say, warns=False), cls=_class(preview)
    )


def _class(preview: Preview) -> str:
    return f"preview preview-{preview.kind}"


def _notes(preview: Preview, say: Say, *, warns: bool) -> Iterable[Markup]:
    """Give what is to be told: warnings stand before what is shown, the rest behind."""
    for note in preview.notes:
        if note.warns == warns:
            yield element("p", _said(note, say), cls="preview-warning" if warns else "preview-note")


def _said(note: Note, say: Say) -> str:
    return say(note.key, **dict(note.facts))


def _label(preview: Preview, what: str, say: Say) -> str:
    """Give the name of a region: the file's, or else what it is."""
    return printable(preview.name) if preview.name else say(f"preview.{what}")


def _scrolled(content: Content, label: str) -> Markup:
    """Give content in a region of its own that can be scrolled with the keyboard."""
    return element("div", content, cls="scroll", tabindex="0", role="group", aria_label=label)


def _picture(body: Picture, preview: Preview, say: Say) -> Markup:
    """Give an image with the media type that its bytes have."""
    image = body.image
    size = {"width": image.width, "height": image.height}
    name = {"name": printable(preview.name)} if preview.name else {}
    return join(
        element(
            "img",
            src=f"data:{image.media};base64,{base64.b64encode(body.data).decode()}",
            alt=say("preview.image-alt-name" if name else "preview.image-alt", **name, **size),
            **size,
            loading="lazy",
            decoding="async",
        ),
        element("p", say("preview.image", media=image.media, **size), cls="preview-note"),
    )


def _table(table: Table, preview: Preview, say: Say) -> Markup:
    """Give the first rows of a table."""
    width = max(len(row) for row in (table.header or (), *table.rows))
    titles = table.header or tuple(say("preview.column", number=number) for number in range(1, width + 1))
    titles += ("",) * (width - len(titles))
    head = element("tr", [_cell("th", at, text, table, scope="col") for at, text in enumerate(titles)])
    rows = [element("tr", [_cell("td", at, text, table) for at, text in enumerate(row)]) for row in table.rows]
    label = _label(preview, "table", say)
    made = element("table", element("caption", label), element("thead", head), element("tbody", rows))
    return _scrolled(made, label)


def _cell(name: str, at: int, text: str, table: Table, **attributes: str) -> Markup:
    """Give a cell; numbers stand at its end."""
    return element(name, marked(text), cls="number" if at in table.numbers else None, **attributes)


def _plots(table: Table, say: Say, ident: str) -> Iterable[Markup]:
    """Give a plot for each column of numbers."""
    for number, column in enumerate(table.plots, 1):
        yield element("figure", _plot(column, table, say, f"{ident}-plot-{number}"))


def _plot(column: Column, table: Table, say: Say, ident: str) -> Markup:
    """Give the plot of a column and, below it, what it shows in words."""
    title = printable(column.title) or say("preview.numbers")
    first = printable(table.first) or say("preview.rows")
    values = [value for _, value in column.readings]
    about = say("preview.plot-about", count=len(values), least=f"{min(values):f}", most=f"{max(values):f}")
    name = say("preview.plot-title", column=title, first=first)
    drawn = plot(
        [Reading(place, value) for place, value in column.readings],
        ident=ident,
        title=name,
        description=about,
        x=Axis(say("preview.utc", first=first) if table.zoned else first, times=table.times),
        y=Axis(title),
    )
    return join(_scrolled(drawn, name), element("figcaption", name, ": ", about))


def _dump(data: bytes) -> str:
    """Give bytes as `hexdump -C` does: offset, hexadecimal, ASCII."""
    lines = []
    for at in range(0, len(data), _LINE):
        part = data[at : at + _LINE]
        shown = "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in part)
        lines.append(f"{at:08x}  {part[:8].hex(' '):<23}  {part[8:].hex(' '):<23}  |{shown}|")
    return "\n".join(lines)
