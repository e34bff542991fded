"""A small ledger in an exchange: its commands as an operator types them, its topics as an agency reads them."""

import atexit
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from events import opening
from gongze.ledger import Ledger
from gongze.script import Keys, parse, signed
from gongze.settings import Settings, load
from tests import ledger_fixture
from tests.brokers import Broker
from tests.end_to_end.conftest import GONGZE, Desk, Runner, line

NR, COURT, PROCURATORATE = ledger_fixture.AGENCIES[0], "court.chengguan", "procuratorate.lhasa"
TOPICS = {NR: "gongze.540100.nr", COURT: "gongze.540102.court", PROCURATORATE: "gongze.540100.procuratorate"}
DEAD_LETTERS = "gongze.540100.dead-letter"
FOUNDING, STORY = 25, 9
"""Acts of the small ledger of tests/ledger_fixture.py."""


@dataclass
class Message:
    """What a reader found."""

    key: str
    value: bytes
    headers: dict[str, bytes]
    offset: int

    @property
    def index(self) -> int:
        return int(self.headers["index"])

    @property
    def type(self) -> str:
        return self.headers["ce_type"].decode()


def read(broker: Broker, topic: str, isolation: str = "read_committed") -> list[Message]:
    """Everything that lies on a topic, as a reader sees it that the broker's own users are."""
    partition = TopicPartition(topic, 0)
    consumer = KafkaConsumer(
        bootstrap_servers=broker.bootstrap, isolation_level=isolation, auto_offset_reset="earliest", group_id=None,
        enable_auto_commit=False,
    )  # fmt: skip
    found: list[Message] = []
    try:
        end = consumer.end_offsets([partition])[partition]
        consumer.assign([partition])
        consumer.seek_to_beginning(partition)
        until = time.monotonic() + 60
        while consumer.position(partition) < end:
            assert time.monotonic() < until, f"{topic} cannot be read to its end"
            for one in consumer.poll(timeout_ms=200).get(partition, ()):
                key = one.key.decode() if one.key else ""
                found.append(Message(key, one.value, dict(one.headers), one.offset))
    finally:
        consumer.close(autocommit=False)
    return found


@cache
def _template() -> Path:
    """The small ledger, made once."""
    path = Path(tempfile.mkdtemp(prefix="gongze-exchange-")) / "ledger.db"
    atexit.register(shutil.rmtree, path.parent)
    ledger_fixture.make(path)
    return path


@dataclass
class Exchange:
    """A desk whose ledger is in an exchange."""

    desk: Desk
    broker: Broker
    made: int = 0
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @classmethod
    def at(cls, folder: Path, broker: Broker, runner: Runner, url: str | None = None) -> "Exchange":
        """The small ledger with its case, and its topics."""
        desk = Desk(
            folder,
            {**broker.environment, "GONGZE_DATABASE_URL": url or f"sqlite:///{folder}/ledger.db"},
            runner,
        )
        exchange = cls(desk, broker)
        if url is None:
            shutil.copy(_template(), folder / "ledger.db")
        else:
            with Ledger.create(exchange.settings) as ledger:
                ledger_fixture.found(ledger)
                ledger_fixture.extend(ledger, ledger_fixture.ACTS)
                ledger.catch_up()
        desk.run("topics", "ensure", "--yes")
        return exchange

    @property
    def settings(self) -> Settings:
        return load({"GONGZE_DATABASE_URL": self.desk.settings["GONGZE_DATABASE_URL"], "GONGZE_CONFIG": ""})

    def open(self) -> Ledger:
        return Ledger.open(self.settings)

    def extend(self, lines: Sequence[str]) -> None:
        with self.open() as ledger:
            ledger_fixture.extend(ledger, list(lines))

    def cases(self, number: int) -> None:
        """So many further cases with two acts each, visible to the department alone."""
        self.extend([text for one in range(self.made, self.made + number) for text in case_lines(one)])
        self.made += number

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """A long-running command, in the background."""
        log = (self.desk.folder / f"log-{len(self.running)}").open("wb")
        process = subprocess.Popen(
            [GONGZE, *arguments], cwd=self.desk.folder, env=self.desk.environment(), stdin=subprocess.DEVNULL,
            stdout=log, stderr=subprocess.STDOUT,
        )  # fmt: skip
        log.close()
        self.running.append(process)
        return process

    def said(self, process: subprocess.Popen[bytes]) -> str:
        return (self.desk.folder / f"log-{self.running.index(process)}").read_text("utf-8")

    def end(self) -> None:
        for process in self.running:
            process.kill()
            process.wait()

    def read(self, agency: str) -> list[Message]:
        return read(self.broker, TOPICS[agency])

    def send(self, messages: Sequence[tuple[str, bytes | None]]) -> None:
        """As the agencies do: to an inbox each."""
        producer = KafkaProducer(bootstrap_servers=self.broker.bootstrap)
        try:
            for agency, value in messages:
                producer.send(f"gongze.inbox.{agency}", key=agency.encode(), value=value)
            producer.flush(30)
        finally:
            producer.close()


def case_lines(number: int) -> list[str]:
    """A case of the department's own."""
    case = f"拉自然资执〔2026〕{1000 + number}号"
    filed: dict[str, Any] = {
        "title": "未批先占建房案", "parties": [{"name": "乙公司"}], "violation": "unapproved_land_use",
        "source": "patrol", "place": {"region": "540102", "address": "示例村二组"},
    }  # fmt: skip
    notice = {"notice": "stop_violation", "notice_no": f"停{number}"}
    return [
        line("CaseFiled", NR, "2026-03-03", filed, case=case),
        line("NoticeIssued", NR, "2026-03-03", notice, case=case),
    ]


def statements(exchange: Exchange, lines: Sequence[str], keys: Keys | None = None) -> list[bytes]:
    """As the agencies' own systems sign them, each upon the ledger as it is now."""
    keys = keys or ledger_fixture.FixtureKeys()
    with exchange.open() as ledger:
        parsed = [replace(parse(n, text.encode()), received_at=None) for n, text in enumerate(lines, 1)]
        return [signed(ledger, one, keys) for one in parsed]


def sent_by(exchange: Exchange, number: int, first: int = 0) -> list[bytes]:
    """Signed filings of so many cases, each of which stands alone."""
    return statements(exchange, [case_lines(one)[0] for one in range(first, first + number)])


def until(holds: Callable[[], bool], seconds: float = 60) -> None:
    """Wait for what must come to be."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not come to be"
        time.sleep(0.05)


def check_proof(message: Message) -> None:
    """S against O against R, as the guide for readers has it."""
    leaf, opened = opening.read_leaf(message.headers["R"]), opening.read_opening(message.headers["O"])
    assert opening.commitment(message.headers["O"]) == leaf.commitment
    assert (leaf.index, opened.stream) == (message.index, message.key)
    if message.value:
        assert sha256(message.value).digest() == opened.statement_digest


def in_order(messages: Sequence[Message]) -> None:
    """No act twice, and each case from its first act on without a gap: what is shown in full later was a blank before."""
    shown = [m.index for m in messages if m.value]
    assert len(shown) == len(set(shown))
    blanks = [m.index for m in messages if not m.value]
    assert len(blanks) == len(set(blanks))
    version: dict[str, int] = {}
    for message in messages:
        check_proof(message)
        found = opening.read_opening(message.headers["O"]).version
        if found > version.get(message.key, 0):
            assert found == version.get(message.key, 0) + 1, message.key
            version[message.key] = found
