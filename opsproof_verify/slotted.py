"""Classes with slots (ADR 24): what this package uses of dataclasses, at a small part of their cost at start-up.

    @slotted(frozen=True)
    class Level:
        where: Selector
        reason: str | None = None
        rows: list[int] = field(default_factory=list)

No source is written for a class: all share their methods, and those with as many fields the code of ``__init__``, in
which only the names of the parameters differ.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from operator import attrgetter
from types import CodeType, FunctionType
from typing import Any, NoReturn, TypeVar, cast, dataclass_transform

T = TypeVar("T")

_UNSET = object()


class _Factory:
    """What makes a field's value, where none is given."""

    __slots__ = ("make",)

    def __init__(self, make: Callable[[], object]) -> None:
        self.make = make


def field(*, default_factory: Callable[[], T]) -> T:
    """Declare a field with a new value for each instance."""
    return cast("T", _Factory(default_factory))


@dataclass_transform(field_specifiers=(field,))
def slotted(*, frozen: bool = False, kw_only: bool = False) -> Callable[[type[T]], type[T]]:
    """Make a class whose annotations are its fields one with slots, equality and representation."""

    def make(cls: type[T]) -> type[T]:
        own = cls.__annotations__
        declared = getattr(cls, "__fields__", {}) | {name: cls.__dict__.get(name, _UNSET) for name in own}
        members: dict[str, object] = {
            **(_FROZEN if frozen else _MUTABLE),
            **{name: value for name, value in cls.__dict__.items() if name not in own and name not in _MADE_ANEW},
            "__slots__": tuple(own),
            "__qualname__": cls.__qualname__,
            "__match_args__": () if kw_only else tuple(declared),
            "__fields__": declared,
            "__values__": attrgetter(*declared),
        }
        made: Any = type(cls.__name__, cls.__bases__, members)
        made.__init__ = _init(made, declared, kw_only=kw_only)
        return cast("type[T]", made)

    return make


def fields(one: object) -> tuple[str, ...]:
    """Give the names of the fields of an instance or a class."""
    return tuple(cast("Any", one).__fields__)


def replace(one: T, **changes: object) -> T:
    """Give an instance like another one but for some fields."""
    return type(one)(**({name: getattr(one, name) for name in fields(one)} | changes))


# --- the methods of all these classes


def _init(cls: Any, declared: dict[str, Any], *, kw_only: bool) -> Callable[..., None]:
    """Make the ``__init__`` of a class; it sets slots through their descriptors, since a frozen class refuses."""
    positional, named = (1, len(declared)) if kw_only else (1 + len(declared), 0)
    code = _code(len(declared), hasattr(cls, "__post_init__")).replace(
        co_varnames=("self", *declared), co_argcount=positional, co_kwonlyargcount=named
    )
    setters = {f"put_{number}": _setter(cls, *one) for number, one in enumerate(declared.items())}
    presets = {name: _UNSET if type(one) is _Factory else one for name, one in declared.items() if one is not _UNSET}
    init = FunctionType(code, setters, "__init__", None if kw_only else tuple(presets.values()))
    init.__kwdefaults__ = presets if kw_only else None
    init.__qualname__ = f"{cls.__qualname__}.__init__"
    return init


def _setter(cls: Any, name: str, preset: object) -> Callable[[object, object], None]:
    """Give what sets a slot, to a new value where there is none."""
    put: Callable[[object, object], None] = getattr(cls, name).__set__
    if type(preset) is not _Factory:
        return put
    make = preset.make
    return lambda self, value: put(self, make() if value is _UNSET else value)


@cache
def _code(count: int, ends: bool) -> CodeType:  # noqa: FBT001 - `cache` wants it
    """Compile an ``__init__`` that hands so many values to as many setters."""
    known: dict[str, Any] = {}
    numbers = range(count)
    lines = [
        f"def __init__(self, {', '.join(f'value_{number}' for number in numbers)}):",
        *(f" put_{number}(self, value_{number})" for number in numbers),
        " self.__post_init__()" if ends else "",
    ]
    exec("\n".join(lines), known)  # noqa: S102 - of nothing but these lines and a number
    return cast("CodeType", known["__init__"].__code__)


def _equal(self: Any, other: Any) -> bool:
    return bool(self.__values__(self) == other.__values__(other)) if type(self) is type(other) else NotImplemented


def _hash(self: Any) -> int:
    return hash(self.__values__(self))


def _represent(self: object) -> str:
    return f"{type(self).__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in fields(self))})"


def _refuse(self: object, name: str, _: object = None) -> NoReturn:
    raise AttributeError(f"{type(self).__qualname__}.{name} cannot be changed")


def _restore(self: object, state: tuple[None, dict[str, object]]) -> None:
    """Take what ``copy`` and ``pickle`` kept."""
    for name, value in state[1].items():
        object.__setattr__(self, name, value)


_MADE_ANEW = frozenset({"__dict__", "__weakref__"})
_MUTABLE = {"__eq__": _equal, "__repr__": _represent}
_FROZEN = {**_MUTABLE, "__hash__": _hash, "__setattr__": _refuse, "__delattr__": _refuse, "__setstate__": _restore}
