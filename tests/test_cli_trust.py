"""`trust lint`, `show`, `diff` and `keys`, and `--trust-key`, as a user calls them."""

import os
import stat
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from support.bundles import LABEL, base, build, crypto, model
from test_cli import AT, TRUST, VECTORS, bundle
from test_trust_sshsig import HEAD, KEY, signed

from opsproof_verify import InputError, TrustStore
from opsproof_verify.cli import main
from opsproof_verify.sshsig import fingerprint
from opsproof_verify.trust_tools import claims

PUB = crypto.ssh(KEY, "firm")
OTHER = crypto.public("other")


@pytest.fixture
def firm(tmp_path: Path) -> Path:
    """Write the trust file of the vectors, signed."""
    path = tmp_path / "firm.toml"
    path.write_bytes(Path(TRUST).read_bytes())
    (tmp_path / "firm.toml.sig").write_bytes(signed(path.read_bytes()))
    (tmp_path / "firm.pub").write_text(f"{PUB}\n")
    return path


def write(folder: Path, text: str) -> str:
    path = folder / "t.toml"
    path.write_text(text)
    return str(path)


def flat(capsys: pytest.CaptureFixture[str]) -> str:
    """Give what was put on standard output, in one line."""
    return " ".join(capsys.readouterr().out.split())


# lint

GOOD = (
    f'{HEAD}[[issuer]]\nperson = "owner"\nkey = "{KEY.hex()}"\ncontracts = ["acme.*"]\n'
    f'valid-until = 2028-01-01T00:00:00Z\n[[witness]]\nid = "clock"\nkey = "{crypto.public("clock").hex()}"\n'
)


def test_a_file_without_doubts_has_no_problems(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path, GOOD)
    assert main(["trust", "lint", "t.toml"]) == 0
    said = flat(capsys)
    assert "t.toml: no problems. t, serial 7 Digest" in said
    assert "warning" not in said
    known = f'[[revoked]]\nkey = "{KEY.hex()}"\nat = 2026-10-01T00:00:00Z\nreason = "compromised"\n'
    assert main(["trust", "lint", write(tmp_path, GOOD + known)]) == 0
    assert "no problems" in flat(capsys)


def test_what_is_doubtful_is_told_with_its_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # a long path would be broken at the end of a line
    text = GOOD.partition("[[witness]]")[0].replace('"acme.*"', '"*"').replace("valid-until", "# valid-until")
    text = text.replace("2027-02-01", "2027-12-20") + f'[[revoked]]\nkey = "{OTHER.hex()}"\n'
    write(tmp_path, text + 'at = 2026-10-01T00:00:00Z\nreason = "retired"\n')
    assert main(["trust", "lint", "t.toml"]) == 0
    said = flat(capsys)
    assert "no errors, 5 warnings" in said
    for place in (
        "4: next-update: ",
        "8: issuer[0].contracts: owner ",
        "5: issuer[0].valid-until: ",
        "11: revoked[0].key: ",
    ):
        assert f"warning: t.toml:{place}" in said
    assert "warning: t.toml: witness: none" in said
    assert fingerprint(OTHER) in said


