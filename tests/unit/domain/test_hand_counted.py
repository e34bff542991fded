"""Due days counted by hand from the published holiday arrangements, in a table that a lawyer can read and extend.

`hand_counted.csv`: 编号, 依据, 期限, 起算日, 中止 (from~to, `to` the first day that counts again), 日历, 届满日, 顺延前
(empty: the same), 最早可办日, 提醒日, 暂定, 接 (the row whose 届满日 is this row's 起算日), 数法.
"""

import csv
import re
from datetime import date, timedelta
from pathlib import Path

import pytest

from domain.calendar import Calendar
from domain.terms import Count, Term, count
from events.calendars import national_calendar

with Path(__file__).with_name("hand_counted.csv").open(encoding="utf-8", newline="") as file:
    ROWS = {row["编号"]: row for row in csv.DictReader(file)}

UNITS = {"个工作日": "working_day", "日": "day", "个月": "month", "年": "year"}
REGIONS = {
    "全国": None,
    "拉萨": "540100",
    "城关": "540102",
    "西藏": "540000",
    "广西": "450000",
    "南宁": "450100",
}


def days(first: str, last: str) -> list[date]:
    start, end = date.fromisoformat(first), date.fromisoformat(last)
    return [start + timedelta(n) for n in range((end - start).days + 1)]


LAID_OVER: tuple[
    tuple[str, list[date], list[date]], ...
] = (  # region, days off, make-up workdays as the local notices give them
    ("540100", days("2023-02-20", "2023-02-26"), days("2023-02-18", "2023-02-19")),
    ("540100", days("2025-02-27", "2025-03-04"), []),
    ("540100", days("2026-02-15", "2026-02-26"), [date(2026, 2, 14), date(2026, 2, 28)]),
    ("450000", days("2017-03-30", "2017-04-04"), [date(2017, 4, 8)]),
    ("450000", days("2021-04-14", "2021-04-16"), [date(2021, 4, 18)]),
)
# Supposed, to show what a publication changes: the real arrangement for 2027 comes from the State Council.
SUPPOSED_2027 = (days("2027-01-01", "2027-01-03") + days("2027-02-05", "2027-02-13"), [date(2027, 2, 14)])


def calendar_of(row: dict[str, str]) -> tuple[Calendar, str | None]:
    calendar = national_calendar()
    for region, off, on in LAID_OVER:
        calendar = calendar.published(off[0].year, region, off, on, "地方放假安排")
    name = row["日历"]
    if name.endswith("（设定2027）"):
        name = name.removesuffix("（设定2027）")
        calendar = calendar.published(2027, None, *SUPPOSED_2027, "设定")
    return calendar, REGIONS[name]


def term_of(text: str) -> Term:
    if text in ("立即", "及时"):
        return Term(None, "immediate" if text == "立即" else "promptly")
    read = re.fullmatch(r"(满?)(\d+)(个工作日|日|个月|年)(内|前|)(不顺延)?", text)
    assert read, text
    waits, number, unit, end, fixed = read.groups()
    return Term(
        int(number),
        UNITS[unit],  # type: ignore[arg-type]  # one of Unit's words, from the table above
        direction="before" if end == "前" else "after",
        not_before=bool(waits),
        roll=not fixed,
    )


def day_of(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def counted(row: dict[str, str], start: date) -> Count:
    stops = []
    for part in filter(None, row["中止"].split("；")):
        since, until = part.split("~")
        stops.append((date.fromisoformat(since), day_of(until)))
    return count(term_of(row["期限"]), start, *calendar_of(row), tuple(stops))


@pytest.mark.parametrize("number", ROWS)
def test_the_program_counts_as_the_hand_did(number):
    row = ROWS[number]
    found = counted(row, date.fromisoformat(row["起算日"]))
    by_hand = {
        "届满日": day_of(row["届满日"]),
        "顺延前": day_of(row["顺延前"] or row["届满日"]),
        "最早可办日": day_of(row["最早可办日"]),
        "提醒日": day_of(row["提醒日"]),
        "暂定": row["暂定"] == "是",
    }
    assert {
        "届满日": found.due_on,
        "顺延前": found.nominal_on,
        "最早可办日": found.not_before,
        "提醒日": found.warn_on,
        "暂定": found.provisional,
    } == by_hand, row["数法"]


@pytest.mark.parametrize("number", [n for n, row in ROWS.items() if row["接"]])
def test_a_chained_term_runs_from_the_day_on_which_the_first_one_ended(number):
    first = ROWS[ROWS[number]["接"]]
    end = counted(first, date.fromisoformat(first["起算日"])).due_on
    assert end is not None
    assert counted(ROWS[number], end).due_on == day_of(ROWS[number]["届满日"])
