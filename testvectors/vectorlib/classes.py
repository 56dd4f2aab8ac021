"""Classes of vectors: what is attacked, by the first word of the primary finding's code."""

from __future__ import annotations

from typing import Any

#: What a verifier that is blind to a class lets through.
CLASSES = {
    "sound": "nothing is wrong: a verifier that refuses one refuses honest records",
    "action": "software acts without leave, beyond it, or twice under one",
    "actor": "somebody writes who is not enrolled, has not the role, or no longer the key",
    "agent": "software checks, releases or approves",
    "approval": "an approval is missing, rejected, one's own, or counts though it must not",
    "assignment": "people join a run whom nobody entitled has let in",
    "attestation": "entries stand under a name whose holder did not sign them",
    "cbor": "one record has two encodings, or bytes that two parsers read differently",
    "chain": "entries are changed, moved, dropped, doubled or taken from another run",
    "check": "critical work is not checked, or by its performer",
    "contract": "the run follows another contract than the one that was signed and approved",
    "correction": "a recorded value is replaced so that the first one cannot be told",
    "cose": "a signature counts for another kind of record or another algorithm",
    "custody": "evidence is handed on by who has not got it, or to nobody",
    "deviation": "the run leaves its contract and nobody entitled has ruled on it or closed it",
    "entry": "the log begins, ends or leaves out what it must not",
    "evidence": "evidence is changed, swapped, unlisted, missing or not what was asked for",
    "expect": "a genuine bundle of another run is shown",
    "frame": "bytes that no rule accounts for ride along",
    "gap": "the recorder stood still and nobody says why",
    "identity": "one key speaks for two people",
    "instrument": "what is measured with is missing, or its calibration is over",
    "key": "a key under which anybody can sign",
    "label": "a file of another format or version is taken for a bundle",
    "limit": "a small file costs a verifier hours",
    "policy": "whoever is judged chooses the rules",
    "record": "a field is missing, unknown, of another type or out of range",
    "redaction": "who withholds does not say so, or not why",
    "reference": "a record names another that is not there",
    "rule": "what could not be judged passes for judged",
    "seal": "the seal is missing, of another run, or by somebody who may not seal",
    "signature": "a signature that does not verify, or of another key, counts",
    "signer": "somebody whom nobody knows, or another person, signs",
    "signoff": "a sign-off is replayed, cut out of the middle, or withdrawn by others",
    "step": "steps are skipped, out of order, unfinished or unreleased",
    "time": "times run backwards or lie outside the run",
    "trust": "a contract counts that nobody trusted has issued, or a stale list is believed",
    "value": "a value is missing, senseless or written over",
    "void": "what was recorded is made not to count by somebody who may not",
    "witness": "a clock that is unknown, not independent or of another run bounds a time",
}


def class_of(findings: list[Any]) -> str:
    """Give the class of a vector by its findings, the primary one first."""
    return str(findings[0][0]).split(".")[0] if findings else "sound"


def classes(table: list[dict[str, str]]) -> list[dict[str, Any]]:
    """Give each class with its rationale and the clauses of its codes."""
    return [
        {
            "class": name,
            "why": why,
            "clauses": [row["clause"] for row in table if row["code"].split(".")[0] == name],
        }
        for name, why in CLASSES.items()
    ]
