"""Search and choices over the record, the keys, and the check that the page makes: as the script takes them."""

from __future__ import annotations

import re

from support.markup import Tree
from test_view_rows import facets, ids, rows_of, scene_of, words

from opsproof_verify.view.catalogue import Catalogue
from opsproof_verify.view.facets import ROW_KINDS
from opsproof_verify.view.parts.filters import filters, keys, self_check
from opsproof_verify.view.scene import Scene
from opsproof_verify.view.story import Story


def options(markup: str, name: str) -> dict[str, str]:
    """Give what a list offers: what it compares, and what a person reads."""
    found = re.search(f'<select name="{name}" id="filter-{name}">(.*?)</select>', markup)
    assert found is not None
    return {value: words(text) for value, text in re.findall('<option value="([^"]*)"[^>]*>(.*?)</option>', found[1])}


def test_all_that_rows_hold_can_be_chosen() -> None:
    scene, data = scene_of("rich-every-kind")
    heads = [facets(line) for line in rows_of(scene, data)]
    made = filters(scene)
    for name in ("kind", "actor", "step"):
        offered = options(made, name)
        assert next(iter(offered.items())) == ("", "All")
        assert {head[f"data-{name}"] for head in heads if f"data-{name}" in head} <= offered.keys()
    assert list(options(made, "severity")) == ["", "fail", "provisional", "note"]
    assert list(options(made, "kind"))[1:] == [kind for kind in ROW_KINDS if kind in scene.story.kinds]
    assert options(made, "actor")["agent-1"] == "Robot (agent-1)"
    assert options(made, "actor")["qa-lead"] == "qa-lead"
    assert options(made, "step")["weigh"] == "Weigh the filling (weigh)"


def test_what_the_script_looks_for_is_there_and_hidden() -> None:
    scene, _ = scene_of("rich-every-kind")
    made = filters(scene)
    Tree(made)
    assert {"filter", "filter-count", "export-csv", "export-json", "keys-open", "keys", "keys-on"} <= set(ids(made))
    for tag in ('<form id="filter"', '<button type="button" id="export-csv"', '<button type="button" id="keys-open"'):
        assert re.search(f"{tag}[^>]* hidden>", made), tag
    assert re.findall('<input type="radio" name="show" value="([a-z]+)"( checked)?>', made) == [
        ("open", ""),
        ("all", " checked"),
    ]
    assert '<input type="search" name="q"' in made
    assert '<button type="reset">' in made
    for ident in re.findall('<label for="([^"]+)"', made):
        assert ident in ids(made)


def test_the_self_check_says_what_it_is_not() -> None:
    scene, _ = scene_of("rich-every-kind")
    made = self_check(scene)
    Tree(made)
    assert re.match('<section id="self-check" class="part" aria-labelledby="self-check-title" hidden>', made)
    assert {"self-check-run", "self-check-result", "drop", "drop-input", "drop-result", "save-bundle"} <= set(ids(made))
    assert made.count('role="status"') == 2
    assert "It does not replace the command" in words(made)
    assert '<label for="drop-input">' in made


def test_the_keys_are_told_with_the_switch_that_turns_them_off() -> None:
    scene, _ = scene_of("rich-every-kind")
    made = keys(scene)
    assert re.findall("<kbd[^>]*>(.*?)</kbd>", made) == ["j", "k", "n", "p", "/", "?", "Esc"]
    assert '<input type="checkbox" id="keys-on" checked>' in made
    assert made.startswith('<dialog id="keys" aria-labelledby="keys-title">')


def test_names_of_a_hostile_record_are_text() -> None:
    scene, _ = scene_of("rich-every-kind")
    member = scene.story.actors["agent-1"]
    object.__setattr__(member, "name", "</option><script>\u202e")
    made = filters(scene)
    Tree(made)
    assert "&lt;/option&gt;&lt;script&gt;\\u202e (agent-1)" in made


def test_a_record_that_cannot_be_read_has_its_filter() -> None:
    """A step that the contract does not have goes by its identifier."""
    scene, _ = scene_of("rich-every-kind")
    story = Story(kinds={"unreadable"}, speakers={"b", "a"}, steps={"odd": scene.story.steps["weigh"]})
    story.steps["odd"].step = None
    made = filters(Scene(scene.report, story, Catalogue(), lambda _: None))
    assert options(made, "kind") == {"": "All", "unreadable": "Not readable"}
    assert options(made, "actor") == {"": "All", "a": "a", "b": "b"}
    assert options(made, "step") == {"": "All", "odd": "odd"}
