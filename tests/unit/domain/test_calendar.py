"""Which days are working days, why, and which notice says so."""

import subprocess
import sys
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.calendar import Calendar, Day
from events.calendars import national_calendar

LHASA, CHENGGUAN, XIZANG = "540100", "540102", "540000"


@pytest.mark.parametrize(
    ("d", "day"),
    [
        # 2026: 春节 15 to 23 February, worked 14 and 28 February; the rest is the week's
        ("2026-02-10", Day(date(2026, 2, 10), True, "工作日（星期二）", "week", True)),
        ("2026-02-07", Day(date(2026, 2, 7), False, "周末（星期六）", "week", True)),
        ("2026-02-17", Day(date(2026, 2, 17), False, "春节放假", "nation", True)),
        (
            "2026-02-22",
            Day(date(2026, 2, 22), False, "春节放假", "nation", True),
        ),  # a Sunday, named all the same
        ("2026-02-14", Day(date(2026, 2, 14), True, "春节调休上班", "nation", True)),
        ("2025-10-11", Day(date(2025, 10, 11), True, "国庆节调休上班", "nation", True)),
        (
            "2027-02-09",
            Day(date(2027, 2, 9), True, "星期二，该年安排未公布，暂按周一至周五计", "week", False),
        ),
        (
            "2027-02-07",
            Day(date(2027, 2, 7), False, "星期日，该年安排未公布，暂按周一至周五计", "week", False),
        ),
    ],
)
def test_a_day_says_what_it_is_and_why(d, day):
    assert national_calendar().day(date.fromisoformat(d)) == day
    assert national_calendar().is_working(date.fromisoformat(d)) == day.working


@pytest.mark.parametrize(
    ("year", "published"), [(2003, False), (2004, True), (2026, True), (2027, False)]
)  # the library's table ends with 2026; it must not be guessed on
def test_only_published_years_count_as_published(year, published):
    assert national_calendar().is_published(year) is published


def test_reading_the_module_does_not_load_the_holiday_table():
    code = "import sys, events.calendars; sys.exit('chinese_calendar' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_region_lets_rest_where_the_nation_works_and_shows_its_own_notice():
    # 2026: the nation works again from 24 February, Lhasa from 27 February
    calendar = national_calendar().published(2026, LHASA, [date(2026, 2, 24)], [], "拉政办发〔2026〕1号")
    assert calendar.day(date(2026, 2, 24), LHASA) == Day(
        date(2026, 2, 24), False, "放假（拉政办发〔2026〕1号）", LHASA, True
    )
    assert calendar.is_working(date(2026, 2, 24))
    assert calendar.is_working(date(2026, 2, 24), "110000")


def test_a_region_undoes_a_national_make_up_day_and_works_on_another():
    # 2017: the nation worked on Saturday 1 April; Guangxi rested and worked on Saturday 8 April
    calendar = national_calendar().published(
        2017, "450000", [date(2017, 4, 1)], [date(2017, 4, 8)], "第98号令"
    )
    assert [calendar.is_working(date(2017, 4, d)) for d in (1, 8)] == [True, False]
    assert [calendar.is_working(date(2017, 4, d), "450000") for d in (1, 8)] == [False, True]
    assert calendar.day(date(2017, 4, 8), "450000").why == "调休上班（第98号令）"


def test_a_region_works_where_the_nation_rests():
    calendar = national_calendar().published(2026, LHASA, [], [date(2026, 10, 7)], "设定")
    assert calendar.is_working(date(2026, 10, 7), LHASA)
    assert not calendar.is_working(date(2026, 10, 7))


def test_the_nearest_notice_decides_own_code_then_city_then_province_then_nation():
    day = date(2026, 3, 10)  # a Tuesday
    calendar = national_calendar()
    seen = [calendar.day(day, CHENGGUAN).layer]
    for region, off in ((XIZANG, True), (LHASA, False), (CHENGGUAN, True)):
        calendar = calendar.published(2026, region, [day] if off else [], [] if off else [day], "设定")
        seen.append(calendar.day(day, CHENGGUAN).layer)
        assert calendar.is_working(day, CHENGGUAN) is not off
    assert seen == ["week", XIZANG, LHASA, CHENGGUAN]
    assert calendar.day(day, "540103").layer == LHASA  # another county of the city
    assert calendar.day(day, "540200").layer == XIZANG  # another city
    assert calendar.day(day, XIZANG).layer == XIZANG  # a city's notice does not reach upward
    assert calendar.day(day, "530102").layer == "week"  # another province


