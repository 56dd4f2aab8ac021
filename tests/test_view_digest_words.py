"""A digest in words: the list is the published one, and a slip of the pen is told from the words alone."""

import hashlib

import pytest

from opsproof_verify.view.digest_words import EVEN, ODD, in_lines, words

#: The example of the public description of the list, and two others.
KNOWN = {
    "E58294F2E9A227486E8B061B31CC528FD7FA3F19": "topmost Istanbul Pluto vagabond treadmill Pacific brackish dictator "
    "goldfish Medusa afflict bravado chatter revolver Dupont midsummer stopwatch whimsical cowbell bottomless",
    "9030e74b": "peachy commando transit disable",
    "0000ffff": "aardvark adroitness Zulu Yucatan",
}


@pytest.mark.parametrize("digest", KNOWN)
def test_known_answers(digest: str) -> None:
    assert " ".join(words(digest)) == KNOWN[digest]
    assert words(digest.lower()) == words(digest)


def test_lists_are_the_published_ones() -> None:
    """The digest was taken when the list was compared with three independent transcriptions."""
    listed = "\n".join(EVEN + ODD).encode()
    assert hashlib.sha256(listed).hexdigest() == "e9b7b0052233a74aa56724ed3f79c272036aed68d8f4c0856e833c8043b9ac62"
    assert len({word.lower() for word in EVEN + ODD}) == 512


def test_a_missing_doubled_or_swapped_word_is_seen() -> None:
    spoken = words(hashlib.sha256(b"paper").hexdigest())
    slips = [spoken[1:], spoken[:5] + spoken[4:], (spoken[1], spoken[0], *spoken[2:])]
    for slip in slips:
        places = [word in (ODD if at % 2 else EVEN) for at, word in enumerate(slip)]
        assert not all(places)
    assert all(word in (ODD if at % 2 else EVEN) for at, word in enumerate(spoken))


def test_page_has_lines_of_eight() -> None:
    made = in_lines("00" * 9)
    line = "aardvark adroitness " * 4
    assert made == (f'<ol class="digest-words" lang="en" translate="no"><li>{line.strip()}</li><li>aardvark</li></ol>')
    assert in_lines("ab" * 32).count("<li>") == 4


@pytest.mark.parametrize("digest", ["", "a", "abc", "zz", "ab cd", "ab\n", "\uff11\uff11"])
def test_what_is_no_digest_is_refused(digest: str) -> None:
    with pytest.raises(ValueError, match="pairs of hexadecimal digits"):
        words(digest)
