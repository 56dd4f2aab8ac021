"""The moves of a run that is played at random: what can be done, by anybody, at any time.

Each tells what it ought to have recorded. The recorder's state is looked at only to choose something that exists.
"""

from __future__ import annotations

import hashlib
from typing import Any

from opsproof_record.clock import now
from opsproof_record.errors import Incomplete
from opsproof_record.run import assigning, attaching, deviate, oversight, work
from opsproof_record.run.attaching import Target
from opsproof_record.run.deviate import Deviation
from recorder.crew import Map, member
from recorder.folders import file_of
from recorder.player import Nothing, Play, move

DAY = 86_400_000
#: The writes of a torn tail: the start of a frame, of an evidence frame, and room that was never filled.
TAILS = (b"\x82", b"\x82\x02\x58\xc8\xa9", b"\x82\x04\x59\x10\x00" + bytes(range(200)), bytes(300))


@move("begin", 10)
def _begin(play: Play) -> list[Map]:
    step = play.pick(play.steps)
    who = play.who(*play.steps[step]["roles"])
    with play.by(who) as recorder:
        _, number = work.begin(recorder, step)
    return [{"kind": "step-started", "actor": who, "step": step, "pass": number}]


def _given(play: Play, spec: Map) -> tuple[Any, Any]:
    """Choose a value as a person gives it, and as the record is to hold it."""
    kind = spec["type"]
    if kind == "boolean":
        return play.chance.choice((("yes", True), ("no", False), (True, True)))
    if kind == "choice":
        word = play.chance.choice(spec["choices"])
        return word, word
    if kind == "text":
        return "a remark", "a remark"
    low, high = int(float(spec.get("min", "0"))), int(float(spec.get("max", "90")))
    number = play.chance.randint(low, high) if play.likely(0.7) else play.chance.choice((low - 1, high + 1, -1000))
    if kind == "integer":
        return number, number
    text = f"{number}.{play.chance.randint(0, 9)}" if play.likely(0.5) else str(number)
    return text, text


@move("record", 12)
def _record(play: Play) -> list[Map]:
    step, number, who = play.work()
    reading, seen = _seen(play, "observed")
    with play.by(who) as recorder:
        there = recorder.state.values_of(step, number) if play.likely(0.9) else ()
        spec = play.pick(one for one in play.steps[step].get("values", ()) if one["id"] not in there)
        given, value = _given(play, spec)
        read = work.Reading(spec.get("unit"), **reading)
        work.record(recorder, step, spec["id"], given, read)
    told = {"kind": "value-recorded", "actor": who, "step": step, "pass": number, "name": spec["id"], "value": value}
    return [told | ({"unit": spec["unit"]} if "unit" in spec else {}) | seen]


def _seen(play: Play, word: str) -> tuple[dict[str, Any], Map]:
    """Choose when something was seen, and whether it is said why it is recorded late; as said, and as recorded."""
    ago = play.chance.choice((None, None, 0, 1, 10))
    said: dict[str, Any] = {} if ago is None else {word: [now()[0] - ago * 60_000, 0]}
    if ago == 10 and play.likely(0.7):
        said["late"] = "the line was down"
    return said, dict(said)


@move("correct", 9)
def _correct(play: Play) -> list[Map]:
    told = [one["step"] for one in play.told if one["kind"] == "value-recorded"]
    with play.by(play.who(*play.steps[play.pick(told)]["roles"])) as recorder:
        old = play.pick(recorder.state.recent_values())
        spec = next(one for one in play.steps[old.step[0]]["values"] if one["id"] == old.name)
        given, value = _given(play, spec)
        work.correct(recorder, old.ref.seq, given, "misread")
        who = recorder.member.id
    return [
        {"kind": "correction", "actor": who, "corrects": [old.ref.seq, old.ref.leaf], "old": old.value, "new": value}
    ]


@move("attach", 7)
def _attach(play: Play) -> list[Map]:
    path = file_of(play.file, play.chance.choice((0, 1, 300, 5000)), play.chance.randrange(5))
    content = path.read_bytes()
    step: str | None
    step, number, who = play.work() if play.opened and play.likely(0.9) else (None, None, play.who("operator"))
    slots = play.steps[step].get("evidence", ()) if step else ()
    slot = play.chance.choice(slots)["id"] if slots and play.likely(0.9) else None
    said, seen = _seen(play, "captured")
    said |= {"copy": play.chance.choice(("original", "true-copy"))} if play.likely(0.6) else {}
    said |= {"source": "camera 3"} if play.likely(0.6) else {}
    with play.by(who) as recorder:
        attaching.attach(recorder, path, Target(step, slot, "image/jpeg", **said))
    told = {
        "step": step,
        "pass": number,
        "slot": slot,
        "digest": hashlib.sha256(content).digest(),
        "size": len(content),
    }
    told |= seen | said
    return [
        {"kind": "evidence-added", "actor": who} | {name: value for name, value in told.items() if value is not None}
    ]


