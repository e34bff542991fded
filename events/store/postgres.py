"""The grown store: PostgreSQL, any number of writing processes.

A single append is one call of our own function: it takes the table's lock, looks the statement up, compares
what the caller decided against, assigns index and receipt time, and inserts both rows. The library's own
insert is not used for writing, because it retries errors silently and can commit after a swallowed one.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote, urlsplit

import psycopg
from eventsourcing.persistence import EventStore, PersistenceError, StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from psycopg import Connection, errors
from psycopg.rows import tuple_row

from events.store.base import (
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
    StoreExists,
    StoreMissing,
    StoreUnreachable,
)

LOCK_SECONDS = 5
CREATING = 0x676F6E677A65
"""The advisory lock of those who create a ledger ("gongze"): one at a time."""

TABLES = """
CREATE TABLE ledger_log (
    idx bigint PRIMARY KEY, originator_id text NOT NULL, originator_version bigint NOT NULL, cti bytea NOT NULL,
    iss text NOT NULL, signed_digest bytea NOT NULL, received_at_ms bigint NOT NULL, rho bytea NOT NULL,
    prev bytea NOT NULL, commitment bytea NOT NULL, leaf_hash bytea NOT NULL,
    UNIQUE (iss, cti), UNIQUE (originator_id, originator_version));
CREATE TABLE ledger_documents (digest bytea PRIMARY KEY, content bytea NOT NULL);

-- Deterministic CBOR of an unsigned integer (RFC 8949 §4.2.1).
CREATE FUNCTION ledger_cbor_uint(n bigint) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE
        WHEN n < 24 THEN substring(int8send(n) from 8)
        WHEN n < 256 THEN '\\x18'::bytea || substring(int8send(n) from 8)
        WHEN n < 65536 THEN '\\x19'::bytea || substring(int8send(n) from 7)
        WHEN n < 4294967296 THEN '\\x1a'::bytea || substring(int8send(n) from 5)
        ELSE '\\x1b'::bytea || int8send(n) END $$;

-- SHA-256(0x00 || [1, index, received_at_ms, commitment]): the leaf of RFC 6962 over our entry.
CREATE FUNCTION ledger_leaf_hash(n bigint, ms bigint, c bytea) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
    SELECT sha256('\\x008401'::bytea || ledger_cbor_uint(n) || ledger_cbor_uint(ms) || '\\x5820'::bytea || c) $$;

CREATE FUNCTION ledger_append(
    p_stream text, p_version bigint, p_registry bigint, p_topic text, p_state bytea, p_cti bytea, p_iss text,
    p_digest bytea, p_rho bytea, p_prev bytea, p_commitment bytea, p_now bigint, p_received bigint,
    OUT outcome text, OUT o_idx bigint, OUT o_received bigint, OUT o_leaf bytea, OUT o_version bigint,
    OUT o_registry bigint) LANGUAGE plpgsql AS $$
DECLARE
    head_commitment bytea;
    last_idx bigint;
    last_received bigint;
BEGIN
    LOCK TABLE stored_events IN EXCLUSIVE MODE;
    SELECT l.idx INTO o_idx FROM ledger_log l WHERE l.iss = p_iss AND l.cti = p_cti;
    IF FOUND THEN outcome := 'known'; RETURN; END IF;
    SELECT l.originator_version, l.commitment INTO o_version, head_commitment FROM ledger_log l
        WHERE l.originator_id = p_stream ORDER BY l.originator_version DESC LIMIT 1;
    o_version := coalesce(o_version, 0);
    SELECT l.originator_version INTO o_registry FROM ledger_log l
        WHERE l.originator_id = 'registry' ORDER BY l.originator_version DESC LIMIT 1;
    o_registry := coalesce(o_registry, 0);
    IF o_version <> p_version - 1 OR coalesce(head_commitment, ''::bytea) <> p_prev OR o_registry <> p_registry THEN
        outcome := 'moved'; RETURN;
    END IF;
    SELECT l.idx, l.received_at_ms INTO last_idx, last_received FROM ledger_log l ORDER BY l.idx DESC LIMIT 1;
    o_idx := coalesce(last_idx + 1, 0);
    o_received := coalesce(p_received, greatest(p_now, coalesce(last_received, 0)));
    o_leaf := ledger_leaf_hash(o_idx, o_received, p_commitment);
    INSERT INTO stored_events (originator_id, originator_version, topic, state)
        VALUES (p_stream, p_version, p_topic, p_state);
    INSERT INTO ledger_log VALUES (o_idx, p_stream, p_version, p_cti, p_iss, p_digest, o_received, p_rho, p_prev,
        p_commitment, o_leaf);
    NOTIFY stored_events;
    outcome := 'stored';
