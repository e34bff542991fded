"""A real PostgreSQL server for the tests: its own data, a free port of 127.0.0.1, gone when the tests end.

Nothing here skips: where no server can be had, the tests that need one fail and say why.
Linux only: util-linux' setpriv ends the server with the test process, however that one dies.
"""

import itertools
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

READY = "database system is ready to accept connections"
PORT_TAKEN = "could not create any TCP/IP sockets"
ATTEMPTS = 5  # at a free port: another process may take it before the server does


class PortTakenError(Exception):
    """Somebody took the free port first."""


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The URL of a server that this test process alone uses (under xdist: one for each worker)."""
    with server() as url:
        yield url


@contextmanager
def server() -> Iterator[str]:
    """The URL of a server of our own, for as long as it is needed."""
    with tempfile.TemporaryDirectory(prefix="gongze-postgres-") as folder:
        password = _initialise(Path(folder))
        for attempt in itertools.count(1):
            port = _free_port()
            try:
                with _running(Path(folder), port):
                    yield f"postgresql://gongze:{password}@127.0.0.1:{port}/postgres"
                return
            except PortTakenError:
                if attempt == ATTEMPTS:
                    raise


class Server:
    """A PostgreSQL server of the test's own, which it stops as it likes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.password = _initialise(folder)
        self.port = _free_port()

    @property
    def url(self) -> str:
        return f"postgresql://gongze:{self.password}@127.0.0.1:{self.port}/postgres"

    def run(self) -> AbstractContextManager[None]:
        return _running(self.folder, self.port)

    def stop_at_once(self) -> None:
        """`pg_ctl stop -m immediate`: no checkpoint, no farewell; the next start recovers."""
        pid = int((self.folder / "data/postmaster.pid").read_text().split()[0])
        os.kill(pid, signal.SIGQUIT)


@contextmanager
def own_server() -> Iterator[Server]:
    """One that does not run yet, and its folder gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="gongze-postgres-") as folder:
        yield Server(Path(folder))


@pytest.fixture(scope="session")
def _new_database_name() -> Callable[[], str]:
    numbers = itertools.count(1)
    return lambda: f"test_{next(numbers)}"


@pytest.fixture
def postgres_database(postgres_url: str, _new_database_name: Callable[[], str]) -> Iterator[str]:
    """The URL of a fresh, empty database, dropped after the test."""
    name = _new_database_name()
    with psycopg.connect(postgres_url, autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield f"{postgres_url.rpartition('/')[0]}/{name}"
        # FORCE: the connections of a test that failed may still be open.
        server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _initialise(folder: Path) -> str:
    initdb = program("initdb")
    password = secrets.token_hex(16)  # other users of this machine reach the port too
    password_file = folder / "password"
    password_file.write_text(password, encoding="ascii")
    owner = _server_account()
    for path in (folder, password_file):
        os.chown(path, owner.pw_uid, owner.pw_gid)
    subprocess.run(
        [
            *_as_owner(),
            initdb,
            f"--pgdata={folder / 'data'}",
            "--username=gongze",
            f"--pwfile={password_file}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--no-sync",  # of these first files only: the server itself syncs as it does in earnest
        ],
        check=True,
        cwd=folder,
        stdout=subprocess.DEVNULL,
    )
    return password


@contextmanager
def _running(folder: Path, port: int) -> Iterator[None]:
    server = subprocess.Popen(
        [
            *_as_owner(),
            "--pdeathsig=INT",  # the signal of a fast shutdown
            program("postgres"),
            *("-D", str(folder / "data")),
            *("-c", "listen_addresses=127.0.0.1"),
            *("-c", f"port={port}"),
            *("-c", "unix_socket_directories="),
            *("-c", "lc_messages=C"),
        ],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,  # Ctrl-C is for pytest, which stops the server when its tests are through
    )
    assert server.stderr is not None
    said: list[str] = []
    # What it says later is read and let go, so that the pipe never fills and stops it.
    drain = threading.Thread(target=deque, args=(server.stderr, 0), daemon=True)
    with server:
        try:
            for line in server.stderr:
                said.append(line)
                if READY in line:
                    break
            else:
                told = "".join(said)
                if PORT_TAKEN in told:
                    raise PortTakenError(told)
                pytest.fail(f"PostgreSQL did not start:\n{told}", pytrace=False)
            drain.start()
            yield
        finally:
            server.send_signal(signal.SIGINT)
            server.wait()
            if drain.is_alive():
                drain.join()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def program(name: str) -> str:
    """The newest installed one; Debian keeps them apart by version and off the PATH."""
    versions = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[4]))
    found = str(versions[-1]) if versions else shutil.which(name)
    if found is None:
        pytest.fail(f"no {name}: `make test` installs PostgreSQL", pytrace=False)
    return found


def _server_account() -> pwd.struct_passwd:
    """Who runs the server: PostgreSQL refuses to run as root."""
    if os.getuid() != 0:
        return pwd.getpwuid(os.getuid())
    accounts = {account.pw_name: account for account in pwd.getpwall()}
    return accounts.get("postgres") or accounts["nobody"]


def _as_owner() -> list[str]:
    if os.getuid() != 0:
        return ["setpriv"]
    owner = _server_account()
    return ["setpriv", f"--reuid={owner.pw_uid}", f"--regid={owner.pw_gid}", "--clear-groups"]
