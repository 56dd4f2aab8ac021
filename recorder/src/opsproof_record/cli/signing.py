"""Signatures after the seal: `signoff`, and `request` for people elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from opsproof_verify.cli.output import put
from opsproof_verify.policy import Policy
from opsproof_verify.records import DECISIONS
from opsproof_verify.render.text import under
from opsproof_verify.trust import TrustStore

from opsproof_record.cli.common import (
    ENTRY,
    FILE,
    id_option,
    line_option,
    load_key,
    prose_option,
    refusing,
    say,
    signing,
    tidy,
)
from opsproof_record.cli.viewing import agree, signing_page
from opsproof_record.clock import Time, now
from opsproof_record.contracts import profiles
from opsproof_record.errors import Refused
from opsproof_record.log.journal import create
from opsproof_record.log.reading import reading, reading_sealed
from opsproof_record.sealed import answering, asking, intent, request, view
from opsproof_record.sealed import signoff as signoffs
from opsproof_record.sealed.intent import Intent, Target
from opsproof_record.sealed.view import View
from opsproof_record.signing.keys import Signer

_MEANINGS = {
    "approve": ("approved", "I have reviewed this record and approve it"),
    "reject": ("rejected", "I have reviewed this record and reject it"),
    "acknowledge": ("acknowledged", "I have taken note of this record"),
    "withdraw": ("withdrawn", "I withdraw my earlier signature"),
    "remediate": ("remediated", "I have remedied this deviation as the evidence shows"),
    "supply": ("supplied", "I add this evidence"),
    "attest": ("attested", "I wrote these entries, and they are what I recorded"),
}
_KNOWN_MEANINGS = {
    "release": "I have reviewed this record and release what it describes",
    "review": "I have reviewed this record",
}


@click.command()
@click.option("--run", "run_file", type=FILE, help="The sealed bundle.")
@click.option("--request", "request_file", type=FILE, help="A request instead of the bundle; needs --detached.")
@signing
@line_option("--name", required=True, help="Your name as it is to be printed.")
@id_option("--role", required=True, help="The role in which you sign.")
@click.option("--decision", type=click.Choice(list(DECISIONS)), default="approve", show_default=True)
@id_option("--meaning", help="Id of what the signature means, such as release; default: by the decision.")
@line_option("--meaning-text", help="The same in words.")
@click.option(
    "--covers", type=ENTRY, multiple=True, help="approve: a deviation, skip or gap that this closes; repeat it."
)
@click.option("--withdraws", metavar="HASH", help="withdraw: the sign-off withdrawn.")
@click.option("--deviation", type=ENTRY, help="remediate: the deviation.")
@click.option("--evidence", type=FILE, multiple=True, help="supply, remediate: a file to add; repeat it.")
@click.option("--step", help="supply, remediate: the step that the evidence is for.")
@click.option("--pass", "number", type=click.IntRange(1), default=1, show_default=True, help="Which pass of the step.")
@click.option("--slot", help="supply, remediate: the evidence slot of the step.")
@click.option("--media", help="supply, remediate: media type; default: by the file's suffix.")
@prose_option("--text", help="A remark.")
@click.option("--trust", type=FILE, help="Your trust file: you sign what a verification under it shows.")
@click.option("--policy", metavar="NAME|FILE", help="The policy to verify under; default: the pinned one.")
@click.option("--blind", is_flag=True, help="Sign without a verification, and say so in the signature.")
@click.option("--detached", type=FILE, help="Write the sign-off to this file for `opsproof append`.")
@click.option("--yes", is_flag=True, help="Do not ask; the same is shown.")
def signoff(
    run_file: Path | None,
    request_file: Path | None,
    *,
    key_file: Path,
    passphrase_fd: int | None,
    trust: Path | None,
    policy: str | None,
    blind: bool,
    detached: Path | None,
    yes: bool,
    **said: Any,
) -> None:
    """Sign off a sealed bundle, or on a request for it; what you sign is shown first.

    Decisions: approve; reject; acknowledge (awareness, closes nothing); withdraw an own sign-off; remediate a deviation
    with evidence; supply late evidence; attest own entries that were left unsigned.
    """
    with refusing():
        if (trust is None) == (not blind):
            raise Refused("you sign what you have seen, or say that you have not", "Give --trust FILE, or --blind.")
        if (run_file is None) == (request_file is None):
            raise Refused("a sign-off is on one bundle", "Give --run BUNDLE, or --request FILE.")
        if request_file is not None and detached is None:
            raise Refused("a sign-off on a request is a file of its own", "Give --detached FILE, and send that back.")
        signer, time = load_key(key_file, passphrase_fd), now()
        store = TrustStore.load(trust) if trust else None
        given = profiles.load(policy, Path()) if policy else None
        with _looking(run_file, request_file, store, given, time) as seen:
            meant = _intent(said, seen, signer, time)
            if meant.decision == "attest":
                path = run_file or Path(seen.name)
                meant = replace(meant, attests=signoffs.late_window(path, seen, meant.member, signer))
            intent.check(meant, seen)
            put(signing_page(meant, seen, signer, f"the file {detached}" if detached else str(run_file)))
            agree(already=yes)
            _sign(run_file, detached, signer, meant, seen)


@contextmanager
def _looking(
    run_file: Path | None, request_file: Path | None, store: TrustStore | None, given: Policy | None, time: Time
) -> Iterator[View]:
    """Look at the bundle, or at the request."""
    if run_file is not None:
        with reading_sealed(run_file, tidy) as bundle:
            yield view.look(bundle, store, given, time)
    elif request_file is not None:
        asked = request.load(request_file)
        if isinstance(asked, request.HeadRequest):
            raise Refused(f"{request_file} asks for a witness of a running journal", "`opsproof witness` answers it.")
        yield answering.answer(asked, request_file, store, given, time)


def _sign(run_file: Path | None, detached: Path | None, signer: Signer, meant: Intent, seen: View) -> None:
    if detached is not None:
        hash_ = signoffs.sign_detached(detached, signer, meant, seen)
        say(f"sign-off {hash_.hex()}\n{detached}: add it with `opsproof append --run BUNDLE {detached}`")
    elif run_file is not None:
        hash_ = signoffs.sign_here(run_file, signer, meant, seen)
        say(f"sign-off {hash_.hex()}")
        say(f"{run_file}: {meant.decision} by {meant.person} appended; no earlier byte changed")


def _intent(said: dict[str, Any], seen: View, signer: Signer, time: Time) -> Intent:
    """Put together what the person said."""
    decision: str = said["decision"]
    meaning, text = _MEANINGS[decision]
    if said["meaning"] == "release" and decision != "approve":
        raise Refused(f"release is what an approval means, and this is to {decision}", "Leave --meaning out.")
    if said["meaning"]:
        meaning, text = said["meaning"], _KNOWN_MEANINGS.get(said["meaning"], text)
    person, member = intent.identify(seen, signer, said["actor"])
    target = Target(said["step"], said["number"], said["slot"], said["media"])
    if not said["evidence"] and target != Target():
        raise Refused("--step, --pass, --slot and --media are about evidence", "Give --evidence FILE too.")
    return Intent(
        person=person,
        key=signer.public,
        member=member,
        name=said["name"],
        role=said["role"],
        decision=decision,
        meaning=(meaning, said["meaning_text"] or text),
        time=time,
        covers=said["covers"],
        withdraws=_hash(said["withdraws"]),
        deviation=said["deviation"],
        evidence=tuple(intent.supply(file, target, seen.contract) for file in said["evidence"]),
        text=said["text"],
    )


def _hash(text: str | None) -> bytes | None:
    try:
        return None if text is None else bytes.fromhex(text)
    except ValueError:
        raise Refused(f"--withdraws {text} is no hash", "Give 64 hexadecimal digits.") from None


@click.command("request")
@click.option("--run", "run_file", type=FILE, required=True, help="The sealed bundle, or a running journal.")
@click.option("--trust", type=FILE, help="Your trust file: what a verification under it shows is in the request.")
@click.option("--policy", metavar="NAME|FILE", help="The policy to verify under; default: the pinned one.")
@click.option("--output", type=FILE, required=True, help="The request to write; it must not exist.")
@prose_option("--text", help="What you ask for, in words.")
def request_(run_file: Path, *, trust: Path | None, policy: str | None, output: Path, text: str | None) -> None:
    """Write a small file by which people elsewhere can sign a run without having its bundle.

    Of a running journal it asks for a witness of the head. It holds contract, seal, sign-offs, deviations and the like,
    and the report of a verification made now; no other entries and no evidence.
    """
    with refusing(), reading(run_file) as bundle:
        if bundle.torn:
            say(f"{run_file}: the last write was interrupted; {bundle.torn} bytes at its end are left out")
        if bundle.state.seal is None:
            head = asking.ask_witness(bundle, text)
            create(output, request.encode(head))
            say(f"{output}: asks for a witness of the head e{head.seq} ({head.head.hex()})")
            say(f"It is answered with `opsproof witness --request {output} --detached FILE`.")
            return
        if trust is None:
            raise Refused("a request says what a verification shows", "Give --trust FILE.")
        given = profiles.load(policy, Path()) if policy else None
        asked, report = asking.ask_signature(bundle, TrustStore.load(trust), given, now(), text)
        data = request.encode(asked)
        create(output, data)
        say(f"{output}: {len(data)} bytes; {report.verdict} {under(report)}")
        left = f", {asked.left_out} more have no room" if asked.left_out else ""
        say(f"It shows {len(asked.entries)} of {bundle.state.count} entries, each with its proof{left}; no evidence.")
        say(f"Each signer answers it with `opsproof signoff --request {output} --detached FILE`, in any order.")
