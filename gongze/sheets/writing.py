"""Office-style .xlsx: what a clerk can print, sign and file without touching it.

Merged title, a line with 填报单位 and 填报时间, headings over several rows, 合计, frozen panes, A4 landscape fitted to
the width, heading rows repeated on every page. Numbers of documents are text cells: a spreadsheet would turn
eighteen digits into 1.2E+17. Text that looks like a formula stays text, to a reader and when it is edited.

Rows are written one by one, so that a sheet of 50,000 rows needs no more memory than one of fifty.
"""

import csv
import os
import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from math import ceil
from pathlib import Path
from typing import IO, Any, Literal
from unicodedata import east_asian_width

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import Cell as Written
from openpyxl.styles import Alignment, Border, Font, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.cell_range import CellRange
from openpyxl.worksheet.dimensions import RowDimension
from openpyxl.worksheet.properties import PageSetupProperties

from gongze.sheets.cells import Fault, Value


@dataclass(frozen=True, slots=True)
class Number:
    """A number that is shown in a way of its own, whatever its column's."""

    value: int | Decimal
    format: str


Plain = str | date | int | Decimal | None
Cell = Plain | Number
Kind = Literal["text", "date", "number", "money", "general"]
"""`general`: a number as it came, with as many places as it has."""
Page = (
    Any  # openpyxl's types leave out most of what a sheet that is only written has in common with the others
)

FORMATS: dict[Kind, str] = {
    "text": "@", "date": 'yyyy"年"m"月"d"日"', "number": "#,##0", "money": "#,##0.00", "general": "General",
}  # fmt: skip
EXACT_DIGITS = 15
"""A spreadsheet keeps no more digits of a number than these; longer ones are written as text."""
LINE_HEIGHT, TITLE_HEIGHT = 14.0, 22.0
"""In points, of a text of ten, and of a title of sixteen."""
TITLE_WIDER = 1.9
"""How much wider a title's characters are than those that a column's width is counted in, with some room."""
FORMULA = ("=", "+", "-", "@", "\t", "\r")
UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

_LINE = Side(style="thin")
_BOX = Border(left=_LINE, right=_LINE, top=_LINE, bottom=_LINE)
_CENTRE = Alignment(horizontal="center", vertical="center", wrap_text=True)
_TITLE, _HEAD, _BODY = (
    Font(name="宋体", size=16, bold=True),
    Font(name="宋体", size=10, bold=True),
    Font(name="宋体", size=10),
)


