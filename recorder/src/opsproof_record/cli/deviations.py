"""Commands on deviations: `deviate`, `rule`, `remediate`, `close`."""

from __future__ import annotations

from typing import Any

import click
from opsproof_verify.contract import SEVERITIES

from opsproof_record.cli.common import (
    ENTRY,
    ITEM,
    MOMENT,
    attesting,
    digest_of,
    entry,
    finish,
    prose_option,
    refusing,
    say,
    writer,
    writing,
)
from opsproof_record.run import deviate as deviations
from opsproof_record.run.recorder import Recorder


@click.command()
@click.argument("reason")
@prose_option("--description", required=True, help="What happened.")
@click.option("--severity", type=click.Choice(SEVERITIES), help="Default: that of the reason; may only be raised.")
@click.option("--step", "steps", multiple=True, help="A step in its scope.")
@click.option("--value", "values", type=ENTRY, multiple=True, help="A recorded value in its scope.")
@click.option("--evidence", "items", type=ITEM, multiple=True, help="Evidence in its scope.")
@prose_option("--action", help="What was done about it at once.")
@click.option("--occurred", type=MOMENT, metavar="TIME", help="When, if not now: RFC 3339 with a zone.")
@writing
@attesting
def deviate(
    reason: str,
    *,
    description: str,
    severity: str | None,
    steps: tuple[str, ...],
    values: tuple[int, ...],
    items: tuple[int | bytes, ...],
    action: str | None,
    occurred: list[int] | None,
    attest: bool | None,
    **options: Any,
) -> None:
    """Raise a deviation; the pinned policy rules on it at once. REASON is a code of the domain pack."""
    with refusing(), writer(**options) as recorder:
        said = deviations.Deviation(
            reason=reason,
            description=description,
            severity=severity,
            steps=steps,
            values=values,
            evidence=tuple(digest_of(recorder, item) for item in items),
            action=action,
            occurred=occurred,
        )
        ruled = deviations.deviate(recorder, said)
        entry(ruled.ref, f"deviation {reason}, {ruled.severity}")
        _say_ruling(recorder, ruled.ruling)
        finish(recorder, attest=attest)


_RULED = {
    "allow": "recorded; the work goes on",
    "review": "the work goes on; somebody entitled has to close it",
    "block": "the work in its scope stops until somebody entitled releases it",
}


def _say_ruling(recorder: Recorder, ruling: str) -> None:
    policy = recorder.state.policy
    say(f"e{recorder.state.count - 1} ruled {ruling} by {policy.id} {policy.version}: {_RULED[ruling]}")


@click.command()
@click.argument("deviation", type=ENTRY)
@writing
@attesting
def rule(deviation: int, *, attest: bool | None, **options: Any) -> None:
    """Record the pinned policy's ruling on DEVIATION, if a crash kept it from being recorded at once."""
    with refusing(), writer(**options) as recorder:
        _say_ruling(recorder, deviations.rule(recorder, deviation))
        finish(recorder, attest=attest)


@click.command()
@click.argument("deviation", type=ENTRY)
@prose_option("--text", required=True, help="What was done.")
@click.option("--evidence", "items", type=ITEM, multiple=True, help="Evidence that shows it.")
@writing
@attesting
def remediate(
    deviation: int, *, text: str, items: tuple[int | bytes, ...], attest: bool | None, **options: Any
) -> None:
    """Record what was done about DEVIATION."""
    with refusing(), writer(**options) as recorder:
        evidence = tuple(digest_of(recorder, item) for item in items)
        entry(deviations.remediate(recorder, deviation, text, evidence), f"deviation e{deviation} remediated")
        finish(recorder, attest=attest)


@click.command()
@click.argument("deviation", type=ENTRY)
@prose_option("--text", required=True, help="What was verified.")
@writing
@attesting
def close(deviation: int, *, text: str, attest: bool | None, **options: Any) -> None:
    """Close DEVIATION, after you verified what was done about it."""
    with refusing(), writer(**options) as recorder:
        entry(deviations.close(recorder, deviation, text), f"deviation e{deviation} closed")
        finish(recorder, attest=attest)
