"""`extract`: evidence out, compared while it is written, under names that harm nothing."""

from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path

import pytest
from test_cli import bundle

from opsproof_verify.cli import main
from opsproof_verify.reading import Content
from opsproof_verify.records import Item
from opsproof_verify.render.file_names import safe_name

PHOTO = "8feeb85bc6bcb90087a469e6d030656b77134b30c9a7b124f8282b45266f4938"


def item(name: str | None, media: str = "image/png") -> Item:
    """Give an evidence item with a name."""
    return Item(digest=bytes(32), size=1, media=media, name=name, step=None, number=None, slot=None)


def test_evidence_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["extract", bundle("rich-every-kind")]) == 0
    said = capsys.readouterr().out
    assert said.startswith("Nothing is verified here")
    assert '  e5  run: "plan.pdf" application/pdf, 5 bytes, ' in said
    assert f"       {PHOTO}\n" in said


def test_what_is_absent_or_after_the_seal_is_listed_as_that(capsys: pytest.CaptureFixture[str]) -> None:
    main(["extract", bundle("evidence-absent")])
    assert "(absent from this copy)" in capsys.readouterr().out.replace("\n       ", " ")
    main(["extract", bundle("minimal-supplied")])
    assert "  after the seal  " in capsys.readouterr().out
    assert main(["extract", bundle("minimal")]) == 0
    assert "No evidence." in capsys.readouterr().out


def test_bundle_that_breaks_off_is_listed_as_far_as_it_goes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["extract", bundle("frame-cut-in-body")]) == 2
    assert "not read to its end" in capsys.readouterr().err


@pytest.mark.parametrize("wanted", ["e2", PHOTO, PHOTO[:8]])
def test_item_is_written_as_recorded(wanted: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["extract", bundle("minimal-photo"), wanted, "-o", str(tmp_path)]) == 0
    (written,) = tmp_path.iterdir()
    assert written.name == f"{PHOTO}.png"
    assert sha256(written.read_bytes()).hexdigest() == PHOTO
    assert PHOTO in capsys.readouterr().out


def test_item_supplied_after_the_seal_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["extract", bundle("minimal-supplied")])
    digest = capsys.readouterr().out.split()[-1]
    assert main(["extract", bundle("minimal-supplied"), digest[:8], "-o", str(tmp_path)]) == 0
    (written,) = tmp_path.iterdir()
    assert sha256(written.read_bytes()).hexdigest() == digest


@pytest.mark.parametrize("file_system", ["with links", "without links"])
def test_nothing_is_ever_overwritten(
    file_system: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def no_links(*_: object) -> None:
        raise OSError(95, "Operation not supported")

    if file_system == "without links":
        monkeypatch.setattr(os, "link", no_links)
    arguments = ["extract", bundle("rich-every-kind"), "e5", "-o", str(tmp_path)]
    assert main(arguments) == 0
    (tmp_path / "plan.pdf").write_text("mine")
    assert main(arguments) == 2
    assert "is there already" in capsys.readouterr().err
    assert (tmp_path / "plan.pdf").read_text() == "mine"
    assert len(list(tmp_path.iterdir())) == 1


def test_altered_content_is_not_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["extract", bundle("evidence-altered"), PHOTO[:8], "-o", str(tmp_path)]) == 2
    assert "the content is altered" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "vector,wanted,said",
    [
        ("minimal-photo", "photo.png", "is no ID"),
        ("minimal-photo", "../x", "is no ID"),
        ("minimal-photo", PHOTO[:7], "is no ID"),
        ("minimal-photo", "e3", "no evidence has the ID"),
        ("evidence-absent", PHOTO[:8], "is absent from this copy"),
    ],
)
def test_ids_that_name_nothing_to_write(
    vector: str, wanted: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["extract", bundle(vector), wanted, "-o", str(tmp_path)]) == 2
    assert said in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_id_that_names_two_items(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    one, other = Content("e1", item("a"), 1), Content("e1", item("b"), 1)
    object.__setattr__(other.item, "digest", bytes(31) + b"\x01")
    monkeypatch.setattr("opsproof_verify.cli.extract._contents", lambda _: ([one, other], ""))
    assert main(["extract", bundle("minimal"), "00000000"]) == 2
    assert "names 2 items; give more digits" in capsys.readouterr().err


def test_folder_that_is_not_there(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["extract", bundle("minimal-photo"), "e2", "-o", str(tmp_path / "none")]) == 2
    assert "no such file or directory" in capsys.readouterr().err


@pytest.mark.parametrize(
    "name,safe",
    [
        ("photo.jpg", "photo.jpg"),
        ("Foto der Naht (2).jpg", "Foto_der_Naht_2_.jpg"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Windows\\evil.exe", "evil.exe"),
        ("-rf", "rf"),
        (".bashrc", "bashrc"),
        ("a\u202egpj.exe", "a_gpj.exe"),
        ("日本語.png", "png"),
        ("..", f"{'0' * 64}.png"),
        ("NUL.txt", f"{'0' * 64}.png"),
        ("com1", f"{'0' * 64}.png"),
        ("x" * 101, f"{'0' * 64}.png"),
        (None, f"{'0' * 64}.png"),
    ],
)
def test_names_harm_nothing(name: str | None, safe: str) -> None:
    assert safe_name(item(name)) == safe


def test_unknown_media_type_gets_an_extension_that_runs_nowhere() -> None:
    assert safe_name(item(None, "application/x-msdownload")) == f"{'0' * 64}.bin"
