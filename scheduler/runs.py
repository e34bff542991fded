"""That a job runs once for a period, and what each run left behind: when, how long, what it did, why it failed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, Select, and_, delete, func, insert, select, update

from scheduler.jobs import Due
from scheduler.leader import Term
from scheduler.tables import run

FAILURE_LENGTH = 500
SET_BACK = timedelta(7)
"""A clock that was put back no further than this makes no job run for a day that it has passed already. One that had
been years ahead must not stop the jobs until then, so what it did there is passed over."""


@dataclass(frozen=True, slots=True)
class Run:
    """One job for one period. Moments are milliseconds of the ledger's clock; `took_ms` is real time."""

    job: str
    period: str
    day: date
    state: str
    epoch: int
    attempts: int
    began_ms: int
    ended_ms: int | None
    took_ms: int | None
    did: str | None
    failure: str | None


def begin(connection: Connection, term: Term, job: str, due: Due, now_ms: int) -> bool:
    """Whether the job is to be run: not where it was done, and again where it failed or its leader is gone."""
    term.check(connection)
    known = next(_all(connection, select(run).where(_is(job, due.period)).with_for_update()), None)
    values: dict[str, Any] = {
        "day": due.day, "state": "running", "epoch": term.epoch, "began_ms": now_ms, "ended_ms": None, "took_ms": None,
    }  # fmt: skip
    if known is not None:
        if known.state == "done":
            return False
        again = update(run).where(_is(job, due.period))
        connection.execute(again.values(attempts=known.attempts + 1, **values))
        return True
    last = last_done(connection, job, until=due.day + SET_BACK)
    if last is not None and last > due.day:
        return False
    connection.execute(insert(run).values(job=job, period=due.period, attempts=1, **values))
    return True


def end(
    connection: Connection,
    term: Term,
    job: str,
    period: str,
    *,
    now_ms: int,
    took_ms: int,
    did: str | None = None,
    failure: str | None = None,
) -> None:
    """Keep how it ended; a failure's reason stays beside what the next attempt did."""
    term.check(connection)
    values: dict[str, Any] = {"ended_ms": now_ms, "took_ms": took_ms}
    if failure is None:
        values |= {"state": "done", "did": did}
    else:
        values |= {"state": "failed", "failure": failure[:FAILURE_LENGTH]}
    connection.execute(update(run).where(_is(job, period)).values(**values))


def last_done(connection: Connection, job: str, until: date = date.max) -> date | None:
    """The last day, up to one, that a job was done for."""
    query = select(func.max(run.c.day)).where(run.c.job == job, run.c.state == "done", run.c.day <= until)
    found: date | None = connection.execute(query).scalar()
    return found


def latest(connection: Connection, job: str | None = None, limit: int = 50) -> list[Run]:
    """The runs, the last first."""
    query = select(run).order_by(run.c.began_ms.desc(), run.c.job, run.c.period.desc()).limit(limit)
    if job is not None:
        query = query.where(run.c.job == job)
    return list(_all(connection, query))


def last_of_each(connection: Connection) -> list[Run]:
    """The last run of each job, however many others have run since."""
    last = select(run.c.job, func.max(run.c.began_ms).label("began_ms")).group_by(run.c.job).subquery()
    of_last = and_(run.c.job == last.c.job, run.c.began_ms == last.c.began_ms)
    found = _all(connection, select(run).join(last, of_last).order_by(run.c.job, run.c.period))
    return list({one.job: one for one in found}.values())


def failed_last(connection: Connection, job: str) -> bool:
    """Whether the last run that is kept of a job failed: that it works again is kept too then."""
    last = select(run.c.state).where(run.c.job == job).order_by(run.c.began_ms.desc()).limit(1)
    return connection.execute(last).scalar() == "failed"


def forget(connection: Connection, term: Term, job: str, before_ms: int) -> None:
    """Drop the old runs of a job that comes every minute; of the others all are kept."""
    term.check(connection)
    connection.execute(delete(run).where(run.c.job == job, run.c.began_ms < before_ms))


def _is(job: str, period: str) -> Any:
    return and_(run.c.job == job, run.c.period == period)


def _all(connection: Connection, query: Select[Any]) -> Iterator[Run]:
    for row in connection.execute(query).mappings():
        yield Run(**row)
