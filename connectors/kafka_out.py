"""发布 Publishing: each act to the topic of every agency that may see it, exactly once, in the order of the ledger.

`connectors.outbox` says which messages follow from which act; here they are written, with the position, in one
transaction. A kill at any point shows both or neither to a `read_committed` reader.
"""

import time
from collections.abc import Callable, Generator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from threading import Event
from uuid import uuid4

from kafka.errors import KafkaError

from connectors import topics
from connectors.broker import Access, BrokerUnreachable, TopicUnusable, as_unreachable, read_all
from connectors.outbox import Batch, Beside, Message, Outbox, Position, decided
from domain import registry as registry_rules
from domain.refusal import Refusal
from domain.registry import Registry
from events.history import stored_act
from events.store import Store, StoreBusy, StoreUnreachable, open_store

MANY = 2_000
"""Acts that wait from which a process that decides them is worth its start."""
POLL_SECONDS = 0.2
TURN_SECONDS = 5.0
"""How long one that has nothing to publish, or waits for its helper, goes on without asking whether it has its turn."""
BACKOFF_SECONDS = (0.5, 1, 2, 4, 8)
TRIES = 5
"""How often one that is to end tries again after an error that may pass."""


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
    """What one run did. `complete`: it was to end when all was out, and it is."""

    acts: int = 0
    messages: int = 0
    complete: bool = False


class Session:
    """One producer from its first transaction to its first error."""

    def __init__(
        self, access: Access, url: str, store: Store, ledger: str, holder: str, *, anew: bool
    ) -> None:
        self._access = access
        self._url = url
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

    def batches(self, going: Callable[[], bool]) -> Generator[Batch, None, None]:
        """Publish what is new, up to the end of the log; each batch when it is out. Raises KafkaError, TopicUnusable, and
        what reading the log raises. `going`: asked, and told no, while another process is waited for.

        Where much waits, another process soon decides the next batch while one is committed. What it was ahead is thrown
        away when anything fails: the next session begins where the committed position says.
        """
        if self._store.head().size - self.position.next >= MANY:
            with closing(Beside(self._url)) as beside:
                with closing(self._decided_here()) as here:
                    for batch in here:
                        yield batch
                        if beside.ready():
                            break
                if beside.ready():
                    yield from self._committed(beside.decided(self.position, going))
            if not going():
                return
            self._outbox = Outbox(self._store, self.position.next)
        yield from self._decided_here()

    def _decided_here(self) -> Generator[Batch, None, None]:
        return self._committed(decided(self._store, self._outbox, self.position))

    def _committed(self, batches: Generator[Batch, None, None]) -> Generator[Batch, None, None]:
        with closing(batches):
            for batch in batches:
                self._commit(batch.messages, batch.then)
                yield batch

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
    url: str,
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
            with closing(open_store(url)) as store:
                ledger = _name(store)
                if claimed:
                    check_turn(access, ledger, holder)
                session = Session(access, url, store, ledger, holder, anew=anew)
                anew, claimed = False, True
                turn = Turn(access, ledger, holder, stop)
                while turn.going():
                    before = session.position
                    with closing(session.batches(turn.going)) as batches:
                        for batch in batches:
                            waiting.over()
                            turn.shown()
                            done.acts += batch.acts
                            done.messages += len(batch.messages)
                            if stop.is_set():
                                return done
                    if session.position != before:
                        continue
                    waiting.over()
                    if once:
                        done.complete = True
                        return done
                    stop.wait(POLL_SECONDS)
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


class Turn:
    """A publisher's turn, as it is known where it waits: whether it was told to stop, or another has taken over."""

    def __init__(self, access: Access, ledger: str, holder: str, stop: Event) -> None:
        self._access = access
        self._ledger = ledger
        self._holder = holder
        self._stop = stop
        self.shown()

    def shown(self) -> None:
        """A transaction went through: it still has its turn."""
        self._asked = time.monotonic()

    def going(self) -> bool:
        """False when it is to stop. Raises Replaced, BrokerUnreachable."""
        if not self._stop.is_set() and time.monotonic() - self._asked > TURN_SECONDS:
            check_turn(self._access, self._ledger, self._holder)
            self.shown()
        return not self._stop.is_set()


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
