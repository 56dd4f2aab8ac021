"""Independent time witnesses (SPEC 6.10): a clock's signature over a head, a seal or a sign-off, and where it goes.

A witness of the seal or of a sign-off is a frame after the seal. That of a running journal's head is a file of its own,
which an actor of the run writes into it as a `witnessed` entry.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from opsproof_verify.canonical import Value, encode
from opsproof_verify.chain import MAX_HEAD_DISTANCE
from opsproof_verify.container import FrameType
from opsproof_verify.cose import RecordType
from opsproof_verify.fields import Ref
from opsproof_verify.kinds import Witnessed
from opsproof_verify.merkle import leaf_hash
from opsproof_verify.parse_entry import parse_entry
from opsproof_verify.records import SignOff, Witness

from opsproof_record.clock import Time
from opsproof_record.errors import OutOfOrder, Unfit, Unknown
from opsproof_record.log import frames
from opsproof_record.log.journal import Journal, create
from opsproof_record.log.state import RunState
from opsproof_record.run.recorder import Recorder
from opsproof_record.sealed import detached, joining
from opsproof_record.signing.keys import Signer

HEAD, SEAL, SIGNOFF = "head", "seal", "signoff"


@dataclass(frozen=True, slots=True)
class Target:
    """What is witnessed: ``kind`` is head, seal or signoff, ``hash`` its record hash, ``seq`` the head's number."""

    kind: str
    run: bytes
    hash: bytes
    seq: int | None = None


def choose_signoff(signoffs: dict[bytes, SignOff], heads: list[bytes], wanted: bytes | None) -> bytes:
    """Find the sign-off to witness: the one named, or the only one that no other has seen."""
    if wanted in signoffs:
        return wanted
    if wanted is None and len(heads) == 1:
        return heads[0]
    if not signoffs:
        raise Unknown("nobody has signed yet", "The seal can be witnessed: --target seal.")
    known = "\n  ".join(f"{hash_.hex()} {one.person} {one.decision}" for hash_, one in signoffs.items())
    what = "name the sign-off to witness" if wanted is None else f"there is no sign-off {wanted.hex()}"
    raise Unknown(what, f"Give --signoff HASH of one of:\n  {known}")


def sign(signer: Signer, name: str, target: Target, time: Time) -> bytes:
    """Sign that something existed at a time; give the witness record."""
    record: dict[str, Value] = {
        "run": target.run,
        "witness": name,
        "target": "entry" if target.kind == HEAD else target.kind,
        "hash": target.hash,
        "time": list(time),
    }
    if target.seq is not None:
        record["seq"] = target.seq
    return signer.sign(RecordType.WITNESS, encode(record))


def write_detached(path: Path, body: bytes) -> None:
    """Write a witness to a new file for `append`."""
    create(path, frames.frame(FrameType.WITNESS, body))


def append_here(path: Path, body: bytes, state: RunState) -> bytes:
    """Append a witness to a sealed bundle, whose state was read before; give its hash."""
    with Journal(path, state=state) as journal:
        journal.append(FrameType.WITNESS, body)
        journal.commit()
    return leaf_hash(body)


def read_heads(path: Path) -> list[detached.Item]:
    """Read the witnesses of a head out of a detached file; raises ``Refused`` for anything else."""
    items = detached.read(path)
    if any(not isinstance(item.record, Witness) or item.record.target != "entry" for item in items):
        raise OutOfOrder(
            f"{path} is for a sealed bundle",
            "Seal the run first: `opsproof seal`. Then append it without --as and --key.",
        )
    return items


def write_entry(recorder: Recorder, item: detached.Item, name: str) -> Ref:
    """Write the witness of a head into its running journal as a `witnessed` entry (SPEC 6.10-1)."""
    record, state = item.record, recorder.state
    if not isinstance(record, Witness) or record.seq is None:
        raise OutOfOrder(f"{name} is for a sealed bundle", "Seal the run first: `opsproof seal`.")
    if record.run != state.run or state.leaf(record.seq) != record.hash:
        raise Unfit(f"{name} witnesses another run, or another entry than e{record.seq} here", detached.AGAIN)
    joining.check_independent(record.witness, item.kid, state.contract, state.members)
    if recorder.due:
        recorder.attest()
    if known := _known(recorder, item.body, record.seq):
        raise OutOfOrder(f"{name} is in the run already, as e{known}", "There is nothing to do.")
    ref = recorder.write("witnessed", witness=item.body)
    if ref.seq - record.seq > MAX_HEAD_DISTANCE:
        raise OutOfOrder(
            f"e{record.seq} is {ref.seq - record.seq} entries back; a witness is at most {MAX_HEAD_DISTANCE} back",
            "Nothing was recorded. Have the head witnessed that the run has now: `opsproof request`.",
        )
    return ref


def _known(recorder: Recorder, body: bytes, seq: int) -> int | None:
    """Find the entry that holds a witness of an entry already; one stands no further from it than is allowed."""
    last = min(recorder.state.count, seq + MAX_HEAD_DISTANCE + 1)
    for number in range(seq + 1, last):
        entry = recorder.journal.read(number) or b""
        if body in entry and isinstance(parse_entry(entry).what, Witnessed):
            return number
    return None
