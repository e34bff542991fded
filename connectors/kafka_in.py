"""接收 Consuming: what the agencies send to their inboxes goes into the ledger like any other statement.

What is refused lies with the dead letters, with code, sentence and where it came from, and its owner is told on its own
topic: both in one transaction with the offsets, after the ledger's own commit. A kill between the two sends the batch
through once more, and every statement in it has its receipt already. Nothing that is sent can stop the flow.
"""

import json
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from hashlib import sha256
from math import ceil
from threading import Event
from typing import Any, Protocol
from uuid import uuid4

from kafka import ConsumerRebalanceListener, KafkaConsumer, TopicPartition
from kafka.errors import KafkaError
from kafka.structs import OffsetAndMetadata

from connectors import topics
from connectors.broker import Access, BrokerUnreachable, TopicUnusable, as_unreachable, readable
from connectors.kafka_out import TRIES, Waiting, check_turn
from connectors.outbox import Message, Position
from connectors.shares import Shares
from domain.refusal import Refusal
from domain.registry import Registry
from domain.values import from_milliseconds
from events.statement import STATEMENT_MAX, decode
from events.store import OutcomeUnknown, StoreBusy, StoreError, StoreUnreachable

BATCH = 500
POLL_MS = 500
LOOK_MS = 5
"""For what others may have sent, while more of one inbox is here already."""
ALL = 1_000_000
"""Whatever has been fetched of an inbox (a megabyte) is taken from the client library at once: what it keeps of a part of
that, it does not give back when reading was paused (kafka-python 3.0.12)."""
SESSION_MS = 10_000
DISCOVERY_SECONDS = 10.0
"""How often a consumer looks for inboxes that have come, and topics that agencies have now."""
KEPT_BYTES = 700_000
"""Of an original at most: with its headers it must fit into a message of the default size. The rest is cut, and its
length and digest stand in the headers."""
CLASSIFIED = "classified"
BUSY = "busy"
REFUSED, RETRIED, DISCARDED = "gongze.refused", "gongze.retried", "gongze.discarded"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a message lay."""

    topic: str
    partition: int
    offset: int


@dataclass(frozen=True, slots=True)
class Arrived:
    """One message of an inbox."""

    origin: Origin
    value: bytes | None

    @property
    def owner(self) -> str:
        return topics.owner(self.origin.topic)


class Ledger(Protocol):
    """What takes statements in: an answer each, in their order, each refused or stored for good."""

    def submit_all(self, raws: Iterable[bytes]) -> Iterator[Any]: ...
    def registry(self) -> Registry: ...
    def now_ms(self) -> int: ...


# --- what becomes of a message --------------------------------------------------------------------------------


def first_look(arrived: Arrived) -> Refusal | None:
    """What can be told before the door: that it is a statement, and that of the inbox's owner."""
    if not arrived.value:
        return Refusal("schema_invalid", "消息没有内容，应为一份签名的声明", "statement")
    if len(arrived.value) > STATEMENT_MAX:
        return Refusal("too_large", f"一份陈述最多 {STATEMENT_MAX} 字节，文件请作为附件传送", "statement")
    try:
        iss = decode(arrived.value).claims.iss
    except Refusal as refusal:
        return refusal
    if iss != arrived.owner:
        return Refusal("not_authorised", "只能把本机关签名的声明发到本机关的收件主题", "iss")
    return None


def take_in(ledger: Ledger, batch: Sequence[Arrived]) -> list[Refusal | None]:
    """What became of each: None for what is in the ledger now. Raises what `events.store` raises: nothing is decided."""
    try:
        return _taken(ledger, batch)
    except StoreError:
        raise
    except Exception:  # noqa: BLE001 - whatever it is, it is kept with the dead letters
        if len(batch) == 1:
            # a fault of ours, which the next try would meet again: it must not stop what comes after it
            return [Refusal("unprocessable", "处理这份消息时出错，请运行单位查看死信并告知维护人员", None)]
        return [found for one in batch for found in take_in(ledger, [one])]


