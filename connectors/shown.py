"""An agency's own copy of the acts that it is shown, whichever way they came: its tables in one SQLite file, read as a
store is. What is let in, and after which checks, is for who fills it: `connectors.ferry.partner`, `connectors.province`.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from domain.registry import STREAM as REGISTRY
from events import opening
from events.statement import decode
from events.store import Entry, Head

TABLES = """
CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE part (
  idx INTEGER PRIMARY KEY, leaf BLOB NOT NULL, opening BLOB, statement BLOB, stream TEXT, version INTEGER, iss TEXT,
  digest BLOB, checked INTEGER NOT NULL DEFAULT 0);
CREATE INDEX part_by_stream ON part (stream, version);
CREATE INDEX part_by_digest ON part (digest);
CREATE TABLE odd (
  idx INTEGER NOT NULL, epoch INTEGER NOT NULL, leaf BLOB NOT NULL, opening BLOB, statement BLOB,
  PRIMARY KEY (idx, epoch, leaf));
"""
"""`part`: what is shown of each act. `odd`: what contradicts it, kept as evidence."""
COLUMNS = "leaf, opening, statement"


@dataclass(frozen=True, slots=True)
class Fault:
    """What does not agree: to be told to the ledger's keeper, and kept."""

    code: str
    index: int | None
    what: str


class Copy:
    """A copy's file, for who fills it. Raises sqlite3.Error."""

    _db: sqlite3.Connection

    def _one(self, sql: str, *given: object) -> Any:
        return self._db.execute(sql, given).fetchone()

    def _all(self, sql: str, *given: object) -> list[Any]:
        return self._db.execute(sql, given).fetchall()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")


class Acts:
    """The acts that are shown whole, read as a store is; a stream may have holes."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def head(self) -> Head:
        # the size is only compared: it must change when anything came
        row = self._db.execute(
            "SELECT count(*) + count(opening) + count(statement), max(CASE WHEN stream = ? THEN version END) FROM part",
            (REGISTRY,),
        ).fetchone()
        return Head(row[0], 0, row[1] or 0)

    def read_stream(self, stream: str, after: int = 0, limit: int | None = None) -> list[Entry]:
        rows = self._db.execute(
            f"SELECT {COLUMNS} FROM part WHERE stream = ? AND version > ? AND statement IS NOT NULL "  # noqa: S608
            "ORDER BY version LIMIT ?",
            (stream, after, -1 if limit is None else limit),
        )
        entries = [entry_of(row) for row in rows]
        if stream != REGISTRY:
            return entries
        # what follows a hole in the registry cannot be folded before the hole is filled
        return [entry for place, entry in enumerate(entries, after + 1) if entry.version == place]

    def stream_versions(self, streams: Sequence[str]) -> dict[str, int]:
        found = {stream: self.read_stream(stream) for stream in streams}
        return {stream: entries[-1].version for stream, entries in found.items() if entries}

    def stream_head(self, stream: str) -> tuple[int, bytes]:
        row = self._db.execute(
            "SELECT version, leaf FROM part WHERE stream = ? ORDER BY version DESC LIMIT 1", (stream,)
        ).fetchone()
        return (0, b"") if row is None else (row[0], opening.read_leaf(row[1]).commitment)


def entry_of(row: Sequence[bytes]) -> Entry:
    """The act of a row of `COLUMNS`."""
    leaf, opened = opening.read_leaf(row[0]), opening.read_opening(row[1])
    signed = decode(row[2])
    return Entry(
        leaf.index, opened.stream, opened.version, signed.claims.event, row[2], signed.claims.cti, signed.claims.iss,
        signed.signed_digest, leaf.received_at_ms, opened.rho, opened.prev, leaf.commitment, opening.leaf_hash(row[0]),
    )  # fmt: skip
