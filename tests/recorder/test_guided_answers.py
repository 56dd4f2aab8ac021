"""The guided run, answer by answer: what does not fit is asked again, and the words that begin with a colon."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from opsproof_record import Run
from recorder.bench import codes, shown
from recorder.plant import Plant
from recorder.typist import Answer, answers, perform, picking

from opsproof_verify.findings import Verdict
from recorder import bench


@pytest.fixture
def stand(tmp_path: Path) -> Plant:
    """Give a plant with the bench's keys and procedure, and no run yet."""
    made = Plant(tmp_path)
    bench.furnish(made)
    return made


@pytest.mark.parametrize(
    "question, wrong, said",
    [
        ("^mass", "42,5", '"42,5" is no number for mass'),
        ("^mass", "", "no number for mass"),
        ("^mass", "42.5 g", 'mass is recorded in kg, not in "g"'),
        ("^mass", "42.5 kg kg", "not in"),
        ("^mass", "1e2", "not in"),
        ("^mass", "\udcff", "not readable as UTF-8"),
        ("^colour", "3", '"3" is no choice for colour'),
        ("^colour", "White", "Type one of them"),
        ("^speed", "120.5", "no whole number for speed"),
        ("^speed", "120 Hz", 'recorded in rpm, not in "Hz"'),
        ("^attached", "maybe", "Type yes or no"),
        ("^batch", "B\u00e4", "printable ASCII"),
        ("^batch", "", "printable ASCII"),
        ("^Which", "99", "none of them"),
        ("^Enter begins", "go", "Press Enter"),
        ("^Type end", "yes", "Type end, or press Enter"),
        ("seal it now", "maybe", "Type yes or no"),
        ("^Who steps in", "nobody", '"nobody" is not enrolled'),
        ("^Who steps in", "op-a", "at the terminal already"),
        ("^Who steps in", "op-b", "op-b may not do this"),
        ("path of your key", "{}/op-b", "is not the key of sup"),
        ("path of your key", "{}/none", "No such file"),
        ("path of your key", "{}/notes.txt", "[x]"),
        ("^photo", "{}/none.jpg", "No such file"),
        ("^photo", "{}/notes.txt", "notes.txt is text/plain by its name"),
        ("^photo", "{}", "not a regular file"),
        ("^photo", "{}/run.opb", "is the record of this run itself"),
        ("^photo", "", "a file is asked for here"),
        ("^did the check|did the check of", "passed", "Type yes or no"),
        ("^mass", ":nonsense", ":nonsense is no command"),
        ("^mass", ":stauts", "Did you mean :status?"),
        ("^mass", ":back", "nothing to leave here"),
    ],
)
def test_what_does_not_fit_is_asked_again(stand: Plant, question: str, wrong: str, said: str) -> None:
    right = next(given for pattern, given in answers(stand) if pattern in question or question in pattern)
    given = [wrong.format(stand.path), *(right if isinstance(right, list) else [right])]
    typist, _ = perform(stand.package, answers(stand, (question, given)))
    assert said in re.sub(r"\s+", " ", typist.said) or said in typist.said
    assert "[ok] sealed" in typist.said
    assert not codes(stand)


@pytest.mark.parametrize(
    "typed, recorded", [("42.5 kg", "42.5"), ("42.50kg", "42.50"), ("40", "40"), ("45.00", "45.00")]
)
def test_a_number_may_carry_its_unit(stand: Plant, typed: str, recorded: str) -> None:
    typist, _ = perform(stand.package, answers(stand, ("^mass", typed)))
    assert f"mass = {recorded} kg, within 40 to 45.00" in typist.said


def test_paths_as_terminals_give_them(stand: Plant) -> None:
    photo = stand.path / "the drum.jpg"
    photo.write_bytes(b"\xff\xd8")
    for typed in (f"'{photo}'", str(photo).replace(" ", "\\ "), str(photo)):
        typist, _ = perform(stand.package, answers(stand, ("^photo", typed)))
        assert "evidence for photo: the drum.jpg, 2 bytes" in typist.said
        stand.run.unlink()


def test_a_name_that_does_not_tell_the_type_is_asked_about(stand: Plant) -> None:
    photo = stand.path / "DSC0001"
    photo.write_bytes(b"\x89PNG")
    more = (("^photo", [str(photo), str(photo)]), ("^What is it", ["none", "image/png"]))
    typist, _ = perform(stand.package, answers(stand, *more))
    assert "photo takes image/jpeg or image/png" in typist.said
    assert "Attach DSC0001, 4 bytes, image/png?" in typist.said
    assert not codes(stand)


def test_a_slip_of_the_finger_is_not_recorded(stand: Plant) -> None:
    perform(stand.package, answers(stand, ("^mass", ["425", "42.5"]), ("^Is 425 kg right", "no")))
    assert "425 kg" not in shown(stand)
    assert "deviation" not in shown(stand)


