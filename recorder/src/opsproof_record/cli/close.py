"""After the run: `seal`, and `append` of what others signed elsewhere."""

from __future__ import annotations

from pathlib import Path

import click
from opsproof_verify.records import SignOff

from opsproof_record.cli.common import (
    FILE,
    asking_agent,
    entry,
    finish,
    load_key,
    prose_option,
    refusing,
    say,
    signing,
    tidy,
    writer,
)
from opsproof_record.errors import Refused
from opsproof_record.sealed import closing, delegating, merge, witness
from opsproof_record.sealed.closing import Sealed
from opsproof_record.sealed.detached import Item


@click.command()
@click.option("--run", "run_file", type=FILE, required=True, help="The journal of the run.")
@signing
@click.option("--with-open-items", is_flag=True, help="Seal although something is open; every report will list it.")
def seal(run_file: Path, *, actor: str, key_file: Path, passphrase_fd: int | None, with_open_items: bool) -> None:
    """Seal a run that has ended: from here on nothing in it changes."""
    with refusing():
        tidy(run_file)
        done = closing.seal(run_file, actor, load_key(key_file, passphrase_fd), with_open_items=with_open_items)
        say(f"{run_file} is sealed: {done.count} entries")
        say(f"seal {done.seal.hex()}")
        _say_items(done)


def _say_items(done: Sealed) -> None:
    """Say what is open and what is owed."""
    policy = f"{done.policy.id} {done.policy.version}"
    if done.open:
        say(f"open, by the levels of {policy}, which the contract pins:")
        say("\n".join(f"  - {closing.weigh(item, done.policy)}" for item in done.open))
    if closing.never_final(done.open, done.policy):
        say(f"Under {policy} every verification of this run will say FAIL.")
    if done.owed:
        say("owed now:")
        say("\n".join(f"  - {item.text}" for item in done.owed))
    say("Nothing in the run changes any more. Next: `opsproof signoff`, or `opsproof request` for people elsewhere.")


@click.command()
@click.option("--run", "run_file", type=FILE, required=True, help="The sealed bundle, or a running journal.")
@click.option("--as", "actor", metavar="NAME", help="running journal: the actor who writes the witness into it.")
@click.option("--key", "key_file", type=FILE, help="running journal: the key of that actor.")
@click.option("--passphrase-fd", type=int, metavar="N", help="Read the key's passphrase from descriptor N.")
@asking_agent
@prose_option("--gap-reason", metavar="TEXT", help="running journal: if the last write was interrupted, why.")
@click.argument("files", type=FILE, nargs=-1, required=True)
def append(
    run_file: Path,
    *,
    actor: str | None,
    key_file: Path | None,
    passphrase_fd: int | None,
    gap_reason: str | None,
    files: tuple[Path, ...],
) -> None:
    """Merge detached sign-offs and witnesses, in any order.

    Whether they count is for `opsproof-verify check` to say. A witness of the head of a running journal becomes an
    entry of it, written by an actor: give --as and --key.
    """
    with refusing():
        if actor is not None or key_file is not None:
            if actor is None or key_file is None:
                raise Refused("an actor writes with a key", "Give both --as and --key; neither for a sealed bundle.")
            with writer(run_file, actor, key_file, passphrase_fd, gap_reason) as recorder:
                for file in files:
                    for item in witness.read_heads(file):
                        ref = witness.write_entry(recorder, item, str(file))
                        entry(ref, _name(item))
                finish(recorder, attest=None)
            return
        done = merge.append(run_file, files)
        if done.tail:
            say(f"The last write to {run_file} was interrupted. What it left is kept in {done.tail}.")
        for merged in done.files:
            for item in merged.added:
                say(f"{merged.path}: {_name(item)} appended ({item.hash.hex()})")
            for item in merged.known:
                say(f"{merged.path}: {_name(item)} is in the bundle already")
        for one in done.outdated:
            seen = "all that was supplied, remediated or attested"
            say(f"{one.person} approved as {one.role} without having seen {seen}.")
            say("  Unless the policy does without the last word, it counts no more and has to be given again.")
        for hash_ in done.missing:
            say(f"incomplete: somebody has seen a sign-off that is not here; obtain {hash_.hex()}")


def _name(item: Item) -> str:
    record = item.record
    if isinstance(record, SignOff):
        leave = f", by leave of {delegating.read_body(record.delegation).record.giver}," if record.delegation else ""
        return f"{record.decision} by {record.person}{leave}"
    target = f"e{record.seq}" if record.target == "entry" else {"seal": "the seal"}.get(record.target, "a sign-off")
    return f"witness {record.witness} of {target}"
