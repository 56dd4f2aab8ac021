"""The beginning of a guided run: a package becomes a run, its parameters asked for; or a run is taken up again."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from opsproof_verify import fields
from opsproof_verify.contract import Contract, Param
from opsproof_verify.findings import Rejected

from opsproof_record.errors import Refused, Unfit
from opsproof_record.guided.dialog import Dialog
from opsproof_record.guided.session import Hand
from opsproof_record.log import frames
from opsproof_record.log.journal import Journal
from opsproof_record.log.reading import reading
from opsproof_record.run import starting
from opsproof_record.signing.keys import check_absent
from opsproof_record.signing.signer import Signer
from opsproof_record.terms import Terms

_UNFIT = re.compile(r"[^A-Za-z0-9._-]+")


def start(
    dialog: Dialog, package: Path, run_file: Path | None, actor: str, signer: Signer, params: Mapping[str, str]
) -> Path:
    """Start a run of a package: ask for the parameters that were not given and for a file; give the journal."""
    with reading(package) as bundle:
        contract = bundle.state.contract
    dialog.screen.heading(f"{contract.title}, version {contract.version}: a new {_word(contract)}")
    subject = dict(params)
    for param in contract.params.values():
        if param.id not in subject and (value := _ask_param(dialog, param)) is not None:
            subject[param.id] = value
    path = run_file or _ask_file(dialog, package, subject, _word(contract))
    ref = starting.start(package, path, actor, signer, subject)
    dialog.screen.ok(f"e{ref.seq} {_word(contract)} started: {path}")
    return path


def _word(contract: Contract) -> str:
    return Terms.of(contract)("run")


def _ask_param(dialog: Dialog, param: Param) -> str | None:
    def read(text: str) -> str | None:
        if not text and param.optional:
            return None
        try:
            return fields.token(text)
        except Rejected:
            raise Unfit(f"{param.id} cannot be that", "Type 1 to 128 printable ASCII characters.") from None

    name = f"{param.id} ({param.title})" if param.title else param.id
    return dialog.ask(f"{name}{' [Enter leaves it out]' if param.optional else ''}: ", read)


def _ask_file(dialog: Dialog, package: Path, subject: Mapping[str, str], run: str) -> Path:
    """Ask for the name of the journal; the one proposed is made of the package's and what is worked on."""
    words = [package.stem, *subject.values()]
    proposed = package.with_name(_UNFIT.sub("-", "-".join(words)).strip("-")[:100] + ".opb")

    def read(text: str) -> Path:
        path = Path(text).expanduser() if text else proposed
        check_absent(path)
        return path

    return dialog.ask(f"File of this {run} [Enter: {proposed}]: ", read, path=True)


def take_up(dialog: Dialog, path: Path, actor: str, signer: Signer, gap_reason: str | None) -> Hand:
    """Take up a run: mended if its last write was interrupted, with the reason asked for, and signed so far."""
    with Journal(path, keep=frames.holds_run(path)) as journal:
        cuts, running = journal.unrecorded(), journal.state.ended is None and journal.state.seal is None
    for cut in cuts if running else ():
        dialog.screen.bad(f"The last write was interrupted. {cut.size} bytes were cut and kept in {cut.kept}.")
    if cuts and running and gap_reason is None:
        gap_reason = dialog.prose("What happened", optional=True)
    hand = Hand.open(path, actor=actor, key=signer, gap_reason=gap_reason)
    try:
        if cuts and running:
            with hand.writing():
                pass  # the gap is recorded before anything else
        if running:
            hand.attest()
    except BaseException:
        hand.close()
        raise
    return hand


def holds_run(path: Path) -> bool:
    """Tell a run from a package; raises :class:`Refused` for a file that cannot be read."""
    try:
        return frames.holds_run(path)
    except OSError as error:
        raise Refused(f"{path}: {error.strerror}", "Name a package (.lep) or a run (.opb).") from error
