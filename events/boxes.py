"""封装 Boxes: bytes that one registered key alone can open, so that a lost disc shows nothing.

HPKE in base mode (RFC 9180 §6.1): DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20-Poly1305; a box is `enc` (32 bytes)
and the ciphertext one after the other. `info` binds it to what it was made for.

Registered keys are Ed25519, also those with purpose `encrypt`, since a key must sign its own proof of possession. Their
Montgomery form is the key of the box: u = (1 + y) / (1 - y) (RFC 7748 §4.1); the secret scalar is the first half of
SHA-512 of the seed (RFC 8032 §5.1.5), as libsodium and age derive it too.
"""

from hashlib import sha512

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

OVERHEAD = 32 + 16
"""By how many bytes a box is longer than what lies in it: the encapsulated key, and the tag."""

_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)
_P = 2**255 - 19


def seal(content: bytes, public_key: bytes, info: bytes) -> bytes:
    """A box for the holder of an Ed25519 key, which must have passed `ed25519.check_public_key` once."""
    return _SUITE.encrypt(content, X25519PublicKey.from_public_bytes(montgomery(public_key)), info=info)


def unseal(box: bytes, seed: bytes, info: bytes) -> bytes:
    """What lies in a box. ValueError where it was changed, or made for another key or another `info`."""
    private = X25519PrivateKey.from_private_bytes(sha512(seed).digest()[:32])
    try:
        return _SUITE.decrypt(box, private, info=info)
    except (InvalidTag, ValueError):
        raise ValueError("not a box for this key") from None


def montgomery(public_key: bytes) -> bytes:
    """The X25519 form of an Ed25519 public key: the sign of x is lost, which an exchange does not need."""
    y = int.from_bytes(public_key, "little") & (2**255 - 1)
    return ((1 + y) * pow(1 - y, -1, _P) % _P).to_bytes(32, "little")
