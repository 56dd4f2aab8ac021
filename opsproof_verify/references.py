"""References of entries (SPEC 6.3-5, 6.3-6, 9.5-8): refs and digests name entries and items that stand before."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

from opsproof_verify.chain import Chain
from opsproof_verify.entries import What
from opsproof_verify.fields import Ref
from opsproof_verify.kinds import (
    Acted,
    Correction,
    DeviationClosed,
    DeviationRaised,
    DeviationRemediated,
    DeviationRuled,
    Received,
    Released,
    Transferred,
    Voided,
)
from opsproof_verify.memory import Known
from opsproof_verify.run import Run
from opsproof_verify.state import Deviation


class _Named(Protocol):
    """What a ref names."""

    @property
    def leaf(self) -> bytes: ...


def are_good(run: Run, chain: Chain, what: What) -> bool:
    """Tell whether what an entry refers to is there; not judged once the chain is broken (SPEC 9.5-8)."""
    judge = _JUDGED.get(type(what))
    return judge is None or chain.broken or judge(run, chain, what)


def names_deviation(run: Run, chain: Chain, ref: Ref | None) -> bool:
    """Tell whether a ref, if there is one, names a deviation-raised entry, or a withheld one."""
    return ref is None or _names(run.deviations, chain, ref)


def _names(known: Known[Any] | Mapping[int, Deviation], chain: Chain, ref: Ref) -> bool:
    """Tell whether a ref names a known entry, or a withheld one, by number and leaf."""
    held: _Named | None = known.get(ref.seq)
    if held is None:
        withheld = chain.withheld.get(ref.seq)
        return withheld is not None and ref.leaf == withheld[0]
    return ref.leaf == held.leaf


def _holds(run: Run, chain: Chain, digests: Iterable[bytes]) -> bool:
    """Tell whether evidence was added before; in a copy with withheld entries that is not known."""
    return bool(chain.withheld) or all(run.custody.holder(digest) is not None for digest in digests)


def _raised(run: Run, chain: Chain, what: DeviationRaised) -> bool:
    return all(_names(run.values, chain, ref) for ref in what.values) and _holds(run, chain, what.evidence)


def _remediated(run: Run, chain: Chain, what: DeviationRemediated) -> bool:
    return names_deviation(run, chain, what.deviation) and _holds(run, chain, what.evidence)


def _voided(run: Run, chain: Chain, what: Voided) -> bool:
    return _names(run.values, chain, what.voids) or _names(run.items, chain, what.voids)


_JUDGED: dict[type, Callable[[Run, Chain, Any], bool]] = {
    Acted: lambda run, chain, what: what.authorised is None or _names(run.authorised, chain, what.authorised),
    Correction: lambda run, chain, what: _names(run.values, chain, what.corrects),
    DeviationRaised: _raised,
    DeviationRuled: lambda run, chain, what: names_deviation(run, chain, what.deviation),
    DeviationRemediated: _remediated,
    DeviationClosed: lambda run, chain, what: names_deviation(run, chain, what.deviation),
    Received: lambda run, chain, what: _names(run.transfers, chain, what.transfer),
    Released: lambda run, chain, what: names_deviation(run, chain, what.deviation),
    Transferred: lambda run, chain, what: _holds(run, chain, (what.digest,)),
    Voided: _voided,
}
