"""Working days (工作日) by layers: the week, the nation's yearly arrangement, a region's own days over it.

Sources: 全国年节及纪念日放假办法 (2024) §2, §4 (festivals of minorities: local governments fix the days), §6, §7;
国务院关于职工工作时间的规定 §7 (Saturday and Sunday rest).
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import accumulate
from typing import Any, cast

NATION = "000000"  # 行政区划代码 of the whole country
_WEEK = "一二三四五六日"


@dataclass(frozen=True, slots=True)
class YearDays:
    """One notice: the days off (weekends may be among them) and the make-up workdays (调休上班) of a year.

    Each day has the occasion's name, as 春节; with an empty name the notice itself is shown.
    """

    holidays: Mapping[date, str]
    workdays: Mapping[date, str]
    notice: str = ""


@dataclass(frozen=True, slots=True)
class Day:
    """`layer` is what decided: "week", "nation" or the code of the region. Not `published`: it may still change."""

    date: date
    working: bool
    why: str
    layer: str
    published: bool


@dataclass(frozen=True, slots=True)
class Calendar:
    """`nation` holds the published years only. `regions`: six-digit code → year → days, valid below it as well."""

    nation: Mapping[int, YearDays]
    regions: Mapping[str, Mapping[int, YearDays]] = field(default_factory=dict)
    counted: dict[Any, Any] = field(default_factory=dict, init=False, repr=False, compare=False)
    """What has been counted by it already; a calendar with other days begins without."""

    def day(self, d: date, region: str | None = None) -> Day:
        """What a day is for a region (None: for the nation), and why."""
        weekday = f"星期{_WEEK[d.weekday()]}"
        named = self._named(d, region)
        if named is not None:
            days, working, layer = named
            name = (days.workdays if working else days.holidays)[d]
            kind = "调休上班" if working else "放假"
            why = f"{name}{kind}" if name else f"{kind}（{days.notice}）"
            return Day(d, working, why, layer, published=True)
        working = d.weekday() < 5
        if d.year not in self.nation:
            return Day(d, working, f"{weekday}，该年安排未公布，暂按周一至周五计", "week", published=False)
        return Day(d, working, f"{'工作日' if working else '周末'}（{weekday}）", "week", published=True)

    def is_working(self, d: date, region: str | None = None) -> bool:
        named = self._named(d, region)
        return d.weekday() < 5 if named is None else named[1]

    def working_days(self, first: int, last: int, region: str | None = None) -> int:
        """How many working days there are from one day to another, both included, as ordinals of `date`.

        Weekdays, and what the notices change of them: no day is looked at by itself, however long the span.
        """
        days, sums = self._changes(region)
        changed = sums[bisect_right(days, last)] - sums[bisect_left(days, first)] if last >= first else 0
        return _weekdays(first, last) + changed

    def _changes(self, region: str | None) -> tuple[list[int], list[int]]:
        """The days, in order, on which a region works otherwise than by the week, and the sums of +1 and -1 before
        each and after the last; found once for a region."""
        known = self.counted.get(("changes", region))
        if known is None:
            notices = [*self.nation.values(), *(y for years in self.regions.values() for y in years.values())]
            named = sorted({d for notice in notices for d in (*notice.holidays, *notice.workdays)})
            changes = [(d.toordinal(), self.is_working(d, region) - (d.weekday() < 5)) for d in named]
            changes = [(n, change) for n, change in changes if change]
            known = [n for n, _ in changes], list(accumulate((c for _, c in changes), initial=0))
            self.counted["changes", region] = known
        return cast("tuple[list[int], list[int]]", known)

    def is_published(self, year: int) -> bool:
        return year in self.nation

    def published(
        self, year: int, region: str | None, holidays: Iterable[date], workdays: Iterable[date], notice: str
    ) -> "Calendar":
        """With one more notice. A later one for the same year and region replaces the earlier, all its days."""
        days = YearDays(dict.fromkeys(holidays, ""), dict.fromkeys(workdays, ""), notice)
        if region is None or region == NATION:
            return replace(self, nation={**self.nation, year: days})
        return replace(self, regions={**self.regions, region: {**self.regions.get(region, {}), year: days}})

    def _named(self, d: date, region: str | None) -> tuple[YearDays, bool, str] | None:
        """The most specific notice that names the day: the region's own, its city's, its province's, the nation's."""
        if region is not None and self.regions:
            for code in (region, region[:4] + "00", region[:2] + "0000"):
                if code in self.regions:
                    found = _among(d, self.regions[code])
                    if found is not None:
                        return *found, code
        found = _among(d, self.nation)
        return None if found is None else (*found, "nation")


def _weekdays(first: int, last: int) -> int:
    """Mondays to Fridays from one ordinal to another; ordinal 1 is a Monday."""

    def until(n: int) -> int:
        weeks, rest = divmod(n, 7)
        return 5 * weeks + min(rest, 5)

    return until(last) - until(first - 1) if last >= first else 0


def _among(d: date, years: Mapping[int, YearDays]) -> tuple[YearDays, bool] | None:
    # New Year's bridge days lie in December and stand in the next year's notice, so neighbours are asked too.
    for year in (d.year + 1, d.year, d.year - 1):
        days = years.get(year)
        if days is not None:
            if d in days.holidays:
                return days, False
            if d in days.workdays:
                return days, True
    return None
