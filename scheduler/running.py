"""One run of one job: under a lock of its own, once for its period, kept with what came of it."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy.exc import SQLAlchemyError

from domain.refusal import Refusal
from events.store import StoreError
from projections.databases import Database
from projections.folding import CannotFold
from scheduler import runs
from scheduler.jobs import Due, Job
from scheduler.leader import SILENCE, Deposed, Leadership, Term

Work = Callable[[Leadership, Term, Due], str | None]
"""What a job does; says what it did, None where there was nothing to do."""
Result = Literal["done", "done_before", "failed", "busy", "deposed"]

FAULTS = (
    Refusal, StoreError, SQLAlchemyError, CannotFold, ArithmeticError, AssertionError, AttributeError, LookupError,
    OSError, RuntimeError, TypeError, ValueError,
)  # fmt: skip
"""What a job can fail with, so that the others go on. A failure is kept and tried again."""
MINUTES_KEPT_MS = 30 * 24 * 3_600_000


@dataclass(frozen=True, slots=True)
class Outcome:
    """`busy`: another process runs this job just now; `deposed`: it took over from us."""

    result: Result
    told: str | None = None


def work_database(url: str) -> Database:
    """For what the jobs write: a leader that is stopped inside a transaction does not keep the next one waiting."""
    return Database(url, idle_in_transaction_session_timeout=f"{round(SILENCE * 1000)}ms")


def run_once(
    url: str, database: Database, job: Job, due: Due, work: Work, now: Callable[[], datetime]
) -> Outcome:
    """Run a job for a period if that has not been done. Raises StoreError where the database does not answer."""
    leadership = Leadership(url, database, f"job-{job.id}")
    term = leadership.take()
    if term is None:
        return Outcome("busy")
    try:
        return _run(database, leadership, term, job, due, work, now)
    except Deposed:
        return Outcome("deposed")
    finally:
        leadership.leave()


def _run(
    database: Database,
    leadership: Leadership,
    term: Term,
    job: Job,
    due: Due,
    work: Work,
    now: Callable[[], datetime],
) -> Outcome:
    def now_ms() -> int:
        return round(now().timestamp() * 1000)

    every_minute = job.every == "minute"
    if not every_minute:
        with database.writing() as connection:
            if not runs.begin(connection, term, job.id, due, now_ms()):
                return Outcome("done_before")
    began, began_ms = time.monotonic(), now_ms()
    did, failure = None, None
    try:
        did = work(leadership, term, due)
    except FAULTS as fault:
        told = fault.message if isinstance(fault, Refusal) else str(fault).partition("\n")[0]
        failure = f"{type(fault).__name__}：{told}"
    took_ms = round((time.monotonic() - began) * 1000)
    with database.writing() as connection:
        if every_minute:
            runs.forget(connection, term, job.id, began_ms - MINUTES_KEPT_MS)
            if did is None and failure is None and not runs.failed_last(connection, job.id):
                return Outcome("done")
            if not runs.begin(connection, term, job.id, due, began_ms):
                return Outcome("done", did) if failure is None else Outcome("failed", failure)
        runs.end(
            connection, term, job.id, due.period, now_ms=now_ms(), took_ms=took_ms, did=did, failure=failure
        )
    return Outcome("failed", failure) if failure is not None else Outcome("done", did)
