"""The follower: keeps the tables up with the ledger.

What a batch of entries comes to is computed without a lock, since the entries never change; then one short
transaction checks that nobody else has moved the position meanwhile, and writes the rows and the position
together. So a kill shows both or neither, two followers neither double nor lose an act, and whoever records acts
waits for the writing only.

A stream whose act cannot become rows stops alone (`Stopped`). Each follower tries once, when it begins, whether it
can go on: it may be of a release that knows how.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass, field
from itertools import islice
from typing import TypeVar

from sqlalchemy import (
    BindParameter,
    Connection,
    Table,
    bindparam,
    delete,
    func,
    insert,
    inspect,
    select,
    update,
)

from domain.dossiers import dossier_id
from projections.databases import Database, written
from projections.folding import (
    BATCH,
    KEY_IN_DOUBT,
    CannotFold,
    CaseRows,
    Doubt,
    Folded,
    Folder,
    Source,
    Stopped,
)
from projections.proving import Difference, Opened, differences
from projections.rows import LATER, Row
from projections.tables import LIVE, Tables, layout, tables

__all__ = ["CannotFold", "Difference", "Projections", "Rebuilt", "Source", "Stopped"]

T = TypeVar("T")
DIFFERENCES_TOLD = 100
LONG = 20_000
"""Acts to be folded from which it is worth while to begin anew, if they are most of all."""
CASES_COMPARED = 200
"""Cases whose stored rows are read at once."""

Progress = Callable[[int], None]
"""Told the position after each batch."""


@dataclass(frozen=True, slots=True)
class Position:
    """How far the tables are, and in which generation: what replaces, takes away or brings back rows of acts that
    were folded already begins a new one."""

    index: int
    generation: int


@dataclass(slots=True)
class Changes:
    """What a batch changes in the tables. `stale`: the cases whose rows in a table go before the fresh ones come;
    `resumed`: streams that had stopped, of which those that still do are in `stopped`."""

    last: int
    acts: list[Row]
    doubts: list[Doubt]
    agencies: list[Row] | None
    stopped: list[Stopped] = field(default_factory=list)
    resumed: list[str] = field(default_factory=list)
    acts_later: list[Row] = field(default_factory=list)
    stale: list[tuple[Table, list[str]]] = field(default_factory=list)
    fresh: list[tuple[Table, list[Row]]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a rebuild came to: how many acts were folded, the rows of each table, and the tables whose rows were not
    what the acts amount to."""

    acts: int
    rows: Mapping[str, int]
    differed: tuple[str, ...]


