"""The embedded store: one SQLite file, written by one process at a time, read by any number.

A commit is durable when it returns (WAL, synchronous=FULL). Where several processes write, a file lock beside
the database is the turnstile before BEGIN IMMEDIATE: waiting writers queue there instead of polling.
Source on what a failed COMMIT may leave behind: SQLite, "WAL-mode File Format", Recovery.
"""

import json
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from eventsourcing.persistence import ConnectionPoolClosedError, EventStore, PersistenceError, StoredEvent
from eventsourcing.sqlite import (
    SQLiteAggregateRecorder,
    SQLiteApplicationRecorder,
    SQLiteConnection,
    SQLiteConnectionPool,
    SQLiteCursor,
    SQLiteDatastore,
)

from events.store.base import (
    DOCUMENTS,
    HEAD,
    PLACED,
    STRAY,
    STREAMS,
    Appended,
    Entry,
    Head,
    OutcomeUnknown,
    Proposal,
    RawRow,
    RecordingStore,
    StatementMapper,
    StoreBusy,
    StoreDamaged,
    StoreError,
    StoreExists,
    StoreMissing,
    StoreUnreachable,
    check_digest,
    document_of,
    entry_of,
    fresh,
    head_of,
    log_row,
    placed_in_order,
    placed_row,
    settled,
    stray_row,
    stream_head_of,
    stream_of,
    without_gap,
)
from events.store.turnstile import Turnstile

T = TypeVar("T")
LOCK_SECONDS = 5.0
"""For the turnstile, then again for the lock of the database, which followers of the log take as well."""
WAL_BYTES_KEPT = 16 * 2**20
"""One long reading lets the write-ahead log grow without limit; without this the file would keep that size for good."""
FULL_SYNCHRONOUS = 2
AT_ONCE = 256
"""How many values of a kind one query is asked for; SQLite's limit on the terms of a VALUES is far above."""
TABLES = (
    (
        "CREATE TABLE ledger_log (idx INTEGER PRIMARY KEY, originator_id TEXT NOT NULL, "
        "originator_version INTEGER NOT NULL, cti BLOB NOT NULL, iss TEXT NOT NULL, signed_digest BLOB NOT NULL, "
        "received_at_ms INTEGER NOT NULL, rho BLOB NOT NULL, prev BLOB NOT NULL, commitment BLOB NOT NULL, "
        "leaf_hash BLOB NOT NULL, UNIQUE (iss, cti), UNIQUE (originator_id, originator_version))"
    ),
    "CREATE TABLE ledger_documents (digest BLOB PRIMARY KEY, content BLOB NOT NULL) WITHOUT ROWID",
)
INSERT = "INSERT INTO ledger_log VALUES (?,?,?,?,?,?,?,?,?,?,?)"
FOUND = PLACED + "WHERE l.iss = ? AND l.cti = ?"
STREAM_VERSIONS = (
    "SELECT originator_id, max(originator_version) FROM ledger_log "
    "WHERE originator_id IN (SELECT value FROM json_each(?)) GROUP BY originator_id"
)
STREAM_HEAD = (
    "SELECT originator_version, commitment FROM ledger_log WHERE originator_id = ? "
    "ORDER BY originator_version DESC LIMIT 1"
)


class _CommitFailed(Exception):
    """COMMIT itself gave an error: what it left behind must be looked at."""

    def __init__(self, cause: sqlite3.Error) -> None:
        super().__init__(str(cause))
        self.cause = cause


class _Connection(SQLiteConnection):
    """A connection whose writing transactions take the write lock at once, and that no failed COMMIT leaves locked.

    The library's begin deferred, and do not roll back after a failed COMMIT.
    """

    @contextmanager
    def transaction(self, *, commit: bool) -> Iterator[SQLiteCursor]:
        try:
            with self.cursor() as raw:
                cursor = SQLiteCursor(raw)
                cursor.execute("BEGIN IMMEDIATE" if commit else "BEGIN")
                yield cursor
                if commit:
                    self._commit()
        finally:
            self._undo()

    def _commit(self) -> None:
        try:
            self.commit()
        except sqlite3.Error as error:
            raise _CommitFailed(error) from error

    def _undo(self) -> None:
        """Nothing after a commit. A connection that cannot even roll back is not used again."""
        try:
            self.rollback()
        except sqlite3.Error:
            self.close()


