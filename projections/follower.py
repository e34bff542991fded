"""The follower: keeps the tables up with the ledger.

What a batch of entries comes to is computed without a lock, since the entries never change; then one short
transaction checks that nobody else has moved the position meanwhile, and writes the rows and the position
together. So a kill shows both or neither, two followers neither double nor lose an act, and whoever records acts
waits for the writing only.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass, field
from itertools import islice
from typing import TypeVar

from sqlalchemy import Connection, Table, bindparam, delete, insert, inspect, select, update

from domain.dossiers import stream_of
from projections.databases import Database, written
from projections.folding import KEY_IN_DOUBT, CannotFold, CaseRows, Doubt, Folded, Folder, Source
from projections.rows import LATER, Row
from projections.tables import LIVE, Tables, layout, tables

__all__ = ["CannotFold", "Projections", "Source"]

T = TypeVar("T")
BATCH = 1_000
CASES_COMPARED = 200
"""Cases whose stored rows are read at once."""

Opened = Callable[[], AbstractContextManager[Connection]]
Progress = Callable[[int], None]
"""Told the position after each batch."""


@dataclass(frozen=True, slots=True)
class Position:
    """How far the tables are, and in which generation: a rebuild that replaces all rows begins a new one."""

    index: int
    generation: int


@dataclass(slots=True)
class Changes:
    """What a batch changes in the tables. `stale`: the cases whose rows in a table go before the fresh ones come."""

    last: int
    acts: list[Row]
    doubts: list[Doubt]
    agencies: list[Row] | None
    acts_later: list[Row] = field(default_factory=list)
    stale: list[tuple[Table, list[str]]] = field(default_factory=list)
    fresh: list[tuple[Table, list[Row]]] = field(default_factory=list)


class Projections:
    """The tables of one ledger. Not shared between threads; each has its own."""

    def __init__(self, url: str, source: Source) -> None:
        self.source = source
        self._database = Database(url)
        self._folder = Folder(source)
        self._fits = False

    def create(self) -> None:
        """Make the tables where there are none, or none of this release's shape; empty until `catch_up`."""
        with self._database.making_tables() as connection:
            if _layout(connection) != layout(LIVE):
                LIVE.metadata.drop_all(connection)
            _make(connection, LIVE)

    def reading(self) -> AbstractContextManager[Connection]:
        """A connection for `projections.reading` that sees one state of all tables."""
        return self._database.reading()

    def position(self) -> int:
        """The index of the last act folded, -1 if none."""
        with self.reading() as connection:
            return _position(connection, LIVE).index

    def catch_up(self, progress: Progress | None = None) -> int:
        """Fold what the ledger has beyond the tables; how many acts this follower folded.

        Raises CannotFold, and what the source raises.
        """
        if not self._fits:
            with self.reading() as connection:
                self._fits = _layout(connection) == layout(LIVE)
            if not self._fits:
                self.create()
                self._fits = True
        return self._advance(self._folder, LIVE, self._database.reading, self._database.writing, progress)

    def rebuild(self, progress: Progress | None = None) -> int:
        """Compute everything anew beside the tables, then put it in their place at once; how many acts."""
        folder = Folder(self.source)
        beside = tables("r_", temporary=True)
        with self._database.own_connection() as connection:

            @contextmanager
            def own() -> Iterator[Connection]:
                with written(connection, alone=False):
                    yield connection

            with own():
                _make(connection, beside)
            while True:
                moved = self._advance(folder, beside, own, own, progress)
                with written(connection, alone=True):
                    live = _position(connection, LIVE, lock=True)
                    if live.index > folder.position and moved:
                        continue  # others recorded and folded more meanwhile
                    _switch(connection, beside, live)
                return folder.position + 1

    def digest(self) -> dict[str, str]:
        """SHA-256 of each table's content, the same for the same acts in any database and any order of rows."""
        with self.reading() as connection:
            return {table.name: _digest(connection, table) for table in LIVE.content}

    def close(self) -> None:
        self._database.close()

    def _advance(
        self, folder: Folder, to: Tables, reading: Opened, writing: Opened, progress: Progress | None
    ) -> int:
        done = 0
        while True:
            with reading() as connection:
                at = _position(connection, to)
            entries = self.source.read(after=at.index, limit=BATCH)
            if not entries:
                return done
            folder.seek(at.index)
            changes = _changes(folder.fold(entries, lambda: _cases(reading, to)), to, reading)
            with writing() as connection:
                if _position(connection, to, lock=True) != at:
                    continue  # another follower wrote this batch first
                _write(connection, to, changes, at)
            done += len(entries)
            if progress is not None:
                progress(changes.last)


# --- the position -------------------------------------------------------------------------------------------


def _make(connection: Connection, made: Tables) -> None:
    made.metadata.create_all(connection)
    if connection.execute(select(made.position)).first() is None:
        connection.execute(
            insert(made.position).values(name="main", position=-1, generation=0, layout=layout(made))
        )


def _layout(connection: Connection) -> str | None:
    """The mark of the tables that are there; None where there are none, or none that bear one."""
    there = inspect(connection)
    name = LIVE.position.name
    if not there.has_table(name) or "layout" not in {c["name"] for c in there.get_columns(name)}:
        return None
    return connection.execute(select(LIVE.position.c.layout)).scalar()


def _position(connection: Connection, to: Tables, *, lock: bool = False) -> Position:
    query = select(to.position.c.position, to.position.c.generation)
    row = connection.execute(query.with_for_update() if lock else query).one()
    return Position(row[0], row[1])


