"""Why the verdict is what it is: codes with weight open, notes folded, what became of each rule."""

from __future__ import annotations

from support.markup import text
from support.page_scenes import of, of_vector, read

from opsproof_verify.findings import finding
from opsproof_verify.register import RULES, Severity
from opsproof_verify.report import CheckOutcome, Outcome, RuleOutcome
from opsproof_verify.slotted import replace
from opsproof_verify.view.html import join
from opsproof_verify.view.parts.why import why
from opsproof_verify.view.parts.why_rules import put_rules
from opsproof_verify.view.scene import Scene


def said(scene: Scene) -> str:
    return text(why(scene))


def part(markup: str, place: str, end: str) -> str:
    """Give what stands between a place and an end tag."""
    return markup.partition(f'id="{place}"')[2].partition(end)[0]


def test_final_says_that_nothing_lowers_it() -> None:
    scene = of_vector("rich")
    plain = said(scene)
    assert plain.startswith("Why FINAL")
    assert "No finding fails, and none keeps it from FINAL." in plain
    assert "Findings: 0 that fail, 0 that keep it from FINAL, 0 noted." in plain
    counts = [one.outcome for one in scene.report.rules]
    assert f"Rules of the policy: {counts.count(Outcome.PASSED)} passed, 0 violated" in plain
    assert "noted without weight" not in plain


def test_each_rule_has_its_place() -> None:
    for name in ("rich", "entry-withheld", "label-absent", "deviation-not-closed", "issuer-unknown"):
        scene = of_vector(name)
        ids = read(why(scene)).ids
        wanted = RULES if scene.report.rules else ()
        assert {f"rule-{rule}" for rule in wanted} <= ids, name


def test_a_code_with_weight_stands_open() -> None:
    scene = of_vector("deviation-not-closed")
    markup = why(scene)
    assert "No finding fails" not in text(markup)
    card = part(markup, "rule-deviation.not-closed", "</article>")
    assert "deviation.not-closed 1 finding◆ keeps it from FINAL" in text(card)
    assert scene.say("meaning.deviation.not-closed") in text(card)
    assert "LevelPROVISIONAL if violated" in text(card)
    assert "ClauseOPV-9.11-14" in text(card)
    assert '<a href="#deviation-e4">deviation e4</a>' in part(markup, "finding-1", "</li>")
    assert scene.say.sentence(scene.report.findings[0]) in text(card)


def test_levels_by_spec_and_by_a_row_of_the_policy() -> None:
    scene = of_vector("signature-flipped-witness")
    code = scene.report.findings[0].code.name
    card = text(part(why(scene), f"rule-{code}", "</article>"))
    assert "Levelfails: set by SPEC, the same under each policy" in card
    rules = (RuleOutcome("check.missing", "note", Outcome.VIOLATED, None, ("Part 11", "Annex 11")),)
    found = (finding("check.missing", {"step": "weigh"}, level=Severity.FAIL),)
    made = of(replace(scene.report, rules=rules, findings=found))
    card = text(part(why(made), "rule-check.missing", "</article>"))
    assert "Levelnoted if violated; here another, by a row of the policy for such cases" in card
    assert "Serves, says the policyPart 11, Annex 11" in card


def test_many_findings_of_a_code_are_folded_and_counted() -> None:
    found = tuple(finding("signature.invalid", {"frame": frame}) for frame in range(5, 13))
    report = replace(
        of_vector("rich").report, findings=found, counts=(("signature.invalid", Severity.FAIL, 1234),), checks=()
    )
    markup = why(of(report))
    card = part(markup, "rule-signature.invalid", "</article>")
    assert "1234 findings" in text(card)
    assert "3 more findings" in text(card)
    assert "8 of 1234 are listed. All of them count." in text(card)
    assert 'id="finding-5"' in card.partition("<details")[0]
    assert 'id="finding-6"' in card.partition("<details")[2]


def test_a_code_of_two_severities_has_one_place() -> None:
    found = tuple(
        finding("check.missing", {"step": step}, level=level)
        for step, level in (("a", Severity.FAIL), ("b", Severity.PROVISIONAL), ("c", Severity.NOTE))
    )
    rules = (RuleOutcome("check.missing", "fail", Outcome.VIOLATED),)
    made = of(replace(of_vector("rich").report, findings=found, rules=rules))
    markup = why(made)
    read(markup)
    for title in ("What makes it FAIL", "What keeps it from FINAL", "Noted, without weight"):
        assert title in text(markup)
    assert "Of those violated" not in text(markup)


