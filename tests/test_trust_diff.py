"""`trust diff`: differences by meaning, whether they let more or less be FINAL, and steps back."""

import re

import pytest
from support.bundles import crypto

from opsproof_verify import TrustStore
from opsproof_verify.render.trust_diff import render_differences
from opsproof_verify.sshsig import fingerprint
from opsproof_verify.trust_tools.differences import Effect, compare

ISSUER, QUALITY, CLOCK, OTHER = (crypto.public(name) for name in ("issuer", "quality", "clock", "other"))
HEAD = 'id = "t"\nserial = 7\nissued = 2026-11-01T00:00:00Z\nnext-update = 2027-02-01T00:00:00Z\n'
OWNER = f'[[issuer]]\nperson = "owner"\nkey = "{ISSUER.hex()}"\ncontracts = ["acme.*"]\n'
LEAD = f'[[approver]]\nperson = "qa-lead"\nkey = "{QUALITY.hex()}"\nroles = ["quality"]\n'
TIME = f'[[witness]]\nid = "clock"\nkey = "{CLOCK.hex()}"\n'
RETIRED = f'[[revoked]]\nkey = "{OTHER.hex()}"\nat = 2026-10-01T00:00:00Z\nreason = "retired"\n'
GONE = f'[[withdrawn-contract]]\nhash = "{"cd" * 32}"\nat = 2026-10-01T00:00:00Z\n'
FROM, UNTIL = "valid-from = 2026-01-01T00:00:00Z\n", "valid-until = 2028-01-01T00:00:00Z\n"
NEXT = HEAD.replace("7", "8", 1).replace("-11-01", "-11-02")
ALL = OWNER + LEAD + TIME

