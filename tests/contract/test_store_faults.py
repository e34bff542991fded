"""Kills, cuts, locks and full disks: what was acknowledged is stored, what was refused is not, nothing is there twice."""

import random
import resource
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest
from eventsourcing.sqlite import SQLiteConnection
from sqlalchemy import text

from events import opening
from events.store import (
    Entry,
    OutcomeUnknown,
    Store,
    StoreBusy,
    StoreDamaged,
    StoreUnreachable,
    attentive,
    create_store,
    open_store,
    postgres,
    sqlite,
)
from projections.databases import Database
from tests.contract.test_store import sound, url
from tests.relay import Relay
from tests.store_writer import append, proposal

__all__ = ["url"]  # the fixture
KILLS = 15


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    with closing(create_store(url)) as made:
        yield made


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Locks are waited for as ever, only not as long."""
    monkeypatch.setattr(sqlite, "LOCK_SECONDS", 0.2)
    monkeypatch.setattr(postgres, "LOCK_SECONDS", 0.2)


def test_killed_writers_lose_nothing_that_was_acknowledged(url: str):
    create_store(url).close()
    when = random.Random(2026)
    acknowledged: list[tuple[int, str]] = []
    for kill in range(KILLS):
        writer = subprocess.Popen(
            [sys.executable, "-m", "tests.store_writer", url, f"writer {kill}"],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert writer.stdout is not None
        with writer, writer.stdout:
            said = [writer.stdout.readline() for _ in range(when.randint(1, 30))]
            writer.send_signal(signal.SIGKILL)  # in the midst of some later act: it never stops by itself
            said += writer.stdout.readlines()
        for line in said:
            index, _, name = line.removesuffix("\n").partition("\t")
            acknowledged.append((int(index), name))
        with closing(open_store(url)) as store:
            assert append(store, "case/shared", f"after kill {kill}").cti == f"after kill {kill}".encode()
    with closing(open_store(url)) as store:
        stored = {(e.index, e.cti.decode()) for e in sound(store)}
    assert len(acknowledged) > KILLS
    assert set(acknowledged) <= stored


def program(name: str) -> str:
    found = shutil.which(name)
    assert found is not None
    return found


@contextmanager
def locked(url: str) -> Iterator[None]:
    """Somebody else holds the database's write lock."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            yield
    else:
        with psycopg.connect(url) as other:
            other.execute("LOCK TABLE stored_events IN EXCLUSIVE MODE")
            yield


@pytest.mark.usefixtures("impatient")
def test_a_lock_not_had_in_time_is_busy_and_stores_nothing(url: str):
    with closing(create_store(url)) as store:
        p = proposal(store, "case/a", "act")
        with locked(url):
            with pytest.raises(StoreBusy):
                store.append(p)
            assert store.read() == []  # readers wait for nobody
        assert store.append(p)[1] is False
        assert len(sound(store)) == 1


# -- SQLite


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


@pytest.fixture
def embedded(file: Path) -> Iterator[Store]:
    with closing(create_store(f"sqlite:///{file}")) as made:
        append(made, "case/a", "first")
        yield made


