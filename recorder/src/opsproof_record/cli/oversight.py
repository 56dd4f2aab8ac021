"""Commands of second persons: `check-step`, `release`, `authorise`, `assign`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from opsproof_record.cli.common import (
    DURATION,
    FILE,
    ITEM,
    MOMENT,
    attesting,
    digest_of,
    entry,
    finish,
    id_option,
    line_option,
    load_key,
    prose_option,
    read_passphrase,
    refusing,
    say,
    tidy,
    writer,
    writing,
)
from opsproof_record.clock import now
from opsproof_record.errors import Refused
from opsproof_record.run import assigning, oversight
from opsproof_record.signing.keys import load_public


@click.command("check-step")
@click.argument("step")
@click.option("--passed/--failed", default=None, help="What the check showed. Required.")
@click.option("--pass", "number", type=click.IntRange(1), help="The pass checked; default: the latest.")
@prose_option("--text", help="What was checked, or why it failed.")
@writing
@attesting
def check_step(
    step: str, *, passed: bool | None, number: int | None, text: str | None, attest: bool | None, **options: Any
) -> None:
    """Record your independent check of STEP, which somebody else performed."""
    with refusing():
        if passed is None:
            raise Refused("a check has a result", "Give --passed or --failed.")
        with writer(**options) as recorder:
            ref = oversight.check_step(recorder, step, passed=passed, text=text, number=number)
            entry(ref, f"step {step} checked: {'passed' if passed else 'FAILED'}")
            if not passed:
                say("  A failed check needs a deviation:")
                say(f"  opsproof deviate REASON --step {step} --description TEXT ...")
            finish(recorder, attest=attest)


@click.command()
@click.argument("what")
@click.option("--pass", "number", type=click.IntRange(1), help="The pass released; default: the first that waits.")
@prose_option("--text", help="On what grounds.")
@writing
@attesting
def release(what: str, *, number: int | None, text: str | None, attest: bool | None, **options: Any) -> None:
    """Release WHAT: a step that is a hold point, or a deviation eN that blocks the work."""
    with refusing(), writer(**options) as recorder:
        seq = what.removeprefix("e")
        if what not in recorder.state.contract.steps and what.startswith("e") and seq.isascii() and seq.isdigit():
            entry(oversight.release_deviation(recorder, int(seq), text), f"deviation {what} released")
        else:
            entry(oversight.release_step(recorder, what, text, number), f"step {what} released")
        finish(recorder, attest=attest)


@click.command()
@click.argument("step")
@id_option("--for", "for_actor", required=True, metavar="ACTOR", help="Who may act.")
@line_option("--action", required=True, help="The action, exactly as the actor names it.")
@click.option(
    "--arguments", type=ITEM, required=True, help="Its arguments: the evidence eN that holds them, or SHA-256."
)
@click.option("--expires-in", type=DURATION, help="How long the leave holds, such as 15 min.")
@click.option("--expires", type=MOMENT, metavar="TIME", help="Until when, instead.")
@writing
@attesting
def authorise(
    step: str,
    *,
    for_actor: str,
    action: str,
    arguments: int | bytes,
    expires_in: int | None,
    expires: list[int] | None,
    attest: bool | None,
    **options: Any,
) -> None:
    """Give an actor leave for one action in STEP with exactly these arguments, once."""
    with refusing():
        if (expires_in is None) == (expires is None):
            raise Refused("leave has an end", "Give --expires-in DURATION or --expires TIME.")
        ms, offset = now()
        until = expires or [ms + (expires_in or 0), offset]
        with writer(**options) as recorder:
            digest = digest_of(recorder, arguments)
            ref = oversight.authorise(recorder, step, for_actor, action, digest, until)
            entry(ref, f'{for_actor} may do "{action}" once in step {step}, arguments sha256 {digest.hex()}')
            finish(recorder, attest=attest)


@click.command()
@click.option(
    "--signed", type=FILE, help="An assignment that the issuer signed with --detached; nothing else is given."
)
@click.option("--detached", type=FILE, help="As the issuer: sign the assignment into this file; nothing is recorded.")
@id_option("--id", help="Id of the new actor.")
@id_option("--person", help="Its person; default: the same id.")
@line_option("--name", help="Its name as it is to be printed.")
@click.option("--kind", type=click.Choice(["human", "agent", "device"]), default="human", show_default=True)
@id_option("--role", "roles", multiple=True, help="A role that it holds.")
@click.option("--public-key", type=FILE, help="Its public key file.")
@id_option("--principal", help="agent, device: the person who answers for it.")
@line_option("--software", help="agent, device: name and version.")
@click.option("--config", type=ITEM, metavar="SHA256", help="agent, device: digest of its configuration.")
@click.option("--not-before", type=MOMENT, metavar="TIME", help="From when it may act.")
@click.option("--not-after", type=MOMENT, metavar="TIME", help="Until when it may act.")
@writing
@attesting
def assign(
    *, signed: Path | None, detached: Path | None, attest: bool | None, run_file: Path, actor: str, **options: Any
) -> None:
    """Enrol a further actor for this run: a new colleague, or a job's agent."""
    said = {word: options.pop(word) for word in _MEMBER}
    with refusing():
        if detached is not None:
            tidy(run_file)
            signer = load_key(options["key_file"], options["passphrase_fd"])
            assigning.assign_detached(run_file, detached, signer, actor, _member(said))
            say(f"{detached}: write it into the run with `opsproof assign --signed {detached}`")
            return
        with writer(run_file=run_file, actor=actor, **options) as recorder:
            if signed is not None:
                ref = assigning.assign_signed(recorder, signed)
            else:
                ref = assigning.assign(recorder, _member(said))
            name, member = list(recorder.state.members.items())[-1]
            entry(ref, f"{name} joins as {', '.join(member.roles)} ({member.kind})")
            finish(recorder, attest=attest)


_MEMBER = (
    *("id", "person", "name", "kind", "roles", "public_key"),
    *("principal", "software", "config", "not_before", "not_after"),
)


def _member(said: dict[str, Any]) -> assigning.Member:
    """Put an actor together as SPEC 6.1 names its members."""
    for word, option in (("id", "--id"), ("name", "--name"), ("roles", "--role"), ("public_key", "--public-key")):
        if not said[word]:
            raise Refused(f"an actor has its {word.replace('_', ' ')}", f"Give {option}.")
    if said["kind"] == "human" and said["principal"]:
        raise Refused("people answer for themselves", "Leave --principal out.")
    member = {
        "id": said["id"],
        "person": said["person"] or said["id"],
        "name": said["name"],
        "kind": said["kind"],
        "roles": list(said["roles"]),
        "key": load_public(said["public_key"], lambda path: read_passphrase(None, f"Passphrase of {path}")).public,
        "not-before": said["not_before"],
        "not-after": said["not_after"],
        "principal": said["principal"],
        "software": said["software"],
        "config": said["config"],
    }
    return {name: value for name, value in member.items() if value is not None}
