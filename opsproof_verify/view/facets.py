"""By what a row of the record can be chosen: its kind, who acts in it, and the steps that it names."""

from __future__ import annotations

from typing import NamedTuple

from opsproof_verify import kinds as e
from opsproof_verify.contract import Contract
from opsproof_verify.entries import KINDS, Entry, What
from opsproof_verify.reading import Read
from opsproof_verify.records import Approval, Seal, SignOff, Withheld

#: The kinds of rows in the order in which a filter offers them: what stands before the log, in it, and after it.
ROW_KINDS = ("contract", "contract-approval", *KINDS, "withheld", "unreadable", "seal", "sign-off", "witness")

#: Decisions of a sign-off that say that something was not in order, or came late (SPEC 6.9-1).
_TELLING = frozenset({"reject", "withdraw", "remediate", "supply", "attest", "redact"})


class Facets(NamedTuple):
    """What a row is chosen by; ``open`` says that it is out of the ordinary even if nothing was found about it."""

    kind: str
    actor: str | None = None
    steps: tuple[str, ...] = ()
    open: bool = False


def facets(read: Read) -> Facets:
    """Give what a record is chosen by."""
    match read.record:
        case Entry() as entry:
            return Facets(entry.kind, entry.actor, steps_of(entry.what), out_of_the_ordinary(entry.what))
        case Contract() as contract:
            return Facets("contract", contract.issuer)
        case Approval() as approval:
            return Facets("contract-approval", approval.person)
        case Withheld() as withheld:
            return Facets("withheld", withheld.actor, open=True)
        case Seal() as seal:
            return Facets("seal", seal.actor)
        case SignOff() as signoff:
            return Facets("sign-off", signoff.person, open=signoff.decision in _TELLING)
        case None:
            return Facets("unreadable", open=True)
    return Facets("witness", read.record.witness)


def steps_of(what: What) -> tuple[str, ...]:
    """Give the steps that an entry names itself."""
    if isinstance(what, e.DeviationRaised):
        return what.steps
    step = getattr(what, "step", None)
    return () if step is None else (step,)


def out_of_the_ordinary(what: What) -> bool:
    """Tell whether an entry is one that a review by exception looks at."""
    match what:
        case e.ValueRecorded() | e.EvidenceAdded():
            return what.late is not None
        case e.Checked():
            return not what.passed
        case e.Released():
            return what.deviation is not None
        case e.RunEnded():
            return what.outcome != "completed"
        case (
            e.Voided()
            | e.Correction()
            | e.StepSkipped()
            | e.DeviationRaised()
            | e.DeviationRuled()
            | e.DeviationRemediated()
            | e.DeviationClosed()
            | e.Gap()
            | e.ClockChanged()
        ):
            return True
    return False
