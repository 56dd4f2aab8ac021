"""What somebody does who can write the file, and signs again with the keys of others, and the code for it."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256

from opsproof_record.log import frames
from recorder.crew import contract
from recorder.forging import Forger, sign
from recorder.reading import payload

from opsproof_verify.canonical import encode
from opsproof_verify.container import FrameType
from opsproof_verify.cose import RecordType

Vandal = Callable[[Forger], None]


def _nothing(_: Forger) -> None:
    pass


def _value(forger: Forger) -> None:
    forger.find("value-recorded").map["value"] = "44"


def _own_note(forger: Forger) -> None:
    forger.find("gap").map["reason"] = "Somebody tripped over the cable"


def _check_by_a_forger(forger: Forger) -> None:
    forger.add(forger.find("run-ended"), "inspector", "checked", step="mix", **{"pass": 1}, passed=True)


def _note_between_signatures(forger: Forger) -> None:
    forger.add(forger.find("note"), "op-2", "note", text="I approve of everything")


def _failed_check_turned_round(forger: Forger) -> None:
    forger.find("checked").map["passed"] = False


def _no_deviation(forger: Forger) -> None:
    kinds = {"deviation-raised", "deviation-ruled", "deviation-closed"}
    forger.drop(*[one for one in forger.entries if one.map["kind"] in kinds])


def _no_ruling(forger: Forger) -> None:
    forger.drop(forger.find("deviation-ruled"))


def _milder_ruling(forger: Forger) -> None:
    forger.find("deviation-ruled").map["ruling"] = "allow"


def _no_gap(forger: Forger) -> None:
    forger.drop(forger.find("gap"))


def _no_check(forger: Forger) -> None:
    forger.drop(forger.find("checked"))


def _no_attestation(forger: Forger) -> None:
    forger.drop(forger.find("attestation", actor="inspector"))


def _attested_by_another(forger: Forger) -> None:
    one = forger.find("attestation", actor="inspector")
    one.map["attestation"] = sign("op-1", RecordType.ATTESTATION, encode(payload(one.map["attestation"])))


def _signature(forger: Forger) -> None:
    one = forger.find("attestation", actor="inspector")
    body = bytearray(one.map["attestation"])
    body[-40] ^= 1
    one.map["attestation"] = bytes(body)


def _later(forger: Forger) -> None:
    for one in forger.entries[3:]:
        one.map["time"] = [one.map["time"][0] - 3_600_000, 0]


def _other_photo(forger: Forger) -> None:
    one = forger.find("evidence-added")
    one.evidence = [frames.frame(FrameType.EVIDENCE, bytes(600))]


def _longer_photo(forger: Forger) -> None:
    one = forger.find("evidence-added")
    one.evidence = [frames.frame(FrameType.EVIDENCE, bytes(700))]


def _other_photo_and_entry(forger: Forger) -> None:
    one = forger.find("evidence-added")
    one.evidence = [frames.frame(FrameType.EVIDENCE, bytes(600))]
    one.map["digest"] = sha256(bytes(600)).digest()


def _photo_taken_out(forger: Forger) -> None:
    forger.find("evidence-added").evidence = []


def _photo_slipped_in(forger: Forger) -> None:
    forger.find("note").evidence = [frames.frame(FrameType.EVIDENCE, b"x")]


def _stranger(forger: Forger) -> None:
    forger.add(forger.find("run-ended"), "friend", "note", text="hello")


def _after_the_end(forger: Forger) -> None:
    end = forger.find("run-ended")
    forger.add(end, "op-1", "note", text="late")
    forger.entries[-2:] = reversed(forger.entries[-2:])


def _no_end(forger: Forger) -> None:
    forger.drop(forger.find("run-ended"))


def _no_approval(forger: Forger) -> None:
    forger.front = forger.front[:1]


def _other_contract(forger: Forger) -> None:
    body = sign("op-1", RecordType.CONTRACT, encode(contract()))
    forger.front[0] = frames.frame(FrameType.CONTRACT, body)


def _swapped(forger: Forger) -> None:
    one = forger.entries.index(forger.find("released"))
    forger.entries[one - 1 : one + 1] = reversed(forger.entries[one - 1 : one + 1])


def _leave_widened(forger: Forger) -> None:
    forger.find("authorised").map["arguments"] = b"\1" * 32


def _assignment_widened(forger: Forger) -> None:
    one = forger.find("assigned")
    one.map["assignment"] = one.map["assignment"].replace(b"operator", b"overseer")


EVERYBODY = ("op-1", "op-2", "lead", "deputy", "inspector", "bot")

#: What is done, whose keys the vandal has, and the code: None where nothing shows.
VANDALS: list[tuple[Vandal, tuple[str, ...], str | None]] = [
    (_nothing, (), None),
    (_value, (), "attestation.mismatch"),
    (_value, (), "seal.wrong-head"),
    (_value, ("op-1",), "attestation.mismatch"),
    (_value, ("op-1", "op-2"), "attestation.mismatch"),  # those who signed later have signed the chain
    (_check_by_a_forger, ("op-1",), "attestation.owed"),
    (_note_between_signatures, ("op-1",), "attestation.mismatch"),
    (_failed_check_turned_round, ("op-1",), "attestation.mismatch"),
    (_no_deviation, ("op-1", "op-2"), "attestation.mismatch"),
    (_no_deviation, EVERYBODY, "deviation.missing"),
    (_no_ruling, EVERYBODY, "deviation.unruled"),
    (_milder_ruling, EVERYBODY, "deviation.wrong-ruling"),
    (_no_gap, ("op-1",), "attestation.mismatch"),
    (_no_check, ("op-1",), "attestation.mismatch"),
    (_no_check, EVERYBODY, "check.missing"),
    (_no_attestation, ("op-1",), "attestation.mismatch"),
    (_no_attestation, EVERYBODY, "attestation.owed"),
    (_attested_by_another, ("op-1",), "signature.wrong-key"),
    (_signature, ("op-1",), "signature.invalid"),
    (_later, EVERYBODY, "time.not-monotonic"),
    (_later, EVERYBODY, "time.outside-run"),
    (_other_photo, (), "evidence.wrong-digest"),
    (_longer_photo, (), "evidence.wrong-digest"),
    (_other_photo_and_entry, ("op-1",), "attestation.mismatch"),
    (_photo_taken_out, (), "evidence.frame-missing"),
    (_photo_slipped_in, (), "evidence.unlisted"),
    (_stranger, ("op-1",), "actor.unknown"),
    (_after_the_end, ("op-1",), "entry.misplaced"),
    (_no_end, ("op-1",), "entry.misplaced"),
    (_no_approval, (), "contract.approvals-mismatch"),
    (_other_contract, ("op-1",), "trust.issuer-unknown"),
    (_swapped, ("op-1",), "attestation.mismatch"),
    (_leave_widened, EVERYBODY, "action.unauthorised"),
    (_assignment_widened, EVERYBODY, "signature.invalid"),
    # SPEC 12, `no-fork`: what everybody who signed later rewrites together, one file does not show.
    (_own_note, EVERYBODY, None),
    (_own_note, ("op-1",), "attestation.mismatch"),
]
