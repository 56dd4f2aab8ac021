"""What a bundle tells: each record in its place, and of broken files as far as they can be read."""

from __future__ import annotations

import io

import pytest
from support.bundles import BOSS, BUNDLES, WORKER, base, build, changed, ops, runs, vector, verdicts
from support.page_scenes import a_vector_of_each_kind

from opsproof_verify import kinds as e
from opsproof_verify.findings import Time
from opsproof_verify.view import story as stories
from opsproof_verify.view import telling
from opsproof_verify.view.story import Story
from opsproof_verify.view.telling import tell


def told(subject: object) -> Story:
    return tell(io.BytesIO(build(subject)))


def test_each_kind_has_its_place() -> None:
    """Over all vectors: what is done in passes, what is out of the ordinary, what follows from a deviation."""
    deeds, events, followed, custody, assigned, inside = set(), set(), set(), set(), 0, 0
    for name in verdicts():
        story = tell(io.BytesIO((BUNDLES / name / "bundle.opb").read_bytes()))
        deeds |= {type(what) for step in story.steps.values() for one in step.passes.values() for _, what in one.deeds}
        events |= {type(what) for _, what in story.events}
        followed |= {type(what) for one in story.deviations.values() for _, what in one.after}
        custody |= {type(what) for item in story.evidence for _, what in item.custody}
        assigned += len(story.assigned)
        inside += len([one for one in story.witnesses if one.seq is not None])
    assert deeds >= {e.InstrumentUsed, e.Checked, e.Released, e.Authorised, e.Acted, e.StepSkipped, e.Note}
    assert events == {e.Gap, e.ClockChanged, e.Correction, e.Voided}
    assert followed == {e.DeviationRuled, e.Released, e.DeviationRemediated, e.DeviationClosed}
    assert custody == {e.Transferred, e.Received}
    assert assigned > 0
    assert inside > 0


def test_a_run_from_its_beginning_to_its_seal() -> None:
    story = told(runs.every_kind())
    assert story.contract is not None
    assert list(story.steps) == list(story.contract.steps)
    assert story.started is not None
    assert story.started[0].seq == 0
    assert story.ended is not None
    assert story.seal is not None
    assert story.span == (story.started[0].time, story.seal[2].time)
    assert (story.entries, story.broken, story.unreadable, story.left_out) == (story.seal[2].count, "", [], 0)


def test_passes_begin_and_end() -> None:
    story = told(runs.repeated())
    [step] = [one for one in story.steps.values() if len(one.passes) > 1]
    first, second, *_ = (step.passes[number] for number in sorted(step.passes))
    assert first.began is not None
    assert first.ended is not None
    assert second.began is not None
    assert first.began.seq < first.ended.seq < second.began.seq
    assert first.began.actor == WORKER


def test_a_correction_and_what_is_void() -> None:
    """The value keeps what was recorded, and says what counts."""
    values = []
    for name in ("check-after-all", "check-after-void"):
        story = tell(io.BytesIO((BUNDLES / name / "bundle.opb").read_bytes()))
        values += [one for step in story.steps.values() for place in step.passes.values() for one in place.values]
    [corrected] = [one for one in values if one.corrections]
    assert corrected.what.value == corrected.corrections[0][1].old
    assert corrected.current == corrected.corrections[-1][1].new
    [void] = [one for one in values if one.voided]
    assert void.voided is not None
    assert void.voided[1].voids.seq == void.when.seq
    assert void.current == void.what.value
    assert [one for one in tell(io.BytesIO(vector("void-picture")[0])).evidence if one.voided]


def test_evidence_has_its_place_in_the_file() -> None:
    data = build(base.rich())
    story = tell(io.BytesIO(data))
    item = story.evidence[0]
    assert item.place is not None
    offset, size = item.place
    assert data[offset : offset + size] == base.PHOTO
    assert item.when is not None
    assert item.id == f"e{item.when.seq}"
    assert item in [one for step in story.steps.values() for place in step.passes.values() for one in place.evidence]


def test_evidence_of_a_signoff_is_named_by_its_frame() -> None:
    story = told(base.reviewed(*runs.supplied()))
    [item] = [one for one in story.evidence if one.when is None]
    assert item.signoff in [one.frame for one in story.signoffs]
    assert item.id == f"f{item.signoff}-{item.item.digest.hex()[:12]}"