@move("tree", 1)
def _tree(play: Play) -> list[Map]:
    folder = play.crew.path / "folder"
    folder.mkdir(exist_ok=True)
    names = ["a.txt", "b.txt"]
    digests = [hashlib.sha256(file_of(folder / name, 40, n).read_bytes()).digest() for n, name in enumerate(names)]
    who = play.who("operator")
    with play.by(who) as recorder:
        list(attaching.attach_tree(recorder, folder, Target()))
    return [{"kind": "evidence-added", "actor": who, "digest": digest} for digest in digests]


@move("instrument")
def _instrument(play: Play) -> list[Map]:
    step, number, who = play.work()
    due = play.chance.choice((None, [now()[0] + DAY, 0], [now()[0] + DAY, 0], [now()[0] - DAY, 0]))
    serves = play.pick([*play.steps[step].get("instruments", ()), None])
    with play.by(who) as recorder:
        work.use_instrument(recorder, step, "scale-7", due, serves)
    told = {"kind": "instrument-used", "actor": who, "step": step, "pass": number, "instrument": "scale-7"}
    return [told | ({"as": serves} if serves else {}) | ({"due": due} if due else {})]


@move("void", 3)
def _void(play: Play) -> list[Map]:
    """Make a value or an item void."""
    who = play.who("lead")
    with play.by(who) as recorder:
        items = (seq for seq in range(recorder.state.count) if recorder.state.digest_at(seq))
        seq = play.pick([one.ref.seq for one in recorder.state.recent_values(5)] + list(items)[-3:])
        leaf = recorder.state.leaf(seq)
        work.void(recorder, seq, "it was the other scale")
    return [{"kind": "voided", "actor": who, "voids": [seq, leaf]}]


@move("clock", 1)
def _clock(play: Play) -> list[Map]:
    """Use another clock; often one that is behind."""
    who = play.who("operator", "lead")
    play.behind += play.chance.choice((0, 0, 1, 50))
    with play.by(who) as recorder:
        work.change_clock(recorder, "radio clock", by=-play.behind or None)
    return [{"kind": "clock-changed", "actor": who, "clock": "radio clock"}]


@move("note")
def _note(play: Play) -> list[Map]:
    who = play.who()
    with play.by(who) as recorder:
        work.note(recorder, "seen", play.chance.choice((None, *play.steps)))
    return [{"kind": "note", "actor": who, "text": "seen"}]


@move("end step", 10)
def _end_step(play: Play) -> list[Map]:
    step, number, who = play.work()
    with play.by(who) as recorder:
        try:
            work.end_step(recorder, step)
        except Incomplete:
            work.end_step(recorder, step, anyway=play.likely(0.3))
            play.insisted = True
    return [{"kind": "step-completed", "actor": who, "step": step, "pass": number}]


@move("skip", 2)
def _skip(play: Play) -> list[Map]:
    step = play.pick(play.steps)
    who, reason = play.who(*play.steps[step]["roles"]), play.chance.choice((None, "no need", "no need"))
    with play.by(who) as recorder:
        _, number = work.skip(recorder, step, reason)
    play.unexplained |= reason is None
    told = {"kind": "step-skipped", "actor": who, "step": step, "pass": number}
    return [told | ({"reason": reason} if reason else {})]


@move("check", 6)
def _check(play: Play) -> list[Map]:
    critical = [step for step, said in play.steps.items() if said.get("critical")]
    told = (one for one in play.told if one["kind"] == "step-started" and one["step"] in play.steps)
    begun = [(one["step"], one["pass"]) for one in told]
    step, number = play.pick([one for one in begun if one[0] in critical] or begun)
    who, passed = play.who(*play.steps[step].get("check", ("inspection", "lead"))), play.likely(0.85)
    with play.by(who) as recorder:
        oversight.check_step(recorder, step, passed=passed, number=number)
    return [{"kind": "checked", "actor": who, "step": step, "pass": number, "passed": passed}]


@move("release", 5)
def _release(play: Play) -> list[Map]:
    step = play.pick(step for step, said in play.steps.items() if "hold" in said)
    with play.by(play.who(*play.steps[step]["hold"])) as recorder:
        one = play.pick(recorder.state.held_passes(step))
        oversight.release_step(recorder, step, number=one.number)
        who = recorder.member.id
    return [{"kind": "released", "actor": who, "step": step, "pass": one.number}]


@move("deviate", 5)
def _deviate(play: Play) -> list[Map]:
    who = play.who("operator", "lead", "inspection")
    with play.by(who) as recorder:
        facts = recorder.state.uncovered()
        fact = play.chance.choice(facts) if facts and play.likely(0.7) else None
        steps: tuple[str, ...] = ()
        values: tuple[int, ...] = ()
        if fact is not None and fact.value and play.likely(0.5):
            values = (fact.seq,)
        elif fact is not None:
            steps = (fact.step,) if fact.step else ()
        elif play.likely(0.7):
            steps = tuple(play.chance.sample(list(play.steps), 1))
            recent = recorder.state.recent_values()
            values = (play.chance.choice(recent).ref.seq,) if recent and play.likely(0.3) else ()
        reason = play.chance.choice(("odd", "odd", "odd", "odd", "bad", "bad", "limits", "limits", "grave"))
        severity = play.chance.choice((None, None, "major", "critical"))
        action = "stopped" if play.likely(0.8) else None
        before = play.chance.choice((None, None, [now()[0] - 60_000, 0], [now()[0] - 2 * DAY, 0]))
        about: dict[str, Any] = {"steps": steps, "values": values, "action": action, "occurred": before}
        said = Deviation(reason=reason, description="odd", severity=severity, **about)
        done = deviate.deviate(recorder, said)
        digest = recorder.state.policy_digest
    raised = {
        "kind": "deviation-raised",
        "actor": who,
        "reason": reason,
        "severity": done.severity,
        "steps": list(steps),
    }
    ref = [done.ref.seq, done.ref.leaf]
    return [
        raised,
        {"kind": "deviation-ruled", "actor": who, "deviation": ref, "ruling": done.ruling, "policy": digest},
    ]


