"""`request`: a small file by which people elsewhere sign a run without having its bundle."""

from __future__ import annotations

from pathlib import Path

import click
from opsproof_verify.approvals import CHANGES
from opsproof_verify.render.text import under
from opsproof_verify.trust import TrustStore

from opsproof_record.cli.common import FILE, prose_option, refusing, say
from opsproof_record.clock import now
from opsproof_record.contracts import profiles
from opsproof_record.errors import Refused
from opsproof_record.log.journal import create
from opsproof_record.log.reading import reading
from opsproof_record.sealed import asking, request


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
        if any(one.need in CHANGES for one in report.owed):
            say(
                "Approvals come last: ask for them anew when what is supplied, remediated or attested is in the bundle."
            )
