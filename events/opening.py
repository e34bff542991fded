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
        _require(_is_hash(self.rho), "rho has 32 bytes")
        _require(1 <= len(self.stream) <= TEXT_MAX, "stream is a short text")
        _require(_is_count(self.version) and self.version >= 1, "versions start at 1")
        _require(
            len(self.prev) == (0 if self.version == 1 else HASH_BYTES), "prev is empty at version 1 only"
        )
        _require(_is_hash(self.statement_digest), "the statement's digest has 32 bytes")


@dataclass(frozen=True, slots=True)
class Leaf:
    """The log's entry at `index`: when the ledger received which commitment."""

    index: int
    received_at_ms: int
    commitment: bytes

    def __post_init__(self) -> None:
        _require(_is_count(self.index), "index counts from 0")
        _require(_is_count(self.received_at_ms), "received_at is milliseconds since 1970")
        _require(_is_hash(self.commitment), "a commitment has 32 bytes")


def opening(rho: bytes, stream: str, version: int, prev: bytes, statement_digest: bytes) -> bytes:
    """The bytes of an opening. ValueError for what `read_opening` would not take."""
    Opening(rho, stream, version, prev, statement_digest)
    before = b"\x58\x20" + prev if prev else b"\x40"
    return b"".join(
        (_OPENING, rho, cbor.encode(stream), cbor.encode(version), before, b"\x58\x20", statement_digest)
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
    Leaf(index, received_at_ms, commitment)
    return b"".join((_LEAF, cbor.encode(index), cbor.encode(received_at_ms), b"\x58\x20", commitment))


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


def _is_hash(value: bytes) -> bool:
    return len(value) == HASH_BYTES


def _is_count(value: int) -> bool:
    return 0 <= value <= cbor.INTEGER_MAX


def _require(holds: bool, reason: str) -> None:
    if not holds:
        raise ValueError(reason)
