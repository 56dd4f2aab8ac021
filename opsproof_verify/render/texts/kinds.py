"""What each of the six kinds of finding says of a bundle, and what it leaves open (SPEC 10)."""

from __future__ import annotations

from opsproof_verify.register import Speaks

KINDS = {
    Speaks.ALTERED: (
        "Bytes are not those that were hashed or signed. Who changed them, and whether on purpose or by a fault, "
        "it does not say. Compare with the original, or with a copy that somebody else kept."
    ),
    Speaks.MALFORMED: (
        "Something that no recorder writes. Faulty software or a damaged copy may be behind it as well as a hand; "
        "nothing that was signed is shown to be another. Obtain the file again."
    ),
    Speaks.UNREADABLE: (
        "Of a format or version that this verifier does not know. That is no accusation, and says nothing about "
        "the content. Find a verifier that reads it."
    ),
    Speaks.UNTRUSTED: (
        "From a key, a person or a contract that your trust file does not vouch for. The record may be whole; the "
        "question is whose it is. Settle that with the holder through another channel, never by what the bundle "
        "says."
    ),
    Speaks.INCOMPLETE: (
        "Something is not there: not yet, not in this copy, or not any more. What is there may be sound. Obtain "
        "the rest."
    ),
    Speaks.UNMET: (
        "The record can be read, and by what it says a rule of contract, policy or caller does not hold. That is "
        "about the work, not about the file. Whoever judges the work decides."
    ),
}
