"""How a count explains itself, and what cannot be counted. The due days themselves: test_hand_counted.py."""

from dataclasses import replace
from datetime import date, datetime

import pytest

from domain.calendar import Calendar
from domain.terms import (
    Count,
    Period,
    Term,
    bucket,
    buckets,
    count,
    count_bucket,
    counted,
    working_days_after,
)
from domain.values import SHANGHAI, parse_moment
from events.calendars import national_calendar

NATION = national_calendar()
LHASA_2026 = NATION.published(
    2026,
    "540100",
    [date(2026, 2, d) for d in range(15, 27)],
    [date(2026, 2, 14), date(2026, 2, 28)],
    "拉萨通知",
)


def lines(found: Count) -> list[tuple[str, bool, str]]:
    return [(f"{d.date:%m-%d}", d.counted, d.why) for d in found.days]


def test_each_working_day_and_each_rest_day_is_listed_with_its_reason():
    assert lines(count(Term(3, "working_day"), date(2025, 9, 26), NATION)) == [
        ("09-26", False, "起算日不计入"),
        ("09-27", False, "周末（星期六）"),
        ("09-28", True, "国庆节调休上班"),
        ("09-29", True, "工作日（星期一）"),
        ("09-30", True, "工作日（星期二）"),
    ]


def test_the_days_that_the_region_changed_carry_its_code():
    found = count(Term(7, "working_day"), date(2026, 2, 10), LHASA_2026, "540102")
    changed = [d for d in found.days if d.layer == "540100"]
    assert [d.date.day for d in changed] == [*range(14, 27), 28]
    assert changed[-1].why == "调休上班（拉萨通知）"


def test_a_last_day_that_is_a_rest_day_is_shown_moving_on():
    # 4 April 2026 is a Saturday within 清明 (4 to 6 April)
    assert lines(count(Term(2, "day"), date(2026, 4, 2), NATION)) == [
        ("04-02", False, "起算日不计入"),
        ("04-03", True, "第1日"),
        ("04-04", True, "第2日，清明放假，顺延"),
        ("04-05", False, "清明放假，顺延"),
        ("04-06", False, "清明放假，顺延"),
        ("04-07", False, "工作日（星期二），顺延至本日"),
    ]


def test_a_month_is_explained_by_its_ends():
    assert lines(count(Term(3, "month"), date(2025, 10, 31), NATION)) == [
        ("10-31", False, "起算日不计入"),
        ("01-31", True, "对应日，周末（星期六），顺延"),
        ("02-01", False, "周末（星期日），顺延"),
        ("02-02", False, "工作日（星期一），顺延至本日"),
    ]
    end = count(Term(1, "month", roll=False), date(2025, 1, 31), NATION).days[-1]
    assert (end.date, end.why) == (date(2025, 2, 28), "当月无对应日，以月末日为准")


def test_stopped_days_are_shown_and_added():
    stops = ((date(2026, 3, 12), date(2026, 3, 14)),)
    assert lines(count(Term(3, "day"), date(2026, 3, 10), NATION, None, stops))[1:] == [
        ("03-11", True, "第1日"),
        ("03-12", False, "中止期间，不计入"),
        ("03-13", False, "中止期间，不计入"),
        ("03-14", True, "第2日"),
        ("03-15", True, "第3日，周末（星期日），顺延"),
        ("03-16", False, "工作日（星期一），顺延至本日"),
    ]
    by_month = count(Term(1, "month"), date(2026, 3, 10), NATION, None, stops)
    assert lines(by_month)[1] == ("04-12", True, "对应日，另加中止的2日，周末（星期日），顺延")


@pytest.mark.parametrize("unit", ["working_day", "day", "month"])
def test_a_term_that_is_still_stopped_has_no_end_and_shows_since_when(unit):
    found = count(Term(7, unit), date(2026, 3, 10), NATION, None, ((date(2026, 3, 12), None),))
    assert (found.due_on, found.nominal_on) == (None, None)
    assert lines(found)[-1] == ("03-12", False, "中止期间，尚未恢复")


def test_a_stop_without_end_that_begins_while_the_last_day_moves_on_leaves_the_day_open():
    # 21 March 2026 is a Saturday, so the fifteen days are still running on Sunday
    found = count(Term(15, "day"), date(2026, 3, 6), NATION, None, ((date(2026, 3, 22), None),))
    assert (found.due_on, found.nominal_on) == (None, date(2026, 3, 21))