@pytest.mark.usefixtures("impatient")
def test_a_turnstile_held_by_another_process_is_busy(file: Path):
    with closing(create_store(f"sqlite:///{file}")) as store:
        p = proposal(store, "case/a", "act")
        holder = subprocess.Popen(
            [program("flock"), f"{file}.lock", "sh", "-c", "echo held; read done"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        with holder:
            assert holder.stdout is not None
            assert holder.stdout.readline() == b"held\n"
            with pytest.raises(StoreBusy):
                store.append(p)
        assert store.append(p)[1] is False


def test_no_other_writer_gets_between_an_appends_look_and_its_insert(
    embedded: Store, file: Path, monkeypatch: pytest.MonkeyPatch
):
    """Followers of the log write to the same file and know nothing of our turnstile."""
    refused = []
    true = opening.leaf_hash

    def another_writes_meanwhile(leaf: bytes) -> bytes:
        with closing(sqlite3.connect(file, timeout=0)) as other:
            try:
                other.execute("CREATE TABLE p_follower (position)")
            except sqlite3.OperationalError as error:
                refused.append(error.sqlite_errorcode)
        return true(leaf)

    monkeypatch.setattr(opening, "leaf_hash", another_writes_meanwhile)
    assert append(embedded, "case/a", "second").index == 1
    assert refused == [sqlite3.SQLITE_BUSY]


def test_a_lock_file_that_cannot_be_had_is_a_definite_failure(embedded: Store, file: Path):
    lock = Path(f"{file}.lock")
    lock.unlink()
    lock.mkdir()
    with closing(open_store(f"sqlite:///{file}")) as again, pytest.raises(StoreUnreachable):
        append(again, "case/a", "second")
    assert len(sound(embedded)) == 1


def commit_answers(monkeypatch: pytest.MonkeyPatch, wrong: Callable[[Any], None], code: int) -> None:
    """The next COMMIT does what `wrong` does, then gives an error."""
    true = sqlite._Connection.commit

    def fails(connection: Any) -> None:
        monkeypatch.setattr(sqlite._Connection, "commit", true)
        wrong(connection)
        error = sqlite3.OperationalError("disk I/O error")
        error.sqlite_errorcode = code
        raise error

    monkeypatch.setattr(sqlite._Connection, "commit", fails)


def test_a_commit_that_took_in_spite_of_its_error_is_acknowledged(
    embedded: Store, monkeypatch: pytest.MonkeyPatch
):
    p = proposal(embedded, "case/a", "second")
    commit_answers(monkeypatch, SQLiteConnection.commit, sqlite3.SQLITE_IOERR)
    entry, repeated = embedded.append(p)
    assert (entry.index, entry.cti, repeated) == (1, b"second", False)
    assert embedded.append(p) == (entry, True)
    assert len(sound(embedded)) == 2


@pytest.mark.parametrize("code", [sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL])
def test_a_commit_that_did_not_take_is_a_definite_failure(
    embedded: Store, monkeypatch: pytest.MonkeyPatch, code: int
):
    p = proposal(embedded, "case/a", "second")
    commit_answers(monkeypatch, lambda connection: None, code)
    with pytest.raises(StoreUnreachable):
        embedded.append(p)
    assert len(sound(embedded)) == 1
    assert embedded.append(p)[0].index == 1  # and leaves no lock behind
    assert len(sound(embedded)) == 2


def test_what_was_called_absent_does_not_come_back_after_a_crash(
    embedded: Store, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """A failed fsync leaves the act's frames whole in the write-ahead log, only not in its index, which recovery builds
    anew. So the trial: commit, then put the index's header back."""
    p = proposal(embedded, "case/a", "second")
    index = Path(f"{file}-shm")

    def written_but_not_indexed(connection: Any) -> None:
        header = index.read_bytes()[:136]  # both copies of the index's header, and the checkpoint's
        SQLiteConnection.commit(connection)
        with index.open("r+b") as shared:
            shared.write(header)

    commit_answers(monkeypatch, written_but_not_indexed, sqlite3.SQLITE_IOERR_FSYNC)
    with pytest.raises(StoreUnreachable):
        embedded.append(p)
    crashed = tmp_path / "crashed.db"
    for suffix in ("", "-wal"):  # the index does not survive a crash
        shutil.copy(f"{file}{suffix}", f"{crashed}{suffix}")
    with closing(open_store(f"sqlite:///{crashed}")) as again:
        assert len(sound(again)) == 1


def test_where_nobody_can_look_the_outcome_is_unknown(embedded: Store, monkeypatch: pytest.MonkeyPatch):
    p = proposal(embedded, "case/a", "second")
    allowed = resource.getrlimit(resource.RLIMIT_NOFILE)

    def stored_then_blind(connection: Any) -> None:
        SQLiteConnection.commit(connection)
        resource.setrlimit(resource.RLIMIT_NOFILE, (3, allowed[1]))  # no file can be opened any more

    commit_answers(monkeypatch, stored_then_blind, sqlite3.SQLITE_IOERR)
    try:
        with pytest.raises(OutcomeUnknown):
            embedded.append(p)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, allowed)
    entry, repeated = embedded.append(p)
    assert (entry.index, repeated) == (1, True)
    assert len(sound(embedded)) == 2


def test_a_file_that_may_not_grow_loses_and_doubles_nothing(embedded: Store, file: Path):
    """Each round the limit is met at another point of the write-ahead log: in a header, a page, the last page."""
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    wal = Path(f"{file}-wal")
    refused = 0
    for number in range(40):
        p = proposal(embedded, "case/a", f"act {number}", statement=b"x" * 6000)
        resource.setrlimit(resource.RLIMIT_FSIZE, (wal.stat().st_size + 700 * number, hard))
        try:
            entry = embedded.append(p)
        except (StoreUnreachable, OutcomeUnknown):
            refused += 1
            entry = None
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
        again, repeated = embedded.append(p)
        assert again.index == number + 1
        assert entry is None or (entry[0], repeated) == (again, True)
    assert refused > 5
    assert len(sound(embedded)) == 41


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 512 KiB where one may mount it; else a folder, under a limit for files of that size."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        [program("mount"), "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(disk)], capture_output=True
    )
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    if mounted.returncode != 0:
        resource.setrlimit(resource.RLIMIT_FSIZE, (512 * 1024, hard))
    yield disk
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    if mounted.returncode == 0:
        subprocess.run([program("umount"), str(disk)], check=True)


