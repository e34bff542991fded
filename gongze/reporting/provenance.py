"""What a report's file says of itself, so that it can be traced long after: the ledger, how much of the log, of where
and when, and for whom. One line among the properties of a .docx, .xlsx or .pdf; the fields of a .json."""

import re
from dataclasses import dataclass
from datetime import date

from domain.refusal import Refusal
from domain.values import parse_day
from gongze.reporting.facts import Period
from gongze.reporting.gathering import Asked
from gongze.reporting.report import Print, Report
from gongze.settings import FIRST_YEAR, LAST_YEAR

FORMAT = "gongze-report/1"
PLACE = "text:"
"""How the tag of a place for people's own words begins."""
_LINE = re.compile(
    rf"{FORMAT} ledger=(?P<ledger>[0-9a-f]{{64}}) head=(?P<head>[1-9][0-9]{{0,17}}) region=(?P<region>[0-9]{{6}}) "
    r"from=(?P<first>\S{10}) to=(?P<last>\S{10}) print=(?P<print>meeting|internal)(?: root=(?P<root>[0-9a-f]{64}))?"
)


@dataclass(frozen=True, slots=True)
class Provenance:
    """`root`: of the part of the log that the report rests on; None in a file that does not say."""

    asked: Asked
    print: Print
    root: str | None = None

    @property
    def line(self) -> str:
        a = self.asked
        return (
            f"{FORMAT} ledger={a.ledger} head={a.head} region={a.region} from={a.period.first} to={a.period.last} "
            f"print={self.print}" + (f" root={self.root}" if self.root is not None else "")
        )


def of_report(report: Report) -> Provenance:
    return Provenance(report.told.asked, report.print, report.told.root)


def read_line(line: str | None) -> Provenance:
    """The inverse of `Provenance.line`. Raises Refusal: report_unreadable."""
    found = _LINE.fullmatch((line or "").strip())
    if found is None:
        raise Refusal("report_unreadable", "文件不是 gongze report 写成的报告，或者来历信息已被删去", "FILE")
    try:
        period = Period(*(_day(found[name]) for name in ("first", "last")))
    except ValueError:
        raise Refusal("report_unreadable", "文件的来历信息里日期不能用", "FILE") from None
    if not FIRST_YEAR <= period.first.year <= period.last.year < LAST_YEAR or period.last < period.first:
        raise Refusal("report_unreadable", "文件的来历信息里日期不能用", "FILE")
    asked = Asked(found["ledger"], int(found["head"]), found["region"], period)
    return Provenance(asked, "internal" if found["print"] == "internal" else "meeting", found["root"])


def _day(text: str) -> date:
    return parse_day(text)