def test_out_of_limits_leads_to_a_deviation_and_its_ruling(stand: Plant) -> None:
    more = (("^mass", "39"), ("^Is 39", "yes"), ("^Reason", "out-of-limits"), ("^What happened", "Too little base"))
    typist, _ = perform(stand.package, answers(stand, *more, ("^Severity", ["minimal", ""]), ("^What was done", "")))
    assert "[!] OUTSIDE ITS LIMITS: 39 kg is below its limit 40 kg" in typist.said
    assert "no severity for this reason" in typist.said
    assert "Ruled REVIEW by baseline 1. The work goes on." in typist.said
    (deviation,) = stand.report().deviations
    assert (deviation.reason, deviation.severity, deviation.ruling) == ("out-of-limits", "minor", "review")
    assert stand.report().verdict is Verdict.PROVISIONAL


def test_the_deviation_is_asked_for_again_after_a_pause(stand: Plant) -> None:
    perform(stand.package, answers(stand, ("^mass", "39"), ("^Is 39", "yes")))  # gone at the reason
    typist, _ = perform(stand.run, answers(stand, ("^Reason", "1"), ("^What happened", [":back", ":pause"])))
    assert typist.asked[0].startswith("Reason")
    assert "It is needed before the work goes on." in typist.said


def test_a_reason_asks_for_what_it_demands(stand: Plant) -> None:
    photo, scope = str(stand.path / "drum.jpg"), ("^What is it about", picking("the run|^run"))
    more: tuple[tuple[str, Answer], ...] = (
        *(("^Reason", "spill"), ("^What happened", "Base on the floor"), ("^Severity", "")),
        *(("^What was done", "Wiped up"), ("^When did it occur", "2026-11-01 08:30"), ("^Path of the file", photo)),
    )
    pack = stand.path / "spills.toml"
    pack.write_text(
        'id = "spills"\nversion = 1\ntitle = "Spills"\n[reasons.spill]\ntitle = "Something was spilt"\n'
        'severity = "minor"\ndemands = ["action", "occurred", "evidence"]\n'
        '[terms]\ndeviation = "event"\nstep = "stage"\n'
    )
    stand.package.unlink()
    bench.furnish(stand, bench.PROCEDURE.replace('pack = "general"', 'pack = "spills.toml"'))
    typist, _ = perform(stand.package, answers(stand, ("^colour", [":deviate", "white"]), scope, *more))
    assert "event spill, minor" in typist.said
    assert "Stage 1 of 4" in typist.said
    assert "What was done about it at once:" in typist.said  # no way round it
    assert not codes(stand)
    assert "Wiped up" in shown(stand)


def test_a_failed_check_needs_a_deviation_and_another_check(stand: Plant) -> None:
    more = (
        *(("did the check of", ["no", "yes"]), ("why not", "Streaks"), ("^Reason", "check-failed")),
        *(("^What happened", "Streaks"), ("^Severity", "major"), ("^What was done", "Stirred by hand")),
        (
            "^Which",
            picking(
                "begin weigh",
                "begin blend: Blend, pass 1",
                "^check blend",
                "^release blend",
                "begin label",
                "^end the run$",
            ),
        ),
    )
    typist, _ = perform(stand.package, answers(stand, *more))
    assert "NOT passed" in typist.said
    assert typist.said.index("[STOP] Ruled BLOCK") < typist.said.index("check of blend: passed")
    assert not codes(stand)


def test_the_words_that_begin_with_a_colon(stand: Plant) -> None:
    photo = str(stand.path / "drum.jpg")
    more = (
        ("^mass", [":help", ":status", "41", "41.5"]),
        ("^colour", [":correct", ":note", ":instrument", ":attach", ":second", "white"]),
        *(("^Which \\[1, Enter", ""), ("^Why is the recorded", "Misread"), ("^Note", "::quiet day")),
        *(("^Instrument, its", "SCALE-7"), ("^Calibrated until", ["soon", "2027-01-31"])),
        ("^Path of the file", photo),
        ("^Who steps in", ["sup"]),
    )
    typist, _ = perform(stand.package, answers(stand, *more))
    record = re.sub(r"\s+", " ", shown(stand))
    for text in ("41 becomes 41.5", ":quiet day", "SCALE-7, calibrated until 2027-01-31", "drum.jpg"):
        assert text in record
    for text in (
        "The pinned policy".upper(),
        ":pause",
        '"soon" is no time',
        "nothing to check, release or close for sup",
    ):
        assert text in re.sub(r"\s+", " ", typist.said)
    assert not codes(stand)


def test_a_conversation_is_finished_or_left_first(stand: Plant) -> None:
    more = (
        *(("^colour", [":deviate", "white"]), ("^What is it about", "1"), ("^Reason", "other")),
        ("^What happened", [":note", ":help", ":back"]),
    )
    typist, _ = perform(stand.package, answers(stand, *more))
    assert ":note has to wait: finish this first (deviation), or leave it with :back." in typist.said
    meanwhile = typist.said[typist.said.index("has to wait") : typist.said.index("Nothing of it is recorded.")]
    assert ":pause" in meanwhile
    assert ":correct" not in meanwhile  # help says what can be typed there
    assert "deviation-raised" not in shown(stand)


