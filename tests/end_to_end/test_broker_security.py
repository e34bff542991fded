"""A broker with TLS, a user an agency and permissions: whoever is let in gets his own, and errors say what is wrong."""

from dataclasses import replace
from typing import Any

import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import ACL, ACLOperation, ACLPermissionType, KafkaAdminClient, ResourcePattern, ResourceType
from kafka.errors import (
    GroupAuthorizationFailedError,
    KafkaError,
    TopicAuthorizationFailedError,
    TransactionalIdAuthorizationFailedError,
)

from connectors.topic_admin import Administration
from gongze.exchange import access
from gongze.settings import load
from tests.brokers import ADMIN, ADMIN_PASSWORD, SOCKETS, certify
from tests.end_to_end.conftest import real_command
from tests.end_to_end.test_consume import COMPLETED
from tests.exchange import COURT, FOUNDING, NR, PROCURATORATE, TOPICS, Exchange, statements, until

PASSWORD = "a password of the court's"
OURS = "a password of the ledger's"


def client(broker, user, password):
    return {
        "bootstrap_servers": broker.bootstrap, "security_protocol": "SASL_SSL", "ssl_cafile": str(broker.ca_file),
        "sasl_mechanism": "SCRAM-SHA-512", "sasl_plain_username": user, "sasl_plain_password": password,
        "bootstrap_timeout_ms": 5_000, "request_timeout_ms": 4_000,
    }  # fmt: skip


pytestmark = pytest.mark.filterwarnings(SOCKETS)


@pytest.fixture(scope="module")
def made(tmp_path_factory, secured_broker):
    """Topics and permissions as `topics ensure` makes them, and three users."""
    exchange = Exchange.at(tmp_path_factory.mktemp("secured"), secured_broker, real_command)
    with Administration(access(load(exchange.desk.settings))) as administration:
        for user, password in ((COURT, PASSWORD), (PROCURATORATE, PASSWORD), ("gongze", OURS)):
            administration.set_password(user, password)
    return exchange


@pytest.fixture
def secured(made, entered):
    """The administrator's desk, its commands run in this process."""
    return replace(made, desk=replace(made.desk, runner=entered))


@pytest.fixture
def ours(secured, secured_broker):
    """The ledger's own commands, as its own user."""
    return as_user(secured, secured_broker, "gongze", OURS)


def as_user(exchange, broker, user, password):
    return replace(exchange.desk, settings={**exchange.desk.settings, **broker.as_user(user, password)})


def test_the_ledgers_own_user_publishes_and_the_court_reads_its_topic_and_is_heard(
    secured, ours, secured_broker
):
    ours.run("publish", "--once")
    login = client(secured_broker, COURT, PASSWORD)
    consumer = KafkaConsumer(
        TOPICS[COURT], **login, group_id=f"{COURT}/desk", isolation_level="read_committed", auto_offset_reset="earliest"
    )  # fmt: skip
    found: list[Any] = []

    def all_read():
        found.extend(m for ms in consumer.poll(timeout_ms=500).values() for m in ms)
        return len(found) > FOUNDING

    until(all_read)
    consumer.commit()
    consumer.close()
    (statement,) = statements(secured, [COMPLETED])
    producer = KafkaProducer(**login)
    producer.send(f"gongze.inbox.{COURT}", value=statement).get(20)
    producer.close()
    assert ours.ask("consume", "--once") == {"taken": 1, "refused": 0}
    assert secured.desk.ask("topics", "ensure")["changes"] == []


def test_the_court_can_neither_read_write_take_nor_join_what_is_anothers(secured, ours, secured_broker):
    login = client(secured_broker, COURT, PASSWORD)
    foreign = [
        TOPICS[PROCURATORATE],
        TOPICS[NR],
        f"gongze.inbox.{PROCURATORATE}",
        "gongze.540100.dead-letter",
    ]
    reader = KafkaConsumer(**login, isolation_level="read_committed")
    assert reader.topics() == {TOPICS[COURT], f"gongze.inbox.{COURT}"}  # it is not even told of the others
    for topic in foreign[:1]:  # each answer is a time-out
        with pytest.raises(KafkaError):
            reader.end_offsets([TopicPartition(topic, 0)])
    reader.assign([TopicPartition(f"gongze.inbox.{COURT}", 0)])  # it writes there and reads it not
    reader.seek(TopicPartition(f"gongze.inbox.{COURT}", 0), 0)
    with pytest.raises(TopicAuthorizationFailedError):
        reader.poll(timeout_ms=20_000)
    reader.close()
    writer = KafkaProducer(**login, max_block_ms=5_000)
    for topic in (*foreign, "gongze.position", TOPICS[COURT]):
        with pytest.raises(KafkaError):
            writer.send(topic, value=b"forged", partition=0).get(10)
    writer.close()
    with secured.open() as ledger:
        genesis = ledger.registry().genesis
    assert genesis is not None
    thief = KafkaProducer(**login, transactional_id=f"gongze.publisher.{genesis.name}", max_block_ms=5_000)
    with pytest.raises(TransactionalIdAuthorizationFailedError):
        thief.init_transactions()
    thief.close(timeout=1)
    for group in (f"{PROCURATORATE}/desk", PROCURATORATE, f"{COURT}.x", f"gongze.intake.{genesis.name}"):
        joiner = KafkaConsumer(TOPICS[COURT], **login, group_id=group)
        with pytest.raises(GroupAuthorizationFailedError):
            joiner.poll(timeout_ms=20_000)
        joiner.close()
    ours.run("publish", "--once")  # and nobody was disturbed


