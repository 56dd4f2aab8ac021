"""The open items of a run in words: how much each weighs under the pinned policy, and how and when it can be mended."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from opsproof_verify.findings import Fact
from opsproof_verify.records import SignOff
from opsproof_verify.register import Remedy
from opsproof_verify.render.messages import brief

from opsproof_record.log.state import RunState
from opsproof_record.standing.foresight import Foreseen, Foresight

#: When an item can be mended: by an entry before the run ends, or by a sign-off after the seal.
IN_RUN, AFTER_SEAL = "in-run", "after-seal"


@dataclass(frozen=True, slots=True)
class Open:
    """Something open: the code of the finding that it would be, its level, and what mends it, by when.

    ``mend`` is empty for what stays. ``answered`` names the persons whose sign-offs say that they mend it.
    """

    code: str
    level: str
    text: str
    entry: int | None
    step: str | None
    mend: dict[str, str]
    answered: tuple[str, ...] = ()


def list_open(foresight: Foresight, state: RunState) -> list[Open]:
    """Put what was foreseen into words: the worst first, then by steps and entries."""
    levels, steps = ("fail", "provisional", "note"), [None, *state.contract.steps]
    found = _worded(foresight, state)
    return sorted(found, key=lambda one: (levels.index(one.level), _place(steps, one.step), one.entry or 0))


def _place(steps: list[str | None], step: str | None) -> int:
    return steps.index(step) if step in steps else len(steps)


def _worded(foresight: Foresight, state: RunState) -> Iterator[Open]:
    facts = {fact.seq: fact.what for fact in state.uncovered()}
    signed = state.signoffs
    withdrawn = {signoff.withdraws for signoff in signed.values()}
    standing = [signoff for hash_, signoff in signed.items() if hash_ not in withdrawn]
    for one in foresight.found:
        known = dict(one.finding.subject) | dict(one.finding.facts)
        step = known.get("step")
        if one.finding.code.name == "approval.missing":
            known["meaning"] = next((n.meaning for n in state.policy.approvals if n.id == known["need"]), None) or ""
        yield Open(
            code=one.finding.code.name,
            level=str(one.finding.severity),
            text=_text(one, known, facts),
            entry=one.seq,
            step=str(step) if step is not None else None,
            mend=_mend(one, known),
            answered=tuple(dict.fromkeys(each.person for each in standing if _answers(each, one, known))),
        )


def _text(one: Foreseen, known: dict[str, Fact], facts: dict[int, str]) -> str:
    """Say what is open, as of a run that still goes on; for the rest the verifier's sentence serves."""
    code = one.finding.code.name
    template = _TEXTS.get(code)
    if code == "step.unfinished" and known.get("open"):
        template = "step {step} is open"
    elif code == "step.unfinished" and known["passes"] != 1:
        template = "step {step} needs {passes} more passes"
    elif code == "deviation.missing" and one.seq in facts:
        template = f"e{one.seq}: {_quote(facts[one.seq])}, and no deviation covers it"
    if code.startswith("attestation.") and code in _TEXTS and known["count"] == 1:
        template = template and template.replace("entries", "entry")
    if template is None:
        text = brief(one.finding)
        return text if one.seq is None else f"e{one.seq}: {text}"
    return template.format(entry=f"e{one.seq}", **known)


