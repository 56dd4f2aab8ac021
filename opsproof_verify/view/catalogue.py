"""The words of the page: messages by key, in one language, with the terms of the domain pack (ADR 31).

In a message ``{name}`` is a fact, ``{count|entry|entries}`` a number with its noun, ``<run>`` what the trade calls a
run and ``<Run>`` the same with a capital. What a record says is never a message, so it is never translated.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from opsproof_verify.findings import Finding
from opsproof_verify.render.escape import printable
from opsproof_verify.render.messages import brief, owing, sentence
from opsproof_verify.report import Owed
from opsproof_verify.view.html import Content, Markup, join
from opsproof_verify.view.texts import ENGLISH

_PLACE = re.compile(r"\{([a-z_-]+)(?:\|([^}|]*)\|([^}|]*))?\}|<([A-Za-z][a-z-]*)>")
_TERM = re.compile(r"<([A-Za-z][a-z-]*)>")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")


class CatalogueError(Exception):
    """A catalogue cannot be used; says which message, and what to do."""


class Catalogue:
    """Messages in one language; what a translation lacks is English."""

    def __init__(
        self, translated: Mapping[str, str] | None = None, *, language: str = "en", direction: str = "ltr"
    ) -> None:
        """Take messages by key; those of ``ENGLISH`` stand in for the others."""
        self._messages = {**ENGLISH, **(translated or {})}
        self._terms: Mapping[str, str] = {}
        self.language = language
        self.direction = direction

    @classmethod
    def parse(cls, data: bytes, name: str) -> Catalogue:
        """Read a translation; raise :class:`CatalogueError` where it is none, or does not fit the English messages."""
        try:
            document = json.loads(data)
        except ValueError as error:
            raise CatalogueError(f"{name} is no JSON: {error}; begin with `view --list-messages`") from None
        if not isinstance(document, dict) or document.keys() != {"language", "direction", "messages"}:
            raise CatalogueError(
                f"{name}: members are language, direction and messages, as `view --list-messages` writes"
            )
        language, direction, messages = document["language"], document["direction"], document["messages"]
        if not isinstance(language, str) or not _LANGUAGE.fullmatch(language):
            raise CatalogueError(f"{name}: language: use a tag of BCP 47 such as `de` or `pt-BR`")
        if direction not in ("ltr", "rtl"):
            raise CatalogueError(f"{name}: direction: use ltr or rtl")
        if not isinstance(messages, dict):
            raise CatalogueError(f"{name}: messages: use an object of texts by key")
        for key, text in messages.items():
            _check(name, key, text)
        return cls(messages, language=language, direction=direction)

    def speaking(self, terms: Mapping[str, str]) -> Catalogue:
        """Give the same catalogue with the terms of a domain pack."""
        made = Catalogue(self._messages, language=self.language, direction=self.direction)
        made._terms = terms
        return made

    def __call__(self, key: str, /, **facts: str | int) -> str:
        """Give a message as text; an unknown key is an error of the program (``KeyError``)."""
        return "".join(str(one) for one in self._pieces(self._messages[key], facts))

    def markup(self, key: str, **facts: Content | int) -> Markup:
        """Give a message as markup, with facts that may be markup."""
        return join(
            self._pieces(self._messages[key], {k: str(v) if isinstance(v, int) else v for k, v in facts.items()})
        )

    def template(self, key: str) -> str:
        """Give a message whose facts the page's script fills in: terms are there, places stay."""
        return _TERM.sub(lambda place: self._term(place[1]), self._messages[key])

    def term(self, key: str) -> str:
        """Give what the trade calls something, else the plain word."""
        own = self._terms.get(key)
        return self._messages[f"term.{key}"] if own is None else printable(own)

    def sentence(self, found: Finding) -> str:
        """Give the sentence about a finding."""
        return sentence(found, self._translate)

    def brief(self, found: Finding) -> str:
        """Give the sentence about a finding without the facts that it has no place for."""
        return brief(found, self._translate)

    def owed(self, owed: Owed) -> str:
        """Give the sentence about something that is owed."""
        return owing(owed, self._translate)

    def _term(self, name: str) -> str:
        """Give a term as a message names it: with a capital, if the name has one."""
        word = self.term(name.lower())
        return word if name[0].islower() else word[:1].upper() + word[1:]

    def _translate(self, key: str, english: str) -> str:
        return self._messages.get(key, english)

    def _pieces(self, text: str, facts: Mapping[str, Any]) -> list[Content]:
        """Give the parts of a message in their order, places filled."""
        made: list[Content] = []
        end = 0
        for place in _PLACE.finditer(text):
            name, one, many, term = place.groups()
            made.append(text[end : place.start()])
            if term is not None:
                made.append(self._term(term))
            else:
                value = facts[name.replace("-", "_")]
                made += [value] if one is None else [f"{value} ", *self._pieces(one if str(value) == "1" else many, {})]
            end = place.end()
        return [*made, text[end:]]


def _check(name: str, key: str, text: object) -> None:
    """Refuse a message that the page has no place for, or that lacks a fact of the English one."""
    if key not in ENGLISH:
        raise CatalogueError(f"{name}: {key}: no such message; remove it, or compare with `view --list-messages`")
    if not isinstance(text, str):
        raise CatalogueError(f"{name}: {key}: a message is a text")
    wanted, found = (sorted({place[1] for place in _PLACE.finditer(one) if place[1]}) for one in (ENGLISH[key], text))
    if wanted != found:
        named = ", ".join(f"{{{one}}}" for one in wanted) or "none"
        raise CatalogueError(f"{name}: {key}: the places in a message are those of the English one: {named}")
