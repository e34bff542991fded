"""What holds of every count, whatever the term, the day and the calendar."""

from datetime import date, datetime, timedelta

import holidays
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from domain.calendar import Calendar
from domain.terms import PERIODS, Term, bucket, buckets, count, working_days_after
from domain.values import SHANGHAI
from events.calendars import national_calendar

NATION = national_calendar()
LHASA = "540102"
LHASA_DAYS = NATION.published(
    2025, "540100", [date(2025, 2, 27) + timedelta(n) for n in range(6)], [], "拉萨"
).published(
    2026, "540100", [date(2026, 2, d) for d in range(15, 27)], [date(2026, 2, 14), date(2026, 2, 28)], "拉萨"
)
ONE = timedelta(1)

starts = st.one_of(
    st.dates(date(2009, 1, 1), date(2026, 12, 31)),
    st.dates(date(2025, 1, 1), date(2026, 3, 31)),  # where the region's own days are
)
regions = st.sampled_from([None, LHASA])
units = st.sampled_from(["hour", "working_day", "day", "half_month", "month", "quarter", "half_year", "year"])
calendar_units = st.sampled_from(["day", "half_month", "month", "quarter", "half_year", "year"])
periods = st.sampled_from(PERIODS)
numbers = st.integers(1, 60)


@st.composite
def stops(draw, start: date = date(2020, 1, 1)):
    """Intervals of up to thirty days, in any order, overlapping or not, about the time after `start`."""
    edges = draw(st.lists(st.tuples(st.integers(-20, 120), st.integers(0, 30)), max_size=4))
    return tuple((start + since * ONE, start + (since + length) * ONE) for since, length in edges)


def between(first: date, last: date) -> list[date]:
    """The days strictly between."""
    return [first + n * ONE for n in range(1, (last - first).days)]


def last_day(term: Term, start: date, calendar: Calendar, region: str | None) -> date:
    due_on = count(term, start, calendar, region).due_on
    assert due_on is not None
    return due_on


@given(starts, st.integers(0, 40), numbers, units, regions, st.booleans())
def test_a_later_start_never_ends_earlier(start, later, number, unit, region, roll):
    term = Term(number, unit, roll=roll)
    assert last_day(term, start, LHASA_DAYS, region) <= last_day(
        term, start + later * ONE, LHASA_DAYS, region
    )


@given(starts, numbers, st.integers(1, 40), units, regions, st.booleans())
def test_a_longer_term_never_ends_earlier(start, number, more, unit, region, roll):
    longer = last_day(Term(number + more, unit, roll=roll), start, LHASA_DAYS, region)
    assert last_day(Term(number, unit, roll=roll), start, LHASA_DAYS, region) <= longer


@given(starts, numbers, calendar_units, regions)
def test_a_last_day_that_moves_on_is_the_next_working_day(start, number, unit, region):
    found = count(Term(number, unit), start, LHASA_DAYS, region)
    assert found.nominal_on is not None
    assert found.due_on is not None
    assert found.nominal_on == last_day(Term(number, unit, roll=False), start, LHASA_DAYS, region)
    assert LHASA_DAYS.is_working(found.due_on, region)
    rested = (
        [found.nominal_on, *between(found.nominal_on, found.due_on)]
        if found.nominal_on < found.due_on
        else []
    )
    assert not any(LHASA_DAYS.is_working(d, region) for d in rested)


@given(
    starts, numbers, st.sampled_from(["working_day", "day"]), st.sampled_from(["after", "before"]), regions
)
def test_as_many_days_are_counted_as_the_term_has(start, number, unit, direction, region):
    found = count(Term(number, unit, direction), start, LHASA_DAYS, region)
    assert sum(d.counted for d in found.days) == number
    assert (found.days[0].date, found.days[0].counted) == (start, False)
    step = ONE if direction == "after" else -ONE
    assert [d.date for d in found.days] == [start + n * step for n in range(len(found.days))]


@given(starts, numbers, regions)
def test_the_working_days_up_to_the_last_day_are_the_terms_number(start, number, region):
    due_on = last_day(Term(number, "working_day"), start, LHASA_DAYS, region)
    assert working_days_after(start, due_on, LHASA_DAYS, region) == number
    assert LHASA_DAYS.is_working(due_on, region)


@given(starts, st.integers(0, 500), st.integers(0, 500), regions)
def test_working_days_passed_add_up(start, first, second, region):
    middle, end = start + first * ONE, start + (first + second) * ONE
    assert working_days_after(start, end, LHASA_DAYS, region) == (
        working_days_after(start, middle, LHASA_DAYS, region)
        + working_days_after(middle, end, LHASA_DAYS, region)
    )
    assert working_days_after(end, start, LHASA_DAYS, region) == 0


@given(starts, st.integers(1, 20), st.sampled_from(["working_day", "day"]), regions)
def test_backward_the_whole_days_lie_between_and_a_day_later_would_be_too_late(act, number, unit, region):
    found = count(Term(number, unit, "before"), act, LHASA_DAYS, region)
    assert found.due_on is not None

    def whole_days(first: date) -> int:
        days = between(first, act)
        return sum(LHASA_DAYS.is_working(d, region) for d in days) if unit == "working_day" else len(days)

    assert whole_days(found.due_on) == number
    assert whole_days(found.due_on + ONE) == number - 1
    assert (found.warn_on is None) == LHASA_DAYS.is_working(found.due_on, region)
    if found.warn_on is not None:
        assert LHASA_DAYS.is_working(found.warn_on, region)
        assert not any(LHASA_DAYS.is_working(d, region) for d in between(found.warn_on, found.due_on))


