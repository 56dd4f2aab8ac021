"""Random runs through record, seal and check, and what an independent model of SPEC says about them.

The contract is made up, actors make any moves that the recorder lets them, the run ends properly or not, people sign in
any way. Then the verifier and the model have to agree, under three policies, on the verdict and on every code; the
journal has to hold what was asked for and nothing else; and what the recorder let through without being pressed must
not fail.

`OPSPROOF_PLAYS` is how many times the usual number of runs are played: 1 by default, 50 for a night.
"""

from __future__ import annotations

import hashlib
import os
import random
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any

import pycddl
import pytest
import test_spec_appendix as spec
from hypothesis import given, settings
from hypothesis import strategies as st
from opsproof_record.clock import now
from opsproof_record.errors import Incomplete, NotEntitled, Refused
from opsproof_record.log.reading import reading_sealed
from opsproof_record.run import deviate, oversight, work
from opsproof_record.run.deviate import Deviation
from opsproof_record.run.recorder import WENT_BACK, Recorder
from opsproof_record.sealed import intent, signoff, view
from opsproof_record.sealed.intent import Intent, Target
from recorder.crew import PACK, Crew, Map, contract
from recorder.folders import quick_folder
from recorder.model.closure import World, judge
from recorder.model.profiles import POLICIES
from recorder.model.worlds import random_contract
from recorder.plays import DAY, Play, end, settle
from recorder.reading import payload, read

from opsproof_verify.canonical import decode
from opsproof_verify.register import CODES
from opsproof_verify.verify import verify

RUNS = 40 * int(os.environ.get("OPSPROOF_PLAYS", "1"))  # in each of four parts, which run side by side

#: People of the trust store: one of them works on runs too.
APPROVERS = {"qa": ["quality"], "rita": ["quality", "production"], "pia": ["production"], "op-2": ["quality"]}
#: What may fail although the recorder was not pressed: what can be mended after the seal (SPEC 10), and who approved.
TOLERATED = {name for name, code in CODES.items() if code.remedy != "none"} | {"contract.unapproved"}

#: Kinds of entries that approvals may have to cover.
COVERED = {
    *("gap", "step-skipped", "step-started", "step-completed", "value-recorded", "instrument-used", "evidence-added"),
    *("transferred", "voided", "correction", "checked", "released", "deviation-raised", "run-ended"),
}

#: The policies as the model reads them.
MAPS: dict[str, Any] = {name: decode(policy.encode()) for name, policy in POLICIES.items()}
DIGESTS = {name: policy.digest for name, policy in POLICIES.items()}


@cache
def schema(rule: str) -> pycddl.Schema:
    """Give the schema of a record."""
    return spec.schema(rule)


def play(chance: random.Random, moves: int, signoffs: int) -> None:
    """Play one run, and compare."""
    with quick_folder() as folder:
        pinned = chance.choice(list(POLICIES))
        terms = random_contract(chance, POLICIES[pinned])
        approved = chance.random() < 0.93
        crew = Crew(folder, terms, approved=approved)
        crew.approvers = APPROVERS
        crew.accepted = [DIGESTS["baseline"], DIGESTS["strict"]]
        run = Play(crew, terms, chance)
        run.start()
        for _ in range(moves):
            run.play(run.next())
        if chance.random() < 0.8:
            settle(run)
        end(run, "completed" if chance.random() < 0.85 else "aborted")
        holds_what_was_told(crew, run.told)
        every: list[str | None] = [None, *POLICIES]
        agrees(crew, terms, pinned, every, approved=approved)
        if not (run.insisted or run.unexplained):
            never_fails(crew)
        for left in reversed(range(signoffs)):
            sign(crew, chance)
            agrees(crew, terms, pinned, [chance.choice(every)] if left else every, approved=approved)
        if chance.random() < 0.4:
            conclude(crew)
            agrees(crew, terms, pinned, every, approved=approved)
        is_of_the_cddl(crew, whole=chance.random() < 0.1)


def holds_what_was_told(crew: Crew, told: list[Map]) -> None:
    """Compare entries with the moves: each is there, as it was meant, in order; attestations come between.

    So does what the recorder writes of its own accord where the clock went back.
    """
    every = read(crew.run.read_bytes()).entries
    entries = [entry for entry in every if entry["kind"] != "attestation" and entry.get("text") != WENT_BACK]
    assert [entry["kind"] for entry in entries] == [one["kind"] for one in told]
    for entry, one in zip(entries, told, strict=True):
        assert one.items() <= entry.items()


def agrees(crew: Crew, terms: Map, pinned: str, policies: list[str | None], *, approved: bool) -> None:
    """Compare verdict and codes with the model's, under some policies (None: the pinned one)."""
    found = read(crew.run.read_bytes())
    assigned = {
        seq: payload(entry["assignment"])["member"]
        for seq, entry in enumerate(found.entries)
        if entry["kind"] == "assigned"
    }
    for name in policies:
        at = now()[0] + DAY if name in {"baseline", "lenient"} else None
        world = World(
            contract=terms,
            pack=PACK,
            pinned=MAPS[pinned],
            policy=MAPS[name or pinned],
            accepted=name is not None or DIGESTS[pinned] in crew.accepted,
            approved=approved,
            approvers=crew.approvers,
            timed=at is not None,
            digests=(DIGESTS[pinned], DIGESTS[name or pinned]),
        )
        report = verify(crew.run, POLICIES[name] if name else None, crew.trust(), at=at)
        codes = {one.code.name for one in report.findings}
        assert (str(report.verdict), codes) == judge(world, found, assigned), (name, pinned)


