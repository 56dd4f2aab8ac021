"""What the trusted core is: small, alone, and in step with SPEC."""

import ast
import re
import sys
import tomllib
from pathlib import Path

import pytest

from opsproof_verify.register import CODES, NOT_EVALUATED, RULES, Remedy, Severity

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "opsproof_verify"
#: Bounds on the trusted core, in statements: ADR 13, 19, 26, 27 and 29.
MOST_MACHINERY = 3_650
MOST_A_RULE = 10
MOST_QUICK = 450
MOST_MEMORY = 525
MOST_SIGNED = 120
MOST_IN_ALL = 5_070 + MOST_SIGNED
#: What only makes it quick, and what only keeps its memory small: without them the verdict would be the same.
QUICK = {"attestations", "batches", "compiled", "hashing", "pool", "source", "stretches"}
MEMORY = {"compact", "coverable", "items", "memory", "passes", "recall"}
#: What holds a trust file to the key that must have signed it, before there is any verdict (ADR 27).
SIGNED = {"sshsig", "trust_signature"}
MOST_LINES_A_FUNCTION = 40
ALLOWED = {"cbor2", "cryptography", "opsproof_verify"}
SPEC = (ROOT / "SPEC.md").read_text(encoding="utf-8")


def module_of(path: Path) -> str:
    """Give the name under which a file is imported."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


FILES = {module_of(path): path for path in sorted(PACKAGE.rglob("*.py"))}


def core() -> list[Path]:
    """List the files of the trusted core: `judge` and all that it imports, directly or not (ADR 13)."""
    found: set[str] = set()
    waiting = {"opsproof_verify.judge"}
    while waiting:
        found |= waiting
        nodes = (node for name in waiting for node in ast.walk(ast.parse(FILES[name].read_text(encoding="utf-8"))))
        froms = [node for node in nodes if isinstance(node, ast.ImportFrom)]
        named = {str(node.module) for node in froms}
        named |= {f"{node.module}.{alias.name}" for node in froms for alias in node.names}
        waiting = (named & FILES.keys()) - found - {"opsproof_verify"}
    return [FILES[name] for name in sorted(found)]


def rules_and_machinery() -> tuple[list[Path], list[Path]]:
    """Part the core into the rules and what they run on, without what only makes it quick and small in memory."""
    files = core()
    rules = [path for path in files if path.parent == PACKAGE / "rules"]
    return rules, [path for path in files if path not in rules and path.stem not in QUICK | MEMORY | SIGNED]


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


def size(files: list[Path]) -> int:
    """Count the statements of some files."""
    return sum(statements(path.read_text(encoding="utf-8")) for path in files)


def test_the_trusted_core_is_what_a_verdict_is_made_of() -> None:
    names = {module_of(path).removeprefix("opsproof_verify.") for path in core()}
    assert {"judge", "intake", "rules.steps", "ed25519", "canonical", "problems"} <= names
    assert {
        name for name in names if name.split(".")[0] in ("verify", "report", "owed", "render", "cli", "compare")
    } == set()
    assert {path.name for path in (PACKAGE / "rules").glob("*.py")} == {path.name for path in rules_and_machinery()[0]}


def test_the_machinery_under_the_rules_stays_small() -> None:
    _, machinery = rules_and_machinery()
    assert size(machinery) <= MOST_MACHINERY


def test_a_rule_stays_small() -> None:
    rules, _ = rules_and_machinery()
    nodes = (node for path in rules for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    found = {node.value for node in nodes if isinstance(node, ast.Constant) and node.value in RULES}
    assert len(found) > 25
    assert size(rules) <= MOST_A_RULE * len(found)


@pytest.mark.parametrize(
    "names, most",
    [(QUICK, MOST_QUICK), (MEMORY, MOST_MEMORY), (SIGNED, MOST_SIGNED)],
    ids=["quick", "memory", "signed"],
)
def test_what_makes_it_quick_and_small_in_memory_stays_small(names: set[str], most: int) -> None:
    files = [path for path in core() if path.parent == PACKAGE and path.stem in names]
    assert {path.stem for path in files} == names
    assert size(files) <= most


def test_the_trusted_core_as_a_whole_stays_small() -> None:
    assert size(core()) <= MOST_IN_ALL


def test_each_function_of_the_core_is_read_at_a_glance() -> None:
    long = [
        f"{path.name}: {node.name}"
        for path in core()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno >= MOST_LINES_A_FUNCTION
    ]
    assert long == []


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


def test_each_rule_stands_in_rules_and_is_a_function_of_its_own() -> None:
    """A function finds one rule at most; what counts, and what a copy lacks, is found where it is seen."""
    named: dict[str, set[str]] = {}
    for path in sorted((PACKAGE / "rules").glob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef):
                calls = (call for call in ast.walk(node) if isinstance(call, ast.Call) and call.args)
                yielded = [call.args for call in calls if getattr(call.func, "id", "") in ("on", "about", "_flawed")]
                rules = {arg.value for args in yielded for arg in args[:2] if isinstance(arg, ast.Constant)}
                named[f"{path.stem}.{node.name}"] = {str(rule) for rule in rules}
    assert {name: rules for name, rules in named.items() if len(rules) > 1} == {}
    assert set().union(*named.values()) == set(RULES) - {"evidence.absent"}  # found where frames are read
