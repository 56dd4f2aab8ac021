"""A contract becomes the text of a procedure again, in TOML or Markdown.

`author` makes of that text the same contract but for its nonce and its time of issue. This is not left to chance: what
was written is read back and compared before anybody gets it. Keys are written as ``ssh-ed25519`` lines. A policy or a
pack that is not a shipped one, byte for byte, becomes a file beside the text.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from opsproof_verify.contract import Contract, Member, Pack, Qualification, Reason, Slot, Source, Step, ValueSpec
from opsproof_verify.fields import MAX_ITEMS, decoded
from opsproof_verify.policy import Policy
from opsproof_verify.problems import InputError
from opsproof_verify.slotted import fields

from opsproof_record import packs
from opsproof_record.contracts import procedure_write, profiles
from opsproof_record.contracts.markdown_write import document
from opsproof_record.contracts.procedure import read_procedure
from opsproof_record.contracts.toml_read import Map
from opsproof_record.contracts.toml_write import tables, text
from opsproof_record.errors import Unfit

FORMATS = {"markdown": ".md", "toml": ".toml"}

#: Members that each signing makes anew.
OF_THE_SIGNING = ("nonce", "issued")
_RECORDS = (Contract, Step, ValueSpec, Slot, Source, Member, Qualification, Pack, Reason, Policy)
_NAMES = ["vocabulary", *(name.replace("_", "-") for record in _RECORDS for name in fields(record))]
_RANK = {name: at for at, name in reversed(list(enumerate(_NAMES)))}


@dataclass(frozen=True, slots=True)
class Exported:
    """The text of a procedure, and by name the files that have to stand beside it."""

    text: str
    beside: dict[str, str]


def in_order(members: Iterable[str]) -> list[str]:
    """Put the members of a contract, of a part of it or of a policy into the order in which people write them."""
    return sorted(members, key=lambda name: _RANK.get(name, len(_RANK)))


def export(contract: Map, form: str, name: str) -> Exported:
    """Write a contract as text in one of :data:`FORMATS`; ``name`` begins the names of files beside it.

    Raises :class:`Unfit` if the contract says what such a text cannot say.
    """
    beside: dict[str, str] = {}
    lines = _name_policy(contract["policy"], name, beside) + _name_pack(contract.get("pack"), name, beside)
    try:
        written = document(contract, lines) if form == "markdown" else _toml(contract, lines)
        exported = Exported(written, beside)
        _check(contract, exported, FORMATS[form])
    except (OverflowError, ValueError) as error:
        first = error.problems[0].what if isinstance(error, InputError) else str(error)
        raise Unfit(f"this contract cannot be written as {form}: {first}", "Use its package as it is.") from error
    return exported


def _toml(contract: Map, lines: list[str]) -> str:
    result = procedure_write.head(contract, lines, title=True)
    for step in contract["steps"]:
        texts = [f"title = {text(step['title'])}", *procedure_write.instruction(step)]
        result += ["", "[[steps]]", *procedure_write.step(step, texts, "steps.")]
    return "\n".join(result) + "\n"


def _name_policy(data: bytes, name: str, beside: dict[str, str]) -> list[str]:
    """Give the lines that name the policy; put it beside unless it is a shipped one."""
    policy = Policy.parse_canonical(data)
    try:
        known = policy.id if profiles.load(policy.id, Path()).encode() == data else None
    except (InputError, OSError):
        known = None
    if known is None:
        known = f"{name}.policy.toml"
        beside[known] = "\n".join(tables(_plain_policy(data))) + "\n"
    return [f"policy = {text(known)}", f'policy-digest = "{hashlib.sha256(data).hexdigest()}"']


def _plain_policy(data: bytes) -> Map:
    """Give a policy in the order in which people write it, without rules that are as the default level has them."""
    policy = _map(data)
    rules = {name: rule for name, rule in policy["rules"].items() if rule != {"level": policy["default-level"]}}
    return {name: rules if name == "rules" else policy[name] for name in in_order(policy)}


def _name_pack(data: bytes | None, name: str, beside: dict[str, str]) -> list[str]:
    """Give the lines that name the pack; put it beside unless it is a shipped one."""
    if data is None:
        return []
    pack = _map(data)
    known = pack["id"]
    if known not in packs.shipped() or packs.load(known, Path()) != data:
        known = f"{name}.pack.toml"
        reasons = {row["code"]: {key: item for key, item in row.items() if key != "code"} for row in pack["reasons"]}
        plain = {key: pack[key] for key in ("id", "version", "title", "tags", "terms") if pack[key]}
        beside[known] = "\n".join(tables({**plain, "reasons": reasons})) + "\n"
    return [f"pack = {text(known)}", f'pack-digest = "{hashlib.sha256(data).hexdigest()}"']


def _map(data: bytes) -> Map:
    value = decoded(data, MAX_ITEMS)
    if not isinstance(value, dict):  # a contract that was parsed carries maps here
        raise TypeError(type(value).__name__)
    return value


def _check(contract: Map, exported: Exported, suffix: str) -> None:
    """Read the text back; raise ``ValueError`` unless it gives the same contract."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"procedure{suffix}"
        for name, content in {path.name: exported.text, **exported.beside}.items():
            (path.parent / name).write_bytes(content.encode())
        back = read_procedure(path).contract
    for name in sorted((contract.keys() | back.keys()) - {*OF_THE_SIGNING, "source"}):
        if contract.get(name) != back.get(name):
            raise ValueError(f'what would be read back differs in "{name}"')
    if "source" in contract and contract["source"] != back.get("source"):
        raise ValueError('what would be read back differs in "source"')
