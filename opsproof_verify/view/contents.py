"""The contents of evidence items that a page shows: small ones, as far as there is room, and only as recorded."""

from __future__ import annotations

import os
from hashlib import sha256
from typing import BinaryIO

from opsproof_verify.view.story import EvidenceStory

#: By default the page carries items up to this size, in bytes, and shows what is in them,
LARGEST = 1024 * 1024
#: up to so much altogether.
ALTOGETHER = 32 * 1024 * 1024


class Contents:
    """Gives the content of items, from the bundle or the folder beside it, within bounds."""

    def __init__(
        self, stream: BinaryIO, folder: str | None = None, largest: int | None = LARGEST, most: int = ALTOGETHER
    ) -> None:
        """Take the bundle and the folder of evidence beside it; ``largest`` None shows items of any size."""
        self._stream = stream
        self._folder = folder
        self.largest = largest
        self._room = most if largest is not None else None
        self._given: set[bytes] = set()  # digests; a page shows each content once

    def of(self, item: EvidenceStory) -> bytes | None:
        """Give the content of an item; None if it is absent, too large, or not what was recorded."""
        size = item.item.size
        known = item.item.digest in self._given
        full = self._room is not None and size > self._room and not known
        if full or (self.largest is not None and size > self.largest):
            return None
        data = self._read(item, size)
        if data is None or sha256(data).digest() != item.item.digest:
            return None
        if self._room is not None and not known:
            self._room -= size
            self._given.add(item.item.digest)
        return data

    def _read(self, item: EvidenceStory, size: int) -> bytes | None:
        """Read what should be the content, one byte more than it has, so that a longer one is found out."""
        if item.place is not None:
            offset, found = item.place
            self._stream.seek(offset)
            return self._stream.read(size) if found == size else None
        if self._folder is None:
            return None
        path = os.path.join(self._folder, item.item.digest.hex())
        if not os.path.isfile(path):
            return None
        with open(path, "rb") as file:
            return file.read(size + 1)
