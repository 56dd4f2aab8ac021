"""Text of a record on a page: nothing hidden stays hidden, and names that look like others are told."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsproof_verify.render.escape import printable
from opsproof_verify.view.html import escape
from opsproof_verify.view.marks import MOST_NAMED, NAMES, confusable, marked

MARK = re.compile(r'<span class="hidden-char" title="(U\+[^"]*)">([^<]*)</span>')
ESCAPE = re.compile(r"\\(?:x(..)|u(....)|U(.{8}))")


def test_an_override_is_shown_with_its_name() -> None:
    assert marked("a\u202eb") == ('a<span class="hidden-char" title="U+202E RIGHT-TO-LEFT OVERRIDE">\\u202e</span>b')


def test_line_feeds_and_tabs_stay_and_carriage_returns_do_not() -> None:
    assert marked("one\n\ttwo") == "one\n\ttwo"
    assert "U+000D CARRIAGE RETURN" in marked("one\r\n")


def test_markup_in_a_text_stays_text() -> None:
    assert marked("<b>&") == "&lt;b&gt;&amp;"
    assert marked("<b>\u200b</b>").startswith("&lt;b&gt;<span ")


def test_a_character_without_a_listed_name_has_its_number() -> None:
    assert 'title="U+E0041">\\U000e0041<' in marked("\U000e0041")
    assert 'title="U+D800">\\ud800<' in marked("\ud800")


@given(st.text())
def test_marks_are_the_escapes_of_the_command_and_nothing_else_changes(text: str) -> None:
    """Taking the marks out gives the text back; each of them is what the command prints."""
    parts = MARK.split(marked(text))
    back, hidden = "", 0
    for plain, title, shown in zip(parts[::3], [*parts[1::3], ""], [*parts[2::3], ""], strict=True):
        run = "".join(chr(int("".join(digits), 16)) for digits in ESCAPE.findall(shown))
        assert shown == printable(run)
        assert all(f"U+{ord(one):04X}" in title for one in run[:MOST_NAMED])
        assert title.endswith("…") == (len(run) > MOST_NAMED)
        back += plain + "".join(map(escape, run))
        hidden += len(run)
    assert hidden == len([one for one in text if printable(one) != one and one not in "\n\t\\"])
    assert back == "".join(map(escape, text))


def test_hidden_characters_one_after_the_other_have_one_mark() -> None:
    assert marked("\u200b\u200b\u202e") == (
        '<span class="hidden-char" title="U+200B ZERO WIDTH SPACE, U+202E RIGHT-TO-LEFT OVERRIDE">'
        "\\u200b\\u200b\\u202e</span>"
    )
    assert marked("a\u200bb\u200b").count("<span") == 2


@pytest.mark.parametrize("code", NAMES)
def test_names_are_those_of_unicode(code: int) -> None:
    """Names never change in Unicode; controls have none, only an alias, which `lookup` knows."""
    name = unicodedata.name(chr(code), None)
    assert NAMES[code] == name if name is not None else unicodedata.lookup(NAMES[code]) == chr(code)
    assert (
        marked(chr(code))
        == f'<span class="hidden-char" title="U+{code:04X} {NAMES[code]}">{printable(chr(code))}</span>'
    )


def test_a_long_text_is_one_pass() -> None:
    """Long texts, all hidden or none of it: the work grows with the text alone, or this would not end."""
    assert marked("\u200ba" * 50_000).count("<span") == 50_000
    assert marked("\u200b" * 50_000).count("\\u200b") == 50_000
    assert confusable("\u0430" * 50_000) == "looks-latin"
    assert confusable("\u0430b " * 25_000) == "mixed-scripts"


CONFUSABLE = {
    "o\u0440erator-1": "mixed-scripts",  # Cyrillic er
    "\u0410\u0421\u0415 Lead": "mixed-scripts",  # a Cyrillic word that reads ACE
    "\u0418\u0432a\u043d\u043e\u0432": "mixed-scripts",  # Latin a in a Cyrillic name
    "p\u0397": "mixed-scripts",  # Greek capital eta
    "\u13aaCE": "mixed-scripts",  # Cherokee
    "\u0561dmin": "mixed-scripts",  # Armenian
    "\U0001d428perator": "mixed-scripts",  # mathematical bold
    "\u0430\u0301dmin": "mixed-scripts",  # an accent does not part a word
    "\u0410\u0421\u0415": "looks-latin",
    "\u0430": "looks-latin",
    "\u039c\u0391\u039a-7": "looks-latin",
    "\u03a1": "looks-latin",
    "\U0001d428": "looks-latin",
    "\u212a": "looks-latin",  # the Kelvin sign
    "\uff21\uff44\uff4d\uff49\uff4e": "full-width",
    "\u7530\u4e2d\uff11": "full-width",
}

ORDINARY = [
    "operator-1",
    "M\u00fcller \u00c5ngstr\u00f6m",
    "\u0141ukasz",
    "\u0418\u0432\u0430\u043d\u043e\u0432\u0430 \u0410\u043d\u043d\u0430",
    "\u0393\u03b9\u03ce\u03c1\u03b3\u03bf\u03c2",
    "\u7530\u4e2d \u3055\u304f\u3089",
    "\u7530\u4e2d QA",
    "\uae40\ucca0\uc218",
    "\u0645\u062d\u0645\u062f",
    "k\u03a9",
    "\u0394p",
    "\u03b1-pinene",
    "\u03c1",
    "\u00b5m",
    "23 \u2103",
    "",
]


@pytest.mark.parametrize("name", CONFUSABLE)
def test_a_name_that_looks_like_another_is_told(name: str) -> None:
    assert confusable(name) == CONFUSABLE[name]


@pytest.mark.parametrize("name", ORDINARY)
def test_an_ordinary_name_is_not(name: str) -> None:
    assert confusable(name) is None
