"""The JavaScript verifier as files: modules that know their siblings alone, and are small enough to be read."""

import itertools
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
HOME = ROOT / "opsproof_verify/view/js"
SOURCES = sorted(HOME.glob("*.js"))


#: What reaches outside of a module, or is not the same every time.
REACHING = (
    r"(?<![.\w])(import\(|Function\(|(require|process|globalThis|window|document|fetch|eval|Date|Math\.random)\b)"
)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_a_module_knows_its_siblings_alone(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    code = re.sub(r"//.*", "", re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL))
    names = re.findall(r'(?:\bfrom|\bimport) "([^"]*)"', code)
    assert all(name.startswith("./") and (path.parent / name).is_file() for name in names)
    assert len(names) == len(re.findall(r"\bimport\b", code))
    assert not re.search(REACHING, code)
    assert text.startswith("// ")
    assert len(text.splitlines()) <= 300
    assert max(map(len, text.splitlines())) <= 120


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_what_is_exported_says_its_types(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    for before, line in itertools.pairwise(lines):
        if re.match(r"export (async )?(function|class)", line):
            assert before.endswith("*/"), line


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_functions_are_short(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    functions = re.findall(r"^(?:export )?(?:async )?function .*?^\}$", text, re.MULTILINE | re.DOTALL)
    methods = re.findall(r"^  (?:async |static |get )*\w+\([^\n]*\) \{$.*?^  \}$", text, re.MULTILINE | re.DOTALL)
    assert functions or methods or path.name in {"names.js", "rules.js"}
    assert max((len(one.splitlines()) for one in functions + methods), default=0) <= 40


def test_the_page_about_them_names_each() -> None:
    page = (HOME / "README.md").read_text(encoding="utf-8")
    assert set(re.findall(r"`(\w+\.js)`", page)) == {path.name for path in SOURCES}
