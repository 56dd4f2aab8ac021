"""What the commands share: options, passphrases, refusals, and one line for each thing that was done."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import click
from opsproof_verify import fields
from opsproof_verify.fields import Ref
from opsproof_verify.findings import Rejected
from opsproof_verify.problems import InputError
from opsproof_verify.render.escape import printable

from opsproof_record.clock import parse_duration, to_time
from opsproof_record.errors import Refused, Unknown
from opsproof_record.log.journal import Cut, mend
from opsproof_record.run.recorder import Recorder, recording
from opsproof_record.signing import keys
from opsproof_record.signing.keys import Signer

F = TypeVar("F", bound=Callable[..., Any])

FILE = click.Path(path_type=Path)
REFUSED, UNUSABLE = 1, 2
_HELD = "opsproof_record.held"
_MAX_PASSPHRASE = 1023  # bytes; OpenSSL and OpenSSH take no more
_AGENT = "opsproof.agent"  # in the context of a command: what --agent said


class EntryNumber(click.ParamType):  # type: ignore[type-arg]  # generic in newer versions of click only
    """An entry as people and the verifier's commands write it: ``e12``."""

    name = "eN"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Read ``e12`` or ``12``."""
        digits = str(value).removeprefix("e")
        if not (digits.isascii() and digits.isdigit() and len(digits) <= len(str(fields.MAX_INTEGER))):
            self.fail(f"{value} is no entry; write it as e12", param, ctx)
        return int(digits)


class ItemName(EntryNumber):
    """An evidence item: the entry that added it, or its SHA-256 as `sha256sum` prints it."""

    name = "eN|SHA256"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read ``e12`` into 12, and 64 hexadecimal digits into bytes."""
        text = str(value).removeprefix("sha256:")
        if len(text) != 64:
            return super().convert(value, param, ctx)
        try:
            return bytes.fromhex(text)
        except ValueError:
            self.fail(f"{value} is no SHA-256; write 64 hexadecimal digits", param, ctx)


class Moment(click.ParamType):  # type: ignore[type-arg]  # as above
    """A time with a zone."""

    name = "TIME"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> list[int]:
        """Read RFC 3339 into milliseconds and offset (SPEC 4.2-6)."""
        try:
            return to_time(datetime.fromisoformat(str(value)))
        except ValueError:
            self.fail(f"{value} is no time with a zone; write 2026-11-01T08:00:00Z", param, ctx)


class Duration(click.ParamType):  # type: ignore[type-arg]  # as above
    """A duration such as ``30 min``, as the time limits of procedures."""

    name = "DURATION"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Read it into milliseconds."""
        ms = parse_duration(str(value))
        if ms is None:
            self.fail(f'{value} is no duration; write a number and ms, s, min, h or d, such as "30 min"', param, ctx)
        return ms


ENTRY = EntryNumber()
ITEM = ItemName()
MOMENT = Moment()
DURATION = Duration()


def digest_of(recorder: Recorder, item: int | bytes) -> bytes:
    """Give the digest of an evidence item that was named by its entry or by its digest."""
    if isinstance(item, bytes):
        return item
    digest = recorder.state.digest_at(item)
    if digest is None:
        raise Unknown(f"e{item} added no evidence", "`opsproof-verify show` lists the entries.")
    return digest


def text_option(*names: str, read: fields.Reader[str], wanted: str, **settings: Any) -> Callable[[F], F]:
    """Make an option whose text one of the verifier's readers has to accept."""

    def check(_context: click.Context, _parameter: click.Parameter, value: Any) -> Any:
        try:
            if isinstance(value, tuple):  # of an option that may be given several times
                return tuple(read(one) for one in value)
            return None if value is None else read(value)
        except Rejected:
            raise click.BadParameter(f"write {wanted}") from None

    return click.option(*names, callback=check, **settings)


def id_option(*names: str, **settings: Any) -> Callable[[F], F]:
    """Make an option that takes an identifier."""
    return text_option(*names, read=fields.ident, wanted="an identifier of a-z, 0-9, '.', '_' and '-'", **settings)


def line_option(*names: str, **settings: Any) -> Callable[[F], F]:
    """Make an option that takes one line."""
    return text_option(*names, read=fields.line, wanted="one line of 1 to 256 bytes", **settings)


def prose_option(*names: str, **settings: Any) -> Callable[[F], F]:
    """Make an option that takes text."""
    return text_option(*names, read=fields.prose, wanted="text of 1 to 16384 bytes", **settings)


def asking_agent(command: F) -> F:
    """Add which ssh-agent to ask; it is kept in the context, where :func:`load_key` finds it."""

    def keep(context: click.Context, _parameter: click.Parameter, value: Path | None) -> None:
        context.meta[_AGENT] = value

    return click.option(
        "--agent",
        type=FILE,
        metavar="SOCKET",
        expose_value=False,
        callback=keep,
        help="The ssh-agent to ask if --key is a public key. Default: the one that SSH_AUTH_SOCK names.",
    )(command)


def signing(command: F) -> F:
    """Add who signs, and with which key."""
    command = asking_agent(command)
    command = click.option(
        "--passphrase-fd", type=int, metavar="N", help="Read the key's passphrase from descriptor N."
    )(command)
    command = click.option(
        "--key",
        "key_file",
        type=FILE,
        required=True,
        help="Key of the one who acts: a private key file, or a public one whose private half an ssh-agent holds.",
    )(command)
    return id_option("--as", "actor", required=True, metavar="NAME", help="Who acts: an actor or person by id.")(
        command
    )


def writing(command: F) -> F:
    """Add what every command on a run takes: file, actor, key, and why the last write was interrupted."""
    command = signing(command)
    command = prose_option("--gap-reason", metavar="TEXT", help="If the last write was interrupted: why.")(command)
    return click.option("--run", "run_file", type=FILE, required=True, help="The journal of the run.")(command)


