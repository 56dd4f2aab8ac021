"""After the run: `seal`, `signoff`, `append`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from opsproof_verify.records import DECISIONS
from opsproof_verify.trust import TrustStore

from opsproof_record import closing, merge, profiles
from opsproof_record import signoff as signoffs
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
from opsproof_record.cli.viewing import describe
from opsproof_record.clock import now
from opsproof_record.errors import Refused
from opsproof_record.signoff import Intent

_MEANINGS = {
    "approve": ("approved", "I have reviewed this record and approve it"),
    "reject": ("rejected", "I have reviewed this record and reject it"),
    "acknowledge": ("acknowledged", "I have taken note of this record"),
    "withdraw": ("withdrawn", "I withdraw my earlier signature"),
    "remediate": ("remediated", "I have remedied this deviation as the evidence shows"),
    "supply": ("supplied", "I add this evidence"),
}
_KNOWN_MEANINGS = {
    "release": "I have reviewed this record and release what it describes",
    "review": "I have reviewed this record",
}


@click.command()
@click.option("--run", "run_file", type=FILE, required=True, help="The journal of the run.")
@signing
@click.option("--with-open-items", is_flag=True, help="Seal although something is open that nothing mends later.")
def seal(run_file: Path, *, actor: str, key_file: Path, passphrase_fd: int | None, with_open_items: bool) -> None:
    """Seal a run that has ended: from here on nothing in it changes."""
    with refusing():
        tidy(run_file)
        done = closing.seal(run_file, actor, load_key(key_file, passphrase_fd), with_open_items=with_open_items)
        say(f"{run_file} is sealed: {done.count} entries")
        say(f"seal {done.seal.hex()}")
        for title, items in (("open for good:", done.open), ("owed now:", done.owed)):
            if items:
                say("\n".join([title, *(f"  - {item}" for item in items)]))


@click.command()
@click.option("--run", "run_file", type=FILE, required=True, help="The sealed bundle.")
@signing
@line_option("--name", required=True, help="Your name as it is to be printed.")
@id_option("--role", required=True, help="The role in which you sign.")
@click.option(
    "--decision",
    type=click.Choice([word for word in DECISIONS if word != "attest"]),
    default="approve",
    show_default=True,
)
@id_option("--meaning", help="Id of what the signature means, such as release; default: by the decision.")
@line_option("--meaning-text", help="The same in words.")
@click.option("--covers", type=ENTRY, multiple=True, help="approve: an entry, such as a deviation, that this closes.")
@click.option("--withdraws", metavar="HASH", help="withdraw: the sign-off withdrawn.")
@click.option("--deviation", type=ENTRY, help="remediate: the deviation.")
@click.option("--evidence", type=FILE, multiple=True, help="supply, remediate: a file to add.")
@click.option("--step", help="supply, remediate: the step that the evidence is for (pass 1).")
@click.option("--slot", help="supply, remediate: its slot.")
@prose_option("--text", help="A remark.")
@click.option("--trust", type=FILE, help="Your trust file: you sign what a verification under it shows.")
@click.option("--policy", metavar="NAME|FILE", help="The policy to verify under; default: the pinned one.")
@click.option("--blind", is_flag=True, help="Sign without a verification, and say so in the signature.")
@click.option("--detached", type=FILE, help="Write the sign-off to this file for `opsproof append`.")
@click.option("--yes", is_flag=True, help="Do not ask; the same is shown.")
def signoff(
    run_file: Path,
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
    """Sign off a sealed bundle; what you sign is shown first."""
    with refusing():
        if (trust is None) == (not blind):
            raise Refused("you sign what you have seen, or say that you have not", "Give --trust FILE, or --blind.")
        tidy(run_file)
        signer = load_key(key_file, passphrase_fd)
        intent = _intent(said)
        given = profiles.load(policy, Path()) if policy else None
        view = signoffs.look(run_file, TrustStore.load(trust) if trust else None, given, intent.time)
        signoffs.check_intent(intent, view)
        say(describe(run_file, intent, view))
        if not yes and not click.confirm("Sign this?"):
            raise Refused("not signed", "Nothing was written.")
        if detached is not None:
            hash_ = signoffs.sign_detached(run_file, detached, signer, intent, view)
            say(f"sign-off {hash_.hex()}\n{detached}: add it with `opsproof append --run BUNDLE {detached}`")
        else:
            hash_ = signoffs.sign_here(run_file, signer, intent, view)
            say(f"sign-off {hash_.hex()}")
            say(f"{run_file}: {intent.decision} by {intent.person} appended; no earlier byte changed")


def _intent(said: dict[str, Any]) -> Intent:
    """Put together what the person said."""
    decision: str = said["decision"]
    meaning, text = _MEANINGS[decision]
    if said["meaning"]:
        meaning, text = said["meaning"], _KNOWN_MEANINGS.get(said["meaning"], text)
    return Intent(
        person=said["actor"],
        name=said["name"],
        role=said["role"],
        decision=decision,
        meaning=(meaning, said["meaning_text"] or text),
        time=now(),
        covers=said["covers"],
        withdraws=_hash(said["withdraws"]),
        deviation=said["deviation"],
        evidence=tuple((file, said["step"], 1, said["slot"]) for file in said["evidence"]),
        text=said["text"],
    )


def _hash(text: str | None) -> bytes | None:
    try:
        return None if text is None else bytes.fromhex(text)
    except ValueError:
        raise Refused(f"--withdraws {text} is no hash", "Give 64 hexadecimal digits.") from None


@click.command()
@click.option("--run", "run_file", type=FILE, required=True, help="The sealed bundle.")
@click.argument("files", type=FILE, nargs=-1, required=True)
def append(run_file: Path, *, files: tuple[Path, ...]) -> None:
    """Merge detached sign-offs, in any order. Whether they count is for `opsproof-verify check` to say."""
    with refusing():
        tidy(run_file)
        for file in files:
            for merged in merge.append(run_file, file):
                signoff = merged.signoff
                say(f"{file}: {signoff.decision} by {signoff.person} appended ({merged.hash.hex()})")
                for hash_ in merged.unseen:
                    say(f"  it has seen a sign-off that is not here: obtain {hash_.hex()}")
