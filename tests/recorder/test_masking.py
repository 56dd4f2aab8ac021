"""What is masked never gets through: not across the borders of chunks, not in long lines, not in other spellings."""

from __future__ import annotations

import json
import shlex
import urllib.parse

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opsproof_record import Refused, Unfit, Unknown
from opsproof_record.run.mask_stream import MAX_LINE, MaskStream
from opsproof_record.run.masking import MASK, Masks

SECRETS = Masks(secrets=(b"hunter22", b"22-hunter", b"aaaa", b"two\nlines"))
BOTH = Masks.read((), (), (r"AKIA\w+", r"^id: .*$"))
BOTH = Masks(secrets=SECRETS.secrets, patterns=BOTH.patterns)
WORDS = [
    *(b"hunter22", b"22-hunter", b"aaaa", b"two\nlines", b"AKIAXYZ", b"id: 7"),
    *(b"hunter2", b"a", b"two\n", b"\n", b"\r\n", b" ", b"\xff", "é".encode(), b"x" * 100),
]


def masked(masks: Masks, pieces: list[bytes]) -> bytes:
    stream = MaskStream(masks)
    return b"".join(map(stream.feed, pieces)) + stream.finish()


@settings(max_examples=400)
@given(
    st.lists(st.sampled_from(WORDS), max_size=30),
    st.lists(st.integers(1, 12), max_size=60),
    st.sampled_from([SECRETS, BOTH]),
)
def test_the_borders_of_chunks_change_nothing(words: list[bytes], cuts: list[int], masks: Masks) -> None:
    data = b"".join(words)
    pieces, at = [], 0
    for cut in cuts:
        pieces.append(data[at : at + cut])
        at += cut
    pieces.append(data[at:])
    shown = masked(masks, pieces)
    assert shown == masked(masks, [data])
    assert not any(secret in shown for secret in masks.secrets)
    if masks is BOTH:
        assert b"AKIA" not in shown
        assert not any(line.startswith(b"id: ") for line in shown.split(b"\n"))


@given(st.lists(st.sampled_from(WORDS[6:]), max_size=30))
def test_what_is_no_secret_gets_through(words: list[bytes]) -> None:
    data = b"".join(words).replace(b"aaaa", b"").replace(b"aa", b"")
    if not any(secret in data for secret in SECRETS.secrets):
        assert masked(BOTH, [data[at : at + 3] for at in range(0, len(data), 3)]) == data


def test_finds_that_overlap_are_masked_as_one() -> None:
    assert masked(SECRETS, [b"<hunter22-hunter>"]) == b"<[masked]>"
    assert masked(SECRETS, [b"a"] * 1000) == MASK
    assert (
        masked(Masks(secrets=(b"tok_",), patterns=Masks.read((), (), (r"_\d+",)).patterns), [b"tok_1234."])
        == MASK + b"."
    )


def test_memory_stays_the_same_and_long_lines_are_masked_whole() -> None:
    stream = MaskStream(BOTH)
    most, shown = 0, b""
    for piece in [b"x" * 1000] * 500 + [b"\n", b"short\n"]:
        shown += stream.feed(piece)
        most = max(most, len(stream._raw))
    shown += stream.finish()
    assert shown == b"[masked]\nshort\n"
    assert most <= MAX_LINE + 1000
    assert (stream.places, stream.long_lines) == (1, 1)
    assert masked(BOTH, [b"y" * MAX_LINE + b"\n"]) == b"y" * MAX_LINE + b"\n"
    assert masked(BOTH, [b"y" * (MAX_LINE + 1)]) == MASK


def test_what_cannot_be_a_secret_any_more_is_shown_at_once() -> None:
    stream = MaskStream(SECRETS)
    assert stream.feed(b"ready\n") == b"ready\n"
    assert stream.feed(b"password: hunter2") == b"password: "
    assert stream.feed(b"3\n") == b"hunter23\n"


@pytest.mark.parametrize(
    "option, word",
    [
        ("password", ("--password", "hunter22")),
        ("password", ("--password=hunter22",)),
        ("password", ("-password", "hunter22")),
        ("password", ("password=hunter22",)),
        ("--password", ("--password", "hunter22")),
        ("PASSWORD", ("env", "PASSWORD=hunter22")),
        ("-p", ("-p", "hunter22")),
        ("p", ("-phunter22",)),
        ("-p", ("-p=hunter22",)),
    ],
)
def test_the_value_of_an_option_is_found(option: str, word: tuple[str, ...]) -> None:
    argv = ("cmd", *word, "--url", "https://me:hunter22@host/", "--other", "x")
    masks = Masks.read(argv, (option,), ())
    assert b"hunter22" in masks.secrets
    hidden = [masks.hide(one)[0] for one in argv]
    assert "hunter22" not in " ".join(hidden)
    assert "https://me:[masked]@host/" in hidden
    assert hidden[-2:] == ["--other", "x"]


def test_all_values_of_an_option_are_found() -> None:
    masks = Masks.read(
        ("c", "--token", "first-one", "--token=second-one", "--", "--token", "third-one"), ("token",), ()
    )
    assert masks.hide("first-one second-one third-one") == ("[masked] [masked] [masked]", 3)


def test_a_value_in_the_spelling_of_others() -> None:
    value = "se\"cret/pass wörd's"
    masks = Masks.read(("c", "--password", value), ("password",), ())
    for spelling in (
        json.dumps(value),
        json.dumps(value, ensure_ascii=False),
        urllib.parse.quote(value, safe=""),
        urllib.parse.quote_plus(value),
        shlex.quote(value),
        repr(value),
    ):
        hidden = masked(masks, [b"<", spelling.encode(), b">"])
        assert b"cret" not in hidden, spelling
        assert b"rd" not in hidden.replace(MASK, b""), spelling


@pytest.mark.parametrize(
    "argv, options, patterns, wanted, said",
    [
        (("c", "--password", "hunter22"), ("pasword",), (), Unknown, "masks nothing"),
        (("c", "--password"), ("password",), (), Unknown, "masks nothing"),
        (("c", "--password", "abc"), ("password",), (), Unfit, "fewer than 4"),
        (("c", "--password="), ("password",), (), Unfit, "fewer than 4"),
        (("c", "--password", "masked"), ("password",), (), Unfit, "stands for it"),
        (("c",), ("--",), (), Unfit, "names no option"),
        (("c",), (), ("a(",), Unfit, "unterminated"),
        (("c",), (), ("x*",), Unfit, "even nothing"),
    ],
)
def test_masks_that_would_not_do_are_refused(
    argv: tuple[str, ...], options: tuple[str, ...], patterns: tuple[str, ...], wanted: type[Refused], said: str
) -> None:
    with pytest.raises(wanted, match=said) as refused:
        Masks.read(argv, options, patterns)
    assert "abc" not in str(refused.value)


def test_patterns_are_searched_in_whole_arguments_and_in_their_lines() -> None:
    masks = Masks.read((), (), (r"^key=\w+$", r"BEGIN\nbody"))
    assert masks.hide("key=abc") == ("[masked]", 1)
    assert masks.hide("import os\nkey=abc\nBEGIN\nbody") == ("import os\n[masked]\n[masked]", 2)
    assert masked(masks, [b"key=abc\r\n"]) == b"[masked]\r\n"


def test_patterns_know_text_and_leave_other_bytes_alone() -> None:
    masks = Masks.read((), (), (r"[äöü]+\w",))
    assert masked(masks, ["\udcff".encode(errors="surrogateescape") + "größe\n".encode()]) == b"\xffgr[masked]e\n"