END $$;
"""
LOG = (
    "l.idx, l.originator_id, l.originator_version, l.cti, l.iss, l.signed_digest, l.received_at_ms, l.rho, l.prev, "
    "l.commitment, l.leaf_hash"
)
JOINED = (
    "SELECT l.idx, l.originator_id, l.originator_version, e.topic, e.state, l.cti, l.iss, l.signed_digest, "
    "l.received_at_ms, l.rho, l.prev, l.commitment, l.leaf_hash FROM ledger_log l JOIN stored_events e "
    "ON e.originator_id = l.originator_id AND e.originator_version = l.originator_version "
)
STREAM_HEAD = (
    "SELECT originator_version, commitment FROM ledger_log WHERE originator_id = %s "
    "ORDER BY originator_version DESC LIMIT 1"
)


class _Recorder(PostgresApplicationRecorder):
    """The library's recorder; writing is ours, undecorated: no silent retry, no swallowed error."""

    def __init__(self, datastore: PostgresDatastore, store: "PostgresStore") -> None:
        super().__init__(datastore)
        self.store = store

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int] | None:
        self.store.commit(kwargs["proposal"], kwargs["placed"])
        return None


class PostgresStore:
    """See `events.store.base.Store`. Not shared between threads; any number of processes may write."""

    def __init__(self, url: str) -> None:
        self.url = url
        parts = urlsplit(url)
        self.datastore = PostgresDatastore(
            dbname=unquote(parts.path.lstrip("/")), host=parts.hostname or "127.0.0.1", port=parts.port or 5432,
            user=unquote(parts.username or ""), password=unquote(parts.password or ""), connect_timeout=10.0,
            originator_id_type="text", enable_db_functions=False,
        )  # fmt: skip
        self._connection: Connection[Any] | None = None
        try:
            self.recorder = _Recorder(self.datastore, self)
        except (PersistenceError, psycopg.Error) as error:
            self.datastore.close()
            raise StoreUnreachable(_brief(error)) from error
        self.events: EventStore[str] = EventStore(StatementMapper(), self.recorder)

    def _connect(self) -> Connection[Any]:
        """A connection with the durability that a receipt promises."""
        connection = psycopg.connect(self.url, autocommit=True, connect_timeout=10, row_factory=tuple_row)
        connection.execute("SET synchronous_commit = on")
        connection.execute(f"SET lock_timeout = '{LOCK_SECONDS}s'")
        connection.execute("SET default_transaction_isolation = 'read committed'")
        return connection

    @property
    def connection(self) -> Connection[Any]:
        if self._connection is None or self._connection.closed:
            self._connection = self._connect()
        return self._connection

    # -- writing

    def append(self, proposal: Proposal) -> tuple[Entry, bool]:
        """Store one act durably, or give the first entry of a repeated one.

        Raises CtiTaken, PositionTaken, StoreBusy, StoreUnreachable, OutcomeUnknown.
        """
        recorded = Recorded(proposal.stream, proposal.version, proposal.topic, proposal.statement)
        placed: list[tuple[Entry, bool]] = []
        self.events.put([recorded], proposal=proposal, placed=placed)
        return placed[0]

    def commit(self, proposal: Proposal, placed: list[tuple[Entry, bool]]) -> None:
        p = proposal
        try:
            connection = self.connection
        except psycopg.Error as error:
            raise StoreUnreachable(_brief(error)) from error
        try:
            row = connection.execute(
                "SELECT * FROM ledger_append(%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s)",
                (p.stream, p.version, p.registry_version, p.topic, p.statement, p.cti, p.iss, p.signed_digest, p.rho,
                 p.prev, p.commitment, p.now_ms, p.received_at_ms), prepare=True,
            ).fetchone()  # fmt: skip
        except (errors.LockNotAvailable, errors.DeadlockDetected) as error:
            raise StoreBusy(_brief(error)) from error
        except psycopg.Error as error:
            self._drop()
            placed.append(self._settle(proposal, error))
            return
        assert row is not None
        outcome, index, received, leaf, version, registry = row
        if outcome == "moved":
            raise PositionTaken(version, registry)
        if outcome == "known":
            placed.append((self._same(proposal, self._one("WHERE l.idx = %s", (index,))), True))
            return
        entry = Entry(
            index, p.stream, p.version, p.topic, p.statement, p.cti, p.iss, p.signed_digest, received, p.rho, p.prev,
            p.commitment, leaf,
        )  # fmt: skip
        placed.append((entry, False))

    def _settle(self, proposal: Proposal, cause: psycopg.Error) -> tuple[Entry, bool]:
        """After an error around the commit: look, on a new connection and under the lock, what became of it.

        Without the lock a commit that is still under way could be missed.
        """
        try:
            with self._connect() as fresh, fresh.transaction():
                fresh.execute("LOCK TABLE stored_events IN EXCLUSIVE MODE")
                row = fresh.execute(
                    JOINED + "WHERE l.iss = %s AND l.cti = %s", (proposal.iss, proposal.cti)
                ).fetchone()
        except psycopg.Error as error:
            raise OutcomeUnknown(f"{_brief(cause)}; {_brief(error)}") from cause
        if row is None:
            raise StoreUnreachable(_brief(cause)) from cause
        return self._same(proposal, _entry(row)), False

    def _same(self, proposal: Proposal, entry: Entry) -> Entry:
        if entry.signed_digest != proposal.signed_digest:
            raise CtiTaken(entry)
        return entry

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def put_document(self, digest: bytes, content: bytes) -> None:
        """Keep a document under its SHA-256; one that is there already stays."""
        with self._named() as connection:
            connection.execute(
                "INSERT INTO ledger_documents VALUES (%s, %s) ON CONFLICT DO NOTHING", (digest, content)
            )

    # -- reading

    @contextmanager
    def _named(self) -> Iterator[Connection[Any]]:
        """The connection, with a failure of the database under its own name."""
        try:
            yield self.connection
        except errors.LockNotAvailable as error:
            raise StoreBusy(_brief(error)) from error
        except (errors.DataCorrupted, errors.IndexCorrupted) as error:
            raise StoreDamaged(_brief(error)) from error
        except psycopg.Error as error:
            self._drop()
            raise StoreUnreachable(_brief(error)) from error

    def _entries(self, condition: str, parameters: tuple[Any, ...]) -> list[Entry]:
        with self._named() as connection:
            return [_entry(row) for row in connection.execute(JOINED + condition, parameters, prepare=True)]

    def _one(self, condition: str, parameters: tuple[Any, ...]) -> Entry:
        return self._entries(condition, parameters)[0]

    def find(self, iss: str, cti: bytes) -> Entry | None:
        found = self._entries("WHERE l.iss = %s AND l.cti = %s", (iss, cti))
        return found[0] if found else None

    def head(self) -> Head:
        with self._named() as connection:
            last = connection.execute(
                "SELECT idx, received_at_ms FROM ledger_log ORDER BY idx DESC LIMIT 1"
            ).fetchone()
            registry = connection.execute(STREAM_HEAD, ("registry",)).fetchone()
        return Head(last[0] + 1, last[1], registry[0] if registry else 0) if last else Head(0, 0, 0)

    def stream_head(self, stream: str) -> tuple[int, bytes]:
        with self._named() as connection:
            row = connection.execute(STREAM_HEAD, (stream,)).fetchone()
        return (row[0], row[1]) if row else (0, b"")

    def read_stream(self, stream: str, after: int = 0, limit: int | None = None) -> list[Entry]:
        return self._entries(
            "WHERE l.originator_id = %s AND l.originator_version > %s ORDER BY l.originator_version LIMIT %s",
            (stream, after, limit),
        )

    def read(self, after: int = -1, limit: int = 1000) -> list[Entry]:
        return self._entries("WHERE l.idx > %s ORDER BY l.idx LIMIT %s", (after, limit))

    def get_document(self, digest: bytes) -> bytes | None:
        with self._named() as connection:
            row = connection.execute(
                "SELECT content FROM ledger_documents WHERE digest = %s", (digest,)
            ).fetchone()
        return row[0] if row else None

    def raw_rows(self) -> Iterator[RawRow]:
        """Everything stored, in the order of the log, rows without a partner too; for verification."""
        stray = LOG.replace("l.originator_id", "coalesce(l.originator_id, e.originator_id)")
        stray = stray.replace("l.originator_version", "coalesce(l.originator_version, e.originator_version)")
        query = (
            f"SELECT {stray}, e.topic, e.state, e.notification_id IS NOT NULL FROM ledger_log l "  # noqa: S608 - constants
            "FULL JOIN stored_events e ON e.originator_id = l.originator_id "
            "AND e.originator_version = l.originator_version ORDER BY l.idx NULLS LAST, e.notification_id"
        )
        try:
            with self._connect() as fresh, fresh.transaction(), fresh.cursor("raw_rows") as cursor:
                for row in cursor.execute(query):
                    yield RawRow(*row)
        except psycopg.Error as error:
            raise StoreDamaged(_brief(error)) from error

    def check(self) -> list[str]:
        """What the database says of itself; PostgreSQL has no check of its own that needs no extension."""
        with self._named() as connection:
            connection.execute("SELECT 1")
        return []

    def close(self) -> None:
        self._drop()
        self.datastore.close()


