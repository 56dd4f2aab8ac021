"""What never improves a verdict (SPEC 8, 9.11, 9.12), shown on random runs under random policies.

FAIL is worse than PROVISIONAL, PROVISIONAL than FINAL. A stricter policy, a copy that hides something, and what is
appended without being asked for never lead to a better one.
"""

import copy
import random
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from support import worlds
from support.bundles import DAY, START, Subject, base, build, finished, model, policy_of, toml, trust_of

from opsproof_verify import Policy, Report, TrustStore, Verdict, verify
from opsproof_verify.policy_parts import PARAMETERS
from opsproof_verify.policy_tools.differences import compare
from opsproof_verify.policy_tools.relations import Relation
from opsproof_verify.problems import InputError

ORDER = [Verdict.FAIL, Verdict.PROVISIONAL, Verdict.FINAL]
SEEDS = range(6)
WORLDS_A_SEED = 25


def rank(report: Report) -> int:
    return ORDER.index(report.verdict)


def drawn(draw: random.Random, subject: Subject, lax: float = 0.9) -> dict[str, Any]:
    """Draw a policy that is valid; two random rows may shadow one another."""
    while True:
        subject.policy = worlds.policy(draw, lax)
        if read(subject.policy) is not None:
            return dict(subject.policy)


def read(policy: dict[str, Any]) -> Policy | None:
    try:
        return Policy.parse(toml.policy(policy).encode())
    except InputError:
        return None


def judge(subject: Subject, data: bytes, trust: TrustStore, policy: dict[str, Any]) -> Report:
    return verify(data, read(policy), trust, at=subject.at)


# --- stricter policies


def higher(draw: random.Random, policy: dict[str, Any]) -> None:
    """Raise the level of a rule, and of its rows."""
    name = draw.choice(sorted(policy["rules"]))
    setting, levels = policy["rules"][name], worlds.allowed(name)
    for row in (setting, *setting.get("when", [])):
        row["level"] = draw.choice(levels[levels.index(row["level"]) :])
        if row["level"] != "off":
            row.pop("reason", None)


