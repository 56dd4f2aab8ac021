"""Runs and mutations of the vectors on policy profiles: selectors, approvals, rules on sign-offs."""

from __future__ import annotations

from typing import Any

from . import base, cbor, crypto
from .base import OFF, minimal, rich, signoff
from .model import DAY, OFFSET, START, Enc, Item, Ref, Seq, Subject
from .ops import Mutation, edit
from .toml import canonical

#: The approval need of the base policy, and one in another role beside it.
CLOSURE = base.policy()["approvals"][0]
PRODUCTION = CLOSURE | {"id": "production", "role": "production"}

#: The time of the smallest run's seal.
SEALED = START + 4 * 60_000

#: A person of the trust store who can be given a further role.
SECOND: dict[str, Any] = {"signer": "production", "person": "production-lead"}


def each(*parts: Mutation) -> Mutation:
    """Make several changes that are one in meaning, such as to withhold an entry and to let another person say so."""

    def apply(subject: Subject) -> None:
        for part in parts:
            part.apply(subject)

    return Mutation({"op": "each", "of": [part.data for part in parts]}, all(part.resigned for part in parts), apply)


def pin(subject: Subject, **changes: Any) -> Subject:
    """Pin a changed base policy in the contract of a run."""
    subject.item("contract").fields["policy"] = Enc(canonical(base.policy(**changes)))
    return subject


def setting(rule: str, **settings: Any) -> dict[str, Any]:
    """Give the base policy's rules with one changed; ``_`` stands for ``-`` in its parameters."""
    return {**base.LEVELS, rule: {name.replace("_", "-"): value for name, value in settings.items()}}


def row(**conditions: Any) -> dict[str, Any]:
    """Give a row of levels that turns a rule off."""
    return conditions | OFF


def in_rules(rule: str, path: str, value: Any) -> Mutation:
    """Change what the pinned policy says of a rule."""
    return edit("contract", f"policy/rules/{rule}/{path}", value)


def in_need(path: str, value: Any, number: int = 0) -> Mutation:
    """Change an approval need of the pinned policy."""
    return edit("contract", f"policy/approvals/{number}/{path}", value)


# --- levels for some matters

TWICE = "value.overwritten"
UNRULED = "deviation.unruled"


def twice(step: str, actor: str, *rows: dict[str, Any], own: dict[str, Any] | None = None, **more: Any) -> Subject:
    """Give the full run with a value recorded twice, under a policy with rows of levels for that."""
    subject = rich()
    log: dict[str, Any] = {"step": step, "pass_": 1, "name": "log"}
    pair = [base.entry(label, "value-recorded", actor, **log, value=label) for label in ("once", "again")]
    at = subject.index(f"{step}-begin") + 1
    subject.items[at:at] = pair
    settings = {**(own or {"level": "fail"}), "when": [*rows]}
    return pin(subject, rules={**base.LEVELS, TWICE: settings}, **more)


def unruled(*rows: dict[str, Any], reason: str = "off-weight", **more: Any) -> Subject:
    """Give a deviation without a recorded ruling, under a policy with rows of levels for that."""
    subject = base.deviated(reason, **more)
    del subject.items[subject.index("ruled")]
    return pin(subject, rules=setting(UNRULED, level="fail", when=[*rows]))


# --- rulings


def allowed(raiser: str = "operator-a", role_map: dict[str, Any] | None = None, **conditions: Any) -> Subject:
    """Give a deviation that one row of the pinned policy allows, all others being reviewed; nobody closes it."""
    subject = base.deviated(ruling="allow", values=[Ref("mass")])
    del subject.item("signoff").fields["covers"]
    subject.item("raised").fields["actor"] = raiser
    if role_map:
        subject.trust["role-map"] = role_map
    return pin(subject, rulings=[conditions | {"ruling": "allow"}, {"ruling": "review"}])


# --- approvals


def second(label: str = "second", **more: Any) -> Item:
    """Give an approval by the production lead."""
    return signoff(label, **(SECOND | more))


def two_needs(further: dict[str, Any], subject: Subject | None = None, *, signed: bool = True) -> Subject:
    """Give a run whose policy has a need in the role of production too; met, or not."""
    subject = subject or minimal()
    pin(subject, approvals=[CLOSURE, PRODUCTION | further])
    if signed:
        subject.items.append(second())
    return subject


