"""What every store shares: the values that go in and out, the errors, the queries, and the library's mapper."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import count
from typing import Any, NamedTuple, Protocol, cast

from eventsourcing.persistence import EventStore, JSONTranscoder, Mapper, StoredEvent

from events import cbor, opening

REGISTRY = "registry"

LOG = (
    "l.idx, l.originator_id, l.originator_version, l.cti, l.iss, l.signed_digest, l.received_at_ms, l.rho, l.prev, "
    "l.commitment, l.leaf_hash"
)
# LEFT: an act whose event is gone must be seen as damage, not passed over.
PLACED = (
    f"SELECT {LOG}, e.topic, e.state FROM ledger_log l "  # noqa: S608 - constants
    "LEFT JOIN stored_events e ON e.originator_id = l.originator_id "
    "AND e.originator_version = l.originator_version "
)
STREAMS = "SELECT originator_id FROM ledger_log WHERE originator_version = 1 ORDER BY idx"
# One statement, so that size and registry version are of one moment.
HEAD = (
    "SELECT l.idx, l.received_at_ms, (SELECT coalesce(max(r.originator_version), 0) FROM ledger_log r "  # noqa: S608
    f"WHERE r.originator_id = '{REGISTRY}') FROM ledger_log l ORDER BY l.idx DESC LIMIT 1"
)
STRAY = (
    "SELECT e.originator_id, e.originator_version, e.topic, e.state FROM stored_events e "
    "WHERE NOT EXISTS (SELECT 1 FROM ledger_log l WHERE l.originator_id = e.originator_id "
    "AND l.originator_version = e.originator_version) ORDER BY e.originator_id, e.originator_version"
)
DOCUMENTS = "SELECT digest, content FROM ledger_documents ORDER BY digest"


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

    def __post_init__(self) -> None:
        times = (self.now_ms, self.now_ms if self.received_at_ms is None else self.received_at_ms)
        if (
            self.version < 1
            or self.registry_version < 0
            or len(self.prev) != (0 if self.version == 1 else opening.HASH_BYTES)
            or any(len(h) != opening.HASH_BYTES for h in (self.signed_digest, self.rho, self.commitment))
            or not all(0 <= time <= cbor.INTEGER_MAX for time in times)
        ):
            raise ValueError("no act that the log could hold")


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the log: how many acts, the last receipt time, the registry's version."""

    size: int
    received_at_ms: int
    registry_version: int


class RawRow(NamedTuple):
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


Appended = tuple[Entry, bool] | PositionTaken | CtiTaken
"""What became of a proposal: the entry, and whether it was there before; or why nothing of it was stored."""


class Store(Protocol):
    """An append-only store of signed statements; it checks neither signatures nor rules."""

    def append_all(self, proposals: Sequence[Proposal]) -> list[Appended]: ...

    def append(self, proposal: Proposal) -> tuple[Entry, bool]:
        """One alone: its entry, and whether it was there before. Raises PositionTaken, CtiTaken, and as `append_all`."""
        (found,) = self.append_all([proposal])
        if isinstance(found, StoreError):
            raise found
        return found

    def find(self, iss: str, cti: bytes) -> Entry | None: ...
    def head(self) -> Head: ...
    def stream_head(self, stream: str) -> tuple[int, bytes]: ...
    def stream_versions(self, streams: Sequence[str]) -> dict[str, int]: ...
    def streams(self) -> list[str]: ...
    def read_stream(self, stream: str, after: int = 0, limit: int | None = None) -> list[Entry]: ...
    def read(self, after: int = -1, limit: int = 1000) -> list[Entry]: ...
    def put_document(self, digest: bytes, content: bytes) -> None: ...
    def get_document(self, digest: bytes) -> bytes | None: ...
    def raw_rows(self) -> Iterator[RawRow]: ...
    def raw_documents(self) -> Iterator[tuple[Any, Any]]: ...
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


