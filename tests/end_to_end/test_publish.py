"""gongze topics and gongze publish against a real broker: each agency is told what it may see, once, in order."""

import os
import shutil
import signal
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Event

import pytest
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient, NewTopic

from connectors import kafka_out, outbox
from connectors.broker import Access
from connectors.outbox import Outbox
from domain import dossiers
from domain.acts import Act
from domain.disclosure import Reader
from events.history import stored_act
from events.statement import decode
from tests.brokers import SOCKETS
from tests.end_to_end.conftest import line, real_command
from tests.exchange import COURT, FOUNDING, NR, PROCURATORATE, STORY, TOPICS, Exchange, in_order, read, until

pytestmark = pytest.mark.filterwarnings(SOCKETS)


@pytest.fixture
def exchange(tmp_path, broker, entered):
    made = Exchange.at(tmp_path, broker, entered)
    yield made
    made.end()


def shown_by_rule(exchange, agency):
    """Index → whether in full, of all that the one rule shows this agency of the ledger as it is."""
    with exchange.open() as ledger:
        registry = ledger.registry()
        streams: dict[str, list[Act]] = {}
        shown: dict[int, bool] = {}
        for entry in ledger.entries():
            streams.setdefault(entry.stream, []).append(stored_act(entry))
        for stream, acts in streams.items():
            if stream == "registry":
                shown |= {act.index: True for act in acts}
                continue
            reader = Reader(registry, agency, dossiers.fold(stream, tuple(acts), registry))
            shown |= {act.index: sight == "all" for act, sight in reader.acts()}
    return shown


def check_all(exchange):
    for agency in TOPICS:
        messages = exchange.read(agency)
        in_order(messages)
        in_full = {m.index for m in messages if m.value}
        blank = {m.index for m in messages if not m.value}
        rule = shown_by_rule(exchange, agency)
        assert in_full == {index for index, full in rule.items() if full}
        assert in_full | blank == set(rule)


# --- topics ---------------------------------------------------------------------------------------------------


def test_topics_are_made_only_when_agreed_and_then_nothing_differs(exchange, broker):
    admin = KafkaAdminClient(bootstrap_servers=broker.bootstrap)
    names = {n for n in admin.list_topics() if n.startswith("gongze.")}
    inboxes = {f"gongze.inbox.{a}" for a in TOPICS}
    assert names == {*TOPICS.values(), *inboxes, "gongze.position", "gongze.540100.dead-letter"}
    policy = ConfigResource(ConfigResourceType.TOPIC, TOPICS[NR], configs={"cleanup.policy": "compact"})
    admin.alter_configs([policy])
    admin.delete_topics([f"gongze.inbox.{COURT}"])
    until(lambda: f"gongze.inbox.{COURT}" not in admin.list_topics())
    desk = exchange.desk
    found = desk.ask("topics", "ensure", code=1)
    assert not found["made"]
    assert [(c["topic"], c["what"], c["now"], c["then"]) for c in found["changes"]] == [
        (TOPICS[NR], "alter", "compact", "delete"), (f"gongze.inbox.{COURT}", "create", None, None),
    ]  # fmt: skip
    assert "--yes" in desk.run("topics", "ensure", code=1).err
    assert desk.ask("topics", "ensure", "--yes")["made"]
    assert desk.ask("topics", "ensure")["changes"] == []
    admin.close()


def test_a_topic_with_other_partitions_is_told_of_and_left_alone(exchange, broker):
    admin = KafkaAdminClient(bootstrap_servers=broker.bootstrap)
    admin.delete_topics([TOPICS[COURT]])
    until(lambda: TOPICS[COURT] not in admin.list_topics())
    admin.create_topics([NewTopic(TOPICS[COURT], 3, 1)])
    admin.wait_for_topics([TOPICS[COURT]])
    found = exchange.desk.ask("topics", "ensure", "--yes", code=1)
    assert [c["what"] for c in found["changes"] if c["topic"] == TOPICS[COURT]][:1] == ["partitions"]
    (there,) = admin.describe_topics([TOPICS[COURT]])
    assert len(there["partitions"]) == 3
    admin.close()


# --- publishing -----------------------------------------------------------------------------------------------


def test_each_agency_gets_what_the_rule_shows_it_with_its_proof(exchange):
    done = exchange.desk.ask("publish", "--once")
    assert done["acts"] == FOUNDING + STORY
    check_all(exchange)
    assert exchange.desk.ask("publish", "--once") == {"acts": 0, "messages": 0}
    # counted by hand: of the nine acts the court has no part in the copy and its acknowledgement
    court = [m.type for m in exchange.read(COURT)][FOUNDING:]
    assert court == [
        "gongze.CaseFiled", "gongze.PenaltyDecided", "gongze.PenaltyServed", "gongze.PerformanceDemanded",
        "gongze.EnforcementApplied", "gongze.EnforcementAccepted", "gongze.blank", "gongze.blank", "gongze.EnforcementGranted",
    ]  # fmt: skip


