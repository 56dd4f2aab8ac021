"""The command `opsproof-verify` (SPEC 9.1, 11): arguments in, an exit status out, and never a traceback.

    0  FINAL, or the thing asked for was done
    1  FAIL
    2  no verdict: wrong usage, an unreadable file, errors in a policy or trust file, an internal error
    3  PROVISIONAL

Nothing but the arguments and the files that they name has an influence on what is said; NO_COLOR, FORCE_COLOR
and the width of a terminal only on how it looks. Commands are imported when they are called.
"""

# ruff: noqa: PLC0415 - each command pays for its own imports only

from __future__ import annotations

import argparse
import gc
import sys
from collections.abc import Sequence
from typing import NoReturn, TypeAlias

from opsproof_verify import __version__
from opsproof_verify.cli.output import width

#: Objects after which Python looks for garbage, of which little is made here.
_GARBAGE = 50_000

PROGRAM = "opsproof-verify"
NO_VERDICT = 2

_STATUS = """\
exit status: 0 FINAL, 1 FAIL, 3 PROVISIONAL, 2 no verdict (usage, unreadable file, error in policy or
trust file, internal error); of several, 1 comes before 2 before 3 before 0. Commands without a verdict:
0 done, 2 not done; `compare` see `compare --help`."""

_COMPARED = """\
B is, in this order: identical; other-run; forked (two histories of one run, with the signed record of each
side as proof, or without); altered (where they differ, one contradicts itself); mergeable (each has sign-offs
or witnesses that the other lacks); extended (it has all records of A, and more); rolled-back (A has all of
its records, and more); withheld (the same records, content missing in one); rearranged (the same records in
another order or number); undecided (the same as far as both could be read).

exit status: 0 identical, mergeable, extended, withheld, rearranged; 1 other-run, forked, altered,
rolled-back; 2 no answer: undecided, or nothing worse found though a copy could not be read to its end; wrong
usage, a file that cannot be read or is no bundle, internal error."""

_POLICY = "a path, or the bare name of a shipped profile"
_LINTED = """\
exit status: 0 it can be used, with or without warnings; 2 errors. A contract is read without any trust in it."""


class _Parser(argparse.ArgumentParser):
    """A parser whose refusals are one line, like all others of this program."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and where help is (exit status 2)."""
        from opsproof_verify.render.escape import printable

        self.exit(NO_VERDICT, f"{PROGRAM}: {printable(message)}; see `{self.prog} --help`\n")


class _Help(argparse.HelpFormatter):
    """Help as wide as all other output; to know the width `argparse` would import `shutil` for each option."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=width())


class _RawHelp(_Help, argparse.RawDescriptionHelpFormatter):
    """Help that leaves the lines of a description as they are."""


_Commands: TypeAlias = "argparse._SubParsersAction[_Parser]"  # noqa: SLF001 - it has no other name


def command() -> NoReturn:
    """Be the program: run one command and exit."""
    gc.set_threshold(_GARBAGE)
    status = main()
    gc.freeze()  # or Python would look for garbage, for 5 ms, in what ends with it
    sys.exit(status)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and give its exit status."""
    words = sys.argv[1:] if argv is None else argv
    try:
        arguments = _parser(words).parse_args(words)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else 0
    try:
        status = _run(arguments)
        sys.stdout.flush()
    except BaseException as error:  # noqa: BLE001 - the last resort: whatever happens, a line and status 2
        from opsproof_verify.cli.errors import complain

        complain(error)
        return NO_VERDICT
    return status


def _run(arguments: argparse.Namespace) -> int:
    """Import the module of a command and call it."""
    match arguments.command:
        case "check":
            from opsproof_verify.cli.ahead import ahead

            with ahead(arguments) as others:
                from opsproof_verify.cli.check import check

                return check(arguments, others)
        case "show":
            from opsproof_verify.cli.show import show

            return show(arguments.bundle)
        case "extract":
            from opsproof_verify.cli.extract import extract

            return extract(arguments.bundle, arguments.id, arguments.output)
        case "compare":
            from opsproof_verify.cli.compare import compare

            return compare(arguments)
        case "explain":
            from opsproof_verify.cli.explain import explain

            return explain(arguments.code)
        case "policy":
            from opsproof_verify.cli import policy_commands

            run = {
                "lint": policy_commands.lint_policy,
                "show": policy_commands.show_policy,
                "diff": policy_commands.diff_policies,
                "schema": policy_commands.put_schema,
            }
            return run[arguments.action](arguments)
        case _:
            from opsproof_verify.cli import inputs

            look = {"lint": inputs.lint_trust, "show": inputs.show_trust}
            return look[arguments.action](arguments.file)


def _parser(words: Sequence[str]) -> argparse.ArgumentParser:
    """Describe the command line (the commands and options are fixed: scripts rely on them).

    What begins with a command is about that one alone: the others need not be described.
    """
    parser = _Parser(
        prog=PROGRAM,
        description="Verify Proof Bundles offline: FAIL, PROVISIONAL or FINAL, the same for the same inputs.",
        epilog=_STATUS,
        allow_abbrev=False,
        formatter_class=_RawHelp,
    )
    parser.add_argument("--version", action="version", version=f"{PROGRAM} {__version__} (SPEC 1, vocabulary 1)")
    commands = parser.add_subparsers(
        prog=PROGRAM, dest="command", required=True, metavar="COMMAND", parser_class=_Parser
    )
    named = [add for name, add in _COMMANDS.items() if name in words[:1]]
    for add in named or _COMMANDS.values():
        add(commands)
    return parser


def _add_show(commands: _Commands) -> None:
    """Describe `show`."""
    show = _add(commands, "show", "show what a bundle says, without verifying any of it")
    show.add_argument("bundle", metavar="BUNDLE", help="a bundle; `-` reads standard input")


