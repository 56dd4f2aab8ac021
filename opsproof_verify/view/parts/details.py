"""Record details: everything that the verdict depends on, and how the page was made (SPEC 11-3)."""

from __future__ import annotations

from collections.abc import Iterator

from opsproof_verify import __version__
from opsproof_verify.findings import Time
from opsproof_verify.register import Severity
from opsproof_verify.report import Report
from opsproof_verify.view.html import Content, Markup, element, join
from opsproof_verify.view.parts.details_contract import contract, pack, people
from opsproof_verify.view.parts.details_hidden import hidden, limits
from opsproof_verify.view.parts.layout import facts, grid, row, section
from opsproof_verify.view.parts.places import FEW, Places
from opsproof_verify.view.scene import DECIDED, Scene

#: Codes by which two policies differ that are named.
_MAX_CODES = 12


def details(scene: Scene) -> Markup:
    """Give the part of the page that names all inputs of the verdict and what else the record says of itself."""
    places = Places(scene)
    return section(
        "details",
        scene.say("details.title"),
        _rests_on(scene, places),
        _others(scene),
        _policy(scene),
        contract(scene),
        people(scene, places),
        pack(scene),
        hidden(scene, places),
        limits(scene),
    )


def _rests_on(scene: Scene, places: Places) -> list[Content]:
    """Name everything that the verdict depends on, as the report as text does."""
    say, report, bundle = scene.say, scene.report, scene.report.bundle
    content = say(
        "details.content-is", entries=bundle.entries, items=bundle.evidence_count, bytes=bundle.evidence_bytes
    )
    spans = [_range(scene, places, first, last) for first, last in bundle.withheld[:FEW]]
    absent = [places.evidence(digest) for digest in bundle.absent[:FEW]]
    trust = say("details.trust-is", id=report.trust.id, serial=report.trust.serial)
    contract_hash = report.contract.hash if report.contract else None
    pairs: list[tuple[Content, Content]] = [
        (say("details.content"), content),
        (say("details.withheld"), places.few(spans, len(bundle.withheld)) if spans else say("details.nothing")),
        (say("details.absent"), places.few(absent, len(bundle.absent)) if absent else say("details.nothing")),
        (say("details.run"), _whole(scene, bundle.run, "details.run-unknown")),
        (say("details.seal"), _seal(scene, places)),
        (say("details.appended"), _whole(scene, bundle.appended, "details.appended-unknown")),
        (say("details.contract"), _whole(scene, contract_hash, "details.none-usable")),
        (say("details.policy"), _whole(scene, report.policy.digest if report.policy else None, "details.none-usable")),
        (say("details.trust"), join(scene.digest(report.trust.digest, whole=True), element("div", trust, cls="muted"))),
        (say("details.time"), _at(scene)),
        (
            say("details.report"),
            join(scene.digest(scene.report_digest, whole=True), element("div", say("details.report-is"), cls="muted")),
        ),
        (say("details.verifier"), say("details.verifier-is", version=__version__)),
    ]
    head = element("h3", say("details.rests-on"), id="rests-on")
    return [head, element("p", say("details.rests-on-lead"), cls="muted"), facts(pairs)]


def _range(scene: Scene, places: Places, first: int, last: int) -> Markup:
    if first == last:
        return places.entry(first)
    return scene.say.markup("details.range", first=places.entry(first), last=places.entry(last))


def _whole(scene: Scene, digest: str | None, otherwise: str) -> Content:
    return scene.digest(digest, whole=True) if digest else scene.say(otherwise)


def _seal(scene: Scene, places: Places) -> Content:
    """Give the seal, or why there is none."""
    seal, report = scene.story.seal, scene.report
    if report.bundle.seal is None:
        unsealed = any(one.code.name == "seal.missing" for one in report.findings)
        return scene.say("details.seal-missing" if unsealed else "details.seal-unreadable")
    frame = scene.say.markup("details.seal-frame", frame=places.number(seal[0])) if seal else None
    return join(scene.digest(report.bundle.seal, whole=True), element("div", frame, cls="muted") if frame else None)


def _at(scene: Scene) -> Content:
    at = scene.report.at
    return scene.say("details.no-time") if at is None else scene.time(Time(at))


def _policy(scene: Scene) -> list[Content]:
    """Give the policy that decided, who chose it, and how strict it is."""
    say, policy, rules = scene.say, scene.report.policy, scene.report.rules
    head = element("h3", say("details.policy"), id="policy")
    if policy is None:
        return [head, element("p", say("details.policy-none"))]
    levels = [one.level for one in rules]
    numbers = {level: levels.count(level) for level in (*(str(one) for one in Severity), "off")}
    pairs: list[tuple[Content, Content]] = [
        (say("details.id"), scene.text(policy.id)),
        (say("details.version"), str(policy.version)),
        (say("details.name"), scene.name(policy.title)),
        (say("details.chosen"), say(f"chosen-by.{policy.chosen_by}")),
        (say("details.levels"), say("details.levels-is", **numbers)),
        (say("details.digest"), scene.digest(policy.digest, whole=True)),
    ]
    return [head, facts(pairs)]


def _others(scene: Scene) -> Iterator[Content]:
    """Give the verdicts under other policies, and which findings differ."""
    if not scene.others:
        return
    say = scene.say
    yield element("h3", say("details.others"), id="other-policies")
    yield element("p", say("details.others-lead"), cls="muted")
    rows = [_other(scene, scene.report), *(_other(scene, one) for one in scene.others)]
    heads = [say("details.policy"), say("details.verdict"), say("details.differs")]
    yield grid(say("details.others-label"), heads, rows)


def _other(scene: Scene, report: Report) -> Markup:
    """Give the verdict under one policy, and the codes that weigh there or here alone."""
    say, policy = scene.say, report.policy
    named = scene.text(f"{policy.id} {policy.version}") if policy else say("details.no-policy")
    badge = scene.badge(DECIDED[report.verdict], say(f"verdict.{report.verdict}"))
    if report is scene.report:
        return row(named, badge, say("details.first"))
    here, there = _weighty(scene.report), _weighty(report)
    parts = [
        element("div", say.markup(f"details.{key}", codes=_codes(scene, codes)))
        for key, codes in (("here-only", here - there), ("there-only", there - here))
        if codes
    ]
    return row(named, badge, parts or say("details.same"))


def _weighty(report: Report) -> set[tuple[str, str]]:
    """Give the codes found, with their severities, that are no notes."""
    return {(one.code.name, str(one.severity)) for one in report.findings if one.severity is not Severity.NOTE}


def _codes(scene: Scene, codes: set[tuple[str, str]]) -> Markup:
    """Give codes with their severities."""
    items = [
        join(element("code", code), " (", scene.say(f"severity.{severity}"), ")") for code, severity in sorted(codes)
    ]
    more = scene.say("place.more", count=len(items) - _MAX_CODES) if len(items) > _MAX_CODES else None
    return scene.listed([*items[:_MAX_CODES], *([more] if more else [])])
