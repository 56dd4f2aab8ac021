"""Results as JUnit XML, in the form of Jenkins' `junit-10.xsd`, which readers of Surefire reports take too.

One suite for each bundle under each policy; in it one case for the verdict, one for each rule, one for each check
that the policy names, one for each other code that was found, one for each phase that did not run. A test system
knows red and green only: whatever is not FINAL is red, since the case of the verdict fails then, and a rule that
keeps a bundle from FINAL fails, with the type `provisional`. Notes are green, with what was noted as output. Off
and not run is skipped, with the reason. There are no times: none would be of the run (SPEC 9.1-1).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from html import escape
from typing import NamedTuple

from opsproof_verify.findings import Finding, Verdict
from opsproof_verify.register import CODES, NOT_EVALUATED, Severity
from opsproof_verify.render.escape import printable
from opsproof_verify.render.json_report import render_json
from opsproof_verify.render.messages import owing, sentence
from opsproof_verify.render.results import Checked, bundle_name, policy_name, verdict, why
from opsproof_verify.render.text import OUTCOMES, under, where
from opsproof_verify.render.texts import parts
from opsproof_verify.render.times import rfc3339
from opsproof_verify.report import NOT_PROVEN, Outcome, Report

#: What XML 1.0 cannot hold.
_ILLEGAL = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Case(NamedTuple):
    """One case: ``element`` says what became of it, ``kind`` is its type, ``message`` one line, ``text`` the rest."""

    subject: str
    name: str
    element: str = ""
    kind: str = ""
    message: str = ""
    text: str = ""


def render_junit(checked: Sequence[Checked]) -> bytes:
    """Give results as one JUnit document; the same results give the same bytes.

    With several results the class names carry bundle and policy, since some readers drop what has the name of another.
    """
    suites = [(one, list(_cases(one))) for one in checked]
    every = [case for _, cases in suites for case in cases]
    lines = ['<?xml version="1.0" encoding="UTF-8"?>']
    lines.append(f"<testsuites{attributes(name='opsproof-verify', **count_cases(every, 'failures', 'errors'))}>")
    for one, cases in suites:
        name = f"{bundle_name(one)} under {policy_name(one)}"
        lines.append(f"  <testsuite{attributes(name=name, **count_cases(cases, 'failures', 'errors', 'skipped'))}>")
        lines += _properties(one)
        for case in cases:
            lines += put_case(case, f"{name}: {case.subject}" if len(checked) > 1 else case.subject)
        lines.append("  </testsuite>")
    lines.append("</testsuites>")
    return "".join(f"{line}\n" for line in lines).encode()


def _cases(one: Checked) -> Iterator[Case]:
    """Give the cases of one result; what is listed nowhere else has a case of its own, so that nothing is lost."""
    if one.report is None:
        yield Case("verdict", "verdict", "error", "no-verdict", f"no verdict: {one.error}")
        return
    report = one.report
    yield _verdict(one, report)
    for rule in report.rules:
        yield _judged(report, rule.rule, rule.outcome, rule.serves, rule.reason)
    for check in report.checks:
        yield _judged(report, check.code, check.outcome, check.serves, None)
    listed = {rule.rule for rule in report.rules} | {check.code for check in report.checks}
    others = {_about(found) for found in report.findings} - listed
    for code in CODES:
        if code in others:
            yield _judged(report, code, Outcome.VIOLATED, (), None)
    for phase, codes in report.not_run:
        yield Case("phase", f"phase {phase}, {parts.PHASES[phase]}", "skipped", "", f"not run: {_because(codes)}")


def _verdict(one: Checked, report: Report) -> Case:
    """Give the case of the verdict, which fails unless it is FINAL."""
    owed = [f"owed: {owing(item)}" for item in report.owed]
    limits = [f"not proven: {word}: {parts.NOT_PROVEN[word]}" for word in NOT_PROVEN]
    text = "\n".join([f"{report.verdict} {under(report)}", *owed, *limits])
    if report.verdict is Verdict.FINAL:
        return Case("verdict", "verdict", text=text)
    kind = "fail" if report.verdict is Verdict.FAIL else "provisional"
    return Case("verdict", "verdict", "failure", kind, f"{report.verdict}: {why(one)}", text)


def _judged(report: Report, code: str, outcome: Outcome, serves: tuple[str, ...], reason: str | None) -> Case:
    """Give the case of a rule or of a code of fixed severity."""
    found = [one for one in report.findings if code in {one.code.name, _about(one)}]
    severity = max((one.severity for one in found), key=list(Severity).index, default=None)
    serving = f", serving {'; '.join(map(printable, serves))}" if serves else ""
    said = f"{code}{serving}: {OUTCOMES[outcome]} [OPV-{CODES[code].clause}]"
    because = {
        Outcome.OFF: f"off: {printable(reason or 'no reason given')}",
        Outcome.NOT_RUN: f"not run: {_because({code for _, codes in report.not_run for code in codes})}",
    }
    counts = {level: count for name, level, count in report.counts if name == code}
    total = sum(counts.values()) + sum(one.severity not in counts for one in found)
    sentences = _sentences(found, total)
    message = because.get(outcome) or (sentences[0] if sentences else said)
    element = _element(outcome, severity)
    kind = str(severity or Severity.FAIL) if element == "failure" else ""
    noted = ["Noted, without weight:"] if severity is Severity.NOTE else []
    text = "\n".join([said, *noted, *sentences])
    return Case(code.partition(".")[0], code, element, kind, message if element else "", text)


def _element(outcome: Outcome, severity: Severity | None) -> str:
    """Say by which element a case is not simply passed; in doubt it has failed."""
    if severity in {Severity.FAIL, Severity.PROVISIONAL}:
        return "failure"
    noted = severity is Severity.NOTE
    elements = {
        Outcome.PASSED: "",
        Outcome.VIOLATED: "" if noted else "failure",
        Outcome.NOT_EVALUATED: "skipped" if noted else "failure",
    }
    return elements.get(outcome, "skipped")


def _about(found: Finding) -> str:
    """Give the code whose case a finding belongs to: of a rule that could not be evaluated, that rule."""
    name = found.code.name
    return str(dict(found.subject).get("rule", name)) if found.code is NOT_EVALUATED else name


def _sentences(found: list[Finding], total: int) -> list[str]:
    """Give each finding as a line, and how many there are if not all are listed."""
    lines = [f"{where(one)}: {sentence(one)}" if where(one) else sentence(one) for one in found]
    return [*lines, f"{total} findings in all, {len(found)} of them listed"] if total > len(found) else lines


def _because(codes: Iterable[str]) -> str:
    """Say which codes kept something from running."""
    return f"because of {', '.join(sorted(codes))}"


def _properties(one: Checked) -> list[str]:
    """Name what the verdict depends on (SPEC 11-3), by the members of the JSON report."""
    known: dict[str, str | None] = {"verdict": verdict(one)}
    report = one.report
    if report is not None:
        policy, contract = report.policy, report.contract
        known |= {
            "policy": f"{policy.id} {policy.version}" if policy else None,
            "policy.digest": policy.digest if policy else None,
            "policy.chosen-by": policy.chosen_by if policy else None,
            "contract": f"{contract.id} {contract.version}" if contract else None,
            "contract.hash": contract.hash if contract else None,
            "trust": f"{report.trust.id} {report.trust.serial}",
            "trust.digest": report.trust.digest,
            "at": None if report.at is None else rfc3339(report.at),
            "bundle.run": report.bundle.run,
            "bundle.seal": report.bundle.seal,
            "bundle.appended": report.bundle.appended,
            "report": sha256(render_json(report)).hexdigest(),
        }
    rows = (f"      <property{attributes(name=name, value=value)}/>" for name, value in known.items() if value)
    return ["    <properties>", *rows, "    </properties>"]


def put_case(case: Case, subject: str) -> list[str]:
    """Write a case; the text is the content of a failure or error, else output."""
    inner = []
    if case.element:
        kind = {"type": case.kind} if case.kind else {}
        content = case.text if case.element == "failure" else ""
        inner.append(
            f"      <{case.element}{attributes(message=case.message, **kind)}>{_xml(content)}</{case.element}>"
        )
    if case.text and case.element != "failure":
        inner.append(f"      <system-out>{_xml(case.text)}</system-out>")
    return [f"    <testcase{attributes(classname=subject, name=case.name)}>", *inner, "    </testcase>"]


def count_cases(cases: Sequence[Case], *names: str) -> dict[str, str]:
    """Count the cases in all, and those with each element, by the names of the attributes."""
    elements = {"failures": "failure", "errors": "error", "skipped": "skipped"}
    counts = {name: str(sum(case.element == elements[name] for case in cases)) for name in names}
    return {"tests": str(len(cases)), **counts}


def attributes(**values: str) -> str:
    """Write attributes, each behind a space."""
    return "".join(f' {name}="{_xml(value)}"' for name, value in values.items())


def _xml(text: str) -> str:
    """Give text as XML 1.0 holds it, without anything that is markup; what XML cannot hold appears as its number."""
    return escape(_ILLEGAL.sub(lambda found: printable(found[0]), text))