def _quote(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


_TEXTS = {
    "step.unfinished": "step {step} was not done",
    "step.not-released": "step {step} is a hold point and was not released",
    "value.missing": "step {step}, pass {pass}, has no value {value}",
    "check.missing": "step {step}, pass {pass}, was not checked by a second person",
    "check.not-independent": "step {step}, pass {pass}, was checked only by who worked on it",
    "evidence.missing": "step {step}, pass {pass}, lacks {missing} for evidence slot {slot}",
    "deviation.unruled": "deviation {entry} has no ruling",
    "deviation.not-remediated": "deviation {entry} is not remediated, with evidence",
    "deviation.not-closed": "deviation {entry} is not closed",
    "attestation.owed": "{actor} has {count} unsigned entries, some of kinds that count only when signed",
    "attestation.missing": "{actor} has {count} unsigned entries",
    "approval.missing": 'approval "{need}" is owed: {missing} with the role {role}',
    "seal.unauthorised": "nobody enrolled holds a role that may seal",
    "policy.never-final": "the pinned policy asks for no approval, so no bundle is FINAL under it",
}

_IN_RUN = {
    "step.not-released": "opsproof release {step}",
    "value.missing": "opsproof deviate REASON --step {step}",
    "check.missing": "opsproof check-step {step}, by somebody who did not work on it",
    "check.not-independent": "opsproof check-step {step}, by somebody who did not work on it",
    "check.outdated": "opsproof check-step {step}, by somebody who did not work on it",
    "custody.not-received": "opsproof receive {entry}, by {to}",
    "deviation.premature": "opsproof deviate REASON --step {step}",
    "deviation.unruled": "opsproof rule {entry}",
    "deviation.not-remediated": "opsproof remediate {entry} --text TEXT --evidence eN",
    "deviation.not-closed": "opsproof close {entry}, by somebody entitled who took no part",
    "attestation.owed": "opsproof attest --as {actor}",
    "attestation.missing": "opsproof attest --as {actor}",
    "seal.unauthorised": "opsproof assign",
}

_AFTER_SEAL = {
    Remedy.APPROVE: "opsproof signoff --covers {entry}",
    Remedy.ATTEST: "a late attestation by {actor}",
    Remedy.SUPPLY: "opsproof signoff --decision supply --step {step} --slot {slot} --evidence FILE",
    Remedy.REMEDIATE: "opsproof signoff --decision remediate --deviation {entry} --evidence FILE",
    Remedy.WITHDRAW: "its signer withdraws it",
    Remedy.DISCLOSE: "the whole copy is obtained",
    Remedy.ACCEPT: "the trust file accepts it",
}


def _mend(one: Foreseen, known: dict[str, Fact]) -> dict[str, str]:
    """Say when and how an item can be mended."""
    code, ways = one.finding.code, {}
    entry = f"e{one.seq}"
    if one.in_run:
        ways[IN_RUN] = _in_run(code.name, known, one.seq).format(entry=entry, **known)
    if code.name == "approval.missing":
        meaning = f" --meaning {known['meaning']}" if known["meaning"] else ""
        ways[AFTER_SEAL] = f"opsproof signoff --role {known['role']}{meaning}"
    elif code.remedy is not Remedy.NONE:
        ways[AFTER_SEAL] = _AFTER_SEAL[code.remedy].format(entry=entry, **known)
    return ways


def _in_run(code: str, known: dict[str, Fact], seq: int | None) -> str:
    if code == "step.unfinished":
        return "opsproof end {step}" if known.get("open") else "opsproof begin {step}"
    if code == "deviation.missing":
        if known.get("what") == "out-of-limits":
            return f"opsproof deviate REASON --value e{seq}"
        return "opsproof deviate REASON --step {step}" if "step" in known else "opsproof deviate REASON"
    return _IN_RUN[code]


def _answers(signoff: SignOff, one: Foreseen, known: dict[str, Fact]) -> bool:
    """Tell whether a sign-off says that it mends an item; whether it counts is for a verification."""
    remedy, code = one.finding.code.remedy, one.finding.code.name
    if code == "approval.missing":
        return signoff.decision == "approve" and signoff.role == known["role"]
    if remedy is Remedy.APPROVE:
        return signoff.decision == "approve" and one.seq in signoff.covers
    if remedy is Remedy.REMEDIATE:
        return signoff.deviation is not None and signoff.deviation.seq == one.seq
    if remedy is Remedy.SUPPLY:
        places = {(item.step, item.number, item.slot) for item in signoff.evidence}
        return (known["step"], known["pass"], known["slot"]) in places
    if remedy is Remedy.ATTEST:
        return signoff.attests is not None and signoff.attests.actor == known["actor"]
    return False
