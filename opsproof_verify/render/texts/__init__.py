"""The sentences about each finding code: tables and nothing else (SPEC 10-2: sentences are not normative).

A ``sentence`` states what was found. ``{name}`` is a fact or a member of the subject; a part in square
brackets is left out when one of its facts is not known. ``meaning``, ``causes`` and ``action`` are what
`explain` prints.

The six classes of SPEC 10 keep their own words. ``altered``: bytes are not those that were hashed or signed.
``malformed``: not what any recorder writes. ``unreadable``: of another format or version, which is no
accusation. ``untrusted``: not vouched for by the trust file given. ``incomplete``: something is not there.
``unmet``: a rule does not hold.
"""

from __future__ import annotations

from typing import NamedTuple


class Text(NamedTuple):
    """What is said about one code."""

    sentence: str
    meaning: str
    causes: str
    action: str


#: What can be done about most rules on a run: nothing after the seal.
NOW = "Nothing can be added to a sealed run. Have quality judge it, under a policy that accepts this if that is right."
NEXT = f"{NOW} For the next run, let the recorder check it as it happens."

#: What can be done about a rule whose remedy is an approval (SPEC 8.3-5).
COVER = (
    "Where the policy has this at provisional, an approval whose `covers` names this entry settles it, if its signer "
    "is not responsible for the entry. Where it has it at fail, no approval does."
)
