"""What a policy may demand beyond the contract: refused at `fail`, told at `provisional`, and FINAL when it is met."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from opsproof_record.clock import now
from opsproof_record.errors import Incomplete, NotEntitled, OutOfOrder, Refused, Unfit, Unknown
from opsproof_record.run import attaching, deviate, oversight, work
from opsproof_record.run.attaching import Target
from opsproof_record.run.deviate import Deviation
from opsproof_record.run.recorder import Recorder
from recorder.crew import ACTORS, Crew, Map, contract, member
from recorder.folders import file_of
from recorder.model.profiles import POLICIES
from recorder.profiles import baseline
from recorder.reading import read

from opsproof_verify.findings import Verdict
from opsproof_verify.policy import Policy

DAY = 86_400_000
DEMANDED = (
    *("actor_unqualified", "instrument_missing", "instrument_out_of_calibration", "evidence_undescribed"),
    *("evidence_reused", "entry_late_unexplained", "check_outdated", "custody_broken", "custody_not_received"),
)
WEIGH: Map = {
    "id": "weigh",
    "title": "Weigh",
    "roles": ["operator"],
    "critical": True,
    "check": ["inspection", "lead"],
    "qualifications": ["weighing"],
    "instruments": ["scale"],
    "values": [{"id": "mass", "type": "integer", "unit": "kg"}],
    "evidence": [{"id": "photo", "media": ["image/jpeg"], "min": 1, "max": 2}],
}
PACK: Map = {"id": "pack", "title": "Pack", "roles": ["operator"], "after": ["weigh"]}


def crew_under(path: Path, level: str) -> Crew:
    """Start a run under a policy that has each demand at a level; `op-2` is not qualified, the check's people are."""
    policy = Policy.parse(baseline(**dict.fromkeys(DEMANDED, f'level = "{level}"')).encode())
    held = [{"id": "weighing", "number": "W-7", "not-after": [now()[0] + DAY, 0]}]
    roster = [
        member(name, *said) | ({"qualifications": held} if said[0] == "human" and name != "op-2" else {})
        for name, said in ACTORS.items()
    ]
    made = Crew(path, contract(steps=[WEIGH, PACK], roster=roster, policy=policy.encode()))
    made.accepted = [policy.digest]
    made.start()
    return made


def do(crew: Crew, who: str, act: Callable[[Recorder], Any]) -> tuple[Any, list[str]]:
    """Do something as somebody; give what came of it and what was told."""
    with crew.writing(who) as recorder:
        return act(recorder), list(recorder.told)


def refused(crew: Crew, who: str, act: Callable[[Recorder], Any], error: type[Refused], match: str) -> None:
    """See something refused that leaves nothing in the journal."""
    before = crew.run.read_bytes()
    with pytest.raises(error, match=match):
        do(crew, who, act)
    assert crew.run.read_bytes() == before


def photo(crew: Crew, name: str, **said: Any) -> Callable[[Recorder], Any]:
    path = file_of(crew.path / f"{name}.jpg", 300, len(name))
    return lambda recorder: attaching.attach(recorder, path, Target("weigh", "photo", **said))


def told_of(name: str) -> dict[str, Any]:
    return {"captured": now(), "copy": "original", "source": f"camera {name}"}


def check(recorder: Recorder) -> None:
    oversight.check_step(recorder, "weigh", passed=True)


