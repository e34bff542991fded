"""The grown store: PostgreSQL, any number of writing processes.

A single append is one call of our own function: it takes the table's lock, looks the statement up, compares
what the caller decided against, assigns index and receipt time, and inserts both rows. The library's own
insert is not used for writing, because it retries errors silently and can commit after a swallowed one.
"""

import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import psycopg
from eventsourcing.persistence import EventStore, StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from psycopg import Connection, Cursor, errors
from psycopg.pq import TransactionStatus
from psycopg.rows import DictRow, TupleRow, dict_row, tuple_row

from events.store.attentive import connect
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
    PositionTaken,
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
    placed_at,
    placed_in_order,
    placed_row,
    same_or_taken,
    settled,
    stray_row,
    stream_head_of,
    stream_of,
    without_gap,
)

LOCK_SECONDS = 5.0
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
FOUND = PLACED + "WHERE l.iss = %s AND l.cti = %s"
STREAM_VERSIONS = "SELECT originator_id, max(originator_version) FROM ledger_log WHERE originator_id = ANY(%s) GROUP BY originator_id"
FOUND_OF = f"{PLACED} JOIN unnest(%s::text[], %s::bytea[]) AS p (iss, cti) ON l.iss = p.iss AND l.cti = p.cti"
STREAM_HEADS = (
    "SELECT h.originator_id, h.originator_version, h.commitment FROM unnest(%s::text[]) AS s (stream) "
    "CROSS JOIN LATERAL (SELECT l.originator_id, l.originator_version, l.commitment FROM ledger_log l "
    "WHERE l.originator_id = s.stream ORDER BY l.originator_version DESC LIMIT 1) h"
)
COPY_EVENTS = (
    "COPY stored_events (originator_id, originator_version, topic, state) FROM STDIN (FORMAT BINARY)"
)
OURS = ("stored_events", "ledger_log", "ledger_documents")
OUR_TABLES = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
FUNCTIONS = "SELECT proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
_MADE = re.findall(r"CREATE FUNCTION (\w+)\(.*?AS \$\$(.*?)\$\$", TABLES, re.DOTALL)
"""Our functions: name and body."""
# The rule _RETURN is what a view is.
STRANGE = """
SELECT '触发器 ' || t.tgname, c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
    WHERE NOT t.tgisinternal AND c.relnamespace = 'public'::regnamespace
UNION ALL SELECT '规则 ' || r.rulename, c.relname FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class
    WHERE r.rulename <> '_RETURN' AND c.relnamespace = 'public'::regnamespace
UNION ALL SELECT '行级安全', c.relname FROM pg_class c
    WHERE c.relrowsecurity AND c.relnamespace = 'public'::regnamespace
ORDER BY 2, 1"""
COPY_LOG = "COPY ledger_log FROM STDIN (FORMAT BINARY)"
STREAM_HEAD = (
    "SELECT originator_version, commitment FROM ledger_log WHERE originator_id = %s "
    "ORDER BY originator_version DESC LIMIT 1"
)


class _Line:
    """One connection to the server, used by one thread at a time; made when needed, and anew after it broke."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._mutex = threading.Lock()
        self._connection: Connection[DictRow] | None = None
        self._backend: tuple[int, datetime] | None = None
        self._ended = False

    @contextmanager
    def use(self) -> Iterator[Connection[DictRow]]:
        """Raises StoreBusy, StoreDamaged, StoreUnreachable."""
        with self._mutex, _named():
            if self._ended:
                raise StoreUnreachable("台账已关闭")
            if self._connection is None or self._connection.closed:
                self._connection, self._backend = _connect(self.url)
            try:
                yield self._connection
            except BaseException:
                if self._connection.info.transaction_status != TransactionStatus.IDLE:
                    self._connection.close()  # broken, or an interrupt left a statement under way
                raise

    def fence(self, fresh: Connection[Any]) -> bool:
        """End the broken connection's server process, which may not have begun yet with what it was sent.

        True when it is gone: what it has not stored by now it never will.
        """
        if self._backend is None:
            return True
        gone = _rows(
            fresh,
            "SELECT pg_terminate_backend(pid, %s) FROM pg_stat_activity WHERE pid = %s AND backend_start = %s",
            (int(LOCK_SECONDS * 1000), *self._backend),
        )
        return all(row[0] for row in gone)

    def close(self) -> None:
        with self._mutex:
            self._ended = True
            if self._connection is not None:
                self._connection.close()


def _connect(url: str) -> tuple[Connection[DictRow], tuple[int, datetime]]:
    """A connection with the durability that a receipt promises, and its server process."""
    connection = connect(url, autocommit=True, client_encoding="utf8", row_factory=dict_row)
    try:
        row = _rows(
            connection,
            "SELECT pid, backend_start, set_config('synchronous_commit', 'on', false), "
            "set_config('lock_timeout', %s, false), set_config('search_path', 'public', false), "
            "set_config('default_transaction_isolation', 'read committed', false) "
            "FROM pg_stat_activity WHERE pid = pg_backend_pid()",
            (f"{int(LOCK_SECONDS * 1000)}ms",),
        )[0]
    except BaseException:
        connection.close()
        raise
    return connection, (row[0], row[1])


def _rows(connection: Connection[Any], query: str, parameters: Sequence[Any] = ()) -> list[TupleRow]:
    with connection.cursor(row_factory=tuple_row) as cursor:
        return cursor.execute(query, parameters, prepare=True).fetchall()


class _Datastore(PostgresDatastore):
    """The library's datastore on our connection.

    Its own pool would wait and retry for minutes where a server is down, and drop what else the URL says (TLS).
    """

    def __init__(self, line: _Line) -> None:
        super().__init__("", "", "", "", "", originator_id_type="text", enable_db_functions=False)
        self.line = line

    @contextmanager
    def get_connection(self) -> Iterator[Connection[DictRow]]:
        with self.line.use() as connection:
            yield connection

    def register_type_adapters(self) -> None:
        """None: the library's composite type serves its own insert only."""


