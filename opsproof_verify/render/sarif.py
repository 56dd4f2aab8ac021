"""Results as SARIF 2.1.0: one document, one run for each bundle under each policy.

A run has a category of its own (`automationDetails.id`), since viewers such as GitHub code scanning take one run a
category and no more. Only findings are results: those viewers show each result as a problem, whatever its `kind`,
so what became of all rules stands in the properties of the run, with what they serve. Each result has a physical
location, since such viewers refuse others; a bundle has no lines, so its line 1 stands for the whole of it.
What was not verified has a result too: an upload without results would close what is open there.
There are no times: a report depends on nothing but its inputs (SPEC 9.1-1).
"""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import cast
from urllib.parse import quote

from opsproof_verify import __version__
from opsproof_verify.findings import Finding
from opsproof_verify.register import CODES, Severity
from opsproof_verify.render.escape import printable
from opsproof_verify.render.json_form import Json, encode
from opsproof_verify.render.json_report import as_json, render_json
from opsproof_verify.render.messages import TEXTS, explain, fact, owing, sentence
from opsproof_verify.render.results import STDIN, Checked, bundle_name, policy_name, under_policy, verdict, why
from opsproof_verify.render.text import where
from opsproof_verify.report import Report

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_MEDIA_TYPE = "application/vnd.opsproof.bundle+cbor-seq"

#: How much a finding weighs, in the words of SARIF.
_LEVELS = {Severity.FAIL: "error", Severity.PROVISIONAL: "warning", Severity.NOTE: "note"}

#: Members of the JSON report (SPEC 11) that become properties of the run; the rest are results, or prose.
_KEPT = ("verdict", "bundle", "contract", "policy", "trust", "at", "expect", "counts", "not-run", "rules", "checks")

#: What is reported in the place of a verdict; it is no code of SPEC 10, since nothing was verified.
_NONE = "no-verdict"
_NONE_MEANS = "There is no verdict: the bundle could not be read, or the verifier stopped with an error."

#: Subjects and facts of findings as logical locations, by the anchors and names of every view.
_KINDS = {
    "seq": "entry",
    "deviation": "deviation",
    "step": "step",
    "value": "value",
    "slot": "slot",
    "digest": "evidence",
    "signoff": "sign-off",
    "need": "approval",
    "actor": "actor",
    "person": "person",
    "rule": "rule",
    "path": "member",
    "frame": "frame",
}

#: GitHub shows ten tags of a rule, and refuses a file in which a rule has more than twenty.
_TAGS = 10

_FIRST = re.compile(r"(?<=[.;]) ")
_ESCAPED = {"[": r"\[", "]": r"\]", "{": "{{", "}": "}}"}
_SPECIAL = re.compile(r"[][{}]")


def render_sarif(checked: Sequence[Checked]) -> bytes:
    """Give results as one SARIF document; the same results give the same bytes."""
    seen: Counter[str] = Counter()
    runs: list[Json] = []
    for one in checked:
        name = f"opsproof-verify/{bundle_name(one)}/{policy_name(one)}"
        seen[name] += 1
        category = name if seen[name] == 1 else f"{name} ({seen[name]})"
        runs.append(_run(one, f"{category}/"))
    return encode({"$schema": _SCHEMA, "version": "2.1.0", "runs": runs})


def _run(one: Checked, category: str) -> Json:
    """Give one result as a run; all behind the last slash of the category would name the single run."""
    report = one.report
    named = f"{bundle_name(one)} {under_policy(one)}: {verdict(one)}. {why(one)}"
    run: dict[str, Json] = {
        "automationDetails": {"id": category, "description": _message(named)},
        "artifacts": [{"location": {"uri": _uri(one.bundle)}, "mimeType": _MEDIA_TYPE, "roles": ["analysisTarget"]}],
        "columnKind": "unicodeCodePoints",
    }
    driver: dict[str, Json] = {"name": "opsproof-verify", "version": __version__}
    if report is None:
        driver |= {"rules": [_no_verdict()], "notifications": [_no_verdict()]}
        notification: Json = {"level": "error", "message": _message(one.error), "descriptor": {"id": _NONE, "index": 0}}
        run["invocations"] = [{"executionSuccessful": False, "toolExecutionNotifications": [notification]}]
        run["results"] = [_unverified(one)]
        run["properties"] = {"verdict": None}
    else:
        levels = _configuration(report)
        serves = {rule.rule: rule.serves for rule in report.rules} | {one.code: one.serves for one in report.checks}
        driver["rules"] = [_rule(code, serves.get(code, ()), level) for code, level in levels.items()]
        run["invocations"] = [{"executionSuccessful": True}]
        run["results"] = _results(one.bundle, report, list(levels))
        run["properties"] = _properties(report)
    return {**run, "tool": {"driver": driver}}


def _properties(report: Report) -> Json:
    """Give what the run says beside its results, in the members of the JSON report, and that report's digest."""
    document = as_json(report)
    owed = [
        {**cast("dict[str, Json]", member), "message": owing(one)}
        for member, one in zip(cast("list[Json]", document["owed"]), report.owed, strict=True)
    ]
    return {
        **{name: document[name] for name in _KEPT if name in document},
        "owed": cast("list[Json]", owed),
        "not-proven": document["not-proven"],
        "report": sha256(render_json(report)).hexdigest(),
    }


