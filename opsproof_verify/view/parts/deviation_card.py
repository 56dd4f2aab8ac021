"""The card of a deviation: what it says, how it stands, and the chain of what followed from it."""

from __future__ import annotations

from collections.abc import Iterator

from opsproof_verify import kinds as e
from opsproof_verify.contract import Reason
from opsproof_verify.findings import Time
from opsproof_verify.records import SignOff
from opsproof_verify.report import DeviationFacts, SignOffFacts
from opsproof_verify.view.html import Content, Markup, element, join
from opsproof_verify.view.parts.layout import facts
from opsproof_verify.view.parts.pieces import (
    evidence_link,
    judged,
    lasted,
    moment,
    more,
    quoted,
    signed,
    value_link,
)
from opsproof_verify.view.scene import Scene
from opsproof_verify.view.story import DeviationStory, Signed, When

#: Things of one kind in a card that are listed.
MOST = 100

_After = e.DeviationRuled | e.Released | e.DeviationRemediated | e.DeviationClosed


class Known:
    """What is known of deviations, looked up once: what the report says, sign-offs that cover or remediate them."""

    def __init__(self, scene: Scene) -> None:
        """Look all of it up."""
        story, report = scene.story, scene.report
        self.facts: dict[int, DeviationFacts] = {one.seq: one for one in report.deviations}
        self.covering: dict[int, list[SignOffFacts]] = {}
        for one in report.signoffs:
            for seq in one.covers:
                self.covering.setdefault(seq, []).append(one)
        self.remediating: dict[int, list[Signed[SignOff]]] = {}
        for signoff in story.signoffs:
            if signoff.record.deviation is not None:
                self.remediating.setdefault(signoff.record.deviation.seq, []).append(signoff)
        self._states = {seq: self._state(scene, seq) for seq in story.deviations}

    def state(self, seq: int) -> str:
        """Give how a deviation stands."""
        return self._states[seq]

    def settled(self, seq: int) -> bool:
        """Tell whether nothing about a deviation is open."""
        return self._states[seq] == "good"

    def _state(self, scene: Scene, seq: int) -> str:
        one = self.facts.get(seq)
        state = scene.state(scene.about(seq=seq), "good" if one is not None and judged(scene) else "off")
        owed = one is not None and (one.remediated is False or one.closed is False)
        return "open" if owed and state == "good" else state


def deviation_card(scene: Scene, known: Known, told: DeviationStory) -> Markup:
    """Give the card of a deviation."""
    seq, what, one = told.when.seq, told.what, known.facts.get(told.when.seq)
    reason = _reason(scene, what.reason)
    state = known.state(seq)
    head = element(
        "header",
        element("h3", scene.text(reason.title if reason else what.reason)),
        element("code", what.reason, cls="muted", translate="no") if reason else None,
        scene.entry(seq),
        scene.badge(state, scene.say(f"deviations.state.{state}")),
    )
    pairs = [
        (scene.say("deviations.severity"), _severity(scene, what, reason)),
        (scene.say("deviations.ruling"), _ruling(scene, told, one)),
        (scene.say("deviations.demands"), _demands(scene, one)),
        (scene.say("deviations.blocked"), _blocked(scene, told)),
        (scene.say("deviations.occurred"), _occurred(scene, told)),
        (scene.say("deviations.raised"), signed(scene, told.when)),
        (scene.say("deviations.about"), _about(scene, what)),
        (scene.say("deviations.action"), what.action and scene.prose(what.action)),
    ]
    chain = list(_chain(scene, known, told))
    return element(
        "article",
        head,
        element("div", scene.prose(what.description), cls="said"),
        scene.found(scene.about(seq=seq)),
        facts(pairs),
        element("h4", scene.say("deviations.followed")) if chain else None,
        element("ol", [element("li", item) for item in chain[:MOST]], cls="chain") if chain else None,
        more(scene, len(chain) - MOST),
        cls=f"card deviation is-{state}",
        id=f"deviation-e{seq}",
    )


def blocked(told: DeviationStory) -> tuple[When, When | None] | None:
    """Give from when a deviation blocked work, by its recorded ruling, to its first release; None if it did not."""
    ruled = next(
        (when for when, what in told.after if isinstance(what, e.DeviationRuled) and what.ruling == "block"), None
    )
    if ruled is None:
        return None
    return ruled, next((when for when, what in told.after if isinstance(what, e.Released)), None)


def _reason(scene: Scene, code: str) -> Reason | None:
    """Give a reason of the domain pack; None if it has no such reason."""
    contract = scene.story.contract
    return contract.pack.reasons.get(code) if contract and contract.pack else None


def _severity(scene: Scene, what: e.DeviationRaised, reason: Reason | None) -> Content:
    stated = scene.say(f"severity-word.{what.severity}")
    if reason is None or reason.severity == what.severity:
        return stated
    least = scene.say(f"severity-word.{reason.severity}")
    return join(stated, " ", element("span", scene.say("deviations.least", severity=least), cls="muted"))


