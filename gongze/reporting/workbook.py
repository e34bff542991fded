"""The report as a workbook and as JSON: each table a sheet, and a sheet that says which figure stands in which cell."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from openpyxl.utils import get_column_letter

from gongze.books.rows import zh
from gongze.reporting.figures import PREFIX_ZH, Figure
from gongze.reporting.provenance import of_report
from gongze.reporting.report import Cell, Heading, Paragraph, Plot, Report, Table, period_zh
from gongze.sheets.writing import Cell as Written
from gongze.sheets.writing import Column, Kind, Number, Sheet, write_sheet

SOURCE_SHEET = "数字来源"
SOURCE_HEADS = ("工作表", "单元格", "数字编号", "指标", "数值", "口径")
FIRST_ROW = 4
"""The first row below a sheet's title, its line of who and when, and its heads."""
MONEY = frozenset({"元", "亩"})


def write_workbook(target: Path, report: Report) -> None:
    """Raises OSError."""
    blocks = (*report.blocks, *report.annexes)
    tables = [_of_plot(b) if isinstance(b, Plot) else b for b in blocks if isinstance(b, (Table, Plot))]
    drawn = {b.id for b in blocks if isinstance(b, Plot)}
    sheets = [_sheet(report, table, bars=table.id in drawn) for table in tables]
    write_sheet(target, [*sheets, _sources(report, tables)], keywords=of_report(report).line)


def _of_plot(plot: Plot) -> Table:
    """What a drawing shows, as the table that its chart is drawn from."""
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (label, *(figures[at] for _, figures in plot.series)) for at, label in enumerate(plot.labels)
    )
    heads = ("项目", *(name for name, _ in plot.series))
    return Table(plot.id, plot.title, heads, rows, widths=(24, *(12.0 for _ in plot.series)))


def _sheet(report: Report, table: Table, *, bars: bool = False) -> Sheet:
    columns = [
        Column(head, width, _kind([row[n] for row in (*table.rows, *_total(table))]))
        for n, (head, width) in enumerate(zip(table.heads, table.widths, strict=True))
    ]
    kinds = [column.kind for column in columns]

    def written(row: tuple[Cell, ...]) -> list[Written]:
        return [_written(cell, kind) for cell, kind in zip(row, kinds, strict=True)]

    return Sheet(
        f"{report.title}　{table.title}", f"填报单位：{report.author}", _date_line(report), columns,
        [written(row) for row in table.rows], total=written(table.total) if table.total is not None else None,
        notes=(table.note,) if table.note else (), name=table.id, bars=table.title if bars else None,
    )  # fmt: skip


def _total(table: Table) -> tuple[tuple[Cell, ...], ...]:
    return (table.total,) if table.total is not None else ()


def _date_line(report: Report) -> str:
    asked = report.told.asked
    return f"{period_zh(asked.period)}　截至{zh(asked.period.last)}　台账前{asked.head}条"


def _kind(cells: list[Cell]) -> Kind:
    """The kind of a column: of money and areas where all its figures are, of whole numbers where all are; in a mixed one
    each figure is shown in its own way."""
    figures = [c for c in cells if isinstance(c, Figure)]
    if figures and all(f.definition.unit in MONEY and not f.change for f in figures):
        return "money"
    if figures and all(_whole(f) for f in figures):
        return "number"
    plain = [c for c in cells if not isinstance(c, Figure) and c is not None]
    if not figures and plain and all(isinstance(c, int) for c in plain):
        return "number"
    if not figures and plain and all(isinstance(c, date) for c in plain):
        return "date"
    return "text"


def _whole(figure: Figure) -> bool:
    value = figure.value
    return (
        not figure.change
        and figure.words is None
        and figure.definition.unit not in (*MONEY, "%")
        and (value is None or value == int(value))
    )


def _written(cell: Cell, kind: Kind) -> Written:
    if not isinstance(cell, Figure):
        return cell
    if cell.value is None:
        return cell.text
    if kind == "text":
        return _alone(cell)
    return Decimal(cell.value) if cell.definition.unit in MONEY else cell.value