@dataclass(frozen=True, slots=True)
class Column:
    """One column. Adjacent columns of the same `group` stand under one merged heading; `width` in characters."""

    head: str
    width: float = 12
    kind: Kind = "text"
    group: str | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet. `unit` and `date_line` are whole texts, e.g. 填报单位：…, 填报时间：….

    A cell is text, a date (shown as 2026年2月10日, a true date), a whole number or a Decimal; money may be text
    as the ledger spells it ("12400.50"). `total` is a row like the others, written bold after them; `notes` are
    lines below the table, `name` the name on the tab (default: the title). `bars`: the title of a chart
    below it, a group of bars for each row, which changes with its numbers.
    """

    title: str
    unit: str
    date_line: str
    columns: Sequence[Column]
    rows: Iterable[Sequence[Cell]]
    total: Sequence[Cell] | None = None
    notes: Sequence[str] = field(default=())
    name: str | None = None
    bars: str | None = None


def write_sheet(target: Path | IO[bytes], sheets: Sequence[Sheet], *, keywords: str | None = None) -> None:
    """Write a workbook; a file at that path is replaced, whole or not at all. `keywords`: a property of the file, for
    programs. Raises OSError."""
    book = Workbook(write_only=True)
    book.properties.keywords = keywords
    names: set[str] = set()
    for sheet in sheets:
        name = _tab(sheet.name or sheet.title, names)
        names.add(name)
        page: Page = book.create_sheet(name)
        try:
            _write(page, sheet)
        except BaseException:
            page.close()  # or the part written so far would stay open
            raise
    _save(book, target)


def _save(book: Workbook, target: Path | IO[bytes]) -> None:
    if not isinstance(target, Path):
        book.save(target)
        return
    part = _part(target)
    try:
        book.save(part)
        part.replace(target)
    except BaseException:
        for page in book.worksheets:
            with suppress(OSError, ValueError):  # closed already, or there is no room for its end
                page.close()
        raise
    finally:
        part.unlink(missing_ok=True)


def _part(target: Path) -> Path:
    return target.with_name(f".{target.name}.{os.getpid()}.part")


def _write(page: Page, sheet: Sheet) -> None:
    columns, width = sheet.columns, len(sheet.columns)
    grouped = any(c.group for c in columns)
    first_head, last_head = 3, 4 if grouped else 3
    # What stands before the rows in the file must be known before the first of them is written.
    for number, column in enumerate(columns, 1):
        page.column_dimensions[get_column_letter(number)].width = column.width
    page.freeze_panes = f"A{last_head + 1}"
    page.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    title_lines = ceil(TITLE_WIDER * _wide(sheet.title) / max(sum(c.width for c in columns), 1))
    for row, height in ((1, max(30.0, TITLE_HEIGHT * title_lines + 4)), (2, 18.0)):
        page.row_dimensions[row] = RowDimension(page, index=row, ht=height)
    page.print_title_rows = f"1:{last_head}"
    page.page_setup.orientation, page.page_setup.paperSize = "landscape", "9"
    page.page_setup.fitToWidth, page.page_setup.fitToHeight = 1, 0
    page.print_options.horizontalCentered = True
    page.oddFooter.center.text = "— &P —"

    left = max(width // 2, 1)
    page.append([_styled(page, sheet.title, _TITLE, _CENTRE)])
    line: list[object] = [_styled(page, sheet.unit, _BODY, Alignment(horizontal="left"))]
    if width > 1:
        line += [None] * (left - 1) + [_styled(page, sheet.date_line, _BODY, Alignment(horizontal="right"))]
    page.append(line)
    _merge(page, 1, 1, 1, width)
    _merge(page, 2, 1, 2, left)
    _merge(page, 2, left + 1, 2, width)
    _heads(page, columns, first_head, last_head)

    cells = [_Cells(page, c.kind, _BODY) for c in columns]
    written = last_head
    for values in sheet.rows:
        written += 1
        lines = max(map(_lines, values, (c.width for c in columns)))
        _append(page, written, lines, [cell.of(value) for cell, value in zip(cells, values, strict=True)])
    if sheet.total is not None:
        cells = [_Cells(page, c.kind, _HEAD) for c in columns]
        page.append([cell.of(value) for cell, value in zip(cells, sheet.total, strict=True)])
        written += 1
    across = sum(c.width for c in columns)
    for note in sheet.notes:
        written += 1
        styled = _styled(page, note, _BODY, Alignment(horizontal="left", vertical="top", wrap_text=True))
        _append(page, written, _lines(note, across), [styled])
        _merge(page, written, 1, written, width)
    if sheet.bars is not None:
        _draw(page, sheet, sheet.bars, last_head, written - len(sheet.notes))


def _draw(page: Page, sheet: Sheet, title: str, head: int, last: int) -> None:
    """A chart of the spreadsheet's own, below the table: the clerk can restyle it."""
    from openpyxl.chart import BarChart, Reference  # slow to import, and wanted by reports alone
    from openpyxl.chart.label import DataLabelList

    chart = BarChart()
    chart.title, chart.height, chart.width = title, 9, 22
    numbers = Reference(page, min_col=2, max_col=len(sheet.columns), min_row=head, max_row=last)
    chart.add_data(numbers, titles_from_data=True)
    chart.set_categories(Reference(page, min_col=1, min_row=head + 1, max_row=last))
    chart.dataLabels = DataLabelList(showVal=True, showSerName=False, showCatName=False, showLegendKey=False)
    chart.legend.position = "t"
    for axis in (chart.x_axis, chart.y_axis):
        axis.delete = False  # or newer spreadsheets show none
    chart.y_axis.majorGridlines = None
    page.add_chart(chart, f"A{last + len(sheet.notes) + 2}")


