"""The embedded store: one SQLite file, written by one process at a time, read by any number.

A commit is durable when it returns (WAL, synchronous=FULL). Where several processes write, a file lock beside
the database is the turnstile before BEGIN IMMEDIATE: waiting writers queue there instead of polling.
"""

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from eventsourcing.persistence import EventStore, StoredEvent
from eventsourcing.sqlite import (
    SQLiteApplicationRecorder,
    SQLiteConnection,
    SQLiteConnectionPool,
    SQLiteCursor,
    SQLiteDatastore,
)
from filelock import FileLock, Timeout

from events.store.base import (
    REGISTRY,
    CtiTaken,
    Entry,
    Head,
    OutcomeUnknown,
    PositionTaken,
    Proposal,
    RawRow,
    Recorded,
    StatementMapper,
    StoreBusy,
    StoreDamaged,
    StoreError,
    StoreExists,
    StoreMissing,
    StoreUnreachable,
    place,
)

LOCK_SECONDS = 10
LOG = "idx, originator_id, originator_version, cti, iss, signed_digest, received_at_ms, rho, prev, commitment, leaf_hash"
TABLES = (
    (
        "CREATE TABLE ledger_log (idx INTEGER PRIMARY KEY, originator_id TEXT NOT NULL, "
        "originator_version INTEGER NOT NULL, cti BLOB NOT NULL, iss TEXT NOT NULL, signed_digest BLOB NOT NULL, "
        "received_at_ms INTEGER NOT NULL, rho BLOB NOT NULL, prev BLOB NOT NULL, commitment BLOB NOT NULL, "
        "leaf_hash BLOB NOT NULL, UNIQUE (iss, cti), UNIQUE (originator_id, originator_version))"
    ),
    "CREATE TABLE ledger_documents (digest BLOB PRIMARY KEY, content BLOB NOT NULL) WITHOUT ROWID",
)
JOINED = (
    "SELECT l.idx, l.originator_id, l.originator_version, e.topic, e.state, l.cti, l.iss, l.signed_digest, "
    "l.received_at_ms, l.rho, l.prev, l.commitment, l.leaf_hash FROM ledger_log l JOIN stored_events e "
    "ON e.originator_id = l.originator_id AND e.originator_version = l.originator_version "
)


class _Connection(SQLiteConnection):
    """A connection whose writing transactions take the write lock at once (the library's begin deferred)."""

    @contextmanager
    def transaction(self, *, commit: bool) -> Iterator[SQLiteCursor]:
        cursor = self.cursor()
        cursor.execute("BEGIN IMMEDIATE" if commit else "BEGIN")
        try:
            yield cursor
        except BaseException:
            with suppress(sqlite3.Error):
                self.rollback()
            raise
        if commit:
            self.commit()
        else:
            self.rollback()


class _Pool(SQLiteConnectionPool):
    """Connections with the durability that a receipt promises, set and asserted."""

    def _create_connection(self) -> SQLiteConnection:
        raw = sqlite3.connect(
            self.db_name, uri=True, check_same_thread=False, isolation_level=None, timeout=LOCK_SECONDS
        )
        try:
            raw.execute("PRAGMA journal_mode=WAL")
            raw.execute("PRAGMA synchronous=FULL")
            mode = raw.execute("PRAGMA journal_mode").fetchone()[0]
            synchronous = raw.execute("PRAGMA synchronous").fetchone()[0]
            if (mode, synchronous) != ("wal", 2):
                raise StoreUnreachable(
                    f"数据库不能保证落盘（journal_mode={mode}，synchronous={synchronous}）"
                )
            raw.row_factory = sqlite3.Row
        except BaseException:
            raw.close()
            raise
        return _Connection(raw, max_age=None)


class _Datastore(SQLiteDatastore):
    def __init__(self, db_name: str) -> None:
        super().__init__(db_name, originator_id_type="text")
        self.pool.close()
        self.pool = _Pool(db_name=db_name, lock_timeout=LOCK_SECONDS)


class _Recorder(SQLiteApplicationRecorder):
    """The library's recorder; our log row goes into the same transaction as the event."""

    def __init__(self, datastore: SQLiteDatastore, store: "SQLiteStore") -> None:
        super().__init__(datastore)
        self.store = store

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int] | None:
        return self.store.commit(stored_events, kwargs["proposal"], kwargs["placed"])


