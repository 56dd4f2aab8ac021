"""Asking whether an actor may do something now, by doing all of it but the writing: no rule is written twice.

Status and the guided run ask so what is possible before they offer it. Nothing is built, signed or written, and the
state does not change, so one rehearsal can ask about many things.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from opsproof_verify.canonical import Value
from opsproof_verify.contract import Member
from opsproof_verify.fields import Ref

from opsproof_record.errors import NotEntitled, Refused
from opsproof_record.log.state import RunState
from opsproof_record.run.recorder import Recorder, enrolled
from opsproof_record.signing.signer import Signer


class Rehearsal(Recorder):
    """An actor before a run who only asks; give it to a function of `work`, `oversight` or `deviate`."""

    def __init__(self, state: RunState, member: Member) -> None:
        """Stand before a state as an actor, without a key."""
        self._asked = state
        self.member = member

    @property
    def state(self) -> RunState:
        """What the journal says so far."""
        return self._asked

    def write(self, kind: str, **fields: Value | None) -> Ref:
        """Write nothing; name the entry that would come next."""
        del kind, fields
        return Ref(self._asked.count, b"")

    def tell(self, text: str) -> None:
        """Say nothing: nothing is done."""
        del text

    def refusal(self, act: Callable[[Recorder], object]) -> Refused | None:
        """Give why the actor may not do something now; None if nothing is against it."""
        try:
            enrolled(self._asked, self.member.id, _keyless(self.member))
            act(self)
        except Refused as refusal:
            return refusal
        return None

    def may(self, act: Callable[[Recorder], object]) -> bool:
        """Tell whether the actor may do something now."""
        return self.refusal(act) is None


def _keyless(member: Member) -> Signer:
    """Stand in for the actor's key, which a rehearsal does not need."""

    def refuse(_message: bytes) -> NoReturn:
        raise NotEntitled("a rehearsal signs nothing", "Record it with the key of the actor.")

    return Signer(Path(), member.key, "nobody", refuse)
