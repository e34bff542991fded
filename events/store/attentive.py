"""Connections to PostgreSQL that do not wait for ever: whoever falls silent without a word counts as gone.

The system's own limits (keepalive, tcp_user_timeout) find a dead cable, but not a server, or whatever stands between,
that is merely stopped: its side of TCP goes on to acknowledge. A limit for each statement would break off long honest
work. So after `SILENT_SECONDS` without a byte the server is asked on another connection: does it answer, and is it
still at work on ours?
"""

import time
from typing import Any, TypeVar

import psycopg
from psycopg import Connection
from psycopg.abc import PQGen

T = TypeVar("T")

CONNECT_SECONDS = 5
SILENT_SECONDS = 8.0
GRACE_SECONDS = 1.0
"""For an answer that is on its way when the server says that it has answered."""
NO_ANSWER = "数据库没有应答"
SYSTEM = {"keepalives_idle": 5, "keepalives_interval": 3, "keepalives_count": 3, "tcp_user_timeout": 14_000}
"""For libpq: of a dead cable the system tells in as much time, an idle connection's too."""


class Attentive(Connection[Any]):
    """Raises OperationalError, closed, where the server is silent. See `connect`."""

    def wait(self, gen: PQGen[T], interval: float = 0.1, timeout: float | None = None) -> T:
        return super().wait(self._watched(gen), interval, timeout)

    def _watched(self, gen: PQGen[T]) -> PQGen[T]:
        """The same steps; one in which nothing came in or could go out is `ready` for nothing."""
        patience = SILENT_SECONDS
        asked_for_lost = False
        try:
            wanted = next(gen)
            since = time.monotonic()
            while True:
                ready = yield wanted
                if ready:
                    patience, asked_for_lost = SILENT_SECONDS, False
                    since = time.monotonic()
                elif time.monotonic() - since > patience:
                    works = _works(self)
                    if works is None or (not works and asked_for_lost):
                        self.close()
                        raise psycopg.OperationalError(NO_ANSWER if works is None else "数据库的应答没有到达")
                    patience, asked_for_lost = (SILENT_SECONDS, False) if works else (GRACE_SECONDS, True)
                    since = time.monotonic()
                wanted = gen.send(ready)
        except StopIteration as done:
            result: T = done.value
            return result


class _Asking(Connection[Any]):
    """Used for one question, with a limit."""

    def wait(self, gen: PQGen[T], interval: float = 0.1, timeout: float | None = None) -> T:
        return super().wait(gen, interval, timeout or CONNECT_SECONDS)


def _works(connection: Connection[Any]) -> bool | None:
    """Whether the server is at work for a connection that waits for it; None where it does not answer."""
    info = connection.info
    try:
        with _Asking.connect(
            info.dsn, password=info.password, autocommit=True, connect_timeout=CONNECT_SECONDS
        ) as asking:
            query = "SELECT state FROM pg_stat_activity WHERE pid = %s"
            found = asking.execute(query, (connection.pgconn.backend_pid,)).fetchone()
    except psycopg.Error:
        return None
    # behind a pooler it is a number of the pooler's own, and of another user's nothing is shown: both go on
    return found is None or not str(found[0]).startswith("idle")


def connect(url: str = "", **settings: Any) -> Attentive:
    """As psycopg.connect. Raises psycopg.Error, also where the server falls silent later on."""
    try:
        return Attentive.connect(url, **{"connect_timeout": CONNECT_SECONDS, **SYSTEM, **settings})
    except psycopg.errors.ConnectionTimeout as error:  # the same to whoever waits for it, who is told once
        raise psycopg.OperationalError(NO_ANSWER) from error
