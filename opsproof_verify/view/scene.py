"""What the parts of the page share: report, story and words, and how a text, a time or an entry is written."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from hashlib import sha256
from typing import NamedTuple

from opsproof_verify.contract import Member
from opsproof_verify.findings import Finding, Time, Verdict
from opsproof_verify.register import Severity
from opsproof_verify.render.json_report import render_json
from opsproof_verify.render.times import rfc3339
from opsproof_verify.report import Report, SignOffFacts
from opsproof_verify.view.catalogue import Catalogue
from opsproof_verify.view.html import Content, Markup, element, join
from opsproof_verify.view.marks import confusable, marked
from opsproof_verify.view.relations import Relations
from opsproof_verify.view.story import EvidenceStory, Story

#: Digits of a digest that stand where the whole one would be too long.
SHORT = 12

_MS = re.compile(r"\.\d{3}")

_SHAPES = {"good": "✓", "open": "◆", "bad": "✕", "off": "○"}

#: The state that a finding of a severity is shown as, and a verdict.
FOUND = {Severity.FAIL: "bad", Severity.PROVISIONAL: "open", Severity.NOTE: "off"}
DECIDED = {Verdict.FAIL: "bad", Verdict.PROVISIONAL: "open", Verdict.FINAL: "good"}


class Placed(NamedTuple):
    """A finding and its number in the report, from 1."""

    number: int
    finding: Finding


class Scene:
    """One page in the making; the parts ask it and change nothing."""

    def __init__(
        self,
        report: Report,
        story: Story,
        say: Catalogue,
        content: Callable[[EvidenceStory], bytes | None],
        others: tuple[Report, ...] = (),
    ) -> None:
        """Take what the page is made of.

        ``content`` gives the bytes of an item, None if the page leaves them out; ``others`` are the reports on the same
        bundle under other policies.
        """
        self.report = report
        self.others = others
        self.story = story
        self.content = content
        pack = story.contract.pack if story.contract is not None and report.contract is not None else None
        self.say = say.speaking(pack.terms) if pack else say
        self.findings = tuple(Placed(number, one) for number, one in enumerate(report.findings, 1))
        self._about: dict[tuple[str, object], list[Placed]] = {}
        for placed in self.findings:
            for named in placed.finding.subject:
                self._about.setdefault(named, []).append(placed)
        self._signoffs = {one.frame: one for one in report.signoffs}
        self.relations = Relations(story, self._about.keys())
        self.report_digest = sha256(render_json(report)).hexdigest()

    def about(self, **subject: str | int) -> list[Placed]:
        """Give the findings whose subject names all that is given: ``seq=17``, ``step="dry"``, ``frame=4`` ..."""
        first, *rest = subject.items()
        named = self._about.get(first, [])
        return [one for one in named if all(other in one.finding.subject for other in rest)]

    def state(self, found: Iterable[Placed], otherwise: str = "good") -> str:
        """Give the gravest state of findings: ``bad``, ``open``, or ``otherwise``."""
        states = {FOUND[one.finding.severity] for one in found}
        return next((state for state in ("bad", "open") if state in states), otherwise)

    def counted(self, severity: Severity) -> int:
        """Give how many findings there are of a severity, also those that are not listed (SPEC 9.2-4)."""
        counts = {(code, level): count for code, level, count in self.report.counts}
        listed = Counter(one.code.name for one in self.report.findings if one.severity is severity)
        return sum(counts.get((code, severity), count) for code, count in listed.items())

    def shape(self, state: str) -> Markup:
        """Give the shape of a state, which says what its colour says."""
        return element("span", _SHAPES[state], cls="shape", aria_hidden="true")

    def badge(self, state: str, text: Content = None) -> Markup:
        """Give a state (``good``, ``open``, ``bad``, ``off``) by shape, word and colour."""
        return element("span", self.shape(state), " ", text or self.say(f"state.{state}"), cls=f"badge is-{state}")

    def text(self, text: str) -> Markup:
        """Give text of the record: as it is, never translated, its hidden characters marked."""
        return element("bdi", marked(text), translate="no")

    def prose(self, text: str) -> Markup:
        """Give text of the record that may have several lines."""
        return element("bdi", marked(text), translate="no", dir="auto", cls="prose")

    def name(self, text: str) -> Markup:
        """Give a name of the record, with a warning if it may not be what it looks like."""
        why = confusable(text)
        if why is None:
            return self.text(text)
        title = self.say("shared.look-alike", why=self.say(f"shared.{why}"))
        return join(self.text(text), " ", element("span", f"⚠ {title}", cls="confusable"))

    def time(self, time: Time) -> Markup:
        """Give a claimed time to the second with its own offset, UTC behind it; rows of the record have all digits."""
        own, utc = rfc3339(time.ms, time.offset), rfc3339(time.ms)
        title = self.say("shared.utc", time=_short(utc).removesuffix("Z")) if time.offset else None
        year = own.partition("-")[0]
        return element("time", _short(own), datetime=own if len(year) == 4 else None, title=title)

    def digest(self, digest: str, *, whole: bool = False) -> Markup:
        """Give a digest in hexadecimal, shortened unless ``whole``."""
        if whole:
            groups = (digest[at : at + 8] for at in range(0, len(digest), 8))
            return element("code", join([one, element("wbr")] for one in groups), cls="digest", translate="no")
        return element("code", f"{digest[:SHORT]}…", cls="digest", title=digest, translate="no")

    def entry(self, seq: int, text: Content = None) -> Markup:
        """Give a link to an entry; only its number, where the file has no such entry."""
        if seq >= self.story.entries:
            return element("span", text or f"e{seq}", cls="ref")
        return element("a", text or f"e{seq}", href=f"#e{seq}", cls="ref")

    def entries(self, numbers: Iterable[int]) -> Markup:
        """Give links to entries, with commas between them."""
        return self.listed(self.entry(seq) for seq in numbers)

    def listed(self, items: Iterable[Content]) -> Markup:
        """Give items with commas between them."""
        made: list[Content] = []
        for item in items:
            made += [", ", item] if made else [item]
        return join(made)

    def link(self, place: str, text: Content) -> Markup:
        """Give a link to a place in the page."""
        return element("a", text, href=f"#{place}")

    def evidence_link(self, item: EvidenceStory, text: Content) -> Markup:
        """Give the link to an evidence item; the text alone if the page has no place for it."""
        place = self.relations.place(item)
        return join(text) if place is None else self.link(place, text)

    def signoff_link(self, digest: str, text: Content) -> Markup:
        """Give the link to the card of a sign-off, by its hash; the text alone if it has none."""
        place = self.relations.signoff(digest)
        return join(text) if place is None else self.link(place, text)

    def step(self, step: str, number: int | None = None) -> Markup:
        """Give a link to a step, by its title; the pass where there are several."""
        told = self.story.steps.get(step)
        title = self.name(told.step.title) if told and told.step else self.text(step)
        if number is None or (number == 1 and told is not None and len(told.passes) <= 1):
            return self.link(f"step-{step}", title)
        return join(self.link(f"step-{step}", title), ", ", self.say.term("pass"), f" {number}")

    def member(self, actor: str) -> Member | None:
        """Give who an actor is; None if nobody has said."""
        return self.story.actors.get(actor)

    def actor(self, actor: str) -> Markup:
        """Give an actor by printed name and id."""
        member = self.member(actor)
        if member is None:
            return element("span", self.text(actor), cls="actor")
        kind = self.say(f"actor-kind.{member.kind}")
        mark = None if member.kind == "human" else element("span", kind, cls="actor-kind")
        named = None if member.name == actor else join(" ", element("code", actor, translate="no"))
        return element("span", self.name(member.name), named, " " if mark else None, mark, cls="actor")

    def signoff(self, frame: int) -> SignOffFacts | None:
        """Give what the report says of the sign-off in a frame; None if it could not be judged."""
        return self._signoffs.get(frame)

    def found(self, found: Iterable[Placed]) -> Markup | None:
        """Give findings as a list of links with their sentences; None if there are none."""
        rows = [
            element(
                "li",
                self.badge(FOUND[one.finding.severity], one.finding.code.name),
                " ",
                self.link(f"finding-{one.number}", self.say.sentence(one.finding)),
            )
            for one in found
        ]
        return element("ul", rows, cls="found") if rows else None


def _short(time: str) -> str:
    """Give an RFC 3339 time without milliseconds, as people write it."""
    return _MS.sub("", time).replace("T", " ")
