"""Scenes of the Flight Recorder's page from bundles of the vectors, and what is asked of a part's markup."""

from __future__ import annotations

import io
import json
import re
from html.parser import HTMLParser
from typing import Any

from opsproof_verify import Report, verify
from opsproof_verify.view.catalogue import Catalogue
from opsproof_verify.view.html import Markup
from opsproof_verify.view.scene import Scene
from opsproof_verify.view.story import EvidenceStory, Story
from opsproof_verify.view.telling import tell

from .bundles import BUNDLES, Subject, build, check, vector

_VOID = frozenset({"br", "col", "hr", "img", "input", "link", "meta", "wbr"})


def told(data: bytes, report: Report, others: tuple[Report, ...] = ()) -> Scene:
    """Give the scene of a bundle and its report."""

    def content(item: EvidenceStory) -> bytes | None:
        return data[item.place[0] : sum(item.place)] if item.place else None

    return Scene(report, tell(io.BytesIO(data)), Catalogue(), content, others)


def of_vector(name: str, *, at: bool = True) -> Scene:
    """Give the scene of a vector; without its verification time if ``at`` is False."""
    data, policy, trust, given = vector(name)
    return told(data, verify(data, policy, trust, **(given if at else given | {"at": None})))


def of_subject(subject: Subject) -> Scene:
    """Give the scene of a subject of the vectors' library."""
    return told(build(subject), check(subject))


def of(report: Report, story: Story | None = None, **more: Any) -> Scene:
    """Give the scene of a report and a story made by hand."""
    return Scene(report, story or Story(), Catalogue(), lambda _: None, **more)


def again(scene: Scene) -> Scene:
    """Give the scene of a story that was changed."""
    return Scene(scene.report, scene.story, Catalogue(), scene.content, scene.others)


class _Reader(HTMLParser):
    """Reads markup, and refuses what is not closed in order or has an id twice."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: set[str] = set()
        self.levels: list[int] = []
        self.links: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _VOID:
            self.open.append(tag)
        for name, value in attrs:
            if name == "id":
                assert value is not None
                assert value not in self.ids, f"id {value} stands there twice"
                self.ids.add(value)
            if name == "href" and value:
                self.links.add(value[1:])
        if re.fullmatch("h[1-6]", tag):
            self.levels.append(int(tag[1]))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def read(markup: Markup) -> _Reader:
    """Read a part: balanced, no id twice, headings without gaps; give its ids and links."""
    reader = _Reader()
    reader.feed(markup)
    reader.close()
    assert not reader.open
    assert reader.levels[0] == 2
    assert all(later <= before + 1 for before, later in zip(reader.levels, reader.levels[1:], strict=False))
    return reader


def text(markup: str) -> str:
    """Give the text of markup in one line, without tags."""
    plain = re.sub(r"<[^>]*>", "", markup)
    for name, char in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&#39;", "'"), ("&amp;", "&")):
        plain = plain.replace(name, char)
    return re.sub(r"\s+", " ", plain).strip()


def a_vector_of_each_kind() -> list[str]:
    """Give the first vector of each set of codes that vectors expect, by verdict: a few hundred of all of them."""
    kinds: dict[tuple[str, tuple[str, ...]], str] = {}
    for folder in sorted(BUNDLES.iterdir()):
        expected = json.loads((folder / "vector.json").read_text(encoding="utf-8"))["expect"]
        codes = tuple(sorted({code for code, _ in expected["findings"]}))
        kinds.setdefault((expected["verdict"], codes), folder.name)
    return list(kinds.values())
