"""Whether the tables have just the rows that the ledger's acts amount to, told without computing them anew.

Each act is to have its row, and each dossier its last act; what a dossier has in the other tables it counts itself;
the agencies are those of the registry. That the rows also say the right thing is for a rebuild to show.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass

from sqlalchemy import Connection, Table, func, select

from domain.dossiers import dossier_id
from domain.registry import STREAM as REGISTRY
from events.store import Entry
from projections import rows
from projections.folding import Folder, Source
from projections.tables import LIVE

PAGE = 1_000

Opened = Callable[[], AbstractContextManager[Connection]]


@dataclass(frozen=True, slots=True)
class Difference:
    """A table that has a row too few or too many, and the act that it concerns, where it is of one."""

    table: str
    index: int | None
    what: str


def differences(reading: Opened, source: Source, most: int) -> list[Difference]:
    """Compare the tables, as far as they are folded, with the ledger; the first `most` of what differs.

    Reads in pages, each for a moment only. What others fold meanwhile is looked at too, and where they take rows away
    or bring them back, all is looked at anew.
    """
    with reading() as connection:
        last, generation, since = _state(connection)
    found: list[Difference] = []
    last_of: dict[str, int] = {}
    after = -1
    while len(found) < most:
        entries = source.read(after=after, limit=min(PAGE, last - after)) if after < last else []
        if entries:
            due = {e.index: e for e in entries if e.index < since.get(e.stream, e.index + 1)}
            last_of |= {dossier_id(e.stream): e.index for e in due.values() if e.stream != REGISTRY}
            found += _of_acts(reading, due, after, entries[-1].index)
            after = entries[-1].index
            continue
        with reading() as connection:
            now, of_now, _ = _state(connection)
            if of_now != generation:
                return differences(reading, source, most)
            if now > last:
                last = now
                continue
            found += _beyond(connection, after)
            found += _of_dossiers(connection, last_of)
            found += _of_agencies(connection, source, last)
            break
    return found[:most]


def _state(connection: Connection) -> tuple[int, int, dict[str, int]]:
    """The last act folded, the generation, and the act at which each stopped stream stopped."""
    at, stopped = LIVE.position, LIVE.stopped
    last, generation = connection.execute(select(at.c.position, at.c.generation)).one()
    since = connection.execute(select(stopped.c.stream, stopped.c["index"].label("since")))
    return last, generation, {row.stream: row.since for row in since}


def _beyond(connection: Connection, last: int) -> Iterator[Difference]:
    index = LIVE.act.c["index"]
    for beyond in connection.execute(
        select(index).where((index > last) | (index < 0)).order_by(index)
    ).scalars():
        yield Difference(LIVE.act.name, beyond, "台账没有这一条")


def _of_acts(reading: Opened, due: Mapping[int, Entry], after: int, until: int) -> Iterator[Difference]:
    act = LIVE.act
    page = select(act.c["index"], act.c.stream, act.c.version, act.c.statement).where(
        (act.c["index"] > after) & (act.c["index"] <= until)
    )
    with reading() as connection:
        there = {index: (stream, version, id_) for index, stream, version, id_ in connection.execute(page)}
    for index in sorted(due.keys() | there.keys()):
        if index not in there:
            yield Difference(act.name, index, "缺少这一条")
        elif index not in due:
            yield Difference(act.name, index, "这一条还不应列出")
        elif there[index] != (due[index].stream, due[index].version, due[index].cti.hex()):
            yield Difference(act.name, index, "与台账的案卷、序号或编号不同")


def _of_dossiers(connection: Connection, last_of: dict[str, int]) -> Iterator[Difference]:
    case = LIVE.case
    query = select(case.c.case, case.c.last_index, case.c.applications, case.c.duties)
    there = {row.case: row for row in connection.execute(query)}
    for name in sorted(last_of.keys() | there.keys()):
        if name not in there:
            yield Difference(case.name, last_of[name], f"缺少 {name}")
        elif name not in last_of:
            yield Difference(case.name, None, f"台账没有 {name}")
        elif there[name].last_index != last_of[name]:
            yield Difference(case.name, last_of[name], f"{name} 只汇总到第 {there[name].last_index} 条")
    for table, counted in ((LIVE.application, "applications"), (LIVE.duty, "duties")):
        found = _rows_by_case(connection, table)
        for name in sorted(found.keys() | there.keys()):
            due = getattr(there[name], counted) if name in there else 0
            if found.get(name, 0) != due:
                yield Difference(table.name, None, f"{name} 应有 {due} 行，实有 {found.get(name, 0)} 行")


def _rows_by_case(connection: Connection, table: Table) -> dict[str, int]:
    query = select(table.c.case, func.count().label("number")).group_by(table.c.case)
    return {row.case: row.number for row in connection.execute(query)}


def _of_agencies(connection: Connection, source: Source, last: int) -> Iterator[Difference]:
    folder = Folder(source)
    folder.seek(last)
    due = {agency.id: rows.stored(agency) for agency in rows.agency_rows(folder.registry)}
    there = {row["id"]: dict(row) for row in connection.execute(select(LIVE.agency)).mappings()}
    for name in sorted(due.keys() | there.keys()):
        if due.get(name) != there.get(name):
            yield Difference(LIVE.agency.name, None, f"机构 {name} 与登记簿不同")
