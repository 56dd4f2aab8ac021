"""Records declared once (SPEC 6): a frozen dataclass whose fields carry the reader of their member.

    @record
    class Meaning:
        id: str = need(ident)
        text: str = need(line)

A field is read from the member of its name (``_`` written as ``-``), or of the name given. ``reader`` makes of such a
class the reader of a whole map; ``fill`` reads its members out of a map that has others too.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar, cast, dataclass_transform

from opsproof_verify.fields import Fields, Reader

T = TypeVar("T")


class _Member(NamedTuple):
    """How one field is read."""

    read: Callable[[Fields, str], object]
    name: str


def need(read: Reader[T], name: str = "") -> T:
    """Declare a required member."""
    return _declare(lambda members, own: members.get(own, read), name)


def may(read: Reader[T], name: str = "") -> T | None:
    """Declare a member that may be absent, then None."""
    return _declare(lambda members, own: members.opt(own, read), name)


def some(read: Reader[tuple[T, ...]], name: str = "") -> tuple[T, ...]:
    """Declare an array that may be absent, then empty."""
    return _declare(lambda members, own: members.opt(own, read) or (), name)


def table(read: Reader[dict[str, T]], name: str = "") -> dict[str, T]:
    """Declare an array of maps that may be absent, then empty, told apart by an identifier."""
    return _declare(lambda members, own: members.opt(own, read) or {}, name)


def flag(name: str = "") -> bool:
    """Declare a member that is ``true`` or absent (SPEC 4.1-7)."""
    return _declare(lambda members, own: members.flag(own), name)


def flat(read: Callable[[Fields], T]) -> T:
    """Declare a field that is read from several members of the same map."""
    return _declare(lambda members, _: read(members), "")


def _declare(read: Callable[[Fields, str], T], name: str) -> T:
    return cast("T", dataclasses.field(metadata={"member": _Member(read, name)}))


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(need, may, some, table, flag, flat))
def record(cls: type[T]) -> type[T]:
    """Make a class a frozen record, and note how each of its fields is read."""
    made = dataclasses.dataclass(frozen=True, slots=True, kw_only=True)(cls)
    _MEMBERS[made] = tuple(
        (field.name, member.read, member.name or field.name.replace("_", "-"))
        for field in dataclasses.fields(cast("Any", made))
        for member in (field.metadata["member"],)
    )
    return made


_MEMBERS: dict[type, tuple[tuple[str, Callable[[Fields, str], object], str], ...]] = {}


def fill(cls: type[T], members: Fields) -> T:
    """Read a record's members out of a map."""
    made = cls(**{field: read(members, name) for field, read, name in _MEMBERS[cls]})
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
