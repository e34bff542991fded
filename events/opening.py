"""开启值、承诺值与叶 The opening, its commitment and the log's leaf: how an act enters a public log unseen.

C = SHA-256(opening) hides the act, since the opening holds 32 random bytes, and binds it to its stream, version and
predecessor. The leaf holds only a position, a time and C. Leaf hash: RFC 6962 §2.1.
"""

from dataclasses import dataclass
from hashlib import sha256

from events import cbor
from events.statement import TEXT_MAX

FORMAT = 1
HASH_BYTES = 32
_OPENING = b"\x86\x01\x58\x20"
_LEAF = b"\x84\x01"
"""An array of six, of four, then FORMAT; 58 20 is the head of 32 bytes. Spelled out: two of these for each act."""


@dataclass(frozen=True, slots=True)
class Opening:
    """What opens a commitment. `prev` is the commitment of the stream's version before, empty at version 1."""

    rho: bytes
    stream: str
    version: int
    prev: bytes
    statement_digest: bytes

    def __post_init__(self) -> None:
        _check_opening(self.rho, self.stream, self.version, self.prev, self.statement_digest)


@dataclass(frozen=True, slots=True)
class Leaf:
    """The log's entry at `index`: when the ledger received which commitment."""

    index: int
    received_at_ms: int
    commitment: bytes

    def __post_init__(self) -> None:
        _check_leaf(self.index, self.received_at_ms, self.commitment)


def opening(rho: bytes, stream: str, version: int, prev: bytes, statement_digest: bytes) -> bytes:
    """The bytes of an opening. ValueError for what `read_opening` would not take."""
    _check_opening(rho, stream, version, prev, statement_digest)
    before = b"\x58\x20" + prev if prev else b"\x40"
    return b"".join(
        (_OPENING, rho, cbor.text(stream), cbor.unsigned(version), before, b"\x58\x20", statement_digest)
    )


def read_opening(raw: bytes) -> Opening:
    """ValueError for anything but the one encoding of an opening."""
    match cbor.decode(raw):
        case (1, bytes() as rho, str() as stream, int() as version, bytes() as prev, bytes() as digest):
            return Opening(rho, stream, version, prev, digest)
        case _:
            raise ValueError("not an opening")


def commitment(opening: bytes) -> bytes:
    """C, of an opening's bytes."""
    return sha256(opening).digest()


def leaf(index: int, received_at_ms: int, commitment: bytes) -> bytes:
    """The bytes of the log's entry. ValueError for what `read_leaf` would not take."""
    _check_leaf(index, received_at_ms, commitment)
    return b"".join((_LEAF, cbor.unsigned(index), cbor.unsigned(received_at_ms), b"\x58\x20", commitment))


def read_leaf(raw: bytes) -> Leaf:
    """ValueError for anything but the one encoding of a leaf."""
    match cbor.decode(raw):
        case (1, int() as index, int() as received_at_ms, bytes() as commitment):
            return Leaf(index, received_at_ms, commitment)
        case _:
            raise ValueError("not a leaf")


def leaf_hash(leaf: bytes) -> bytes:
    """RFC 6962 §2.1: the zero byte keeps leaves apart from inner nodes."""
    return sha256(b"\x00" + leaf).digest()


def _check_opening(rho: bytes, stream: str, version: int, prev: bytes, statement_digest: bytes) -> None:
    if len(rho) != HASH_BYTES:
        raise ValueError("rho has 32 bytes")
    if not 1 <= len(stream) <= TEXT_MAX:
        raise ValueError("stream is a short text")
    if not 1 <= version <= cbor.INTEGER_MAX:
        raise ValueError("versions start at 1")
    if len(prev) != (0 if version == 1 else HASH_BYTES):
        raise ValueError("prev is empty at version 1 only")
    if len(statement_digest) != HASH_BYTES:
        raise ValueError("the statement's digest has 32 bytes")


def _check_leaf(index: int, received_at_ms: int, commitment: bytes) -> None:
    if not 0 <= index <= cbor.INTEGER_MAX:
        raise ValueError("index counts from 0")
    if not 0 <= received_at_ms <= cbor.INTEGER_MAX:
        raise ValueError("received_at is milliseconds since 1970")
    if len(commitment) != HASH_BYTES:
        raise ValueError("a commitment has 32 bytes")
