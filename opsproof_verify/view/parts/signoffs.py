"""Who signed, with complete signature blocks, and what it counts for; closure apart from mere awareness (SPEC 6.9)."""

from __future__ import annotations

from opsproof_verify.findings import Fact, Verdict
from opsproof_verify.report import Owed
from opsproof_verify.view.html import Content, Markup, element, join
from opsproof_verify.view.parts.layout import fold, grid, row, section
from opsproof_verify.view.parts.places import FEW, Places
from opsproof_verify.view.parts.signoffs_around import approvals, paper, witnesses
from opsproof_verify.view.parts.signoffs_card import card
from opsproof_verify.view.relations import MOST_SIGNOFFS
from opsproof_verify.view.scene import Scene

#: A sign-off that closes nothing (SPEC 6.9-1).
_AWARENESS = "acknowledge"

#: Phases without which nothing, or not all, is said of sign-offs.
_PHASES = (5, 8)


def signoffs(scene: Scene) -> Markup:
    """Give the part of the page about signatures: sign-offs, approvals of the contract, witnesses, a form on paper."""
    places = Places(scene)
    return section(
        "signoffs",
        scene.say("signoffs.title"),
        _unjudged(scene),
        _needs(scene, places),
        _cards(scene, places),
        approvals(scene, places),
        witnesses(scene, places),
        paper(scene),
    )


def _unjudged(scene: Scene) -> Markup | None:
    """Say why nothing is said of what sign-offs count for."""
    phases = [phase for phase, _ in scene.report.not_run if phase in _PHASES]
    if not phases or not scene.story.signoffs:
        return None
    named = scene.listed(scene.say(f"phase.{phase}") for phase in phases)
    link = scene.link("why-not-run", named)
    return element("p", scene.say.markup("signoffs.not-judged", phases=link), cls="callout is-off")


def _needs(scene: Scene, places: Places) -> list[Content]:
    """Give the approvals that the policy asks for: which are there, which are owed (SPEC 9.12)."""
    say, report = scene.say, scene.report
    given: dict[str, list[str]] = {}
    for one in report.signoffs:
        for need in one.counts_for:
            given.setdefault(need, []).append(one.hash)
    owed = {str(dict(one.facts)["id"]): one for one in report.owed if one.need == "approve"}
    names = [*owed, *(need for need in given if need not in owed)]
    head = element("h3", say("signoffs.needs"), id="needs")
    lead = element("p", say("signoffs.needs-fail"), cls="muted") if report.verdict is Verdict.FAIL else None
    if not names:
        return [head, lead or element("p", say("signoffs.needs-none"), cls="muted")]
    rows = [_need(scene, places, need, given.get(need, []), owed.get(need)) for need in names]
    heads = [say("signoffs.need"), say("signoffs.state"), say("signoffs.by"), say("signoffs.owed")]
    return [head, lead, grid(say("signoffs.needs"), heads, rows)]


def _need(scene: Scene, places: Places, need: str, given: list[str], owed: Owed | None) -> Markup:
    """Give one approval that the policy asks for."""
    say = scene.say
    if owed is not None:
        badge = scene.badge("open", say("signoffs.missing"))
    elif scene.report.verdict is Verdict.FAIL:
        badge = scene.badge("off", say("signoffs.recorded"))
    else:
        badge = scene.badge("good", say("signoffs.complete"))
    by = places.few([places.signoff(one) for one in given[:FEW]], len(given)) if given else None
    covers: Fact = dict(owed.facts).get("covers", ()) if owed else ()
    numbers = [one for one in covers if isinstance(one, int)] if isinstance(covers, tuple) else []
    links = scene.listed(places.deviation(seq) for seq in numbers[:FEW])
    said = join(say.owed(owed), " " if links else None, links) if owed else None
    return row(scene.text(need), badge, by, said, id=f"need-{need}")


def _cards(scene: Scene, places: Places) -> list[Content]:
    """Give the sign-offs in the order of the file, decisions first; of very many the first."""
    say = scene.say
    every = scene.story.signoffs
    if not every:
        return [element("h3", say("signoffs.decisions")), element("p", say("signoffs.none"))]
    shown = every[:MOST_SIGNOFFS]
    decisions = [one for one in shown if one.record.decision != _AWARENESS]
    aware = [one for one in shown if one.record.decision == _AWARENESS]
    content: list[Content] = [element("h3", say("signoffs.decisions"))]
    content += [card(scene, places, one) for one in decisions]
    if not decisions:
        content.append(element("p", say("signoffs.none")))
    if aware:
        cards = [card(scene, places, one) for one in aware]
        content.append(fold(say("signoffs.awareness", count=len(aware)), cards))
    more = len(every) - len(shown)
    return [*content, element("p", say("signoffs.more", count=more), cls="muted") if more else None]
