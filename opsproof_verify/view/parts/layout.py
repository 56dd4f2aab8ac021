"""Forms that parts share: a section, a list of facts, a table, a fold."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from opsproof_verify.view.html import Content, Markup, element


def section(name: str, title: Content, *content: Content) -> Markup:
    """Give a part of the page under its heading."""
    head = element("h2", title, id=f"{name}-title")
    return element("section", head, *content, id=name, cls="part", aria_labelledby=f"{name}-title")


def facts(pairs: Iterable[tuple[Content, Content]]) -> Markup:
    """Give facts by name; those that are None are left out."""
    rows = [element("div", element("dt", name), element("dd", value)) for name, value in pairs if value is not None]
    return element("dl", rows, cls="facts")


def grid(label: str, heads: Sequence[Content], rows: Iterable[Markup]) -> Markup:
    """Give a table that can be scrolled on a narrow screen; ``rows`` are made by :func:`row`."""
    head = element("thead", element("tr", [element("th", one, scope="col") for one in heads]))
    table = element("table", element("caption", label, cls="visually-hidden"), head, element("tbody", rows), cls="grid")
    return element("div", table, cls="scroll", role="group", tabindex=0, aria_label=label)


def row(first: Content, *cells: Content, **attributes: str | None) -> Markup:
    """Give a row of a table; its first cell is its head."""
    head = element("th", first, scope="row")
    return element("tr", head, [element("td", one) for one in cells], **attributes)


def fold(summary: Content, *content: Content, opened: bool = False, **attributes: str | None) -> Markup:
    """Give content that is closed until somebody opens it."""
    return element("details", element("summary", summary), *content, cls="fold", open=opened, **attributes)