@move("unblock")
def _unblock(play: Play) -> list[Map]:
    who = play.who("lead")
    with play.by(who) as recorder:
        one = play.pick(recorder.state.blocking() if play.likely(0.9) else recorder.state.deviations())
        oversight.release_deviation(recorder, one.ref.seq)
    return [{"kind": "released", "actor": who, "deviation": [one.ref.seq, one.ref.leaf]}]


@move("remediate")
def _remediate(play: Play) -> list[Map]:
    who = play.who("operator", "lead")
    with play.by(who) as recorder:
        one = play.pick(recorder.state.deviations())
        last = recorder.state.evidence_count and play.likely(0.8)
        seq = next((seq for seq in reversed(range(recorder.state.count)) if recorder.state.digest_at(seq)), None)
        digest = recorder.state.digest_at(seq) if last and seq is not None else None
        deviate.remediate(recorder, one.ref.seq, "mended", (digest,) if digest else ())
    told = {"kind": "deviation-remediated", "actor": who, "deviation": [one.ref.seq, one.ref.leaf]}
    return [told | {"evidence": [digest] if digest else []}]


@move("close")
def _close(play: Play) -> list[Map]:
    who = play.who("lead")
    with play.by(who) as recorder:
        one = play.pick(recorder.state.deviations())
        deviate.close(recorder, one.ref.seq, "seen")
    return [{"kind": "deviation-closed", "actor": who, "deviation": [one.ref.seq, one.ref.leaf]}]


_ACTIONS = ("dose 3 ml", "dose 5 ml")


@move("authorise")
def _authorise(play: Play) -> list[Map]:
    step, action = play.pick(step for step, _ in play.opened), play.chance.choice(_ACTIONS)
    who, to = play.who("lead"), play.who("helper")
    with play.by(who) as recorder:
        oversight.authorise(recorder, step, to, action, bytes(32), [now()[0] + DAY, 0])
    return [{"kind": "authorised", "actor": who, "step": step, "for": to, "action": action, "arguments": bytes(32)}]


@move("act")
def _act(play: Play) -> list[Map]:
    action = play.chance.choice(_ACTIONS)
    guarded = [step for step, _ in play.opened if "authorise" in play.steps[step]]
    step = play.pick(guarded or [step for step, _ in play.opened])
    who = play.who("helper")
    with play.by(who) as recorder:
        oversight.act(recorder, step, action, bytes(32))
    return [{"kind": "acted", "actor": who, "step": step, "action": action, "arguments": bytes(32)}]


@move("transfer", 4)
def _transfer(play: Play) -> list[Map]:
    to = play.who("operator")
    with play.by(play.who("operator", "helper")) as recorder:
        held = [
            digest
            for seq in range(recorder.state.count)
            if (digest := recorder.state.digest_at(seq)) and recorder.state.holder(digest) == recorder.member.id
        ]
        digest = play.pick(held)
        attaching.transfer(recorder, digest, to, "to the archive")
        who = recorder.member.id
    return [{"kind": "transferred", "actor": who, "digest": digest, "to": to}]


@move("receive", 6)
def _receive(play: Play) -> list[Map]:
    with play.by(play.who("operator", "helper")) as recorder:
        one = play.pick(recorder.state.under_way())
        who = recorder.member.id
        attaching.receive(recorder, one.ref.seq)
    return [{"kind": "received", "actor": who, "transfer": [one.ref.seq, one.ref.leaf]}]


@move("assign", 1)
def _assign(play: Play) -> list[Map]:
    name = f"late-{len(play.actors)}"
    kind, roles = play.chance.choice((("human", ["operator"]), ("human", ["inspection"]), ("agent", ["helper"])))
    who = play.who("lead")
    with play.by(who) as recorder:
        assigning.assign(recorder, member(name, kind, roles, "op-1" if kind == "agent" else None))
    play.actors[name] = (kind, roles)
    return [{"kind": "assigned", "actor": who}]


@move("attest")
def _attest(play: Play) -> list[Map]:
    with play.by(play.who(), attest=True):
        return []


@move("tear", 1)
def _tear(play: Play) -> list[Map]:
    """Stop in the middle of a write."""
    if play.torn:
        raise Nothing
    with play.crew.run.open("ab") as file:
        file.write(play.chance.choice(TAILS))
    play.torn = True
    return []
