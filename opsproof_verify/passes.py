"""The passes of a run (SPEC 6.4), those not touched lately packed (ADR 25).

A packed pass takes 39 bytes, 4 for each value and slot of its step, 8 for each performer, checker, releaser, instrument
and lack of a qualification, and 11 to 22 in the table by which it is found. A value that its step does not ask for, and
one of a step that is not the contract's, takes as much in another table once there are many, and is found by its entry.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from itertools import repeat
from struct import Struct, error
from typing import Any

from opsproof_verify.compact import Names, Numbers, Rows, Store, Table
from opsproof_verify.contract import Step
from opsproof_verify.findings import Time
from opsproof_verify.memory import Known
from opsproof_verify.state import Pass, Value

LOOSE = 64  # passes that are not packed, fewer if a step may have so many values that they came to more than these
MOST_VALUES = 65_536
ROOM = 256  # values of a pass beside those of its step, while it is not packed

_HEAD = Struct("<HQ")  # which step, and the number of the pass

#: What a pass is or not, a bit each.
_FLAGS = ("ended", "completed", "acted", "spilled")

#: What only grows, kept as links of a list: the next link, and a word of these with what belongs to it.
_SETS = ("performers", "checkers", "releasers", "instruments", "lacked")


class Passes:
    """Passes by step and number, in the order in which they were first seen.

    A pass is to be changed before another one is asked for, since that may pack it.
    """

    def __init__(self, steps: Mapping[str, Step], values: Known[Value]) -> None:
        """Begin with none; ``values`` finds recorded values by number."""
        self._values = values
        self._steps = list(steps.values())
        self._which = {step.id: at for at, step in enumerate(self._steps)}
        self._forms = [Struct(f"<HQQQBIII{len(step.values) + len(step.evidence)}I") for step in self._steps]
        self._packed = Store()
        self._at = Table()  # where each is packed
        self._links = Rows("II")
        self._links.append(0, 0)
        self._words = Names[tuple[str, Any]]()
        self._loose: dict[tuple[str, int], Pass] = {}
        self._unknown = "", 0  # the pass that was last asked for in vain, for which all rules ask
        most_values = 1 + ROOM + max(len(step.values) for step in self._steps)
        self._most = max(min(LOOSE, MOST_VALUES // most_values), 1)
        self._others = Table()  # the entries that hold values which no step asks for
        self._void = Numbers()  # of these, those that hold none any more

    def get(self, place: tuple[str, int]) -> Pass | None:
        """Give a pass; None if nothing is known of it, or its step is not the contract's."""
        one = self._loose.get(place)
        if one is None and place != self._unknown and place[0] in self._which:
            for at in self._at.find(f"{place[0]}/{place[1]}"):
                if _HEAD.unpack(self._packed.read(at, _HEAD.size)) == (self._which[place[0]], place[1]):
                    return self._loosen(self._unpack(at, self._which[place[0]]))
            self._unknown = place
        return one

    def make(self, place: tuple[str, int], seq: int) -> Pass:
        """Give a pass, a new one at an entry if nothing is known of it."""
        one = self.get(place)
        if one is None:
            which = self._which.get(place[0])
            if which is None:
                return Pass(*place, spilled=True)  # of such a step, values alone matter
            one, self._unknown = Pass(*place, at=self._packed.size, base=seq), ("", 0)
            self._at.put(f"{place[0]}/{place[1]}", one.at)
            self._packed.write(one.at, _HEAD.pack(which, place[1]).ljust(self._forms[which].size, b"\0"))
            self._loosen(one)
        return one

    def values(self) -> Iterator[Pass]:
        """Give the passes, to be looked at."""
        at = 0
        while at < self._packed.size:
            which, number = _HEAD.unpack(self._packed.read(at, _HEAD.size))
            yield self._loose.get((self._steps[which].id, number)) or self._unpack(at, which)
            at += self._forms[which].size

    # --- what holds a value

    def holder(self, step: str, number: int, name: str) -> int | None:
        """Give the number of the entry that holds a value now; None if none does."""
        one = self.get((step, number))
        held = one.values.get(name) if one is not None else None
        if held is None and (one.spilled if one is not None else step not in self._which):
            held = next((seq for seq in self._find(step, number, name) if seq not in self._void), None)
        return held

    def lacks(self, one: Pass, names: Collection[str | None]) -> bool:
        """Tell whether no entry holds any of some values of a pass, None aside."""
        if not one.values.keys().isdisjoint(names):
            return False
        return not one.spilled or all(self.holder(one.step, one.number, name) is None for name in names if name)

    def hold(self, one: Pass, names: Collection[tuple[str, int]]) -> None:
        """Let entries hold values of a pass: pairs of name and number."""
        one.values.update(names)
        which = self._which.get(one.step)
        if which is None or len(one.values) > len(self._steps[which].values) + ROOM:
            self._spill(one)

    def drop(self, one: Pass, name: str) -> None:
        """Let no entry hold a value of a pass any more."""
        one.values.pop(name, None)
        if one.spilled:
            for seq in self._find(one.step, one.number, name):
                self._void.add(seq)

    def _find(self, step: str, number: int, name: str) -> list[int]:
        """Find the entry that held a value which no step asks for when it was last put away."""
        key = f"{step}/{number}/{name}"
        found = ((seq, self._values.get(seq)) for seq in self._others.find(key))
        return [seq for seq, value in found if value and (value.step, value.number, value.name) == (step, number, name)]

    def _spill(self, one: Pass) -> None:
        """Put away the values that the step does not ask for."""
        which = self._which.get(one.step)
        asked = self._steps[which].values if which is not None else {}
        for name in one.values.keys() - asked.keys():
            before, one.spilled = self._find(one.step, one.number, name), True
            self._others.put(f"{one.step}/{one.number}/{name}", one.values.pop(name), *before)

    # --- packing

    def _loosen(self, one: Pass) -> Pass:
        """Have a pass at hand, and pack the one that has been for longest."""
        self._loose[one.step, one.number] = one
        if len(self._loose) > self._most:
            self._pack(self._loose.pop(next(iter(self._loose))))
        return one

    def _pack(self, one: Pass) -> None:
        self._spill(one)
        which = self._which[one.step]
        step, known = self._steps[which], set(self._linked(one.link))
        for word in ((name, what) for name in _SETS for what in getattr(one, name)):
            number = self._words.number(word)
            if number not in known:
                one.link = self._link(one.link, number)
        flags = sum(getattr(one, flag) << bit for bit, flag in enumerate(_FLAGS, 1)) | (one.started is not None)
        started = one.started.ms if one.started else 0
        before = one.base - 1
        held = map(one.values.get, step.values, repeat(before))
        row = (
            *(flags, one.link, max(one.worked - before, 0), max(one.checked - before, 0)),
            *[seq - before for seq in held],
            *[one.slots.get(slot, 0) for slot in step.evidence],
        )
        try:
            self._packed.write(one.at, self._forms[which].pack(which, one.number, one.base, started, *row))
        except error:  # it reaches over more than 2^32 entries
            self._loose[one.step, one.number] = one

    def _unpack(self, at: int, which: int) -> Pass:
        step, form = self._steps[which], self._forms[which]
        _, number, base, started, flags, link, worked, checked, *rest = form.unpack(self._packed.read(at, form.size))
        one, before = Pass(step.id, number, at=at, base=base, link=link), base - 1
        one.started = Time(started) if flags & 1 else None
        for bit, flag in enumerate(_FLAGS, 1):
            setattr(one, flag, bool(flags >> bit & 1))
        one.worked, one.checked = worked and worked + before, checked and checked + before
        one.values = {name: own + before for name, own in zip(step.values, rest, strict=False) if own}
        one.slots = {slot: own for slot, own in zip(step.evidence, rest[len(step.values) :], strict=True) if own}
        for word in self._linked(link):
            name, what = self._words[word]
            getattr(one, name).add(what)
        one.noted = one.status
        return one

    def _link(self, after: int, word: int) -> int:
        """Put a word before the others of a list."""
        self._links.append(after, word)
        return len(self._links) - 1

    def _linked(self, link: int) -> Iterator[int]:
        """Give the words of a list; link 0 ends it."""
        while link:
            link, word = self._links[link]
            yield word
