"""The requirement matrix: it is what the generator writes, and nothing in it leads nowhere."""

import copy
import importlib
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from support.bundles import ROOT

from opsproof_verify.register import CODES, RULES

sys.path.insert(0, str(ROOT / "docs"))
matrix: Any = importlib.import_module("requirements")
facts_of: Any = importlib.import_module("matrix_facts")

UNASKED = "{}: no candidate asks for it, and docs/candidates.toml does not say why it is there"
GROUPS = {"LEP": 8, "TML": 12, "ACT": 7, "EVD": 8, "DEV": 7, "SIG": 10, "RVW": 3, "AGT": 3}


@pytest.fixture(scope="module")
def facts() -> Any:
    return facts_of.gather()


def test_nothing_leads_nowhere(facts: Any) -> None:
    assert facts_of.orphans(facts) == []


@pytest.mark.parametrize("page", ["docs/requirements.md", "docs/sources.md", "policies/README.md"])
def test_the_pages_are_what_the_generator_writes(facts: Any, page: str) -> None:
    written = (ROOT / page).read_text(encoding="utf-8")
    assert written == matrix.pages(facts)[page], "run python docs/requirements.py"


@pytest.mark.parametrize("arguments, status", [(["--check", "twice"], 2), (["--write"], 2)])
def test_the_command_refuses_what_it_does_not_know(arguments: list[str], status: int) -> None:
    command = [sys.executable, str(ROOT / "docs/requirements.py"), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (status, "usage: python docs/requirements.py [--check]\n")


def test_the_command_names_what_is_wrong(
    facts: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = copy.deepcopy(facts)
    wrong.candidates["LEP-01"]["checks"] = "Something else"
    wrong.negatives["step.unknown"] = []
    monkeypatch.setattr(matrix, "gather", lambda: wrong)
    assert matrix.main(["--check"]) == 1
    told = capsys.readouterr().out
    assert "orphan: step.unknown: no vector expects it\n" in told
    assert "different: docs/requirements.md; run python docs/requirements.py" in told
    assert "different: docs/sources.md" not in told


def test_every_candidate_is_there_and_three_are_undecidable(facts: Any) -> None:
    wanted = [f"{group}-{number:02}" for group, count in GROUPS.items() for number in range(1, count + 1)]
    assert list(facts.candidates) == wanted
    left_out = [name for name, row in facts.candidates.items() if "undecidable" in row]
    assert left_out == ["ACT-07", "EVD-08", "SIG-09"]
    assert "[OPV-8.7-2] No rule asks what no file can decide" in (ROOT / "SPEC.md").read_text(encoding="utf-8")


def test_every_code_has_a_row() -> None:
    text = (ROOT / "docs/requirements.md").read_text(encoding="utf-8")
    assert [name for name in CODES if f"\n| `{name}` | {CODES[name].clause} | " not in text] == []


def test_drafts_and_superseded_documents_are_called_so(facts: Any) -> None:
    status = {name: row["status"] for name, row in facts.documents.items()}
    assert set(status.values()) == {"adopted", "guidance", "draft", "superseded"}
    for name, document in facts.documents.items():
        for label, row in document["clauses"].items():
            assert ("draft" in label) == (status[name] == "draft"), label
            assert (row["read"] == "name") == (label == name or label in ("ICH Q9(R1)", "FAA AC 120-78B")), label
            assert label.startswith(name.removesuffix("Part-145").strip()), label


def test_no_page_names_a_place_that_only_its_writers_have() -> None:
    for page in ("docs/requirements.md", "docs/sources.md", "docs/sources.toml", "docs/candidates.toml"):
        text = (ROOT / page).read_text(encoding="utf-8")
        assert not any(word in text for word in ("/work", "/tmp", "stored public", "users.md")), page  # noqa: S108


def unsourced(facts: Any) -> None:
    facts.served["21 CFR 1.1"] = [facts_of.Served("baseline", "step.unknown")]


def switched_off(facts: Any) -> None:
    facts.served["21 CFR 11.70"] = [facts_of.Served("integrity-only", "step.unknown")]


def unserved(facts: Any) -> None:
    del facts.served["21 CFR 11.70"]


def unread(facts: Any) -> None:
    facts.clauses["21 CFR 11.70"]["read"] = "perhaps"


def unspecified(facts: Any) -> None:
    facts.spec.remove("9.10-3")


def unshown(facts: Any) -> None:
    facts.positives["step.unknown"] = []


def untested(facts: Any) -> None:
    facts.negatives["step.unknown"] = facts.tests["step.unknown"] = []


def unasked(facts: Any) -> None:
    facts.beyond.clear()


def unmet(facts: Any) -> None:
    facts.candidates["LEP-06"]["codes"] = []


def misnamed(facts: Any) -> None:
    facts.candidates["LEP-06"]["codes"] = ["step.skip-unexplained", "step.forgotten"]


def unset(facts: Any) -> None:
    facts.candidates["LEP-06"]["settings"] = ["approvals.colour"]


def unused(facts: Any) -> None:
    for need in (need for policy in facts.profiles.values() for need in policy.approvals):
        object.__setattr__(need, "deadline", None)


@pytest.mark.parametrize("break_it, told", [
    (unsourced, ["21 CFR 1.1: served by baseline, and not in docs/sources.toml"]),
    (switched_off, ["21 CFR 11.70: served by step.unknown, which integrity-only has off"]),
    (unserved, ["21 CFR 11.70: in docs/sources.toml, and no profile serves it"]),
    (unread, ["21 CFR 11.70: nobody says what was read of it"]),
    (unspecified, ["step.unknown: SPEC has no clause 9.10-3"]),
    (unshown, ["step.unknown: no sound vector shows its other side"]),
    (untested, ["step.unknown: no test", "step.unknown: no vector expects it"]),
    (unasked, [UNASKED.format("trust.stale")]),
    (unmet, ["LEP-06: nothing meets it, and there is no reason", UNASKED.format("step.skip-unexplained")]),
    (misnamed, ["step.forgotten: named in docs/candidates.toml, and no code of SPEC 10"]),
    (unset, ["LEP-06: approvals.colour is no setting of a policy"]),
    (unused, ["SIG-05: no profile uses approvals.deadline"]),
], ids=lambda value: getattr(value, "__name__", ""))  # fmt: skip
def test_what_leads_nowhere_is_named(facts: Any, break_it: Callable[[Any], None], told: list[str]) -> None:
    broken = copy.deepcopy(facts)
    break_it(broken)
    assert sorted(set(facts_of.orphans(broken)) - set(facts_of.orphans(facts))) == sorted(told)


def test_every_rule_is_asked_for_or_explained(facts: Any) -> None:
    asked = {code for row in facts.candidates.values() for code in row.get("codes", ())}
    assert set(RULES) - asked == set(facts.beyond)
