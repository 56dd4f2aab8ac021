"""Scenes of the Flight Recorder's page from bundles of the vectors, and what is asked of a part's markup."""

from __future__ import annotations

import io
import json
from functools import cache
from typing import Any

from opsproof_verify import Report, verify
from opsproof_verify.view.catalogue import Catalogue
from opsproof_verify.view.html import Markup
from opsproof_verify.view.scene import Scene
from opsproof_verify.view.story import EvidenceStory, Story
from opsproof_verify.view.telling import tell

from .bundles import BUNDLES, Subject, build, check, vector
from .markup import Tree


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


def read(markup: Markup) -> Tree:
    """Read a part of the page, whose first heading is one of the second level; give its ids and links."""
    tree = Tree(markup)
    assert tree.levels[0] == 2
    return tree


@cache
def a_vector_of_each_kind() -> tuple[str, ...]:
    """Give the first vector of each set of codes that vectors expect, by verdict: a few hundred of all of them."""
    kinds: dict[tuple[str, tuple[str, ...]], str] = {}
    for folder in sorted(BUNDLES.iterdir()):
        expected = json.loads((folder / "vector.json").read_text(encoding="utf-8"))["expect"]
        codes = tuple(sorted({code for code, _ in expected["findings"]}))
        kinds.setdefault((expected["verdict"], codes), folder.name)
    return tuple(kinds.values())
