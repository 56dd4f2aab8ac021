"""Evidence by path: found, shown with size and type, and attached once the person has seen what it is."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

from opsproof_verify.contract import Slot

from opsproof_record.errors import Refused, Unfit, Unknown
from opsproof_record.guided.session import Hand, Session
from opsproof_record.log import evidence
from opsproof_record.run import attaching

_UNKNOWN = "application/octet-stream"


def slot_demand(slot: Slot) -> str:
    """Say what a slot takes: how many files, of which types."""
    if slot.min == slot.max:
        count = f"{slot.min} {'file' if slot.min == 1 else 'files'}"
    else:
        count = f"{slot.min} to {slot.max} files" if slot.min else f"up to {slot.max}, optional"
    return f"{count}, {' or '.join(slot.media)}"


def typed_path(text: str) -> Path:
    """Read the path of a readable file as people type it and terminals drop it: with ~, quoted, with escaped spaces."""
    path = plain_path(text)
    os.close(evidence.open_file(path))
    return path


def plain_path(text: str) -> Path:
    """Read a path as above; the file need not exist."""
    plain = Path(text).expanduser()
    if plain.exists() or not any(sign in text for sign in "'\"\\"):
        return plain
    try:
        words = shlex.split(text)
    except ValueError:
        return plain
    return Path(words[0]).expanduser() if len(words) == 1 else plain


def attach_to_slot(session: Session, step: str, slot: Slot, have: int) -> None:
    """Ask for a file for a slot, and attach it; one more than the least may be left out."""
    least = slot.min - have
    hint = f"{' or '.join(slot.media)}, {least} more" if slot.min > 1 and least > 0 else " or ".join(slot.media)
    more = "" if least > 0 else ", another one or Enter" if have else ", Enter leaves it out"
    name = f"{slot.id} ({slot.title})" if slot.title else slot.id
    chosen = _ask_file(session, f"{name} [path, {hint}{more}]: ", slot, optional=least <= 0)
    if chosen is None:
        session.passed_over.add(f"slot {slot.id}")
        return
    path, media = chosen
    _attach(session, path, attaching.Target(step, slot.id, media))


def attach_anything(session: Session, step: str | None, hand: Hand | None = None) -> attaching.Attached | None:
    """Ask for a further file, for a step or the run, and attach it, as whoever is at the terminal or has stepped in."""
    chosen = _ask_file(session, "Path of the file [Enter: none]: ", None, optional=True)
    if chosen is None:
        return None
    return _attach(session, chosen[0], attaching.Target(step, None, chosen[1]), hand)


def _attach(session: Session, path: Path, target: attaching.Target, hand: Hand | None = None) -> attaching.Attached:
    item = (hand or session.hand).do(lambda recorder: attaching.attach(recorder, path, target))
    place = f" for {target.slot}" if target.slot else ""
    session.screen.ok(f"e{item.ref.seq} {session.terms('evidence')}{place}: {item.name}, {item.size} bytes")
    session.screen.say(f"sha256 {item.digest.hex()}", 5)
    return item


def _ask_file(session: Session, prompt: str, slot: Slot | None, *, optional: bool) -> tuple[Path, str] | None:
    """Ask for a path until the file fits and is meant; give it with its media type."""
    while True:
        path = session.dialog.ask(
            prompt, lambda text: None if not text and optional else _existing(session, text), path=True
        )
        if path is None:
            return None
        try:
            media = _media(session, path, slot)
        except Refused as refusal:
            session.screen.refused(refusal)
            continue
        if session.dialog.yes(f"Attach {path.name}, {path.stat().st_size} bytes, {media}?", default=True):
            return path, media


def _existing(session: Session, text: str) -> Path:
    if not text:
        raise Unknown("a file is asked for here", ":without goes on without it; the end of the step will show that.")
    path = typed_path(text)
    if path.samefile(session.path):
        raise Unfit(f"{path} is the record of this run itself", "Type the path of another file.")
    return path


def _media(session: Session, path: Path, slot: Slot | None) -> str:
    """Give the media type of a file: by its name, or, if that says nothing, as the person says."""
    media = evidence.media_type(path)
    if slot is None or media in slot.media:
        return media
    if media != _UNKNOWN:
        raise Unfit(
            f"{path.name} is {media} by its name; {slot.id} takes {' or '.join(slot.media)}", "Type another path."
        )
    session.screen.say(f"The name of {path.name} does not tell its type.")
    options = [(word, "") for word in slot.media] + [("none", "it is something else")]
    chosen = session.dialog.choose("What is it", options)
    if chosen == len(slot.media):
        raise Unfit(f"{slot.id} takes {' or '.join(slot.media)}", "Type another path.")
    return slot.media[chosen]


def next_slot(session: Session, counts: dict[str, int], slots: dict[str, Slot]) -> tuple[Slot, int] | None:
    """Give the next slot to ask for and how many items it has; None if nothing more is to be asked."""
    for slot in slots.values():
        have = counts.get(slot.id, 0)
        if have < slot.max and f"slot {slot.id}" not in session.passed_over:
            return slot, have
    return None
