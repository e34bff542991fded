"""How a term (期限) is counted from its first to its last day, every day with its reason.

Sources: 民法典 §201 (the day of start does not count), §202 (corresponding day; none: the month's last day), §203
(last day a rest day: the day after the rest); likewise 民事诉讼法 §85, 行诉解释 §48. Terms in hours begin with the
next hour (民诉解释 §125) and run through nights and holidays. Which terms count working days is a matter of the clause
(行政处罚法 §85, 行政强制法 §69, 行政复议法 §88), never of the number.
"""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Literal, get_args

from domain.calendar import Calendar, Day
from domain.values import SHANGHAI

Period = Literal["half_month", "month", "quarter", "half_year", "year"]
"""Units that the calendar itself is divided into: 每半月、每月、每季度、每半年、每年 (`bucket`)."""
PERIODS: tuple[Period, ...] = get_args(Period)

Unit = Literal[
    "hour", "working_day", "day", "half_month", "month", "quarter", "half_year", "year", "fixed_date", "immediate",
    "promptly",
]  # fmt: skip
MONTHS = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}
"""How many months a unit has; such a term ends on the corresponding day (民法典 §202)."""
HALF_MONTH = 15
"""Half a month counted from any day: half a month has no corresponding day, so it is its fifteen days."""

LISTED_DAYS = 366
"""A longer term in calendar days is explained by its ends, not by each day."""
COUNTS_KEPT = 20_000
"""Terms that a calendar remembers the counting of."""
LONGEST_DAYS = 36_525
"""A hundred years: no term of law is longer, so a longer one is a slip of the pen."""

_ONE = timedelta(1)
_HOUR = timedelta(hours=1)
_LEAP_GAP = 8
"""Between two 29ths of February there are at most eight years."""
_IN_DAYS = {"day": 1, "half_month": HALF_MONTH}
_START = "起算日不计入"
_STOPPED = "中止期间，不计入"
_STILL_STOPPED = "中止期间，尚未恢复"

Stops = tuple[tuple[date, date], ...]
"""Disjoint, ascending, [from, to); `date.max` as `to`: not resumed."""


@dataclass(frozen=True, slots=True)
class Term:
    """期限. `not_before`: a waiting time (行政强制法 §54). `roll`: a last day that is a rest day moves on (民法典 §203).

    `month` and `day` are those of a fixed date (每年12月25日前): the first such date on or after day 0.
    """

    number: int | None
    unit: Unit
    direction: Literal["after", "before"] = "after"
    not_before: bool = False
    roll: bool = True
    month: int | None = None
    day: int | None = None


@dataclass(frozen=True, slots=True)
class CountedDay:
    date: date
    counted: bool
    why: str
    layer: str = "week"


@dataclass(frozen=True, slots=True)
class Count:
    """`due_on`: the last day in time (of a waiting time, its last day; then `not_before` is the first day to act).

    `nominal_on`: the last day before it moved on. `warn_on`: the last working day before a backward term's rest
    day. `provisional`: a day whose working or rest was asked lies in a year not yet published. `due_at`: the last
    moment of a term in hours, in Shanghai; `due_on` is its day (24:00 is the end of a day, not the next one).
    """

    start: date
    due_on: date | None
    nominal_on: date | None
    not_before: date | None
    warn_on: date | None
    provisional: bool
    days: tuple[CountedDay, ...]
    due_at: datetime | None = None


def count(
    term: Term,
    start: date,
    calendar: Calendar,
    region: str | None = None,
    stopped: tuple[tuple[date, date | None], ...] = (),
    *,
    at: datetime | None = None,
) -> Count:
    """Count a term from day 0 by a region's calendar (None: the nation's).

    `stopped`: intervals [from, to) that do not count (中止); `to` None: not resumed, so nothing is due. A term
    backward from an act ("N日前") has no stops: the act's day is fixed, and if it moves the term is counted anew.
    `at`: the moment of day 0 that a term in hours runs from; where only the day is known, it runs from its end.
    Raises ValueError where the term has no meaning or its end lies more than a hundred years away.
    """
    if term.unit == "promptly":
        only = CountedDay(start, False, "应当及时办理，未定日数")
        return Count(start, None, None, None, None, False, (only,))
    if term.unit == "immediate":
        only = CountedDay(start, False, "应当立即办理")
        return Count(start, start, start, None, None, False, (only,))
    _check_meaning(term)
    number = term.number or 0
    walk = _Walk(start, calendar, region, _merged(stopped))
    try:
        if term.unit == "hour":
            return walk.hours(number, at)
        if term.direction == "before":
            return walk.backward(number, term.unit)
        if term.unit == "fixed_date":
            due_on, nominal_on = walk.fixed_date(term.month or 0, term.day or 0, roll=term.roll)
        elif term.unit == "working_day":
            due_on, nominal_on = walk.working_days(number)
        else:
            due_on, nominal_on = walk.calendar_term(number, term.unit, roll=term.roll)
        not_before = due_on + _ONE if term.not_before and due_on is not None else None
    except OverflowError:
        raise ValueError("the term ends after the last year that can be counted") from None
    return Count(start, due_on, nominal_on, not_before, None, walk.provisional, tuple(walk.days))


