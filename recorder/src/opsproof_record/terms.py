"""What a trade calls things: the terms of a domain pack, and the plain words where it has none.

The command line, the guided run and the Flight Recorder ask for a term and show what comes back; no decision depends on
it. ``docs/guides/packs.md`` lists the keys.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from opsproof_verify.contract import Contract

#: Each key with its plain word.
PLAIN = {
    "procedure": "procedure",
    "run": "run",
    "runs": "runs",
    "subject": "subject",
    "step": "step",
    "steps": "steps",
    "pass": "pass",
    "operator": "operator",
    "agent": "agent",
    "device": "device",
    "value": "value",
    "values": "values",
    "limits": "limits",
    "instrument": "instrument",
    "evidence": "evidence",
    "check": "check",
    "checker": "checker",
    "hold-point": "hold point",
    "release": "release",
    "authorisation": "authorisation",
    "deviation": "deviation",
    "deviations": "deviations",
    "remediation": "remediation",
    "correction": "correction",
    "note": "note",
    "skip": "skipped",
    "seal": "seal",
    "sign-off": "sign-off",
    "sign-offs": "sign-offs",
}


@dataclass(frozen=True, slots=True)
class Terms:
    """The words of one trade; ``Terms()`` has the plain ones."""

    words: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, contract: Contract) -> Terms:
        """Give the words of a contract's domain pack."""
        return cls(contract.pack.terms if contract.pack else {})

    def __call__(self, key: str) -> str:
        """Give the word for a key of :data:`PLAIN`; any other key is an error of the program (``KeyError``)."""
        plain = PLAIN[key]
        return self.words.get(key, plain)