def covered(**changes: Any) -> Subject:
    """Give a deviation that a special need covers alone, and both needs met."""
    subject = base.deviated(**changes)
    special = PRODUCTION | {"covers": {"reasons": ["off-*"]}}
    pin(subject, approvals=[CLOSURE, special])
    subject.item("signoff").fields.pop("covers")
    subject.items.append(second(covers=[Seq("raised")]))
    return subject


def with_deadline(late: int, *, at: int | None = None, level: str = "fail") -> Subject:
    """Give an approval so many milliseconds after its deadline of five days."""
    settings = {"level": level} | ({"reason": "Not asked here."} if level == "off" else {})
    subject = minimal(
        pinned=base.policy(approvals=[CLOSURE | {"deadline": 5 * DAY}], rules=setting("approval.late", **settings))
    )
    subject.item("signoff").fields["time"] = [SEALED + 5 * DAY + late, OFFSET]
    subject.at = at or subject.at
    return subject


# --- delegation

#: A delegation as the vectors have it, but for what each changes.
DELEGATION: dict[str, Any] = {
    "from": "qa-lead", "to": "production-lead", "role": "quality", "contracts": ["acme.*"], "reason": "Holiday cover.",
    "not-before": [START, OFFSET], "not-after": [START + 20 * DAY, OFFSET],
}  # fmt: skip


def delegation(
    changes: dict[str, Any], key: str = "quality", record: str = "delegation", *, bad: bool = False
) -> bytes:
    """Give a delegation, signed (SPEC 6.11); ``bad`` flips a bit of its signature."""
    header = crypto.protected(record, crypto.kid(crypto.public(key)))
    payload = cbor.encode(DELEGATION | changes)
    signature = bytearray(crypto.sign(key, crypto.to_be_signed(header, payload)))
    signature[0] ^= int(bad)
    return crypto.cose(header, payload, bytes(signature))


def grant(changes: dict[str, Any], key: str = "quality", record: str = "delegation", *, bad: bool = False) -> Mutation:
    """Give another delegation to the sign-off that carries one."""
    made = edit("signoff", "delegation", delegation(changes, key, record, bad=bad))
    told = {"op": "delegation", "record": "signoff", "set": changes, "key": key, "typ": record, "flipped": bad}
    return Mutation(told, True, made.apply)


def delegated(**more: Any) -> Subject:
    """Give an approval by the production lead in the role of quality, which its holder delegated."""
    subject = minimal()
    subject.items[-1] = signoff(**SECOND, role="quality", delegation=delegation({}), **more)
    return pin(subject, rules=setting("signoff.delegation-invalid", level="provisional"))


# --- rules on sign-offs and the seal


def claimed(factors: int = 2, ago: int = 60_000) -> dict[str, Any]:
    """Give a claim of authentication by so many factors, so long before the first sign-off."""
    kinds = ["inherence", "knowledge", "possession"][:factors]
    return {"factors": kinds, "time": [START + DAY + 3_600_000 - ago, OFFSET]}


def authenticated(level: str = "provisional", claim: dict[str, Any] | None = None, **parameters: Any) -> Subject:
    """Give an approval that says how its signer was authenticated, under a policy that asks for it."""
    reason = {"reason": "Not asked here."} if level == "off" else {}
    settings = setting("signoff.not-authenticated", level=level, **reason, **parameters)
    subject = minimal(pinned=base.policy(rules=settings))
    subject.item("signoff").fields["authentication"] = claim or claimed()
    return subject


def under(rule: str, *extra: Item, **settings: Any) -> Subject:
    """Give the smallest run under a policy that asks for one rule."""
    return minimal(*extra, pinned=base.policy(rules=setting(rule, **({"level": "provisional"} | settings))))


def redact(*labels: Any, **more: Any) -> Item:
    """Give a sign-off that explains what is withheld."""
    return signoff("redact", "redact", **(SECOND | {"withholds": [*labels], "text": "Trade secret."} | more))


def by_policy(**more: Any) -> Subject:
    """Give a run that is verified under a policy of the caller, which the signer looked at."""
    subject = under("signoff.other-policy")
    subject.policy = base.policy(id="tv-given", **more)
    digest = crypto.sha256(cbor.encode(canonical(subject.policy)))
    subject.item("signoff").fields["policy"] = digest
    return subject