class SQLiteStore:
    """See `events.store.base.Store`. May be shared between threads; other processes may write at the same time."""

    def __init__(self, path: Path, *, create: bool) -> None:
        self.path = path
        uri = f"{path.absolute().as_uri()}?mode={'rwc' if create else 'rw'}"
        self._turnstile = FileLock(f"{path}.lock", timeout=LOCK_SECONDS)
        self._mutex = threading.RLock()
        self._uri = uri
        self._open()

    def _open(self) -> None:
        self.datastore = _Datastore(self._uri)
        self.recorder = _Recorder(self.datastore, self)
        self.events: EventStore[str] = EventStore(StatementMapper(), self.recorder)
        self._writer: SQLiteConnection | None = None

    # -- writing

    def append(self, proposal: Proposal) -> tuple[Entry, bool]:
        """Store one act durably, or give the first entry of a repeated one.

        Raises CtiTaken, PositionTaken, StoreBusy, StoreUnreachable, OutcomeUnknown.
        """
        recorded = Recorded(proposal.stream, proposal.version, proposal.topic, proposal.statement)
        placed: list[tuple[Entry, bool]] = []
        self.events.put([recorded], proposal=proposal, placed=placed)
        return placed[0]

    def commit(
        self, stored_events: Sequence[StoredEvent], proposal: Proposal, placed: list[tuple[Entry, bool]]
    ) -> Sequence[int] | None:
        with self._mutex, self._queue():
            try:
                return self._write(stored_events, proposal, placed)
            except StoreError:
                raise
            except sqlite3.OperationalError as error:
                self._discard_writer()
                if "locked" in str(error) or "busy" in str(error):
                    raise StoreBusy(str(error)) from error
                return self._settle(proposal, placed, error)
            except sqlite3.Error as error:
                self._discard_writer()
                return self._settle(proposal, placed, error)

    @contextmanager
    def _queue(self) -> Iterator[None]:
        try:
            with self._turnstile:
                yield
        except Timeout as error:
            raise StoreBusy("等待写入超时") from error

    def _write(
        self, stored_events: Sequence[StoredEvent], proposal: Proposal, placed: list[tuple[Entry, bool]]
    ) -> Sequence[int] | None:
        writer = self._writer or self.datastore.pool._create_connection()  # noqa: SLF001
        self._writer = writer
        with writer.transaction(commit=True) as cursor:
            first = _found(cursor, proposal.iss, proposal.cti)
            if first is not None:
                if first.signed_digest != proposal.signed_digest:
                    raise CtiTaken(first)
                placed.append((first, True))
                return []
            version, commitment = _stream_head(cursor, proposal.stream)
            registry, _ = _stream_head(cursor, REGISTRY)
            if (version, commitment, registry) != (
                proposal.version - 1, proposal.prev, proposal.registry_version,
            ):  # fmt: skip
                raise PositionTaken(version, registry)
            cursor.execute("SELECT idx, received_at_ms FROM ledger_log ORDER BY idx DESC LIMIT 1")
            last = cursor.fetchone()
            received = proposal.received_at_ms
            if received is None:
                received = max(proposal.now_ms, last["received_at_ms"] if last else 0)
            entry = place(proposal, last["idx"] + 1 if last else 0, received)
            ids = self.recorder._insert_events(cursor, stored_events)  # noqa: SLF001 - the library's own insert
            cursor.execute(
                f"INSERT INTO ledger_log ({LOG}) VALUES (?,?,?,?,?,?,?,?,?,?,?)",  # noqa: S608 - no input in it
                (entry.index, entry.stream, entry.version, entry.cti, entry.iss, entry.signed_digest,
                 entry.received_at_ms, entry.rho, entry.prev, entry.commitment, entry.leaf_hash),
            )  # fmt: skip
        placed.append((entry, False))
        return ids

    def _settle(
        self, proposal: Proposal, placed: list[tuple[Entry, bool]], cause: sqlite3.Error
    ) -> Sequence[int] | None:
        """After an error around the commit: look, on a new connection and under the lock, what became of it."""
        try:
            fresh = self.datastore.pool._create_connection()  # noqa: SLF001
            try:
                with fresh.transaction(commit=True) as cursor:
                    entry = _found(cursor, proposal.iss, proposal.cti)
            finally:
                fresh.close()
        except (sqlite3.Error, StoreUnreachable) as error:
            raise OutcomeUnknown(f"{cause}; {error}") from cause
        if entry is None:
            raise StoreUnreachable(str(cause)) from cause
        if entry.signed_digest != proposal.signed_digest:
            raise CtiTaken(entry) from cause
        placed.append((entry, False))
        return []

    def _discard_writer(self) -> None:
        if self._writer is not None:
            with suppress(sqlite3.Error):
                self._writer.close()
            self._writer = None

    def put_document(self, digest: bytes, content: bytes) -> None:
        """Keep a document under its SHA-256; one that is there already stays."""
        with self._mutex, self._queue(), _named(), self._reading(commit=True) as cursor:
            cursor.execute("INSERT OR IGNORE INTO ledger_documents VALUES (?, ?)", (digest, content))

    # -- reading

    @contextmanager
    def _reading(self, *, commit: bool = False) -> Iterator[SQLiteCursor]:
        with self.datastore.transaction(commit=commit) as cursor:
            yield cursor

    def find(self, iss: str, cti: bytes) -> Entry | None:
        with _named(), self._reading() as cursor:
            return _found(cursor, iss, cti)

    def head(self) -> Head:
        with _named(), self._reading() as cursor:
            cursor.execute("SELECT idx, received_at_ms FROM ledger_log ORDER BY idx DESC LIMIT 1")
            last = cursor.fetchone()
            registry, _ = _stream_head(cursor, REGISTRY)
        return Head(last["idx"] + 1, last["received_at_ms"], registry) if last else Head(0, 0, 0)

    def stream_head(self, stream: str) -> tuple[int, bytes]:
        with _named(), self._reading() as cursor:
            return _stream_head(cursor, stream)

    def read_stream(self, stream: str, after: int = 0, limit: int | None = None) -> list[Entry]:
        return self._entries(
            "WHERE l.originator_id = ? AND l.originator_version > ? ORDER BY l.originator_version LIMIT ?",
            (stream, after, -1 if limit is None else limit),
        )

    def read(self, after: int = -1, limit: int = 1000) -> list[Entry]:
        return self._entries("WHERE l.idx > ? ORDER BY l.idx LIMIT ?", (after, limit))

    def _entries(self, condition: str, parameters: tuple[Any, ...]) -> list[Entry]:
        with _named(), self._reading() as cursor:
            cursor.execute(JOINED + condition, parameters)
            return [Entry(*row) for row in cursor.fetchall()]

    def get_document(self, digest: bytes) -> bytes | None:
        with _named(), self._reading() as cursor:
            cursor.execute("SELECT content FROM ledger_documents WHERE digest = ?", (digest,))
            row = cursor.fetchone()
        return bytes(row["content"]) if row else None

    def raw_rows(self) -> Iterator[RawRow]:
        """Everything stored, in the order of the log, rows without a partner too; for verification."""
        columns = "l." + LOG.replace(", ", ", l.")
        query = (
            f"SELECT {columns}, e.topic, e.state, e.rowid IS NOT NULL FROM ledger_log l "  # noqa: S608 - constants
            "LEFT JOIN stored_events e ON e.originator_id = l.originator_id "
            "AND e.originator_version = l.originator_version ORDER BY l.idx"
        )
        stray = (
            "SELECT e.originator_id, e.originator_version, e.topic, e.state FROM stored_events e "
            "WHERE NOT EXISTS (SELECT 1 FROM ledger_log l WHERE l.originator_id = e.originator_id "
            "AND l.originator_version = e.originator_version) ORDER BY e.rowid"
        )
        try:
            connection = sqlite3.connect(self._uri, uri=True)
            connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
            try:
                for row in connection.execute(query):
                    yield RawRow(*(*row[:-1], bool(row[-1])))
                for stream, version, topic, state in connection.execute(stray):
                    unplaced = (None, stream, version, *(None,) * 8, topic, state, True)
                    yield RawRow(*unplaced)
            finally:
                connection.close()
        except sqlite3.Error as error:
            raise StoreDamaged(str(error)) from error

    def check(self) -> list[str]:
        """What the database says of itself; empty if all is well."""
        try:
            connection = sqlite3.connect(self._uri, uri=True)
            try:
                found = [str(row[0]) for row in connection.execute("PRAGMA integrity_check(20)")]
            finally:
                connection.close()
        except sqlite3.Error as error:
            return [str(error)]
        return [] if found == ["ok"] else found

    def close(self) -> None:
        self._discard_writer()
        self.datastore.close()


