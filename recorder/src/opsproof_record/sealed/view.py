"""What somebody looks at before signing: a sealed run with its matters and, unless they go blind, a report on it.

It comes from the bundle itself, which is then verified here, or from a request that somebody else made of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field

from opsproof_verify.contract import Contract, Member
from opsproof_verify.entries import Entry
from opsproof_verify.fields import Ref
from opsproof_verify.findings import Rejected
from opsproof_verify.merkle import leaf_hash
from opsproof_verify.parse_entry import parse_entry
from opsproof_verify.policy import Policy
from opsproof_verify.records import Seal, SignOff
from opsproof_verify.register import Remedy, Severity
from opsproof_verify.render.json_report import render_json
from opsproof_verify.report import Report
from opsproof_verify.trust import TrustStore
from opsproof_verify.verify import verify

from opsproof_record.clock import Time
from opsproof_record.log.reading import Bundle
from opsproof_record.log.state import RunState
from opsproof_record.sealed import matters
from opsproof_record.sealed.matters import COVERABLE, Matters


@dataclass(frozen=True, slots=True)
class Said:
    """What the maker of a request says beside the report: under which trust file it was found, and a remark."""

    trust: str
    digest: str
    text: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A sealed run as a signer sees it; ``report`` is None for one who goes blind, ``said`` for one with the bundle.

    ``vouched`` are the sign-offs whose signatures verify under a key that the signer's trust file or the contract has,
    ``policy`` is that of the report, if it is at hand, and ``pinned`` the digest of the contract's.
    """

    name: str
    contract: Contract
    seal: Seal
    seal_hash: bytes
    subject: dict[str, str]
    members: dict[str, Member]
    signoffs: dict[bytes, SignOff]
    vouched: frozenset[bytes]
    matters: Matters
    trust: TrustStore | None
    policy: Policy | None
    pinned: bytes
    report: Report | None
    report_digest: bytes
    said: Said | None = None
    state: RunState | None = None
    end: int = 0
    read: Callable[[int], bytes | None] = field(default=lambda _seq: None, repr=False)

    def entry(self, seq: int) -> tuple[Ref, Entry] | None:
        """Find an entry that can be seen here."""
        found = self.matters.find(seq)
        if found is not None:
            return found.ref, found.entry
        body = self.read(seq)
        try:
            return None if body is None else (Ref(seq, leaf_hash(body)), parse_entry(body))
        except Rejected:  # it is withheld in this copy
            return None

    def coverable(self) -> set[int]:
        """Give the entries at which an approval may find something to cover (SPEC 8.3-5, 8.4-5).

        By the report, as far as there is one; for one who goes blind, the deviations, skips and gaps that are seen.
        """
        if self.report is not None:
            return {seq for seq in coverable(self.report) if seq < self.seal.count}
        return {one.entry.seq for one in self.matters.entries if one.entry.kind in COVERABLE}

    def standing(self, *decisions: str) -> list[SignOff]:
        """Give the sign-offs of some decisions that nobody withdrew, as far as it can be seen here."""
        withdrawn = {(one.withdraws, one.person) for one in self.signoffs.values()}
        return [
            one
            for hash_, one in self.signoffs.items()
            if one.decision in decisions and (hash_, one.person) not in withdrawn
        ]

    def heads(self) -> list[bytes]:
        """Give the sign-offs that no other sign-off has seen, ascending (SPEC 6.9-2)."""
        return sorted(self.signoffs.keys() - {hash_ for one in self.signoffs.values() for hash_ in one.seen})


def look(bundle: Bundle, trust: TrustStore | None, policy: Policy | None, at: Time) -> View:
    """Look at a sealed bundle and, unless no trust file is given, verify it at a time."""
    state = bundle.state
    assert state.seal is not None  # noqa: S101 - `reading_sealed` saw to it
    report = verify(bundle.stream(), policy, trust, at=at[0]) if trust is not None else None
    return View(
        name=str(bundle.path),
        contract=state.contract,
        seal=state.seal,
        seal_hash=state.seal_hash,
        subject=state.subject,
        members=state.members,
        signoffs=state.signoffs,
        vouched=vouched(report),
        matters=matters.collect(bundle, coverable(report) if report is not None else ()),
        trust=trust,
        policy=policy or state.policy,
        pinned=state.policy_digest,
        report=report,
        report_digest=report_digest(report) if report is not None else b"",
        state=state,
        end=bundle.end,
        read=bundle.entry,
    )


def coverable(report: Report) -> set[int]:
    """Give the entries that an approval may cover by a report: what it finds there, deviations still to be closed."""
    seqs: list[object] = [
        dict(found.subject).get("seq")
        for found in report.findings
        if found.severity is Severity.PROVISIONAL and found.code.remedy is Remedy.APPROVE
    ]
    for owed in report.owed:  # findings are listed up to 100 of a code
        covers = dict(owed.facts).get("covers") if owed.need == "approve" else None
        seqs += covers if isinstance(covers, tuple) else ()
    seqs += [one.seq for one in report.deviations if one.closed is False]
    return {seq for seq in seqs if isinstance(seq, int)}


def vouched(report: Report | None) -> frozenset[bytes]:
    """Give the sign-offs of signers whom a report knows."""
    return frozenset() if report is None else frozenset(bytes.fromhex(one.hash) for one in report.signoffs)


def report_digest(report: Report) -> bytes:
    """Give the SHA-256 of the report: what `check --format json --at TIME | sha256sum` says."""
    return hashlib.sha256(render_json(report)).digest()
