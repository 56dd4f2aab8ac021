"""Requests: people elsewhere sign on a small file; what it proves, and what it only says."""

from __future__ import annotations

import base64
import itertools
import json
from hashlib import sha256
from pathlib import Path

import pytest
from opsproof_record.sealed import request
from opsproof_record.sealed.proofs import is_included, prove
from opsproof_record.sealed.strict_json import moment
from recorder.closed import answering, asked, detached, flat, overfilled, supplied, without_photo
from recorder.plant import PROCEDURE, Plant

from opsproof_verify.findings import Verdict
from opsproof_verify.merkle import Frontier, leaf_hash
from opsproof_verify.parse_entry import parse_entry
from opsproof_verify.policy import Policy
from opsproof_verify.render.json_report import render_json
from opsproof_verify.trust import TrustStore
from opsproof_verify.verify import verify

# Proofs.


def test_each_leaf_of_small_trees_is_shown_to_be_in_them_and_nowhere_else() -> None:
    for count in range(1, 40):
        leaves = [leaf_hash(bytes([number])) for number in range(count)]
        tree = Frontier()
        for leaf in leaves:
            tree.append(leaf)
        paths = prove(iter(leaves), range(count))
        for number, path in paths.items():
            assert is_included(leaves[number], number, count, path, tree.root())
            assert not is_included(leaf_hash(b"x"), number, count, path, tree.root())
            assert not is_included(leaves[number], number, count, [*path, tree.root()], tree.root())
            assert not path or not is_included(leaves[number], number, count, path[:-1], tree.root())
            for other in {0, count - 1, (number + 1) % count, number ^ 1} - {number}:
                assert not is_included(leaves[number], other, count, path, tree.root())
            assert not is_included(leaves[number], number, number, path, tree.root())


def test_only_wanted_leaves_are_proven() -> None:
    leaves = [leaf_hash(bytes([number])) for number in range(100)]
    assert list(prove(leaves, [7, 3, 99])) == [3, 7, 99]
    assert len(prove(leaves, [7])[7]) == 7


# Signing on a request.


def test_a_request_is_signed_elsewhere_and_merged(plant: Plant) -> None:
    deviation = overfilled(plant)
    file = asked(plant, "--text", "Please look at B-1042")
    said = plant(*answering(plant, "qa", file, "--covers", deviation))
    proven, _, rest = said.partition("SAID BY WHOEVER MADE THE REQUEST")
    assert "PROVEN HERE" in proven
    for part in ("batch B-1042", "Fill the line", "Overfilled", "mass = 46 kg", "COVERED by yours"):
        assert part in proven
    for part in ("PROVISIONAL", "under review", "Please look at", "SHA-256 of the report"):
        assert part in rest
        assert part not in proven
    assert "Ask for the bundle to verify it yourself" in " ".join(rest.split())
    plant("append", "--run", plant.run, plant.path / "qa.signoff")
    assert plant.report().verdict is Verdict.FINAL


def test_it_names_the_report_that_check_prints(plant: Plant) -> None:
    plant.sealed()
    file = asked(plant)
    report = base64.b64decode(json.loads(file.read_text())["report"])
    read = request.load(file)
    assert isinstance(read, request.Request)
    assert read.report == report
    trust = TrustStore.load(plant.path / "trust.toml")
    made = json.loads(report)["at"]
    plant(*answering(plant, "qa", file))
    plant("append", "--run", plant.run, plant.path / "qa.signoff")
    assert sha256(report).digest() in plant.run.read_bytes()
    at = moment(made).ms
    assert plant.report().verdict is Verdict.FINAL
    before = plant.run.read_bytes()[: -len((plant.path / "qa.signoff").read_bytes())]
    assert render_json(verify(before, Policy.load("baseline"), trust, at=at)) == report


