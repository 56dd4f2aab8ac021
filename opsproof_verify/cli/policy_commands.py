"""`policy lint`, `show`, `diff` and `schema`: policies before they are relied on."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator

from opsproof_verify.cli import sources
from opsproof_verify.cli.errors import UsageError
from opsproof_verify.cli.output import put, put_bytes, width
from opsproof_verify.cli.policies import key_path, load_policy, policy_text
from opsproof_verify.contract import Contract
from opsproof_verify.findings import Rejected
from opsproof_verify.policy import Policy
from opsproof_verify.policy_tools.differences import compare
from opsproof_verify.policy_tools.fitness import Fitness
from opsproof_verify.policy_tools.warnings import warn
from opsproof_verify.problems import locate
from opsproof_verify.reading import explain, read_records
from opsproof_verify.render.escape import printable
from opsproof_verify.render.layout import Page
from opsproof_verify.render.policy_diff import render_differences
from opsproof_verify.render.policy_schema import render_schema
from opsproof_verify.render.policy_show import policy_json, render_policy
from opsproof_verify.render.policy_warnings import warning
from opsproof_verify.trust import TrustStore

_SAME, _DIFFERENT = 0, 1


def lint_policy(arguments: Namespace) -> int:
    """Say that a policy can be used, what it asks for, and what in it has no effect.

    What is wrong with it is raised, all at once. Warnings do not change the exit status.
    """
    name = arguments.file
    policy = load_policy(name)
    contract = None if arguments.contract is None else read_contract(arguments.contract)
    trust = None if arguments.trust is None else TrustStore.load(arguments.trust)
    warnings = list(_warnings(name, policy, Fitness(policy=policy, contract=contract, trust=trust)))
    page = Page(width(), colour=False)
    said = {0: "no problems", 1: "no errors, 1 warning"}.get(len(warnings), f"no errors, {len(warnings)} warnings")
    page.text(f"{printable(name)}: {said}. {policy.id} {policy.version}, {printable(policy.title)}", 0)
    page.term("Digest", policy.digest.hex())
    levels = [str(setting.level or "off") for setting in policy.rules.values()]
    counts = ((level, levels.count(level)) for level in ("fail", "provisional", "note", "off"))
    page.term("Rules", ", ".join(f"{count} {level}" for level, count in counts if count))
    for rule, setting in policy.rules.items():
        if setting.level is None:
            page.term("", f"{rule} is off: {printable(setting.reason or '')}")
    for need in policy.approvals:
        page.term("Approval", f"{need.id}: {need.count} in the role {need.role}")
    if not policy.approvals:
        page.term("Approval", "none: under this policy no bundle is FINAL")
    for line in warnings:
        page.line()
        page.text(line, 2, "")
    put(str(page))
    return 0


def _warnings(name: str, policy: Policy, fitness: Fitness) -> Iterator[str]:
    """Give each warning with its place in the file."""
    text = policy_text(name)
    for one in (*warn(policy), *fitness.warn()):
        path = key_path(text, one.place)
        line = locate(text, path)
        where = f"{name}:{line}" if line else name
        yield f"warning: {printable(where)}: {printable(path)}: {warning(one)}"


def read_contract(file: str) -> Contract:
    """Read the contract of a bundle, journal or package, or a bare contract, without trusting it.

    Raises ``UsageError`` if there is none that can be read.
    """
    try:
        with sources.open_bundle(file) as stream:
            first = next(read_records(stream), None)
    except Rejected as refusal:
        why = explain(refusal)
    else:
        if first is not None and isinstance(first.record, Contract):
            return first.record
        why = "it ends before its contract." if first is None else first.problem
    raise UsageError(f"{sources.name(file)}: no contract can be read: {why} Give a package, a journal or a bundle")


def show_policy(arguments: Namespace) -> int:
    """Print a policy in plain language, or its canonical form as JSON."""
    policy = load_policy(arguments.file)
    if arguments.format == "json":
        put_bytes(policy_json(policy))
    else:
        put(render_policy(policy))
    return 0


def diff_policies(arguments: Namespace) -> int:
    """Say where two policies differ; 0 if they are the same, 1 if not."""
    found = compare(load_policy(arguments.a), load_policy(arguments.b))
    put(render_differences(found, (arguments.a, arguments.b), width=width()))
    return _SAME if found.same else _DIFFERENT


def put_schema(_: Namespace) -> int:
    """Print the JSON Schema of the TOML form, for editors."""
    put_bytes(render_schema())
    return 0
