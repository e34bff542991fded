"""Full disks, servers that stop at once, connections that are cut: the ledger says what became of each act."""

import random
import resource
import shutil
import socket
import subprocess
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from events.store import OutcomeUnknown, StoreBusy, StoreError, StoreUnreachable
from gongze.ledger import Ledger
from tests.hardness.acts import AGENCY, START, Act, PostgresPlace, SQLitePlace, check, filing, notice, opened
from tests.postgres import Server, own_server

KEY = f"{AGENCY}/1"
MEGABYTE = 2**20


def program(name: str) -> str:
    found = shutil.which(name)
    assert found is not None
    return found


@dataclass
class Sender:
    """Sends notices into one case and keeps the book: what was acknowledged, what was said not to be stored."""

    url: str
    acknowledged: dict[bytes, int] = field(default_factory=dict)
    refused: list[Act] = field(default_factory=list)
    unknown: list[Act] = field(default_factory=list)
    met: Counter[str] = field(default_factory=Counter)
    made: int = 0

    def file(self) -> None:
        with opened(self.url) as ledger:
            ledger.intake.submit(filing(0, KEY, "filing").raw, now_ms=START)

    def send(self, ledger: Ledger) -> bool:
        """Whether it was acknowledged. Anything but a documented error comes out as it is."""
        self.made += 1
        act = notice(0, f"停{self.made}", KEY, f"notice {self.made}")
        try:
            self.acknowledged[act.cti] = ledger.intake.submit(act.raw, now_ms=START).entry.index
            self.met["stored"] += 1
            return True
        except (StoreBusy, StoreUnreachable) as error:
            self.refused.append(act)
            self.met[type(error).__name__] += 1
        except OutcomeUnknown:
            self.unknown.append(act)
            self.met["OutcomeUnknown"] += 1
        return False

    def agree(self) -> None:
        """What was acknowledged is there, what was refused is not, and all goes through when sent again."""
        stored = check(self.url)
        assert {cti: stored.get((AGENCY, cti)) for cti in self.acknowledged} == self.acknowledged
        assert not any((AGENCY, act.cti) in stored for act in self.refused)
        there = sum((AGENCY, act.cti) in stored for act in self.unknown)
        with opened(self.url) as ledger:
            before = ledger.store.head().size
            for act in (*self.refused, *self.unknown):
                ledger.intake.submit(act.raw, now_ms=START)
            missing = len(self.refused) + len(self.unknown) - there
            assert ledger.store.head().size == before + missing


# -- a small volume


@pytest.fixture
def volume(tmp_path: Path) -> Iterator[Path]:
    """A volume of 20 MB where one may mount it; else a folder, under a limit for files of that size."""
    folder = tmp_path / "volume"
    folder.mkdir()
    mount = [program("mount"), "-t", "tmpfs", "-o", "size=20m", "tmpfs", str(folder)]
    mounted = subprocess.run(mount, capture_output=True).returncode == 0
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    if not mounted:
        resource.setrlimit(resource.RLIMIT_FSIZE, (20 * MEGABYTE, hard))
    yield folder
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    if mounted:
        subprocess.run([program("umount"), str(folder)], check=True)


def test_a_volume_that_is_full_refuses_and_goes_on_when_there_is_room(
    volume: Path, sqlite_place: SQLitePlace, seed: int, nightly: bool
):
    """Each time the volume is filled by somebody else up to a few bytes, wherever the ledger then meets the end."""
    chance = random.Random(seed)
    url = f"sqlite:///{volume}/ledger.db"
    sqlite_place.restore(sqlite_place.template, url)
    sender = Sender(url)
    sender.file()
    filler = volume / "filler"
    for _ in range(60 if nightly else 6):
        free = shutil.disk_usage(volume).free
        filler.write_bytes(bytes(max(0, free - chance.randrange(0, 200_000, 4096))))
        with suppress(StoreError), opened(url) as ledger:
            for _ in range(100):
                if not sender.send(ledger):
                    break
                ledger.catch_up()
        filler.unlink()
        with opened(url) as ledger:
            assert sender.send(ledger)
            ledger.catch_up()
    assert sender.met["stored"] > 6
    sender.agree()
    assert sender.refused
    sqlite_place.drop(url)


