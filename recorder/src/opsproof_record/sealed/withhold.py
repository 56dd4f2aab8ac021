"""`withhold`: a copy for a reader who may not see everything (SPEC 3.2-2, 3.3, 6.3-8).

Entries and evidence are replaced by their hashes, so chain, tree, seal and signatures still verify. What such a copy
cannot show cannot help it either: with an entry withheld it is never FINAL.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from opsproof_verify.entries import KINDS, Entry
from opsproof_verify.kinds import EvidenceAdded
from opsproof_verify.records import Item

from opsproof_record.errors import OutOfOrder, Unknown
from opsproof_record.log import frames
from opsproof_record.log.reading import Bundle
from opsproof_record.sealed import rewriting
from opsproof_record.sealed.rewriting import Body

_LISTED = 10

#: Kinds of entry that are never withheld, and why.
_NEVER = {
    "run-started": "the run is known by it (SPEC 3.3-4)",
    "run-ended": "the end of the run always shows (SPEC 3.3-4)",
    "attestation": "the next signature of its actor would not verify (SPEC 6.6-4)",
    "assigned": "the entries of the actor whom it enrols would be nobody's (SPEC 9.8-1)",
}


@dataclass(frozen=True, slots=True)
class Choice:
    """What to withhold: ranges of entries, first and last; kinds of entry; digests of evidence."""

    entries: tuple[tuple[int, int], ...] = ()
    kinds: frozenset[str] = frozenset()
    evidence: frozenset[bytes] = frozenset()


@dataclass(slots=True)
class Withheld:
    """What a copy lacks: entries by kind, evidence items by digest."""

    bundle: Bundle
    choice: Choice
    entries: dict[str, int] = field(default_factory=dict)
    items: dict[bytes, int] = field(default_factory=dict)
    dropped: int = 0  # evidence items that went with their entries
    stayed: int = 0  # attestations in the ranges, which cannot be withheld
    first_stayed: list[int] = field(default_factory=list)

    def withholds(self, entry: Entry) -> bool:
        """Tell whether an entry is withheld; one in a range that cannot be is, if it is an attestation, kept."""
        named = any(first <= entry.seq <= last for first, last in self.choice.entries)
        if not named and entry.kind not in self.choice.kinds:
            return False
        if entry.kind in _NEVER:
            alone = (entry.seq, entry.seq) in self.choice.entries
            if entry.kind != "attestation" or alone:
                raise OutOfOrder(
                    f"e{entry.seq} ({entry.kind}) cannot be withheld: {_NEVER[entry.kind]}",
                    "Nothing was written. Leave it out of --entry and --kind.",
                )
            self.stayed += 1
            if self.stayed <= _LISTED:
                self.first_stayed.append(entry.seq)
            return False
        self.entries[entry.kind] = self.entries.get(entry.kind, 0) + 1
        self.dropped += isinstance(entry.what, EvidenceAdded)
        return True

    def put(self, body: Body, item: Item, write: frames.Write) -> None:
        """Replace chosen evidence by its digest; what goes must be what the record says, or it would be hidden."""
        if item.digest not in self.choice.evidence:
            rewriting.keep(self.bundle, body, write)
            return
        if body.whole:
            for _ in rewriting.checked(self.bundle, body, item):
                pass
        self.items[item.digest] = self.items.get(item.digest, 0) + 1
        rewriting.put_absent(item, write)

    def finish(self) -> None:
        """Refuse if something chosen was not found: a reader would see what was to be hidden."""
        for digest in sorted(self.choice.evidence - self.items.keys()):
            raise Unknown(
                f"no evidence with the SHA-256 {digest.hex()} stays in the copy", "`opsproof-verify extract` lists it."
            )
        for kind in sorted(self.choice.kinds - self.entries.keys()):
            raise Unknown(f"no entry of the kind {kind} is left to withhold", "`opsproof-verify show` lists them.")


def withhold(bundle: Bundle, target: Path, choice: Choice) -> Withheld:
    """Write a copy without some entries and evidence; raises ``Refused``, and then there is no copy."""
    for kind in sorted(choice.kinds):
        if kind not in KINDS or kind in _NEVER:
            why = f"cannot be withheld: {_NEVER[kind]}" if kind in _NEVER else "is no kind of entry"
            raise OutOfOrder(f"{kind} {why}", "Kinds: " + ", ".join(one for one in KINDS if one not in _NEVER))
    for first, last in choice.entries:
        if first > last or last >= bundle.state.count:
            raise Unknown(f"the run has no entries e{first}-e{last}", f"Its last entry is e{bundle.state.count - 1}.")
    if not (choice.entries or choice.kinds or choice.evidence):
        raise Unknown("nothing is named that is to be withheld", "Give --entry, --kind or --evidence.")
    work = Withheld(bundle, choice)
    rewriting.publish(bundle, target, work)
    return work