def attesting(command: F) -> F:
    """Add whether the entry is signed at once: by default a human's is, an agent's or device's is not."""
    return click.option(
        "--attest/--no-attest", default=None, help="Sign at once. Default: people yes, agents and devices no."
    )(command)


@contextmanager
def refusing(status: int = REFUSED) -> Iterator[None]:
    """Turn a refusal into two lines and an exit status; never a traceback for what a person can mend."""
    try:
        yield
    except Refused as refusal:
        fail(f"refused: {refusal.what}\n  {refusal.remedy}", status)
    except InputError as error:
        fail(str(error), UNUSABLE)
    except OSError as error:
        fail(f"{error.filename or 'the file system'}: {error.strerror}", UNUSABLE)


def fail(message: str, status: int) -> NoReturn:
    """Say what went wrong on standard error, and exit."""
    click.echo("\n".join(printable(line) for line in message.split("\n")), err=True)
    sys.exit(status)


def say(text: str) -> None:
    """Say what was done; text of the record is escaped where it could mislead a terminal."""
    shown = "\n".join(printable(line) for line in text.split("\n"))
    context = click.get_current_context(silent=True)
    held = context.meta.get(_HELD) if context else None
    if held is None:
        click.echo(shown)
    else:
        held.append(shown)


def _let_out() -> None:
    """Say what was held back until it was on the disk."""
    for text in click.get_current_context().meta.pop(_HELD, None) or ():
        click.echo(text)


def load_key(path: Path, descriptor: int | None) -> Signer:
    """Load a key; the passphrase comes from a descriptor or a prompt, and `--agent` may say which ssh-agent to ask."""
    context = click.get_current_context(silent=True)
    return keys.load(
        path,
        lambda of: read_passphrase(descriptor, f"Passphrase of {of}"),
        agent=context.meta.get(_AGENT) if context else None,
        warn=warn,
    )


def warn(text: str) -> None:
    """Say on standard error what should be put right and stops nothing."""
    click.echo(printable(text), err=True)


def read_passphrase(descriptor: int | None, prompt: str, *, confirm: bool = False) -> bytes:
    """Read a passphrase: one line from a descriptor, of which no byte more is taken, or typed and not shown."""
    if descriptor is not None:
        passphrase = _read_line(descriptor)
    elif sys.stdin.isatty():
        passphrase = str(click.prompt(prompt, hide_input=True, confirmation_prompt=confirm, err=True)).encode()
    else:
        raise Refused("the key is encrypted and there is no terminal to ask", "Give --passphrase-fd N.")
    if not passphrase:
        raise Refused("the passphrase is empty", "Write it as one line to the descriptor.")
    if len(passphrase) > _MAX_PASSPHRASE:
        raise Refused(f"the passphrase has more than {_MAX_PASSPHRASE} bytes", "Give it as one line.")
    return passphrase


def _read_line(descriptor: int) -> bytes:
    line = b""
    try:
        while not line.endswith(b"\n") and len(line) <= _MAX_PASSPHRASE + 1 and (piece := os.read(descriptor, 1)):
            line += piece
    except (OSError, OverflowError) as error:
        why = error.strerror if isinstance(error, OSError) else "no descriptor"
        raise Refused(f"--passphrase-fd {descriptor}: {why}", "Open that descriptor in the shell.") from error
    return line.rstrip(b"\r\n")


@contextmanager
def writer(
    run_file: Path, actor: str, key_file: Path, passphrase_fd: int | None, gap_reason: str | None
) -> Iterator[Recorder]:
    """Open a run to write to."""
    signer = load_key(key_file, passphrase_fd)
    with recording(run_file, actor, signer, lambda cut: explain(cut, gap_reason)) as recorder:
        click.get_current_context().meta[_HELD] = []  # nothing is reported before it is on the disk
        yield recorder
        _say_told(recorder)
        recorder.journal.commit()
        _let_out()


def _say_told(recorder: Recorder) -> None:
    """Say what stops nothing and should be heard."""
    for text in recorder.told:
        say(f"  NOTE: {text}")
    recorder.told.clear()


def explain(cut: Cut, reason: str | None) -> str | None:
    """Say that a torn tail was cut, and ask why unless that was told."""
    click.echo(f"The last write was interrupted. {cut.size} bytes were cut and kept in {cut.kept}.", err=True)
    if reason is None and sys.stdin.isatty():
        reason = click.prompt("What happened? (empty: not known)", default="", show_default=False, err=True) or None
    if reason is None:
        click.echo("A gap entry without a reason is recorded; an approval will have to cover it.", err=True)
    return reason


def tidy(path: Path) -> None:
    """Cut a tail that an interrupted write left after the end of a run, or in a package, and say so."""
    if kept := mend(path):
        click.echo(f"The last write to {path} was interrupted. What it left is kept in {kept}.", err=True)


def finish(recorder: Recorder, *, attest: bool | None) -> None:
    """Flush what was written, say it and, if wanted, sign it."""
    _say_told(recorder)
    recorder.journal.commit()
    _let_out()
    wanted = recorder.member.kind == "human" if attest is None else attest
    if wanted or recorder.due:
        try:
            count = recorder.attest()
        except Refused as refusal:
            what = f"{refusal.what}; what was recorded above stands, and is not signed"
            raise Refused(what, f"{refusal.remedy} Then sign it: `opsproof attest`.") from refusal
        if count:
            last = recorder.state.count - 1
            say(f"e{last} signed by {recorder.member.id}: {count} {'entry' if count == 1 else 'entries'}")


def entry(ref: Ref, text: str) -> None:
    """Say that an entry was written."""
    say(f"e{ref.seq} {text}")