def _taken(ledger: Ledger, batch: Sequence[Arrived]) -> list[Refusal | None]:
    found: list[Refusal | None] = [first_look(one) for one in batch]
    raws = [one.value for one, refusal in zip(batch, found, strict=True) if refusal is None and one.value]
    answers = iter(ledger.submit_all(raws))
    for place, refusal in enumerate(found):
        if refusal is None:
            answer = next(answers)
            if isinstance(answer, Refusal) and answer.code == BUSY:
                raise StoreBusy(answer.message)  # says nothing of the statement, which is not to be sent anew
            found[place] = answer if isinstance(answer, Refusal) else None
    return found


def refused(
    arrived: Arrived, refusal: Refusal, place: str | None, letters: str, now_ms: int
) -> Iterator[Message]:
    """The dead letter, and the answer to the owner on its own topic (`place`, if it has one)."""
    value = arrived.value or b""
    kept = b"" if refusal.code == CLASSIFIED else value[:KEPT_BYTES]
    said = {
        "code": refusal.code, "origin_topic": arrived.origin.topic, "origin_partition": str(arrived.origin.partition),
        "origin_offset": str(arrived.origin.offset), "sha256": sha256(value).hexdigest(), "bytes": str(len(value)),
    }  # fmt: skip
    if refusal.code != CLASSIFIED:  # of such a message nobody is to learn more than that it was refused
        said |= {"message": refusal.message, "field": refusal.field or ""}
    origin = f"{arrived.origin.topic}/{arrived.origin.partition}/{arrived.origin.offset}"
    yield Message(letters, origin.encode(), kept, _headers(REFUSED, origin, now_ms, said))
    if place is not None:
        answer = json.dumps(said, ensure_ascii=False, sort_keys=True).encode()
        json_type = {"content-type": "application/json"}
        yield Message(place, origin.encode(), answer, _headers(REFUSED, origin, now_ms, json_type))


def settled(
    kind: str, origin: str, now_ms: int, said: dict[str, str], letters: str, place: str | None
) -> Iterator[Message]:
    """That a dead letter is off the list, and why: beside it, and to the owner of the inbox."""
    yield Message(letters, origin.encode(), b"", _headers(kind, origin, now_ms, said))
    if place is not None:
        answer = json.dumps({"origin": origin, **said}, ensure_ascii=False, sort_keys=True).encode()
        json_type = {"content-type": "application/json"}
        yield Message(place, origin.encode(), answer, _headers(kind, origin, now_ms, json_type))


def _headers(kind: str, origin: str, now_ms: int, said: dict[str, str]) -> tuple[tuple[str, bytes], ...]:
    event = {
        "ce_specversion": "1.0", "ce_id": f"{kind}/{origin}", "ce_source": "gongze", "ce_type": kind,
        "ce_subject": origin, "ce_time": from_milliseconds(now_ms).isoformat(timespec="milliseconds"),
    }  # fmt: skip
    return tuple((name, value.encode()) for name, value in (event | said).items())


# --- from whom it is heard, and where answered ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Reach:
    """`inboxes`: those that are read. `places`: agency → the topic of its answers. `lacking`: what there should be, and is
    not."""

    inboxes: list[str]
    places: Mapping[str, str]
    lacking: list[str]


def within_reach(registry: Registry, there: Set[str]) -> Reach:
    """Of what the registry wants, what can be had where these topics are. Of an inbox that is not there, or may not be
    described, a consumer hears nothing for ever, and no error either; an answer to an act topic that is not there would
    hold up all others."""
    inboxes, places = set(topics.inboxes(registry)), topics.act_topics(registry)
    answered = {agency: topic for agency, topic in places.items() if topic in there}
    return Reach(sorted(inboxes & there), answered, sorted((inboxes | set(places.values())) - there))


# --- reading and answering ------------------------------------------------------------------------------------


@dataclass(slots=True)
class Consumed:
    """What one run did. `complete`: it was to end when all was read, and it is."""

    taken: int = 0
    refused: int = 0
    complete: bool = False