class _Recorder(PostgresApplicationRecorder):
    """The library's recorder; writing is ours, undecorated: no silent retry, no swallowed error."""

    def __init__(self, datastore: PostgresDatastore, store: "PostgresStore") -> None:
        super().__init__(datastore)
        self.store = store

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int] | None:
        self.store.commit(kwargs["proposals"], kwargs["placed"])
        return None

    def select_events(self, originator_id: UUID | str, **bounds: Any) -> Sequence[StoredEvent]:
        try:
            selected: Sequence[StoredEvent] = super().select_events(originator_id, **bounds)
        except TypeError as error:  # the library cannot read a state of NULL
            raise StoreDamaged(f"{originator_id} 中有声明缺失") from error
        return selected

    def create_table_within(self, connection: Connection[Any]) -> None:
        """The table and its index. Not the library's function, which inserts without taking the lock, nor its type."""
        for statement in self.sql_create_statements:
            if statement.as_string().startswith(("CREATE TABLE", "CREATE UNIQUE INDEX")):
                connection.execute(statement)


class PostgresStore(RecordingStore):
    """See `events.store.base.Store`. May be shared between threads; any number of processes may write."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._writer = _Line(url)
        self._reader = _Line(url)
        self.datastore = _Datastore(self._reader)
        self.recorder = _Recorder(self.datastore, self)
        self.events: EventStore[str] = EventStore(StatementMapper(), self.recorder)

    # -- writing

    def commit(self, proposals: Sequence[Proposal], placed: list[Appended]) -> None:
        """The append as the recorder is asked for it. `placed` takes what `append_all` returns."""
        with self._writer.use() as connection:
            try:
                if len(proposals) == 1:  # the call is a transaction of its own: one way there and back
                    found = [_answer(connection, proposals[0], _asked(connection, proposals[0]))]
                else:
                    found = _grouped(connection, proposals)
            except psycopg.Error as error:
                if not _may_have_stored(connection, error):
                    raise
                connection.close()
                found = self._settle(proposals, error)
        placed.extend(found)

    def _settle(self, proposals: Sequence[Proposal], cause: psycopg.Error) -> list[Appended]:
        """After a lost answer: look, on a new connection and under the lock, what became of the group.

        Without the lock a commit still under way could be missed; without the fence, a call not yet begun.
        """
        try:
            fresh, _ = _connect(self.url)
            with closing(fresh):
                if not self._writer.fence(fresh):
                    raise OutcomeUnknown(_brief(cause)) from cause
                with fresh.transaction():
                    fresh.execute("LOCK TABLE stored_events IN EXCLUSIVE MODE")
                    rows = [_first(_rows(fresh, FOUND, (p.iss, p.cti))) for p in proposals]
        except psycopg.Error as error:
            raise OutcomeUnknown(f"{_brief(cause)}；{_brief(error)}") from cause
        found = settled(proposals, [entry_of(row) if row is not None else None for row in rows])
        if found is None:
            raise StoreUnreachable(_brief(cause)) from cause
        return found

    def put_document(self, digest: bytes, content: bytes) -> None:
        """Keep a document under its SHA-256; one that is there already stays.

        Raises ValueError, StoreBusy, StoreUnreachable, StoreDamaged, OutcomeUnknown.
        """
        check_digest(digest, content)
        with self._writer.use() as connection:
            try:
                connection.execute(
                    "INSERT INTO ledger_documents VALUES (%s, %s) ON CONFLICT DO NOTHING", (digest, content)
                )
            except psycopg.Error as error:
                if not _may_have_stored(connection, error):
                    raise
                raise OutcomeUnknown(_brief(error)) from error

    # -- reading

    def _read(self, query: str, parameters: Sequence[Any] = ()) -> list[TupleRow]:
        with self._reader.use() as connection:
            return _rows(connection, query, parameters)

    def find(self, iss: str, cti: bytes) -> Entry | None:
        found = self._read(FOUND, (iss, cti))
        return entry_of(found[0]) if found else None

    def head(self) -> Head:
        return head_of(_first(self._read(HEAD)))

    def stream_head(self, stream: str) -> tuple[int, bytes]:
        return stream_head_of(_first(self._read(STREAM_HEAD, (stream,))))

    def stream_versions(self, streams: Sequence[str]) -> dict[str, int]:
        """The versions of those of these streams that there are, as of one moment."""
        return dict(self._read(STREAM_VERSIONS, (list(streams),)))

    def streams(self) -> list[str]:
        """Every stream, by its first act."""
        return [row[0] for row in self._read(STREAMS, ())]

    def read_stream(self, stream: str, after: int = 0, limit: int | None = None) -> list[Entry]:
        """A stream's acts by version. Raises StoreDamaged where one is missing."""
        rows = self._read(
            "SELECT * FROM ledger_log WHERE originator_id = %s AND originator_version > %s "
            "ORDER BY originator_version LIMIT %s",
            (stream, after, limit),
        )
        return stream_of(rows, self.events.get(stream, gt=after, lte=rows[-1][2]), after) if rows else []

    def read(self, after: int = -1, limit: int = 1000) -> list[Entry]:
        """The log by index. Raises StoreDamaged where one is missing."""
        rows = self._read(PLACED + "WHERE l.idx > %s ORDER BY l.idx LIMIT %s", (after, limit))
        return without_gap([entry_of(row) for row in rows], after)

    def get_document(self, digest: bytes) -> bytes | None:
        return document_of(
            digest, _first(self._read("SELECT content FROM ledger_documents WHERE digest = %s", (digest,)))
        )

    def raw_rows(self) -> Iterator[RawRow]:
        """Everything stored, in the order of the log, rows without a partner too; for verification."""
        query = (
            PLACED.replace("e.state", "e.state, e.notification_id IS NOT NULL") + "ORDER BY l.idx NULLS FIRST"
        )
        with _named():
            fresh, _ = _connect(self.url)
            fresh.isolation_level = (
                psycopg.IsolationLevel.REPEATABLE_READ
            )  # the log and what it does not know,
            with closing(fresh), fresh.transaction():  # as of one moment
                with fresh.cursor("placed", row_factory=tuple_row) as cursor:
                    for row in cursor.execute(query):
                        yield placed_row(row)
                with fresh.cursor("stray", row_factory=tuple_row) as cursor:
                    for row in cursor.execute(STRAY):
                        yield stray_row(row)

    def raw_documents(self) -> Iterator[tuple[Any, Any]]:
        """Every document with what it lies under; for verification."""
        with _named():
            fresh, _ = _connect(self.url)
            with (
                closing(fresh),
                fresh.transaction(),
                fresh.cursor("documents", row_factory=tuple_row) as cursor,
            ):
                cursor.itersize = 1  # a document may be large
                yield from cursor.execute(DOCUMENTS)

    def check(self) -> list[str]:
        """What in the database would act on our writing or hide what is stored; empty if all is well.

        PostgreSQL has no check of its own data that needs no extension. Others may keep tables, indexes and views.
        """
        strange = [
            f"{what}（{table}）不是软件所建，会改动或遮住记录；请查明来历，删去后再核对"
            for what, table in self._read(STRANGE)
        ]
        there = {row[0] for row in self._read(OUR_TABLES)}
        strange += [f"表 {name} 不在，或不是软件所建的样子" for name in OURS if name not in there]
        functions = self._read(FUNCTIONS)
        strange += [
            f"函数 {name} 不在，或不是软件所建的样子"
            for name, body in _MADE
            if [b for n, b in functions if n == name] != [body]
        ]
        return strange

    def close(self) -> None:
        self._writer.close()
        self._reader.close()


