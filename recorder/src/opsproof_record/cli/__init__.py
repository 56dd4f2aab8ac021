"""The command `opsproof`.

Exit status: 0 done; 1 refused, nothing was written; 2 wrong usage or unreadable input.
`exec` exits with the status of the command that it ran, and with 125 when it refuses, as `timeout` and `env`
do.
"""

from __future__ import annotations

import click

from opsproof_record.cli import (
    close,
    contract,
    copying,
    delegating,
    deviations,
    evidence,
    guided,
    keys,
    mcp,
    oversight,
    pack,
    requesting,
    run,
    signing,
    status,
    texts,
    witnessing,
)
from opsproof_record.version import RECORDER


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(message=RECORDER)
def main() -> None:
    """Record a run of a procedure into one file that anybody can verify.

    Before a run: keygen, author, approve. During it: start, begin, record, attach, exec, end and what else
    the work asks for; deviate when something goes otherwise. After it: seal, signoff, append. Every command
    that writes is told the file, the actor and the key; no identity is taken from the environment.
    """


for _command in (
    keys.keygen,
    keys.pubkey,
    contract.author,
    contract.approve,
    texts.diff,
    texts.export_,
    pack.pack,
    run.start,
    oversight.assign,
    run.begin,
    run.record,
    run.correct,
    run.void,
    run.instrument,
    evidence.attach,
    evidence.exec_,
    evidence.transfer,
    evidence.receive,
    oversight.check_step,
    oversight.authorise,
    oversight.release,
    run.skip,
    deviations.deviate,
    deviations.rule,
    deviations.remediate,
    deviations.close,
    run.note,
    run.clock,
    run.attest,
    run.end,
    close.seal,
    requesting.request_,
    delegating.delegate,
    signing.signoff,
    witnessing.witness_,
    close.append,
    copying.withhold,
    copying.detach,
    copying.gather,
    guided.run,
    mcp.mcp,
    status.status,
):
    main.add_command(_command)
