"""The signed records of SPEC 6.2 to 6.10 but the contract, and evidence items; each field carries its reader."""

from __future__ import annotations

from opsproof_verify.contract import Member
from opsproof_verify.fields import (
    Fields,
    Ref,
    array,
    at,
    blob,
    contract_pattern,
    digest,
    ident,
    line,
    malformed,
    media,
    positive,
    prose,
    ref,
    time,
    uint,
    word,
)
from opsproof_verify.findings import Time
from opsproof_verify.schema import fill, flat, may, need, reader, record, some

FACTORS = ("inherence", "knowledge", "possession")
RULINGS = ("allow", "review", "block")


@record
class Meaning:
    """What a signature means: an id to compare and a text to print."""

    id: str = need(ident)
    text: str = need(line)


@record
class Approval:
    """An approval of a contract (SPEC 6.2)."""

    contract: bytes = need(digest)
    person: str = need(ident)
    name: str = need(line)
    role: str = need(ident)
    meaning: Meaning = need(reader(Meaning))
    time: Time = need(time)


@record
class Assignment:
    """A further actor for this run (SPEC 6.5)."""

    contract: bytes = need(digest)
    run: bytes = need(digest)
    member: Member = need(reader(Member))
    by: str = need(ident)
    time: Time = need(time)


@record
class Attestation:
    """An actor's signature over its own entries (SPEC 6.6)."""

    run: bytes = need(digest)
    actor: str = need(ident)
    seq: int = need(uint)
    head: bytes = need(digest)
    count: int = need(positive)
    digest: bytes = need(digest)


@record
class Window:
    """The sealing actor's last window: the number of its entries and the digest of their leaves (SPEC 6.8-2)."""

    count: int = need(uint)
    digest: bytes = need(digest)


@record
class Seal:
    """The seal (SPEC 6.8)."""

    run: bytes = need(digest)
    contract: bytes = need(digest)
    count: int = need(positive)
    head: bytes = need(digest)
    root: bytes = need(digest)
    evidence_count: int = need(uint)
    evidence_bytes: int = need(uint)
    attests: Window = need(reader(Window))
    actor: str = need(ident)
    time: Time = need(time)


@record
class Item:
    """Evidence as a record names it (SPEC 6.3, 6.9); ``step`` and ``number``, its pass, are None for the run's."""

    digest: bytes = need(digest)
    size: int = need(uint)
    media: str = need(media)
    name: str | None = may(line)
    step: str | None = may(ident)
    number: int | None = may(positive, "pass")
    slot: str | None = may(ident)

    def check_members(self) -> None:
        """Step and pass stand together, and a slot only with them (SPEC 6.3-4)."""
        if (self.step is None) != (self.number is None):
            raise at("step", malformed("step-and-pass"))
        if self.slot is not None and self.step is None:
            raise at("slot", malformed("slot-without-step"))


@record
class Viewed:
    """What a signer looked at (SPEC 6.9-4)."""

    policy: bytes = need(digest)
    report: bytes = need(digest)
    withheld: int = need(uint)
    absent: int = need(uint)


@record
class Late:
    """A late attestation: the actor, and all of its entries that none covered (SPEC 6.9-5)."""

    actor: str = need(ident)
    count: int = need(positive)
    digest: bytes = need(digest)


@record
class Authentication:
    """How a signer was authenticated when signing, as the signer claims (SPEC 6.9-9)."""

    factors: tuple[str, ...] = need(array(word(*FACTORS), 1, distinct=True))
    time: Time = need(time)


@record
class Delegation:
    """Leave to sign in somebody's role, given by that person (SPEC 6.11)."""

    giver: str = need(ident, "from")
    to: str = need(ident)
    role: str = need(ident)
    contracts: tuple[str, ...] = need(array(contract_pattern, 1, distinct=True))
    reason: str = need(line)
    not_before: Time = need(time)
    not_after: Time = need(time)


#: Members that a decision may carry beside the common ones, and of these the required ones (SPEC 6.9-1).
DECISIONS: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "approve": (frozenset({"covers", "delegation"}), frozenset()),
    "reject": (frozenset(), frozenset()),
    "acknowledge": (frozenset(), frozenset()),
    "withdraw": (frozenset({"withdraws"}), frozenset({"withdraws"})),
    "remediate": (frozenset({"deviation", "evidence"}), frozenset({"deviation"})),
    "supply": (frozenset({"evidence"}), frozenset({"evidence"})),
    "attest": (frozenset({"attests"}), frozenset({"attests"})),
    "redact": (frozenset({"withholds"}), frozenset({"withholds", "text"})),
}


def _ascending(value: object) -> tuple[bytes, ...]:
    hashes = array(digest, distinct=True)(value)
    if list(hashes) != sorted(hashes):
        raise malformed("order")
    return hashes


def _ascending_numbers(value: object) -> tuple[int, ...]:
    numbers = array(uint, 1, distinct=True)(value)
    if list(numbers) != sorted(numbers):
        raise malformed("order")
    return numbers


def _viewed(members: Fields) -> Viewed | None:
    return None if members.flag("blind") else fill(Viewed, members)


@record
class SignOff:
    """A sign-off (SPEC 6.9); ``viewed`` is None for a blind one."""

    seal: bytes = need(digest)
    run: bytes = need(digest)
    person: str = need(ident)
    name: str = need(line)
    role: str = need(ident)
    decision: str = need(word(*DECISIONS))
    meaning: Meaning = need(reader(Meaning))
    time: Time = need(time)
    seen: tuple[bytes, ...] = need(_ascending)
    viewed: Viewed | None = flat(_viewed)
    authentication: Authentication | None = may(reader(Authentication))
    delegation: bytes | None = may(blob)
    covers: tuple[int, ...] = some(_ascending_numbers)
    withdraws: bytes | None = may(digest)
    deviation: Ref | None = may(ref)
    evidence: tuple[Item, ...] = some(array(reader(Item), 1))
    attests: Late | None = may(reader(Late))
    withholds: tuple[bytes, ...] = some(array(digest, 1, distinct=True))
    text: str | None = may(prose)

    def check_members(self) -> None:
        """Hold a decision to its own members (SPEC 6.9-1)."""
        allowed, required = DECISIONS[self.decision]
        for name in ("covers", "delegation", "withdraws", "deviation", "evidence", "attests", "withholds"):
            if getattr(self, name) and name not in allowed:
                raise at(name, malformed("not-for-decision"))
        for name in required:
            if not getattr(self, name):
                raise at(name, malformed("missing"))


@record
class Witness:
    """An independent clock's signature (SPEC 6.10)."""

    run: bytes = need(digest)
    witness: str = need(ident)
    target: str = need(word("entry", "seal", "signoff"))
    hash: bytes = need(digest)
    seq: int | None = may(uint)
    time: Time = need(time)

    def check_members(self) -> None:
        """``seq`` is present exactly for an entry (SPEC 6.10-1)."""
        if (self.seq is not None) != (self.target == "entry"):
            raise at("seq", malformed("not-for-target"))


@record
class Withheld:
    """What stands for a withheld entry (SPEC 3.2-2)."""

    leaf: bytes = need(digest)
    actor: str = need(ident)
