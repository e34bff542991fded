"""gongze consume and gongze dead-letter against a real broker: what arrives is stored once or refused and answered."""

import json
import shutil
import signal
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from hashlib import sha256
from threading import Event

import psycopg
import pytest
from kafka.admin import KafkaAdminClient
from psycopg import sql

from connectors import kafka_in
from connectors.broker import Access
from events.statement import decode, sign
from gongze.ledger import Ledger
from gongze.script import parse, signed
from tests import ledger_fixture
from tests.brokers import SOCKETS
from tests.end_to_end.conftest import line, real_command
from tests.exchange import (
    COURT,
    DEAD_LETTERS,
    FOUNDING,
    NR,
    PROCURATORATE,
    STORY,
    Exchange,
    case_lines,
    read,
    sent_by,
    statements,
    until,
)

BEFORE = FOUNDING + STORY


pytestmark = pytest.mark.filterwarnings(SOCKETS)


@pytest.fixture
def exchange(tmp_path, broker, entered):
    made = Exchange.at(tmp_path, broker, entered)
    yield made
    made.end()


def stored(exchange):
    with exchange.open() as ledger:
        return [entry.statement for entry in ledger.entries()][BEFORE:]


COMPLETED = line("ExecutionCompleted", COURT, "2026-03-06", {"result": "full", "ruling_no": "裁81"})
UNKNOWN = line("RulingRevoked", COURT, "2026-03-06", {"ruling_no": "无此裁定", "what": "撤销"})


def test_what_an_agency_sends_is_in_the_ledger_once_however_often_it_is_sent(exchange):
    (statement,) = statements(exchange, [COMPLETED])
    exchange.send([(COURT, statement), (COURT, statement)])
    assert exchange.desk.ask("consume", "--once") == {"taken": 2, "refused": 0}
    assert stored(exchange) == [statement]
    assert exchange.desk.ask("consume", "--once") == {"taken": 0, "refused": 0}
    exchange.send([(COURT, statement)])
    exchange.desk.run("consume", "--once")
    assert stored(exchange) == [statement]
    assert exchange.desk.ask("dead-letter", "list")["dead_letters"] == []


def test_a_flood_from_one_agency_does_not_hold_up_another_and_loses_nothing(exchange, broker, monkeypatch):
    """At 10 a second in batches of 50, the flood rests four seconds after its first batch."""
    monkeypatch.setattr(kafka_in, "BATCH", 50)
    flood = [b"poison %d" % n for n in range(100)]
    exchange.send([(NR, one) for one in flood])
    stop, said = Event(), list[str]()
    with ThreadPoolExecutor(1) as beside:
        consuming = beside.submit(
            kafka_in.consume, Access(broker.bootstrap), lambda: Ledger.open(exchange.settings),
            instance=1, rate=10, once=False, stop=stop, say=said.append,
        )  # fmt: skip
        try:
            until(lambda: bool(read(broker, DEAD_LETTERS)))
            exchange.send([(COURT, b"a single letter")])
            until(lambda: len(read(broker, DEAD_LETTERS)) == len(flood) + 1)
        finally:
            stop.set()
        assert consuming.result().refused == len(flood) + 1
    letters = [m.value for m in read(broker, DEAD_LETTERS)]
    assert letters.index(b"a single letter") == 50
    assert [value for value in letters if value != b"a single letter"] == flood
    assert [text for text in said if f"gongze.inbox.{NR} 来得太快" in text] == said


def test_inboxes_shared_out_anew_while_letters_wait_are_read_on_from_what_was_answered(
    exchange, broker, monkeypatch
):
    """A second consumer comes while half of what was fetched waits for its turn."""
    monkeypatch.setattr(kafka_in, "BATCH", 50)
    flood = [b"poison %d" % n for n in range(100)]
    exchange.send([(NR, one) for one in flood])
    stop = Event()
    with ThreadPoolExecutor(2) as beside:

        def start(instance):
            return beside.submit(
                kafka_in.consume, Access(broker.bootstrap), lambda: Ledger.open(exchange.settings),
                instance=instance, rate=10, once=False, stop=stop, say=print,
            )  # fmt: skip

        try:
            running = [start(1)]
            until(lambda: len(read(broker, DEAD_LETTERS)) == 50)
            running.append(start(2))
            until(lambda: len(read(broker, DEAD_LETTERS)) >= len(flood))
        finally:
            stop.set()
        assert sum(one.result().refused for one in running) == len(flood)
    assert [m.value for m in read(broker, DEAD_LETTERS)] == flood


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_one_that_is_stopped_before_all_is_read_says_so_and_the_next_goes_on(exchange, monkeypatch, number):
    sent = sent_by(exchange, 5)
    exchange.send([(NR, one) for one in sent])

    def interrupted(*arguments):
        signal.raise_signal(number)
        return take_in(*arguments)

    take_in = kafka_in.take_in
    with monkeypatch.context() as here:
        here.setattr(kafka_in, "BATCH", 2)
        here.setattr(kafka_in, "take_in", interrupted)
        ran = exchange.desk.run("consume", "--once", code=130)
    assert "已停下，没有做完" in ran.err
    assert stored(exchange) == sent[:2]
    assert exchange.desk.ask("consume", "--once") == {"taken": 3, "refused": 0}
    assert stored(exchange) == sent