def never_fails(crew: Crew) -> None:
    """What was recorded without insisting fails under no rule of the policy that the run was played under."""
    report = verify(crew.run, None, crew.trust())
    failing = {one.code.name for one in report.findings if str(one.severity) == "fail"}
    assert failing <= TOLERATED, failing - TOLERATED


def is_of_the_cddl(crew: Crew, *, whole: bool) -> None:
    """Hold records to the CDDL of SPEC: each of them, or one of each kind."""
    kinds: set[str] = set()
    for kind, body in spec.frames(crew.run.read_bytes()):
        if kind == 2:
            entry: Any = decode(body)
            if entry["kind"] in kinds and not whole:
                continue
            kinds.add(entry["kind"])
            schema("entry").validate_cbor(body)
            for name in ("assignment", "attestation"):
                if name in entry:
                    schema(name).validate_cbor(spec.payload(entry[name]))
        elif kind in spec.SIGNED:
            schema(spec.SIGNED[kind]).validate_cbor(spec.payload(body))


def through_the_recorder(crew: Crew, person: str, decision: str = "approve", **said: Any) -> bool:
    """Sign as :meth:`Crew.sign` does, but as the commands do it; tell whether that was not refused."""
    signer, policy = crew.signer(person), said.pop("policy", None)
    meaning, blind = said.pop("meaning", {"id": "release", "text": "x"}), said.pop("blind", False)
    where, files = said.pop("for_", {}), said.pop("files", ())
    target = Target(where.get("step"), where.get("pass", 1), where.get("slot"), "image/jpeg")
    try:
        with reading_sealed(crew.run) as bundle:
            seen = view.look(bundle, None if blind else crew.trust(), policy, now())
            supplied = []
            for content in files:
                path = crew.path / hashlib.sha256(content).hexdigest()
                path.write_bytes(content)
                supplied.append(intent.supply(path, target, seen.contract))
            who, enrolled = intent.identify(seen, signer, person)
            meant = Intent(
                person=who,
                key=signer.public,
                member=enrolled,
                name=person.title(),
                decision=decision,
                meaning=(meaning["id"], meaning["text"]),
                time=now(),
                evidence=tuple(supplied),
                **said,
            )
            intent.check(meant, seen)
            signoff.sign_here(crew.run, signer, meant, seen)
    except Refused:
        return False
    return True


