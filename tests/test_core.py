"""What the trusted core is: small, alone, and in step with SPEC."""

import ast
import re
import sys
import tomllib
from pathlib import Path

from opsproof_verify.register import CODES, NOT_EVALUATED, RULES, Remedy, Severity

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "opsproof_verify"
#: What tells of a verdict and may be deleted without changing one: ADR 11.
OUTSIDE_CORE = {
    "__init__.py",
    "__main__.py",
    "assemble.py",
    "cli",
    "owed.py",
    "problems.py",
    "render",
    "report.py",
    "verify.py",
    "workers",
}
MOST_LINES = 3_000
ALLOWED = {"cbor2", "cryptography", "opsproof_verify"}
SPEC = (ROOT / "SPEC.md").read_text(encoding="utf-8")


def core() -> list[Path]:
    """List the files of floors 0 to 4: all but what may be deleted without changing a verdict."""
    return [path for path in sorted(PACKAGE.rglob("*.py")) if path.relative_to(PACKAGE).parts[0] not in OUTSIDE_CORE]


def statements(source: str) -> int:
    """Count logical lines of code: statements, whatever their layout, imports and docstrings aside."""
    return sum(
        isinstance(node, ast.stmt)
        and not isinstance(node, ast.Import | ast.ImportFrom)
        and not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
        for node in ast.walk(ast.parse(source))
    )


def test_statements_are_counted_whatever_their_layout() -> None:
    source = '"""Doc."""\nimport re\nx = 1  # counts\n\ndef f():\n    """Doc."""\n    return (\n        1\n    )\n'
    assert statements(source) == 3


def test_the_trusted_core_has_at_most_3000_lines_of_code() -> None:
    count = sum(statements(path.read_text(encoding="utf-8")) for path in core())
    assert count <= MOST_LINES


def imported(path: Path) -> set[str]:
    """Give the packages that a file imports."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, path
            names.add(str(node.module).split(".")[0])
    return names


def test_the_verifier_imports_the_standard_library_and_two_packages() -> None:
    found = set().union(*(imported(path) for path in PACKAGE.rglob("*.py")))
    assert found - sys.stdlib_module_names == ALLOWED


def test_the_core_does_not_reach_for_clock_network_or_environment() -> None:
    """SPEC 9.1-1: nothing but the arguments has an influence."""
    found = set().union(*(imported(path) for path in core()))
    assert (
        found & {"time", "socket", "ssl", "urllib", "http", "random", "secrets", "locale", "subprocess", "sqlite3"}
        == set()
    )
    for path in core():
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"os\.environ|getenv|\.now\(|utcnow|today\(|getcwd", text), path


def test_the_wheel_requires_those_two() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert sorted(re.split(r"[<>=!~ ;\[]", one)[0] for one in project["dependencies"]) == ["cbor2", "cryptography"]


def test_each_requirement_of_spec_is_defined_once() -> None:
    defined = re.findall(r"^- \[(OPV-[0-9.]+-[0-9]+)\]", SPEC, re.MULTILINE)
    assert len(defined) > 200
    assert [one for one in sorted(set(defined)) if defined.count(one) > 1] == []


def test_each_clause_of_the_register_is_defined_in_spec() -> None:
    defined = set(re.findall(r"^- \[OPV-([0-9.]+-[0-9]+)\]", SPEC, re.MULTILINE))
    assert {code.clause for code in CODES.values()} - defined == set()


def test_each_clause_that_the_code_cites_is_defined_in_spec() -> None:
    defined = set(re.findall(r"^- \[OPV-([0-9.]+-[0-9]+)\]", SPEC, re.MULTILINE))
    cited = {}
    for path in core():
        for clause in re.findall(r"(?<![0-9.^])([0-9]+(?:\.[0-9]+)?-[0-9]+)(?![0-9.])", " ".join(comments(path))):
            cited[clause] = path.name
    assert {clause: name for clause, name in cited.items() if clause not in defined} == {}


def comments(path: Path) -> list[str]:
    """Give what a file says about itself: comments that cite SPEC, and docstrings."""
    source = path.read_text(encoding="utf-8")
    tree = ast.parse(source)
    nodes = (ast.Module, ast.ClassDef, ast.FunctionDef)
    documented = [ast.get_docstring(node) or "" for node in ast.walk(tree) if isinstance(node, nodes)]
    lines = [line.split("#", 1)[1] for line in source.splitlines() if "#" in line]
    return [text for text in (*documented, *lines) if "SPEC" in text]


def test_the_order_of_codes_is_that_of_phases_and_clauses() -> None:
    orders = [code.order for code in CODES.values()]
    assert {phase for phase, _ in orders} == set(range(1, 9))
    assert (CODES["label.missing"].order, CODES["signoff.duplicate"].order) == ((1, 1), (8, 1))
    assert len({(code.order, code.name) for code in CODES.values()}) == len(CODES)


def test_rules_have_no_severity_of_their_own_and_stop_nothing() -> None:
    assert [code.name for code in RULES.values() if code.severity is not None or code.stops] == []
    assert [code.name for code in CODES.values() if code.severity is None and code.name not in RULES] == [
        NOT_EVALUATED.name
    ]


def test_what_is_provisional_by_itself_can_be_mended_or_says_that_it_cannot() -> None:
    hopeless = [
        code.name for code in CODES.values() if code.severity is Severity.PROVISIONAL and code.remedy is Remedy.NONE
    ]
    assert hopeless == ["policy.never-final"]
