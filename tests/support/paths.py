"""The two ways in which entries are read: one by one through the reference, and quickly; and what each of them gives.

``slowly`` is the reference: no batches, no compiled shapes, no stretches, every rule asked of every entry. ``quickly``
has all of them, in batches of any size. ``outcome`` gives the report's bytes, all that the rules could read of the run
afterwards, and how many entries were taken without being asked.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO, NamedTuple
from unittest.mock import patch

from opsproof_verify import Policy, TrustStore, batches, compiled, container, intake, log
from opsproof_verify.assemble import assemble
from opsproof_verify.case import Case
from opsproof_verify.intake import Intake
from opsproof_verify.judge import judge
from opsproof_verify.log import Log
from opsproof_verify.pool import Pool
from opsproof_verify.render.json_report import render_json
from opsproof_verify.scopes import Scopes
from opsproof_verify.slotted import fields

NEVER = 10**9

#: What rules and report read of a run and of its chain.
RUN = (
    "newest", "previous", "same", "started", "subject", "outcome", "worked", "checkers", "deviations", "scopes",
    "progress", "actors", "facts",
)  # fmt: skip
CHAIN = (
    "head", "count", "run_id", "broken", "unused", "evidence_count", "evidence_bytes", "withheld", "_recent", "_ended",
    "_misplaced_end",
)  # fmt: skip
#: How a pass is stored, which nobody reads.
_STORED = {"at", "base", "link", "noted", "spilled"}


class Inputs(NamedTuple):
    """All that a verification is given beside the bundle."""

    policy: Policy | None
    trust: TrustStore
    at: int | None
    expect: Mapping[str, str] | None = None
    evidence: str | None = None


class Outcome(NamedTuple):
    """What one way of reading gives."""

    report: bytes
    state: dict[str, Any]
    taken: dict[str, int]  # stretches, entries and attestations that were taken at once


@contextlib.contextmanager
def slowly() -> Iterator[None]:
    """Read entry by entry with the reference."""
    with (
        patch.object(intake, "WINDOW", 0),
        patch.object(batches, "LEAST_BATCH", NEVER),
        patch.object(compiled, "LEARN_AFTER", NEVER),
        patch.object(log, "_is_ordinary", lambda *_: False),
        patch.object(Log, "_calm", property(lambda _: None, lambda *_: None), create=True),
    ):
        yield


@contextlib.contextmanager
def quickly(window: int = 524_288, least: int = 1, ahead: int = 4_096, learn: int = 1) -> Iterator[None]:
    """Read in batches of so many bytes, the first of ``ahead``; look for stretches in ``least`` entries or more."""
    with (
        patch.object(intake, "WINDOW", window),
        patch.object(container, "_LEAST_WINDOW", ahead),
        patch.object(batches, "LEAST_BATCH", least),
        patch.object(compiled, "LEARN_AFTER", learn),
    ):
        yield


@contextlib.contextmanager
def counted() -> Iterator[dict[str, int]]:
    """Count what is taken at once."""
    taken = {"stretches": 0, "entries": 0, "attestations": 0}
    take_stretch, take_attested = Log.take_stretch, Log.take_attested

    def count_stretch(self: Log, stretch: Any, leaves: bytes, frame: int) -> bool:
        done = take_stretch(self, stretch, leaves, frame)
        taken["stretches"] += done
        taken["entries"] += stretch[0] if done else 0
        return done

    def count_attested(self: Log, whole: Any, leaf: bytes, frame: int) -> bool:
        done = take_attested(self, whole, leaf, frame)
        taken["attestations"] += done
        return done

    with patch.object(Log, "take_stretch", count_stretch), patch.object(Log, "take_attested", count_attested):
        yield taken


def outcome(bundle: bytes | BinaryIO, given: Inputs, workers: Pool | None = None) -> Outcome:
    """Verify, and give what came of it."""
    stream = io.BytesIO(bundle) if isinstance(bundle, bytes) else bundle
    expected = dict(sorted((given.expect or {}).items()))
    case = Case(given.trust, given.policy, given.at, given.evidence, workers)
    with counted() as taken:
        judgement = judge(case, stream, expected)
    text = render_json(assemble(judgement, expected))
    return Outcome(text, state(case, judgement.intake), taken)


def state(case: Case, intake: Intake) -> dict[str, Any]:
    """Give all that rules read: of the run, of the chain, and what the rules found."""
    chain = intake.log.chain
    seen = {name: plain(getattr(chain, name)) for name in CHAIN}
    if intake.seal_hash:  # a limit may end reading within a batch, whose leaves are in the tree by then
        seen["root"] = chain.tree.root().hex()
    seen["violations"] = case.violations
    if case.run is not None:
        seen |= {name: plain(getattr(case.run, name)) for name in RUN}
        seen["passes"] = [plain(one, skip=_STORED) for one in case.run.passes.values()]
    return seen


def plain(value: Any, skip: frozenset[str] | set[str] = frozenset()) -> Any:
    """Give a value as what can be compared: its members, and digests of what was hashed."""
    if hasattr(value, "hexdigest"):
        return value.hexdigest()
    if hasattr(type(value), "__fields__"):
        return {name: plain(getattr(value, name)) for name in fields(value) if name not in skip}
    if isinstance(value, Scopes):
        marks = value._values._marks
        return plain([value.on_the_run, value._naming, value._blocks, value._releases, marks.read(0, marks.size)])
    if isinstance(value, dict):
        return [(plain(key), plain(one)) for key, one in value.items()]
    if isinstance(value, set | frozenset):
        return sorted(map(repr, value))
    if isinstance(value, str | bytes | int) or value is None:
        return value
    return [plain(one) for one in value]