def test_skipping_what_is_not_optional_needs_a_deviation(stand: Plant) -> None:
    more = (
        *(("^Enter begins", [":skip", ""]), ("^Why is weigh", "No base left"), ("^Reason", "step-skipped")),
        *(("^What happened", "No base"), ("^Severity", ""), ("^What was done", "")),
    )
    typist, _ = perform(stand.package, answers(stand, *more))
    assert "weigh is not optional" in typist.said
    assert "weigh skipped" in typist.said
    assert not codes(stand)


def test_a_step_is_completed_without_only_on_purpose(stand: Plant) -> None:
    more = (("^photo", [":without", ":without"]), ("^Complete it without", ["no", "yes"]), ("^Type seal", "seal"))
    typist, _ = perform(stand.package, answers(stand, *more))
    assert typist.said.count("[!] weigh lacks evidence for slot photo") == 2
    assert "Open for good" in typist.said
    assert codes(stand, "provisional") == {"approval.missing", "evidence.missing"}


def test_optional_steps_and_further_passes_are_offered(stand: Plant) -> None:
    order = picking("begin weigh", "begin rinse", "begin blend", "begin label", "^end the run$")
    typist, _ = perform(stand.package, answers(stand, ("^Which", order)))
    assert "begin blend: Blend, pass 2 of at most 2" in typist.said
    assert "blend completed, pass 2" in typist.said
    assert "rinse completed" in typist.said
    assert not codes(stand)


def test_nobody_may_do_it_now_so_the_person_goes_on_elsewhere(stand: Plant) -> None:
    order = picking("begin weigh", "begin blend: Blend, pass 1", "begin rinse", "look again")
    gone = perform(stand.package, answers(stand, ("^Who steps in", ""), ("^Which", [order, order, order, ":pause"])))[0]
    assert "Left for later." in gone.said
    assert "Not now: label, since step blend is a hold point and was not released." in re.sub(r"\s+", " ", gone.said)
    assert "rinse completed" in gone.said
    assert gone.said.rstrip().endswith("op-a")  # how to go on


def test_a_supervisor_checks_and_releases_by_themselves(stand: Plant) -> None:
    perform(
        stand.package,
        answers(stand, ("^Who steps in", ""), ("^Which", [*[picking("begin weigh", "begin blend")] * 2, ":pause"])),
    )
    order = [picking("^check blend"), picking("^release blend"), ":pause"]
    typist, _ = perform(stand.run, answers(stand, ("^Which", order)), "sup")
    assert "release blend" in typist.said
    assert "[ok]" in typist.said
    assert "Who steps in" not in typist.said
    assert not codes(stand) - {"seal.missing", "step.unfinished"}


def test_somebody_else_ends_and_seals(stand: Plant) -> None:
    stand.package.unlink()
    bench.furnish(stand, bench.PROCEDURE.replace('seal = ["operator"]', 'seal = ["supervisor"]'))
    typist, _ = perform(stand.package, answers(stand))
    assert "Who ends a run seals it: sup may." in typist.said
    assert "[ok] sealed by sup" in typist.said
    assert not codes(stand)


def test_an_agent_is_given_leave_for_what_is_shown(stand: Plant) -> None:
    stand.package.unlink()
    step = '\n[[steps]]\nid = "dose"\ntitle = "Dose"\nroles = ["doser", "operator"]\nauthorise = ["supervisor"]\n'
    bench.furnish(stand, bench.PROCEDURE + step)
    perform(stand.package, answers(stand, ("^Which", ":pause")))
    with Run.open(stand.run, actor="bot", key=stand.key("bot")) as run:
        dose = run.begin("dose")
        dose.request("dose", {"litres": 4})
        more = (("^Which", [":second", ":pause"]), ("^Which \\[1\\]", "1"), ("how long", ["ages", ""]))
        typist, _ = perform(stand.run, answers(stand, *more[1:], more[0]))
        assert '{"litres":4}' in typist.said
        assert "no duration" in typist.said
        dose.act("dose", {"litres": 4})  # refused without leave
        dose.complete()


def test_the_run_is_aborted_with_its_deviation(stand: Plant) -> None:
    more = (
        *(
            ("^mass", ":abort"),
            ("^Type abort", "abort"),
            ("^Why does it stop", "Fire alarm"),
            ("^Reason", "run-aborted"),
        ),
        *(("^What happened", "Evacuation"), ("^Severity", ""), ("^What was done", "")),
    )
    typist, _ = perform(stand.package, answers(stand, *more))
    assert "run aborted by op-a" in typist.said
    assert not codes(stand)
