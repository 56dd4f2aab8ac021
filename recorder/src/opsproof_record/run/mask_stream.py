"""Masking what a command says, as it comes: in constant memory, and also across the borders of chunks.

A byte is let through when no value of an option that has begun can still reach it, and, if there are patterns, when
its line is known to its end. A line of more than :data:`MAX_LINE` bytes is not searched by patterns: all of it is
masked.
"""

from __future__ import annotations

from opsproof_record.run.masking import MASK, Masks, Span, join

#: Bytes of a line that patterns are searched in.
MAX_LINE = 65_536


class MaskStream:
    """Takes the bytes of a stream and gives them back masked; counts the places and, among them, the long lines."""

    def __init__(self, masks: Masks) -> None:
        """Begin with nothing."""
        self._masks = masks
        self._reach = max(masks.longest - 1, 0)  # bytes that a value may still need to be known
        self._raw = b""  # what came and was not given back
        self._spans: list[Span] = []  # what is to be masked there
        self._line = 0  # where the line begins that patterns were not searched in
        self._too_long = False  # whether that line is one of too many bytes
        self._masking = False  # whether the last byte given back was masked
        self.places = 0
        self.long_lines = 0

    def feed(self, piece: bytes) -> bytes:
        """Take a piece; give back what is certain by now."""
        known = max(len(self._raw) - self._reach, 0)
        self._raw += piece
        self._spans += self._masks.find_secrets(self._raw, known)
        end = self._masks.begun(self._raw)
        return self._give(min(end, self._search()) if self._masks.patterns else end)

    def finish(self) -> bytes:
        """Give back the rest."""
        if self._masks.patterns and self._line < len(self._raw):
            self._search_line(len(self._raw))
        return self._give(len(self._raw))

    def _search(self) -> int:
        """Search the lines that are whole by now; give how far all is known."""
        while (end := self._raw.find(b"\n", self._line)) >= 0:
            self._search_line(end)
            self._line = end + 1
        if self._too_long or len(self._raw) - self._line > MAX_LINE:
            self._mask_on(len(self._raw))
        return self._line

    def _search_line(self, end: int) -> None:
        if self._too_long or end - self._line > MAX_LINE:
            self._mask_on(end)
            self._too_long = False
        else:
            found = self._masks.match(self._raw[self._line : end])
            self._spans += [(self._line + first, self._line + last) for first, last in found]

    def _mask_on(self, end: int) -> None:
        """Mask a line that is too long as far as it is there."""
        self.long_lines += not self._too_long
        self._too_long = True
        self._spans.append((self._line, end))
        self._line = end

    def _give(self, end: int) -> bytes:
        """Give back what stands before an offset, masked."""
        if end == 0:
            return b""
        shown, at = bytearray(), 0
        self._spans = join(self._spans)
        for first, last in self._spans:
            if first >= end:
                break
            shown += self._raw[at:first]
            if first > 0 or not self._masking:
                shown += MASK
                self.places += 1
            at = min(last, end)
        shown += self._raw[at:end]
        self._masking = bool(self._spans) and any(first < end <= last for first, last in self._spans)
        self._raw = self._raw[end:]
        self._spans = [(max(first - end, 0), last - end) for first, last in self._spans if last > end]
        self._line = max(self._line - end, 0)
        return bytes(shown)