def test_three_people_elsewhere_in_any_order_make_it_final(plant: Plant) -> None:
    policy = (Path(__file__).parents[2] / "policies" / "baseline.toml").read_text()
    three = plant.path / "three.toml"
    three.write_text(policy.replace('role = "quality"\ncount = 1', 'role = "quality"\ncount = 3'))
    plant("keygen", plant.key("third"))
    with (plant.path / "trust.toml").open("a") as trust_file:
        public = plant.path.joinpath("third.pub").read_text().strip()
        trust_file.write(f'[[approver]]\nperson = "third"\nroles = ["quality"]\nkey = "{public}"\n')
    deviation = overfilled(plant)
    file = asked(plant, "--policy", three)
    for name in ("qa", "rita", "third"):
        words = [word if word != "baseline" else three for word in answering(plant, name, file)]
        plant(*words, *(("--covers", deviation) if name == "rita" else ()))
    sealed = plant.run.read_bytes()
    trust = TrustStore.load(plant.path / "trust.toml")
    reports = set()
    for order in itertools.permutations(("qa", "rita", "third")):
        plant.run.write_bytes(sealed)
        for name in order:
            assert verify(plant.run.read_bytes(), Policy.load(three), trust).verdict is Verdict.PROVISIONAL
            plant("append", "--run", plant.run, plant.path / f"{name}.signoff")
        report = verify(plant.run.read_bytes(), Policy.load(three), trust)
        assert report.verdict is Verdict.FINAL
        reports.add(render_json(report))
    assert len(reports) == 1


def test_evidence_is_supplied_from_elsewhere(plant: Plant) -> None:
    without_photo(plant)
    plant("seal", "--with-open-items", *plant.on("op-a"))
    file = asked(plant)
    photo = plant.path / "late.jpg"
    photo.write_bytes(b"\xff\xd8 late")
    words = answering(plant, "rita", file, "--evidence", photo, decision="supply")
    assert "no step" in plant(*words, "--step", "nowhere", expect=1)
    plant(*words, "--step", "weigh", "--slot", "photo")
    plant(*answering(plant, "qa", file))
    plant("append", "--run", plant.run, plant.path / "qa.signoff", plant.path / "rita.signoff")
    assert plant.report().verdict is Verdict.PROVISIONAL  # whoever approved had not seen it
    (plant.path / "qa.signoff").unlink()
    plant(*answering(plant, "qa", asked(plant, name="second.request")))
    plant("append", "--run", plant.run, plant.path / "qa.signoff")
    assert plant.report().verdict is Verdict.FINAL


def test_a_request_holds_what_was_signed_before(plant: Plant) -> None:
    without_photo(plant)
    plant("seal", "--with-open-items", *plant.on("op-a"))
    plant("append", "--run", plant.run, supplied(plant))
    plant(*plant.signing("qa", "reject"), "--text", "Blurred")
    file = asked(plant)
    assert "qa has rejected" in plant(*answering(plant, "rita", file), expect=1)
    rejection = next(one.hash for one in plant.report().signoffs if one.decision == "reject")
    said = plant(*answering(plant, "qa", file, "--withdraws", rejection, decision="withdraw"))
    assert "remark: Blurred" in said
    plant("append", "--run", plant.run, plant.path / "qa.signoff")
    (plant.path / "rita.signoff").unlink()
    plant(*answering(plant, "rita", asked(plant, name="second.request")))
    plant("append", "--run", plant.run, plant.path / "rita.signoff")
    assert plant.report().verdict is Verdict.FINAL


def test_a_request_of_a_long_run_stays_small(plant: Plant) -> None:
    plant.start()
    for number in range(30):
        plant("note", f"note {number}", *plant.on("op-a"))
    plant.weigh()
    plant.finish()
    file = asked(plant)
    read = request.load(file)
    assert isinstance(read, request.Request)
    assert [one.seq for one in read.entries] == [0, read.entries[1].seq]
    plant(*answering(plant, "qa", file))


