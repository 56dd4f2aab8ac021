"""``compare``: two copies of a run in, what they are to each other out (SPEC 9.13); neither is judged.

The files are first compared byte for byte, which also tells how far no evidence has to be looked at again. Then both
are walked in step, entry by entry. Only where they part is each walked once more, for what it holds there and for the
signatures that prove it. Memory does not grow with evidence, nor with entries but for what is listed.
"""

from __future__ import annotations

from typing import BinaryIO

from opsproof_verify.compare.copies import Copy, first_difference
from opsproof_verify.compare.lockstep import Lockstep
from opsproof_verify.compare.values import Comparison, NoBundle, Word

__all__ = ["Comparison", "NoBundle", "Word", "compare"]


def compare(a: BinaryIO, b: BinaryIO) -> Comparison:
    """Compare two copies, each a binary stream of its own in which one can seek.

    Any bytes that hold a contract frame give a comparison; others raise :class:`NoBundle`. ``OSError`` passes.
    """
    lockstep = Lockstep(Copy(a), Copy(b), first_difference(a, b))
    lockstep.walk()
    return lockstep.result()