def test_a_full_disk_refuses_and_keeps_what_it_has(small_disk: Path):
    with closing(create_store(f"sqlite:///{small_disk}/ledger.db")) as store:
        stored: list[Entry] = []

        def fill() -> None:
            while True:
                name = f"act {len(stored)}"
                stored.append(store.append(proposal(store, "case/a", name, statement=b"x" * 5000))[0])

        with pytest.raises((StoreUnreachable, OutcomeUnknown)):
            fill()
        assert len(stored) > 5
        assert [e for e in sound(store) if e.cti != f"act {len(stored)}".encode()] == stored


def test_an_unwritable_disk_is_a_definite_failure(small_disk: Path):
    with closing(create_store(f"sqlite:///{small_disk}/ledger.db")) as store:
        append(store, "case/a", "first")
    frozen = (
        subprocess.run(
            [program("mount"), "-o", "remount,ro", str(small_disk)], capture_output=True
        ).returncode
        == 0
    )
    if not frozen:
        (small_disk / "ledger.db").chmod(0o444)
        small_disk.chmod(0o555)
    try:
        with pytest.raises(StoreUnreachable):
            append(open_store(f"sqlite:///{small_disk}/ledger.db"), "case/a", "second")
        with pytest.raises(StoreUnreachable):
            create_store(f"sqlite:///{small_disk}/new/ledger.db")
    finally:
        if not frozen:
            small_disk.chmod(0o755)
    if frozen:
        subprocess.run([program("mount"), "-o", "remount,rw", str(small_disk)], check=True)


def test_a_file_that_vanished_is_not_made_anew(embedded: Store, file: Path):
    file.rename(f"{file}.away")
    writer = embedded._writer  # type: ignore[attr-defined]
    writer.close()  # as after an error: the next append connects again
    p = proposal(embedded, "case/a", "second")
    with pytest.raises(StoreUnreachable):
        embedded.append(p)
    Path(f"{file}.away").rename(file)
    assert embedded.append(p)[0].index == 1
    assert len(sound(embedded)) == 2


def test_a_file_that_is_no_database_is_damage(file: Path):
    file.write_bytes(b"not a database " * 1000)
    with pytest.raises(StoreDamaged):
        open_store(f"sqlite:///{file}")
    with pytest.raises(StoreDamaged):
        create_store(f"sqlite:///{file}")