def test_a_new_password_holds_from_then_on_and_a_short_one_is_refused(secured, secured_broker):
    file = secured.desk.folder / "new"
    file.write_text("too short", "utf-8")
    assert (
        secured.desk.fails("topics", "user", NR, "--password-file", file, code=2)["field"]
        == "--password-file"
    )
    file.write_text("long enough it is\n", "utf-8")
    secured.desk.run("topics", "user", NR, "--password-file", file)
    reader = KafkaConsumer(**client(secured_broker, NR, "long enough it is"))
    assert TOPICS[NR] in reader.topics()
    reader.close()
    assert secured.desk.fails("topics", "user", "nobody", "--lock", code=2)["code"] == "agency_unknown"


def test_whoever_is_no_administrator_is_told_so(ours):
    file = ours.folder / "new"
    file.write_text("another password", "utf-8")
    error = ours.fails("topics", "user", COURT, "--password-file", file, code=2)
    assert error["code"] == "broker_refused"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"GONGZE_KAFKA_USER": "nobody"}, "用户名或口令不对"),
        ({"GONGZE_KAFKA_PASSWORD_FILE": "wrong"}, "用户名或口令不对"),
        ({"GONGZE_KAFKA_CA_FILE": "strange.pem"}, "不是所给的 CA 签发的"),
        ({"GONGZE_KAFKA_SECURITY_PROTOCOL": "PLAINTEXT"}, "GONGZE_KAFKA_SECURITY_PROTOCOL"),
    ],
)
def test_each_reason_for_not_getting_in_is_told_apart(ours, change, said, tmp_path):
    certify(tmp_path)
    (ours.folder / "strange.pem").write_bytes((tmp_path / "ca.pem").read_bytes())
    (ours.folder / "wrong").write_text("not the password", "utf-8")
    error = ours.fails("publish", "--once", code=3, **change)
    assert error["code"] == "broker_unreachable"
    assert said in error["message"]


def test_settings_that_cannot_be_used_are_named(ours):
    lacking = ours.fails("publish", "--once", code=2, GONGZE_KAFKA_PASSWORD_FILE="nowhere")
    assert lacking["field"] == "GONGZE_KAFKA_PASSWORD_FILE"
    no_ca = ours.fails("publish", "--once", code=2, GONGZE_KAFKA_CA_FILE="nowhere")
    assert no_ca["field"] == "GONGZE_KAFKA_CA_FILE"


def test_a_consumer_that_may_read_nothing_says_so_instead_of_waiting_for_ever(secured, secured_broker):
    court = replace(
        secured.desk, settings={**secured.desk.settings, **secured_broker.as_user(COURT, PASSWORD)}
    )
    assert court.fails("consume", "--once", code=3)["code"] in ("broker_unreachable", "topic_unusable")


def test_a_locked_user_is_out_and_the_others_stay_in_after_a_restart(secured, ours, secured_broker):
    """Locked by a password that nobody knows: after a deletion, a broker that starts again lets nobody in."""
    secured.desk.run("topics", "user", PROCURATORATE, "--lock")
    secured_broker.stop()
    secured_broker.start()
    ours.run("publish", "--once")
    locked = as_user(secured, secured_broker, PROCURATORATE, PASSWORD)
    assert locked.fails("publish", "--once", code=3)["code"] == "broker_unreachable"
    KafkaProducer(**client(secured_broker, COURT, PASSWORD)).close()
    granted = secured.desk.ask("topics", "ensure", code=1)["grant"]
    assert {p["user"] for p in granted} == {PROCURATORATE}


def test_what_an_agency_was_granted_too_much_is_withdrawn(secured, secured_broker):
    admin = KafkaAdminClient(**client(secured_broker, ADMIN, ADMIN_PASSWORD))
    admin.create_acls([ACL(f"User:{COURT}", "*", ACLOperation.READ, ACLPermissionType.ALLOW,
                           ResourcePattern(ResourceType.TOPIC, TOPICS[NR]))])  # fmt: skip
    found = secured.desk.ask("topics", "ensure", "--yes")
    assert [(p["user"], p["name"]) for p in found["withdraw"]] == [(COURT, TOPICS[NR])]
    reader = KafkaConsumer(**client(secured_broker, COURT, PASSWORD))
    assert TOPICS[NR] not in reader.topics()
    reader.close()
    admin.close()