class _Pool(SQLiteConnectionPool):
    """Connections with the durability that a receipt promises, set and asserted."""

    def connect(self) -> SQLiteConnection:
        if self._closed:
            raise ConnectionPoolClosedError
        raw = sqlite3.connect(
            self.db_name, uri=True, check_same_thread=False, isolation_level=None, timeout=LOCK_SECONDS
        )
        try:
            mode = raw.execute("PRAGMA journal_mode=WAL").fetchone()[0]
            raw.execute("PRAGMA synchronous=FULL")
            synchronous = raw.execute("PRAGMA synchronous").fetchone()[0]
            if (mode, synchronous) != ("wal", FULL_SYNCHRONOUS):
                raise StoreUnreachable(
                    f"数据库不能保证落盘（journal_mode={mode}，synchronous={synchronous}）"
                )
            raw.execute(f"PRAGMA journal_size_limit={WAL_BYTES_KEPT}")
            raw.row_factory = sqlite3.Row
        except BaseException:
            raw.close()
            raise
        return _Connection(raw, max_age=None)

    def _create_connection(self) -> SQLiteConnection:
        return self.connect()


class _Datastore(SQLiteDatastore):
    """The library's datastore over our pool; only reading goes through the pool."""

    pool: _Pool

    def __init__(self, db_name: str) -> None:
        super().__init__(db_name, originator_id_type="text")
        self.pool = _Pool(db_name=db_name)


class _Recorder(SQLiteApplicationRecorder):
    """The library's recorder; our log row goes into the same transaction as the event."""

    def __init__(self, datastore: SQLiteDatastore, store: "SQLiteStore") -> None:
        super().__init__(datastore)
        self.store = store

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int] | None:
        self.store.commit(stored_events, kwargs["proposals"], kwargs["placed"])
        return None

    def insert_within(self, cursor: SQLiteCursor, stored_events: Sequence[StoredEvent]) -> None:
        """The library's own insert, in a transaction of ours: the one that asks for no notification ids, all in one call."""
        SQLiteAggregateRecorder._insert_events(self, cursor, stored_events)  # noqa: SLF001 - we are one


