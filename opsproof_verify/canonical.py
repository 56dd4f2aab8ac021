"""Deterministic CBOR in and out, to the profile of SPEC 4.1; the only importer of `cbor2`.

The profile is RFC 8949 §4.2.1 (shortest heads, sorted keys, no duplicates) with definite lengths, over maps
with text keys, arrays, text, bytes, integers within ±(2^53-1), true and false, at most 16 deep. One value has
one encoding.

cbor2 is quick but lenient, and dangerous where it builds what a tag asks for. Two measures make it strict:

1. It is told to refuse every tag at its head, before anything is built from it, and indefinite lengths,
   repeated keys, and keys whose hashes a sender can make collide.
2. What it returns must encode again to the very bytes received, and the encoder here takes exact types only.
   That leaves no other value, no longer head, no unsorted key and no trailing byte.

Bytes that are refused are walked once more, over the heads alone, as in RFC 8949 Appendix C but without
recursion and without trust in a length. This decides the code of the refusal, so that it depends on nothing
but the bytes.
"""

from typing import Never, TypeAlias

import cbor2

Value: TypeAlias = "dict[str, Value] | list[Value] | str | bytes | int | bool"

MAX_DEPTH = 16
MAX_INTEGER = 2**53 - 1

MALFORMED = "cbor.malformed"
NOT_CANONICAL = "cbor.not-canonical"

# RFC 8949 §3.1: the major types, and what the additional information in the low five bits of a head says.
_UINT, _NINT, _BYTES, _TEXT, _ARRAY, _MAP, _TAG, _OTHER = range(8)
_INTEGERS, _STRINGS = frozenset({_UINT, _NINT}), frozenset({_BYTES, _TEXT})
_NEVER_INDEFINITE = frozenset({_UINT, _NINT, _TAG})
_ONE_BYTE, _EIGHT_BYTES, _INDEFINITE = 24, 27, 31
_LEAST_ARGUMENT = {24: 24, 25: 2**8, 26: 2**16, 27: 2**32}  # by additional information, in the shortest form
_BOOLEANS, _FLOATS = (20, 21), (25, 26, 27)  # in major type 7 (§3.3)
_LEAST_SIMPLE_BYTE = 32

_LONG_HEADS = _TAG << 5  # below are integers, strings, arrays and maps

# Children of a container of definite length, for each unit of its argument.
_CHILDREN = {_ARRAY: 1, _MAP: 2}

_NESTING = frozenset({_ARRAY, _MAP, _TAG})

# What the next item does to a container of indefinite length (see `_walk_heads`).
_VALUE = -1
_AFTER_ITEM = {-_BYTES: -_BYTES, -_TEXT: -_TEXT, -_ARRAY: -_ARRAY, -_MAP: _VALUE, _VALUE: -_MAP}

_LEAVES = frozenset({str, bytes, bool})


class CanonicalError(ValueError):
    """Bytes or a value outside the profile.

    `code` is "cbor.malformed" for bytes that are not exactly one well-formed item (RFC 8949 Appendix F),
    otherwise "cbor.not-canonical". `why` is for people; no decision depends on it.
    """

    def __init__(self, code: str, why: str) -> None:
        super().__init__(f"{code}: {why}")
        self.code = code
        self.why = why


class _NoTags(dict[int, Never]):
    """A table of decoders for tags that refuses whichever tag is looked up, known to cbor2 or not."""

    def __missing__(self, tag: int) -> Never:
        raise CanonicalError(NOT_CANONICAL, "tag")


_NO_TAGS = _NoTags()


def decode(data: bytes, *, max_items: int | None = None) -> Value:
    """Decode exactly one item of the profile; `encode` of the result is `data` again.

    The caller bounds the size of `data`, of which cbor2 may build seventy times as much. Where that is too
    much, `max_items` bounds it: each container, key and value counts, and none is built when there are more.
    """
    if max_items is not None:
        _walk_heads(data, max_items)
    try:
        value = _load(data)
        if encode(value) != data:
            raise CanonicalError(NOT_CANONICAL, "key-order")
    except CanonicalError as refusal:
        raise CanonicalError(NOT_CANONICAL, _walk_heads(data, len(data)) or refusal.why) from refusal
    return value


def encode(value: Value) -> bytes:
    """Return the one encoding of a value; `decode` of it is the value again."""
    try:
        return cbor2.dumps(_ordered(value, 0))
    except UnicodeEncodeError as error:  # a lone surrogate
        raise CanonicalError(NOT_CANONICAL, "text") from error


def _ordered(value: Value, depth: int) -> Value:
    """Copy a value of the profile with its keys in order; exact types only, since 1 == True."""
    if type(value) in _LEAVES:
        return value
    if type(value) is int:
        if -MAX_INTEGER <= value <= MAX_INTEGER:
            return value
        raise CanonicalError(NOT_CANONICAL, "integer")
    if depth == MAX_DEPTH:
        raise CanonicalError(NOT_CANONICAL, "too-deep")
    if type(value) is list:
        return [_ordered(item, depth + 1) for item in value] if value else value
    if type(value) is dict:
        if any(type(key) is not str for key in value):
            raise CanonicalError(NOT_CANONICAL, "map-key")
        # Bytewise order of the encoded keys (RFC 8949 §4.2.1): the head puts shorter text first.
        return {key: _ordered(value[key], depth + 1) for key in sorted(sorted(value), key=_utf8_length)}
    raise CanonicalError(NOT_CANONICAL, "type")