class Projections:
    """The tables of one ledger. Not shared between threads; each has its own."""

    def __init__(self, url: str, source: Source) -> None:
        self.source = source
        self._database = Database(url)
        self._folder = Folder(source)
        self._fits = False
        self._tried_again = False

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
        done = self._begin(progress) if not self._fits else 0
        if not self._tried_again:
            self._tried_again = self._try_again()
        return done + self._advance(
            self._folder, LIVE, self._database.reading, self._database.writing, progress
        )

    def rebuild(self, table: str | None = None, progress: Progress | None = None) -> Rebuilt:
        """Compute everything anew beside the tables, compare, then put it, or `table` of it, in their place at once.

        An end at any moment leaves the tables as they were: what lies beside them is this connection's own.
        Raises CannotFold, and what the source raises.
        """
        self.create()
        return self._computed_beside(table, progress, compared=True)

    def _fill(self, progress: Progress | None) -> int:
        """Where nearly all is still to be folded, as after a large import or with tables of another release: compute all of
        it beside, which takes a fraction of the time. How many acts that were."""
        at, size = self.position(), self.source.count()
        if size - 1 - at <= max(at, LONG):
            return 0
        self._computed_beside(None, progress, compared=False)
        return self.position() - at

    def _computed_beside(self, table: str | None, progress: Progress | None, *, compared: bool) -> Rebuilt:
        folder = Folder(self.source)
        beside = tables("r_", temporary=True)
        with self._database.own_connection() as connection:

            @contextmanager
            def own() -> Iterator[Connection]:
                with written(connection, alone=False):
                    yield connection

            with own():
                _make(connection, beside)
            differed: tuple[str, ...] | None = None if compared else ()
            while True:
                live_at = self.position()
                if folder.position < 0:
                    last = self.source.count() - 1
                    until = min(live_at, last) if compared and live_at >= 0 else last
                    _write_whole(folder, beside, own, until, progress)
                else:
                    self._advance(folder, beside, own, own, progress, live_at)
                if differed is None:
                    differed = self._differing(live_at, own, beside) if folder.position <= live_at else ()
                with written(connection, alone=True):
                    live = _position(connection, LIVE, lock=True)
                    if live.index != live_at or differed is None:
                        continue  # others recorded and folded more meanwhile
                    # one table alone only where it goes with the others: neither they have acts that the ledger has
                    # not, nor other streams stopped
                    alone = folder.position == live_at and LIVE.stopped.name not in differed
                    _switch(connection, beside, table if alone else None)
                    _move(connection, LIVE, Position(folder.position, live.generation + 1))
                    found = {old.name: _count(connection, new) for old, new in _pairs(beside)}
                return Rebuilt(folder.position + 1, found, differed)

    def _differing(self, until: int, own: Opened, beside: Tables) -> tuple[str, ...] | None:
        """The tables that hold other rows than those beside them; None where they have moved on from `until`. Without
        a lock, as it takes long."""
        with self.reading() as connection:
            if _position(connection, LIVE).index != until:
                return None
            stored = [_digest_if_readable(connection, table) for table in LIVE.content]
        with own() as connection:
            anew = [_digest(connection, table) for table in beside.content]
        return tuple(t.name for t, was, now in zip(LIVE.content, stored, anew, strict=True) if was != now)

    def digest(self) -> dict[str, str]:
        """SHA-256 of each table's content, the same for the same acts in any database and any order of rows."""
        with self.reading() as connection:
            return {table.name: _digest(connection, table) for table in LIVE.content}

    def fits(self) -> bool:
        """Whether the tables are of this release's shape; else `catch_up` makes them anew."""
        with self.reading() as connection:
            return _layout(connection) == layout(LIVE)

    def differences(self) -> list[Difference]:
        """What the tables lack or have too much of by the ledger, the first of it."""
        return differences(self.reading, self.source, DIFFERENCES_TOLD)

    def close(self) -> None:
        self._database.close()

    def _begin(self, progress: Progress | None) -> int:
        """Have tables of this release's shape, which are not far behind; how many acts were folded for it."""
        if not self.fits():
            self.create()
        done = self._fill(progress)
        self._fits = True
        return done

    def _try_again(self) -> bool:
        """Take up the streams that have stopped; False if another follower was quicker with something."""
        with self.reading() as connection:
            at, stopped = _position(connection, LIVE), _stopped(connection, LIVE)
        if not stopped:
            return True
        self._folder.seek(at.index, at.generation)
        folded = self._folder.again(stopped)
        changes = _changes(folded, LIVE, self._database.reading)
        if _places(changes.stopped) == _places(stopped):
            return True
        changes.resumed = [one.stream for one in stopped]
        with self._database.writing() as connection:
            if _position(connection, LIVE, lock=True) != at:
                return False
            _write(connection, LIVE, changes, at)
        return True

    def _advance(
        self,
        folder: Folder,
        to: Tables,
        reading: Opened,
        writing: Opened,
        progress: Progress | None,
        until: int | None = None,
    ) -> int:
        """Fold up to an index, or all that there is; how many acts."""
        done = 0
        while True:
            with reading() as connection:
                at, stopped = _position(connection, to), _stopped(connection, to)
            limit = BATCH if until is None else min(BATCH, until - at.index)
            entries = self.source.read(after=at.index, limit=limit) if limit > 0 else []
            if not entries:
                return done
            folder.seek(at.index, at.generation)
            changes = _changes(folder.fold(entries, lambda: _cases(reading, to), stopped), to, reading)
            with writing() as connection:
                if _position(connection, to, lock=True) != at:
                    continue  # another follower wrote this batch first
                _write(connection, to, changes, at)
            done += len(entries)
            if progress is not None:
                progress(changes.last)


def _write_whole(folder: Folder, to: Tables, own: Opened, until: int, progress: Progress | None) -> None:
    """Fill tables that nobody else sees, and that are empty."""
    done = 0
    for folded in folder.whole(until) if until >= 0 else ():
        changes = _changes(folded, to, own)
        with own() as connection:
            _write(connection, to, changes, Position(until, 0))
        done += len(folded.acts)
        if progress is not None:
            progress(done - 1)


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


def _stopped(connection: Connection, to: Tables) -> list[Stopped]:
    return [Stopped(**row) for row in connection.execute(select(to.stopped)).mappings()]


def _places(stopped: Iterable[Stopped]) -> set[tuple[str, int]]:
    return {(one.stream, one.index) for one in stopped}


# --- what a batch changes -----------------------------------------------------------------------------------


def _cases(reading: Opened, to: Tables) -> list[str]:
    with reading() as connection:
        return list(connection.execute(select(to.case.c.case)).scalars())


