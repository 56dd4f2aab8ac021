"""A procedure in Markdown becomes the same table that a procedure in TOML is.

TOML between two lines ``+++`` comes first: everything of a procedure but its steps. A section, which is a heading and
what follows up to the next heading of any level, is a step when it holds a fenced block ``toml step``. The heading's
text is the step's title; the block has its other keys; all other text belongs to the instruction of the step that it
follows, or to the introduction when no step came yet, verbatim. So nothing of the document is lost.

Headings and blocks are found by a CommonMark parser, never by their looks: a ``#`` inside a comment, a list or a code
block is no heading.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token
from opsproof_verify.problems import InputError, Problem

from opsproof_record.contracts import passages
from opsproof_record.contracts.toml_read import Source, read_text, take_toml
from opsproof_record.contracts.toml_write import FRONT

SUFFIXES = (".md", ".markdown")
MEDIA = "text/markdown"
STEP = ("toml", "step")

PARSER = MarkdownIt("commonmark")
_MAX_ID = 64
_NOT_IN_ID = re.compile(r"[^a-z0-9._]+")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block ``toml step``: its lines ``start`` to ``end`` (from 0, the end excluded) and the TOML in it."""

    start: int
    end: int
    text: str


@dataclass(slots=True)
class Section:
    """A heading and what follows up to the next one: the heading's level, text and lines, and the blocks in it."""

    level: int
    title: str
    start: int
    body: int
    blocks: list[Block] = field(default_factory=list)


@dataclass(slots=True)
class Document:
    """A Markdown text taken apart: its lines, where the front matter ended, the sections, and what is out of place."""

    lines: list[str]
    begin: int
    sections: list[Section] = field(default_factory=list)
    problems: list[tuple[int, str, str]] = field(default_factory=list)
    hints: list[tuple[int, str, str]] = field(default_factory=list)


def is_document(path: Path, data: bytes) -> bool:
    """Tell Markdown from TOML by the suffix of a file or, if that says nothing, by how it begins."""
    suffix = path.suffix.lower()
    return suffix in SUFFIXES or (suffix != ".toml" and data.startswith(FRONT.encode()))


def read_document(path: Path, data: bytes) -> Source:
    """Read a procedure in Markdown, the bytes of a file; raise :class:`InputError` when it cannot be read as one.

    CR LF at the end of lines is read as LF and a byte order mark is passed over; the digest in ``source`` is that of
    the file as it is.
    """
    lines = read_text(path, data).split("\n")
    end = _end_of_front_matter(path, lines)
    source = Source(path, data)
    source.map = take_toml(source, "\n".join(lines[1:end]) + "\n", before=1) or {}
    document = take_apart(lines, end + 1)
    for line, what, remedy in document.problems:
        source.add("", what, remedy, line)
    for line, what, remedy in document.hints:
        source.hint("", what, remedy, line)
    _assemble(source, document)
    if "" in source.broken:
        source.stop_if_wrong()
    digest = hashlib.sha256(data).digest()
    source.itself = {"digest": digest, "size": len(data), "media": MEDIA, "name": path.name}
    return source


def _end_of_front_matter(path: Path, lines: list[str]) -> int:
    """Find the second line ``+++``."""
    marks = [number for number, line in enumerate(lines) if line.rstrip() == FRONT]
    if not marks or marks[0] != 0:
        yaml = " (--- is YAML)" if lines[0].rstrip() == "---" else ""
        what = f"the front matter is missing{yaml}"
        raise InputError(str(path), (Problem("", what, f"begin the file with TOML between two lines {FRONT}", 1),))
    if len(marks) == 1:
        remedy = f"write a line {FRONT} after the last key of the front matter"
        raise InputError(str(path), (Problem("", "the front matter does not end", remedy, 1),))
    return marks[1]


def take_apart(lines: list[str], begin: int) -> Document:
    """Find the sections of a Markdown text from a line on, and the blocks ``toml step`` in them."""
    document = Document(lines, begin)
    tokens = PARSER.parse("\n".join(lines[begin:]))
    for at, token in enumerate(tokens):
        if token.map is None:
            continue
        start, end = token.map[0] + begin, token.map[1] + begin
        if token.type == "heading_open" and token.level == 0:
            document.sections.append(Section(int(token.tag[1:]), heading_text(tokens[at + 1]), start, end))
        elif token.type == "fence":
            _take_fence(document, token, start, end)
    return document