def _configuration(report: Report) -> dict[str, Json]:
    """Give the codes that the run speaks of, in the order of SPEC 10, and at what level each is found."""
    levels = {found.code.name: str(found.severity) for found in report.findings}
    levels |= {check.code: str(CODES[check.code].severity or Severity.FAIL) for check in report.checks}
    levels |= {rule.rule: rule.level for rule in report.rules}
    words: dict[str, Json] = {str(severity): {"level": level} for severity, level in _LEVELS.items()}
    words["off"] = {"enabled": False}
    return {code: words[levels[code]] for code in CODES if code in levels}


def _rule(code: str, serves: tuple[str, ...], configuration: Json) -> Json:
    """Describe a code by the texts of `explain`.

    `helpUri` must be absolute, and SPEC has no host: a URN names the clause, and `help` says what stands there.
    """
    row, meaning = CODES[code], TEXTS[code].meaning
    paragraphs = explain(code) + ([("Serves", "; ".join(map(printable, serves)))] if serves else [])
    return {
        "id": code,
        "name": re.sub("[.-]", " ", code).title().replace(" ", ""),
        "shortDescription": _message(_FIRST.split(meaning, maxsplit=1)[0]),
        "fullDescription": _message(meaning),
        "help": _message("\n".join(f"{head}: {said}" for head, said in paragraphs)),
        "helpUri": f"urn:opsproof:spec:1:OPV-{row.clause}",
        "defaultConfiguration": configuration,
        "properties": {
            "clause": f"OPV-{row.clause}",
            "speaks": str(row.speaks),
            "serves": list(serves),
            "tags": list(serves[:_TAGS]),
        },
    }


def _no_verdict() -> Json:
    """Describe what stands in the place of a verdict."""
    return {
        "id": _NONE,
        "shortDescription": _message("There is no verdict."),
        "fullDescription": _message(_NONE_MEANS),
        "help": _message(_NONE_MEANS),
        "defaultConfiguration": {"level": "error"},
    }


def _unverified(one: Checked) -> Json:
    """Give the result of a bundle that was not verified."""
    place: Json = {"physicalLocation": _physical(one.bundle)}
    return {
        "ruleId": _NONE,
        "ruleIndex": 0,
        "level": "error",
        "message": _message(f"There is no verdict: {one.error}"),
        "locations": [place],
        "partialFingerprints": _fingerprints(sha256(_NONE.encode()).hexdigest()),
    }


def _results(bundle: str, report: Report, codes: list[str]) -> list[Json]:
    """Give the findings as results, in the order of SPEC 9.2-3."""
    results: list[Json] = []
    seen: Counter[str] = Counter()
    run = report.bundle.run or ""
    for found, member in zip(report.findings, cast("list[dict[str, Json]]", as_json(report)["findings"]), strict=True):
        known_by = fingerprint(run, found)
        seen[known_by] += 1
        place, names = where(found), _logical(found)
        location: dict[str, Json] = {"physicalLocation": _physical(bundle)}
        results.append(
            {
                "ruleId": found.code.name,
                "ruleIndex": codes.index(found.code.name),
                "level": _LEVELS[found.severity],
                "message": _message(f"{place}: {sentence(found)}" if place else sentence(found)),
                "locations": [{**location, "logicalLocations": names} if names else location],
                "partialFingerprints": _fingerprints(f"{known_by}:{seen[known_by]}"),
                "properties": {name: member[name] for name in ("severity", "clause", "speaks", "subject", "facts")},
            }
        )
    return results


def fingerprint(run: str, found: Finding) -> str:
    """Give the digest by which a finding is known again in a later report on the same run.

    It covers the code, the subject and those facts that are names. It leaves out numbers, which change while others
    sign (how many are still missing), and the frame where an entry or a sign-off is named, since withholding
    evidence moves frames. Sentences, severity and other findings take no part.
    """
    subject = dict(found.subject)
    if not {"seq", "signoff"}.isdisjoint(subject):
        subject.pop("frame", None)
    names = {name: value for name, value in found.facts if isinstance(value, str)}
    known = json.dumps([found.code.name, run, subject, names], sort_keys=True)
    return sha256(known.encode()).hexdigest()


def _fingerprints(value: str) -> Json:
    """Give a fingerprint under our name, and under the only one that GitHub looks at."""
    return {"opsproofFinding/v1": value, "primaryLocationLineHash": value}


def _logical(found: Finding) -> list[Json]:
    """Name the entry, step, evidence and so on that a finding is about, the nearest first."""
    known = {**dict(found.facts), **dict(found.subject)}
    places: list[Json] = []
    for name, kind in _KINDS.items():
        if name in known:
            of = f", pass {known['pass']}" if name == "step" and "pass" in known else ""
            said = f"{fact(name, known[name])}{of}"
            places.append({"kind": kind, "name": said, "fullyQualifiedName": f"{kind} {said}"})
    return places


def _physical(bundle: str) -> Json:
    """Give the bundle as a place, by its line 1."""
    return {"artifactLocation": {"uri": _uri(bundle), "index": 0}, "region": {"startLine": 1}}


def _uri(bundle: str) -> str:
    """Give the path of a bundle as a URI reference, relative if the path is: viewers know the root."""
    if bundle == STDIN:
        return STDIN
    path = Path(bundle)
    return path.as_uri() if path.is_absolute() else quote(os.fsencode(path.as_posix()))


def _message(text: str) -> Json:
    """Give a text in which nothing is a link or a place for an argument (SARIF 2.1.0, 3.11.5 and 3.11.6).

    What a record says must not become a link in a viewer.
    """
    return {"text": _SPECIAL.sub(lambda found: _ESCAPED[found[0]], text)}
