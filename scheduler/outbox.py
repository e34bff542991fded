"""What is to be sent: queued once for an alert and a recipient, tried with growing pauses, given up in the end.

A message is claimed before it is sent and marked after; whoever is killed between the two leaves it to be sent again,
with the same message id, because an alert that comes twice is a nuisance and one that never comes is a missed day.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, and_, false, func, insert, or_, select, update

from domain.values import from_milliseconds
from scheduler.jobs import Works
from scheduler.leader import Term
from scheduler.tables import alert, outbox

WAITING, SENDING, SENT, DROPPED, DEAD = "waiting", "sending", "sent", "dropped", "dead"
MINUTE = 60_000
PAUSES = (1, 2, 5, 10, 30, 60, 120, 240)
"""Minutes after each failure; the last one goes on."""
GIVEN_UP_AFTER = 4
"""Working days, so that a holiday in which nobody mends the server does not use them up: as long as mail servers themselves
try (RFC 5321 §4.5.4.1). Not before every pause has been made either: a ledger that was switched off has not tried."""
REPORTED_MS = 7 * 24 * 60 * MINUTE
"""How long a message that was given up is reported when nothing waits for it any more."""
TOGETHER = 50
"""Alerts of one message at most."""
AT_ONCE = 500
"""Alerts of one question."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """What goes to one recipient through one channel at once."""

    channel: str
    recipient: str
    alerts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sending:
    """What became of one alert for one recipient. `ended_ms`: when it went out, was dropped or given up."""

    channel: str
    recipient: str
    state: str
    attempts: int
    queued_ms: int
    ended_ms: int | None
    failure: str | None


@dataclass(frozen=True, slots=True)
class Stuck:
    """What was given up, or has failed at least once and still waits. `duty`: which one it is about, by its number; None of
    a digest."""

    alert: str
    duty: str | None
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
    _anew(connection, and_(outbox.c.alert.in_(alerts), outbox.c.state == DROPPED), now_ms)


def resend(connection: Connection, now_ms: int) -> int:
    """Try anew what was given up of alerts that are open; how many messages."""
    return _anew(connection, _given_up(), now_ms, again=0)


def resend_cured(connection: Connection, term: Term, contacts: str, now_ms: int) -> int:
    """Try anew, once, what was given up before the contacts changed, or before something else went out through the same
    channel. `contacts`: see the table. How many messages."""
    term.check(connection)
    changed = func.coalesce(outbox.c.contacts, "") != contacts
    taken_up = _anew(connection, and_(_given_up(), changed), now_ms, again=0)
    last = select(outbox.c.channel, func.max(outbox.c.ended_ms)).where(outbox.c.state == SENT)
    for channel, sent_ms in connection.execute(last.group_by(outbox.c.channel)).all():
        works = and_(
            outbox.c.channel == channel, outbox.c.ended_ms < sent_ms, func.coalesce(outbox.c.again, 0) == 0
        )
        taken_up += _anew(connection, and_(_given_up(), works), now_ms, again=1)
    return taken_up


def _given_up() -> Any:
    """Messages that were given up, of alerts that are open."""
    return and_(
        outbox.c.state == DEAD, outbox.c.alert.in_(select(alert.c.id).where(alert.c.closed_on.is_(None)))
    )


def _anew(connection: Connection, which: Any, now_ms: int, **values: int) -> int:
    """As if it were queued now."""
    values |= {"attempts": 0, "queued_ms": now_ms, "next_ms": now_ms}
    query = update(outbox).where(which).values(state=WAITING, ended_ms=None, **values)
    return connection.execute(query).rowcount


def readdress(
    connection: Connection,
    reader: tuple[str, str],
    to: Sequence[tuple[str, str]],
    now_ms: int,
    *,
    whole: bool,
) -> int:
    """Of the open alerts of one agency and role: what has not gone out to somebody who is not addressed any more need not
    go; what had been dropped is to go to those who are. How many messages are to go again. `whole`: whether all who are
    addressed are known, and not some left out for a fault in their address."""
    open_ones = select(alert.c.id).where(
        alert.c.closed_on.is_(None), alert.c.agency == reader[0], alert.c.role == reader[1]
    )
    theirs = outbox.c.alert.in_(open_ones)
    known = or_(
        false(), *(and_(outbox.c.channel == channel, outbox.c.recipient == name) for channel, name in to)
    )
    if whole:
        gone = update(outbox).where(theirs, outbox.c.state.in_((WAITING, DEAD)), ~known)
        connection.execute(gone.values(state=DROPPED, ended_ms=now_ms))
    return _anew(connection, and_(theirs, outbox.c.state == DROPPED, known), now_ms)


def given_up_at(queued_ms: int, works: Works) -> int:
    """When a message has had its time: the same hour, so many working days later."""
    at, left = from_milliseconds(queued_ms), GIVEN_UP_AFTER
    while left:
        at += timedelta(1)
        left -= works(at.date())
    return round(at.timestamp() * 1000)


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
    works: Works,
    contacts: str,
) -> int:
    """Put it back for later, or give it up; how many were given up. `contacts`: see the table."""
    term.check(connection)
    mine = and_(_of(parcel), outbox.c.alert.in_(alerts))
    rows = connection.execute(select(outbox.c.alert, outbox.c.attempts, outbox.c.queued_ms).where(mine)).all()
    given_up = 0
    for id_, attempts, queued_ms in rows:
        over = permanent or (attempts >= len(PAUSES) and now_ms >= given_up_at(queued_ms, works))
        given_up += over
        pause = PAUSES[min(attempts, len(PAUSES)) - 1] * MINUTE
        values: dict[str, Any] = {"state": WAITING, "next_ms": now_ms + pause, "failure": reason}
        if over:
            values |= {"state": DEAD, "ended_ms": now_ms, "contacts": contacts}
        connection.execute(update(outbox).where(_of(parcel), outbox.c.alert == id_).values(**values))
    return given_up


def counts(connection: Connection) -> dict[str, int]:
    """How many messages there are of each state."""
    query = select(outbox.c.state, func.count().label("number")).group_by(outbox.c.state)
    return {row["state"]: row["number"] for row in connection.execute(query).mappings()}


def unheard(connection: Connection, now_ms: int) -> int:
    """How many messages were given up that somebody has to see to: of alerts that are open, and of the last days where
    nothing has reached the same recipient since."""
    to = (outbox.c.channel, outbox.c.recipient)
    last = select(*to, func.max(outbox.c.ended_ms).label("sent_ms")).where(outbox.c.state == SENT)
    reached = last.group_by(*to).subquery()
    same = and_(reached.c.channel == outbox.c.channel, reached.c.recipient == outbox.c.recipient)
    unreached = func.coalesce(reached.c.sent_ms, 0) <= outbox.c.ended_ms
    late = and_(outbox.c.state == DEAD, outbox.c.ended_ms > now_ms - REPORTED_MS, unreached)
    query = select(func.count()).select_from(outbox.outerjoin(reached, same)).where(or_(_given_up(), late))
    return int(connection.execute(query).scalar_one())


def stuck(connection: Connection, limit: int = 20) -> Iterator[Stuck]:
    """What was given up, then what has failed and waits, the latest first."""
    columns = (outbox.c.channel, outbox.c.recipient, outbox.c.state, outbox.c.attempts, outbox.c.failure)
    query = select(outbox.c.alert, alert.c.duty, *columns).outerjoin(alert, alert.c.id == outbox.c.alert)
    query = query.where(or_(outbox.c.state == DEAD, and_(outbox.c.state == WAITING, outbox.c.attempts > 0)))
    for row in connection.execute(
        query.order_by(outbox.c.state, outbox.c.queued_ms.desc()).limit(limit)
    ).mappings():
        yield Stuck(**row)


def of_alerts(connection: Connection, alerts: Iterable[str]) -> dict[str, list[Sending]]:
    """What was and is to be sent of alerts."""
    found: dict[str, list[Sending]] = {}
    wanted = list(alerts)
    names = [outbox.c[name] for name in Sending.__dataclass_fields__]
    for first in range(0, len(wanted), AT_ONCE):
        query = select(outbox.c.alert, *names).where(outbox.c.alert.in_(wanted[first : first + AT_ONCE]))
        for id_, *values in connection.execute(query.order_by(outbox.c.channel, outbox.c.recipient)):
            found.setdefault(id_, []).append(Sending(*values))
    return found


def _of(parcel: Parcel) -> Any:
    return and_(
        outbox.c.channel == parcel.channel,
        outbox.c.recipient == parcel.recipient,
        outbox.c.alert.in_(parcel.alerts),
    )
