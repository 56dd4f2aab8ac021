"""Copies: entries and evidence withheld, evidence beside the bundle and back; seal and signatures hold."""

from __future__ import annotations

import fcntl
from hashlib import sha256
from pathlib import Path

import pytest
from opsproof_record.errors import Busy, Damaged
from opsproof_record.log.frames import Write
from opsproof_record.log.journal import Journal
from opsproof_record.log.reading import Bundle, reading
from opsproof_record.sealed import rewriting
from recorder.closed import supplied, without_photo
from recorder.plant import Plant

from opsproof_verify.container import FrameType, read_frames
from opsproof_verify.findings import Verdict
from opsproof_verify.policy import Policy
from opsproof_verify.report import Report
from opsproof_verify.trust import TrustStore
from opsproof_verify.verify import verify


def copy(plant: Plant, *words: object, expect: int = 0, source: Path | None = None, name: str = "copy.opb") -> str:
    """Make a copy of the run, which stays as it is."""
    source = source or plant.run
    before = source.read_bytes()
    command, *rest = words
    said = plant(command, "--run", source, "--output", plant.path / name, *rest, expect=expect)
    assert source.read_bytes() == before
    assert (plant.path / name).exists() is (expect == 0)
    return said


def report(plant: Plant, name: str = "copy.opb", evidence: Path | None = None) -> Report:
    trust = TrustStore.load(plant.path / "trust.toml")
    return verify(plant.path / name, Policy.load("baseline"), trust, evidence=evidence)


def codes(plant: Plant) -> set[str]:
    return {found.code.name for found in report(plant).findings}


@pytest.fixture
def final(plant: Plant) -> Plant:
    """Give a plant with a FINAL bundle, in which evidence was supplied after the seal."""
    without_photo(plant)
    plant("seal", "--with-open-items", *plant.on("op-a"))
    plant("append", "--run", plant.run, supplied(plant))
    plant(*plant.signing("qa"))
    assert plant.report().verdict is Verdict.FINAL
    return plant


@pytest.fixture
def photographed(plant: Plant) -> Plant:
    """Give a plant with a FINAL bundle that holds a photo as e6, and two notes."""
    plant.start()
    plant.weigh()
    plant("note", "The drum was dented", *plant.on("op-a"))
    plant("note", "Nothing else", *plant.on("op-a"))
    plant.finish()
    plant(*plant.signing("qa"))
    assert plant.report().verdict is Verdict.FINAL
    return plant


# Withholding.


@pytest.mark.parametrize(
    "words",
    [
        ("--entry", "e8"),
        ("--entry", "8"),
        ("--entry", "e8-e10"),
        ("--kind", "note"),
        ("--kind", "note", "--kind", "step-started", "--entry", "e4"),
        ("--entry", "e6"),
        ("--kind", "value-recorded", "--evidence", "e6"),
    ],
)
def test_a_withheld_copy_holds_and_is_never_final(photographed: Plant, words: tuple[str, ...]) -> None:
    said = copy(photographed, "withhold", *words)
    assert "chain, tree and seal hold" in said
    assert "never FINAL" in said
    found = report(photographed)
    assert found.verdict is Verdict.PROVISIONAL
    assert found.bundle.withheld
    assert found.bundle.seal == photographed.report().bundle.seal
    assert {owed.need for owed in found.owed} == {"disclose"}


def test_withheld_words_are_not_in_the_copy(photographed: Plant) -> None:
    said = copy(photographed, "withhold", "--entry", "e8", "--entry", "e6")
    data = (photographed.path / "copy.opb").read_bytes()
    photo = (photographed.path / "drum.jpg").read_bytes()
    assert photo in photographed.run.read_bytes()
    for gone in (b"dented", photo, sha256(photo).digest()):
        assert gone not in data
    assert b"Nothing else" in data
    for part in ("what 1 note entry says", "what 1 evidence-added entry says", "1 evidence item that went with"):
        assert part in said