def test_a_county_notice_leaves_the_days_it_does_not_name_to_the_city():
    calendar = national_calendar().published(2026, LHASA, [date(2026, 3, 10)], [], "市")
    calendar = calendar.published(2026, CHENGGUAN, [date(2026, 3, 11)], [], "区")
    assert calendar.day(date(2026, 3, 10), CHENGGUAN).why == "放假（市）"


def test_a_regional_notice_counts_in_a_year_that_the_nation_has_not_published():
    calendar = national_calendar().published(2027, LHASA, [date(2027, 2, 9)], [], "设定")
    named, other = calendar.day(date(2027, 2, 9), LHASA), calendar.day(date(2027, 2, 10), LHASA)
    assert (named.working, named.published) == (False, True)
    assert (other.working, other.published) == (True, False)
    assert not calendar.is_published(2027)


def test_a_later_publication_replaces_the_earlier_one_for_the_same_year_and_region_only():
    first = (
        Calendar({})
        .published(2027, None, [date(2027, 1, 1), date(2027, 2, 8)], [], "一")
        .published(2028, None, [date(2028, 1, 3)], [], "二八")
        .published(2027, LHASA, [date(2027, 3, 1)], [], "拉萨")
    )
    second = first.published(2027, None, [date(2027, 1, 1)], [date(2027, 2, 20)], "二")
    assert second.is_working(date(2027, 2, 8))  # no longer off
    assert second.is_working(date(2027, 2, 20))  # a Saturday, now worked
    assert second.day(date(2027, 1, 1)).why == "放假（二）"
    assert not second.is_working(date(2028, 1, 3))
    assert not second.is_working(date(2027, 3, 1), LHASA)
    assert not first.is_working(date(2027, 2, 8))  # the earlier value is not touched


def test_a_publication_replaces_the_year_of_the_library():
    calendar = national_calendar().published(2026, None, [date(2026, 10, 1)], [], "设定")
    assert calendar.is_working(date(2026, 2, 17))  # the library's 春节 of that year is gone
    assert not calendar.is_working(date(2026, 10, 1))
    assert not calendar.is_working(date(2025, 10, 1))


def test_new_years_bridge_days_in_december_belong_to_the_next_years_notice():
    # 2008: off from Sunday 30 December 2007 to Tuesday 1 January 2008, worked on Saturday 29 December
    calendar = national_calendar()
    assert [calendar.is_working(date(2007, 12, d)) for d in (28, 29, 30, 31)] == [True, True, False, False]
    replaced = calendar.published(2007, None, [], [], "设定")
    assert not replaced.is_working(date(2007, 12, 31))
    supposed = calendar.published(2027, None, [date(2026, 12, 31), date(2027, 1, 1)], [], "设定")
    assert supposed.day(date(2026, 12, 31)).why == "放假（设定）"


def test_the_code_of_the_whole_country_means_the_nation():
    calendar = Calendar({}).published(2027, "000000", [date(2027, 1, 1)], [], "设定")
    assert calendar.is_published(2027)
    assert not calendar.is_working(date(2027, 1, 1), LHASA)


@given(
    st.dates(date(2022, 6, 1), date(2028, 6, 1)),
    st.integers(-40, 900),
    st.sampled_from([None, "540100", "540102", "450225"]),
)
def test_working_days_of_a_span_are_those_of_its_days(first, length, region):
    """The nation's days, a city's over them both ways, and a year with the city's days alone."""
    calendar = national_calendar().published(
        2026, "540100", [date(2026, 2, 24), date(2026, 2, 28)], [date(2026, 2, 21)], "市"
    )
    calendar = calendar.published(2027, "540100", [date(2027, 3, 1)], [date(2027, 3, 6)], "市")
    n = first.toordinal()
    counted = sum(calendar.is_working(date.fromordinal(d), region) for d in range(n, n + length + 1))
    assert calendar.working_days(n, n + length, region) == counted