def test_every_kind_of_refused_message_lies_with_the_dead_letters_and_its_owner_is_answered(exchange):
    good, unknown = statements(exchange, [COMPLETED, UNKNOWN])
    (others,) = sent_by(exchange, 1)
    forged = good[:-1] + bytes([good[-1] ^ 1])
    exchange.send([
        (COURT, b"\x00poison"), (COURT, others), (COURT, b""), (COURT, None), (COURT, bytes(60_001)), (COURT, forged),
        (COURT, unknown), (COURT, good),
    ])  # fmt: skip
    assert exchange.desk.ask("consume", "--once") == {"taken": 1, "refused": 7}
    assert stored(exchange) == [good]
    listed = exchange.desk.ask("dead-letter", "list")["dead_letters"]
    assert [(one["code"], one["field"], one["origin"]["offset"]) for one in listed] == [
        ("schema_invalid", "statement", 0), ("not_authorised", "iss", 1), ("schema_invalid", "statement", 2),
        ("schema_invalid", "statement", 3), ("too_large", "statement", 4), ("signature_invalid", "signature", 5),
        ("case_rule_broken", "ruling_no", 6),
    ]  # fmt: skip
    letters = [m for m in read(exchange.broker, DEAD_LETTERS) if m.type == "gongze.refused"]
    assert [m.value for m in letters] == [b"\x00poison", others, b"", b"", bytes(60_001), forged, unknown]
    answers = [json.loads(m.value) for m in exchange.read(COURT) if m.type == "gongze.refused"]
    assert [(a["code"], a["origin_topic"], a["origin_offset"], a["sha256"]) for a in answers] == [
        (one["code"], f"gongze.inbox.{COURT}", str(one["origin"]["offset"]), one["sha256"]) for one in listed
    ]  # fmt: skip
    assert answers[1]["sha256"] == sha256(others).hexdigest()
    assert answers[6]["message"]
    assert [m for m in exchange.read(NR) if m.type == "gongze.refused"] == []


def test_a_refusal_whose_answer_has_no_topic_yet_lies_with_the_dead_letters_and_holds_up_nobody(exchange):
    """A second court in the county has just been registered: the first one's new topic is still to be made."""
    second = {"id": "court.second", "kind": "court", "name": "第二法院", "level": "county", "region": "540102",
              "root_key_id": ledger_fixture.key_of("court.second/root").kid.hex()}  # fmt: skip
    (raw,) = sent_by(exchange, 1)
    exchange.extend([line("AgencyRegistered", "operator", "2026-03-06", second, case="registry")])
    exchange.send([(COURT, b"poison"), (NR, raw), (NR, b"poison")])
    ran = exchange.desk.run("consume", "--once", "--format", "json")
    assert json.loads(ran.out) == {"taken": 1, "refused": 2}
    assert f"gongze.agency.{COURT}" in ran.err
    assert "gongze topics ensure" in ran.err
    assert {m.value for m in read(exchange.broker, DEAD_LETTERS)} == {b"poison"}
    assert [m.type for m in exchange.read(NR)] == ["gongze.refused"]


def test_a_dead_letter_is_tried_again_when_what_it_waited_for_has_come(exchange):
    case = "拉自然资执〔2026〕1000号"
    notice = case_lines(0)[1]
    with exchange.open() as ledger:
        raw = signed(
            ledger, replace(parse(1, notice.encode()), received_at=None), ledger_fixture.FixtureKeys()
        )
    exchange.send([(NR, raw)])
    exchange.desk.run("consume", "--once")
    (letter,) = exchange.desk.ask("dead-letter", "list")["dead_letters"]
    refused = exchange.desk.fails("dead-letter", "retry", letter["id"], code=2)
    assert refused["code"] == letter["code"] == "case_rule_broken"
    exchange.extend(case_lines(0)[:1])
    exchange.desk.run("dead-letter", "retry", letter["id"])
    assert stored(exchange)[-1] == raw
    assert exchange.desk.ask("dead-letter", "list")["dead_letters"] == []
    (settled,) = exchange.desk.ask("dead-letter", "list", "--all")["dead_letters"]
    assert settled["state"] == "retried"
    assert exchange.desk.fails("dead-letter", "retry", letter["id"], code=2)["code"] == "dead_letter_settled"
    assert case


