"""The parts of the text report that are about people and time: deviations, sign-offs, times."""

from __future__ import annotations

from opsproof_verify.findings import Time
from opsproof_verify.render.escape import printable
from opsproof_verify.render.layout import Page
from opsproof_verify.render.texts import parts
from opsproof_verify.render.times import rfc3339
from opsproof_verify.report import DeviationFacts, SignOffFacts, WitnessFacts

_AWARENESS = "acknowledge"
_SIGNATURES, _CLOSURE = 5, 8  # phases


def put_deviations(page: Page, deviations: tuple[DeviationFacts, ...]) -> None:
    """List the deviations and how they stand (SPEC 6.7)."""
    if not deviations:
        return
    page.heading("Deviations")
    for deviation in deviations:
        state = [parts.RULINGS[deviation.ruling]]
        if deviation.recorded is None:
            state.append("nothing ruled at the time")
        elif deviation.recorded != deviation.ruling:
            state.append(f"recorded as {parts.RULINGS[deviation.recorded]}")
        if deviation.remediated is not None:
            state.append("remediated" if deviation.remediated else "not remediated")
        if deviation.closed is not None:
            state.append("closed" if deviation.closed else "not closed")
        reason = printable(deviation.reason)
        page.term(f"e{deviation.seq}", f"{deviation.severity}, {reason}: {', '.join(state)}")


def put_signoffs(page: Page, signoffs: tuple[SignOffFacts, ...], not_run: frozenset[int]) -> None:
    """List the sign-offs with complete signature blocks, decisions apart from mere awareness (SPEC 6.9)."""
    page.heading("Sign-offs")
    judged = _CLOSURE not in not_run
    if not signoffs:
        page.text("Not judged." if _SIGNATURES in not_run else "None.")
    for signoff in signoffs:
        if signoff.decision != _AWARENESS:
            _put_signoff(page, signoff, judged=judged)
    aware = [signoff for signoff in signoffs if signoff.decision == _AWARENESS]
    if aware:
        page.line()
        page.text("Awareness only, which closes nothing:")
    for signoff in aware:
        _put_signoff(page, signoff, judged=judged)


def _put_signoff(page: Page, signoff: SignOffFacts, *, judged: bool) -> None:
    """Put one signature block: printed name, person, role, time, meaning (21 CFR 11.50)."""
    decision = parts.DECISIONS[signoff.decision]
    gone = "" if signoff.standing else " (withdrawn since)"
    page.text(f"{printable(signoff.name)} {decision}{gone}")
    page.term("person", f"{printable(signoff.person)}, in the role {printable(signoff.role)}", 4)
    page.term("time", f"{rfc3339(signoff.time.ms, signoff.time.offset)} (claimed)", 4)
    page.term("meaning", f'"{printable(signoff.meaning_text)}" ({printable(signoff.meaning)})', 4)
    if signoff.delegated_by is not None:
        page.term("on behalf", f"of {printable(signoff.delegated_by)}, by the delegation that it carries", 4)
    if signoff.authentication is not None:
        page.term("claims", authenticated(*signoff.authentication), 4)
    if signoff.covers:
        page.term("covers", ", ".join(f"e{seq}" for seq in signoff.covers), 4)
    if signoff.counts_for:
        page.term("counts for", ", ".join(printable(need) for need in signoff.counts_for), 4)
    elif judged and signoff.decision == "approve":
        page.term("counts for", "nothing that the policy asks for", 4)
    page.term("sign-off", signoff.hash, 4)


def authenticated(factors: tuple[str, ...], time: Time) -> str:
    """Say what a sign-off claims about how and when its signer was authenticated (SPEC 6.9-9)."""
    kinds = " and ".join(parts.FACTORS[factor] for factor in factors)
    return f"authentication by {kinds} at {rfc3339(time.ms, time.offset)}"


def put_times(page: Page, witnessed: tuple[WitnessFacts, ...]) -> None:
    """Say which times a witness signed; all others are claimed (SPEC 6.10)."""
    page.heading("Times")
    for witness in witnessed:
        time = rfc3339(witness.time.ms, witness.time.offset)
        page.text(f"{time}: witness {printable(witness.witness)} saw the {witness.target}", 4, "  - ")
        page.text(witness.hash, 4)
    others = "All other times" if witnessed else "All times"
    page.text(f"{others} are claimed by their writers; no witness signed them.")
