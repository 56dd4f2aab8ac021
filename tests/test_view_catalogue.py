"""The words of the page: all in tables, ready for other languages, and the same places in each."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from support.bundles import vector
from support.page_scenes import a_vector_of_each_kind

from opsproof_verify import verify
from opsproof_verify.report import Owed
from opsproof_verify.view.catalogue import Catalogue, CatalogueError
from opsproof_verify.view.html import element
from opsproof_verify.view.texts import ENGLISH

NAME = "words.json"


def document(**members: Any) -> bytes:
    """Give a translation with changed members."""
    return json.dumps({"language": "de", "direction": "ltr", "messages": {}} | members).encode()


def pseudo(text: str) -> str:
    """Give a message in a language that nobody speaks: everything but places is in double brackets and accented."""
    parts = re.split(r"(\{[^}]*\}|<[A-Za-z-]+>)", text)
    return "".join(part if at % 2 else part.translate(str.maketrans("aeiou", "àéîöü")) for at, part in enumerate(parts))


def test_a_message_has_facts_plurals_and_terms() -> None:
    say = Catalogue({"frame.title": "<Run> of {verdict}: {subject|entry|entries}, {seal}"})
    assert say("frame.title", verdict="FINAL", subject=1, seal="x") == "Run of FINAL: 1 entry, x"
    pharma = say.speaking({"run": "batch record"})
    assert pharma("frame.title", verdict="F", subject=2, seal="<b>") == "Batch record of F: 2 entries, <b>"
    assert pharma.markup("frame.title", verdict=element("b", "F"), subject=2, seal="<b>") == (
        "Batch record of <b>F</b>: 2 entries, &lt;b&gt;"
    )
    assert pharma.template("frame.title") == "Batch record of {verdict}: {subject|entry|entries}, {seal}"


def test_a_term_hides_nothing() -> None:
    assert Catalogue().speaking({"run": "a\u202eb"}).term("run") == r"a\u202eb"
    assert Catalogue().speaking({"run": ""})("contents.steps") == "Steps"


def test_an_unknown_message_is_an_error_of_the_program() -> None:
    with pytest.raises(KeyError):
        Catalogue()("no.such")


def test_a_translation_is_read() -> None:
    say = Catalogue.parse(document(messages={"frame.skip": "Zum Inhalt"}, direction="rtl"), NAME)
    assert (say("frame.skip"), say.language, say.direction) == ("Zum Inhalt", "de", "rtl")
    assert say("frame.brand") == ENGLISH["frame.brand"]
    assert say.speaking({}).direction == "rtl"


@pytest.mark.parametrize(
    "data,said",
    [
        (b"{", "is no JSON"),
        (b"\xff", "is no JSON"),
        (b"[]", "members are language, direction and messages"),
        (b'{"language": "de"}', "members are language, direction and messages"),
        (document(language="German"), "use a tag of BCP 47"),
        (document(language=1), "use a tag of BCP 47"),
        (document(direction="up"), "use ltr or rtl"),
        (document(messages=[]), "use an object of texts"),
        (document(messages={"no.such": "x"}), "no.such: no such message"),
        (document(messages={"frame.skip": 1}), "frame.skip: a message is a text"),
        (document(messages={"frame.title": "{verdict}"}), "{seal}, {subject}, {verdict}"),
        (document(messages={"frame.skip": "{x}"}), "are those of the English one: none"),
    ],
)
def test_a_translation_that_does_not_fit_is_refused(data: bytes, said: str) -> None:
    with pytest.raises(CatalogueError, match=re.escape(said)) as refused:
        Catalogue.parse(data, NAME)
    assert str(refused.value).startswith(NAME)


def test_the_english_words_are_a_translation() -> None:
    whole = document(language="en", messages=ENGLISH)
    assert Catalogue.parse(whole, NAME)("frame.brand") == "Flight Recorder"


def test_each_message_can_be_said() -> None:
    """No place is misspelt: each is a fact, a number with its noun, or a term that there is."""
    for key, text in ENGLISH.items():
        hold_to_places(key, text)


def hold_to_places(key: str, text: str) -> None:
    places = re.findall(r"\{([^}]*)\}", text)
    assert all(re.fullmatch(r"[a-z_-]+(\|[^|]*\|[^|]*)?", place) for place in places), key
    assert all(f"term.{name.lower()}" in ENGLISH for name in re.findall(r"<([A-Za-z-]+)>", text))
    assert text.strip() == text != "", key


def test_findings_are_said_in_the_language_of_the_page() -> None:
    """Sentences, phrases in them, and the names of facts behind them, over vectors with all codes."""
    say = Catalogue({key: pseudo(text) for key, text in ENGLISH.items()})
    seen = set()
    for name in a_vector_of_each_kind():
        data, policy, trust, given = vector(name)
        for found in verify(data, policy, trust, **given).findings:
            said = say.sentence(found)
            assert said.startswith(say.brief(found)[:8])
            seen.add(found.code.name)
            for fact, _ in found.facts:
                assert f"fact-name.{fact}" in ENGLISH, fact
    assert len(seen) > 100


def test_what_is_owed_is_said_in_the_language_of_the_page() -> None:
    say = Catalogue({"owed.time": "Zeit."})
    assert say.owed(Owed("time", ())) == "Zeit."
