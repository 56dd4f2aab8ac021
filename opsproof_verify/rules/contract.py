"""Rules on the contract and the trust store (SPEC 9.10-1, -2, -31, -33)."""

from __future__ import annotations

from collections.abc import Sequence

from opsproof_verify.policy import Policy
from opsproof_verify.records import Approval
from opsproof_verify.run import Run
from opsproof_verify.trust import TrustStore
from opsproof_verify.validity import BEFORE_ALL, Signer, Validity, Witnessed
from opsproof_verify.violation import Violations, about


def check_approved(
    run: Run,
    approvals: Sequence[tuple[Approval, Signer]],
    policy: Policy,
    validity: Validity,
    witnessed: Witnessed,
    author: str,
) -> Violations:
    """Enough approvers other than the author approved the contract before the run (9.10-1).

    ``approvals`` are those whose signatures verify, with their signers.
    """
    persons: set[str] = set()
    trust, contract = validity.trust, run.contract.id
    for approval, signer in approvals:
        role = trust.role(contract, approval.role)
        entitled = role in {trust.role(contract, held) for held in signer.roles}
        named = policy.contract_roles is None or role in policy.contract_roles
        in_time = run.started is not None and approval.time.ms <= run.started.ms
        valid = validity.holds(signer.key, approval.time.ms, witnessed.position(BEFORE_ALL), signer.window)
        if entitled and named and in_time and valid and signer.person != author:
            persons.add(signer.person)
    if len(persons) < policy.contract_count:
        yield about("contract.unapproved", {}, approved=len(persons), needed=policy.contract_count)


def check_in_force(run: Run) -> Violations:
    """The run starts while the contract is in force (9.10-2)."""
    contract, start = run.contract, run.started
    if start is None:
        return
    early = max(contract.issued.ms, contract.not_before.ms if contract.not_before else 0)
    if start.ms < early or (contract.not_after is not None and start.ms > contract.not_after.ms):
        yield about("contract.not-in-force", {})


def check_retention(run: Run) -> Violations:
    """The contract says how long the record is to be kept (9.10-33)."""
    if run.contract.retention is None:
        yield about("contract.no-retention", {})


def check_fresh(trust: TrustStore, at: int | None) -> Violations:
    """The trust store is not out of date at the verification time (9.10-31)."""
    if at is not None and at >= trust.next_update:
        yield about("trust.stale", {})