class SQLiteStore(RecordingStore):
    """See `events.store.base.Store`. May be shared between threads; other processes may write at the same time."""

    def __init__(self, path: Path) -> None:
        self.path = path
        # Never rwc: a file that vanished would be made anew, empty, and SQLite would delete the old one's WAL.
        self._uri = f"{path.absolute().as_uri()}?mode=rw"
        self._turnstile = Turnstile(Path(f"{path}.lock"))
        self._mutex = threading.Lock()
        self._writer: SQLiteConnection | None = None
        self.datastore = _Datastore(self._uri)
        self.recorder = _Recorder(self.datastore, self)
        self.events: EventStore[str] = EventStore(StatementMapper(), self.recorder)

    # -- writing

    def commit(
        self, stored_events: Sequence[StoredEvent], proposals: Sequence[Proposal], placed: list[Appended]
    ) -> None:
        """The append as the recorder is asked for it. `placed` takes what `append_all` returns."""
        planned: list[Appended] = []
        with self._turn():
            try:
                with self._writing() as cursor:
                    self._write(cursor, stored_events, proposals, planned)
            except _CommitFailed as failed:
                planned = self._settle(proposals, failed.cause)
        placed.extend(planned)

    def _write(
        self,
        cursor: SQLiteCursor,
        stored_events: Sequence[StoredEvent],
        proposals: Sequence[Proposal],
        planned: list[Appended],
    ) -> None:
        """What is there already is looked up for all of the group at once."""
        found = placed_in_order(
            proposals, _head(cursor), _found_of(cursor, proposals), _stream_heads(cursor, proposals)
        )
        new = [
            (event, entry)
            for event, one in zip(stored_events, found, strict=True)
            if (entry := fresh(one)) is not None
        ]
        if new:
            self.recorder.insert_within(cursor, [event for event, _ in new])
            cursor.executemany(INSERT, [log_row(entry) for _, entry in new])
        planned.extend(found)

    def _settle(self, proposals: Sequence[Proposal], cause: sqlite3.Error) -> list[Appended]:
        """After a failed COMMIT: find out, on a new connection and under the lock, what became of the group.

        Its frames may lie whole in the write-ahead log, unseen until a crash, whose recovery would bring the acts
        back. So before they are called absent, a transaction that changes nothing is written over them. A full disk
        needs none: there the last frame, which carries the commit, was not written whole.
        """
        try:
            with closing(self.datastore.pool.connect()) as fresh, fresh.transaction(commit=True) as cursor:
                found = settled(proposals, [_found(cursor, p) for p in proposals])
                if found is None and _primary(cause) != sqlite3.SQLITE_FULL:
                    cursor.execute("PRAGMA user_version")
                    cursor.execute(f"PRAGMA user_version = {int(cursor.fetchone()[0])}")
        except (sqlite3.Error, StoreError, _CommitFailed) as error:
            raise OutcomeUnknown(f"{cause}；{error}") from cause
        if found is None:
            raise _named_error(cause) from cause
        return found

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """This process's and, of all processes, this one's turn to write. Raises StoreBusy, StoreUnreachable."""
        with self._mutex:
            try:
                free = self._turnstile.acquire(LOCK_SECONDS)
            except OSError as error:
                raise StoreUnreachable(f"{self._turnstile.path}：{error}") from error
            if not free:
                raise StoreBusy("等待其他进程写入超时")
            try:
                yield
            finally:
                self._turnstile.release()

    @contextmanager
    def _writing(self) -> Iterator[SQLiteCursor]:
        """A transaction of the one writing connection; after an error of the database the next gets a new one.

        Raises _CommitFailed; before that any failure is definite, since without its COMMIT nothing is ever stored.
        """
        with _named():
            if self._writer is None or self._writer.closed:
                self._writer = self.datastore.pool.connect()
            try:
                with self._writer.transaction(commit=True) as cursor:
                    yield cursor
            except StoreError:
                raise
            except BaseException:
                self._discard_writer()
                raise

    def _discard_writer(self) -> None:
        writer, self._writer = self._writer, None
        if writer is not None:
            with suppress(sqlite3.Error):
                writer.close()

    def put_document(self, digest: bytes, content: bytes) -> None:
        """Keep a document under its SHA-256; one that is there already stays.

        Raises ValueError, StoreBusy, StoreUnreachable, StoreDamaged, OutcomeUnknown.
        """
        check_digest(digest, content)
        with self._turn():
            try:
                with self._writing() as cursor:
                    cursor.execute("INSERT OR IGNORE INTO ledger_documents VALUES (?, ?)", (digest, content))
            except _CommitFailed as failed:
                raise OutcomeUnknown(str(failed)) from failed.cause

    # -- reading

    @contextmanager
    def _reading(self) -> Iterator[SQLiteCursor]:
        with _named(), self.datastore.transaction(commit=False) as cursor:
            yield cursor

    def find(self, iss: str, cti: bytes) -> Entry | None:
        with self._reading() as cursor:
            cursor.execute(FOUND, (iss, cti))
            row = cursor.fetchone()
        return entry_of(row) if row else None

    def head(self) -> Head:
        with self._reading() as cursor:
            return _head(cursor)

    def stream_head(self, stream: str) -> tuple[int, bytes]:
        with self._reading() as cursor:
            return _stream_head(cursor, stream)

    def stream_versions(self, streams: Sequence[str]) -> dict[str, int]:
        """The versions of those of these streams that there are, as of one moment."""
        with self._reading() as cursor:
            cursor.execute(STREAM_VERSIONS, (json.dumps(streams),))
            return dict(map(tuple, cursor.fetchall()))

    def streams(self) -> list[str]:
        """Every stream, by its first act."""
        with self._reading() as cursor:
            cursor.execute(STREAMS)
            return [row[0] for row in cursor.fetchall()]

    def read_stream(self, stream: str, after: int = 0, limit: int | None = None) -> list[Entry]:
        """A stream's acts by version. Raises StoreDamaged where one is missing."""
        with self._reading() as cursor:
            cursor.execute(
                "SELECT * FROM ledger_log WHERE originator_id = ? AND originator_version > ? "
                "ORDER BY originator_version LIMIT ?",
                (stream, after, -1 if limit is None else limit),
            )
            rows = cursor.fetchall()
        if not rows:
            return []
        with _named():
            return stream_of(rows, self.events.get(stream, gt=after, lte=rows[-1][2]), after)

    def read(self, after: int = -1, limit: int = 1000) -> list[Entry]:
        """The log by index. Raises StoreDamaged where one is missing."""
        with self._reading() as cursor:
            cursor.execute(PLACED + "WHERE l.idx > ? ORDER BY l.idx LIMIT ?", (after, limit))
            rows = cursor.fetchall()
        return without_gap([entry_of(row) for row in rows], after)

    def get_document(self, digest: bytes) -> bytes | None:
        with self._reading() as cursor:
            cursor.execute("SELECT content FROM ledger_documents WHERE digest = ?", (digest,))
            return document_of(digest, cursor.fetchone())

    def raw_rows(self) -> Iterator[RawRow]:
        """Everything stored, in the order of the log, rows without a partner too; for verification."""
        query = PLACED.replace("e.state", "e.state, e.rowid IS NOT NULL") + "ORDER BY l.idx"
        with _named(), closing(sqlite3.connect(self._uri, uri=True, timeout=LOCK_SECONDS)) as connection:
            connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
            connection.execute("BEGIN")  # the log and what it does not know, as of one moment
            for row in connection.execute(query):
                yield placed_row(row)
            for row in connection.execute(STRAY):
                yield stray_row(row)

    def raw_documents(self) -> Iterator[tuple[Any, Any]]:
        """Every document with what it lies under; for verification."""
        with _named(), closing(sqlite3.connect(self._uri, uri=True, timeout=LOCK_SECONDS)) as connection:
            connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
            yield from connection.execute(DOCUMENTS)

    def check(self) -> list[str]:
        """What the database says of itself, and what in it would act on our writing or hide what is stored; empty if
        all is well."""
        try:
            with closing(sqlite3.connect(self._uri, uri=True, timeout=LOCK_SECONDS)) as connection:
                connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
                found = [str(row[0]) for row in connection.execute("PRAGMA integrity_check(20)")]
                strange = list(self._strange(connection))
        except sqlite3.Error as error:
            return [str(error)]
        return strange if found == ["ok"] else found + strange

    def _strange(self, connection: sqlite3.Connection) -> Iterator[str]:
        """Our tables must be as we make them; beside them others may keep tables and indexes, which do nothing to ours.

        Each is known by its text alone: SQLite itself does not look at the type beside it.
        """
        ours = {
            plain.split()[2]: plain
            for plain in map(_plain, (*self.recorder.create_table_statements, *TABLES))
        }
        for name, table, text in connection.execute("SELECT name, tbl_name, sql FROM sqlite_master"):
            if text is None:  # an index that follows from its table
                continue
            plain = _plain(str(text))
            if ours.get(name) == plain:
                del ours[name]
            elif not plain.startswith(_HARMLESS):
                yield f"{' '.join(plain.split()[1:3])}（{table}）不是软件所建，会改动或遮住记录；请查明来历，删去后再核对"
        for name in ours:
            yield f"表 {name} 不在，或不是软件所建的样子"

    def close(self) -> None:
        with self._mutex:
            self._discard_writer()
            self._turnstile.close()
        self.datastore.close()


