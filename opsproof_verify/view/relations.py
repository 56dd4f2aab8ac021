"""What entries of a story have to do with each other, found once for all parts of the page."""

from __future__ import annotations

from collections.abc import Callable, Container

from opsproof_verify import kinds as e
from opsproof_verify.view.html import Markup
from opsproof_verify.view.story import EvidenceStory, Story, ValueStory, When

#: Evidence items that have a card, those with findings first, and sign-offs that have one.
MOST_ITEMS, MOST_SIGNOFFS = 300, 200

_MOST_MADE = 10_000


class Relations:
    """Looks up what a record names, or is named by; of a very large run, what the story keeps."""

    def __init__(self, story: Story, named: Container[tuple[str, object]]) -> None:
        """Take a story, and what findings name in their subjects."""
        self._made: dict[tuple[object, ...], Markup] = {}
        self.later: dict[int, list[tuple[When, e.Correction | e.Voided]]] = {}  # by the entry that they change
        for when, what in story.events:
            match what:
                case e.Correction():
                    self.later.setdefault(what.corrects.seq, []).append((when, what))
                case e.Voided():
                    self.later.setdefault(what.voids.seq, []).append((when, what))
        self.items = {item.item.digest.hex(): item for item in reversed(story.evidence)}  # the first of each digest
        self.evidence = {item.when.seq: item for item in story.evidence if item.when is not None}  # by entry
        self.values: dict[int, ValueStory] = {}  # by the entries that hold or held them: recorded, corrected
        for value in (value for step in story.steps.values() for one in step.passes.values() for value in one.values):
            self.values[value.when.seq] = value
            self.values.update((when.seq, value) for when, _ in value.corrections)
        self.deviations: dict[str, list[int]] = {}  # those that name an item, by its digest
        for seq, deviation in story.deviations.items():
            for digest in deviation.what.evidence:
                self.deviations.setdefault(digest.hex(), []).append(seq)
        self.frames = {one.frame: one for one in story.signoffs}
        self.signoffs = {one.hash: one for one in reversed(story.signoffs[:MOST_SIGNOFFS])}  # by hash, that with a card
        self.cards = _cards(story, named)
        self._entries = story.entries
        self._placed = frozenset(item.id for item in self.cards)

    def step(self, seq: int) -> str | None:
        """Give the step of the value or the item that an entry records; None if it records none, or for the run."""
        value, item = self.values.get(seq), self.evidence.get(seq)
        return value.what.step if value else item.item.step if item else None

    def once(self, key: tuple[object, ...], make: Callable[[], Markup]) -> Markup:
        """Give markup that many rows have: made once, as long as there are not too many that differ."""
        made = self._made.get(key)
        if made is None:
            made = make()
            if len(self._made) < _MOST_MADE:
                self._made[key] = made
        return made

    def place(self, item: EvidenceStory) -> str | None:
        """Give the place in the page that shows most of an item: its card, else the record that names it.

        None if neither is there: an entry may have the number of one that is missing.
        """
        if item.id in self._placed:
            return f"evidence-{item.id}"
        if item.when is None:
            return f"f{item.signoff}"
        return f"e{item.when.seq}" if item.when.seq < self._entries else None

    def signoff(self, digest: str) -> str | None:
        """Give the place of the card of a sign-off, by its hash; None if it has none."""
        return f"signoff-{digest[:12]}" if digest in self.signoffs else None


def _cards(story: Story, named: Container[tuple[str, object]]) -> tuple[EvidenceStory, ...]:
    """Choose the items that have a card, those that findings name before the others."""

    def asks(item: EvidenceStory) -> bool:
        subjects = [("digest", item.item.digest.hex()), ("frame", item.frame)]
        subjects += [("seq", item.when.seq)] if item.when else []
        return any(subject in named for subject in subjects)

    told = [(not asks(item), number) for number, item in enumerate(story.evidence)]
    return tuple(story.evidence[number] for _, number in sorted(told)[:MOST_ITEMS])
