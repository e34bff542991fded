"""The nation's working days as published so far: a library's table of the State Council's yearly notices.

Later years come as CalendarPublished and are laid over it (`Calendar.published`).
"""

from collections import defaultdict
from datetime import date
from functools import cache

from domain.calendar import Calendar, YearDays


@cache
def national_calendar() -> Calendar:
    """2004 to 2026. The library answers for no later year, and neither do we."""
    from chinese_calendar import constants  # here, so that only who counts working days pays for loading it

    holidays: dict[int, dict[date, str]] = defaultdict(dict)
    workdays: dict[int, dict[date, str]] = defaultdict(dict)
    for table, years in ((constants.holidays, holidays), (constants.workdays, workdays)):
        for day, festival in table.items():
            # A bridge day in December stands in the notice of the New Year that it bridges to.
            notice = day.year + (day.month == 12)
            years[notice][day] = constants.Holiday(festival).chinese
    return Calendar({year: YearDays(holidays[year], workdays[year]) for year in sorted(holidays)})
