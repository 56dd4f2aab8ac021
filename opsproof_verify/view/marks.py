"""What a record says, made safe to look at on a page: nothing hidden stays hidden, and look-alikes are told (SPEC 12).

All tables are fixed here or in `render/escape.py`: a page is the same whatever the Unicode version of the Python that
makes it.
"""

from __future__ import annotations

import re
from functools import cache

from opsproof_verify.render.escape import invisible, number
from opsproof_verify.view.html import Content, Markup, element, join

# The names of hidden characters that records are likely to hold (UnicodeData.txt; controls by their alias).
_NAMED = """
0000 NULL
0007 ALERT
0008 BACKSPACE
000B LINE TABULATION
000C FORM FEED
000D CARRIAGE RETURN
001A SUBSTITUTE
001B ESCAPE
007F DELETE
0085 NEXT LINE
009B CONTROL SEQUENCE INTRODUCER
00A0 NO-BREAK SPACE
00AD SOFT HYPHEN
034F COMBINING GRAPHEME JOINER
061C ARABIC LETTER MARK
115F HANGUL CHOSEONG FILLER
1160 HANGUL JUNGSEONG FILLER
1680 OGHAM SPACE MARK
180E MONGOLIAN VOWEL SEPARATOR
2000 EN QUAD
2001 EM QUAD
2002 EN SPACE
2003 EM SPACE
2004 THREE-PER-EM SPACE
2005 FOUR-PER-EM SPACE
2006 SIX-PER-EM SPACE
2007 FIGURE SPACE
2008 PUNCTUATION SPACE
2009 THIN SPACE
200A HAIR SPACE
200B ZERO WIDTH SPACE
200C ZERO WIDTH NON-JOINER
200D ZERO WIDTH JOINER
200E LEFT-TO-RIGHT MARK
200F RIGHT-TO-LEFT MARK
2028 LINE SEPARATOR
2029 PARAGRAPH SEPARATOR
202A LEFT-TO-RIGHT EMBEDDING
202B RIGHT-TO-LEFT EMBEDDING
202C POP DIRECTIONAL FORMATTING
202D LEFT-TO-RIGHT OVERRIDE
202E RIGHT-TO-LEFT OVERRIDE
202F NARROW NO-BREAK SPACE
205F MEDIUM MATHEMATICAL SPACE
2060 WORD JOINER
2061 FUNCTION APPLICATION
2062 INVISIBLE TIMES
2063 INVISIBLE SEPARATOR
2064 INVISIBLE PLUS
2066 LEFT-TO-RIGHT ISOLATE
2067 RIGHT-TO-LEFT ISOLATE
2068 FIRST STRONG ISOLATE
2069 POP DIRECTIONAL ISOLATE
2800 BRAILLE PATTERN BLANK
3000 IDEOGRAPHIC SPACE
3164 HANGUL FILLER
FE0E VARIATION SELECTOR-15
FE0F VARIATION SELECTOR-16
FEFF ZERO WIDTH NO-BREAK SPACE
FFA0 HALFWIDTH HANGUL FILLER
FFF9 INTERLINEAR ANNOTATION ANCHOR
FFFA INTERLINEAR ANNOTATION SEPARATOR
FFFB INTERLINEAR ANNOTATION TERMINATOR
E0001 LANGUAGE TAG
E007F CANCEL TAG
"""

#: Names of hidden characters by their number.
NAMES = {int(code, 16): name for code, _, name in (line.partition(" ") for line in _NAMED.strip().splitlines())}

#: The scripts whose letters can be taken for Latin ones, and Latin itself. Ranges as in Unicode's Scripts.txt, but for
#: the mathematical letters, which Unicode gives to all scripts and which look like Latin and Greek ones. Signs that
#: stand for a word or a unit (℃, №, ™) are no letters here.
_SCRIPTS = {
    "latin": "A-Za-z\u00aa\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02af\u1e00-\u1eff"
    "\u2c60-\u2c7f\ua722-\ua7ff\ufb00-\ufb06",
    "greek": "\u0370-\u0373\u0376\u0377\u037b-\u037d\u037f\u0386\u0388-\u03e1\u03f0-\u03ff\u1f00-\u1fff",
    "cyrillic": "\u0400-\u0482\u048a-\u052f\u1c80-\u1c8f\ua640-\ua66e\ua680-\ua69f",
    "armenian": "\u0531-\u0556\u0560-\u0588",
    "cherokee": "\u13a0-\u13fd\uab70-\uabbf",
    "coptic": "\u03e2-\u03ef\u2c80-\u2cee",
    "georgian": "\u10a0-\u10ff\u1c90-\u1cbf\u2d00-\u2d2d",
    "lisu": "\ua4d0-\ua4fd",
    "tifinagh": "\u2d30-\u2d67",
    "syllabics": "\u1401-\u167f",
    "deseret": "\U00010400-\U0001044f",
    "mathematical": "\u2102\u210a-\u2112\u2115\u2119-\u211d\u2124\u2128\u212a\u212c\u212d\u212f-\u2131"
    "\u2133-\u2138\u2145-\u2149\U0001d400-\U0001d7cb",
}

