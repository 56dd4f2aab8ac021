"""Evidence frames and the records that name them (SPEC 3.3-2, 3.3-3, 9.1-4, 9.4-9, 9.4-10, 9.9).

A body is held until the next record says what it should be. Its content is hashed here or by another process; what
depends on the digest is found when that is known, at the latest when all is read. The order of findings is that of SPEC
9.2-3, whenever they are found.
"""

from __future__ import annotations

import errno
import os
import stat
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from opsproof_verify.case import Case
from opsproof_verify.compact import Rows
from opsproof_verify.container import Frame
from opsproof_verify.findings import Fact
from opsproof_verify.hashing import hash_file
from opsproof_verify.pool import Answer
from opsproof_verify.records import Item
from opsproof_verify.source import Source
from opsproof_verify.violation import Violation

MAX_BODIES = 2_048  # more than the evidence items that fit into a record of 65,536 bytes

#: Checks that may wait for digests, and files beside the bundle whose digests are remembered.
MAX_WAITING = 128
MAX_REMEMBERED = 65_536


class Content(NamedTuple):
    """The digest of a body, and its size if the content was there."""

    digest: bytes
    size: int | None


class Body(NamedTuple):
    """What stood in an evidence frame: its number, the digest that it is, if it names one, and the content."""

    frame: int
    named: bytes | None
    content: Content | Answer

    def known(self) -> Content:
        """Give the content, for which this may have to wait."""
        return self.content if isinstance(self.content, Content) else Content(*self.content.result())


class Bodies:
    """Takes evidence frames, and holds them to the records that follow."""

    def __init__(self, case: Case, source: Source) -> None:
        """Begin with no frame."""
        self.case = case
        self.absent = Rows("32sQ")  # digest and frame
        self._source = source
        self._held: list[Body] = []
        self._waiting: deque[Callable[[], object]] = deque()
        self._beside: dict[bytes, Content | Answer] = {}  # files beside the bundle
        if case.evidence is not None:
            source.handlers["beside"] = partial(_hash_beside, case.evidence)

    def take(self, frame: Frame) -> None:
        """Evidence in the bundle: hash it in slices (SPEC 3.2-5), or have it hashed and pass over it."""
        place = self._source.place(frame.body_offset, frame.size)
        helpers = None if place is None else self._source.helpers(frame.size)
        if helpers is None:
            self._hold(Body(frame.number, None, Content(frame.digest(), frame.size)))
        else:
            self._hold(Body(frame.number, None, helpers.submit("part", place, frame.size, cost=frame.size)))

    def take_absent(self, frame: Frame) -> None:
        """Evidence beside the bundle or nowhere (SPEC 9.1-4)."""
        digest = frame.read()
        path = None if self.case.evidence is None else os.path.join(self.case.evidence, digest.hex())
        size = None if path is None else _size(path)
        if path is None or size is None:
            self._hold(Body(frame.number, digest, Content(digest, None)))
            return
        if digest not in self._beside:  # a file may be named a million times
            if len(self._beside) == MAX_REMEMBERED:
                self._beside.clear()
            helpers = self._source.helpers(size)
            self._beside[digest] = (
                Content(*hash_file(path)) if helpers is None else helpers.submit("beside", digest, cost=size)
            )
        body = Body(frame.number, digest, self._beside[digest])
        self._when_known(body, partial(self._check_beside, digest))
        self._hold(body)

    def match(self, items: tuple[Item, ...], frame: int) -> None:
        """Hold the frames before a record to the items that it names."""
        held, self._held = self._held, []
        for item, body in zip(items, held, strict=False):
            self._when_known(body, partial(self._check, item))
        if len(held) < len(items):
            self.case.add("evidence.frame-missing", frame=frame)
        for body in held[len(items) :]:
            self._when_known(body, self._unlist)

    def forget(self) -> None:
        """Let the frames go that an unreadable record may have named; what cannot be read is an error all the same."""
        for body in self._held:
            self._when_known(body, Body.known)
        self._held = []

    def settle(self) -> None:
        """Find what waits for digests."""
        while self._waiting:
            self._waiting.popleft()()

    def _hold(self, body: Body) -> None:
        """Hold a body for what follows; what no sign-off has room to name is unlisted at once (SPEC 9.4-9)."""
        if len(self._held) == MAX_BODIES:
            self._when_known(body, self._unlist)
        else:
            self._held.append(body)

    def _when_known(self, body: Body, check: Callable[[Body], object]) -> None:
        """Have a check of a body made now, or when its content is known."""
        if isinstance(body.content, Content):
            check(body)
            return
        self._waiting.append(partial(check, body))
        if len(self._waiting) > MAX_WAITING:
            self._waiting.popleft()()

    def _check_beside(self, named: bytes, body: Body) -> None:
        """A file beside the bundle is what its name says (SPEC 9.1-4)."""
        if body.known().digest != named:
            self.case.add("evidence.wrong-digest", {"beside": True}, frame=body.frame, digest=named.hex())

    def _check(self, item: Item, body: Body) -> None:
        """A body is the item that the record names (SPEC 9.9)."""
        content = body.known()
        if (body.named or content.digest) != item.digest:
            self.case.add("evidence.wrong-digest", frame=body.frame, digest=item.digest.hex())
        elif content.size is None:
            self.absent.append(item.digest, body.frame)
            subject: dict[str, Fact] = {"frame": body.frame, "digest": item.digest.hex()}
            self.case.violate((Violation("evidence.absent", subject, {}),))
        elif content.size != item.size:
            self.case.add("evidence.wrong-size", {"recorded": item.size, "found": content.size}, frame=body.frame)

    def _unlist(self, body: Body) -> None:
        """Nothing names a body (SPEC 9.4-9)."""
        self.case.add("evidence.unlisted", frame=body.frame, digest=(body.named or body.known().digest).hex())


def _size(path: str) -> int | None:
    """Give the size of a file; None if there is none."""
    try:
        found = os.stat(path)
    except OSError as error:
        if error.errno not in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP):
            raise
        return None
    return found.st_size if stat.S_ISREG(found.st_mode) else None


def _hash_beside(folder: str, digest: bytes) -> tuple[bytes, int]:
    """Give digest and size of a file beside the bundle, in another process."""
    return hash_file(os.path.join(folder, digest.hex()))