def test_a_run_that_meets_every_demand_is_final(tmp_path: Path) -> None:
    crew, long_ago = crew_under(tmp_path, "fail"), [now()[0] - 600_000, 0]
    refused(crew, "op-2", lambda one: work.begin(one, "weigh"), NotEntitled, "op-2 lacks the qualification weighing")
    do(crew, "op-1", lambda one: work.begin(one, "weigh"))
    late = work.Reading("kg", long_ago)
    refused(crew, "op-1", lambda one: work.record(one, "weigh", "mass", 7, late), Incomplete, "observed 10 minutes ago")
    explained = work.Reading("kg", long_ago, "the terminal was down")
    seq = do(crew, "op-1", lambda one: work.record(one, "weigh", "mass", 7, explained))[0].ref.seq
    overdue = [now()[0] - DAY, 0]
    refused(crew, "op-1", lambda one: work.use_instrument(one, "weigh", "S-1", overdue), Unfit, "S-1 is overdue")
    refused(crew, "op-1", lambda one: work.use_instrument(one, "weigh", "S-1"), Unfit, "S-1 is not stated")
    refused(crew, "op-1", photo(crew, "a"), Incomplete, "captured, copy, source")
    first = do(crew, "op-1", photo(crew, "a", **told_of("a")))[0]
    refused(crew, "op-1", photo(crew, "a", **told_of("b")), OutOfOrder, f"is evidence e{first.ref.seq} already")
    refused(crew, "op-1", lambda one: work.end_step(one, "weigh"), Incomplete, "an instrument as scale")
    do(crew, "op-1", lambda one: work.use_instrument(one, "weigh", "S-1", [now()[0] + DAY, 0]))

    refused(crew, "op-1", lambda one: work.void(one, first.ref.seq, "blurred"), NotEntitled, "takes the role lead")
    told = do(crew, "lead", lambda one: work.void(one, first.ref.seq, "blurred"))[1]
    assert told == ["pass 1 of weigh now lacks evidence for slot photo"]
    refused(crew, "lead", lambda one: work.void(one, first.ref.seq, "x"), OutOfOrder, "is void already")
    refused(crew, "op-1", lambda one: work.end_step(one, "weigh"), Incomplete, "evidence for slot photo")
    sharp = do(crew, "op-1", photo(crew, "sharp", **told_of("b")))[0]
    do(crew, "op-1", lambda one: work.end_step(one, "weigh"))

    do(crew, "inspector", check)
    told = do(crew, "op-1", lambda one: work.correct(one, seq, 8, "misread"))[1]
    assert told
    assert "has to be made again" in told[0]
    refused(crew, "op-1", lambda one: work.end_run(one, "completed", None), Incomplete, "after its check")
    do(crew, "inspector", check)

    sent = do(crew, "op-1", lambda one: attaching.transfer(one, sharp.digest, "lead", "to the archive"))[0]
    refused(crew, "op-2", lambda one: attaching.receive(one, sent.seq), NotEntitled, "hands it to lead")
    refused(crew, "lead", lambda one: attaching.receive(one, 1), Unknown, f"Under way: e{sent.seq} to lead")
    handed = lambda one: attaching.transfer(one, sharp.digest, "op-2", "x")  # noqa: E731 - as the acts above
    refused(crew, "op-1", handed, NotEntitled, "lead has this item")
    do(crew, "op-1", lambda one: work.begin(one, "pack"))
    do(crew, "op-1", lambda one: work.end_step(one, "pack"))
    refused(crew, "op-1", lambda one: work.end_run(one, "completed", None), Incomplete, "lead has not confirmed")
    do(crew, "lead", lambda one: attaching.receive(one, sent.seq))
    refused(crew, "lead", lambda one: attaching.receive(one, sent.seq), OutOfOrder, "confirmed already")
    with crew.writing("op-1", attest=False) as recorder:
        work.end_run(recorder, "completed", None)
    crew.seal()
    crew.sign()
    report = crew.report()
    assert report.verdict is Verdict.FINAL, {one.code.name for one in report.findings}
    assert {one.code.name.partition(".")[0] for one in report.findings} <= {"rule", "time"}


