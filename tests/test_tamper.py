"""No change to a FINAL bundle is FINAL, whatever was changed, and none is an exception (SPEC 9.1-2)."""

import random

import pytest
from support.bundles import LABEL, frame, frames, vector

from opsproof_verify import Verdict, verify

NAMES = ["minimal", "rich-every-kind"]
SAMPLES = 600


def left_final(name: str, bundles: dict[str, bytes]) -> list[str]:
    """Verify changed bundles; give those that are still FINAL."""
    original, policy, trust, given = vector(name)
    assert verify(original, policy, trust, **given).verdict == Verdict.FINAL
    return [
        what
        for what, data in bundles.items()
        if data != original and verify(data, policy, trust, **given).verdict == Verdict.FINAL
    ]


@pytest.mark.parametrize("change", ["flip", "add", "zero"])
@pytest.mark.parametrize("name", NAMES)
def test_a_changed_byte_is_never_final(name: str, change: str) -> None:
    data = vector(name)[0]
    choose = random.Random(f"{name}/{change}")
    places = sorted(choose.sample(range(len(data)), SAMPLES))
    bundles = {}
    for place in places:
        bent = bytearray(data)
        bent[place] = {"flip": bent[place] ^ 1 << choose.randrange(8), "add": (bent[place] + 1) % 256, "zero": 0}[
            change
        ]
        bundles[f"{change} at {place}"] = bytes(bent)
    assert left_final(name, bundles) == []


@pytest.mark.parametrize("name", NAMES)
def test_a_bundle_cut_anywhere_near_a_frame_is_never_final(name: str) -> None:
    data = vector(name)[0]
    ends, at = {0, 1, len(LABEL) - 1, len(LABEL)}, len(LABEL)
    for part in frames(data):
        ends |= {at, at + 1, at + 2, at + 3, at + len(part) // 2, at + len(part) - 1}
        at += len(part)
    assert left_final(name, {f"cut at {end}": data[:end] for end in ends}) == []


def rearranged(parts: list[bytes]) -> dict[str, list[bytes]]:
    """Drop, double, swap and exchange frames."""
    made = {}
    for i, part in enumerate(parts):
        made[f"without {i}"] = parts[:i] + parts[i + 1 :]
        made[f"twice {i}"] = [*parts[: i + 1], part, *parts[i + 1 :]]
        made[f"last {i}"] = [*parts[:i], *parts[i + 1 :], part]
        for j in range(i + 1, len(parts)):
            swapped = [*parts]
            swapped[i], swapped[j] = parts[j], part
            made[f"swapped {i} and {j}"] = swapped
            made[f"{i} in the place of {j}"] = [*parts[:j], part, *parts[j + 1 :]]
    return made


@pytest.mark.parametrize("name", NAMES)
def test_frames_dropped_doubled_or_moved_are_never_final(name: str) -> None:
    made = rearranged(frames(vector(name)[0]))
    assert left_final(name, {what: LABEL + b"".join(parts) for what, parts in made.items()}) == []


JUNK = {
    "a zero": b"\x00",
    "a line feed": b"\n",
    "the label again": LABEL,
    "half a frame": b"\x82\x07",
    "an empty sign-off": frame(7, b""),
    "an empty witness": frame(8, b""),
    "evidence that nothing names": frame(4, b"x"),
    "a digest that nothing names": frame(5, bytes(32)),
    "an entry": frame(2, b"\xa0"),
    "a withheld entry": frame(3, b"\xa0"),
    "a contract": frame(1, b"\xa0"),
    "an approval": frame(9, b"\xa0"),
    "a seal": frame(6, b"\xa0"),
    "a type that nobody knows": frame(10, b""),
    "a claim of 2^63 bytes": b"\x82\x04\x5b\x80" + bytes(7),
    "zeros": bytes(4096),
}


@pytest.mark.parametrize("name", NAMES)
def test_a_bundle_with_something_behind_it_is_never_final(name: str) -> None:
    data = vector(name)[0]
    assert left_final(name, {what: data + junk for what, junk in JUNK.items()}) == []
    assert (
        left_final(name, {f"a whole bundle, {what}": data + data[cut:] for what, cut in (("", 0), ("frames", 12))})
        == []
    )