def sign(crew: Crew, chance: random.Random) -> None:
    """Sign somehow: as the commands do, or as any other tool may."""
    signs = partial(through_the_recorder, crew) if chance.random() < 0.5 else crew.sign
    found = read(crew.run.read_bytes())
    deviations = [entry["seq"] for entry in found.entries if entry["kind"] == "deviation-raised"]
    coverable = sorted({entry["seq"] for entry in found.entries if entry["kind"] in COVERED})
    who = chance.choice(("qa", "rita", "pia", "op-2", "lead"))
    role = chance.choice(crew.approvers.get(who, ["lead"]))
    choice = chance.random()
    own = [hash_ for hash_, one in found.signoffs.items() if one["person"] == who and one["decision"] != "withdraw"]
    if choice < 0.1 and own:
        signs(who, "withdraw", role=role, withdraws=chance.choice(own))
    elif choice < 0.16:
        signs(who, "reject", role=role)
    elif choice < 0.22:
        signs(who, "acknowledge", role=role, blind=True)
    elif choice < 0.35 and deviations:
        files = (b"as it is now",) if chance.random() < 0.7 else ()
        signs(who, "remediate", role=role, deviation=chance.choice(deviations), files=files)
    elif choice < 0.45:
        signs(who, "supply", role=role, files=(b"found later",), for_=lacking(crew, chance))
    else:
        covers = tuple(coverable if chance.random() < 0.9 else chance.sample(coverable, len(coverable) // 2))
        meaning = chance.choice(("release", "release", "release", "review"))
        said = {"id": meaning, "text": "I have reviewed it"}
        signs(who, role=role, covers=covers, meaning=said, blind=chance.random() < 0.15)


def conclude(crew: Crew) -> None:
    """Sign what is owed, as sensible people do: a run that went well is FINAL then."""
    entries = read(crew.run.read_bytes()).entries
    covers = tuple(one["seq"] for one in entries if one["kind"] in COVERED)
    for one in entries:
        if one["kind"] == "deviation-raised" and one["reason"] == "grave":
            through_the_recorder(
                crew, "pia", "remediate", role="production", deviation=one["seq"], files=(b"as it is now",)
            )
    for who, role in (("pia", "production"), ("qa", "quality"), ("rita", "quality"), ("lead", "lead")):
        seen = covers if role != "production" else ()
        if not through_the_recorder(crew, who, role=role, covers=seen):
            crew.sign(who, role=role, covers=seen)


def lacking(crew: Crew, chance: random.Random) -> Map:
    """Choose a slot of a completed pass that lacks some evidence; the run if there is none."""
    found = read(crew.run.read_bytes())
    ended = [entry for entry in found.entries if entry["kind"] == "step-completed"]
    added = [entry for entry in found.entries if entry["kind"] == "evidence-added" and "slot" in entry]
    added += [item for one in found.signoffs.values() for item in one.get("evidence", ()) if "slot" in item]
    contract: Any = payload(next(body for kind, body in spec.frames(crew.run.read_bytes()) if kind == 1))
    slots = {step["id"]: step["evidence"][0] for step in contract["steps"] if "evidence" in step}
    short = [
        {"step": entry["step"], "pass": entry["pass"], "slot": slots[entry["step"]]["id"]}
        for entry in ended
        if entry["step"] in slots
        and sum((one["step"], one["pass"]) == (entry["step"], entry["pass"]) for one in added)
        < slots[entry["step"]]["min"]
    ]
    return chance.choice(short) if short else {}


@pytest.mark.parametrize("part", range(4))  # that run side by side
@settings(max_examples=RUNS)
@given(seed=st.integers(0, 1 << 32), moves=st.integers(0, 60), signoffs=st.integers(0, 4))
def test_verifier_and_model_agree_on_every_run(part: int, seed: int, moves: int, signoffs: int) -> None:
    play(random.Random(f"{part} {seed}"), moves, signoffs)


# What random moves seldom meet: the recorder refuses at the door what would fail the run for good.


@pytest.fixture
def crew(tmp_path: Path) -> Crew:
    """Give a run of one step that is checked and released, with a value in it, begun by `op-1`."""
    step = {
        "id": "mix",
        "title": "Mix",
        "roles": ["operator", "helper"],
        "critical": True,
        "hold": ["lead", "operator"],
    }
    made = Crew(tmp_path, contract(steps=[step | {"values": [{"id": "speed", "type": "integer"}]}]))
    made.start()
    do(made, "op-1", lambda recorder: work.begin(recorder, "mix"))
    return made


def do(crew: Crew, who: str, what: Callable[[Recorder], Any]) -> Any:
    with crew.writing(who) as recorder:
        return what(recorder)


def check(recorder: Recorder) -> None:
    oversight.check_step(recorder, "mix", passed=True)


def test_an_agent_does_not_work_where_its_principal_has_checked(crew: Crew) -> None:
    do(crew, "op-2", check)
    with pytest.raises(NotEntitled, match="op-2, who answers for bot, has checked"):
        do(crew, "bot", lambda recorder: work.record(recorder, "mix", "speed", "7"))


def test_a_principal_neither_checks_nor_releases_what_an_agent_did(crew: Crew) -> None:
    do(crew, "bot", lambda recorder: work.record(recorder, "mix", "speed", "7"))
    do(crew, "op-1", lambda recorder: work.end_step(recorder, "mix"))
    for judging in (check, lambda recorder: oversight.release_step(recorder, "mix")):
        with pytest.raises(NotEntitled, match="op-2 performed"):
            do(crew, "op-2", judging)


@pytest.mark.parametrize("judging", [check, lambda recorder: oversight.release_step(recorder, "mix")])
def test_who_has_judged_a_pass_does_not_correct_it(crew: Crew, judging: Callable[[Recorder], object]) -> None:
    ref = do(crew, "op-1", lambda recorder: work.record(recorder, "mix", "speed", "7")).ref
    do(crew, "op-1", lambda recorder: work.end_step(recorder, "mix"))
    do(crew, "deputy", judging)
    with pytest.raises(NotEntitled, match="deputy has"):
        do(crew, "deputy", lambda recorder: work.correct(recorder, ref.seq, "8", "misread"))


def test_of_two_who_released_a_deviation_only_one_works_on(crew: Crew) -> None:
    said = Deviation(reason="grave", description="x", steps=("mix",))
    seq = do(crew, "op-1", lambda recorder: deviate.deviate(recorder, said)).ref.seq
    for who in ("deputy", "chief"):
        do(crew, who, lambda recorder: oversight.release_deviation(recorder, seq))
    do(crew, "deputy", lambda recorder: work.record(recorder, "mix", "speed", "7"))
    with pytest.raises(NotEntitled, match="chief has released deviation"):
        do(crew, "chief", lambda recorder: work.end_step(recorder, "mix"))


def test_an_aborted_run_lists_what_was_not_checked(crew: Crew) -> None:
    do(crew, "op-1", lambda recorder: work.record(recorder, "mix", "speed", "7"))
    do(crew, "op-1", lambda recorder: work.end_step(recorder, "mix"))
    do(crew, "op-1", lambda recorder: deviate.deviate(recorder, Deviation(reason="odd", description="stopped")))
    with pytest.raises(Incomplete, match="was not checked by a second person"):
        do(crew, "op-1", lambda recorder: work.end_run(recorder, "aborted", None))