@given(numbers, st.sampled_from(["working_day", "day"]), regions, stops())
def test_no_stopped_day_is_counted_and_none_is_the_last(number, unit, region, stopped):
    start = date(2020, 1, 1)
    found = count(Term(number, unit), start, LHASA_DAYS, region, stopped)
    assert found.due_on is not None
    counted = [d.date for d in found.days if d.counted]
    assert len(counted) == number
    assert not any(since <= d < until for d in (*counted, found.due_on) for since, until in stopped)
    listed = {d.date for d in found.days}
    assert listed == {start, *between(start, found.due_on), found.due_on}


@given(numbers, units, regions, stops())
def test_a_stop_never_brings_the_end_nearer_and_what_comes_after_the_end_changes_nothing(
    number, unit, region, stopped
):
    start, term = date(2020, 1, 1), Term(number, unit)
    plain = last_day(term, start, LHASA_DAYS, region)
    found = count(term, start, LHASA_DAYS, region, stopped).due_on
    assert found is not None
    assert found >= plain
    assert count(term, start, LHASA_DAYS, region, (*stopped, (found + ONE, None))).due_on == found


@given(
    st.dates(date(2026, 6, 1), date(2027, 6, 1)),
    st.integers(1, 200),
    st.sampled_from(["working_day", "day", "month"]),
    st.sampled_from(["after", "before"]),
    st.booleans(),
    st.sets(st.dates(date(2027, 1, 1), date(2027, 12, 31)), max_size=120),
)
def test_a_count_that_is_not_provisional_stays_when_the_year_is_published(
    start, number, unit, direction, roll, changed
):
    term = Term(number % 12 + 1 if unit == "month" else number, unit, direction, roll=roll)
    before = count(term, start, NATION)
    assume(not before.provisional)
    weekend = {d for d in changed if d.weekday() >= 5}
    after = count(term, start, NATION.published(2027, None, changed - weekend, weekend, "设定"))
    assert after == before


@given(starts, numbers, units)
def test_a_count_through_published_years_only_is_not_provisional(start, number, unit):
    calendar = NATION
    for year in range(2027, 2100):
        calendar = calendar.published(year, None, [], [], "设定")
    assert not count(Term(number, unit), start, calendar).provisional


@pytest.mark.parametrize("year", range(2010, 2027))
def test_the_nations_calendar_agrees_with_another_library_on_every_day(year):
    other = holidays.country_holidays("CN", years=year)
    first, end = date(year, 1, 1), date(year + 1, 1, 1)
    differing = [d for d in between(first - ONE, end) if NATION.is_working(d) != other.is_working_day(d)]
    assert differing == []


@given(starts, st.integers(1, 200), st.integers(0, 24 * 60 - 1), regions, stops())
def test_as_many_hours_lie_outside_the_stopped_days_as_the_term_has(start, number, minute, region, stopped):
    at = datetime(start.year, start.month, start.day, tzinfo=SHANGHAI) + timedelta(minutes=minute)
    found = count(Term(number, "hour"), start, LHASA_DAYS, region, stopped, at=at)
    assert found.due_at is not None
    assert found.due_on is not None
    begin = at.replace(minute=0) + timedelta(hours=1)
    hours = (found.due_at - begin) // timedelta(hours=1)
    running = [
        moment
        for moment in (begin + timedelta(hours=n) for n in range(hours))
        if not any(since <= moment.date() < until for since, until in stopped)
    ]
    assert len(running) == number
    assert running[-1].date() == found.due_on  # 24:00 still belongs to the day that it ends
    assert found.due_at == running[-1] + timedelta(hours=1)


@given(starts, st.integers(1, 12), st.integers(1, 28), st.booleans(), regions)
def test_a_fixed_date_is_the_next_one_of_its_name(start, month, day, roll, region):
    found = count(Term(None, "fixed_date", roll=roll, month=month, day=day), start, LHASA_DAYS, region)
    assert found.nominal_on is not None
    assert found.due_on is not None
    assert (found.nominal_on.month, found.nominal_on.day) == (month, day)
    assert 0 <= (found.nominal_on - start).days <= 366
    assert found.due_on == found.nominal_on if not roll else LHASA_DAYS.is_working(found.due_on, region)


@given(starts, periods)
def test_every_day_lies_in_one_bucket_and_the_buckets_follow_each_other(day, period):
    first, last = bucket(period, day)
    assert first <= day <= last
    assert bucket(period, first) == bucket(period, last) == (first, last)
    assert bucket(period, last + ONE)[0] == last + ONE
    assert bucket(period, first - ONE)[1] == first - ONE


@given(starts, st.integers(0, 800), periods)
def test_the_buckets_of_a_span_are_those_that_begin_in_it(since, length, period):
    until = since + length * ONE
    found = list(buckets(period, since, until))
    begun = {bucket(period, since + n * ONE) for n in range(length + 1)}
    assert set(found) == {b for b in begun if b[0] >= since}
    assert found == sorted(set(found))
