"""What every store shares: the values that go in and out, the errors, and the mapper of the library."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol, cast

from eventsourcing.persistence import JSONTranscoder, Mapper, StoredEvent

from events import opening

REGISTRY = "registry"


@dataclass(frozen=True, slots=True)
class Entry:
    """One stored act with its place in the log. Times are milliseconds since 1970 UTC."""

    index: int
    stream: str
    version: int
    topic: str
    statement: bytes
    cti: bytes
    iss: str
    signed_digest: bytes
    received_at_ms: int
    rho: bytes
    prev: bytes
    commitment: bytes
    leaf_hash: bytes


@dataclass(frozen=True, slots=True)
class Proposal:
    """An act that was decided against version - 1 of its stream and a version of the registry.

    `received_at_ms` is given only in a demonstration ledger; else the receipt time is max(now, last).
    """

    stream: str
    version: int
    registry_version: int
    topic: str
    statement: bytes
    cti: bytes
    iss: str
    signed_digest: bytes
    rho: bytes
    prev: bytes
    commitment: bytes
    now_ms: int
    received_at_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the log: how many acts, the last receipt time, the registry's version."""

    size: int
    received_at_ms: int
    registry_version: int


@dataclass(frozen=True, slots=True)
class RawRow:
    """What lies at one index, for verification: any value may be of a wrong type, or missing on one side."""

    index: Any
    stream: Any
    version: Any
    cti: Any
    iss: Any
    signed_digest: Any
    received_at_ms: Any
    rho: Any
    prev: Any
    commitment: Any
    leaf_hash: Any
    topic: Any
    statement: Any
    has_event: bool


class StoreError(Exception):
    """Any failure of a store; its text is for the operator."""


class PositionTaken(StoreError):
    """Others appended meanwhile: decide anew against these versions and try again."""

    def __init__(self, stream_version: int, registry_version: int) -> None:
        super().__init__(f"stream at {stream_version}, registry at {registry_version}")
        self.stream_version = stream_version
        self.registry_version = registry_version


class CtiTaken(StoreError):
    """Another statement with the same issuer and id is stored."""

    def __init__(self, entry: Entry) -> None:
        super().__init__(entry.cti.hex())
        self.entry = entry


class StoreBusy(StoreError):
    """The lock could not be had in time; nothing was stored."""


class StoreUnreachable(StoreError):
    """The database cannot be used; nothing was stored."""


class StoreDamaged(StoreError):
    """The database is there but cannot be read."""


class StoreMissing(StoreError):
    """There is no ledger at that address."""


class StoreExists(StoreError):
    """There is a ledger at that address already."""


class OutcomeUnknown(StoreError):
    """An error while committing: the act may have been stored. Send the same statement again."""


class Store(Protocol):
    """An append-only store of signed statements; it checks neither signatures nor rules."""

    def append(self, proposal: Proposal) -> tuple[Entry, bool]: ...
    def find(self, iss: str, cti: bytes) -> Entry | None: ...
    def head(self) -> Head: ...
    def stream_head(self, stream: str) -> tuple[int, bytes]: ...
    def read_stream(self, stream: str, after: int = 0, limit: int | None = None) -> list[Entry]: ...
    def read(self, after: int = -1, limit: int = 1000) -> list[Entry]: ...
    def put_document(self, digest: bytes, content: bytes) -> None: ...
    def get_document(self, digest: bytes) -> bytes | None: ...
    def raw_rows(self) -> Iterator[RawRow]: ...
    def check(self) -> list[str]: ...
    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Recorded:
    """The library's view of an act: where it goes, what it is called, and its bytes."""

    originator_id: str
    originator_version: int
    topic: str
    statement: bytes


class StatementMapper(Mapper[str]):
    """Stores the signed bytes as they are: the stored state IS the statement."""

    def __init__(self) -> None:
        super().__init__(JSONTranscoder())

    def to_stored_event(self, domain_event: Any) -> StoredEvent:
        recorded = cast("Recorded", domain_event)
        return StoredEvent(
            recorded.originator_id, recorded.originator_version, recorded.topic, recorded.statement
        )

    def to_domain_event(self, stored_event: StoredEvent) -> Any:
        return Recorded(
            str(stored_event.originator_id),
            stored_event.originator_version,
            stored_event.topic,
            stored_event.state,
        )


def place(proposal: Proposal, index: int, received_at_ms: int) -> Entry:
    """The entry that a proposal becomes at an index."""
    leaf = opening.leaf(index, received_at_ms, proposal.commitment)
    return Entry(
        index, proposal.stream, proposal.version, proposal.topic, proposal.statement, proposal.cti, proposal.iss,
        proposal.signed_digest, received_at_ms, proposal.rho, proposal.prev, proposal.commitment,
        opening.leaf_hash(leaf),
    )  # fmt: skip
