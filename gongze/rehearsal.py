"""A ledger to try on (试登记): it answers like the real one, checks like the real one, and writes nothing.

What is appended lies in memory over what the real store holds, so that a later act sees the earlier ones. What others
store meanwhile in a stream that the rehearsal has appended to is not seen.
"""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from events import opening
from events.store import Entry, Head, PositionTaken, Proposal, RawRow, Store
from events.store.base import REGISTRY, Appended, placed_at, same_or_taken
from gongze.ledger import Ledger


class Rehearsed(Store):
    """A store over another one, of which it only reads."""

    def __init__(self, base: Store) -> None:
        self._base = base
        self._head = base.head()
        self._streams: dict[str, list[Entry]] = {}
        self._by_id: dict[tuple[str, bytes], Entry] = {}

    def append_all(self, proposals: Sequence[Proposal]) -> list[Appended]:
        return [self._append(proposal) for proposal in proposals]

    def _append(self, proposal: Proposal) -> Appended:
        first = self.find(proposal.iss, proposal.cti)
        if first is not None:
            return same_or_taken(proposal, first)
        version, commitment = self.stream_head(proposal.stream)
        registry, _ = self.stream_head(REGISTRY)
        if (version, commitment, registry) != (
            proposal.version - 1,
            proposal.prev,
            proposal.registry_version,
        ):
            return PositionTaken(version, registry)
        head = self._head
        received = proposal.received_at_ms
        if received is None:
            received = max(proposal.now_ms, head.received_at_ms)
        leaf = opening.leaf(head.size, received, proposal.commitment)
        entry = placed_at(proposal, head.size, received, opening.leaf_hash(leaf))
        self._head = Head(head.size + 1, received, head.registry_version + (proposal.stream == REGISTRY))
        self._streams.setdefault(entry.stream, []).append(entry)
        self._by_id[entry.iss, entry.cti] = entry
        return entry, False

    def find(self, iss: str, cti: bytes) -> Entry | None:
        return self._by_id.get((iss, cti)) or self._base.find(iss, cti)

    def head(self) -> Head:
        return self._head

    def stream_head(self, stream: str) -> tuple[int, bytes]:
        if mine := self._streams.get(stream):
            return mine[-1].version, mine[-1].commitment
        return self._base.stream_head(stream)

    def stream_versions(self, streams: Sequence[str]) -> dict[str, int]:
        mine = {stream: self._streams[stream][-1].version for stream in streams if stream in self._streams}
        return {**self._base.stream_versions(streams), **mine}

    def read_stream(self, stream: str, after: int = 0, limit: int | None = None) -> list[Entry]:
        mine = self._streams.get(stream)
        if not mine:
            return self._base.read_stream(stream, after, limit)
        stored: list[Entry] = []
        if after < mine[0].version - 1:
            stored = [e for e in self._base.read_stream(stream, after) if e.version < mine[0].version]
        entries = stored + [e for e in mine if e.version > after]
        return entries if limit is None else entries[:limit]

    def read(self, after: int = -1, limit: int = 1000) -> list[Entry]:
        mine = sorted((e for e in self._by_id.values() if e.index > after), key=lambda e: e.index)
        first = mine[0].index if mine else self._head.size
        stored = [e for e in self._base.read(after, limit) if e.index < first]
        return list(islice((*stored, *mine), limit))

    def put_document(self, digest: bytes, content: bytes) -> None:
        raise AssertionError("a rehearsal keeps no documents")

    def get_document(self, digest: bytes) -> bytes | None:
        return self._base.get_document(digest)

    def raw_rows(self) -> Iterator[RawRow]:
        return self._base.raw_rows()

    def streams(self) -> list[str]:
        return list(dict.fromkeys([*self._base.streams(), *self._streams]))

    def raw_documents(self) -> Iterator[tuple[Any, Any]]:
        return self._base.raw_documents()

    def check(self) -> list[str]:
        return self._base.check()

    def close(self) -> None:
        """The real store is its opener's to close."""


def rehearsal(ledger: Ledger) -> Ledger:
    """A ledger over this one that nothing is written to. Its projections are not to be asked for."""
    return Ledger(ledger.settings, Rehearsed(ledger.store))
