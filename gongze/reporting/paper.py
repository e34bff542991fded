"""The report as a paper to be signed: .docx in the layout of GB/T 9704-2012, and PDF made of it.

Every figure stands in a content control that carries its id and whose content is locked: an office may rewrite or
strike out a sentence, not change its number. Places for people's own words are controls that stay, with free content.
"""

import tempfile
from pathlib import Path
from typing import Any

from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.table import Table as DocxTable
from docx.text.paragraph import Paragraph as Line

from connectors.documents import office
from connectors.documents.gongwen import Paper, lines_of
from gongze.books.rows import zh
from gongze.reporting import plots
from gongze.reporting.figures import Figure, tag_of
from gongze.reporting.provenance import PLACE, of_report
from gongze.reporting.report import Cell, Heading, Paragraph, Plot, Report, Segment, Table
from gongze.reporting.workbook import name_of

NARROW = 8
"""Columns from which a table's letters are made smaller."""
PRINT_ZH = {"meeting": "会议稿", "internal": "内部稿"}


def write(target: Path, report: Report) -> None:
    """A .docx or .pdf; a file at that path is replaced whole or not at all. Raises OSError, Refusal: office_missing …"""
    made = paper(report)
    if target.suffix != ".pdf":
        part = target.with_name(f".{target.name}.part")
        try:
            made.save(part)
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
        return
    with tempfile.TemporaryDirectory(prefix="gongze-report-") as folder:
        docx = Path(folder) / "report.docx"
        made.save(docx)
        office.to_pdf(docx, target)


def paper(report: Report) -> Paper:
    line = of_report(report).line
    made = Paper(report.title, author=report.author, basis=line)
    made.docx.core_properties.keywords = line
    controls = _Controls()
    made.red_head(f"{report.author}文件")
    made.number(f"〔{report.told.asked.period.last.year}〕　　号", "　　　　")
    made.title(_title(report))
    made.addressee("联席会议各成员单位")
    for block in report.blocks:
        _block(made, block, controls)
    made.attachments([_annex_name(a)[1] for a in report.annexes])
    made.signature(report.author, "　　　年　月　日")
    for annex in report.annexes:
        made.page_break()
        number, name = _annex_name(annex)
        made.heading(number, numbered=False)
        _table(made, annex, controls, caption=name)
    return made


def _title(report: Report) -> str:
    """In lines that stay words: the mechanism's name would not fit beside the period."""
    head, middle, tail = report.title.partition("自然资源执法监管共同责任机制")
    return "\n".join(filter(None, (head, middle, tail))) + f"\n（{PRINT_ZH[report.print]}）"


def _annex_name(annex: Table) -> tuple[str, str]:
    number, _, name = annex.title.partition("　")
    return number, name


def _block(made: Paper, block: Paragraph | Table | Plot | Heading, controls: "_Controls") -> None:
    match block:
        case Heading():
            made.heading(block.text, block.level, numbered=False)
        case Paragraph():
            _paragraph(made.paragraph(""), block, controls)
        case Plot():
            made.picture(plots.bars(block), width_mm=150, caption=block.title)
        case Table():
            _table(made, block, controls, caption=block.title)


def _paragraph(line: Line, block: Paragraph, controls: "_Controls") -> None:
    fixed, own = own_words(block)
    for segment in fixed:
        if isinstance(segment, Figure):
            controls.lock(line.add_run(segment.text).element, segment)
        else:
            line.add_run(segment)
    if own is not None and block.editable is not None:
        controls.free(line.add_run(own).element, block.editable)


def own_words(block: Paragraph) -> tuple[tuple[Segment, ...], str | None]:
    """What is fixed in a paragraph, and what stands at its end for people to write over."""
    last = block.segments[-1] if block.segments else ""
    if block.editable is None or isinstance(last, Figure):
        return block.segments, None
    fixed, bracket, own = last.rpartition("（")
    return (*block.segments[:-1], *((fixed,) if fixed else ())), bracket + own


def _table(made: Paper, block: Table, controls: "_Controls", *, caption: str) -> None:
    rows = [*block.rows, *((block.total,) if block.total is not None else ())]
    size = 9.0 if len(block.heads) >= NARROW else 10.5
    written = made.table(
        block.heads,
        [[cell_text(c) for c in row] for row in rows],
        widths=block.widths,
        size=size,
        caption=caption,
    )
    _lock_cells(written, rows, controls)
    if block.note:
        made.paragraph(f"注：{block.note}")


def cell_text(cell: Cell) -> str:
    """A cell as it is printed."""
    if isinstance(cell, Figure):
        return cell.text
    if cell is None:
        return ""
    return str(cell) if isinstance(cell, (str, int)) else zh(cell)


def _lock_cells(written: DocxTable, rows: list[tuple[Cell, ...]], controls: "_Controls") -> None:
    for line, row in zip(lines_of(written), rows, strict=True):
        for paragraph, cell in zip(line, row, strict=True):
            if isinstance(cell, Figure):
                if cell.words is None:
                    paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
                controls.lock(paragraph.r_lst[0], cell)


class _Controls:
    """Content controls around runs (their elements), numbered as they come: the same report gives the same file."""

    def __init__(self) -> None:
        self._made = 0

    def lock(self, run: Any, figure: Figure) -> None:
        """The content cannot be changed; the whole can be struck out with its sentence."""
        self._around(run, name_of(figure), tag_of(figure.id), "contentLocked")

    def free(self, run: Any, name: str) -> None:
        """The control cannot be struck out; its content is anybody's."""
        self._around(run, name, f"{PLACE}{name}"[:64], "sdtLocked")

    def _around(self, run: Any, name: str, tag: str, lock: str) -> None:
        self._made += 1
        control: Any = parse_xml(
            f'<w:sdt {nsdecls("w")}><w:sdtPr><w:alias/><w:tag/><w:id w:val="{self._made}"/><w:lock w:val="{lock}"/></w:sdtPr>'
            "<w:sdtContent/></w:sdt>"
        )
        properties = control.find(qn("w:sdtPr"))
        properties.find(qn("w:alias")).set(qn("w:val"), name[:64])
        properties.find(qn("w:tag")).set(qn("w:val"), tag)
        run.addprevious(control)
        control.find(qn("w:sdtContent")).append(run)