def tighter(draw: random.Random, policy: dict[str, Any]) -> None:
    """Tighten a parameter of a rule."""
    name = draw.choice(sorted(PARAMETERS))
    for parameter, preset in PARAMETERS[name].items():
        setting = policy["rules"][name]
        value: Any = setting.get(parameter, preset)
        if parameter == "members":
            setting[parameter] = ["captured", "copy", "source"]
        elif parameter == "at-once":
            setting[parameter] = sorted({*value, "checked", "step-completed", "note"})
        elif parameter == "min-factors":
            setting[parameter] = min(3, value + 1)
        else:
            setting[parameter] = max(1, value // 3)


def sterner_ruling(draw: random.Random, policy: dict[str, Any]) -> None:
    """Make a row of the rulings stricter."""
    row = draw.choice(policy["rulings"])
    row["ruling"] = draw.choice(worlds.RULINGS[worlds.RULINGS.index(row["ruling"]) :])


def harder_approval(draw: random.Random, policy: dict[str, Any]) -> None:
    """Ask more of an approval."""
    need = draw.choice(policy["approvals"])
    change: dict[str, Any] = draw.choice(
        [
            {"count": need["count"] + 1},
            {"independent-of": ["author", "performer", "checker", "recorder", "sealer"]},
            {"blind": False},
            {"redacted": False},
            {"last-word": True},
            {"meaning": need.get("meaning", "released")},
            {"deadline": min(need.get("deadline", DAY), DAY)},
        ]
    )
    need |= change


def narrower(draw: random.Random, policy: dict[str, Any]) -> None:
    """Narrow who counts, and what a reader may not see."""
    policy |= draw.choice(
        [
            {"unevaluable": "own"},
            {"approvers": "trust"},
            {"retired-keys": "witnessed"},
            {"sealing-roles": ["supervisor"]},
            {"contract-approval": {"count": 2}},
            {"contract-approval": {"count": 1, "roles": ["production"]}},
        ]
    )


STRICTER = [higher, higher, higher, tighter, sterner_ruling, harder_approval, narrower]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_stricter_policy_never_gives_a_better_verdict(seed: int) -> None:
    draw = random.Random(f"stricter {seed}")
    worse: Counter[str] = Counter()
    for _ in range(WORLDS_A_SEED):
        subject = worlds.world(draw)
        policy = drawn(draw, subject)
        data, trust = build(subject), trust_of(subject)
        before = judge(subject, data, trust, policy)
        for _ in range(4):
            stricter = copy.deepcopy(policy)
            change = draw.choice(STRICTER)
            change(draw, stricter)
            if read(stricter) is None:  # a row now says what the rule says anyway
                continue
            after = judge(subject, data, trust, stricter)
            assert rank(after) <= rank(before), (change.__name__, stricter)
            worse[change.__name__] += rank(after) < rank(before)
    assert worse  # that it can matter


@pytest.mark.parametrize("seed", SEEDS)
def test_what_policy_diff_claims_holds(seed: int) -> None:
    """A policy that is called stricter makes nothing FINAL that is not FINAL under the other."""
    draw = random.Random(f"claims {seed}")
    claims: Counter[bool] = Counter()
    for _ in range(WORLDS_A_SEED):
        subject = worlds.world(draw)
        policy = drawn(draw, subject)
        data, trust = build(subject), trust_of(subject)
        before = judge(subject, data, trust, policy).verdict
        for _ in range(3):
            other = copy.deepcopy(policy)
            for change in draw.sample(STRICTER, draw.choice([1, 2])):
                change(draw, other)
            a, b = read(policy), read(other)
            if a is None or b is None:
                continue
            after, relation = judge(subject, data, trust, other).verdict, compare(a, b).relation
            if relation in (Relation.EQUAL, Relation.STRICTER):
                assert (after, before) != (Verdict.FINAL, Verdict.PROVISIONAL), other
                assert (after, before) != (Verdict.FINAL, Verdict.FAIL), other
            claims[relation is not Relation.DIFFERENT] += 1
    assert claims[True] > claims[False]


def test_a_claim_of_authentication_that_begins_to_weigh_hides_no_approval_of_ones_own() -> None:
    """What keeps an approval from counting does not keep it from being looked at."""
    verdicts = []
    for weight in ("note", "provisional"):
        subject, _ = checked_by_the_approver()
        subject.policy["rules"]["signoff.not-authenticated"] = {"level": weight}
        verdicts.append(verify(build(subject), policy_of(subject), trust_of(subject), at=subject.at).verdict)
    assert verdicts == [Verdict.FAIL, Verdict.FAIL]


# --- what is appended


def aware(_: random.Random) -> list[Any]:
    return [base.signoff("aware", "acknowledge", "visitor", "visitor-1")]


def junk_witness(draw: random.Random) -> list[Any]:
    junk = base.witness("junk", target="seal", time=[START + DAY, 0])
    junk.signer = draw.choice(["stranger", "visitor"])
    return [junk]


def beside_the_point(_: random.Random) -> list[Any]:
    """An approval in a role that nobody asks for."""
    return [base.signoff("beside", signer="visitor", person="visitor-1", role="visitor", covers=[1, 2, 3])]


def supply_of_nothing(_: random.Random) -> list[Any]:
    named = {"digest": model.Digest("extra"), "size": len(base.LATE), "media": "text/plain"}
    supply = base.signoff("more", "supply", "visitor", "visitor-1", role="visitor", evidence=[named])
    return [model.Item("extra", 4, body=base.LATE), supply]


def redaction_of_nothing(_: random.Random) -> list[Any]:
    return [
        base.signoff("redact", "redact", "visitor", "visitor-1", role="visitor", withholds=[bytes(32)], text="None.")
    ]


def unknown(_: random.Random) -> list[Any]:
    return [base.signoff("unknown", signer="stranger", person="stranger", role="quality")]


APPENDED: list[Callable[[random.Random], list[Any]]] = [
    aware,
    junk_witness,
    beside_the_point,
    supply_of_nothing,
    redaction_of_nothing,
    unknown,
]


@pytest.mark.parametrize("seed", SEEDS)
def test_what_nobody_asked_for_never_improves_a_verdict(seed: int) -> None:
    draw = random.Random(f"appended {seed}")
    for _ in range(WORLDS_A_SEED):
        subject = worlds.world(draw)
        policy = drawn(draw, subject)
        trust = trust_of(subject)
        before = judge(subject, build(subject), trust, policy)
        for make in draw.sample(APPENDED, 3):
            more = copy.deepcopy(subject)
            more.items += make(draw)
            after = judge(more, build(more), trust, policy)
            assert rank(after) <= rank(before), make.__name__


# --- what is hidden


def hidden(draw: random.Random, subject: Subject) -> Subject | None:
    """Withhold an entry, or take evidence out of a copy; signatures and chain hold."""
    copied = copy.deepcopy(subject)
    labels = {item.label for item in copied.items}
    entries = [
        item.label
        for item in copied.items
        if item.type == 2 and item.inner is None and item.fields["kind"] not in ("run-started", "run-ended")
    ]
    chosen = draw.choice(entries)
    files = [item.label for item in copied.items if item.type == 4]
    if files and draw.random() < 0.4:
        finished.detach(draw.choice(files)).apply(copied)
    else:
        file = chosen.removesuffix("-entry")
        finished.withhold(chosen, evidence=file if chosen.endswith("-entry") and file in labels else None).apply(copied)
    return copied


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_hidden_is_never_final_and_lifts_no_fail(seed: int) -> None:
    draw = random.Random(f"hidden {seed}")
    for _ in range(WORLDS_A_SEED):
        subject = worlds.world(draw)
        policy = drawn(draw, subject)
        if draw.random() < 0.5:
            policy |= {"unevaluable": "own"}
            policy["rules"] |= {"approval.self": {"level": "fail"}, "approval.missing": {"level": "fail"}}
        trust = trust_of(subject)
        before = judge(subject, build(subject), trust, policy)
        for _ in range(3):
            copied = hidden(draw, subject)
            after = judge(copied, build(copied), trust, policy)
            assert after.verdict != Verdict.FINAL
            if policy["unevaluable"] == "own":
                assert rank(after) <= rank(before), [found.code.name for found in before.findings]


STRICT = {"unevaluable": "own"}


def checked_by_the_approver() -> tuple[Subject, str]:
    """The approver has checked the run, and the policy keeps checkers from approving."""
    subject = base.rich()
    subject.item("contract").fields["roster"][2]["person"] = "qa-lead"
    subject.policy = base.policy(**STRICT, rules=base.rules(approval__self={"level": "fail"}))
    subject.policy["approvals"][0]["independent-of"] = ["checker"]
    return subject, "checked"


def deviated_without_the_board() -> tuple[Subject, str]:
    """A deviation asks for an approval by the board, which nobody gave."""
    board = {"id": "board", "role": "production", "when-deviation": {"severity": list(worlds.SEVERITIES)}}
    subject = base.deviated("torn-label", "allow", "minor")
    subject.policy = base.policy(**STRICT, rules=base.rules(approval__missing={"level": "fail"}))
    subject.policy["approvals"].append(board)
    return subject, "raised"


@pytest.mark.parametrize("make", [checked_by_the_approver, deviated_without_the_board])
def test_what_would_fail_an_approval_is_not_lifted_by_hiding_it(make: Callable[[], tuple[Subject, str]]) -> None:
    subject, entry = make()
    assert verify(build(subject), policy_of(subject), trust_of(subject), at=subject.at).verdict == Verdict.FAIL
    finished.withhold(entry).apply(subject)
    report = verify(build(subject), policy_of(subject), trust_of(subject), at=subject.at)
    assert report.verdict == Verdict.FAIL
    unevaluated = {dict(found.subject).get("rule") for found in report.findings if found.code.name.startswith("rule.")}
    assert ("approval.self" if entry == "checked" else "approval.missing") in unevaluated


# --- order


@pytest.mark.parametrize("seed", range(8))
def test_the_order_of_a_policy_file_means_nothing(seed: int) -> None:
    draw = random.Random(f"order {seed}")
    for _ in range(WORLDS_A_SEED):
        subject = worlds.world(draw)
        policy = drawn(draw, subject)
        shuffled = shuffle(draw, policy)
        first, second = read(policy), read(shuffled)
        assert first is not None
        assert second is not None
        assert first.digest == second.digest
        assert Policy.parse_canonical(first.encode()) == first
        data, trust = build(subject), trust_of(subject)
        assert judge(subject, data, trust, policy) == judge(subject, data, trust, shuffled)


def shuffle(draw: random.Random, value: Any, name: str = "") -> Any:
    """Permute everything but the rulings and the rows of a rule."""
    if isinstance(value, dict):
        names = draw.sample(sorted(value), len(value))
        return {one: shuffle(draw, value[one], one) for one in names}
    if isinstance(value, list) and name not in ("rulings", "when"):
        return draw.sample([shuffle(draw, one) for one in value], len(value))
    if isinstance(value, list):
        return [shuffle(draw, one) for one in value]
    return value


def test_worlds_have_all_three_verdicts() -> None:
    """The properties above would hold of runs that all fail."""
    draw = random.Random("spread")
    found: Counter[str] = Counter()
    for _ in range(120):
        subject = worlds.world(draw)
        drawn(draw, subject)
        found[str(verify(build(subject), policy_of(subject), trust_of(subject), at=subject.at).verdict)] += 1
    assert min(found[str(verdict)] for verdict in ORDER) >= 5, found
