"""From a finding to its sentence, and from a code to its explanation; the words stand in `texts` (SPEC 10-2).

A sentence is filled with the facts of the finding. A fact that it has no place for is added in brackets
behind it, a hash shortened; one that it needs and does not have leaves out its part in square brackets or
reads `?`. All of it passes through `printable`: nothing in a bundle can move the cursor or turn the direction
of a line.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from opsproof_verify.findings import Fact, Finding
from opsproof_verify.policy_parts import PARAMETERS
from opsproof_verify.register import CODES, RULES, Code, Remedy, Speaks, Stops
from opsproof_verify.render.escape import printable
from opsproof_verify.render.texts import (
    Text,
    closure,
    container,
    contract,
    integrity,
    rules,
    rules_deviations,
    rules_evidence,
    rules_people,
    rules_work,
)
from opsproof_verify.render.texts.kinds import KINDS
from opsproof_verify.render.texts.parts import OWED, PHRASES
from opsproof_verify.render.times import duration, rfc3339
from opsproof_verify.report import Owed
from opsproof_verify.selectors import CONDITIONS

TEXTS: dict[str, Text] = {
    **container.TEXTS,
    **contract.TEXTS,
    **integrity.TEXTS,
    **rules.TEXTS,
    **rules_work.TEXTS,
    **rules_people.TEXTS,
    **rules_evidence.TEXTS,
    **rules_deviations.TEXTS,
    **closure.TEXTS,
}

#: How the six classes of SPEC 10 are called wherever a person reads them.
CLASSES = {
    Speaks.ALTERED: "altered",
    Speaks.MALFORMED: "malformed",
    Speaks.UNREADABLE: "unreadable by this version",
    Speaks.UNTRUSTED: "untrusted",
    Speaks.INCOMPLETE: "incomplete",
    Speaks.UNMET: "not met",
}

_REMEDIES = {
    Remedy.ACCEPT: "accept: whoever keeps the trust file adds what it lacks",
    Remedy.DISCLOSE: "disclose: obtain what is withheld or not given",
    Remedy.ATTEST: "attest: the actor signs late",
    Remedy.SUPPLY: "supply: a sign-off adds the evidence",
    Remedy.REMEDIATE: "remediate: a sign-off shows what was done, with evidence",
    Remedy.WITNESS: "witness: a witness of the trust file signs the seal",
    Remedy.WITHDRAW: "withdraw: the signer takes the sign-off back",
    Remedy.APPROVE: "approve: at provisional, an approval that covers the entry, by nobody responsible for it",
}

#: Codes that an approval mends in another way than SPEC 8.3-5 says.
_APPROVED = {
    "approval.missing": "approve: the approvals that the policy asks for",
    "deviation.not-closed": "approve: an approval that covers the deviation, by nobody who remediated it",
}

_STOPS = {
    Stops.CLOSURE: "sign-offs are not judged (phase 8)",
    Stops.RULES: "rules and sign-offs are not judged (phases 7 and 8)",
    Stops.ALL: "signatures, rules and sign-offs are not judged (phases 5, 7 and 8)",
}

#: Facts whose integers are numbers of entries, written as the anchors `e17` of every view.
_ENTRIES = frozenset({"seq", "entries", "entry", "covers", "deviation", "before", "checked"})

#: Facts whose integers are milliseconds: how long, and for the last one how long before the signature.
_DURATIONS = frozenset({"back", "delay", "lag", "late"})
_AGE = "age"

#: Parameters that are durations.
_SPANS = frozenset({"max-lag", "max-delay", "within", "max-age"})

#: A fact whose integer is a time, in milliseconds since 1970.
_TIME = "by"

#: Facts that are words of the verifier, not of the record.
_PHRASED = frozenset({"why", "what", "missing"})

#: Those of them that stand without their name.
_NAMELESS = frozenset({"why", "what"})

#: What selectors may look at (SPEC 8.6-1), by the marks of the register.
_LOOKS = {"s": "the step", "a": "the actor", "d": "the deviation"}

_HASH = re.compile(r"[0-9a-f]{64}")
_OPTIONAL = re.compile(r"\[([^\]]*)\]")
_PLACE = re.compile(r"\{([^}|]*)(?:\|([^}|]*)\|([^}|]*))?\}")


#: Gives a text in another language, by its key and the English text.
Translate = Callable[[str, str], str]


def english(_: str, text: str) -> str:
    """Give the English text itself."""
    return text


def sentence(found: Finding, translate: Translate = english) -> str:
    """Give the sentence about a finding, with every fact that it carries."""
    return fill(_template(found, translate), dict(found.subject), _phrased(found, translate), translate)


def brief(found: Finding, translate: Translate = english) -> str:
    """Give the sentence about a finding without the facts that it has no place for."""
    known = {**dict(found.subject), **_phrased(found, translate)}
    return fill(_template(found, translate), known, {}, translate)


def owing(owed: Owed, translate: Translate = english) -> str:
    """Give the sentence about an item of the closing set (SPEC 9.12)."""
    return fill(translate(f"owed.{owed.need}", OWED[owed.need]), {}, dict(owed.facts), translate)


def _template(found: Finding, translate: Translate) -> str:
    return translate(f"finding.{found.code.name}", TEXTS[found.code.name].sentence)


def _phrased(found: Finding, translate: Translate) -> dict[str, Fact]:
    """Give the facts, with the bare words of the verifier as phrases."""
    facts = dict(found.facts)
    for name in _PHRASED & facts.keys():
        word = facts[name]
        if isinstance(word, str):
            key = next((key for key in (f"{found.code.name} {word}", word) if key in PHRASES), None)
            facts[name] = word if key is None else translate(f"phrase.{key}", PHRASES[key])
    return facts


def fill(template: str, subject: dict[str, Fact], facts: dict[str, Fact], translate: Translate = english) -> str:
    """Fill a template: ``{name}``, ``{number|thing|things}``, ``[left out if a name in it is not known]``."""
    known = {**subject, **facts}
    used: set[str] = set()

    def place(match: re.Match[str]) -> str:
        name, one, many = match.groups()
        used.add(name)
        value = fact(name, known[name], translate) if name in known else "?"
        return value if one is None else f"{value} {one if value == '1' else many}"

    def optional(match: re.Match[str]) -> str:
        names = [name for name, _, _ in _PLACE.findall(match[1])]
        used.update(names)
        return match[1] if all(known.get(name, "") != "" for name in names) else ""

    text = _PLACE.sub(place, _OPTIONAL.sub(optional, template))
    rest = [named(name, value, translate) for name, value in facts.items() if name not in used]
    return f"{text} ({', '.join(rest)})" if rest else text


def fact(name: str, value: Fact, translate: Translate = english) -> str:
    """Give one fact as text that is safe to look at."""
    if isinstance(value, bool):
        return translate("fact.yes", "yes") if value else translate("fact.no", "no")
    if isinstance(value, tuple):
        return ", ".join(fact(name, part, translate) for part in value) or translate("fact.none", "none")
    return _number(name, value, translate) if isinstance(value, int) else printable(value)


def _number(name: str, value: int, translate: Translate) -> str:
    """Give an integer as what it stands for: an entry, a duration, a time, a number."""
    if name in _ENTRIES:
        return f"e{value}"
    if name in _DURATIONS:
        return duration(value)
    if name == _AGE:
        order = translate("fact.after", "after") if value < 0 else translate("fact.before", "before")
        return f"{duration(abs(value))} {order}"
    return rfc3339(value) if name == _TIME else str(value)


def named(name: str, value: Fact, translate: Translate = english) -> str:
    """Give a fact with its name; a hash is shortened, since it stands whole in the JSON report."""
    text = fact(name, value, translate)
    if _HASH.fullmatch(text):
        text = f"{text[:12]}..."
    return text if name in _NAMELESS else f"{translate(f'fact-name.{name}', words(name))} {text}"


def words(name: str) -> str:
    """Give the name of a fact as words."""
    return "sign-off" if name == "signoff" else printable(name.replace("-", " ").replace("_", " "))


def explain(code: str) -> list[tuple[str, str]]:
    """Give headed paragraphs about a code: the register's columns and the texts."""
    row, text = CODES[code], TEXTS[code]
    facts = [
        ("Clause", f"OPV-{row.clause} of SPEC.md"),
        ("Severity", severity(code)),
        ("Class", CLASSES[row.speaks]),
        ("Which says", KINDS[row.speaks]),
    ]
    if row.remedy is not Remedy.NONE:
        facts.append(("Remedy", _APPROVED.get(code) or _REMEDIES[row.remedy]))
    elif row.severity is None:
        facts.append(("Remedy", "none once the run is sealed, so it cannot be provisional"))
    if row.stops is not Stops.NOTHING:
        facts.append(("Then", _STOPS[row.stops]))
    marks = (("entries are withheld", row.entries), ("no --at is given", row.time))
    blind = [why for why, mark in marks if mark]
    if blind:
        facts.append(("Unevaluated", f"if {' or '.join(blind)}"))
    if code in RULES:
        facts.append(("Selectors", _looks(row)))
    if code in PARAMETERS:
        facts.append(("Parameters", "; ".join(f"{name}, default {_default(code, name)}" for name in PARAMETERS[code])))
    return [*facts, ("Meaning", text.meaning), ("Causes", text.causes), ("What to do", text.action)]


def severity(code: str) -> str:
    """Say who sets the severity of a code."""
    if code == "rule.not-evaluated":
        return "that of the rule that could not be evaluated"
    row = CODES[code]
    if row.severity is not None:
        return f"{row.severity}, fixed: no policy changes it"
    return "set by the policy, but not below provisional" if row.hides else "set by the policy"


def _looks(row: Code) -> str:
    """Say what rows of `when` may look at, and by which conditions (SPEC 8.6-4)."""
    if not row.selects:
        return "none: `when` has nothing to look at, so the level is the same for all"
    looks = (
        f"{_LOOKS[mark]} ({', '.join(name for name, looked in CONDITIONS.items() if looked == mark)})"
        for mark in row.selects
    )
    return f"`when` may look at {'; '.join(looks)}"


def _default(code: str, name: str) -> str:
    """Give the default of a parameter as a policy would write it."""
    value = PARAMETERS[code][name]
    if isinstance(value, tuple):
        return ", ".join(value) or "none"
    return duration(value) if name in _SPANS else str(value)