_HARMLESS = ("CREATE TABLE ", "CREATE INDEX ", "CREATE UNIQUE INDEX ")


def _plain(text: str) -> str:
    """The text of what was created, as SQLite keeps it, in one spelling."""
    return " ".join(text.replace("IF NOT EXISTS ", "", 1).split())


def _found(cursor: SQLiteCursor, proposal: Proposal) -> Entry | None:
    cursor.execute(FOUND, (proposal.iss, proposal.cti))
    row = cursor.fetchone()
    return entry_of(row) if row else None


def _found_of(cursor: SQLiteCursor, proposals: Sequence[Proposal]) -> dict[tuple[str, bytes], Entry]:
    """The entries that are there under the ids of these proposals."""
    found = {}
    for some in _some(proposals):
        cursor.execute(
            f"SELECT v.column1, v.column2 FROM (VALUES {_places('(?,?)', some)}) v "  # noqa: S608 - constants
            "CROSS JOIN ledger_log l ON l.iss = v.column1 AND l.cti = v.column2",
            [value for p in some for value in (p.iss, p.cti)],
        )
        for iss, cti in cursor.fetchall():
            cursor.execute(FOUND, (iss, cti))
            found[iss, cti] = entry_of(cursor.fetchone())
    return found


def _stream_heads(cursor: SQLiteCursor, proposals: Sequence[Proposal]) -> dict[str, tuple[int, bytes]]:
    """Version and commitment of the last act of each stream of these proposals that there is."""
    heads: dict[str, tuple[int, bytes]] = {}
    for some in _some(list(dict.fromkeys(p.stream for p in proposals))):
        cursor.execute(
            "SELECT l.originator_id, l.originator_version, l.commitment "  # noqa: S608 - constants
            f"FROM (VALUES {_places('(?)', some)}) v CROSS JOIN ledger_log l "
            "ON l.originator_id = v.column1 AND l.originator_version = (SELECT max(m.originator_version) "
            "FROM ledger_log m WHERE m.originator_id = v.column1)",
            some,
        )
        heads.update((stream, stream_head_of(head)) for stream, *head in cursor.fetchall())
    return heads


