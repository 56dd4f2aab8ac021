"""Odd runs: entries of all kinds in any order, about anything that was recorded before, or that was not.

A run of :mod:`support.worlds` with some hundred further entries, drawn at random from few names, so that they meet: the
same value in one pass, the same content in one slot, corrections of corrections, what is void and recorded again, steps
and passes that the contract does not know. Chain, seal and windows hold; now and then an entry is withheld.
"""

from __future__ import annotations

import contextlib
import random
from typing import Any

from . import worlds
from .bundles import DAY, HOUR, MINUTE, OFFSET, START, Subject, base, cbor, model

_HUMANS = ("operator-a", "operator-b", "supervisor-1")
_ACTORS = (*_HUMANS, "agent-1")
_STEPS = ("weigh", "weigh", "label", "label", "photograph", "inspect", "clear", "clean", "unknown", "other")
_NAMES = ("mass", "remark", "count", "further", "further-2", "further-3")
_VALUES: tuple[Any, ...] = ("42.50", "43.50", "41.00", 7, 12, True, "text")
_BODIES = tuple(base.PHOTO + bytes([number]) for number in range(5))


class _Drawing:
    """The entries drawn so far, by what they are."""

    def __init__(self, draw: random.Random, subject: Subject) -> None:
        self.draw = draw
        self.items: list[Any] = []
        self.number = 0
        self.digests = [model.Digest("none")]
        wrong = [model.Ref("started")] if draw.random() < 0.2 else []  # what no ref may name
        self.refs = {kind: list(wrong) for kind in ("value", "item", "move", "leave", "deviation")}
        self.subject = subject

    def add(self, kind: str, actor: str | None = None, **fields: Any) -> Any:
        """Add an entry, and give a ref to it."""
        self.number += 1
        made = base.entry(f"odd-{self.number}", kind, actor or self.draw.choice(_ACTORS), **fields)
        if self.draw.random() < 0.05:
            made.fields["time"] = [START + self.draw.randrange(400) * MINUTE, OFFSET]
        self.items.append(made)
        return model.Ref(made.label)

    def place(self) -> dict[str, Any]:
        """Draw a pass."""
        return {"step": self.draw.choice(_STEPS), "pass_": self.draw.choice([1, 1, 1, 1, 2, 2, 3, 2**53 - 1])}

    def ref(self, *kinds: str) -> Any:
        """Draw a ref of one of these kinds, mostly a recent one; where there is none, nothing is drawn."""
        known = self.refs[self.draw.choice(kinds)]
        if not known:
            raise LookupError
        return self.draw.choice(known[-5:] if self.draw.random() < 0.7 else known)

    # --- kinds of entries

    def value(self) -> None:
        name, value = self.draw.choice(_NAMES), self.draw.choice(_VALUES)
        unit = {"unit": "kg"} if self.draw.random() < 0.4 else {}
        self.refs["value"].append(self.add("value-recorded", **self.place(), name=name, value=value, **unit))

    def correction(self) -> None:
        old, new = self.draw.choice(_VALUES), self.draw.choice(_VALUES)
        corrects = self.ref("value")
        self.refs["value"].append(self.add("correction", corrects=corrects, old=old, new=new, why="Misread."))

    def item(self) -> None:
        self.number += 1
        label, body = f"body-{self.number}", self.draw.choice(_BODIES)
        kind = 4 if self.draw.random() < 0.8 else 5
        self.items.append(model.Item(label, kind, body=body))
        self.digests.append(model.Digest(label))
        place = self.place() if self.draw.random() < 0.8 else {}
        if place and self.draw.random() < 0.8:
            place["slot"] = self.draw.choice(["seal-photo", "seal-photo", "other"])
        if self.draw.random() < 0.5:
            place |= {"step": "photograph", "pass_": self.draw.choice([1, 1, 2]), "slot": "seal-photo"}
        media = self.draw.choice(["image/png", "image/png", "text/plain"])
        fields = {"digest": model.Digest(label), "size": len(body), "media": media} | place
        self.refs["item"].append(self.add("evidence-added", **fields))

    def void(self) -> None:
        self.add("voided", voids=self.ref("value", "item", "item"), why="Not this one.")

    def move(self) -> None:
        to = self.draw.choice([*_ACTORS, "nobody"])
        digest = self.draw.choice(self.digests)
        self.refs["move"].append(self.add("transferred", digest=digest, to=to, reason="Stored."))

    def take(self) -> None:
        self.add("received", transfer=self.ref("move"))

    def leave(self) -> None:
        fields = {"for_": "agent-1", "action": self.draw.choice(["open", "close"]), "arguments": model.Digest("none")}
        expires = [START + self.draw.choice([HOUR, DAY]), OFFSET]
        self.refs["leave"].append(self.add("authorised", **self.place(), **fields, expires=expires))

    def act(self) -> None:
        named = {"authorised": self.ref("leave")} if self.draw.random() < 0.8 else {}
        action = self.draw.choice(["open", "close"])
        self.add("acted", **self.place(), action=action, arguments=model.Digest("none"), **named)

    def deviate(self) -> None:
        reason = self.draw.choice(["torn-label", "off-weight", "spill", "mix-up", "no-such-reason"])
        scope = {
            "steps": sorted({self.draw.choice(_STEPS) for _ in range(self.draw.randrange(3))}),
            "values": [self.ref("value")] if self.draw.random() < 0.4 else [],
            "evidence": [self.draw.choice(self.digests)] if self.draw.random() < 0.2 else [],
        }
        severity = self.draw.choice(worlds.SEVERITIES)
        self.refs["deviation"].append(
            self.add("deviation-raised", None, reason=reason, severity=severity, **scope, description="It happened.")
        )

    def treat(self) -> None:
        deviation, kind = self.ref("deviation"), self.draw.choice(["ruled", "remediated", "closed", "let"])
        if kind == "ruled":
            ruling = self.draw.choice(worlds.RULINGS)
            self.add("deviation-ruled", deviation=deviation, ruling=ruling, policy=model.Pinned())
        elif kind == "let":
            self.add("released", self.draw.choice(_HUMANS), deviation=deviation)
        else:
            more: dict[str, Any] = {"evidence": []} if kind == "remediated" else {}
            self.add(f"deviation-{kind}", None, deviation=deviation, text="Done.", **more)

    def step(self) -> None:
        self.add(self.draw.choice(["step-started", "step-completed", "step-skipped"]), **self.place())

    def judge(self) -> None:
        if self.draw.random() < 0.5:
            self.add("checked", **self.place(), passed=self.draw.random() < 0.8)
        else:
            self.add("released", **self.place())

    def other(self) -> None:
        if self.draw.random() < 0.5:
            self.add("instrument-used", **self.place(), instrument="S-1", as_=self.draw.choice(["scale", "rule"]))
        else:
            self.add("note", text="Seen.")