def test_a_backward_count_lists_the_days_between_and_the_earlier_working_day():
    assert lines(count(Term(2, "day", "before"), date(2026, 3, 11), NATION)) == [
        ("03-11", False, "起算日不计入"),
        ("03-10", True, "第1日"),
        ("03-09", True, "第2日"),
        ("03-08", False, "最迟日，周末（星期日）"),
        ("03-07", False, "周末（星期六）"),
        ("03-06", False, "工作日（星期五），宜提前至本日"),
    ]


def test_a_waiting_time_ends_on_its_last_day_and_the_act_may_be_done_the_day_after():
    found = count(Term(10, "working_day", not_before=True), date(2026, 2, 10), NATION)
    assert (found.due_on, found.not_before) == (date(2026, 3, 2), date(2026, 3, 3))


def test_days_of_a_term_over_a_year_are_not_listed_one_by_one():
    assert len(count(Term(366, "day", roll=False), date(2024, 3, 1), NATION).days) == 367
    assert len(count(Term(367, "day", roll=False), date(2024, 3, 1), NATION).days) == 2


@pytest.mark.parametrize(
    "term",
    [
        Term(101, "year"),
        Term(1201, "month"),
        Term(36_526, "day"),
        Term(30_000, "working_day"),
        Term(10**12, "day"),
        Term(10**30, "month"),
        Term(101, "year", "before"),
        Term(None, "day"),
        Term(0, "working_day"),
        Term(-1, "day"),
        Term(3, "day", "before", not_before=True),
        Term(24, "hour", "before"),
        Term(24, "hour", not_before=True),
        Term(0, "hour"),
        Term(10**12, "hour"),
        Term(36_526 * 24, "hour"),
        Term(401, "quarter"),
        Term(201, "half_year"),
        Term(10**12, "half_month"),
        Term(None, "fixed_date"),
        Term(None, "fixed_date", month=12),
        Term(None, "fixed_date", month=2, day=30),
        Term(None, "fixed_date", "before", month=12, day=25),
        Term(None, "fixed_date", not_before=True, month=12, day=25),
    ],
)
def test_what_cannot_be_counted_is_a_value_error(term):
    with pytest.raises(ValueError, match="term"):
        count(term, date(2026, 3, 10), NATION)


@pytest.mark.parametrize(
    ("term", "start"),
    [
        (Term(5, "working_day"), date(9999, 12, 28)),
        (Term(1, "day"), date(9999, 12, 31)),
        (Term(1, "month"), date(9999, 12, 1)),
        (Term(1, "day", not_before=True), date(9999, 12, 30)),
        (Term(5, "day", "before"), date(1, 1, 3)),
        (Term(1, "hour"), date(9999, 12, 31)),
        (Term(48, "hour"), date(9999, 12, 30)),
        (Term(1, "quarter"), date(9999, 11, 1)),
        (Term(None, "fixed_date", month=1, day=10), date(9999, 6, 1)),
    ],
)
def test_a_term_that_leaves_the_computers_calendar_is_a_value_error(term, start):
    with pytest.raises(ValueError, match="term"):
        count(term, start, Calendar({}))


@pytest.mark.parametrize(
    ("after", "upto", "days"),
    [
        ("2026-02-26", "2026-02-26", 0),
        ("2026-02-26", "2026-02-20", 0),
        ("2026-02-26", "2026-03-02", 3),  # 27, 28 (worked), 2
        ("2026-02-13", "2026-02-24", 2),  # 14 (worked), 24
        ("2025-12-31", "2026-12-31", 248),
        # 365, less 104 weekend days, less 19 weekdays off (2 6 1 3 1 1 5), and 6 weekend days worked
    ],
)
def test_working_days_passed(after, upto, days):
    assert working_days_after(date.fromisoformat(after), date.fromisoformat(upto), NATION) == days