def test_notes_are_folded_and_said_to_have_no_weight() -> None:
    note = finding("agent.undescribed", {"seq": 1}, {"actor": "agent-1", "missing": "config"}, Severity.NOTE)
    rules = (RuleOutcome("agent.undescribed", "note", Outcome.VIOLATED),)
    made = of(replace(of_vector("rich").report, findings=(note,), rules=rules))
    markup = why(made)
    assert '<details class="fold" id="rule-agent.undescribed">' in markup
    assert "Of those violated, 1 is noted without weight." in text(markup)


def test_a_finding_that_names_nothing() -> None:
    markup = why(of(replace(of_vector("rich").report, findings=(finding("seal.missing", {}),))))
    assert "about" not in part(markup, "finding-1", "</li>")


def test_rules_not_evaluated_say_why() -> None:
    scene = of_vector("rich", at=False)
    markup = why(scene)
    blind = [one.rule for one in scene.report.rules if one.outcome is Outcome.NOT_EVALUATED]
    assert blind
    for rule in blind:
        row = part(markup, f"rule-{rule}", "</li>")
        assert "no verification time was given" in text(row)
        assert 'href="#finding-' in row
    assert "that of the rule that could not be evaluated" in text(markup)


def test_very_many_rules_not_evaluated_are_folded() -> None:
    plain = text(part(why(of_vector("entry-withheld")), "why-not-evaluated", "</summary>"))
    assert plain.endswith("rules")


def test_a_rule_not_evaluated_whose_finding_is_not_listed() -> None:
    rules = (RuleOutcome("trust.stale", "fail", Outcome.NOT_EVALUATED),)
    made = of(replace(of_vector("rich").report, rules=rules))
    assert "trust.stale Its findings are not listed one by one." in said(made)


def test_what_was_not_judged_names_what_stopped_it() -> None:
    scene = of_vector("label-absent")
    markup = why(scene)
    assert "No policy could be used, so no rule was judged." in text(markup)
    assert "Phase 7, rules: not run, because of label.missing." in text(markup)
    assert '<a href="#rule-label.missing">' in part(markup, "why-not-run", "</ul>")
    rest = "".join(join(put_rules(scene, set())))
    assert "<a" not in rest.partition("</ul>")[0]
    stopped = of_vector("signature-flipped-seal")
    not_run = [one for one in stopped.report.rules if one.outcome is Outcome.NOT_RUN]
    assert f"Rules that were not run: {len(not_run)}" in said(stopped)


def test_rules_that_are_off_say_the_reason() -> None:
    rules = (
        RuleOutcome("trust.stale", "off", Outcome.OFF, "No clock here."),
        RuleOutcome("check.late", "off", Outcome.OFF),
    )
    plain = said(of(replace(of_vector("rich").report, rules=rules)))
    assert "trust.stale The policy's reason: No clock here." in plain
    assert "check.late The policy gives no reason." in plain


def test_rules_that_passed_stand_in_a_table_with_what_they_serve() -> None:
    rules = (
        RuleOutcome("check.missing", "fail", Outcome.PASSED, None, ("Part 11",)),
        RuleOutcome("check.late", "note", Outcome.VIOLATED),
    )
    scene = of(replace(of_vector("rich").report, rules=rules, checks=()))
    markup = why(scene)
    assert "Rules that passed: 1" in text(markup)
    assert "Serves, says the policy: Part 11" in text(part(markup, "rule-check.missing", "</tr>"))
    assert "Rules violated where the policy does not weigh it: 1" in text(markup)
    assert "Checks of fixed severity" not in text(markup)


def test_codes_of_fixed_severity_that_serve_something() -> None:
    checks = (
        CheckOutcome("signature.invalid", Outcome.PASSED, ("Part 11",)),
        CheckOutcome("seal.missing", Outcome.VIOLATED, ("Annex 11",)),
    )
    made = of(replace(of_vector("rich").report, checks=checks, findings=(finding("seal.missing", {}),)))
    markup = why(made)
    assert "Checks of fixed severity that serve something: 2" in text(markup)
    assert "signature.invalid✓ passed" in text(markup)
    assert "Serves, says the policyAnnex 11" in text(part(markup, "rule-seal.missing", "</article>"))
