"""发布 Publishing: each act to the topic of every agency that may see it, exactly once, in the order of the ledger.

The pure half, `Outbox`, says which messages follow from which act; the thin half, `publish`, writes them and the position
in one transaction. A kill at any point shows both or neither to a `read_committed` reader.
"""

import json
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import islice
from threading import Event
from uuid import uuid4

from kafka.errors import KafkaError

from connectors import audience, topics
from connectors.audience import Audience, Told
from connectors.broker import Access, BrokerUnreachable, TopicUnusable, as_unreachable, read_all
from domain import registry as registry_rules
from domain.disclosure import Sight, number_and_date
from domain.refusal import Refusal
from domain.registry import Registry
from domain.values import from_milliseconds
from events import opening
from events.history import stored_act
from events.statement import TYP
from events.store import Entry, Store, StoreBusy, StoreUnreachable

REGISTRY = registry_rules.STREAM
BATCH = 1_000
"""Messages in one transaction at most."""
PAGE = 500
KEPT = 2_000
"""Streams whose audience is kept; of another it is folded anew from its acts."""
POLL_SECONDS = 0.2
TURN_SECONDS = 5.0
"""How long one that has nothing to publish goes on without asking whether it still has its turn."""
BACKOFF_SECONDS = (0.5, 1, 2, 4, 8)
TRIES = 5
"""How often one that is to end tries again after an error that may pass."""
BLANK = "gongze.blank"
"""The type of a message that shows no more of an act than that it is there."""