# -- a server that stops at once


@pytest.fixture
def server() -> Iterator[Server]:
    with own_server() as made:
        yield made


@pytest.mark.postgres
def test_a_server_stopped_at_once_has_what_it_acknowledged(server: Server, seed: int, nightly: bool):
    chance = random.Random(seed)
    with server.run():
        PostgresPlace(server.url)
        sender = Sender(server.url)
        sender.file()
    for _ in range(200 if nightly else 3):
        with server.run(), opened(server.url) as ledger:
            for _ in range(chance.randint(1, 8)):
                assert sender.send(ledger)
            stopper = threading.Timer(chance.random() / 50, server.stop_at_once)
            stopper.start()
            while sender.send(ledger):
                pass
            stopper.join()
            with suppress(StoreError):
                ledger.catch_up()
    with server.run():
        sender.agree()


# -- connections that are cut


Way = Callable[[socket.socket, socket.socket], None]


class Line:
    """Between a ledger and its server: passes everything on, and cuts all connections around the `at`th call.

    `before` it reaches the server, `in` it (the server has it and its answer is lost), or `after` it was answered.
    """

    def __init__(self, url: str) -> None:
        address, _, name = url.rpartition("@")[2].partition("/")
        host, _, port = address.partition(":")
        self.server = (host, int(port))
        self.listener = socket.create_server(("127.0.0.1", 0))
        here = self.listener.getsockname()[1]
        self.url = f"{url.rpartition('@')[0]}@127.0.0.1:{here}/{name}"
        self.lock = threading.Lock()
        self.at, self.when = 0, ""
        self.answer_lost_on: socket.socket | None = None
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self, at: int, when: str) -> None:
        with self.lock:
            self.at, self.when, self.answer_lost_on = at, when, None

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                threading.Thread(target=self._connect, args=(client,), daemon=True).start()

    def _connect(self, client: socket.socket) -> None:
        with client, socket.create_connection(self.server) as server:
            back = threading.Thread(target=self._pass, args=(self._answers, client, server))
            back.start()
            self._pass(self._calls, client, server)
            back.join()

    def _pass(self, way: Way, client: socket.socket, server: socket.socket) -> None:
        """One way, until either end is gone or it is cut; then the other way ends too."""
        with suppress(OSError):
            way(client, server)
        for end in (client, server):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _calls(self, client: socket.socket, server: socket.socket) -> None:
        while sent := client.recv(1 << 20):
            with self.lock:
                self.at -= 1
                now = self.when if self.at == 0 else ""
                if now in ("in", "after"):
                    self.answer_lost_on = client
            if now == "before":
                return
            server.sendall(sent)

    def _answers(self, client: socket.socket, server: socket.socket) -> None:
        while said := server.recv(1 << 20):
            with self.lock:
                cut, when = self.answer_lost_on is client, self.when
            if cut and when == "in":
                return
            client.sendall(said)
            if cut:
                return

    def close(self) -> None:
        self.listener.close()


@pytest.mark.postgres
def test_connections_cut_before_in_and_after_the_commit_lose_and_double_nothing(
    postgres_database: str, seed: int, nightly: bool
):
    PostgresPlace(postgres_database)
    sender = Sender(postgres_database)
    sender.file()
    chance = random.Random(seed)
    cuts = [(at, when) for at in range(1, 9) for when in ("before", "in", "after")]
    if nightly:
        cuts = [chance.choice(cuts) for _ in range(200)]
    with closing(Line(postgres_database)) as line:
        direct, sender.url = sender.url, line.url
        for at, when in cuts:
            with opened(line.url) as ledger:
                assert sender.send(
                    ledger
                )  # everything is read and connected: what follows is one act's calls alone
                line.cut(at, when)
                sender.send(ledger)
                line.cut(0, "")
                assert any(
                    sender.send(ledger) for _ in range(3)
                )  # a dead connection is met once, reading or writing
        sender.url = direct
    assert sender.met["stored"] > 2 * len(cuts)  # some were stored though their answer was lost
    assert sender.refused
    sender.agree()
