"""Where in the page a thing stands: links from findings, and to what is owed. What the page does not show has none."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from opsproof_verify.findings import Fact, Finding
from opsproof_verify.view.html import Content, Markup, element, join
from opsproof_verify.view.scene import Scene

#: Rows of a table about people, signatures and what is hidden.
MAX_CARDS = 200

#: Links of one kind that stand in a line.
FEW = 10

#: Facts of a finding that name entries.
_ENTRIES = ("before", "checked", "deviation", "entry", "entries")


class Places:
    """The places of one page."""

    def __init__(self, scene: Scene) -> None:
        """Look up what findings name by a frame: what stands around the log."""
        story = scene.story
        self._scene = scene
        self._frames = {one.frame: "approval" for one in story.approvals}
        self._frames.update((one.frame, "signoff") for one in story.signoffs)
        self._frames.update({1: "contract"} if story.contract else {})
        self._frames.update({story.seal[0]: "seal"} if story.seal else {})
        self._by_name: dict[str, Callable[[str], Markup]] = {
            "step": self.step,
            "actor": self.actor,
            "signoff": self.signoff,
            "digest": self.evidence,
            "rule": self.rule,
        }
        self._actors = frozenset(islice(story.actors, MAX_CARDS))

    def entry(self, seq: int) -> Markup:
        """Give a link to an entry, if the file has it."""
        return self._scene.entry(seq) if 0 <= seq < self._scene.story.entries else element("span", f"e{seq}")

    def entries(self, numbers: Iterable[int]) -> Markup:
        """Give links to the first entries, and how many more there are."""
        every = list(numbers)
        return self.few([self.entry(seq) for seq in every[:FEW]], len(every), "shared.more")

    def few(self, first: list[Markup], count: int, more: str = "place.more") -> Markup:
        """Give the first things with commas between them, and how many more there are."""
        say, shown = self._scene.say, self._scene.listed(first)
        return join(shown, ", ", say(more, count=count - len(first))) if count > len(first) else shown

    def frame(self, number: int) -> Markup:
        """Give a link to a frame, by what it holds and its number."""
        what = self._frames.get(number)
        return self._framed(number, f"place.{what}-frame" if what else "place.frame")

    def number(self, number: int) -> Markup:
        """Give a link to a frame by its number alone, where it is said what it holds."""
        return self._framed(number, "place.frame")

    def _framed(self, number: int, key: str) -> Markup:
        """Give a link to a frame, if the record below has a row for it."""
        text, place = self._scene.say(key, number=number), self._scene.story.anchors.get(number)
        return element("span", text) if place is None else self._scene.link(place, text)

    def step(self, step: str, number: int | None = None) -> Markup:
        """Give a link to a step, if there is one of this name."""
        known = step in self._scene.story.steps
        return self._scene.step(step, number) if known else self._scene.text(step)

    def evidence(self, digest: str) -> Markup:
        """Give a link to evidence by its digest, if it is known."""
        text = self._scene.say.markup("place.evidence", digest=self._scene.digest(digest))
        known = self._scene.relations.items.get(digest)
        return text if known is None else self._scene.evidence_link(known, text)

    def signoff(self, digest: str) -> Markup:
        """Give a link to a sign-off by its hash, by the printed name of its signer, if it has a card."""
        signed = self._scene.relations.signoffs.get(digest)
        if signed is None:
            return self._scene.say.markup("place.signoff", digest=self._scene.digest(digest))
        text = self._scene.say.markup("place.signoff-of", name=self._scene.text(signed.record.name))
        return self._scene.signoff_link(digest, text)

    def actor(self, actor: str) -> Markup:
        """Give an actor by printed name, with a link to its row."""
        text = self._scene.actor(actor)
        return self._scene.link(f"actor-{actor}", text) if actor in self._actors else text

    def deviation(self, seq: int) -> Markup:
        """Give a link to a deviation; to its entry if it is none."""
        if seq not in self._scene.story.deviations:
            return self.entry(seq)
        return self._scene.link(f"deviation-e{seq}", join(self._scene.say.term("deviation"), f" e{seq}"))

    def rule(self, rule: str) -> Markup:
        """Give a link to what became of a rule."""
        return element("a", element("code", rule), href=f"#rule-{rule}")

    def named(self, known: dict[str, Fact], *names: str) -> Iterator[Markup]:
        """Give links to what facts of some names name: ``step``, ``actor``, ``signoff``, ``digest``, ``rule``."""
        for name in names:
            if name in known:
                yield self._by_name[name](str(known[name]))

    def about(self, found: Finding) -> Markup | None:
        """Give links to all that a finding is about; None if it names nothing."""
        links = list(self._subject(dict(found.subject)))
        links += [self.entry(seq) for name, value in found.facts if name in _ENTRIES for seq in _numbers(value)[:FEW]]
        return self._scene.listed(links) if links else None

    def _subject(self, known: dict[str, Fact]) -> Iterable[Content]:
        """Give links to what a subject names, in the order in which a person looks."""
        seq, frame = known.get("seq"), known.get("frame")
        if isinstance(seq, int):
            yield self.deviation(seq)
        if "step" in known:
            number = known.get("pass")
            yield self.step(str(known["step"]), number if isinstance(number, int) else None)
        for name in ("value", "slot", "person", "path"):
            if name in known:
                yield self._scene.say.markup(f"place.{name}", name=self._scene.text(str(known[name])))
        yield from self.named(known, "digest", "actor", "signoff", "rule")
        if isinstance(frame, int) and seq is None and "signoff" not in known:
            yield self.frame(frame)


def _numbers(value: Fact) -> list[int]:
    """Give the entries that a fact names."""
    return [one for one in (value if isinstance(value, tuple) else (value,)) if isinstance(one, int)]