class RecordingStore(Store):
    """A store on one of the library's recorders, which is given the proposals beside the events."""

    events: EventStore[str]

    def append_all(self, proposals: Sequence[Proposal]) -> list[Appended]:
        """Store a group durably in one commit; each proposal stands or falls by itself, in this order.

        Raises StoreBusy, StoreUnreachable, StoreDamaged: nothing of the group is stored; OutcomeUnknown: all or nothing.
        """
        recorded = [Recorded(p.stream, p.version, p.topic, p.statement) for p in proposals]
        placed: list[Appended] = []
        self.events.put(recorded, proposals=proposals, placed=placed)
        return placed


def placed_at(proposal: Proposal, index: int, received_at_ms: int, leaf_hash: bytes) -> Entry:
    """The entry that a proposal becomes at an index."""
    p = proposal
    return Entry(
        index, p.stream, p.version, p.topic, p.statement, p.cti, p.iss, p.signed_digest, received_at_ms, p.rho, p.prev,
        p.commitment, leaf_hash,
    )  # fmt: skip


TYPES = (int, str, int, bytes, str, bytes, int, bytes, bytes, bytes, bytes, str, bytes)
"""Of a row of PLACED: LOG, topic, state."""


def entry_of(row: Iterable[Any]) -> Entry:
    """The entry of a row of PLACED. Raises StoreDamaged."""
    values = tuple(row)
    if tuple(map(type, values)) != TYPES:
        raise StoreDamaged(f"位置 {values[0]} 处的记录残缺或类型不对")
    index, stream, version, cti, iss, digest, received, rho, prev, commitment, leaf, topic, statement = values
    return Entry(
        index, stream, version, topic, statement, cti, iss, digest, received, rho, prev, commitment, leaf
    )


def without_gap(entries: list[Entry], after: int) -> list[Entry]:
    """A page of the log, if it goes on where the page before ended: who follows must not pass over an act in silence.

    Raises StoreDamaged.
    """
    for entry, expected in zip(entries, count(after + 1), strict=False):
        if entry.index != expected:
            raise StoreDamaged(f"日志缺第 {expected} 条")
    return entries


def stream_of(rows: Sequence[Sequence[Any]], recorded: Iterable[Any], after: int) -> list[Entry]:
    """A stream from its rows in the log and its events as the library read them. Raises StoreDamaged."""
    events = {event.originator_version: event for event in cast("Iterable[Recorded]", recorded)}
    entries = []
    for row, expected in zip(rows, count(after + 1), strict=False):
        event = events.get(expected)
        if row[2] != expected or event is None:
            raise StoreDamaged(f"{row[1]} 缺第 {expected} 条")
        entries.append(entry_of((*row, event.topic, event.statement)))
    return entries


def head_of(row: Sequence[Any] | None) -> Head:
    """The head from a row of HEAD. Raises StoreDamaged."""
    if row is None:
        return Head(0, 0, 0)
    index, received_at_ms, registry_version = row
    if tuple(map(type, row)) != (int, int, int):
        raise StoreDamaged(f"日志末条（位置 {index}）的类型不对")
    return Head(index + 1, received_at_ms, registry_version)


def stream_head_of(row: Sequence[Any] | None) -> tuple[int, bytes]:
    """Version and commitment of a stream's last act, (0, b"") of none. Raises StoreDamaged."""
    if row is None:
        return 0, b""
    version, commitment = row
    if type(version) is not int or type(commitment) is not bytes:
        raise StoreDamaged(f"案卷末条（第 {version} 条）的类型不对")
    return version, commitment


def same_or_taken(proposal: Proposal, entry: Entry) -> Appended:
    """The stored entry, if it is of the same statement."""
    return (entry, True) if entry.signed_digest == proposal.signed_digest else CtiTaken(entry)


