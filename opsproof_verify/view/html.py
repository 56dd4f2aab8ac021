"""HTML that cannot be broken out of: text is escaped unless :func:`element` made it (DESIGN of the page: ADR 31).

A page made of these functions holds the elements and the attributes that are listed here, so no ``style``, no handler,
and no address but a place in itself or a picture that it carries. All else is refused here, not left to those who call.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TypeAlias

#: Elements without content (HTML, 13.1.2).
_VOID = frozenset({"img", "input", "wbr"})

#: All elements of the page but those that its frame writes itself: none loads, none runs, none refreshes.
_ELEMENTS = """
a article b bdi button caption code dd del desc details dialog div dl dt fieldset figcaption figure footer form
h1 h2 h3 h4 header img input ins kbd label legend li nav ol option output p pre section select span summary table
tbody td th thead time tr ul wbr
svg circle defs g line path pattern polygon polyline rect text title
"""

#: All attributes, but those whose names begin as one of ``_OWN``. Addresses stand in ``_ADDRESSES`` alone.
_ATTRIBUTES = """
alt autocomplete checked class datetime decoding dir for hidden id lang loading name open role scope spellcheck
tabindex title translate type value
cx cy d fill fill-opacity font-size height opacity patternTransform patternUnits pointer-events points r rx stroke
stroke-dasharray stroke-linecap stroke-linejoin stroke-opacity stroke-width text-anchor transform viewBox width x x1
x2 y y1 y2
"""
_OWN = ("aria-", "data-")

_MADE, _GIVEN = frozenset(_ELEMENTS.split()), frozenset(_ATTRIBUTES.split())

_NAME = re.compile(r"[a-z]+(-[a-z0-9]+)*")
_ID = re.compile(r"[A-Za-z][A-Za-z0-9._:-]*")

#: What an address may be: a place in the page, or a picture that the page carries.
_ADDRESSES = {
    "href": re.compile(rf"#{_ID.pattern}"),
    "src": re.compile(r"data:image/(?:png|jpeg|webp);base64,[A-Za-z0-9+/]+={0,2}"),
}

#: What may be an address in SVG: a word of CSS, or a pattern of the page.
_PAINT = re.compile(rf"[A-Za-z]+|url\(#{_ID.pattern}\)")
_PAINTED = frozenset({"fill", "stroke"})

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
    if name not in _MADE:
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
    if not (name in _GIVEN or name in _ADDRESSES or (name.startswith(_OWN) and _NAME.fullmatch(name))):
        message = f"no element has an attribute {name}"
        raise ValueError(message)
    text = "" if value is True else str(value)
    if name in _ADDRESSES and not _ADDRESSES[name].fullmatch(text):
        message = f"{name} is a place in the page or a picture that it carries, not {text[:80]!r}"
        raise ValueError(message)
    if name in _PAINTED and not _PAINT.fullmatch(text):
        message = f"{name} is a word or a pattern of the page, not {text[:80]!r}"
        raise ValueError(message)
    if name == "id" and not _ID.fullmatch(text):
        message = f"{text[:80]!r} is no id"
        raise ValueError(message)
    return f" {name}" if value is True else f' {name}="{escape(text)}"'
