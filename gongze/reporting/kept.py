"""What each case came to in a period, kept from one report to the next: a case of which nothing has changed since is
counted once.

The file lies in the data folder and can be thrown away at any time: it holds nothing that is not counted again from the
log. What was kept is taken only while all that it follows from is the same: the acts of the case, the acts of the registry
that can change a case, the marks of its rows in reconciliations, and this release's own code. A case that has come to its
end is kept once for all later periods. `gongze report check` and `trace` never read it.
"""

import hashlib
import json
import os
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from domain import registry as registry_rules
from domain.acts import Act
from gongze.ledger import Ledger
from gongze.reporting.facts import Period
from gongze.reporting.figures import Group, Key, Value
from projections.folding import RECOMPUTED_AFTER

NAME = "report-facts.db"
FORMAT = 2
CODE = ("domain", "events/calendars.py", "projections", "gongze/packs.py", "gongze/books", "gongze/reporting")
"""What computes a case's numbers: a release in which any of it differs counts anew."""
ENDED = ""
"""Stands for the last day of a period where a case counts the same in every period that begins after the first one."""
_TABLES = """
CREATE TABLE IF NOT EXISTS counted (
    "case" TEXT, first TEXT, last TEXT, "index" INTEGER, body BLOB, PRIMARY KEY ("case", first, last)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS basis (mark TEXT, "index" INTEGER, statement TEXT);
"""


@dataclass(frozen=True, slots=True)
class Overdue:
    """逾期未办: one line of the annex. `counts`: whether it is held against the holder; `last`: the last day in time."""

    id: str
    case: str
    name_zh: str
    source: str
    holder: str
    region: str
    last: date
    days: int
    counts: bool


@dataclass(frozen=True, slots=True)
class CaseCount:
    """What one case comes to in one period. `region` None: it had not begun by its end. `marks`: what was said of its
    rows in reconciliations. `overdue` None: not asked for."""

    region: str | None
    groups: Mapping[Key, Group]
    rows: tuple[str, ...] = ()
    marks: str = ""
    overdue: tuple[Overdue, ...] | None = None


class Kept:
    """The file, for the ledger as it is up to a head. Opened by each process for itself."""

    def __init__(self, path: Path, mark: str, head: tuple[int, str], known: Ledger) -> None:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))  # what it says of agencies is not everybody's
        self._db = sqlite3.connect(path, timeout=30)
        try:
            self._begin(mark, head, known)
        except BaseException:
            self._db.close()
            raise

    def _begin(self, mark: str, head: tuple[int, str], known: Ledger) -> None:
        self._db.executescript(f"PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; {_TABLES}")
        with self._writing():
            found = self._db.execute('SELECT mark, "index", statement FROM basis').fetchone()
            sound = found is not None and found[0] == mark and _stands(known, found[1], found[2])
            if not sound:
                self._db.execute("DELETE FROM counted")
            if not sound or found[1] < head[0]:  # never lowered: there are rows of the longer log
                self._db.execute("DELETE FROM basis")
                self._db.execute("INSERT INTO basis VALUES (?, ?, ?)", (mark, *head))

    def close(self) -> None:
        self._db.close()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        with self._db:
            self._db.execute("BEGIN IMMEDIATE")
            yield

    def of(
        self, indexes: Mapping[str, int], periods: Sequence[Period], marks: Sequence[Mapping[str, object]]
    ) -> dict[str, list[CaseCount | None]]:
        """What is kept of these cases in each of the periods, None where there is nothing, or what was said of their rows
        since is something else. Each case as it stands after the act at its index."""
        asked = [*indexes]
        query = f'SELECT "case", first, last, "index", body FROM counted WHERE "case" IN ({", ".join("?" * len(asked))})'  # noqa: S608
        bodies: dict[str, dict[tuple[str, str], bytes]] = {}
        for case, first, last, index, body in self._asked(query, asked):
            if index == indexes[case]:
                bodies.setdefault(case, {})[first, last] = body
        found: dict[str, list[CaseCount | None]] = {}
        for case, by_period in bodies.items():
            counts = [_kept_for(by_period, p) for p in periods]
            found[case] = [
                c if c is not None and c.marks == said_of(c.rows, m) else None
                for c, m in zip(counts, marks, strict=True)
            ]
        return found

    def keep(
        self, counted: Iterable[tuple[str, int, Sequence[CaseCount], date | None]], periods: Sequence[Period]
    ) -> None:
        """Keep what cases came to in the periods; those with a day have come to their end before it."""
        rows = []
        for case, index, counts, ended in counted:
            if ended is not None:
                rows.append((case, ended.isoformat(), ENDED, index, _body(counts[0])))
                continue
            rows += [
                (case, p.first.isoformat(), p.last.isoformat(), index, _body(c))
                for p, c in zip(periods, counts, strict=True)
            ]
        with suppress(sqlite3.Error), self._writing():  # a full disk costs time, not the report
            self._db.executemany("INSERT OR REPLACE INTO counted VALUES (?, ?, ?, ?, ?)", rows)

    def _asked(self, query: str, values: Sequence[str]) -> list[Any]:
        try:
            return self._db.execute(query, values).fetchall()
        except sqlite3.Error:
            return []