def counted(
    term: Term,
    start: date,
    calendar: Calendar,
    region: str | None = None,
    stopped: tuple[tuple[date, date | None], ...] = (),
    *,
    at: datetime | None = None,
) -> Count:
    """The same without its days one by one, remembered: over many cases the same terms run from the same days."""
    key = (term, start, region, stopped, at)
    known: Count | None = calendar.counted.get(key)
    if known is None:
        if len(calendar.counted) >= COUNTS_KEPT:
            calendar.counted.clear()
        known = replace(count(term, start, calendar, region, stopped, at=at), days=())
        calendar.counted[key] = known
    return known


def _check_meaning(term: Term) -> None:
    fixed = term.unit == "fixed_date"
    if not fixed and (term.number is None or term.number < 1):
        raise ValueError("a term in hours, days, months or years needs a number from 1")
    if fixed and (term.month is None or term.day is None):
        raise ValueError("a term that ends on a fixed date needs its month and day")
    if term.direction == "before" and term.not_before:
        raise ValueError("a term cannot run backward from an act and be a waiting time")
    if term.unit in ("hour", "fixed_date") and (term.direction == "before" or term.not_before):
        raise ValueError("a term in hours, or to a fixed date, runs forward to a last moment or day")


def bucket(period: Period, day: date) -> tuple[date, date]:
    """The half-month, month, quarter, half-year or year of the calendar that a day lies in: its first and last day."""
    if period == "half_month":
        if day.day <= HALF_MONTH:
            return day.replace(day=1), day.replace(day=HALF_MONTH)
        return day.replace(day=HALF_MONTH + 1), _month_end(day.year, day.month)
    months = MONTHS[period]
    first = (day.month - 1) // months * months + 1
    return date(day.year, first, 1), _month_end(day.year, first + months - 1)


def buckets(period: Period, since: date, until: date) -> Iterator[tuple[date, date]]:
    """The buckets that begin from `since` to `until`, both included."""
    first, last = bucket(period, since)
    while first <= until:
        if first >= since:
            yield first, last
        if last == date.max:
            return
        first, last = bucket(period, last + _ONE)


def count_bucket(period: Period, day: date) -> Count:
    """The count of what is owed once in each bucket (每半年一次): due on the last day, which does not move on; done on
    the day after, it would be the next bucket's."""
    first, last = bucket(period, day)
    days = (
        CountedDay(first, True, f"{_bucket_zh(period, first)}首日"),
        CountedDay(last, True, f"{_bucket_zh(period, first)}末日"),
    )
    return Count(first, last, last, None, None, False, days)


def _bucket_zh(period: Period, first: date) -> str:
    match period:
        case "half_month":
            return f"{first.month}月{'上' if first.day == 1 else '下'}半月"
        case "month":
            return f"{first.month}月"
        case "quarter":
            return f"第{'一二三四'[first.month // 3]}季度"
        case "half_year":
            return "上半年" if first.month == 1 else "下半年"
        case "year":
            return f"{first.year}年"


def _month_end(year: int, month: int) -> date:
    return date(year, month, monthrange(year, month)[1])


def working_days_after(after: date, upto: date, calendar: Calendar, region: str | None = None) -> int:
    """How many working days d there are with after < d <= upto."""
    return calendar.working_days(after.toordinal() + 1, upto.toordinal(), region)