def test_what_is_provisional_is_told_once_and_an_approval_covers_it(tmp_path: Path) -> None:
    crew = crew_under(tmp_path, "provisional")
    told = do(crew, "op-2", lambda one: work.begin(one, "weigh"))[1]
    assert len(told) == 1
    assert "actor.unqualified: an approval has to cover this entry" in told[0]
    assert do(crew, "op-2", lambda one: work.record(one, "weigh", "mass", 7))[1] == [], "it is found once for a pass"
    assert "is not stated" in do(crew, "op-2", lambda one: work.use_instrument(one, "weigh", "S-1"))[1][0]
    do(crew, "op-2", photo(crew, "a", **told_of("a")))
    assert "evidence.reused" in do(crew, "op-2", photo(crew, "a", **told_of("a")))[1][0]
    do(crew, "op-2", lambda one: work.end_step(one, "weigh"))
    do(crew, "inspector", check)
    do(crew, "op-1", lambda one: work.begin(one, "pack"))
    do(crew, "op-1", lambda one: work.end_step(one, "pack"))
    with crew.writing("op-1", attest=False) as recorder:
        work.end_run(recorder, "completed", None)
    crew.seal()
    crew.sign()
    owed = {one.code.name for one in crew.report().findings if str(one.severity) == "provisional"}
    assert owed == {"actor.unqualified", "instrument.out-of-calibration", "evidence.reused"}
    crew.sign("rita", covers=range(len(read(crew.run.read_bytes()).entries)))
    assert crew.report().verdict is Verdict.FINAL


def test_a_voided_value_is_recorded_anew(tmp_path: Path) -> None:
    crew = crew_under(tmp_path, "note")
    do(crew, "op-1", lambda one: work.begin(one, "weigh"))
    seq = do(crew, "op-1", lambda one: work.record(one, "weigh", "mass", 7))[0].ref.seq
    newer = do(crew, "op-1", lambda one: work.correct(one, seq, 8, "misread"))[0].ref.seq
    refused(crew, "lead", lambda one: work.void(one, seq, "x"), OutOfOrder, "was corrected")
    do(crew, "lead", lambda one: work.void(one, newer, "another batch"))
    refused(crew, "op-1", lambda one: work.correct(one, newer, 9, "x"), OutOfOrder, "made void by")
    refused(crew, "lead", lambda one: work.void(one, 1, "x"), Unknown, "neither a value nor evidence")
    assert do(crew, "op-1", lambda one: work.record(one, "weigh", "mass", 9))[0].value == 9
    assert not crew.codes() & {"value.overwritten", "correction.mismatch"}


def test_who_changes_the_clock_says_so(tmp_path: Path) -> None:
    crew = crew_under(tmp_path, "note")
    do(crew, "op-1", lambda one: work.change_clock(one, "radio clock of hall 3", -250, "daylight saving"))
    first, *_, last = [one for one in read(crew.run.read_bytes()).entries if one["kind"] != "attestation"]
    assert first["clock"] == "operating system clock"
    assert (last["kind"], last["clock"], last["by"]) == ("clock-changed", "radio clock of hall 3", -250)


@pytest.mark.parametrize("who", ["op-1", "inspector", "bot"])
@pytest.mark.parametrize("reason", ["odd", "grave"])
@pytest.mark.parametrize("tags", [(), ("sterile",)])
def test_a_falsified_ruling_by_selectors_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, who: str, reason: str, tags: tuple[str, ...]
) -> None:
    """What the recorder rules is what the verifier computes, by tag, role, kind and reason; any other word is found."""
    for word in (None, "allow", "review", "block"):
        folder = tmp_path / (word or "honest")
        folder.mkdir()
        step = {"id": "s0", "title": "Step", "roles": ["operator"]} | ({"tags": list(tags)} if tags else {})
        crew = Crew(folder, contract(steps=[step], policy=POLICIES["selective"].encode()))
        crew.start()
        said = Deviation(reason=reason, description="odd", steps=("s0",))
        with monkeypatch.context() as patch:
            if word is not None:
                patch.setattr(Policy, "ruling", lambda _policy, _matter, word=word: word)
            with crew.writing(who) as recorder:
                ruling = deviate.deviate(recorder, said).ruling
        with crew.writing("op-1", attest=False) as recorder:
            work.end_run(recorder, "aborted", None, anyway=True)
        crew.seal()
        if word is None:
            honest = ruling
        assert ("deviation.wrong-ruling" in crew.codes()) == (ruling != honest)