def _append(page: Page, number: int, lines: int, cells: Sequence[object]) -> None:
    """Write a row as high as its longest text needs: not every program finds that out by itself, none for merged cells."""
    if lines > 1:
        page.row_dimensions[number] = RowDimension(page, index=number, ht=LINE_HEIGHT * lines + 2)
    page.append(cells)
    page.row_dimensions.pop(number, None)


def _lines(value: Cell, width: float) -> int:
    """How many lines a text takes in a column; a Chinese character is as wide as two digits."""
    if not isinstance(value, str):
        return 1
    return sum(max(1, ceil(_wide(part) / max(width - 1, 2))) for part in value.split("\n"))


def _wide(text: str) -> int:
    return sum(2 if east_asian_width(c) in "WFA" else 1 for c in text)


def _heads(page: Page, columns: Sequence[Column], first: int, last: int) -> None:
    if last > first:
        upper: list[object] = []
        for group, members in groupby(columns, key=lambda c: c.group):
            heads = [c.head for c in members]
            start = len(upper) + 1
            upper += [_head(page, group if group is not None else head) for head in heads]
            if group is not None:
                _merge(page, first, start, first, len(upper))
            else:
                for number in range(start, len(upper) + 1):
                    _merge(page, first, number, last, number)
        _append(page, first, 1, upper)
    lines = max(_lines(c.head, c.width) for c in columns)
    _append(page, last, lines, [_head(page, c.head) for c in columns])


def _head(page: Page, text: str) -> Written:
    cell = _styled(page, text, _HEAD, _CENTRE)
    cell.border = _BOX
    return cell


def _styled(page: Page, text: str, font: Font, alignment: Alignment) -> Written:
    cell = WriteOnlyCell(page)
    _put_text(cell, text)
    cell.font, cell.alignment = font, alignment
    return cell


def _put_text(cell: Written, text: str) -> None:
    cell.value = UNWRITABLE.sub("", text)
    cell.data_type = "s"  # never "f": what begins with = is what somebody typed, not a formula


def _merge(page: Page, top: int, left: int, bottom: int, right: int) -> None:
    if (top, left) < (bottom, right) and left <= right:
        page.merged_cells.add(CellRange(min_row=top, min_col=left, max_row=bottom, max_col=right))


class _Cells:
    """The cells of one column: styled once and used again for every row, which is written before the next is made."""

    def __init__(self, page: Page, kind: Kind, font: Font) -> None:
        across: dict[Kind, str] = {"text": "left", "date": "center"}
        self.kind = kind
        self._value, self._text, self._quoted = WriteOnlyCell(page), WriteOnlyCell(page), WriteOnlyCell(page)
        for cell in (self._value, self._text, self._quoted):
            cell.font, cell.border = font, _BOX
            cell.alignment = Alignment(
                horizontal=across.get(kind, "right"), vertical="center", wrap_text=True
            )
            cell.number_format = FORMATS["text"]
        self._value.number_format = FORMATS[kind]
        self._quoted.quotePrefix = True
        self._page, self._font = page, font
        self._own: dict[str, Written] = {}

    def _formatted(self, number_format: str) -> Written:
        """One for each format: a style that was written must not be changed."""
        cell = self._own[number_format] = WriteOnlyCell(self._page)
        cell.font, cell.border = self._font, _BOX
        cell.alignment = Alignment(horizontal="right", vertical="center")
        cell.number_format = number_format
        return cell

    def of(self, value: Cell) -> Written:
        if isinstance(value, Number):
            own = self._own.get(value.format) or self._formatted(value.format)
            own.value = value.value
            return own
        exact = _exact(self.kind, value)
        if isinstance(exact, str):
            cell = self._quoted if exact.startswith(FORMULA) else self._text
            _put_text(cell, exact)
            return cell
        self._value.value = exact
        return self._value


