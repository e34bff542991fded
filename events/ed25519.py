"""What is asked of Ed25519 keys and signatures beyond the library's check. Sources: RFC 8032 §5.1; RFC 9864.

Several encodings of one point, points of small order and S above the group's order let one signature pass in one
implementation and fail in another. Only what every implementation agrees on is taken, so that nobody can deny an act
by naming a verifier that refuses it.
"""

from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

KEY_BYTES = 32
SIGNATURE_BYTES = 64

_P = 2**255 - 19
_L = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, -1, _P) % _P
_SIGN_BIT = 1 << 255

_Y8 = 2707385501144840649318225287225658788936804267575313519463743609750303402022
_SMALL_ORDER_Y = frozenset({0, 1, _P - 1, _Y8, _P - _Y8})
"""The y of the eight points of order 1, 2, 4 and 8; each other y stands for points of large order."""

_SMALL_ORDER_R = frozenset(
    (y | sign).to_bytes(KEY_BYTES, "little") for y in _SMALL_ORDER_Y for sign in (0, _SIGN_BIT)
)

_Point = tuple[int, int, int]  # projective x, y, z


def check_public_key(raw: bytes) -> None:
    """ValueError unless `raw` is the one encoding of a point of order L, as every honest public key is.

    Slow (about 3 ms): for registration, not for each signature.
    """
    if len(raw) != KEY_BYTES:
        raise ValueError("a public key has 32 bytes")
    y = _canonical_y(raw)
    if y is None:
        raise ValueError("not the canonical encoding of a point")
    if y in _SMALL_ORDER_Y:
        raise ValueError("a point of small order")
    x = _x_of(y, odd=bool(raw[-1] >> 7))
    if x is None:
        raise ValueError("not a point of the curve")
    identity_x, identity_y, identity_z = _multiply(_L, (x, y, 1))
    if identity_x != 0 or identity_y != identity_z:
        raise ValueError("a point outside the prime-order group")


def well_formed_signature(signature: bytes) -> bool:
    """64 bytes, R canonical and not of small order, S below the order. That R is on the curve shows in `verify`."""
    if len(signature) != SIGNATURE_BYTES:
        return False
    if signature[31] & 0x7F == 0x7F:  # only so large a y can be one above the field's prime
        y = _canonical_y(signature[:32])
        if y is None or y in _SMALL_ORDER_Y:
            return False
    elif signature[:32] in _SMALL_ORDER_R:
        return False
    return signature[63] < 0x10 or int.from_bytes(signature[32:], "little") < _L  # the order is above 2^252


def verify(public_key: bytes, signature: bytes, message: bytes) -> bool:
    """Whether `signature` is well formed and by `public_key`, which must have passed `check_public_key` once."""
    if not well_formed_signature(signature):
        return False
    try:
        _key(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


@lru_cache(maxsize=4_096)
def _key(raw: bytes) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(raw)


def _canonical_y(raw: bytes) -> int | None:
    y = int.from_bytes(raw, "little") & ~_SIGN_BIT
    return y if y < _P else None


def _x_of(y: int, odd: bool) -> int | None:
    """RFC 8032 §5.1.3. x = 0 belongs to points of small order, which were refused before."""
    square = (y * y - 1) * pow(_D * y * y + 1, -1, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if x * x % _P != square:
        x = x * pow(2, (_P - 1) // 4, _P) % _P
    if x * x % _P != square:
        return None
    return x if x & 1 == odd else _P - x


def _multiply(scalar: int, point: _Point) -> _Point:
    product = (0, 1, 1)
    for bit in bin(scalar)[2:]:
        product = _add(product, product)
        if bit == "1":
            product = _add(product, point)
    return product


def _add(one: _Point, other: _Point) -> _Point:
    """The complete addition law of the twisted Edwards curve, in projective coordinates (RFC 8032 §5.1)."""
    x1, y1, z1 = one
    x2, y2, z2 = other
    a = z1 * z2 % _P
    b = a * a % _P
    c, d = x1 * x2 % _P, y1 * y2 % _P
    e = _D * c * d % _P
    f, g = b - e, b + e
    x3 = a * f * ((x1 + y1) * (x2 + y2) - c - d) % _P
    y3 = a * g * (d + c) % _P
    return x3, y3, f * g % _P