def _take_fence(document: Document, token: Token, start: int, end: int) -> None:
    words = tuple(token.info.split())
    if words != STEP:
        if words[:1] == STEP[:1] or tuple(word.lower() for word in words) == STEP:
            remedy = "if the section is a step, write ```toml step"
            document.hints.append((start + 1, f'the block "{token.info.strip()}" is read as prose', remedy))
        return
    problem, last = None, document.lines[end - 1].strip()
    if token.level:
        problem = "a step's block stands inside a list or a quotation", "move it to the left margin, below the heading"
    elif end - start == 1 or last.strip(token.markup[0]) or len(last) < len(token.markup):
        problem = "a step's block does not end", f"write {token.markup} on a line of its own after its last key"
    elif not document.sections:
        problem = "a step's block stands before the first heading", "write the step's title as a heading above it"
    elif document.sections[-1].blocks:
        first = document.sections[-1].blocks[0].start + 1
        problem = f"the section has a step's block at line {first} already", "give each step a heading of its own"
    if problem:
        document.problems.append((start + 1, *problem))
    if document.sections and not token.level:
        document.sections[-1].blocks.append(Block(start, end, token.content))


def heading_text(inline: Token) -> str:
    """Give the text of a heading. One with markup in it, such as emphasis or a link, is kept as it is written."""
    children = inline.children or []
    if all(child.type == "text" for child in children):
        return "".join(child.content for child in children)
    return inline.content


def slug(title: str) -> str:
    """Make an identifier of a heading: "5.1 Weigh the drum" → ``5.1-weigh-the-drum``; empty if nothing is left."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return _NOT_IN_ID.sub("-", plain).lstrip("-._")[:_MAX_ID].rstrip("-._")


def _assemble(source: Source, document: Document) -> None:
    """Fill the table: title, introduction and steps from the sections."""
    steps = [section for section in document.sections if section.blocks]
    first = steps[0].start if steps else len(document.lines)
    if "steps" in source.map:
        source.add("steps", "are sections of the document", "write a heading and a block ```toml step for each")
    head = next((one for one in document.sections if one.level == 1 and one.start < first), None)
    spans = [(document.begin, first)]
    if head and head.title == source.map.setdefault("title", head.title):
        source.add_lines({"title": head.start + 1})
        spans = [(document.begin, head.start), (head.body, first)]
    _add_prose(source, "", "introduction", source.map, prose_of(document, spans))
    source.map["steps"] = []
    for index, section in enumerate(steps):
        end = steps[index + 1].start if index + 1 < len(steps) else len(document.lines)
        source.map["steps"].append(_step(source, document, section, index, end))
    _hint_strays(source, document)


def _hint_strays(source: Source, document: Document) -> None:
    """Point out sections after a step, as high as it, that are no steps; mostly they are an annex."""
    names, step = iter(source.map["steps"]), None
    for section in document.sections:
        if section.blocks:
            step, name = section, next(names)["id"]
        elif step is not None and section.level <= step.level:
            what = f'the section "{section.title}" has no step\'s block: it belongs to the instruction of "{name}"'
            source.hint("", what, "if it is a step, give it a block ```toml step", section.start + 1)


def _step(source: Source, document: Document, section: Section, index: int, end: int) -> dict[str, object]:
    """Make the table of one step, whose text goes up to the line ``end``."""
    path, block = f"steps[{index}]", section.blocks[0]
    source.add_lines({path: section.start + 1})
    members = take_toml(source, block.text, path, block.start + 1) or {}
    if "title" in members:
        source.add(f"{path}.title", "is the heading of the section", "remove it here")
    source.add_lines({f"{path}.title": section.start + 1})
    step: dict[str, object] = {"id": slug(section.title), **members, "title": section.title}
    if not step["id"] and path not in source.broken:
        source.add(f"{path}.id", "cannot be made of the heading", 'write id = "NAME" in the block')
        step["id"] = f"step-{index + 1}"
    spans = [(section.body, block.start), (block.end, end)]
    _add_prose(source, path, "instruction", step, prose_of(document, spans))
    return step


def prose_of(document: Document, spans: list[tuple[int, int]]) -> tuple[str, list[int]]:
    """Give the text of some spans of lines, and the line of the file that each of its lines comes from.

    Empty lines at the ends of a span are layout; one stands where a block or a heading was taken out.
    """
    text: list[str] = []
    numbers: list[int] = []
    for start, end in spans:
        kept = [number for number in range(start, end) if document.lines[number]]
        if not kept:
            continue
        if text:
            text.append("")
            numbers.append(kept[0])
        text += document.lines[kept[0] : kept[-1] + 1]
        numbers += range(kept[0] + 1, kept[-1] + 2)
    return "\n".join(text), numbers


def _add_prose(source: Source, path: str, key: str, table: dict[str, object], prose: tuple[str, list[int]]) -> None:
    """Put the prose of a section into a table, unless the TOML has that key, which is for text that is no Markdown."""
    text, numbers = prose
    at = f"{path}.{key}" if path else key
    if not text:
        return
    if key in table:
        source.add(at, f"is written here and as text of the document (line {numbers[0]})", "write it once")
    elif passages.check(source, at, text, numbers):
        source.add_lines({at: numbers[0]})
        table[key] = text + "\n"
