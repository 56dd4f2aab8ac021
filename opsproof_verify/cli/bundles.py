"""Bundles verified, each under each policy; large ones by several processes, and many in several processes."""

# ruff: noqa: PLC0415 - one small bundle needs no other process

from __future__ import annotations

import os
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from typing import BinaryIO, NamedTuple, TypeAlias

from opsproof_verify.cli import sources
from opsproof_verify.cli.ahead import SHARE, Ahead
from opsproof_verify.cli.errors import lines
from opsproof_verify.policy import Policy
from opsproof_verify.pool import LARGE, WEIGHT, Answer, Pool
from opsproof_verify.render.results import Checked
from opsproof_verify.trust import TrustStore
from opsproof_verify.verify import verify

#: The policies to verify under, by the names given; None for the one in the contract.
Policies: TypeAlias = "list[tuple[str | None, Policy | None]]"

#: So many bundles are worth several processes.
MANY = 8

#: Bundles that are given out before the results of the first are taken.
_AHEAD = 64


class Task(NamedTuple):
    """All that a verdict depends on, but for the bundle."""

    policies: Policies
    trust: TrustStore
    at: int | None
    expect: dict[str, str]
    evidence: str | None
    kept: list[BinaryIO] | None = None  # takes the only bundle as it was opened, to be read again


def check_all(task: Task, bundles: Sequence[str], count: int, others: Ahead | None = None) -> list[Checked]:
    """Verify bundles by up to so many processes; the results stand in the order of the bundles.

    ``others`` are at work already on the only bundle.
    """
    watched = len(bundles) > 1 and sys.stderr.isatty()
    results: dict[int, list[Checked]] = {}
    for place, rows in _check(task, bundles, count, others):
        results[place] = rows
        if watched:
            sources.tell(f"{len(results)} of {len(bundles)} checked")
    if watched:
        sources.tell("")
    return [row for place in range(len(bundles)) for row in results[place]]


def _check(task: Task, bundles: Sequence[str], count: int, others: Ahead | None) -> Iterator[tuple[int, list[Checked]]]:
    """Verify each bundle by one process, but by all of them what is larger than the share of one, or may be."""
    sizes = [sources.size(bundle) for bundle in bundles]
    whole, few = sum(sizes), len(bundles) < MANY
    shared = {place for place, size in enumerate(sizes) if size >= LARGE // WEIGHT and size * count > whole}
    shared.update(place for place, bundle in enumerate(bundles) if bundle == sources.STDIN or (few and task.evidence))
    single = [place for place in range(len(bundles)) if place not in shared]
    for place in single[:1]:  # here, and all that is imported for it is there for the others
        yield place, _check_one(task, bundles[place])
    rest = single[1:]
    apart = min(count, len(rest)) if len(rest) >= MANY or whole >= LARGE // WEIGHT else 1
    yield from _check_apart(task, bundles, rest, apart)
    for place in sorted(shared):
        yield place, _check_together(task, bundles[place], sizes[place], count, others)


def _check_together(task: Task, bundle: str, size: int, count: int, others: Ahead | None) -> list[Checked]:
    """Verify a bundle by this process and up to so many others, which read parts of it."""
    if others is not None:
        return _check_one(task, bundle, others)
    if task.evidence is None and bundle != sources.STDIN:
        count = min(count, size * WEIGHT // SHARE)  # it may be entries
    if count == 1:
        return _check_one(task, bundle)
    from opsproof_verify.workers import Workers

    with Workers(count) as workers:
        return _check_one(task, bundle, workers)


def _check_apart(
    task: Task, bundles: Sequence[str], places: Sequence[int], count: int
) -> Iterator[tuple[int, list[Checked]]]:
    """Verify bundles by so many processes, each bundle by one."""
    if count > 1:
        from opsproof_verify.cli.passing import pack
        from opsproof_verify.workers import Workers

        def check(place: int) -> list[tuple[object, str]]:
            return [(pack(row.report), row.error) for row in _check_one(task, bundles[place], watched=False)]

        with Workers(count) as workers:
            if workers.start({"check": check}):
                for place, answer in _in_turn(workers, places):
                    yield place, _take(task, bundles[place], answer)
                return
    for place in places:
        yield place, _check_one(task, bundles[place])


def _in_turn(workers: Pool, places: Sequence[int]) -> Iterator[tuple[int, Answer]]:
    """Give out places, and the answers in the same order."""
    given: deque[tuple[int, Answer]] = deque()
    for place in places:
        given.append((place, workers.submit("check", place)))
        if len(given) > _AHEAD:
            yield given.popleft()
    yield from given


def _take(task: Task, bundle: str, answer: Answer) -> list[Checked]:
    """Take the results of a bundle from another process."""
    from opsproof_verify.cli.passing import unpack

    try:
        rows = answer.result()
    except Exception as error:  # noqa: BLE001 - an internal error, too, ends this bundle only
        return _failed(task, bundle, [], error)
    names = (name for name, _ in task.policies)
    return [Checked(bundle, name, unpack(report), error) for name, (report, error) in zip(names, rows, strict=True)]


def _check_one(task: Task, bundle: str, workers: Pool | None = None, *, watched: bool = True) -> list[Checked]:
    """Verify one bundle under each policy; what cannot be read does not keep others from being judged."""
    checked: list[Checked] = []
    try:
        with sources.open_bundle(bundle, watched=watched) as stream:
            if task.kept is not None:
                task.kept.append(open(os.dup(stream.fileno()), "rb"))  # noqa: SIM115 - whoever asked closes it
            if isinstance(workers, Ahead):
                workers.use_for(stream.fileno())
            for name, policy in task.policies:
                stream.seek(0)
                report = verify(
                    stream, policy, task.trust, at=task.at, expect=task.expect, evidence=task.evidence, workers=workers
                )
                checked.append(Checked(bundle, name, report))
    except Exception as error:  # noqa: BLE001 - as above
        return _failed(task, bundle, checked, error)
    return checked


def _failed(task: Task, bundle: str, checked: list[Checked], error: Exception) -> list[Checked]:
    """Add to the results of a bundle that there are no further ones, and why."""
    if isinstance(error, OSError) and error.filename is None:
        error.filename = bundle
    why = lines(error)[0]
    return checked + [Checked(bundle, name, None, why) for name, _ in task.policies[len(checked) :]]
