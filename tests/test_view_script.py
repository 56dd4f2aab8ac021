"""The page's script: joined from modules without a change, and its parts that touch no page."""

import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from javascript import mutants
from javascript.adapter import Node
from javascript.page.asking import Asking

from opsproof_verify import TrustStore, verify
from opsproof_verify.container import FrameType
from opsproof_verify.render import csv_form, json_form
from opsproof_verify.render.json_report import as_json
from opsproof_verify.view.data import keys_of
from opsproof_verify.view.script import join, page_script
from opsproof_verify.view.texts_js import MESSAGES

ROOT = Path(__file__).parent.parent
VIEW = ROOT / "opsproof_verify/view"
SOURCES = sorted((VIEW / "page").glob("*.js"))
BUNDLES = ROOT / "testvectors/bundles"

pytestmark = pytest.mark.xdist_group("javascript")


@pytest.fixture(scope="module")
def page() -> Iterator[Asking]:
    asking = Asking()
    yield asking
    assert asking.end() == 0


def joined(**modules: str) -> str:
    """Join modules of a folder named `a`, which begin with `main.js`."""
    texts = {f"a/{name.replace('_', '-')}.js": text for name, text in modules.items()}
    return join("a/main.js", texts.__getitem__)


# --- joining


def test_modules_stand_behind_what_they_import_each_once() -> None:
    text = joined(
        main='import { b as c,\n  d } from "./b.js";\nimport * as e from "./e.js";\nconsole.log(c, d, e);\n',
        b='import { e } from "./e.js";\nexport const b = e;\nexport function d() {}\n',
        e="export const e = 1;\nexport class F {}\n",
    )
    assert text == (
        '(function () {\n"use strict";\n'
        "// ---- a/e.js\nconst $a_e = (function () {\nconst e = 1;\nclass F {}\n"
        "return Object.freeze({ __proto__: null, e, F });\n})();\n"
        "// ---- a/b.js\nconst $a_b = (function () {\nconst { e } = $a_e;\nconst b = e;\nfunction d() {}\n"
        "return Object.freeze({ __proto__: null, b, d });\n})();\n"
        "// ---- a/main.js\nconst $a_main = (function () {\nconst { b: c,\n  d } = $a_b;\nconst e = $a_e;\n"
        "console.log(c, d, e);\nreturn Object.freeze({ __proto__: null });\n})();\n"
        "return $a_main;\n})();\n"
    )


def test_modules_may_stand_in_a_folder_beside() -> None:
    texts = {"a/main.js": 'import { b } from "../other/b-c.js";\nb();\n', "other/b-c.js": "export const b = 1;\n"}
    assert "const { b } = $other_b_c;" in join("a/main.js", texts.__getitem__)


