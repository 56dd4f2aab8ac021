"""What an entry says, as words with links (SPEC 6.3, 6.4); the same facts as `cli/describe.py` gives."""

from __future__ import annotations

from functools import partial

from opsproof_verify import kinds as e
from opsproof_verify.contract import Member
from opsproof_verify.cose import RecordType
from opsproof_verify.entries import What
from opsproof_verify.fields import Ref
from opsproof_verify.findings import Rejected, Time
from opsproof_verify.parse_signed import parse_assignment, parse_attestation, parse_cose, parse_witness
from opsproof_verify.records import Item
from opsproof_verify.render.times import duration, rfc3339
from opsproof_verify.view.html import Content, Markup, element, join
from opsproof_verify.view.parts.pieces import value_text
from opsproof_verify.view.scene import Scene

#: Characters of a prose that stand before the fold; it is there in whole.
SHOWN = 400

_Signed = e.Assigned | e.Attested | e.Witnessed
_OfDeviation = e.DeviationRaised | e.DeviationRuled | e.DeviationRemediated | e.DeviationClosed
_OfRun = e.RunStarted | e.Note | e.Gap | e.ClockChanged | e.RunEnded | _Signed
_OfEvidence = e.EvidenceAdded | e.Transferred | e.Received | e.Voided | e.Correction


def saying(scene: Scene, what: What) -> Markup:
    """Give what an entry adds to its head, as words; of a signed record in it, what that says."""
    say, step = scene.say, _pass(scene, what)
    match what:
        case e.AtStep():
            return step
        case e.ValueRecorded():
            said = say.markup(
                "says.value", step=step, name=scene.text(what.name), value=value_text(scene, what.value, what.unit)
            )
            observed = _timed(scene, "says.observed", what.observed)
            return together(said, observed, _late(scene, what.late))
        case e.InstrumentUsed():
            said = say.markup("says.instrument", step=step, instrument=scene.text(what.instrument))
            serves = what.serves_as and say.markup("says.serves-as", role=scene.text(what.serves_as))
            return together(said, serves, _timed(scene, "says.due", what.due))
        case e.Checked():
            key = "says.check-passed" if what.passed else "says.check-not-passed"
            return with_prose(scene, say.markup(key, step=step), what.text)
        case e.Authorised():
            expires = exact(what.expires)
            return say.markup(
                "says.authorised", step=step, actor=scene.actor(what.actor), action=action(scene, what), time=expires
            )
        case e.Acted():
            leave = say.markup("says.leave", entry=_ref(scene, what.authorised)) if what.authorised else None
            said = say.markup("says.acted", step=step, action=action(scene, what))
            return join(said, ", ", leave or say("says.no-leave"))
        case e.Released():
            about = step if what.deviation is None else deviation(scene, what.deviation)
            return with_prose(scene, about, what.text)
        case e.StepSkipped():
            return with_prose(scene, step, what.reason) if what.reason else _unexplained(scene, step)
        case e.DeviationRaised() | e.DeviationRuled() | e.DeviationRemediated() | e.DeviationClosed():
            return _of_deviation(scene, what)
        case e.EvidenceAdded() | e.Transferred() | e.Received() | e.Voided() | e.Correction():
            return _of_evidence(scene, what)
    return _of_run(scene, what)


def _of_evidence(scene: Scene, what: _OfEvidence) -> Markup:
    """Give what the kinds about evidence and its custody say, and those that change what counts."""
    say = scene.say
    match what:
        case e.EvidenceAdded():
            captured = _timed(scene, "says.captured", what.captured)
            source = what.source and say.markup("says.source", source=scene.text(what.source))
            copy = what.copy and say(f"copy.{what.copy}")
            return together(item(scene, what.item), captured, source, copy, _late(scene, what.late))
        case e.Transferred():
            said = say.markup("says.transferred", item=evidence(scene, what.digest), actor=scene.actor(what.to))
            return with_prose(scene, said, what.reason)
        case e.Received():
            return say.markup("says.received", entry=_ref(scene, what.transfer))
        case e.Voided():
            return with_prose(scene, say.markup("says.voided", entry=_ref(scene, what.voids)), what.why)
    old = element("del", value_text(scene, what.old, None), cls="old")
    new = element("ins", value_text(scene, what.new, None), cls="new")
    said = say.markup("says.corrected", entry=_ref(scene, what.corrects), old=old, new=new)
    return with_prose(scene, said, what.why)