def test_torn_pages_are_named_as_damage_wherever_they_lie(file: Path):
    with closing(create_store(f"sqlite:///{file}")) as store:
        for number in range(60):
            append(store, "case/a", f"act {number}", statement=b"x" * 3000)
    whole = file.read_bytes()
    where = random.Random(7)
    damaged = 0
    for _ in range(25):
        page = where.randrange(1, len(whole) // 4096) * 4096
        file.write_bytes(whole[:page] + where.randbytes(4096) + whole[page + 4096 :])
        with suppress(StoreDamaged), closing(open_store(f"sqlite:///{file}")) as store:
            damaged += store.check() != []
            for use in (
                store.read,
                store.head,
                lambda s=store: list(s.raw_rows()),
                lambda s=store: s.find("a", b"b"),
            ):
                with suppress(StoreDamaged):
                    use()
    assert damaged > 15


# -- PostgreSQL


class Cable:
    """Stands between a store and its server and passes everything on, until the append that it is told to cut.

    With `lose_answer` the server gets that append and its answer is lost; with `hold_call` the client is cut off while
    the append is still on its way, and `release` delivers it. With `withhold` it gets no answer, and nothing is cut. With `refuse` nobody is connected any more.
    """

    def __init__(self, url: str) -> None:
        server = psycopg.conninfo.conninfo_to_dict(url)
        self.server = (str(server["host"]), int(str(server["port"])))
        self.listener = socket.create_server(("127.0.0.1", 0))
        port = self.listener.getsockname()[1]
        self.url = url.replace(f":{self.server[1]}/", f":{port}/")
        self.lose_answer = self.hold_call = self.refuse = self.withhold = False
        self.cut_off: socket.socket | None = None
        self.answered = threading.Event()
        self.held: tuple[bytes, socket.socket] | None = None
        self.ends: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                if self.refuse:
                    client.close()
                    continue
                server = socket.create_connection(self.server)
                self.ends += [client, server]
                for way in (self._calls, self._answers):
                    threading.Thread(target=way, args=(client, server), daemon=True).start()

    def _calls(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while sent := client.recv(1 << 20):
                if b"statement " in sent and self.withhold:
                    self.withhold, self.cut_off = False, client
                if b"statement " not in sent or not (self.lose_answer or self.hold_call):
                    server.sendall(sent)
                    continue
                self.cut_off = client
                if self.hold_call:
                    self.held = (sent, server)
                else:
                    server.sendall(sent)
                    self.answered.wait()
                self.lose_answer = self.hold_call = False
                client.shutdown(socket.SHUT_RDWR)
                return
            server.shutdown(socket.SHUT_RDWR)

    def _answers(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while said := server.recv(1 << 20):
                if self.cut_off is client:
                    self.answered.set()
                else:
                    client.sendall(said)
            client.shutdown(socket.SHUT_RDWR)

    def release(self) -> None:
        """Deliver what was held back; returns when the server is done with that connection."""
        assert self.held is not None
        call, server = self.held
        with suppress(OSError):
            server.sendall(call)
            server.shutdown(socket.SHUT_WR)
            while server.recv(1 << 20):
                pass

    def close(self) -> None:
        self.listener.close()
        for end in self.ends:
            end.close()


@pytest.fixture
def cable(postgres_database: str) -> Iterator[Cable]:
    create_store(postgres_database).close()
    with closing(Cable(postgres_database)) as made:
        yield made


@pytest.fixture
def grown(cable: Cable) -> Iterator[Store]:
    with closing(open_store(cable.url)) as opened:
        append(opened, "case/a", "first")
        yield opened


@pytest.mark.postgres
def test_a_lost_answer_is_looked_up_and_stored_once(grown: Store, cable: Cable):
    p = proposal(grown, "case/a", "second")
    cable.lose_answer = True
    entry, repeated = grown.append(p)
    assert cable.cut_off is not None
    assert (entry.index, entry.cti, repeated) == (1, b"second", False)
    assert grown.append(p) == (entry, True)
    assert len(sound(grown)) == 2


@pytest.mark.postgres
def test_a_call_that_reaches_the_server_after_it_was_called_absent_is_not_carried_out(
    grown: Store, cable: Cable
):
    p = proposal(grown, "case/a", "second")
    cable.hold_call = True
    with pytest.raises(StoreUnreachable):
        grown.append(p)
    cable.release()
    assert len(sound(grown)) == 1
    assert grown.append(p)[1] is False
    assert len(sound(grown)) == 2


@pytest.mark.postgres
def test_a_server_that_cannot_be_asked_again_leaves_the_outcome_unknown(grown: Store, cable: Cable):
    p = proposal(grown, "case/a", "second")
    cable.lose_answer = cable.refuse = True
    with pytest.raises(OutcomeUnknown):
        grown.append(p)
    with pytest.raises(StoreUnreachable):  # before anything was sent: definite
        grown.append(p)
    cable.refuse = False
    assert grown.append(p)[1] is True
    assert len(sound(grown)) == 2


def waiting(watcher: psycopg.Connection[Any]) -> int:
    """The server process that waits for the table's lock, as soon as there is one."""
    until = time.monotonic() + 20
    while time.monotonic() < until:
        found = watcher.execute(
            "SELECT pid FROM pg_locks WHERE NOT granted AND relation = 'stored_events'::regclass"
        ).fetchone()
        if found is not None:
            return int(found[0])
    pytest.fail("nobody waits for the lock")


@pytest.mark.postgres
def test_connections_ended_by_the_server_are_definite_and_the_next_append_goes_on(
    postgres_database: str,
):
    with (
        closing(create_store(postgres_database)) as store,
        psycopg.connect(postgres_database, autocommit=True) as other,
    ):
        append(store, "case/a", "first")
        p = proposal(store, "case/a", "second")
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE pid <> pg_backend_pid() AND datname = current_database()"
        )
        with pytest.raises(StoreUnreachable):
            store.append(p)
        with pytest.raises(StoreUnreachable):
            store.head()
        assert store.append(p)[1] is False

        p = proposal(store, "case/a", "third")
        with ThreadPoolExecutor(1) as thread:
            with locked(postgres_database):
                appending: Future[Any] = thread.submit(store.append, p)
                other.execute("SELECT pg_terminate_backend(%s)", (waiting(other),))
                waiting(other)  # now the one who looks up what became of it
            with pytest.raises(StoreUnreachable):
                appending.result()
        assert len(sound(store)) == 2
        assert store.append(p)[1] is False
        assert len(sound(store)) == 3


@pytest.mark.postgres
@pytest.mark.usefixtures("impatient")
def test_where_the_lock_cannot_be_had_to_look_the_outcome_is_unknown(
    postgres_database: str, monkeypatch: Any
):
    with (
        closing(create_store(postgres_database)) as store,
        psycopg.connect(postgres_database, autocommit=True) as other,
    ):
        p = proposal(store, "case/a", "first")
        monkeypatch.setattr(postgres, "LOCK_SECONDS", 5.0)  # of the append, which is to be cut before that
        with ThreadPoolExecutor(1) as thread, locked(postgres_database):
            appending: Future[Any] = thread.submit(store.append, p)
            pid = waiting(other)
            monkeypatch.setattr(postgres, "LOCK_SECONDS", 0.2)
            other.execute("SELECT pg_terminate_backend(%s)", (pid,))
            with pytest.raises(OutcomeUnknown):
                appending.result()
        assert store.append(p)[1] is False


@pytest.mark.postgres
def test_a_refusal_of_the_database_itself_is_definite(postgres_database: str):
    with (
        closing(create_store(postgres_database)) as store,
        psycopg.connect(postgres_database, autocommit=True) as other,
    ):
        other.execute(
            "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE disk_full USING MESSAGE = 'no space'; END $$"
        )
        other.execute(
            "CREATE CONSTRAINT TRIGGER full_disk AFTER INSERT ON ledger_log DEFERRABLE INITIALLY DEFERRED "
            "FOR EACH ROW EXECUTE FUNCTION full_disk()"  # deferred: it strikes at COMMIT
        )
        p = proposal(store, "case/a", "act")
        with pytest.raises(StoreUnreachable, match="no space"):
            store.append(p)
        with pytest.raises(StoreUnreachable):
            store.append(proposal(store, "case/\x00", "act"))  # no text of this database
        other.execute("DROP FUNCTION full_disk CASCADE")
        assert store.append(p)[1] is False
        assert len(sound(store)) == 1


@pytest.mark.postgres
def test_a_server_that_is_not_there_is_a_definite_failure(postgres_database: str):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    before, _, name = postgres_database.rpartition("/")
    for nowhere in (
        f"postgresql://gongze@127.0.0.1:{port}/x",
        f"{before}/no_such_database",
        f"{before}:x/{name}",
    ):
        for begin in (open_store, create_store):
            with pytest.raises(StoreUnreachable):
                begin(nowhere)


@pytest.fixture
def relayed(postgres_database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Relay, str]]:
    """A way to the server that may fall silent, which is noticed sooner than else."""
    monkeypatch.setattr(attentive, "SILENT_SECONDS", 0.3)
    monkeypatch.setattr(attentive, "GRACE_SECONDS", 0.3)
    monkeypatch.setattr(attentive, "CONNECT_SECONDS", 2)
    server = psycopg.conninfo.conninfo_to_dict(postgres_database)
    with closing(Relay()) as relay:
        relay.target = int(str(server["port"]))
        yield relay, postgres_database.replace(f":{relay.target}/", f":{relay.port}/")


@pytest.mark.postgres
@pytest.mark.parametrize("number", [1, 3], ids=["by itself", "in a group"])
def test_a_server_that_falls_silent_is_told_of_and_its_late_words_change_nothing(
    relayed: tuple[Relay, str], number: int, caplog: pytest.LogCaptureFixture
):
    relay, url = relayed
    with closing(create_store(url)) as store:
        append(store, "case/a", "first")
        ps = [proposal(store, f"case/{n}", f"act {n}") for n in range(number)]
        with relay.silent():
            for _ in range(2):  # on the connection that there was, and on a new one
                with pytest.raises(StoreUnreachable, match=attentive.NO_ANSWER):
                    store.head()
            with pytest.raises(OutcomeUnknown):
                store.append_all(ps)
        answers = store.append_all(ps)  # what was on its way may have arrived by now, or comes later
        assert [isinstance(one, tuple) and one[0].index for one in answers] == list(range(1, number + 1))
        assert len(sound(store)) == number + 1
    assert caplog.records == []


@pytest.mark.postgres
def test_an_answer_that_never_arrives_is_looked_up(
    relayed: tuple[Relay, str], cable: Cable, monkeypatch: Any
):
    """The server answers others, and has answered us: only we have not heard it."""
    with closing(open_store(cable.url)) as store:
        append(store, "case/a", "first")
        p = proposal(store, "case/a", "second")
        monkeypatch.setattr(cable, "withhold", True)
        entry, repeated = store.append(p)
        assert (entry.index, repeated) == (1, False)
        assert len(sound(store)) == 2


@pytest.mark.postgres
def test_a_server_at_work_is_waited_for(relayed: tuple[Relay, str]):
    _, url = relayed
    with closing(attentive.connect(url, autocommit=True)) as connection:
        assert connection.execute("SELECT 7 FROM pg_sleep(1.5)").fetchone() == (7,)


@pytest.mark.postgres
def test_tables_whose_server_falls_silent_are_out_of_reach(relayed: tuple[Relay, str]):
    relay, url = relayed
    with closing(Database(url)) as database:
        for query in (text("SELECT 1"), text("SELECT 2")):
            with database.reading() as connection:
                assert connection.execute(query).scalar() is not None
            with (
                relay.silent(),
                pytest.raises(StoreUnreachable, match="没有应答"),
                database.reading() as connection,
            ):
                connection.execute(query)
