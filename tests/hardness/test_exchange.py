"""Publisher, consumer, broker, database and its connections are killed at random while acts come and go: each act is told
once to each who may see it, in the order of its case, and each message is stored once or refused once."""

import random
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing
from functools import partial

import psycopg
import pytest

from tests.brokers import SOCKETS, Broker
from tests.end_to_end.conftest import real_command
from tests.exchange import (
    COURT,
    DEAD_LETTERS,
    FOUNDING,
    NR,
    PROCURATORATE,
    STORY,
    Exchange,
    in_order,
    read,
    sent_by,
    until,
)
from tests.postgres import Server, own_server

SECONDS = 600

pytestmark = pytest.mark.filterwarnings(SOCKETS)


class Trial:
    """One exchange with both of its processes, and who may be killed next."""

    def __init__(self, exchange: Exchange, broker: Broker, database: "Database") -> None:
        self.exchange = exchange
        self.broker = broker
        self.database = database
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def start_all(self) -> None:
        for name in ("publish", "consume"):
            process = self.processes.get(name)
            if process is None or process.poll() is not None:
                self.processes[name] = self.exchange.start(name)

    def kill(self, what: str) -> None:
        if what == "broker":
            self.broker.kill()
            self.broker.start()
        elif what == "connections":
            with psycopg.connect(self.database.url, autocommit=True) as server:
                server.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
        elif what == "database":
            self.database.restart()
        else:
            self.processes[what].kill()
            self.processes[what].wait()

    def has(self, number: int) -> bool:
        """Whether so many acts are stored; whoever has stopped is started again, as a supervisor would."""
        self.start_all()
        return self.size() >= number

    def size(self) -> int:
        with psycopg.connect(self.database.url) as database:
            found = database.execute("SELECT count(*) FROM stored_events").fetchone()
        assert found is not None
        return int(found[0])

    def stored(self) -> list[bytes]:
        with psycopg.connect(self.database.url) as database:
            rows = database.execute("SELECT state FROM stored_events").fetchall()
        return [bytes(state) for (state,) in rows]


class Database:
    """A server of the test's own, which it stops as a power cut would."""

    def __init__(self, server: Server) -> None:
        self.url = server.url
        self._server = server
        self._running = ExitStack()
        self._running.enter_context(server.run())

    def restart(self) -> None:
        self._server.stop_at_once()
        self.close()
        self._running.enter_context(self._server.run())

    def close(self) -> None:
        self._running.close()


@pytest.fixture
def database() -> Iterator[Database]:
    with own_server() as server, closing(Database(server)) as made:
        yield made


def test_kills_at_random_lose_double_and_reorder_nothing(tmp_path, broker, database, nightly, seed):
    kills, acts = (120, 10_000) if nightly else (7, 180)
    chance = random.Random(seed)
    exchange = Exchange.at(tmp_path, broker, real_command, database.url)
    raws = sent_by(exchange, acts)
    messages = [(NR, b"poison %d" % n if n % 9 == 4 else raw) for n, raw in enumerate(raws)]
    good = {value for _, value in messages if not value.startswith(b"poison")}
    poison = sorted(value for _, value in messages if value.startswith(b"poison"))
    trial = Trial(exchange, broker, database)
    victims = ["publish", "consume", "publish", "consume", "connections", "database", "broker"]
    share = len(messages) // kills
    killed: Counter[str] = Counter()
    try:
        for number in range(kills):
            exchange.send(messages[number * share : (number + 1) * share])
            trial.start_all()
            wanted = trial.size() + chance.choice((0, 0, 1, share // 2))
            until(partial(trial.has, min(wanted, len(good))), SECONDS)
            victim = victims[number] if number < len(victims) else chance.choice(victims)
            trial.kill(victim)
            killed[victim] += 1
        exchange.send(messages[kills * share :])
        trial.start_all()
        until(partial(trial.has, FOUNDING + STORY + len(good)), SECONDS)
    finally:
        exchange.end()
    said = [exchange.said(process) for process in exchange.running]
    assert not [text for text in said if "Traceback" in text or "意外错误" in text]
    exchange.desk.run("consume", "--once")
    exchange.desk.run("publish", "--once")
    stored = trial.stored()
    assert len(stored) == len(set(stored)) == FOUNDING + STORY + len(good)
    assert sorted(m.value for m in read(broker, DEAD_LETTERS)) == poison
    told = [m for m in exchange.read(NR) if "index" in m.headers]
    in_order(told)
    assert {m.value for m in told} == set(stored)
    for agency in (COURT, PROCURATORATE):
        told = exchange.read(agency)
        in_order(told)
        assert len(told) == FOUNDING + STORY
    assert len(poison) == sum("index" not in m.headers for m in exchange.read(NR))
    print(f"{len(stored)} acts, {len(poison)} refused, {dict(killed)}")  # noqa: T201 - the nightly run's figures
