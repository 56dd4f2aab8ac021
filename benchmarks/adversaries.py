"""Bundles made to cost more than they weigh: each function writes one, of about so many bytes or items."""

from __future__ import annotations

import importlib
import random
import sys
from collections.abc import Callable
from itertools import islice, product
from pathlib import Path
from typing import Any

from inputs import FIRST, VALUES, line, place, scanned, slot_steps, small_bodies, spec
from making import MIB, QUALITY, Key, Run, contract, crypto
from templates import GAP, ROOT, bytes32, cbor

sys.path.insert(0, str(ROOT / "tests"))
hostile: Any = importlib.import_module("support.hostile")

MAX_RECORD = 65_536
#: What is measured against an honest run of its own kind.
SCATTERED = "deviations that each name 1,200 random values"


def bodies(path: Path, body: bytes, size: int) -> None:
    """Write a run that goes on with frames of entries that all have this body, until the file has that size."""
    with path.open("wb", MIB) as stream:
        Run(stream, contract("scan", slot_steps()))
        frame = b"\x82\x02" + cbor.head(2, len(body)) + body
        for _ in range(max(1, size // len(frame))):
            stream.write(frame)


def nested(path: Path, size: int) -> None:
    """Entries that are arrays nested 65,535 deep."""
    bodies(path, b"\x81" * (MAX_RECORD - 1) + b"\x80", size)


def colliding_keys(path: Path, size: int) -> None:
    """Entries that are maps whose keys have the same hash in Python."""
    keys = [b"\x84" + b"".join(map(hostile.uint, key)) for key in product(hostile.COLLIDING, repeat=4)]
    bodies(path, hostile.colliding(list(islice(keys, (MAX_RECORD - 5) // (len(keys[0]) + 1)))), size)


def many_keys(path: Path, size: int) -> None:
    """Entries that are maps of eight thousand keys, each of them sound CBOR."""
    bodies(path, cbor.encode({f"{number:05}": number % 24 for number in range(9000)}), size)


def empty_arrays(path: Path, size: int) -> None:
    """Entries that are arrays of sixty thousand empty arrays."""
    bodies(path, b"\x99\xea\x60" + b"\x80" * 60_000, size)


def tiny_frames(path: Path, size: int) -> None:
    """Frames of four bytes each that hold an empty map."""
    bodies(path, b"\xa0", size)


def tiny_evidence(path: Path, items: int) -> None:
    """Evidence items of eight bytes."""
    scanned(path, small_bodies(items, 8))


def signoffs(path: Path, count: int, *, honest: bool) -> None:
    """Sign-offs behind the approval: by strangers, or ``honest``, each signed and having seen the one before."""
    key, template = Key(QUALITY), crypto.protected("signoff", crypto.fixed("kid"))
    with path.open("wb", MIB) as stream:
        run = Run(stream, contract("scan", slot_steps()))
        run.write(run.kind("step-started", **place("scan")), FIRST)
        run.write(run.kind("step-completed", **place("scan")), FIRST)
        run.finish()
        last = run.signoff
        for number in range(count):
            fields = acknowledgement(run, number, last)
            payload = cbor.encode(fields)
            body = key.sign("signoff", payload) if honest else crypto.cose(template, payload, bytes(64))
            last = crypto.leaf(body)
            stream.write(b"\x82\x07" + cbor.head(2, len(body)) + body)


def acknowledgement(run: Run, number: int, seen: bytes) -> dict[str, Any]:
    """Give the fields of a sign-off that states awareness."""
    meaning = {"id": "seen", "text": "I have seen it."}
    who = {"person": QUALITY, "name": "Quality lead", "role": "quality", "decision": "acknowledge", "meaning": meaning}
    return who | {
        "seal": run.sealed,
        "run": run.run,
        "time": [run.signed_off + number, 60],
        "seen": [seen],
        "policy": run.policy,
        "report": bytes(32),
        "withheld": 0,
        "absent": 0,
    }


def out_of_limits(path: Path, entries: int) -> None:
    """A run in which each decimal is above its limit and no deviation says so."""
    line(path, entries, high=True)


def names(path: Path, count: int) -> None:
    """A single pass that records ever more values which no step asks for."""
    with path.open("wb", MIB) as stream:
        run = Run(stream, contract("scan", slot_steps()))
        run.write(run.kind("step-started", **place("scan")), FIRST)
        template = run.kind("value-recorded", **place("scan"), name=GAP, value="17.50")
        for number in range(count):
            run.write(template, (cbor.encode(f"further-{number}"), *FIRST))
        run.write(run.kind("step-completed", **place("scan")), FIRST)
        run.finish()


def corrections(path: Path, count: int) -> None:
    """So many values, and as many corrections, each of a random one of them."""
    draw, pool = random.Random(0), VALUES["decimal"]
    steps = slot_steps()
    steps[0] |= {"repeat": {"min": 1, "max": count}, "values": [spec("decimal", 0)]}
    with path.open("wb", MIB) as stream:
        run = Run(stream, contract("scan", steps))
        ends = [run.kind(kind, **place("scan")) for kind in ("step-started", "step-completed")]
        value = run.kind("value-recorded", **place("scan"), name="decimal-00", value=GAP, unit="kg")
        held = []
        for number in range(count):
            inside = (cbor.head(0, number + 1),)
            run.write(ends[0], inside)
            leaf = run.write(value, inside, after=(pool[number % len(pool)],))
            held.append((run.count - 1, leaf, number))
            run.write(ends[1], inside)
        template = run.kind("correction", corrects=[GAP, GAP], old=GAP, new=GAP, why="Misread.")
        for _ in range(count):
            which = draw.randrange(count)
            seq, leaf, drawn = held[which]
            before = (pool[(drawn + 1) % len(pool)], pool[drawn % len(pool)])
            leaf = run.write(template, before=before, after=(cbor.head(0, seq), bytes32(leaf)))
            held[which] = (run.count - 1, leaf, drawn + 1)
        run.finish()


def skips(path: Path, count: int) -> None:
    """So many passes, each of which is skipped."""
    steps = slot_steps()
    steps[0] |= {"repeat": {"min": 1, "max": count}, "optional": True}
    with path.open("wb", MIB) as stream:
        run = Run(stream, contract("scan", steps))
        template = run.kind("step-skipped", **place("scan"), reason="Not needed.")
        for number in range(count):
            run.write(template, (cbor.head(0, number + 1),))
        run.finish()


def scopes(path: Path, count: int, *, honest: bool) -> None:
    """So many deviations that name 1,000 steps and 1,200 of 20,000 values each: at random, or together if honest."""
    draw, steps, values, named = random.Random(0), 1_000, 20_000, 1_200
    names = [f"step-{number:03}" for number in range(steps)]
    step = {"title": "Fill", "roles": ["operator"]}
    with path.open("wb", MIB) as stream:
        run = Run(stream, contract("scopes", [{"id": name} | step for name in names]))
        run.write(run.kind("step-started", step=names[0], pass_=1))
        template, refs = run.kind("value-recorded", step=names[0], pass_=1, name=GAP, value="17.50"), []
        for number in range(values):
            leaf = run.write(template, (cbor.encode(f"further-{number}"),))
            refs.append([run.count - 1, leaf])
        about = {"reason": "odd", "severity": "minor", "steps": names, "evidence": [], "description": "It happened."}
        template = run.kind("deviation-raised", **about, values=GAP)
        for _ in range(count):
            first = draw.randrange(values - named)
            chosen = refs[first : first + named] if honest else draw.sample(refs, named)
            run.write(template, after=(cbor.encode(chosen),))
        run.finish()


Builder = Callable[[Path], object]


def adversaries(size: int, items: int) -> dict[str, tuple[str, Builder]]:
    """Give them by name: what each is, and how to write it with so many bytes, or items."""
    tenth = items // 10
    return {
        "nested": ("entries nested 65,535 deep", lambda path: nested(path, size)),
        "colliding": ("maps whose keys collide", lambda path: colliding_keys(path, size)),
        "keys": ("maps of 9,000 keys", lambda path: many_keys(path, size)),
        "arrays": ("arrays of 60,000 empty arrays", lambda path: empty_arrays(path, size)),
        "frames": (f"{items:,} frames of four bytes", lambda path: tiny_frames(path, items * 4)),
        "evidence": (f"{items:,} evidence items of 8 bytes", lambda path: tiny_evidence(path, items)),
        "signoffs": (f"{tenth:,} sign-offs of strangers", lambda path: signoffs(path, tenth, honest=False)),
        "chain": ("1,000 signed sign-offs", lambda path: signoffs(path, 1000, honest=True)),
        "limits": (
            f"{items // 10:,} entries, all decimals out of limits",
            lambda path: out_of_limits(path, items // 10),
        ),
        "names": (f"{tenth:,} values of one pass", lambda path: names(path, tenth)),
        "skips": (f"{items // 4:,} passes that are skipped", lambda path: skips(path, items // 4)),
        "scopes": (SCATTERED, lambda path: scopes(path, items // 4_000, honest=False)),
        "corrections": (f"{tenth:,} corrections of random values", lambda path: corrections(path, tenth)),
    }