def _some(values: Sequence[T]) -> Iterator[Sequence[T]]:
    """As many at a time as one query takes."""
    for at in range(0, len(values), AT_ONCE):
        yield values[at : at + AT_ONCE]


@cache
def _repeated(place: str, times: int) -> str:
    return ",".join([place] * times)


def _places(place: str, values: Sequence[Any]) -> str:
    return _repeated(place, len(values))


def _head(cursor: SQLiteCursor) -> Head:
    cursor.execute(HEAD)
    return head_of(cursor.fetchone())


def _stream_head(cursor: SQLiteCursor, stream: str) -> tuple[int, bytes]:
    cursor.execute(STREAM_HEAD, (stream,))
    return stream_head_of(cursor.fetchone())


_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_DAMAGED = {
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_ERROR,  # our statements are fixed: what is wrong is a table
    sqlite3.SQLITE_CONSTRAINT,  # everything that may collide was looked up under the lock
}


def _primary(error: sqlite3.Error) -> int | None:
    """SQLite's primary result code; None where the error is Python's own."""
    code = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF


def _named_error(error: sqlite3.Error) -> StoreError:
    code = _primary(error)
    if code in _BUSY:
        return StoreBusy(str(error))
    if code in _DAMAGED or (code is None and isinstance(error, sqlite3.OperationalError)):
        return StoreDamaged(str(error))  # without a code: a text that is not UTF-8
    return StoreUnreachable(str(error))


@contextmanager
def _named() -> Iterator[None]:
    """A failure of the database under its own name."""
    try:
        yield
    except sqlite3.Error as error:
        raise _named_error(error) from error
    except ConnectionPoolClosedError as error:
        raise StoreUnreachable("台账已关闭") from error
    except PersistenceError as error:  # the pool's: all its connections are in use
        raise StoreBusy(str(error)) from error


def open_sqlite(path: Path) -> SQLiteStore:
    """Open a store that is there. Raises StoreMissing, StoreBusy, StoreDamaged, StoreUnreachable."""
    if not path.is_file():
        raise StoreMissing(str(path))
    store = SQLiteStore(path)
    try:
        with store._reading() as cursor:  # noqa: SLF001 - half of the class, kept out of its face
            if not _is_there(cursor):
                raise StoreMissing(str(path))
    except BaseException:
        store.close()
        raise
    return store


def create_sqlite(path: Path) -> SQLiteStore:
    """Make the tables, once: of two that create at the same time one is told StoreExists."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    except OSError as error:
        raise StoreUnreachable(str(error)) from error
    store = SQLiteStore(path)
    try:
        with store._turn(), store._writing() as cursor:  # noqa: SLF001 - as above
            if _is_there(cursor):
                raise StoreExists(str(path))
            for statement in (*store.recorder.create_table_statements, *TABLES):
                cursor.execute(statement)
    except _CommitFailed as failed:
        store.close()
        raise StoreUnreachable(str(failed)) from failed.cause
    except BaseException:
        store.close()
        raise
    return store


def _is_there(cursor: SQLiteCursor) -> bool:
    cursor.execute("SELECT 1 FROM sqlite_master WHERE name = 'ledger_log'")
    return cursor.fetchone() is not None
