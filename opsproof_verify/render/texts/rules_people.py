"""Phase 7: the rules on who did what: roles, qualifications, checks, agents, attestations (SPEC 9.10).

None of them says that anything was altered.
"""

from __future__ import annotations

from opsproof_verify.render.texts import COVER, NEXT, NOW, Text

_ROLE = "Check roles in the contract's roster, the assignments and the role map of the trust file."

TEXTS = {
    "actor.wrong-role": Text(
        "{actor} does not hold a role that this work demands.",
        "The contract says which roles may do, check, release and close what.",
        "Somebody stood in without being assigned, or the roster lacks a role.",
        f"{_ROLE} {NOW}",
    ),
    "actor.not-valid": Text(
        "{actor} was not vouched for at the time of this entry.",
        "Enrolment and keys have a validity, and keys can be revoked. The entry lies outside.",
        "A qualification or key had run out, or the key was revoked.",
        NOW,
    ),
    "agent.approval": Text(
        "An actor that is not human checked, authorised, released, closed, approved or rejected[: {actor}].",
        "Agents and devices work and record. Checks, leave, releases, closures and approvals are for people.",
        "An automated step was given a human's task.",
        NEXT,
    ),
    "check.missing": Text(
        "The critical step {step}[, pass {pass},] was not checked by a second person.",
        "A critical step needs a check that passed, by an entitled human.",
        "The check was forgotten, failed, or made by somebody without the role.",
        NEXT,
    ),
    "check.not-independent": Text(
        "Step {step}[, pass {pass},] was checked only by those who did the work.",
        "At least one check is by a person who did not work on the pass.",
        "Too few people were there; one person used two names.",
        NEXT,
    ),
    "attestation.late": Text(
        "{actor} did not sign in time[: {waiting} entries waited][: {why}].",
        "Actors sign their entries as they go. The policy says how many may wait, and which kinds may not.",
        "The recorder was set to sign seldom, or a key was not at hand.",
        NEXT,
    ),
    "actor.unqualified": Text(
        "{actor} did not hold a qualification that the step demands[: {qualification}].",
        "The contract says what persons must hold who work on a step, check it or release it. Roster and assignments "
        "say who holds what, and from when to when.",
        "A qualification or licence had run out, was not entered, or the wrong person stood in.",
        COVER,
    ),
    "agent.undescribed": Text(
        "{actor} is not human, and is not described in full[: {missing} is missing].",
        "Who reads the record should know which software an agent or device ran, how it was configured, and which "
        "person is accountable for it.",
        "The roster or the assignment was written without it.",
        NEXT,
    ),
    "check.late": Text(
        "A step began before the critical step {after} was checked.",
        "Where the policy asks for it, a critical step is checked by a second person before the work goes on.",
        "Nobody was at hand to check, or the check was recorded afterwards.",
        NEXT,
    ),
    "check.outdated": Text(
        "Work on step {step}[, pass {pass},] went on after its last check[, {checked}].",
        "A check says that what was done then is right. It says nothing about values, evidence or corrections that "
        "come later.",
        "A value was corrected or something was added after the check, and nobody checked again.",
        COVER,
    ),
    "void.unauthorised": Text(
        "{actor} declared a value or an evidence item void, and may not.",
        "What is void does not count any more. The contract names the roles that may say so, and only humans do.",
        "Somebody took back a reading or a photograph of their own, or the contract names no such role.",
        f"{_ROLE} {NEXT}",
    ),
}