def _alone(figure: Figure) -> Written:
    """A figure that stands among others of other units: a number that looks as it is printed. Points of a percentage are a
    text, as no number looks so."""
    value = Decimal(figure.value or 0)
    if figure.definition.unit == "%":
        return figure.text if figure.change else Number(Decimal(figure.text.removesuffix("%")) / 100, "0.0%")
    shape = "#,##0.00" if figure.definition.unit in MONEY else "0" if value == int(value) else "0.0##"
    return Number(figure.value or 0, f"+{shape};-{shape};{shape}" if figure.change else shape)


def _sources(report: Report, tables: list[Table]) -> Sheet:
    rows: list[list[Written]] = []
    seen: set[str] = set()
    for table in tables:
        for place, figure in _cells(table):
            seen.add(figure.id)
            rows.append([table.id, place, figure.id, name_of(figure), figure.text, figure.definition.what])
    for id_, figure in report.figures().items():
        if id_ not in seen:
            rows.append(["（正文）", None, id_, name_of(figure), figure.text, figure.definition.what])
    widths = (12, 8, 34, 24, 16, 70)
    columns = [Column(head, width) for head, width in zip(SOURCE_HEADS, widths, strict=True)]
    return Sheet(
        f"{report.title}　{SOURCE_SHEET}", f"填报单位：{report.author}", _date_line(report), columns, rows,
        notes=("用 gongze report trace 文件 工作表!单元格，或者 gongze report trace 文件 数字编号，可以列出每个数字依据的记录。",),
        name=SOURCE_SHEET,
    )  # fmt: skip


def _cells(table: Table) -> Iterator[tuple[str, Figure]]:
    for number, row in enumerate((*table.rows, *_total(table)), FIRST_ROW):
        for column, cell in enumerate(row, 1):
            if isinstance(cell, Figure):
                yield f"{get_column_letter(column)}{number}", cell


def name_of(figure: Figure) -> str:
    """The figure's name with what sets it apart: 裁定准予（上期）."""
    prefix = next((zh_ for mark, zh_ in PREFIX_ZH.items() if figure.id.startswith(mark)), None)
    return f"{figure.definition.zh}（{prefix}）" if prefix else figure.definition.zh


# --- JSON ------------------------------------------------------------------------------------------------------


def document(report: Report) -> dict[str, Any]:
    """The whole report as one JSON document; `text` of a figure is what is printed everywhere."""
    told = report.told
    asked = told.asked
    return {
        "format": of_report(report).line,
        "title": report.title, "author": report.author, "print": report.print,
        "ledger": asked.ledger, "head": asked.head, "root": told.root, "region": asked.region,
        "from": asked.period.first.isoformat(), "to": asked.period.last.isoformat(),
        "provisional_due_days": told.figures.now.number("provisional"),
        "figures": {id_: _figure(f) for id_, f in report.figures().items()},
        "blocks": [_block(b) for b in report.blocks],
        "annexes": [_block(b) for b in report.annexes],
    }  # fmt: skip


def exact(figure: Figure) -> int | str | None:
    """The number itself, for programs."""
    value = figure.value
    return value if isinstance(value, int) else None if value is None else f"{Decimal(value):f}"


def _figure(figure: Figure) -> dict[str, Any]:
    definition = figure.definition
    return {
        "name": name_of(figure), "value": exact(figure), "text": figure.text, "unit": definition.unit, "way": definition.way,
        "definition": definition.what, "source": definition.source, "counted_from": len(figure.about),
    }  # fmt: skip


def _block(block: Paragraph | Table | Plot | Heading) -> dict[str, Any]:
    match block:
        case Heading():
            return {"heading": block.text, "level": block.level}
        case Paragraph():
            figures = [s.id for s in block.segments if isinstance(s, Figure)]
            return {"text": block.text, "editable": block.editable, "figures": figures}
        case Plot():
            series = {name: [f.id for f in figures] for name, figures in block.series}
            return {"plot": block.id, "title": block.title, "labels": list(block.labels), "series": series}
        case Table():
            rows = [[_cell(c) for c in row] for row in block.rows]
            total = [_cell(c) for c in block.total] if block.total is not None else None
            return {
                "table": block.id, "title": block.title, "heads": list(block.heads), "rows": rows, "total": total,
                "note": block.note,
            }  # fmt: skip


def _cell(cell: Cell) -> Any:
    if isinstance(cell, Figure):
        return {"figure": cell.id, "text": cell.text}
    return cell.isoformat() if isinstance(cell, date) else cell
