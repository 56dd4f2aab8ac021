"""Writes trust stores and policies as TOML, and policies in canonical form (SPEC 7, 8)."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from . import crypto

#: Rules of vocabulary 1 and whether they can be mended (SPEC 10): only these may be provisional.
RULES = {
    "contract.unapproved": False, "contract.not-in-force": False, "step.unknown": False, "step.unfinished": False,
    "step.out-of-order": False, "step.not-released": False, "step.skip-unexplained": True, "value.missing": False,
    "value.invalid": False, "value.overwritten": False, "correction.mismatch": False, "time.not-monotonic": False,
    "time.outside-run": False, "time.after-verification": False, "gap.unexplained": True, "actor.wrong-role": False,
    "actor.not-valid": False, "agent.approval": False, "check.missing": False, "check.not-independent": False,
    "evidence.absent": True, "evidence.missing": True, "evidence.unfit": False, "deviation.missing": False,
    "deviation.unknown-reason": False, "deviation.understated": False, "deviation.unruled": False,
    "deviation.wrong-ruling": False, "deviation.continued": False, "attestation.late": False, "trust.stale": False,
    "action.unauthorised": False,
    "contract.no-retention": False, "time.repeated": False, "time.clock-unstated": False,
    "time.clock-changed-silently": False, "entry.late-unexplained": True, "void.unauthorised": False,
    "actor.unqualified": True, "check.late": False, "check.outdated": True, "instrument.missing": True,
    "instrument.out-of-calibration": True, "evidence.undescribed": True, "evidence.reused": True, "evidence.late": True,
    "custody.broken": True, "custody.not-received": True, "deviation.late": True, "deviation.premature": True,
    "agent.undescribed": False, "action.by-principal": False,
    "attestation.missing": True, "signoff.before-seal": True, "signoff.key-not-valid": True, "approval.self": True,
    "approval.missing": True, "deviation.not-remediated": True, "deviation.not-closed": True,
    "seal.key-not-trusted": True, "seal.not-witnessed": True, "seal.witnessed-late": False,
    "redaction.unexplained": True, "signoff.not-authenticated": True, "signoff.delegation-invalid": True,
    "signoff.other-policy": True, "approval.late": False,
}  # fmt: skip

#: Rules that demand what most records do not have; off in the base policy.
DEMANDING = {
    "contract.no-retention", "time.clock-unstated", "evidence.undescribed", "seal.key-not-trusted",
    "seal.not-witnessed", "signoff.not-authenticated", "agent.undescribed", "redaction.unexplained",
    "deviation.premature", "seal.witnessed-late", "check.outdated", "check.late", "time.clock-changed-silently",
    "custody.not-received", "evidence.reused",
}  # fmt: skip

#: Parameters of rules and their defaults (SPEC 9.10, 9.11).
PARAMETERS: dict[str, dict[str, Any]] = {
    "attestation.late": {"max-waiting": 10000, "at-once": []},
    "time.repeated": {"max-same": 10},
    "entry.late-unexplained": {"max-lag": 300_000},
    "evidence.undescribed": {"members": ["captured", "copy", "source"]},
    "evidence.late": {"max-lag": 300_000},
    "deviation.late": {"max-delay": 86_400_000},
    "seal.witnessed-late": {"within": 86_400_000},
    "signoff.not-authenticated": {"min-factors": 2, "max-age": 900_000},
}


def date(ms: int) -> str:
    """Write milliseconds since 1970 as a TOML date-time."""
    whole = datetime.fromtimestamp(ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{whole}.{ms % 1000:03}Z" if ms % 1000 else whole + "Z"


def text(value: Any) -> str:
    """Write a value of TOML."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "[" + ", ".join(text(part) for part in value) + "]"
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{json.dumps(key)} = {text(part)}" for key, part in value.items()) + " }"
    if isinstance(value, str) and "\n" in value:
        return f'"""\n{value}"""'
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else str(value)


def _table(name: str, pairs: dict[str, Any]) -> str:
    """Write a table with its header."""
    return "\n".join([name, *(f"{key} = {value}" for key, value in pairs.items())]) + "\n"


