"""The byte strings of SSH (RFC 4251 §5): read with every length checked, because who wrote them is not trusted."""

from __future__ import annotations

_UINT32_SIZE = 4


class Malformed(ValueError):  # noqa: N818 - a finding about the other side, as `Refused` is no failure of ours
    """Bytes that are not what the protocol says; its text tells people why."""


class Reader:
    """A place in a message; each read moves it on or raises :class:`Malformed`."""

    def __init__(self, data: bytes) -> None:
        """Stand at the beginning."""
        self._data = data
        self._at = 0

    def uint32(self) -> int:
        """Read a ``uint32``."""
        return int.from_bytes(self._take(_UINT32_SIZE), "big")

    def string(self) -> bytes:
        """Read a ``string``: its length, then its bytes."""
        return self._take(self.uint32())

    def done(self) -> None:
        """Refuse bytes behind the end."""
        if self._at != len(self._data):
            raise Malformed(f"{len(self._data) - self._at} bytes too many")

    def _take(self, size: int) -> bytes:
        end = self._at + size
        if end > len(self._data):
            raise Malformed(f"{size} bytes announced, {len(self._data) - self._at} there")
        piece = self._data[self._at : end]
        self._at = end
        return piece


def string(data: bytes) -> bytes:
    """Write a ``string``."""
    return len(data).to_bytes(_UINT32_SIZE, "big") + data