#: Letters that look like a Latin letter in ordinary type: pairs of letters, one of them ASCII, in confusables.txt
#: of Unicode Technical Standard 39, Greek and Cyrillic blocks, without its rare and historic letters.
_GREEK_CAPITALS = "\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7"
_GREEK_SMALL = "\u03b1\u03b3\u03b9\u03bd\u03bf\u03c1\u03c3\u03c5"
_CYRILLIC = (
    "\u0405\u0406\u0408\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0423\u0425\u042c\u0430"
    "\u0433\u0435\u043e\u0440\u0441\u0443\u0445\u0455\u0456\u0458\u0461\u0474\u0475\u04ae\u04af\u04bb\u04c0"
    "\u04cf\u0501\u050c\u051b\u051c\u051d"
)
_GREEK = frozenset(_GREEK_CAPITALS + _GREEK_SMALL)
_LOOKS_LATIN = _GREEK_CAPITALS + _GREEK_SMALL + _CYRILLIC + _SCRIPTS["mathematical"]

#: Accents stand inside of a word.
_ACCENTS = "\u0300-\u034e\u0350-\u036f\u0483-\u0487"

#: Hidden characters of a mark that its title names.
MOST_NAMED = 4

_FULL_WIDTH = re.compile("[\uff01-\uff5e]")


def marked(text: str) -> Markup:
    """Give a text in which each character can be seen.

    Characters of the table of `render/escape.py` become their escapes, with number and name as a title. Line
    feeds and tabs stay: the page shows them as what they are.
    """
    if text.isascii() and text.isprintable():
        return join(text)
    pieces: list[Content] = []
    end = 0
    for found in _hidden().finditer(text):
        pieces += [text[end : found.start()], _mark(found[0])]
        end = found.end()
    return join(pieces, text[end:])


def confusable(name: str) -> str | None:
    """Tell in a word what makes a name look like another one, or None.

    ``mixed-scripts``: a word has letters of two scripts that can be taken for each other, or stands beside Latin words
    and only looks like one; ``looks-latin``: no letter is Latin, and all look so; ``full-width``: it has the wide forms
    of ASCII. Greek letters that look like no Latin one, and a small one alone, are symbols: kΩ, Δp, β-carotene.
    """
    if name.isascii():
        return None
    words = [found[0] for found in _words().finditer(name)]
    seen = [_scripts(word) for word in words]
    latin = any("latin" in scripts for scripts in seen)
    posing = [_poses(word) for word in words]
    if any(len(scripts) > 1 for scripts in seen) or (latin and any(posing)):
        return "mixed-scripts"
    if posing and all(posing):
        return "looks-latin"
    return "full-width" if _FULL_WIDTH.search(name) else None


def _mark(run: str) -> Markup:
    """Give the mark that stands for hidden characters one after the other; its title names the first of them."""
    codes = [ord(character) for character in run]
    title = ", ".join(map(_name, dict.fromkeys(codes[:MOST_NAMED])))
    return element(
        "span",
        "".join(map(number, codes)),
        cls="hidden-char",
        title=title if len(codes) <= MOST_NAMED else f"{title} …",
    )


def _name(code: int) -> str:
    return f"U+{code:04X} {NAMES[code]}" if code in NAMES else f"U+{code:04X}"


@cache
def _hidden() -> re.Pattern[str]:
    return re.compile(f"(?:(?![\t\n])[{invisible()}])+")


@cache
def _words() -> re.Pattern[str]:
    return re.compile(f"[{''.join(_SCRIPTS.values())}][{''.join(_SCRIPTS.values())}{_ACCENTS}]*")


@cache
def _classes() -> dict[str, re.Pattern[str]]:
    return {name: re.compile(f"[{ranges}]") for name, ranges in _SCRIPTS.items()}


@cache
def _posing() -> re.Pattern[str]:
    return re.compile(f"[{_LOOKS_LATIN}{_ACCENTS}]*")


def _scripts(word: str) -> set[str]:
    """Give the scripts of a word; Greek beside others only for a letter that looks like a Latin one."""
    found = {name for name, letters in _classes().items() if letters.search(word)}
    if len(found) > 1 and not any(letter in _GREEK for letter in word):
        found.discard("greek")
    return found


def _poses(word: str) -> bool:
    """Tell whether each letter of a word looks Latin and none is; a small Greek letter alone is a symbol."""
    return _posing().fullmatch(word) is not None and not (len(word) == 1 and word in _GREEK_SMALL)