def test_signatures_of_actors_stay_in_a_range(photographed: Plant) -> None:
    said = copy(photographed, "withhold", "--entry", "e2-e13")
    assert "Signatures of actors stay" in said
    assert "e3, e5, e7" in said
    assert report(photographed).verdict is Verdict.PROVISIONAL


@pytest.mark.parametrize(
    "words, refused",
    [
        (("--entry", "e0"), "SPEC 3.3-4"),
        (("--entry", "e0-e4"), "SPEC 3.3-4"),
        (("--entry", "e1"), "SPEC 6.6-4"),
        (("--kind", "attestation"), "SPEC 6.6-4"),
        (("--kind", "run-ended"), "SPEC 3.3-4"),
        (("--kind", "run-started"), "SPEC 3.3-4"),
        (("--kind", "assigned"), "nobody's"),
        (("--kind", "gossip"), "no kind of entry"),
        (("--kind", "gap"), "no entry of the kind gap"),
        (("--entry", "e99"), "has no entries"),
        (("--entry", "e5-e4"), "has no entries"),
        (("--evidence", "e2"), "added no evidence"),
        (("--evidence", "00" * 32), "no evidence with the SHA-256"),
        ((), "nothing is named"),
    ],
)
def test_what_cannot_be_withheld_is_refused(photographed: Plant, words: tuple[str, ...], refused: str) -> None:
    assert refused in copy(photographed, "withhold", *words, expect=1)
    assert not list(photographed.path.glob(".*"))


def test_the_last_entry_always_shows(photographed: Plant) -> None:
    last = photographed.report().bundle.entries - 1
    assert "SPEC 3.3-4" in copy(photographed, "withhold", "--entry", f"e2-e{last}", expect=1)


def test_a_word_that_names_no_entries_is_wrong_usage(photographed: Plant) -> None:
    assert "names no entries" in copy(photographed, "withhold", "--entry", "the third", expect=2)


def test_withheld_evidence_is_handed_over_later(photographed: Plant) -> None:
    copy(photographed, "withhold", "--evidence", "e6")
    found = report(photographed)
    assert (found.verdict, [owed.need for owed in found.owed]) == (Verdict.PROVISIONAL, ["disclose"])
    photo = photographed.path / "drum.jpg"
    beside = photographed.path / "beside"
    beside.mkdir()
    (beside / sha256(photo.read_bytes()).hexdigest()).write_bytes(photo.read_bytes())
    assert report(photographed, evidence=beside).verdict is Verdict.FINAL


def test_evidence_of_sign_offs_is_withheld_too(final: Plant) -> None:
    photo = (final.path / "late.jpg").read_bytes()
    said = copy(final, "withhold", "--evidence", sha256(photo).hexdigest())
    assert sha256(photo).hexdigest() in said
    assert photo not in (final.path / "copy.opb").read_bytes()
    assert report(final).verdict is Verdict.PROVISIONAL
    assert "evidence.absent" in codes(final)


def test_what_is_hidden_has_to_be_what_the_record_says(photographed: Plant) -> None:
    data = bytearray(photographed.run.read_bytes())
    data[data.index((photographed.path / "drum.jpg").read_bytes()) + 5] ^= 1
    photographed.run.write_bytes(data)
    assert "not what the record says" in copy(photographed, "withhold", "--evidence", "e6", expect=1)


def test_a_copy_of_a_copy(photographed: Plant) -> None:
    copy(photographed, "withhold", "--entry", "e8")
    first = photographed.path / "copy.opb"
    copy(photographed, "withhold", "--entry", "e10", "--entry", "e8", source=first, name="second.opb")
    assert report(photographed, "second.opb").bundle.withheld == ((8, 8), (10, 10))


