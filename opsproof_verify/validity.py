"""When a key counts (SPEC 7-4), and whose it is (SPEC 6.9-3, 9.6-10).

A key has a window, perhaps a revocation, and perhaps witnesses for what was signed under it. Invalidity takes away
favourable effects alone; whoever asks here is about to grant one.
"""

from __future__ import annotations

import math

from opsproof_verify.contract import Member
from opsproof_verify.ed25519 import thumbprint
from opsproof_verify.slotted import field, slotted
from opsproof_verify.trust import TrustStore, WitnessKey

#: Position in the run of what is not an entry: the contract and its approvals before all, the seal after all.
BEFORE_ALL, AFTER_ALL = -1, 2**63

#: The window of a key that has none.
ANY_TIME = (None, None)


@slotted()
class Witnessed:
    """Times that witnesses signed: of positions in the run, and of sign-offs with their ancestors."""

    positions: list[tuple[int, int]] = field(default_factory=list)  # position, ms
    signoffs: dict[bytes, int] = field(default_factory=dict)  # hash: earliest ms, ancestors included

    def position(self, position: int) -> int | None:
        """Give the earliest witnessed time of an entry, or of the contract or seal (SPEC 6.10-3)."""
        return min((ms for covered, ms in self.positions if covered >= position), default=None)


class Validity:
    """Decides whether a key was valid at a time, under one trust store and one policy for retired keys."""

    def __init__(self, trust: TrustStore, *, retired_witnessed: bool) -> None:
        """Take the revocations; ``retired_witnessed`` is ``retired-keys = "witnessed"`` (SPEC 8.2)."""
        self.trust = trust
        self._revoked = {row.key: row for row in trust.revoked}
        self._retired_witnessed = retired_witnessed

    def times(self, key: bytes, window: tuple[int | None, int | None]) -> tuple[float, float]:
        """Give from when and until when (ms, exclusive) a key may be valid: its window, up to its revocation."""
        start, end = window
        revoked = self._revoked.get(key)
        ends = (math.inf if end is None else end, math.inf if revoked is None else revoked.at)
        return -math.inf if start is None else start, min(ends)

    def holds(self, key: bytes, ms: int, witnessed: int | None, window: tuple[int | None, int | None]) -> bool:
        """Tell whether a key is valid (7-4) at ``ms`` for something witnessed at the earliest at ``witnessed``."""
        begin, end = self.times(key, window)
        if not begin <= ms < end:
            return False
        revoked = self._revoked.get(key)
        if revoked is None or (revoked.reason == "retired" and not self._retired_witnessed):
            return True
        return witnessed is not None and witnessed < revoked.at


@slotted(frozen=True)
class Signer:
    """Whose a key is: the person, what the trust store lets it do, and the actor enrolled with it."""

    key: bytes
    person: str
    roles: tuple[str, ...]  # as approver of the trust store
    window: tuple[int | None, int | None]
    member: Member | None


class Keyring:
    """All keys of persons: the trust store's, and those that contract and assignments enrol under it."""

    def __init__(self, trust: TrustStore) -> None:
        """Begin with the trust store's issuers and approvers."""
        self._trusted: dict[bytes, Signer] = {}
        self._enrolled: dict[bytes, Member] = {}
        self._ids: set[str] = set()
        self._witnesses = {thumbprint(witness.key): witness for witness in trust.witnesses}
        for issuer in trust.issuers:
            window = issuer.valid_from, issuer.valid_until
            self._trusted[thumbprint(issuer.key)] = Signer(issuer.key, issuer.person, (), window, None)
        for approver in trust.approvers:
            window = approver.valid_from, approver.valid_until
            signer = Signer(approver.key, approver.person, approver.roles, window, None)
            self._trusted[thumbprint(approver.key)] = signer

    def enrol(self, member: Member) -> bool:
        """Enrol an actor; False if its key or id is enrolled already or the key is another person's (SPEC 9.6-10)."""
        kid = thumbprint(member.key)
        trusted = self._trusted.get(kid)
        if kid in self._enrolled or member.id in self._ids or (trusted and trusted.person != member.person):
            return False
        self._enrolled[kid] = member
        self._ids.add(member.id)
        return True

    def find(self, kid: bytes) -> Signer | None:
        """Find whose key has a thumbprint."""
        trusted, member = self._trusted.get(kid), self._enrolled.get(kid)
        if trusted is not None:
            return Signer(trusted.key, trusted.person, trusted.roles, trusted.window, member)
        if member is not None:
            return Signer(member.key, member.person, (), member_window(member), member)
        return None

    def trusted(self, kid: bytes) -> Signer | None:
        """Find an issuer or approver of the trust store."""
        return self._trusted.get(kid)

    def witness(self, kid: bytes) -> WitnessKey | None:
        """Find a witness of the trust store."""
        return self._witnesses.get(kid)

    def taken(self, key: bytes, name: str) -> bool:
        """Tell whether a witness's key or id is somebody's else (SPEC 6.10-2)."""
        kid = thumbprint(key)
        persons = {signer.person for signer in self._trusted.values()}
        persons |= {member.person for member in self._enrolled.values()} | self._ids
        return kid in self._trusted or kid in self._enrolled or name in persons


def member_window(member: Member) -> tuple[int | None, int | None]:
    """Give an actor's window in milliseconds, its end exclusive."""
    start = member.not_before.ms if member.not_before else None
    return start, member.not_after.ms + 1 if member.not_after else None
