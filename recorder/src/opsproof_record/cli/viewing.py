"""What a person sees before signing: the run, the verdict, what is open, and what the signature will say."""

from __future__ import annotations

from pathlib import Path

from opsproof_verify.render.text import reason, under

from opsproof_record.signoff import Intent, View, report_digest
from opsproof_record.state import RunState


def describe(path: Path, intent: Intent, view: View) -> str:
    """Give the page that is shown before signing."""
    lines = [
        "You are about to sign:",
        *_run(path, view.state),
        *_verdict(view),
        *_deviations(intent, view.state),
    ]
    earlier = [f"{one.person} {one.decision} as {one.role}" for one in view.state.signoffs.values()]
    lines.append(f"  signed so far  {', '.join(earlier) or 'nobody'}")
    lines.append(f'  you say        {intent.decision} as {intent.role}: {intent.meaning[0]}, "{intent.meaning[1]}"')
    lines.append(f"  printed name   {intent.name} ({intent.person})")
    lines += [f"  you add        {path} as evidence" for path, *_ in intent.evidence]
    if intent.text:
        lines.append(f"  remark         {intent.text}")
    return "\n".join(lines)


def _run(path: Path, state: RunState) -> list[str]:
    contract, run = state.contract, state.seal.run.hex() if state.seal else ""
    subject = ", ".join(f"{name}={value}" for name, value in state.subject.items())
    return [
        f"  bundle         {path}: {subject or '(no parameters)'}, {state.count} entries",
        f"  contract       {contract.id} version {contract.version}, {contract.title}",
        f"  run            {run}",
        f"  seal           {state.seal_hash.hex()}",
    ]


def _verdict(view: View) -> list[str]:
    report = view.report
    if report is None:
        return ["  verdict        BLIND: you have not looked at a verification, and the signature says so"]
    lines = [
        f"  verdict        {report.verdict} {under(report)}",
        f"                 {reason(report)}",
        f"  report         sha256 {report_digest(report).hex()}",
    ]
    lines += [f"  found          {one.code.name} ({one.severity})" for one in report.findings[:20]]
    if len(report.findings) > 20:
        lines.append(f"                 and {len(report.findings) - 20} more: see `opsproof-verify check`")
    return lines


def _deviations(intent: Intent, state: RunState) -> list[str]:
    lines = []
    for deviation in state.deviations():
        seq, raised = deviation.ref.seq, deviation.raised
        covered = "covered by this signature" if seq in intent.covers else "NOT covered by this signature"
        lines.append(f"  deviation      e{seq} {raised.reason}, {raised.severity}, ruled {deviation.ruling}; {covered}")
        lines.append(f"                 {raised.description}")
    lines += [f"  covers         e{seq}" for seq in intent.covers if state.deviation(seq) is None]
    return lines