def test_a_message_is_a_cloud_event_whose_value_is_the_signed_statement(exchange):
    exchange.desk.run("publish", "--once")
    message = exchange.read(COURT)[-1]
    statement = decode(message.value)
    said = {name: value.decode() for name, value in message.headers.items() if name not in ("R", "O")}
    assert said == {
        "ce_specversion": "1.0", "ce_id": statement.id, "ce_source": f"{statement.claims.ledger}/{COURT}",
        "ce_type": "gongze.EnforcementGranted", "ce_subject": "case/拉自然资执〔2025〕81号",
        "ce_time": "2026-02-24T10:00:00.000+08:00", "content-type": "application/vnd.gongze.statement+cose",
        "index": str(FOUNDING + STORY - 1),
    }  # fmt: skip
    assert message.key == statement.claims.sub


def test_who_comes_into_a_case_late_is_told_then_what_went_before(exchange):
    exchange.cases(1)
    exchange.desk.run("publish", "--once")
    case = "拉自然资执〔2026〕1000号"
    assert f"case/{case}" not in {m.key for m in exchange.read(COURT)}
    exchange.extend([
        line("PenaltyDecided", NR, "2026-03-04", {"decision_no": "罚1000", "items": [{"kind": "demolish"}]}, case=case),
        line("EnforcementApplied", NR, "2026-03-05", {"court": COURT, "decision_no": "罚1000"}, case=case),
    ])  # fmt: skip
    exchange.desk.run("publish", "--once")
    of_case = [m.type for m in exchange.read(COURT) if m.key == f"case/{case}"]
    # the notice is between the department and the government: the court learns only that something stands there
    assert of_case == [
        "gongze.CaseFiled",
        "gongze.blank",
        "gongze.PenaltyDecided",
        "gongze.EnforcementApplied",
    ]
    check_all(exchange)


def test_where_it_begins_makes_no_difference_to_what_an_outbox_says(exchange):
    with exchange.open() as ledger:
        entries = list(ledger.entries())
        whole = Outbox(ledger.store)
        said = [list(whole.messages(entry)) for entry in entries]
        for start in range(0, len(entries), 5):
            late = Outbox(ledger.store, start)
            assert [list(late.messages(entry)) for entry in entries[start:]] == said[start:]


def test_where_much_waits_another_process_decides_and_the_same_is_said(exchange, monkeypatch):
    exchange.cases(3)
    handed: list[int] = []

    class Counted(outbox.Beside):
        def ready(self):
            until(super().ready)  # so that it takes over after the first transaction
            return True

        def decided(self, then, going=lambda: True):
            handed.append(then.next)
            yield from super().decided(then, going)

    monkeypatch.setattr(kafka_out, "Beside", Counted)
    monkeypatch.setattr(kafka_out, "MANY", FOUNDING)
    monkeypatch.setattr(outbox, "BATCH", 20)
    assert exchange.desk.ask("publish", "--once")["acts"] == FOUNDING + STORY + 6
    assert len(handed) == 1
    assert 0 < handed[0] < FOUNDING
    check_all(exchange)
    exchange.cases(1)
    assert exchange.desk.ask("publish", "--once")["acts"] == 2
    assert len(handed) == 1
    check_all(exchange)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_one_that_is_stopped_before_all_is_out_says_so_and_the_next_goes_on(exchange, monkeypatch, number):
    def interrupted(*arguments):
        for batch in outbox.decided(*arguments):
            signal.raise_signal(number)
            yield batch

    with monkeypatch.context() as here:
        here.setattr(outbox, "BATCH", 20)
        here.setattr(kafka_out, "decided", interrupted)
        ran = exchange.desk.run("publish", "--once", code=130)
    assert "已停下，没有做完" in ran.err
    assert 0 < len(exchange.read(NR)) < FOUNDING
    exchange.desk.run("publish", "--once")
    check_all(exchange)


