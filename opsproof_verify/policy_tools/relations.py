"""How one policy stands to another: values, no sentences.

B is *stricter* than A when every bundle that is FINAL under B is FINAL under A, whatever the trust store and the time.
Both are given to the verifier.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable

from opsproof_verify.policy import Policy
from opsproof_verify.policy_parts import ApprovalNeed, Parameter, Ruling
from opsproof_verify.register import Severity
from opsproof_verify.selectors import Selector
from opsproof_verify.slotted import slotted


class Relation(enum.StrEnum):
    """What B is to A; ``EQUAL``: no bundle tells them apart by its verdict."""

    EQUAL = "equal"
    STRICTER = "stricter"
    WEAKER = "weaker"
    DIFFERENT = "different"


def relation(*, b_holds: bool, a_holds: bool) -> Relation:
    """Give the relation, from whether B is at least as strict as A, and A as B."""
    if b_holds:
        return Relation.EQUAL if a_holds else Relation.STRICTER
    return Relation.WEAKER if a_holds else Relation.DIFFERENT


def together(relations: Iterable[Relation]) -> Relation:
    """Give the relation of wholes from those of their parts."""
    known = set(relations)
    return relation(
        b_holds=known <= {Relation.EQUAL, Relation.STRICTER},
        a_holds=known <= {Relation.EQUAL, Relation.WEAKER},
    )


@slotted(frozen=True)
class Case:
    """Some violations of a rule, or deviations, that the policies treat differently.

    ``a`` and ``b`` are levels (``None``: off) or rulings; ``a_where`` and ``b_where`` the conditions of the rows that
    decide, ``None`` where no row does.
    """

    a: Severity | str | None
    b: Severity | str | None
    a_where: Selector | None
    b_where: Selector | None


@slotted(frozen=True)
class Changed:
    """A parameter or member that differs; ``None`` is what is not set."""

    name: str
    a: Parameter | str | None
    b: Parameter | str | None
    relation: Relation


@slotted(frozen=True)
class RulePart:
    """A rule that differs."""

    rule: str
    relation: Relation
    cases: tuple[Case, ...]
    parameters: tuple[Changed, ...]
    told: bool = True  # whether each case could be tried; otherwise nothing is claimed


@slotted(frozen=True)
class NeedPart:
    """An approval need that differs; one of both is ``None`` where it was added or removed."""

    id: str
    relation: Relation
    a: ApprovalNeed | None
    b: ApprovalNeed | None
    changed: tuple[str, ...]  # the names of the members that differ


@slotted(frozen=True)
class RulingsPart:
    """The tables of rulings, where they differ."""

    relation: Relation
    cases: tuple[Case, ...]
    a: tuple[Ruling, ...]
    b: tuple[Ruling, ...]


class Caveat(enum.StrEnum):
    """What a bundle must not have for the claim to hold."""

    NAMED = (
        "named"  # an approval that names the stricter policy as the one looked at, where the other's rule forbids it
    )
    SELF = "self"  # an approval of one's own, in a role or with a meaning for which the stricter policy has no need
    RETIRED = "retired"  # a sign-off under a retired key


@slotted(frozen=True, kw_only=True)
class Differences:
    """All in which two policies differ; ``parts`` are empty where only words differ."""

    a: Policy
    b: Policy
    rules: tuple[RulePart, ...] = ()
    needs: tuple[NeedPart, ...] = ()
    rulings: RulingsPart | None = None
    members: tuple[Changed, ...] = ()  # those of the policy itself, and `covers`: what approvals may cover
    b_caveats: tuple[Caveat, ...] = ()  # but for which B is at least as strict as A
    a_caveats: tuple[Caveat, ...] = ()

    @property
    def same(self) -> bool:
        """Whether both are one policy, byte for byte (SPEC 8.2-1)."""
        return self.a.digest == self.b.digest

    @property
    def parts(self) -> tuple[Relation, ...]:
        """The relations of all parts that differ."""
        rulings = () if self.rulings is None else (self.rulings.relation,)
        rules, needs = (one.relation for one in self.rules), (one.relation for one in self.needs)
        return (*rules, *needs, *rulings, *(one.relation for one in self.members))

    @property
    def apart_from_caveats(self) -> Relation:
        """What B is to A for bundles to which no caveat applies."""
        return together(self.parts)

    @property
    def relation(self) -> Relation:
        """What B is to A for all bundles."""
        known = self.apart_from_caveats
        return relation(
            b_holds=known in (Relation.EQUAL, Relation.STRICTER) and not self.b_caveats,
            a_holds=known in (Relation.EQUAL, Relation.WEAKER) and not self.a_caveats,
        )
