"""Copying a whole ledger: an embedded one page by page, and any one row by row into a place nobody has opened yet.

What is copied row by row comes out of `Store.read`; only what is new is written here, never a ledger in use.
Sources: SQLite, "Online Backup API"; PostgreSQL, COPY and advisory locks.
"""

import errno
import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from events.store import (
    Entry,
    Store,
    StoreBusy,
    StoreDamaged,
    StoreExists,
    StoreUnreachable,
    create_store,
)

if TYPE_CHECKING:
    import psycopg

LOCK_SECONDS = 5.0
PAGES_AT_ONCE = 1024
ARRIVING = 0x676F6E677A66
"""The advisory lock of who copies into a PostgreSQL database: one at a time."""

EVENT_COLUMNS = "originator_id, originator_version, topic, state"
LOG_COLUMNS = "idx, originator_id, originator_version, cti, iss, signed_digest, received_at_ms, rho, prev, commitment, leaf_hash"
DIGESTS = "SELECT digest FROM ledger_documents ORDER BY digest"


def _event_row(e: Entry) -> tuple[Any, ...]:
    return (e.stream, e.version, e.topic, e.statement)


def _log_row(e: Entry) -> tuple[Any, ...]:
    return (
        e.index, e.stream, e.version, e.cti, e.iss, e.signed_digest, e.received_at_ms, e.rho, e.prev, e.commitment,
        e.leaf_hash,
    )  # fmt: skip


def documents(url: str, store: Store) -> Iterator[tuple[bytes, bytes]]:
    """Each document with its SHA-256, one at a time. Raises StoreDamaged, StoreBusy, StoreUnreachable."""
    for digest in _digests(url):
        content = store.get_document(digest)
        if content is not None:
            yield digest, content


def _digests(url: str) -> list[bytes]:
    if url.startswith("sqlite:///"):
        path = Path(url.removeprefix("sqlite:///"))
        with _named_sqlite(path), closing(_connect_sqlite(path)) as connection:
            return [row[0] for row in connection.execute(DIGESTS)]
    with _named_postgres(), closing(_connect_postgres(url)) as server:
        return [row[0] for row in server.execute(DIGESTS)]


# -- an embedded ledger


def snapshot(source: Path, target: Path, progress: Callable[[int, int], None]) -> None:
    """Copy an embedded ledger as it is at one moment; others may go on writing. Raises OSError where the disk is full.

    One reading is held from the first page to the last: without it SQLite would begin anew at every act that
    another process appends, and never end while the ledger is busy.
    """
    with (
        _named_sqlite(target),
        closing(_connect_sqlite(source)) as reader,
        closing(sqlite3.connect(target)) as to,
    ):
        reader.execute("BEGIN")
        reader.execute("SELECT 1 FROM ledger_log LIMIT 1").fetchone()
        reader.backup(to, pages=PAGES_AT_ONCE, progress=lambda _, left, total: progress(total - left, total))


def fill_embedded(path: Path, pages: Iterator[list[Entry]]) -> None:
    """Put a log into a new embedded ledger that is empty and that nobody else has open."""
    with _named_sqlite(path), closing(_connect_sqlite(path)) as connection:
        for page in pages:
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(
                f"INSERT INTO stored_events ({EVENT_COLUMNS}) VALUES (?,?,?,?)",  # noqa: S608 - constants
                map(_event_row, page),
            )
            connection.executemany(
                f"INSERT INTO ledger_log ({LOG_COLUMNS}) VALUES (?,?,?,?,?,?,?,?,?,?,?)",  # noqa: S608
                map(_log_row, page),
            )
            connection.execute("COMMIT")


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Nobody appends to an embedded ledger meanwhile; nothing is written to it. Raises StoreBusy."""
    with closing(_connect_sqlite(path)) as connection:
        with _named_sqlite(path):
            connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            connection.execute("ROLLBACK")


def _connect_sqlite(path: Path) -> sqlite3.Connection:
    # rw: a file that is not there is an error, never a new empty ledger
    uri = f"{path.absolute().as_uri()}?mode=rw"
    return sqlite3.connect(uri, uri=True, isolation_level=None, timeout=LOCK_SECONDS)


@contextmanager
def _named_sqlite(path: Path) -> Iterator[None]:
    """A failure of the database under its own name; `path` is what was being written, for a full disk."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code == sqlite3.SQLITE_FULL:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path)) from error
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise StoreBusy(str(error)) from error
        if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR):
            raise StoreDamaged(str(error)) from error
        raise StoreUnreachable(str(error)) from error


# -- a PostgreSQL database


