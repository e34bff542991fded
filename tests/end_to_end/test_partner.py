"""What a partner gets: formats that the code agrees with, and an example that does its whole part with them alone."""

import json
import re
import subprocess
import sys
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from kafka import KafkaProducer
from kafka.admin import KafkaAdminClient, NewTopic

from domain.acts import EVENTS
from events import opening, schemas, statement
from gongze import asyncapi
from tests import ledger_fixture
from tests.brokers import JARS, SOCKETS, program
from tests.end_to_end.conftest import line
from tests.exchange import NR, PROCURATORATE, TOPICS, Exchange, Message, read, sent_by, statements

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "docs/examples"
DAY = "2026-03-10"
DOCUMENT = ROOT / "docs/reference/asyncapi.json"


def test_the_published_document_is_what_the_code_says():
    told = json.dumps(asyncapi.document(), ensure_ascii=False, indent=1) + "\n"
    assert DOCUMENT.read_text("utf-8") == told, "run: gongze schema export, and copy its asyncapi.json"


def test_every_reference_of_the_document_leads_somewhere():
    document = asyncapi.document()
    found = re.findall(r'"\$ref": "#/([^"]+)"', json.dumps(document))
    assert found
    for path in found:
        at = document
        for step in path.split("/"):
            at = at[step]
    types = document["components"]["messages"]["act"]["headers"]["properties"]["ce_type"]["enum"]
    assert set(types) == {f"gongze.{name}" for name in EVENTS}


def test_the_formats_are_written_whole_and_nothing_is_overwritten(bare):
    written = bare.ask("schema", "export", "formats")["files"]
    assert set(written) == {*schemas.released().values(), "released.json", "asyncapi.json"}
    released = json.loads((bare.folder / "formats/released.json").read_text("utf-8"))
    for digest, name in list(released.items())[::20]:
        avro = json.loads((bare.folder / "formats" / name).read_text("utf-8"))
        assert schemas.fingerprint(avro).hex() == digest
    assert bare.fails("schema", "export", "formats", code=2)["code"] == "file_exists"


pytestmark = pytest.mark.filterwarnings(SOCKETS)


@pytest.fixture
def exchange(tmp_path, broker, entered):
    return Exchange.at(tmp_path, broker, entered)


@pytest.fixture(scope="module")
def classes(tmp_path_factory):
    """The example in Java, compiled: with nothing but the JDK and Kafka's client, and without a warning."""
    made = tmp_path_factory.mktemp("classes")
    (client,) = JARS.glob("kafka-clients-*.jar")
    subprocess.run(
        [program("javac"), "--release", "17", "-Xlint:all", "-Werror", "-cp", client, "-d", made, EXAMPLES / "Partner.java"],
        check=True, timeout=120,
    )  # fmt: skip
    return made


@dataclass
class Partner:
    """The procuratorate's system: one of the examples in a folder of its own."""

    folder: Path
    bootstrap: str
    classes: Path

    def in_python(self):
        return [
            sys.executable, EXAMPLES / "partner.py", self.bootstrap, PROCURATORATE, TOPICS[PROCURATORATE], "key.pem",
            f"{PROCURATORATE}/1", "formats", DAY,
        ]  # fmt: skip

    def in_java(self, topic=TOPICS[PROCURATORATE], operator=None):
        settings = {
            "bootstrap.servers": self.bootstrap, "gongze.agency": PROCURATORATE, "gongze.officer": f"{PROCURATORATE}/1",
            "gongze.key": "key.pem", "gongze.topic": topic, "gongze.schemas": "formats", "gongze.day": DAY,
            "gongze.operator": operator or ledger_fixture.key_of("operator/1").kid.hex(),
        }  # fmt: skip
        file = self.folder / f"{topic}.properties"
        file.write_text("".join(f"{name}={value}\n" for name, value in settings.items()), "utf-8")
        used = [jar for name in ("kafka-clients", "slf4j") for jar in JARS.glob(f"{name}-*.jar")]
        path = ":".join(map(str, [self.classes, *used]))
        return [
            program("java"), "-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
            "-Dorg.slf4j.simpleLogger.defaultLogLevel=error", "-cp", path, "Partner", file.name,
        ]  # fmt: skip

    def run(self, language):
        command = self.in_python() if language == "Python" else self.in_java()
        done = subprocess.run(command, cwd=self.folder, capture_output=True, encoding="utf-8", timeout=120)
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()


@pytest.fixture
def partner(exchange, tmp_path, classes):
    exchange.desk.run("schema", "export", "formats")
    private = Ed25519PrivateKey.from_private_bytes(sha256(f"fixture {PROCURATORATE}/1".encode()).digest())
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "key.pem").write_bytes(pem)
    return Partner(tmp_path, exchange.broker.bootstrap, classes)


@pytest.mark.parametrize("language", ["Python", "Java"])
def test_the_example_checks_its_topic_signs_for_what_was_copied_and_is_heard(exchange, partner, language):
    case = "拉自然资执〔2025〕82号"
    story = [json.loads(text) for text in ledger_fixture.ACTS[:-2]]
    exchange.extend([
        line(s["type"], s["actor"], s["occurred_on"],
             json.loads(json.dumps(s["data"], ensure_ascii=False).replace("81", "82")), case=case) for s in story
    ])  # fmt: skip
    exchange.desk.run("publish", "--once")
    first = partner.run(language)
    assert len([told for told in first if told.startswith("signed for")]) == 1
    assert exchange.desk.ask("consume", "--once") == {"taken": 1, "refused": 0}
    exchange.desk.run("publish", "--once")
    again = partner.run(language)
    assert again[-1].endswith("2 copies, 2 signed for")
    copies = exchange.desk.ask("deliveries", "--agency", PROCURATORATE)["deliveries"]
    assert {(c["case"], c["acknowledged_on"]) for c in copies if c["what"] == "ApplicationCopied"} == {
        ("拉自然资执〔2025〕81号", "2026-03-02"), (case, DAY),
    }  # fmt: skip
    assert exchange.desk.ask("verify")["ok"]
    assert NR in {c["sender"] for c in copies}