REFUSED = {
    "default": ("const a = 1;\nexport default a;\n", "2: only named imports"),
    "list": ("const a = 1;\nexport { a };\n", "2: only named imports"),
    "taken apart": ("export const { a } = b;\n", "1: only named imports"),
    "for its effect": ('import "./b.js";\n', "1: only named imports"),
    "dynamic": ("async function a() {\n  return import('./b.js');\n}\n", "2: this import cannot be joined"),
    "indented": ("  export const a = 1;\n", "1: this export cannot be joined"),
    "meta": ("const a = import.meta.url;\n", "1: this import cannot be joined"),
    "await": ("const a = await b();\n", "1: a module cannot await"),
    "await within": ("const a = {\n  b: await c(),\n};\n", "2: a module cannot await"),
    "elsewhere": ('import { b } from "https://example.org/b.js";\n', "1: https://example.org/b.js is not a module"),
    "above": ('import { b } from "../../b.js";\n', "1: ../../b.js is not a module"),
    "missing": ('\nimport { b } from "./b.js";\n', "2: there is no a/b.js"),
    "not exported": ('import { d } from "./c.js";\n', "1: a/c.js exports no d"),
    "circle": ('import { f } from "./f.js";\nexport const a = 1;\n', "a/f.js:1: a/main.js imports this"),
    "end of the script": ("const a = '<\\/b';\nconst c = '</Script>';\n", "2: </Script cannot stand"),
    "comment of the page": ("const a = 1;\n// <!-- \n", "2: <!-- cannot stand"),
    "end of a comment": ("while (a --> 0) b();\n", "1: --> cannot stand"),
    "open text": ("const a = 'b;\n", "1: ' is not closed"),
    "open comment": ("/* a\n", "1: /* is not closed"),
    "template within a template": ("const a = `${b(`c`)}`;\n", "1: ` is not closed, or holds another template"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_joined_is_refused_with_its_place(name: str) -> None:
    text, what = REFUSED[name]
    with pytest.raises(ValueError, match="a/") as refusal:
        joined(main=text, c="export const e = 1;\n", f='import { a } from "./main.js";\nexport const f = a;\n')
    assert what in str(refusal.value)
    assert str(refusal.value).startswith("a/")


@pytest.mark.parametrize(
    "text",
    [
        "const a = 'export default import';\n",
        "// import b\n/* export\nimport */\nf();\n",
        "const a = /[/'\"`]\\/import/.test(b) / 2 / c;\n",
        "const a = `import ${b} \\` $ await`;\n",
        "const importKey = a.import_;\n",
        "const f = async () => {\n  await b;\n};\n",
        'const a = "it\'s \\" // not a comment";\n',
        "function f(a) {\n  return /'/.test(a);\n}\n",
    ],
)
def test_what_only_looks_like_more_is_left_as_it_is(text: str) -> None:
    assert f"(function () {{\n{text}return" in joined(main=text)


def test_the_script_is_the_modules() -> None:
    text = page_script()
    assert text == page_script()
    assert set(re.findall(r"^// ---- page/(.*)$", text, re.MULTILINE)) == {path.name for path in SOURCES}
    assert not re.search(r"</script|<!--|-->", text, re.IGNORECASE)
    for path in SOURCES:
        kept = re.sub(r'^import [^"]*"[^"]*";$', "", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
        pieces = [one for one in re.sub("^export ", "", kept, flags=re.MULTILINE).split("\n\n") if "$" not in one]
        assert all(one.strip() in text for one in pieces), path.name


def test_the_joined_verifier_answers_as_its_modules_do(page: Asking, node: Node, tmp_path: Path) -> None:
    script = tmp_path / "joined.js"
    script.write_text(join("js/verify.js", lambda name: (VIEW / name).read_text(encoding="utf-8")), encoding="utf-8")
    for folder in sorted(BUNDLES.iterdir())[::25]:
        path, keys = str(folder / "bundle.opb"), keys_of(TrustStore.load(folder / "trust.toml"))
        wanted = node.ask(cmd="verify", bundle=path, keys=keys, evidence=None)
        del wanted["progress"]
        assert page(cmd="joined", script=str(script), path=path, keys=keys) == wanted, folder.name


# --- modules as files

#: What could send something, read the clock, or make code or markup of text.
REACHING = (
    r"\b(?:fetch|XMLHttpRequest|WebSocket|EventSource|sendBeacon|RTCPeerConnection|eval|Intl|Worker|Date|performance"
    r"|random|innerHTML|insertAdjacentHTML|document\.write\w*|toLocale\w+|(?<=\.)style)\b"
    r"|\bFunction\(|\bouterHTML\s*=(?!=)"
)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_a_module_is_small_and_reaches_nowhere(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    code = re.sub(r"//.*", "", re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL))
    assert re.findall(REACHING, code) == (["innerHTML", "style", "style"] if path.name == "window.js" else [])
    assert text.startswith("// ")
    assert len(text.splitlines()) <= 300
    assert max(map(len, text.splitlines())) <= 120
    for before, line in itertools.pairwise(text.splitlines()):
        if re.match(r"export (async )?(function|class)", line):
            assert before.endswith("*/"), line
    functions = re.findall(r"^(?:export )?(?:async )?function .*?^\}$", text, re.MULTILINE | re.DOTALL)
    methods = re.findall(r"^  (?:async |static |get )*\w+\([^\n]*\) \{$.*?^  \}$", text, re.MULTILINE | re.DOTALL)
    assert max((len(one.splitlines()) for one in functions + methods), default=0) <= 40


def test_each_text_is_said_and_all_that_is_said_is_a_text() -> None:
    code = "".join(path.read_text(encoding="utf-8") for path in SOURCES)
    said = set(re.findall(r'"(js\.[\w.-]+)"', code))
    parts = {f"js.part.{name}" for name in re.findall(r'(?:part|guarded)\("([\w-]+)"', code)}
    [listed] = re.findall(r"@returns .*unclear.*", code)
    relations = {f"js.drop.{name}" for name in re.findall(r'"(\w+)"', listed)}
    facts = {f"js.differs.{name}" for name in ("run", "seal", "entries", "withheld", "contract", "appended")}
    findings = {f"js.differs.only-{which}{at}" for which in ("here", "report") for at in ("", "-at")}
    appended = {f"js.drop.only-{one}-{kind}" for one in ("page", "file") for kind in ("signoff", "witness")}
    words = {"js.good", "js.bad", "js.open"}
    assert said | parts | relations | facts | findings | appended | words == set(MESSAGES)


# --- rows, addresses, sheets

ROW = (
    '<li class="row is-bad" id="e17" data-kind="value-recorded" data-actor="operator-1&quot;&gt;" data-step="weigh" '
    'data-severity="fail" data-open><a href="#e17">e17</a><time>2026-03-02 06:10:00.000+01:00</time>'
    '<div class="more says"><div>net <bdi>12.5</bdi> g &amp; <b>l</b>ot</div>'
    'a<span class="hidden-char" title="U+202E">\\u202e</span>b</div>'
    '<span class="found-here"> <a href="#finding-3"><span class="badge is-bad"><span class="shape" aria-hidden="true">✕'
    '</span> value.invalid</span></a> <a href="#finding-4">step.unknown</a></span></li>'
)
SOURCE = "\n".join(['<ol class="rows">', ROW, *(f'<li class="row" id="e{n}">Note {n}</li>' for n in (18, 19)), "</ol>"])


def test_a_row_is_read_from_its_line(page: Asking) -> None:
    assert page(cmd="facts", line=ROW) == {
        "id": "e17",
        "kind": "value-recorded",
        "actor": 'operator-1">',
        "step": "weigh",
        "severity": "fail",
        "open": True,
    }
    assert page(cmd="facts", line='<li class="row" id="e1">')["open"] is False
    assert page(cmd="facts", line="no row")["id"] == ""
    text = "e17 2026-03-02 06:10:00.000+01:00 net 12.5 g & lot a\\u202eb value.invalid step.unknown"
    assert page(cmd="text", line=ROW) == text
    assert page(cmd="text", line='<p>&#x41;&#66;&unknown;&nbsp;c</p><p title=">">d') == "AB&unknown; c d"
    assert page(cmd="part", line=ROW, name="says").startswith("<div>net")
    assert page(cmd="part", line=ROW, name="says").endswith("b")
    assert page(cmd="part", line=ROW, name="row") is not None
    assert page(cmd="part", line=ROW, name="no-such") is None


@pytest.mark.parametrize(
    "state, wanted",
    [
        ({}, [0, 1, 2]),
        ({"q": "NOTE 1"}, [1, 2]),
        ({"q": "19 note"}, [2]),
        ({"q": "✕"}, []),
        ({"q": "class"}, []),
        ({"q": "12.5 G & lot"}, [0]),
        ({"show": "open"}, [0]),
        ({"show": "all"}, [0, 1, 2]),
        ({"severity": "fail", "step": "weigh"}, [0]),
        ({"actor": "operator-2"}, []),
    ],
)
def test_rows_are_found(page: Asking, state: dict[str, str], wanted: list[int]) -> None:
    assert page(cmd="matching", source=SOURCE, state=state) == wanted


@pytest.mark.parametrize(
    "hash_, target, state",
    [
        ("", "", None),
        ("#e17", "e17", None),
        ("#e17&show=all", "e17", {"show": "all"}),
        ("#q=a%20b%26c&actor=operator-1", "", {"q": "a b&c", "actor": "operator-1"}),
        ("#q=%zz", "", {"q": "%zz"}),
        ("#step-a.b&other=1", "step-a.b", None),
    ],
)
def test_an_address_says_place_and_filter(page: Asking, hash_: str, target: str, state: Any) -> None:
    assert page(cmd="parse", hash=hash_) == {"target": target, "state": state}
    if state is None or "%zz" in hash_:
        return
    assert page(cmd="parse", hash=page(cmd="format", target=target, state=state)) == {"target": target, "state": state}


def test_a_sheet_is_as_the_command_writes_it(page: Asking) -> None:
    texts = ["=1+1", " @x", "a;-b", '"q"', "a,b", "'a", "plain", " edge ", "\uff1dwide", "1.5", "-5", "x" * 40_000, ""]
    ours = page(cmd="cells", texts=texts)
    for text, cell in zip(texts, ours, strict=True):
        if len(text) < csv_form.LONGEST:
            assert cell == csv_form.cell(csv_form.Printed(text)), text
    assert ours[-2] == "x" * csv_form.LONGEST + "..."
    [pair] = page(cmd="cells", texts=["x" * (csv_form.LONGEST - 1) + "\U0001f512" * 9])
    assert pair == "x" * (csv_form.LONGEST - 1) + "..."
    assert page(cmd="sheet", source=SOURCE, shown=[0, 2]) == (
        "id,time,kind,actor,step,text,findings\r\n"
        'e17,2026-03-02 06:10:00.000+01:00,value-recorded,"operator-1"">",weigh,net 12.5 g & lot a\\u202eb,'
        "value.invalid step.unknown\r\n"
        "e19,,,,,Note 19,\r\n"
    )


def test_a_report_is_written_as_the_command_writes_it(page: Asking) -> None:
    folder = BUNDLES / "rich-every-kind"
    report = as_json(verify(folder / "bundle.opb", None, TrustStore.load(folder / "trust.toml")))
    odd = {"b": [], "a": {}, "10": 1, "2": [True, None, '\x00\x7f"\\\n\u2028\U0001f512'], "text": "\u00e9"}
    for value in (report, odd):
        assert page(cmd="document", value=value) == json_form.encode(value).decode()  # type: ignore[arg-type]


@pytest.mark.parametrize("size", [0, 1, 767, 768, 769, 900_000])
def test_lines_of_base64_are_decoded_in_pieces(page: Asking, size: int) -> None:
    data = bytes(number * 7 % 256 for number in range(size))
    assert page(cmd="decode", text=page.lines(data)) == data.hex()


# --- the page and its report


@pytest.mark.untraced
def test_every_other_vector_agrees_with_its_report(page: Asking) -> None:
    differing = {}
    for folder in sorted(BUNDLES.iterdir())[::2]:
        trust = TrustStore.load(folder / "trust.toml")
        report = as_json(verify(folder / "bundle.opb", None, trust))
        own = {"path": str(folder / "bundle.opb"), "keys": keys_of(trust)}
        found = page(cmd="differences", own=own, report=report)
        if found:
            differing[folder.name] = found
    assert differing == {}


def told(page: Asking, vector: str, change: Any, bundle: str | None = None) -> set[str]:
    """Change a report and give the differences to its bundle, or another one."""
    folder = BUNDLES / vector
    trust = TrustStore.load(folder / "trust.toml")
    report: Any = as_json(verify(folder / "bundle.opb", None, trust))
    change(report)
    own = {"path": str(BUNDLES / (bundle or vector) / "bundle.opb"), "keys": keys_of(trust)}
    return {f"{one['what']} {one['facts'].get('code', '')}" for one in page(cmd="differences", own=own, report=report)}


def test_what_differs_is_told(page: Asking) -> None:
    def bent(report: Any) -> None:
        report["bundle"] |= {"run": None, "seal": "00", "appended": "11", "entries": 9, "withheld": [[1, 2]]}
        report["contract"]["hash"] = "22"
        report["findings"] += [
            {"code": "signature.invalid", "subject": {"frame": 5}},
            {"code": "seal.missing", "subject": {}},
            {"code": "step.unfinished", "subject": {}},
        ]

    facts = {f"js.differs.{name} " for name in ("run", "seal", "appended", "entries", "withheld", "contract")}
    found = {"js.differs.only-report-at signature.invalid", "js.differs.only-report seal.missing"}
    assert told(page, "minimal", bent) == facts | found
    assert told(page, "minimal", lambda report: report) == set()


def test_evidence_that_is_not_here_is_no_difference(page: Asking) -> None:
    def wrong(report: Any) -> None:
        report["findings"].append({"code": "evidence.wrong-size", "subject": {"frame": frame}})

    kinds = [kind for kind, _ in mutants.split((BUNDLES / "evidence-absent/bundle.opb").read_bytes())]
    frame = kinds.index(FrameType.ABSENT) + 1
    assert told(page, "evidence-absent", wrong) == set()
    frame = 3
    assert told(page, "evidence-absent", wrong) == {"js.differs.only-report-at evidence.wrong-size"}


# --- a bundle given, and that of the page


def related(page: Asking, own: bytes | None, given: bytes, folder: Path, tmp_path: Path) -> str:
    """Give the relation of a bundle to that of a page, whose report is about the page's or, if it has none, that."""
    trust = TrustStore.load(folder / "trust.toml")
    paths = {"own": tmp_path / "own.opb", "given": tmp_path / "given.opb"}
    paths["own"].write_bytes(own or b"")
    paths["given"].write_bytes(given)
    asked = {name: {"path": str(path), "keys": keys_of(trust)} for name, path in paths.items()}
    report = as_json(verify(own or (folder / "bundle.opb").read_bytes(), None, trust))
    answer: str = page(cmd="relation", own=asked["own"] if own else None, given=asked["given"], report=report)
    return answer


def test_a_bundle_is_told_from_others(page: Asking, tmp_path: Path) -> None:
    folder = BUNDLES / "minimal-supplied"
    data = (folder / "bundle.opb").read_bytes()
    frames = mutants.split(data)
    kinds = [kind for kind, _ in frames]
    seal = kinds.index(FrameType.SEAL)
    unsealed, unsigned = (mutants.join(data, frames[:end]) for end in (seal, seal + 1))
    shorter = mutants.join(data, frames[: seal - 1])
    resealed = mutants.join(data, [*frames[:seal], (6, frames[seal][1][:-1] + b"\x00"), *frames[seal + 1 :]])
    first = mutants.join(data, [*frames[: seal - 1], (2, b"other")])
    other = (BUNDLES / "rich-every-kind/bundle.opb").read_bytes()
    rows: list[tuple[bytes | None, bytes, str]] = [
        (data, data, "same"),
        (data, unsigned, "appended"),
        (data, unsealed, "earlier"),
        (data, shorter, "earlier"),
        (shorter, unsealed, "later"),
        (unsealed, data, "later"),
        (unsealed, unsealed, "same"),
        (data, resealed, "fork"),
        (unsealed, first, "fork"),
        (data, other, "other"),
        (data, data[:-10], "torn"),
        (data, shorter[:-10], "torn"),
        (unsealed[:-10], unsealed[:-10], "same"),
        (None, data, "same"),
        (None, unsigned, "appended"),
        (None, unsealed, "unclear"),
        (None, other, "other"),
    ]
    found = [related(page, own, given, folder, tmp_path) for own, given, _ in rows]
    assert found == [wanted for _, _, wanted in rows]
