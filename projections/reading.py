"""What others ask of the tables. Each function takes a connection of `Projections.reading`."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Connection, RowMapping, Select, func, or_, select

from domain.dossiers import stream_of
from domain.duties import Duty, Rules
from projections.folding import Stopped
from projections.rows import ActRow, AgencyRow, ApplicationRow, CaseRow, duty_of
from projections.tables import LIVE

__all__ = [
    "ActRow", "AgencyRow", "ApplicationRow", "CaseRow", "Counts", "Stopped", "acts", "agencies", "applications", "cases",
    "cases_counting_after", "counts", "duties", "duties_of_cases", "pressing", "stopped", "timeline",
]  # fmt: skip

T = TypeVar("T")
READ_AT_ONCE = 1_000
MANY = 500
"""Values that one question may name: every database takes so many."""


def duties(
    connection: Connection,
    rules: Rules,
    *,
    case: str | None = None,
    holder: str | None = None,
    duty: str | None = None,
    instance: str | None = None,
) -> list[Duty]:
    """Duties as folded from the acts, by case. `duty` is a row's id, `instance` a duty's own id or how it begins.

    `rules` are the ledger's present ones, whose packs the duties' rows are of.
    """
    table = LIVE.duty
    query = select(table)
    for column, wanted in ((table.c.case, case), (table.c.holder, holder), (table.c.row, duty)):
        if wanted is not None:
            query = query.where(column == wanted)
    if instance is not None:
        query = query.where(table.c.id.startswith(instance, autoescape=True))
    query = query.order_by(table.c.case, table.c.id)
    return [duty_of({**row}, rules.packs) for row in connection.execute(query).mappings()]


def duties_of_cases(
    connection: Connection, rules: Rules, cases: Iterable[str]
) -> dict[str, tuple[Duty, ...]]:
    """The same of many cases at once."""
    table = LIVE.duty
    found: dict[str, list[Duty]] = {case: [] for case in cases}
    rest = iter(found)
    while some := list(islice(rest, MANY)):
        query = select(table).where(table.c.case.in_(some)).order_by(table.c.case, table.c.id)
        for row in connection.execute(query).mappings():
            found[row["case"]].append(duty_of({**row}, rules.packs))
    return {case: tuple(owed) for case, owed in found.items()}


def pressing(
    connection: Connection, rules: Rules, until: date, *, holder: str | None = None
) -> Iterator[Duty]:
    """Duties neither done nor ended whose last day, by whichever count, lies on `until` or before; read little by
    little, as there may be many."""
    table = LIVE.duty
    near = or_(*(column <= until for column in (table.c.due_on, table.c.strict_due_on, table.c.warn_on)))
    query = select(table).where(table.c.discharged_on.is_(None), table.c.cancelled_on.is_(None), near)
    if holder is not None:
        query = query.where(table.c.holder == holder)
    rows = connection.execution_options(yield_per=READ_AT_ONCE).execute(
        query.order_by(table.c.case, table.c.id)
    )
    for row in rows.mappings():
        yield duty_of({**row}, rules.packs)


def cases(
    connection: Connection, *, case: str | None = None, nr: str | None = None, kind: str | None = "case"
) -> list[CaseRow]:
    """Cases, or the dossiers of another kind of stream (None: all), by their last act."""
    table = LIVE.case
    query = select(table)
    if kind is not None:
        query = query.where(table.c.kind == kind)
    if case is not None:
        query = query.where(table.c.case == case)
    if nr is not None:
        query = query.where(table.c.nr == nr)
    return _all(connection, CaseRow, query.order_by(table.c.last_index))


def renumbered(connection: Connection) -> list[str]:
    """Streams of the cases that may bear another number since they changed hands."""
    table = LIVE.act
    query = select(table.c.stream).where(table.c.type.in_(("CaseTransferred", "TransferAccepted"))).distinct()
    return list(connection.execute(query).scalars())


def cases_counting_after(connection: Connection, day: date | None, *, case: str | None = None) -> list[str]:
    """Ids of the dossiers with an act that counts on a later day than `day`, or that change hands later (None: of all),
    by their last act: as of that day they are to be folded anew."""
    table = LIVE.case
    query = select(table.c.case).order_by(table.c.last_index)
    if day is not None:
        query = query.where(table.c.last_counts_on > day)
    if case is not None:
        query = query.where(table.c.case == case)
    return list(connection.execute(query).scalars())


def applications(
    connection: Connection, *, case: str | None = None, agency: str | None = None
) -> list[ApplicationRow]:
    """The enforcement register, by day of application. `agency`: only where it is the applicant's or the court."""
    table, of = LIVE.application, LIVE.case
    query = select(table)
    if case is not None:
        query = query.where(table.c.case == case)
    if agency is not None:
        query = query.join(of, of.c.case == table.c.case).where(
            or_(table.c.court == agency, of.c.nr == agency)
        )
    return _all(
        connection, ApplicationRow, query.order_by(table.c.applied_on, table.c.case, table.c.statement)
    )


def stopped(connection: Connection) -> list[Stopped]:
    """Streams that have stopped, by the act that they stopped at: what the tables show of them is how they stood
    before it."""
    table = LIVE.stopped
    return _all(connection, Stopped, select(table).order_by(table.c["index"]))


def timeline(connection: Connection, case: str) -> list[ActRow]:
    """All acts of a dossier in the order of the ledger."""
    table = LIVE.act
    query = select(table).where(table.c.stream == stream_of(case)).order_by(table.c["index"])
    return _all(connection, ActRow, query)


def acts(connection: Connection, statements: Iterable[str]) -> list[ActRow]:
    """The acts of these statement ids, in the order of the ledger; two agencies may have used one id."""
    table = LIVE.act
    found: list[ActRow] = []
    rest = iter(dict.fromkeys(statements))
    while some := list(islice(rest, MANY)):
        query = select(table).where(table.c.statement.in_(some)).order_by(table.c["index"])
        found += _all(connection, ActRow, query)
    return sorted(found, key=lambda row: row.index)


def agencies(connection: Connection) -> list[AgencyRow]:
    """The registered agencies, by id."""
    return _all(connection, AgencyRow, select(LIVE.agency).order_by(LIVE.agency.c.id))


@dataclass(frozen=True, slots=True)
class Counts:
    """How far the tables are, and how many rows each has, by name."""

    last_index: int
    rows: Mapping[str, int]


def counts(connection: Connection) -> Counts:
    """What `verify` compares with the ledger."""
    last = connection.execute(select(LIVE.position.c.position)).scalar_one()
    rows = {
        t.name: connection.execute(select(func.count()).select_from(t)).scalar_one() for t in LIVE.content
    }
    return Counts(last, rows)


def _all(connection: Connection, kind: type[T], query: Select[Any]) -> list[T]:
    found: Iterable[RowMapping] = connection.execute(query).mappings()
    return [kind(**row) for row in found]
