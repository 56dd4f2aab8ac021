"""What stands above the record: search and choices, exports, the keys; and the check that the page makes of itself.

All of it works with the page's script alone, which shows it; without a script the record is there in whole.
"""

from __future__ import annotations

from collections.abc import Iterable

from opsproof_verify.contract import MAX_STEPS
from opsproof_verify.register import Severity
from opsproof_verify.render.escape import printable
from opsproof_verify.view.facets import ROW_KINDS
from opsproof_verify.view.html import Content, Markup, element, join
from opsproof_verify.view.scene import Scene

#: The single keys that the script listens to, and Escape, which the browser does.
_KEYS = ("j", "k", "n", "p", "/", "?", "Esc")

_Option = tuple[str, str]  # what the script compares, and what a person reads


def filters(scene: Scene) -> Markup:
    """Give what stands between the heading of the record and its rows."""
    say = scene.say
    return join(
        element("p", say("record.lead"), cls="lead"),
        element("p", say("record.claimed"), cls="muted"),
        _form(scene),
        element("output", id="filter-count", cls="count", role="status"),
        element(
            "p",
            _button("export-csv", say("record.export-csv")),
            " ",
            _button("export-json", say("record.export-json")),
            " ",
            _button("keys-open", say("keys.open")),
            cls="tools",
        ),
        keys(scene),
    )


def _form(scene: Scene) -> Markup:
    """Give the form by which rows are chosen."""
    say, story = scene.say, scene.story
    kinds = [(kind, _kind(scene, kind)) for kind in ROW_KINDS if kind in story.kinds]
    actors = [(actor, _actor(scene, actor)) for actor in sorted(story.speakers)]
    steps = [(id_, _step(scene, id_)) for id_ in [*story.steps][:MAX_STEPS]]
    weights = [(str(one), say(f"record.severity-{one}")) for one in reversed(Severity)]
    search = element("input", type_="search", name="q", id="filter-q", autocomplete="off", spellcheck="false")
    return element(
        "form",
        element("p", element("label", say("record.search"), for_="filter-q"), " ", search),
        _choice(scene, "kind", kinds),
        _choice(scene, "actor", actors, record=True),
        _choice(scene, "step", steps, record=True),
        _choice(scene, "severity", weights),
        element(
            "fieldset",
            element("legend", say("record.show")),
            _radio("open", say("record.show-open")),
            _radio("all", say("record.show-all"), checked=True),
        ),
        element("p", element("button", say("record.reset"), type_="reset")),
        id="filter",
        role="search",
        aria_label=say("record.filter"),
        hidden=True,
    )


def _choice(scene: Scene, name: str, options: Iterable[_Option], *, record: bool = False) -> Markup:
    """Give a list to choose from, in which the first option is all; ``record`` says that it offers names of it."""
    every = element("option", scene.say("record.any"), value="")
    rows = [element("option", text, value=value, translate="no" if record else None) for value, text in options]
    select = element("select", every, rows, name=name, id=f"filter-{name}")
    return element("p", element("label", scene.say(f"record.{name}"), for_=f"filter-{name}"), " ", select)


def _radio(value: str, text: str, *, checked: bool = False) -> Markup:
    return element("label", element("input", type_="radio", name="show", value=value, checked=checked), " ", text)


def _kind(scene: Scene, kind: str) -> str:
    """Name a kind of row, as rows do."""
    text = scene.say("kind.unreadable-record" if kind == "unreadable" else f"kind.{kind}")
    return text[:1].upper() + text[1:]


def _actor(scene: Scene, actor: str) -> str:
    """Name an actor by printed name and identifier."""
    member = scene.member(actor)
    return actor if member is None or member.name == actor else f"{printable(member.name)} ({actor})"


def _step(scene: Scene, step: str) -> str:
    """Name a step by its title and its identifier."""
    told = scene.story.steps[step].step
    return step if told is None else f"{printable(told.title)} ({step})"


def keys(scene: Scene) -> Markup:
    """Give the help about single keys, and the switch that turns them off (WCAG 2.1.4)."""
    say = scene.say
    names = {"/": "slash", "?": "question", "Esc": "escape"}
    rows = [
        element(
            "tr",
            element("th", element("kbd", key, translate="no"), scope="row"),
            element("td", say(f"keys.{names.get(key, key)}")),
        )
        for key in _KEYS
    ]
    heads = element("tr", [element("th", say(f"keys.head-{name}"), scope="col") for name in ("key", "does")])
    table = element("table", element("thead", heads), element("tbody", rows), cls="grid", aria_labelledby="keys-title")
    switch = element("label", element("input", type_="checkbox", id="keys-on", checked=True), " ", say("keys.on"))
    return element(
        "dialog",
        element("h3", say("keys.title"), id="keys-title"),
        table,
        element("p", switch),
        element("p", element("button", say("keys.close"), type_="button")),
        id="keys",
        aria_labelledby="keys-title",
    )


def self_check(scene: Scene) -> Markup:
    """Give the section in which the page checks itself, and a bundle that somebody drops on it."""
    say, command = scene.say, element("code", "opsproof-verify check", translate="no")
    return element(
        "section",
        element("h2", say("self-check.title"), id="self-check-title"),
        element("p", say("self-check.what"), cls="lead"),
        element("p", say.markup("self-check.not", command=command), cls="callout is-open"),
        element("p", element("button", say("self-check.run"), type_="button", id="self-check-run")),
        element("div", id="self-check-result", role="status"),
        element(
            "div",
            element("h3", element("label", say("self-check.drop"), for_="drop-input")),
            element("p", say("self-check.drop-what")),
            element("input", type_="file", id="drop-input"),
            element("div", id="drop-result", role="status"),
            id="drop",
            cls="card",
        ),
        element("p", _button("save-bundle", say("self-check.save")), " ", say("self-check.save-what")),
        id="self-check",
        cls="part",
        aria_labelledby="self-check-title",
        hidden=True,
    )


def _button(ident: str, text: Content) -> Markup:
    """Give a button that the script shows."""
    return element("button", text, type_="button", id=ident, hidden=True)
