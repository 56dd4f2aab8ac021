"""Ed25519 (RFC 8032), to one exact profile; the only importer of `cryptography`.

RFC 8032 leaves room in which libraries differ, and `cryptography` alone accepts forgeries under keys of small
order. Here a signature is valid if and only if

1. the key is 32 bytes and the signature 64;
2. A and R are canonical: y < p, and no sign bit where x = 0 (RFC 8032 §5.1.3);
3. neither A nor R has small order (RFC 8032 §7 leaves this to the reader);
4. S < L (RFC 8032 §5.1.7);
5. [S]B = R + [k]A, without the cofactor 8.

A key is admitted, once, if and only if it passes 1 to 3, lies on the curve, and [L]A is the identity. Under
an admitted key, verifiers with and without the cofactor differ only over R of mixed order; a library with the
cofactor agrees with this module by checking [L]R as well.
"""

from functools import lru_cache
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

_P = 2**255 - 19
_L = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, -1, _P) % _P
_SQRT_MINUS_1 = pow(2, (_P - 1) // 4, _P)

_KEY_SIZE = 32
_SIGNATURE_SIZE = 64
_Y_MASK = 2**255 - 1

# The five y of the eight points of small order: order 1, 2, 4 and, twice, 8.
_Y_ORDER_8 = 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826
_Y_WHERE_X_IS_0 = frozenset({1, _P - 1})
_SMALL_ORDER_Y = _Y_WHERE_X_IS_0 | {0, _Y_ORDER_8, _P - _Y_ORDER_8}

_KEYS_KEPT = 4096  # a roster of 1,000, its assignments, and a trust store

# {1: 1, -1: 6, -2: x}: kty OKP, crv Ed25519, in the deterministic order of RFC 9679 §3.
_THUMBPRINT_PREFIX = bytes.fromhex("a301012006215820")

_Point = tuple[int, int, int, int]


def thumbprint(key: bytes) -> bytes:
    """Return the SHA-256 thumbprint of RFC 9679 of a raw public key: the `kid` of its signatures."""
    return sha256(_THUMBPRINT_PREFIX + key).digest()


def encoding_flaw(key: bytes) -> str | None:
    """Say what is wrong with the bytes of a public key, without arithmetic on the curve."""
    if len(key) != _KEY_SIZE:
        return "length"
    encoded = int.from_bytes(key, "little")
    y = encoded & _Y_MASK
    if y >= _P or (encoded != y and y in _Y_WHERE_X_IS_0):
        return "not-canonical"
    if y in _SMALL_ORDER_Y:
        return "small-order"
    return None


@lru_cache(maxsize=_KEYS_KEPT)
def admission_flaw(key: bytes) -> str | None:
    """Say why a public key may not be admitted: as `encoding_flaw`, or "not-on-curve", or "mixed-order"."""
    flaw = encoding_flaw(key)
    if flaw is not None:
        return flaw
    point = _decompress(int.from_bytes(key, "little"))
    if point is None:
        return "not-on-curve"
    x, y, z, _ = _multiply(_L, point)
    return None if x == 0 and y == z else "mixed-order"


def verify(key: bytes, signature: bytes, message: bytes) -> bool:
    """Tell whether the signature is valid for the message under the key, admitted or not."""
    public = _load(key)
    if public is None or len(signature) != _SIGNATURE_SIZE:
        return False
    if int.from_bytes(signature[_KEY_SIZE:], "little") >= _L or encoding_flaw(signature[:_KEY_SIZE]) is not None:
        return False
    try:
        public.verify(signature, message)
    except InvalidSignature:
        return False
    return True


@lru_cache(maxsize=_KEYS_KEPT)
def _load(key: bytes) -> Ed25519PublicKey | None:
    return None if encoding_flaw(key) else Ed25519PublicKey.from_public_bytes(key)


def _decompress(encoded: int) -> _Point | None:
    """Recover a point from its canonical encoding (RFC 8032 §5.1.3)."""
    y = encoded & _Y_MASK
    u, v = (y * y - 1) % _P, (_D * y * y + 1) % _P
    x = u * v**3 * pow(u * v**7, (_P - 5) // 8, _P) % _P
    if v * x * x % _P != u:
        x = x * _SQRT_MINUS_1 % _P
    if v * x * x % _P != u:
        return None
    if x & 1 != encoded >> 255:
        x = _P - x
    return x, y, 1, x * y % _P


def _multiply(scalar: int, point: _Point) -> _Point:
    """Return [scalar]P by doubling and adding; the key is public, so the time taken may tell it."""
    total = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            total = _add(total, point)
        point = _add(point, point)
        scalar >>= 1
    return total


def _add(p: _Point, q: _Point) -> _Point:
    """Add two points in extended coordinates; complete on this curve (RFC 8032 §5.1.4)."""
    a = (p[1] - p[0]) * (q[1] - q[0]) % _P
    b = (p[1] + p[0]) * (q[1] + q[0]) % _P
    c = 2 * p[3] * q[3] * _D % _P
    d = 2 * p[2] * q[2] % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P
