"""Bundles that attack whoever looks at them: hostile text in every field, hostile bytes as evidence. All signed.

    PYTHONPATH=tests python -m browser.hostile FOLDER

writes them all, each with its trust file. They are the same each time.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from browser import hostile_files
from support.bundles import DAY, OFFSET, START, Subject, base, build, model, runs, toml

#: Limits of SPEC 4.2 in bytes of UTF-8.
LINE, PROSE, UNIT, VALUE, TOKEN = 256, 16_384, 32, 1_024, 128

#: What to try, as short as it stands in a field of one line; in prose it is repeated up to the limit.
TEXTS = {
    "script": "\"><script>document.title='owned';globalThis.owned=1</script>",
    "handler": "<img src=x onerror=\"document.title='owned';globalThis.owned=1\"><svg onload=globalThis.owned=1>",
    "attribute": "' autofocus onfocus='globalThis.owned=1' \" autofocus onfocus=\"globalThis.owned=1\" x=`",
    "end-of-script": "</script></style></noscript></textarea></title><script>globalThis.owned=1</script>",
    "comment": "<!--<script>--!> --> ]]> <![CDATA[ <?xml ?> &#x3c;script&#x3e; &lt;b&gt; &amp;amp; \\u003c",
    "address": "javascript:globalThis.owned=1//https://example.invalid/x.png?<a href=javascript:owned=1>",
    "style": "</style><style>*{display:none}@import 'https://example.invalid/x.css'</style><base href=//x.invalid>",
    "place": "{run} {count|one|many} {0} %s %(x)s ${x} <run> <Run> <step> <e17> #e17 {{x}} $& $1 \\1",
    "policy": "<meta http-equiv=refresh content='0;url=//x.invalid'><link rel=stylesheet href=//x.invalid>",
    "bidi": "\u202egnp.exe\u2066\u2067\u202d\u200f\u061c safe \u2069",
    "zero-width": "in\u200bvis\u200cib\u2060le\u00ad\ufeff\u180e \U000e0041\U000e007f \ufe0f\u034f\u3164",
    "confusable": "\u0430\u0440\u0440\u0433\u043ev\u0435d by QA-l\u0435ad \uff21\uff30 \u13a0\u13cf \u03bf\u043eo",
    "marks": "Z" + "\u0353\u0359\u033a\u0347\u035a\u0337\u0301\u0302\u0303" * 13,
    "no-space": "W" * LINE,
    "wide": "\ufdfd" * 85,
    "lines": "one\ttab end",
}

#: Texts that prose may hold, and lines not.
LONG = {"lines": "\n" * 200 + "\tindented" + " " * 2_000 + "end\n", "marks": ("Z" + "\u0301" * 60 + " ") * 130}


class Hostile(NamedTuple):
    """Texts that fit each kind of field (SPEC 4.2)."""

    line: str
    prose: str
    unit: str
    value: str
    token: str

    @classmethod
    def of(cls, name: str) -> Hostile:
        """Fit a text into each kind of field."""
        text = TEXTS[name]
        long = LONG.get(name, text)
        plain = "".join(one for one in text if "!" <= one <= "~") or "token"
        return cls(
            cut(text, LINE), cut(long * (PROSE // len(long) + 1), PROSE), cut(text, UNIT), cut(text * 9, VALUE),
            plain[:TOKEN],
        )  # fmt: skip


def cut(text: str, limit: int) -> str:
    """Give the beginning of a text that takes at most so many bytes."""
    return text.encode()[:limit].decode(errors="ignore").replace("\t", "_" if limit <= VALUE else "\t")


def filled(name: str) -> Subject:
    """Give a run with an entry of each kind, all texts of it hostile."""
    bad = Hostile.of(name)
    subject = runs.every_kind()
    subject.items[subject.index("mass") : subject.index("mass")] = more(bad)
    contract(subject, bad)
    entries(subject, bad)
    for item in subject.items:
        if item.type in (7, 9):
            item.fields |= {"name": bad.line, "meaning": {"id": "released", "text": bad.line}}
    signoff = subject.item("signoff")
    signoff.fields["text"] = bad.prose
    signoff.fields["covers"] = [model.Seq("raised")]
    subject.items += [base.witness()]
    subject.trust["issuer"][0]["organisation"] = subject.trust["approver"][0]["organisation"] = bad.line
    return subject


def more(bad: Hostile) -> list[Any]:
    """Give further entries: a deviation and all that follows from it, corrections, voids, evidence."""
    entry, ref = base.entry, model.Ref
    where = {"step": "weigh", "pass_": 1}
    deviation = {"deviation": ref("raised")}
    time = [START, OFFSET]
    return [
        entry("remark-value", "value-recorded", **where, name="remark", value=bad.value, late=bad.prose),
        entry("log", "value-recorded", **where, name="log", value=bad.value),
        entry("again", "correction", corrects=ref("log"), old=bad.value, new=bad.value[:-1] or "x", why=bad.prose),
        entry("void", "voided", voids=ref("log"), why=bad.prose),
        entry("raised", "deviation-raised", reason="spill", severity="major", steps=["weigh"], values=[ref("log")],
              evidence=[], description=bad.prose, action=bad.prose, occurred=time),
        entry("ruled", "deviation-ruled", deviation=ref("raised"), ruling="review", policy=model.Pinned()),
        *base.photo("proof", body=b"clean", media="text/plain", name=bad.line, source=bad.line, late=bad.prose),
        entry("mended", "deviation-remediated", **deviation, text=bad.prose, evidence=[model.Digest("proof")]),
        entry("closed", "deviation-closed", "supervisor-1", **deviation, text=bad.prose),
        entry("clock-entry", "clock-changed", clock=bad.line, by=-5, text=bad.prose),
        base.assign(
            "assigned", base.member("operator-d", "tech-d", "operator", name=bad.line, software=bad.line),
            "supervisor-1", "super-c",
        ),
    ]  # fmt: skip


def contract(subject: Subject, bad: Hostile) -> None:
    """Make the texts of contract, pack, roster and pinned policy hostile."""
    fields = subject.item("contract").fields
    fields |= {"title": bad.line, "introduction": bad.prose}
    fields["params"] = [{"id": "batch", "title": bad.line}]
    fields["steps"] = [
        {
            **step,
            "title": bad.line,
            "instruction": bad.prose,
            "values": [{**value, "title": bad.line, **unit(value, bad)} for value in step.get("values", [])]
            + [{"id": "remark-2", "type": "choice", "choices": [bad.line, "x"], "optional": True}],
            **({"evidence": [{**slot, "title": bad.line} for slot in step["evidence"]]} if "evidence" in step else {}),
        }
        for step in fields["steps"]
    ]
    fields["roster"] = [
        {**member, "name": bad.line, **({"software": bad.line} if member["kind"] == "agent" else {}),
         "qualifications": [{"id": "balance", "number": bad.line}]}
        for member in fields["roster"]
    ]  # fmt: skip
    pack = base.PACK
    terms = dict.fromkeys(["run", "step", "deviation", "evidence", "sign-off", "seal", "contract"], bad.line)
    reasons = [{**reason, "title": bad.line} for reason in pack["reasons"]]
    fields["pack"] = model.Enc({**pack, "title": bad.line, "terms": terms, "reasons": reasons})
    off = {"level": "off", "reason": bad.line}
    policy = base.policy(title=bad.line, rules=base.rules(trust__stale=off))
    fields["policy"] = model.Enc(toml.canonical(policy))


def unit(value: dict[str, Any], bad: Hostile) -> dict[str, str]:
    """Give the hostile unit of a value that has one."""
    return {"unit": bad.unit} if "unit" in value else {}


def entries(subject: Subject, bad: Hostile) -> None:
    """Make the texts of entries hostile."""
    lines, prose = {"source", "recorder", "clock", "action"}, {"text", "reason", "why", "late"}
    for item in subject.items:
        fields = item.fields
        if item.type != 2 or fields.get("kind", "").startswith("deviation"):
            continue
        for name in fields:
            if name in lines or (name == "name" and fields["kind"] == "evidence-added"):
                fields[name] = bad.line
            elif name in prose:
                fields[name] = bad.prose
            elif name == "unit":
                fields[name] = bad.unit
            elif name == "instrument":
                fields[name] = bad.token
    subject.item("started").fields |= {"subject": {"batch": bad.token}, "clock": bad.line}


def broken() -> Subject:
    """Give a run whose entries are none: hostile names of members and kinds, control characters, no id."""
    script = TEXTS["script"]
    return base.minimal(
        base.entry("kind", "<script>globalThis.owned=1</script>", **runs.STEP),
        runs.note("member", **{"<img src=x onerror=owned=1>": 1}),
        runs.note("escapes", text="\x1b]0;owned\x07\x1b[2J\x1b[31m" + script),
        runs.note("controls", text="\x00\x08\x7f\x85\u2028" + script),
        runs.note("word", text="x", step=script),
    )


def evidence() -> Subject:
    """Give a run with all hostile files as evidence."""
    added: list[Any] = []
    for number, one in enumerate(hostile_files.files()):
        added += base.photo(f"file-{number}", body=one.data, media=one.media, name=one.name)
    added += base.photo("same-name", body=b"MZ\x90\x00", media="application/x-msdownload", name="photo.png")
    return base.minimal(*added)


def many() -> Subject:
    """Give a run of more steps, passes and people than a page is made for."""
    steps = [
        {"id": f"s{number}", "title": "W" * 200 + str(number), "roles": ["operator"], "optional": True}
        for number in range(150)
    ]
    subject = base.minimal(*(runs.note(f"note-{number}", text="note " * 20) for number in range(300)))
    subject.item("contract").fields["steps"] += steps
    return subject


ALL: dict[str, Callable[[], Subject]] = {
    **{name: partial(filled, name) for name in TEXTS},
    "broken": broken,
    "evidence": evidence,
    "many": many,
}


def write(subject: Subject, folder: Path) -> tuple[Path, Path, str]:
    """Write a subject's bundle and trust file; give their paths and the verification time."""
    folder.mkdir(parents=True, exist_ok=True)
    bundle, trust = folder / "run.opb", folder / "trust.toml"
    bundle.write_bytes(build(subject))
    trust.write_text(toml.trust(model.Build(subject).resolve(subject.trust), "hex"), encoding="utf-8", newline="\n")
    return bundle, trust, toml.date(subject.at if subject.at is not None else START + 30 * DAY)


if __name__ == "__main__":
    for key, make in ALL.items():
        print(*write(make(), Path(sys.argv[1]) / key))
