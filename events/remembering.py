"""What verification remembers of every act: on disk, so that a ledger of any size takes the same memory.

SQLite keeps it in a file without a name, which is gone with the process, in the folder that TMPDIR names.
"""

import errno
import pickle
import sqlite3
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from domain.entries import Dossier

TABLES = """
PRAGMA journal_mode = MEMORY;
PRAGMA synchronous = OFF;
CREATE TABLE id (iss TEXT, cti BLOB, PRIMARY KEY (iss, cti)) WITHOUT ROWID;
CREATE TABLE commitment (stream TEXT, version INTEGER, commitment BLOB, PRIMARY KEY (stream, version)) WITHOUT ROWID;
CREATE TABLE signed (key BLOB, idx INTEGER, cti BLOB, received_at_ms INTEGER);
CREATE TABLE dossier (stream TEXT PRIMARY KEY, dossier BLOB) WITHOUT ROWID;
BEGIN;
"""
_REMEMBERED = "INSERT OR IGNORE INTO id VALUES (?, ?)"
Folded = tuple[Dossier, int]
"""A dossier, and the version of the registry that it was folded with."""
WRITTEN_AT_ONCE = 1_000
DOSSIERS_KEPT = 1_000
"""Dossiers that are not on disk."""


class Remembered:
    """One pass's memory, for one thread at a time. Raises OSError where the disk has no room for it."""

    def __init__(self) -> None:
        with _told():
            self._db = sqlite3.connect("", isolation_level=None, check_same_thread=False)
            self._db.executescript(TABLES)
        self._commitments: list[tuple[str, int, bytes]] = []
        self._signed: list[tuple[bytes, int, bytes, int]] = []
        self._dossiers: OrderedDict[str, Folded] = OrderedDict()

    def are_new(self, ids: Sequence[tuple[str, bytes]]) -> list[bool]:
        """Whether each of these ids, by agency, has not been asked about before, here or earlier among them."""
        with _told():
            self._db.execute("SAVEPOINT asked")
            if self._db.executemany(_REMEMBERED, ids).rowcount == len(ids):  # as ever in a sound ledger
                new = [True] * len(ids)
            else:
                self._db.execute("ROLLBACK TO asked")
                new = [self._db.execute(_REMEMBERED, one).rowcount == 1 for one in ids]
            self._db.execute("RELEASE asked")
        return new

    def add_commitment(self, stream: str, version: int, commitment: bytes) -> None:
        self._commitments.append((stream, version, commitment))
        if len(self._commitments) >= WRITTEN_AT_ONCE:
            self._write()

    def commitment(self, stream: str, version: int) -> bytes | None:
        """The last one added for a place of a stream."""
        self._write()
        with _told():
            found = self._db.execute(
                "SELECT commitment FROM commitment WHERE stream = ? AND version = ?", (stream, version)
            ).fetchone()
        return None if found is None else bytes(found[0])

    def add_signed(self, key: bytes, index: int, cti: bytes, received_at_ms: int) -> None:
        self._signed.append((key, index, cti, received_at_ms))
        if len(self._signed) >= WRITTEN_AT_ONCE:
            self._write()

    def signed(self, key: bytes, since_ms: int, before: int) -> list[tuple[int, str]]:
        """Index and id of the acts that a key signed, received from a moment on and standing before an index."""
        self._write()
        with _told():
            found = self._db.execute(
                "SELECT idx, cti FROM signed WHERE key = ? AND received_at_ms >= ? AND idx < ? ORDER BY idx",
                (key, since_ms, before),
            ).fetchall()
        return [(index, cti.hex()) for index, cti in found]

    def put_dossier(self, stream: str, folded: Folded) -> None:
        self._dossiers[stream] = folded
        self._dossiers.move_to_end(stream)
        while len(self._dossiers) > DOSSIERS_KEPT:
            old, value = self._dossiers.popitem(last=False)
            with _told():
                self._db.execute("INSERT OR REPLACE INTO dossier VALUES (?, ?)", (old, pickle.dumps(value)))

    def dossier(self, stream: str) -> Folded | None:
        known = self._dossiers.get(stream)
        if known is not None:
            return known
        with _told():
            found = self._db.execute("SELECT dossier FROM dossier WHERE stream = ?", (stream,)).fetchone()
        if found is None:
            return None
        kept: Folded = pickle.loads(found[0])  # noqa: S301 - from a file that only this process can reach
        return kept

    def _write(self) -> None:
        with _told():
            self._db.executemany("INSERT OR REPLACE INTO commitment VALUES (?, ?, ?)", self._commitments)
            self._db.executemany("INSERT INTO signed VALUES (?, ?, ?, ?)", self._signed)
        self._commitments, self._signed = [], []

    def close(self) -> None:
        self._db.close()


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        raise OSError(errno.ENOSPC, f"临时文件夹（TMPDIR）写不下核对所需的文件：{error}") from error
