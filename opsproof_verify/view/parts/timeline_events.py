"""What a timeline tells beside the work itself: gaps, clocks, late recordings, changes, deviations, blocks, signatures.

Each thing is told once, as words; the graphic draws the same things, so that nothing is in it alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from opsproof_verify import kinds as e
from opsproof_verify.findings import Time
from opsproof_verify.view.html import Content, Markup, element, join
from opsproof_verify.view.parts.deviation_card import blocked, lag_text
from opsproof_verify.view.parts.pieces import change, evidence_link, lasted, moment, quoted, value_link
from opsproof_verify.view.parts.step_pass import deviation_link
from opsproof_verify.view.scene import Scene
from opsproof_verify.view.story import When

#: What was recorded so long after it happened is told as late, in milliseconds; less is how people work.
LATE = 60_000

#: Findings about late recording; what they are about is told however short the delay was.
_LATE = frozenset({"entry.late-unexplained", "evidence.late", "deviation.late"})

_AFTER = 1 << 60  # entries come before what stands behind the seal


class Happening(NamedTuple):
    """One thing: what, where in the record, from when to when, in which steps (none: the whole run), and in words."""

    order: int
    kind: str
    began: Time
    ended: Time | None
    steps: tuple[str, ...]
    place: str | None
    text: Markup

    @property
    def after(self) -> bool:
        """Tell whether it stands behind the seal."""
        return self.order >= _AFTER


def happenings(scene: Scene) -> list[Happening]:
    """Give all that happened, in the order of the record."""
    found = [
        *_run(scene),
        *_events(scene),
        *_skips(scene),
        *_late_values(scene),
        *_late_evidence(scene),
        *_deviations(scene),
        *_signatures(scene),
    ]
    here = [one if _is_here(scene, one) else one._replace(place=None) for one in found]
    return sorted(here, key=lambda one: (one.order, one.kind))


def _is_here(scene: Scene, one: Happening) -> bool:
    """Tell whether the place of a thing is in the page: an entry may have the number of one that is missing."""
    return one.after or one.place != f"e{one.order}" or one.order < scene.story.entries


def _at(when: When, kind: str, text: Markup, *, steps: Iterable[str] = (), ended: Time | None = None) -> Happening:
    return Happening(when.seq, kind, when.time, ended, tuple(steps), f"e{when.seq}", text)


def _line(scene: Scene, when: When, said: Content, *more: Content) -> Markup:
    """Give the words of a thing that an entry tells: what, when, the entry, who."""
    by = (moment(when.time), ", ", scene.entry(when.seq), ", ", scene.actor(when.actor))
    return join(element("b", said), " ", element("span", by, cls="muted"), *more)


def _run(scene: Scene) -> Iterator[Happening]:
    """Give when the run began and ended, and when it was sealed."""
    story, say = scene.story, scene.say
    if story.started is not None:
        when, begun = story.started
        clock = say.markup("timeline.clock", clock=scene.text(begun.clock)) if begun.clock else say("timeline.no-clock")
        yield _at(when, "run", _line(scene, when, say("timeline.started"), element("div", clock)))
    if story.ended is not None:
        when, ended = story.ended
        text = _line(scene, when, say(f"timeline.{ended.outcome}"), quoted(scene, ended.reason))
        yield _at(when, "run", text)
    if story.seal is not None:
        frame, _, seal = story.seal
        by = element("span", moment(seal.time), ", ", scene.actor(seal.actor), cls="muted")
        place = story.anchors.get(frame)
        named = element("b", scene.link(place, say("timeline.sealed")) if place else say("timeline.sealed"))
        yield Happening(_AFTER - 1, "seal", seal.time, None, (), place, join(named, " ", by))


def _events(scene: Scene) -> Iterator[Happening]:
    """Give gaps, changes of the clock, corrections, and what was made void."""
    for when, what in scene.story.events:
        if isinstance(what, e.Gap):
            yield _gap(scene, when, what)
        elif isinstance(what, e.ClockChanged):
            yield _clock(scene, when, what)
        else:
            yield _changed(scene, when, what)


def _gap(scene: Scene, when: When, what: e.Gap) -> Happening:
    say = scene.say
    known = what.since if what.since and what.since.ms <= when.time.ms else None
    length = say("timeline.gap-of", time=lasted(when.time.ms - known.ms)) if known else say("timeline.gap")
    cut = say("timeline.cut", count=what.cut.size) if what.cut else None
    since = say.markup("timeline.since", time=moment(what.since)) if what.since else None
    details = element("div", scene.listed(filter(None, (since, cut)))) if since or cut else None
    text = _line(scene, when, length, details, quoted(scene, what.reason) or say("timeline.unexplained"))
    return Happening(when.seq, "gap", known or when.time, when.time, (), f"e{when.seq}", text)


def _clock(scene: Scene, when: When, what: e.ClockChanged) -> Happening:
    say = scene.say
    key = (
        "timeline.clock-changed"
        if what.by is None
        else "timeline.clock-back"
        if what.by < 0
        else "timeline.clock-forward"
    )
    head = say(key, time=lasted(abs(what.by or 0)))
    clock = element("div", say.markup("timeline.clock", clock=scene.text(what.clock)))
    return _at(when, "clock", _line(scene, when, head, clock, quoted(scene, what.text)))


def _changed(scene: Scene, when: When, what: e.Correction | e.Voided) -> Happening:
    """Tell of a correction, or of what was made void."""
    if isinstance(what, e.Correction):
        about = element("div", value_link(scene, what.corrects.seq), ": ", change(scene, what))
        text = _line(scene, when, scene.say("timeline.correction"), about, quoted(scene, what.why))
        return _at(when, "correction", text, steps=_steps(scene, what.corrects.seq))
    item = scene.relations.evidence.get(what.voids.seq)
    about = element("div", evidence_link(scene, item) if item else value_link(scene, what.voids.seq))
    text = _line(scene, when, scene.say("timeline.voided"), about, quoted(scene, what.why))
    return _at(when, "void", text, steps=_steps(scene, what.voids.seq))


def _steps(scene: Scene, seq: int) -> tuple[str, ...]:
    """Give the step of what an entry records; none if it is not known, or for the run."""
    step = scene.relations.step(seq)
    return () if step is None else (step,)


def _skips(scene: Scene) -> Iterator[Happening]:
    """Give the passes that were left out."""
    for step in scene.story.steps.values():
        for number, one in step.passes.items():
            for when, what in one.deeds:
                if isinstance(what, e.StepSkipped):
                    about = element("div", scene.step(step.id, number))
                    text = _line(scene, when, scene.say("timeline.skipped"), about, quoted(scene, what.reason))
                    yield _at(when, "skip", text, steps=(step.id,))


def _late_values(scene: Scene) -> Iterator[Happening]:
    """Give values that were recorded late."""
    for step in scene.story.steps.values():
        for one in step.passes.values():
            for value in one.values:
                what = value.what
                if _is_late(scene, value.when, what.observed, what.late):
                    about = value_link(scene, value.when.seq)
                    yield _late(scene, value.when, about, what.observed, what.late, (step.id,))


def _late_evidence(scene: Scene) -> Iterator[Happening]:
    """Give evidence that was added late."""
    for item in scene.story.evidence:
        what = item.what
        if item.when is not None and what is not None and _is_late(scene, item.when, what.captured, what.late):
            steps = (what.item.step,) if what.item.step else ()
            yield _late(scene, item.when, evidence_link(scene, item), what.captured, what.late, steps)


def _is_late(scene: Scene, when: When, happened: Time | None, why: str | None) -> bool:
    lag = when.time.ms - happened.ms if happened else 0
    return bool(why) or lag >= LATE or any(one.finding.code.name in _LATE for one in scene.about(seq=when.seq))


def _late(
    scene: Scene, when: When, about: Markup, happened: Time | None, why: str | None, steps: tuple[str, ...]
) -> Happening:
    lag = join(" ", lag_text(scene, happened, when.time)) if happened else None
    text = _line(scene, when, scene.say("timeline.late"), element("div", about, lag), quoted(scene, why))
    return _at(when, "late", text, steps=steps)


def _deviations(scene: Scene) -> Iterator[Happening]:
    """Give deviations, and from when to when they stopped work."""
    for seq, told in scene.story.deviations.items():
        what = told.what
        steps = tuple(dict.fromkeys((*what.steps, *(step for ref in what.values for step in _steps(scene, ref.seq)))))
        lag = element("div", lag_text(scene, what.occurred, told.when.time)) if what.occurred else None
        head = scene.say.markup("timeline.deviation", reason=deviation_link(scene, seq, numbered=False))
        yield Happening(
            seq, "deviation", told.when.time, None, steps, f"deviation-e{seq}", _line(scene, told.when, head, lag)
        )
        stopped = blocked(told)
        if stopped is not None:
            began, ended = stopped
            took = lasted(ended.time.ms - began.time.ms) if ended else None
            head_of_block = scene.say("timeline.blocked", time=took) if took else scene.say("timeline.still-blocked")
            release = ended and scene.say.markup(
                "timeline.released", who=scene.actor(ended.actor), entry=scene.entry(ended.seq)
            )
            text = _line(scene, began, head_of_block, element("div", release) if release else None)
            yield _at(began, "block", text, steps=steps, ended=ended.time if ended else None)


def _signatures(scene: Scene) -> Iterator[Happening]:
    """Give witnesses and sign-offs."""
    story, say = scene.story, scene.say
    for frame, seq, witness in story.witnesses:
        head: Content = say(f"timeline.witnessed-{witness.target}")
        place = f"e{seq}" if seq is not None else story.anchors.get(frame)
        if seq is None and place is not None:
            head = scene.link(place, head)
        who = (scene.text(witness.witness), ", ", moment(witness.time))
        entry = (", ", scene.entry(seq)) if seq is not None else ()
        order = _AFTER + frame if seq is None else seq
        text = join(element("b", head), " ", element("span", who, entry, cls="muted"))
        yield Happening(order, "witness", witness.time, None, (), place, text)
    for one in story.signoffs:
        record = one.record
        link = scene.signoff_link(one.hash, scene.name(record.name))
        decision = element("b", say(f"decision.{record.decision}"))
        by = element("span", ", ", scene.text(record.role), ", ", moment(record.time), cls="muted")
        text = join(link, " ", decision, by)
        place = scene.relations.signoff(one.hash)
        yield Happening(_AFTER + one.frame, "signoff", record.time, None, (), place, text)