def test_a_bundle_whose_seal_does_not_hold_is_not_copied(photographed: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("opsproof_verify.merkle.Frontier.root", lambda _: bytes(32))
    assert "the seal does not hold" in copy(photographed, "withhold", "--entry", "e8", expect=1)


def test_a_copy_that_is_not_of_the_run_is_taken_back(photographed: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    copy(photographed, "withhold", "--entry", "e8", name="first.opb")
    other = photographed.path / "first.opb"

    def wrong(_bundle: Bundle, _work: object, write: Write) -> None:
        with reading(photographed.package) as package:
            write(package.stream().read())

    monkeypatch.setattr(rewriting, "rewrite", wrong)
    assert "not of that run" in copy(photographed, "withhold", "--entry", "e8", expect=1)
    assert other.exists()


def test_a_running_journal_is_copied_too(plant: Plant) -> None:
    plant.start()
    plant.weigh()
    with plant.run.open("ab") as file:
        file.write(b"\x82\x02\x58\x99torn")
    said = copy(plant, "withhold", "--kind", "value-recorded")
    assert "chain holds" in said
    assert "8 bytes at its end are left out" in said
    with Journal(plant.path / "copy.opb") as journal:
        assert journal.state.count == 8


def test_a_late_attestation_joins_a_redacted_copy(plant: Plant) -> None:
    plant.start()
    plant("note", "from the bot", *plant.on("bot"))
    plant("begin", "weigh", *plant.on("bot"))
    plant("end", "weigh", "--anyway", *plant.on("bot"))
    plant("begin", "label", *plant.on("op-a"))
    plant("end", "label", *plant.on("op-a"))
    plant("end", "--anyway", *plant.on("op-a"))
    plant("seal", "--with-open-items", *plant.on("op-a"))
    copy(plant, "withhold", "--entry", "e2")
    attest = ("signoff", *plant.on("bot"), "--name", "Bot", "--role", "helper", "--decision", "attest", "--blind")
    plant(*attest, "--yes", "--detached", plant.path / "bot.signoff")
    plant("append", "--run", plant.path / "copy.opb", plant.path / "bot.signoff")
    assert "attestation.owed" not in codes(plant)
    assert "attestation.mismatch" not in codes(plant)


# Evidence beside the bundle.


@pytest.fixture
def folder(plant: Plant) -> Path:
    made = plant.path / "evidence"
    made.mkdir()
    return made


def test_detached_evidence_gives_the_same_verdict_and_comes_back(final: Plant, folder: Path) -> None:
    said = copy(final, "detach", "--evidence-dir", folder)
    assert f"moved to {folder}: 1 evidence item" in said
    photo = (final.path / "late.jpg").read_bytes()
    assert [path.name for path in folder.iterdir()] == [sha256(photo).hexdigest()]
    assert photo not in (final.path / "copy.opb").read_bytes()
    assert report(final).verdict is Verdict.PROVISIONAL
    assert report(final, evidence=folder).verdict is Verdict.FINAL
    copy(final, "gather", "--evidence-dir", folder, source=final.path / "copy.opb", name="back.opb")
    assert (final.path / "back.opb").read_bytes() == final.run.read_bytes()


def test_evidence_of_entries_moves_too(photographed: Plant, folder: Path) -> None:
    copy(photographed, "detach", "--evidence-dir", folder)
    assert report(photographed, evidence=folder).verdict is Verdict.FINAL
    path = photographed.path / "copy.opb"
    with path.open("rb") as stream:
        assert FrameType.EVIDENCE not in {frame.type for frame in read_frames(stream)}


@pytest.mark.parametrize("size, moved", [("10241", 1), ("10 kB", 1), ("10242", 0), ("11KiB", 0), ("1MB", 0)])
def test_only_what_is_larger_moves(photographed: Plant, folder: Path, size: str, moved: int) -> None:
    copy(photographed, "detach", "--evidence-dir", folder, "--larger-than", size)
    assert len(list(folder.iterdir())) == moved


@pytest.mark.parametrize("size", ["x", "1X", "10i", "-1", "1.5 MB"])
def test_a_size_is_bytes(photographed: Plant, folder: Path, size: str) -> None:
    assert "no size" in copy(photographed, "detach", "--evidence-dir", folder, "--larger-than", size, expect=2)


def test_a_file_that_is_there_is_used_or_refused_never_changed(photographed: Plant, folder: Path) -> None:
    photo = (photographed.path / "drum.jpg").read_bytes()
    there = folder / sha256(photo).hexdigest()
    there.write_bytes(b"other")
    assert "is not the evidence" in copy(photographed, "detach", "--evidence-dir", folder, expect=1)
    assert there.read_bytes() == b"other"
    there.write_bytes(photo)
    inode = there.stat().st_ino
    copy(photographed, "detach", "--evidence-dir", folder)
    assert there.stat().st_ino == inode
    there.write_bytes(photo[:-1] + b"!")
    again = ("gather", "--evidence-dir", folder)
    source = photographed.path / "copy.opb"
    assert "is not the evidence" in copy(photographed, *again, source=source, name="back.opb", expect=1)
    there.write_bytes(photo + b"!")
    assert "is not the evidence" in copy(photographed, *again, source=source, name="back.opb", expect=1)
    there.unlink()
    assert "still absent: 1 evidence item" in copy(photographed, *again, source=source, name="back.opb")


def test_altered_evidence_does_not_leave_the_bundle(photographed: Plant, folder: Path) -> None:
    data = bytearray(photographed.run.read_bytes())
    data[data.index((photographed.path / "drum.jpg").read_bytes()) + 5] ^= 1
    photographed.run.write_bytes(data)
    assert "not what the record says" in copy(photographed, "detach", "--evidence-dir", folder, expect=1)
    assert list(folder.iterdir()) == []


def test_the_folder_has_to_be_there(photographed: Plant) -> None:
    nowhere = photographed.path / "nowhere"
    assert "is no folder" in copy(photographed, "detach", "--evidence-dir", nowhere, expect=1)
    assert "is no folder" in copy(photographed, "gather", "--evidence-dir", nowhere, expect=1)


def test_a_copy_never_stands_over_another_file(photographed: Plant, folder: Path) -> None:
    before = photographed.run.read_bytes()
    words = ("--run", photographed.run, "--output", photographed.run)
    assert "exists" in photographed("detach", *words, "--evidence-dir", folder, expect=1)
    assert "exists" in photographed("withhold", *words, "--entry", "e8", expect=1)
    assert photographed.run.read_bytes() == before


# Reading.


def test_a_reader_sees_one_state_while_others_write(plant: Plant) -> None:
    plant.start()
    with reading(plant.run) as bundle:
        size = len(bundle.stream().read())
        plant("note", "meanwhile", *plant.on("op-a"))
        assert len(bundle.stream().read()) == size == bundle.end
        assert bundle.entry(0) is not None
        assert bundle.entry(2) is None


def test_a_reader_waits_for_a_writer_a_little(plant: Plant) -> None:
    plant.start()
    with plant.run.open("rb") as writer:
        fcntl.flock(writer, fcntl.LOCK_EX)
        with pytest.raises(Busy), reading(plant.run, patience=0.1):
            pass
    with reading(plant.run, patience=0.1) as bundle:
        assert bundle.end == plant.run.stat().st_size


def test_a_file_that_shrinks_under_a_reader_is_said(plant: Plant) -> None:
    plant.start()
    with reading(plant.run) as bundle:
        with plant.run.open("rb+") as file:
            file.truncate(100)
        with pytest.raises(Damaged, match="became shorter"):
            list(bundle.piece(90, 20))


def test_damage_is_named(photographed: Plant) -> None:
    data = bytearray(photographed.run.read_bytes())
    data[data.index(b"dented")] ^= 1
    photographed.run.write_bytes(data)
    with pytest.raises(Damaged), reading(photographed.run):
        pass
    assert "damaged" in copy(photographed, "withhold", "--entry", "e8", expect=1)
