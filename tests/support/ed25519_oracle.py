"""Ed25519 to the profile of SPEC 5.2 and 5.3, written from the definitions and from nothing in OpsProof.

Projective coordinates, a group law and a square root other than those of the code under test, and no table:
whether a point has small order is found by multiplying it.
"""

import hashlib

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = (-121665 * pow(121666, P - 2, P)) % P

Point = tuple[int, int, int]
IDENTITY: Point = (0, 1, 1)


def add(p: Point, q: Point) -> Point:
    """The projective twisted Edwards law, a = -1 (Bernstein et al. 2008, section 6)."""
    a = p[2] * q[2] % P
    b = a * a % P
    c = p[0] * q[0] % P
    d = p[1] * q[1] % P
    e = D * c * d % P
    x = a * (b - e) * ((p[0] + p[1]) * (q[0] + q[1]) - c - d) % P
    y = a * (b + e) * (d + c) % P
    return x, y, (b - e) * (b + e) % P


def multiply(n: int, p: Point) -> Point:
    """[n]P, from the highest bit down."""
    total = IDENTITY
    for bit in f"{n:b}":
        total = add(total, total)
        if bit == "1":
            total = add(total, p)
    return total


def is_identity(p: Point) -> bool:
    return p[0] == 0 and p[1] == p[2]


def encode(p: Point) -> bytes:
    inverse = pow(p[2], P - 2, P)
    x, y = p[0] * inverse % P, p[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def square_root(n: int) -> int | None:
    """By cases: p is 5 modulo 8."""
    root = pow(n, (P + 3) // 8, P)
    for candidate in (root, root * pow(2, (P - 1) // 4, P) % P):
        if candidate * candidate % P == n % P:
            return candidate
    return None


def decode(encoded: bytes) -> Point | None:
    """Strict decoding: None unless this is the one encoding of a point."""
    y = int.from_bytes(encoded, "little") % 2**255
    x = square_root((y * y - 1) * pow(D * y * y + 1, P - 2, P)) if y < P else None
    if x is None:
        return None
    for candidate in (x, -x % P):
        if encode((candidate, y, 1)) == encoded:
            return candidate, y, 1
    return None


BASE = decode((4 * pow(5, P - 2, P) % P).to_bytes(32, "little")) or IDENTITY
TORSION = decode(bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa")) or IDENTITY
"""A point of order 8."""


def small_order(p: Point) -> bool:
    return is_identity(multiply(8, p))


def challenge(r: bytes, key: bytes, message: bytes) -> int:
    return int.from_bytes(hashlib.sha512(r + key + message).digest(), "little") % L


def verify(key: bytes, signature: bytes, message: bytes) -> bool:
    if len(key) != 32 or len(signature) != 64:
        return False
    a, r, s = decode(key), decode(signature[:32]), int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= L or small_order(a) or small_order(r):
        return False
    k = challenge(signature[:32], key, message)
    return encode(multiply(s, BASE)) == encode(add(r, multiply(k, a)))


def admissible(key: bytes) -> bool:
    point = decode(key) if len(key) == 32 else None
    return point is not None and not small_order(point) and is_identity(multiply(L, point))