def test_what_is_remembered_is_what_is_counted_by_each_calendar_for_itself():
    """Seven working days from 10 February 2026: 11, 12, 13, the make-up Saturday 14, 24, 25, 26; with the 11th and the
    12th off in Lhasa the 27th and the make-up Saturday 28 take their place."""
    nation = national_calendar()
    off = [date(2026, 2, 11), date(2026, 2, 12)]
    lhasa = nation.published(2026, "540100", off, [], "示例")
    for calendar, due_on in (
        (nation, date(2026, 2, 26)),
        (lhasa, date(2026, 2, 28)),
        (nation, date(2026, 2, 26)),
    ):
        for _ in range(2):
            term, start = Term(7, "working_day"), date(2026, 2, 10)
            assert counted(term, start, calendar, "540102").due_on == due_on
            assert replace(count(term, start, calendar, "540102"), days=()) == counted(
                term, start, calendar, "540102"
            )
    stopped = ((date(2026, 2, 11), date(2026, 2, 12)),)
    assert counted(Term(7, "working_day"), date(2026, 2, 10), nation, "540102", stopped).due_on == date(
        2026, 2, 27
    )


@pytest.mark.parametrize("region", [None, "540102"])
def test_working_days_passed_over_centuries(region):
    # 400 years of the calendar are 146 097 days, 20 871 weeks to the day: five working days each, beyond the notices
    assert working_days_after(date(2099, 12, 31), date(2499, 12, 31), LHASA_2026, region) == 104_355
    assert working_days_after(date(1599, 12, 31), date(1999, 12, 31), LHASA_2026, region) == 104_355


def test_working_days_passed_from_before_the_notices_to_after_them():
    calendar = Calendar({2026: NATION.nation[2026]})
    # that year has 261 weekdays and 248 working days (see above), 13 less than by the week alone
    assert working_days_after(date(1799, 12, 31), date(2199, 12, 31), calendar) == 104_355 - 13


def test_working_days_passed_are_those_of_the_region():
    # the nation: 24, 25, 26, 27, 28 (worked), 2; Lhasa rests until 26 February
    last, today = date(2026, 2, 23), date(2026, 3, 2)
    assert working_days_after(last, today, LHASA_2026) == 6
    assert working_days_after(last, today, LHASA_2026, "540102") == 3


# --- hours ----------------------------------------------------------------------------------------------------


def in_hours(
    number: int, at: str, *stops: tuple[date, date | None]
) -> tuple[str | None, date | None, list[tuple[str, bool, str]]]:
    moment = parse_moment(at).astimezone(SHANGHAI)
    found = count(Term(number, "hour"), moment.date(), NATION, None, stops, at=moment)
    return found.due_at.isoformat() if found.due_at else None, found.due_on, lines(found)


def test_hours_begin_with_the_next_hour_and_run_through_nights_and_holidays():
    # 民诉解释 §125. Saturday 14 February 2026 is worked, Sunday the 15th begins the Spring Festival: all the same
    due_at, due_on, shown = in_hours(24, "2026-02-14T15:20:00+08:00")
    assert (due_at, due_on) == ("2026-02-15T16:00:00+08:00", date(2026, 2, 15))
    assert shown == [
        ("02-14", True, "15:20的次一整时16:00起算，计8小时"),
        ("02-15", True, "计16小时，16:00届满"),
    ]


def test_the_hour_in_which_it_began_does_not_count_even_when_it_had_just_struck():
    # “期间开始的时不计算在期间内”: at 15:00 sharp the hour from 15 to 16 is the one it began in
    assert in_hours(24, "2026-03-10T15:00:00+08:00")[0] == "2026-03-11T16:00:00+08:00"
    assert in_hours(24, "2026-03-10T14:59:59+08:00")[0] == "2026-03-11T15:00:00+08:00"


def test_a_moment_elsewhere_is_a_moment_in_shanghai():
    # 17:30 of the 9th in Greenwich is 01:30 of the 10th: from 02:00
    assert in_hours(24, "2026-03-09T17:30:00Z")[:2] == ("2026-03-11T02:00:00+08:00", date(2026, 3, 11))


def test_where_only_the_day_is_known_hours_run_from_its_end():
    found = count(Term(24, "hour"), date(2026, 3, 10), NATION)
    assert found.due_at == datetime(2026, 3, 12, tzinfo=SHANGHAI)  # 24:00 of the 11th
    assert (found.due_on, found.nominal_on, found.provisional) == (
        date(2026, 3, 11),
        date(2026, 3, 11),
        False,
    )
    assert lines(found) == [
        ("03-10", False, "未写明时刻，自本日24:00起算"),
        ("03-11", True, "计24小时，24:00届满"),
    ]