def test_a_discarded_letter_keeps_its_reason_where_its_sender_sees_it(exchange):
    exchange.send([(COURT, b"\x01")])
    exchange.desk.run("consume", "--once")
    (letter,) = exchange.desk.ask("dead-letter", "list")["dead_letters"]
    assert exchange.desk.run("dead-letter", "discard", letter["id"], "--reason", " ", code=2)
    exchange.desk.run("dead-letter", "discard", letter["id"], "--reason", "测试消息")
    (settled,) = exchange.desk.ask("dead-letter", "list", "--all")["dead_letters"]
    assert (settled["state"], settled["settled"]["reason"]) == ("discarded", "测试消息")
    (told,) = [m for m in exchange.read(COURT) if m.type == "gongze.discarded"]
    assert json.loads(told.value)["reason"] == "测试消息"
    original = exchange.desk.folder / "original"
    exchange.desk.run("dead-letter", "show", letter["id"], "-o", original)
    assert original.read_bytes() == b"\x01"
    assert (
        exchange.desk.fails("dead-letter", "show", letter["id"], "-o", original, code=2)["code"]
        == "file_exists"
    )
    assert exchange.desk.fails("dead-letter", "show", 999, code=2)["code"] == "dead_letter_unknown"


def test_a_second_consumer_of_the_same_number_takes_over_and_the_first_says_so(exchange):
    first = exchange.start("consume")
    until(lambda: len(read(exchange.broker, "gongze.position")) >= 1)
    second = exchange.start("consume")
    until(lambda: len(read(exchange.broker, "gongze.position")) >= 2)
    exchange.send([(NR, raw) for raw in sent_by(exchange, 5)])
    until(lambda: len(stored(exchange)) == 5)
    exchange.send([(NR, b"poison")])
    until(lambda: len(read(exchange.broker, DEAD_LETTERS)) == 1)
    if first.poll() is None:  # it had nothing to answer so far
        exchange.send([(NR, b"poison"), (COURT, b"poison"), (PROCURATORATE, b"poison")])
    second.send_signal(signal.SIGTERM)
    assert second.wait(60) == 0


def test_a_database_out_of_reach_pauses_and_loses_nothing(
    tmp_path, broker, entered, postgres_url, postgres_database
):
    exchange = Exchange.at(tmp_path, broker, entered, postgres_database)
    name = postgres_database.rpartition("/")[2]
    closed = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false")
    opened = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true")
    raws = sent_by(exchange, 30)
    process = exchange.start("consume")
    try:
        exchange.send([(NR, raw) for raw in raws[:10]])
        until(lambda: len(stored(exchange)) >= 1)
        with psycopg.connect(postgres_url, autocommit=True) as server:
            server.execute(closed.format(sql.Identifier(name)))
            server.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,)
            )
            exchange.send([(NR, raw) for raw in raws[10:]])
            until(lambda: "数据库暂时无法使用" in exchange.said(process))
            assert replace(exchange.desk, runner=real_command).fails("consume", "--once", code=3)
            server.execute(opened.format(sql.Identifier(name)))
        until(lambda: len(stored(exchange)) == 30)
        assert sorted(stored(exchange)) == sorted(raws)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) in (0, 3)  # 3: the one that was run once in between had taken over
    finally:
        exchange.end()


def test_two_ledgers_fed_by_the_same_inboxes_agree(exchange, tmp_path, broker):
    raws = sent_by(exchange, 6)
    exchange.send([(NR, raw) for raw in (*raws, raws[0], b"poison")])
    exchange.send([(COURT, raw) for raw in statements(exchange, [COMPLETED])])
    shutil.copy(tmp_path / "ledger.db", tmp_path / "other.db")
    exchange.desk.run("consume", "--once")
    with exchange.open() as ledger:
        genesis = ledger.registry().genesis
    assert genesis is not None
    admin = KafkaAdminClient(bootstrap_servers=broker.bootstrap)
    group = f"gongze.intake.{genesis.name}"
    until(
        lambda: admin.delete_groups([group]).get(group) == "OK"
    )  # from the beginning again, for the other one
    admin.close()
    one = stored(exchange)
    exchange.desk.settings["GONGZE_DATABASE_URL"] = f"sqlite:///{tmp_path}/other.db"
    assert exchange.desk.ask("consume", "--once") == {"taken": 8, "refused": 1}
    assert len(one) == 7
    assert sorted(stored(exchange)) == sorted(one)
    assert [raw for raw in stored(exchange) if raw in raws] == raws


def test_a_statement_of_a_newer_schema_is_refused_and_stops_nothing(exchange):
    """Its writer knows fields that this release does not: its schema is not among those kept."""
    (good,) = statements(exchange, [COMPLETED])
    read_ = decode(good)
    newer = sign(
        replace(read_.claims, schema=sha256(b"newer").digest(), cti=read_.claims.cti[:-1] + b"\x00"),
        read_.payload, ledger_fixture.key_of(f"{COURT}/1"),
    )  # fmt: skip
    exchange.send([(COURT, newer), (COURT, good)])
    assert exchange.desk.ask("consume", "--once") == {"taken": 1, "refused": 1}
    (letter,) = exchange.desk.ask("dead-letter", "list")["dead_letters"]
    assert letter["code"] == "schema_invalid"
    exchange.desk.run("dead-letter", "retry", letter["id"], code=2)
