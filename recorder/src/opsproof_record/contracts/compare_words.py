"""How a difference between two contracts is said: values as people read them, and what it means where that is plain."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from decimal import Decimal

from opsproof_verify import fields
from opsproof_verify.contract import SEVERITIES

from opsproof_record.contracts.toml_write import duration, moment
from opsproof_record.signing.public_keys import fingerprint

ABSENT = "(none)"
_TIMES = ("not-before", "not-after")
_LEVELS = ("off", "note", "provisional", "fail")
_COUNTS = ("min", "max", "count", "max-waiting")
_PLAIN = (fields.ID, fields.DECIMAL, fields.MEDIA)
_ORDERED = {"severity": SEVERITIES, "level": _LEVELS, "default-level": _LEVELS}
#: Members of a step that demand more with each item, and less without it.
_DEMANDS = ("qualifications", "instruments")


def say(name: str, value: object) -> str:
    """Give the value of a member on one line."""
    if value is None:
        return ABSENT
    if name in _TIMES and isinstance(value, list) and len(value) == 2:
        return _time(value)
    if isinstance(value, bytes):
        return fingerprint(value) if name == "key" else f"sha256 {value.hex()}" if len(value) == 32 else _digest(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name == "max-ms" and isinstance(value, int):
        return duration(value).strip('"')
    if isinstance(value, list):
        return ", ".join(say("", item) for item in value) or ABSENT
    if isinstance(value, dict):
        return ", ".join(f"{key} {say(key, item)}" for key, item in value.items()) or ABSENT
    if isinstance(value, str) and not any(plain.fullmatch(value) for plain in _PLAIN):
        return f'"{value}"'
    return str(value)


def _time(value: list[int]) -> str:
    try:
        return moment(value)
    except (OverflowError, ValueError):  # a year or an offset that no calendar has
        return f"{value[0]} ms after 1970, offset {value[1]} min"


def _digest(value: bytes) -> str:
    return f"{len(value)} bytes, sha256 {hashlib.sha256(value).hexdigest()}"


def meaning(path: tuple[str, ...], old: object, new: object) -> str:
    """Say what a changed member means, such as "wider"; empty where that is not plain. None stands for no member."""
    name = path[-1]
    if isinstance(old, list | None) and isinstance(new, list | None) and name not in _TIMES:
        listed = _of_lists(old or [], new or [])
        return f"{listed}: {_of_demands(old or [], new or [])}" if path[0] == "steps" and name in _DEMANDS else listed
    if "values" in path and name in {"min", "max"}:
        return _of_limit(name, old, new)
    words = _ORDERED.get(name, ())
    if old in words and new in words:
        return "stricter" if words.index(str(new)) > words.index(str(old)) else "milder"
    if name == "max-ms":
        return _of_number(old, new, "a time limit now", "no time limit any more", ("longer", "shorter"))
    if name in _COUNTS and isinstance(old, int) and isinstance(new, int):
        return "more" if new > old else "fewer"
    said = _FLAGS.get(name)
    return "" if said is None else said[0] if new else said[1]


#: What a flag means that is there now, and that is there no longer.
_FLAGS = {
    "critical": ("an independent check is demanded now", "no independent check is demanded any more"),
    "optional": ("may be left out now", "may not be left out any more"),
    "remediation": ("remediation is demanded now", "no remediation is demanded any more"),
}


def _of_limit(name: str, old: object, new: object) -> str:
    if not isinstance(old, str) or not isinstance(new, str):
        return "narrower" if old is None else "wider"
    before, after = Decimal(old), Decimal(new)
    if before == after:
        return "the same number"
    return "wider" if (after < before) == (name == "min") else "narrower"


def _of_number(old: object, new: object, come: str, gone: str, words: tuple[str, str]) -> str:
    if not isinstance(old, int) or not isinstance(new, int):
        return come if old is None else gone
    return words[0] if new > old else words[1]


def _of_lists(old: list[object], new: list[object]) -> str:
    """Say which items came and went, or that only their order changed."""
    come, gone = [item for item in new if item not in old], [item for item in old if item not in new]
    if not come and not gone:
        return "another order"
    return " ".join([f"+{say('', item)}" for item in come] + [f"-{say('', item)}" for item in gone])


def _of_demands(old: list[object], new: list[object]) -> str:
    """Say whether more is demanded than before, or less."""
    come, gone = any(item not in old for item in new), any(item not in new for item in old)
    return "stricter and milder" if come and gone else "stricter" if come else "milder" if gone else "the same"


def ruling(row: dict[str, object]) -> str:
    """Give a ruling of a policy as a sentence; one of a form that is not known, as it is."""
    tests: dict[str, Callable[[object], str]] = {
        "severity": lambda value: f"severity is {say('', value)}",
        "reasons": lambda value: f"reason is {say('', value)}",
        "critical": lambda value: f"a critical step is {'' if value else 'not '}concerned",
        "steps": lambda value: f"step is {say('', value)}",
        "tags": lambda value: f"a step is tagged {say('', value)}",
        "roles": lambda value: f"raised with the role {say('', value)}",
        "kinds": lambda value: f"raised by a {say('', value)}",
    }
    if not {"ruling"} <= row.keys() <= {"ruling", *tests}:
        return say("", row)
    conditions = [test(row[name]) for name, test in tests.items() if name in row]
    return f"{' and '.join(conditions) or 'anything else'}: {row['ruling']}"
