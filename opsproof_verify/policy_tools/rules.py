"""Where rules and rulings of two policies differ, decided by trying each sort of matter."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from opsproof_verify.policy import Policy
from opsproof_verify.policy_parts import Level, RuleSetting, Ruling
from opsproof_verify.policy_tools.matters import sorts
from opsproof_verify.policy_tools.relations import Case, Changed, Relation, RulePart, RulingsPart, relation, together
from opsproof_verify.records import RULINGS
from opsproof_verify.register import RULES, Severity
from opsproof_verify.selectors import Matter, Selector

#: Levels by what they do to a verdict: a note does nothing, like a rule that is off (SPEC 9.2-2).
RANK: dict[Severity | None, int] = {None: 0, Severity.NOTE: 0, Severity.PROVISIONAL: 1, Severity.FAIL: 2}

#: Parameters of which a greater number is stricter; of the other numbers a smaller one is. Of lists, the longer.
_MORE = frozenset({"min-factors"})

#: Parameters that also change at which entry a violation is found, and so which row of `when` decides.
_MOVING = frozenset({"max-waiting", "max-same"})


def weighty(setting: RuleSetting) -> bool:
    """Tell whether a violation can change a verdict."""
    return RANK[setting.strictest] > 0


def compare_rules(a: Policy, b: Policy) -> tuple[RulePart, ...]:
    """Give the rules in which two policies differ, in the order of their names."""
    pairs = ((rule, a.rules[rule], b.rules[rule]) for rule in RULES)
    return tuple(sorted((_rule(*pair) for pair in pairs if pair[1] != pair[2]), key=lambda part: part.rule))


def _rule(rule: str, a: RuleSetting, b: RuleSetting) -> RulePart:
    """Compare the settings of one rule."""
    tried = sorts([row.where for row in (*a.when, *b.when)], RULES[rule].selects)
    parameters = tuple(_parameter(name, a, b) for name in a.parameters if a.parameters[name] != b.parameters[name])
    if tried is None:
        return RulePart(rule, Relation.DIFFERENT, (), parameters, told=False)
    pairs = [(RANK[a.level_of(one)], RANK[b.level_of(one)]) for one in tried]
    if any(one.name in _MOVING for one in parameters) and (a.when or b.when):
        of_a, of_b = zip(*pairs, strict=True)
        pairs = [(low, high) for low in of_a for high in of_b]
    levels = relation(
        b_holds=all(one <= other for one, other in pairs) and RANK[a.strictest] <= RANK[b.strictest],
        a_holds=all(one >= other for one, other in pairs) and RANK[a.strictest] >= RANK[b.strictest],
    )
    parts = [levels, *(one.relation for one in parameters)]
    cases = _cases(tried, a.when, b.when, a.level_of, b.level_of)
    return RulePart(rule, together(parts), cases, parameters)


def _parameter(name: str, a: RuleSetting, b: RuleSetting) -> Changed:
    """Compare a parameter; under a rule that changes no verdict it changes none."""
    one, other = a.parameters[name], b.parameters[name]
    if not (weighty(a) and weighty(b)):
        return Changed(name, one, other, Relation.EQUAL)
    if isinstance(one, tuple):
        less, more = set(one) <= set(other), set(one) >= set(other)
    else:
        less, more = one <= other, one >= other
        if name not in _MORE:
            less, more = more, less
    return Changed(name, one, other, relation(b_holds=less, a_holds=more))


def compare_rulings(a: Policy, b: Policy) -> RulingsPart | None:
    """Give where two policies rule differently on deviations; None if their tables are the same."""
    if a.rulings == b.rulings:
        return None
    tried = sorts([row.where for row in (*a.rulings, *b.rulings)], "deviation")
    if tried is None:
        return RulingsPart(Relation.DIFFERENT, (), a.rulings, b.rulings)
    pairs = [(RULINGS.index(a.ruling(one)), RULINGS.index(b.ruling(one))) for one in tried]
    known = relation(
        b_holds=all(one <= other for one, other in pairs), a_holds=all(one >= other for one, other in pairs)
    )
    cases = _cases(tried, a.rulings, b.rulings, a.ruling, b.ruling)
    return RulingsPart(known, cases, a.rulings, b.rulings)


def _cases(
    tried: Sequence[Matter],
    a_rows: Sequence[Level | Ruling],
    b_rows: Sequence[Level | Ruling],
    a_of: Callable[[Matter], Severity | str | None],
    b_of: Callable[[Matter], Severity | str | None],
) -> tuple[Case, ...]:
    """Give what is treated differently, once for each pair of rows that decide."""
    found: dict[Case, None] = {}
    for one in tried:
        if a_of(one) != b_of(one):
            found.setdefault(Case(a_of(one), b_of(one), deciding(a_rows, one), deciding(b_rows, one)))
    return tuple(found)


def deciding(rows: Sequence[Level | Ruling], matter: Matter) -> Selector | None:
    """Give the conditions of the row that decides on a matter; None if no row does, or one without a condition."""
    where = next((row.where for row in rows if row.where.holds(matter)), None)
    return where if where is not None and where.conditions else None
