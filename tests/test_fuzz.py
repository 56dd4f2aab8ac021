"""Whatever the bytes, there is a report: mutated vectors, mutated records signed again, and noise (SPEC 9.1-2)."""

import contextlib
import copy
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.bundles import (
    BUNDLES,
    LABEL,
    actions,
    base,
    build,
    cbor,
    check,
    frame,
    frames,
    model,
    runs,
    toml,
    trust_of,
    vector,
)
from support.seeds import seeds

from opsproof_verify import InputError, Policy, Report, TrustStore, Verdict, verify
from opsproof_verify.findings import Rejected
from opsproof_verify.render.json_report import render_json

NAMES = sorted(path.name for path in BUNDLES.iterdir())
TRUST = trust_of(base.rich())
AT = base.rich().at


def judge(data: bytes) -> Report:
    """Verify, and write the report, so that what it holds is looked at."""
    report = verify(data, None, TRUST, at=AT)
    assert render_json(report)
    return report


@settings(max_examples=150)
@given(st.binary(max_size=400))
def test_noise_is_a_failure(noise: bytes) -> None:
    assert judge(noise).verdict == Verdict.FAIL
    assert judge(LABEL + noise).verdict == Verdict.FAIL


@settings(max_examples=100)
@given(st.lists(st.tuples(st.integers(1, 9), st.binary(max_size=60)), max_size=8))
def test_frames_of_noise_are_a_failure(parts: list[tuple[int, bytes]]) -> None:
    assert judge(LABEL + b"".join(frame(kind, body) for kind, body in parts)).verdict == Verdict.FAIL


def mangle(data: bytes, choose: random.Random) -> bytes:
    """Change bytes here and there: bits, runs, cuts, repetitions, and heads that claim more."""
    bent = bytearray(data)
    for _ in range(choose.choice((1, 1, 2, 5, 20))):
        if not bent:
            break
        at = choose.randrange(len(bent))
        what = choose.randrange(6)
        if what == 0:
            bent[at] ^= 1 << choose.randrange(8)
        elif what == 1:
            bent[at] = choose.randrange(256)
        elif what == 2:
            del bent[at : at + choose.randrange(1, 40)]
        elif what == 3:
            bent[at:at] = bent[at : at + choose.randrange(1, 200)]
        elif what == 4:
            bent[at:at] = choose.randbytes(choose.randrange(1, 9))
        else:
            bent[at] = bent[at] & 0xE0 | choose.choice((24, 25, 26, 27, 31))
    return bytes(bent)


@pytest.mark.parametrize("seed", seeds(8))
def test_mangled_vectors_are_judged(seed: int) -> None:
    choose = random.Random(seed)
    for name in choose.sample(NAMES, 40):
        data, policy, trust, more = vector(name)
        for _ in range(3):
            assert render_json(verify(mangle(data, choose), policy, trust, **more))


WORDS = ["", "x", "run-started", "minimal", "\U0001f512", "a" * 300, "1.5", "-0", "42.50", "operator", "block", "major"]


def stranger(choose: random.Random) -> Any:
    """Give some value."""
    return choose.choice((
        choose.choice(WORDS), choose.choice((0, 1, -1, 2**53 - 1, 2**53, 2**64 - 1)), choose.random() < 0.5,
        b"", bytes(32),
        choose.randbytes(32), [], {}, [[]], {"a": 1}, [1, 2], [choose.choice(WORDS)] * 2,
    ))  # fmt: skip


def twist(value: Any, choose: random.Random) -> Any:
    """Change one thing somewhere in a decoded value."""
    if isinstance(value, dict) and value and choose.random() < 0.85:
        name = choose.choice(sorted(value))
        what = choose.randrange(5)
        if what == 0:
            return {key: part for key, part in value.items() if key != name}
        if what == 1:
            return {**value, choose.choice(WORDS): stranger(choose)}
        return {**value, name: twist(value[name], choose)}
    if isinstance(value, list) and value and choose.random() < 0.85:
        at = choose.randrange(len(value))
        what = choose.randrange(6)
        if what == 0:
            return value[:at] + value[at + 1 :]
        if what == 1:
            return [*value, copy.deepcopy(value[at])]
        if what == 2:
            return value[::-1]
        return [*value[:at], twist(value[at], choose), *value[at + 1 :]]
    if type(value) is int and choose.random() < 0.5:
        return max(value + choose.choice((-1, 1, 1000)), 0)
    return stranger(choose)


