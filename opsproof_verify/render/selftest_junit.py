"""The record of a self-test as JUnit XML: a case for each known answer and each vector, red where it disagrees."""

from __future__ import annotations

from collections.abc import Sequence

from opsproof_verify import __version__
from opsproof_verify.policy import VOCABULARY
from opsproof_verify.render.junit import Case, attributes, count_cases, put_case  # the same form, written in one place
from opsproof_verify.render.selftest import SPEC, Known, Record, Result, difference
from opsproof_verify.render.times import rfc3339


def render_selftest_junit(record: Record) -> bytes:
    """Give a record as one JUnit document; the same record gives the same bytes."""
    known = [_known(one) for one in record.known]
    vectors = [_vector(one) for one in record.results]
    lines = ['<?xml version="1.0" encoding="UTF-8"?>']
    counts = count_cases([*known, *vectors], "failures", "errors")
    lines.append(f"<testsuites{attributes(name='opsproof-verify selftest', **counts)}>")
    lines += _suite("known answers", known, record)
    lines += _suite("vectors", vectors, record)
    lines.append("</testsuites>")
    return "".join(f"{line}\n" for line in lines).encode()


def _suite(name: str, cases: Sequence[Case], record: Record) -> list[str]:
    """Write a suite with what was tested in its properties."""
    counts = count_cases(cases, "failures", "errors", "skipped")
    here, suite = record.installation, record.suite
    known = {
        "verifier": f"opsproof-verify {__version__}",
        "spec": str(SPEC),
        "vocabulary": str(VOCABULARY),
        "code.digest": here.code,
        "python": f"{here.implementation} {here.python}",
        "platform": f"{here.system} {here.machine}",
        "cbor2": here.cbor2,
        "cryptography": here.cryptography,
        "openssl": here.openssl,
        "vectors.suite": suite.suite,
        "vectors.root": suite.root,
        "vectors.digest": suite.digest,
        "at": None if record.at is None else rfc3339(record.at),
    }
    properties = [f"      <property{attributes(name=key, value=value)}/>" for key, value in known.items() if value]
    lines = [f"  <testsuite{attributes(name=name, **counts)}>", "    <properties>", *properties, "    </properties>"]
    for case in cases:
        lines += put_case(case, case.subject)
    return [*lines, "  </testsuite>"]


def _known(one: Known) -> Case:
    """Give the case of a known answer."""
    if one.agrees:
        return Case("known answer", one.name)
    message = f"stopped with {one.error}" if one.error else "another answer"
    return Case("known answer", one.name, "error" if one.error else "failure", one.error or "differs", message)


def _vector(one: Result) -> Case:
    """Give the case of a vector: an exception is an error, another answer a failure."""
    if one.agrees:
        return Case(one.matter, one.id)
    element = "error" if one.found is None else "failure"
    return Case(one.matter, one.id, element, one.error or "differs", difference(one))
