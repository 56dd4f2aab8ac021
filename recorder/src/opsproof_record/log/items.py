"""Questions to the index about evidence: what slots hold, who has custody of an item, which handovers are under way."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Any

from opsproof_verify.fields import Ref

from opsproof_record.log.model import PassId

_ITEMS = "SELECT item.seq, leaf, digest, step, number, slot FROM item JOIN entry USING (seq) "
_TRANSFERS = "SELECT transfer.seq, leaf, digest, giver, receiver, received FROM transfer {} JOIN entry USING (seq) "


@dataclass(frozen=True, slots=True)
class ItemState:
    """An evidence item as an entry added it, and the pass and slot that it is for, if any."""

    ref: Ref
    digest: bytes
    step: PassId | None
    slot: str | None


@dataclass(frozen=True, slots=True)
class TransferState:
    """A handover of an evidence item, and whether who takes it has confirmed that (SPEC 9.10-48)."""

    ref: Ref
    digest: bytes
    giver: str
    receiver: str
    received: bool


class Items:
    """What a run's state answers about evidence."""

    db: sqlite3.Connection

    def items_of(self, step: str, number: int) -> dict[str, int]:
        """Count the evidence items of a pass by slot; the same content counts once (SPEC 9.10-22)."""
        query = "SELECT slot, count(*) FROM filled WHERE step = ? AND number = ? GROUP BY slot"
        return dict(self.db.execute(query, (step, number)))

    def fills(self, at: PassId, slot: str, digest: bytes) -> int:
        """Count the items of a slot if this content is one of them."""
        query = "SELECT count(*) + 1 FROM filled WHERE step = ? AND number = ? AND slot = ? AND digest <> ?"
        return int(self.db.execute(query, (*at, slot, digest)).fetchone()[0])

    def holder(self, digest: bytes) -> str | None:
        """Give the actor who has custody of an evidence item; None if the run has no such item (SPEC 9.10-47)."""
        found: str | None = self._one("SELECT holder FROM custody WHERE digest = ?", digest)
        return found

    def digest_at(self, seq: int) -> bytes | None:
        """Give the digest of the evidence that an entry added."""
        found: bytes | None = self._one("SELECT digest FROM item WHERE seq = ?", seq)
        return found

    def item_of(self, digest: bytes) -> int | None:
        """Give the number of the latest entry that added an evidence item; None if the run has no such item."""
        found: int | None = self._one("SELECT seq FROM item WHERE digest = ? ORDER BY seq DESC LIMIT 1", digest)
        return found

    def item_at(self, seq: int) -> ItemState | None:
        """Give the evidence item that an entry added."""
        row = self.db.execute(_ITEMS + "WHERE item.seq = ?", (seq,)).fetchone()
        if row is None:
            return None
        of, leaf, digest, step, number, slot = row
        return ItemState(Ref(of, leaf), digest, None if step is None else (step, number), slot)

    def voided_by(self, seq: int) -> int | None:
        """Give the entry that makes a value or an item void; None if it counts (SPEC 6.4-4)."""
        found: int | None = self._one("SELECT by FROM void WHERE seq = ?", seq)
        return found

    def transfer_at(self, seq: int) -> TransferState | None:
        """Give the handover that an entry records."""
        row = self.db.execute(_TRANSFERS.format("") + "WHERE transfer.seq = ?", (seq,)).fetchone()
        return _transfer(row) if row else None

    def under_way(self) -> list[TransferState]:
        """Give the handovers that nobody has confirmed."""
        rows = self.db.execute(_TRANSFERS.format("INDEXED BY under_way") + "WHERE received = 0 ORDER BY transfer.seq")
        return [_transfer(row) for row in rows]

    def _one(self, query: str, *values: object) -> Any:
        row = self.db.execute(query, values).fetchone()
        return row[0] if row else None


def _transfer(row: Any) -> TransferState:
    seq, leaf, digest, giver, receiver, received = row
    return TransferState(Ref(seq, leaf), digest, giver, receiver, bool(received))