def _utf8_length(text: str) -> int:
    return len(text.encode())


def _load(data: bytes) -> Value:
    """Decode with cbor2 at its strictest, which by itself is not enough."""
    try:
        value: Value = cbor2.loads(
            data,
            semantic_decoders=_NO_TAGS,
            max_depth=MAX_DEPTH,
            allow_indefinite=False,
            allow_duplicate_keys=False,
            strict_hashable_types=True,
        )
    except BaseException as error:
        if not _is_refusal(error):
            raise
        why = "text" if isinstance(error.__cause__, UnicodeDecodeError) else "map-key"
        raise CanonicalError(NOT_CANONICAL, why) from error
    return value


def _is_refusal(error: BaseException) -> bool:
    """Tell an answer about the bytes from one about the machine or its user.

    A panic in the Rust of cbor2 arrives as a BaseException whose class cannot be imported.
    """
    if isinstance(error, MemoryError | RecursionError):
        return False
    return isinstance(error, Exception) or type(error).__name__ == "PanicException"


def _walk_heads(data: bytes, max_items: int) -> str | None:
    """Say how the first head that leaves the profile does so; raise unless `data` is one well-formed item.

    The procedure of RFC 8949 Appendix C.
    An item counts once its head is read, a chunk of a string too; the walk ends at the first item too many or too deep.
    `due` says what each open container waits for: so many items or, below zero, a break or one more item.
    Then it is minus the major type, and _VALUE while a map of indefinite length has a key without its value.
    """
    flaw = None
    due = [1]
    position = items = 0
    while due:
        if due[-1] == 0:
            due.pop()
            continue
        initial = data[position] if position < len(data) else _LONG_HEADS
        if due[-1] > 0 and initial < _LONG_HEADS and initial & 31 < _ONE_BYTE:  # a head of one byte, as most are
            major, info = initial >> 5, initial & 31
            argument, position = info, position + 1
        else:
            major, info, argument, position = _read_head(data, position)
            if _is_break(major, info, due[-1]):
                due.pop()
                continue
            flaw = flaw or _head_flaw(major, info, argument)
        items += 1
        if items > max_items:
            raise CanonicalError(NOT_CANONICAL, "too-many-items")
        if len(due) > MAX_DEPTH and major in _NESTING:
            raise CanonicalError(NOT_CANONICAL, "too-deep")
        due[-1] = due[-1] - 1 if due[-1] > 0 else _AFTER_ITEM[due[-1]]
        if info == _INDEFINITE:
            due.append(-major)
        elif major in _STRINGS:
            position += argument
        elif major in _NESTING:
            due.append(1 if major == _TAG else argument * _CHILDREN[major])
    if position != len(data):
        raise CanonicalError(MALFORMED, "truncated" if position > len(data) else "trailing")
    return flaw


def _is_break(major: int, info: int, due: int) -> bool:
    """Tell whether a head is a break that may stand here; raise where a break or a chunk may not."""
    if major == _OTHER and info == _INDEFINITE:
        if due >= _VALUE:
            raise CanonicalError(MALFORMED, "break")
        return True
    if -due in _STRINGS and (major != -due or info == _INDEFINITE):
        raise CanonicalError(MALFORMED, "chunk")
    return False


def _read_head(data: bytes, position: int) -> tuple[int, int, int, int]:
    """Return major type, additional information and argument of a head, and the position after it."""
    if position >= len(data):
        raise CanonicalError(MALFORMED, "truncated")
    major, info = divmod(data[position], 32)
    position += 1
    if info < _ONE_BYTE:
        return major, info, info, position
    if info == _INDEFINITE and major not in _NEVER_INDEFINITE:
        return major, info, 0, position
    if info > _EIGHT_BYTES:
        raise CanonicalError(MALFORMED, "reserved")
    end = position + (1 << (info - _ONE_BYTE))
    if end > len(data):
        raise CanonicalError(MALFORMED, "truncated")
    argument = int.from_bytes(data[position:end], "big")
    if major == _OTHER and info == _ONE_BYTE and argument < _LEAST_SIMPLE_BYTE:
        raise CanonicalError(MALFORMED, "simple")
    return major, info, argument, end


def _head_flaw(major: int, info: int, argument: int) -> str | None:
    """Say how a well-formed head leaves the profile, as far as a head alone can tell."""
    if major == _OTHER:
        return None if info in _BOOLEANS else "float" if info in _FLOATS else "simple"
    if major == _TAG:
        return "tag"
    if info == _INDEFINITE:
        return "indefinite"
    if argument < _LEAST_ARGUMENT.get(info, 0):
        return "not-shortest"
    if major in _INTEGERS and argument + major > MAX_INTEGER:  # the number is argument, or -1 - argument
        return "integer"
    return None