def _of_deviation(scene: Scene, what: _OfDeviation) -> Markup:
    """Give what the kinds about deviations say."""
    say = scene.say
    match what:
        case e.DeviationRaised():
            about: list[Content] = [step_link(scene, step) for step in what.steps]
            about += [_ref(scene, ref) for ref in what.values]
            about += [evidence(scene, digest) for digest in what.evidence]
            scope = scene.listed(about) if about else say("says.the-run")
            head = say.markup(
                "says.deviation", severity=say(f"severity-word.{what.severity}"), reason=scene.text(what.reason)
            )
            occurred = _timed(scene, "says.occurred", what.occurred)
            said = together(head, say.markup("says.about", scope=scope), occurred)
            action = what.action and join(" ", say("says.action"), " ", prose(scene, what.action))
            return join(with_prose(scene, said, what.description), action)
        case e.DeviationRuled():
            ruling = say(f"ruling.{what.ruling}")
            return say.markup("says.ruled", deviation=deviation(scene, what.deviation), ruling=ruling)
        case e.DeviationRemediated():
            shown = [evidence(scene, digest) for digest in what.evidence]
            by = say.markup("says.shown-by", evidence=scene.listed(shown)) if shown else None
            return with_prose(scene, together(deviation(scene, what.deviation), by), what.text)
    return with_prose(scene, deviation(scene, what.deviation), what.text)


def _of_run(scene: Scene, what: _OfRun) -> Markup:
    """Give what the kinds about the run say."""
    say = scene.say
    match what:
        case e.RunStarted():
            subject = [join(scene.text(name), " ", scene.text(one)) for name, one in what.subject.items()]
            recorder = say.markup("says.recorder", recorder=scene.text(what.recorder))
            clock = what.clock and say.markup("says.clock", clock=scene.text(what.clock))
            related = [say.markup(f"says.{one.relation}", run=scene.digest(one.run.hex())) for one in what.related]
            return together(scene.listed(subject), recorder, clock, *related)
        case e.Note():
            step = _pass(scene, what)
            return with_prose(scene, step, what.text) if what.step else prose(scene, what.text)
        case e.Gap():
            since = _timed(scene, "says.stopped-since", what.since)
            cut = say("says.cut", count=what.cut.size) if what.cut else None
            said = together(since or say("says.stopped"), cut)
            return with_prose(scene, said, what.reason) if what.reason else _unexplained(scene, said)
        case e.ClockChanged():
            said = say.markup("says.clock-changed", clock=scene.text(what.clock))
            return with_prose(scene, together(said, _moved(scene, what.by)), what.text)
        case e.RunEnded():
            return with_prose(scene, join(say(f"says.{what.outcome}")), what.reason)
    return _signed(scene, what)


def _signed(scene: Scene, what: _Signed) -> Markup:
    """Give what the signed record in an entry says; whether its signature holds, findings say."""
    say = scene.say
    try:
        match what:
            case e.Assigned():
                return _member(
                    scene, parse_assignment(parse_cose(what.assignment, RecordType.ASSIGNMENT).payload).member
                )
            case e.Attested():
                count = parse_attestation(parse_cose(what.attestation, RecordType.ATTESTATION).payload).count
                return join(say("says.attested", count=count))
        witness = parse_witness(parse_cose(what.witness, RecordType.WITNESS).payload)
    except Rejected:
        return join(say("says.not-readable"))
    return say.markup("says.witnessed", witness=scene.text(witness.witness), time=exact(witness.time))


def _member(scene: Scene, member: Member) -> Markup:
    """Describe an actor: name, kind, roles, who is accountable, what it runs, what the person holds (SPEC 6.1)."""
    say = scene.say
    head = join(scene.text(member.id), ": ", scene.name(member.name), ", ", say(f"actor-kind.{member.kind}"))
    held = [scene.text(one.id) for one in member.qualifications]
    return together(
        head,
        say.markup("says.roles", roles=scene.listed(scene.text(role) for role in member.roles)),
        member.principal and say.markup("says.principal", person=scene.text(member.principal)),
        member.software and say.markup("says.software", software=scene.text(member.software)),
        say.markup("says.holds", qualifications=scene.listed(held)) if held else None,
    )


