"""Records declared once (SPEC 6): a frozen class whose fields carry the reader of their member.

    @record
    class Meaning:
        id: str = need(ident)
        text: str = need(line)

A field is read from the member of its name (``_`` written as ``-``), or of the name given. ``reader`` makes of such a
class the reader of a whole map; ``fill`` reads its members out of a map that has others too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast, dataclass_transform

from opsproof_verify import fields
from opsproof_verify.fields import Fields, Reader
from opsproof_verify.slotted import slotted

T = TypeVar("T")


@slotted(frozen=True)
class Member:
    """How a field is read: from the member of a name by a reader, with what stands for an absent one, or as a part."""

    take: Callable[[Fields, str], object]
    name: str
    read: Reader[object] | None = None
    absent: object = None
    part: type | None = None
    field: str = ""


def need(read: Reader[T], name: str = "") -> T:
    """Declare a required member."""
    return _declare(lambda members, own: members.get(own, read), name, read)


def may(read: Reader[T], name: str = "") -> T | None:
    """Declare a member that may be absent, then None."""
    return _declare(lambda members, own: members.opt(own, read), name, read)


def some(read: Reader[tuple[T, ...]], name: str = "") -> tuple[T, ...]:
    """Declare an array that may be absent, then empty."""
    return _declare(lambda members, own: members.opt(own, read) or (), name, read, ())


def table(read: Reader[dict[str, T]], name: str = "") -> dict[str, T]:
    """Declare an array of maps that may be absent, then empty, told apart by an identifier."""
    return _declare(lambda members, own: members.opt(own, read) or {}, name, read, {})


def flag(name: str = "") -> bool:
    """Declare a member that is ``true`` or absent (SPEC 4.1-7)."""
    return _declare(lambda members, own: members.flag(own), name, fields.flag, absent=False)


def flat(read: Callable[[Fields], T]) -> T:
    """Declare a field that is read from several members of the same map."""
    return _declare(lambda members, _: read(members), "")


def part(cls: type[T]) -> T:
    """Declare a field that is a record, read from members of the same map."""
    return cast("T", Member(lambda members, _: fill(cls, members), "", part=cls))


def _declare(
    take: Callable[[Fields, str], T], name: str, read: Reader[object] | None = None, absent: object = None
) -> T:
    return cast("T", Member(take, name, read, absent))


@dataclass_transform(
    kw_only_default=True, frozen_default=True, field_specifiers=(need, may, some, table, flag, flat, part)
)
def record(cls: type[T]) -> type[T]:
    """Make a class a frozen record, and note how each of its fields is read."""
    own = []
    for field in cls.__annotations__:
        member = cls.__dict__[field]
        delattr(cls, field)  # it says how the field is read, and is no default
        name = member.name or field.replace("_", "-")
        own.append(Member(member.take, name, member.read, member.absent, member.part, field))
    made = slotted(frozen=True, kw_only=True)(cls)
    _MEMBERS[made] = (*_MEMBERS.get(cls.__bases__[0], ()), *own)
    return made


_MEMBERS: dict[type, tuple[Member, ...]] = {}


def members_of(cls: type) -> tuple[Member, ...]:
    """Give how the fields of a record are read."""
    return _MEMBERS[cls]


def fill(cls: type[T], members: Fields) -> T:
    """Read a record's members out of a map."""
    made = cls(**{one.field: one.take(members, one.name) for one in _MEMBERS[cls]})
    check = getattr(made, "check_members", None)  # conditions between members, where a record has some
    if check is not None:
        check()
    return made


def reader(cls: type[T]) -> Reader[T]:
    """Make the reader of a map that is a record and nothing more."""

    def read_record(value: object) -> T:
        members = Fields(value)
        made = fill(cls, members)
        members.done()
        return made

    return read_record