class Intake:
    """One consumer and the producer of its answers, from their start to the first error of either."""

    def __init__(
        self, access: Access, registry: Registry, key: str, holder: str, instance: int, rate: int
    ) -> None:
        assert registry.genesis is not None
        self._shares = Shares(rate)
        self._flooded: set[str] = set()
        self._fetched: dict[TopicPartition, deque[Arrived]] = {}
        self._shared_out = _SharedOut()
        self.letters = topics.dead_letters(registry)
        # the name is stable, so that whoever comes after a killed one ends its open transaction at once
        self._producer = access.producer(f"gongze.{key}")
        self._consumer: KafkaConsumer | None = None
        try:
            self._producer.init_transactions()
            self._claim(key, holder)
            self._consumer = access.consumer(
                "gongze.consumer", f"gongze.intake.{registry.genesis.name}", max_poll_records=ALL,
                group_instance_id=f"instance-{instance}", session_timeout_ms=SESSION_MS, heartbeat_interval_ms=SESSION_MS // 4,
            )  # fmt: skip
            readable(self._consumer, [self.letters])
            self.reach = self.reach_of(registry)
            self._consumer.subscribe(self.reach.inboxes, listener=self._shared_out)
        except BaseException:
            self.close()
            raise

    def _claim(self, key: str, holder: str) -> None:
        self._producer.begin_transaction()
        claim = Position(holder=holder).record()
        self._producer.send(topics.POSITION, key=key.encode(), value=claim, partition=0)
        self._producer.commit_transaction()

    def reach_of(self, registry: Registry) -> Reach:
        """What is within reach now."""
        return within_reach(registry, set(self.consumer.topics()))

    def close(self) -> None:
        with suppress(KafkaError):
            self._producer.close(timeout=2)
        if self._consumer is not None:
            with suppress(KafkaError):
                self._consumer.close(autocommit=False, timeout_ms=2_000)

    @property
    def consumer(self) -> KafkaConsumer:
        assert self._consumer is not None
        return self._consumer

    def arrived(self) -> list[Arrived]:
        """The next batch, an equal part of it from each inbox that has something and does not rest."""
        for partition, records in self.consumer.poll(timeout_ms=self._hold_back()).items():
            letters = self._fetched.setdefault(partition, deque())
            letters.extend(
                Arrived(Origin(partition.topic, partition.partition, r.offset), r.value) for r in records
            )
        if self._shared_out.anew:
            self._begin_at_answered()
            return []
        now = time.monotonic()
        ready = [
            p for p, letters in self._fetched.items() if letters and not self._shares.rests(p.topic, now)
        ]
        batch: list[Arrived] = []
        for partition in ready:
            letters = self._fetched[partition]
            taken = [letters.popleft() for _ in range(min(len(letters), max(1, BATCH // len(ready))))]
            self._shares.took(partition.topic, len(taken), now)
            batch += taken
        return batch

    def _begin_at_answered(self) -> None:
        """Of an inbox that stays with it, the library reads on after all that it gave out, answered or not."""
        self._shared_out.anew = False
        self._fetched.clear()
        for partition in self.consumer.assignment():
            offset = self.consumer.committed(partition)
            if offset is None:
                self.consumer.seek_to_beginning(partition)
            else:
                self.consumer.seek(partition, offset)

    def _hold_back(self) -> int:
        """Fetch nothing more of inboxes that rest, or of which enough is here. For how many milliseconds the others may be
        waited for."""
        now = time.monotonic()
        assigned = self.consumer.assignment()
        rests = {p: self._shares.rests(p.topic, now) for p in assigned}
        held = {p for p in assigned if rests[p] or self._fetched.get(p)}
        self.consumer.pause(*held)
        self.consumer.resume(*(assigned - held))
        waits = [max(LOOK_MS, ceil(rests[p] * 1000)) for p in held]
        return min([POLL_MS, *waits])

    def flooded(self) -> list[str]:
        """The inboxes that have begun to rest since this was last asked."""
        now = time.monotonic()
        self._flooded -= {inbox for inbox in self._flooded if self._shares.calm(inbox, now)}
        fresh = {name for name in self.reach.inboxes if self._shares.rests(name, now)} - self._flooded
        self._flooded |= fresh
        return sorted(fresh)

    def answer(self, batch: Sequence[Arrived], messages: Sequence[Message]) -> None:
        """Answers and offsets, in one. Raises KafkaError: somebody else has the inbox now, or will read it again."""
        after: dict[TopicPartition, int] = {}
        for one in batch:
            partition = TopicPartition(one.origin.topic, one.origin.partition)
            after[partition] = max(after.get(partition, 0), one.origin.offset + 1)
        self._producer.begin_transaction()
        sent = [
            self._producer.send(m.topic, key=m.key, value=m.value, headers=list(m.headers), partition=0)
            for m in messages
        ]
        offsets = {partition: OffsetAndMetadata(offset, "", -1) for partition, offset in after.items()}
        self._producer.send_offsets_to_transaction(offsets, self.consumer.group_metadata())
        self._producer.commit_transaction()
        for outcome in sent:
            outcome.get(timeout=0)

    def at_end(self) -> bool:
        """Whether everything that lies in the inboxes has been read, wherever in the group."""
        partitions = [TopicPartition(name, 0) for name in self.reach.inboxes]
        ends = self.consumer.end_offsets(partitions)
        return all((self.consumer.committed(p) or 0) >= end or end == 0 for p, end in ends.items())


class _SharedOut(ConsumerRebalanceListener):  # type: ignore[misc]  # the library has no types
    """Notes that the inboxes have been shared out anew."""

    def __init__(self) -> None:
        self.anew = False

    def on_partitions_revoked(self, revoked: object) -> None:
        self.anew = True

    def on_partitions_assigned(self, assigned: object) -> None:
        self.anew = True


def consume(
    access: Access,
    opened: Callable[[], AbstractContextManager[Ledger]],
    *,
    instance: int,
    rate: int,
    once: bool,
    stop: Event,
    say: Callable[[str], None],
) -> Consumed:
    """Take in what arrives until `stop`, or with `once` until the inboxes are empty. `rate`: see `connectors.shares`.

    A broker or database out of reach is waited for, and said once; with `once` it is raised: BrokerUnreachable,
    StoreUnreachable. Raises Replaced when another of the same instance has taken over.
    """
    done = Consumed()
    waiting = Waiting(stop, say)
    holder, claimed, lacked = uuid4().hex, False, list[str]()
    while not stop.is_set():
        intake = None
        try:
            with opened() as ledger:
                registry = ledger.registry()
                key = f"consumer.{registry.genesis.name if registry.genesis else ''}.{instance}"
                if claimed:
                    check_turn(access, key, holder)
                intake = Intake(access, registry, key, holder, instance, rate)
                claimed = True
                lacking = intake.reach.lacking
                if lacking and lacking != lacked:
                    say(
                        f"收不到来信，或答复不了：{'、'.join(lacking)}，没有这些主题，或无权读写，请运行 gongze topics ensure"
                    )
                lacked = lacking
                _follow(intake, ledger, done, waiting, once=once, stop=stop, say=say)
                if done.complete:
                    return done
        except (KafkaError, BrokerUnreachable, StoreUnreachable, StoreBusy, OutcomeUnknown) as error:
            # the batch was not answered: it comes again, and what of it is stored has its receipt
            told = as_unreachable(error)
            if once and (isinstance(told, TopicUnusable) or told is error or waiting.tries == TRIES):
                raise told from error
            waiting.begin(told)
        finally:
            if intake is not None:
                intake.close()
    return done


def _follow(
    intake: Intake,
    ledger: Ledger,
    done: Consumed,
    waiting: Waiting,
    *,
    once: bool,
    stop: Event,
    say: Callable[[str], None],
) -> None:
    looked = time.monotonic()
    while not stop.is_set():
        if time.monotonic() - looked > DISCOVERY_SECONDS:  # before the batch: others may never stop sending
            if intake.reach_of(ledger.registry()) != intake.reach:
                return  # begin anew: with inboxes that have come, and where an agency is told now
            looked = time.monotonic()
        batch = intake.arrived()
        if not batch:
            # that nothing came proves nothing yet: what could not be answered is still on its way here again
            if (once or waiting.tries) and intake.at_end():
                waiting.over()
                if once:
                    done.complete = True
                    return
            continue
        for inbox in intake.flooded():
            say(f"{inbox} 来得太快，暂缓读取，别的收件主题照常（GONGZE_INBOX_RATE）")
        found = take_in(ledger, batch)
        now = ledger.now_ms()
        answers = [
            message
            for one, refusal in zip(batch, found, strict=True)
            if refusal is not None
            for message in refused(one, refusal, intake.reach.places.get(one.owner), intake.letters, now)
        ]
        intake.answer(batch, answers)
        waiting.over()
        done.taken += sum(refusal is None for refusal in found)
        done.refused += sum(refusal is not None for refusal in found)
