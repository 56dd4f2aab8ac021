"""What became of each rule: not evaluated, not run and what stopped it, off and why, passed (SPEC 11)."""

from __future__ import annotations

from collections.abc import Iterator

from opsproof_verify.register import CODES, NOT_EVALUATED
from opsproof_verify.report import Outcome, RuleOutcome
from opsproof_verify.view.html import Content, Markup, element, join
from opsproof_verify.view.parts.layout import fold, grid, row
from opsproof_verify.view.scene import Scene

#: Rules that could not be evaluated and stand open; more are folded, since their findings stand above.
_OPEN = 10

#: Outcomes as badges have them.
_STATES = {
    Outcome.PASSED: "good",
    Outcome.VIOLATED: "bad",
    Outcome.NOT_EVALUATED: "off",
    Outcome.OFF: "off",
    Outcome.NOT_RUN: "off",
}


def put_rules(scene: Scene, placed: set[str]) -> Iterator[Content]:
    """Give the rules by outcome; ``placed`` are those that have their place already, with their findings."""
    by: dict[Outcome, list[RuleOutcome]] = {}
    for one in scene.report.rules:
        by.setdefault(one.outcome, []).append(one)
    yield from _blind(scene, by.get(Outcome.NOT_EVALUATED, []), placed)
    yield from _not_run(scene, by.get(Outcome.NOT_RUN, []), placed)
    yield from _off(scene, by.get(Outcome.OFF, []), placed)
    elsewhere = [one for one in by.get(Outcome.VIOLATED, []) if one.rule not in placed]
    for key, rules in (("violated-elsewhere", elsewhere), ("passed", by.get(Outcome.PASSED, []))):
        if rules:
            yield fold(scene.say(f"why.{key}", count=len(rules)), _table(scene, f"why.{key}", rules, placed))
    if scene.report.checks:
        yield fold(scene.say("why.checks", count=len(scene.report.checks)), _checks(scene))


def _blind(scene: Scene, rules: list[RuleOutcome], placed: set[str]) -> Iterator[Content]:
    """Give the rules that could not be evaluated, each with its reason."""
    if not rules:
        return
    say = scene.say
    found = {dict(one.finding.subject).get("rule"): one for one in scene.findings if one.finding.code is NOT_EVALUATED}
    rows = []
    for rule in rules:
        one = found.get(rule.rule)
        reason = scene.link(f"finding-{one.number}", say.brief(one.finding)) if one else say("why.blind-unlisted")
        rows.append(_item(scene, rule, reason, placed))
    yield element("h3", say("why.blind"), id="why-not-evaluated")
    listed = element("ul", rows, cls="found")
    yield listed if len(rows) <= _OPEN else fold(say("why.blind-count", count=len(rows)), listed)


def _not_run(scene: Scene, rules: list[RuleOutcome], placed: set[str]) -> Iterator[Content]:
    """Give the phases that did not run, what stopped them, and the rules that were not run."""
    say = scene.say
    if scene.report.not_run:
        yield element("h3", say("why.not-run"), id="why-not-run")
        rows = []
        for phase, codes in scene.report.not_run:
            links = scene.listed(
                scene.link(f"rule-{code}", element("code", code)) if code in placed else element("code", code)
                for code in codes
            )
            rows.append(element("li", say.markup("why.phase", number=phase, name=say(f"phase.{phase}"), codes=links)))
        yield element("ul", rows)
    if rules:
        yield fold(say("why.rules-not-run", count=len(rules)), _table(scene, "why.rules-not-run", rules, placed))


def _off(scene: Scene, rules: list[RuleOutcome], placed: set[str]) -> Iterator[Content]:
    """Give the rules that are off, with the policy's reason: a policy must give one (SPEC 8.1-2)."""
    if not rules:
        return
    say = scene.say
    rows = []
    for rule in rules:
        reason = say.markup("why.off-reason", reason=scene.text(rule.reason)) if rule.reason else say("why.no-reason")
        rows.append(_item(scene, rule, reason, placed))
    yield element("h3", say("why.off"), id="why-off")
    yield element("ul", rows, cls="found")


def _item(scene: Scene, rule: RuleOutcome, reason: Content, placed: set[str]) -> Markup:
    """Give a rule with what became of it and why."""
    badge = scene.badge(_STATES[rule.outcome], scene.say(f"outcome.{rule.outcome}"))
    place = None if rule.rule in placed else f"rule-{rule.rule}"
    return element("li", badge, " ", element("code", rule.rule), " ", reason, id=place)


def _table(scene: Scene, key: str, rules: list[RuleOutcome], placed: set[str]) -> Markup:
    """Give rules as a table."""
    say = scene.say
    heads = [say("why.rule"), say("why.outcome"), say("why.means"), say("why.level"), say("why.clause")]
    rows = []
    for rule in rules:
        serves = scene.listed(scene.text(one) for one in rule.serves)
        served = element("p", say("why.serves"), ": ", serves, cls="small") if rule.serves else None
        rows.append(
            row(
                element("code", rule.rule),
                scene.badge(_STATES[rule.outcome], say(f"outcome.{rule.outcome}")),
                join(say(f"meaning.{rule.rule}"), served),
                say(f"level.{rule.level}"),
                element("code", f"OPV-{CODES[rule.rule].clause}"),
                id=None if rule.rule in placed else f"rule-{rule.rule}",
            )
        )
    return grid(say(key, count=len(rules)), heads, rows)


def _checks(scene: Scene) -> Markup:
    """Give the codes of fixed severity that the policy says serve something (SPEC 8.7)."""
    say = scene.say
    rows = [
        row(
            element("code", one.code),
            scene.badge(_STATES[one.outcome], say(f"outcome.{one.outcome}")),
            say(f"meaning.{one.code}"),
            scene.listed(scene.text(clause) for clause in one.serves),
            element("code", f"OPV-{CODES[one.code].clause}"),
        )
        for one in scene.report.checks
    ]
    heads = [say("why.code"), say("why.outcome"), say("why.means"), say("why.serves"), say("why.clause")]
    return grid(say("why.checks", count=len(rows)), heads, rows)