_OFTEN = {"value": 6, "correction": 4, "item": 4, "void": 3, "move": 2, "take": 2, "leave": 2, "act": 2, "step": 5}
_SELDOM = {"deviate": 1, "treat": 1, "judge": 2, "other": 1}
_KINDS = [name for name, often in (_OFTEN | _SELDOM).items() for _ in range(often)]


def odd(draw: random.Random, count: int = 80) -> Subject:
    """Draw an odd run, and its policy's subject; the policy itself is for the caller to draw."""
    subject = worlds.world(draw)
    contract = subject.item("contract").fields
    for step in contract["steps"]:
        if step["id"] in ("weigh", "photograph", "inspect") and draw.random() < 0.7:
            step["repeat"] = {"min": 1, "max": 3}
        if draw.random() < 0.2:
            step["authorise"] = ["supervisor"]
    if draw.random() < 0.3:
        contract["steps"][1]["qualifications"] = ["photographer", "weigher"]
    contract["authority"] = contract["authority"] | {"void": ["supervisor", "operator"]}
    drawing = _Drawing(draw, subject)
    for _ in range(count):
        with contextlib.suppress(LookupError):
            getattr(drawing, draw.choice(_KINDS))()
    at = subject.index(draw.choice(["weigh-end", "photograph-begin", "inspect-end", "ended"]))
    subject.items[at:at] = [model.Item("none", 4, body=b"arguments"), *_named(), *drawing.items]
    if draw.random() < 0.3:
        chosen = draw.random()
        subject.frames.append(lambda made: _withhold(random.Random(chosen), made))
    return subject


def _named() -> list[Any]:
    """Give the entry of the item that actions name."""
    fields = {"digest": model.Digest("none"), "size": 9, "media": "text/plain"}
    return [base.entry("none-entry", "evidence-added", **fields)]


def _withhold(draw: random.Random, made: Any) -> None:
    """Withhold one or two of the odd entries, with their evidence."""
    names = [frame.label for frame in made.frames if frame.type == 2 and frame.label.startswith("odd-")]
    for label in draw.sample(names, min(len(names), 2)):
        at = next(number for number, frame in enumerate(made.frames) if frame.label == label)
        frame = made.frames[at]
        actor = made.subject.item(label).fields["actor"]
        frame.body = cbor.encode({"leaf": made.hashes[label], "actor": actor})
        frame.type = 3
        if made.frames[at - 1].type in (4, 5):
            del made.frames[at - 1]