def _changes(folded: Folded, to: Tables, reading: Opened) -> Changes:
    """Rows that are stored already as they should be are left alone: a new calendar changes few of them."""
    changes = Changes(
        folded.last, folded.acts, folded.doubts, folded.agencies, stopped=folded.stopped
    )  # its list of those stopped is complete at the end
    new_acts = {row["index"]: row for row in folded.acts}
    stale: dict[Table, list[str]] = {table: [] for table in to.of_a_case}
    fresh: dict[Table, list[Row]] = {table: [] for table in to.of_a_case}
    for group in _groups(folded.cases, CASES_COMPARED):
        ids = [dossier_id(of.stream) for of in group]
        with reading() as connection:
            stored = {table: _stored(connection, table, ids) for table in to.of_a_case}
            later = _stored_later(connection, to.act, [of.stream for of in group])
        for of in group:
            case = dossier_id(of.stream)
            for table, rows in zip(to.of_a_case, _of_tables(of), strict=True):
                known = stored[table].get(case, [])
                if not _same(known, rows, table):
                    fresh[table] += rows
                    stale[table] += [case] if known else []
            for index, values in of.acts.items():
                if index in new_acts:
                    new_acts[index].update(values)
                elif later.get(index) != values:
                    changes.acts_later.append({"b_index": index} | {f"b_{k}": v for k, v in values.items()})
    since = {one.stream: one.index for one in folded.stopped}
    changes.acts = [act for act in folded.acts if act["index"] < since.get(act["stream"], act["index"] + 1)]
    changes.stale = [(table, cases) for table, cases in stale.items() if cases]
    changes.fresh = [(table, rows) for table, rows in fresh.items() if rows]
    return changes


def _of_tables(of: CaseRows) -> tuple[list[Row], list[Row], list[Row]]:
    """In the order of `Tables.of_a_case`."""
    return [] if of.case is None else [of.case], of.applications, of.duties


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
    _write_stopped(connection, to, changes)
    if changes.acts:
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
    gone = bool(changes.stopped or changes.resumed)
    _move(connection, to, Position(changes.last, at.generation + gone))


def _write_stopped(connection: Connection, to: Tables, changes: Changes) -> None:
    """Rows of acts that wait are taken away, should there be any: a new calendar, say, can make a case stop at an act
    that was folded long ago."""
    stream: BindParameter[str] = bindparam("b_stream")
    streams = {*changes.resumed, *(one.stream for one in changes.stopped)}
    if streams:
        gone = delete(to.stopped).where(to.stopped.c.stream == stream)
        connection.execute(gone, [{"b_stream": s} for s in streams])
    if changes.stopped:
        waiting = (to.act.c.stream == stream) & (to.act.c["index"] >= bindparam("b_index"))
        stopped = [{"b_stream": s.stream, "b_index": s.index} for s in changes.stopped]
        connection.execute(delete(to.act).where(waiting), stopped)
        connection.execute(insert(to.stopped), [asdict(one) for one in changes.stopped])


def _put_in_doubt(connection: Connection, act: Table, doubt: Doubt) -> None:
    signed = (
        (act.c.key == doubt.key)
        & (act.c.received_at_ms >= doubt.since_ms)
        & (act.c["index"] < doubt.revoked_at)
    )
    for index, irregular in connection.execute(select(act.c["index"], act.c.irregular).where(signed)).all():
        more = [*irregular, asdict(KEY_IN_DOUBT)]
        connection.execute(update(act).where(act.c["index"] == index).values(irregular=more))


def _pairs(beside: Tables) -> Iterator[tuple[Table, Table]]:
    return zip(LIVE.content, beside.content, strict=True)


def _switch(connection: Connection, beside: Tables, table: str | None) -> None:
    for old, new in _pairs(beside):
        if table in (None, old.name):
            connection.execute(delete(old))
            names = [column.name for column in old.columns]
            connection.execute(insert(old).from_select(names, select(*(new.c[name] for name in names))))


def _count(connection: Connection, table: Table) -> int:
    return connection.execute(select(func.count()).select_from(table)).scalar_one()


def _digest_if_readable(connection: Connection, table: Table) -> str | None:
    """None where a row holds what no act amounts to: it cannot even be read."""
    try:
        return _digest(connection, table)
    except (ValueError, TypeError):
        return None


def _digest(connection: Connection, table: Table) -> str:
    """Of the sorted digests of its rows: databases differ in how they order text."""
    found = []
    for row in connection.execute(select(table).execution_options(yield_per=1_000)).mappings():
        spelled = json.dumps(dict(row), ensure_ascii=False, sort_keys=True, default=str)
        found.append(hashlib.sha256(spelled.encode()).digest())
    return hashlib.sha256(b"".join(sorted(found))).hexdigest()
