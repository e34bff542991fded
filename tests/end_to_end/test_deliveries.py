"""gongze deliveries against a real broker: sent, delivered, fetched and acknowledged are four facts."""

import itertools
import sqlite3
from contextlib import closing

import pytest
from kafka import KafkaConsumer

from connectors.broker import Access
from connectors.deliveries import Deliveries
from tests.brokers import SOCKETS
from tests.end_to_end.conftest import line
from tests.exchange import NR, PROCURATORATE, TOPICS, Exchange, until

pytestmark = pytest.mark.filterwarnings(SOCKETS)


@pytest.fixture
def exchange(tmp_path, broker, entered):
    return Exchange.at(tmp_path, broker, entered)


def rows(exchange, *more):
    return {(r["what"], r["to"]): r for r in exchange.desk.ask("deliveries", *more)["deliveries"]}


def signing_off(exchange, act, *more):
    """The line of the board that waits for the 签收 of a copy."""
    duties = exchange.desk.ask("duties", "--as-of", LATER, "--duty", "acknowledge_copy", *more)["duties"]
    (found,) = [d for d in duties if d["opened_by"] == act]
    return found


LATER = "2099-12-31"
"""A day after the broker's own clock, whatever the ledger's is set to."""
COPY = ("ApplicationCopied", PROCURATORATE)


def test_a_copy_is_sent_then_delivered_then_fetched_and_acknowledged_by_signature_alone(exchange):
    exchange.extend([
        line("RulingReceived", NR, "2026-02-26", {"ruling_no": "裁81"}),
        line("RulingCopied", NR, "2026-02-27", {"ruling_no": "裁81"}),
    ])  # fmt: skip
    ruling = ("RulingCopied", PROCURATORATE)
    found = rows(exchange)[ruling]
    assert (found["sent_on"], found["delivered"], found["fetched"]) == ("2026-02-27", None, None)
    assert signing_off(exchange, found["act"])["delivery"] is None
    exchange.desk.run("publish", "--once")
    found = rows(exchange)[ruling]
    there = next(m for m in exchange.read(PROCURATORATE) if m.type == "gongze.RulingCopied")
    assert {**found["delivered"], "at": None} == {
        "topic": TOPICS[PROCURATORATE], "partition": 0, "offset": there.offset, "at": None
    }  # fmt: skip
    assert found["fetched"] is None
    waits = signing_off(exchange, found["act"])
    assert waits["delivery"] == {**found["delivered"], "fetched": None}
    assert "送达" in exchange.desk.run("explain", waits["id"], "--as-of", LATER).out
    consumer = KafkaConsumer(
        TOPICS[PROCURATORATE], bootstrap_servers=exchange.broker.bootstrap, group_id=f"{PROCURATORATE}/desk",
        auto_offset_reset="earliest", enable_auto_commit=False,
    )  # fmt: skip
    until(lambda: bool(consumer.poll(timeout_ms=500)))
    consumer.commit()
    consumer.close()
    found = rows(exchange)[ruling]
    assert (found["fetched"], found["acknowledged_on"]) == (True, None)
    on_board = signing_off(exchange, found["act"])
    assert (on_board["delivery"]["fetched"], on_board["state"]) == (True, "open")  # read is not signed for
    assert signing_off(exchange, found["act"], "--viewer", PROCURATORATE)["delivery"] == on_board["delivery"]
    assert signing_off(exchange, found["act"], "--known-at", "2030-01-01")["delivery"] is None
    told = exchange.desk.ask("explain", on_board["id"], "--as-of", found["sent_on"])["instance"]
    assert told["delivery"] is None  # it did not lie there on that day
    # the copy of the application was acknowledged in the small ledger's own story
    assert (rows(exchange)[COPY]["acknowledged_on"], rows(exchange)[COPY]["acknowledged_by"]) == (
        "2026-03-02", PROCURATORATE,
    )  # fmt: skip
    assert COPY not in rows(exchange, "--pending")
    assert ruling in rows(exchange, "--pending")
    differences = exchange.desk.ask("reconcile", "--as-of", "2026-03-10", code=1)["differences"]
    assert ("not_acknowledged", found["act"]) in {(d["kind"], d["act"]) for d in differences}


def minutes(exchange):
    """The job as it runs minute by minute."""
    clock = itertools.count(1)

    def run(code=0):
        now = f"2026-03-20T08:{next(clock):02}:00+08:00"
        return exchange.desk.run("schedule", "--once", "deliveries", code=code, GONGZE_NOW=now).out

    return run


def test_the_scheduler_reads_back_what_the_board_shows_and_says_when_it_cannot(exchange, broker):
    run = minutes(exchange)
    exchange.desk.run("publish", "--once")
    assert "又有" in run()
    broker.stop()
    assert "没有程序在这个地址应答" in run(code=1)
    (last,) = exchange.desk.ask("jobs", "--job", "deliveries", "--limit", "1", code=1)["runs"]
    assert (last["state"], "没有程序在这个地址应答" in last["failure"]) == ("failed", True)
    broker.start()
    assert "没有要做的" in run()
    exchange.desk.run("jobs")  # it is well again, though it had nothing to do
    exchange.extend([line("RulingReceived", NR, "2026-02-26", {"ruling_no": "裁81"}),
                     line("RulingCopied", NR, "2026-02-27", {"ruling_no": "裁81"})])  # fmt: skip
    exchange.desk.run("publish", "--once")
    assert "又有" in run()
    duties = exchange.desk.ask("duties", "--as-of", LATER, "--duty", "acknowledge_copy")["duties"]
    (shown,) = [d["delivery"] for d in duties if d["state"] == "open"]
    assert shown["topic"] == TOPICS[PROCURATORATE]


def test_who_reads_back_at_the_same_time_as_another_is_not_disturbed(exchange, broker):
    exchange.desk.run("publish", "--once")
    access, url = Access(broker.bootstrap), exchange.settings.database_url
    with closing(Deliveries(url)) as one, closing(Deliveries(url)) as other:
        assert one.catch_up(access, TOPICS.values()) > 0
        other._read(access, TOPICS[NR], 0)
        one.keep_fetched({NR: 1}, 1)
        assert other.catch_up(access, TOPICS.values()) == 0


def test_without_an_exchange_there_is_nothing_to_read_back(exchange):
    ran = exchange.desk.run("schedule", "--once", "deliveries", GONGZE_KAFKA_BOOTSTRAP="")
    assert "没有要做的" in ran.out


def test_the_table_is_read_back_from_the_topics_whenever_it_is_gone(exchange, tmp_path):
    exchange.desk.run("publish", "--once")
    before = rows(exchange)
    assert before[COPY]["delivered"]
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as database:
        database.execute("DROP TABLE x_delivery")
        database.execute("DROP TABLE x_fetched")
        database.commit()
    assert rows(exchange) == before
    assert exchange.desk.ask("verify", "--deep")["ok"]
    assert exchange.desk.fails("deliveries", "--agency", "nr.nowhere", code=2)["code"] == "agency_unknown"
