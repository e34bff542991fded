"""Reading acts back from the store: the registry and the dossiers as folded, each cached by its version.

A cache is only ever extended by what the store holds beyond it, so cached and folded agree by construction.
"""

import threading
from collections import OrderedDict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from domain import dossiers
from domain import registry as registry_rules
from domain.acts import Act, Event
from domain.entries import Dossier
from domain.refusal import Refusal
from domain.registry import STREAM as REGISTRY
from domain.registry import Registry
from events import schemas
from events.statement import Claims, Statement, decode
from events.store import Entry, Head, Store, StoreDamaged

DOSSIERS_KEPT = 512


def act_of(statement: Statement, *, received_at_ms: int, index: int = -1, event: Event | None = None) -> Act:
    """The act that a statement makes; `event` if its payload was read already. Raises Refusal("schema_invalid")."""
    claims = statement.claims
    return act_by(
        claims, event or schemas.decode(claims.event, claims.schema, statement.payload), received_at_ms, index
    )


def act_by(claims: Claims, event: Event, received_at_ms: int, index: int) -> Act:
    """The act of these claims and this payload."""
    return Act(
        id=claims.cti.hex(),
        stream=claims.sub,
        agency=claims.on_behalf_of or claims.iss,
        signer=claims.iss,
        officer=claims.officer,
        occurred_on=claims.occurred_on,
        received_at_ms=received_at_ms,
        event=event,
        index=index,
    )


def stored_statement(entry: Entry) -> Statement:
    """The statement of a stored entry. Raises StoreDamaged: it was well formed when it was taken in."""
    try:
        return decode(entry.statement)
    except Refusal as refusal:
        raise _damaged(entry, refusal) from refusal


def stored_act(entry: Entry) -> Act:
    """The act of a stored entry. Raises StoreDamaged, never a Refusal: that would blame what comes in now."""
    statement = stored_statement(entry)
    try:
        return act_of(statement, received_at_ms=entry.received_at_ms, index=entry.index)
    except Refusal as refusal:
        raise _damaged(entry, refusal) from refusal


def _damaged(entry: Entry, refusal: Refusal) -> StoreDamaged:
    return StoreDamaged(f"第 {entry.index} 条无法读取（{refusal.message}），请运行 gongze verify")


@dataclass(frozen=True, slots=True)
class View:
    """A dossier as of a version of its stream."""

    dossier: Dossier
    version: int
    commitment: bytes


class History:
    """The folded past of one ledger. May be shared between threads; `lock` keeps it still while one writes.

    What is cached is current as long as nobody else has appended: one look at the head of the log tells. What was
    appended through `took` needs no reading at all.
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        self.lock = threading.RLock()
        self._clear()

    def _clear(self) -> None:
        self._registry = Registry()
        self._registry_acts: list[Act] = []
        self._registry_head: tuple[int, bytes] = (0, b"")
        self._size = 0
        self._epoch = 0
        self._dossiers: OrderedDict[str, tuple[int, View]] = OrderedDict()

    def refresh(self) -> Head:
        """Look whether others have appended; what they did is read when it is asked for."""
        with self.lock:
            head = self.store.head()
            if head.size != self._size:
                self._read_registry(head.registry_version)  # where that fails, all of it is looked at again
                self._size = head.size
                self._epoch += 1
            return head

    def _read_registry(self, version: int) -> None:
        if version == self._registry_head[0]:
            return
        self._dossiers.clear()  # a dossier is folded with the registry as it is
        for entry in self.store.read_stream(REGISTRY, after=self._registry_head[0]):
            act = stored_act(entry)
            self._registry = registry_rules.evolve(self._registry, act)
            self._registry_acts.append(act)
            self._registry_head = (entry.version, entry.commitment)

    def registry(self) -> Registry:
        """The registry up to its last act."""
        with self.lock:
            self.refresh()
            return self._registry

    def registry_acts(self) -> tuple[Act, ...]:
        """The acts of the registry up to its last one."""
        with self.lock:
            self.refresh()
            return tuple(self._registry_acts)

    @property
    def known_registry(self) -> Registry:
        """The registry as last read: keys never change, so what it knows of them holds."""
        return self._registry

    @property
    def registry_head(self) -> tuple[int, bytes]:
        """Version and commitment of the registry's last act read."""
        return self._registry_head

    def dossier(self, stream: str, registry: Registry) -> View:
        """The dossier of a stream such as `case/…` up to its last act; empty where there is none yet."""
        with self.lock:
            self.refresh()
            return self.view(stream, registry)

    def view(self, stream: str, registry: Registry) -> View:
        """The same as of the last `refresh`."""
        epoch, known = self._dossiers.get(stream, (-1, None))
        if known is not None and epoch == self._epoch:
            self._dossiers.move_to_end(stream)
            return known
        self.prepare([stream], registry)
        return self._dossiers[stream][1]

    def prepare(self, streams: Collection[str], registry: Registry) -> None:
        """Have the views of several streams: what is current already is not looked at again, the rest with one look."""
        old = [
            s
            for s in dict.fromkeys(streams)
            if s not in self._dossiers or self._dossiers[s][0] != self._epoch
        ]
        versions = self.store.stream_versions(old) if old else {}
        for stream in streams:
            _, known = self._dossiers.pop(stream, (0, None))
            if known is None:
                known = View(dossiers.fold(stream, (), registry), 0, b"")
            if versions.get(stream, 0) > known.version:
                for entry in self.store.read_stream(stream, after=known.version):
                    dossier = dossiers.evolve(known.dossier, stored_act(entry), registry)
                    known = View(dossier, entry.version, entry.commitment)
            self._keep(stream, known)

    def suppose_new(self, stream: str, registry: Registry) -> bool:
        """Take a stream for empty that was never read, without a look; False where it was read. What is decided so and is
        not stored is to be dropped."""
        if stream in self._dossiers:
            return False
        self._keep(stream, View(dossiers.fold(stream, (), registry), 0, b""))
        return True

    def _keep(self, stream: str, view: View) -> None:
        self._dossiers[stream] = (self._epoch, view)
        while len(self._dossiers) > DOSSIERS_KEPT:
            self._dossiers.popitem(last=False)

    def expect(self, stream: str, view: View) -> None:
        """A stream as it will be once what was just decided is stored; `took` or `forget` follows."""
        self._keep(stream, view)

    def took(self, entries: Sequence[Entry]) -> None:
        """What was expected is stored, at these places."""
        if not entries:
            return
        if entries[0].index != self._size:
            self._epoch += 1  # others came between
        self._size = entries[-1].index + 1
        for entry in entries:
            if entry.stream == REGISTRY:
                self._read_registry(entry.version)

    def drop(self, stream: str) -> None:
        """What was expected of a stream did not come to be."""
        self._dossiers.pop(stream, None)

    def forget(self) -> None:
        """Read everything anew, as after an unknown outcome."""
        with self.lock:
            self._clear()
