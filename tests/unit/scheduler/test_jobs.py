"""When a job is due, counted by hand on the calendar of early 2026: 15–23 February off, Saturdays 14 and 28 worked."""

from datetime import date, datetime, time

import pytest

from domain.values import SHANGHAI
from scheduler.jobs import Due, Job, last_due
from tests.worlds import calendar

HALF_PAST_SEVEN = time(7, 30)


def works(day: date) -> bool:
    return calendar().is_working(day)


def due(every, moment: str, at: time = HALF_PAST_SEVEN) -> Due | None:
    now = datetime.fromisoformat(moment).replace(tzinfo=SHANGHAI)
    return last_due(Job("job", "任务", every, at), now, works)


@pytest.mark.parametrize(("moment", "day"), [
    ("2026-02-13T07:29", "2026-02-12"),  # a minute before the hour it is still yesterday's
    ("2026-02-13T07:30", "2026-02-13"),
    ("2026-02-14T08:00", "2026-02-14"),  # a Saturday that is worked
    ("2026-02-15T08:00", "2026-02-14"),  # in the festival whoever was off makes up for the last day before
    ("2026-02-24T07:00", "2026-02-14"),
    ("2026-02-24T08:00", "2026-02-24"),
    ("2026-02-28T23:59", "2026-02-28"),
    ("2026-03-01T12:00", "2026-02-28"),  # Sunday
])  # fmt: skip
def test_a_daily_job_is_due_on_working_days_from_its_hour_on(moment, day):
    assert due("working_day", moment) == Due(day, date.fromisoformat(day))


@pytest.mark.parametrize(("every", "moment", "period", "day"), [
    ("week", "2026-02-11T08:00", "2026-W07", "2026-02-09"),
    ("week", "2026-02-20T08:00", "2026-W07", "2026-02-09"),  # the week of the festival has no working day
    ("week", "2026-02-24T08:00", "2026-W09", "2026-02-24"),  # Monday the 23rd is off, Tuesday is the first
    ("week", "2026-01-04T08:00", "2026-W01", "2025-12-29"),  # the worked Sunday belongs to the week that began before
    ("month", "2026-01-03T08:00", "2025-12", "2025-12-01"),
    ("month", "2026-01-04T08:00", "2026-01", "2026-01-04"),  # 1 to 3 January off, Sunday the 4th worked
    ("month", "2026-03-01T08:00", "2026-02", "2026-02-02"),
    ("half_year", "2026-06-30T08:00", "2026-H1", "2026-01-04"),
    ("half_year", "2026-07-01T08:00", "2026-H2", "2026-07-01"),
])  # fmt: skip
def test_others_are_due_on_the_first_working_day_of_their_period(every, moment, period, day):
    assert due(every, moment) == Due(period, date.fromisoformat(day))


def test_on_a_leap_day_it_is_due_like_on_any_other():
    assert due("working_day", "2024-02-29T08:00") == Due("2024-02-29", date(2024, 2, 29))  # a Thursday
    assert due("month", "2024-03-01T08:00") == Due("2024-03", date(2024, 3, 1))


def test_where_no_day_is_worked_nothing_is_due():
    now = datetime(2026, 3, 2, 8, tzinfo=SHANGHAI)
    assert last_due(Job("job", "任务", "working_day", HALF_PAST_SEVEN), now, lambda _: False) is None
