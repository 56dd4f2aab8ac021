"""The sentences of `trust lint` about a trust file that can be used: what is doubtful, and what to do."""

from __future__ import annotations

from opsproof_verify.render.escape import printable
from opsproof_verify.sshsig import fingerprint
from opsproof_verify.trust_tools.warnings import Doubt

_SENTENCES = {
    "long-lived": (
        "{days} days after issued, more than {most}: for so long nobody learns of a key that was lost; renew the file "
        "more often"
    ),
    "every-contract": "{person} may sign every contract of every firm; name prefixes such as acme.*",
    "endless": "the key of {person} never ends; give the time at which it is to be renewed",
    "revoked-unlisted": (
        "{key} is no key of an issuer, approver or witness here, so it is revoked only where a contract enrols it; "
        "nothing is to be done if that is meant"
    ),
    "witness-less": (
        "none: all times are claims of whoever signed, and what was signed under a compromised key cannot be saved; "
        "add a witness if the firm has one"
    ),
}


def warning(one: Doubt) -> str:
    """Give the sentence of a warning, without its place."""
    return _SENTENCES[one.word].format(**{name: _fact(value) for name, value in one.facts.items()})


def _fact(value: object) -> str:
    return fingerprint(value) if isinstance(value, bytes) else printable(str(value))
