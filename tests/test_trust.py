"""Trust stores: what is read, every problem of a file at once, the digest, what a store says (SPEC 7)."""

import hashlib
from pathlib import Path
from typing import Any

import pytest
from support.bundles import cbor, crypto

from opsproof_verify import InputError, TrustStore

ISSUER, QUALITY, CLOCK, OTHER = (crypto.public(name) for name in ("issuer", "quality", "clock", "other"))
HEAD = 'id = "t"\nserial = 7\nissued = 2026-11-01T00:00:00Z\nnext-update = 2027-02-01T00:00:00Z\n'
FULL = f"""{HEAD}
[[issuer]]
person = "owner"
organisation = "Acme"
key = "{ISSUER.hex()}"
contracts = ["acme.*", "beta"]
minimum-version = {{ "acme.fill-line" = 4 }}
accepted-policies = ["sha256:{"ab" * 32}"]
valid-from = 2026-01-01T00:00:00Z
valid-until = 2028-01-01T01:00:00+01:00

[[approver]]
person = "quinn"
roles = ["quality", "production"]
key = '''{crypto.pem(QUALITY)}'''

[[witness]]
id = "clock"
key = "{crypto.ssh(CLOCK, "clock@plant")}"

[[revoked]]
key = "{OTHER.hex()}"
at = 2026-10-01T00:00:00Z
reason = "retired"

[[withdrawn-contract]]
hash = "{"cd" * 32}"
at = 2026-10-01T00:00:00Z

[role-map.acme]
qp = "quality"

[role-map."acme.line"]
qp = "head"
"""


def problems(text: str | bytes) -> list[tuple[str, str, int]]:
    """Give path, what is wrong, and line of each problem."""
    with pytest.raises(InputError) as caught:
        TrustStore.parse(text.encode() if isinstance(text, str) else text, "t.toml")
    assert caught.value.file == "t.toml"
    assert all(problem.remedy for problem in caught.value.problems)
    return [(problem.path, problem.what, problem.line) for problem in caught.value.problems]


def paths(text: str) -> list[str]:
    return [path for path, _, _ in problems(text)]


def test_a_store_is_read(tmp_path: Path) -> None:
    (tmp_path / "t.toml").write_text(FULL)
    store = TrustStore.load(tmp_path / "t.toml")
    assert (store.id, store.serial, store.next_update - store.issued) == ("t", 7, 92 * 86_400_000)
    issuer, approver = store.issuers[0], store.approvers[0]
    assert (issuer.person, issuer.organisation, issuer.key) == ("owner", "Acme", ISSUER)
    assert (issuer.minimum_version, issuer.accepted_policies) == ({"acme.fill-line": 4}, (bytes.fromhex("ab" * 32),))
    assert issuer.valid_until is not None
    assert issuer.valid_from is not None
    assert issuer.valid_until - issuer.valid_from == 730 * 86_400_000
    assert (approver.roles, approver.key, approver.valid_from) == (("production", "quality"), QUALITY, None)
    assert [(witness.id, witness.key) for witness in store.witnesses] == [("clock", CLOCK)]
    assert [(row.key, row.reason) for row in store.revoked] == [(OTHER, "retired")]
    assert store.withdrawn == {bytes.fromhex("cd" * 32): store.revoked[0].at}
    assert store.issuer_of(crypto.kid(ISSUER)) is issuer
    assert store.issuer_of(crypto.kid(QUALITY)) is None


@pytest.mark.parametrize(
    "contract, may",
    [("acme.x", True), ("acme.x.y", True), ("beta", True), ("acme", False), ("acmex", False), ("beta.x", False)],
)
def test_an_issuer_may_sign_exact_ids_and_prefixes(contract: str, may: bool) -> None:  # noqa: FBT001 - a parameter
    assert TrustStore.parse(FULL.encode()).issuers[0].may_sign(contract) == may


def test_a_star_is_every_contract() -> None:
    assert TrustStore.parse(FULL.replace('["acme.*", "beta"]', '["*"]').encode()).issuers[0].may_sign("any")


@pytest.mark.parametrize(
    "contract, expected",
    [("acme", "quality"), ("acme.x", "quality"), ("acme.line", "head"), ("acme.line.2", "head"), ("acmes", "qp")],
)
def test_a_role_is_read_through_the_nearest_map(contract: str, expected: str) -> None:
    store = TrustStore.parse(FULL.encode())
    assert store.role(contract, "qp") == expected
    assert store.role(contract, "operator") == "operator"