def _move(connection: Connection, to: Tables, position: Position) -> None:
    connection.execute(update(to.position).values(position=position.index, generation=position.generation))


# --- what a batch changes -----------------------------------------------------------------------------------


def _cases(reading: Opened, to: Tables) -> list[str]:
    with reading() as connection:
        return list(connection.execute(select(to.case.c.case)).scalars())


def _changes(folded: Folded, to: Tables, reading: Opened) -> Changes:
    """Rows that are stored already as they should be are left alone: a new calendar changes few of them."""
    changes = Changes(folded.last, folded.acts, folded.doubts, folded.agencies)
    new_acts = {row["index"]: row for row in folded.acts}
    stale: dict[Table, list[str]] = {table: [] for table in to.of_a_case}
    fresh: dict[Table, list[Row]] = {table: [] for table in to.of_a_case}
    for group in _groups(folded.cases, CASES_COMPARED):
        ids = [of.case["case"] for of in group]
        with reading() as connection:
            stored = {table: _stored(connection, table, ids) for table in to.of_a_case}
            later = _stored_later(connection, to.act, [stream_of(case) for case in ids])
        for of in group:
            case = of.case["case"]
            for table, rows in zip(to.of_a_case, _of_tables(of), strict=True):
                known = stored[table].get(case, [])
                if not _same(known, rows, table):
                    fresh[table] += rows
                    stale[table] += [case] if known else []
            for index, values in of.acts.items():
                if index in new_acts:
                    new_acts[index].update(values)
                elif later[index] != values:
                    changes.acts_later.append({"b_index": index} | {f"b_{k}": v for k, v in values.items()})
    changes.stale = [(table, cases) for table, cases in stale.items() if cases]
    changes.fresh = [(table, rows) for table, rows in fresh.items() if rows]
    return changes


def _of_tables(of: CaseRows) -> tuple[list[Row], list[Row], list[Row]]:
    """In the order of `Tables.of_a_case`."""
    return [of.case], of.applications, of.duties


def _stored(connection: Connection, table: Table, cases: list[str]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in connection.execute(select(table).where(table.c.case.in_(cases))).mappings():
        found.setdefault(row["case"], []).append(dict(row))
    return found


def _stored_later(connection: Connection, act: Table, streams: list[str]) -> Mapping[int, Row]:
    query = select(act.c["index"], *(act.c[name] for name in LATER)).where(act.c.stream.in_(streams))
    return {row["index"]: {name: row[name] for name in LATER} for row in connection.execute(query).mappings()}


def _same(known: list[Row], rows: list[Row], table: Table) -> bool:
    keys = [column.name for column in table.primary_key]

    def keyed(listed: list[Row]) -> dict[tuple[object, ...], Row]:
        return {tuple(row[k] for k in keys): row for row in listed}

    return keyed(known) == keyed(rows)


def _groups(items: Iterable[T], size: int) -> Iterator[list[T]]:
    rest = iter(items)
    while group := list(islice(rest, size)):
        yield group


# --- writing ------------------------------------------------------------------------------------------------


def _write(connection: Connection, to: Tables, changes: Changes, at: Position) -> None:
    connection.execute(insert(to.act), changes.acts)
    if changes.acts_later:
        change = update(to.act).where(to.act.c["index"] == bindparam("b_index"))
        change = change.values({name: bindparam(f"b_{name}") for name in LATER})
        connection.execute(change, changes.acts_later)
    for doubt in changes.doubts:
        _put_in_doubt(connection, to.act, doubt)
    for table, cases in changes.stale:
        connection.execute(
            delete(table).where(table.c.case == bindparam("b_case")), [{"b_case": c} for c in cases]
        )
    for table, rows in changes.fresh:
        connection.execute(insert(table), rows)
    if changes.agencies is not None:
        connection.execute(delete(to.agency))
        if changes.agencies:
            connection.execute(insert(to.agency), changes.agencies)
    _move(connection, to, Position(changes.last, at.generation))


def _put_in_doubt(connection: Connection, act: Table, doubt: Doubt) -> None:
    signed = (
        (act.c.key == doubt.key)
        & (act.c.received_at_ms >= doubt.since_ms)
        & (act.c["index"] < doubt.revoked_at)
    )
    for index, irregular in connection.execute(select(act.c["index"], act.c.irregular).where(signed)).all():
        more = [*irregular, asdict(KEY_IN_DOUBT)]
        connection.execute(update(act).where(act.c["index"] == index).values(irregular=more))


def _switch(connection: Connection, beside: Tables, live: Position) -> None:
    for old, new in zip(LIVE.content, beside.content, strict=True):
        connection.execute(delete(old))
        names = [column.name for column in old.columns]
        connection.execute(insert(old).from_select(names, select(*(new.c[name] for name in names))))
    _move(connection, LIVE, Position(_position(connection, beside).index, live.generation + 1))


def _digest(connection: Connection, table: Table) -> str:
    """Of the sorted digests of its rows: databases differ in how they order text."""
    found = []
    for row in connection.execution_options(yield_per=1_000).execute(select(table)).mappings():
        spelled = json.dumps(dict(row), ensure_ascii=False, sort_keys=True, default=str)
        found.append(hashlib.sha256(spelled.encode()).digest())
    return hashlib.sha256(b"".join(sorted(found))).hexdigest()
