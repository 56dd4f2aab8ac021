"""The one script of a page: the modules of ``page`` and ``js``, joined so that a page needs no file but itself.

A page opened from a disk cannot load modules, and its policy allows one script, by its hash. So the modules are put
one behind the other, each in a function of its own, in strict mode, what it imports before it. Nothing is renamed,
shortened or left out: who reads the page's source reads the modules.

The modules are written in a small part of the language; what is not of it is refused here rather than joined wrongly.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import NoReturn

from opsproof_verify.slotted import slotted

Read = Callable[[str], str]

_HERE = os.path.dirname(__file__)
_ENTRY = "page/main.js"

_PATH = re.compile(r"(?:\./|\.\./([a-z]+)/)([a-z0-9]+(?:-[a-z0-9]+)*\.js)")
_STATEMENT = re.compile(r"^(?:import|export)\b", re.MULTILINE)
_NAMES = r"\{([\w$\s,]*)\}"
_IMPORT = re.compile(rf'import (?:{_NAMES}|\* as ([\w$]+)) from "([^"\n]+)";$', re.MULTILINE)
_IMPORTED = re.compile(r"([\w$]+)(?:(\s+as\s+)([\w$]+))?")
_EXPORT = re.compile(r"export (?=(?:async function|function|class|const) ([\w$]+))")
_WORD = re.compile(r"\b(?:import|export)\b")
_TOP = re.compile(r"^[^\s})\]].*(?:\n(?:[\s})\]].*)?)*", re.MULTILINE)  # up to the next line that is not indented
_AWAIT = re.compile(r"\bawait\b")

#: What would end the script, or begin a comment, where the page holds it (HTML, 13.2.5; ECMA-262, B.1.1).
_NO_SCRIPT = re.compile("</script|<!--|-->", re.IGNORECASE)

#: Pieces of text that are no code. In a template's places stand simple expressions only.
_PIECE = re.compile(
    r"(?P<comment>//[^\n]*|/\*.*?\*/)"
    r'|(?P<text>"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'|`(?:[^`\\$]|\\.|\$(?!\{)|\$\{[^`{}]*\})*`)'
    r"|(?P<open>[\"'`]|/\*)"
    r"|(?P<slash>/)",
    re.DOTALL,
)
_PATTERN = re.compile(r"/(?:[^/\\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/[a-z]*")
_BEFORE_PATTERN = re.compile(r"(?:^|[(,=:\[!&|?{;>]|\breturn)\s*$")


@slotted(frozen=True)
class _Import:
    """One import: the module it names, the names it takes (none: all of them), and where it stands."""

    module: str
    names: tuple[str, ...]
    at: int


@slotted(frozen=True)
class _Module:
    """A module as it will stand in the script."""

    name: str
    source: str
    imports: tuple[_Import, ...]
    exports: tuple[str, ...]
    body: str

    @property
    def variable(self) -> str:
        """The name of its exports in the script: ``$js_bytes``."""
        return _variable(self.name)

    @property
    def text(self) -> str:
        """The module as a function that is called once and gives its exports."""
        given = "".join(f", {name}" for name in self.exports)
        head = f"// ---- {self.name}\nconst {self.variable} = (function () {{\n"
        return f"{head}{self.body}return Object.freeze({{ __proto__: null{given} }});\n}})();\n"


@cache
def page_script() -> str:
    """Give the script of the page. The same modules give the same text; raises ``ValueError`` as :func:`join` does."""
    return join(_ENTRY, _shipped)


def join(entry: str, read: Read) -> str:
    """Join a module with all that it imports into one classic script, whose value is what the module exports.

    ``read`` gives the text of a module by its name, such as ``js/bytes.js``. Raises ``ValueError``, with file, line
    and what is wrong, for what is not of the part of the language that is joined here: imports of names from a file
    beside it or in a folder beside its own, and exports where functions, classes and constants are declared.
    """
    modules: dict[str, _Module] = {}
    _collect(entry, read, modules, ())
    text = "".join(module.text for module in modules.values())
    return f'(function () {{\n"use strict";\n{text}return {_variable(entry)};\n}})();\n'


def _shipped(name: str) -> str:
    """Read a module of this package."""
    with open(os.path.join(_HERE, *name.split("/")), encoding="utf-8") as file:
        return file.read()


def _variable(name: str) -> str:
    return "$" + re.sub(r"[/-]", "_", name.removesuffix(".js"))


def _collect(name: str, read: Read, modules: dict[str, _Module], path: tuple[str, ...]) -> None:
    """Add a module behind all that it imports; ``path`` leads to it."""
    module = _parse(name, read(name))
    for wanted in module.imports:
        if wanted.module in (*path, name):
            _refuse(module, wanted.at, f"{wanted.module} imports this, and so on in a circle: move what both need")
        if wanted.module not in modules:
            try:
                _collect(wanted.module, read, modules, (*path, name))
            except (KeyError, FileNotFoundError):
                _refuse(module, wanted.at, f"there is no {wanted.module}")
        for one in wanted.names:
            if one not in modules[wanted.module].exports:
                _refuse(module, wanted.at, f"{wanted.module} exports no {one}")
    modules[name] = module


def _parse(name: str, source: str) -> _Module:
    """Read imports and exports, and turn them into what a function can hold."""
    bare = _Module(name, source, (), (), "")
    for found in _NO_SCRIPT.finditer(source):
        _refuse(bare, found.start(), f"{found[0]} cannot stand in a script of a page; write it in two pieces")
    code = _code_of(bare)
    imports: list[_Import] = []
    exports: list[str] = []
    body, end = [], 0
    for found in _STATEMENT.finditer(code):
        body.append(source[end : found.start()])
        imported, exported = _IMPORT.match(source, found.start()), _EXPORT.match(source, found.start())
        if imported is not None:
            wanted, declared = _declared(bare, imported)
            imports.append(wanted)
            body.append(declared)
            end = imported.end()
        elif exported is not None:
            exports.append(exported[1])
            end = exported.end()
        else:
            _refuse(bare, found.start(), "only named imports, and exports where something is declared, can be joined")
        code = code[: found.start()] + " " * (end - found.start()) + code[end:]
    _check_rest(bare, code)
    return _Module(name, source, tuple(imports), tuple(exports), "".join([*body, source[end:]]))


def _declared(module: _Module, found: re.Match[str]) -> tuple[_Import, str]:
    """Give an import, and the declaration that stands in its place, on as many lines."""
    path = _PATH.fullmatch(found[3])
    if path is None:
        _refuse(module, found.start(), f"{found[3]} is not a module beside this one, or in a folder beside its own")
    home = path[1] or module.name.rpartition("/")[0]
    target = f"{home}/{path[2]}"
    if found[2]:
        return _Import(target, (), found.start()), f"const {found[2]} = {_variable(target)};"
    names = tuple(one[1] for one in _IMPORTED.finditer(found[1]))
    renamed = _IMPORTED.sub(lambda one: one[1] + (f": {one[3]}" if one[3] else ""), found[1])
    return _Import(target, names, found.start()), f"const {{{renamed}}} = {_variable(target)};"


def _check_rest(module: _Module, code: str) -> None:
    """Refuse what is left of imports and exports, and waiting outside of functions."""
    left = _WORD.search(code)
    if left is not None:
        _refuse(module, left.start(), f"this {left[0]} cannot be joined")
    for statement in _TOP.finditer(code):
        waits = _AWAIT.search(statement[0])
        if waits is not None and "async" not in statement[0][: waits.start()]:
            _refuse(module, statement.start() + waits.start(), "a module cannot await; put it into a function")


def _code_of(module: _Module) -> str:
    """Give the source with blanks in place of comments, texts and patterns."""
    made: list[str] = []
    end = 0
    for start, stop in _pieces(module):
        made += (module.source[end:start], re.sub(r"[^\n]", " ", module.source[start:stop]))
        end = stop
    return "".join([*made, module.source[end:]])


def _pieces(module: _Module) -> Iterator[tuple[int, int]]:
    """Find comments, texts and patterns, in order."""
    source, at, behind = module.source, 0, 0
    while (found := _PIECE.search(source, at)) is not None:
        at = found.end()
        if found["open"]:
            _refuse(module, found.start(), f"{found[0]} is not closed, or holds another template")
        if found["slash"]:
            before = source[max(behind, found.start() - 40) : found.start()]
            pattern = _PATTERN.match(source, found.start()) if _BEFORE_PATTERN.search(before) else None
            if pattern is None:
                continue  # divides
            at = pattern.end()
        yield found.start(), at
        behind = at


def _refuse(module: _Module, at: int, what: str) -> NoReturn:
    """Say what is wrong, and where."""
    line = module.source.count("\n", 0, at) + 1
    message = f"{module.name}:{line}: {what}"
    raise ValueError(message)
