"""A comparison of two copies for a person at a terminal: what they are to each other, then why (SPEC 9.13).

The order is that in which an auditor asks: are they the same; where do they part, and who signed that; what does
the other one have; what is missing in which; what was not looked at.
"""

from __future__ import annotations

from opsproof_verify.compare.fork import Branch
from opsproof_verify.compare.values import MAX_LISTED, Comparison, Listed, Parting, Side, Word
from opsproof_verify.render import compare_words as words
from opsproof_verify.render.escape import printable
from opsproof_verify.render.layout import Page
from opsproof_verify.render.messages import sentence
from opsproof_verify.render.texts import compare as texts

_STYLES = {
    Word.OTHER_RUN: "FAIL",
    Word.FORKED: "FAIL",
    Word.ALTERED: "FAIL",
    Word.ROLLED_BACK: "FAIL",
    Word.UNDECIDED: "PROVISIONAL",
}
_INNER = (8, 6)  # indent and column of the hash under a term


def render_compare_text(result: Comparison, files: tuple[str, str], *, width: int = 80, colour: bool = False) -> str:
    """Give a comparison as text of at most ``width`` columns; ``files`` are A and B as the caller names them."""
    page = Page(width, colour=colour)
    page.line(page.style(str(result.word), _STYLES.get(result.word, "FINAL")))
    page.text(words.brief(result))
    _put_copies(page, result, files)
    if result.parting is not None:
        _put_parting(page, result, result.parting)
    _put_altered(page, result)
    for name, side in zip(words.SIDES, (result.a, result.b), strict=True):
        _put_only(page, name, side, result.word)
    _put_content(page, result)
    _put_order(page, result)
    if result.word is Word.MERGEABLE:
        _put_merge(page, files)
    _put_limits(page, result)
    return str(page)


def _put_copies(page: Page, result: Comparison, files: tuple[str, str]) -> None:
    """Name both copies and what they hold; contract and run once if they are the same."""
    page.line()
    a, b = result.a, result.b
    for name, file, side in zip(words.SIDES, files, (a, b), strict=True):
        page.term(name, printable(file))
        after = f", {words.things(side.appended, 'record')} after the seal" if side.appended else ""
        page.term("", f"{words.things(side.entries, 'entry')}, {words.seal(side)}{after}")
        if side.stopped is not None:
            page.term("", f"read up to byte {side.read} of {side.size}. {sentence(side.stopped)}")
    same = (a.contract, a.procedure, a.run) == (b.contract, b.procedure, b.run)
    for of, side in (("", a),) if same else ((" A", a), (" B", b)):
        said = side.procedure
        named = f'{said.id} version {said.version}, "{printable(said.title)}"' if said else "cannot be read"
        page.term(f"Contract{of}", named)
        page.term("", side.contract)
        page.term(f"Run{of}", side.run or "not known")
        about = ", ".join(f"{name} {printable(value)}" for name, value in side.subject)
        if side.started is not None:
            page.term("", f"{about or 'subject not stated'}; started {words.time(side.started)}")


def _put_parting(page: Page, result: Comparison, parting: Parting) -> None:
    """Put what each copy holds where they part, and the proof (SPEC 9.13-2, 9.13-4)."""
    page.heading("Where they part")
    branches = tuple(zip(words.SIDES, (result.a, result.b), (parting.a, parting.b), strict=True))
    for name, side, branch in branches:
        page.term(name, f"{'' if branch.kind == 'seal' else words.number(parting.seq, side)}{words.branch(branch)}")
        page.term("hash", branch.hash, *_INNER)
        if branch.contradiction is not None:
            page.text(f"{name} {texts.CONTRADICTIONS[branch.contradiction]}", sum(_INNER))
    if parting.meets is not None:
        page.text(texts.MEETS.format(where=f"e{parting.meets}"))
    elif parting.same_seal:
        page.text(texts.SAME_SEAL)
    page.text(texts.SHOW)
    page.heading("Proof" if result.word is Word.FORKED else "Signatures")
    if not parting.keys:
        page.text(texts.NO_KEYS)
        return
    for name, side, branch in branches:
        _put_proof(page, name, side, branch)
    if parting.a.proof is not None and parting.b.proof is not None:
        page.text(texts.ONE_KEY if parting.a.proof.kid == parting.b.proof.kid else texts.TWO_KEYS)
    else:
        page.text(texts.OPEN if result.word is Word.FORKED else texts.NO_HISTORY)
    page.text(texts.KEYS)


