"""The report for a person at a terminal: verdict first, then why, then what it rests on (SPEC 11).

The order is that in which an auditor asks: what is the answer, about what, under whose policy; why; what is
still to do; what was found; who signed; what was looked at at all; what it does not prove.
"""

from __future__ import annotations

from hashlib import sha256

from opsproof_verify import __version__
from opsproof_verify.findings import MAX_LISTED, Finding, Verdict
from opsproof_verify.register import Severity
from opsproof_verify.render.escape import printable
from opsproof_verify.render.json_report import render_json
from opsproof_verify.render.layout import Page
from opsproof_verify.render.messages import CLASSES, brief, fact, named, owing, sentence
from opsproof_verify.render.text_people import put_deviations, put_signoffs, put_times
from opsproof_verify.render.text_repeat import Repeat, put_repeat
from opsproof_verify.render.texts import parts
from opsproof_verify.render.times import rfc3339
from opsproof_verify.report import NOT_PROVEN, Outcome, Report

#: Sentences about one code, and subjects of one sentence, that are shown.
SHOWN = 5

#: Columns that a rule's clauses need beside it; with less they stand below it.
SERVED = 28

#: Findings under which something may be hidden; `--accept provisional` never covers it.
_HIDING = frozenset({"entry.withheld", "evidence.absent", "rule.not-evaluated"})

#: What became of a rule, in words.
OUTCOMES = {
    Outcome.PASSED: "passed",
    Outcome.VIOLATED: "violated",
    Outcome.NOT_EVALUATED: "not evaluated",
    Outcome.OFF: "off",
    Outcome.NOT_RUN: "not run",
}


def render_text(report: Report, *, width: int = 80, colour: bool = False, repeat: Repeat | None = None) -> str:
    """Give the report as text of at most ``width`` columns, ASCII but for what the record itself says.

    ``repeat`` is what a last section tells of how the report was made; names of files may make its lines longer.
    """
    page = Page(width, colour=colour)
    _put_head(page, report)
    _put_owed(page, report)
    _put_findings(page, report)
    put_deviations(page, report.deviations)
    put_signoffs(page, report.signoffs, frozenset(dict(report.not_run)))
    put_times(page, report.witnessed)
    _put_rules(page, report)
    _put_not_run(page, report)
    _put_inputs(page, report)
    _put_limits(page)
    if repeat is not None:
        put_repeat(page, repeat, report)
    return str(page)


def under(report: Report) -> str:
    """Say under which policy the verdict was found, and who chose it."""
    if report.policy is None:
        return "because no policy could be used"
    policy = report.policy
    return f"under {printable(policy.id)} {policy.version} ({parts.CHOSEN_BY[policy.chosen_by]})"


def reason(report: Report) -> str:
    """Give the verdict's reason in one sentence or two."""
    if report.verdict is Verdict.FINAL:
        return "Everything recorded holds, and everything that the policy demands is there."
    if report.verdict is Verdict.PROVISIONAL:
        holds = "What can be seen holds" if hides(report) else "Everything recorded holds"
        owed = len(report.owed)
        if not owed:
            return f"{holds}, but under this policy it cannot become FINAL."
        things = "one thing is" if owed == 1 else f"{owed} things are"
        return f"{holds}; {things} still owed before it is FINAL."
    failing = [found for found in report.findings if found.severity is Severity.FAIL]
    place, text = where(failing[0]), brief(failing[0])
    first = f"{place}: {text}" if place else text
    more = len(failing) - 1
    return first if not more else f"{first} And {more} more that {'fails' if more == 1 else 'fail'}."


def hides(report: Report) -> bool:
    """Tell whether something may be hidden: withheld, absent or not evaluated."""
    missing = report.bundle.withheld or report.bundle.absent
    return bool(missing) or any(found.code.name in _HIDING for found in report.findings)


