"""gongze deliveries against a real broker: sent, delivered, fetched and acknowledged are four facts."""

import sqlite3
from contextlib import closing

import pytest
from kafka import KafkaConsumer

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
