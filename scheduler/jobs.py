"""When a job is due. Not the clock's ticks decide that but the calendar: a job asks for the last period whose hour has
come, so that whoever was switched off at the hour makes up for it once, whenever that is, and nobody runs twice.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

Every = Literal["working_day", "week", "month", "half_year", "minute"]
"""`week`, `month`, `half_year`: on the first working day of each, for the one before where the job says so."""
EVERY_ZH: dict[str, str] = {
    "working_day": "每个工作日", "week": "每周首个工作日", "month": "每月首个工作日", "half_year": "每半年首个工作日",
    "minute": "每分钟",
}  # fmt: skip
LONGEST_REST = 40
"""Days within which some day is a working day."""

Works = Callable[[date], bool]
"""Whether a day is a working day where the ledger is kept."""


@dataclass(frozen=True, slots=True)
class Job:
    """What is done of itself. `at`: the hour in Shanghai."""

    id: str
    name_zh: str
    every: Every
    at: time = time(0)


@dataclass(frozen=True, slots=True)
class Due:
    """One time that a job is due: the period by which it runs once, and the day that it is run as of."""

    period: str
    day: date


def last_due(job: Job, now: datetime, works: Works) -> Due | None:
    """The last period whose hour has come by `now`; None where none has in living memory."""
    if job.every == "minute":
        return Due(now.strftime("%Y-%m-%dT%H:%M"), now.date())
    day = now.date()
    if now.time() < job.at:
        day -= timedelta(1)
    for _ in range(2 * 366):
        if works(day) and _first(job.every, day, works):
            return Due(_named(job.every, day), day)
        day -= timedelta(1)
    return None


def _first(every: Every, day: date, works: Works) -> bool:
    """Whether a working day is the first of its period."""
    if every == "working_day":
        return True
    before = day - timedelta(1)
    for _ in range(LONGEST_REST):
        if works(before):
            return _named(every, before) != _named(every, day)
        before -= timedelta(1)
    return True


def _named(every: Every, day: date) -> str:
    """The period of a day. Names of one job's periods sort as the periods do."""
    match every:
        case "week":
            year, week, _ = day.isocalendar()
            return f"{year}-W{week:02}"
        case "month":
            return f"{day:%Y-%m}"
        case "half_year":
            return f"{day.year}-H{1 if day.month <= 6 else 2}"
        case _:
            return day.isoformat()