def _exact(kind: Kind, value: Plain) -> str | date | int | Decimal | None:
    """The value as a cell of its kind can hold it without losing anything, else its text."""
    if isinstance(value, datetime):
        value = value.date()
    if value is None or value == "":
        return None
    if isinstance(value, date):
        return (
            value if kind == "date" and value.year >= 1900 else f"{value.year}年{value.month}月{value.day}日"
        )
    if kind in ("text", "date"):
        return str(value)
    if isinstance(value, str):
        if not re.fullmatch(r"-?(0|[1-9]\d*)(\.\d+)?", value, re.ASCII):
            return value
        value = Decimal(value)
    digits = len(Decimal(value).as_tuple().digits)
    return value if digits <= EXACT_DIGITS else str(value)


def _tab(title: str, taken: set[str]) -> str:
    """A tab's name: at most 31 characters, none of those a spreadsheet keeps for itself, and not twice."""
    name = UNWRITABLE.sub("", re.sub(r"[\[\]:*?/\\']", "", title))[:28] or "表"
    made, number = name, 2
    while made.casefold() in {t.casefold() for t in taken}:
        made, number = f"{name}{number}", number + 1
    return made


# --- rows as they came -----------------------------------------------------------------------------------------


def write_rows(
    target: Path,
    name: str,
    top: Sequence[Sequence[Value]],
    merges: Iterable[tuple[tuple[int, int], tuple[int, int]]],
    rows: Iterable[Sequence[Value]],
) -> None:
    """An .xlsx of rows as they were read, below the rows that stood above them with their merged areas.

    `merges` count rows and columns from 0. Raises OSError.
    """
    book = Workbook(write_only=True)
    page: Page = book.create_sheet(_tab(name, set()))
    page.freeze_panes = f"A{len(top) + 1}"
    width = max(map(len, top), default=0)
    for number in range(1, width + 1):
        page.column_dimensions[get_column_letter(number)].width = 16
    hidden: set[tuple[int, int]] = set()
    for (up, left), (down, right) in merges:
        _merge(page, up + 1, left + 1, down + 1, right + 1)
        hidden |= {(r, c) for r in range(up, down + 1) for c in range(left, right + 1)} - {(up, left)}
    for at, values in enumerate(top):
        shown = [None if (at, c) in hidden else value for c, value in enumerate(values)]
        page.append([_kept({kind: _Cells(page, kind, _HEAD) for kind in FORMATS}, v) for v in shown])
    columns = [{kind: _Cells(page, kind, _BODY) for kind in FORMATS} for _ in range(width)]
    for values in rows:
        page.append([_kept(column, value) for column, value in zip(columns, values, strict=True)])
    _save(book, target)


def _kept(cells: dict[Kind, "_Cells"], value: Value) -> Written:
    match value:
        case bool():
            return cells["text"].of("是" if value else "否")
        case Decimal():
            return cells["general"].of(value)
        case date():
            return cells["date"].of(value)
        case Fault():
            return cells["text"].of(None)
        case _:
            return cells["text"].of(value)


def write_csv(target: Path, rows: Iterable[Sequence[Value]], encoding: str, delimiter: str) -> None:
    """A CSV of rows as they were read, formulas disarmed by an apostrophe that reading takes away. Raises OSError."""
    part = _part(target)
    try:
        with part.open("w", encoding=encoding, newline="") as file:
            lines = csv.writer(file, delimiter=delimiter)
            for values in rows:
                lines.writerow([f"'{v}" if v.startswith(FORMULA) else v for v in map(_spelled, values)])
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def _spelled(value: Value) -> str:
    if value is None or isinstance(value, Fault):
        return ""
    return value.isoformat() if isinstance(value, date) else str(value)