def _entry(row: Sequence[Any]) -> Entry:
    return Entry(*row)


def _brief(error: Exception) -> str:
    """The first line of a database's message: the rest may repeat what was being written."""
    return str(error).strip().split("\n")[0][:300]


def _is_there(connection: Connection[Any]) -> bool:
    row = connection.execute("SELECT to_regclass('ledger_log') IS NOT NULL").fetchone()
    return bool(row and row[0])


def open_postgres(url: str) -> PostgresStore:
    """Open a store that is there. Raises StoreMissing, StoreUnreachable."""
    try:
        with psycopg.connect(url, connect_timeout=10) as connection:
            found = _is_there(connection)
    except psycopg.Error as error:
        raise StoreUnreachable(_brief(error)) from error
    if not found:
        raise StoreMissing(urlsplit(url).path.lstrip("/"))
    return PostgresStore(url)


def create_postgres(url: str) -> PostgresStore:
    """Make the tables, once: of two that create at the same time one is told StoreExists."""
    try:
        with psycopg.connect(url, connect_timeout=10, autocommit=True) as connection:
            connection.execute("SELECT pg_advisory_lock(%s)", (CREATING,))
            if _is_there(connection):
                raise StoreExists(urlsplit(url).path.lstrip("/"))
            store = PostgresStore(url)
            try:
                store.recorder.create_table()
                with connection.transaction():
                    connection.execute(TABLES)
            except BaseException:
                store.close()
                raise
    except (psycopg.Error, PersistenceError) as error:
        raise StoreUnreachable(_brief(error)) from error
    return store
