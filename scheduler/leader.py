"""Who leads: of all processes that offer to do one thing, one does it, and another takes over when that one is gone.

Two guards, because a lock alone is not enough: whoever holds it may be stopped for a minute, lose it unnoticed and go
on writing. So each leader has an *epoch*, a number in the database that rises with every take-over, and whatever it
writes is written in a transaction that first checks the epoch (`Term.check`).

PostgreSQL: a session's advisory lock. The server ends the session of a leader that is killed at once, and of one that
is silent (stopped, cut off) after `SILENCE` seconds, by idle_session_timeout; a connection through a pooler that shares
sessions is no use here. Embedded: flock(2) on a file beside the database, which the system releases when its holder
dies; a holder that is merely stopped keeps it.
"""

import hashlib
import os
import socket
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import psycopg
from psycopg import errors
from sqlalchemy import Connection, insert, select, update

from events.store.attentive import connect
from events.store.turnstile import Turnstile
from projections.databases import Database
from scheduler import tables

PING, LEASE, SILENCE = 1.0, 3.0, 6.0
"""Seconds: between two signs of life; after which a leader no longer trusts its last one; after which the server ends
the session of one that gave none. LEASE is well below SILENCE: the old leader stops before a new one can begin."""


class Deposed(Exception):
    """Another has taken over: what was begun under this term must not go on."""


@dataclass(frozen=True, slots=True)
class Term:
    """One leader's time in office."""

    name: str
    epoch: int

    def check(self, connection: Connection) -> None:
        """Raise Deposed unless this is still the last term; until the transaction ends none can begin.

        To be called first in every transaction that writes on behalf of this term.
        """
        query = select(tables.leader.c.epoch).where(tables.leader.c.name == self.name)
        if connection.execute(query.with_for_update(read=True)).scalar() != self.epoch:
            raise Deposed(self.name)


class Lock(Protocol):
    """What only one process has at a time. A lock that was lost is not got back: it is closed and made anew."""

    def take(self) -> bool: ...

    def ping(self) -> bool: ...

    def close(self) -> None: ...


class Leadership:
    """The office of a name: `take` it, see whether it is still `held`, `leave` it. Used from one thread at a time.

    `pings`: give signs of life from a thread of its own as long as it is held.
    """

    def __init__(self, url: str, database: Database, name: str) -> None:
        self.name = name
        self._url = url
        self._database = database
        self._lock: Lock | None = None
        self._term: Term | None = None
        self._alive_at = 0.0
        self._left = threading.Event()
        self._thread: threading.Thread | None = None

    def take(self) -> Term | None:
        """Begin a term if nobody else leads; the term that runs already if it is ours. Raises StoreError, OSError."""
        if self.held() is not None:
            return self._term
        self.leave()
        lock = _lock(self._url, self.name)
        at = time.monotonic()
        try:
            if not lock.take():
                lock.close()
                return None
            self._term = _begin(self._database, self.name)
        except BaseException:
            lock.close()
            raise
        self._lock, self._alive_at = lock, at
        self._left = threading.Event()
        self._thread = threading.Thread(target=self._keep, args=(lock, self._left), daemon=True)
        self._thread.start()
        return self._term

    def held(self) -> Term | None:
        """The term, as long as the last sign of life is fresh. What is written is safe without asking: this is for
        what cannot be taken back, a message sent."""
        fresh = self._term is not None and time.monotonic() - self._alive_at < LEASE
        return self._term if fresh else None

    def leave(self) -> None:
        """End the term, so that another can begin at once."""
        self._left.set()
        if self._thread is not None:
            self._thread.join()
        if self._lock is not None:
            self._lock.close()
        self._lock = self._thread = self._term = None

    def _keep(self, lock: Lock, left: threading.Event) -> None:
        while not left.wait(PING):
            at = time.monotonic()
            if not lock.ping():
                self._alive_at = 0.0
                return
            self._alive_at = at


def _begin(database: Database, name: str) -> Term:
    """The next epoch. Waits for what the leader before is just writing; what it begins later finds the new epoch."""
    row = tables.leader
    holder = f"{socket.gethostname()}:{os.getpid()}"
    with database.writing() as connection:
        known = connection.execute(select(row.c.epoch).where(row.c.name == name).with_for_update()).scalar()
        epoch: int = (known or 0) + 1
        values = {"epoch": epoch, "holder": holder, "since_ms": time.time_ns() // 1_000_000}
        if known is None:
            connection.execute(insert(row).values(name=name, **values))
        else:
            connection.execute(update(row).where(row.c.name == name).values(**values))
    return Term(name, epoch)


def _lock(url: str, name: str) -> Lock:
    if url.startswith("sqlite:///"):
        return FileLock(Path(f"{url.removeprefix('sqlite:///')}.{name}.leader"))
    return SessionLock(f"postgresql://{url.partition('://')[2]}", name)


class FileLock:
    """flock on a file beside the embedded database."""

    def __init__(self, path: Path) -> None:
        self._turnstile = Turnstile(path)

    def take(self) -> bool:
        return self._turnstile.acquire(0)

    def ping(self) -> bool:
        return True

    def close(self) -> None:
        self._turnstile.close()


class SessionLock:
    """An advisory lock of a PostgreSQL session of its own."""

    def __init__(self, url: str, name: str) -> None:
        self._url = url
        self._key = int.from_bytes(hashlib.sha256(f"gongze leader {name}".encode()).digest()[:8], signed=True)
        self._session: psycopg.Connection | None = None

    def take(self) -> bool:
        try:
            self._session = session = connect(
                self._url, autocommit=True, tcp_user_timeout=round(SILENCE * 1000),
                keepalives_idle=2, keepalives_interval=1, keepalives_count=3,
            )  # fmt: skip
            try:
                session.execute(f"SET idle_session_timeout = {round(SILENCE * 1000)}")
            except (
                errors.UndefinedObject
            ):  # before PostgreSQL 14: a silent leader is found by keepalive alone
                session.execute(f"SET tcp_keepalives_idle = {round(SILENCE)}")
            session.execute(f"SET tcp_user_timeout = {round(SILENCE * 1000)}")
            found = session.execute("SELECT pg_try_advisory_lock(%s)", (self._key,)).fetchone()
        except psycopg.Error:
            return False  # nobody can lead while the database does not answer
        return found is not None and bool(found[0])

    def ping(self) -> bool:
        assert self._session is not None
        try:
            self._session.execute("SELECT 1")
        except psycopg.Error:
            return False
        return True

    def close(self) -> None:
        if self._session is not None:
            self._session.close()