def _put_proof(page: Page, name: str, side: Side, branch: Branch) -> None:
    """Put the signed record that commits a copy to its side, or say that there is none."""
    proof = branch.proof
    if proof is None:
        count = words.things(branch.unproven, "signed record")
        page.term(name, texts.UNPROVEN.format(count=count) if branch.unproven else texts.NO_PROOF)
        return
    known = {"actor": proof.actor, "person": proof.person, "entry": proof.entry, "names": proof.names}
    text = texts.SEAL if proof.entry is None else texts.ATTESTATION
    page.term(name, f"{text.format(**known, entries=words.things(side.entries, 'entry'))} {texts.VERIFIES}")
    page.term("hash", proof.hash, *_INNER)
    page.term("key", proof.kid, *_INNER)


def _put_altered(page: Page, result: Comparison) -> None:
    """List what differs beside the entries, and which copy agrees with its records."""
    if result.altered.count:
        page.heading("Not as recorded")
    for one in result.altered.items[: words.SHOWN]:
        place = f"e{one.seq}: " if one.seq is not None else ""
        named = f"sign-off {one.signoff}: " if one.signoff is not None else ""
        text = texts.ALTERED[one.what].format(digest=one.digest)
        page.text(f"{place}{named}{text} {texts.AGREES.get((one.a, one.b), texts.CANNOT_TELL)}", 4, "  - ")
    _put_more(page, result.altered.count)


def _put_only(page: Page, name: str, side: Side, word: Word) -> None:
    """List what only one copy has; of a copy that contradicts itself nobody can tell."""
    if word is Word.ALTERED or (side.only_entries is None and not side.only_seal and not side.only_appended):
        return
    page.heading(f"Only in {name}")
    if side.only_entries is not None:
        first, last = side.only_entries
        page.text(f"{words.span(first, last)} ({words.things(last - first + 1, 'entry')})", 4, "  - ")
    if side.only_seal and side.seal is not None:
        page.text(f"the seal{words.by(side.seal.actor, side.seal.time)}", 4, "  - ")
        page.text(side.seal.hash, 4)
    for one in side.only_appended:
        page.text(words.addition(one), 4, "  - ")
        page.text(one.hash, 4)
        if word is Word.MERGEABLE:
            page.text(f"{words.things(one.end - one.start, 'byte')} at offset {one.start}", 4)


def _put_content(page: Page, result: Comparison) -> None:
    """List content that one copy lacks, and what is withheld or absent at all."""
    sides = tuple(zip(words.SIDES, (result.a, result.b), reversed(words.SIDES), strict=True))
    if not any(side.withheld.count or side.absent.count or side.lacks_evidence.count for _, side, _ in sides):
        return
    page.heading("Content withheld or absent")
    for name, side, other in sides:
        if side.lacks_entries.count:
            page.text(f"{name} lacks, and {other} has, the content of {words.ranges(side.lacks_entries)}", 4, "  - ")
        if side.lacks_evidence.count:
            page.text(f"{name} lacks, and {other} has, the evidence", 4, "  - ")
            _put_digests(page, side.lacks_evidence)
    for name, side, _ in sides:
        if side.withheld.count > side.lacks_entries.count:
            page.text(f"in all, {name} withholds {words.ranges(side.withheld)}", 4, "  - ")
        if side.absent.count > side.lacks_evidence.count:
            page.text(f"in all, absent from {name} is the evidence", 4, "  - ")
            _put_digests(page, side.absent)


def _put_order(page: Page, result: Comparison) -> None:
    """Put what is not missing, but stands elsewhere or more than once."""
    repeated = [
        (name, one) for name, side in zip(words.SIDES, (result.a, result.b), strict=True) for one in side.repeated
    ]
    if result.word is not Word.IDENTICAL and (result.reordered or repeated or result.word is Word.REARRANGED):
        page.heading("Order")
        for name, one in repeated:
            page.text(f"{name} holds the record {one} more than once.")
        if result.reordered:
            page.text(texts.REORDERED)
        elif not repeated:
            page.text(texts.UNNAMED)


def _put_merge(page: Page, files: tuple[str, str]) -> None:
    """Say in words how both become one."""
    page.heading("To merge")
    page.text(texts.MERGE)
    for into, other, file in zip(words.SIDES, reversed(words.SIDES), files, strict=True):
        page.text(texts.MERGE_INTO.format(into=into, other=other, file=printable(file)), 4, "  - ")


def _put_limits(page: Page, result: Comparison) -> None:
    """Say what was not looked at."""
    page.heading("What this does not say")
    for limit in texts.LIMITS:
        but = texts.NO_SIGNATURE if result.parting is None else texts.BUT_PROOF
        page.text(limit.format(but=but), 4, "  - ")


def _put_digests(page: Page, digests: Listed[str]) -> None:
    for digest in digests.items[: words.SHOWN]:
        page.text(digest, 4)
    _put_more(page, digests.count)


def _put_more(page: Page, count: int) -> None:
    if count > words.SHOWN:
        page.text(f"and {count - words.SHOWN} more; --format json lists up to {MAX_LISTED}.", 4)