def test_a_blocking_deviation_is_released() -> None:
    story = told(runs.blocked())
    [deviation] = story.deviations.values()
    released = [(when, what) for when, what in deviation.after if isinstance(what, e.Released)]
    assert [when.actor for when, _ in released] == [BOSS]
    named = [seq for step in story.steps.values() for place in step.passes.values() for seq in place.deviations]
    assert set(named) == {deviation.when.seq}


def test_what_stands_around_the_log() -> None:
    story = told(base.reviewed(base.witness()))
    assert [one.seq for one in story.witnesses] == [None]
    assert len(story.approvals) == len(story.signoffs) == 1
    assert story.records == 1 + 1 + story.entries + 1 + 1 + 1
    assert [one.seq for one in told(runs.witnessed()).witnesses] == [2]


def test_withheld_entries_have_numbers() -> None:
    [name, *_] = [one for one in verdicts() if one.startswith("withheld")]
    story = tell(io.BytesIO((BUNDLES / name / "bundle.opb").read_bytes()))
    assert story.withheld
    assert all(seq < story.entries for seq in story.withheld)


def test_a_record_that_cannot_be_read_is_named() -> None:
    """Its entry has a number all the same."""
    whole = told(runs.every_kind())
    story = told(changed(runs.every_kind(), ops.hook("remark", "payload", "broken", lambda _: b"\xa0")))
    [(frame, why)] = story.unreadable
    assert frame > 1
    assert why
    assert story.entries == whole.entries


def test_a_file_that_ends_too_early_says_so() -> None:
    data = build(base.minimal())
    story = tell(io.BytesIO(data[:-1]))
    assert "ends" in story.broken
    assert story.signoffs == []
    assert tell(io.BytesIO(b"")).span is None
    started = tell(io.BytesIO(data[: data.index(b"step-started")]))
    assert started.started is not None
    assert started.span is None


def test_reading_ends_where_verification_ended() -> None:
    data = build(base.rich())
    assert tell(io.BytesIO(data), 5).records == 5 - len(tell(io.BytesIO(data), 5).evidence)


def test_of_a_large_run_the_first_things_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not kept is counted, and nothing else is lost; deviations always stay."""
    data = build(runs.every_kind())
    whole = tell(io.BytesIO(data))
    for most in range(whole.kept):
        monkeypatch.setattr(telling, "MAX_KEPT", most)
        story = tell(io.BytesIO(data))
        assert story.kept == most
        assert story.left_out > 0
        assert (story.entries, list(story.deviations)) == (whole.entries, list(whole.deviations))
        assert story.seal == whole.seal
    assert stories.MAX_KEPT == 20_000


def test_a_step_that_the_contract_lacks_needs_room_too(monkeypatch: pytest.MonkeyPatch) -> None:
    data = vector("action-unknown-step")[0]
    assert [one for one in tell(io.BytesIO(data)).steps.values() if one.step is None]
    monkeypatch.setattr(telling, "MAX_KEPT", 0)
    assert all(one.step is not None for one in tell(io.BytesIO(data)).steps.values())


def test_signed_records_in_entries_that_cannot_be_read_are_passed_over() -> None:
    def broken(label: str) -> object:
        return ops.hook(label, "inner-payload", "broken", lambda _: b"\xa0")

    assert told(runs.witnessed()).witnesses
    assert told(changed(runs.witnessed(), broken("witnessed"))).witnesses == []
    assert told(runs.assigned()).assigned
    assert told(changed(runs.assigned(), broken("assigned"))).assigned == {}


@pytest.mark.parametrize("most", [0, 2])
def test_nothing_of_a_run_needs_room(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telling, "MAX_NAMED", 0)
    monkeypatch.setattr(telling, "MAX_KEPT", most)
    for name in a_vector_of_each_kind():
        story = tell(io.BytesIO((BUNDLES / name / "bundle.opb").read_bytes()))
        assert (story.withheld, story.unreadable) == ([], [])
        assert story.kept <= most


def test_any_bytes_have_a_story() -> None:
    for name in a_vector_of_each_kind():
        story = tell(io.BytesIO((BUNDLES / name / "bundle.opb").read_bytes()))
        assert story.span is None or isinstance(story.span[0], Time)