def test_the_last_hour_of_a_day_begins_the_term_with_the_next_day():
    # 23:30: the next full hour is 24:00; twelve hours later it is noon
    due_at, _, shown = in_hours(12, "2026-03-10T23:30:00+08:00")
    assert due_at == "2026-03-11T12:00:00+08:00"
    assert shown == [
        ("03-10", False, "23:30的次一整时24:00起算"),
        ("03-11", True, "计12小时，12:00届满"),
    ]


def test_stopped_days_are_left_out_of_the_hours():
    # 8 hours on the 10th; the 11th and 12th stopped; 16 hours on the 13th
    stop = (date(2026, 3, 11), date(2026, 3, 13))
    due_at, due_on, shown = in_hours(24, "2026-03-10T15:20:00+08:00", stop)
    assert (due_at, due_on) == ("2026-03-13T16:00:00+08:00", date(2026, 3, 13))
    assert [why for _, _, why in shown] == [
        "15:20的次一整时16:00起算，计8小时", "中止期间，不计入", "中止期间，不计入", "计16小时，16:00届满",
    ]  # fmt: skip


def test_hours_that_are_still_stopped_have_no_end():
    due_at, due_on, shown = in_hours(24, "2026-03-10T15:20:00+08:00", (date(2026, 3, 11), None))
    assert (due_at, due_on) == (None, None)
    assert shown[-1] == ("03-11", False, "中止期间，尚未恢复")
    # one that began to be stopped after its last hour is not touched
    assert (
        in_hours(8, "2026-03-10T15:20:00+08:00", (date(2026, 3, 11), None))[0] == "2026-03-11T00:00:00+08:00"
    )


def test_the_moment_is_one_of_the_first_day():
    with pytest.raises(ValueError, match="first day"):
        count(Term(24, "hour"), date(2026, 3, 10), NATION, at=parse_moment("2026-03-11T08:00:00+08:00"))


# --- quarters, half-years, half-months, fixed dates --------------------------------------------------------------


@pytest.mark.parametrize(
    ("term", "start", "due_on", "nominal_on"),
    [
        # three months on: 31 May has its 31 August, a Monday
        (Term(1, "quarter"), "2026-05-31", "2026-08-31", "2026-08-31"),
        # 30 November has no 30 February: the 28th, a Saturday that is worked
        (Term(1, "quarter"), "2025-11-30", "2026-02-28", "2026-02-28"),
        # six months from 16 August: 16 February, in the Spring Festival (15 to 23): Tuesday the 24th
        (Term(1, "half_year"), "2025-08-16", "2026-02-24", "2026-02-16"),
        # 31 August and six months: 28 February, worked in 2026
        (Term(1, "half_year"), "2025-08-31", "2026-02-28", "2026-02-28"),
        # fifteen days from 2 February: the 17th, in the Spring Festival: the 24th
        (Term(1, "half_month"), "2026-02-02", "2026-02-24", "2026-02-17"),
        # thirty days from 2 February: 26 left in February, 4 March
        (Term(2, "half_month"), "2026-02-02", "2026-03-04", "2026-03-04"),
        # half a month before 16 March: the 15 days 1 to 15 March lie between, so 28 February
        (Term(1, "half_month", "before"), "2026-03-16", "2026-02-28", "2026-02-28"),
        # 25 December 2027 is a Saturday; nothing says that a fixed date moves on
        (Term(None, "fixed_date", roll=False, month=12, day=25), "2026-12-26", "2027-12-25", "2027-12-25"),
        (Term(None, "fixed_date", roll=False, month=12, day=25), "2026-12-25", "2026-12-25", "2026-12-25"),
        (Term(None, "fixed_date", roll=False, month=1, day=10), "2026-12-26", "2027-01-10", "2027-01-10"),
        # told to move on: 10 January 2026 is a Saturday, not worked: Monday the 12th
        (Term(None, "fixed_date", month=1, day=10), "2025-12-31", "2026-01-12", "2026-01-10"),
        (Term(None, "fixed_date", roll=False, month=2, day=29), "2025-03-01", "2028-02-29", "2028-02-29"),
    ],
)
def test_days_counted_by_hand(term, start, due_on, nominal_on):
    found = count(term, date.fromisoformat(start), NATION)
    assert (str(found.due_on), str(found.nominal_on)) == (due_on, nominal_on)