#: What was added to OLD or NEW: group, effect and sentence of each difference, once as written and once the other way.
CASES: dict[str, tuple[str, str, list[str], list[str]]] = {
    "an issuer": (
        LEAD,
        LEAD + OWNER,
        ["gained more issuer owner: added."],
        ["lost less issuer owner: not in NEW."],
    ),
    "an approver": (
        OWNER,
        OWNER + LEAD,
        ["gained more approver qa-lead: added."],
        ["lost less approver qa-lead: not in NEW."],
    ),
    "a witness": ("", TIME, ["gained more witness clock: added."], ["lost less witness clock: not in NEW."]),
    "another key of one person": (
        LEAD,
        LEAD.replace(QUALITY.hex(), OTHER.hex()),
        [
            "gained more approver qa-lead: added; the other file has another key of the same holder.",
            "lost less approver qa-lead: not in NEW; the other file has another key of the same holder.",
        ],
        [
            "gained more approver qa-lead: added; the other file has another key of the same holder.",
            "lost less approver qa-lead: not in NEW; the other file has another key of the same holder.",
        ],
    ),
    "more contracts": (
        OWNER,
        OWNER.replace('"acme.*"', '"acme.*", "beta"'),
        ["gained more issuer owner may also sign beta."],
        ["lost less issuer owner may no longer sign all of beta; it may sign acme.*."],
    ),
    "all contracts": (
        OWNER,
        OWNER.replace('"acme.*"', '"*"'),
        ["gained more issuer owner may also sign *."],
        ["lost less issuer owner may no longer sign all of *; it may sign acme.*."],
    ),
    "contracts within others": (OWNER, OWNER.replace('"acme.*"', '"acme.*", "acme.fill.*", "acme.x"'), [], []),
    "other contracts": (
        OWNER,
        OWNER.replace('"acme.*"', '"acmes.*"'),
        [
            "gained more issuer owner may also sign acmes.*.",
            "lost less issuer owner may no longer sign all of acme.*; it may sign acmes.*.",
        ],
        [
            "gained more issuer owner may also sign acme.*.",
            "lost less issuer owner may no longer sign all of acmes.*; it may sign acme.*.",
        ],
    ),
    "more roles": (
        LEAD,
        LEAD.replace('"quality"', '"quality", "qp", "head"'),
        ["gained more approver qa-lead may also act as head, qp."],
        ["lost less approver qa-lead may no longer act as head, qp; left: quality."],
    ),
    "another person": (
        LEAD,
        LEAD.replace("qa-lead", "qa-head"),
        ["other either approver qa-head: this key was that of qa-lead. More or less can be FINAL."],
        ["other either approver qa-lead: this key was that of qa-head. More or less can be FINAL."],
    ),
    "an organisation": (
        OWNER,
        OWNER + 'organisation = "Acme\u202e"\n',
        [r"other none issuer owner, Acme\u202e: the organisation was none, and is Acme\u202e. No verdict changes."],
        [r"other none issuer owner: the organisation was Acme\u202e, and is none. No verdict changes."],
    ),
    "an end": (
        LEAD,
        LEAD + UNTIL,
        [
            "other less approver qa-lead: valid without limit, now until 2028-01-01T00:00:00.000Z. Less can be FINAL.",
        ],
        [
            "other more approver qa-lead: valid until 2028-01-01T00:00:00.000Z, now without limit. More can be FINAL.",
        ],
    ),
    "a window that moves": (
        LEAD + FROM,
        LEAD + UNTIL,
        [
            (
                "other either approver qa-lead: valid from 2026-01-01T00:00:00.000Z, now until "
                "2028-01-01T00:00:00.000Z. More or less can be FINAL."
            ),
        ],
        [
            (
                "other either approver qa-lead: valid until 2028-01-01T00:00:00.000Z, now from "
                "2026-01-01T00:00:00.000Z. More or less can be FINAL."
            ),
        ],
    ),
    "a window from the beginning of time": (
        LEAD,
        LEAD + "valid-from = 1970-01-01T00:00:00Z\n",
        [
            "other none approver qa-lead: valid without limit, now from 1970-01-01T00:00:00.000Z. No verdict changes.",
        ],
        [
            "other none approver qa-lead: valid from 1970-01-01T00:00:00.000Z, now without limit. No verdict changes.",
        ],
    ),
    "a minimum version": (
        OWNER,
        OWNER + 'minimum-version = { "acme.x" = 3, "acme.y" = 1 }\n',
        [
            "other less issuer owner: acme.x counted from version 1, and counts from version 3. Less can be FINAL.",
        ],
        [
            "other more issuer owner: acme.x counted from version 3, and counts from version 1. More can be FINAL.",
        ],
    ),
    "an accepted policy": (
        OWNER,
        OWNER + f'accepted-policies = ["sha256:{"ab" * 32}"]\n',
        ["other more issuer owner: a policy in a contract may now decide alone. More can be FINAL."],
        ["other less issuer owner: a policy in a contract may no longer decide alone. Less can be FINAL."],
    ),
    "a revocation": (
        "",
        RETIRED,
        ["lost less a key is revoked: retired, from 2026-10-01T00:00:00.000Z."],
        ["gained more a key is no longer revoked; it was: retired, from 2026-10-01T00:00:00.000Z."],
    ),
    "a graver revocation": (
        RETIRED,
        RETIRED.replace("retired", "compromised"),
        [
            (
                "other less a key is revoked: compromised, from 2026-10-01T00:00:00.000Z; it was: retired, from "
                "2026-10-01T00:00:00.000Z. Less can be FINAL."
            ),
        ],
        [
            (
                "other more a key is revoked: retired, from 2026-10-01T00:00:00.000Z; it was: compromised, from "
                "2026-10-01T00:00:00.000Z. More can be FINAL."
            ),
        ],
    ),
    "a graver and later revocation": (
        RETIRED,
        RETIRED.replace("retired", "compromised").replace("-10-01", "-10-02"),
        [
            (
                "other either a key is revoked: compromised, from 2026-10-02T00:00:00.000Z; it was: retired, from "
                "2026-10-01T00:00:00.000Z. More or less can be FINAL."
            ),
        ],
        [
            (
                "other either a key is revoked: retired, from 2026-10-01T00:00:00.000Z; it was: compromised, from "
                "2026-10-02T00:00:00.000Z. More or less can be FINAL."
            ),
        ],
    ),
    "a withdrawn contract": (
        "",
        GONE,
        ["other less a contract is withdrawn from 2026-10-01T00:00:00.000Z. Less can be FINAL."],
        ["other more a contract withdrawn from 2026-10-01T00:00:00.000Z is now not withdrawn. More can be FINAL."],
    ),
    "a contract withdrawn later": (
        GONE,
        GONE.replace("-10-01", "-10-02"),
        [
            (
                "other more a contract withdrawn from 2026-10-01T00:00:00.000Z is now so from "
                "2026-10-02T00:00:00.000Z. More can be FINAL."
            ),
        ],
        [
            (
                "other less a contract withdrawn from 2026-10-02T00:00:00.000Z is now so from "
                "2026-10-01T00:00:00.000Z. Less can be FINAL."
            ),
        ],
    ),
    "a role map": (
        "",
        '[role-map.acme]\nqp = "quality"\nhead = "head"\n',
        ["other either under acme: their qp was our qp, and is our quality. More or less can be FINAL."],
        ["other either under acme: their qp was our quality, and is our qp. More or less can be FINAL."],
    ),
    "a nearer map that says nothing": (
        '[role-map.acme]\nqp = "quality"\n',
        '[role-map.acme]\nqp = "quality"\n[role-map."acme.line"]\n',
        ["other either under acme.line: their qp was our quality, and is our qp. More or less can be FINAL."],
        ["other either under acme.line: their qp was our qp, and is our quality. More or less can be FINAL."],
    ),
}