def item(scene: Scene, what: Item) -> Markup:
    """Describe an evidence item: a link by its name, its media type and size, and where it belongs."""
    place = step_link(scene, what.step, what.number) if what.step else scene.say("says.the-run")
    slot = what.slot and join(", ", scene.text(what.slot))
    form = scene.say.markup("says.form", media=scene.text(what.media), count=what.size)
    return join(place, slot, ": ", evidence(scene, what.digest, what), ", ", form)


def evidence(scene: Scene, digest: bytes, named: Item | None = None) -> Markup:
    """Give the link to an evidence item, by its name or its digest; no link if nothing in the story has the digest."""
    known = scene.relations.items.get(digest.hex())
    what = named or (known and known.item)
    text = scene.text(what.name) if what and what.name else scene.digest(digest.hex())
    return text if known is None else scene.evidence_link(known, text)


def deviation(scene: Scene, ref: Ref) -> Markup:
    """Give the link to a deviation; to its entry if the story does not have it."""
    known = ref.seq in scene.story.deviations
    return scene.link(f"deviation-e{ref.seq}", f"e{ref.seq}") if known else scene.entry(ref.seq)


def step_link(scene: Scene, step: str, number: int | None = None) -> Markup:
    """Give the link to a step and its pass; its name alone if the page has no such step."""
    if step not in scene.story.steps:
        return scene.text(step)
    return scene.relations.once(("step", step, number), partial(scene.step, step, number))


def exact(time: Time) -> Markup:
    """Give a claimed time with all of its digits, in a form that needs no attribute (HTML, 2.3.5.7)."""
    return element("time", rfc3339(time.ms, time.offset).replace("T", " "))


def prose(scene: Scene, text: str) -> Markup:
    """Give text of the record that may be long: what follows after the first characters can be folded away."""
    if len(text) <= SHOWN:
        return scene.prose(text)
    at = max(text.rfind(blank, SHOWN // 2, SHOWN) for blank in " \n") + 1 or SHOWN
    rest = element("summary", scene.say("says.rest", count=len(text) - at))
    return join(scene.prose(text[:at]), element("details", rest, element("div", scene.prose(text[at:])), cls="fold"))


def with_prose(scene: Scene, head: Markup, text: str | None) -> Markup:
    """Give what a record says, and its own words after a colon, if it has some."""
    return join(head, ": ", prose(scene, text)) if text else head


def together(first: Content, *others: Content) -> Markup:
    """Give what is there, with semicolons between."""
    made: list[Content] = [first]
    for other in others:
        made += ["; ", other] if other else []
    return join(made)


def _pass(scene: Scene, what: object) -> Markup:
    """Give the link to the step that an entry names, and the pass; nothing for what belongs to no step."""
    step: str | None = getattr(what, "step", None)
    return Markup("") if step is None else step_link(scene, step, getattr(what, "number", None))


def _unexplained(scene: Scene, head: Markup) -> Markup:
    return join(head, ", ", scene.say("says.no-reason"))


def _timed(scene: Scene, key: str, time: Time | None) -> Markup | None:
    return None if time is None else scene.say.markup(key, time=exact(time))


def _late(scene: Scene, why: str | None) -> Markup | None:
    return join(scene.say("says.late"), ": ", prose(scene, why)) if why else None


def action(scene: Scene, what: e.Authorised | e.Acted) -> Markup:
    """Name an action and its arguments, in the same words where leave is given and where it is used."""
    return join(scene.text(what.action), " (", scene.digest(what.arguments.hex()), ")")


def _moved(scene: Scene, by: int | None) -> str | None:
    """Say by how much a clock was set."""
    if by is None:
        return None
    return scene.say("says.set-back" if by < 0 else "says.set-forward", span=duration(abs(by)))


def _ref(scene: Scene, ref: Ref) -> Markup:
    return scene.entry(ref.seq)
