"""A comparison of two copies in words: the answer in a sentence or two, and the phrases that it is made of."""

from __future__ import annotations

from opsproof_verify.compare.fork import Branch
from opsproof_verify.compare.values import Addition, Comparison, Ranges, Side, Word
from opsproof_verify.findings import Time
from opsproof_verify.render.escape import printable
from opsproof_verify.render.texts import compare as texts
from opsproof_verify.render.times import rfc3339

SIDES = ("A", "B")

#: Items of one list that are shown; JSON has more.
SHOWN = 20


def brief(result: Comparison) -> str:
    """Give the answer in one sentence or a few."""
    sides = tuple(zip(SIDES, (result.a, result.b), strict=True))
    said = [texts.WORDS[result.word].format(place=place(result), lost=lost(result.a), proof=proven(result))]
    bare = [name for name, side in sides if not side.entries]
    if result.word is Word.UNDECIDED and bare:
        said = [texts.NO_ENTRY.format(bare=f"{bare[0]} has no" if len(bare) == 1 else "neither has an")]
    if result.word is Word.ALTERED and result.parting is not None:
        branches = zip(SIDES, (result.parting.a, result.parting.b), strict=True)
        said += [texts.SELF.format(who=name, place=place(result)) for name, found in branches if found.contradiction]
    if result.word is Word.ROLLED_BACK and any(one.what == "reject" for one in result.a.only_appended):
        said.append(texts.REJECTION)
    if result.word in (Word.MERGEABLE, Word.EXTENDED, Word.ROLLED_BACK):
        less = [name for name, side in sides if side.lacks_entries.count or side.lacks_evidence.count]
        said += [texts.LESS.format(name=name, other="A" if name == "B" else "B") for name in less]
    unread = [name for name, side in sides if side.read < side.size]
    if unread:
        said.append(texts.NOT_READ.format(what=f"{' and '.join(unread)} {'was' if len(unread) == 1 else 'were'}"))
        said += [] if result.word in (Word.IDENTICAL, Word.UNDECIDED) else [texts.AS_READ]
    return " ".join(said)


def lost(side: Side) -> str:
    """Name what only one copy has, in one line."""
    names = [] if side.only_entries is None else [span(*side.only_entries)]
    if side.only_seal:
        names.append("the seal")
    for one in side.only_appended[:SHOWN]:
        what = "the witness record" if one.record == "witness" else one.what or "a sign-off"
        names.append(f"{what} by {one.who}" if one.who else f"{what} that cannot be read")
    more = len(side.only_appended) - SHOWN
    return ", ".join(names) + (f" and {more} more" if more > 0 else "")


def place(result: Comparison) -> str:
    """Name the place where the copies part."""
    if result.parting is None:
        return ""
    seq, a, b = result.parting.seq, result.a, result.b
    if (seq < a.entries) == (seq < b.entries):
        return f"e{seq}" if seq < a.entries else "the seal"
    return f"e{seq}, before which {'A' if a.entries == seq else 'B'} is sealed"


def proven(result: Comparison) -> str:
    """Say whether a fork is proven (SPEC 9.13-2)."""
    return texts.SIGNED if result.parting is not None and result.parting.proven else texts.NOT_SIGNED


def number(seq: int, side: Side) -> str:
    """Name a place of one copy's line, before what stands there."""
    return f"e{seq}: " if seq < side.entries else "the seal: "


def branch(found: Branch) -> str:
    """Say what a copy holds where they part."""
    if found.kind == "unreadable":
        return "cannot be read"
    if found.kind == "withheld":
        return f"withheld, said to be of {found.actor}"
    return f"{'the ' if found.kind == 'seal' else ''}{found.kind}{by(found.actor, found.time)}"


def addition(one: Addition) -> str:
    """Name a record after the seal."""
    if one.who is None:
        return f"a {'sign-off' if one.record == 'signoff' else one.record} that cannot be read"
    if one.record == "witness":
        return f"witness of the {one.what}{by(one.who, one.time)}"
    return f"{one.what} by {printable(one.name or '')} ({one.who}, {one.role}), {time(one.time)}"


def seal(side: Side) -> str:
    """Say who sealed a copy, and when, as the seal has it."""
    return "not sealed" if side.seal is None else f"sealed{by(side.seal.actor, side.seal.time)}"


def by(actor: str | None, when: Time | None) -> str:
    """Name an actor and a time, as far as they are known."""
    return "" if actor is None else f" by {actor}, {time(when)}"


def time(when: Time | None) -> str:
    """Give a time."""
    return "" if when is None else rfc3339(when.ms, when.offset)


def things(count: int, name: str) -> str:
    """Count things."""
    many = f"{name.removesuffix('y')}ies" if name.endswith("y") else f"{name}s"
    return f"{count} {name if count == 1 else many}"


def span(first: int, last: int) -> str:
    """Name entries that follow one another."""
    return f"e{first}" if first == last else f"e{first} to e{last}"


def ranges(listed: Ranges) -> str:
    """Give the first ranges, and the number of all entries if there are more."""
    text = ", ".join(span(*one) for one in listed.items[:SHOWN])
    return text if len(listed.items) <= SHOWN else f"{text} and more, {listed.count} entries in all"
