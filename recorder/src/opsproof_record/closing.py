"""The seal (SPEC 6.8): one signature over the whole run, and what a person hears before it is given."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from opsproof_verify.canonical import Value, encode
from opsproof_verify.container import FrameType
from opsproof_verify.cose import RecordType

from opsproof_record import guard, open_items
from opsproof_record.clock import now
from opsproof_record.errors import Refused
from opsproof_record.journal import Journal
from opsproof_record.keys import Signer
from opsproof_record.recorder import Recorder, enrolled


@dataclass(frozen=True, slots=True)
class Sealed:
    """What was sealed, what stays open for good, and what is owed after the seal."""

    seal: bytes
    run: bytes
    count: int
    open: tuple[str, ...]
    owed: tuple[str, ...]


def seal(path: Path, actor: str, signer: Signer, *, with_open_items: bool = False) -> Sealed:
    """Seal a run that has ended; open items that nothing can mend later have to be accepted."""
    with Journal(path) as journal:
        state = journal.state
        _check_ended(journal)
        recorder = Recorder(journal, enrolled(state, actor, signer), signer)
        guard.check_role(recorder.member, state.contract.authority.seal, "seal")
        items = open_items.at_seal(state, actor)
        if items and not with_open_items:
            raise Refused(
                "open, and nothing after the seal mends it: " + "; ".join(items),
                "To seal it as it is, with these in every report: `opsproof seal --with-open-items`.",
            )
        leaves, digest = recorder.window()
        payload: dict[str, Value] = {
            "run": state.run or b"",
            "contract": state.contract_hash,
            "count": state.count,
            "head": state.head,
            "root": state.frontier.root(),
            "evidence-count": state.evidence_count,
            "evidence-bytes": state.evidence_bytes,
            "attests": {"count": len(leaves), "digest": digest},
            "actor": actor,
            "time": list(now()),
        }
        body = signer.sign(RecordType.SEAL, encode(payload))
        journal.append(FrameType.SEAL, body)
        journal.commit()
        state.take_seal(body)
        recorder.pending.keep_only(state.run or b"", set(leaves))
        return Sealed(state.seal_hash, state.run or b"", state.count, tuple(items), tuple(open_items.owed(state)))


def _check_ended(journal: Journal) -> None:
    state = journal.state
    if state.seal is not None:
        raise Refused(f"{journal.path} is sealed already", "A sealed run is closed with `opsproof signoff`.")
    if state.ended is None:
        raise Refused("the run has not ended", "End it: `opsproof end`. Then seal it.")
