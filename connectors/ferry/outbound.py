"""What an agency is sent: every act of the log as far as the one rule of disclosure shows it, and none twice.

Of each act it gets the leaf R, which shows a time and no more, so that it can compute the root of the log itself; with
the opening O where it may know of the stream; with the statement S where it may see the act. A part that an agency
takes in a case later shows it what was done there before: such acts come again, with what is newly shown.
"""

from collections.abc import Iterable, Iterator
from hashlib import sha256

from connectors.audience import same_for_disclosure
from connectors.ferry.bundles import Extent, Item
from domain import dossiers
from domain import registry as registry_rules
from domain.acts import Act
from domain.disclosure import Reader
from domain.registry import Registry
from events import opening
from events.history import stored_act
from events.logroot import LogRoot
from events.store import Entry, Store, StoreDamaged

PAGE = 500
NOTHING, LEAF, OPENED, WHOLE = range(4)
"""How many parts of an act an agency is given."""


def items(store: Store, agency: str, since: int, until: int) -> Iterator[Item]:
    """What the acts from `since` on, up to `until`, show an agency, also of earlier ones; in the order of the log.

    The same for the same log and rule, whenever it is asked.
    """
    parts = _parts(store, agency, since, until)
    for index in range(since):
        if parts[index]:
            yield item(store.read(after=index - 1, limit=1)[0], parts[index])
    for entry in _entries(store, since, until):
        yield item(entry, parts[entry.index])


def item(entry: Entry, parts: int) -> Item:
    """As much of an act as is shown."""
    leaf = opening.leaf(entry.index, entry.received_at_ms, entry.commitment)
    if parts == LEAF:
        return Item(leaf)
    opened = opening.opening(
        entry.rho, entry.stream, entry.version, entry.prev, sha256(entry.statement).digest()
    )
    return Item(leaf, opened, entry.statement if parts == WHOLE else None)


def parts_shown(registry: Registry, agency: str, stream: str, acts: tuple[Act, ...]) -> dict[int, int]:
    """How much of each act of a stream an agency is given, by the act's index. The registry is public in full."""
    if stream == registry_rules.STREAM:
        return {act.index: WHOLE for act in acts}
    if stream.partition("/")[0] not in dossiers.STREAMS or agency not in registry.agencies:
        return {}
    reader = Reader(registry, agency, dossiers.fold(stream, acts, registry))
    # number_and_date is no part of its own: both stand in the statement, which would show the rest as well
    return {act.index: WHOLE if sight == "all" else OPENED for act, sight in reader.acts()}


def head(store: Store, size: int, known: LogRoot | None = None) -> Extent:
    """The first `size` acts and their root; `known` is a root of fewer that is gone on from."""
    root = known or LogRoot()
    for entry in _entries(store, root.size, size):
        root.add(entry.leaf_hash)
    return Extent(size, root.root())


def _parts(store: Store, agency: str, since: int, until: int) -> bytearray:
    public = _acts(store, registry_rules.STREAM, until)
    before = _registry(Registry(), (act for act in public if act.index < since))
    recent = [act for act in public if act.index >= since]
    now = _registry(before, recent)
    parts = bytearray(since) + bytearray([LEAF]) * (until - since)
    everywhere = since and not same_for_disclosure(before, now)
    for stream in {entry.stream for entry in _entries(store, 0 if everywhere else since, until)}:
        acts = public if stream == registry_rules.STREAM else _acts(store, stream, until)
        earlier = tuple(act for act in acts if act.index < since)
        had = parts_shown(before, agency, stream, earlier)
        for index, shown in parts_shown(now, agency, stream, acts).items():
            if shown > had.get(index, LEAF):
                parts[index] = shown
    return parts


def _registry(registry: Registry, acts: Iterable[Act]) -> Registry:
    for act in acts:
        registry = registry_rules.evolve(registry, act)
    return registry


def _acts(store: Store, stream: str, size: int) -> tuple[Act, ...]:
    return tuple(stored_act(e) for e in store.read_stream(stream) if e.index < size)


def _entries(store: Store, start: int, end: int) -> Iterable[Entry]:
    while start < end:
        page = store.read(after=start - 1, limit=min(PAGE, end - start))
        if not page:
            raise StoreDamaged(f"日志缺第 {start} 条")
        yield from page
        start = page[-1].index + 1