def trust(store: dict[str, Any], form: str) -> str:
    """Write a trust store; byte strings are keys or digests, integers named like times are dates."""

    def value(name: str, item: Any) -> str:
        if name == "key":
            key = item if isinstance(item, bytes) else crypto.public(item)
            return {"ssh": text(crypto.ssh(key, "test")), "hex": text(key.hex()), "pem": text(crypto.pem(key))}[form]
        if name in ("issued", "next-update", "valid-from", "valid-until", "at"):
            return date(item)
        if name == "hash":
            return text(item.hex())
        if name == "accepted-policies":
            return text(["sha256:" + digest.hex() for digest in item])
        return text(item)

    tops = {name: value(name, item) for name, item in store.items() if not isinstance(item, list | dict)}
    parts = ["\n".join(f"{name} = {item}" for name, item in tops.items()) + "\n"]
    for name, item in store.items():
        if isinstance(item, list):
            parts += [_table(f"[[{name}]]", {key: value(key, row[key]) for key in row}) for row in item]
        elif isinstance(item, dict):
            parts += [_table(f"[{name}.{key}]", {k: text(v) for k, v in row.items()}) for key, row in item.items()]
    return "\n".join(parts)


def policy(data: dict[str, Any]) -> str:
    """Write a policy; ``rules`` lists those that differ from the default level."""
    tops = {key: text(item) for key, item in data.items() if not isinstance(item, dict) and key not in _LISTS}
    parts = ["\n".join(f"{key} = {item}" for key, item in tops.items()) + "\n"]
    if "contract-approval" in data:
        parts.append(_table("[contract-approval]", {k: text(v) for k, v in data["contract-approval"].items()}))
    for rule, settings in data["rules"].items():
        head = f"rules.{json.dumps(rule)}"
        parts.append(_table(f"[{head}]", {k: text(v) for k, v in settings.items() if k != "when"}))
        parts += [_table(f"[[{head}.when]]", {k: text(v) for k, v in row.items()}) for row in settings.get("when", [])]
    if data.get("serves"):
        parts.append(_table("[serves]", {json.dumps(code): text(lines) for code, lines in data["serves"].items()}))
    for name in _LISTS:
        rows = data.get(name, [])
        parts += [_table(f"[[{name}]]", {key: text(item) for key, item in row.items()}) for row in rows]
    return "\n".join(parts)


_LISTS = ("approvals", "rulings")


def canonical(data: dict[str, Any]) -> dict[str, Any]:
    """Give the canonical form as a map (SPEC 8.2): defaults written out, every rule, sets ascending."""
    rules = {}
    for rule in RULES:
        settings = dict(data["rules"].get(rule, {"level": data["default-level"]}))
        settings = {**PARAMETERS.get(rule, {}), **settings}
        if "when" in settings:
            settings["when"] = [_sorted(row) for row in settings["when"]]
        rules[rule] = _sorted(settings)
    form = {
        "unevaluable": "own", "approvers": "trust", "retired-keys": "claimed", "contract-approval": {"count": 1},
        "serves": {},
        **data, "rules": rules,
        "approvals": [_need(need) for need in _in_order(data.get("approvals", []))],
        "rulings": [_sorted(ruling) for ruling in data["rulings"]],
    }  # fmt: skip
    form["contract-approval"] = _sorted(form["contract-approval"])
    form["serves"] = {code: sorted(clauses) for code, clauses in form["serves"].items()}
    return _sorted(form)


def _in_order(needs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Bring approval needs into their order (SPEC 8.2-1); what waits for itself or for nobody comes last."""
    left, stand = sorted(needs, key=lambda need: str(need["id"])), list[dict[str, Any]]()
    while left:
        known = {need["id"] for need in stand}
        following = next((need for need in left if known.issuperset(need.get("after", []))), left[0])
        left.remove(following)
        stand.append(following)
    return stand


def _need(need: dict[str, Any]) -> dict[str, Any]:
    """Write the defaults of an approval need out."""
    defaults = {
        "independent-of": ["author", "performer"], "after": [], "last-word": True, "blind": False, "redacted": False,
        "serves": [],
    }  # fmt: skip
    full = _sorted({**defaults, **need})
    if "when-deviation" in full:
        full["when-deviation"] = {"count": 1, **full["when-deviation"]}
    return {key: _sorted(part) if isinstance(part, dict) else part for key, part in full.items()}


#: Members of a policy that are sets of texts.
_SETS = frozenset({
    "after", "at-once", "independent-of", "kinds", "members", "reasons", "roles", "sealing-roles", "serves", "severity",
    "steps", "tags",
})  # fmt: skip


def _sorted(table: dict[str, Any]) -> dict[str, Any]:
    """Bring the sets of a table into ascending order."""
    return {key: sorted(item) if key in _SETS and isinstance(item, list) else item for key, item in table.items()}