def test_the_digest_is_that_of_the_canonical_form() -> None:
    at = 1_790_812_800_000
    form: dict[str, Any] = {
        "id": "t", "serial": 7, "issued": 1_793_491_200_000, "next-update": 1_801_440_000_000,
        "issuers": [{"person": "owner", "organisation": "Acme", "key": ISSUER, "contracts": ["acme.*", "beta"],
                     "minimum-version": {"acme.fill-line": 4}, "accepted-policies": [bytes.fromhex("ab" * 32)],
                     "valid-from": 1_767_225_600_000, "valid-until": 1_830_297_600_000}],
        "approvers": [{"person": "quinn", "roles": ["production", "quality"], "key": QUALITY}],
        "witnesses": [{"id": "clock", "key": CLOCK}],
        "revoked": [{"key": OTHER, "at": at, "reason": "retired"}],
        "withdrawn-contracts": [{"hash": bytes.fromhex("cd" * 32), "at": at}],
        "role-map": {"acme": {"qp": "quality"}, "acme.line": {"qp": "head"}},
    }  # fmt: skip
    assert TrustStore.parse(FULL.encode()).digest == hashlib.sha256(cbor.encode(form)).digest()


def test_the_digest_does_not_depend_on_the_order_of_tables() -> None:
    first = f'[[witness]]\nid = "a"\nkey = "{CLOCK.hex()}"\n'
    second = f'[[witness]]\nid = "b"\nkey = "{OTHER.hex()}"\n'
    digests = {TrustStore.parse((HEAD + order).encode()).digest for order in (first + second, second + first)}
    assert len(digests) == 1


LATE = f'[[issuer]]\nperson = "o"\nkey = "{ISSUER.hex()}"\ncontracts = ["a"]\n'
APPROVER = f'[[approver]]\nperson = "o"\nkey = "{ISSUER.hex()}"\nroles = ["a"]\n'

