"""Signatures around the sign-offs: approvals of the contract (SPEC 6.2), witnesses (SPEC 6.10), a form on paper."""

from __future__ import annotations

from collections.abc import Iterator

from opsproof_verify.records import Witness
from opsproof_verify.view.digest_words import in_lines
from opsproof_verify.view.html import Content, Markup, element
from opsproof_verify.view.parts.layout import grid, row
from opsproof_verify.view.parts.places import MAX_CARDS, Places
from opsproof_verify.view.scene import Scene


def approvals(scene: Scene, places: Places) -> Iterator[Content]:
    """Give who approved the contract."""
    say, every = scene.say, scene.story.approvals
    yield element("h3", say("signoffs.approvals"), id="contract-approvals")
    if not every:
        yield element("p", say("signoffs.approvals-none"), cls="muted")
        return
    rows = []
    for signed in every[:MAX_CARDS]:
        said = signed.record
        meaning = say.markup("signoffs.meaning-is", text=scene.text(said.meaning.text), id=scene.text(said.meaning.id))
        found = scene.found(scene.about(frame=signed.frame))
        cells = (scene.text(said.person), scene.text(said.role), meaning, scene.time(said.time))
        rows.append(row(scene.name(said.name), *cells, [places.number(signed.frame), found]))
    heads = [say(f"signoffs.{key}") for key in ("name", "person", "role", "meaning", "time", "place")]
    yield grid(say("signoffs.approvals"), heads, rows)
    if len(every) > MAX_CARDS:
        yield element("p", say("signoffs.approvals-more", count=len(every) - MAX_CARDS), cls="muted")


def witnesses(scene: Scene, places: Places) -> Iterator[Content]:
    """Give the times that a witness signed, what it saw, and whether its signature counts (SPEC 6.10)."""
    say, every = scene.say, scene.story.witnesses
    yield element("h3", say("signoffs.witnesses"), id="witnesses")
    if not every:
        yield element("p", say("signoffs.witnesses-none"))
        return
    judged = {(one.witness, one.hash, one.time) for one in scene.report.witnessed}
    rows = []
    for frame, seq, said in every[:MAX_CARDS]:
        known = (said.witness, said.hash.hex(), said.time) in judged
        badge = scene.badge("good" if known else "off", say(f"signoffs.witness-{'judged' if known else 'unjudged'}"))
        place = places.number(frame) if seq is None else places.entry(seq)
        cells = (scene.time(said.time), _saw(scene, places, said), badge, place, scene.digest(said.hash.hex()))
        rows.append(row(scene.text(said.witness), *cells))
    heads = [say(f"signoffs.{key}") for key in ("witness", "time", "saw", "state", "place", "hash")]
    yield grid(say("signoffs.witnesses"), heads, rows)
    if len(every) > MAX_CARDS:
        yield element("p", say("shared.more", count=len(every) - MAX_CARDS), cls="muted")
    yield element("p", say("signoffs.witnesses-others" if judged else "signoffs.witnesses-none"), cls="muted")


def _saw(scene: Scene, places: Places, said: Witness) -> Markup:
    """Name what a witness saw."""
    facts: dict[str, Content] = {}
    if said.seq is not None:
        facts["entry"] = places.entry(said.seq)
    if said.target == "signoff":
        facts["signoff"] = places.signoff(said.hash.hex())
    return scene.say.markup(f"signoffs.saw.{said.target}", **facts)


def paper(scene: Scene) -> Markup:
    """Give the place for a signature on paper, bound to record and report by their digests, in digits and in words."""
    say, seal = scene.say, scene.report.bundle.seal
    digests = [("report", scene.report_digest)]
    if seal:
        digests.insert(0, ("seal", seal))
    lead = element("p", say("signoffs.paper-lead" if seal else "signoffs.paper-unsealed"))
    bound = [_digest(scene, key, digest) for key, digest in digests]
    blanks = [
        element("div", element("dt", say(f"signoffs.{key}")), element("dd", element("span", cls="blank")))
        for key in ("name", "role", "meaning", "paper-signature", "paper-date")
    ]
    head = element("h3", say("signoffs.paper"), id="paper-title")
    form = element("dl", blanks, cls="facts blanks")
    return element("section", head, lead, bound, form, cls="paper stack", id="paper", aria_labelledby="paper-title")


def _digest(scene: Scene, key: str, digest: str) -> Markup:
    """Give a digest in digits and in words."""
    head = element("h4", scene.say(f"signoffs.paper-{key}"))
    return element("div", head, element("p", scene.digest(digest, whole=True)), in_lines(digest), cls="bound")