def store(text: str) -> TrustStore:
    return TrustStore.parse(text.encode())


def said(old: str, new: str) -> str:
    return render_differences(compare(store(old), store(new)), ("old.toml", "new.toml"), width=10_000)


def differences(old: str, new: str) -> list[str]:
    """Give group, effect and sentence of each difference; the sentences in the order of the page."""
    found = compare(store(old), store(new))
    lines = [line.strip() for line in said(old, new).splitlines() if re.match(r"  [a-z]", line)]
    order = ["gained", "lost", "other"]
    changes = sorted(found.changes, key=lambda change: order.index(change.group))
    return [f"{change.group} {change.effect} {line}" for change, line in zip(changes, lines, strict=True)]


@pytest.mark.parametrize("name", CASES)
def test_a_difference_is_told_in_words_with_what_it_can_do(name: str) -> None:
    old, new, there, back = CASES[name]
    assert differences(HEAD + old, NEXT + new) == there
    assert differences(HEAD + new, NEXT + old) == back


def test_the_good_until_is_compared() -> None:
    later = NEXT.replace("2027-02", "2027-03")
    moved = "good until 2027-02-01T00:00:00.000Z, now until 2027-03-01T00:00:00.000Z"
    assert differences(HEAD, later) == [f"other more {moved}. More can be FINAL."]
    assert [change.effect for change in compare(store(later), store(HEAD)).changes] == [Effect.LESS]


def test_order_and_spelling_are_no_difference() -> None:
    other = HEAD + TIME + LEAD.replace(QUALITY.hex(), crypto.ssh(QUALITY, "qa")) + OWNER
    assert compare(store(HEAD + ALL), store(other)).same
    assert said(HEAD + ALL, other).endswith("\n\nOLD and NEW mean the same: they have one digest.\n")


def test_what_changes_no_verdict_is_said_to() -> None:
    assert "No difference changes a verdict." in said(HEAD + ALL + RETIRED + GONE, NEXT + ALL + RETIRED + GONE)
    assert "No difference changes a verdict." not in said(HEAD, NEXT + ALL)
    assert not compare(store(HEAD + ALL), store(NEXT + ALL)).same


@pytest.mark.parametrize(
    "new, expected",
    [
        (NEXT, ()),
        (HEAD.replace("7", "6", 1), ("serial-lower",)),
        (HEAD + TIME, ("serial-same",)),
        (NEXT.replace('"t"', '"u"'), ("other-id",)),
        (NEXT.replace("8", "1", 1).replace('"t"', '"u"'), ("other-id",)),
        (NEXT.replace("-11-02", "-10-30"), ("issued-earlier",)),
        (HEAD.replace("7", "6", 1).replace("-11-01", "-10-30"), ("serial-lower", "issued-earlier")),
    ],
)
def test_a_step_back_is_warned_of(new: str, expected: tuple[str, ...]) -> None:
    assert compare(store(HEAD), store(new)).warnings == expected
    assert said(HEAD, new).count("WARNING: ") == len(expected)


def test_keys_stand_in_both_forms_and_what_is_added_in_full() -> None:
    page = said(HEAD, NEXT + ALL + FROM.replace("valid-from", "# ") + RETIRED.replace(OTHER.hex(), ISSUER.hex()))
    for key in (ISSUER, QUALITY, CLOCK):
        assert f"    OpenSSH     {fingerprint(key)}\n" in page
        assert crypto.kid(key).hex() in page.replace(" ", "").replace("\n", "")
    assert "    contracts   acme.*\n" in page
    assert "    roles       quality\n" in page
    assert "    REVOKED     retired, from 2026-10-01T00:00:00.000Z\n" in page


def test_digests_stand_with_policies_and_contracts() -> None:
    page = said(HEAD + OWNER, NEXT + OWNER + f'accepted-policies = ["sha256:{"ab" * 32}"]\n' + GONE)
    assert "    policy      abab abab" in page
    assert "    contract    cdcd cdcd" in page