def test_the_example_in_java_tells_each_act_in_the_order_of_its_topic(exchange, partner):
    exchange.desk.run("publish", "--once")
    *told, last = partner.run("Java")
    acts = [m for m in exchange.read(PROCURATORATE) if "index" in m.headers]
    assert [int(one.split()[0]) for one in told] == [m.index for m in acts]
    # the operator's, a root and an officer's key of each of three agencies; the copy of the ledger's own case
    assert last.endswith(f"{len(acts)} acts, 7 keys, 1 copies, 1 signed for")
    assert f"0 {ledger_fixture.START} LedgerCreated operator {acts[0].key}" == told[0]


def resealed(message, raw):
    """The same place in the ledger for other bytes, as somebody in between would have to write it."""
    place, entry = opening.read_opening(message.headers["O"]), opening.read_leaf(message.headers["R"])
    opened = opening.opening(place.rho, place.stream, place.version, place.prev, sha256(raw).digest())
    leaf = opening.leaf(entry.index, entry.received_at_ms, opening.commitment(opened))
    headers = {**message.headers, "O": opened, "R": leaf}
    return replace(message, value=raw, headers=headers)


class AnothersKey:
    """The department signs as if it were the procuratorate."""

    def for_line(self, one, event):
        return ledger_fixture.key_of(f"{NR}/1"), one.officer


def forgeries(messages, by_another):
    """What is done to a topic on its way → how it is told. The message of the last act is the one that is forged."""
    *before, last = messages
    raw = last.value
    flipped = raw[:-1] + bytes([raw[-1] ^ 1])
    # d2 84 59 LLLL: the header's length in two bytes; again in four
    longer = raw[:2] + b"\x5a\x00\x00" + raw[3:]
    no_opening = replace(last, headers={n: v for n, v in last.headers.items() if n != "O"})
    moved = replace(last, headers={**last.headers, "index": b"999"})
    return {
        "the statement is not the opening's": [*before, replace(last, value=flipped)],
        "the signature is not by its key": [*before, resealed(last, flipped)],
        "CBOR in another spelling": [*before, resealed(last, longer)],
        "R, O or the key is missing": [*before, no_opening],
        "the headers say something else than R and O": [*before, moved],
        "an act of the stream is missing before this one": [*before[:-1], last],
        f"by a key that is not registered for {PROCURATORATE}": [*before, resealed(last, by_another)],
    }


def after_revocation(exchange):
    """The topic with one act more, by a key that revoked itself just before."""
    (filed,) = sent_by(exchange, 1)
    key = {"key_id": ledger_fixture.key_of(f"{NR}/1").kid.hex(), "since": DAY, "reason": "遗失"}
    exchange.extend([line("KeyRevoked", NR, DAY, key, case="registry")])
    exchange.desk.run("publish", "--once")
    messages = [m for m in exchange.read(PROCURATORATE) if m.value]
    stream = statement.decode(filed).claims.sub
    opened = opening.opening(bytes(32), stream, 1, b"", sha256(filed).digest())
    leaf = opening.leaf(messages[-1].index + 1, 0, opening.commitment(opened))
    headers = {**messages[-1].headers, "O": opened, "R": leaf, "index": str(messages[-1].index + 1).encode()}
    return [*messages, Message(stream, filed, headers, 0)]


def test_the_example_in_java_stops_at_what_was_forged_on_the_way(exchange, partner):
    exchange.desk.run("publish", "--once")
    messages = [m for m in exchange.read(PROCURATORATE) if m.value]
    assert messages[-1].key == messages[-2].key
    (by_another,) = statements(exchange, ledger_fixture.ACTS[-2:-1], AnothersKey())
    found = forgeries(messages, by_another)
    found["by a key that was revoked"] = after_revocation(exchange)
    found["by a key that is not registered for operator"] = messages  # and another operator is agreed on
    admin = KafkaAdminClient(bootstrap_servers=exchange.broker.bootstrap)
    topics = {f"gongze.forged.{n}": why for n, why in enumerate(found)}
    admin.create_topics([NewTopic(name, 1, 1) for name in topics])
    admin.close()
    producer = KafkaProducer(bootstrap_servers=exchange.broker.bootstrap)
    for topic, why in topics.items():
        for m in found[why]:
            producer.send(topic, key=m.key.encode(), value=m.value, headers=list(m.headers.items()))
    producer.flush(30)
    producer.close()
    for topic, why in topics.items():
        command = partner.in_java(topic, "00" * 32 if found[why] is messages else None)
        done = subprocess.run(command, cwd=partner.folder, capture_output=True, encoding="utf-8", timeout=120)
        assert done.returncode == 1, why
        assert why in done.stderr
        assert "signed for " not in done.stdout
    assert not read(exchange.broker, f"gongze.inbox.{PROCURATORATE}")
