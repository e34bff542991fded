"""What is to be sent: queued once for an alert and a recipient, tried with growing pauses, given up in the end.

A message is claimed before it is sent and marked after; whoever is killed between the two leaves it to be sent again,
with the same message id, because an alert that comes twice is a nuisance and one that never comes is a missed day.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, and_, func, insert, or_, select, update

from scheduler.leader import Term
from scheduler.tables import alert, outbox

WAITING, SENDING, SENT, DROPPED, DEAD = "waiting", "sending", "sent", "dropped", "dead"
MINUTE = 60_000
PAUSES = (1, 2, 5, 10, 30, 60, 120, 240)
"""Minutes after each failure; the last one goes on. As long as mail servers themselves try (RFC 5321 §4.5.4.1):"""
GIVEN_UP_AFTER = 4 * 24 * 60 * MINUTE
TOGETHER = 50
"""Alerts of one message at most."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """What goes to one recipient through one channel at once."""

    channel: str
    recipient: str
    alerts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Stuck:
    """What was given up, or has failed at least once and still waits."""

    alert: str
    channel: str
    recipient: str
    state: str
    attempts: int
    failure: str | None


def queue(connection: Connection, rows: Iterable[tuple[str, str, str]], now_ms: int) -> None:
    """Alert, channel and recipient of each."""
    values = [
        {"alert": id_, "channel": channel, "recipient": recipient, "state": WAITING, "attempts": 0,
         "queued_ms": now_ms, "next_ms": now_ms}
        for id_, channel, recipient in dict.fromkeys(rows)
    ]  # fmt: skip
    if values:
        connection.execute(insert(outbox), values)


def queue_once(connection: Connection, term: Term, rows: Sequence[tuple[str, str, str]], now_ms: int) -> int:
    """Queue what is no alert's own, where it has not been; how many were new."""
    term.check(connection)
    named = select(outbox.c.alert, outbox.c.channel, outbox.c.recipient)
    there = {
        tuple(row) for row in connection.execute(named.where(outbox.c.alert.in_({id_ for id_, _, _ in rows})))
    }
    new = [row for row in rows if row not in there]
    queue(connection, new, now_ms)
    return len(new)


def drop(connection: Connection, alerts: Sequence[str], now_ms: int, parcel: Parcel | None = None) -> None:
    """What has not gone out is not needed any more; of one parcel where it is given, else to nobody."""
    query = update(outbox).where(outbox.c.alert.in_(alerts), outbox.c.state.in_((WAITING, SENDING)))
    if parcel is not None:
        query = query.where(_of(parcel))
    connection.execute(query.values(state=DROPPED, ended_ms=now_ms))


def take_up(connection: Connection, alerts: Sequence[str], now_ms: int) -> None:
    """What was dropped is needed after all."""
    query = update(outbox).where(outbox.c.alert.in_(alerts), outbox.c.state == DROPPED)
    connection.execute(query.values(state=WAITING, attempts=0, next_ms=now_ms, ended_ms=None))


def due(connection: Connection, now_ms: int) -> list[Parcel]:
    """What is to be sent now, a parcel for each recipient; what a killed sender had claimed is among it."""
    ready = or_(outbox.c.state == SENDING, and_(outbox.c.state == WAITING, outbox.c.next_ms <= now_ms))
    query = select(outbox.c.channel, outbox.c.recipient, outbox.c.alert).where(ready)
    of_duty = query.outerjoin(alert, alert.c.id == outbox.c.alert).order_by(
        outbox.c.queued_ms, alert.c.case, alert.c.duty, outbox.c.alert
    )  # so that one message tells all of a duty
    found: dict[tuple[str, str], list[str]] = {}
    for channel, recipient, id_ in connection.execute(of_duty):
        found.setdefault((channel, recipient), []).append(id_)
    return [
        Parcel(channel, recipient, tuple(alerts[first : first + TOGETHER]))
        for (channel, recipient), alerts in found.items()
        for first in range(0, len(alerts), TOGETHER)
    ]


def claim(connection: Connection, term: Term, parcel: Parcel) -> tuple[str, ...]:
    """Take a parcel to send it; those of its alerts that still wait."""
    term.check(connection)
    query = select(outbox.c.alert).where(_of(parcel), outbox.c.state.in_((WAITING, SENDING)))
    waiting = set(connection.execute(query.with_for_update()).scalars())
    connection.execute(
        update(outbox)
        .where(_of(parcel), outbox.c.alert.in_(waiting))
        .values(state=SENDING, attempts=outbox.c.attempts + 1)
    )
    return tuple(id_ for id_ in parcel.alerts if id_ in waiting)


def sent(connection: Connection, term: Term, parcel: Parcel, alerts: Sequence[str], now_ms: int) -> None:
    """Mark what was handed over."""
    term.check(connection)
    query = update(outbox).where(_of(parcel), outbox.c.alert.in_(alerts))
    connection.execute(query.values(state=SENT, ended_ms=now_ms, failure=None))


def failed(
    connection: Connection,
    term: Term,
    parcel: Parcel,
    alerts: Sequence[str],
    now_ms: int,
    *,
    reason: str,
    permanent: bool,
) -> int:
    """Put it back for later, or give it up; how many were given up."""
    term.check(connection)
    mine = and_(_of(parcel), outbox.c.alert.in_(alerts))
    rows = connection.execute(select(outbox.c.alert, outbox.c.attempts, outbox.c.queued_ms).where(mine)).all()
    given_up = 0
    for id_, attempts, queued_ms in rows:
        over = permanent or now_ms - queued_ms >= GIVEN_UP_AFTER
        given_up += over
        pause = PAUSES[min(attempts, len(PAUSES)) - 1] * MINUTE
        values: dict[str, Any] = {"state": WAITING, "next_ms": now_ms + pause, "failure": reason}
        if over:
            values |= {"state": DEAD, "ended_ms": now_ms}
        connection.execute(update(outbox).where(_of(parcel), outbox.c.alert == id_).values(**values))
    return given_up


def counts(connection: Connection) -> dict[str, int]:
    """How many messages there are of each state."""
    query = select(outbox.c.state, func.count().label("number")).group_by(outbox.c.state)
    return {row["state"]: row["number"] for row in connection.execute(query).mappings()}


def stuck(connection: Connection, limit: int = 20) -> Iterator[Stuck]:
    """What was given up, then what has failed and waits, the latest first."""
    query = select(*(outbox.c[name] for name in Stuck.__dataclass_fields__)).where(
        or_(outbox.c.state == DEAD, and_(outbox.c.state == WAITING, outbox.c.attempts > 0))
    )
    for row in connection.execute(
        query.order_by(outbox.c.state, outbox.c.queued_ms.desc()).limit(limit)
    ).mappings():
        yield Stuck(**row)


def _of(parcel: Parcel) -> Any:
    return and_(
        outbox.c.channel == parcel.channel,
        outbox.c.recipient == parcel.recipient,
        outbox.c.alert.in_(parcel.alerts),
    )
