"""How long others wait: from an inbox to the board, and for whoever takes over.

On PostgreSQL, with the commands as processes of their own; broker and database take their part of the same cores.
"""

import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing, contextmanager
from multiprocessing import get_context
from pathlib import Path

from kafka import KafkaProducer

from connectors.broker import Access
from connectors.kafka_out import position_of
from scheduler import tables
from scheduler.leader import Leadership
from scheduler.running import work_database
from tests import postgres
from tests.brokers import Broker, running
from tests.end_to_end.conftest import real_command
from tests.exchange import DEAD_LETTERS, NR, Exchange, read, sent_by, until

RATE, SECONDS, TICK = 200, 15, 0.05
BOARD_GOAL, TAKE_OVER_GOAL = 1.0, 10.0
PACE = 0.02
"""Seconds between two looks at the board."""


def run() -> None:
    with tempfile.TemporaryDirectory() as folder, postgres.server() as url, running() as broker:
        exchange = Exchange.at(Path(folder), broker, real_command, url)
        try:
            _inbox_to_board(exchange)
            _publisher(exchange, broker)
        finally:
            exchange.end()
        _office(url)


def told(what: str, seconds: float, goal: float) -> None:
    reached = "" if seconds < goal else "   NOT REACHED"
    print(
        f"{what:42s}{seconds:8.2f} s   (goal < {goal:g} s){reached}   load {os.getloadavg()[0]:.1f}",
        flush=True,
    )


def _inbox_to_board(exchange: Exchange) -> None:
    """Each act from the moment that it is sent to the moment that the board, asked again and again, knows of it."""
    raws = sent_by(exchange, RATE * SECONDS)
    exchange.desk.settings["GONGZE_INBOX_RATE"] = "0"
    exchange.start("consume")
    shown: dict[bytes, float] = {}
    with exchange.open() as ledger, ProcessPoolExecutor(1, get_context("spawn")) as agency:
        ledger.catch_up()
        last = ledger.store.head().size - 1
        exchange.send([(NR, b"no statement")])
        until(lambda: bool(read(exchange.broker, DEAD_LETTERS)))  # the consumer has begun
        sending = agency.submit(_send, exchange.broker.bootstrap, raws)
        end = time.monotonic() + 10 * SECONDS
        while len(shown) < len(raws) and time.monotonic() < end:
            page = ledger.store.read(after=last)
            ledger.catch_up()
            now = time.monotonic()
            shown |= {entry.statement: now for entry in page}
            last = page[-1].index if page else last
            time.sleep(PACE)
        sent = sending.result()
    delays = [shown[raw] - at for raw, at in zip(raws, sent, strict=True) if raw in shown]
    print(
        f"inbox to board, {RATE} acts/s{'':17s}{len(delays):8d} acts, median {statistics.median(delays):.2f} s"
    )
    assert len(shown) == len(raws), f"{len(raws) - len(shown)} acts were never shown"
    told("  p99", statistics.quantiles(delays, n=100)[98], BOARD_GOAL)


def _send(bootstrap: str, raws: list[bytes]) -> list[float]:
    """At that rate, a twentieth of a second's at once; when each was sent, by the clock of all processes."""
    sent: list[float] = []
    producer = KafkaProducer(bootstrap_servers=bootstrap)
    began, share = time.monotonic(), round(RATE * TICK)
    for number in range(0, len(raws), share):
        time.sleep(max(0.0, began + number / RATE - time.monotonic()))
        for raw in raws[number : number + share]:
            sent.append(time.monotonic())
            producer.send(f"gongze.inbox.{NR}", raw)
    producer.flush(30)
    producer.close()
    return sent


def _publisher(exchange: Exchange, broker: Broker) -> None:
    """From the kill of one to the first act that the next, started at once, has published."""
    access, waits = Access(broker.bootstrap), []
    with exchange.open() as ledger:
        genesis = ledger.registry().genesis
    assert genesis is not None
    exchange.made = RATE * SECONDS

    def published() -> bool:
        found = position_of(access, genesis.name)
        with exchange.open() as ledger:
            return found is not None and found.next == ledger.store.head().size

    process = exchange.start("publish")
    until(published, 120)
    for _ in range(3):
        process.kill()
        process.wait()
        exchange.cases(1)
        began = time.monotonic()
        process = exchange.start("publish")
        until(published, 120)
        waits.append(time.monotonic() - began)
    told("a killed publisher's place is taken in", statistics.median(waits), TAKE_OVER_GOAL)


def _office(url: str) -> None:
    """From the moment that the leader is killed, or stopped with its connections open, to the next one's term."""
    with closing(work_database(url)) as database:
        tables.make(database)
        for what, number in (("killed", signal.SIGKILL), ("silent", signal.SIGSTOP)):
            waits = []
            for _ in range(3):
                mine = Leadership(url, database, "measured")
                with _leading(url, "measured") as leader:
                    assert mine.take() is None
                    leader.send_signal(number)
                    began = time.monotonic()
                    until(lambda mine=mine: mine.take() is not None, 60)  # type: ignore[misc]
                    waits.append(time.monotonic() - began)
                mine.leave()
            told(f"a {what} leader's office is taken in", statistics.median(waits), TAKE_OVER_GOAL)


@contextmanager
def _leading(url: str, name: str) -> Iterator["subprocess.Popen[str]"]:
    with subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-m", "tests.leading", url, name], stdout=subprocess.PIPE, text=True
    ) as process:  # fmt: skip
        try:
            assert process.stdout is not None
            assert process.stdout.readline().startswith("leads")
            yield process
        finally:
            process.kill()