SUBJECTS = [
    base.rich, runs.every_kind, base.deviated, runs.remediated, lambda: runs.remediated(by_signoff=True), runs.blocked,
    runs.closed, runs.late_run, runs.assigned, runs.witnessed, runs.rejected, runs.ordered, runs.two_of_quality,
    runs.repeated,
    runs.beside, actions.authorised, actions.released,
]  # fmt: skip


def twisted(subject: Any, choose: random.Random) -> bytes:
    """Twist the payload of one to three records before they are hashed and signed; all else follows."""
    for _ in range(choose.choice((1, 1, 2, 3))):
        item = choose.choice([item for item in subject.items if item.type not in (4, 5)])
        stage = "inner-payload" if item.inner and choose.random() < 0.7 else "payload"
        seed = choose.random()
        item.hooks[stage] = lambda data, seed=seed: cbor.encode(twist(cbor.decode(data), random.Random(seed)))
    return build(subject)


@pytest.mark.parametrize("seed", seeds(10))
def test_twisted_records_signed_again_are_judged(seed: int) -> None:
    choose = random.Random(f"twist/{seed}")
    verdicts = set()
    for _ in range(60):
        subject = choose.choice(SUBJECTS)()
        trust = trust_of(subject)
        try:
            data = twisted(subject, choose)
        except ValueError:  # an integer of 2^64 + 1 does not fit in a head
            continue
        report = verify(data, None, trust, at=subject.at)
        assert render_json(report)
        verdicts.add(report.verdict)
    assert Verdict.FAIL in verdicts


@pytest.mark.parametrize("seed", seeds(4))
def test_entries_dropped_moved_and_written_by_others_are_judged(seed: int) -> None:
    """Runs that say other things than their contract, with every hash and signature right."""
    choose = random.Random(f"shuffle/{seed}")
    for _ in range(60):
        subject = choose.choice(SUBJECTS)()
        for _ in range(choose.randrange(1, 6)):
            entries = [
                i for i, item in enumerate(subject.items) if item.type == 2 and item.label not in ("started", "ended")
            ]
            if len(entries) < 2:
                break
            at = choose.choice(entries)
            item = subject.items.pop(at)
            what = choose.randrange(3)
            if what == 0 and item.inner is None:
                item.fields["actor"] = choose.choice(subject.item("contract").fields["roster"])["id"]
                subject.items.insert(at, item)
            elif what == 1:
                subject.items.insert(choose.choice(entries), item)
        try:
            data = build(subject)
        except KeyError:  # a ref to an entry that is gone, or not there yet
            continue
        report = verify(data, None, trust_of(subject), at=subject.at)
        assert report.findings or report.verdict == Verdict.FINAL
        assert render_json(report)


@pytest.mark.parametrize("seed", range(3))
def test_twisted_pinned_policies_are_read_or_refused(seed: int) -> None:
    choose = random.Random(f"policy/{seed}")
    for _ in range(200):
        form = toml.canonical(base.policy())
        for _ in range(choose.randrange(1, 4)):
            form = twist(form, choose)
        try:
            data = cbor.encode(form)
        except ValueError:  # an integer that does not fit in a head
            continue
        with contextlib.suppress(Rejected):
            assert Policy.parse_canonical(data).encode() == data


@pytest.mark.parametrize("seed", range(3))
def test_mangled_trust_stores_and_policies_are_read_or_refused(seed: int) -> None:
    choose = random.Random(f"toml/{seed}")
    subject = base.rich()
    trust = toml.trust(model.Build(subject).resolve(subject.trust), "hex").encode()
    policy = toml.policy(base.policy()).encode()
    for _ in range(150):
        with contextlib.suppress(InputError):
            assert len(TrustStore.parse(mangle(trust, choose)).digest) == 32
        with contextlib.suppress(InputError):
            assert len(Policy.parse(mangle(policy, choose)).digest) == 32


def test_frames_of_all_vectors_in_another_bundle_are_judged() -> None:
    """Each frame of some vectors is put into the full run, at some place."""
    choose = random.Random("graft")
    host = frames(build(base.rich()))
    for name in choose.sample(NAMES, 60):
        try:
            parts = frames((BUNDLES / name / "bundle.opb").read_bytes())
        except (IndexError, ValueError):
            continue
        for part in parts[:6]:
            at = choose.randrange(len(host) + 1)
            report = judge(LABEL + b"".join([*host[:at], part, *host[at:]]))
            assert report.verdict != Verdict.FINAL


def test_the_hosts_are_final() -> None:
    assert judge(build(base.rich())).verdict == Verdict.FINAL
    assert {check(make()).verdict for make in SUBJECTS if make is not runs.beside} == {Verdict.FINAL}