def _grouped(connection: Connection[Any], proposals: Sequence[Proposal]) -> list[Appended]:
    """In one transaction: what is there already is looked up for all at once, what is new goes in by COPY."""
    with connection.transaction(), connection.cursor(row_factory=tuple_row) as cursor:
        ids = ([p.iss for p in proposals], [p.cti for p in proposals])
        streams = (list(dict.fromkeys(p.stream for p in proposals)),)
        with connection.pipeline():  # all on their way before the first is answered
            cursor.execute("LOCK TABLE stored_events IN EXCLUSIVE MODE", prepare=True)
            head, first, heads = (
                connection.cursor(row_factory=tuple_row).execute(query, parameters, prepare=True)
                for query, parameters in ((HEAD, ()), (FOUND_OF, ids), (STREAM_HEADS, streams))
            )
        found = placed_in_order(
            proposals,
            head_of(head.fetchone()),
            {(entry.iss, entry.cti): entry for entry in map(entry_of, first)},
            {stream: stream_head_of(end) for stream, *end in heads},
        )
        new = [entry for one in found if (entry := fresh(one)) is not None]
        if new:
            _copied(cursor, COPY_EVENTS, [(e.stream, e.version, e.topic, e.statement) for e in new])
            _copied(cursor, COPY_LOG, [log_row(entry) for entry in new])
            cursor.execute("NOTIFY stored_events")
    return found


