"""Markup that cannot be broken out of."""

from __future__ import annotations

from html.parser import HTMLParser
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsproof_verify.view.html import Markup, element, escape, join


class Seen(HTMLParser):
    """What a parser makes of markup."""

    def __init__(self, markup: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, list[tuple[str, str | None]]]] = []
        self.text = ""
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, attrs))

    def handle_data(self, data: str) -> None:
        self.text += data


@given(st.text())
def test_text_and_values_stay_what_they_are(text: str) -> None:
    seen = Seen(element("p", text, title=text))
    [(tag, [(name, value)])] = seen.tags
    assert (tag, name) == ("p", "title")
    assert seen.text == value
    if all(character.isprintable() for character in text):
        assert seen.text == text


@pytest.mark.parametrize("character", ["\x00", "\x0b", "\x7f", "\x85", "\ud800", "\ufdd0", "\uffff"])
def test_what_html_cannot_hold_is_replaced(character: str) -> None:
    assert escape(f"a{character}b") == "a\ufffdb"


def test_a_carriage_return_stays() -> None:
    assert Seen(escape("a\rb")).text == "a\rb"


def test_contents_are_joined() -> None:
    inner = element("b", "1 < 2")
    assert join("a&b", None, [inner, ["c"]]) == "a&amp;b<b>1 &lt; 2</b>c"
    assert isinstance(join(), Markup)


def test_attributes_are_written_in_order_and_by_their_names() -> None:
    made = element("input", type_="radio", cls="a b", data_kind="x", checked=True, hidden=False, id=None, tabindex=0)
    assert made == '<input type="radio" class="a b" data-kind="x" checked tabindex="0">'
    assert element("label", for_="a") == '<label for="a"></label>'
    assert element("svg", viewBox="0 0 1 1") == '<svg viewBox="0 0 1 1"></svg>'


@pytest.mark.parametrize(
    "name",
    ["script", "style", "noscript", "iframe", "object", "embed", "template", "base", "link", "meta", "video", "audio",
     "source", "use", "image", "foreignObject", "animate", "math", "blink", "a b", "x>", "P", ""],
)  # fmt: skip
def test_such_elements_are_not_made(name: str) -> None:
    with pytest.raises(ValueError, match="is not made here"):
        element(name)


@pytest.mark.parametrize(
    "name",
    ["style", "onclick", "onload", "srcset", "srcdoc", "action", "formaction", "poster", "ping", "data", "background",
     "cite", "manifest", "xlink:href", "filter", "mask", "clip-path", "marker-end", "data-", "data-a b", "aria-x>",
     "a b", "a>", 'a"', ""],
)  # fmt: skip
def test_such_attributes_are_not_made(name: str) -> None:
    with pytest.raises(ValueError, match="no element has an attribute"):
        element("p", **{name: "x"})


PICTURE = "data:image/png;base64,AA=="


ELSEWHERE = (
    "https://example.org/", "javascript:alert(1)", "//example.org", "x.png", "", "#", "#a b", "#1", "data:text/html,x",
    "data:text/html;base64,AA==", "data:image/svg+xml;base64,AA==", "data:image/png;base64,", f"{PICTURE}#x",
    f" {PICTURE}", "data:image/png;base64,%41", "DATA:image/png;base64,AA==", f"{PICTURE}\n",
)  # fmt: skip


@pytest.mark.parametrize("name, address", [*product(("href", "src"), ELSEWHERE), ("href", PICTURE), ("src", "#e17")])
def test_no_address_leaves_the_page(name: str, address: str) -> None:
    with pytest.raises(ValueError, match="is a place in the page or a picture that it carries"):
        element("a", **{name: address})


def test_an_address_has_a_value() -> None:
    with pytest.raises(ValueError, match="href is a place in the page"):
        element("a", href=True)


def test_places_and_pictures_are_addresses() -> None:
    assert element("a", "x", href="#e17") == '<a href="#e17">x</a>'
    assert element("img", src=PICTURE, alt="") == f'<img src="{PICTURE}" alt="">'


@pytest.mark.parametrize("name", ["fill", "stroke"])
@pytest.mark.parametrize(
    "paint", ["url(https://example.org/#a)", "url(#a) url(x)", "url('#a')", "u\\72l(#a)", "", "a b"]
)
def test_no_paint_leaves_the_page(name: str, paint: str) -> None:
    with pytest.raises(ValueError, match="is a word or a pattern of the page"):
        element("rect", **{name: paint})


def test_words_and_patterns_are_paint() -> None:
    assert (
        element("rect", fill="url(#a-b)", stroke="currentColor")
        == '<rect fill="url(#a-b)" stroke="currentColor"></rect>'
    )


@pytest.mark.parametrize("place", ["", "1", "a b", "a#b", "é"])
def test_an_id_is_one(place: str) -> None:
    with pytest.raises(ValueError, match="is no id"):
        element("p", id=place)


def test_void_elements_have_no_content() -> None:
    assert element("wbr") == "<wbr>"
    with pytest.raises(ValueError, match="has no content"):
        element("wbr", "x")
