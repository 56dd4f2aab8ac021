"""A contract as Markdown that `markdown` reads back: front matter, introduction, a section for each step.

Text goes out as it is, as prose, wherever a reader would find it again. What Markdown would read otherwise, such as an
instruction with a code block that never ends, is written into the TOML instead.
"""

from __future__ import annotations

import re
import string

from opsproof_record.contracts import procedure_write
from opsproof_record.contracts.markdown import PARSER, STEP, heading_text, prose_of, take_apart
from opsproof_record.contracts.toml_read import Map
from opsproof_record.contracts.toml_write import FRONT

_BACKTICKS = re.compile(r"`{3,}")
_INFO = " ".join(STEP)
_EMPTY_BLOCK = f"```{_INFO}\n```"


def document(contract: Map, beside: list[str]) -> str:
    """Write a contract; ``beside`` are the lines that name policy and pack."""
    title, introduction = heading(contract["title"]), contract.get("introduction")
    plain = introduction is None or _is_prose(f"# {title}", introduction, [])
    lines = [FRONT, *procedure_write.head(contract, beside, title=not plain), FRONT]
    if plain:
        lines += ["", f"# {title}"]
        lines += [] if introduction is None else ["", introduction]
    for step in contract["steps"]:
        lines += ["", *_section(step)]
    return "\n".join(lines) + "\n"


def _section(step: Map) -> list[str]:
    """Write a step: heading, block, instruction."""
    text = step.get("instruction")
    plain = text is None or _is_prose(f"## step\n\n{_EMPTY_BLOCK}", text, [0])
    block = "\n".join(procedure_write.step(step, [] if plain else procedure_write.instruction(step)))
    fence = max(_BACKTICKS.findall(block), key=len, default="``") + "`"
    lines = [f"## {heading(step['title'])}", "", f"{fence}{_INFO}", block, fence]
    return lines if text is None or not plain else [*lines, "", text]


def heading(title: str) -> str:
    """Write a text such that a heading of it has this text; raise ``ValueError`` if Markdown cannot."""
    for written in (title, _escaped(title)):
        tokens = PARSER.parse(f"## {written}")
        if len(tokens) == 3 and tokens[0].tag == "h2" and heading_text(tokens[1]) == title:
            return written
    raise ValueError(f"no heading has the text {title!r}")


def _escaped(title: str) -> str:
    """Escape all that could be markup, and white space at the ends, which Markdown would drop."""
    core = title.strip()
    before, _, after = title.partition(core) if core else (title, "", "")
    escaped = "".join(f"\\{letter}" if letter in string.punctuation else letter for letter in core)
    spaces = ["".join(f"&#{ord(space)};" for space in end) for end in (before, after)]
    return f"{spaces[0]}{escaped}{spaces[1]}"


def _is_prose(before: str, text: str, blocks: list[int]) -> bool:
    """Tell whether a text between what stands before it and the next step is read back as it is, all of it.

    ``blocks`` are the lines at which a section with a step's block begins before the text.
    """
    lines = f"{before}\n\n{text}\n\n## end\n\n{_EMPTY_BLOCK}".split("\n")
    end = len(lines) - 4
    found = take_apart(lines, 0)
    starts = [section.start for section in found.sections if section.blocks]
    kept, _ = prose_of(found, [(before.count("\n") + 1, end)])
    return starts == [*blocks, end] and not found.problems and kept == text
