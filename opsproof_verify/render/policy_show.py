"""`policy show`: a policy as pages that an auditor can read aloud, and as JSON."""

from __future__ import annotations

from typing import cast

from opsproof_verify.canonical import decode
from opsproof_verify.policy import Policy
from opsproof_verify.policy_tools.differences import never_final
from opsproof_verify.register import CODES, RULES, Severity
from opsproof_verify.render.escape import printable
from opsproof_verify.render.json_form import Json, encode
from opsproof_verify.render.layout import Page
from opsproof_verify.render.messages import TEXTS
from opsproof_verify.render.policy_words import condition, count, either, level, need, parameters, serves

WIDTH = 80
_RULE = 31  # columns for the name of a rule

_LEVELS: tuple[tuple[Severity | None, str], ...] = (
    (Severity.FAIL, "FAIL: hard stops"),
    (Severity.PROVISIONAL, "PROVISIONAL: open until mended after the seal"),
    (Severity.NOTE, "note: reported, the verdict stays"),
    (None, "off: not looked at, and why"),
)
_WORDS = {
    ("unevaluable", "own"): "counts as a violation, at the rule's own level",
    ("unevaluable", "provisional"): "leaves the bundle PROVISIONAL",
    ("approvers", "trust"): "people of the trust file alone",
    ("approvers", "roster"): "people of the trust file, and of the run's own roster",
    ("retired-keys", "claimed"): "keep what they signed before, by the signer's own clock",
    ("retired-keys", "witnessed"): "keep what a witness shows to have been signed before",
}
_RULINGS = {
    "block": "block: work stops until somebody releases it, and somebody closes it",
    "review": "review: work goes on, and somebody closes it",
    "allow": "allow: nothing more is asked",
}


def render_policy(policy: Policy) -> str:
    """Give a policy in plain language, in 80 columns."""
    page = Page(WIDTH, colour=False)
    page.line(f"POLICY {policy.id} {policy.version}")
    page.text(printable(policy.title), 0)
    page.line()
    page.term("Digest", policy.digest.hex())
    _put_decides(page, policy)
    _put_contract(page, policy)
    for severity, title in _LEVELS:
        _put_rules(page, policy, severity, title)
    _put_fixed(page, policy)
    _put_approvals(page, policy)
    page.heading("Rulings on deviations: the first row that fits decides")
    for number, row in enumerate(policy.rulings, 1):
        which = f"A deviation {condition(row.where)}" if row.where.conditions else "Any other deviation"
        page.text(f"{which}: {_RULINGS[row.ruling]}.", 6, f"  {number:>2}. ")
    return str(page)


def policy_json(policy: Policy) -> bytes:
    """Give the canonical form (SPEC 8.2-1) as JSON, with the digest that its CBOR has."""
    form = cast("Json", decode(policy.encode()))  # no policy holds byte strings
    return encode({"format": "opsproof-policy/1", "digest": policy.digest.hex(), "policy": form})


def _put_decides(page: Page, policy: Policy) -> None:
    """Say how a verdict comes about."""
    page.heading("What decides")
    page.text(
        "A bundle that violates a rule under FAIL is FAIL; one that violates a rule under PROVISIONAL is PROVISIONAL "
        "until that is mended; otherwise, if it is intact and all approvals are given, it is FINAL."
    )
    if never_final(policy):
        page.text("No approval is always needed: under this policy no bundle is FINAL.")
    page.term("Unjudged", f"what cannot be judged {_WORDS['unevaluable', policy.unevaluable]}")
    page.term("Approvers", _WORDS["approvers", policy.approvers])
    page.term("Retired", f"keys {_WORDS['retired-keys', policy.retired_keys]}")
    roles = "the roles that the contract names"
    if policy.sealing_roles is not None:
        roles = f"those of {roles} that are {either(policy.sealing_roles)}"
    page.term("Seal", f"by {roles}")


def _put_contract(page: Page, policy: Policy) -> None:
    """Say who approves the contract."""
    page.heading("Before the run: approval of the contract")
    roles = "in any role" if policy.contract_roles is None else f"in the role {either(policy.contract_roles)}"
    people = count(policy.contract_count, "person", "people")
    page.text(f"{people} of the trust file {roles}, other than its author: rule contract.unapproved.")


def _put_rules(page: Page, policy: Policy, severity: Severity | None, title: str) -> None:
    """Put the rules of one level: what each demands, for what it has another level, what it serves."""
    rules = [rule for rule in RULES if policy.rules[rule].level is severity]
    if not rules:
        return
    page.heading(title)
    for rule in rules:
        setting = policy.rules[rule]
        said = [TEXTS[rule].meaning, *parameters(rule, setting)]
        if setting.reason is not None:
            said = [f"{printable(setting.reason)}{'' if setting.reason.endswith('.') else '.'}"]
        for number, row in enumerate(setting.when):
            first = "But" if number == 0 else "Otherwise,"
            why = "" if row.reason is None else f" ({printable(row.reason)})"
            said.append(f"{first} {condition(row.where)}: {level(row.level)}{why}.")
        if rule in policy.serves:
            said.append(serves(policy.serves[rule]))
        page.term(rule, " ".join(said), 2, _RULE)


def _put_fixed(page: Page, policy: Policy) -> None:
    """Put the codes of fixed severity that the policy says serve something (SPEC 8.7-1)."""
    fixed = [code for code in CODES if code in policy.serves and code not in RULES]
    if not fixed:
        return
    page.heading("Fixed: no policy changes these")
    for code in fixed:
        page.term(code, f"{TEXTS[code].meaning} {serves(policy.serves[code])}", 2, _RULE)


def _put_approvals(page: Page, policy: Policy) -> None:
    """Put the approvals."""
    page.heading("Approvals after the seal")
    if not policy.approvals:
        page.text("None.")
    for one in policy.approvals:
        clauses = [serves(one.serves)] if one.serves else []
        page.text(" ".join([f"{one.id}:", *need(one, policy.approvers), *clauses]), 6, "  ")
    if len(policy.approvals) > 1:
        page.text("Each person serves one approval only.")
