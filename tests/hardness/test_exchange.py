"""Publisher, consumer, broker, database and its connections are killed at random while acts come and go: each act is told
once to each who may see it, in the order of its case, and each message is stored once or refused once."""

import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing
from functools import partial

import psycopg
import pytest

from connectors.broker import Access
from connectors.kafka_out import position_of
from tests.brokers import SOCKETS, Broker, running
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
from tests.relay import Relay

SECONDS = 600

pytestmark = pytest.mark.filterwarnings(SOCKETS)


# --- killed at random -------------------------------------------------------------------------------------------


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
    kills, acts = (120, 11_300) if nightly else (7, 180)
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


# --- cut off from the broker ------------------------------------------------------------------------------------


@pytest.fixture
def relay() -> Iterator[Relay]:
    with closing(Relay()) as made:
        yield made


@pytest.fixture
def relayed(relay: Relay) -> Iterator[Broker]:
    with running(relay=relay.port) as made:
        relay.target = made.relayed
        yield made


@pytest.mark.parametrize("way", ["silent", "cut"])
def test_a_broker_out_of_reach_under_load_loses_nothing_and_all_that_waited_comes_through(
    tmp_path, relay, relayed, way, nightly
):
    """`silent`: no byte passes while connections stand, as behind a dead switch; what was under way arrives late."""
    seconds, waits = (60, 600) if nightly else (6, 90)
    exchange = Exchange.at(tmp_path, relayed, real_command)
    raws = sent_by(exchange, waits)
    exchange.made = len(raws)
    inbox = [(NR, b"poison %d" % n if n % 9 == 4 else raw) for n, raw in enumerate(raws)]
    exchange.desk.settings["GONGZE_KAFKA_BOOTSTRAP"] = f"127.0.0.1:{relay.port}"
    direct = Access(relayed.bootstrap)

    def published() -> bool:
        with exchange.open() as ledger:
            genesis = ledger.registry().genesis
            assert genesis is not None
            found = position_of(direct, genesis.name)
            return found is not None and found.next == ledger.store.head().size

    try:
        processes = [exchange.start(name) for name in ("publish", "consume")]
        until(published)
        sent = 0
        with getattr(relay, way)():
            end = time.monotonic() + seconds
            while time.monotonic() < end:
                exchange.cases(1)
                exchange.send(inbox[sent : sent + 2])
                sent += 2
        began = time.monotonic()
        exchange.send(inbox[sent:])
        good = {value for _, value in inbox if not value.startswith(b"poison")}
        wanted = FOUNDING + STORY + len(good) + 2 * (exchange.made - len(raws))
        until(lambda: exchange.desk.size == wanted, SECONDS)
        until(published, SECONDS)
        print(f"{way}: {wanted} acts, all out {time.monotonic() - began:.1f} s after {seconds} s")  # noqa: T201
        assert [process.poll() for process in processes] == [None, None]
        for process in processes:
            process.send_signal(signal.SIGTERM)
        assert [process.wait(60) for process in processes] == [0, 0]
    finally:
        exchange.end()
    said = [exchange.said(process) for process in exchange.running]
    assert not [text for text in said if "Traceback" in text or "意外错误" in text]
    with exchange.open() as ledger:
        stored = [entry.statement for entry in ledger.entries()]
    assert len(stored) == len(set(stored)) == wanted
    assert good <= set(stored)
    poison = sorted(value for _, value in inbox if value.startswith(b"poison"))
    assert sorted(m.value for m in read(relayed, DEAD_LETTERS)) == poison
    told = [m for m in exchange.read(NR) if "index" in m.headers]
    in_order(told)
    assert {m.value for m in told} == set(stored)
