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
    "attestation.missing": True, "signoff.before-seal": True, "signoff.key-not-valid": True, "approval.self": True,
    "approval.missing": True, "deviation.not-remediated": True, "deviation.not-closed": True,
}  # fmt: skip


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
        parts.append(_table(f"[rules.{json.dumps(rule)}]", {k: text(v) for k, v in settings.items()}))
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
        if rule == "attestation.late":
            settings = {"max-waiting": 10000, "at-once": [], **settings}
            settings["at-once"] = sorted(settings["at-once"])
        rules[rule] = settings
    form = {
        "unevaluable": "own", "approvers": "trust", "retired-keys": "claimed", "contract-approval": {"count": 1},
        **data, "rules": rules,
        "approvals": [_need(need) for need in data.get("approvals", [])],
        "rulings": [_sorted(ruling) for ruling in data["rulings"]],
    }  # fmt: skip
    form["contract-approval"] = _sorted(form["contract-approval"])
    return _sorted(form, "sealing-roles")


def _need(need: dict[str, Any]) -> dict[str, Any]:
    """Write the defaults of an approval need out."""
    defaults = {"independent-of": ["author", "performer"], "after": [], "blind": False, "redacted": False}
    return _sorted({**defaults, **need})


def _sorted(table: dict[str, Any], *names: str) -> dict[str, Any]:
    """Bring the sets of a table into ascending order."""
    sets = names or ("roles", "independent-of", "after", "severity", "reasons")
    return {key: sorted(item) if key in sets and isinstance(item, list) else item for key, item in table.items()}
