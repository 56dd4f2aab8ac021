"""HTML that cannot be broken out of: text is escaped unless :func:`element` made it (DESIGN of the page: ADR 31).

A page made of these functions holds no ``style`` attribute, no handler, and no address but a place in itself or data
that it carries. That is refused here, not left to those who call.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TypeAlias

#: Elements without content (HTML, 13.1.2).
_VOID = frozenset({"br", "col", "hr", "img", "input", "link", "meta", "wbr"})

#: Elements whose content is no text that can be escaped; the page writes its own, by other means.
_RAW = frozenset({"script", "style", "noscript", "iframe", "object", "embed", "template"})

_NAME = re.compile(r"[a-z][a-zA-Z0-9]*(-[a-z0-9]+)*")
_DATA = re.compile(r"data:[a-z]+/[a-z0-9.+-]+;base64,[A-Za-z0-9+/]*={0,2}")
_ID = re.compile(r"[A-Za-z][A-Za-z0-9._:-]*")
_ADDRESSES = frozenset({"href", "src"})

#: What stands in for a name that is a word of Python, or no name there.
_RENAMED = {"cls": "class", "for_": "for", "as_": "as", "type_": "type"}

#: Characters that no HTML text may hold as they are; a page shows what it cannot hold by other means.
_NO_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")


class Markup(str):
    """Markup that :func:`element` or :func:`escape` made."""

    __slots__ = ()


Content: TypeAlias = "str | Iterable[Content] | None"
Attribute = str | int | bool | None


def escape(text: str) -> Markup:
    """Give a text as markup; characters that HTML cannot hold become U+FFFD."""
    made = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    return Markup(_NO_TEXT.sub("\ufffd", made.replace("'", "&#39;").replace("\r", "&#13;")))


def join(*content: Content) -> Markup:
    """Give contents one after the other: text escaped, markup as it is, ``None`` left out."""
    return Markup("".join(_pieces(content)))


def element(name: str, /, *content: Content, **attributes: Attribute) -> Markup:
    """Make an element.

    Attributes stand in the order given; ``cls`` is ``class``, ``for_`` is ``for``, an underscore is a hyphen. ``True``
    is an attribute without a value; ``False`` and ``None`` leave it out. Raises ``ValueError`` for what a page must not
    hold.
    """
    if name in _RAW or not _NAME.fullmatch(name):
        message = f"<{name}> is not made here"
        raise ValueError(message)
    head = "".join(_attribute(_RENAMED.get(key, key.replace("_", "-")), value) for key, value in attributes.items())
    if name in _VOID:
        if content:
            message = f"<{name}> has no content"
            raise ValueError(message)
        return Markup(f"<{name}{head}>")
    return Markup(f"<{name}{head}>{join(*content)}</{name}>")


def _pieces(content: Content) -> Iterable[str]:
    """Give the markup of contents."""
    if content is None:
        return
    if isinstance(content, Markup):
        yield content
    elif isinstance(content, str):
        yield escape(content)
    else:
        for one in content:
            yield from _pieces(one)


def _attribute(name: str, value: Attribute) -> str:
    """Give an attribute with the space before it."""
    if value is None or value is False:
        return ""
    if name == "style" or name.startswith("on") or not _NAME.fullmatch(name):
        message = f"no element has an attribute {name}"
        raise ValueError(message)
    if value is True:
        return f" {name}"
    text = str(value)
    if name in _ADDRESSES and not (_DATA.fullmatch(text) or (_ID.fullmatch(text.removeprefix("#")) and text[0] == "#")):
        message = f"{name} is a place in the page or data, not {text[:80]!r}"
        raise ValueError(message)
    if name == "id" and not _ID.fullmatch(text):
        message = f"{text[:80]!r} is no id"
        raise ValueError(message)
    return f' {name}="{escape(text)}"'