def said_of(rows: Iterable[str], marks: Mapping[str, object]) -> str:
    """What was said of these rows of the account, as one text."""
    found = [(row, repr(marks[row])) for row in rows if row in marks]
    return repr(found) if found else ""


def open_kept(ledger: Ledger, head: int, registry: Iterable[Act]) -> Kept | None:
    """The file of a ledger; None where the data folder cannot be written, or there is nothing in the ledger."""
    (last,) = ledger.store.read(after=head - 2, limit=1) or (None,)
    if last is None:
        return None
    path = ledger.settings.data_dir / NAME
    mark, head_ = _mark(registry), (last.index, _digest(last.statement))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            return Kept(path, mark, head_, ledger)
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise
            path.unlink()  # it is no such file, or a damaged one: begun anew
            return Kept(path, mark, head_, ledger)
    except (OSError, sqlite3.Error):
        return None  # nothing is lost but time


def _stands(ledger: Ledger, index: int, statement: str) -> bool:
    """Whether the ledger still is the one whose act stood there: an older copy may have gone on otherwise."""
    return any(
        e.index == index and _digest(e.statement) == statement
        for e in ledger.store.read(after=index - 1, limit=1)
    )


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _mark(registry: Iterable[Act]) -> str:
    """What every case's numbers follow from beside its own acts: who is there, by which rules and days, and the code."""
    ruling = [(a.index, a.id) for a in registry if isinstance(a.event, RECOMPUTED_AFTER)]
    return _digest(repr((FORMAT, code(), registry_rules.STREAM, ruling)).encode())


@cache
def code() -> str:
    """A digest of this release's own files that compute the numbers, and of the national calendar's."""
    room = Path(__file__).parents[2]
    found = hashlib.sha256(version("chinesecalendar").encode())
    parts = [room / part for part in CODE]
    for path in sorted(p for part in parts for p in ((part,) if part.is_file() else part.rglob("*.py"))):
        content = path.read_bytes()
        found.update(f"{path.relative_to(room)} {len(content)}\n".encode() + content)
    return found.hexdigest()


# --- as bytes ----------------------------------------------------------------------------------------------------


def _kept_for(by_period: Mapping[tuple[str, str], bytes], period: Period) -> CaseCount | None:
    body = by_period.get((period.first.isoformat(), period.last.isoformat()))
    if body is None:
        body = next((b for (since, last), b in by_period.items()
                     if last == ENDED and since < period.first.isoformat()), None)  # fmt: skip
    return _read(body) if body is not None else None


def _body(count: CaseCount) -> bytes:
    groups = [
        [*key, _plain(g.total), g.values and [_plain(v) for v in g.values]] for key, g in count.groups.items()
    ]
    overdue = None if count.overdue is None else [
        [o.id, o.case, o.name_zh, o.source, o.holder, o.region, o.last.isoformat(), o.days, o.counts] for o in count.overdue
    ]  # fmt: skip
    document = [count.region, groups, count.rows, count.marks, overdue]
    return zlib.compress(json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode(), 1)


def _read(body: bytes) -> CaseCount | None:
    """None where it is damaged: the case is counted anew."""
    try:
        region, groups, rows, marks, overdue = json.loads(zlib.decompress(body))
    except (zlib.error, ValueError):
        return None
    found = {
        (name, place, agency, kind): Group(_exact(total), [_exact(v) for v in values] if values else [])
        for name, place, agency, kind, total, values in groups
    }
    lines = None if overdue is None else tuple(
        Overdue(id_, case, duty, source, holder, place, date.fromisoformat(last), days, counts)
        for id_, case, duty, source, holder, place, last, days, counts in overdue
    )  # fmt: skip
    return CaseCount(region, found, tuple(rows), marks, lines)


def _plain(value: Value) -> Any:
    return str(value) if isinstance(value, Decimal) else value


def _exact(value: Any) -> int | Decimal:
    return Decimal(value) if isinstance(value, str) else int(value)