def placed_in_order(
    proposals: Sequence[Proposal],
    head: Head,
    first: dict[tuple[str, bytes], Entry],
    heads: dict[str, tuple[int, bytes]],
) -> list[Appended]:
    """What becomes of a group under the lock, each as if those before it were stored.

    `head` is the log's, `first` what is there already under these ids, `heads` the ends of their streams; the latter
    two are brought forward as the group goes.
    """
    size, last, registry = head.size, head.received_at_ms, head.registry_version
    found: list[Appended] = []
    for proposal in proposals:
        known = first.get((proposal.iss, proposal.cti))
        if known is not None:
            found.append(same_or_taken(proposal, known))
            continue
        version, commitment = heads.get(proposal.stream, (0, b""))
        decided = (proposal.version - 1, proposal.prev, proposal.registry_version)
        if (version, commitment, registry) != decided:
            found.append(PositionTaken(version, registry))
            continue
        received = proposal.received_at_ms
        if received is None:
            received = max(proposal.now_ms, last)
        leaf = opening.leaf(size, received, proposal.commitment)
        entry = placed_at(proposal, size, received, opening.leaf_hash(leaf))
        found.append((entry, False))
        first[entry.iss, entry.cti] = entry
        heads[entry.stream] = (entry.version, entry.commitment)
        size, last = size + 1, received
        registry = entry.version if entry.stream == REGISTRY else registry
    return found


def fresh(found: Appended) -> Entry | None:
    """The entry, if it is new."""
    return found[0] if isinstance(found, tuple) and not found[1] else None


def log_row(entry: Entry) -> tuple[Any, ...]:
    """A row of ledger_log, in the order of its columns."""
    e = entry
    return (
        e.index, e.stream, e.version, e.cti, e.iss, e.signed_digest, e.received_at_ms, e.rho, e.prev, e.commitment,
        e.leaf_hash,
    )  # fmt: skip


def settled(proposals: Sequence[Proposal], there: Sequence[Entry | None]) -> list[Appended] | None:
    """What became of a group whose commit gave no answer, from what is there now under each (iss, cti).

    It was stored whole or not at all: None where it was not. Whose commitment is there is ours: it stands for the
    statement at this very place. What is missing beside it was decided against a state that had moved.
    """
    pairs = list(zip(proposals, there, strict=True))
    ours = any(entry is not None and entry.commitment == p.commitment for p, entry in pairs)
    if not ours and None in there:
        return None
    found: list[Appended] = []
    for proposal, entry in pairs:
        if entry is None:
            found.append(PositionTaken(0, 0))
        elif entry.signed_digest != proposal.signed_digest:
            found.append(CtiTaken(entry))
        else:
            found.append((entry, entry.commitment != proposal.commitment))
    return found


def check_digest(digest: bytes, content: bytes) -> None:
    """A document lies under its own SHA-256 or nowhere. Raises ValueError."""
    if sha256(content).digest() != digest:
        raise ValueError("not the digest of this content")


def document_of(digest: bytes, row: Sequence[Any] | None) -> bytes | None:
    """The document of a row, None of none. Raises StoreDamaged: rules that nobody adopted must not count duties."""
    if row is None:
        return None
    (content,) = row
    if type(content) is not bytes or sha256(content).digest() != digest:
        raise StoreDamaged(f"文件 {digest.hex()[:16]}… 与其摘要不符")
    return content


def placed_row(row: Sequence[Any]) -> RawRow:
    """A row of the log with its event, if any: LOG, topic, state, whether there is an event."""
    return RawRow._make((*row[:-1], bool(row[-1])))


def stray_row(row: Sequence[Any]) -> RawRow:
    """A row of STRAY: an event that the log does not know."""
    stream, version, topic, statement = row
    return RawRow(
        index=None, stream=stream, version=version, cti=None, iss=None, signed_digest=None, received_at_ms=None,
        rho=None, prev=None, commitment=None, leaf_hash=None, topic=topic, statement=statement, has_event=True,
    )  # fmt: skip