@pytest.fixture
def hung(exchange, monkeypatch):
    """A publisher, in a thread, whose other process hangs when it is to say its first batch; what it does, and its stop."""
    waits = Event()

    class Hung(outbox.Beside):
        def ready(self):
            until(super().ready)
            assert self._process.pid is not None
            os.kill(self._process.pid, signal.SIGSTOP)
            return True

        def decided(self, then, going=lambda: True):
            waits.set()
            yield from super().decided(then, going)

    monkeypatch.setattr(kafka_out, "Beside", Hung)
    monkeypatch.setattr(kafka_out, "MANY", FOUNDING)
    monkeypatch.setattr(kafka_out, "TURN_SECONDS", 0.5)
    monkeypatch.setattr(outbox, "BATCH", 20)

    def begun():
        stop = Event()
        publishing = beside.submit(
            kafka_out.publish, Access(exchange.broker.bootstrap), exchange.settings.database_url, once=True, anew=False,
            stop=stop, say=lambda _: None,
        )  # fmt: skip
        assert waits.wait(60)
        return publishing, stop

    with ThreadPoolExecutor(1) as beside:
        yield begun


def test_a_publisher_whose_helper_hangs_stops_when_told(exchange, hung):
    publishing, stop = hung()
    stop.set()
    assert 0 < publishing.result(60).acts < FOUNDING


def test_a_publisher_whose_helper_hangs_sees_that_another_has_taken_over(exchange, hung):
    publishing, _ = hung()
    assert exchange.start("publish", "--once").wait(60) == 0
    with pytest.raises(kafka_out.Replaced):
        publishing.result(60)
    check_all(exchange)


def test_a_publisher_whose_helper_hangs_goes_on_alone(exchange, hung, monkeypatch):
    monkeypatch.setattr(outbox, "SILENT_SECONDS", 0.5)
    publishing, _ = hung()
    assert publishing.result(60).acts == FOUNDING + STORY
    check_all(exchange)


# --- one at a time, and what a kill leaves ---------------------------------------------------------------------


def test_a_second_publisher_takes_over_and_the_first_stops_and_says_so(exchange):
    first = exchange.start("publish")
    until(lambda: len(exchange.read(COURT)) >= FOUNDING)
    before = len(read(exchange.broker, "gongze.position"))
    second = exchange.start("publish")
    until(lambda: len(read(exchange.broker, "gongze.position")) > before)
    exchange.cases(1)
    assert first.wait(60) == 3
    assert "[publisher_replaced]" in exchange.said(first)
    until(lambda: len(exchange.read(NR)) == FOUNDING + STORY + 2)
    second.send_signal(signal.SIGTERM)
    assert second.wait(60) == 0
    assert "已发布 2 条记录" in exchange.said(second)
    check_all(exchange)


def test_a_restored_backup_is_refused_and_published_anew_only_when_asked(exchange, tmp_path):
    shutil.copy(tmp_path / "ledger.db", tmp_path / "old.db")
    exchange.cases(2)
    exchange.desk.run("publish", "--once")
    old = {"GONGZE_DATABASE_URL": f"sqlite:///{tmp_path}/old.db"}
    assert exchange.desk.fails("publish", "--once", code=2, **old)["code"] == "ledger_older"
    before = len(exchange.read(NR))
    assert exchange.desk.ask("publish", "--once", "--anew", **old)["acts"] == FOUNDING + STORY
    assert len(exchange.read(NR)) == before + FOUNDING + STORY


def test_a_broker_out_of_reach_is_told_with_its_reason_and_waited_for(exchange, broker):
    broker.stop()
    error = replace(exchange.desk, runner=real_command).fails("publish", "--once", code=3)
    assert error["code"] == "broker_unreachable"
    assert "没有程序在这个地址应答" in error["message"]
    waiting = exchange.start("publish")
    until(lambda: "稍后自动再试" in exchange.said(waiting))
    broker.start()
    until(lambda: len(exchange.read(COURT)) >= FOUNDING)
    waiting.send_signal(signal.SIGTERM)
    assert waiting.wait(60) == 0
    assert exchange.said(waiting).count("稍后自动再试") == 1


def test_no_setting_no_exchange(exchange):
    assert (
        exchange.desk.fails("publish", code=2, GONGZE_KAFKA_BOOTSTRAP="")["field"] == "GONGZE_KAFKA_BOOTSTRAP"
    )
    wrong = exchange.desk.fails("publish", code=2, GONGZE_KAFKA_SECURITY_PROTOCOL="tls")
    assert wrong["code"] == "settings_unusable"


def test_each_kind_of_outsider_hears_nothing_of_a_case_of_others(exchange):
    exchange.cases(3)
    exchange.desk.run("publish", "--once")
    for agency in (COURT, PROCURATORATE):
        assert {m.key for m in exchange.read(agency)} == {"registry", "case/拉自然资执〔2025〕81号"}
