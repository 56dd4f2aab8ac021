"""The command line of `opsproof-verify`: commands, options, help (SPEC 11). They are fixed: scripts rely on them."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import NoReturn, TypeAlias

from opsproof_verify import __version__
from opsproof_verify.cli.output import width

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
_TRUST_KEY = (
    "the key that must have signed the trust file, in a file of the same name with .sig behind it: an ssh-ed25519 "
    "line, PEM or 64 hexadecimal digits, or a file that holds it; without it no signature is looked at"
)
_LINTED = """\
exit status: 0 it can be used, with or without warnings; 2 errors. A contract is read without any trust in it."""


class _Parser(argparse.ArgumentParser):
    """A parser whose refusals are one line, like all others of this program."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and where help is (exit status 2)."""
        from opsproof_verify.render.escape import printable  # noqa: PLC0415 - only after a mistake

        self.exit(NO_VERDICT, f"{PROGRAM}: {printable(message)}; see `{self.prog} --help`\n")


class _Help(argparse.HelpFormatter):
    """Help as wide as all other output; to know the width `argparse` would import `shutil` for each option."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=width())


class _RawHelp(_Help, argparse.RawDescriptionHelpFormatter):
    """Help that leaves the lines of a description as they are."""


_Commands: TypeAlias = "argparse._SubParsersAction[_Parser]"  # noqa: SLF001 - it has no other name


def make_parser(words: Sequence[str]) -> argparse.ArgumentParser:
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
    named = [add for name, add in COMMANDS.items() if name in words[:1]]
    for add in named or COMMANDS.values():
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
    trust = _add(commands, "trust", "look at a trust file, compare two, or list the keys that a bundle claims")
    actions = trust.add_subparsers(
        prog=f"{PROGRAM} trust", dest="action", required=True, metavar="lint|show|diff|keys", parser_class=_Parser
    )
    lint = _add(actions, "lint", "list everything that is wrong with a trust file, and what in it is doubtful")
    lint.add_argument("file", metavar="FILE")
    lint.epilog = "exit status: 0 it can be used, with or without warnings; 2 errors."
    show = _add(actions, "show", "print a trust file as one page to compare and sign")
    show.add_argument("file", metavar="FILE")
    diff = _add(actions, "diff", "say what one trust file trusts and another does not")
    diff.add_argument("old", metavar="OLD", help="the trust file used so far")
    diff.add_argument("new", metavar="NEW", help="the one that is to replace it; what is said is what NEW changes")
    diff.epilog = "exit status: 0 they mean the same, 1 they differ, 2 one of them cannot be used."
    for one in (lint, show, diff):
        one.add_argument("--trust-key", metavar="KEY", help=_TRUST_KEY)
    keys = _add(actions, "keys", "list the keys that a bundle claims; none of them is to be trusted for that")
    keys.add_argument("bundle", metavar="BUNDLE", help="a bundle, journal or package; `-` reads standard input")


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
    _add_inputs(check)
    check.add_argument(
        "--format",
        choices=("text", "json", "sarif", "junit", "csv"),
        default="text",
        help="text for people (default), json with all that is known, sarif for viewers of code scanning, junit for "
        "test systems, where whatever is not FINAL is red, csv for spreadsheets: the timeline of one bundle",
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


def _add_inputs(command: _Parser, *, trust: bool = True) -> None:
    """Describe what a verdict depends on, but for the bundle; ``trust`` tells whether a trust file must be given."""
    command.add_argument("--trust", metavar="FILE", required=trust, help="the trust file: whose keys count")
    command.add_argument("--trust-key", metavar="KEY", help=_TRUST_KEY)
    command.add_argument(
        "--policy",
        metavar="NAME|FILE",
        action="append",
        default=[],
        help="a shipped profile or a file; without it the policy in the contract; repeated, a table of what differs",
    )
    command.add_argument("--at", metavar="RFC3339", help="the verification time; without it there is no clock")
    command.add_argument(
        "--expect",
        metavar="KEY=VALUE",
        action="append",
        default=[],
        help="contract=ID, min-version=N, run=HASH or subject.NAME=VALUE: FAIL if not so; may be repeated",
    )
    command.add_argument(
        "--evidence-dir", metavar="DIR", help="evidence beside the bundle: files named by their SHA-256"
    )


def _add_view(commands: _Commands) -> None:
    """Describe `view`."""
    view = _add(commands, "view", "make the Flight Recorder: one offline page that traces the verdict to its evidence")
    view.add_argument("bundle", metavar="BUNDLE", nargs="?", help="a bundle; `-` reads standard input")
    _add_inputs(view, trust=False)
    view.add_argument("-o", "--output", metavar="FILE", help="the page to write; without it standard output")
    view.add_argument(
        "--include-evidence",
        metavar="SIZE",
        default="1 MiB",
        help="the page carries evidence up to this size: `none`, `all`, or such as `20 MiB`; default: 1 MiB",
    )
    view.add_argument("--messages", metavar="FILE", help="words in another language, made from --list-messages")
    view.add_argument("--list-messages", action="store_true", help="print the English words of the page, and end")
    view.epilog = (
        "with several --policy the page is of the first, and tells what the others find; exit status as `check`."
    )


def _add_compare(commands: _Commands) -> None:
    """Describe `compare`."""
    compare = _add(commands, "compare", "tell two copies of a run apart, judging neither")
    compare.add_argument("a", metavar="A", help="a bundle or journal; `-` reads standard input")
    compare.add_argument("b", metavar="B", help="another copy; what is said is what B is to A")
    compare.add_argument("--format", choices=("text", "json"), default="text", help="form of the answer; default: text")
    compare.add_argument("--output", metavar="FILE", help="write the answer to a file instead of standard output")
    compare.epilog = _COMPARED
    compare.formatter_class = _RawHelp


def _add_selftest(commands: _Commands) -> None:
    """Describe `selftest`."""
    selftest = _add(commands, "selftest", "run the vectors that ship with the verifier on this machine, for the record")
    selftest.add_argument(
        "--format",
        choices=("text", "json", "junit"),
        default="text",
        help="a page to sign (default), json, or junit with a case for each vector",
    )
    selftest.add_argument("--output", metavar="FILE", help="write the record to a file instead of standard output")
    selftest.add_argument("--at", metavar="RFC3339", help="the time that the record names; without it there is none")
    selftest.epilog = "exit status: 0 all agree, 1 some disagree, 2 it could not be run."


def _add_completion(commands: _Commands) -> None:
    """Describe `completion`."""
    completion = _add(commands, "completion", "print a script by which a shell completes this command line")
    completion.add_argument("shell", choices=("bash", "zsh", "fish"), help="the shell")


def _add_man(commands: _Commands) -> None:
    """Describe `man`."""
    _add(commands, "man", "print the manual page, for `man -l -`")


COMMANDS = {
    "check": _add_check,
    "view": _add_view,
    "show": _add_show,
    "extract": _add_extract,
    "compare": _add_compare,
    "explain": _add_explain,
    "trust": _add_trust,
    "policy": _add_policy,
    "selftest": _add_selftest,
    "completion": _add_completion,
    "man": _add_man,
}


def _add(commands: _Commands, name: str, summary: str) -> _Parser:
    """Add one command."""
    description = f"{summary[0].upper()}{summary[1:]}."
    return commands.add_parser(name, help=summary, description=description, allow_abbrev=False, formatter_class=_Help)
