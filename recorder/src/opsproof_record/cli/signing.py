"""Signatures after the seal: `signoff`."""

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
from opsproof_verify.trust import TrustStore

from opsproof_record.cli.common import (
    ENTRY,
    FILE,
    ITEM,
    id_option,
    line_option,
    load_key,
    prose_option,
    refusing,
    say,
    signing,
    tidy,
)
from opsproof_record.cli.saying import Authentication, EntryRanges
from opsproof_record.cli.viewing import agree, signing_page
from opsproof_record.clock import Time, now
from opsproof_record.contracts import profiles
from opsproof_record.errors import Refused
from opsproof_record.log.reading import reading_sealed
from opsproof_record.sealed import answering, delegating, intent, redacting, request, view
from opsproof_record.sealed import signoff as signoffs
from opsproof_record.sealed.meant import Intent, Redaction, Supply, Target
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
    "redact": ("redacted", "I withhold this from this copy, for the reason that I give"),
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
    "--covers", type=ENTRY, multiple=True, help="approve: a deviation, or what was found at an entry; repeat it."
)
@click.option("--delegation", type=FILE, help="approve: leave to sign in this role, by `opsproof delegate`.")
@click.option("--withdraws", metavar="HASH", help="withdraw: the sign-off withdrawn.")
@click.option("--deviation", type=ENTRY, help="remediate: the deviation.")
@click.option(
    *("--evidence", "evidence"),
    metavar="FILE|eN|SHA256",
    multiple=True,
    help="supply, remediate: a file to add; redact: evidence by its entry or SHA-256; repeat it.",
)
@click.option(
    *("--entries", "--entry", "entries"),
    type=EntryRanges(),
    multiple=True,
    help="redact: withheld entries; default: all that this copy lacks, evidence included.",
)
@click.option("--step", help="supply, remediate: the step that the evidence is for.")
@click.option("--pass", "number", type=click.IntRange(1), default=1, show_default=True, help="Which pass of the step.")
@click.option("--slot", help="supply, remediate: the evidence slot of the step.")
@click.option("--media", help="supply, remediate: media type; default: by the file's suffix.")
@prose_option("--text", help="A remark; redact: why.")
@click.option(
    "--authentication",
    type=Authentication(),
    help="How you were authenticated, as you claim it: knowledge, possession, inherence; default: nothing is claimed.",
)
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
    with evidence; supply late evidence; attest own entries that were left unsigned; redact: say who withholds what this
    copy lacks, and why. Approvals come last: what is supplied, remediated or attested later takes their effect away.
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
            if meant.decision == "redact":
                meant = replace(meant, withholds=_redaction(said, seen))
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
    claimed = said["authentication"]
    return Intent(
        person=person,
        key=signer.public,
        member=member,
        name=said["name"],
        role=said["role"],
        decision=decision,
        meaning=(meaning, said["meaning_text"] or text),
        time=time,
        authentication=intent.claim(claimed[0], claimed[1], time) if claimed else None,
        delegation=delegating.read(said["delegation"]) if said["delegation"] else None,
        covers=said["covers"],
        withdraws=_hash(said["withdraws"]),
        deviation=said["deviation"],
        evidence=_evidence(said, seen),
        text=said["text"],
    )


def _evidence(said: dict[str, Any], seen: View) -> tuple[Supply, ...]:
    """Take the files to add; what a redaction names is in the bundle, or was."""
    target, redacts = Target(said["step"], said["number"], said["slot"], said["media"]), said["decision"] == "redact"
    if target != Target() and (redacts or not said["evidence"]):
        raise Refused("--step, --pass, --slot and --media are about files to add", "Give --evidence FILE too.")
    if said["entries"] and not redacts:
        raise Refused(f"--entries is not for {said['decision']}", "It is for redact.")
    return () if redacts else tuple(intent.supply(Path(file), target, seen.contract) for file in said["evidence"])


def _redaction(said: dict[str, Any], seen: View) -> Redaction:
    """Find what a redaction names."""
    ranges = tuple(one for some in said["entries"] for one in some)
    return redacting.choose(seen, ranges, tuple(ITEM.convert(one, None, None) for one in said["evidence"]))


def _hash(text: str | None) -> bytes | None:
    try:
        return None if text is None else bytes.fromhex(text)
    except ValueError:
        raise Refused(f"--withdraws {text} is no hash", "Give 64 hexadecimal digits.") from None
