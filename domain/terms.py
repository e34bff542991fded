"""How a term (期限) is counted from its first to its last day, every day with its reason.

Sources: 民法典 §201 (the day of start does not count), §202 (corresponding day; none: the month's last day), §203
(last day a rest day: the day after the rest); likewise 民事诉讼法 §85, 行诉解释 §48. Which terms count working days
is a matter of the clause (行政处罚法 §85, 行政强制法 §69, 行政复议法 §88), never of the number.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from domain.calendar import Calendar, Day

Unit = Literal["working_day", "day", "month", "year", "immediate", "promptly"]

LISTED_DAYS = 366
"""A longer term in calendar days is explained by its ends, not by each day."""
LONGEST_DAYS = 36_525
"""A hundred years: no term of law is longer, so a longer one is a slip of the pen."""

_ONE = timedelta(1)
_START = "起算日不计入"
_STOPPED = "中止期间，不计入"
_STILL_STOPPED = "中止期间，尚未恢复"

Stops = tuple[tuple[date, date], ...]
"""Disjoint, ascending, [from, to); `date.max` as `to`: not resumed."""


@dataclass(frozen=True, slots=True)
class Term:
    """期限. `not_before`: a waiting time (行政强制法 §54). `roll`: a last day that is a rest day moves on (民法典 §203)."""

    number: int | None
    unit: Unit
    direction: Literal["after", "before"] = "after"
    not_before: bool = False
    roll: bool = True


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
    day. `provisional`: a day whose working or rest was asked lies in a year not yet published.
    """

    start: date
    due_on: date | None
    nominal_on: date | None
    not_before: date | None
    warn_on: date | None
    provisional: bool
    days: tuple[CountedDay, ...]


def count(
    term: Term,
    start: date,
    calendar: Calendar,
    region: str | None = None,
    stopped: tuple[tuple[date, date | None], ...] = (),
) -> Count:
    """Count a term from day 0 by a region's calendar (None: the nation's).

    `stopped`: intervals [from, to) that do not count (中止); `to` None: not resumed, so nothing is due. A term
    backward from an act ("N日前") has no stops: the act's day is fixed, and if it moves the term is counted anew.
    Raises ValueError where the term has no meaning or its end lies more than a hundred years away.
    """
    if term.unit == "promptly":
        only = CountedDay(start, False, "应当及时办理，未定日数")
        return Count(start, None, None, None, None, False, (only,))
    if term.unit == "immediate":
        only = CountedDay(start, False, "应当立即办理")
        return Count(start, start, start, None, None, False, (only,))
    if term.number is None or term.number < 1:
        raise ValueError("a term in days, months or years needs a number from 1")
    if term.direction == "before" and term.not_before:
        raise ValueError("a term cannot run backward from an act and be a waiting time")
    walk = _Walk(start, calendar, region, _merged(stopped))
    try:
        if term.direction == "before":
            return walk.backward(term.number, term.unit)
        due_on, nominal_on = (
            walk.working_days(term.number)
            if term.unit == "working_day"
            else walk.calendar_term(term.number, term.unit, roll=term.roll)
        )
        not_before = due_on + _ONE if term.not_before and due_on is not None else None
    except OverflowError:
        raise ValueError("the term ends after the last year that can be counted") from None
    return Count(start, due_on, nominal_on, not_before, None, walk.provisional, tuple(walk.days))


def working_days_after(after: date, upto: date, calendar: Calendar, region: str | None = None) -> int:
    """How many working days d there are with after < d <= upto."""
    first = after.toordinal() + 1
    return sum(calendar.is_working(date.fromordinal(n), region) for n in range(first, upto.toordinal() + 1))


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
        if unit == "day" and number <= LISTED_DAYS:
            self._list_days_before(last)
        if nominal is None:
            self.days.append(CountedDay(last, False, _STILL_STOPPED))
            return None, None
        why = self._why_end(number, unit, end)
        if nominal != end and unit != "day":
            why += f"，另加中止的{(nominal - end).days}日"
        if not roll:
            self.days.append(CountedDay(nominal, True, why))
            return nominal, nominal
        return self._rolled(nominal, why), nominal

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
            if unit == "day" and number <= LISTED_DAYS:
                self.days += (CountedDay(self.start - n * _ONE, True, f"第{n}日") for n in range(1, number))
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
        if unit == "day":
            end = self.start + number * _ONE
        else:
            months = self.start.year * 12 + self.start.month - 1 + number * (1 if unit == "month" else 12)
            year, month = months // 12, months % 12 + 1
            if not date.min.year <= year <= date.max.year:
                raise OverflowError
            end = date(year, month, min(self.start.day, monthrange(year, month)[1]))
        self._check_distance(end)
        return end

    def _why_end(self, number: int, unit: Unit, end: date) -> str:
        if unit == "day":
            return f"第{number}日"
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


def _merged(stopped: tuple[tuple[date, date | None], ...]) -> Stops:
    merged: list[tuple[date, date]] = []
    for since, until in sorted((since, until or date.max) for since, until in stopped):
        if merged and since <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(until, merged[-1][1]))
        else:
            merged.append((since, until))
    return tuple(merged)
