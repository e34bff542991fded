"""The ledger's own list of alerts: each opened once, closed when what it is about is done, moved or overtaken."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, and_, exists, insert, select, update

from scheduler import outbox
from scheduler.leader import Term
from scheduler.tables import alert
from scheduler.tables import outbox as messages

CHUNK = 500
"""Rows of one statement: SQLite takes no more than 32,766 values at once."""


@dataclass(frozen=True, slots=True)
class Alert:
    """One duty, one last day, one stage, one reader. `role`, `stage`: see `domain.alerts`; `addressed`: how many
    addresses it went or is to go to, 0 where nobody could be reached otherwise than by this list so far."""

    id: str
    case: str
    duty: str
    row: str
    name_zh: str
    source: str
    holder: str
    stage: str
    due_on: date
    agency: str
    role: str
    opened_on: date
    closed_on: date | None = None
    why: str | None = None
    addressed: int = 0

    @property
    def key(self) -> "Key":
        return self.case, self.duty, self.due_on, self.stage, self.role


Key = tuple[str, str, date, str, str]
"""What an alert is about apart from the agency that reads it: case, duty, last day, stage, role."""
Addresses = Mapping[tuple[str, str], Sequence[tuple[str, str]]]
"""By agency and role, the channels and the recipients' names."""


def open_keys(connection: Connection) -> dict[Key, list[str]]:
    """The alerts that are open, by what they are about."""
    found: dict[Key, list[str]] = {}
    columns = alert.c
    query = select(columns.case, columns.duty, columns.due_on, columns.stage, columns.role, columns.id)
    for case, duty, due_on, stage, role, id_ in connection.execute(query.where(columns.closed_on.is_(None))):
        found.setdefault((case, duty, due_on, stage, role), []).append(id_)
    return found


def open_new(connection: Connection, term: Term, alerts: Sequence[Alert], now_ms: int) -> int:
    """Open those that never were. One that was closed is listed again, and what of it was dropped before it went out is
    sent after all: nobody has heard of it. What went out is not sent again."""
    term.check(connection)
    ids = [one.id for one in alerts]
    there = set(connection.execute(select(alert.c.id).where(alert.c.id.in_(ids))).scalars())
    if there:
        again = update(alert).where(alert.c.id.in_(there)).values(closed_on=None, why=None)
        connection.execute(again)
        outbox.take_up(connection, sorted(there), now_ms)
    new = {one.id: one for one in alerts if one.id not in there}
    if new:
        connection.execute(insert(alert), [asdict(one) for one in new.values()])
    return len(new)


def readers(connection: Connection) -> list[tuple[str, str]]:
    """The agencies and roles that open alerts are for."""
    query = select(alert.c.agency, alert.c.role).where(alert.c.closed_on.is_(None)).distinct()
    return [
        (agency, role) for agency, role in connection.execute(query.order_by(alert.c.agency, alert.c.role))
    ]


def queue_open(
    connection: Connection, term: Term, addresses: Addresses, now_ms: int, *, whole: bool = True
) -> int:
    """Queue every open alert to whoever can be reached for its reader and has no message of it: of new alerts, and of older
    ones whose reader had no address yet, or another one; who is not reached there any more is not written to. How many
    messages. `whole`: whether these are all the addresses, none left out for a fault."""
    term.check(connection)
    queued = 0
    for (agency, role), to in addresses.items():
        for channel, recipient in to:
            theirs = and_(
                messages.c.alert == alert.c.id,
                messages.c.channel == channel,
                messages.c.recipient == recipient,
            )
            query = select(alert.c.id).where(
                alert.c.agency == agency,
                alert.c.role == role,
                alert.c.closed_on.is_(None),
                ~exists().where(theirs),
            )
            ids = connection.execute(query.order_by(alert.c.id)).scalars().all()
            outbox.queue(connection, [(id_, channel, recipient) for id_ in ids], now_ms)
            for group in chunks(ids):
                one_more = update(alert).values(addressed=alert.c.addressed + 1)
                connection.execute(one_more.where(alert.c.id.in_(group)))
            queued += len(ids)
        queued += outbox.readdress(connection, (agency, role), to, now_ms, whole=whole)
    return queued


def close(
    connection: Connection, term: Term, closed: Iterable[tuple[str, str]], on: date, now_ms: int
) -> None:
    """Close alerts, each with its reason; what of them waits to be sent is dropped."""
    term.check(connection)
    by_reason: dict[str, list[str]] = {}
    for id_, why in closed:
        by_reason.setdefault(why, []).append(id_)
    for why, ids in by_reason.items():
        connection.execute(update(alert).where(alert.c.id.in_(ids)).values(closed_on=on, why=why))
        outbox.drop(connection, ids, now_ms)


def listed(
    connection: Connection,
    *,
    agency: str | None = None,
    roles: Iterable[str] | None = None,
    everything: bool = False,
) -> Iterator[Alert]:
    """The alerts, the most pressing first; those that are closed only where everything is asked for."""
    columns = alert.c
    query = select(alert).order_by(columns.due_on, columns.case, columns.duty, columns.stage, columns.role)
    if agency is not None:
        query = query.where(columns.agency == agency)
    if roles is not None:
        query = query.where(columns.role.in_(list(roles)))
    if not everything:
        query = query.where(columns.closed_on.is_(None))
    for row in connection.execute(query).mappings():
        yield Alert(**row)


def called(connection: Connection, ids: Iterable[str]) -> dict[str, Alert]:
    """Alerts by their ids."""
    found: dict[str, Alert] = {}
    for group in chunks(list(ids)):
        for row in connection.execute(select(alert).where(alert.c.id.in_(group))).mappings():
            found[row["id"]] = Alert(**row)
    return found


def chunks(items: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for first in range(0, len(items), CHUNK):
        yield items[first : first + CHUNK]
