"""Markup that cannot be broken out of."""

from __future__ import annotations

from html.parser import HTMLParser

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
    "name", ["script", "style", "noscript", "iframe", "object", "embed", "template", "a b", "x>", ""]
)
def test_such_elements_are_not_made(name: str) -> None:
    with pytest.raises(ValueError, match="is not made here"):
        element(name)


@pytest.mark.parametrize("name", ["style", "onclick", "onload", "a b", "a>", 'a"'])
def test_such_attributes_are_not_made(name: str) -> None:
    with pytest.raises(ValueError, match="no element has an attribute"):
        element("p", **{name: "x"})


@pytest.mark.parametrize(
    "address",
    ["https://example.org/", "javascript:alert(1)", "//example.org", "x.png", "", "#", "#a b", "#1", "data:text/html,x",
     "data:image/png;base64,%41", "data:image/png;base64,AA==#x"],
)  # fmt: skip
@pytest.mark.parametrize("name", ["href", "src"])
def test_no_address_leaves_the_page(name: str, address: str) -> None:
    with pytest.raises(ValueError, match="is a place in the page or data"):
        element("a", **{name: address})


def test_places_and_data_are_addresses() -> None:
    assert element("a", "x", href="#e17") == '<a href="#e17">x</a>'
    assert element("img", src="data:image/png;base64,AA==", alt="") == '<img src="data:image/png;base64,AA==" alt="">'


@pytest.mark.parametrize("place", ["", "1", "a b", "a#b", "é"])
def test_an_id_is_one(place: str) -> None:
    with pytest.raises(ValueError, match="is no id"):
        element("p", id=place)


def test_void_elements_have_no_content() -> None:
    assert element("br") == "<br>"
    with pytest.raises(ValueError, match="has no content"):
        element("br", "x")
