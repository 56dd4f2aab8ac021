"""What stands out: findings with weight, and what is out of the ordinary in a run, found fault with or not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from opsproof_verify import kinds as e
from opsproof_verify.register import Severity
from opsproof_verify.report import Outcome
from opsproof_verify.view.html import Content, Markup, element, join
from opsproof_verify.view.marks import confusable
from opsproof_verify.view.parts.places import FEW, Places
from opsproof_verify.view.scene import FOUND, Placed, Scene
from opsproof_verify.view.story import When

#: Codes with weight that are named here; the others stand under the reasons.
_MAX_CODES = 20

#: Things of a kind: state, word of the badge, message, how many, links.
_Out = tuple[str, str, str, int, Content]


def stands_out(scene: Scene, places: Places) -> Markup:
    """List what a reviewer looks at first; all else is in order."""
    rows = [*_broken(scene), *_codes(scene, places), *(_row(scene, one) for one in _all(scene, places) if one[3])]
    if not rows:
        return element("p", scene.say("quick.nothing-stands-out"))
    return element("ul", rows, cls="found")


def _broken(scene: Scene) -> Iterator[Markup]:
    """Say where the file could not be read further."""
    if scene.story.broken:
        said = scene.say.markup("quick.out.broken", why=scene.text(scene.story.broken))
        yield element("li", scene.badge("bad", scene.say("quick.kind.hidden")), " ", said)


def _codes(scene: Scene, places: Places) -> Iterator[Markup]:
    """Group findings with weight by code, the heaviest first."""
    groups: dict[tuple[Severity, str], list[Placed]] = {}
    for severity in (Severity.FAIL, Severity.PROVISIONAL):
        for one in scene.findings:
            if one.finding.severity is severity:
                groups.setdefault((severity, one.finding.code.name), []).append(one)
    counts = {(level, code): count for code, level, count in scene.report.counts}
    for (severity, code), group in list(groups.items())[:_MAX_CODES]:
        about = places.about(group[0].finding)
        count = counts.get((severity, code), len(group))
        link = scene.link(f"finding-{group[0].number}", scene.say.brief(group[0].finding))
        more = scene.link(f"rule-{code}", scene.say("quick.times", count=count)) if count > 1 else None
        yield element(
            "li",
            join(scene.badge(FOUND[severity], scene.say(f"severity.{severity}")), " ", element("code", code), " "),
            join(about, ": ") if about else None,
            link,
            join(" (", more, ")") if more else None,
        )
    if len(groups) > _MAX_CODES:
        yield element("li", scene.link("why", scene.say("quick.more-codes", count=len(groups) - _MAX_CODES)))


def _row(scene: Scene, out: _Out) -> Markup:
    """Give one kind of thing with its number and its links."""
    state, word, key, count, links = out
    said = scene.say(f"quick.{key}", count=count)
    badge = scene.badge(state, scene.say(f"quick.kind.{word}"))
    return element("li", badge, " ", said, join(": ", links) if links else None)


def _all(scene: Scene, places: Places) -> Iterator[_Out]:
    """Give all kinds of things that may stand out, with how many there are of each."""
    yield from _of_file(scene, places)
    yield from _of_run(scene, places)
    yield from _of_verification(scene, places)


def _of_file(scene: Scene, places: Places) -> Iterator[_Out]:
    """Give what this copy does not show."""
    story, bundle = scene.story, scene.report.bundle
    withheld = [seq for first, last in bundle.withheld for seq in range(first, min(last, first + FEW) + 1)]
    count = sum(last - first + 1 for first, last in bundle.withheld)
    yield "open", "hidden", "out.withheld", count, places.few([places.entry(seq) for seq in withheld[:FEW]], count)
    absent = [places.evidence(digest) for digest in bundle.absent[:FEW]]
    yield "open", "hidden", "out.absent", len(bundle.absent), places.few(absent, len(bundle.absent))
    unreadable = [places.frame(number) for number, _ in story.unreadable[:FEW]]
    yield "bad", "hidden", "out.unreadable", len(story.unreadable), places.few(unreadable, len(story.unreadable))


def _of_run(scene: Scene, places: Places) -> Iterator[_Out]:
    """Give what is out of the ordinary in the run, in the words of the record."""
    story = scene.story
    deviations = [places.deviation(seq) for seq in list(story.deviations)[:FEW]]
    yield "open", "deviation", "out.deviations", len(story.deviations), places.few(deviations, len(story.deviations))
    for kind, word, key in (
        (e.Correction, "changed", "corrections"),
        (e.Voided, "changed", "voided"),
        (e.Gap, "interrupted", "gaps"),
        (e.ClockChanged, "changed", "clock"),
    ):
        yield _listed(places, "open", word, key, (when for when, what in story.events if isinstance(what, kind)))
    passes = [one for told in story.steps.values() for one in told.passes.values()]
    late = [value.when for one in passes for value in one.values if value.what.late]
    late += [item.when for item in story.evidence if item.when and item.what and item.what.late]
    yield _listed(places, "open", "late", "late", sorted(late))
    deeds = [(when, what) for one in passes for when, what in one.deeds]
    failed = (when for when, what in deeds if isinstance(what, e.Checked) and not what.passed)
    yield _listed(places, "open", "deviation", "failed-checks", failed)
    skipped = (when for when, what in deeds if isinstance(what, e.StepSkipped))
    yield _listed(places, "open", "not-done", "skipped", skipped)
    odd = [one for one, member in story.actors.items() if confusable(member.name)]
    yield "open", "noted", "out.look-alikes", len(odd), places.few([places.actor(one) for one in odd[:FEW]], len(odd))


def _listed(places: Places, state: str, word: str, key: str, when: Iterable[When]) -> _Out:
    """Give entries as things of a kind."""
    numbers = [one.seq for one in when]
    return state, word, f"out.{key}", len(numbers), places.entries(numbers)


def _of_verification(scene: Scene, places: Places) -> Iterator[_Out]:
    """Give what was not judged, and what was noted without weight."""
    report = scene.report
    blind = [one.rule for one in report.rules if one.outcome is Outcome.NOT_EVALUATED]
    links = places.few([places.rule(one) for one in blind[:FEW]], len(blind))
    yield "off", "unjudged", "out.not-evaluated", len(blind), links
    phases = scene.listed(scene.say(f"phase.{phase}") for phase, _ in report.not_run)
    yield "off", "unjudged", "out.not-run", len(report.not_run), phases
    off = [one.rule for one in report.rules if one.outcome is Outcome.OFF]
    yield "off", "unjudged", "out.off", len(off), places.few([places.rule(one) for one in off[:FEW]], len(off))
    notes = list(dict.fromkeys(one.code.name for one in report.findings if one.severity is Severity.NOTE))
    links = places.few([places.rule(code) for code in notes[:FEW]], len(notes))
    yield "off", "noted", "noted", scene.counted(Severity.NOTE), links
