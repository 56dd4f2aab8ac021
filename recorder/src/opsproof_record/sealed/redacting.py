"""`signoff --decision redact`: who says what a copy withholds, and why (SPEC 6.9-11, 9.11-19).

It shows nothing that is withheld. It is signed on the copy, since only there is something withheld.
"""

from __future__ import annotations

from collections.abc import Iterable

from opsproof_record.errors import OutOfOrder, Unknown
from opsproof_record.log.state import RunState
from opsproof_record.sealed.meant import Redaction
from opsproof_record.sealed.view import View

Range = tuple[int, int]


def choose(view: View, entries: tuple[Range, ...], evidence: tuple[int | bytes, ...]) -> Redaction:
    """Find what a redaction names: the entries and evidence given, else all that the copy lacks and nobody explained.

    Raises ``Refused`` for what is not withheld here, and if nothing is.
    """
    state = view.state
    if state is None:
        raise OutOfOrder("a redaction needs the copy itself", "Ask for it, and sign with --run COPY.")
    if entries or evidence:
        seqs = sorted({seq for first, last in entries for seq in _withheld(view, state, first, last)})
        digests = sorted({_absent(view, state, item) for item in evidence})
        return _name(state, seqs, digests)
    if view.report is None:
        raise Unknown("it is not known what this copy lacks", "Name it: --entries e3,e5-e9, --evidence SHA256.")
    explained = {hash_ for one in view.standing("redact") for hash_ in one.withholds}
    lacking = (seq for first, last in view.report.bundle.withheld for seq in range(first, last + 1))
    seqs = [seq for seq in lacking if state.leaf(seq) not in explained]
    digests = [digest for digest in map(bytes.fromhex, view.report.bundle.absent) if digest not in explained]
    if not (seqs or digests):
        raise OutOfOrder("nothing is withheld in this copy that nobody has explained", "There is nothing to do.")
    return _name(state, seqs, digests)


def _withheld(view: View, state: RunState, first: int, last: int) -> Iterable[int]:
    if first > last or last >= state.count:
        raise Unknown(f"the run has no entries e{first}-e{last}", f"Its last entry is e{state.count - 1}.")
    for seq in range(first, last + 1):
        if view.entry(seq) is not None:
            raise Unknown(
                f"e{seq} is not withheld in this copy", "Leave it out, or sign on the copy that withholds it."
            )
        yield seq


def _absent(view: View, state: RunState, item: int | bytes) -> bytes:
    digest = item if isinstance(item, bytes) else state.digest_at(item)
    if digest is None:
        raise Unknown(f"e{item!r} added no evidence", "`opsproof-verify show` lists the entries.")
    if view.report is not None and digest.hex() not in view.report.bundle.absent:
        raise Unknown(
            f"evidence {digest.hex()} is not absent from this copy",
            "Leave it out, or sign on the copy that withholds it.",
        )
    return digest


def _name(state: RunState, seqs: list[int], digests: list[bytes]) -> Redaction:
    leaves = [state.leaf(seq) or b"" for seq in seqs]
    names = [*_ranges(seqs), *(f"evidence {digest.hex()}" for digest in digests)]
    return Redaction(tuple(sorted({*leaves, *digests})), tuple(names))


def _ranges(seqs: list[int]) -> list[str]:
    """Write ascending numbers as people write them: e3, e5-e9."""
    found: list[list[int]] = []
    for seq in seqs:
        if found and found[-1][1] == seq - 1:
            found[-1][1] = seq
        else:
            found.append([seq, seq])
    return [f"e{first}" if first == last else f"e{first}-e{last}" for first, last in found]