def test_what_has_no_room_is_said_to_be_left_out(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    deviation = overfilled(plant)
    monkeypatch.setattr("opsproof_record.sealed.matters.MAX_MATTERS", 1)
    file = plant.path / "small.request"
    trust = ("--trust", plant.path / "trust.toml", "--policy", "baseline")
    assert "2 more have no room" in plant("request", "--run", plant.run, *trust, "--output", file)
    said = plant(*answering(plant, "qa", file, "--covers", deviation))
    assert "2 more entries like these have no room here" in said
    monkeypatch.setattr("opsproof_record.sealed.matters.MAX_BYTES", 1)
    file.unlink()
    plant("request", "--run", plant.run, *trust, "--output", file)
    said = plant(*answering(plant, "rita", file, "--covers", deviation))
    assert f"1 of them had no room to be told above: {deviation}" in said
    assert f"{deviation} is not shown to you here: you cover what you have not seen" in flat(said)


def test_refusals_of_what_a_request_cannot_do(plant: Plant) -> None:
    plant.start()
    plant.weigh()
    trust = ("--trust", plant.path / "trust.toml")
    head = plant.path / "head.request"
    plant("request", "--run", plant.run, "--output", head)
    assert "asks for a witness" in plant(*answering(plant, "qa", head), expect=1)
    plant.finish()
    target = plant.path / "x.request"
    assert "Give --trust" in plant("request", "--run", plant.run, "--output", target, expect=1)
    file = asked(plant)
    assert "exists" in plant("request", "--run", plant.run, *trust, "--output", file, expect=1)
    words = answering(plant, "qa", file)
    assert "--detached" in plant(*words[: words.index("--detached")], expect=1)
    assert "one bundle" in plant(*words, "--run", plant.run, expect=1)
    assert "needs the bundle itself" in plant(
        *("signoff", "--request", file, *plant.by("op-a"), "--name", "A", "--role", "operator"),
        *("--decision", "attest", *trust, "--detached", target, "--yes"),
        expect=1,
    )
    other = plant.path / "other.toml"
    other.write_text(
        (Path(__file__).parents[2] / "policies" / "baseline.toml").read_text().replace("version = 1", "version = 9", 2)
    )
    assert "under another policy" in plant(*[word if word != "baseline" else other for word in words], expect=1)
    assert not target.exists()


def test_one_may_go_blind(plant: Plant) -> None:
    plant.sealed()
    file = asked(plant)
    words = ("signoff", "--request", file, *plant.by("qa"), "--name", "Quality", "--role", "quality", "--yes")
    said = plant(*words, "--blind", "--detached", plant.path / "blind.signoff")
    assert "NOTHING IS PROVEN" in said
    assert "PROVEN HERE" not in said
    plant("append", "--run", plant.run, plant.path / "blind.signoff")
    assert plant.report().verdict is Verdict.PROVISIONAL


def test_a_signature_of_nobody_known_is_marked(plant: Plant) -> None:
    plant.sealed()
    plant("keygen", plant.key("stranger"))
    plant(*(word.replace("qa", "stranger") for word in plant.signing("qa", "acknowledge")))
    said = plant(*answering(plant, "qa", asked(plant)))
    assert "NOT VERIFIED" in said
    plant("append", "--run", plant.run, plant.path / "qa.signoff")
    assert detached(plant, "rita").exists()


def test_a_request_tells_what_a_signer_has_to_know_of(plant: Plant) -> None:
    procedure = PROCEDURE.replace(
        'title = "Label the drum"', 'title = "Label the drum"\nhold = ["quality"]\ncritical = true'
    )
    member = '[[roster]]\nid = "rita"\nname = "Rita"\nkind = "human"\nroles = ["quality"]\nkey-file = "rita.pub"\n\n'
    plant.package.unlink()
    plant.author(procedure.replace("[[steps]]", member + "[[steps]]", 1))
    plant.start()
    value = plant.weigh("46").split()[0]
    plant("correct", value, "44", "--why", "Wrong line", *plant.on("op-a"))
    plant("note", "of no weight", *plant.on("op-a"))
    raised = plant("deviate", "wrong-material", "--step", "weigh", "--description", "Wrong drum", *plant.on("op-a"))
    deviation = raised.split()[0]
    plant("release", deviation, "--text", "Same material", *plant.on("rita"))
    plant("remediate", deviation, "--text", "Relabelled", "--evidence", "e6", *plant.on("op-a"))
    plant("end", "weigh", *plant.on("op-a"))
    plant("begin", "label", *plant.on("op-a"))
    plant("end", "label", *plant.on("op-a"))
    plant("check-step", "label", "--passed", *plant.on("rita"))
    plant("release", "label", *plant.on("rita"))
    plant("end", *plant.on("op-a"))
    plant("seal", *plant.on("op-a"))
    read = request.load(asked(plant))
    assert isinstance(read, request.Request)
    kinds = [parse_entry(one.body).kind for one in read.entries]
    assert kinds == [
        *("run-started", "value-recorded", "correction", "deviation-raised", "deviation-ruled", "released"),
        *("deviation-remediated", "run-ended"),
    ]
    said = plant(*answering(plant, "qa", plant.path / "all.request", "--covers", deviation))
    for part in (
        "released    by rita",
        "Same material",
        "remediated  by op-a",
        "Relabelled (1 evidence item)",
        "44: Wrong line",
    ):
        assert part in said
    plant("append", "--run", plant.run, plant.path / "qa.signoff")
    assert plant.report().verdict is Verdict.FINAL
