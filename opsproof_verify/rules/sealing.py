"""Rules on the seal, and on what a copy withholds (SPEC 9.11-16 to -19)."""

from __future__ import annotations

from collections.abc import Iterable

from opsproof_verify.approvals import Closure
from opsproof_verify.ed25519 import thumbprint
from opsproof_verify.findings import Fact
from opsproof_verify.validity import AFTER_ALL
from opsproof_verify.violation import Violations, about


def check_key_known(closure: Closure) -> Violations:
    """The sealing key is one of the trust store's (9.11-16)."""
    kid = thumbprint(closure.sealer.member.key) if closure.sealer else b""
    if closure.case.keys.trusted(kid) is None:
        yield about("seal.key-not-trusted", {"frame": closure.frame}, kid=kid.hex())


def check_witnessed(closure: Closure) -> Violations:
    """An independent clock has signed the seal, or a sign-off (9.11-17)."""
    if closure.witnessed.position(AFTER_ALL) is None:
        yield about("seal.not-witnessed", {"frame": closure.frame})


def check_witnessed_soon(closure: Closure) -> Violations:
    """It did so soon after (9.11-18); where none has, it is too late once the verification time is."""
    witnessed = closure.witnessed.position(AFTER_ALL)
    known = closure.case.at if witnessed is None else witnessed
    limit = closure.sealed_ms + closure.policy.rules["seal.witnessed-late"].number("within")
    if known is not None and known > limit:
        yield about("seal.witnessed-late", {"frame": closure.frame}, late=known - limit)


def check_explained(closure: Closure, missing: Iterable[tuple[bytes, dict[str, Fact]]]) -> Violations:
    """Who withholds an entry or evidence says so and why (9.11-19).

    ``missing`` gives the leaf of each withheld entry and the digest of each absent item, with the subject.
    """
    redacting = (node for node in closure.graph.standing("redact") if node.hash in closure.graph.effective)
    named = {one for node in redacting for one in node.record.withholds}
    for hash_, subject in missing:
        if hash_ not in named:
            yield about("redaction.unexplained", subject)


AT_CLOSURE = (check_key_known, check_witnessed, check_witnessed_soon)
