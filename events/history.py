"""Reading acts back from the store: the registry and the dossiers as folded, each cached by its version.

A cache is only ever extended by what the store holds beyond it, so cached and folded agree by construction.
"""

from collections import OrderedDict
from dataclasses import dataclass

from domain import dossiers
from domain import registry as registry_rules
from domain.acts import Act
from domain.entries import Dossier
from domain.refusal import Refusal
from domain.registry import STREAM as REGISTRY
from domain.registry import Registry
from events import schemas
from events.statement import Statement, decode
from events.store import Entry, Store, StoreDamaged

DOSSIERS_KEPT = 512


def act_of(statement: Statement, *, received_at_ms: int, index: int = -1) -> Act:
    """The act that a statement makes. Raises Refusal("schema_invalid")."""
    claims = statement.claims
    return Act(
        id=statement.id,
        stream=claims.sub,
        agency=claims.on_behalf_of or claims.iss,
        signer=claims.iss,
        officer=claims.officer,
        occurred_on=claims.occurred_on,
        received_at_ms=received_at_ms,
        event=schemas.decode(claims.event, claims.schema, statement.payload),
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
    """The folded past of one ledger. Not shared between threads; each has its own."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._registry = Registry()
        self._registry_head: tuple[int, bytes] = (0, b"")
        self._dossiers: OrderedDict[str, View] = OrderedDict()

    def registry(self) -> Registry:
        """The registry up to its last act."""
        for entry in self.store.read_stream(REGISTRY, after=self._registry_head[0]):
            self._registry = registry_rules.evolve(self._registry, stored_act(entry))
            self._registry_head = (entry.version, entry.commitment)
            self._dossiers.clear()  # a dossier is folded with the registry as it is
        return self._registry

    @property
    def registry_head(self) -> tuple[int, bytes]:
        """Version and commitment of the registry's last act read."""
        return self._registry_head

    def dossier(self, stream: str, registry: Registry) -> View:
        """The dossier of a stream such as `case/…` up to its last act; empty where there is none yet."""
        known = self._dossiers.pop(stream, None) or View(dossiers.fold(stream, (), registry), 0, b"")
        for entry in self.store.read_stream(stream, after=known.version):
            dossier = dossiers.evolve(known.dossier, stored_act(entry), registry)
            known = View(dossier, entry.version, entry.commitment)
        self._dossiers[stream] = known
        while len(self._dossiers) > DOSSIERS_KEPT:
            self._dossiers.popitem(last=False)
        return known

    def forget(self) -> None:
        """Read everything anew, as after an unknown outcome."""
        self.__init__(self.store)  # type: ignore[misc]
