"""The command line as data, read from its parser: what `completion` and `man` are made from."""

from __future__ import annotations

import argparse
import enum

from opsproof_verify.slotted import slotted


class Kind(enum.Enum):
    """What kind of value an argument takes, so far as a shell can help with it."""

    NONE = "none"  # a flag
    CHOICE = "choice"  # one of few words
    FILE = "file"
    POLICY = "policy"  # the bare name of a shipped profile, or a file
    CODE = "code"  # a finding code
    FREE = "free"


#: Kinds by the name of the value. A policy has no name of its own: see `_kind`.
_KINDS = {
    "CODE": Kind.CODE,
    "NAME|FILE": Kind.POLICY,
    "FILE|NAME": Kind.POLICY,
    **dict.fromkeys(("BUNDLE", "FILE", "DIR", "KEY", "A", "B", "OLD", "NEW"), Kind.FILE),
}


@slotted(frozen=True)
class Argument:
    """An option, with `flags`, or a value by its place, without."""

    flags: tuple[str, ...]
    metavar: str
    kind: Kind
    choices: tuple[str, ...]
    text: str
    required: bool
    repeated: bool


@slotted(frozen=True)
class Command:
    """The program (no words), a command (one) or an action of one (two)."""

    words: tuple[str, ...]
    text: str
    epilog: str
    arguments: tuple[Argument, ...]
    actions: tuple[Command, ...]

    @property
    def options(self) -> tuple[Argument, ...]:
        """The arguments with flags."""
        return tuple(one for one in self.arguments if one.flags)

    @property
    def places(self) -> tuple[Argument, ...]:
        """The arguments without."""
        return tuple(one for one in self.arguments if not one.flags)

    @property
    def summary(self) -> str:
        """The text as one phrase, for a list."""
        return self.text.removesuffix(".")


def surface(parser: argparse.ArgumentParser, words: tuple[str, ...] = ()) -> Command:
    """Read a parser, and those of its commands."""
    arguments, actions = [], []
    for action in parser._actions:  # noqa: SLF001 - argparse has no public way to read a parser
        if isinstance(action.choices, dict):  # the parsers of commands, by their names
            actions += [surface(inner, (*words, name)) for name, inner in action.choices.items()]
        else:
            arguments.append(_argument(action, words))
    return Command(words, parser.description or "", parser.epilog or "", tuple(arguments), tuple(actions))


def walk(command: Command) -> list[Command]:
    """Give a command and all below it."""
    return [command, *(inner for action in command.actions for inner in walk(action))]


def _argument(action: argparse.Action, words: tuple[str, ...]) -> Argument:
    """Read one argument."""
    choices = tuple(map(str, action.choices or ()))
    name = action.metavar if isinstance(action.metavar, str) else "|".join(choices) or action.dest.upper()
    return Argument(
        flags=tuple(action.option_strings),
        metavar="" if action.nargs == 0 else name,
        kind=_kind(action, name, words),
        choices=choices,
        text=action.help or "",
        required=action.required,
        repeated=action.nargs == "+" or action.default == [],  # what may be given again begins with an empty list
    )


def _kind(action: argparse.Action, name: str, words: tuple[str, ...]) -> Kind:
    """Tell what kind of value an argument takes."""
    if action.nargs == 0:
        return Kind.NONE
    if action.choices:
        return Kind.CHOICE
    if words[:1] == ("policy",) and not action.option_strings:
        return Kind.POLICY
    return _KINDS.get(name, Kind.FREE)
