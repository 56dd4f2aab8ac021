"""Policies in words, and as JSON (`policy show`)."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from support.policies import Data, policies, written
from test_policy import FULL, LEAST, NEED, RULING

from opsproof_verify import Policy
from opsproof_verify.canonical import decode
from opsproof_verify.cli import main
from opsproof_verify.register import RULES
from opsproof_verify.render.policy_show import WIDTH, render_policy
from opsproof_verify.render.policy_words import duration, either

SHIPPED = sorted(path.stem for path in (Path(__file__).parent.parent / "policies").glob("*.toml"))


#: What is said of the policy of `test_policy`, part by part.
SAID = """\
Unjudged what cannot be judged leaves the bundle PROVISIONAL

Approvers people of the trust file, and of the run's own roster

Retired keys keep what a witness shows to have been signed before

Seal by those of the roles that the contract names that are lead or operator

2 people of the trust file in the role production or quality, other than its author

At most 5 entries of an actor may wait for its signature. Signed before the same actor's next entry: checked
and released. But in a critical step, by an agent or a device: FAIL. Otherwise, in a step tagged gmp: off
(Signed elsewhere.).

Late is what is written more than 90 seconds afterwards.

OFF: NOT LOOKED AT, AND WHY trust.stale Air-gapped.

none may be left open. Serves a; b.

first: 64 people in the role production, of the trust file or the run's roster, or by a delegation from there.
Needed only if there are 2 deviations or more of severity critical or major or if work was done by an agent.
The signature states the meaning "made". Anybody, also the author of the contract and who did the work. What
is supplied, remediated or attested afterwards leaves it standing. It counts also if the signer has not looked
at a report. It counts also if the copy lacked entries or evidence. It covers deviations for the reason
mix-... (any that begins so), and nothing else; no other approval covers them. Due within 5 days after the
seal. Serves Site procedure 17.

second: 1 person in the role quality

Not the author of the contract, who checked a step, who performed a step nor who sealed the run. The signer
has seen the approval first.

Each person serves one approval only.

1. A deviation in a critical step, of severity critical or major, for the reason mix-up or spill... (any that
begins so): block: work stops

2. A deviation in no critical step: allow: nothing more is asked.

3. Any other deviation: review: work goes on"""


def shown(text: str) -> str:
    return " ".join(render_policy(Policy.parse(text.encode())).split())


@pytest.mark.parametrize("name", SHIPPED)
def test_each_shipped_policy_is_shown_in_80_columns_with_each_rule(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["policy", "show", name]) == 0
    text = capsys.readouterr().out
    assert text.startswith(f"POLICY {name} ")
    assert max(map(len, text.splitlines())) <= WIDTH
    lines = {line.split()[0] for line in text.splitlines() if line.startswith("  ") and not line.startswith("   ")}
    assert RULES.keys() <= lines


def test_all_of_a_policy_is_said() -> None:
    text = shown(FULL)
    for part in SAID.split("\n\n"):
        assert " ".join(part.split()) in text
    assert "FIXED" not in text


def test_a_policy_without_approvals_says_so_and_that_nothing_is_final() -> None:
    text = shown(LEAST + '[serves]\n"chain.broken-link" = ["Clause 1"]\n' + RULING)
    assert "No approval is always needed: under this policy no bundle is FINAL." in text
    assert "APPROVALS AFTER THE SEAL None." in text
    assert "FIXED: NO POLICY CHANGES THESE chain.broken-link" in text
    assert "Serves Clause 1." in text
    assert "PROVISIONAL: OPEN" not in text
    assert "1 person of the trust file in any role" in text
    assert "Seal by the roles that the contract names" in text


def test_conditions_are_said_in_words() -> None:
    when = 'steps = ["mix", "fill*"]\nroles = ["qa", "lead"]\nkinds = ["human"]\nlevel = "note"\n'
    rule = '[rules."step.unknown"]\nlevel = "fail"\n[[rules."step.unknown".when]]\n'
    work = NEED + "when-work = { }\nwhen-deviation = { }\nindependent-of = [ 'recorder' ]\nserves = ['Clause 2']\n"
    text = shown(LEAST + rule + when + work + RULING)
    assert (
        "But in step fill... (any that begins so) or mix, by somebody in the role lead or qa, by a human: note." in text
    )
    assert "Needed only if there is a deviation or if work was done." in text
    assert "Not who wrote an entry, or answers for an agent or device that did." in text
    assert "Serves Clause 2." in text


def test_hostile_text_is_made_visible() -> None:
    evil = "\u202e\u200bx"  # what TOML and a line allow
    text = shown(
        LEAST.replace('"P"', f'"{evil}"') + f'[rules."time.repeated"]\nlevel = "off"\nreason = "{evil}"\n'
        '[[rules."time.repeated".when]]\ncritical = true\n'
        f'level = "off"\nreason = "{evil}2"\n{NEED}serves = ["{evil}"]\n{RULING}'
        f'[serves]\n"step.unknown" = ["{evil}"]\n'
    )
    assert "\u202e" not in text
    assert text.count("\\u202e\\u200bx") == 5


@given(policies())
@settings(deadline=None, max_examples=15)
def test_any_policy_is_shown_in_80_columns(data: Data) -> None:
    policy = Policy.parse(written(data).encode())
    text = render_policy(policy)
    assert max(map(len, text.splitlines())) <= WIDTH
    assert text == render_policy(Policy.parse_canonical(policy.encode()))


def test_the_canonical_form_is_shown_as_json(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    (tmp_path / "p.toml").write_text(FULL)
    assert main(["policy", "show", str(tmp_path / "p.toml"), "--format", "json"]) == 0
    form = json.loads(capfdbinary.readouterr().out)
    policy = Policy.parse(FULL.encode())
    assert form == {"format": "opsproof-policy/1", "digest": policy.digest.hex(), "policy": decode(policy.encode())}


def test_words() -> None:
    assert [either(["a", "b", "c"][:size]) for size in range(4)] == ["", "a", "a or b", "a, b or c"]
    assert [duration(ms) for ms in (1, 1_500, 60_000, 7_200_000, 86_400_000)] == [
        "1 millisecond",
        "1500 milliseconds",
        "1 minute",
        "2 hours",
        "1 day",
    ]