def _ruling(scene: Scene, told: DeviationStory, one: DeviationFacts | None) -> Content:
    """Give what was ruled when it was raised, and what the verifier computes now (SPEC 6.7-4)."""
    recorded = next((what.ruling for _, what in told.after if isinstance(what, e.DeviationRuled)), None)
    then = scene.say(f"ruling.{recorded}") if recorded else scene.say("deviations.not-ruled")
    if one is None:
        return join(then, " ", element("span", scene.say("deviations.not-computed"), cls="muted"))
    now = scene.say(f"ruling.{one.ruling}")
    if one.ruling == recorded:
        return join(then, " ", element("span", scene.say("deviations.same"), cls="muted"))
    return join(then, "; ", scene.say.markup("deviations.computed", ruling=element("b", now)))


def _demands(scene: Scene, one: DeviationFacts | None) -> Content:
    """Say whether what must be done about it was done; None if nothing must."""
    asked = () if one is None else (("remediated", one.remediated), ("closed", one.closed))
    badges = [
        scene.badge("good" if met else "open", scene.say(f"deviations.{name if met else f'not-{name}'}"))
        for name, met in asked
        if met is not None
    ]
    return join([join(" ", badge) for badge in badges]) if badges else None


def _blocked(scene: Scene, told: DeviationStory) -> Content:
    found = blocked(told)
    if found is None:
        return None
    began, ended = found
    if ended is None:
        return scene.badge("open", scene.say("deviations.not-released"))
    return scene.say.markup(
        "deviations.blocked-for",
        time=lasted(ended.time.ms - began.time.ms),
        entries=scene.entries((began.seq, ended.seq)),
    )


def _occurred(scene: Scene, told: DeviationStory) -> Content:
    """Say when it happened, and how long before it was recorded."""
    occurred = told.what.occurred
    if occurred is None:
        return None
    return join(moment(occurred), " ", element("span", lag_text(scene, occurred, told.when.time), cls="muted"))


def lag_text(scene: Scene, happened: Time, recorded: Time) -> str:
    """Say how long after it happened something was recorded."""
    lag = recorded.ms - happened.ms
    return scene.say("deviations.after" if lag >= 0 else "deviations.before", time=lasted(abs(lag)))


def _about(scene: Scene, what: e.DeviationRaised) -> Content:
    """Give links to what a deviation names; the whole run if it names nothing (SPEC 6.7-2)."""
    lines: list[Content] = [scene.step(step) if step in scene.story.steps else scene.text(step) for step in what.steps]
    lines += [value_link(scene, ref.seq) for ref in what.values]
    lines += _items(scene, what.evidence)
    if not lines:
        return scene.say("deviations.whole-run")
    return [element("ul", [element("li", line) for line in lines[:MOST]], cls="plain"), more(scene, len(lines) - MOST)]


def _items(scene: Scene, digests: tuple[bytes, ...]) -> list[Content]:
    """Give links to evidence by its digests."""
    found = ((digest.hex(), scene.relations.items.get(digest.hex())) for digest in digests)
    return [evidence_link(scene, item) if item else scene.digest(digest) for digest, item in found]


def _chain(scene: Scene, known: Known, told: DeviationStory) -> Iterator[Content]:
    """Give what followed from a deviation, in the order of the file."""
    for when, what in told.after:
        yield _event(scene, when, what)
    for one in known.remediating.get(told.when.seq, ()):
        yield _remediation(scene, one)
    for signoff in known.covering.get(told.when.seq, ()):
        yield _cover(scene, signoff)


def _event(scene: Scene, when: When, what: _After) -> Content:
    """Give an entry about a deviation."""
    by = element("span", signed(scene, when), cls="muted")
    match what:
        case e.DeviationRuled():
            ruling = element("b", scene.say(f"ruling.{what.ruling}"))
            return join(scene.say.markup("deviations.ruled", ruling=ruling), " ", by)
        case e.Released():
            return join(element("b", scene.say("deviations.released")), " ", by, quoted(scene, what.text))
        case e.DeviationRemediated():
            items = _items(scene, what.evidence)[:MOST]
            with_items = scene.say.markup("deviations.with", items=scene.listed(items)) if items else None
            head = element("b", scene.say("deviations.remediated"))
            return join(head, " ", by, quoted(scene, what.text), with_items)
    return join(element("b", scene.say("deviations.closed")), " ", by, quoted(scene, what.text))


def _remediation(scene: Scene, one: Signed[SignOff]) -> Content:
    """Give a sign-off that remediates a deviation after the seal (SPEC 6.9)."""
    record = one.record
    items = _items(scene, tuple(item.digest for item in record.evidence))[:MOST]
    with_items = scene.say.markup("deviations.with", items=scene.listed(items)) if items else None
    head = element("b", scene.say("deviations.remediated-after"))
    link = scene.signoff_link(one.hash, scene.name(record.name))
    by = element("span", link, ", ", scene.text(record.role), ", ", moment(record.time), cls="muted")
    return join(head, " ", by, quoted(scene, record.text), with_items)


def _cover(scene: Scene, one: SignOffFacts) -> Content:
    """Give an approval that covers a deviation."""
    key = "deviations.covered" if one.standing else "deviations.covered-withdrawn"
    link = scene.signoff_link(one.hash, scene.name(one.name))
    by = element("span", link, ", ", scene.text(one.role), ", ", moment(one.time), cls="muted")
    return join(element("b", scene.say(key)), " ", by, quoted(scene, one.meaning_text))
