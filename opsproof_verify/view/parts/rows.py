"""The rows of the record: one line of markup for each record of the file, in its order.

The script of the page reads these lines, so a row has no line feed; those of prose stand in it as character references.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from opsproof_verify import kinds as e
from opsproof_verify.entries import Entry, What
from opsproof_verify.fields import Ref
from opsproof_verify.findings import Time
from opsproof_verify.reading import Read
from opsproof_verify.records import Withheld
from opsproof_verify.register import Severity
from opsproof_verify.view.facets import facets
from opsproof_verify.view.html import Content, Markup, element, join
from opsproof_verify.view.parts.pieces import weighty
from opsproof_verify.view.parts.saying import exact, saying
from opsproof_verify.view.parts.saying_around import saying_around
from opsproof_verify.view.scene import FOUND, Placed, Scene
from opsproof_verify.view.story import When


def row(scene: Scene, read: Read, number: int | None) -> Markup:
    """Give the row of a record; ``number`` is that of an entry in the log, None for what stands around it."""
    place = f"f{read.frame.number}" if number is None else f"e{number}"
    known, found = facets(read), _found(scene, read, number)
    later = () if number is None else scene.relations.later.get(number, ())
    severity = max((one.finding.severity for one in found), key=list(Severity).index, default=None)
    steps = dict.fromkeys((*known.steps, *_steps(scene, read.record.what if isinstance(read.record, Entry) else None)))
    made = element(
        "li",
        element("a", place, cls="ref", href=f"#{place}"),
        " ",
        _time(read),
        " ",
        scene.relations.once(("kind", known.kind), partial(_kind, scene, known.kind)),
        " ",
        scene.relations.once(("who", known.actor), partial(_who, scene, known.actor)) if known.actor else None,
        element("div", _said(scene, read, number), [_change(scene, *one) for one in later], cls="says"),
        _badges(scene, found),
        cls=f"row is-{FOUND[severity]}" if severity else "row",
        id=place,
        data_kind=known.kind,
        data_actor=known.actor,
        data_step=" ".join(steps) or None,
        data_severity=severity,
        data_open=bool(known.open or weighty(found) or later),
    )
    return Markup(made.replace("\n", "&#10;")) if "\n" in made else made


def _found(scene: Scene, read: Read, number: int | None) -> list[Placed]:
    """Give the findings about a record: its frame, the frames of the evidence that it names, and its entry."""
    last = read.frame.number
    told = {one.number: one for frame in range(last - len(read.items), last + 1) for one in scene.about(frame=frame)}
    if number is not None:
        told.update((one.number, one) for one in scene.about(seq=number))
    return [told[number] for number in sorted(told)]


def _steps(scene: Scene, what: What | None) -> Iterator[str]:
    """Give the steps of the values and the deviation that an entry is about."""
    match what:
        case e.Correction():
            about: tuple[Ref, ...] = (what.corrects,)
        case e.Voided():
            about = (what.voids,)
        case e.DeviationRaised():
            about = what.values
        case e.DeviationRuled() | e.DeviationRemediated() | e.DeviationClosed() | e.Released():
            raised = scene.story.deviations.get(what.deviation.seq) if what.deviation else None
            yield from raised.what.steps if raised else ()
            about = raised.what.values if raised else ()
        case _:
            return
    for ref in about:
        step = scene.relations.step(ref.seq)
        if step is not None:
            yield step


def _time(read: Read) -> Markup | None:
    """Give the claimed time of a record; None if it has none."""
    record = read.record
    time: Time | None = None
    if record is not None and not isinstance(record, Withheld):
        time = getattr(record, "time", None) or getattr(record, "issued", None)
    return None if time is None else exact(time)


def _kind(scene: Scene, kind: str) -> Markup:
    """Give what a record is, in words."""
    return element("b", scene.say("kind.unreadable-record" if kind == "unreadable" else f"kind.{kind}"), cls="kind")


def _who(scene: Scene, actor: str) -> Markup:
    """Give who acts in a record, by its identifier, and what it is if that is no person."""
    member = scene.member(actor)
    text = scene.text(actor)
    if member is None or member.kind == "human":
        return element("span", text, cls="who")
    kind = element("span", scene.say(f"actor-kind.{member.kind}"), cls="actor-kind")
    return element("span", text, " ", kind, cls="who")


def _said(scene: Scene, read: Read, number: int | None) -> Markup:
    """Give what a record says, or why that cannot be read."""
    record = read.record
    match record:
        case None:
            return scene.say.markup("rows.unreadable", why=read.problem)
        case Entry():
            said = saying(scene, record.what)
            if record.seq == number:
                return said
            return join(said, "; ", scene.say("rows.other-number", seq=record.seq))
        case Withheld():
            return scene.say.markup("rows.withheld", leaf=scene.digest(record.leaf.hex()))
    return saying_around(scene, record, read.hash.hex())


def _change(scene: Scene, when: When, what: e.Correction | e.Voided) -> Markup:
    """Say that a later entry changes what this one counts for."""
    key = "rows.corrected-by" if isinstance(what, e.Correction) else "rows.voided-by"
    return element("span", scene.say.markup(key, entry=scene.entry(when.seq)), cls="later")


def _badges(scene: Scene, found: list[Placed]) -> Markup | None:
    """Give what was found about a record: each code once, with a link to the first finding."""
    if not found:
        return None
    groups: dict[tuple[str, Severity], list[int]] = {}
    for one in found:
        groups.setdefault((one.finding.code.name, one.finding.severity), []).append(one.number)
    named: list[Content] = []
    for (code, severity), numbers in groups.items():
        text = code if len(numbers) == 1 else scene.say("rows.times", code=code, count=len(numbers))
        named += [" ", scene.link(f"finding-{numbers[0]}", scene.badge(FOUND[severity], text))]
    return element("span", named, cls="found-here")
