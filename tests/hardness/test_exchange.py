"""Publisher, consumer, broker and the database's connections are killed at random while acts come and go: each act is told
once to each who may see it, in the order of its case, and each message is stored once or refused once."""

import random
import subprocess
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

SECONDS = 600

pytestmark = pytest.mark.filterwarnings(SOCKETS)


class Trial:
    """One exchange with both of its processes, and who may be killed next."""

    def __init__(self, exchange: Exchange, broker: Broker, server: str, chance: random.Random) -> None:
        self.exchange = exchange
        self.broker = broker
        self.server = server
        self.chance = chance
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
            with psycopg.connect(self.server, autocommit=True) as server:
                server.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()",
                    (self.exchange.settings.database_url.rpartition("/")[2],),
                )
        else:
            self.processes[what].kill()
            self.processes[what].wait()

    def has(self, number: int) -> bool:
        """Whether so many acts are stored; whoever has stopped is started again, as a supervisor would."""
        self.start_all()
        return len(self.stored()) >= number

    def stored(self) -> list[bytes]:
        with psycopg.connect(self.exchange.settings.database_url) as database:
            rows = database.execute("SELECT state FROM stored_events").fetchall()
        return [bytes(state) for (state,) in rows]


def test_kills_at_random_lose_double_and_reorder_nothing(
    tmp_path, broker, postgres_url, postgres_database, nightly, seed
):
    kills, acts = (100, 10_000) if nightly else (6, 180)
    chance = random.Random(seed)
    exchange = Exchange.at(tmp_path, broker, real_command, postgres_database)
    raws = sent_by(exchange, acts)
    messages = [(NR, b"poison %d" % n if n % 9 == 4 else raw) for n, raw in enumerate(raws)]
    good = {value for _, value in messages if not value.startswith(b"poison")}
    poison = sorted(value for _, value in messages if value.startswith(b"poison"))
    trial = Trial(exchange, broker, postgres_url, chance)
    victims = ["publish", "consume", "publish", "consume", "connections", "broker"]
    share = len(messages) // kills
    try:
        for number in range(kills):
            exchange.send(messages[number * share : (number + 1) * share])
            trial.start_all()
            wanted = len(trial.stored()) + chance.choice((0, 0, 1, share // 2))
            until(partial(trial.has, min(wanted, len(good))), SECONDS)
            trial.kill(victims[number] if number < len(victims) else chance.choice(victims))
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
