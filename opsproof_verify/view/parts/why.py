"""Why the verdict is what it is: from the verdict to the codes that decide it, to each finding (SPEC 9.2)."""

from __future__ import annotations

from collections.abc import Iterator

from opsproof_verify.findings import Verdict
from opsproof_verify.register import NOT_EVALUATED, Code, Severity
from opsproof_verify.report import Outcome
from opsproof_verify.view.html import Content, Markup, element, join
from opsproof_verify.view.parts.layout import facts, fold, section
from opsproof_verify.view.parts.places import Places
from opsproof_verify.view.parts.why_rules import put_rules
from opsproof_verify.view.scene import FOUND, Placed, Scene

#: Findings of one code that stand open; the others of it are folded.
_OPEN = 5


def why(scene: Scene) -> Markup:
    """Give the part of the page that traces the verdict to its findings; each has its place ``finding-N``."""
    say = scene.say
    title = say("why.title", verdict=say(f"verdict.{scene.report.verdict}"))
    tree = _Tree(scene)
    return section(
        "why",
        title,
        element("p", say("why.law"), cls="lead"),
        _counts(scene),
        element("p", say("why.none")) if scene.report.verdict is Verdict.FINAL else None,
        [tree.severity(severity) for severity in (Severity.FAIL, Severity.PROVISIONAL, Severity.NOTE)],
        put_rules(scene, tree.placed),
    )


def _counts(scene: Scene) -> Markup:
    """Count findings by severity and rules by outcome."""
    say, report = scene.say, scene.report
    found = {str(severity): scene.counted(severity) for severity in Severity}
    lines = [element("li", say("why.counts", **found))]
    outcomes = [one.outcome for one in report.rules]
    if not outcomes:
        return element("ul", lines, element("li", say("why.no-policy")))
    weighty = {one.code.name for one in report.findings if one.severity is not Severity.NOTE}
    noted = sum(one.outcome is Outcome.VIOLATED and one.rule not in weighty for one in report.rules)
    counts = say(
        "why.rule-counts",
        passed=outcomes.count(Outcome.PASSED),
        violated=outcomes.count(Outcome.VIOLATED),
        blind=outcomes.count(Outcome.NOT_EVALUATED),
        not_run=outcomes.count(Outcome.NOT_RUN),
        off=outcomes.count(Outcome.OFF),
    )
    lines.append(element("li", counts, join(" ", say("why.rule-noted", count=noted)) if noted else None))
    return element("ul", lines)


class _Tree:
    """The tree of codes and findings; ``placed`` are the codes that have their place."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._places = Places(scene)
        self._rules = {one.rule: one for one in scene.report.rules}
        self._serves = {one.code: one.serves for one in scene.report.checks}
        self._counts = {(code, severity): count for code, severity, count in scene.report.counts}
        self.placed: set[str] = set()

    def severity(self, severity: Severity) -> list[Content]:
        """Give the findings of a severity by code; nothing if there are none."""
        groups: dict[str, list[Placed]] = {}
        for one in self._scene.findings:
            if one.finding.severity is severity:
                groups.setdefault(one.finding.code.name, []).append(one)
        if not groups:
            return []
        head = element("h3", self._scene.say(f"why.{severity}"), id=f"why-{severity}")
        make = self._folded if severity is Severity.NOTE else self._card
        return [head, element("ul", [element("li", make(group)) for group in groups.values()], cls="tree")]

    def _card(self, group: list[Placed]) -> Markup:
        """Give a code with weight: it stands open."""
        code, severity = group[0].finding.code, group[0].finding.severity
        badge = self._scene.badge(FOUND[severity], self._scene.say(f"severity.{severity}"))
        title = element("h4", element("code", code.name), " ", self._times(group))
        return element("article", element("header", title, badge), *self._body(group), cls="card", id=self._place(code))

    def _folded(self, group: list[Placed]) -> Markup:
        """Give a code without weight."""
        name = element("code", group[0].finding.code.name)
        summary = join(self._scene.badge("off", self._scene.say("severity.note")), " ", name, " ", self._times(group))
        return fold(summary, *self._body(group), id=self._place(group[0].finding.code))

    def _place(self, code: Code) -> str | None:
        """Give the place of a code, which only its first group has."""
        if code.name in self.placed:
            return None
        self.placed.add(code.name)
        return f"rule-{code.name}"

    def _count(self, group: list[Placed]) -> int:
        first = group[0].finding
        return self._counts.get((first.code.name, first.severity), len(group))

    def _times(self, group: list[Placed]) -> Markup:
        return element("span", self._scene.say("why.times", count=self._count(group)), cls="muted small")

    def _body(self, group: list[Placed]) -> Iterator[Content]:
        """Give all findings of a code, what it means, who set its level, and what to do."""
        say, code = self._scene.say, group[0].finding.code
        yield element("ul", [self._finding(one) for one in group[:_OPEN]], cls="findings")
        if len(group) > _OPEN:
            rest = element("ul", [self._finding(one) for one in group[_OPEN:]], cls="findings")
            yield fold(say("why.rest", count=len(group) - _OPEN), rest)
        if self._count(group) > len(group):
            yield element("p", say("why.listed", listed=len(group), count=self._count(group)), cls="muted")
        kind = join(say(f"class.{code.speaks}"), element("span", ". ", say(f"kind.{code.speaks}"), cls="muted small"))
        yield facts(
            [
                (say("why.means"), say(f"meaning.{code.name}")),
                (say("why.do"), say(f"action.{code.name}")),
                (say("why.level"), self._level(group[0])),
                (say("why.serves"), self._served(code)),
                (say("why.kind"), kind),
                (say("why.clause"), element("code", f"OPV-{code.clause}", translate="no")),
            ]
        )

    def _level(self, one: Placed) -> str:
        """Say who set the severity: SPEC, the policy, or a row of it for such cases (SPEC 8.3)."""
        say, code, severity = self._scene.say, one.finding.code, one.finding.severity
        if code is NOT_EVALUATED:
            return say("why.level-borrowed")
        rule = self._rules.get(code.name)
        if rule is None:
            return say("why.level-fixed", level=say(f"severity.{severity}"))
        level = say(f"level.{rule.level}")
        return level if rule.level == severity else say("why.level-row", level=level)

    def _served(self, code: Code) -> Markup | None:
        """Give what the policy says that a code serves (SPEC 8.7)."""
        rule = self._rules.get(code.name)
        serves = rule.serves if rule else self._serves.get(code.name, ())
        return self._scene.listed(self._scene.text(one) for one in serves) if serves else None

    def _finding(self, one: Placed) -> Markup:
        """Give a finding at its place: its number, its sentence, and links to all that it is about."""
        say = self._scene.say
        number = self._scene.link(f"finding-{one.number}", f"{one.number}")
        about = self._places.about(one.finding)
        places = say.markup("why.about", places=about) if about else None
        return element(
            "li",
            element("span", number, cls="number"),
            " ",
            element("span", say.sentence(one.finding), cls="sentence"),
            join(" ", element("span", places, cls="where")) if places else None,
            id=f"finding-{one.number}",
        )
