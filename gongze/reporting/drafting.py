"""A report from the ledger to a file, for whoever asks: the command, or what drafts it when a half-year has ended."""

from datetime import date
from pathlib import Path

from domain.refusal import Refusal
from gongze.books.sheets import as_json, write_text
from gongze.ledger import Ledger
from gongze.progress import SETTING
from gongze.reporting import workbook
from gongze.reporting.facts import Period
from gongze.reporting.gathering import How, asked, gather
from gongze.reporting.report import Print, Report, report

KINDS = (".docx", ".xlsx", ".pdf", ".json")


def draft(
    ledger: Ledger, first: date, last: date, *, region: str | None = None, print_: Print = "meeting", head: int | None = None,
    how: How = "kept",
) -> Report:  # fmt: skip
    """The report of some days that are over, both included; `how` to count is for `gather`. Raises Refusal:
    date_in_future, region_unknown,
    head_unknown."""
    if last > ledger.today():
        raise Refusal("date_in_future", f"报告期到 {last} 才结束，请写明 --to 为今日或更早的日子", "--to")
    return report(gather(ledger, asked(ledger, region, Period(first, last), head), how=how), print_)


def write(target: Path, made: Report) -> None:
    """Write it as what the file's name says: .docx, .pdf, .xlsx or .json. Raises OSError, Refusal: office_missing …"""
    SETTING.info("")
    match target.suffix:
        case ".xlsx":
            workbook.write_workbook(target, made)
        case ".json":
            write_text(target, as_json(workbook.document(made)))
        case _:
            from gongze.reporting import paper  # slow to import, and needed by papers alone

            paper.write(target, made)
