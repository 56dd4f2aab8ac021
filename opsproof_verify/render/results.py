"""Results of one or several verifications: bundles under policies, in the order of the arguments."""

# ruff: noqa: PLC0415 - whoever names a bundle need not import how reports look

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from opsproof_verify.render.escape import printable
from opsproof_verify.report import Report

#: What `check` takes as the name of standard input.
STDIN = "-"


class Checked(NamedTuple):
    """One bundle under one policy: a report, or why there is none."""

    bundle: str
    policy: str | None
    report: Report | None
    error: str = ""


def render_reports(checked: Sequence[Checked]) -> bytes:
    """Give several results as one document (SPEC 11-1), each report with the digest that it has by itself."""
    from hashlib import sha256

    from opsproof_verify.render.json_form import Json, encode
    from opsproof_verify.render.json_report import as_json, render_json

    reports: list[Json] = []
    for one in checked:
        result: dict[str, Json] = {"bundle": one.bundle, "policy": one.policy}
        if one.report is None:
            result["error"] = one.error
        else:
            result["report"] = as_json(one.report)
            result["digest"] = sha256(render_json(one.report)).hexdigest()
        reports.append(result)
    return encode({"format": "opsproof-reports/1", "reports": reports})


def name(bundle: str) -> str:
    """Give the name of a bundle for people."""
    return "standard input" if bundle == STDIN else printable(bundle)


def bundle_name(one: Checked) -> str:
    """Name the bundle of a result for people."""
    return name(one.bundle)


def policy_name(one: Checked) -> str:
    """Name the policy as the caller did."""
    return "the policy in the contract" if one.policy is None else printable(one.policy)


def under_policy(one: Checked) -> str:
    """Say under which policy, by its id and version where there is a report that names it."""
    from opsproof_verify.render.text import under

    return f"under {policy_name(one)}" if one.report is None or one.report.policy is None else under(one.report)


def verdict(one: Checked) -> str:
    """Give the verdict, or say that there is none."""
    return "no verdict" if one.report is None else str(one.report.verdict)


def why(one: Checked) -> str:
    """Give the reason of the verdict, or of there being none."""
    from opsproof_verify.render.text import reason

    return one.error if one.report is None else reason(one.report)
