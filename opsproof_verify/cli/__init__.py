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
from typing import NoReturn

from opsproof_verify.cli.arguments import NO_VERDICT, make_parser

#: Objects after which Python looks for garbage, of which little is made here.
_GARBAGE = 50_000


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
        arguments = make_parser(words).parse_args(words)
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
        case "view":
            from opsproof_verify.cli.view import view

            return view(arguments)
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
        case "completion":
            from opsproof_verify.cli.completion import completion

            return completion(make_parser(()), arguments.shell)
        case "man":
            from opsproof_verify.cli.manual import manual

            return manual(make_parser(()))
        case "selftest":
            from opsproof_verify.cli.selftest import selftest

            return selftest(arguments)
        case _:
            from opsproof_verify.cli import trust_commands

            look = {
                "lint": trust_commands.lint_trust,
                "show": trust_commands.show_trust,
                "diff": trust_commands.diff_trust,
                "keys": trust_commands.put_keys,
            }
            return look[arguments.action](arguments)