def _copied(cursor: Cursor[Any], copy: str, rows: Sequence[tuple[Any, ...]]) -> None:
    with cursor.copy(copy) as to:
        to.set_types([_TYPES[type(value)] for value in rows[0]])
        for row in rows:
            to.write_row(row)


_TYPES = {int: "int8", str: "text", bytes: "bytea"}


def _asked(connection: Connection[Any], p: Proposal) -> Cursor[TupleRow]:
    return connection.cursor(row_factory=tuple_row).execute(
        "SELECT * FROM ledger_append(%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s)",
        (p.stream, p.version, p.registry_version, p.topic, p.statement, p.cti, p.iss, p.signed_digest, p.rho,
         p.prev, p.commitment, p.now_ms, p.received_at_ms),
        prepare=True,
    )  # fmt: skip


def _answer(connection: Connection[Any], proposal: Proposal, cursor: Cursor[TupleRow]) -> Appended:
    outcome, index, received, leaf, version, registry = cursor.fetchall()[0]
    if outcome == "moved":
        return PositionTaken(version, registry)
    if outcome == "known":
        first = entry_of(_rows(connection, PLACED + "WHERE l.idx = %s", (index,))[0])
        return same_or_taken(proposal, first)
    return placed_at(proposal, index, received, leaf), False


def _first(rows: list[TupleRow]) -> TupleRow | None:
    return rows[0] if rows else None


def _may_have_stored(connection: Connection[Any], error: psycopg.Error) -> bool:
    """An answer with severity ERROR says that the transaction was aborted; a lost or ended connection says nothing."""
    idle = connection.info.transaction_status == TransactionStatus.IDLE
    return not idle or error.diag.severity_nonlocalized in ("FATAL", "PANIC")


_BUSY = (
    errors.LockNotAvailable,
    errors.DeadlockDetected,
    errors.SerializationFailure,
    errors.QueryCanceled,
    errors.TooManyConnections,
)
_DAMAGED = (
    errors.DataCorrupted,
    errors.IndexCorrupted,
    errors.UndefinedTable,
    errors.UndefinedColumn,
    errors.UndefinedFunction,
    errors.UniqueViolation,  # everything that may collide was looked up under the lock
)


def _named_error(error: psycopg.Error) -> StoreError:
    if isinstance(error, _BUSY):
        return StoreBusy(_brief(error))
    if isinstance(error, _DAMAGED):
        return StoreDamaged(_brief(error))
    return StoreUnreachable(_brief(error))


@contextmanager
def _named() -> Iterator[None]:
    """A failure of the database under its own name."""
    try:
        yield
    except psycopg.Error as error:
        raise _named_error(error) from error


def _brief(error: Exception) -> str:
    """The first line of a database's message: the rest may repeat what was being written."""
    return str(error).strip().split("\n")[0][:300]


def _is_there(connection: Connection[Any]) -> bool:
    return bool(_rows(connection, "SELECT to_regclass('public.ledger_log') IS NOT NULL")[0][0])


def _address(url: str) -> str:
    """Which database, without user and password."""
    parts = urlsplit(url)
    return f"{parts.hostname or ''}{parts.path}"


def open_postgres(url: str) -> PostgresStore:
    """Open a store that is there. Raises StoreMissing, StoreUnreachable."""
    with _named():
        connection, _ = _connect(url)
        with closing(connection):
            found = _is_there(connection)
    if not found:
        raise StoreMissing(_address(url))
    return PostgresStore(url)


def create_postgres(url: str) -> PostgresStore:
    """Make the tables, once and all at once: of two that create at the same time one is told StoreExists."""
    store = PostgresStore(url)
    with _named():
        connection, _ = _connect(url)
        with closing(connection), connection.transaction():
            connection.execute("SELECT pg_advisory_xact_lock(%s)", (CREATING,))
            if _is_there(connection):
                raise StoreExists(_address(url))
            store.recorder.create_table_within(connection)
            connection.execute(TABLES)
    return store
