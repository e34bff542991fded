"""什么送给谁 Which messages follow from which act, and how far the log is published. Nothing of a broker.

`Outbox` says it act by act, `decided` in transactions, and `Beside` has another process say it while this one writes:
each of the two keeps a core busy.
"""

import json
import signal
import time
from collections import OrderedDict
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import islice
from multiprocessing import get_context, resource_tracker
from multiprocessing.connection import Connection
from typing import Any

from connectors import audience, topics
from connectors.audience import Audience, Told
from domain import registry as registry_rules
from domain.disclosure import Sight, number_and_date
from domain.registry import Registry
from domain.values import from_milliseconds
from events import opening
from events.history import stored_act
from events.statement import TYP
from events.store import Entry, Store, StoreError, open_store

REGISTRY = registry_rules.STREAM
BATCH = 1_000
"""Messages in one transaction at most."""
PAGE = 500
KEPT = 2_000
"""Streams whose audience is kept; of another it is folded anew from its acts."""
LOOK_SECONDS = 0.2
SILENT_SECONDS = 30.0
"""After which another process that says nothing counts as gone: a batch takes it a second or two."""
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
        if entry.version == 1:
            self._audiences[entry.stream] = Audience(entry.stream, self._showing[-1][1])
        heard = self._audience(entry.stream, before=entry.index)
        yield from self._to_each(heard.hear(stored_act(entry)), {entry.index: entry})

    def _to_each(self, news: list[Told], known: dict[int, Entry]) -> Iterator[Message]:
        """What is shown of one act is made once for all who are shown the same."""
        news = [told for told in news if told.agency in self._places]
        known |= self._earlier(sorted({told.act.index for told in news} - known.keys()), news)
        made: dict[tuple[int, Sight], Shown] = {}
        for told in news:
            index = told.act.index
            shown = made.get((index, told.sight))
            if shown is None:
                shown = made[index, told.sight] = Shown.of(self.ledger, known[index], told)
            yield shown.to(self._places[told.agency])

    def _earlier(self, indices: Sequence[int], news: Sequence[Told]) -> dict[int, Entry]:
        """Acts of one stream that were not shown to everyone before: one by itself, several with their stream."""
        if len(indices) < 2:
            return {index: self._store.read(after=index - 1, limit=1)[0] for index in indices}
        return {entry.index: entry for entry in self._store.read_stream(news[0].act.stream)}

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


# --- in transactions --------------------------------------------------------------------------------------------


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


@dataclass(frozen=True, slots=True)
class Batch:
    """One transaction: its messages, the position after it, and how many acts it ends."""

    messages: Sequence[Message]
    then: Position
    acts: int


def decided(store: Store, outbox: Outbox, then: Position) -> Generator[Batch, None, None]:
    """What follows from the acts after a position, in transactions that are full but for the last."""
    acts, messages = 0, list[Message]()
    while page := store.read(after=then.next - 1, limit=PAGE):
        for entry in page:
            for sent, one in enumerate(islice(outbox.messages(entry), then.sent, None), then.sent + 1):
                messages.append(one)
                if len(messages) == BATCH:
                    yield Batch(messages, replace(then, sent=sent), acts)
                    acts, messages = 0, []
            then = replace(then, next=entry.index + 1, sent=0, leaf=entry.leaf_hash.hex())
            acts += 1
    if acts:
        yield Batch(messages, then, acts)


class Beside:
    """Another process that says the same, at most one transaction ahead of who listens.

    It ends with its parent, or when it is closed. Whatever else ends it, an error too, or makes it fall silent, just ends
    its batches: the listener goes on by itself from where it is, and meets the error itself.
    """

    def __init__(self, url: str) -> None:
        context = get_context("spawn")  # this process holds threads and connections, which a fork would break
        self._pipe, there = context.Pipe()
        self._process = context.Process(target=_decide, args=(there, url), name="deciding", daemon=True)
        with _unheard():
            self._process.start()
        there.close()
        self._ear = ThreadPoolExecutor(1)  # a batch may stop half-way, where no poll says so

    def ready(self) -> bool:
        """Whether it has started, which takes a moment, and waits for a position."""
        return self._pipe.poll()

    def decided(
        self, then: Position, going: Callable[[], bool] = lambda: True
    ) -> Generator[Batch, None, None]:
        """`going`: asked while a batch is waited for; where it says no, there are no more. What it raises is raised."""
        if self._heard(going) is None:
            return
        with suppress(OSError):
            self._pipe.send(then)
        while (heard := self._heard(going)) is not None:
            messages, after, acts = heard
            yield Batch([Message(*one) for one in messages], after, acts)

    def _heard(self, going: Callable[[], bool]) -> Any:
        """What it says next; None when it is gone, has been silent too long, or its listener is not to go on."""
        coming = self._ear.submit(self._pipe.recv)
        latest = time.monotonic() + SILENT_SECONDS
        while not wait([coming], LOOK_SECONDS).done:
            if time.monotonic() > latest or not going():
                return None
        with suppress(EOFError, OSError):
            return coming.result()
        return None

    def close(self) -> None:
        self._process.kill()  # which ends what the ear still waits for
        self._process.join()
        self._process.close()
        self._ear.shutdown()
        self._pipe.close()


PARENTS = (signal.SIGINT, signal.SIGTERM)
"""Meant for the parent, which finishes what is under way, where a terminal or a service sends them to both."""


@contextmanager
def _unheard() -> Iterator[None]:
    """A process that is started here hears none of these from its first moment on, which no line of its own could see to."""
    resource_tracker.ensure_running()  # it is started with the first process, and would let them through again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, PARENTS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _decide(pipe: "Connection[object, Position]", url: str) -> None:
    with suppress(StoreError, EOFError, OSError), closing(open_store(url)) as store:
        pipe.send("ready")
        then = pipe.recv()
        for batch in decided(store, Outbox(store, then.next), then):
            plain = [
                (m.topic, m.key, m.value, m.headers) for m in batch.messages
            ]  # at a fifth of the pickler's time
            pipe.send((plain, batch.then, batch.acts))  # waits here until the one before has been taken
