"""`trust lint`, `show`, `diff` and `keys`: trust files before they are relied on, and what a bundle claims."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator

from opsproof_verify.cli import sources
from opsproof_verify.cli.errors import say
from opsproof_verify.cli.output import put, width
from opsproof_verify.cli.trust_key import trust_key
from opsproof_verify.findings import Rejected
from opsproof_verify.problems import locate
from opsproof_verify.reading import explain, read_records
from opsproof_verify.render.escape import printable
from opsproof_verify.render.layout import Page
from opsproof_verify.render.times import rfc3339
from opsproof_verify.render.trust_claims import render_claims
from opsproof_verify.render.trust_diff import render_differences
from opsproof_verify.render.trust_show import render_trust
from opsproof_verify.render.trust_warnings import warning
from opsproof_verify.sshsig import fingerprint
from opsproof_verify.trust import TrustStore, read_trust
from opsproof_verify.trust_tools.claims import Claims
from opsproof_verify.trust_tools.differences import compare
from opsproof_verify.trust_tools.warnings import doubts

_SAME, _DIFFERENT = 0, 1
_DONE, _NOT_DONE = 0, 2
_MOST_OF_A_KIND = 10  # warnings; a person who has mended these knows the rest


def lint_trust(arguments: Namespace) -> int:
    """Say that a trust file can be used, and what in it is doubtful.

    What is wrong with it is raised, all at once. Warnings do not change the exit status.
    """
    file, key = arguments.file, _key(arguments)
    data = read_trust(file, key)
    store = TrustStore.parse(data, file)
    warnings = list(_warnings(file, data.decode(), store))
    page = Page(width(), colour=False)
    said = {0: "no problems", 1: "no errors, 1 warning"}.get(len(warnings), f"no errors, {len(warnings)} warnings")
    page.text(f"{printable(file)}: {said}. {store.id}, serial {store.serial}", 0)
    page.term("Digest", store.digest.hex())
    page.term("Good until", rfc3339(store.next_update))
    if key is not None:
        page.term("Signed by", fingerprint(key))
    for line in warnings:
        page.line()
        page.text(line, 2, "")
    put(str(page))
    return _DONE


def _warnings(file: str, text: str, store: TrustStore) -> Iterator[str]:
    """Give the warnings with their places in the file; of each kind not more than a person reads."""
    told: dict[str, int] = {}
    for one in doubts(store):
        told[one.word] = told.get(one.word, 0) + 1
        if told[one.word] <= _MOST_OF_A_KIND:
            line = locate(text, one.path)
            where = f"{file}:{line}" if line else file
            yield f"warning: {printable(where)}: {one.path}: {warning(one)}"
    for word, count in told.items():
        if count > _MOST_OF_A_KIND:
            yield f"warning: {printable(file)}: {count - _MOST_OF_A_KIND} more of the kind {word}"


def show_trust(arguments: Namespace) -> int:
    """Print a trust file as one page that people compare key by key and sign."""
    key = _key(arguments)
    data = read_trust(arguments.file, key)
    put(render_trust(TrustStore.parse(data, arguments.file), arguments.file, data, key))
    return _DONE


def diff_trust(arguments: Namespace) -> int:
    """Say where two trust files differ; 0 if they mean the same, 1 if not."""
    key = _key(arguments)
    found = compare(TrustStore.load(arguments.old, key), TrustStore.load(arguments.new, key))
    put(render_differences(found, (arguments.old, arguments.new), width=width()))
    return _SAME if found.same else _DIFFERENT


def _key(arguments: Namespace) -> bytes | None:
    """Give the key that must have signed the trust file, if one is named (SPEC 7-9)."""
    return None if arguments.trust_key is None else trust_key(arguments.trust_key)


def put_keys(arguments: Namespace) -> int:
    """Print which keys a bundle, journal or package claims for whom; 2 if it cannot be read to its end."""
    claims, file = Claims(), sources.name(arguments.bundle)
    refused = ""
    with sources.open_bundle(arguments.bundle) as stream:
        try:
            for read in read_records(stream):
                claims.take(stream, read.frame, read.record)
        except Rejected as refusal:
            refused = explain(refusal)
    put(render_claims(claims, file, width()))
    if refused:
        say(f"{printable(file)}: not read to its end: {refused} What stands behind is not listed")
    return _NOT_DONE if refused else _DONE