def test_four_hundred_days_are_not_too_long(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    head = HEAD.replace("2027-02-01", "2027-12-06")
    assert main(["trust", "lint", write(tmp_path, GOOD.replace(HEAD, head))]) == 0
    assert "no problems" in flat(capsys)
    assert (
        main(["trust", "lint", write(tmp_path, GOOD.replace(HEAD, head.replace("12-06T00:00:00", "12-06T00:00:01")))])
        == 0
    )
    assert "no errors, 1 warning. " in flat(capsys)


def test_of_many_warnings_the_first_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = (
        f'[[approver]]\nperson = "p{n}"\nkey = "{crypto.public(f"p{n}").hex()}"\nroles = ["qa"]\n' for n in range(13)
    )
    assert main(["trust", "lint", write(tmp_path, GOOD + "".join(rows))]) == 0
    said = capsys.readouterr().out
    assert said.count("never ends") == 10
    assert "3 more of the kind endless" in said


# show


def test_show_has_both_digests_and_who_signed(firm: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["trust", "show", str(firm)]) == 0
    said = capsys.readouterr().out
    assert "not looked at, since --trust-key was not given" in said
    flat = said.replace(" ", "").replace("\n", "")
    assert TrustStore.load(firm).digest.hex() in flat
    assert crypto.sha256(firm.read_bytes()).hex() in flat
    assert said.count("compared    [ ]") == 4
    assert all(len(line) <= 80 for line in said.splitlines() if str(firm) not in line)
    assert main(["trust", "show", str(firm), "--trust-key", PUB]) == 0
    assert f"valid, by the key that --trust-key names:\n  OpenSSH     {fingerprint(KEY)}\n" in capsys.readouterr().out


def test_show_marks_a_revoked_key_at_its_holder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = f'{GOOD}[[revoked]]\nkey = "{KEY.hex()}"\nat = 2026-10-01T00:00:00Z\nreason = "compromised"\n'
    assert main(["trust", "show", write(tmp_path, text)]) == 0
    assert "  owner\n    REVOKED     compromised, from 2026-10-01T00:00:00.000Z\n" in capsys.readouterr().out


# diff


def test_diff_says_by_its_status_whether_there_is_a_difference(
    firm: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["trust", "diff", TRUST, str(firm), "--trust-key", PUB]) == 2  # both must be signed
    assert "trust.toml.sig: no such file" in capsys.readouterr().err
    assert main(["trust", "diff", TRUST, str(firm)]) == 0
    assert main(["trust", "diff", str(firm), str(firm), "--trust-key", PUB]) == 0
    assert main(["trust", "diff", TRUST, write(tmp_path, GOOD)]) == 1
    assert "WHAT NEW NO LONGER TRUSTS" in capsys.readouterr().out
    assert main(["trust", "diff", TRUST, write(tmp_path, "x")]) == 2


# keys

EVERY_KIND = VECTORS / "rich-every-kind" / "bundle.opb"


def keys(path: str | Path, capsys: pytest.CaptureFixture[str], status: int = 0) -> str:
    assert main(["trust", "keys", str(path)]) == status
    return capsys.readouterr().out


@pytest.mark.parametrize("name", ["minimal", "rich-every-kind", "delegated-mapped"])
def test_what_a_bundle_claims_is_no_trust_file(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    said = keys(bundle(name), capsys)
    with pytest.raises(tomllib.TOMLDecodeError):
        tomllib.loads(said)
    with pytest.raises(InputError):
        TrustStore.parse(said.encode())
    for line in said.splitlines():  # nor is any key in it, whole
        assert "ssh-ed25519" not in line
    headings = [line for line in said.splitlines() if line.isupper() and not line.startswith(" ")]
    assert headings == [
        "UNTRUSTED: KEYS THAT THE FILE ENROLS",
        "UNTRUSTED: KIDS UNDER WHICH SOMETHING IS SIGNED",
        "WHAT TO DO",
    ]
    assert said.startswith("UNTRUSTED. ")


def test_all_keys_and_kids_of_a_bundle_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    said = keys(EVERY_KIND, capsys)
    flat = said.replace(" ", "").replace("\n", "")
    subject = base.rich()
    for member in subject.item("contract").fields["roster"]:
        key = model.Build(subject).resolve(member["key"])
        assert fingerprint(key) in said
        assert crypto.kid(key).hex() in flat
        assert f"person {member['person']}" in " ".join(said.split())
    for what in (
        "the contract as the issuer",
        "an approval of the contract as",
        "the seal as the actor",
        "a sign-off as",
    ):
        assert what in " ".join(said.split()), what
    assert "an attestation as the actor" in said


def test_signed_records_in_entries_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    said = " ".join(keys(bundle("minimal-assigned"), capsys).split())
    assert "an assignment as " in said
    assert "by an assignment in e" in said
    assert "a witness's record as the clock" in keys(bundle("compromised-key-witnessed"), capsys)
    assert "a witness's record as the clock" in keys(bundle("minimal-witnessed-entry"), capsys)


def test_entries_that_are_withheld_or_cannot_be_read_claim_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "the seal as the actor" in keys(bundle("action-withheld"), capsys)
    data = (VECTORS / "minimal-assigned" / "bundle.opb").read_bytes()
    at = data.index(b"application/vnd.opsproof.assignment+cose")
    member = data.index(b"fperson", at)  # the assignment's: its kid can still be read, and whom it enrols cannot
    (tmp_path / "bent.opb").write_bytes(data[: member + 1] + b"q" + data[member + 2 :])
    said = keys(tmp_path / "bent.opb", capsys)
    assert "an assignment that cannot be read" in said
    assert "by an assignment in e" not in " ".join(said.split())


def test_a_delegation_in_a_signoff_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert "a delegation as " in keys(bundle("delegated-mapped"), capsys)


def test_a_broken_bundle_is_listed_as_far_as_it_can_be_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = EVERY_KIND.read_bytes()
    (tmp_path / "torn.opb").write_bytes(data[: len(data) // 2])
    assert main(["trust", "keys", str(tmp_path / "torn.opb")]) == 2
    out, err = capsys.readouterr()
    assert "the contract as the issuer" in out
    assert "not read to its end: " in err
    (tmp_path / "label.opb").write_bytes(LABEL)
    assert keys(tmp_path / "label.opb", capsys).count("None could be read.") == 2
    (tmp_path / "none.opb").write_bytes(b"none")
    assert keys(tmp_path / "none.opb", capsys, 2).count("None could be read.") == 2


def test_a_record_that_cannot_be_read_still_has_its_kid(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = build(base.minimal())
    at = data.rindex(b"fperson") + 1  # a member of the last sign-off gets a name that no record knows
    (tmp_path / "bent.opb").write_bytes(data[:at] + b"q" + data[at + 1 :])
    said = keys(tmp_path / "bent.opb", capsys)
    assert "a sign-off that cannot be read" in said
    at = data.rindex(b"application/vnd.opsproof.signoff+cose")
    (tmp_path / "bent.opb").write_bytes(data[:at] + b"A" + data[at + 1 :])
    assert "a sign-off" not in keys(tmp_path / "bent.opb", capsys)


def test_standard_input_and_packages_are_read(capsys: pytest.CaptureFixture[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "opsproof_verify", "trust", "keys", "-"],
        input=EVERY_KIND.read_bytes(),
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0
    assert b"the contract as the issuer" in done.stdout


def test_of_many_claims_the_first_are_told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(claims, "MOST", 2)
    said = keys(bundle("minimal"), capsys)
    assert said.count("OpenSSH     ") == 2
    assert "3 more actors and signatures are not listed." in said


# --trust-key


@pytest.mark.parametrize("form", ["line", "hex", "pem", "file", "file of hex"])
def test_the_key_is_given_as_itself_or_in_a_file(firm: Path, form: str, capsys: pytest.CaptureFixture[str]) -> None:
    (firm.parent / "hex").write_text(f"{KEY.hex()}\n")
    forms = {"line": PUB, "hex": KEY.hex(), "pem": crypto.pem(KEY)}
    forms |= {"file": str(firm.parent / "firm.pub"), "file of hex": str(firm.parent / "hex")}
    assert main(["trust", "lint", str(firm), "--trust-key", forms[form]]) == 0
    assert f"Signed by   {fingerprint(KEY)}\n" in capsys.readouterr().out


def test_check_takes_only_a_trust_file_that_the_key_signed(firm: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = ["check", bundle("minimal"), "--trust", str(firm), "--at", AT]
    assert main(given) == main([*given, "--trust-key", str(firm.parent / "firm.pub")]) == 0
    capsys.readouterr()
    assert main([*given, "--trust-key", OTHER.hex()]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "firm.toml.sig: signed with the key" in err
    firm.write_bytes(firm.read_bytes() + b"\n")
    assert main(given) == 0
    assert main([*given, "--trust-key", PUB]) == 2
    assert "does not fit the file" in capsys.readouterr().err


@pytest.mark.parametrize(
    "key, said",
    [
        ("no-such-file", "no-such-file: no such file or directory"),
        ("ssh-rsa AAAA", "--trust-key: no key that can be used"),
        (crypto.SMALL_ORDER.hex(), "--trust-key: no key that can be used"),
        ("-----BEGIN PUBLIC KEY-----", "--trust-key: no key that can be used"),
        ("private", "holds a private key; give the public one"),
        ("noise", "noise: no key that can be used"),
    ],
)
def test_a_key_that_cannot_be_used_is_told(
    firm: Path, key: str, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(firm.parent)
    Path("private").write_text("-----BEGIN OPENSSH PRIVATE KEY-----\n")
    Path("noise").write_bytes(bytes(range(256)))
    assert main(["trust", "lint", str(firm), f"--trust-key={key}"]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
def test_a_signature_is_not_even_opened_unless_a_key_is_named(firm: Path) -> None:
    (firm.parent / "firm.toml.sig").unlink()
    os.mkfifo(firm.parent / "firm.toml.sig")  # whoever opens it waits for ever
    assert stat.S_ISFIFO((firm.parent / "firm.toml.sig").stat().st_mode)
    assert main(["trust", "lint", str(firm)]) == 0


# Hostile trust files

ROW = f'[[approver]]\nperson = "a"\nkey = "{KEY.hex()}"\nroles = ["qa"]\n'
HOSTILE: dict[str, tuple[str | bytes, str]] = {
    "a key of two persons": (HEAD + ROW + ROW.replace('"a"', '"b"'), ":11: approver[1].key: "),
    "a key of small order": (HEAD + ROW.replace(KEY.hex(), crypto.SMALL_ORDER.hex()), ":7: approver[0].key: "),
    "an unknown field": (HEAD + ROW + 'power = "all"\n', ":9: approver[0].power: unknown key"),
    "a hundred thousand rows": (HEAD + "[[revoked]]\n" * 100_000, "100000 keys are more than the limit of 2000"),
    "too many bytes": (b"#" * 16_777_217, "more than the limit of 16777216"),
    "arrays in arrays": (HEAD + "x = " + "[" * 100_000, "not TOML"),
    "tables in tables": (HEAD + "x = " + "{a=" * 100_000, "not TOML"),
    "a NUL byte": (HEAD + 'x = "\0"\n', ":5: not TOML"),
    "bytes that are no UTF-8": (HEAD.encode() + b"# \xff\n", ":5: not UTF-8"),
    "a byte order mark": ("\ufeff" + HEAD, ":1: "),
    "a number of a million digits": (HEAD + "x = " + "1" * 1_000_000, "not TOML"),
    "an escape sequence": (HEAD + '"\\u001b[2J" = 1\n', r"\x1b[2J"),
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("action", ["lint", "show"])
def test_a_hostile_trust_file_is_an_error_with_its_place(
    tmp_path: Path, name: str, action: str, capsys: pytest.CaptureFixture[str]
) -> None:
    data, said = HOSTILE[name]
    (tmp_path / "t.toml").write_bytes(data if isinstance(data, bytes) else data.encode())
    assert main(["trust", action, str(tmp_path / "t.toml")]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err
    assert all(line.startswith(f"opsproof-verify: {tmp_path / 't.toml'}") for line in err.splitlines())
    assert "internal error" not in err


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="there is no endless file here")
def test_a_trust_file_without_end_is_not_read_to_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["trust", "lint", "/dev/zero"]) == 2
    assert "more than the limit of 16777216" in capsys.readouterr().err


@pytest.mark.untraced
def test_a_hundred_thousand_withdrawn_contracts_are_used(tmp_path: Path) -> None:
    rows = (f'[[withdrawn-contract]]\nhash = "{n:064x}"\nat = 2026-10-01T00:00:00Z\n' for n in range(100_000))
    file = write(tmp_path, HEAD + "".join(rows))
    assert len(TrustStore.load(file).withdrawn) == 100_000
