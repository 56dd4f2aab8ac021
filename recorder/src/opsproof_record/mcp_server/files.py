"""Files that an agent may attach: those inside directories that the person named, and no link leads out of them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from opsproof_record.errors import NotEntitled, Refused, Unknown

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class Allowed:
    """The directories, and files in them that are none of the agent's business: its key and the journal's own."""

    def __init__(self, folders: tuple[Path, ...], private: tuple[Path, ...]) -> None:
        """Take directories; raises :class:`Unknown` for what is none."""
        for folder in folders:
            if not folder.is_dir():
                raise Unknown(f"{folder} is no directory", "Name one that exists with --allow-dir.")
        self.folders = tuple(folder.resolve() for folder in folders)
        self._private = private

    @contextmanager
    def open(self, given: str) -> Iterator[Path]:
        """Open a file for the length of the block; give a path to the open file, whatever becomes of its name.

        A relative path is looked for in each directory. Raises :class:`NotEntitled` for a path that leads out of them,
        whether something is there or not, and :class:`Unknown` for a file that is not there.
        """
        root, inside = self._place(given)
        with ExitStack() as stack:
            handle = self._walk(stack, root, inside, given)
            if any(_same(handle, path) for path in self._private):
                raise NotEntitled(f"{given} belongs to the recorder itself", "It is no evidence.")
            yield Path(f"/dev/fd/{handle}")

    def _place(self, given: str) -> tuple[Path, Path]:
        """Find the directory that a path leads into, links followed, and where it leads there."""
        places = []
        for folder in self.folders:
            try:
                real = (folder / given).resolve()
            except (OSError, RuntimeError, ValueError):  # links in a circle, a NUL
                continue
            places += [(root, real.relative_to(root)) for root in self.folders if real.is_relative_to(root)]
        there = [place for place in places if (place[0] / place[1]).exists()]
        if not places:
            shown = ", ".join(map(str, self.folders)) or "none: the server was started without --allow-dir"
            raise NotEntitled(f"{given} leads to no directory that files may be attached from", f"Directories: {shown}")
        return (there or places)[0]

    def _walk(self, stack: ExitStack, root: Path, inside: Path, given: str) -> int:
        """Open each part of a path that has no links; one that is a link by now was put there meanwhile."""
        try:
            at = os.open(root, _DIRECTORY)
            stack.callback(os.close, at)
            for part in inside.parts[:-1]:
                at = os.open(part, _DIRECTORY, dir_fd=at)
                stack.callback(os.close, at)
            handle = os.open(inside.name or ".", _FILE, dir_fd=at)
        except OSError as error:
            raise Unknown(f"{given}: {error.strerror}", "Name a file that is there and can be read.") from error
        stack.callback(os.close, handle)
        return handle


def _same(handle: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except OSError:
        return False


def renamed(refusal: Refused, path: Path, given: str) -> Refused:
    """Put the name that was given in the place of the path of the open file."""
    return type(refusal)(refusal.what.replace(str(path), given), refusal.remedy.replace(str(path), given))
