"""The seal and what it lists; detached sign-offs, merged in any order, once each, whole or not at all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from opsproof_record.log.frames import frame, head
from opsproof_record.sealed import closing
from opsproof_record.sealed.detached import read
from opsproof_record.signing.keys import load
from recorder.closed import detached, overfilled, profile, supplied, without_photo
from recorder.plant import PROCEDURE, Plant

from opsproof_verify.canonical import decode, encode
from opsproof_verify.container import FrameType
from opsproof_verify.cose import RecordType
from opsproof_verify.findings import Verdict
from opsproof_verify.parse_signed import parse_cose
from opsproof_verify.render.json_report import render_json

# The seal.


def test_the_seal_lists_what_is_open_and_at_which_level(plant: Plant) -> None:
    without_photo(plant)
    refused = plant("seal", *plant.on("op-a"), expect=1)
    assert "step weigh lacks evidence for slot photo: provisional until it is supplied" in refused
    assert "baseline 1, which the contract pins" in refused
    sealed = plant("seal", "--with-open-items", *plant.on("op-a"))
    assert "provisional until it is supplied" in sealed
    assert 'approval closure: 1 with the role quality, meaning "release"' in sealed
    assert "will say FAIL" not in sealed


def test_what_nothing_mends_any_more_is_said_to_be_a_fail(plant: Plant) -> None:
    plant.start()
    plant("begin", "weigh", *plant.on("op-a"))
    plant("end", "--anyway", *plant.on("op-a"))
    refused = plant("seal", *plant.on("op-a"), expect=1)
    assert "step weigh is open: fail for good" in refused
    assert "can only be FAIL" in refused
    assert "will say FAIL" in plant("seal", "--with-open-items", *plant.on("op-a"))
    assert plant.report().verdict is Verdict.FAIL


def test_what_the_policy_leaves_out_is_not_open(plant: Plant) -> None:
    profile(plant, evidence__missing={"level": "off", "reason": "photographs are kept elsewhere"})
    plant.package.unlink()
    plant.author(PROCEDURE.replace('policy = "baseline"', 'policy = "house.toml"'))
    without_photo(plant)
    assert "slot photo" not in plant("seal", *plant.on("op-a"))


def test_nobody_seals_twice_or_too_early(plant: Plant) -> None:
    plant.start()
    assert "has not ended" in plant("seal", *plant.on("op-a"), expect=1)
    plant.run.unlink()
    plant.sealed()
    before = plant.run.read_bytes()
    assert "sealed already" in plant("seal", *plant.on("op-a"), expect=1)
    assert plant.run.read_bytes() == before


def test_the_api_tells_what_is_open(plant: Plant) -> None:
    without_photo(plant)
    done = closing.seal(plant.run, "op-a", load(plant.key("op-a"), lambda _: b""), with_open_items=True)
    assert [item.code for item in done.open] == ["evidence.missing"]
    assert not closing.never_final(done.open, done.policy)


def test_a_witness_that_the_policy_asks_for_is_owed_after_the_seal(plant: Plant) -> None:
    profile(plant, seal__not_witnessed="provisional")
    plant.package.unlink()
    plant.author(PROCEDURE.replace('policy = "baseline"', 'policy = "house.toml"'))
    plant.start()
    plant.weigh()
    plant("end", "weigh", *plant.on("op-a"))
    plant("begin", "label", *plant.on("op-a"))
    plant("end", "label", *plant.on("op-a"))
    plant("end", *plant.on("op-a"))
    assert "a clock witnesses the seal: `opsproof witness`" in plant("seal", *plant.on("op-a"))


# Merging.


@pytest.mark.parametrize("order", [("qa", "rita"), ("rita", "qa")])
def test_parallel_sign_offs_merge_in_either_order(plant: Plant, order: tuple[str, str]) -> None:
    plant.sealed()
    sealed = plant.run.read_bytes()
    files = {name: detached(plant, name) for name in ("qa", "rita")}
    assert plant.run.read_bytes() == sealed
    plant("append", "--run", plant.run, *(files[name] for name in order))
    assert plant.run.read_bytes().startswith(sealed)
    report = plant.report()
    assert report.verdict is Verdict.FINAL
    assert {signoff.person for signoff in report.signoffs} == set(order)


def test_a_sign_off_is_appended_once(plant: Plant) -> None:
    plant.sealed()
    files = detached(plant, "qa"), detached(plant, "rita")
    plant("append", "--run", plant.run, files[0])
    before = plant.run.read_bytes()
    assert "in the bundle already" in plant("append", "--run", plant.run, files[0], expect=1)
    assert plant.run.read_bytes() == before
    said = plant("append", "--run", plant.run, *files)
    assert "approve by qa is in the bundle already" in said
    assert "approve by rita appended" in said
    assert len(plant.report().signoffs) == 2


def test_a_sign_off_of_another_bundle_is_refused(plant: Plant) -> None:
    plant.sealed()
    file = detached(plant, "qa")
    plant.run.rename(plant.path / "first.opb")
    plant.sealed()
    before = plant.run.read_bytes()
    assert "signs another seal" in plant("append", "--run", plant.run, file, expect=1)
    assert plant.run.read_bytes() == before


@pytest.mark.parametrize("lost", [1, 100, 400])
def test_a_torn_detached_file_is_refused(plant: Plant, lost: int) -> None:
    plant.sealed()
    file = detached(plant, "qa")
    file.write_bytes(file.read_bytes()[:-lost])
    before = plant.run.read_bytes()
    assert "no detached sign-off" in plant("append", "--run", plant.run, file, expect=1)
    assert plant.run.read_bytes() == before


def test_a_file_joins_whole_or_not_at_all(plant: Plant) -> None:
    plant.sealed()
    copy = plant.run.read_bytes()
    good = detached(plant, "qa")
    plant.run.rename(plant.path / "first.opb")
    plant.sealed()
    foreign = detached(plant, "rita")
    plant.run.write_bytes(copy)
    both = plant.path / "both.signoff"
    both.write_bytes(good.read_bytes() + foreign.read_bytes())
    assert "signs another seal" in plant("append", "--run", plant.run, both, expect=1)
    assert plant.run.read_bytes() == copy


def test_evidence_that_was_exchanged_on_its_way_is_refused(plant: Plant) -> None:
    without_photo(plant)
    plant("seal", "--with-open-items", *plant.on("op-a"))
    before = plant.run.read_bytes()
    file = supplied(plant)
    data = file.read_bytes()
    for changed in (data.replace(b"late", b"fake"), data[data.index(b"late") + 4 :], data[:7] + data):
        file.write_bytes(changed)
        plant("append", "--run", plant.run, file, expect=1)
        assert plant.run.read_bytes() == before
    file.write_bytes(data[: data.index(b"late") + 4])
    assert "evidence that no sign-off names" in plant("append", "--run", plant.run, file, expect=1)
    file.write_bytes(b"")
    assert "is empty" in plant("append", "--run", plant.run, file, expect=1)


def test_one_that_saw_another_asks_for_it(plant: Plant) -> None:
    plant.sealed()
    copy = plant.run.read_bytes()
    first = detached(plant, "qa")
    plant("append", "--run", plant.run, first)
    file = detached(plant, "rita")
    plant.run.write_bytes(copy)
    said = plant("append", "--run", plant.run, file)
    assert "incomplete" in said
    assert plant.report().verdict is Verdict.FAIL
    assert "obtain" not in plant("append", "--run", plant.run, first)
    assert plant.report().verdict is Verdict.FINAL
    plant.run.write_bytes(copy)
    assert "obtain" not in plant("append", "--run", plant.run, file, first)


def test_an_interrupted_append_is_mended_first(plant: Plant) -> None:
    plant.sealed()
    file = detached(plant, "qa")
    plant.run.write_bytes(plant.run.read_bytes() + head(FrameType.SIGNOFF, 400) + b"torn")
    assert "The last write" in plant("append", "--run", plant.run, file)
    assert plant.report().verdict is Verdict.FINAL


def test_what_only_breaks_the_bundle_is_refused(plant: Plant) -> None:
    deviation = overfilled(plant)
    copy = plant.run.read_bytes()
    covering = detached(plant, "qa", "--covers", deviation)
    plant(*plant.signing("rita", "reject"))
    rejection = plant.report().signoffs[0].hash
    rejected = plant.run.read_bytes()
    plant(*plant.signing("rita", "withdraw"), "--withdraws", rejection)
    signed = plant.run.read_bytes()[len(rejected) :]
    withdrawal = plant.path / "withdrawal.signoff"
    withdrawal.write_bytes(signed)
    plant.run.write_bytes(copy)
    plant("append", "--run", plant.run, withdrawal)  # its rejection is missing, and named
    plant.run.write_bytes(rejected)
    plant("append", "--run", plant.run, withdrawal, covering)
    assert plant.report().verdict is Verdict.FINAL


def forged(plant: Plant, name: str, change: Callable[[dict[str, Any]], object], *more: object, **said: str) -> Path:
    """Change a detached sign-off and sign it anew with the same key."""
    file = detached(plant, name, *more, **said)
    payload = parse_cose(read(file)[0].body, RecordType.SIGNOFF).payload
    record: Any = decode(payload)
    change(record)
    signer = load(plant.key(name), lambda _: b"")
    file.write_bytes(frame(FrameType.SIGNOFF, signer.sign(RecordType.SIGNOFF, encode(record))))
    return file


def is_refused(plant: Plant, file: Path, why: str) -> None:
    before = plant.run.read_bytes()
    assert why in plant("append", "--run", plant.run, file, expect=1)
    assert plant.run.read_bytes() == before
    file.unlink()


def test_a_sign_off_that_names_what_is_not_here_is_refused(plant: Plant) -> None:
    deviation = overfilled(plant)
    is_refused(plant, forged(plant, "qa", lambda record: record.update(covers=[9999])), "covers e9999, which this run")
    proof = plant.path / "proof.txt"
    proof.write_text("done")
    words = ("--deviation", deviation, "--evidence", proof)

    def elsewhere(record: dict[str, Any]) -> None:
        record["deviation"] = [9999, bytes(32)]
        del record["evidence"]

    is_refused(plant, forged(plant, "qa", elsewhere, *words, decision="remediate"), "remediates e9999")


def test_a_withdrawal_of_what_is_not_ones_own_is_refused(plant: Plant) -> None:
    plant.sealed()
    plant(*plant.signing("rita", "reject"))
    rejection = bytes.fromhex(plant.report().signoffs[0].hash)
    withdrawal = {"decision": "withdraw", "withdraws": rejection}
    is_refused(
        plant, forged(plant, "qa", lambda record: record.update(withdrawal), decision="reject"), "cannot withdraw"
    )
    unseen = withdrawal | {"seen": []}
    is_refused(plant, forged(plant, "rita", lambda record: record.update(unseen), decision="reject"), "cannot withdraw")


def test_a_sign_off_under_a_key_of_the_run_has_to_verify(plant: Plant) -> None:
    plant.sealed()
    words = {"decision": "acknowledge"}
    renamed = forged(plant, "op-a", lambda record: record.update(person="qa"), **words)
    is_refused(plant, renamed, "with the key of op-a, not of qa")
    broken = detached(plant, "op-a", **words)
    broken.write_bytes(broken.read_bytes()[:-1] + bytes([broken.read_bytes()[-1] ^ 1]))
    is_refused(plant, broken, "does not verify")


def test_a_late_attestation_of_other_entries_is_refused(plant: Plant) -> None:
    plant.start()
    plant("note", "from the bot", *plant.on("bot"))
    plant.weigh()
    plant("end", "weigh", *plant.on("op-a"))
    plant("begin", "label", *plant.on("op-a"))
    plant("end", "label", *plant.on("op-a"))
    plant("end", "--anyway", *plant.on("op-a"))
    plant("seal", "--with-open-items", *plant.on("op-a"))
    more = forged(plant, "bot", lambda record: record["attests"].update(count=2), decision="attest")
    is_refused(plant, more, "other entries than bot has here")
    foreign = forged(plant, "bot", lambda record: record["attests"].update(actor="op-a"), decision="attest")
    is_refused(plant, foreign, "with another key")
    plant("append", "--run", plant.run, detached(plant, "bot", decision="attest"))


def test_no_more_sign_offs_than_a_bundle_holds(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    plant.sealed()
    files = detached(plant, "qa"), detached(plant, "rita")
    monkeypatch.setattr("opsproof_record.sealed.joining.MAX_SIGNOFFS", 1)
    assert "holds 1 of these at most" in plant("append", "--run", plant.run, *files, expect=1)
    assert len(plant.report().signoffs) == 1


def test_the_same_sign_offs_in_any_order_give_the_same_report(plant: Plant) -> None:
    plant.sealed()
    copy = plant.run.read_bytes()
    files = detached(plant, "qa"), detached(plant, "rita", decision="acknowledge")
    reports = set()
    for order in (files, files[::-1]):
        plant.run.write_bytes(copy)
        plant("append", "--run", plant.run, *order)
        reports.add(render_json(plant.report()))
    assert len(reports) == 1
