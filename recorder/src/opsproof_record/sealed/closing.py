"""The seal (SPEC 6.8): one signature over the whole run, and what a person hears before it is given."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from opsproof_verify.canonical import Value, encode
from opsproof_verify.container import FrameType
from opsproof_verify.contract import Member
from opsproof_verify.cose import RecordType
from opsproof_verify.policy import Policy
from opsproof_verify.register import CODES, Remedy

from opsproof_record.clock import now
from opsproof_record.errors import Closed, Damaged, Incomplete
from opsproof_record.log import index
from opsproof_record.log.journal import Journal
from opsproof_record.log.state import RunState
from opsproof_record.run import guard, open_items
from opsproof_record.run.open_items import Item
from opsproof_record.run.recorder import Recorder, enrolled
from opsproof_record.signing.keys import Signer
from opsproof_record.standing import foresight, outlook

_OFF = "off"
_COUNTS = frozenset({"fail", "provisional"})
_OWED = frozenset({"approval.missing", "deviation.not-closed", "deviation.not-remediated", "seal.not-witnessed"})
_UNTIL = {
    Remedy.NONE: "for good",
    Remedy.ACCEPT: "until the trust file has it",
    Remedy.DISCLOSE: "until it is there",
    Remedy.WITNESS: "until a clock witnesses the seal",
    Remedy.WITHDRAW: "until it is withdrawn",
    Remedy.ATTEST: "until they are attested late",
    Remedy.SUPPLY: "until it is supplied",
    Remedy.APPROVE: "until an approval covers it",
    Remedy.REMEDIATE: "until that is done",
}


@dataclass(frozen=True, slots=True)
class Sealed:
    """What was sealed, what is open in it, what is owed now, and the pinned policy, which says how bad that is."""

    seal: bytes
    run: bytes
    count: int
    open: tuple[Item, ...]
    owed: tuple[Item, ...]
    policy: Policy


def seal(path: Path, actor: str, signer: Signer, *, with_open_items: bool = False) -> Sealed:
    """Seal a run that has ended; what is open in it has to be accepted.

    What is signed was read again from the first byte of the journal, whatever the index beside it says.
    """
    with Journal(path) as journal:
        state = journal.state
        _check_ended(journal)
        recorder = Recorder(journal, enrolled(state, actor, signer), signer)
        guard.check_sealer(state, recorder.member, "seal")
        items = [item for item in open_items.at_seal(state, actor) if item.level(state.policy) != _OFF]
        items += _also(journal, recorder.member, items)
        if items and not with_open_items:
            raise _open(items, state.policy)
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
        done = Sealed(state.seal_hash, state.run or b"", state.count, tuple(items), _owed(state), state.policy)
    index.discard(path)
    return done


def _also(journal: Journal, sealer: Member, items: list[Item]) -> list[Item]:
    """Give what the verifier's own rules would find beside that, but for what is always owed after a seal."""
    known = {item.code for item in items} | _OWED
    with journal.path.open("rb") as stream:
        foreseen = foresight.foresee(stream, journal.end, sealer)
    found = outlook.list_open(foreseen, journal.state)
    return [Item(one.code, one.text) for one in found if one.code not in known and one.level in _COUNTS]


def _owed(state: RunState) -> tuple[Item, ...]:
    """Give what is owed after the seal by the pinned policy, a witness of the seal included (SPEC 9.11-17)."""
    owed = tuple(open_items.owed(state))
    rule = "seal.not-witnessed"
    level = state.policy.rules[rule].level
    if level is None or level.value not in _COUNTS or any(item.code == rule for item in owed):
        return owed
    return (*owed, Item(rule, "a clock witnesses the seal: `opsproof witness`"))


def weigh(item: Item, policy: Policy) -> str:
    """Say what is open, at which level the pinned policy holds it, and what can still mend it (SPEC 10)."""
    what = item.text.partition(": `")[0]  # the command that would have helped before the end of the run
    return f"{what}: {item.level(policy)} {_UNTIL[CODES[item.code].remedy]}"


def never_final(items: tuple[Item, ...], policy: Policy) -> bool:
    """Tell whether something open fails the run under the pinned policy, and nothing after the seal can mend it."""
    return any(item.level(policy) == "fail" and CODES[item.code].remedy is Remedy.NONE for item in items)


def _open(items: list[Item], policy: Policy) -> Incomplete:
    lines = "\n".join(f"  - {weigh(item, policy)}" for item in items)
    verdict = ", and sealed so it can only be FAIL" if never_final(tuple(items), policy) else ""
    return Incomplete(
        f"this is open, by the levels of {policy.id} {policy.version}, which the contract pins{verdict}:\n{lines}",
        f"{guard.NOTHING_FOLLOWS} To seal it as it is, with this in every report: `opsproof seal --with-open-items`.",
    )


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