def _add_extract(commands: _Commands) -> None:
    """Describe `extract`."""
    extract = _add(commands, "extract", "list the evidence in a bundle, or write one item, compared with its digest")
    extract.add_argument("bundle", metavar="BUNDLE", help="a bundle; `-` reads standard input")
    extract.add_argument(
        "id", metavar="ID", nargs="?", help="an entry such as e17, or the first 8 or more digits of a digest"
    )
    extract.add_argument("-o", "--output", metavar="DIR", default=".", help="folder to write to; default: this one")


def _add_explain(commands: _Commands) -> None:
    """Describe `explain`."""
    explain = _add(commands, "explain", "say what a finding code means and what to do; without CODE list all")
    explain.add_argument("code", metavar="CODE", nargs="?")


def _add_trust(commands: _Commands) -> None:
    """Describe `trust`."""
    trust = _add(commands, "trust", "look at a trust file").add_subparsers(
        prog=f"{PROGRAM} trust", dest="action", required=True, metavar="lint|show", parser_class=_Parser
    )
    _add(trust, "lint", "list everything that is wrong with a trust file").add_argument("file", metavar="FILE")
    _add(trust, "show", "print a trust file as one page to compare and sign").add_argument("file", metavar="FILE")


def _add_policy(commands: _Commands) -> None:
    """Describe `policy`."""
    policy = _add(commands, "policy", "look at a policy, or compare two").add_subparsers(
        prog=f"{PROGRAM} policy", dest="action", required=True, metavar="lint|show|diff|schema", parser_class=_Parser
    )
    lint = _add(policy, "lint", "list everything that is wrong with a policy, and what in it has no effect")
    lint.add_argument("file", metavar="FILE|NAME", help=_POLICY)
    lint.add_argument(
        "--contract",
        metavar="FILE",
        help="a package, journal or bundle: warn of what can never happen under its contract",
    )
    lint.add_argument("--trust", metavar="FILE", help="a trust file: warn of approvals that nobody in it can give")
    lint.epilog = _LINTED
    show = _add(policy, "show", "print a policy in words that can be read aloud")
    show.add_argument("file", metavar="FILE|NAME", help=_POLICY)
    show.add_argument(
        "--format", choices=("text", "json"), default="text", help="text, or the canonical form as JSON; default: text"
    )
    diff = _add(policy, "diff", "say rule by rule whether policy B is stricter or weaker than A")
    diff.add_argument("a", metavar="A", help=_POLICY)
    diff.add_argument("b", metavar="B", help="another policy; what is said is what B is to A")
    diff.epilog = "exit status: 0 the same policy, 1 two different ones, 2 one of them cannot be used."
    _add(policy, "schema", "print the JSON Schema of policy files, for editors")


def _add_check(commands: _Commands) -> None:
    """Describe `check`."""
    check = _add(commands, "check", "verify bundles and give the verdict")
    check.add_argument(
        "bundles", metavar="BUNDLE", nargs="+", help="a bundle, or a folder of them; `-` reads standard input"
    )
    check.add_argument("--trust", metavar="FILE", required=True, help="the trust file: whose keys count")
    check.add_argument(
        "--policy",
        metavar="NAME|FILE",
        action="append",
        default=[],
        help="a shipped profile or a file; without it the policy in the contract; repeated, a table of what differs",
    )
    check.add_argument("--at", metavar="RFC3339", help="the verification time; without it there is no clock")
    check.add_argument(
        "--expect",
        metavar="KEY=VALUE",
        action="append",
        default=[],
        help="contract=ID, min-version=N, run=HASH or subject.NAME=VALUE: FAIL if not so; may be repeated",
    )
    check.add_argument("--evidence-dir", metavar="DIR", help="evidence beside the bundle: files named by their SHA-256")
    check.add_argument(
        "--format",
        choices=("text", "json", "sarif", "junit"),
        default="text",
        help="text for people (default), json with all that is known, sarif for viewers of code scanning, junit for "
        "test systems, where whatever is not FINAL is red",
    )
    check.add_argument("--output", metavar="FILE", help="write the report to a file instead of standard output")
    check.add_argument(
        "--workers",
        metavar="N",
        help="processes for large or many bundles, which change nothing in a report; default: as many as there are "
        "processors, 1: no further one",
    )
    check.add_argument(
        "--accept",
        choices=("provisional",),
        help="exit with 0 for PROVISIONAL too, unless something is withheld, absent or not evaluated",
    )
    check.epilog = _STATUS


def _add_compare(commands: _Commands) -> None:
    """Describe `compare`."""
    compare = _add(commands, "compare", "tell two copies of a run apart, judging neither")
    compare.add_argument("a", metavar="A", help="a bundle or journal; `-` reads standard input")
    compare.add_argument("b", metavar="B", help="another copy; what is said is what B is to A")
    compare.add_argument("--format", choices=("text", "json"), default="text", help="form of the answer; default: text")
    compare.add_argument("--output", metavar="FILE", help="write the answer to a file instead of standard output")
    compare.epilog = _COMPARED
    compare.formatter_class = _RawHelp


_COMMANDS = {
    "check": _add_check,
    "show": _add_show,
    "extract": _add_extract,
    "compare": _add_compare,
    "explain": _add_explain,
    "trust": _add_trust,
    "policy": _add_policy,
}


def _add(commands: _Commands, name: str, summary: str) -> _Parser:
    """Add one command."""
    description = f"{summary[0].upper()}{summary[1:]}."
    return commands.add_parser(name, help=summary, description=description, allow_abbrev=False, formatter_class=_Help)