def _found(cursor: SQLiteCursor, iss: str, cti: bytes) -> Entry | None:
    cursor.execute(JOINED + "WHERE l.iss = ? AND l.cti = ?", (iss, cti))
    row = cursor.fetchone()
    return Entry(*row) if row else None


def _stream_head(cursor: SQLiteCursor, stream: str) -> tuple[int, bytes]:
    cursor.execute(
        "SELECT originator_version, commitment FROM ledger_log WHERE originator_id = ? "
        "ORDER BY originator_version DESC LIMIT 1",
        (stream,),
    )
    row = cursor.fetchone()
    return (row[0], bytes(row[1])) if row else (0, b"")


@contextmanager
def _named() -> Iterator[None]:
    """A failure of the database under its own name."""
    try:
        yield
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            raise StoreBusy(str(error)) from error
        raise StoreUnreachable(str(error)) from error
    except sqlite3.Error as error:
        raise StoreDamaged(str(error)) from error


def open_sqlite(path: Path) -> SQLiteStore:
    """Open a store that is there. Raises StoreMissing, StoreDamaged, StoreUnreachable."""
    if not path.is_file():
        raise StoreMissing(str(path))
    with _named():
        store = SQLiteStore(path, create=False)
        with store._reading() as cursor:  # noqa: SLF001
            cursor.execute("SELECT name FROM sqlite_master WHERE name = 'ledger_log'")
            found = cursor.fetchone()
    if found is None:
        store.close()
        raise StoreMissing(str(path))
    return store


def create_sqlite(path: Path) -> SQLiteStore:
    """Make the tables, once: of two that create at the same time one is told StoreExists."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreUnreachable(str(error)) from error
    with _named():
        store = SQLiteStore(path, create=True)
        try:
            with store._queue(), store._reading(commit=True) as cursor:  # noqa: SLF001
                cursor.execute("SELECT name FROM sqlite_master WHERE name = 'ledger_log'")
                if cursor.fetchone() is not None:
                    raise StoreExists(str(path))
                for statement in (*store.recorder.create_table_statements, *TABLES):
                    cursor.execute(statement)
        except BaseException:
            store.close()
            raise
    return store
