"""The databases the tables can lie in, SQLite (in the ledger's own file) and PostgreSQL, and how they differ."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from json import dumps
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, Engine, QueuePool, create_engine, event, text
from sqlalchemy.exc import DBAPIError, OperationalError

from events.store import StoreBusy, StoreUnreachable

WAIT_SECONDS = 30.0
"""For another follower's writing transaction, or on SQLite anybody's."""

_CREATING = 7_402_155_893_016_347
"""The advisory lock of who makes the tables; the number means nothing."""


class Database:
    """One database, with its ways to read and to write. May be shared between threads."""

    def __init__(self, url: str, **settings: str) -> None:
        """`settings`: what else each connection to PostgreSQL is set to."""
        self._engine = _sqlite(url) if url.startswith("sqlite:///") else _postgresql(url, settings)
        self._snapshots = self._engine
        if self._engine.dialect.name == "postgresql":
            self._snapshots = self._engine.execution_options(isolation_level="REPEATABLE READ")

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees one state of all tables. To be left soon: on SQLite it keeps the log from shrinking."""
        with _told(), self._snapshots.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that is committed at the end. On SQLite it is the only one from its beginning on."""
        with _told(), self._engine.connect() as connection, written(connection, alone=True):
            yield connection

    @contextmanager
    def making_tables(self) -> Iterator[Connection]:
        """A writing transaction that waits for any other that makes tables (two at once collide on PostgreSQL)."""
        with self.writing() as connection:
            if self._engine.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _CREATING})
            yield connection

    @contextmanager
    def own_connection(self) -> Iterator[Connection]:
        """A connection that nobody gets afterwards: its temporary tables end with it."""
        with _told(), self._engine.connect() as connection:
            connection.detach()
            yield connection

    @property
    def engine(self) -> Engine:
        """For a library that keeps tables of its own here."""
        return self._engine

    def close(self) -> None:
        self._engine.dispose()


@contextmanager
def written(connection: Connection, *, alone: bool) -> Iterator[Connection]:
    """A transaction on a connection. `alone`: it will write what others see, so on SQLite it takes the lock first."""
    with connection.execution_options(alone=alone).begin():
        yield connection


def _sqlite(url: str) -> Engine:
    # rw: a file that is not there is an error, never a new empty ledger
    uri = f"file:{quote(url.removeprefix('sqlite:///'))}?mode=rw"
    connect = partial(
        sqlite3.connect, uri, uri=True, timeout=WAIT_SECONDS, isolation_level=None, check_same_thread=False
    )
    engine = create_engine("sqlite://", creator=connect, poolclass=QueuePool, json_serializer=_json)

    @event.listens_for(engine, "connect")
    def _(connection: sqlite3.Connection, _: object) -> None:
        if (
            connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal"
        ):  # the store has seen to it as a rule
            connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")  # as the store: the file is the ledger's

    @event.listens_for(engine, "begin")
    def _(connection: Connection) -> None:
        alone = connection.get_execution_options().get("alone", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if alone else "BEGIN")

    return engine


def _postgresql(url: str, settings: Mapping[str, str]) -> Engine:
    scheme, _, rest = url.partition("://")
    if scheme not in ("postgresql", "postgresql+psycopg"):
        raise ValueError(f"not a database that the tables can lie in: {scheme}")
    every = {"lock_timeout": f"{round(WAIT_SECONDS * 1000)}ms", **settings}
    options = " ".join(f"-c {name}={value}" for name, value in every.items())
    engine = create_engine(
        f"postgresql+psycopg://{rest}", connect_args={"options": options}, json_serializer=_json
    )

    @event.listens_for(engine, "do_connect")
    def connected(_dialect: object, _record: object, args: list[Any], settings: dict[str, Any]) -> Any:
        from events.store.attentive import connect  # its driver is not there for SQLite to wait for

        return connect(*args, **settings)

    return engine


_json = partial(dumps, ensure_ascii=False, separators=(",", ":"))


@contextmanager
def _told() -> Iterator[None]:
    """A database that does not answer is told as the event store tells it."""
    try:
        yield
    except DBAPIError as error:
        code = getattr(error.orig, "sqlite_errorname", None) or getattr(error.orig, "sqlstate", None) or ""
        if code.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")) or code == _LOCK_NOT_AVAILABLE:
            raise StoreBusy(str(error.orig)) from error
        gone = error.connection_invalidated or (isinstance(error, OperationalError) and not code)
        if gone or code.startswith(_OUT_OF_REACH):
            raise StoreUnreachable(str(error.orig)) from error
        raise


_LOCK_NOT_AVAILABLE = "55P03"
_OUT_OF_REACH = (
    "SQLITE_CANTOPEN", "SQLITE_IOERR", "SQLITE_FULL", "SQLITE_READONLY", "SQLITE_NOTADB", "SQLITE_CORRUPT",
    "08", "53", "57P",
)  # fmt: skip
"""SQLite's names; of PostgreSQL the classes of SQLSTATE for connections, resources and operators' intervention."""