def where(found: Finding) -> str:
    """Name the subject of a finding as a person would look it up: entry, step, evidence, sign-off, frame."""
    known = dict(found.subject)
    place = [fact("seq", known.pop("seq"))] if "seq" in known else []
    frame = known.pop("frame", None)
    order = ("step", "pass", "value", "slot", "digest", "actor", "person", "signoff", "rule", "path")
    names = [name for name in order if name in known] + sorted(set(known) - set(order))
    place += [named(name, known[name]) for name in names]
    if frame is not None:
        place.append(f"frame {frame}")
    return ", ".join(place)


def _put_head(page: Page, report: Report) -> None:
    """Verdict, policy, subject, contract, reason."""
    page.lead(str(report.verdict), under(report))
    page.line()
    subject = ", ".join(f"{printable(name)} {printable(value)}" for name, value in report.bundle.subject)
    page.term("Subject", subject or "not stated")
    contract = report.contract
    if contract is None:
        page.term("Contract", "none that can be used")
    else:
        house = f" ({printable(contract.organisation)})" if contract.organisation else ""
        page.term(
            "Contract",
            f'{printable(contract.id)} version {contract.version}, "{printable(contract.title)}", '
            f"issued by {printable(contract.issuer)}{house}",
        )
    for name, value in report.expect:
        page.term("Expected", f"{printable(name)} is {printable(value)}")
    page.term("Reason", reason(report))


def _put_owed(page: Page, report: Report) -> None:
    """List what is still to do (SPEC 9.12)."""
    if not report.owed:
        return
    page.heading("Still owed")
    for number, owed in enumerate(report.owed, 1):
        page.text(owing(owed), 5, f"{number:>3}. ")


def _put_findings(page: Page, report: Report) -> None:
    """List findings by severity, the heaviest first, and by code."""
    page.heading("Findings")
    if not report.findings:
        page.text("None.")
    counts = {(code, severity): count for code, severity, count in report.counts}
    for severity in reversed(Severity):
        groups: dict[str, list[Finding]] = {}
        for found in report.findings:
            if found.severity is severity:
                groups.setdefault(found.code.name, []).append(found)
        if groups:
            page.line(f"  {page.style(parts.WEIGHTS[severity], severity)}")
        for code, group in groups.items():
            _put_group(page, group, counts.get((code, severity), len(group)))


def _put_group(page: Page, group: list[Finding], count: int) -> None:
    """Put the findings of one code: each different sentence once, with all that it is about."""
    code = group[0].code
    times = f", {count} times" if count > 1 else ""
    page.text(f"{code.name}: {CLASSES[code.speaks]}{times} [OPV-{code.clause}]", 6, "    ")
    places: dict[str, list[str]] = {}
    for found in group:
        places.setdefault(sentence(found), []).append(where(found))
    for text, about in list(places.items())[:SHOWN]:
        named = [place for place in about if place]
        more = f"; and {len(named) - SHOWN} more" if len(named) > SHOWN else ""
        place = "; ".join(named[:SHOWN]) + more
        page.text(f"{place}: {text}" if place else text, 8)
    if len(places) > SHOWN:
        page.text(f"and {len(places) - SHOWN} more; the JSON report lists up to {MAX_LISTED}.", 8)


def _put_rules(page: Page, report: Report) -> None:
    """Count the rules by what became of them, and name those that are off."""
    page.heading("Rules")
    if not report.rules:
        page.text("No policy, so no rules.")
        return
    counts = [(name, sum(r.outcome is outcome for r in report.rules)) for outcome, name in OUTCOMES.items()]
    weighty = {found.code.name for found in report.findings if found.severity is not Severity.NOTE}
    noted = sum(
        r.outcome is Outcome.VIOLATED and r.level == Severity.NOTE and r.rule not in weighty for r in report.rules
    )
    page.text(", ".join(f"{count} {name}" for name, count in counts if count) + ".")
    if noted:
        page.text(f"Of those violated {noted} {'is' if noted == 1 else 'are'} noted without weight.")
    for rule in report.rules:
        if rule.outcome is Outcome.OFF:
            page.text(f"{rule.rule} is off: {printable(rule.reason or 'no reason given')}", 4, "  - ")
    blind = [rule.rule for rule in report.rules if rule.outcome is Outcome.NOT_EVALUATED]
    if blind:
        page.text(f"not evaluated: {', '.join(blind)}", 4, "  - ")
    _put_served(page, report)


