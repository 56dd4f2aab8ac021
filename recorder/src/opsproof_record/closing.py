"""The seal (SPEC 6.8): one signature over the whole run, and what a person hears before it is given."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from opsproof_verify.canonical import Value, encode
from opsproof_verify.container import FrameType
from opsproof_verify.cose import RecordType

from opsproof_record import guard, index, open_items
from opsproof_record.clock import now
from opsproof_record.errors import Closed, Damaged, Incomplete
from opsproof_record.journal import Journal
from opsproof_record.keys import Signer
from opsproof_record.open_items import Item
from opsproof_record.recorder import Recorder, enrolled


@dataclass(frozen=True, slots=True)
class Sealed:
    """What was sealed, what stays open for good, and what is owed after the seal."""

    seal: bytes
    run: bytes
    count: int
    open: tuple[Item, ...]
    owed: tuple[Item, ...]


def seal(path: Path, actor: str, signer: Signer, *, with_open_items: bool = False) -> Sealed:
    """Seal a run that has ended; open items that nothing can mend later have to be accepted.

    What is signed was read again from the first byte of the journal, whatever the index beside it says.
    """
    with Journal(path) as journal:
        state = journal.state
        _check_ended(journal)
        recorder = Recorder(journal, enrolled(state, actor, signer), signer)
        guard.check_role(recorder.member, state.contract.authority.seal, "seal")
        items = open_items.at_seal(state, actor)
        if items and not with_open_items:
            raise Incomplete(
                "open, and nothing after the seal mends it: " + "; ".join(item.text for item in items),
                "To seal it as it is, with these in every report: `opsproof seal --with-open-items`.",
            )
        leaves, digest = recorder.window()
        payload = _totals(journal) | {
            "attests": {"count": len(leaves), "digest": digest},
            "actor": actor,
            "time": list(now()),
        }
        body = signer.sign(RecordType.SEAL, encode(payload))
        journal.append(FrameType.SEAL, body)
        journal.commit()
        recorder.pending.keep_only(state.run or b"", set(leaves))
        done = Sealed(state.seal_hash, state.run or b"", state.count, tuple(items), tuple(open_items.owed(state)))
    index.discard(path)
    return done


def _totals(journal: Journal) -> dict[str, Value]:
    """Give what the seal says of the whole run (SPEC 6.8-1)."""
    found = journal.reread()
    whole = found.state
    try:
        if (whole.count, whole.head, found.end) != (journal.state.count, journal.state.head, journal.end):
            raise Damaged(f"{journal.path} is not what was recorded", "Keep it as it is; see `opsproof-verify show`.")
        return {
            "run": whole.run or b"",
            "contract": whole.contract_hash,
            "count": whole.count,
            "head": whole.head,
            "root": whole.tree.root() if whole.tree else b"",
            "evidence-count": whole.evidence_count,
            "evidence-bytes": whole.evidence_bytes,
        }
    finally:
        whole.close()


def _check_ended(journal: Journal) -> None:
    state = journal.state
    if state.seal is not None:
        raise Closed(f"{journal.path} is sealed already", "A sealed run is closed with `opsproof signoff`.")
    if state.ended is None:
        raise Closed("the run has not ended", "End it: `opsproof end`. Then seal it.")
