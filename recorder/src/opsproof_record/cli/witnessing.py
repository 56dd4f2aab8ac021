"""`witness`: an independent clock signs a head, a seal or a sign-off."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click
from opsproof_verify import ed25519
from opsproof_verify.cli.output import put, width
from opsproof_verify.contract import Contract, Member
from opsproof_verify.records import SignOff
from opsproof_verify.render.escape import printable
from opsproof_verify.render.layout import Page
from opsproof_verify.render.times import rfc3339

from opsproof_record.cli.common import FILE, load_key, refusing, say, signing, tidy
from opsproof_record.cli.viewing import agree
from opsproof_record.clock import Time, now
from opsproof_record.errors import Refused
from opsproof_record.log.reading import reading
from opsproof_record.log.state import RunState
from opsproof_record.sealed import answering, asking, joining, request, witness
from opsproof_record.sealed.witness import HEAD, SEAL, SIGNOFF, Target
from opsproof_record.signing.keys import Signer, fingerprint


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a witness may sign, and what is known of the run; a request for a head has no contract."""

    about: str
    run: bytes
    head: tuple[int, bytes] | None = None
    seal: bytes | None = None
    signoffs: dict[bytes, SignOff] | None = None
    contract: Contract | None = None
    members: dict[str, Member] | None = None
    state: RunState | None = None
    text: str | None = None


@click.command("witness")
@click.option("--run", "run_file", type=FILE, help="The sealed bundle, or a running journal.")
@click.option("--request", "request_file", type=FILE, help="A request instead of the bundle; needs --detached.")
@signing
@click.option(
    "--target", type=click.Choice([SEAL, SIGNOFF, HEAD]), help="Default: the seal; of a running journal, its head."
)
@click.option("--signoff", "signoff_hash", metavar="HASH", help="signoff: which one; default: the only latest one.")
@click.option("--detached", type=FILE, help="Write the witness to this file for `opsproof append`.")
@click.option("--yes", is_flag=True, help="Do not ask; the same is shown.")
def witness_(
    run_file: Path | None,
    request_file: Path | None,
    *,
    actor: str,
    key_file: Path,
    passphrase_fd: int | None,
    target: str | None,
    signoff_hash: str | None,
    detached: Path | None,
    yes: bool,
) -> None:
    """Sign, as an independent clock, that a head, seal or sign-off exists now.

    --as is your id as a witness in the trust files of those who rely on you.
    """
    with refusing():
        if (run_file is None) == (request_file is None):
            raise Refused("one thing is witnessed", "Give --run BUNDLE, or --request FILE.")
        with _looking(run_file, request_file) as seen:
            chosen = _choose(seen, target or (HEAD if seen.head else SEAL), signoff_hash)
            if detached is None and (run_file is None or chosen.kind == HEAD):
                raise Refused("this witness is a file of its own", "Give --detached FILE, and send that back.")
            signer, time = load_key(key_file, passphrase_fd), now()
            if seen.contract is not None:
                kid = ed25519.thumbprint(signer.public)
                joining.check_independent(actor, kid, seen.contract, seen.members or {})
            put(_page(seen, chosen, actor, signer, time))
            agree(already=yes)
            body = witness.sign(signer, actor, chosen, time)
            if detached is not None:
                witness.write_detached(detached, body)
                who = " --as ACTOR --key KEY" if chosen.kind == HEAD else ""
                say(f"{detached}: add it with `opsproof append --run {run_file or 'BUNDLE'}{who} {detached}`")
            elif run_file is not None and seen.state is not None:
                hash_ = witness.append_here(run_file, body, seen.state)
                say(f"witness {hash_.hex()}\n{run_file}: witness {actor} appended; no earlier byte changed")


@contextmanager
def _looking(run_file: Path | None, request_file: Path | None) -> Iterator[_Seen]:
    if request_file is not None:
        yield _asked(request_file)
    elif run_file is not None:
        with reading(run_file) as bundle:
            state, contract = bundle.state, bundle.state.contract
            running = state.seal is None
            if bundle.torn and not running:
                tidy(run_file)
            if running:
                asking.check_head(state, str(run_file))
            yield _Seen(
                about=asking.about(contract, state.subject),
                run=state.run or b"",
                head=(state.count - 1, state.head) if running else None,
                seal=None if running else state.seal_hash,
                signoffs=state.signoffs,
                contract=contract,
                members=state.members,
                state=state,
            )


def _asked(path: Path) -> _Seen:
    asked = request.load(path)
    if isinstance(asked, request.HeadRequest):
        return _Seen(asked.about, asked.run, head=(asked.seq, asked.head), text=asked.text)
    view = answering.answer(asked, path, None, None, now())
    return _Seen(
        about=asking.about(view.contract, view.subject),
        run=view.seal.run,
        seal=view.seal_hash,
        signoffs=view.signoffs,
        contract=view.contract,
        members=view.members,
        text=asked.text,
    )


def _choose(seen: _Seen, kind: str, signoff_hash: str | None) -> Target:
    """Find what is to be witnessed."""
    if (kind == HEAD) != (seen.head is not None):
        here = "the head" if seen.head else "the seal, or a sign-off"
        raise Refused(f"there is no {kind} to witness here", f"Leave --target out: here it is {here}.")
    if signoff_hash is not None and kind != SIGNOFF:
        raise Refused("--signoff names a sign-off", "Give --target signoff too.")
    if seen.head is not None:
        return Target(HEAD, seen.run, seen.head[1], seen.head[0])
    if kind == SEAL:
        return Target(SEAL, seen.run, seen.seal or b"")
    signoffs = seen.signoffs or {}
    try:
        wanted = bytes.fromhex(signoff_hash) if signoff_hash else None
    except ValueError:
        raise Refused(f"--signoff {signoff_hash} is no hash", "Give 64 hexadecimal digits.") from None
    heads = sorted(signoffs.keys() - {hash_ for one in signoffs.values() for hash_ in one.seen})
    return Target(SIGNOFF, seen.run, witness.choose_signoff(signoffs, heads, wanted))


def _page(seen: _Seen, chosen: Target, actor: str, signer: Signer, time: Time) -> str:
    """Give the page that is shown before a witness signs."""
    page = Page(width(), colour=False)
    page.line("YOU ARE ABOUT TO WITNESS")
    page.line()
    name = {HEAD: f"the head of a running journal, entry e{chosen.seq}", SEAL: "the seal of a run"}.get(chosen.kind)
    if name is None:
        one = (seen.signoffs or {})[chosen.hash]
        name = f'a sign-off: {one.decision} by {printable(one.name)} ({one.person}), "{printable(one.meaning.text)}"'
    page.term("What", name)
    page.term("", chosen.hash.hex())
    page.term("Run", seen.run.hex())
    page.term("", f"{printable(seen.about)} (as it says itself)")
    if seen.text:
        page.term("Asked", " / ".join(map(printable, seen.text.split("\n"))))
    page.term("Witness", actor)
    page.term("Key", fingerprint(signer.public))
    page.term("Time", f"{rfc3339(*time)}, by this machine's clock")
    page.line()
    page.text(
        "You sign that this hash existed at this time, and with it all that it commits to. You say nothing about what "
        "is in it. See that your clock is right."
    )
    page.line()
    return str(page)
