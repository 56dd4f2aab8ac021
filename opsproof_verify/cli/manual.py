"""`man`: the manual page, in the macros of man(7), made from the parser of the command line."""

from __future__ import annotations

import argparse
import textwrap

from opsproof_verify import __version__
from opsproof_verify.cli.arguments import PROGRAM
from opsproof_verify.cli.output import put
from opsproof_verify.cli.surface import Argument, Command, surface, walk

_WIDTH = 72  # of lines, before hyphens are escaped

_NOTES = """\
.SH ENVIRONMENT
.TP
NO_COLOR, FORCE_COLOR
How text looks. Nothing in the environment has an influence on what is said.
.SH NOTES
Nothing is read but what the command line names, and no network is used.
A verdict does not prove that what was recorded is true.
Each report says what else it does not prove.
.SH SEE ALSO
SPEC.md, which is normative, and docs/guides, both in the source distribution.
"""


def manual(parser: argparse.ArgumentParser) -> int:
    """Print the manual page."""
    program = surface(parser)
    leaves = [command for command in walk(program) if not command.actions]
    put(
        f'.TH OPSPROOF\\-VERIFY 1 "" "{_roff(f"{PROGRAM} {__version__}")}" "User Commands"\n'
        f".SH NAME\n{_roff(PROGRAM)} \\- verify Proof Bundles offline\n"
        ".SH SYNOPSIS\n" + "\n.br\n".join(_synopsis(command) for command in [program, *leaves]) + "\n"
        f".SH DESCRIPTION\n{_line(program.text)}\n{_options(program)}"
        ".SH COMMANDS\n"
        + "".join(map(_command, leaves))
        + f".SH EXIT STATUS\n{_line(program.epilog.removeprefix('exit status: '))}\n"
        + _NOTES
    )
    return 0


def _command(command: Command) -> str:
    """Describe one command. Of its epilog the exit status of the whole program is told once."""
    arguments = _options(command)
    epilog = "" if command.epilog.startswith("exit status: 0 FINAL") else command.epilog
    more = "".join(f".PP\n{_line(part)}\n" for part in epilog.split("\n\n") if part)
    return f".SS {_roff(' '.join(command.words))}\n{_line(command.text)}\n{arguments}{more}"


def _options(command: Command) -> str:
    """Describe the arguments that have something said of them; `--help` once, for the program."""
    told = [one for one in command.arguments if one.text and not (command.words and "--help" in one.flags)]
    return "".join(f".TP\n{_term(one)}\n{_line(one.text)}\n" for one in told)


def _term(argument: Argument) -> str:
    """Write the names of an argument, and its value."""
    names = ", ".join(f"\\fB{_roff(flag)}\\fR" for flag in argument.flags)
    value = f"\\fI{_roff(argument.metavar)}\\fR" if argument.metavar else ""
    return f"{names} {value}".strip()


def _synopsis(command: Command) -> str:
    """Write the usage of one command in one line."""
    parts = [f"\\fB{_roff(' '.join((PROGRAM, *command.words)))}\\fR"]
    for argument in (*command.places, *command.options):
        if "--help" in argument.flags and command.words:
            continue
        value = f"\\fI{_roff(argument.metavar)}\\fR" if argument.metavar else ""
        flag = f"\\fB{_roff(argument.flags[-1])}\\fR" if argument.flags else ""
        text = f"{flag} {value}".strip()
        text = text if argument.required else f"[{text}]"
        parts.append(f"{text}..." if argument.repeated else text)
    if command.actions:
        parts.append("\\fICOMMAND\\fR ...")
    return " ".join(parts)


def _line(text: str) -> str:
    """Write running text, in lines of at most 80 bytes, none of which roff takes for a request."""
    return "\n".join(map(_roff, textwrap.wrap(text, _WIDTH, break_on_hyphens=False)))


def _roff(text: str) -> str:
    """Write text that roff is not to read as its own."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{escaped}" if escaped.startswith((".", "'")) else escaped
