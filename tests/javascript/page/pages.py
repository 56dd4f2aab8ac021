"""Small pages for the tests of the script: the places that it works with, and of the real page nothing besides.

Their policy is that of the real page, so what it refuses is refused here.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from typing import Any

from opsproof_verify import TrustStore, verify
from opsproof_verify.render.json_report import as_json
from opsproof_verify.view.catalogue import Catalogue
from opsproof_verify.view.data import keys_of
from opsproof_verify.view.html import Markup, element, join
from opsproof_verify.view.script import page_script
from opsproof_verify.view.texts_js import MESSAGES

POLICY = (
    "default-src 'none'; script-src 'sha256-{script}'; style-src 'sha256-{style}'; img-src data:; "
    "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types opsproof-rows"
)
STYLE = """
[hidden] { display: none !important }
body { margin: 0; font: 16px/1.5 sans-serif }
.rows { margin: 0; padding: 0; list-style: none }
.row { padding: 8px }
.is-target { background: #fff0b8 }
.rows.is-window { max-block-size: 80vh; overflow: auto; overflow-anchor: none }
"""
EMPTY_REPORT: dict[str, Any] = {
    "bundle": {"run": None, "seal": None, "appended": None, "entries": 0, "withheld": []},
    "counts": {},
    "findings": [],
    "signoffs": [],
}
NO_KEYS: dict[str, Any] = {"issuers": [], "approvers": [], "witnesses": []}


def row(number: int | str, *content: str, kind: str = "note-added", actor: str = "operator-1", **facts: Any) -> str:
    """Make a row; ``facts`` are its other attributes."""
    attributes = {f"data_{name}": value for name, value in facts.items()}
    return element(
        "li",
        element("a", f"e{number}", href=f"#e{number}"),
        " ",
        *content,
        cls="row",
        id=f"e{number}",
        data_kind=kind,
        data_actor=actor,
        **attributes,
    )


def many_rows(count: int) -> list[str]:
    """Make rows of differing heights, one in a hundred out of the ordinary."""
    forms = [_form(number) for number in range(min(count, _AGAIN))]
    return [forms[number % _AGAIN].replace("NUMBER", str(number)) for number in range(count)]


#: Rows after which all of a row but its number comes again: a multiple of 2, 3, 5, 7 and 100.
_AGAIN = 2_100


def _form(number: int) -> str:
    """Make a row of many, which gets its number in the place of NUMBER."""
    return row(
        "NUMBER",
        element("time", "2026-03-02 06:10:00.000+01:00"),
        " ",
        element("p", f"The reading NUMBER of balance-{number % 7} was recorded. " * (1 + number % 3), cls="says"),
        kind="value-recorded" if number % 2 else "note-added",
        actor=f"operator-{number % 5}",
        step="dispense",
        open=number % 100 == 17,
    )


def bundle_data(bundle: bytes, trust: TrustStore) -> dict[str, Any]:
    """Give what the page says of a bundle: report and keys."""
    return {"report": as_json(verify(bundle, None, trust)), "keys": keys_of(trust)}


def make(path: Path, rows: Iterable[str], *, source: bool = False, bundle: bytes = b"", **more: Any) -> Path:
    """Write a page; with ``source`` its rows stand in a noscript element alone. ``more`` is data, and ``parts``."""
    parts = more.pop("parts", Markup(""))
    script = more.pop("script", page_script())
    messages = {key: Catalogue().template(key) for key in MESSAGES}
    data = {"messages": messages, "report": EMPTY_REPORT, "keys": NO_KEYS}
    data["embedded"] = {"too-large": not bundle, "bytes": len(bundle), "left-out": []}
    text = json.dumps(data | more).replace("<", "\\u003c")
    lines = b"\n".join(base64.b64encode(bundle[at : at + 768]) for at in range(0, len(bundle), 768)).decode()
    policy = POLICY.format(script=_hash(script), style=_hash(STYLE))
    body = _list(list(rows), source=source)
    path.write_text(
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        f"<title>page</title><style>{STYLE}</style></head>\n"
        f"<body><main><h1>page</h1>\n{_controls()}\n{parts}\n{body}</main>\n"
        f'<script type="text/plain" id="opv-bundle">\n{lines}\n</script>\n'
        f'<script type="application/json" id="opv-data">{text}</script>\n<script>{script}</script></body></html>\n',
        encoding="utf-8",
    )
    return path


def _list(rows: list[str], *, source: bool) -> str:
    text = "\n".join(rows)
    if source:
        inert = f'<noscript id="record-source"><ol class="rows">\n{text}\n</ol></noscript>'
        return f'{inert}\n<ol class="rows" id="record"></ol>\n'
    return f'<ol class="rows" id="record">\n{text}\n</ol>\n'


def _hash(text: str) -> str:
    return base64.b64encode(sha256(text.encode()).digest()).decode()


def _select(name: str, *values: str) -> Markup:
    options = [element("option", value or "all", value=value) for value in ("", *values)]
    return Markup(f'<label>{name}<select name="{name}">{join(options)}</select></label>')


def _controls() -> Markup:
    """Give the places that the script knows by their ids and names."""
    radios = [
        Markup(f'<label><input type="radio" name="show" value="{value}"{" checked" * (value == "all")}>{value}</label>')
        for value in ("open", "all")
    ]
    search = Markup('<label>Search<input type="search" name="q"></label>')
    facets = (
        _select("kind", "note-added", "value-recorded"),
        _select("actor", *(f"operator-{number}" for number in range(5))),
        _select("step", "dispense", "weigh"),
        _select("severity", "fail", "provisional", "note"),
    )
    reset = element("button", "Reset", type_="reset")
    return join(
        element("form", search, facets, radios, reset, id="filter", hidden=True),
        element("output", id="filter-count", role="status"),
        _self_check(),
        element("button", "CSV", type_="button", id="export-csv", hidden=True),
        element("button", "JSON", type_="button", id="export-json", hidden=True),
        element("button", "Keys", type_="button", id="keys-open", hidden=True),
        element(
            "dialog",
            element("label", element("input", type_="checkbox", id="keys-on", checked=True), "single keys"),
            element("button", "Close", type_="button"),
            id="keys",
        ),
    )


def _self_check() -> Markup:
    drop = (element("label", "Bundle", for_="drop-input"), element("input", type_="file", id="drop-input"))
    return element(
        "section",
        element("button", "Check", type_="button", id="self-check-run"),
        element("div", id="self-check-result", role="status"),
        element("div", drop, element("div", id="drop-result", role="status"), id="drop"),
        element("button", "Save", type_="button", id="save-bundle", hidden=True),
        id="self-check",
        hidden=True,
    )