@dataclass(frozen=True, slots=True)
class Message:
    """What is written to one topic. An empty value: the act is there, its statement is not shown."""

    topic: str
    key: bytes
    value: bytes
    headers: tuple[tuple[str, bytes], ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """What a message says, whoever gets it: CloudEvents in binary mode, with index, leaf and opening, so that the receiver
    can check the statement against the opening against the leaf."""

    key: bytes
    value: bytes
    headers: tuple[tuple[str, bytes], ...]

    @classmethod
    def of(cls, ledger: str, entry: Entry, told: Told) -> "Shown":
        shown = told.sight == "all"
        headers = {
            "ce_specversion": "1.0",
            "ce_id": entry.cti.hex() if shown else str(entry.index),
            "ce_source": f"{ledger}/{entry.iss}" if shown else ledger,
            "ce_type": BLANK if told.sight == "existence" else f"gongze.{told.act.type}",
            "ce_subject": entry.stream,
            "ce_time": from_milliseconds(entry.received_at_ms).isoformat(timespec="milliseconds"),
            "index": str(entry.index),
        }
        if shown:
            headers["content-type"] = TYP
        elif told.sight == "number_and_date":
            number, day = number_and_date(told.act)
            headers |= {"number": number or "", "date": day.isoformat()}
        leaf = opening.leaf(entry.index, entry.received_at_ms, entry.commitment)
        digest = sha256(entry.statement).digest()
        opened = opening.opening(entry.rho, entry.stream, entry.version, entry.prev, digest)
        encoded = [(name, value.encode()) for name, value in headers.items()]
        return cls(
            entry.stream.encode(), entry.statement if shown else b"", (*encoded, ("R", leaf), ("O", opened))
        )

    def to(self, topic: str) -> Message:
        return Message(topic, self.key, self.value, self.headers)


# --- which messages follow from which act ---------------------------------------------------------------------


class Outbox:
    """The messages of each act in turn. Where it begins makes no difference to what it says."""

    def __init__(self, store: Store, start: int = 0) -> None:
        self._store = store
        self._registry = Registry()
        self._showing: list[tuple[int, Registry]] = []  # each state of it that shows others something else
        self._streams: set[str] | None = set() if start == 0 else None
        self._places: dict[str, str] = {}
        self._audiences: OrderedDict[str, Audience] = OrderedDict()
        for entry in store.read_stream(REGISTRY):
            if entry.index < start:
                self._take(entry)

    @property
    def registry(self) -> Registry:
        return self._registry

    def messages(self, entry: Entry) -> Iterator[Message]:
        """All that the next act of the log gives rise to, always the same in the same order."""
        if entry.stream == REGISTRY:
            yield from self._of_registry(entry)
            return
        if self._streams is not None:
            self._streams.add(entry.stream)
        heard = self._audience(entry.stream, before=entry.index)
        yield from self._to_each(heard.hear(stored_act(entry)), {entry.index: entry})

    def _to_each(self, news: list[Told], known: dict[int, Entry]) -> Iterator[Message]:
        """What is shown of one act is made once for all who are shown the same."""
        made: dict[tuple[int, Sight], Shown] = {}
        for told in news:
            place = self._places.get(told.agency)
            if place is None:
                continue
            index = told.act.index
            shown = made.get((index, told.sight))
            if shown is None:
                entry = known.get(index) or self._store.read(after=index - 1, limit=1)[0]
                known[index] = entry
                shown = made[index, told.sight] = Shown.of(self.ledger, entry, told)
            yield shown.to(place)

    @property
    def ledger(self) -> str:
        """The ledger's name, which its first act gives it."""
        assert self._registry.genesis is not None
        return self._registry.genesis.name

    def _of_registry(self, entry: Entry) -> Iterator[Message]:
        """The registry is public: everyone is told; who is new, or has another topic now, is told all of it, and what it may
        see of the rest."""
        before = self._registry
        changed = self._take(entry)
        act = stored_act(entry)
        moved = topics.moved(before, self._registry) if changed else []
        fresh = [a for a in sorted(self._places) if a not in before.agencies or a in moved]
        earlier = [e for e in self._store.read_stream(REGISTRY) if e.index < entry.index] if fresh else []
        known = {e.index: e for e in (*earlier, entry)}
        acts = [(stored_act(e), fresh) for e in earlier] + [(act, sorted(self._places))]
        yield from self._to_each([Told(a, one, "all") for one, to in acts for a in to], known)
        if changed:
            for stream in sorted(self._known_streams(entry.index)):
                heard = self._audience(stream, before=entry.index, under_last=False)
                heard.forget(moved)
                yield from self._to_each(heard.under(self._registry), {})

    def _take(self, entry: Entry) -> bool:
        """Fold one act of the registry; whether others may see something else from then on."""
        before, self._registry = self._registry, registry_rules.evolve(self._registry, stored_act(entry))
        changed = not audience.same_for_disclosure(before, self._registry)
        if changed or not self._showing:
            self._places = topics.act_topics(self._registry)
            self._showing.append((entry.index, self._registry))
        return changed

    def _known_streams(self, before: int) -> set[str]:
        if self._streams is None:
            self._streams = set()
            after = -1
            while page := [e for e in self._store.read(after=after, limit=PAGE) if e.index < before]:
                self._streams |= {e.stream for e in page if e.stream != REGISTRY}
                after = page[-1].index
        return self._streams

    def _audience(self, stream: str, before: int, *, under_last: bool = True) -> Audience:
        """What has been told of a stream before an index; `under_last` False: the registry's last change is not told yet."""
        found = self._audiences.pop(stream, None)
        if found is None:
            found = self._folded(stream, before, self._showing if under_last else self._showing[:-1])
        self._audiences[stream] = found
        while len(self._audiences) > KEPT:
            self._audiences.popitem(last=False)
        return found

    def _folded(self, stream: str, before: int, showing: Sequence[tuple[int, Registry]]) -> Audience:
        """The memory as it grew: each act under the registry of its time, each change of that between them."""
        heard: Audience | None = None
        changes = iter(showing)
        upcoming = next(changes, None)
        registry = Registry()
        entries: list[Entry | None] = [e for e in self._store.read_stream(stream) if e.index < before]
        for entry in (*entries, None):  # and what has changed since the last of them
            while upcoming is not None and (entry is None or upcoming[0] < entry.index):
                if heard is not None:
                    heard.forget(topics.moved(registry, upcoming[1]))
                    heard.under(upcoming[1])
                registry = upcoming[1]
                upcoming = next(changes, None)
            if heard is None:
                heard = Audience(stream, registry)
            if entry is not None:
                heard.hear(stored_act(entry))
        assert heard is not None
        return heard


# --- writing them ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Position:
    """How far the log is published: the next index, and how many messages of that act are out already (a change of the
    registry may bring more than one transaction holds). `leaf`: the hash of the leaf before it; `holder`: whose turn it is.
    """

    next: int = 0
    sent: int = 0
    leaf: str = ""
    holder: str = ""

    def record(self) -> bytes:
        return json.dumps(
            {"next": self.next, "sent": self.sent, "leaf": self.leaf, "holder": self.holder}
        ).encode()

    @classmethod
    def read(cls, raw: bytes) -> "Position":
        told = json.loads(raw)
        return cls(int(told["next"]), int(told["sent"]), str(told["leaf"]), str(told["holder"]))


class Replaced(Exception):
    """Another process has taken over what this one did."""


def transactional_id(ledger: str) -> str:
    return f"gongze.publisher.{ledger}"


def position_of(access: Access, key: str) -> Position | None:
    """The committed position of a ledger, or who has its turn under a key. Raises BrokerUnreachable, TopicUnusable."""
    found = None
    for record in read_all(access, topics.POSITION):
        if record.key == key.encode() and record.value:
            found = Position.read(record.value)
    return found


def check_position(store: Store, position: Position) -> None:
    """Refuse to go on where the ledger is not the one that was published. Raises Refusal("ledger_older")."""
    if position.next == 0:
        return
    there = store.read(after=position.next - 2, limit=1)
    if not there or there[0].leaf_hash.hex() != position.leaf:
        raise Refusal(
            "ledger_older",
            f"已经发布到第 {position.next - 1} 条，这份台账没有那一条：是恢复的备份，或另一本台账。"
            "请先用各机关的回执核对、补登缺少的记录，再用 gongze publish --anew 从头发布",
            "GONGZE_DATABASE_URL",
        )


@dataclass(slots=True)
class Published:
    """What one run did."""

    acts: int = 0
    messages: int = 0


class Session:
    """One producer from its first transaction to its first error."""

    def __init__(self, access: Access, store: Store, ledger: str, holder: str, *, anew: bool) -> None:
        self._access = access
        self._store = store
        self._ledger = ledger
        self._known: set[str] = set()
        self._producer = access.producer(transactional_id(ledger))
        try:
            # first this, which ends and fences whoever published before; only then is the position final
            self._producer.init_transactions()
            found = position_of(access, ledger)
            position = Position() if found is None or anew else found
            check_position(store, position)
            self.position = replace(position, holder=holder)
            self._commit((), self.position)
            self._outbox = Outbox(store, self.position.next)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        with suppress(KafkaError):
            self._producer.close(timeout=2)

    def advance(self) -> tuple[int, int]:
        """Publish what is new, a page at most; how many acts and messages. Raises KafkaError, TopicUnusable."""
        acts, sent, batch, then = 0, 0, list[Message](), self.position
        for entry in self._store.read(after=self.position.next - 1, limit=PAGE):
            messages = islice(self._outbox.messages(entry), self.position.sent, None)
            out = self.position.sent
            for one in messages:
                batch.append(one)
                out += 1
                if len(batch) == BATCH:
                    self._commit(batch, replace(then, next=entry.index, sent=out))
                    sent, batch = sent + len(batch), []
            then = replace(then, next=entry.index + 1, sent=0, leaf=entry.leaf_hash.hex())
            self.position = replace(self.position, sent=0)
            acts += 1
        if acts:
            self._commit(batch, then)
            sent += len(batch)
        return acts, sent

    def _commit(self, messages: Sequence[Message], position: Position) -> None:
        self._check_topics({one.topic for one in messages})
        producer = self._producer
        producer.begin_transaction()
        outcomes = [
            producer.send(m.topic, key=m.key, value=m.value, headers=list(m.headers), partition=0)
            for m in messages
        ]
        outcomes.append(
            producer.send(topics.POSITION, key=self._ledger.encode(), value=position.record(), partition=0)
        )
        producer.commit_transaction()
        for outcome in outcomes:
            outcome.get(timeout=0)  # all are out, or the commit would have failed
        self.position = position

    def _check_topics(self, named: set[str]) -> None:
        """A message to a topic that is not there would only wait. An agency may have come since the topics were made."""
        if named <= self._known:
            return
        consumer = self._access.consumer("gongze.reader")
        try:
            self._known = set(consumer.topics())
        finally:
            consumer.close(autocommit=False)
        lacking = sorted(named - self._known)
        if lacking:
            raise TopicUnusable(f"没有主题 {'、'.join(lacking)}，或无权写入：请先运行 gongze topics ensure")


def publish(
    access: Access,
    opened: Callable[[], Store],
    *,
    once: bool,
    anew: bool,
    stop: Event,
    say: Callable[[str], None],
) -> Published:
    """Follow the log until `stop`, or with `once` up to its end.

    A broker or database out of reach is waited for, and said once; with `once` it is raised: BrokerUnreachable,
    StoreUnreachable. Raises Replaced when another publisher has taken over, Refusal("ledger_older").
    """
    done = Published()
    holder = uuid4().hex
    waiting = Waiting(stop, say)
    claimed = False
    while not stop.is_set():
        session = None
        try:
            with closing(opened()) as store:
                ledger = _name(store)
                if claimed:
                    check_turn(access, ledger, holder)
                session = Session(access, store, ledger, holder, anew=anew)
                anew, claimed, asked = False, True, time.monotonic()
                while not stop.is_set():
                    acts, sent = session.advance()
                    waiting.over()
                    done.acts += acts
                    done.messages += sent
                    if not acts:
                        if once:
                            return done
                        stop.wait(POLL_SECONDS)
                        if time.monotonic() - asked > TURN_SECONDS:
                            check_turn(access, ledger, holder)
                            asked = time.monotonic()
        except (KafkaError, BrokerUnreachable, StoreUnreachable, StoreBusy) as error:
            # whatever happened inside a transaction, this producer is of no use any more: a new one begins where the
            # position says
            told = as_unreachable(error)
            if once and (isinstance(told, TopicUnusable) or told is error or waiting.tries == TRIES):
                raise told from error
            waiting.begin(told)
        finally:
            if session is not None:
                session.close()
    return done


def check_turn(access: Access, key: str, holder: str) -> None:
    """Of a producer that had its turn: has another it now? An error of a transaction may come of that, or of the broker.

    Raises Replaced, BrokerUnreachable.
    """
    found = position_of(access, key)
    if found is not None and found.holder != holder:
        raise Replaced


def _name(store: Store) -> str:
    first = store.read(after=-1, limit=1)
    registry = registry_rules.evolve(Registry(), stored_act(first[0])) if first else Registry()
    if registry.genesis is None:
        raise StoreUnreachable("台账没有建完")
    return registry.genesis.name


class Waiting:
    """Says once what is waited for, and once that it is over; waits longer from time to time."""

    def __init__(self, stop: Event, say: Callable[[str], None]) -> None:
        self._stop = stop
        self._say = say
        self._said: str | None = None
        self.tries = 0

    def begin(self, error: Exception) -> None:
        what = "数据库" if isinstance(error, StoreUnreachable | StoreBusy) else "消息服务器"
        text = f"{what}暂时无法使用，稍后自动再试：{error}"
        if text != self._said:
            self._say(text)
            self._said = text
        self._stop.wait(BACKOFF_SECONDS[min(self.tries, len(BACKOFF_SECONDS) - 1)])
        self.tries += 1

    def over(self) -> None:
        if self._said is not None:
            self._say("已恢复，继续")
        self._said, self.tries = None, 0
