"""What people say of a signature beside its decision: how they were authenticated, which entries, by whose leave."""

from __future__ import annotations

import re
from typing import Any

import click
from opsproof_verify.records import FACTORS

from opsproof_record.cli.common import MOMENT
from opsproof_record.clock import Time

_RANGE = re.compile(r"e?([0-9]{1,16})(?:-e?([0-9]{1,16}))?")


class EntryRange(click.ParamType):  # type: ignore[type-arg]  # generic in newer versions of click only
    """An entry, or some in a row: ``e12`` or ``e12-e15``."""

    name = "eN|eN-eM"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, int]:
        """Read the first and the last."""
        match = _RANGE.fullmatch(str(value))
        if match is None or not str(value).isascii():
            self.fail(f"{value} names no entries; write e12 or e12-e15", param, ctx)
        return int(match[1]), int(match[2] or match[1])


class EntryRanges(EntryRange):
    """Several of these, with commas between: ``e3,e5-e9``."""

    name = "eN,eN-eM,..."

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read each."""
        if isinstance(value, tuple):
            return value
        return tuple(super(EntryRanges, self).convert(one.strip(), param, ctx) for one in str(value).split(","))


class Authentication(click.ParamType):  # type: ignore[type-arg]  # as above
    """Factors by which a person was authenticated, and when: ``knowledge,possession@2026-11-01T08:00:00Z``."""

    name = "FACTOR,...[@TIME]"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[tuple[str, ...], Time | None]:
        """Read kinds of factors, each once, and the time if there is one."""
        if isinstance(value, tuple):
            return value
        words, at, moment = str(value).partition("@")
        factors = tuple(word.strip() for word in words.split(","))
        for factor in factors:
            if factor not in FACTORS:
                self.fail(f'"{factor}" is no kind of factor; write one or more of {", ".join(FACTORS)}', param, ctx)
        if len(set(factors)) != len(factors):
            self.fail(f"{words} names a kind of factor twice; two of one kind are one", param, ctx)
        return factors, MOMENT.convert(moment, param, ctx) if at else None