class _Walk:
    """One counting: the days walked so far with their reasons, and whether any of them may still change."""

    def __init__(self, start: date, calendar: Calendar, region: str | None, stops: Stops) -> None:
        self.start = start
        self.calendar = calendar
        self.region = region
        self.stops = stops
        self.days = [CountedDay(start, False, _START)]
        self.provisional = False

    def working_days(self, number: int) -> tuple[date | None, date | None]:
        d, left = self.start, number
        while left:
            d = self._next(d)
            stop = self._stop_at(d)
            if stop is None:
                left -= self._counts(d)
            elif stop[1] == date.max:
                self.days.append(CountedDay(d, False, _STILL_STOPPED))
                return None, None
            else:
                self.days.append(CountedDay(d, False, _STOPPED))
        return d, d

    def calendar_term(self, number: int, unit: Unit, *, roll: bool) -> tuple[date | None, date | None]:
        end = self._end(number, unit)
        nominal = self._prolonged(end)
        last = max(self.stops[-1][0], self.start + _ONE) if nominal is None else nominal
        self._check_distance(last)
        if unit in _IN_DAYS and number * _IN_DAYS[unit] <= LISTED_DAYS:
            self._list_days_before(last)
        if nominal is None:
            self.days.append(CountedDay(last, False, _STILL_STOPPED))
            return None, None
        why = self._why_end(number, unit, end)
        if nominal != end and unit not in _IN_DAYS:
            why += f"，另加中止的{(nominal - end).days}日"
        if not roll:
            self.days.append(CountedDay(nominal, True, why))
            return nominal, nominal
        return self._rolled(nominal, why), nominal

    def fixed_date(self, month: int, day: int, *, roll: bool) -> tuple[date | None, date | None]:
        """The first such date on or after day 0. It does not grow by what was stopped; it is only waited out."""
        last = self._first_such(month, day)
        self._check_distance(last)
        named = f"{month}月{day}日"
        self.days = [] if last == self.start else [CountedDay(self.start, False, f"自本日起的第一个{named}")]
        stop = self._stop_at(last)
        if stop is not None:
            still = stop[1] == date.max
            self.days.append(CountedDay(last, False, _STILL_STOPPED if still else _STOPPED))
            if still:
                return None, None
            last = stop[1]
        why = f"规定日期（{named}）"
        if not roll:
            self.days.append(CountedDay(last, True, why))
            return last, last
        return self._rolled(last, why), last

    def _first_such(self, month: int, day: int) -> date:
        for year in range(self.start.year, self.start.year + _LEAP_GAP + 1):
            try:
                found = date(year, month, day)
            except ValueError:  # 29 February in a common year
                continue
            if found >= self.start:
                return found
        raise ValueError("the term ends on a date that does not exist")

    def hours(self, number: int, at: datetime | None) -> Count:
        """From the next full hour, through nights and holidays; stopped days are left out as a whole."""
        begin, why = self._next_hour(at)
        end: datetime | None = begin + timedelta(hours=number)
        for since, to in self.stops:
            if end is None or _midnight(since) >= end:
                break
            if to == date.max:
                end = None
            else:
                end += max(_midnight(to) - max(_midnight(since), begin), timedelta(0))
        stopped_from = None if end is not None else max(self.stops[-1][0], self.start)
        last = (end - _HOUR).date() if end is not None else stopped_from or self.start
        self._check_distance(last)
        self.days = []
        listed = number <= LISTED_DAYS * 24
        for d in self._days_to(last) if listed else dict.fromkeys((self.start, last)):
            self.days.append(self._hours_of(d, begin, end, why if d == self.start else "", listed=listed))
        due_at = end.replace(tzinfo=SHANGHAI) if end is not None else None
        due_on = last if end is not None else None
        return Count(self.start, due_on, due_on, None, None, False, tuple(self.days), due_at)

    def _next_hour(self, at: datetime | None) -> tuple[datetime, str]:
        if at is None:
            return _midnight(self._next(self.start)), "未写明时刻，自本日24:00起算"
        local = at.astimezone(SHANGHAI).replace(tzinfo=None)
        if local.date() != self.start:
            raise ValueError("the moment that a term in hours runs from is not of its first day")
        begin = local.replace(minute=0, second=0, microsecond=0) + _HOUR
        self._check_distance(begin.date())
        return begin, f"{local:%H:%M}的次一整时{_clock(begin, self.start)}起算"

    def _hours_of(
        self, d: date, begin: datetime, end: datetime | None, why: str, *, listed: bool
    ) -> CountedDay:
        stop = self._stop_at(d)
        if stop is not None:
            return CountedDay(d, False, _STILL_STOPPED if stop[1] == date.max else _STOPPED)
        until = _midnight(d) + timedelta(1) if end is None else min(end, _midnight(d) + timedelta(1))
        hours = max(until - max(begin, _midnight(d)), timedelta(0)) // _HOUR
        parts = [why, f"计{hours}小时" if hours and listed else ""]
        if end is not None and d == (end - _HOUR).date():
            parts.append(f"{_clock(end, d)}届满")
        return CountedDay(d, hours > 0, "，".join(filter(None, parts)))

    def _days_to(self, last: date) -> Iterator[date]:
        d = self.start
        while d < last:
            yield d
            d += _ONE
        yield last

    def backward(self, number: int, unit: Unit) -> Count:
        """The usual reading of "N日前": N whole days lie between the last day in time and the act's day."""
        edge = self.start
        if unit == "working_day":
            left = number
            while left:
                edge = self._next(edge, -_ONE)
                left -= self._counts(edge)
        else:
            edge = self._end(-number, unit)
            days = number * _IN_DAYS.get(unit, 0)
            if 0 < days <= LISTED_DAYS:
                self.days += (CountedDay(self.start - n * _ONE, True, f"第{n}日") for n in range(1, days))
            self.days.append(CountedDay(edge, True, self._why_end(number, unit, edge)))
        due_on = self._next(edge, -_ONE)
        day = self._look(due_on)
        self.days.append(CountedDay(due_on, False, f"最迟日，{day.why}", day.layer))
        d = due_on
        while not day.working:
            d = self._next(d, -_ONE)
            day = self._look(d)
            moved = "，宜提前至本日" if day.working else ""
            self.days.append(CountedDay(d, False, day.why + moved, day.layer))
        warn_on = d if d != due_on else None
        return Count(self.start, due_on, due_on, None, warn_on, self.provisional, tuple(self.days))

    def _end(self, number: int, unit: Unit) -> date:
        """The last day on paper: N days on, or the corresponding day; a month without it ends the term on its last."""
        if unit in _IN_DAYS:
            end = self.start + number * _IN_DAYS[unit] * _ONE
        else:
            months = self.start.year * 12 + self.start.month - 1 + number * MONTHS[unit]
            year, month = months // 12, months % 12 + 1
            if not date.min.year <= year <= date.max.year:
                raise OverflowError
            end = date(year, month, min(self.start.day, monthrange(year, month)[1]))
        self._check_distance(end)
        return end

    def _why_end(self, number: int, unit: Unit, end: date) -> str:
        if unit in _IN_DAYS:
            return f"第{number * _IN_DAYS[unit]}日"
        return "对应日" if end.day == self.start.day else "当月无对应日，以月末日为准"

    def _prolonged(self, end: date) -> date | None:
        """The end, later by each stopped day of the running term; a stop that begins after the end changes nothing."""
        for since, to in self.stops:
            if since > end:
                break
            if to == date.max:
                return None
            end += max(to - max(since, self.start + _ONE), timedelta(0))
        return end

    def _list_days_before(self, last: date) -> None:
        n = 0
        d = self.start + _ONE
        while d < last:
            if self._stop_at(d) is None:
                n += 1
                self.days.append(CountedDay(d, True, f"第{n}日"))
            else:
                self.days.append(CountedDay(d, False, _STOPPED))
            d += _ONE

    def _rolled(self, nominal: date, why: str) -> date | None:
        """The first working day from the nominal end on. A stop that begins during the rest is waited out."""
        day = self._look(nominal)
        self.days.append(
            CountedDay(nominal, True, f"{why}，{day.why}{'' if day.working else '，顺延'}", day.layer)
        )
        d = nominal
        while not day.working:
            d = self._next(d)
            stop = self._stop_at(d)
            if stop is None:
                day = self._look(d)
                self.days.append(
                    CountedDay(d, False, f"{day.why}，{'顺延至本日' if day.working else '顺延'}", day.layer)
                )
            elif stop[1] == date.max:
                self.days.append(CountedDay(d, False, _STILL_STOPPED))
                return None
            else:
                self.days.append(CountedDay(d, False, _STOPPED))
        return d

    def _counts(self, d: date) -> bool:
        day = self._look(d)
        self.days.append(CountedDay(d, day.working, day.why, day.layer))
        return day.working

    def _look(self, d: date) -> Day:
        day = self.calendar.day(d, self.region)
        self.provisional |= not day.published
        return day

    def _next(self, d: date, step: timedelta = _ONE) -> date:
        self._check_distance(d + step)
        return d + step

    def _stop_at(self, d: date) -> tuple[date, date] | None:
        return next((stop for stop in self.stops if stop[0] <= d < stop[1]), None)

    def _check_distance(self, d: date) -> None:
        if abs(d - self.start).days > LONGEST_DAYS:
            raise ValueError("the term is longer than a hundred years")


def _midnight(d: date) -> datetime:
    """The beginning of a day by the clock of Shanghai; it is made aware of its zone when it leaves this module."""
    return datetime.combine(d, time())


def _clock(moment: datetime, d: date) -> str:
    return "24:00" if moment.date() > d else f"{moment:%H:%M}"


def _merged(stopped: tuple[tuple[date, date | None], ...]) -> Stops:
    merged: list[tuple[date, date]] = []
    for since, until in sorted((since, until or date.max) for since, until in stopped):
        if merged and since <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(until, merged[-1][1]))
        else:
            merged.append((since, until))
    return tuple(merged)
