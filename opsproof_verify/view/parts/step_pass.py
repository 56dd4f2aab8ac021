"""One pass of a step: what the contract asks for, and what was recorded, side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

from opsproof_verify import kinds as e
from opsproof_verify.contract import Qualification, Step
from opsproof_verify.render.times import duration
from opsproof_verify.view.html import Content, Markup, element, join
from opsproof_verify.view.parts.layout import grid, row
from opsproof_verify.view.parts.pieces import NOTHING, moment, more, quoted, signed, span
from opsproof_verify.view.parts.saying import action
from opsproof_verify.view.parts.step_values import evidence_table, values_table
from opsproof_verify.view.scene import Scene
from opsproof_verify.view.story import Deed, PassStory, StepStory, When

T = TypeVar("T")

#: Things of one kind in a pass that are listed.
MOST = 100

_Asked = Callable[[Scene, Step], Content]
_Done = Callable[[Scene, Step | None, PassStory], Content]


def pass_content(scene: Scene, told: StepStory, one: PassStory) -> list[Content]:
    """Give what a pass shows: asked and recorded, values, evidence."""
    rows = [
        row(scene.say(key), asked or NOTHING, done or _nothing(scene, asked))
        for key, asked, done in _rows(scene, told, one)
    ]
    heads = (scene.say("steps.what"), scene.say("steps.asked"), scene.say("steps.recorded"))
    return [
        grid(scene.say("steps.plan-label"), heads, rows) if rows else None,
        values_table(scene, told.step, one),
        evidence_table(scene, told.step, one),
    ]


def performers(one: PassStory) -> list[str]:
    """Give the actors who worked on a pass (SPEC 6.4-1), in the order in which they began."""
    at_work = e.AtStep | e.InstrumentUsed | e.Acted | e.StepSkipped
    whens = [when for when in (one.began, one.ended) if when is not None]
    whens += [value.when for value in one.values]
    whens += [item.when for item in one.evidence if item.when is not None]
    whens += [when for when, what in one.deeds if isinstance(what, at_work)]
    whens += [when for value in one.values for when, _ in value.corrections]
    return list(dict.fromkeys(when.actor for when in sorted(whens, key=lambda when: when.seq)))


def plural(scene: Scene, names: Iterable[str]) -> Markup | None:
    """Give names of the contract with commas between them; None if there are none."""
    made = scene.listed(scene.text(name) for name in names)
    return made or None


def _nothing(scene: Scene, asked: Content) -> Markup:
    """Say that nothing was recorded: open if it was asked for, else in passing."""
    text = scene.say("steps.nothing")
    return scene.badge("open", text) if asked else element("span", text, cls="muted")


def _rows(scene: Scene, told: StepStory, one: PassStory) -> Iterator[tuple[str, Content, Content]]:
    """Give what is asked and what is recorded, by key, where there is either."""
    for key, asked, done in _ROWS:
        pair = (asked(scene, told.step) if told.step else None, done(scene, told.step, one))
        if pair != (None, None):
            yield key, *pair


def _roles(scene: Scene, step: Step) -> Content:
    return plural(scene, step.roles)


def _who(scene: Scene, _: Step | None, one: PassStory) -> Content:
    return _several(scene, [scene.actor(actor) for actor in islice(performers(one), MOST + 1)])


def _most(scene: Scene, step: Step) -> Content:
    return None if step.max_ms is None else scene.say("steps.at-most", time=duration(step.max_ms))


def _times(scene: Scene, step: Step | None, one: PassStory) -> Content:
    if one.began is None:
        return one.ended and scene.say.markup(
            "steps.ended-only", time=moment(one.ended.time), entry=scene.entry(one.ended.seq)
        )
    last, most = one.ended, step.max_ms if step else None
    entries = scene.entries(when.seq for when in (one.began, last) if when is not None)
    told = join(span(scene, one.began.time, last and last.time), " (", entries, ")")
    if last is None:
        return join(told, " ", scene.badge("open", scene.say("steps.not-ended")))
    over = most is not None and last.time.ms - one.began.time.ms > most
    return join(told, " ", scene.badge("bad", scene.say("steps.overtime"))) if over else told


def _check(scene: Scene, step: Step) -> Content:
    if step.check:
        return plural(scene, step.check)
    return scene.say("steps.second-person") if step.critical else None


def _hold(scene: Scene, step: Step) -> Content:
    return plural(scene, step.hold or ())


def _leave(scene: Scene, step: Step) -> Content:
    return plural(scene, step.authorise)


def _instruments(scene: Scene, step: Step) -> Content:
    return plural(scene, step.instruments)


def _qualifications(scene: Scene, step: Step) -> Content:
    return plural(scene, step.qualifications)


def _held(scene: Scene, step: Step | None, one: PassStory) -> Content:
    """Say which of the qualifications asked for those who worked hold, as contract or assignment say."""
    lines: list[Content] = []
    for actor in performers(one)[:MOST] if step and step.qualifications else ():
        member = scene.member(actor)
        held = [own for own in member.qualifications if own.id in step.qualifications] if member and step else []
        texts = scene.listed(_qualification(scene, own) for own in held)
        lines.append(join(scene.actor(actor), ": ", texts or scene.say("steps.not-held")))
    return _several(scene, lines)


def _qualification(scene: Scene, held: Qualification) -> Markup:
    """Name a qualification, and until when it holds."""
    until = scene.say.markup("steps.until", time=moment(held.not_after)) if held.not_after else None
    return join(scene.text(held.id), " " if until else None, until)


def _deeds(*kinds: type[Deed]) -> _Done:
    """Make what gives the deeds of some kinds, each as who, when, what."""

    def give(scene: Scene, _: Step | None, one: PassStory) -> Content:
        return _several(scene, [_deed(scene, when, what) for when, what in one.deeds if isinstance(what, kinds)])

    return give


def _deed(scene: Scene, when: When, what: Deed) -> Markup:
    """Give something done in a pass: what, by whom, when."""
    say, by = scene.say, signed(scene, when)
    match what:
        case e.InstrumentUsed():
            due = say.markup("steps.calibrated", time=moment(what.due)) if what.due else None
            serves = what.serves_as and say.markup("steps.serves-as", name=scene.text(what.serves_as))
            head = scene.listed(filter(None, (scene.text(what.instrument), serves, due or say("steps.no-date"))))
            return join(head, _small(by))
        case e.Checked():
            word = scene.badge("good" if what.passed else "bad", say("steps.passed" if what.passed else "steps.failed"))
            return join(word, " ", by, quoted(scene, what.text))
        case e.Released():
            return join(say("steps.released"), " ", by, quoted(scene, what.text))
        case e.Authorised():
            said = say.markup("steps.may", actor=scene.actor(what.actor), action=action(scene, what))
            return join(said, _small(say.markup("steps.until", time=moment(what.expires)), "; ", by))
        case e.Acted():
            leave = scene.entry(what.authorised.seq) if what.authorised else None
            under = say.markup("steps.under", entry=leave) if leave else say("steps.no-leave")
            return join(say.markup("steps.acted", action=action(scene, what)), " ", under, _small(by))
        case e.StepSkipped():
            return join(scene.badge("open", say("steps.done.skipped")), " ", by, quoted(scene, what.reason))
        case e.AtStep():
            return join(say("steps.began-again"), " ", by)
    return join(quoted(scene, what.text), _small(by))


def _small(*content: Content) -> Markup:
    return element("div", *content, cls="muted small")


def _deviations(scene: Scene, _: Step | None, one: PassStory) -> Content:
    """Give links to the deviations of a pass."""
    return _several(scene, [deviation_link(scene, seq) for seq in one.deviations])


def deviation_link(scene: Scene, seq: int, *, numbered: bool = True) -> Markup:
    """Give the link to a deviation, by its reason; ``numbered`` adds the entry that raised it."""
    told = scene.story.deviations[seq]
    pack = scene.story.contract.pack if scene.story.contract else None
    reason = pack.reasons.get(told.what.reason) if pack else None
    title = scene.text(reason.title if reason else told.what.reason)
    link = scene.link(f"deviation-e{seq}", title)
    return join(link, " (", scene.entry(seq), ")") if numbered else link


def _several(scene: Scene, lines: Sequence[Content]) -> Markup | None:
    """Give one thing as it is, several as a list; None if there are none."""
    if len(lines) < 2:
        return join(lines) if lines else None
    return join(
        element("ul", [element("li", line) for line in lines[:MOST]], cls="plain"), more(scene, len(lines) - MOST)
    )


def _unasked(_scene: Scene, _step: Step) -> Content:
    return None


#: What is asked for in a pass and what answers it, in the order in which a reviewer asks.
_ROWS: tuple[tuple[str, _Asked, _Done], ...] = (
    ("steps.row.who", _roles, _who),
    ("steps.row.time", _most, _times),
    ("steps.row.qualifications", _qualifications, _held),
    ("steps.row.instruments", _instruments, _deeds(e.InstrumentUsed)),
    ("steps.row.leave", _leave, _deeds(e.Authorised, e.Acted)),
    ("steps.row.check", _check, _deeds(e.Checked)),
    ("steps.row.hold", _hold, _deeds(e.Released)),
    ("steps.row.skipped", _unasked, _deeds(e.StepSkipped, e.AtStep)),
    ("steps.row.notes", _unasked, _deeds(e.Note)),
    ("steps.row.deviations", _unasked, _deviations),
)
