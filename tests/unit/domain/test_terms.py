"""How a count explains itself, and what cannot be counted. The due days themselves: test_hand_counted.py."""

from datetime import date

import pytest

from domain.calendar import Calendar
from domain.terms import Count, Term, count, working_days_after
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


def test_working_days_passed_are_those_of_the_region():
    # the nation: 24, 25, 26, 27, 28 (worked), 2; Lhasa rests until 26 February
    last, today = date(2026, 2, 23), date(2026, 3, 2)
    assert working_days_after(last, today, LHASA_2026) == 6
    assert working_days_after(last, today, LHASA_2026, "540102") == 3
