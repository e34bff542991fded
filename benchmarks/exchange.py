"""The exchange against a real broker: publishing beside the same client's own transactions, an inbox beside bulk intake.

The broker takes its part of the same cores. Messages are those of a real ledger: what is sent raw is what was published.
"""

import os
import tempfile
import time
from contextlib import closing
from pathlib import Path
from statistics import median
from threading import Event

from kafka import KafkaProducer

from connectors import kafka_in, kafka_out
from connectors.broker import Access
from connectors.outbox import BATCH, Message, Outbox
from connectors.topic_admin import Administration
from events.store import open_store
from gongze import exchange
from gongze.ledger import Ledger
from gongze.settings import Settings, load
from tests import ledger_fixture
from tests.brokers import running
from tests.exchange import COURT, NR, PROCURATORATE, case_lines

CASES = 1_000
ROUNDS = 3
AGENCIES = (NR, COURT, PROCURATORATE)
PUBLISHING_GOAL, INBOX_GOAL = 0.8, 0.7


def run() -> None:
    with tempfile.TemporaryDirectory() as folder, running() as broker:
        access = Access(broker.bootstrap)
        settings = _settings(Path(folder) / "publishing.db")
        _ledger(settings)
        with Ledger.open(settings) as ledger:
            ledger_fixture.extend(ledger, [line for n in range(CASES) for line in _shown(n)])
            registry = ledger.registry()
        with Administration(access) as administration:
            found = exchange.difference(administration, registry, "gongze")
            exchange.make(administration, registry, found)
        _publishing(access, settings)
        _inbox(access, Path(folder))


def _publishing(access: Access, settings: Settings) -> None:
    with closing(open_store(settings.database_url)) as store:
        outbox = Outbox(store)
        after, messages = -1, list[Message]()
        began = time.process_time()
        while page := store.read(after=after):
            messages += [one for entry in page for one in outbox.messages(entry)]
            after = page[-1].index
        deciding = time.process_time() - began
    raw, ours = [], []
    for number in range(ROUNDS):
        raw.append(len(messages) / _raw(access, messages, f"gongze.benchmark.{number}"))
        began = time.perf_counter()
        done = kafka_out.publish(
            access, settings.database_url, once=True, anew=True, stop=Event(), say=print
        )  # fmt: skip
        ours.append(done.messages / (time.perf_counter() - began))
    size = sum(len(m.value) + sum(len(v) for _, v in m.headers) for m in messages) / len(messages)
    print(
        f"messages                                  {len(messages):8d}   of {size:.0f} bytes with their headers"
    )
    print(f"the client's own transactions of {BATCH}     {median(raw):8.0f} /s")
    print(
        f"publish                                   {median(ours):8.0f} /s   {_beside(ours, raw, PUBLISHING_GOAL)}"
    )
    print(f"of which deciding who is told what        {len(messages) / deciding:8.0f} /s of CPU time, alone")


def _raw(access: Access, messages: list[Message], name: str) -> float:
    """Seconds for the same messages in transactions of the same size, with nothing to decide; from the client's start to
    its end, as `publish` is measured."""
    began = time.perf_counter()
    producer: KafkaProducer = access.producer(name)
    producer.init_transactions()
    for start in range(0, len(messages), BATCH):
        producer.begin_transaction()
        for one in messages[start : start + BATCH]:
            producer.send(one.topic, key=one.key, value=one.value, headers=list(one.headers), partition=0)
        producer.send("gongze.position", key=b"benchmark", value=b"{}", partition=0)
        producer.commit_transaction()
    producer.close(timeout=5)
    return time.perf_counter() - began


def _inbox(access: Access, folder: Path) -> None:
    """Statements that stand alone, so that both ways take in the very same."""
    through, bulk = [], []
    for number in range(ROUNDS):
        settings = [_settings(folder / f"{way}-{number}.db") for way in ("inbox", "bulk")]
        for one in settings:
            _ledger(one)
        with Ledger.open(settings[0]) as ledger:
            raws = _signed(ledger, number)
        with Ledger.open(settings[1]) as ledger:
            began = time.perf_counter()
            assert sum(not isinstance(a, Exception) for a in ledger.submit_all(iter(raws))) == len(raws)
            bulk.append(len(raws) / (time.perf_counter() - began))
        producer = KafkaProducer(bootstrap_servers=access.bootstrap)
        for raw in raws:
            producer.send(f"gongze.inbox.{NR}", raw)
        producer.flush(60)
        producer.close()
        began = time.perf_counter()
        done = kafka_in.consume(
            access, lambda url=settings[0]: Ledger.open(url), instance=1, rate=0, once=True, stop=Event(), say=print  # type: ignore[misc]
        )  # fmt: skip
        assert (done.taken, done.refused) == (len(raws), 0)
        through.append(len(raws) / (time.perf_counter() - began))
    print(f"bulk intake                               {median(bulk):8.0f} /s")
    print(
        f"through an inbox                          {median(through):8.0f} /s   {_beside(through, bulk, INBOX_GOAL)}"
    )


def _beside(rates: list[float], yardstick: list[float], goal: float) -> str:
    ratio = median(rates) / median(yardstick)
    reached = "" if ratio >= goal else "   NOT REACHED"
    return f"{ratio:.2f} x (goal {goal}){reached}   load {os.getloadavg()[0]:.1f}"


def _signed(ledger: Ledger, salt: int) -> list[bytes]:
    from dataclasses import replace

    from gongze.script import parse, signed

    keys = ledger_fixture.FixtureKeys()
    lines = [case_lines(100_000 * (salt + 1) + n)[0] for n in range(2 * CASES)]
    return [signed(ledger, replace(parse(1, text.encode()), received_at=None), keys) for text in lines]


def _shown(number: int) -> list[str]:
    """A case that comes before the court and the procuratorate: six acts, most of them to be told to three."""
    return [text.replace("81", str(2_000 + number)) for text in ledger_fixture.ACTS[:6]]


def _settings(path: Path) -> Settings:
    return load({"GONGZE_DATABASE_URL": f"sqlite:///{path}", "GONGZE_CONFIG": ""})


def _ledger(settings: Settings) -> None:
    with Ledger.create(settings) as ledger:
        ledger_fixture.found(ledger)