WRONG: dict[str, tuple[str, list[str]]] = {
    "nothing there": ("", ["id", "serial", "issued", "next-update"]),
    "unknown keys": (HEAD + "zebra = 1\nalpha = 2\n", ["alpha", "zebra"]),
    "next-update not later": (HEAD.replace("2027-02", "2026-11"), ["next-update"]),
    "a local time": (HEAD.replace("00Z\nnext", "00\nnext"), ["issued"]),
    "a date": (HEAD.replace("2026-11-01T00:00:00Z", "2026-11-01"), ["issued"]),
    "microseconds": (HEAD.replace("00Z\nnext", "00.000001Z\nnext"), ["issued"]),
    "before 1970": (HEAD.replace("2026-11", "1969-11"), ["issued"]),
    "an id of another form": (HEAD.replace('"t"', '"T"'), ["id"]),
    "a number as text": (HEAD.replace("7", '"7"', 1), ["serial"]),
    "an issuer without anything": (HEAD + "[[issuer]]\n", ["issuer[0].key", "issuer[0].person", "issuer[0].contracts"]),
    "an issuer with a typo": (HEAD + LATE + "role = 1\n", ["issuer[0].role"]),
    "no contracts": (HEAD + LATE.replace('["a"]', "[]"), ["issuer[0].contracts"]),
    "a pattern in the middle": (HEAD + LATE.replace('["a"]', '["a.*.b", 1]'), ["issuer[0].contracts[0]"]),
    "a window the wrong way round": (
        HEAD + LATE + "valid-from = 2026-11-01T00:00:00Z\nvalid-until = 2026-11-01T00:00:00Z\n",
        ["issuer[0].valid-until"],
    ),
    "a policy without its algorithm": (
        HEAD + LATE + 'accepted-policies = ["ab"]\n',
        ["issuer[0].accepted-policies[0]"],
    ),
    "a version of none": (HEAD + LATE + "minimum-version = { a = 0 }\n", ["issuer[0].minimum-version[0]"]),
    "an approver without roles": (HEAD + APPROVER.replace('["a"]', "[]"), ["approver[0].roles"]),
    "an issuer twice": (HEAD + LATE + LATE, ["issuer[1].key"]),
    "an approver twice": (HEAD + APPROVER + APPROVER, ["approver[1].key"]),
    "a key of two persons": (HEAD + LATE + APPROVER.replace('"o"', '"p"'), ["approver[0].key"]),
    "a witness with a person's key": (HEAD + LATE + f'[[witness]]\nid = "w"\nkey = "{ISSUER.hex()}"\n', ["witness[0]"]),
    "a witness with a person's name": (HEAD + LATE + f'[[witness]]\nid = "o"\nkey = "{CLOCK.hex()}"\n', ["witness[0]"]),
    "two witnesses of one id": (
        HEAD + f'[[witness]]\nid = "w"\nkey = "{CLOCK.hex()}"\n[[witness]]\nid = "w"\nkey = "{OTHER.hex()}"\n',
        ["witness[1]"],
    ),
    "two witnesses of one key": (HEAD + 2 * f'[[witness]]\nid = "w"\nkey = "{CLOCK.hex()}"\n', ["witness[1]"]),
    "revoked twice": (
        HEAD + 2 * f'[[revoked]]\nkey = "{OTHER.hex()}"\nat = 2026-11-01T00:00:00Z\nreason = "retired"\n',
        ["revoked"],
    ),
    "revoked for a reason of one's own": (
        HEAD + f'[[revoked]]\nkey = "{OTHER.hex()}"\nat = 2026-11-01T00:00:00Z\nreason = "lost"\n',
        ["revoked[0].reason"],
    ),
    "withdrawn twice": (
        HEAD + 2 * f'[[withdrawn-contract]]\nhash = "{"cd" * 32}"\nat = 2026-11-01T00:00:00Z\n',
        ["withdrawn-contract[1].hash"],
    ),
    "a hash in capitals": (
        HEAD + f'[[withdrawn-contract]]\nhash = "{"CD" * 32}"\nat = 2026-11-01T00:00:00Z\n',
        ["withdrawn-contract[0].hash"],
    ),
    "a hash that is a number": (
        HEAD + "[[withdrawn-contract]]\nhash = 1\nat = 2026-11-01T00:00:00Z\n",
        ["withdrawn-contract[0].hash"],
    ),
    "a withdrawal without a time": (
        HEAD + f'[[withdrawn-contract]]\nhash = "{"cd" * 32}"\n',
        ["withdrawn-contract[0].at"],
    ),
    "a role map of no contract": (HEAD + '[role-map."A b"]\nqp = "quality"\n', ['role-map."A b"']),
    "a role map with a bad role": (HEAD + '[role-map.acme]\nqp = "Q"\n', ["role-map.acme[0]"]),
    "a table in the place of tables": (HEAD + "[issuer]\n", ["issuer"]),
    "tables in the place of a table": (HEAD + "[[role-map]]\n", ["role-map"]),
    "a number in the place of a table": (HEAD + "witness = [1]\n", ["witness[0]", "witness[0].id", "witness[0].key"]),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_named_by_its_path(name: str) -> None:
    text, expected = WRONG[name]
    assert sorted(paths(text)) == sorted(expected)


KEYS = {
    "short": "ab" * 31,
    "capitals": "AB" * 32,
    "small order": "01" + "00" * 31,
    "not on the curve": "02" + "00" * 31,
    "another algorithm": "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQ",
    "base64 that is none": "ssh-ed25519 A",
    "another type inside": crypto.ssh(ISSUER, "x").replace("AAAAC3", "AAAAC4"),
    "PEM of another kind": crypto.pem(ISSUER).replace("MCow", "MCox"),
    "nothing": "",
}


@pytest.mark.parametrize("name", KEYS)
def test_a_key_that_is_none_is_refused(name: str) -> None:
    text = HEAD + LATE.replace(ISSUER.hex(), KEYS[name].replace("\n", "\\n"))
    assert paths(text) == ["issuer[0].key"]


def test_a_key_that_is_a_number_is_refused() -> None:
    assert paths(HEAD + LATE.replace(f'"{ISSUER.hex()}"', "5")) == ["issuer[0].key"]


def test_a_person_may_be_issuer_and_approver_with_one_key_and_have_several() -> None:
    more = APPROVER.replace(ISSUER.hex(), QUALITY.hex())
    assert len(TrustStore.parse((HEAD + LATE + APPROVER + more).encode()).approvers) == 2


def test_more_keys_than_the_limit_are_refused() -> None:
    assert problems(HEAD + "[[revoked]]\n" * 2_001) == [("", "2001 keys are more than the limit of 2000", 0)]


def test_a_file_larger_than_the_limit_is_refused() -> None:
    assert problems(b"#" * 16_777_217) == [("", "16777217 bytes are more than the limit of 16777216", 0)]


def test_problems_have_lines() -> None:
    text = HEAD + LATE + "role = 1\n" + LATE.replace('"o"', '"O"')
    assert [(path, line) for path, _, line in problems(text)] == [("issuer[0].role", 9), ("issuer[1].person", 11)]