class Arrival:
    """A ledger on its way into a PostgreSQL database.

    Its genesis goes in last, and with it, in one transaction, goes the table that marks the database as arriving.
    Until then no command opens what is there: the registry, which is read first, lacks its first act.
    """

    def __init__(self, url: str, connection: "psycopg.Connection[Any]", genesis: Entry) -> None:
        self.url = url
        self.genesis = genesis
        self._connection = connection

    def complete(self) -> bool:
        """Whether there is a ledger that nobody is copying here."""
        return self._there("ledger_log") and not self._there("ledger_arriving")

    def begin(self) -> None:
        """Mark the database and make the tables, as far as an earlier attempt has not. Raises StoreExists."""
        with _named_postgres():
            if not self._there("ledger_arriving"):
                with self._connection.transaction():
                    self._connection.execute("CREATE TABLE ledger_arriving (genesis bytea NOT NULL)")
                    self._connection.execute(
                        "INSERT INTO ledger_arriving VALUES (%s)", (self.genesis.commitment,)
                    )
            marked = self._connection.execute("SELECT genesis FROM ledger_arriving").fetchone()
            if marked != (self.genesis.commitment,):
                raise StoreExists("库中有另一本台账未复制完的内容，请换一个空的数据库")
            if not self._there("ledger_log"):
                create_store(self.url).close()

    def reached(self) -> int:
        """The last index that is there; 0 where none is, since the genesis is not."""
        with _named_postgres():
            row = self._connection.execute("SELECT coalesce(max(idx), 0) FROM ledger_log").fetchone()
        assert row is not None
        return int(row[0])

    def add(self, entries: Sequence[Entry]) -> None:
        """Store some entries, all or none."""
        with _named_postgres(), self._connection.transaction():
            self._insert(entries)

    def finish(self, size: int) -> None:
        """The last step, after which it is a ledger like any other."""
        with _named_postgres(), self._connection.transaction():
            self._connection.execute("LOCK TABLE stored_events IN EXCLUSIVE MODE")
            self._insert([self.genesis])
            found = self._connection.execute("SELECT count(*), max(idx) FROM ledger_log").fetchone()
            if found != (size, size - 1):
                raise StoreDamaged(f"目标库应有 {size} 条，实为 {found and found[0]} 条")
            self._connection.execute("DROP TABLE ledger_arriving")

    def _insert(self, entries: Sequence[Entry]) -> None:
        with self._connection.cursor() as cursor:
            with cursor.copy(f"COPY stored_events ({EVENT_COLUMNS}) FROM STDIN (FORMAT BINARY)") as rows:
                rows.set_types(["text", "int8", "text", "bytea"])
                for entry in entries:
                    rows.write_row(_event_row(entry))
            with cursor.copy(f"COPY ledger_log ({LOG_COLUMNS}) FROM STDIN (FORMAT BINARY)") as rows:
                rows.set_types(["int8", "text", "int8", "bytea", "text", "bytea", "int8", *["bytea"] * 4])
                for entry in entries:
                    rows.write_row(_log_row(entry))

    def _there(self, table: str) -> bool:
        with _named_postgres():
            row = self._connection.execute(
                "SELECT to_regclass(%s) IS NOT NULL", (f"public.{table}",)
            ).fetchone()
        return row == (True,)


@contextmanager
def arriving(url: str, genesis: Entry) -> Iterator[Arrival]:
    """The database that a ledger is copied into, by us alone. Raises StoreBusy, StoreUnreachable."""
    with closing(_connect_postgres(url)) as connection:
        with _named_postgres():
            # waits as long as for any lock: the server may still be ending the process of one that was killed
            connection.execute("SELECT pg_advisory_lock(%s)", (ARRIVING,))
        yield Arrival(url, connection, genesis)


def _connect_postgres(url: str) -> "psycopg.Connection[Any]":
    from events.store.attentive import connect

    with _named_postgres():
        connection = connect(
            f"postgresql://{url.partition('://')[2]}", autocommit=True, client_encoding="utf8"
        )
        try:
            connection.execute(
                "SELECT set_config('search_path', 'public', false), set_config('synchronous_commit', 'on', false), "
                "set_config('lock_timeout', %s, false)",
                (f"{int(LOCK_SECONDS * 1000)}ms",),
            )
        except BaseException:
            connection.close()
            raise
    return connection


@contextmanager
def _named_postgres() -> Iterator[None]:
    """A failure of the database under its own name. A page whose commit gave no answer is found by the next run."""
    import psycopg

    try:
        yield
    except psycopg.errors.LockNotAvailable as error:
        raise StoreBusy(_brief(error)) from error
    except psycopg.errors.UniqueViolation as error:
        raise StoreDamaged(_brief(error)) from error
    except psycopg.Error as error:
        raise StoreUnreachable(_brief(error)) from error


def _brief(error: Exception) -> str:
    """The first line of a database's message: the rest may repeat what was being written."""
    return str(error).strip().split("\n")[0][:300]
