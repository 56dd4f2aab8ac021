"""`completion`: a script by which bash, zsh or fish completes this command line, made from its parser.

Names of shipped policies and codes are those of this release. A value of any other kind is left to the shell, which
offers files.
"""

from __future__ import annotations

import argparse
import os

from opsproof_verify import __version__
from opsproof_verify.cli.output import put
from opsproof_verify.cli.surface import Argument, Command, Kind, surface, walk
from opsproof_verify.policy import shipped
from opsproof_verify.register import CODES

_HEAD = f"opsproof-verify {__version__}; made by `opsproof-verify completion"


def completion(parser: argparse.ArgumentParser, shell: str) -> int:
    """Print the script for a shell."""
    put({"bash": _bash, "zsh": _zsh, "fish": _fish}[shell](surface(parser)))
    return 0


def _words(argument: Argument) -> tuple[str, ...]:
    """Give the words that an argument can be; empty if they are not known."""
    if argument.kind is Kind.POLICY:
        return tuple(
            sorted(name[:-5] for name in os.listdir(os.path.dirname(shipped("baseline"))) if name.endswith(".toml"))
        )
    return tuple(CODES) if argument.kind is Kind.CODE else argument.choices


def _first(command: Command) -> tuple[str, ...]:
    """Give the words that can stand where a command wants a value without a flag."""
    actions = tuple(action.words[-1] for action in command.actions)
    return actions + tuple(dict.fromkeys(word for place in command.places for word in _words(place)))


# --- bash

_BASH = """\
# bash completion of {head} bash`

_opsproof_verify() {{
    local current=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD - 1]}} path= words= flags= i
    # bash takes --option=value for three words
    if [[ $current == = ]]; then
        current=
    elif [[ $previous == = ]]; then
        previous=${{COMP_WORDS[COMP_CWORD - 2]}}
    fi
    for ((i = 1; i < COMP_CWORD; i++)); do
        case "$path ${{COMP_WORDS[i]}}" in
            {paths}) path="$path ${{COMP_WORDS[i]}}" ;;
        esac
    done
    case "$path" in
{commands}
    esac
    [[ $current == -* ]] && words=$flags
    case "$path $previous" in
{values}
    esac
    COMPREPLY=($(compgen -W "$words" -- "$current"))
}}

# Where no word fits, readline offers files.
complete -o default -F _opsproof_verify opsproof-verify
"""


def _bash(program: Command) -> str:
    """Make the script for bash, from 3.2 on."""
    commands, values, paths = [], [], []
    for command in walk(program):
        path = "".join(f" {word}" for word in command.words)
        paths += [f'"{path}"'] if path else []
        flags = " ".join(flag for option in command.options for flag in option.flags)
        commands.append(f'        "{path}") words="{" ".join(_first(command))}" flags="{flags}" ;;')
        for option in command.options:
            if option.kind is not Kind.NONE:
                names = " | ".join(f'"{path} {flag}"' for flag in option.flags)
                values.append(f'        {names}) words="{" ".join(_words(option))}" ;;')
    return _BASH.format(head=_HEAD, paths=" | ".join(paths), commands="\n".join(commands), values="\n".join(values))


# --- zsh

_ZSH = """\
#compdef opsproof-verify
# zsh completion of {head} zsh`

{functions}
if [[ $funcstack[1] == _opsproof-verify ]]; then
    _opsproof-verify "$@"
else
    compdef _opsproof-verify opsproof-verify
fi
"""


def _zsh(program: Command) -> str:
    """Make the script for zsh: a function for each command."""
    return _ZSH.format(head=_HEAD, functions="\n".join(_zsh_function(command) for command in reversed(walk(program))))


def _zsh_function(command: Command) -> str:
    """Make the function of one command."""
    specs = [_quoted(spec) for option in command.options for spec in _zsh_option(option)]
    if not command.actions:
        specs += [_quoted(f"{'*' if one.repeated else ''}:{one.metavar}:{_zsh_action(one)}") for one in command.places]
    name = "_".join(("_opsproof-verify", *command.words))
    if not command.actions:
        return "\n".join([f"{name}() {{", "    _arguments \\", "        " + " \\\n        ".join(specs), "}", ""])
    listed = " ".join(_quoted(f"{action.words[-1]}:{action.summary}") for action in command.actions)
    calls = [f"            {one.words[-1]}) {name}_{one.words[-1]} ;;" for one in command.actions]
    lines = [
        f"{name}() {{",
        "    local curcontext=$curcontext state line",
        "    typeset -A opt_args",
        f"    local -a actions=({listed})",
        "    _arguments -C \\",
        *(f"        {spec} \\" for spec in specs),
        "        '1: :->action' '*:: :->rest'",
        "    case $state in",
        "        action) _describe command actions ;;",
        "        rest) case $line[1] in",
        *calls,
        "        esac ;;",
        "    esac",
        "}",
        "",
    ]
    return "\n".join(lines)


def _zsh_option(option: Argument) -> list[str]:
    """Give the specifications of an option, one for each of its names."""
    text = option.text.replace("[", "\\[").replace("]", "\\]").replace(":", "\\:")
    value = f":{option.metavar}:{_zsh_action(option)}" if option.kind is not Kind.NONE else ""
    return [f"{'*' if option.repeated else ''}{flag}[{text}]{value}" for flag in option.flags]


def _zsh_action(argument: Argument) -> str:
    """Say how a value is completed."""
    words = " ".join(_words(argument))
    if argument.kind is Kind.POLICY:
        return f"{{ compadd -- {words}; _files -g '*.toml' }}"
    return f"({words})" if words else {Kind.FILE: "_files"}.get(argument.kind, " ")


# --- fish

_FISH = """\
# fish completion of {head} fish`

function __opsproof_verify_in --description 'the command line begins with these commands'
    set -l words (commandline -opc)
    set -l last (math 1 + (count $argv))
    test (count $words) -ge $last; and test "$words[2..$last]" = "$argv"
end

function __opsproof_verify_after --description 'the next word comes right after these commands'
    set -l words (commandline -opc)
    test (count $words) -eq (math 1 + (count $argv)); and test "$words[2..]" = "$argv"
end

{lines}
"""


def _fish(program: Command) -> str:
    """Make the script for fish."""
    lines = [line for command in walk(program) for line in _fish_lines(command)]
    return _FISH.format(head=_HEAD, lines="\n".join(f"complete -c opsproof-verify {line}" for line in lines))


def _fish_lines(command: Command) -> list[str]:
    """Give what completes one command."""
    path = "".join(f" {word}" for word in command.words)
    after = f"-n '__opsproof_verify_after{path}'"
    lines = [f"{after} -f -a {one.words[-1]} -d {_quoted(one.summary)}" for one in command.actions]
    # The program's own flags stand before a command; those of a command stand anywhere behind it.
    where = f"-n '__opsproof_verify_in{path}'" if path and not command.actions else after
    lines += [f"{where} -a {_quoted(' '.join(_words(place)))}" for place in command.places if _words(place)]
    for option in command.options:
        flags = " ".join(f"-l {flag[2:]}" if flag.startswith("--") else f"-s {flag[1:]}" for flag in option.flags)
        words = f" -a {_quoted(' '.join(_words(option)))}" if _words(option) else ""
        takes = {Kind.NONE: "", Kind.CHOICE: " -x", Kind.FREE: " -x"}.get(option.kind, " -r")
        lines.append(f"{where} {flags}{takes}{words} -d {_quoted(option.text)}")
    return lines


def _quoted(text: str) -> str:
    """Quote for all three shells: help texts have no backslash."""
    return "'" + text.replace("'", "'\\''") + "'"