def test_half_a_month_lists_its_days_and_a_quarter_its_ends():
    half = lines(count(Term(1, "half_month"), date(2026, 3, 2), NATION))
    assert (len(half), half[1], half[-1]) == (
        16,
        ("03-03", True, "第1日"),
        ("03-17", True, "第15日，工作日（星期二）"),
    )
    assert lines(count(Term(1, "quarter"), date(2025, 11, 30), NATION))[1:] == [
        ("02-28", True, "当月无对应日，以月末日为准，春节调休上班")
    ]


def test_a_fixed_date_says_which_and_since_when():
    term = Term(None, "fixed_date", month=1, day=10)
    assert lines(count(term, date(2025, 12, 31), NATION)) == [
        ("12-31", False, "自本日起的第一个1月10日"),
        ("01-10", True, "规定日期（1月10日），周末（星期六），顺延"),
        ("01-11", False, "周末（星期日），顺延"),
        ("01-12", False, "工作日（星期一），顺延至本日"),
    ]
    still = Term(None, "fixed_date", roll=False, month=1, day=10)
    assert lines(count(still, date(2026, 1, 10), NATION)) == [("01-10", True, "规定日期（1月10日）")]


def test_a_fixed_date_is_waited_out_while_stopped_and_does_not_grow():
    term = Term(None, "fixed_date", roll=False, month=12, day=25)
    start = date(2026, 11, 2)

    def due(*stops: tuple[date, date | None]) -> date | None:
        return count(term, start, NATION, None, stops).due_on

    assert due((date(2026, 11, 9), date(2026, 11, 30))) == date(2026, 12, 25)
    assert due((date(2026, 12, 21), date(2026, 12, 28))) == date(2026, 12, 28)
    assert due((date(2026, 12, 21), None)) is None
    assert due((date(2026, 12, 26), None)) == date(2026, 12, 25)


# --- periods of the calendar -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("period", "day", "first", "last"),
    [
        ("half_month", "2026-02-15", "2026-02-01", "2026-02-15"),
        ("half_month", "2026-02-16", "2026-02-16", "2026-02-28"),
        ("half_month", "2028-02-29", "2028-02-16", "2028-02-29"),
        ("month", "2026-04-30", "2026-04-01", "2026-04-30"),
        ("quarter", "2026-03-31", "2026-01-01", "2026-03-31"),
        ("quarter", "2026-04-01", "2026-04-01", "2026-06-30"),
        ("quarter", "2026-11-15", "2026-10-01", "2026-12-31"),
        ("half_year", "2026-06-30", "2026-01-01", "2026-06-30"),
        ("half_year", "2026-07-01", "2026-07-01", "2026-12-31"),
        ("year", "2026-07-01", "2026-01-01", "2026-12-31"),
    ],
)
def test_the_period_that_a_day_lies_in(period, day, first, last):
    found = bucket(period, date.fromisoformat(day))
    assert tuple(map(str, found)) == (first, last)


def test_periods_that_begin_within_a_span():
    def begun(period: Period, since: str, until: str) -> list[str]:
        found = buckets(period, date.fromisoformat(since), date.fromisoformat(until))
        return [str(first) for first, _ in found]

    assert begun("half_year", "2025-01-01", "2026-01-01") == ["2025-01-01", "2025-07-01", "2026-01-01"]
    assert begun("half_year", "2025-01-02", "2025-12-31") == ["2025-07-01"]  # the first had begun before
    assert begun("half_month", "2026-01-16", "2026-02-28") == ["2026-01-16", "2026-02-01", "2026-02-16"]
    assert begun("quarter", "2026-02-01", "2026-03-31") == []
    assert begun("year", "9998-06-01", "9999-12-31") == ["9999-01-01"]


def test_what_is_owed_once_in_a_period_is_due_on_its_last_day_rest_day_or_not():
    # 31 May 2026 is a Sunday: done on Monday, it would be June's
    found = count_bucket("month", date(2026, 5, 12))
    assert (found.start, found.due_on, found.provisional) == (date(2026, 5, 1), date(2026, 5, 31), False)
    assert lines(found) == [("05-01", True, "5月首日"), ("05-31", True, "5月末日")]
    whys = [
        count_bucket(p, date(2026, 8, 20)).days[1].why for p in ("half_month", "quarter", "half_year", "year")
    ]
    assert whys == ["8月下半月末日", "第三季度末日", "下半年末日", "2026年末日"]