def _put_served(page: Page, report: Report) -> None:
    """Say what became of the rules and codes that the policy says serve something, and what they serve (SPEC 11)."""
    rows = [(r.rule, r.level, OUTCOMES[r.outcome], r.serves) for r in report.rules if r.serves]
    rows += [(c.code, "fixed", OUTCOMES[c.outcome], c.serves) for c in report.checks]
    if not rows:
        return
    page.line()
    page.text("Serving, by what the policy says:")
    sizes = [max(len(str(row[column])) for row in rows) for column in range(3)]
    at = 4 + sum(sizes) + 2 * len(sizes)
    for name, level, outcome, serves in rows:
        first = f"    {name:<{sizes[0]}}  {level:<{sizes[1]}}  {outcome:<{sizes[2]}}"
        text = f"serves {'; '.join(map(printable, serves))}"
        if at + SERVED <= page.width:
            page.text(text, at, f"{first}  ")
        else:
            page.line(first.rstrip())
            page.text(text, 8)


def _put_not_run(page: Page, report: Report) -> None:
    """List phases that did not run, and why (SPEC 9.3-5)."""
    if not report.not_run:
        return
    page.heading("Not judged")
    for phase, codes in report.not_run:
        page.text(f"Phase {phase}, {parts.PHASES[phase]}: because of {', '.join(codes)}.", 4, "  - ")


def _put_inputs(page: Page, report: Report) -> None:
    """Name everything that the verdict depends on (SPEC 11-3)."""
    bundle, contract, policy = report.bundle, report.contract, report.policy
    page.heading("What this rests on")
    entries = f"{bundle.entries} {'entry' if bundle.entries == 1 else 'entries'}"
    items = f"{bundle.evidence_count} evidence {'item' if bundle.evidence_count == 1 else 'items'}"
    page.term("Content", f"{entries}, {items} of {bundle.evidence_bytes} bytes")
    if bundle.withheld:
        spans = (f"e{first}" if first == last else f"e{first} to e{last}" for first, last in bundle.withheld)
        page.term("Withheld", ", ".join(spans))
    for digest in bundle.absent:
        page.term("Absent", digest)
    page.term("Run", bundle.run or "not known")
    unsealed = any(found.code.name == "seal.missing" for found in report.findings)
    page.term("Seal", bundle.seal or ("not sealed" if unsealed else "none that can be read"))
    page.term("Appended", bundle.appended or "nothing that can be read")
    page.term("Contract", contract.hash if contract else "none that can be used")
    page.term("Policy", policy.digest if policy else "none")
    if policy is not None:
        page.term("", f'{printable(policy.id)} {policy.version}, "{printable(policy.title)}"')
    page.term("Trust", report.trust.digest)
    page.term("", f"{printable(report.trust.id)}, serial {report.trust.serial}")
    page.term("Time", parts.NO_TIME if report.at is None else rfc3339(report.at))
    page.term("Report", sha256(render_json(report)).hexdigest())
    page.term("", "SHA-256 of this report in its JSON form")
    page.term("Verifier", f"opsproof-verify {__version__}, SPEC 1, vocabulary 1")


def _put_limits(page: Page) -> None:
    """Say what no verdict proves (SPEC 12)."""
    page.heading("What this does not prove")
    for word in NOT_PROVEN:
        page.text(f"{word}: {parts.NOT_PROVEN[word]}", 4, "  - ")
